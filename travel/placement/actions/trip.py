"""Actions that create and change a trip of a cycle, and replan everyone when its dates move."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import edit_lock
from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.background import jobs
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox
from exchange.models import Job, PartnerCity, User
from exchange.templatetags.ui import day_year
from travel.base import actions as rows
from travel.models import PackingWeather, Trip
from travel.models.placement import LONGEST_WAY
from travel.partners import entry_rules
from travel.partners.actions import go_decision
from travel.passport.case import replan

DATES = ("leaves_on", "returns_on")
ARRIVAL = "arrives_on"
TEXTS = ("program_en", "program_es", "requirements_en", "requirements_es")
FIELDS = (*DATES, ARRIVAL, "seats", "minimum_group", "host", "flight_in", "flight_out", *TEXTS)
# what can't change once the group has left
FIXED = ("leaves_on", "seats", "minimum_group", "host")


@transaction.atomic
def create(cycle: Cycle, city: PartnerCity, values: Mapping[str, Any], *, by: User) -> Trip:
    """Create the cycle's trip to the city, public at once in a published cycle. Sending the same twice creates one.

    RuleViolation: city_not_offered, trip_exists, no_entry_rules, and those of `change`.
    """
    cycle = rows.lock(cycle)
    there = Trip.objects.filter(cycle=cycle, city=city).first()
    if there and not rows.differing(there, values):
        return there
    if there:
        text = _("This cycle already has a trip to %(city)s. Edit that one.")
        raise RuleViolation("trip_exists", text % {"city": city.name})
    if not city.is_offered:
        raise RuleViolation("city_not_offered", _("This city isn’t being offered. First offer it again on its page."))
    if cycle.published_at and PartnerCity.objects.filter(entry_rules.none_for("pk"), pk=city.pk).exists():
        raise RuleViolation("no_entry_rules", f"{entry_rules.missing(city)} {_('Then add the trip.')}")
    trip = Trip(cycle=cycle, city=city, **values)
    _check(trip, values, changed=FIELDS, placed=0)
    trip.save()
    audit.record("trip.add", trip, by=by)
    go_decision.ask_about(trip, by=by)
    return trip


@transaction.atomic
def change(trip: Trip, values: Mapping[str, Any], *, seen: str, by: User) -> tuple[Trip, Job | None]:
    """Change the trip; returns it, and the job that replans everyone if its dates moved.

    The host's confirmation is cleared when the dates or the host change. Students with a seat and hosts with a link are
    told of new dates.
    RuleViolation: changed_meanwhile, dates_inverted, arrival_impossible, leaves_in_the_past, has_left, is_home,
    no_seats, fewer_seats_than_students, group_too_large, host_elsewhere.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(
        pk=trip.cycle_id
    )  # a release locks the cycle too, so no seat moves meanwhile
    trip = rows.lock(trip)
    changed = rows.differing(trip, values)
    if not changed:
        return trip, None
    edit_lock.check(seen, rows.fingerprint(trip, values))
    placed = trip.placements.active().count()
    _check(trip, values, changed=changed, placed=placed)
    before = {name: getattr(trip, name) for name in DATES}
    for name in changed:
        setattr(trip, name, values[name])
    moved = any(name in changed for name in DATES)
    if moved or "host" in changed:
        trip.beds, trip.beds_note, trip.beds_confirmed_at = None, "", None
        changed += ["beds", "beds_note", "beds_confirmed_at"]
    if moved and trip.delayed_to:
        trip.delayed_to = None  # the new dates are the plan now
        changed.append("delayed_to")
    trip.save(update_fields=changed)
    if trip.leaves_on.month != before["leaves_on"].month:
        PackingWeather.objects.filter(trip=trip).delete()  # said of another season
    after = {name: [str(was), str(getattr(trip, name))] for name, was in before.items() if was != getattr(trip, name)}
    audit.record("trip.change", trip, by=by, changes={"fields": sorted(changed), **after})
    if moved:
        links.follow(trip)
        _tell_hosts(trip)
        _tell_travelers(trip, left_on=before["leaves_on"])
    # the arrival moves no date, but a passport may not be valid for long enough
    return trip, _replan(trip, cycle, placed, by=by) if moved or ARRIVAL in changed else None


