"""What a decision about a trip does, before it's done: who is told what, what becomes a task, whom it no longer suits.

Reads only. `travel.placement.actions.trip_change` carries it out.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Cycle
from exchange.base import office_tasks
from exchange.messages import outbox
from exchange.models import Message, OfficeTask, User
from exchange.templatetags.ui import day_year
from travel.base import task_rows
from travel.models import (
    Contact,
    EntryPermission,
    EntryRule,
    FeasibleCities,
    FeeVoucher,
    HostInstitution,
    Placement,
    TicketName,
    Trip,
    TripChange,
)
from travel.models.partner import address_of
from travel.models.placement import LONGEST_WAY
from travel.passport.plan import planning
from travel.passport.plan.planning import Fit, PlanRules
from travel.placement import loose_ends
from travel.placement.families import Families, Relative, families_of
from travel.states import VoucherState

Kind = TripChange.Kind
DATES = ("leaves_on", "arrives_on", "returns_on")
# what a page shows of a trip: two people who decide at once notice each other
SHOWN = (*DATES, "city", "host", "seats", "departed_at", "returned_at", "closed_at")
TO_STUDENT, TO_PARTNER, TO_FAMILY = "travel/trip_changed", "travel/trip_changed_partner", "travel/trip_changed_family"


@dataclass(frozen=True, slots=True)
class TripDates:
    """`arrives_on`: there, by the local calendar; None while it isn't known."""

    leaves_on: date
    arrives_on: date | None
    returns_on: date


def problem(kind: str, was: TripDates, new: TripDates, *, today: date, has_left: bool) -> str:
    """Why these dates can't be, as a code; empty where they can. Pure."""
    if new.returns_on <= new.leaves_on:
        return "dates_inverted"
    latest = min(new.returns_on, new.leaves_on + LONGEST_WAY)
    if new.arrives_on and not new.leaves_on - timedelta(days=1) <= new.arrives_on <= latest:
        return "arrival_impossible"
    if kind == Kind.SHORTEN:
        if new.returns_on >= was.returns_on:
            return "not_earlier"
        return "return_passed" if has_left and new.returns_on < today else ""
    if new.leaves_on <= today:
        return "leaves_in_the_past"
    return "not_later" if kind == Kind.POSTPONE and new.leaves_on <= was.leaves_on else ""


def words_of(code: str) -> str:
    return {
        "dates_inverted": _("The return has to be after the departure. Check both days."),
        "arrival_impossible": _("The trip can’t arrive that day. Check the departure and the arrival."),
        "not_earlier": _("The new return has to be earlier than the one now."),
        "return_passed": _("That day has passed, so the group can’t come home then."),
        "leaves_in_the_past": _("The new departure has to be after today."),
        "not_later": _("The new departure has to be later than the one now. To move it up, edit the trip."),
    }[code]


def dates_of(trip: Trip) -> TripDates:
    return TripDates(trip.leaves_on, trip.arrives_on, trip.returns_on)


def fingerprint(trip: Trip) -> str:
    """Of the trip and of who is on it."""
    travelers = sorted(trip.placements.active().values_list("code", flat=True))
    return edit_lock.fingerprint(trip, SHOWN, *travelers)


def changed(trip: Trip, change: TripChange) -> Trip:
    """The trip as it would be, not saved."""
    new = copy.copy(trip)
    new._state = copy.copy(trip._state)
    new._state.fields_cache = dict(trip._state.fields_cache)
    for name in DATES:
        if name in change.after:
            setattr(new, name, change.day(name))
    if "host" in change.after:
        new.host = HostInstitution.objects.select_related("city").get(code=change.after["host"])
        new.city = new.host.city
    return new


def shown_day(change: TripChange, name: str, *, was: bool = False) -> str:
    found = change.day(name, was=was)
    return day_year(found) if found else _("not known yet")


def travelers(trip: Trip) -> list[Placement]:
    """Everyone who still goes, or is there now."""
    rows = trip.placements.active().filter(returned_at__isnull=True)
    if trip.departed_at:
        rows = rows.filter(travelled_at__isnull=False)
    return list(
        rows.with_people().prefetch_related("checklist_items").order_by("application__student__full_name", "pk")
    )


