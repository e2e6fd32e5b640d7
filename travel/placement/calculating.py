"""Calculates a placement in a subprocess, which is stopped when it takes too long. No Django.

    found = in_subprocess(match, **inputs.arguments(seed))

It may not block other pages, take a worker's memory for good or run forever.
"""

import pickle
import sys
from collections.abc import Callable
from typing import Any

from exchange.background import subprocesses as process
from travel.placement import matching

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


def main() -> None:
    given = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started us
    answer: tuple[bool, Any]
    try:
        answer = True, match(**given)
    except ValueError as error:  # invalid rows: the caller explains it
        answer = False, error
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    process.answering(main)
