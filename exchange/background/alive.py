"""A process says now and then that it lives: to `together`, which forked it, or to systemd (`WatchdogSec` in its unit).

Who said so once and then falls silent is ended, and started again: a process that has a number may still be stuck.
"""

import os
import socket
from contextlib import suppress

SILENT_AFTER = 180.0  # seconds; as the units say. The slowest look of beat and watch takes about one minute
_pipe: int | None = None


def say_to(pipe: int) -> None:
    """Called in a process that was forked, with the end of a pipe that nobody waits for."""
    global _pipe  # noqa: PLW0603 -- one for each process
    _pipe = pipe
    os.set_blocking(pipe, False)


def say() -> None:
    """To whom it may concern, from a place that a stuck process doesn't reach. Never fails."""
    with suppress(OSError):
        if _pipe is not None:
            os.write(_pipe, b".")
        elif there := os.environ.get("NOTIFY_SOCKET"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
                systemd.connect(there.replace("@", "\0", 1) if there.startswith("@") else there)
                systemd.send(b"WATCHDOG=1")


def heard(pipe: int) -> bool:
    """Whether anything was said since the last look. `pipe`: the other end, which doesn't block."""
    with suppress(BlockingIOError):
        return bool(os.read(pipe, 65_536))
    return False
