"""The console script `copydesk`: knows the verbs, and turns what goes wrong into one sentence and an exit code.

Verbs are named here and imported only when asked for, so that `copydesk --help` costs nothing and one broken verb does not
take the others down. Keep this module light and its call guarded: extraction processes are spawned, and a spawned process
imports the parent's main module again.

Exit codes: 0 done; 1 something is wrong (`audit` found broken rows, `ingest` too many failing feeds, `export` damaged pages); 2 a wrong option, setting
or feed list; 3 the database cannot be used; 4 no feed could be reached; 5 another worker took the work over; 130 interrupted by Ctrl-C or SIGTERM.
"""

import ast
import difflib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from cyclopts import App, CycloptsError, Group

from cli.plain import PLAIN
from domain.errors import ConfigurationError, CopydeskError

_WORK = Group("Work", sort_key=1)
_READ = Group("Look", sort_key=2)
_MANAGE = Group("Manage", sort_key=3)
_DECIDE = Group("Decide", sort_key=4)


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: its name, the function or group of commands behind it, and where `copydesk --help` lists it."""

    name: str
    target: str
    group: Group


VERBS = (
    Verb("demo", "cli.demo:demo", _WORK),
    Verb("ingest", "cli.ingest:ingest", _WORK),
    Verb("backfill", "cli.backfill:app", _WORK),
    Verb("reprocess", "cli.reprocess:reprocess", _WORK),
    Verb("recluster", "cli.recluster:recluster", _WORK),
    Verb("up", "cli.up:up", _WORK),
    Verb("status", "cli.status:status", _READ),
    Verb("audit", "cli.audit:audit", _READ),
    Verb("explain", "cli.explain:explain", _READ),
    Verb("extract", "cli.extract:extract", _READ),
    Verb("export", "cli.export:app", _READ),
    Verb("doctor", "cli.doctor:doctor", _READ),
    Verb("init", "cli.init:init", _MANAGE),
    Verb("feeds", "cli.feeds:app", _MANAGE),
    Verb("opml", "cli.opml:app", _MANAGE),
    Verb("rulings", "cli.rulings:app", _DECIDE),
    Verb("split", "cli.rulings:split", _DECIDE),
    Verb("join", "cli.rulings:join", _DECIDE),
    Verb("pin", "cli.rulings:pin", _DECIDE),
    Verb("withdraw", "cli.rulings:withdraw", _DECIDE),
    Verb("lines", "cli.lines:app", _DECIDE),
)
NAMES = [verb.name for verb in VERBS]


def build(*asked: str | None) -> App:
    """Return the application. The verbs that are asked for show their whole documentation; all show their line when none is."""
    app = App(
        name="copydesk",
        help="Copydesk polls news feeds, extracts the articles, and keeps one unique article per story in SQL.",
        help_epilogue="Settings come from COPYDESK_… variables or a .env file: see docs/settings.md.",
        version=_version,
        default_parameter=PLAIN,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    listing = not any(asked)
    for verb in VERBS:
        app.command(verb.target, name=verb.name, help=summary(verb) if listing else None, group=verb.group)
    return app


def summary(verb: Verb) -> str:
    """Return the first line of a verb's documentation, read from its file without importing it; empty when there is none."""
    module, _, name = verb.target.partition(":")
    file = Path(__file__).parent.parent.joinpath(*module.split(".")).with_suffix(".py")
    if not file.is_file():
        return ""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.targets[0]) == name:
            return next((str(ast.literal_eval(one.value)) for one in node.value.keywords if one.arg == "help"), "")
    return ""


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
    """Run the command line of this process; SIGTERM ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))


def _explain(error: BaseException, asked: str | None) -> tuple[str, int]:
    if isinstance(error, CycloptsError):
        return f"{str(error).strip()} See `copydesk {asked + ' ' if asked else ''}--help`.", 2
    if isinstance(error, CopydeskError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1
    return str(error) or "Stopped. What was finished is stored; the next run takes up the rest.", 130


def _unknown(asked: str) -> str:
    meant = difflib.get_close_matches(asked, NAMES, n=1)
    return f"There is no command {asked!r}; " + (f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(NAMES)}.")


def _version() -> str:
    from importlib.metadata import version

    return version("copydesk")


if __name__ == "__main__":
    main()