def partners(trip: Trip, new: Trip) -> list[Contact]:
    """The contacts of the host, of the new host where it changes, and the leaders; those with an address."""
    of = Q(host__in={trip.host_id, new.host_id}) | Q(trip=trip.pk)
    return [each for each in Contact.objects.filter(of).select_related("user", "host") if address_of(each)]


def guest(contact: Contact) -> outbox.Guest:
    return outbox.Guest(email=address_of(contact), language=contact.language, name=contact.name)


def context_of(change: TripChange, trip: Trip, new: Trip) -> dict[str, Any]:
    return {"change": change, "trip": trip, "new": new}


def to_student(
    placement: Placement, change: TripChange, trip: Trip, new: Trip, *, tells_family: bool = False
) -> list[Message]:
    """`tells_family`: the student made a link for family without an address of theirs, so only the student can."""
    path = reverse("travel:placement-detail", args=[placement.code])
    context = context_of(change, trip, new) | {"path": path, "tells_family": tells_family}
    return outbox.drafts(TO_STUDENT, placement.application.person, context)


def to_family(
    relative: Relative, change: TripChange, trip: Trip, new: Trip, *, is_preview: bool = False
) -> list[Message]:
    """`is_preview`: with a link that opens nothing, because the family's is the student's to give."""
    path = ""
    if relative.link:
        path = "/…" if is_preview else reverse("travel:family-page", args=[relative.link.link])
    student = relative.placement.application.person.called
    context = context_of(change, trip, new) | {"path": path, "student": student}
    return outbox.drafts(TO_FAMILY, relative.to, context)


# --- Preview ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """The exact message of the first of `count` people who get it in one language."""

    to: str
    count: int
    drafts: list[Message]


@dataclass(frozen=True, slots=True)
class Preview:
    travelers: list[Placement]
    partners: list[Contact]
    families: int
    untold: list[Placement]
    samples: list[Sample]
    tasks: list[str]
    unsuited: list[Placement]
    warnings: list[str]
    done_steps: int


def preview(change: TripChange) -> Preview:
    """In a constant number of queries but for the messages, of which there is one per language and kind of reader."""
    trip = change.trip
    new, going = changed(trip, change), travelers(trip)
    told = partners(trip, new)
    doubtful = unsuited(going, change, new)
    families = families_of(going)
    return Preview(
        travelers=going,
        partners=told,
        families=len(families.told),
        untold=[each for each in going if each.pk in families.untold],
        samples=[
            *_samples(change, trip, new, going, families),
            *_samples_of_families(change, trip, new, families),
            *_samples_of_partners(change, trip, new, told),
        ],
        tasks=[title for need in needs(change, new, going) for title in [need_title(need)]]
        + [_talk_title(each.application.person) for each in doubtful],
        unsuited=doubtful,
        warnings=warnings(change, new),
        done_steps=sum(1 for each in going for item in each.checklist_items.all() if item.done_at),
    )


def _samples(change: TripChange, trip: Trip, new: Trip, going: list[Placement], families: Families) -> Iterator[Sample]:
    groups: dict[tuple[str, bool], list[Placement]] = {}
    for placement in going:
        tells = placement.pk in families.untold
        groups.setdefault((placement.application.person.language, tells), []).append(placement)
    for (_language, tells), some in groups.items():
        rows = to_student(some[0], change, trip, new, tells_family=tells)
        who = _("students who tell their family themselves") if tells else _("students")
        yield Sample(who, len(some), outbox.welcome([(some[0].application.person, rows)])[0])


def _samples_of_families(change: TripChange, trip: Trip, new: Trip, families: Families) -> Iterator[Sample]:
    groups: dict[str, list[Relative]] = {}
    for relative in families.told:
        groups.setdefault(relative.to.language, []).append(relative)
    for some in groups.values():
        rows = to_family(some[0], change, trip, new, is_preview=True)
        yield Sample(_("families"), len(some), outbox.welcome([(some[0].to, rows)])[0])


def _samples_of_partners(change: TripChange, trip: Trip, new: Trip, told: list[Contact]) -> Iterator[Sample]:
    partners_by_language: dict[str, list[Contact]] = {}
    for contact in told:
        partners_by_language.setdefault(contact.language, []).append(contact)
    for contacts in partners_by_language.values():
        drafts = outbox.preview(TO_PARTNER, guest(contacts[0]), context_of(change, trip, new))
        yield Sample(_("hosts and leaders"), len(contacts), drafts)


