"""Every option of Copydesk: its default, its bounds, and the reason for both.

Options come from the environment (prefix `COPYDESK_`, groups joined by two underscores: `COPYDESK_FETCH__HOST_SPACING=2`)
or from a `.env` file in the working directory. They are read once, at the edge; a room receives the group it needs.
"""

import json
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import complaints
from config.options import PREFIX, SEPARATOR
from domain.errors import ConfigurationError


def _network(value: Any) -> Any:
    # Host bits are forgiven: 10.0.0.1/8 means 10.0.0.0/8. A number is not, though ipaddress would take it for an address.
    return value if isinstance(value, IPv4Network | IPv6Network) else ip_network(str(value) if isinstance(value, str) else "", strict=False)


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Group(BaseModel):
    """A frozen group of options; an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _read_list(cls, value: Any, info: ValidationInfo) -> Any:
        # Done here and not by pydantic-settings, whose sentence about wrong JSON does not name the option.
        if isinstance(value, str) and get_origin(cls.model_fields[info.field_name or ""].annotation) is tuple:
            return json.loads(value)
        return value


class LeaseSettings(Group):
    """How long a worker owns what it claimed."""

    seconds: Annotated[int, Field(ge=5, le=86_400)] = Field(
        600, description="A dead worker's claims are free again after this; longer than any batch takes (seconds)."
    )


class PollSettings(Group):
    """When feeds are asked and how much of them is read."""

    floor_minutes: Annotated[int, Field(ge=1, le=10_080)] = Field(15, description="Never ask a feed more often than this.")
    default_minutes: Annotated[int, Field(ge=15, le=10_080)] = Field(60, description="Interval of a feed whose rhythm is unknown.")
    ceiling_minutes: Annotated[int, Field(ge=60, le=44_640)] = Field(10_080, description="Ask every living feed at least this often.")
    batch_size: Annotated[int, Field(ge=1, le=500)] = Field(
        50, description="Feeds of one task run; Prefect records 20 to 35 task runs a second."
    )
    entry_limit: Annotated[int, Field(ge=1, le=20_000)] = Field(2_000, description="Newest entries taken from one document.")
    body_limit: Annotated[int, Field(ge=10_000, le=67_108_864)] = Field(
        10_485_760, description="Decoded bytes of a feed; parsing costs up to 3 s per MB."
    )
    verify_days: Annotated[int, Field(ge=0, le=90)] = Field(
        0, description="Ask unconditionally when a feed has said 'not modified' for so many days, as some do falsely; 0 never does."
    )
    history_days: Annotated[int, Field(ge=1, le=36_500)] = Field(90, description="The history of polls is forgotten after this.")
    failure_share: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        0.8, description="A run is Failed when more than this share of its feeds failed."
    )

    @model_validator(mode="after")
    def _ordered(self) -> "PollSettings":
        if not self.floor_minutes <= self.default_minutes <= self.ceiling_minutes:
            raise ValueError(
                "COPYDESK_POLL__FLOOR_MINUTES, DEFAULT_MINUTES and CEILING_MINUTES contradict each other;"
                " allowed is floor ≤ default ≤ ceiling."
            )
        return self


class FetchSettings(Group):
    """How servers are asked: identity, limits, and which addresses are refused."""

    contact: Annotated[str, Field(max_length=200)] = Field(
        "", description="URL or mail address put into the User-Agent, so that a publisher can reach you."
    )
    host_spacing: Annotated[float, Field(ge=0.0, le=600.0)] = Field(5.0, description="Seconds between two requests to one host.")
    in_flight: Annotated[int, Field(ge=1, le=256)] = Field(
        32, description="Requests at once from one worker; one slower than 3 s makes room."
    )
    redirect_limit: Annotated[int, Field(ge=0, le=10)] = Field(5, description="Redirects followed; RFC 9309 asks for five.")
    dns_seconds: Annotated[float, Field(gt=0, le=15)] = Field(5.0, description="Limit for resolving a name.")
    connect_seconds: Annotated[float, Field(gt=0, le=30)] = Field(10.0, description="Limit for connecting, TLS included.")
    idle_seconds: Annotated[float, Field(gt=0, le=60)] = Field(15.0, description="Limit between two pieces of an answer.")
    feed_seconds: Annotated[float, Field(gt=0, le=120)] = Field(30.0, description="Total deadline of a feed request, redirects included.")
    page_seconds: Annotated[float, Field(gt=0, le=120)] = Field(45.0, description="Total deadline of a page request, redirects included.")
    robots_seconds: Annotated[float, Field(gt=0, le=120)] = Field(15.0, description="Total deadline of a robots.txt request.")
    page_limit: Annotated[int, Field(ge=10_000, le=33_554_432)] = Field(
        5_242_880, description="Decoded bytes of a page; the largest of 700 real ones had 2.2 MB."
    )
    wire_limit: Annotated[int, Field(ge=10_000, le=67_108_864)] = Field(
        8_388_608, description="Bytes of one answer on the wire, and so of each part in which a WARC file on a server is read."
    )
    robots: bool = Field(True, description="Obey robots.txt for article pages (RFC 9309).")
    crawl_delay_limit: Annotated[float, Field(ge=0, le=3_600)] = Field(120.0, description="A longer Crawl-delay is cut to this.")
    attempts: Annotated[int, Field(ge=1, le=20)] = Field(4, description="Tries for a page before it is failed.")
    allowed_networks: tuple[Network, ...] = Field(
        (), description="Private networks that listed feeds and their pages may live on, as a JSON list: '[\"10.0.0.0/8\"]'."
    )
    allow_whole_internet: bool = Field(False, description="Second flag without which allowed_networks may not span everything.")
    allowed_ports: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = Field(
        (80, 443), description="Ports asked on public addresses; allowed networks may use any."
    )
    page_retention_days: Annotated[int, Field(ge=0, le=36_500)] = Field(365, description="Raw pages are deleted after this; 0 keeps them.")

    @model_validator(mode="after")
    def _bounded(self) -> "FetchSettings":
        if any(network.prefixlen == 0 for network in self.allowed_networks) and not self.allow_whole_internet:
            raise ValueError(
                "COPYDESK_FETCH__ALLOWED_NETWORKS spans the whole internet;"
                " set COPYDESK_FETCH__ALLOW_WHOLE_INTERNET=true as well if that is meant."
            )
        return self


class ExtractSettings(Group):
    """How pages become articles."""

    workers: Annotated[int, Field(ge=0, le=64)] = Field(0, description="Extraction processes; 0 means one for each processor.")
    seconds: Annotated[float, Field(gt=0, le=60)] = Field(20.0, description="A page that takes longer costs its worker process.")
    recycle_after: Annotated[int, Field(ge=1, le=100_000)] = Field(1000, description="Pages before a worker process is replaced.")
    memory_mb: Annotated[int, Field(ge=256, le=16_384)] = Field(1_024, description="Memory of one worker process, in MiB.")
    batch_size: Annotated[int, Field(ge=1, le=500)] = Field(100, description="Pages of one task run.")
    min_words: Annotated[int, Field(ge=0, le=500)] = Field(25, description="A shorter text is rejected as no article.")
    learn_lines: bool = Field(True, description="Learn the lines that a site puts around its texts, and cut them from later articles.")
    line_days: Annotated[int, Field(ge=4, le=3_650)] = Field(
        30, description="A line that is not flagged is forgotten when not seen for so long; one article leaves about four (days)."
    )


class DeduplicateSettings(Group):
    """What counts as a copy. Changing `recipe` options builds new signatures: see `copydesk recluster`."""

    similarity: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        0.40, description="Jaccard similarity of shingles from which two texts are copies."
    )
    containment: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        0.60, description="Share of the shorter text's shingles from which it is a cut of the longer."
    )
    window_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        90, description="LSH keys are kept this long; wire copies come within days. Hashes stay."
    )
    candidate_limit: Annotated[int, Field(ge=10, le=10_000)] = Field(200, description="Candidates verified for one article.")
    key_limit: Annotated[int, Field(ge=2, le=10_000)] = Field(
        50, description="A key shared by more articles than this is boilerplate and is skipped."
    )
    cluster_limit: Annotated[int, Field(ge=10, le=100_000)] = Field(
        1_000, description="Articles re-clustered together at most; more raises an alarm."
    )


class RevisitSettings(Group):
    """When known articles are asked again for a changed text."""

    enabled: bool = Field(True, description="Fetch known articles again, on a decaying schedule.")
    hours: tuple[Annotated[float, Field(gt=0, le=8_760)], ...] = Field(
        (6.0, 24.0, 72.0), description="Ages at which a known article is asked again."
    )


class BackfillSettings(Group):
    """History on request: where archives are, and how much one request may bring."""

    document_limit: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        10_000, description="A backfill that would fetch more than this asks first; 10,000 pages of one host take 14 hours."
    )
    plan_documents: Annotated[int, Field(ge=1, le=100_000)] = Field(
        50, description="Sitemaps and feed pages that a plan reads for each source of an outlet; beyond, it estimates."
    )
    batch_size: Annotated[int, Field(ge=1, le=5_000)] = Field(500, description="Listed documents committed at a time.")
    pages_ahead: Annotated[int, Field(ge=10, le=100_000)] = Field(
        1_000, description="Pages out of archives that may wait for extraction before reading goes on."
    )
    wayback_url: Annotated[str, Field(max_length=500)] = Field(
        "https://web.archive.org", description="Web archive with a CDX server, asked for what sites no longer list."
    )
    commons_url: Annotated[str, Field(max_length=500)] = Field(
        "https://data.commoncrawl.org", description="Where CC-NEWS, Common Crawl's news crawl, is read from."
    )
    cdx_limit: Annotated[int, Field(ge=10, le=100_000)] = Field(3_000, description="Captures asked for in one query; 3,000 are 0.5 MB.")


class Settings(BaseSettings):
    """All options; `Settings()` reads them from the environment and `.env`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=SEPARATOR,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # `COPYDESK_FEEDS_FILE=` in a compose file means unset
        enable_decoding=False,  # see Group._read_list
        dotenv_filtering="match_prefix",  # a .env file serves other programs too
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    database_url: Annotated[str, Field(min_length=1, max_length=2_000)] = Field(
        "sqlite:///copydesk.db", description="SQLAlchemy URL: sqlite:///FILE or postgresql+psycopg://user@host/name.", repr=False
    )
    feeds_file: Path | None = Field(None, description="Feed list, TOML or OPML; without it, the starter list that comes with Copydesk.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="Least severe level that the command line prints; the Prefect UI shows INFO and above."
    )
    lease: LeaseSettings = LeaseSettings()
    poll: PollSettings = PollSettings()
    fetch: FetchSettings = FetchSettings()
    extract: ExtractSettings = ExtractSettings()
    deduplicate: DeduplicateSettings = DeduplicateSettings()
    revisit: RevisitSettings = RevisitSettings()
    backfill: BackfillSettings = BackfillSettings()

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


def load(**overrides: object) -> Settings:
    """Return the settings of this process, with `overrides` (None is ignored) on top.

    Raises `ConfigurationError` with one sentence: which option, what is wrong, what is allowed.
    """
    complaints.refuse_unknown(Settings, os.environ)
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConfigurationError(complaints.sentence(Settings, first) + more) from None
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"The file .env cannot be read: {str(error).splitlines()[0]}.") from None
