"""Keeps several programs running: starts one again that ends, and gives up on one that keeps ending.

Standard library only: it is what the demo stands on while everything else may be broken.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FAILURES = 5  # within WITHIN seconds: somebody has to look
WITHIN = 60.0
STOP_SECONDS = 10.0  # for all programs together, from the request to end until they are killed


class GivenUp(Exception):
    """A program ended too often. `name` and `log` say which."""

    def __init__(self, part: "Part") -> None:
        super().__init__(f"The {part.name} ended {FAILURES} times within a minute.")
        self.part = part


@dataclass(slots=True)
class Part:
    """One program. `failures`: when it ended, by the supervisor's clock, as far as that still counts."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    failures: list[float] = field(default_factory=list)
    again_at: float = 0.0

    def pause_after(self, now: float) -> float | None:
        """Seconds to wait before the next start, twice as long each time; None once it has ended too often."""
        self.failures = [each for each in self.failures if now - each < WITHIN] + [now]
        return None if len(self.failures) >= FAILURES else float(2 ** (len(self.failures) - 1))


class Supervisor:
    """Starts parts and keeps them running, each in a process group of its own, so that its children end with it.

    `tell`: takes a sentence for the person at the terminal. `clock`: seconds, always growing.
    """

    def __init__(self, *, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.parts: list[Part] = []
        self.tell, self.clock = tell, clock

    def start(self, name: str, command: list[str], log: Path) -> Part:
        part = Part(name, command, log)
        log.write_bytes(b"")
        self._run(part)
        self.parts.append(part)
        return part

    def _run(self, part: Part) -> None:
        with part.log.open("ab") as output:
            part.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *part.command],  # however we end, no part is left behind
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def look(self) -> None:
        """Start again what has ended and whose pause is over. GivenUp for a part that ended too often."""
        now = self.clock()
        for part in self.parts:
            if part.process and (code := part.process.poll()) is not None:
                _kill_group(part.process)  # children that a crash left behind would hold its port
                part.process = None
                if (pause := part.pause_after(now)) is None:
                    raise GivenUp(part)
                part.again_at = now + pause
                self.tell(f"The {part.name} ended ({_how(code)}). Starting it again in {pause:g} s; see {part.log}")
            if part.process is None and now >= part.again_at:
                self._run(part)

    def stop(self) -> None:
        """Ask the parts to end, the last first, and kill what is too slow, with its children."""
        until = self.clock() + STOP_SECONDS
        running = [part.process for part in reversed(self.parts) if part.process]
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, until - self.clock()))
            _kill_group(process)
            process.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
