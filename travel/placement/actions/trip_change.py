"""Actions on decisions about a trip: drafted, discarded, applied in one transaction with one message per person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Application, Cycle
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox
from exchange.models import Message, User
from exchange.templatetags.ui import day_year
from travel.base import actions as rows
from travel.base import task_rows
from travel.models import HostInstitution, PackingWeather, PassportCase, Placement, Trip, TripChange
from travel.partners.actions import go_decision
from travel.passport.case import replan
from travel.passport.plan.planning import PlanRules
from travel.placement import trip_changes
from travel.placement.actions.placement_release import refuse_while_releasing
from travel.placement.families import families_of
from travel.placement.slots import CANCELED
from travel.placement.trip_changes import DATES, TALK, Kind, TripDates, dates_of

BEDS = ("beds", "beds_note", "beds_confirmed_at")


@transaction.atomic
def draft(trip: Trip, kind: str, values: Mapping[str, Any], *, reason_en: str, reason_es: str, by: User) -> TripChange:
    """Write down a decision to look at; it changes nothing. A newer draft of the trip takes the place of this one.

    `values`: dates and `host`, those of the kind. RuleViolation: closed, has_left, is_home, city_has_trip, same_host,
    reason_needed, and the codes of `trip_changes.problem`.
    """
    trip = rows.lock(trip)
    _check(trip, kind, values)
    if not (reason_en.strip() and reason_es.strip()):
        raise RuleViolation("reason_needed", _("Say why, in both languages. Students read it."))
    TripChange.objects.drafted().filter(trip=trip).update(discarded_at=timezone.now())
    before, after = _plain(trip, values)
    change = TripChange.objects.create(
        trip=trip,
        kind=kind,
        before=before,
        after=after,
        reason_en=reason_en.strip(),
        reason_es=reason_es.strip(),
        drafted_by=by,
    )
    audit.record("trip.draft_change", trip, by=by, changes={"kind": kind, "change": change.code})
    return change


@transaction.atomic
def discard(change: TripChange, *, by: User) -> TripChange:
    """Drop a draft. Safe to repeat. RuleViolation: applied."""
    change = _locked(change)
    if change.applied_at:
        raise RuleViolation("applied", _("This decision has been carried out, so it stays on record."))
    if change.discarded_at is None:
        change.discarded_at = timezone.now()
        change.save(update_fields=["discarded_at"])
        audit.record("trip.discard_change", change.trip, by=by, changes={"change": change.code})
    return change


@transaction.atomic
def apply(change: TripChange, *, seen: str, by: User) -> TripChange:
    """Carry out a draft: the trip changes, everyone concerned gets one message, the rest becomes tasks of `by`.

    `seen`: `trip_changes.fingerprint` of what the page showed. A second call changes nothing.
    RuleViolation: discarded, changed_meanwhile, release_under_way, and those of `draft`.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=change.trip.cycle_id)
    # applications before the trip, as in `trip_course.depart`: nobody withdraws meanwhile
    list(Application.objects.select_for_update(of=("self",)).filter(placement__trip=change.trip_id).values_list("pk"))
    trip = Trip.objects.select_for_update(of=("self",)).select_related("city", "host", "cycle").get(pk=change.trip_id)
    change = _locked(change)
    if change.applied_at:
        return change
    if change.discarded_at:
        raise RuleViolation("discarded", _("This draft was replaced or discarded. Nothing was changed."))
    refuse_while_releasing(cycle)
    edit_lock.check(seen or "-", trip_changes.fingerprint(trip))
    change.trip = trip
    new = trip_changes.changed(trip, change)
    _check(trip, change.kind, _values_of(change))
    going = trip_changes.travelers(trip)
    doubtful = trip_changes.unsuited(going, change, new)
    told = _tell(change, trip, new, going)
    opened = _open_tasks(change, new, going, doubtful, by=by)
    _carry_out(change, trip, new, going, by=by)
    change.applied_at, change.applied_by = timezone.now(), by
    change.effects = {"travelers": len(going), "told": told.all, "families": told.families, "tasks": opened}
    change.save(update_fields=["applied_at", "applied_by", "effects"])
    about = {"change": change.code, "kind": change.kind, "before": change.before, "after": change.after}
    audit.record("trip.apply_change", trip, by=by, reason=change.reason_en, changes=about)
    return change


# --- Checking ---------------------------------------------------------------------------------------


def _check(trip: Trip, kind: str, values: Mapping[str, Any]) -> None:
    if trip.closed_at:
        raise RuleViolation("closed", _("This trip is already canceled. Nothing was changed."))
    if trip.returned_at:
        raise RuleViolation("is_home", _("This group is already home. Nothing was changed."))
    if trip.departed_at and kind != Kind.SHORTEN:
        raise RuleViolation("has_left", _("This group has left, so the trip can only be cut short."))
    if kind == Kind.CANCEL:
        return
    was = dates_of(trip)
    new = TripDates(*(values.get(name, getattr(was, name)) for name in DATES))
    code = trip_changes.problem(kind, was, new, today=timezone.localdate(), has_left=bool(trip.departed_at))
    if code:
        raise RuleViolation(code, trip_changes.words_of(code))
    if kind == Kind.REROUTE:
        _check_host(trip, values["host"])


