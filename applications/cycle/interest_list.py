"""The interest list: its columns, whom the filters find and in which order, and what is taken along as a file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.base.searching import interest_called
from applications.cycle.actions.interest import KEEP_DAYS, WAIT_DAYS
from applications.models import Cycle, Interest, InterestSource
from applications.models.interest import InterestQuerySet
from exchange.base import audit
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import clock, language_here, short_day, short_year
from exchange.web.worklist import SORT, Column, Columns, SearchField, SortField, choose_from, place_in

State = Interest.State
UNSAID = "unsaid"
WHERE = gettext_lazy("How they heard about it")
STATES = {
    State.WAITING: Q(confirmed_at__isnull=False, told_at__isnull=True),
    State.UNCONFIRMED: Q(confirmed_at__isnull=True),
    State.TOLD: Q(told_at__isnull=False),
}
PLACE_OF_STATE = Case(
    *(When(which, then=Value(place)) for place, which in enumerate(STATES.values())), output_field=IntegerField()
)


def where_of(row: Interest) -> str:
    return str(row.source or row.get_heard_display())


COLUMNS = Columns(
    Column("address", _("Email or phone"), ("email", "phone"), cell=lambda row: row.address),
    Column(
        "language", _("Language"), ("language", "asked_at"), computed={}, cell=lambda row: language_here(row.language)
    ),
    Column(
        "where",
        WHERE,
        ("named", "said", "asked_at"),
        computed={"named": F("source__name"), "said": place_in(Interest.Heard, "heard")},
        cell=where_of,
    ),
    Column(
        "college",
        _("College"),
        ("at", "asked_at"),
        computed={"at": F("source__college__name")},
        cell=lambda row: str(row.source.college or "") if row.source else "",
    ),
    Column("since", _("Since"), ("asked_at",), falls=True, cell=lambda row: timezone.localdate(row.asked_at)),
    Column(
        "state",
        _("Status"),
        ("stage", "asked_at"),
        computed={"stage": PLACE_OF_STATE},
        cell=lambda row: str(row.state.label),
    ),
    default="-since",
)


class InterestFilterForm(forms.Form):
    """Filters of the list, from its address. Values that aren't a choice are no filter."""

    q = SearchField(label=_("Email or phone"))
    state = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", pgettext_lazy("people", "all")), *State.choices]
    )
    source = forms.TypedChoiceField(label=_("QR code"), required=False, empty_value=None)
    heard = forms.ChoiceField(
        label=_("Without a QR code"),
        required=False,
        choices=[("", pgettext_lazy("people", "all")), *Interest.Heard.choices, (UNSAID, _("They didn’t say"))],
    )
    college = forms.TypedChoiceField(label=_("College"), required=False, empty_value=None)
    cycle = forms.TypedChoiceField(label=_("Cycle they were told about"), required=False, empty_value=None)
    sort = SortField(COLUMNS)

    def __init__(self, data: QueryDict, *, sources: Sequence[InterestSource], cycles: Sequence[Cycle]) -> None:
        """`sources`: with their colleges."""
        super().__init__(data)
        colleges = {source.college_id: source.college for source in sources if source.college}
        everyone = pgettext_lazy("people", "all")
        choose_from(self.fields["source"], sources, empty=everyone)
        choose_from(self.fields["college"], sorted(colleges.values(), key=str), empty=everyone)
        choose_from(self.fields["cycle"], cycles, empty=everyone)
        self.is_valid()

    @property
    def chosen(self) -> set[str]:
        """Names of the filters that are set."""
        return {name for name, value in self.cleaned_data.items() if value and name != SORT}


def found(form: InterestFilterForm, user: User) -> InterestQuerySet:
    """Whom the filters find, in no order."""
    given = form.cleaned_data
    rows = Interest.objects.visible_to(user)
    if typed := given.get("q", "").strip():
        rows = interest_called(typed, rows)
    if state := given.get("state"):
        rows = rows.filter(STATES[State(state)])
    if heard := given.get("heard"):
        rows = rows.filter(source__isnull=True, heard="" if heard == UNSAID else heard)
    chosen = {"source": given.get("source"), "source__college": given.get("college"), "cycle": given.get("cycle")}
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def counts_of(people: InterestQuerySet) -> dict[str, int]:
    """How many there are in each state, by its value."""
    return people.order_by().aggregate(
        **{str(state.value): Count("pk", filter=which) for state, which in STATES.items()}
    )


def heard_of(people: InterestQuerySet) -> list[dict[str, Any]]:
    """What those without a QR code said, most frequent first: value of the filter, label, and how many are waiting and
    were told, as for each code."""
    rows = people.filter(source__isnull=True, confirmed_at__isnull=False).order_by().values("heard")
    labels = dict(Interest.Heard.choices)
    states = {str(state.value): Count("pk", filter=STATES[state]) for state in (State.WAITING, State.TOLD)}
    counted = rows.annotate(count=Count("pk"), **states).order_by("-count", "heard")
    return [
        {**row, "value": row["heard"] or UNSAID, "label": str(labels.get(row["heard"], gettext("They didn’t say")))}
        for row in counted
    ]


@dataclass(frozen=True, slots=True)
class Stay:
    """When an address is deleted, unless its owner or the office does it before. `text`: what comes until then."""

    until: datetime
    text: str


def stay_of(person: Interest) -> Stay:
    days = facts.numbers(KEEP_DAYS, WAIT_DAYS)
    keep, wait = timedelta(days=int(days[KEEP_DAYS])), timedelta(days=int(days[WAIT_DAYS]))
    if person.told_at:
        return Stay(person.told_at + keep, gettext("They’ve been sent their message."))
    if person.confirmed_at:
        return Stay(person.asked_at + wait, gettext("They’ll get one message when applications open."))
    return Stay(
        person.asked_at + keep, gettext("They won’t get a message unless they confirm with the link we sent them.")
    )


def facts_of(person: Interest) -> list[dict[str, Any]]:
    """For the page of one address: labels and values of what is known of it."""
    told = _moment(person.told_at)
    shown = [
        (gettext("Language"), language_here(person.language)),
        (str(WHERE), where_of(person) or gettext("They didn’t say")),
        (gettext("College"), person.source and person.source.college),
        (gettext("On the list since"), _moment(person.asked_at)),
        (gettext("Link to confirm sent"), _moment(person.sent_at)),
        (pgettext("email or phone", "Confirmed"), _moment(person.confirmed_at)),
        (gettext("Told"), f"{told}: {person.cycle}" if told and person.cycle else told),
        (gettext("Deleted automatically"), _day(stay_of(person).until)),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]


def _day(until: datetime) -> str:
    """Not a day that has passed: what is due goes the next time that old data are deleted."""
    return short_year(until) if until > timezone.now() else gettext("at the next cleanup")


def _moment(at: datetime | None) -> str:
    return f"{short_day(at)}, {clock(at)}" if at else ""


@transaction.atomic
def record_download(rows: Collection[Interest], *, query: str, by: User) -> None:
    """A file with addresses leaves the portal: who took it, and how much it has."""
    audit.record("interest.download", by, by=by, changes={"query": query, "rows": len(rows)})
