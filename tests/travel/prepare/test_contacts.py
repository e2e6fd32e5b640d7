"""Emergency contacts, and the cards that the office and a trip's leaders open for a purpose."""

import pytest
from django.db import connection
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.models import EmergencyContact, PracticalNeeds, Trip
from travel.permissions import can_open_cards
from travel.prepare.checklist import evidence
from travel.prepare.needs import actions as needs
from travel.prepare.needs import contacts
from travel.prepare.needs import opening as cards

pytestmark = pytest.mark.django_db
TYPED = {"name": "Rosa Ruiz", "relation": "parent", "phone": "213 555 0140", "language": "es", "knows": "on"}
STORED = {
    **{"name": "Rosa Ruiz", "relation": "parent", "relation_words": "", "phone": "+12135550140", "language": "es"},
    **{"language_words": "", "knows": True},
}


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def ana(trip):
    return PlacementFactory(
        trip=trip, application__student__full_name="Ana Ruiz", application__student__phone="+12135550199"
    )


@pytest.fixture
def leader(trip):
    person = UserFactory(full_name="Joe Leader")
    ContactFactory(host=None, trip=trip, user=person)
    return person


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def name(placement, number=1, **changes):
    return contacts.save(placement, number, said=STORED | changes, by=placement.application.student)


# --- the student ------------------------------------------------------------------------------------


def test_two_people_are_named_one_after_the_other(sign_in, ana):
    client = sign_in(ana.application.student)
    hub = page("placement-needs", ana.code)
    assert client.post(page("placement-contact", ana.code, "first"), TYPED).url == hub
    assert text(client.get(hub)).count("to do") == 6  # the second person, and five parts
    second = TYPED | {"phone": "+52 55 5555 0000", "relation": "other", "relation_words": "My neighbor", "knows": ""}
    client.post(
        page("placement-contact", ana.code, "second"), second | {"language": "other", "language_words": "Zapotec"}
    )

    first, other = EmergencyContact.objects.order_by("number")
    assert first.words == STORED
    assert (other.words["phone"], other.words["relation_words"]) == ("+525555550000", "My neighbor")
    assert (other.words["language_words"], other.words["knows"]) == ("Zapotec", False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM travel_emergencycontact")
        assert not any("Rosa" in said or "5555555" in said for (said,) in cursor.fetchall())


def test_the_checklist_is_done_with_two_people_and_with_every_part(ana):
    steps = [
        ChecklistStepFactory(cycle=ana.trip.cycle, evidence="page", evidence_key=key) for key in ("contacts", "needs")
    ]
    people, parts = (ChecklistItemFactory(placement=ana, step=step) for step in steps)
    student = ana.application.student
    assert evidence.href_of(steps[0], ana) == page("placement-needs", ana.code)

    name(ana)
    assert not people.__class__.objects.filter(done_at__isnull=False).exists()
    name(ana, 2, phone="+12135550141")
    people.refresh_from_db()
    assert people.done_at and people.done_by == student

    needs.say(ana, "food", diet=[], access=[], by=student)
    needs.say(ana, "allergies", allergies=[], by=student)
    needs.say(ana, "health", support="", medicines="", health="", by=student)
    parts.refresh_from_db()
    assert not parts.done_at
    needs.say(ana, "sharing", by_name=[], by=student)
    parts.refresh_from_db()
    assert parts.done_at


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"phone": "213 555 0199"}, "This is your own number. Give us theirs."),
        ({"phone": "555"}, "Check this phone number."),
        ({"relation": "other"}, "Say who they are to you."),
        ({"language": "other"}, "Say which language they speak."),
        ({"name": ""}, "Enter their name."),
    ],
)
def test_what_cannot_be_called_is_asked_again_and_stays_typed(sign_in, ana, typed, message):
    shown = text(sign_in(ana.application.student).post(page("placement-contact", ana.code, "first"), TYPED | typed))
    assert message in shown
    assert (TYPED | typed)["phone"] in shown
    assert not EmergencyContact.objects.exists()


def test_the_same_phone_twice_is_refused(sign_in, ana):
    name(ana)
    shown = text(sign_in(ana.application.student).post(page("placement-contact", ana.code, "second"), TYPED))
    assert "You gave this number for the other person." in shown
    name(ana)  # the first may be saved again
    assert Event.objects.filter(action="emergency_contact.save").count() == 1


