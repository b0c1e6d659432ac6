"""What is asked of history, and where each answer to it begins: outlets or files, a window, the sources in their order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from config.settings import Settings
from domain.errors import ConfigurationError
from domain.history import LegPlan, Outlet, Source, Window
from domain.urls import host_of

if TYPE_CHECKING:
    from tasks.discover.scout import Route

Asked: TypeAlias = Literal["auto", "sitemap", "archive", "wayback", "pages", "warc", "cc-news", "list"]

# What `auto` tries, one after the other, until one lists something; the web archive only for a window with a beginning.
_AUTO: tuple[Source, ...] = ("sitemap", "archive", "wayback", "pages")
_FILES = {"warc", "list"}
_ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Question:
    """What an engineer asks: of which outlets or files, for which stretch of time, through which source."""

    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    window: Window = _ALWAYS
    source: Asked = "auto"
    files: tuple[str, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Return the question as it is remembered."""
        window = self.window
        times = {"since": window.since.isoformat() if window.since else None, "until": window.until.isoformat() if window.until else None}
        return {**asdict(self), "window": None} | times

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Question":
        """Return the question that was remembered."""
        since, until = (datetime.fromisoformat(at) if (at := parameters.get(name)) else None for name in ("since", "until"))
        names = {name: tuple(parameters.get(name) or ()) for name in ("feeds", "tags", "files")}
        return cls(window=Window(since, until), source=parameters.get("source", "auto"), **names)


def question(source: Asked, *, since: date | None, until: date | None, **names: Sequence[str] | None) -> Question:
    """Return what is asked. Raises `ConfigurationError` for a range or a combination that cannot be meant."""
    from tasks.discover import window

    given = {name: tuple(values or ()) for name, values in names.items()}
    if bool(given.get("files")) != (source in _FILES):
        raise ConfigurationError(f"--source {source} {'needs files' if source in _FILES else 'takes no files; warc and list do'}.")
    asked = window.of_request(since, until, now=datetime.now(UTC))
    if source in {"cc-news", "wayback"} and asked.since is None:
        raise ConfigurationError(f"--source {source} needs --since: it holds more than anyone can ask for at once.")
    return Question(window=asked, source=source, **given)


def routes(asked: Question, outlets: Sequence[Outlet], settings: Settings) -> tuple["Route", ...]:
    """Return the way to each outlet or file, with its sources in the order in which they are tried."""
    from tasks.discover import cc_news, walk, window
    from tasks.discover.owners import only
    from tasks.discover.scout import Route

    now, places = datetime.now(UTC), settings.backfill
    chosen = only(one.feed_id for one in outlets) if asked.feeds or asked.tags else ""
    if asked.source in {"warc", "list"}:
        kind: Source = "warc" if asked.source == "warc" else "list"
        return tuple(Route(Path(name).name, ((LegPlan(kind, name, asked.window, note=chosen, trusted=True),),)) for name in _expand(asked))
    if asked.source == "cc-news":
        lists = cc_news.lists(places.commons_url, asked.window, now=now)
        return (Route("CC-NEWS", (tuple(LegPlan("warc", one, asked.window, note=chosen, trusted=True) for one in lists),)),)
    months = window.months(asked.window, now=now)
    sources = tuple(one for one in _AUTO if asked.source in {"auto", one} and (one != "wayback" or asked.window.since))
    return tuple(
        Route(
            one.title, tuple(walk.roots(one, source, asked.window, places, months=months, cdx_limit=places.cdx_limit) for source in sources)
        )
        for one in outlets
    )


def _expand(asked: Question) -> Iterator[str]:
    """Yield the files, absolute, and addresses; folders give the WARC files in them, CC-NEWS's by the time in their names."""
    from tasks.discover import cc_news

    for name in asked.files:
        if name.lower().startswith(("http://", "https://")):
            yield _address(name, asked.source)
            continue
        path = Path(name).expanduser().absolute()
        if path.is_dir():
            files = sorted(str(one) for one in path.rglob("*") if one.name.endswith((".warc", ".warc.gz")))
            yield from (one for one in files if cc_news.may_hold(one, asked.window))
        elif path.is_file():
            yield str(path)
        else:
            raise ConfigurationError(f"There is no file or folder {name}.")


def _address(url: str, source: str) -> str:
    """Return the address of a WARC file, its scheme in lower case. Raises `ConfigurationError` for one that is not asked, or not for this."""
    if source != "warc":
        raise ConfigurationError(f"{url}: --source {source} reads files of this machine; download it and give its path.")
    try:
        host_of(url)
    except ValueError as error:
        raise ConfigurationError(f"{url} is no address of a file: {error}.") from None
    scheme, _, rest = url.partition(":")
    return f"{scheme.lower()}:{rest}"
