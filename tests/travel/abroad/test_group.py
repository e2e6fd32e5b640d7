"""The group leaves, is delayed and comes home: recorded for everyone at once, with exceptions by name."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, OfficeTask
from exchange.templatetags.ui import day_year
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.travel.abroad.check_ins import leader_of
from travel.abroad.actions import link as links
from travel.abroad.reaching import trips_away
from travel.base.trip_stage import Tense
from travel.models import AbroadLink, FamilyLink, ReflectionPrompt, Trip
from travel.models.family import last_day
from travel.models.placement import home_day
from travel.office.retention import outlived as retention
from travel.placement.actions import trip_course
from travel.placement.actions.record import Went, recorded
from travel.prepare.family import actions as family

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def trip():
    return TripFactory(leaves_in=0)


def away(**more):
    """A traveler of a group that left eight days ago and is planned home in two."""
    departed = timezone.now() - dt.timedelta(days=8)
    trip = TripFactory(leaves_on=in_days(-8), returns_on=in_days(2), departed_at=departed)
    return PlacementFactory(trip=trip, travelled_at=departed, **more)


def page(name, trip):
    return reverse(f"travel:group-{name}", args=[trip.code])


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_leader_records_the_departure_with_one_left_behind_by_name_and_reason(trip, sign_in):
    here, missing = PlacementFactory(trip=trip), PlacementFactory(trip=trip)
    account = leader_of(trip)
    leader = sign_in(account)
    assert "Check only those who aren’t at the gate" in leader.get(page("departure", trip)).text

    answer = leader.post(page("departure", trip), {"out": [missing.code]})
    assert "Enter a reason." in answer.text and fresh(trip).departed_at is None
    form = {"out": [missing.code], f"why-{missing.code}": "The bus broke down."}
    answer = leader.post(page("departure", trip), form, follow=True)

    assert "Saved: the group has left." in answer.text
    assert fresh(here).travelled_at and fresh(missing).travelled_at is None
    task = OfficeTask.objects.get(kind="travel.left_behind")
    assert (task.person, task.due_on, task.params["reason"]) == (
        missing.application.student,
        timezone.localdate(),
        "The bus broke down.",
    )
    event = Event.objects.get(action="placement.left_behind")
    assert (event.target_id, event.by, event.reason) == (missing.pk, account, "The bus broke down.")


def test_task_of_a_person_left_behind_stands_on_the_offices_page_of_the_trip(trip, sign_in):
    PlacementFactory(trip=trip)
    missing = PlacementFactory(trip=trip)
    trip_course.depart(trip, left={missing.pk: "Ill."}, by=None, leader="Rosa Lim")
    page = sign_in(UserFactory(coordinator=True)).get(trip.get_absolute_url()).text
    assert f"Call {missing.application.student} now" in page
    assert Event.objects.get(action="placement.depart").changes == {"travelers": 1, "leader": "Rosa Lim"}


def test_departure_is_recorded_once_and_never_too_early_or_for_nobody(trip, sign_in):
    office, one = sign_in(UserFactory(coordinator=True)), PlacementFactory(trip=trip)
    nobody = {"out": [one.code], f"why-{one.code}": "Ill."}
    assert "No one would travel" in office.post(page("departure", trip), nobody).text
    office.post(page("departure", trip))
    left_at = fresh(trip).departed_at
    assert "already recorded" in office.post(page("departure", trip), nobody, follow=True).text
    assert (fresh(trip).departed_at, fresh(one).travelled_at) == (left_at, left_at)
    assert not OfficeTask.objects.exists()

    later = PlacementFactory().trip
    assert "hasn’t come yet" in office.post(page("departure", later)).text


def test_others_do_not_record_it(trip, sign_in):
    seat, elsewhere = PlacementFactory(trip=trip), TripFactory()
    advisor = UserFactory(advisor=seat.application.college)
    for user in (seat.application.student, advisor, UserFactory(director=True), leader_of(elsewhere)):
        for name in ("departure", "delay", "return"):
            assert sign_in(user).post(page(name, trip)).status_code == 404
    assert fresh(trip).departed_at is None


def test_return_is_recorded_for_the_day_it_happened_with_those_who_are_not_back(sign_in):
    home = away()
    trip = home.trip
    Trip.objects.filter(pk=trip.pk).update(returns_on=in_days(-1))
    stays = PlacementFactory(trip=trip, travelled_at=home.travelled_at)
    leader = sign_in(leader_of(trip))
    form = {"on": in_days(-1).isoformat(), "out": [stays.code], f"why-{stays.code}": "In the hospital."}
    assert (
        "Enter a day from the departure until today."
        in leader.post(page("return", trip), form | {"on": in_days(1).isoformat()}).text
    )

    assert "Saved: the group is home." in leader.post(page("return", trip), form, follow=True).text

    assert fresh(trip).home_on == in_days(-1) == timezone.localdate(fresh(home).returned_at)
    assert recorded(fresh(stays)) == Went.NOT_BACK
    assert OfficeTask.objects.get(kind="travel.not_back").params["reason"] == "In the hospital."


def test_a_delay_moves_what_depends_on_the_return(sign_in):
    placement = away()
    trip, student = placement.trip, placement.application.student
    prompt = ReflectionPrompt(cycle=trip.cycle, moment="after", days=3)
    link = links.make(placement, by=student)
    family_link = family.make(placement, label="Mom", language="es", parts=["dates"], ends_on=None, by=student)
    before = (last_day(trip), prompt.opens_on(trip))
    later = in_days(7)

    answer = sign_in(leader_of(trip)).post(
        page("delay", trip), {"until": later.isoformat(), "reason": "A strike."}, follow=True
    )

    assert "The return is delayed" in answer.text
    trip = fresh(trip)
    five = dt.timedelta(days=5)
    assert (trip.home_on, trip.returns_on) == (later, in_days(2))
    assert (last_day(trip), prompt.opens_on(trip)) == (before[0] + five, before[1] + five)
    assert fresh(link).expires_at - link.expires_at == five == fresh(family_link).expires_at - family_link.expires_at
    assert OfficeTask.objects.get(kind="travel.delayed").params["reason"] == "A strike."
    event = Event.objects.get(action="trip.delay")
    assert (event.reason, event.changes["home_on"]) == ("A strike.", [in_days(2).isoformat(), later.isoformat()])


def test_of_two_who_record_a_delay_the_second_sees_what_the_first_saved(sign_in):
    """A leader there and the office at home, from the same call."""
    trip = away().trip
    leader, office = sign_in(leader_of(trip)), sign_in(UserFactory(coordinator=True))
    seen = [client.get(page("delay", trip)).context["form"]["seen"].value() for client in (leader, office)]
    leader.post(page("delay", trip), {"until": in_days(7), "reason": "A strike.", "seen": seen[0]})

    said = {"until": in_days(5), "reason": "Fog.", "seen": seen[1]}
    answer = office.post(page("delay", trip), said)
    assert "What’s saved now" in answer.text and fresh(trip).home_on == in_days(7)
    form = answer.context["form"]
    assert (form["reason"].value(), [day for _label, day in form.theirs][0]) == ("Fog.", day_year(in_days(7)))
    office.post(page("delay", trip), said | {"seen": form["seen"].value()})
    assert fresh(trip).home_on == in_days(5)


def test_days_of_a_delay_are_days_of_the_trip():
    placement = away()
    trip = placement.trip
    Trip.objects.filter(pk=trip.pk).update(returns_on=in_days(-5))
    trip = fresh(trip)
    fresh_placement = fresh(placement)
    assert fresh_placement.tense == Tense.AFTER and trip not in trips_away()

    trip_course.delay(trip, until=in_days(1), reason="Storm.", by=None, leader="Rosa Lim")

    assert fresh(placement).tense == Tense.DURING and trip in trips_away()
    links.make(fresh(placement), by=placement.application.student)
    assert AbroadLink.objects.get().state == AbroadLink.State.OPEN


def test_a_delay_is_to_a_later_day_with_a_reason_and_ends_with_the_planned_day():
    trip, boss = away().trip, UserFactory(coordinator=True)
    for until, reason, code in ((in_days(1), "x", "too_soon"), (in_days(4), " ", "reason_needed")):
        with pytest.raises(RuleViolation) as refused:
            trip_course.delay(trip, until=until, reason=reason, by=boss)
        assert refused.value.code == code
    trip_course.delay(trip, until=in_days(4), reason="Storm.", by=boss)
    trip_course.delay(trip, until=in_days(4), reason="Storm.", by=boss)
    assert OfficeTask.objects.count() == 1
    trip_course.delay(trip, until=in_days(2), reason="It flies after all.", by=boss)
    assert fresh(trip).delayed_to is None

    trip_course.bring_back(trip, by=boss)
    with pytest.raises(RuleViolation) as refused:
        trip_course.delay(trip, until=in_days(5), reason="x", by=boss)
    assert refused.value.code == "is_home"


def test_a_trip_that_has_not_left_is_not_delayed(trip):
    with pytest.raises(RuleViolation) as refused:
        trip_course.delay(trip, until=in_days(20), reason="x", by=None)
    assert refused.value.code == "not_departed"


def test_the_day_of_the_return_is_the_same_in_a_query():
    trip = away().trip
    trips = Trip.objects.annotate(home=home_day())
    days = [trips.get(pk=trip.pk).home]
    trip_course.delay(trip, until=in_days(4), reason="Storm.", by=None)
    days.append(trips.get(pk=trip.pk).home)
    trip_course.bring_back(trip, on=in_days(-1), by=None)
    days.append(trips.get(pk=trip.pk).home)
    assert days == [in_days(2), in_days(4), in_days(-1)] and fresh(trip).home_on == in_days(-1)


def test_links_for_family_are_kept_as_long_as_the_real_return_says():
    placement = away()
    family.make(placement, label="Mom", language="es", parts=["dates"], ends_on=None, by=placement.application.student)
    Trip.objects.filter(pk=placement.trip_id).update(
        departed_at=timezone.now() - dt.timedelta(days=60), leaves_on=in_days(-60), returns_on=in_days(-50)
    )
    assert retention.guardians_due(30)[1].exists()
    Trip.objects.filter(pk=placement.trip_id).update(delayed_to=in_days(-10))
    assert not retention.guardians_due(30)[1].exists() and FamilyLink.objects.exists()
