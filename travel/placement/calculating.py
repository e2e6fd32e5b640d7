"""Calculates a placement or a what-if in a subprocess, which is stopped when it takes too long. No Django.

    found = in_subprocess(match, **inputs.arguments(seed))

A what-if loads SciPy, which would stay in a web process's memory; and neither may block other pages or run forever.
"""

import pickle
import sys
from collections.abc import Callable
from typing import Any

from exchange.background import subprocesses as process
from travel.placement import matching, what_if

SECONDS = 40  # 100,000 students on 1,000 trips take three; a page may take 60


def in_subprocess[Found](calculate: Callable[..., Found], **given: Any) -> Found:
    """The result of a function of this module for these values. Raises TookTooLongError, and what the function does."""
    words = __name__, calculate.__name__
    is_found, answer = process.ask(*words, given=pickle.dumps(given), seconds=SECONDS)
    if not is_found:
        raise answer
    found: Found = answer
    return found


def match(**given: Any) -> matching.Match:
    return matching.match(**given)


def fewest_low_ranks(**given: Any) -> dict[str, matching.Placed]:
    return what_if.fewest_low_ranks(**given)


def main() -> None:
    known: dict[str, Callable[..., Any]] = {"match": match, "fewest_low_ranks": fewest_low_ranks}
    given = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started us
    try:
        answer = True, known[sys.argv[1]](**given)
    except ValueError as error:  # invalid or too many rows: the caller explains it
        answer = False, error
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    process.answering(main)
