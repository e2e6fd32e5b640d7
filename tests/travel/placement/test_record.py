"""After departure the record is the office's: corrected with a reason, recorded, and told to the student."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, travel_facts
from travel.models import Placement, ReflectionInvitation, ReflectionPrompt
from travel.placement.actions import placement as trips
from travel.placement.actions.record import Went, correct_record, recorded
from travel.reflection.actions import prompts, writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def fresh(placement):
    return Placement.objects.select_related("trip", "application").get(pk=placement.pk)


@pytest.mark.parametrize("trait", ["travelled", "returned"])
def test_student_who_went_cannot_withdraw_and_keeps_the_record(sign_in, trait):
    placement = PlacementFactory(**{trait: True})
    student, before = placement.application.student, fresh(placement)
    with pytest.raises(RuleViolation) as refused:
        application.withdraw(placement.application, by=student)
    assert refused.value.code == "trip_begun"
    page = reverse("applications:application-withdraw", args=[placement.application.code])
    client = sign_in(student)
    assert client.get(page).url == placement.application.get_absolute_url()
    answer = client.post(page, {"reason": "I want to."}, follow=True)
    assert "The trip has started" in answer.text
    after = fresh(placement)
    assert after.application.status == Status.CONFIRMED
    assert (after.travelled_at, after.returned_at) == (before.travelled_at, before.returned_at)


def test_day_of_departure_ends_withdrawing_even_where_nobody_marked_it():
    placement = PlacementFactory(trip__leaves_in=0)
    with pytest.raises(RuleViolation) as refused:
        application.withdraw(placement.application, by=placement.application.student)
    assert refused.value.code == "trip_begun"


def test_office_withdraws_a_student_who_is_not_at_the_airport_before_the_group_is_marked(office):
    travel_facts()
    seat = PlacementFactory(trip__leaves_in=0)
    other = PlacementFactory(trip=seat.trip)
    application.withdraw_for(seat.application, by=office, reason="Missed the flight.")
    trips.depart(seat.trip, by=office)
    assert (fresh(seat).travelled_at, fresh(other).travelled_at is not None) == (None, True)


@pytest.mark.parametrize(
    ("trait", "went", "words", "traveled", "is_home"),
    [
        ("travelled", Went.STAYED, "you didn’t go on the trip", False, False),
        ("travelled", Went.HOME_EARLY, "you’re back home from", True, True),
        ("returned", Went.STAYED, "you didn’t go on the trip", False, False),
        ("returned", Went.NOT_BACK, "you aren’t back home from", True, False),
    ],
)
def test_correction_is_recorded_with_its_reason_and_told_once(sign_in, office, trait, went, words, traveled, is_home):
    placement = PlacementFactory(**{trait: True})
    for _twice in range(2):
        correct_record(placement, went=went, reason="Ill at the airport.", by=office)
    row = fresh(placement)
    assert (row.travelled_at is not None, row.returned_at is not None) == (traveled, is_home)
    assert recorded(row) == went
    assert row.application.status == Status.CONFIRMED
    event = Event.objects.get(action="placement.correct_record")
    assert (event.by, event.reason) == (office, "Ill at the airport.")
    assert event.changes == {"before": "with_group", "now": went.value}
    message = Message.objects.get(template="travel/record_corrected")
    assert message.recipient == row.application.student
    assert words in message.body and "Ill" not in message.body  # a phone is borrowed: the page says why
    page = sign_in(row.application.student).get(placement.get_absolute_url()).text
    assert "We corrected your record on" in page and "Ill at the airport." in page


def test_wrong_correction_is_corrected_again(office):
    placement = PlacementFactory(returned=True)
    before = fresh(placement)
    correct_record(placement, went=Went.STAYED, reason="Not on the list.", by=office)
    correct_record(placement, went=Went.WITH_GROUP, reason="The list was wrong.", by=office)
    after = fresh(placement)
    assert (after.travelled_at, after.returned_at) == (before.trip.departed_at, before.trip.returned_at)


def test_page_corrects_with_a_reason_and_offers_only_what_can_be(sign_in, office):
    placement = PlacementFactory(returned=True)
    client, page = sign_in(office), reverse("travel:placement-record", args=[placement.code])
    shown = client.get(page)
    assert [value for value, _label in shown.context["form"].fields["went"].choices] == ["not_back", "stayed"]
    assert "Enter a reason" in client.post(page, {"went": "stayed"}).text
    assert recorded(fresh(placement)) == Went.WITH_GROUP
    answer = client.post(page, {"went": "stayed", "reason": "Ill."}, follow=True)
    assert "The record is corrected" in answer.text
    assert recorded(fresh(placement)) == Went.STAYED


def test_nobody_corrects_their_own_record(sign_in):
    placement = PlacementFactory(returned=True)
    page = reverse("travel:placement-record", args=[placement.code])
    assert sign_in(placement.application.student).get(page).status_code == 403


def test_student_who_stayed_is_not_asked_to_write_about_the_trip(office):
    placement = PlacementFactory(returned=True)
    prompt = ReflectionPrompt.objects.create(
        cycle=placement.trip.cycle, key="a", order=1, moment="after", days=1, text_en="What?", text_es="¿Qué?"
    )
    correct_record(placement, went=Went.STAYED, reason="Ill.", by=office)
    assert prompts.invite_all() == 0 and not ReflectionInvitation.objects.exists()
    with pytest.raises(RuleViolation) as refused:
        writing.write(placement, prompt, {"text": "x", "privacy": "private"}, by=placement.application.student)
    assert refused.value.code == "not_on_the_trip"


def test_group_that_comes_home_leaves_alone_who_is_home_already(office):
    travel_facts()
    early = PlacementFactory(travelled=True)
    PlacementFactory(trip=early.trip, travelled_at=timezone.now() - dt.timedelta(days=2))
    correct_record(early, went=Went.HOME_EARLY, reason="Family.", by=office)
    home_at = fresh(early).returned_at
    trips.bring_back(early.trip, by=office)
    assert fresh(early).returned_at == home_at