def _check(trip: Trip, values: Mapping[str, Any], *, changed: Any, placed: int) -> None:
    leaves_on, returns_on = values["leaves_on"], values["returns_on"]
    if returns_on <= leaves_on:
        text = _("The return date, %(home)s, has to be after the departure date, %(leaves)s.")
        raise RuleViolation("dates_inverted", text % {"home": day_year(returns_on), "leaves": day_year(leaves_on)})
    arrives_on = values.get(ARRIVAL)
    if arrives_on and not leaves_on - timedelta(days=1) <= arrives_on <= min(returns_on, leaves_on + LONGEST_WAY):
        text = _("The trip leaves on %(leaves)s, so it can’t arrive on %(arrives)s. Check both days.")
        days = {"leaves": day_year(leaves_on), "arrives": day_year(arrives_on)}
        raise RuleViolation("arrival_impossible", text % days)
    if trip.departed_at and any(name in changed for name in FIXED):
        text = _("This group has left, so the departure day, spots and host can’t change. Nothing was changed.")
        raise RuleViolation("has_left", text)
    if trip.returned_at and "returns_on" in changed:
        raise RuleViolation("is_home", _("This group is already home. Nothing was changed."))
    if "leaves_on" in changed and leaves_on < timezone.localdate():
        text = _("%(day)s has passed, so a trip can’t leave then. Nothing was changed.")
        raise RuleViolation("leaves_in_the_past", text % {"day": day_year(leaves_on)})
    if values["host"].city_id != trip.city_id:
        raise RuleViolation("host_elsewhere", _("This host is in another city. Choose a host in this city."))
    _check_seats(values["seats"], values["minimum_group"], placed)


def _check_seats(seats: int, minimum_group: int, placed: int) -> None:
    if seats < 1:
        raise RuleViolation("no_seats", _("A trip needs at least one spot."))
    if seats < placed:
        text = ngettext(
            "%(count)s student already has a spot, so there can’t be fewer. Nothing was changed.",
            "%(count)s students already have a spot, so there can’t be fewer. Nothing was changed.",
            placed,
        )
        raise RuleViolation("fewer_seats_than_students", text % {"count": placed})
    if not 1 <= minimum_group <= seats:
        text = _("The minimum group can be from 1 to the number of spots, %(seats)s.")
        raise RuleViolation("group_too_large", text % {"seats": seats})


def _tell_hosts(trip: Trip) -> None:
    for link in trip.host_links.select_related("contact", "trip__city"):
        if link.is_open and link.contact.email:
            to = outbox.Guest(email=link.contact.email, language=link.contact.language, name=link.contact.name)
            outbox.queue("travel/host_dates_moved", to=to, context={"link": link, "trip": trip})


def _tell_travelers(trip: Trip, *, left_on: date) -> None:
    """Tell everyone with a seat the new dates, even if nothing is left to do; `replan` doesn't tell them again."""
    people = trip.placements.active().filter(returned_at__isnull=True).select_related("application__student")
    drafted = []
    for placement in people:
        person = placement.application.person
        path = reverse("travel:checklist-detail", kwargs={"code": placement.code})
        context = {"trip": trip, "has_new_departure": trip.leaves_on != left_on, "path": path}
        drafted.append((person, outbox.drafts("travel/departure_moved", person, context)))
    outbox.queue_many(drafted)


def _replan(trip: Trip, cycle: Cycle, placed: int, *, by: User) -> Job:
    """Start the job that replans for these dates, once however often the button is pressed."""
    key = jobs.key_of(trip.code, trip.leaves_on, trip.arrives_on, trip.returns_on)
    return jobs.start(replan.JOB, key, by=by, params={"trip": trip.code}, total=placed)[0]


def needs_of(cycle: Cycle) -> Iterator[Need]:
    """What the cycle's trips lack before students apply: dates for each city, after the results."""
    trips = {trip.city_id: trip for trip in Trip.objects.filter(cycle=cycle, closed_at__isnull=True)}
    cities = list(cycle.cities.filter(is_offered=True))
    if missing := [city.name for city in cities if city.pk not in trips]:
        text = _("These cities don’t have a trip with dates and seats yet: %(cities)s.") % {
            "cities": ", ".join(missing)
        }
        yield Need("trips", text, "travel:trip-add", stops=False)
    for each in entry_rules.cities_without(cycle):
        yield Need("entry", entry_rules.missing(each), "travel:reference-add", {"kind": "entry"})
    names = {city.pk: city.name for city in cities}
    for city, trip in trips.items():
        if city in names and trip.leaves_on <= cycle.decisions_on:
            text = _("The trip to %(city)s leaves on %(day)s, before students are told their results.")
            yield Need("trips", text % {"city": names[city], "day": day_year(trip.leaves_on)}, "travel:trip-add")
