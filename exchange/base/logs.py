"""One line of the log per event: JSON where machines read it, words in the demo, each with its request or task.

Nothing in a line is somebody's: a person is a number, an address in the portal the name of its page, and of an error
only its kind and where it happened, because its message may hold what was typed (docs/security.md). Imported by the
settings, so it imports no Django.
"""

import json
import logging
import re
import socket
import time
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

from structlog import contextvars, stdlib

# The end of a private address, without which it opens nothing: an HMAC-SHA256 in base64, behind the mark that Django's
# signer (":", also escaped) or that of our links puts before it. `deploy/nginx.conf` leaves the same out.
SIGNATURE = re.compile(r"([.:]|%3A)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
EXTRAS = ("method", "view", "status", "ms", "queries", "person")  # what a call may add by `extra=`
ROOT = Path(__file__).resolve().parent.parent.parent
# errors of services: their messages name a host and a port
TELLING = (ConnectionError, TimeoutError, socket.gaierror, FileNotFoundError, PermissionError)

type Event = MutableMapping[str, Any]
type ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class Formatter(stdlib.ProcessorFormatter):
    """Without the signatures of private addresses: whoever reads the log can't open what they lead to."""

    def format(self, record: logging.LogRecord) -> str:
        return SIGNATURE.sub(r"\1***", super().format(record))


def formatter(*, as_json: bool) -> logging.Formatter:
    """For LOGGING: `as_json` is production's; else a line to read, with the whole traceback of an error."""
    return Formatter(
        foreign_pre_chain=[
            contextvars.merge_contextvars,
            stdlib.add_log_level,
            stdlib.add_logger_name,
            stdlib.ExtraAdder(EXTRAS),
        ],
        processors=[_as_json if as_json else _as_words],
    )


def places(trace: TracebackType | None) -> list[str]:
    """Where an error happened, outermost first: our own lines, and the last one, whose ever it is."""
    frames = traceback.extract_tb(trace)
    shown = [frame for frame in frames if is_ours(frame.filename) or frame is frames[-1]]
    return [f"{frame.filename.removeprefix(f'{ROOT}/')}:{frame.lineno} {frame.name}" for frame in shown]


def is_ours(filename: str) -> bool:
    return filename.startswith(f"{ROOT}/") and "/.venv/" not in filename


def _as_json(_logger: Any, _method: str, event: Event) -> str:
    record, error = _taken(event)
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    line = {"time": f"{seconds}.{int(record.msecs):03}Z", **event}
    if error:
        line |= _told(error)
    return json.dumps(line, ensure_ascii=False, default=str)


def _told(error: ExcInfo) -> Event:
    kind, raised, trace = error
    said = {"said": str(raised)} if isinstance(raised, TELLING) else {}
    return {"error": f"{kind.__module__}.{kind.__qualname__}", "at": places(trace), **said}


def _as_words(_logger: Any, _method: str, event: Event) -> str:
    record, error = _taken(event)
    time_zone = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
    level, name, text = (event.pop(key) for key in ("level", "logger", "event"))
    rest = "".join(f" {key}={value}" for key, value in event.items() if value is not None)
    line = f"{time_zone} {level.upper()} {name} {text}{rest}"
    return "".join([line, "\n", *traceback.format_exception(*error)]).rstrip("\n") if error else line


def _taken(event: Event) -> tuple[logging.LogRecord, ExcInfo | None]:
    """What structlog keeps beside the values, taken out of them."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog", None)
    found = event.pop("exc_info", None)
    event.pop("stack_info", None)
    return record, found if found and found[0] else None
