"""Forks several parts of the portal from one process and keeps each running until somebody asks all of them to end.

The parts share the memory of what was loaded before. The process that forks them opens no connection and starts no
thread, so it can fork at any time. A part that has said that it lives and then falls silent is ended, too (`alive`).
"""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from exchange.background import alive

logger = logging.getLogger(__name__)
STOP_SECONDS = 60.0  # for all parts together: time to finish running tasks, as in the units
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a part that ended is started again; each time twice as long
STEADY = 60.0  # seconds after which a part counts as running: its next end has the first pause
LOOKS_EVERY = 0.5  # seconds
SAYS_EVERY = 10.0  # seconds, to systemd
STANDSTILL = 10.0  # seconds between two looks, after which nobody is blamed for the time in between
PARENT_DEATH_SIGNAL, NAME = 1, 15  # of prctl(2)


class Together:
    """`parts`: what each runs, by name; it returns, or raises, when the part has ended. `ends_first`: the parts whose
    processes the kernel ends first if memory runs out. `all_or_none`: when one has ended all end, because who started
    this process starts it again.
    """

    def __init__(
        self,
        parts: Mapping[str, Callable[[], object]],
        *,
        ends_first: tuple[str, ...] = (),
        all_or_none: bool = False,
    ) -> None:
        self.parts, self.ends_first, self.all_or_none = parts, ends_first, all_or_none
        self.running: dict[int, str] = {}
        self.pipes: dict[int, int] = {}  # by process
        self.heard: dict[int, float] = {}  # when each process last said that it lives, if ever
        self.looked = self.said = time.monotonic()
        self.started: dict[str, float] = {}
        self.pauses: dict[str, float] = {}
        self.due = dict.fromkeys(parts, 0.0)  # when to start it, by time.monotonic()
        self.is_stopping = False

    def run(self) -> bool:
        """Until SIGTERM or SIGINT, or, if `all_or_none`, until a part has ended. True if somebody asked it to end."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        while not self.is_stopping:
            for name in [name for name, at in self.due.items() if at <= time.monotonic()]:
                self._start(name)
            time.sleep(LOOKS_EVERY)
            self._end_the_silent()
            for name, code in self._ended():
                if self.all_or_none and not self.is_stopping:
                    logger.error("%s ended with code %d, and the others end with it", name, code)
                    self._end_all()
                    return False
                self._start_later(name, code)
        self._end_all()
        return True

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def _start(self, name: str) -> None:
        del self.due[name]
        self.started[name] = time.monotonic()
        parent = os.getpid()
        hears, says = os.pipe()
        if (pid := os.fork()) == 0:
            alive.say_to(says)
            _be(name, self.parts[name], parent, ends_first=name in self.ends_first)
        os.close(says)
        os.set_blocking(hears, False)
        self.running[pid], self.pipes[pid] = name, hears

    def _end_the_silent(self) -> None:
        """Each is heard before any is judged: all may have stood still together, with this process or the machine."""
        now = time.monotonic()
        stood_still, self.looked = now - self.looked > STANDSTILL, now
        for pid, pipe in self.pipes.items():
            if alive.heard(pipe) or (stood_still and pid in self.heard):
                self.heard[pid] = now
            elif now - self.heard.get(pid, now) > alive.SILENT_AFTER:
                logger.error("%s has said nothing for a while and is ended", self.running[pid])
                os.kill(pid, signal.SIGKILL)
        if now - self.said > SAYS_EVERY:
            self.said = now
            alive.say()

    def _ended(self) -> list[tuple[str, int]]:
        """The parts that have ended since the last look, with their exit codes."""
        found = []
        for pid in list(self.running):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                os.close(self.pipes.pop(pid))
                self.heard.pop(pid, None)
                found.append((self.running.pop(pid), os.waitstatus_to_exitcode(status)))
        return found

    def _start_later(self, name: str, code: int) -> None:
        now = time.monotonic()
        was_steady = now - self.started[name] >= STEADY
        pause = FIRST_PAUSE if was_steady else min(2 * self.pauses.get(name, FIRST_PAUSE / 2), LONGEST_PAUSE)
        self.pauses[name], self.due[name] = pause, now + pause
        logger.error("%s ended with code %d and is started again in %g s", name, code, pause)

    def _end_all(self) -> None:
        until = time.monotonic() + STOP_SECONDS
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        while self.running and time.monotonic() < until:
            self._ended()
            time.sleep(0.1)
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)


def _be(name: str, part: Callable[[], object], parent: int, *, ends_first: bool) -> NoReturn:
    """In the new process: run the part, which ends with the process that forked it."""
    code = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        library = ctypes.CDLL(None)
        library.prctl(NAME, name.encode())  # for ps: the command is the same for all
        library.prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(code)  # it had ended before we asked
        if ends_first:
            with suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text("500")
        part()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:
        logger.exception("a part of the background work has ended")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
