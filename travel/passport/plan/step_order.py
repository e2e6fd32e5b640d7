"""Steps that follow or wait for other steps: their order, a circle in it, and the dates of those that follow. Pure.

A list of steps is a mapping of each step's key to the keys it follows or waits for. Keys that aren't in the list are
left out: a step that was removed, or that isn't for this student, holds nobody up.
"""

from collections.abc import Callable, Collection, Mapping, Set
from datetime import date, timedelta

from travel.base.open_days import IsClosed, never, open_on_or_before
from travel.passport.plan.timeline import ItemDates

type Needs = Mapping[str, Collection[str]]


def in_order(needs: Needs) -> list[str]:
    """Every key once, each after those it needs, else in the order given. Keys in a circle come where it is entered."""
    found: dict[str, None] = {}

    def visit(key: str, above: frozenset[str]) -> None:
        for other in needs[key]:
            if other in needs and other not in above and other not in found:
                visit(other, above | {other})
        found.setdefault(key)

    for key in needs:
        visit(key, frozenset({key}))
    return list(found)


def circle(needs: Needs) -> list[str]:
    """The keys of one circle, each needing the next and the last the first; empty if there is none."""
    finished: set[str] = set()

    def visit(key: str, path: list[str]) -> list[str]:
        if key in path:
            return path[path.index(key) :]
        if key in finished:
            return []
        for other in needs[key]:
            if other in needs and (found := visit(other, [*path, key])):
                return found
        finished.add(key)
        return []

    for key in needs:
        if found := visit(key, []):
            return found
    return []


def following(
    anchor: date, days_after: int, leaves_on: date, safe_days: int = 0, is_closed: IsClosed = never
) -> ItemDates:
    """Dates of a step that is due `days_after` the day `anchor` on which another one is done or, until then, due.

    The last safe day is `safe_days` later, but no later than the day before departure, and on an open day. The first
    date is never after the second.
    """
    do_by = anchor + timedelta(days=days_after)
    last_safe_on = open_on_or_before(min(do_by + timedelta(days=safe_days), leaves_on - timedelta(days=1)), is_closed)
    return ItemDates(min(do_by, last_safe_on), last_safe_on)


def resolve(
    needs: Needs,
    fixed: Mapping[str, ItemDates],
    done: Mapping[str, date],
    follow: Callable[[str, date | None], ItemDates],
) -> dict[str, ItemDates]:
    """Dates of every key. `needs`: at most one key each, the one it follows; `fixed`: of steps that follow none.

    `follow(key, anchor)` gives the dates of a step that follows: the anchor is the day in `done`, else the other step's
    first date, else None, because the other step isn't in this list.
    """
    found: dict[str, ItemDates] = {}
    for key in in_order(needs):
        if key in fixed:
            found[key] = fixed[key]
            continue
        other = next(iter(needs[key]), "")
        anchor = done.get(other) or (found[other].do_by if other in found else None)
        found[key] = follow(key, anchor)
    return found


def in_time(waits: Needs, dates: Mapping[str, ItemDates], *, firm: Set[str], movable: Set[str]) -> dict[str, ItemDates]:
    """These dates, with no step of `movable` later than a step that waits for it, and no other due before one of `firm`
    that it waits for.

    `firm`: steps of the passport, which nobody can hurry. `movable`: steps that follow another one.
    """
    found = dict(dates)
    for key in waits.keys() - movable - firm:
        for other in firm & found.keys() & set(waits[key]):
            found[key] = ItemDates(*map(max, found[key], found[other]))
    for key in reversed(in_order(waits)):
        for other in movable & found.keys() & set(waits[key]):
            found[other] = ItemDates(*map(min, found[other], found[key]))
    return found


def too_late(waits: Needs, dates: Mapping[str, ItemDates], leaves_on: date) -> list[tuple[str, str]]:
    """Each step that is due later than what it's for: (its key, the key of a step that waits for it), with "" for the
    departure."""
    found = [(key, "") for key, own in dates.items() if own.do_by >= leaves_on]
    for key, others in waits.items():
        found += [(other, key) for other in others if other in dates and dates[other].do_by > dates[key].do_by]
    return found
