"""Students' practical needs: saved part by part, numbers for the host, deleted after the trip."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_travel import HostLinkFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import Access, Diet, EmergencyContact, Placement, PracticalNeeds, Trip
from travel.partners.arrivals import arrivals_of
from travel.placement.actions import placement as placements
from travel.prepare.needs import actions

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


def say(placement, *, diet=(), access=(), talk=None):
    food = {"diet": sorted(diet), "access": sorted(access)}
    return actions.say(placement, "food", **food, wants_to_talk=talk, by=placement.application.student)


def share(placement, *by_name):
    return actions.say(placement, "sharing", by_name=list(by_name), by=placement.application.student)


def peanuts(**changes):
    said = {"what": "peanuts", "words": "", "severity": "severe", "happens": "Hives", "helps": "Air", "injector": True}
    return said | changes


def allergic(placement, *allergies):
    return actions.say(placement, "allergies", allergies=list(allergies), by=placement.application.student)


def text(response):
    return " ".join(response.content.decode().split())


# --- the student ------------------------------------------------------------------------------------


def test_each_part_is_saved_by_itself_and_changed_later(sign_in, ana):
    client = sign_in(ana.application.student)
    assert "Tell us who to call and what you need" in text(client.get(ana.get_absolute_url()))

    client.post(part(ana, "food"), {"diet": ["no_pork", "no_milk"], "access": ["fridge"]})
    client.post(part(ana, "health"), {"support": "Time to read", "medicines": "Insulin"})

    assert ana.practical_needs.needs == {
        **{"diet": ["no_milk", "no_pork"], "access": ["fridge"], "parts": ["food", "health"]},
        **{"support": "Time to read", "medicines": "Insulin", "health": ""},
    }
    assert "You told us about your needs on" in text(client.get(ana.get_absolute_url()))
    assert text(client.get(part(ana, "food"))).count("checked") == 3
    client.post(part(ana, "food"), {})
    assert PracticalNeeds.objects.get().needs["diet"] == []
    assert PracticalNeeds.objects.get().needs["medicines"] == "Insulin"


def test_allergies_are_added_one_by_one_and_removed(sign_in, ana):
    client = sign_in(ana.application.student)

    again = client.post(part(ana, "allergies"), allergies({"what": "peanuts", "severity": "severe"}, more="yes"))
    assert again.url == part(ana, "allergies")
    assert 'name="allergy-1-what"' in text(client.get(again.url))  # the first, and an empty one
    bees = {"what": "other", "words": "bees", "severity": "mild", "injector": "on", "helps": "Ice"}
    client.post(part(ana, "allergies"), allergies({"what": "peanuts", "severity": "severe"}, bees, initial=1))
    stored = PracticalNeeds.objects.get().needs["allergies"]
    assert [(each["what"], each["words"], each["injector"]) for each in stored] == [
        ("peanuts", "", False),
        ("other", "bees", True),
    ]

    gone = {"what": "peanuts", "severity": "severe", "DELETE": "on"}
    client.post(part(ana, "allergies"), allergies(gone, bees, initial=2))
    assert [each["words"] for each in PracticalNeeds.objects.get().needs["allergies"]] == ["bees"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"what": "peanuts"}, "If you aren’t sure, choose severe."),
        ({"what": "other", "severity": "mild"}, "Say what you’re allergic to."),
        ({"helps": "Ice"}, "Choose what you’re allergic to."),
    ],
)
def test_half_an_allergy_is_asked_again_and_stays_typed(sign_in, ana, typed, message):
    answer = text(sign_in(ana.application.student).post(part(ana, "allergies"), allergies({"helps": "Ice", **typed})))
    assert message in answer and 'value="Ice"' in answer
    assert not PracticalNeeds.objects.exists()


def allergies(*rows, initial=0, more=""):
    data = {"allergy-TOTAL_FORMS": len(rows), "allergy-INITIAL_FORMS": initial, "more": more}
    if not more:
        del data["more"]
    return data | {f"allergy-{number}-{key}": value for number, row in enumerate(rows) for key, value in row.items()}


def part(placement, name):
    return page("placement-needs-part", code=placement.code, part=name)


def test_saved_answers_open_only_with_a_fresh_proof_but_the_first_needs_none(sign_in, ana, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0  # whatever was proved is too old
    client = sign_in(ana.application.student)
    assert client.get(part(ana, "food")).status_code == 200
    assert client.post(part(ana, "food"), {"diet": ["vegan"]}).url == page("placement-needs", code=ana.code)
    # the session that wrote it may still send the form, but not read it again later
    assert client.post(part(ana, "food"), {"diet": ["halal"]}).url == page("placement-needs", code=ana.code)
    assert "reauthenticate" in client.get(part(ana, "food")).url

    elsewhere = sign_in(ana.application.student)
    assert "reauthenticate" in elsewhere.post(part(ana, "food"), {"diet": []}).url
    assert elsewhere.get(part(ana, "allergies")).status_code == 200  # nothing is there yet
    assert "halal" not in text(elsewhere.get(page("placement-needs", code=ana.code)))
    assert PracticalNeeds.objects.get().needs["diet"] == ["halal"]


def test_nothing_that_is_not_on_the_list_is_kept(sign_in, ana):
    response = sign_in(ana.application.student).post(part(ana, "food"), {"diet": ["no_work"], "access": ["fridge"]})
    assert response.status_code == 200
    assert not PracticalNeeds.objects.exists()


def test_the_same_twice_is_once_and_the_record_does_not_say_what(ana):
    for _twice in range(2):
        say(ana, diet=["no_pork"], access=["fridge"])
    event = Event.objects.get(action="needs.say")
    assert (event.changes, event.reason) == ({}, "")


def test_after_the_trip_and_after_leaving_nothing_can_be_said(ana, trip):
    Placement.objects.update(travelled_at=trip.cycle.opens_at, returned_at=trip.cycle.opens_at)
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


def test_a_name_is_told_to_the_host_only_with_the_students_yes(client, trip, ana):
    say(ana, diet=["no_pork"], access=["fridge"])
    allergic(ana, peanuts())
    link = HostLinkFactory(trip=trip)
    client.cookies["language"] = "en"
    shown = text(client.get(page("host-arrivals", token=link.link)))
    assert "Severe allergy: Peanuts: 1" in shown and "Ana" not in shown

    share(ana, "allergies")

    shown = text(client.get(page("host-arrivals", token=link.link)))
    assert "Ana Ruiz: Allergy: Peanuts, severe, carries an auto-injector" in shown
    assert "Ana Ruiz: No pork" not in shown and "Hives" not in shown
    share(ana)
    assert "Ana" not in text(client.get(page("host-arrivals", token=link.link)))


def test_rare_allergies_are_counted_without_the_students_words(trip, ana):
    allergic(ana, peanuts(what="other", words="kiwi", severity="mild"))
    assert [(need.label, need.count) for need in arrivals_of(trip).needs] == [("Mild allergy: Something else", 1)]


def test_a_group_without_needs_says_so(client, trip, ana):
    say(ana)
    found = arrivals_of(trip)
    assert (found.told, found.needs) == (1, [])


def test_nobody_but_the_student_reads_it_on_other_pages(sign_in, trip, ana, boss):
    say(ana, diet=["no_pork"], access=["fridge"])
    advisor = UserFactory(advisor=ana.application.college)
    other = PlacementFactory(trip=trip).application.student
    for person in (boss, advisor, other, UserFactory(director=True)):
        assert not PracticalNeeds.objects.visible_to(person).exists()
        client = sign_in(person)
        assert client.get(page("placement-needs", code=ana.code)).status_code in (403, 404)
        for address in (ana.get_absolute_url(), reverse("travel:trip-travelers", args=[trip.code])):
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
    assert "Want to talk about their needs" in text(client.get(reverse("travel:trip-travelers", args=[trip.code])))
    advisor = sign_in(UserFactory(advisor=ana.application.college))
    assert "Want to talk about their needs" not in text(advisor.get(reverse("travel:trip-travelers", args=[trip.code])))
    assert advisor.post(page("placement-talked", code=ana.code)).status_code == 403

    for _twice in range(2):
        client = sign_in(boss)
        client.post(page("placement-talked", code=ana.code))

    assert Event.objects.filter(action="needs.note_talk").count() == 1
    assert "wants to talk about what they need" not in text(client.get(page("trip-list")))
    assert "Want to talk about their needs" not in text(client.get(reverse("travel:trip-travelers", args=[trip.code])))
    say(ana, diet=["no_pork", "no_milk"], talk=True)  # the same wish as before
    assert "Want to talk about their needs" not in text(client.get(reverse("travel:trip-travelers", args=[trip.code])))
    say(ana, talk=False)
    say(ana, talk=True)
    assert "1 student wants to talk about what they need" in text(client.get(page("trip-list")))
    assert "Want to talk about their needs" in text(client.get(reverse("travel:trip-travelers", args=[trip.code])))


def test_it_is_forgotten_some_days_after_the_return_and_at_once_of_who_left(trip, ana, boss):
    say(ana)
    gone, stays = PlacementFactory(trip=trip), PlacementFactory()
    say(gone)
    say(stays)
    EmergencyContact.objects.create(placement=gone, number=1, said={})
    EmergencyContact.objects.create(placement=ana, number=1, said={})
    leave(gone)
    assert actions.forget(days=14, dry_run=True) == 1
    assert actions.forget(days=14) == 1
    Trip.objects.filter(pk=trip.pk).update(leaves_on=in_days(-9), returns_on=in_days(-1))
    placements.depart(trip, by=boss)
    placements.bring_back(trip, by=boss)
    assert actions.forget(days=14) == 0  # home since today

    Trip.objects.filter(pk=trip.pk).update(returned_at=timezone.now() - timedelta(days=14))

    assert (actions.forget(days=14), actions.forget(days=14)) == (1, 0)
    assert list(PracticalNeeds.objects.values_list("placement", flat=True)) == [stays.pk]
    assert not EmergencyContact.objects.exists()


def test_each_need_is_counted_under_one_name():
    keys = [*Diet.values, *Access.values]
    assert len(keys) == len(set(keys))
