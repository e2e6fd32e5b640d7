"""The placement and its what-if, worked out by a process of its own that is stopped when it takes too long. No Django.

    found = apart(match, **inputs.arguments(seed))

A what-if loads SciPy, which a web process would keep; and neither may hold up other pages, or run without end.
"""

import pickle
import sys
from collections.abc import Callable
from typing import Any

from exchange.background import subprocesses as process
from travel.placement import matching, what_if

SECONDS = 40  # 100,000 students on 1,000 trips take three; a page may take 60


def apart[Found](calculate: Callable[..., Found], **given: Any) -> Found:
    """What a function of this module makes of these values. Raises TookTooLongError, and what it raises."""
    words = __name__, calculate.__name__
    is_found, found = process.ask(*words, given=pickle.dumps(given), seconds=SECONDS)
    if not is_found:
        raise found
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
    except ValueError as error:  # rows that do not fit, or too many of them: said by whoever asked
        answer = False, error
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
