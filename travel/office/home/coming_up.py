"""The dated things ahead of a placed student, listed below their one next step. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from travel.models import ChecklistItem, ChecklistStep, Placement
from travel.passport.case.next_step import NextStep, shown_do_by
from travel.passport.case.visits import Visit
from travel.passport.plan.planning import OF_THE_PASSPORT

SHOWN = 3
UNTIL_APPLIED = frozenset({ChecklistStep.Timing.DOCUMENTS, ChecklistStep.Timing.APPLY})


@dataclass(frozen=True, slots=True)
class ComingUp:
    """What components/date_list.html shows."""

    title: str
    on: date
    href: str
    label: str = ""  # what the date is, unless the title says it


def coming_up(
    placement: Placement,
    items: Iterable[ChecklistItem],
    step: NextStep | None,
    today: date,
    visit: Visit | None = None,
) -> list[ComingUp]:
    """What follows, by date; the next step itself isn't repeated."""
    rows = [*_duties(placement, items, step, today, visit), *_prompts(placement, today)]
    if visit and visit.on >= today and not (step and step.action_href == visit.href):
        rows.append(ComingUp(_("Your passport appointment"), visit.on, visit.href))
    return sorted(rows, key=lambda row: row.on)[:SHOWN]


def _duties(
    placement: Placement,
    items: Iterable[ChecklistItem],
    step: NextStep | None,
    today: date,
    visit: Visit | None,
) -> list[ComingUp]:
    if placement.trip.leaves_on <= today:
        return []  # too late for what wasn't done by now
    duties = sorted(
        (item for item in items if item.is_open and item.step.is_students),
        key=lambda item: (item.do_by, item.step.order),
    )
    if step and step.is_passport:
        # the card shows the first of the passport's own items, with texts of its own
        own = next((item for item in duties if item.step.timing in OF_THE_PASSPORT), None)
        duties = [item for item in duties if item is not own]
    if visit and visit.on >= today:  # the visit stands for them
        duties = [item for item in duties if item.step.timing not in UNTIL_APPLIED]
    rows = [_duty(placement, item, today) for item in duties]
    return [row for row in rows if step is None or row.href != step.action_href]


def _duty(placement: Placement, item: ChecklistItem, today: date) -> ComingUp:
    on = shown_do_by(item.do_by, item.last_safe_on, today) or item.do_by
    label = _("Last safe day") if on == item.last_safe_on else pgettext("before a colon", "Do it by")
    return ComingUp(item.step.title, on, _page_of(placement, item), label)


def _page_of(placement: Placement, item: ChecklistItem) -> str:
    return reverse("travel:checklist-item", kwargs={"code": placement.code, "key": item.step.key})


def _prompts(placement: Placement, today: date) -> list[ComingUp]:
    ahead = ((prompt, prompt.opens_on(placement.trip)) for prompt in placement.prompts)
    return [
        ComingUp(
            prompt.text,
            on,
            reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompt.key}),
            _("Opens"),
        )
        for prompt, on in ahead
        if on > today
    ]
