"""Writes pages as WARC files: warcio's door for writing.

WARC 1.1 (ISO 28500), each record packed on its own, so that any tool can begin reading at any record. A file is written under
another name and renamed when it is whole: a folder never shows half a file.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from domain.errors import ConfigurationError
from domain.records import Page

# The address that was asked, where another answered after redirects: a field of our own, as the standard allows.
ASKED: Final = "Copydesk-Asked-URI"
_SIZE: Final = 1_000_000_000


class Writer:
    """Writes pages into numbered files of at most about a gigabyte. A context manager; `files` are those that are whole."""

    def __init__(self, folder: Path, *, started_at: datetime, software: str, size: int = _SIZE) -> None:
        self._folder, self._started_at, self._software, self._size = folder, started_at, software, size
        self._file: BinaryIO | None = None
        self._records: Any = None
        self._path = folder
        self.files: list[Path] = []
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._close(whole=kind is None)

    def write(self, pages: Iterable[Page]) -> None:
        """Write pages; raises `OSError` when the folder cannot take them."""
        for page in pages:
            if self._file is None or self._file.tell() >= self._size:
                self._close(whole=True)
                self._open()
            self._records.write_record(_record(self._records, page))
            self.count += 1

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"copydesk-{self._started_at:%Y%m%d%H%M%S}-{len(self.files) + 1:05}.warc.gz"
        self._path = self._folder / name
        self._file = self._path.with_suffix(".part").open("wb")
        self._records = _warc_writer()(self._file, gzip=True, warc_version="1.1")
        told = {"software": self._software, "format": "WARC File Format 1.1", "description": "Pages as fetched, content codings undone."}
        self._records.write_record(self._records.create_warcinfo_record(name, told))

    def _close(self, *, whole: bool) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        part = self._path.with_suffix(".part")
        if whole:
            part.rename(self._path)
            self.files.append(self._path)
        else:
            part.unlink(missing_ok=True)


def _record(records: Any, page: Page) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    lines = [
        (_title(name), value) for name, value in page.headers if name not in {"content-length", "content-encoding", "transfer-encoding"}
    ]
    http = StatusAndHeaders(f"{page.status} {_phrase(page.status)}", [*lines, ("Content-Length", str(len(page.body)))], protocol="HTTP/1.1")
    told = {"WARC-Date": page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if page.url != page.final_url:
        told[ASKED] = page.url
    return records.create_warc_record(page.final_url, "response", payload=BytesIO(page.body), http_headers=http, warc_headers_dict=told)


def _warc_writer() -> Any:
    """Return warcio's writer; raises `ConfigurationError` without warcio."""
    try:
        from warcio.warcwriter import WARCWriter
    except ImportError:
        raise ConfigurationError("WARC files need warcio: install Copydesk with its extra, pip install 'copydesk[archive]'.") from None
    return WARCWriter


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "OK"