def warnings(change: TripChange, new: Trip) -> list[str]:
    found = []
    if change.kind in (Kind.POSTPONE, Kind.REROUTE):
        later = Cycle.objects.public().filter(opens_at__gt=new.cycle.opens_at, decisions_on__lte=new.leaves_on)
        if later.exists() or new.cycle.closed_out_at:
            text = _("On %(day)s this cycle is already over: a later one has its decisions by then.")
            found.append(text % {"day": day_year(new.leaves_on)})
    return found


def unsuited(going: list[Placement], change: TripChange, new: Trip) -> list[Placement]:
    """Those whose passport or cities may not fit the new dates or city. A person decides."""
    if change.kind not in (Kind.POSTPONE, Kind.REROUTE):
        return []
    rules = PlanRules.load([new])
    barred: set[int] = set()
    if "host" in change.after:
        lists = FeasibleCities.objects.filter(application__in=[each.application_id for each in going])
        lists = lists.filter(is_everywhere=False).exclude(cities=new.city_id)
        barred = set(lists.values_list("application", flat=True))
    return [each for each in going if each.application_id in barred or not is_good(each, new, rules)]


def is_good(placement: Placement, new: Trip, rules: PlanRules) -> bool:
    """Whether the passport that this student has is enough for that trip."""
    case = getattr(placement.application, "passport_case", None)
    if case is None:
        return True
    would_be = copy.copy(placement)
    would_be._state = copy.copy(placement._state)
    would_be._state.fields_cache = dict(placement._state.fields_cache)
    would_be.trip = new
    return planning.fit(case, would_be, rules) == Fit.GOOD


# --- Tasks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TripNeed:
    """`kind`: of `exchange.base.office_tasks`."""

    kind: str
    path: str
    params: dict[str, Any]


def needs(change: TripChange, new: Trip, going: list[Placement]) -> list[TripNeed]:
    """What the office has to do for the trip as a whole."""
    trip, how = change.trip, "canceled" if change.kind == Kind.CANCEL else "changed"
    page = trip.get_absolute_url()
    tickets = TicketName.objects.filter(placement__in=going).count()
    vouchers = FeeVoucher.objects.filter(trip=trip, state=VoucherState.GIVEN).count()
    out = EntryPermission.objects.filter(placement__in=going).out().count()
    cities = EntryRule.objects.filter(city__in={trip.city_id, new.city_id}, document=EntryRule.Document.US_PASSPORT)
    asks_visa = cities.exclude(requirement__in=loose_ends.NO_VISA).exists()
    named = task_rows.city_of(trip)
    wanted: list[tuple[str, str, bool, int]] = [
        ("tickets", reverse("travel:trip-names", args=[trip.code]), bool(tickets), tickets),
        ("visas", page, bool(out or (asks_visa and going)) and change.kind != Kind.SHORTEN, out or len(going)),
        ("insurance", page, bool(going), len(going)),
        ("host", reverse("travel:trip-host", args=[trip.code]), True, 0),
        ("hotel", page, True, 0),
        ("costs", reverse("travel:budget", args=[trip.code]), True, 0),
    ]
    found = [
        TripNeed(f"travel.trip_{how}_{name}", path, named | {"count": count})
        for name, path, is_there, count in wanted
        if is_there
    ]
    if change.kind == Kind.CANCEL and going:
        runs = reverse("travel:placement-run-list", args=[trip.cycle.code])
        found.append(TripNeed("travel.trip_canceled_seats", runs, named | {"count": len(going)}))
    if change.kind == Kind.CANCEL and vouchers:
        found.append(
            TripNeed("travel.trip_canceled_vouchers", reverse("travel:voucher-list"), named | {"count": vouchers})
        )
    return found


def need_title(need: TripNeed) -> str:
    return str(office_tasks.words_of(OfficeTask(kind=need.kind, params=need.params)).title)


TALK = "travel.trip_changed_person"


def _talk_title(person: User) -> str:
    return str(office_tasks.words_of(OfficeTask(kind=TALK, person=person)).title)
