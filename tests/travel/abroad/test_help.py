"""Help that is asked for outside a check-in: by text, after the end, on the card; and who hears of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import IncomingText, Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, number_of, text_in, traveler, trip_away
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import roll_call
from travel.abroad.actions.help import ask_for_help
from travel.models import CheckInPerson, Placement, Trip

WHY = {"why_en": "A storm.", "why_es": "Una tormenta."}


@pytest.fixture
def office(db):
    application_facts()
    travel_facts()
    return UserFactory(coordinator=True)


def told() -> set[tuple[str, str]]:
    return set(Message.objects.filter(template="travel/help_asked").values_list("channel", "address"))


def tasks() -> int:
    return OfficeTask.objects.filter(kind="travel.help_asked", done_at=None).count()


def go_home(placement) -> None:
    Placement.objects.filter(pk=placement.pk).update(returned_at=timezone.now())


@pytest.mark.parametrize("words", ["HELP", "help, I can’t move", "ayuda", "2", "Stop! Somebody help me"])
def test_help_by_text_during_a_trip_is_told_without_any_check_in(office, words):
    trip = trip_away()
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", email="", phone="+1 213 555 0111")
    one = traveler(trip)
    text_in(number_of(one), words)

    assert {"text", "email"} == {channel for channel, _address in told()}
    assert ("text", rosa.phone.as_e164) in told()
    assert tasks() == 1
    kept = IncomingText.objects.for_the_office().get()
    assert kept.body == words
    stops = words.startswith("Stop")
    assert Message.objects.filter(template="travel/help_heard").exists() is not stops


@pytest.mark.parametrize("words", ["where is the bus", "thanks", "1"])
def test_other_words_without_a_check_in_raise_no_alarm(office, words):
    one = traveler(trip_away())
    text_in(number_of(one), words)
    assert not told()
    assert not tasks()


def test_help_from_the_number_they_have_abroad_is_theirs(office):
    one = traveler(trip_away(), way="local", language="es")
    text_in(number_of(one), "AYUDA")
    assert tasks() == 1
    assert Message.objects.get(template="travel/help_heard").language == "es"


def test_help_is_heard_until_they_are_home_whatever_the_plan_says(office):
    """A flight home that was canceled, and nobody has written it down yet."""
    one = traveler(trip_away())
    today = timezone.localdate()
    Trip.objects.update(leaves_on=today - timedelta(days=9), returns_on=today - timedelta(days=1))
    text_in(number_of(one), "HELP")
    assert tasks() == 1


def test_what_else_they_write_is_told_at_once_and_the_office_reads_it(office):
    one = traveler(trip_away())
    text_in(number_of(one), "HELP")
    text_in(number_of(one), "HELP he followed me, Café X")
    bodies = Message.objects.filter(template="travel/help_asked").values_list("body", flat=True)
    assert len(bodies) == 2
    assert "he followed me" in " ".join(bodies)


def test_a_leader_who_has_only_a_phone_is_told_whom_to_call(office):
    trip = trip_away()
    ContactFactory(host=None, trip=trip, name="Rosa Lim", email="", phone="+1 213 555 0111")
    one = traveler(trip)
    ask_for_help(one)
    text = Message.objects.get(template="travel/help_asked", channel="text").body
    assert one.application.person.called in text
    assert "555" in text
    assert "email" not in text


def test_help_as_a_keyword_is_answered_as_one_before_and_after_the_trip(office):
    one = traveler(trip_away())
    go_home(one)
    text_in(number_of(one), "HELP")
    assert not told()
    assert Message.objects.filter(template="exchange/texts_help").exists()


@pytest.mark.parametrize(
    ("words", "is_read"),
    [
        ("Stop! He is hurting me", True),
        ("alto, me está siguiendo", True),
        ("STOP", False),
        ("Stop, please", False),
        ("stop texting me", False),
        ("Stop sending me messages", False),
        ("STOP he hit me, please text my mother", True),
        ("Stop, we are all trapped", True),
    ],
)
def test_words_behind_a_stop_are_read_by_a_person(office, words, is_read):
    one = traveler(trip_away())
    text_in(number_of(one), words)
    assert IncomingText.objects.for_the_office().exists() is is_read


def test_words_behind_a_stop_stand_on_the_board(office):
    one = traveler(trip_away())
    check_ins.start([one], kind="real", by=office, **WHY)
    text_in(number_of(one), "Stop! He is hurting me")
    person = CheckInPerson.objects.get()
    assert person.state == "unclear"
    assert person.steps.get(kind="unclear").words == "Stop! He is hurting me"


def test_help_after_the_end_is_a_task_until_somebody_is_done_with_it(office):
    one = traveler(trip_away())
    check_in = check_ins.start([one], kind="real", by=office, **WHY)
    person = CheckInPerson.objects.get()
    check_ins.note(person, Said.SEEN, by=office)
    check_ins.close(check_in, by=office)
    assert not tasks()
    check_ins.note(person, Said.HELP, by_link=True)
    assert tasks() == 1


def test_help_in_an_open_check_in_stands_on_its_board_and_is_no_task(office):
    one = traveler(trip_away())
    check_ins.start([one], kind="real", by=office, **WHY)
    check_ins.note(CheckInPerson.objects.get(), Said.HELP, by_link=True)
    assert not tasks()


def test_the_card_states_help_in_an_open_check_in(office):
    one = traveler(trip_away())
    check_ins.start([one], kind="real", by=office, **WHY)
    ask_for_help(one)
    person = CheckInPerson.objects.get()
    assert person.state == "help"
    assert person.steps.get(kind="help").by_link


def test_who_waits_for_help_can_ask_again(office, client):
    one = traveler(trip_away())
    check_ins.start([one], kind="real", by=office, **WHY)
    person = CheckInPerson.objects.get()
    check_ins.note(person, Said.HELP, by_link=True)
    page = client.get(reverse("travel:check-in-answer", args=[person.link])).content.decode()
    assert 'name="said"' in page
    assert "Tell them again" in page
    assert "I’m safe" not in page


def test_whom_one_leader_misses_the_other_reads_first(office, client):
    trip = trip_away()
    one, other = traveler(trip), leader_of(trip, advisor=True)
    tap = roll_call.Sent("key", one.code, False, timezone.localdate(), 1, timedelta())
    roll_call.take(trip, [tap], by=office, name="Omar Haddad")
    client.force_login(other)
    page = client.get("/", follow=True).content.decode()
    assert "1 roll call in which someone is missing" in page


def test_a_former_roll_calls_later_not_here_counts(office):
    trip = trip_away()
    one = traveler(trip)
    check_ins.start([one], kind="real", by=office, **WHY)
    today = timezone.localdate()
    roll_call.take(trip, [roll_call.Sent("a", one.code, True, today, 2, timedelta())], by=office, name="Rosa Lim")
    assert CheckInPerson.objects.get().state == "seen"
    roll_call.take(trip, [roll_call.Sent("b", one.code, False, today, 1, timedelta())], by=office, name="Omar Haddad")
    assert CheckInPerson.objects.get().state == "missing"


def test_a_leader_who_texts_for_help_is_heard_and_the_others_are_told(office):
    trip = trip_away()
    numbers = {"Rosa Lim": "+1 213 555 0111", "Ken Ito": "+1 213 555 0112"}
    rosa, ken = (
        ContactFactory(host=None, trip=trip, name=name, email="", phone=numbers[name], language="en")
        for name in numbers
    )
    traveler(trip)
    text_in(rosa.phone.as_e164, "HELP")

    assert {address for channel, address in told() if channel == "text"} == {ken.phone.as_e164}
    email = Message.objects.get(template="travel/help_asked", channel="email")
    assert "Rosa Lim" in email.body and "HELP" in email.body
    assert OfficeTask.objects.get(kind="travel.leader_asked").path == trip.get_absolute_url()
    assert IncomingText.objects.for_the_office().get().body == "HELP"
    reply = Message.objects.get(template="travel/check_in_reply_leader")
    assert "the other leaders and our office know" in reply.body and "Ken Ito" in reply.body


def test_a_former_leader_reads_the_keywords_answer(office):
    trip = trip_away()
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", email="", phone="+1 213 555 0111")
    Trip.objects.filter(pk=trip.pk).update(returned_at=timezone.now())
    text_in(rosa.phone.as_e164, "HELP")
    assert not told() and tasks() == 0
    assert Message.objects.filter(template="exchange/texts_help").exists()
