"""Runs a calculation in a process of its own: its memory is given back at the end, and other pages are not held up.

    found = ask("travel.placement.calculating", "match", given=pickle.dumps(...), seconds=40)

The module's `main` reads standard input and answers with a pickle on standard output. No Django (docs/adr/0020).
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

# the only environment variables that the process gets: no key and no password
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


class TookTooLongError(Exception):
    """The process was stopped after `seconds`; there is no result."""


def ask(module: str, *words: str, given: bytes, seconds: float | None = None) -> Any:
    """The answer of `module`. Its errors go to our log; if it crashes, CalledProcessError is raised here."""
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, with words of ours
            [sys.executable, "-m", module, *words],
            input=given,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            check=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise TookTooLongError(f"{module} {words[0]} was stopped after {seconds} seconds") from None
    return pickle.loads(done.stdout)  # noqa: S301 -- from our own process
