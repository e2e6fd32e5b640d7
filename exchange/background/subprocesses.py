"""Work in a process of its own that ends with it: its memory goes, too, and other pages go on. No Django.

    found = ask("travel.placement.calculating", "match", given=pickle.dumps(...), seconds=40)

See docs/adr/0020. The module's `main` reads standard input and answers with a pickle on standard output.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

# all that the process needs to know of this one: no key and no password
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


class TookTooLongError(Exception):
    """It was stopped; nothing came of it."""


def ask(module: str, *words: str, given: bytes, seconds: float | None = None) -> Any:
    """Errors of the process go to our log; a process that falls over raises CalledProcessError here."""
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
