"""Runs a calculation in a process of its own: its memory is given back at the end, and other pages are not held up.

    found = ask("travel.placement.calculating", "match", given=pickle.dumps(...), seconds=40)

The module's `main` reads standard input and answers with a pickle on standard output. No Django (docs/adr/0031).

A file that a stranger sent is opened by a process that is confined, too: its `main` calls `confine` first, and answers
with bytes that are parsed here, never with a pickle, because the file may have taken it over (docs/adr/0011).
"""

import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# the only environment variables that the process gets: no key and no password
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


OUT_OF_MEMORY = 77  # exit code
ROOT = Path(__file__).parents[2]


class TookTooLongError(Exception):
    """The process was stopped at a limit of time, or by the system for lack of memory; there is no result."""


class TooMuchMemoryError(Exception):
    """The process reached its limit of memory; there is no result."""


class CrashedError(Exception):
    """The process ended with an error; there is no result."""


def ask(module: str, *words: str, given: bytes, seconds: float | None = None) -> Any:
    """The answer of `module`. Its errors go to our log; if it crashes, CalledProcessError is raised here.

    Raises TookTooLongError, TooMuchMemoryError.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, with words of ours
            [sys.executable, "-m", module, *words],
            input=given,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            check=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise TookTooLongError(f"{module} {words[0]} was stopped after {seconds} seconds") from None
    except subprocess.CalledProcessError as crash:
        if crash.returncode in (OUT_OF_MEMORY, -signal.SIGKILL):  # the system kills for memory, too
            raise TooMuchMemoryError(f"{module} {words[0]} ended with {crash.returncode}") from None
        raise
    return pickle.loads(done.stdout)  # noqa: S301 -- from our own process


def answering(main: Callable[[], None]) -> None:
    """Run the `main` of a module that `ask` calls: lack of memory is told by the exit code."""
    try:
        main()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def run_confined(module: str, *words: str, given: bytes, seconds: float) -> bytes:
    """The standard output of `module`, which opens a stranger's file: without any of our environment.

    Raises TookTooLongError, TooMuchMemoryError, CrashedError.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, with words of ours
            [sys.executable, "-m", module, *words],
            input=given,
            capture_output=True,
            timeout=seconds,
            cwd=ROOT,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TookTooLongError(f"{module} was stopped after {seconds} seconds") from None
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        raise TookTooLongError(f"{module} was stopped by the system")
    if done.returncode == OUT_OF_MEMORY:
        raise TooMuchMemoryError(f"{module} needed more memory than it may take")
    if done.returncode:
        raise CrashedError(f"{module} ended with {done.returncode}")
    return done.stdout


def confine(*, memory: int, cpu_seconds: int) -> None:
    """Limits this process for good, before it opens the file. `memory`: bytes. It may write only to its pipes."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
