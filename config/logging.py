"""Log lines for people and for machines: one event a line, `key=value`, whatever the values contain.

A page's title may hold line breaks, terminal control sequences or text that looks like another log line; here they arrive
escaped. Only the loggers under `copydesk` are touched, so that Prefect's own logging stays as its settings say.
"""

import json
import logging
import re
import time
from typing import TextIO

ROOT = "copydesk"
_PLAIN = re.compile(r"[\w.:/@+,%-]+\Z")
# Controls (C0, DEL, C1), line and paragraph separators, bidi controls: what a terminal would obey.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class KeyValueFormatter(logging.Formatter):
    """Formats a record as `time=… level=… logger=… event=…` and its `extra` fields, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, object] = {"time": f"{at}.{int(record.msecs):03d}Z", "level": record.levelname.lower(), "logger": record.name}
        fields["event"] = record.getMessage()
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return " ".join(f"{name}={escape(value)}" for name, value in fields.items())


def escape(value: object) -> str:
    """Return a value as it may stand in a log line: bare when plain, else quoted with everything unsafe escaped."""
    text = str(value)
    if _PLAIN.match(text):
        return text
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def configure(level: str, *, stream: TextIO | None = None) -> None:
    """Send what Copydesk logs from `level` on to `stream` (standard error); doing it again replaces the former handler.

    The loggers themselves let INFO pass, for the Prefect UI's handlers, whatever the terminal shows.
    """
    root = logging.getLogger(ROOT)
    for handler in [one for one in root.handlers if isinstance(one.formatter, KeyValueFormatter)]:
        root.removeHandler(handler)
    terminal = logging.StreamHandler(stream)
    terminal.setFormatter(KeyValueFormatter())
    terminal.setLevel(level)
    root.addHandler(terminal)
    root.setLevel(min(logging.INFO, terminal.level))
    root.propagate = False
