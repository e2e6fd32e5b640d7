"""Adjusted scores and agreement, calculated in a subprocess that ends with its work (docs/adr/0031). No Django.

    found = in_subprocess(comparison, reads, files_min=8, interval=0.8, seats=25)

numpy and the readings of 100,000 applications take 80 MB that a web process would not give back, and would block its
other pages for a second. So no long-lived process imports `adjusting` or `agreement`.
"""

import json
import pickle
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import batched
from math import nan
from typing import TYPE_CHECKING, Any

from applications.scores.scoring import Agreement
from exchange.background import subprocesses

if TYPE_CHECKING:
    from applications.scores.adjusting import Adjustment

AT_ONCE = 10_000  # rows pickled at a time


def in_subprocess[Found](
    calculate: Callable[..., Found], rows: Iterable[tuple[Any, ...]], **terms: float | None
) -> Found:
    """Run a function of this module in a subprocess and return its result. The rows are read in batches."""
    given = b"".join(pickle.dumps(part) for part in batched(rows, AT_ONCE))
    found: Found = subprocesses.ask(__name__, calculate.__name__, json.dumps(terms), given=given)
    return found


def comparison(
    reads: Iterable[tuple[int, int, float, int]],
    *,
    files_min: int,
    interval: float,
    seats: int | None,
    kept_min: float = 0,
    kept: float | None = None,
) -> dict[str, Any]:
    """The figures of a `comparing.Comparison`, from (application, reader, total, college) of complete, locked readings.

    kept_min: the percent of a true difference between colleges that has to survive adjusting. kept: the percent that
    does, where it is known and the rows' colleges are not.
    """
    from applications.scores import adjusting  # noqa: PLC0415 -- numpy, see above

    given = list(reads)
    if kept is None:
        kept = kept_percent((application, reader, college) for application, reader, _total, college in given)
    totals = ((str(application), str(reader), float(total)) for application, reader, total, _college in given)
    found = adjusting.adjust(totals, files_min=files_min, interval=interval, keeps_colleges=kept >= kept_min)
    line = adjusting.seat_line(found.estimates, seats)
    return {
        "refusal": found.refusal.value if found.refusal else "",
        "kept": int(kept),
        "readers": sum(len(group) for group in found.groups),
        "reads": sum(each.reads for each in found.estimates.values()),
        "groups": tuple(len(group) for group in found.groups),
        "few": len(found.few),
        "severest": min(found.readers.values(), default=None),
        "mildest": max(found.readers.values(), default=None),
        "spread_applications": found.spread_applications,
        "spread_readers": found.spread_readers,
        "spread_chance": found.spread_chance,
        "line": line.at if line else None,
        "close": len(line.close) if line else 0,
        **_columns(found),
    }


def _columns(found: "Adjustment") -> dict[str, Any]:
    """The figures of each application as arrays, by its key in ascending order."""
    is_adjusted = found.refusal is None
    rows = sorted(
        (int(key), each.adjusted, each.low, each.high) if is_adjusted else (int(key), None, each.raw_low, each.raw_high)
        for key, each in found.estimates.items()
    )
    places = _places({int(key): each.adjusted if is_adjusted else each.raw for key, each in found.estimates.items()})
    return {
        "keys": array("q", [row[0] for row in rows]),
        "adjusted": _packed(row[1] for row in rows),
        "low": _packed(row[2] for row in rows),
        "high": _packed(row[3] for row in rows),
        "places": array("l", [places[row[0]] for row in rows]),
    }


def kept_percent(reads: Iterable[tuple[int | str, int | str, int | str]]) -> int:
    """The percent of a true difference between colleges that survives adjusting, rounded down, from (application,
    reader, college of the application)."""
    from applications.scores import college_gap  # noqa: PLC0415 -- numpy, see above

    rows = [(str(application), str(reader), str(college)) for application, reader, college in reads]
    college_of = {application: college for application, _reader, college in rows}
    return int(100 * college_gap.kept_share(((each[0], each[1]) for each in rows), college_of) + 1e-9)


def remedy(rows: Iterable[tuple[str, str, str | int]], *, kept_min: float) -> Any:
    """A `college_gap.Remedy` as (extras, reads, needs_people), of plain tuples.

    rows: ("college", application, its college), ("reader", reader, their college), ("room", reader, number of files
    they still take), ("read", application, reader), ("barred", application, reader).
    """
    from applications.scores import college_gap  # noqa: PLC0415 -- numpy, see above

    kinds = defaultdict[str, list[tuple[str, Any]]](list)
    for kind, one, other in rows:
        kinds[kind].append((one, other))
    found = college_gap.extra_readings(
        kinds["read"],
        dict(kinds["college"]),
        least=kept_min / 100,
        readers=dict(kinds["reader"]),
        barred=frozenset(kinds["barred"]),
        room=dict(kinds["room"]),
    )
    return tuple((each.college, each.by, each.count) for each in found.extras), found.reads, found.needs_people


def agreements(ratings: Iterable[tuple[str, int | str, int]]) -> Mapping[str, Agreement]:
    """By criterion, from (criterion, application, points) of locked readings."""
    from applications.scores import agreement  # noqa: PLC0415 -- numpy, see above

    return agreement.agreements((what, str(who), points) for what, who, points in ratings)


def _places(scores: Mapping[int, float | None]) -> dict[int, int]:
    """The place of each key: 1 for the highest score; equal scores share a place."""
    places: dict[int, int] = {}
    first: dict[float | None, int] = {}
    for place, (key, score) in enumerate(sorted(scores.items(), key=lambda each: -(each[1] or 0)), start=1):
        places[key] = first.setdefault(None if score is None else round(score, 9), place)
    return places


def _packed(values: Iterator[float | None]) -> array[float]:
    return array("d", [nan if value is None else value for value in values])


def _rows() -> Iterator[tuple[Any, ...]]:
    with suppress(EOFError):
        while True:
            yield from pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started us


def main() -> None:
    name, terms = sys.argv[1:]
    known: dict[str, Callable[..., Any]] = {
        each.__name__: each for each in (comparison, kept_percent, remedy, agreements)
    }
    pickle.dump(known[name](_rows(), **json.loads(terms)), sys.stdout.buffer)


if __name__ == "__main__":
    subprocesses.answering(main)
