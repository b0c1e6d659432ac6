"""Serve a simulated press of any size: `python -m newsroom --outlets 40 --stories 2000 --opml press.opml --truth truth.jsonl`."""

import argparse
import json
import signal
import sys
from pathlib import Path

from newsroom import feeds, truth
from newsroom.press import Plan, Press
from newsroom.server import Kiosk, street
from newsroom.site import FEED_LENGTH, Site, base, feed_name, feed_url, home_path

_ENDING = {signal.SIGINT, signal.SIGTERM}


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; print one JSON line when ready. Return 0, or 2 when the press cannot be served as asked."""
    given = _parser().parse_args(arguments)
    try:
        press = Press(Plan(given.outlets, given.stories, given.seed, faults=not given.no_faults), street(given.outlets, given.port))
        site = Site(press, given.edition, given.feed_length)
        if given.opml:
            given.opml.write_text(subscriptions(press), encoding="utf-8")
        if given.truth:
            with given.truth.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in truth.lines(press, given.edition))
        # Blocked before the server's thread starts, so that they wait for `sigwait` in this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        with Kiosk(site):
            print(json.dumps(_summary(press, given.edition)), flush=True)
            signal.sigwait(_ENDING)
    except (OSError, ValueError) as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 2
    return 0


def subscriptions(press: Press) -> str:
    """Return an OPML list of all feeds of a press."""
    rows = (
        (feed_name(outlet, language), feed_url(outlet, language), f"{base(outlet)}{home_path(outlet, language)}", language)
        for outlet, language in press.feeds()
    )
    return feeds.opml(rows, "A simulated press")


def _summary(press: Press, edition: int) -> dict[str, object]:
    total = truth.expected(press, edition)
    return {
        "outlets": len(press.outlets),
        "feeds": truth.feed_count(press),
        "edition": edition,
        "listed": total.listed,
        "unique": total.unique,
        "copies": total.copies,
        "no_article": total.no_article,
        "first": feed_url(press.outlets[0], press.outlets[0].languages[0]),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m newsroom", description=__doc__)
    parser.add_argument("--outlets", type=int, default=12, help="newspapers and the agency (default 12)")
    parser.add_argument("--stories", type=int, default=100, help="stories of the first edition; about 1.7 pages each (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another press")
    parser.add_argument("--port", type=int, default=0, help="the port of every address (default: a free one)")
    parser.add_argument(
        "--edition", type=int, default=1, help="1 is the first; each later one adds a fifth as many stories, and corrections"
    )
    parser.add_argument("--feed-length", type=int, default=FEED_LENGTH, help="entries in a feed; older ones stand in its archives")
    parser.add_argument("--no-faults", action="store_true", help="leave out pages that are closed, gone or without text")
    parser.add_argument("--opml", type=Path, help="write a list of the feeds here")
    parser.add_argument("--truth", type=Path, help="write the truth of every page here, one JSON object a line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
