"""Looks for the shortest story in which the same thing still breaks: fewer students, then fewer acts."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.year.plan import Plan

# Plays a plan. Returns the acts up to what broke that a year can go without, or nothing if it didn't break.
Breaks = Callable[[Plan], list[str] | None]


def shortest(plan: Plan, acts: list[str], breaks: Breaks, is_over: Callable[[], bool]) -> Plan:
    """`acts`: those of the plan as it is. `is_over`: whether the time for it is up."""
    for students in (2**power for power in range(10)):
        if students >= plan.students or is_over():
            break
        smaller = replace(plan, students=students)
        if (left := breaks(smaller)) is not None:
            return _without_acts(smaller, left, breaks, is_over)
    return _without_acts(plan, acts, breaks, is_over)


def _without_acts(plan: Plan, acts: list[str], breaks: Breaks, is_over: Callable[[], bool]) -> Plan:
    """Leaves out half of them, a quarter and so on, while it still breaks."""
    size = len(acts)
    while size > 1:
        size, start = (size + 1) // 2, 0
        while start < len(acts := _by_kind(acts)) and not is_over():
            smaller = replace(plan, without=plan.without | set(acts[start : start + size]))
            if (left := breaks(smaller)) is None:
                start += size
            else:
                plan, acts = smaller, left
    return plan


def _by_kind(acts: Iterable[str]) -> list[str]:
    """Acts of one kind stand together, since they matter together or not at all."""
    return sorted(acts, key=lambda act: (act.split(": ", 1)[1], act))
