"""The deployments of history: their queue, their turn, and the forms that the Prefect UI makes of their parameters."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.utilities.callables import parameter_schema

from flows.backfill import backfill
from flows.reprocess import reprocess

ROOT = Path(__file__).resolve().parents[2]


def deployment(entrypoint: str) -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    (one,) = [each for each in found if each["entrypoint"] == entrypoint]
    return dict(one)


@pytest.mark.parametrize("entrypoint", ["flows.backfill.backfill", "flows.reprocess.reprocess"])
def test_history_waits_in_a_queue_of_its_own_and_one_request_after_the_other(entrypoint: str) -> None:
    one = deployment(entrypoint)
    assert one["name"] == "on-demand"
    assert one["work_pool"] == {"name": "copydesk", "work_queue_name": "backfill"}
    assert one["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert "schedules" not in one
    assert deployment("flows.ingest.ingest")["work_pool"]["work_queue_name"] == "default"


@pytest.mark.parametrize("flow", [backfill, reprocess], ids=lambda flow: flow.name)
def test_every_parameter_has_a_default_and_a_word_of_help(flow: Any) -> None:
    schema = parameter_schema(flow.fn)
    assert schema.required == []
    assert [name for name, one in schema.properties.items() if not one.get("description")] == []


def test_the_form_knows_the_sources_and_the_bounds() -> None:
    fields = parameter_schema(backfill.fn).properties
    assert fields["source"]["enum"] == ["auto", "sitemap", "archive", "wayback", "pages", "warc", "cc-news", "list"]
    assert (fields["max_minutes"]["minimum"], fields["max_minutes"]["maximum"]) == (1, 20_160)
    assert {one.get("format") for one in fields["since"]["anyOf"]} >= {"date"}
