"""A check-in: asked by every way there is, answered, escalated by the clock, worked by named people."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.messages import consent, outbox
from exchange.models import Event, Fact, Message, TextConsent
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, number_of, text_in, traveler, trip_away
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import CheckIn, CheckInPerson, CheckInStep

pytestmark = pytest.mark.django_db
State = CheckInPerson.State
WHY = {"why_en": "There was an earthquake nearby.", "why_es": "Hubo un temblor cerca."}


@pytest.fixture(autouse=True)
def facts(db):
    application_facts()
    travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Dana Office")


def started(placements, by, kind="real"):
    return actions.start(placements, kind=kind, by=by, **WHY)


def person_of(placement):
    return CheckInPerson.objects.get(placement=placement)


def steps_of(placement):
    return list(person_of(placement).steps.values_list("kind", flat=True))


def later(check_in, minutes):
    return actions.escalate(check_in.pk, check_in.started_at + dt.timedelta(minutes=minutes))


def sent(template):
    return Message.objects.filter(template=template)


# --- Asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "word"), [("en", "Reply 1 if you're safe"), ("es", "Responde 1")])
def test_the_first_text_is_in_the_travelers_language_and_urgent(trip, office, language, word):
    one = traveler(trip, language=language)
    started([one], office)

    text = sent(actions.ASKS).get()
    assert (text.channel, text.address, text.is_urgent, text.send_after) == ("text", number_of(one), True, None)
    assert word in text.body
    assert person_of(one).link in text.body


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, ["text"]),
        ({"way": "same"}, ["text"]),
        ({"way": "local"}, ["text"]),
        ({"way": "data"}, ["email"]),
        ({"phone": False}, ["email"]),
        ({"stopped": True}, ["email", "call"]),
        ({"way": "data", "bounced": True}, ["call"]),
        ({"mail": False, "stopped": True}, ["call"]),
    ],
)
def test_each_is_asked_in_the_way_that_works_for_them(trip, office, changes, first):
    one = traveler(trip, **changes)
    started([one], office)

    assert steps_of(one) == first
    assert list(sent(actions.ASKS).values_list("channel", flat=True)) == [each for each in first if each != "call"]


def test_a_local_number_is_texted_although_its_country_is_not_listed(trip, office):
    one = traveler(trip, way="local")
    started([one], office)
    assert outbox.text_limits.reason_against(number_of(one)) is None
    assert sent(actions.ASKS).get().address.startswith("+84")


def test_without_a_yes_to_texts_a_drill_writes_email_and_a_real_one_texts(trip, office):
    one = traveler(trip)
    TextConsent.objects.all().delete()
    started([one], office, kind="drill")
    assert steps_of(one) == ["email"]
    CheckIn.objects.all().delete()
    started([one], office)
    assert steps_of(one) == ["text"]


def test_a_double_tap_starts_one(trip, office):
    people = [traveler(trip, 1), traveler(trip, 2)]
    assert started(people, office) == started(people, office)
    assert started(people[:1], office) not in CheckIn.objects.filter(people__placement=people[1])
    assert CheckIn.objects.count() == 2


def test_nobody_is_no_check_in(office):
    with pytest.raises(RuleViolation, match="Choose at least one"):
        started([], office)


# --- The clock ---------------------------------------------------------------------------------------


def test_who_stays_silent_gets_a_second_text_an_email_a_call_and_the_family_once_each(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    for minutes in (5, 10, 10, 20, 29, 30, 31, 60, 90):
        later(check_in, minutes)

    assert steps_of(one) == ["text", "text_again", "email", "call", "family"]
    assert [row.channel for row in sent(actions.ASKS).order_by("pk")] == ["text", "text", "email"]
    assert "We haven't heard from you." in sent(actions.ASKS).order_by("pk")[1].body


def test_who_answered_is_left_alone(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    text_in(number_of(one), "1")
    assert later(check_in, 60) == 0


def test_a_text_that_fails_brings_the_email_at_the_next_look(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    Message.objects.update(failed_at=timezone.now(), reason="unreached")
    later(check_in, 1)
    assert steps_of(one) == ["text", "email"]


def test_an_email_that_bounces_as_well_brings_the_call(trip, office):
    one = traveler(trip, way="data")
    check_in = started([one], office)
    Message.objects.update(failed_at=timezone.now(), reason="bounced")
    later(check_in, 1)
    assert steps_of(one) == ["email", "call"]


def test_a_drill_waits_for_morning_where_the_traveler_is(trip, office, monkeypatch):
    Fact.objects.filter(key="message.quiet_from").update(value=21)
    Fact.objects.filter(key="message.quiet_to").update(value=8)
    one = traveler(trip)
    night = dt.datetime(2027, 6, 16, 17, 0, tzinfo=dt.UTC)  # midnight there, ten in the morning at home
    monkeypatch.setattr(timezone, "now", lambda: night)
    check_in = CheckIn.objects.create(kind="drill", started_by=office, started_at=night, **WHY)
    CheckInPerson.objects.create(check_in=check_in, placement=one, number=number_of(one))

    assert actions.escalate(check_in.pk, night) == 0
    assert actions.escalate(check_in.pk, dt.datetime(2027, 6, 17, 1, 0, tzinfo=dt.UTC)) == 1


def test_the_clock_of_a_closed_check_in_stands_still(trip, office):
    one = traveler(trip)
    check_in = started([one], office, kind="drill")
    actions.close(check_in, by=office)
    assert later(check_in, 60) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_nothing_twice():
    application_facts(), travel_facts()
    trip, office = trip_away(), UserFactory(coordinator=True)
    check_in = started([traveler(trip, each) for each in range(6)], office)
    moment = check_in.started_at + dt.timedelta(minutes=10)
    together = threading.Barrier(4)

    def look():
        together.wait()
        actions.escalate(check_in.pk, moment)
        connection.close()

    workers = [threading.Thread(target=look) for _each in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert CheckInStep.objects.filter(kind="text_again").count() == 6
    assert sent(actions.ASKS).count() == 12


def test_the_database_refuses_a_second_step_of_the_clock(trip, office):
    one = traveler(trip)
    started([one], office)
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckInStep.objects.create(person=person_of(one), kind="text")


# --- Answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        (["1"], State.SAFE),
        (["2"], State.HELP),
        (["HELP"], State.HELP),
        (["ayuda"], State.HELP),
        (["1", "2"], State.HELP),
        (["2", "1"], State.HELP),
        (["YES"], State.UNCLEAR),
        (["SI"], State.UNCLEAR),
        (["START"], State.UNCLEAR),
        (["where are you all"], State.UNCLEAR),
        (["where are you all", "1"], State.UNCLEAR),
        (["OK", "1"], State.SAFE),
        (["1", "thanks"], State.SAFE),
        (["are we safe?"], State.UNCLEAR),
        (["1 ❌"], State.UNCLEAR),
        (["help, I can't move"], State.HELP),
        (["are we safe?", "ayuda, no puedo salir"], State.HELP),
        (["1", "my friend needs help"], State.HELP),
    ],
)
def test_texts_move_the_state_and_get_one_reply_each(trip, office, texts, state):
    one = traveler(trip)
    started([one], office)
    for place, body in enumerate(texts):
        text_in(number_of(one), body, message_id=str(place))
        text_in(number_of(one), body, message_id=str(place))  # SNS delivers at least once

    assert person_of(one).state == state
    assert sent("travel/check_in_reply").count() == len(texts)


def test_yes_is_no_start_while_a_check_in_runs_and_is_one_after_it(trip, office):
    one = traveler(trip)
    number = number_of(one)
    check_in = started([one], office)
    TextConsent.objects.filter(phone=number).delete()
    text_in(number, "YES")
    assert not consent.allows(number)

    actions.note(person_of(one), Said.SEEN, by=office)
    actions.close(check_in, by=office)
    text_in(number, "YES")
    assert consent.allows(number)


def test_who_texts_stop_is_called_at_once_and_never_texted_again(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    text_in(number_of(one), "STOP")

    assert consent.is_stopped(number_of(one))
    assert steps_of(one) == ["text", "stopped", "email", "call"]
    later(check_in, 60)
    assert sent(actions.ASKS).filter(channel="text").count() == 1
    assert person_of(one).state == State.ASKED


def test_unclear_words_are_kept_for_a_person_who_is_told(trip, office):
    one = traveler(trip)
    started([one], office)
    text_in(number_of(one), "my leg")

    assert person_of(one).steps.get(kind="unclear").words == "my leg"
    assert sent(actions.LOOKS).filter(recipient=office).exists()


def test_a_one_after_words_waits_until_a_named_person_has_read_them(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    for body in ("and Maria? she isn’t with us", "1"):
        text_in(number_of(one), body)
    reply = sent("travel/check_in_reply").order_by("pk").last()
    assert "you say you're safe" in reply.body and "Someone is reading" in reply.body
    assert code_of(lambda: actions.close(check_in, by=office)) == "still_open"

    words = person_of(one).steps.get(kind="unclear")
    text_in(number_of(one), "she fell at the metro")
    assert code_of(lambda: read_it(one, words, office)) == "changed_meanwhile"
    assert code_of(lambda: actions.note(person_of(one), Said.READ, by=office)) == "changed_meanwhile"
    read_it(one, person_of(one).steps.filter(kind="unclear").last(), office)
    read_it(one, person_of(one).steps.filter(kind="unclear").last(), office)  # a double tap

    assert (person_of(one).state, person_of(one).seen_by) == (State.SAFE, str(office))
    assert steps_of(one).count("read") == 1
    actions.undo(person_of(one), by=office)
    assert person_of(one).state == State.UNCLEAR


def code_of(act):
    with pytest.raises(RuleViolation) as refused:
        act()
    return refused.value.code


def read_it(placement, words, by):
    return actions.note(person_of(placement), Said.READ, by=by, shown=str(words.pk))


def test_an_ok_is_no_answer_and_a_person_is_told(trip, office):
    one = traveler(trip)
    started([one], office)
    text_in(number_of(one), "OK")
    assert person_of(one).state == State.UNCLEAR
    assert sent(actions.LOOKS).filter(recipient=office).exists()


def test_an_answer_sent_before_the_check_in_is_none(trip, office):
    one = traveler(trip)
    before = timezone.now() - dt.timedelta(minutes=1)
    started([one], office)
    text_in(number_of(one), "1", sent_at=before)
    assert person_of(one).state == State.ASKED


def test_a_text_from_the_other_phone_counts_too(trip, office):
    one = traveler(trip, way="local")
    started([one], office)
    text_in(one.application.student.phone.as_e164, "1")
    assert person_of(one).state == State.SAFE


@pytest.mark.parametrize(
    ("body", "kept"), [("2", ""), ("HELP", ""), ("Ayuda, no puedo salir", "Ayuda, no puedo salir")]
)
def test_help_is_heard_after_the_end_with_what_else_it_says(trip, office, body, kept):
    one = traveler(trip)
    check_in = started([one], office)
    text_in(number_of(one), "1")
    actions.close(check_in, by=office)
    text_in(number_of(one), "are we safe?")
    assert (person_of(one).state, sent(actions.ALERTS).exists()) == (State.SAFE, False)
    text_in(number_of(one), body)
    assert person_of(one).state == State.HELP
    assert person_of(one).steps.get(kind="help").words == kept
    assert sent(actions.ALERTS).exists()


def test_a_stop_that_asks_for_help_is_both(trip, office):
    one = traveler(trip)
    started([one], office)
    text_in(number_of(one), "stop texting, send help")

    assert consent.is_stopped(number_of(one))
    assert person_of(one).state == State.HELP
    assert sent(actions.ALERTS).exists()


def test_help_reaches_the_office_the_leaders_and_who_started_it_by_text_and_email(trip, office):
    leader = leader_of(trip, phone="+12135550198", phone_verified_at=timezone.now(), texts=True)
    ContactFactory(host=None, trip=trip, name="Minh Tran", email="minh@example.org", phone="+1 213 555 0197")
    one = traveler(trip)
    started([one], leader)
    text_in(number_of(one), "2"), text_in(number_of(one), "2 please", message_id="again")

    told = sent(actions.ALERTS)
    assert {row.address for row in told} >= {
        *(leader.email, "+12135550198", office.email, "minh@example.org", "+12135550197"),
    }
    assert told.count() == len({row.address for row in told})  # each once
    assert all(row.is_urgent for row in told)


# --- Notes of named people ---------------------------------------------------------------------------


def test_a_note_names_who_made_it_and_can_be_taken_back(trip, office):
    leader, one = leader_of(trip), traveler(trip)
    started([one], office)
    actions.note(person_of(one), Said.SEEN, by=leader)
    actions.note(person_of(one), Said.SEEN, by=leader)
    assert (person_of(one).state, person_of(one).said_by) == (State.SEEN, leader)
    assert person_of(one).steps.filter(kind="seen").count() == 1

    actions.undo(person_of(one), by=office)
    assert (person_of(one).state, person_of(one).said_by) == (State.ASKED, None)
    with pytest.raises(RuleViolation, match="no note"):
        actions.undo(person_of(one), by=office)


def test_taking_back_a_note_brings_back_what_the_person_said(trip, office):
    one = traveler(trip)
    started([one], office)
    text_in(number_of(one), "2")
    actions.note(person_of(one), Said.CALLED_SAFE, by=office)
    actions.undo(person_of(one), by=office)
    assert person_of(one).state == State.HELP


def test_a_call_without_an_answer_brings_the_family_contact(trip, office):
    one = traveler(trip, stopped=True)
    check_in = started([one], office)
    actions.note(person_of(one), Said.CALLED_NO_ANSWER, by=office)
    later(check_in, 0)
    assert person_of(one).state == State.NO_ANSWER
    assert steps_of(one)[-1] == "family"


def test_one_caller_at_a_time_is_named(trip, office):
    one = traveler(trip)
    started([one], office)
    actions.take(person_of(one), by=office), actions.take(person_of(one), by=office)
    assert (person_of(one).caller, person_of(one).steps.filter(kind="taken").count()) == (office, 1)


def test_it_closes_only_when_everyone_is_accounted_for(trip, office):
    one = traveler(trip)
    check_in = started([one], office)
    with pytest.raises(RuleViolation, match="Find them first"):
        actions.close(check_in, by=office)
    actions.note(person_of(one), Said.SEEN, by=office)
    actions.close(check_in, by=office), actions.close(check_in, by=office)
    assert Event.objects.filter(action="check_in.close").count() == 1
    for late in (lambda: actions.undo(person_of(one), by=office), lambda: actions.take(person_of(one), by=office)):
        with pytest.raises(RuleViolation, match="closed"):
            late()


def test_steps_are_never_changed(trip, office):
    one = traveler(trip)
    started([one], office)
    step = person_of(one).steps.get()
    for act in (step.save, step.delete, CheckInStep.objects.all().delete):
        with pytest.raises(TypeError):
            act()


def test_a_reply_to_a_local_number_is_in_the_travelers_language():
    placement = traveler(trip_away(), 1, way="local", language="es")
    actions.start([placement], kind="real", why_en="A storm.", why_es="Una tormenta.", by=UserFactory(coordinator=True))
    text_in(number_of(placement), "1")
    assert "gracias" in Message.objects.get(template="travel/check_in_reply").body


def test_one_text_from_a_phone_that_two_share_says_of_neither_that_they_are_safe():
    trip, number = trip_away(), "+12135550177"
    leaders = [ContactFactory(host=None, trip=trip, name=name, phone=number) for name in ("Rosa Lim", "Omar Haddad")]
    office = UserFactory(coordinator=True)
    check_in = actions.start([], leaders=leaders, kind="real", why_en="A storm.", why_es="Una tormenta.", by=office)
    text_in(number, "1")
    assert set(check_in.people.values_list("state", flat=True)) == {"unclear"}
    text_in(number, "2")
    assert set(check_in.people.values_list("state", flat=True)) == {"help"}


def test_a_link_of_long_ago_raises_no_alarm(client):
    placement = traveler(trip_away(), 1)
    actions.start([placement], kind="real", why_en="A storm.", why_es="Una tormenta.", by=UserFactory(coordinator=True))
    CheckInPerson.objects.update(link_until=timezone.now())
    address = reverse("travel:check-in-answer", args=[CheckInPerson.objects.get().link])
    assert client.post(address, {"said": "help"}).status_code == 410
    assert CheckInPerson.objects.get().state == "asked"
