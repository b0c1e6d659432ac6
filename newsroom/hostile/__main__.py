"""Serve the hostile press: `python -m newsroom.hostile --opml hostile.opml --truth truth.jsonl`, until interrupted."""

import argparse
import asyncio
import contextlib
import json
import signal
from pathlib import Path

from newsroom.hostile import press
from newsroom.scripted import Server


def main() -> None:
    """Serve; print one line of JSON when ready."""
    parser = argparse.ArgumentParser(prog="python -m newsroom.hostile", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on every address; 0 takes a free one")
    parser.add_argument("--opml", type=Path, help="write the feed list here")
    parser.add_argument("--truth", type=Path, help="write what should become of each outlet here, a line of JSON each")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    server, ended = Server(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    listener = await server.listen(port=options.port)
    outlets = press.outlets(server.port)
    for outlet in outlets:
        outlet.answer_on(server)
    if options.truth:
        options.truth.write_text("".join(json.dumps(outlet.truth()) + "\n" for outlet in outlets), encoding="utf-8")
    if options.opml:
        options.opml.write_text("\n".join(press.opml(outlets)), encoding="utf-8")
    print(
        json.dumps({"port": server.port, "outlets": len(outlets), "healthy": sum(outlet.healthy_url is not None for outlet in outlets)}),
        flush=True,
    )
    await ended.wait()
    listener.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await listener.wait_closed()


if __name__ == "__main__":
    main()
