"""What a student has to do now, out of the rows of their checklist. Pass items with their steps: makes no query."""

from collections.abc import Iterable
from typing import Any

from travel.models import ChecklistItem, ChecklistStep, PassportCase
from travel.models.checklist import ChecklistItemQuerySet
from travel.passport.case import talks
from travel.passport.plan.planning import OF_THE_PASSPORT

FIRM = OF_THE_PASSPORT | {ChecklistStep.Timing.ENTRY}


def shown_to(case: PassportCase | None, items: Iterable[ChecklistItem]) -> list[ChecklistItem]:
    """Items of the student's page: everything that somebody does for this trip."""
    return [item for item in items if item.closed_at is None and talks.is_asked_of(case, item)]


def shown(items: ChecklistItemQuerySet) -> ChecklistItemQuerySet:
    """As `shown_to`, of rows: what a student's page counts, their list counts."""
    return talks.asked_of(items.kept())


def waits(items: Iterable[ChecklistItem]) -> dict[str, list[ChecklistItem]]:
    """Key of each open item that can't be done yet -> the open items it waits for, in their order."""
    there = list(items)
    still_open: dict[Any, ChecklistItem] = {item.step.key: item for item in there if item.is_open}
    found = {
        key: [still_open[other] for other in item.step.waits_for if other in still_open and other != key]
        for key, item in still_open.items()
    }
    return {key: others for key, others in found.items() if others}


def may_cost_the_trip(item: ChecklistItem, items: Iterable[ChecklistItem]) -> bool:
    """Whether doing it after its last safe day can be too late for the trip: the passport, the visa, and what they or
    steps of the office wait for, as a ticket does. A photocopy can't.
    """

    def holds_up(step: ChecklistStep) -> bool:
        return step.timing in FIRM or step.owner == step.Owner.OFFICE

    waiting = (other.step for other in items if item.step.key in other.step.waits_for)
    return item.step.timing in FIRM or any(holds_up(step) for step in waiting)
