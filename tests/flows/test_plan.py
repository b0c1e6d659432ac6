"""What a plan says in words."""

from domain.history import Estimate
from flows.history_report import plan_rows, plan_sentence
from tasks.discover.plan import costed, total


def test_a_plan_with_files_on_servers_says_how_many_how_large_and_how_long_they_take() -> None:
    files = Estimate("CC-NEWS", "warc", "commons.example:443", 32, 900_000, 0, exact=False, file_count=30, download_bytes=30_000_000_000)
    unknown = Estimate("a.warc.gz", "warc", "files.example:443", 1, file_count=1, exact=False)
    none = Estimate("The Press", "sitemap", "press.example:443", 1, 2, 0, 2)
    plan = total([costed(one, spacing=5.0, page_bytes=20_000, part_bytes=8_388_608) for one in (files, unknown, none)])
    assert [(row["to download"], row["time"]) for row in plan_rows(plan)] == [
        ("30 files, 30 GB", "5.0 h"),
        ("1 file, nobody says how large", "0 s"),
        ("", "10 s"),
    ]
    assert plan_sentence(plan).endswith("about 2 to fetch: 5.0 h at the polite rate, 18 GB of disk; 31 files, 30 GB to download")
