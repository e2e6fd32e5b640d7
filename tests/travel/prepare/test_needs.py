"""Students' practical needs: with names only for themselves, as numbers for host and office, deleted after the trip."""

import pytest
from django.db import connection
from django.urls import reverse

from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_travel import HostLinkFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import Access, Diet, Placement, PracticalNeeds, Trip
from travel.partners.arrivals import arrivals_of
from travel.placement.actions import placement as placements
from travel.prepare.actions import needs as actions

pytestmark = pytest.mark.django_db
SECRET = ("No pork", "A fridge for medicine", "no_pork", "fridge")


@pytest.fixture
def boss():
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def trip(boss):
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


def page(name, **given):
    return reverse(f"travel:{name}", kwargs=given)


def say(placement, *, diet=(), access=(), talk=False):
    return actions.say(placement, diet=diet, access=access, wants_to_talk=talk, by=placement.application.student)


def text(response):
    return " ".join(response.content.decode().split())


# --- the student ------------------------------------------------------------------------------------


def test_a_student_says_it_in_one_go_and_changes_it(sign_in, ana):
    client = sign_in(ana.application.student)
    assert "Tell us what you need" in text(client.get(ana.get_absolute_url()))

    client.post(page("placement-needs", code=ana.code), {"diet": ["no_pork", "no_milk"], "access": ["fridge"]})

    assert ana.practical_needs.needs == {"diet": ["no_milk", "no_pork"], "access": ["fridge"]}
    assert "You told us about your needs on" in text(client.get(ana.get_absolute_url()))
    again = text(client.get(page("placement-needs", code=ana.code)))
    assert again.count("checked") == 3
    client.post(page("placement-needs", code=ana.code), {})
    assert PracticalNeeds.objects.get().needs == {"diet": [], "access": []}


def test_nothing_that_is_not_on_the_list_is_kept(sign_in, ana):
    response = sign_in(ana.application.student).post(
        page("placement-needs", code=ana.code), {"diet": ["no_work"], "access": ["fridge"]}
    )
    assert response.status_code == 200
    assert not PracticalNeeds.objects.exists()


def test_the_same_twice_is_once_and_the_record_does_not_say_what(ana):
    for _twice in range(2):
        say(ana, diet=["no_pork"], access=["fridge"])
    event = Event.objects.get(action="needs.say")
    assert (event.changes, event.reason) == ({}, "")


def test_after_the_trip_and_after_leaving_nothing_can_be_said(ana, trip):
    Placement.objects.update(travelled_at=trip.cycle.opens_at)
    Trip.objects.update(departed_at=trip.cycle.opens_at, returned_at=trip.cycle.opens_at)
    with pytest.raises(RuleViolation, match="over"):
        say(ana)
    leave(ana)
    with pytest.raises(RuleViolation, match="no longer"):
        say(ana)


def leave(placement):
    application = placement.application
    application.status, application.withdrawn_at = Status.WITHDRAWN, application.submitted_at
    application.save()


# --- everyone else ----------------------------------------------------------------------------------


def test_the_host_gets_numbers_without_names(client, trip, ana):
    say(ana, diet=["no_pork"], access=["fridge"])
    say(PlacementFactory(trip=trip), diet=["no_pork"])
    PlacementFactory(trip=trip)
    gone = PlacementFactory(trip=trip)
    say(gone, diet=["kosher"])
    leave(gone)
    link = HostLinkFactory(trip=trip)
    client.cookies["language"] = "en"

    shown = text(client.get(page("host-arrivals", token=link.link)))

    assert "2 of 3 students have told us so far." in shown
    assert "No pork: 2" in shown and "A fridge for medicine: 1" in shown and "Kosher" not in shown
    for name in ("Ana", "Ruiz", ana.code, ana.application.code):
        assert name not in shown


def test_a_group_without_needs_says_so(client, trip, ana):
    say(ana)
    found = arrivals_of(trip)
    assert (found.told, found.needs) == (1, [])


def test_nobody_but_the_student_reads_it_by_name(sign_in, trip, ana, boss):
    say(ana, diet=["no_pork"], access=["fridge"])
    advisor = UserFactory(advisor=ana.application.college)
    other = PlacementFactory(trip=trip).application.student
    for person in (boss, advisor, other, UserFactory(director=True)):
        assert not PracticalNeeds.objects.visible_to(person).exists()
        client = sign_in(person)
        assert client.get(page("placement-needs", code=ana.code)).status_code in (403, 404)
        for address in (ana.get_absolute_url(), trip.get_absolute_url()):
            shown = text(client.get(address))
            assert not any(word in shown for word in SECRET)
    assert PracticalNeeds.objects.visible_to(ana.application.student).count() == 1
    # the office sees what the host sees
    assert "No pork: 1" in text(sign_in(boss).get(page("trip-host", code=trip.code)))


def test_the_database_holds_cipher_text(ana):
    say(ana, diet=["no_pork"], access=["fridge"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT needs FROM travel_practicalneeds")
        (kept,) = cursor.fetchone()
    assert not any(word in kept for word in SECRET)


def test_who_wants_to_talk_is_named_to_the_office_until_somebody_did(sign_in, trip, ana, boss):
    say(ana, diet=["no_pork"], talk=True)
    client = sign_in(boss)
    assert "1 student wants to talk about what they need" in text(client.get(page("trip-list")))
    assert "Want to talk about their needs" in text(client.get(trip.get_absolute_url()))
    advisor = sign_in(UserFactory(advisor=ana.application.college))
    assert "Want to talk about their needs" not in text(advisor.get(trip.get_absolute_url()))
    assert advisor.post(page("placement-talked", code=ana.code)).status_code == 403

    for _twice in range(2):
        client = sign_in(boss)
        client.post(page("placement-talked", code=ana.code))

    assert Event.objects.filter(action="needs.note_talk").count() == 1
    assert "Want to talk about their needs" not in text(client.get(trip.get_absolute_url()))
    say(ana, diet=["no_pork", "no_milk"], talk=True)  # the same wish as before
    assert "Want to talk about their needs" not in text(client.get(trip.get_absolute_url()))
    say(ana)
    say(ana, talk=True)
    assert "Want to talk about their needs" in text(client.get(trip.get_absolute_url()))


def test_it_is_forgotten_when_the_group_is_home_or_the_student_left(trip, ana, boss):
    say(ana)
    gone, stays = PlacementFactory(trip=trip), PlacementFactory()
    say(gone)
    say(stays)
    leave(gone)
    assert actions.forget(dry_run=True) == 1
    Trip.objects.filter(pk=trip.pk).update(leaves_on=in_days(-9), returns_on=in_days(-1))
    placements.depart(trip, by=boss)
    placements.bring_back(trip, by=boss)
    assert (actions.forget(), actions.forget()) == (2, 0)
    assert list(PracticalNeeds.objects.values_list("placement", flat=True)) == [stays.pk]


def test_each_need_is_counted_under_one_name():
    keys = [*Diet.values, *Access.values]
    assert len(keys) == len(set(keys))
