"""The travelers of one trip, for staff: what each still owes, who is in which part of the list, in which order.

A trip has 20 to 24 travelers, so all rows are read at once: the counts above the list are counted from its own rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.base.searching import found_by
from applications.models import Application
from exchange.base.roles import Person
from exchange.reference import facts
from exchange.web.worklist import Column, Columns, SearchField, SortField
from travel.models import ChecklistItem, EntryRule, PassportCase, Placement, PracticalNeeds, TicketName, Trip
from travel.passport.case import duties
from travel.passport.case.next_step import first_others
from travel.passport.case.views import slack_label, slack_tone
from travel.passport.plan import planning
from travel.passport.plan.planning import URGENT_DAYS
from travel.prepare.entry.actions import state_of
from travel.prepare.entry.state import SETTLED, Entry
from travel.prepare.entry.words import LABELS, TONES
from travel.states import HAS_PASSPORT, SEEN, PassportStage


@dataclass(frozen=True, slots=True)
class Traveler:
    """`total`, `done`: steps of the checklist, as the student's own page counts them. `step`: the most urgent of those
    that the student can do now, the passport's aside, whose stage and days are there. `entry`: None for those who
    don't keep permissions to enter. `wants`: asked to talk about a need."""

    placement: Any
    case: PassportCase | None
    ticket: TicketName | None
    entry: Entry | None
    slack: int | None
    tone: str
    total: int
    done: int
    step: ChecklistItem | None
    wants: bool

    @property
    def student(self) -> Any:
        return self.placement.application.student

    @property
    def time_left(self) -> str:
        return slack_label(self.slack)

    @property
    def entry_label(self) -> str | Promise:
        return LABELS[self.entry] if self.entry else ""

    @property
    def entry_tone(self) -> str:
        return TONES[self.entry] if self.entry else ""

    @property
    def passport_label(self) -> str | Promise:
        """Where the passport is; whether its name matches has a column of its own."""
        if self.case is None:
            return ""
        return PassportStage.CHECKED.label if self.case.stage in SEEN else PassportStage(self.case.stage).label

    @property
    def is_late(self) -> bool:
        return self.step is not None and self.step.do_by < timezone.localdate()

    @property
    def has_passport(self) -> bool:
        return self.case is not None and self.case.stage in HAS_PASSPORT

    @property
    def name_matches(self) -> bool:
        return self.ticket is not None and self.ticket.matched_at is not None


EVERYONE = ""
PARTS: dict[str, tuple[Promise, Callable[[Traveler], bool]]] = {
    EVERYONE: (_("Everyone"), lambda row: True),
    "passport": (_("Passport not here"), lambda row: not row.has_passport),
    "name": (_("Name to check"), lambda row: not row.name_matches),
    "entry": (_("Visa or authorization open"), lambda row: row.entry is not None and row.entry not in SETTLED),
}
# what each column sorts by; a row without a value comes last, from either end
VALUES: dict[str, Callable[[Traveler], Any]] = {
    "name": lambda row: str(row.student).casefold(),
    "college": lambda row: row.placement.application.college.short_name.casefold(),
    "done": lambda row: row.done / row.total if row.total else None,
    "by": lambda row: row.step.do_by if row.step else None,
    "slack": lambda row: row.slack,
}
COLUMNS = Columns(
    Column("name", _("Student"), ("name",)),
    Column("college", _("College"), ("college",)),
    Column("passport", _("Passport")),
    Column("match", _("Name")),
    Column("entry", _("Visa")),
    Column("done", pgettext_lazy("column", "Checklist"), ("done",)),
    Column("step", _("Next step")),
    Column("by", pgettext_lazy("column", "By"), ("by",)),
    Column("slack", _("Time left"), ("slack",)),
    default="slack",
)


class TravelersForm(forms.Form):
    """Kept in the address. An unknown part is everyone."""

    q = SearchField(label=_("Name, email, phone, student number or code"))
    show = forms.ChoiceField(required=False, choices=[(key, key) for key in PARTS], widget=forms.HiddenInput)
    sort = SortField()

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        sort: Any = self.fields["sort"]
        sort.offer(COLUMNS)
        self.is_valid()

    @property
    def part(self) -> str:
        return str(self.cleaned_data.get("show", EVERYONE))


def travelers_of(
    trip: Trip, user: Person, *, rule: EntryRule | None, shows_entry: bool, searched: str
) -> list[Traveler]:
    """Everyone on this trip whom the person may see. `rule`: what the city asks of a U.S. passport. Three queries."""
    seen = Placement.objects.visible_to(user).active().filter(trip=trip)
    if searched:
        seen = seen.filter(application__in=Application.objects.filter(found_by(searched, user)).values("pk"))
    today, urgent = timezone.localdate(), facts.number(URGENT_DAYS)
    asks_nothing = rule is not None and rule.asks_nothing
    wants = Exists(PracticalNeeds.objects.to_talk().filter(placement=OuterRef("pk")))
    rows = _with_items(seen.with_people().select_related("ticket_name", *["entry_permission"] * shows_entry))
    shown = rows.annotate(wants=wants)
    return [_traveler(row, trip, today, int(urgent), asks_nothing, shows_entry=shows_entry) for row in shown]


def _with_items(seats: QuerySet[Placement]) -> QuerySet[Any]:
    items = duties.shown(ChecklistItem.objects.select_related("step"))
    return seats.prefetch_related(Prefetch("checklist_items", queryset=items, to_attr="shown_items"))


def _traveler(
    placement: Any, trip: Trip, today: date, urgent_days: int, asks_nothing: bool, *, shows_entry: bool
) -> Traveler:
    placement.trip = trip
    case, items = getattr(placement.application, "passport_case", None), placement.shown_items
    slack = planning.slack(case, today) if case else None
    entry = None
    if shows_entry:
        entry = state_of(getattr(placement, "entry_permission", None), placement, rule_asks_nothing=asks_nothing)
    return Traveler(
        placement=placement,
        case=case,
        ticket=getattr(placement, "ticket_name", None),
        entry=entry,
        slack=slack,
        tone=slack_tone(case, slack, urgent_days) if case else "",
        total=len(items),
        done=sum(item.done_at is not None for item in items),
        step=next(iter(first_others(items, case, today)), None),
        wants=placement.wants,
    )


def ordered(rows: list[Traveler], sort: str | None) -> list[Traveler]:
    """As the address asks; whoever is equal by name, and whoever has no value last."""
    asked = COLUMNS.asked(sort)
    value = VALUES[asked.removeprefix("-")]
    by_name = sorted(rows, key=lambda row: (VALUES["name"](row), row.placement.pk))
    there = [row for row in by_name if value(row) is not None]
    return sorted(there, key=value, reverse=asked.startswith("-")) + [row for row in by_name if value(row) is None]
