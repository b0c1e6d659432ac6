"""The console script `copydesk`: knows the verbs, and turns what goes wrong into one sentence and an exit code.

Verbs are named here and imported only when asked for, so that `copydesk --help` costs nothing and one broken verb does not
take the others down. Keep this module light and its call guarded: extraction processes are spawned, and a spawned process
imports the parent's main module again.

Exit codes: 0 done; 1 something is wrong (`audit` found broken rows, `ingest` too many failing feeds); 2 a wrong option, setting
or feed list; 3 the database cannot be used; 4 no feed could be reached; 5 another worker took the work over; 130 interrupted.
"""

import difflib
import os
import sys
from dataclasses import dataclass

from cyclopts import App, CycloptsError, Group

from domain.errors import ConfigurationError, CopydeskError

_WORK = Group("Work", sort_key=1)
_READ = Group("Look", sort_key=2)
_MANAGE = Group("Manage", sort_key=3)


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: the function or group of commands behind it, and its line in `copydesk --help`."""

    name: str
    target: str
    summary: str
    group: Group


VERBS = (
    Verb(
        "demo", "cli.demo:demo", "Serve a simulated press on this machine, ingest it twice, and print the score against the truth.", _WORK
    ),
    Verb(
        "ingest",
        "cli.ingest:ingest",
        "Poll the feeds that are due, fetch their new articles, and store one unique article per story.",
        _WORK,
    ),
    Verb(
        "backfill", "cli.backfill:app", "Fetch what outlets published in a stretch of time; list, cancel and resume such requests.", _WORK
    ),
    Verb("reprocess", "cli.reprocess:reprocess", "Read stored pages again with today's extractor; report, then replace.", _WORK),
    Verb("up", "cli.up:up", "Start a Prefect server with its UI, deploy the flows, and run a worker until Ctrl-C.", _WORK),
    Verb("status", "cli.status:status", "Show feeds, hosts, pending work and outcomes.", _READ),
    Verb("audit", "cli.audit:audit", "Prove that the database keeps every promise, or list the rows that do not.", _READ),
    Verb("export", "cli.export:app", "Write what is stored in the formats of other tools.", _READ),
    Verb("doctor", "cli.doctor:doctor", "Check this installation and say how to mend what is wrong.", _READ),
    Verb("init", "cli.init:init", "Create the database's tables, or bring them up to date.", _MANAGE),
    Verb("feeds", "cli.feeds:app", "List, add, pause, resume, remove or check feeds.", _MANAGE),
    Verb("opml", "cli.opml:app", "Import or export the feed list as OPML.", _MANAGE),
)


NAMES = [verb.name for verb in VERBS]


def build(*asked: str | None) -> App:
    """Return the application; the verbs that are asked for show their whole documentation, the others their line."""
    app = App(
        name="copydesk",
        help="Copydesk polls news feeds, extracts the articles, and keeps one unique article per story in SQL.",
        help_epilogue="Settings come from COPYDESK_… variables or a .env file: see docs/settings.md.",
        version=_version,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for verb in VERBS:
        app.command(verb.target, name=verb.name, help=None if verb.name in asked else verb.summary, group=verb.group)
    return app


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. Prints a sentence on standard error instead of raising."""
    asked = next((one for one in arguments if not one.startswith("-")), None)
    try:
        if asked and asked not in NAMES:
            raise ConfigurationError(_unknown(asked))
        result = build(asked)(arguments, print_error=False, exit_on_error=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (CycloptsError, CopydeskError, KeyboardInterrupt, OSError) as error:
        sentence, code = _explain(error, asked)
        print(f"copydesk: {sentence}", file=sys.stderr)
        return code
    return result if isinstance(result, int) else 0


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def _explain(error: BaseException, asked: str | None) -> tuple[str, int]:
    if isinstance(error, CycloptsError):
        return f"{str(error).strip()} See `copydesk {asked + ' ' if asked else ''}--help`.", 2
    if isinstance(error, CopydeskError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1
    return "Interrupted. What was finished is stored; the next run takes up the rest.", 130


def _unknown(asked: str) -> str:
    meant = difflib.get_close_matches(asked, NAMES, n=1)
    return f"There is no command {asked!r}; " + (f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(NAMES)}.")


def _version() -> str:
    from importlib.metadata import version

    return version("copydesk")


if __name__ == "__main__":
    main()