def test_a_saved_person_is_shown_and_changed_only_with_a_fresh_proof(sign_in, ana, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    name(ana)
    client = sign_in(ana.application.student)
    assert "reauthenticate" in client.get(page("placement-contact", ana.code, "first")).url
    assert "reauthenticate" in client.post(page("placement-contact", ana.code, "first"), TYPED | {"name": "Eve"}).url
    assert client.get(page("placement-contact", ana.code, "second")).status_code == 200
    assert "Rosa" not in text(client.get(page("placement-needs", ana.code)))
    assert EmergencyContact.objects.get().words["name"] == "Rosa Ruiz"


def test_it_can_be_changed_until_home_and_not_after(ana, trip):
    Trip.objects.update(departed_at=trip.cycle.opens_at)
    type(ana).objects.update(travelled_at=trip.cycle.opens_at)
    name(ana)
    Trip.objects.update(returned_at=trip.cycle.opens_at)
    type(ana).objects.update(returned_at=trip.cycle.opens_at)
    with pytest.raises(RuleViolation, match="over"):
        name(ana, name="Teresa")
    assert EmergencyContact.objects.get().words["name"] == "Rosa Ruiz"


# --- office and leaders -----------------------------------------------------------------------------


@pytest.fixture
def told(ana):
    name(ana)
    student = ana.application.student
    peanuts = {"what": "peanuts", "words": "", "severity": "severe", "happens": "Hives", "helps": "", "injector": True}
    needs.say(ana, "food", diet=["no_pork"], access=[], by=student)
    needs.say(ana, "allergies", allergies=[peanuts], by=student)
    needs.say(ana, "health", support="Time to read", medicines="Insulin", health="", by=student)
    return ana


SECRETS = ("Rosa Ruiz", "Peanuts", "Insulin", "Time to read", "No pork")


def test_a_leader_and_the_office_open_it_for_a_purpose_that_the_student_reads(sign_in, trip, told, leader):
    for person, role, what_for in (
        (leader, "a leader of your trip", "care"),
        (UserFactory(coordinator=True), "the exchange team", "preparing"),
    ):
        client = sign_in(person)
        if role == "the exchange team":
            assert page("trip-cards", trip.code) in text(client.get(page("trip-travelers", trip.code)))
        asked = text(client.get(page("trip-cards", trip.code)))
        assert not any(secret in asked for secret in SECRETS)

        shown = text(client.post(page("trip-cards", trip.code), {"who": "all", "purpose": what_for}))

        assert all(secret in shown for secret in SECRETS)
        assert "Peanuts, severe, carries an auto-injector" in shown and "Hives" in shown
        student = sign_in(told.application.student)
        assert f"{role}, to " in text(student.get(page("placement-needs", told.code)))
        assert AccessRecord.objects.get(by=person).get_role_display() == role
    assert AccessRecord.objects.filter(student=told.application.student, what="card").count() == 2


def test_one_card_is_opened_without_the_others(sign_in, trip, told, leader):
    other = PlacementFactory(trip=trip)
    name(other, name="Someone Else")
    shown = text(sign_in(leader).post(page("trip-cards", trip.code), {"who": told.code, "purpose": "emergency"}))
    assert "Rosa Ruiz" in shown and "Someone Else" not in shown
    assert list(Event.objects.filter(action="emergency_card.open").values_list("target_id", "changes")) == [
        (told.pk, {"purpose": "emergency", "as": "leader"})
    ]


def test_without_a_purpose_nothing_is_shown_or_recorded(sign_in, trip, told, leader):
    shown = text(sign_in(leader).post(page("trip-cards", trip.code), {"who": "all", "purpose": "curiosity"}))
    assert not any(secret in shown for secret in SECRETS)
    with pytest.raises(RuleViolation) as refused:
        cards.open_emergency_card(told, by=leader, purpose="curiosity")
    assert refused.value.code == "no_purpose"
    assert not Event.objects.filter(action="emergency_card.open").exists()


def test_opening_it_asks_for_a_fresh_proof(sign_in, trip, told, leader, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    answer = sign_in(leader).post(page("trip-cards", trip.code), {"who": "all", "purpose": "care"})
    assert "reauthenticate" in answer.url
    assert not Event.objects.filter(action="emergency_card.open").exists()


def test_nobody_else_opens_it(sign_in, trip, told, leader):
    other_trip = TripFactory(leaves_on=in_days(60), returns_on=in_days(70))
    leads_another = UserFactory()
    ContactFactory(host=None, trip=other_trip, user=leads_another)
    others = [
        told.application.student,
        PlacementFactory(trip=trip).application.student,
        UserFactory(advisor=told.application.college),
        UserFactory(advisor=CollegeFactory()),
        UserFactory(director=True),
        leads_another,
    ]
    leaders = list(trip.leaders.all())
    for person in others:
        assert not can_open_cards(person, leaders) and not Trip.objects.opened_by(person).filter(pk=trip.pk).exists()
        client = sign_in(person)
        assert client.get(page("trip-cards", trip.code)).status_code in (403, 404)
        assert client.post(page("trip-cards", trip.code), {"who": "all", "purpose": "care"}).status_code in (403, 404)
    for person in (leader, UserFactory(coordinator=True)):
        assert can_open_cards(person, leaders) and Trip.objects.opened_by(person).filter(pk=trip.pk).exists()
    trip.leaders.all().delete()
    assert sign_in(leader).get(page("trip-cards", trip.code)).status_code == 404  # a former leader


def test_answers_given_before_leaders_could_read_them_stay_closed(trip, ana, leader):
    """They were promised to be read by nobody; the student has to save them again."""
    PracticalNeeds.objects.create(placement=ana, needs={"diet": ["no_pork"], "access": ["fridge"]})
    card = cards.open_emergency_card(ana, by=leader, purpose="care")
    assert (card.diet, card.access, card.told_food) == ([], [], False)


def test_the_page_costs_the_same_for_any_number_of_travelers(sign_in, trip, told, django_assert_max_num_queries):
    client = sign_in(UserFactory(coordinator=True))
    data = {"who": "all", "purpose": "care"}
    client.post(page("trip-cards", trip.code), data)
    for number in range(8):
        name(PlacementFactory(trip=trip), phone=f"+1213555015{number}")
    with django_assert_max_num_queries(22):
        shown = text(client.post(page("trip-cards", trip.code), data))
    assert shown.count("Rosa Ruiz") == 9


def test_emergencycontact_once_per_number(ana):
    name(ana)
    refused(
        "emergencycontact_once_per_number",
        lambda: EmergencyContact.objects.create(placement=ana, number=1, said=STORED),
    )


def test_emergencycontact_first_or_second(ana):
    refused(
        "emergencycontact_first_or_second",
        lambda: EmergencyContact.objects.create(placement=ana, number=3, said=STORED),
    )