def _check_host(trip: Trip, host: HostInstitution) -> None:
    if host.pk == trip.host_id:
        raise RuleViolation("same_host", _("The trip already goes there. Choose another host."))
    other = Trip.objects.filter(cycle=trip.cycle_id, city=host.city_id).exclude(pk=trip.pk).first()
    if other:
        text = _(
            "This cycle already has a trip to %(city)s, leaving on %(day)s. Cancel this one and place its"
            " students there."
        )
        raise RuleViolation("city_has_trip", text % {"city": host.city.name, "day": day_year(other.leaves_on)})


def _plain(trip: Trip, values: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """(before, after) as JSON, of what differs."""
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for name in DATES:
        was = getattr(trip, name)
        if name in values and values[name] != was:
            before[name], after[name] = was and was.isoformat(), values[name] and values[name].isoformat()
    if host := values.get("host"):
        before |= {"host": trip.host.code, "city": trip.city.code}
        after |= {"host": host.code, "city": host.city.code}
    return before, after


def _values_of(change: TripChange) -> dict[str, Any]:
    values: dict[str, Any] = {name: change.day(name) for name in DATES if name in change.after}
    if "host" in change.after:
        values["host"] = HostInstitution.objects.select_related("city").get(code=change.after["host"])
    return values


# --- Carrying out -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """How many people, and how many of them are family."""

    all: int
    families: int


def _tell(change: TripChange, trip: Trip, new: Trip, going: list[Placement]) -> Told:
    """One message per person, about the trip before and after."""
    batch = key_of(change)
    families = families_of(going)
    drafted: list[tuple[User | outbox.Guest, list[Message]]] = []
    for each in going:
        tells = each.pk in families.untold
        rows = trip_changes.to_student(each, change, trip, new, tells_family=tells)
        drafted.append((each.application.person, rows))
    for relative in families.told:
        drafted.append((relative.to, trip_changes.to_family(relative, change, trip, new)))
    outbox.queue_many(drafted, batch=batch)
    contacts = trip_changes.partners(trip, new)
    for contact in contacts:
        context = trip_changes.context_of(change, trip, new)
        outbox.queue(trip_changes.TO_PARTNER, to=trip_changes.guest(contact), context=context, batch=batch)
    return Told(len(going) + len(families.told) + len(contacts), len(families.told))


def _open_tasks(change: TripChange, new: Trip, going: list[Placement], doubtful: list[Placement], *, by: User) -> int:
    source, about, day = key_of(change), key_of(change.trip), task_rows.due_on()
    common: dict[str, Any] = {"due_on": day, "about": about, "source": source, "owner": by, "by": by}
    needs = trip_changes.needs(change, new, going)
    for need in needs:
        office_tasks.open(f"{source}:{need.kind}", need.kind, path=need.path, params=need.params, **common)
    for placement in doubtful:
        person, path = placement.application.student, placement.get_absolute_url()
        office_tasks.open(f"{source}:{TALK}:{placement.code}", TALK, path=path, person=person, **common)
    return len(needs) + len(doubtful)


def _carry_out(change: TripChange, trip: Trip, new: Trip, going: list[Placement], *, by: User) -> None:
    if change.kind == Kind.CANCEL:
        trip.closed_at, trip.closed_by, trip.closed_reason = timezone.now(), by, change.reason_en
        trip.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        for follow in CANCELED:
            follow(trip, going, by)
        return
    fields = [name for name in (*DATES, "host", "city") if name in change.after]
    if "city" in change.after or new.leaves_on.month != trip.leaves_on.month:
        PackingWeather.objects.filter(trip=trip).delete()  # said of another place or season
    for name in fields:
        setattr(trip, name, getattr(new, name))
    trip.beds, trip.beds_note, trip.beds_confirmed_at = None, "", None
    trip.delayed_to = None  # the new dates are the plan now
    trip.save(update_fields=[*fields, *BEDS, "delayed_to"])
    links.follow(trip)
    if change.kind != Kind.SHORTEN:
        _follow(trip, going, by=by)
    if "city" in change.after:
        go_decision.ask_about(trip, by=by)


def drop_wishes(trip: Trip, _going: Collection[Placement], _by: User) -> None:
    """Nobody keeps the spot they had while they wait for a city that they ranked higher."""
    trip.placements.update(upgrade_until=None)


def plan_without_it(_trip: Trip, going: Collection[Placement], by: User) -> None:
    """Passports are planned for the other trips these students may be on; what they finished stays."""
    for case in PassportCase.objects.filter(application__in=[each.application_id for each in going]):
        replan.recompute(case, by=by)


def _follow(trip: Trip, going: list[Placement], *, by: User) -> None:
    """Dates are planned again and passports judged again; steps that are done stay done."""
    rules = PlanRules.load([trip])
    for placement in going:
        placement.trip = trip
        replan.follow_trip(placement, by=by, rules=rules)


def _locked(change: TripChange) -> TripChange:
    return TripChange.objects.select_for_update(of=("self",)).select_related("trip").get(pk=change.pk)
