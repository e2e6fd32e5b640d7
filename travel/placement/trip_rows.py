"""The rows of the list of trips: which trips the filters find, in which order, and what each row says."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from applications.models import Cycle
from exchange.base.folded_text import Folded, folded
from exchange.models import User
from exchange.templatetags.ui import day_year
from exchange.web.worklist import Column, Columns, SearchField, SortField
from travel.models import Placement, PracticalNeeds, Trip
from travel.models.placement import home_day
from travel.placement.free_seats import PLACED, how_many

AHEAD, ABROAD, HOME, CANCELED = "ahead", "abroad", "home", "canceled"
STATES = {
    AHEAD: (gettext_lazy("still to leave"), Q(closed_at=None, departed_at=None)),
    ABROAD: (gettext_lazy("abroad"), Q(departed_at__isnull=False, returned_at=None)),
    HOME: (gettext_lazy("back home"), Q(returned_at__isnull=False)),
    CANCELED: (gettext_lazy("canceled"), Q(closed_at__isnull=False)),
}
# as STATES has them; a trip that was canceled may have any of the other times
REACHED = Case(
    When(closed_at__isnull=False, then=3),
    When(returned_at__isnull=False, then=2),
    When(departed_at__isnull=False, then=1),
    default=0,
)


# from the few who want to talk, not from everyone on the trip
TO_TALK = how_many(PracticalNeeds.objects.to_talk().filter(placement__in=Placement.objects.active()), "placement__trip")
COLUMNS = Columns(
    Column("city", gettext_lazy("City"), ("city__name_en", "leaves_on"), cell=lambda row: row["trip"].city.name),
    Column("leaves", gettext_lazy("Leaves"), ("leaves_on", "city__name_en"), cell=lambda row: row["trip"].leaves_on),
    Column(
        "returns",
        gettext_lazy("Returns"),
        ("home", "city__name_en"),
        computed={"home": home_day()},
        cell=lambda row: row["trip"].home_on,
    ),
    Column("host", gettext_lazy("Host"), ("host__name", "leaves_on"), cell=lambda row: row["trip"].host.name),
    Column(
        "placed",
        pgettext_lazy("how many", "Placed"),
        ("placed",),
        falls=True,
        computed={"placed": PLACED},
        cell=lambda row: row["placed"],
    ),
    Column("spots", gettext_lazy("Spots"), ("seats",), falls=True, cell=lambda row: row["trip"].seats),
    Column(
        "state",
        gettext_lazy("Status"),
        ("reached", "leaves_on"),
        computed={"reached": REACHED},
        cell=lambda row: row["state"],
    ),
    Column("look", gettext_lazy("To look at"), cell=lambda row: "; ".join(row["warnings"])),
    default="leaves",
)


class TripFilterForm(forms.Form):
    cycle = forms.CharField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=gettext_lazy("City or host"))
    state = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", pgettext_lazy("trips", "all")), *((key, label) for key, (label, _q) in STATES.items())],
    )
    look = forms.ChoiceField(
        label=gettext_lazy("To look at"),
        required=False,
        choices=[
            ("", pgettext_lazy("trips", "all")),
            ("plan", gettext_lazy("the host’s plan")),
            ("arrival", gettext_lazy("no arrival date")),
        ],
    )
    sort = SortField(COLUMNS)


def found_on(cycle: Cycle | None, form: TripFilterForm, user: User) -> QuerySet[Trip]:
    """Those of the cycle that the filters find. `form`: valid or not."""
    form.is_valid()
    trips = Trip.objects.visible_to(user).filter(cycle=cycle).select_related("city", "host", "cycle")
    if state := form.cleaned_data.get("state"):
        trips = trips.filter(STATES[state][1])
    if look := form.cleaned_data.get("look"):
        trips = trips.with_plan_to_read() if look == "plan" else trips.lacking_arrival()
    trips = trips.alias(
        named=Folded("city__name_en"), named_es=Folded("city__name_es"), hosted=Folded("host__name")
    )  # in both languages, since people type either
    for word in folded(form.cleaned_data.get("q")).split():
        trips = trips.filter(Q(named__contains=word) | Q(named_es__contains=word) | Q(hosted__contains=word))
    return trips


class Counts(NamedTuple):
    """Of one trip: its students, and those of them with whom the office still has to talk about what they need."""

    placed: int
    to_talk: int


def counts_of(trips: QuerySet[Trip]) -> dict[int, Counts]:
    """By the trips' primary keys. One query."""
    rows = trips.order_by().values_list("pk", PLACED, TO_TALK)
    return {key: Counts(placed, to_talk) for key, placed, to_talk in rows}


def rows_of(trips: Iterable[Trip], counts: Mapping[int, Counts]) -> list[dict[str, Any]]:
    nobody = Counts(0, 0)  # on a trip that was added after the others were counted
    return [_row(trip, counts.get(trip.pk, nobody)) for trip in trips]


def _row(trip: Trip, counts: Counts) -> dict[str, Any]:
    state, tone = _state(trip)
    found = warnings(trip, counts.placed, to_talk=counts.to_talk)
    return {"trip": trip, "placed": counts.placed, "state": state, "tone": tone, "warnings": found}


def facts_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For the panel beside the list: labels and values."""
    trip = row["trip"]
    shown = [
        (_("Departure"), day_year(trip.leaves_on)),
        (_("Arrival"), trip.arrives_on and day_year(trip.arrives_on)),
        (_("Return"), day_year(trip.home_on)),
        (_("Spots"), _("%(placed)s of %(seats)s placed") % {"placed": row["placed"], "seats": trip.seats}),
        (_("Leaders"), ", ".join(str(leader) for leader in trip.leaders.all()) or "—"),
        (_("Host"), trip.host.name),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]


def _state(trip: Trip) -> tuple[str, str]:
    if trip.closed_at:
        return str(STATES[CANCELED][0]), "stop"
    if trip.returned_at:
        return str(STATES[HOME][0]), "good"
    if trip.departed_at:
        return str(STATES[ABROAD][0]), "now"
    days = trip.days_left
    return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}, "neutral"


def warnings(trip: Trip, placed: int, *, to_talk: int = 0) -> list[str]:
    """What staff should look at."""
    today = timezone.localdate()
    found = []
    if to_talk:
        found.append(
            ngettext(
                "%(count)s student wants to talk about what they need",
                "%(count)s students want to talk about what they need",
                to_talk,
            )
            % {"count": to_talk}
        )
    if trip.closed_at is None and trip.departed_at is None and placed < trip.minimum_group:
        found.append(
            ngettext(
                "One more needed for the minimum group",
                "%(count)s more needed for the minimum group",
                trip.minimum_group - placed,
            )
            % {"count": trip.minimum_group - placed}
        )
    if trip.arrives_on is None and trip.departed_at is None and placed:
        found.append(_("No arrival date yet. Until you enter one, we check passports against a late arrival"))
    if placed > trip.seats:
        found.append(_("More students than seats"))
    if trip.departed_at is None and trip.leaves_on <= today and placed:
        found.append(_("Has the group left? Mark it"))
    if trip.departed_at and trip.returned_at is None and trip.home_on <= today:
        found.append(_("Is the group home? Mark it"))
    return found
