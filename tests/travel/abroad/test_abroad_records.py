"""What an act abroad leaves behind: the whole row, the event with who did it, who is told, the office's task."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import LegalHold
from exchange.base import office_tasks, roles
from exchange.base.errors import RuleViolation
from exchange.models import Fact, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, LeaderLinkFactory, PlacementFactory, in_days, travel_facts
from tests.travel.abroad.check_ins import CONFIRMED, leader_of, number_of, text_in, traveler, trip_away
from tests.travel.abroad.test_roster import code_in
from tests.written import events, key_of, task, task_of, told
from travel.abroad import documents, task_words
from travel.abroad.accounting import Said
from travel.abroad.actions import break_glass, incidents, leader_link, lines, link, reachability, roll_call
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import help as helping
from travel.abroad.actions import roll_call as roll_calls
from travel.abroad.actions.roll_call import Sent
from travel.models import (
    BreakGlass,
    CheckIn,
    CheckInPerson,
    CheckInStep,
    Incident,
    IncidentEntry,
    IncidentHandler,
    LeaderLink,
    Reachability,
    RollCall,
    RollCallTap,
    TripLine,
)
from travel.models.trip_line import LINE_MAX

pytestmark = pytest.mark.django_db
WHY = {"why_en": "There was an earthquake nearby.", "why_es": "Hubo un temblor cerca."}
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
REASON = "She fainted beside our group and her leader doesn’t answer."


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Dana Office", language="es")


def started(office, *placements, leaders=(), kind="real"):
    return check_ins.start(placements, leaders=leaders, kind=kind, by=office, **WHY)


def code_of(act):
    with pytest.raises(RuleViolation) as refused:
        act()
    return refused.value.code


def city_of(trip):
    return {"city": {"en": trip.city.name_en, "es": trip.city.name_es}}


def of_the_office(row, *, is_urgent=True, but=()):
    """What `told` gives once every coordinator was told, each in their language."""
    people = [each for each in roles.coordinators() if each not in but]
    return {each.email: (each.language, is_urgent, False, key_of(row)) for each in people}


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


# --- Check-ins ---------------------------------------------------------------------------------------


def test_a_check_in_keeps_what_was_asked_of_whom_and_by_whom(trip, office):
    one, _ruth = traveler(trip, language="es"), leader_of(trip)
    leader = trip.leaders.get()
    before = timezone.now()
    check_in = started(office, one, leaders=[leader])

    assert (check_in.kind, check_in.why_en, check_in.why_es, check_in.started_by) == ("real", *WHY.values(), office)
    assert events("check_in.start", check_in) == [(office, {"kind": "real", "people": 2})]
    rows = check_in.people.order_by("pk").values_list("placement", "leader", "leader_name", "leads", "number", "state")
    assert list(rows) == [
        (one.pk, None, "", None, number_of(one), "asked"),
        (None, leader.pk, "Ruth Abebe", trip.pk, "+12135550199", "asked"),
    ]
    batch = key_of(check_in)
    assert told(check_ins.ASKS) == {number_of(one): ("es", True, False, batch)}
    assert told(check_ins.ASKS_LEADER) == {"+12135550199": ("es", True, False, batch)}
    for step in CheckInStep.objects.all():
        assert (step.kind, step.by, step.by_name, step.by_link, step.words) == ("text", None, "", False, "")
        assert before <= step.at <= timezone.now() and step.message.address == step.person.number


def test_a_drills_messages_are_not_urgent_and_the_office_is_told_in_its_own_language(trip, office):
    one = traveler(trip)
    check_in = started(office, one, kind="drill")
    assert {row[1] for row in told(check_ins.ASKS).values()} == {False}
    check_ins.note(check_in.people.get(), Said.UNCLEAR, words="my leg")
    assert told(check_ins.LOOKS) == of_the_office(check_in)
    assert check_in.get_absolute_url() in Message.objects.get(template=check_ins.LOOKS, recipient=office).body


def test_the_same_people_of_another_kind_or_asked_by_somebody_else_are_asked_again(trip, office, monkeypatch):
    one = traveler(trip)
    first = started(office, one)
    assert started(office, one) == first
    assert started(office, one, kind="drill") != first
    assert started(UserFactory(coordinator=True), one) != first
    assert CheckIn.objects.count() == 3
    at(monkeypatch, first.started_at + check_ins.SAME_TAP)
    assert started(office, one) not in (first, None) and CheckIn.objects.count() == 4


def test_closing_keeps_who_did_it_first_and_how_many_were_open(trip, office):
    drill = started(office, traveler(trip, 1), traveler(trip, 2), kind="drill")
    check_ins.note(drill.people.first(), Said.SAFE)
    closed = check_ins.close(drill, by=office)
    again = check_ins.close(drill, by=UserFactory(coordinator=True))
    assert (again.closed_at, again.closed_by) == (closed.closed_at, office) == (CheckIn.objects.get().closed_at, office)
    assert events("check_in.close", drill) == [(office, {"open": 1})]


def test_opened_again_it_asks_at_once_what_has_come_due(trip, office, monkeypatch):
    check_in = started(office, traveler(trip), kind="drill")
    check_ins.close(check_in, by=office)
    other, moment = UserFactory(coordinator=True), check_in.started_at + dt.timedelta(hours=1)
    Fact.objects.filter(key="message.quiet_from").update(value=0)
    Fact.objects.filter(key="message.quiet_to").update(value=0)
    at(monkeypatch, moment)
    for _twice in range(2):
        opened = check_ins.reopen(check_in, by=other)
    assert (opened.closed_at, opened.closed_by, opened.reopened_at, opened.reopened_by) == (None, None, moment, other)
    assert CheckIn.objects.get().reopened_by == other
    assert events("check_in.reopen", check_in) == [(other, {})]
    assert "call" in check_in.people.get().steps.values_list("kind", flat=True)


def test_a_check_in_closed_exactly_a_day_ago_stays_closed(office, monkeypatch):
    now = timezone.now()
    at(monkeypatch, now)
    for closed_at, may in ((None, False), (now - check_ins.REOPENS, False), (now - check_ins.REOPENS + MINUTE, True)):
        assert check_ins.may_reopen(CheckIn(closed_at=closed_at)) == may


def test_the_clock_takes_the_steps_of_every_open_check_in_and_says_how_many(trip, office):
    first, second = started(office, traveler(trip, 1)), started(office, traveler(trip, 2), traveler(trip, 3))
    closed = started(office, traveler(trip, 4), kind="drill")
    check_ins.close(closed, by=office)
    assert check_ins.escalate_all() == 0
    assert check_ins.escalate_all(second.started_at + 10 * MINUTE) == 3
    assert check_ins.escalate_all(second.started_at + 30 * MINUTE) == 6  # an email and a call each
    assert check_ins.escalate(closed.pk, second.started_at + 30 * MINUTE) == 0
    steps = first.people.get().steps
    assert steps.get(kind="email").at == second.started_at + 30 * MINUTE
    assert (steps.get(kind="call").message, steps.get(kind="email").message.channel) == (None, "email")
    looks = {each.batch: each.body for each in Message.objects.filter(template=check_ins.LOOKS, recipient=office)}
    assert looks.keys() == {key_of(first), key_of(second)}
    for check_in in (first, second):  # by name, so that a second alarm isn't read as the first once more
        assert ", ".join(each.name for each in check_in.people.order_by("pk")) in looks[key_of(check_in)]


def test_first_words_are_told_at_once_and_more_of_them_once_in_ten_minutes(trip, office, monkeypatch):
    people = [traveler(trip, number, stopped=True, mail=False) for number in (1, 2)]
    check_in = started(office, *people)
    looks = Message.objects.filter(template=check_ins.LOOKS, recipient=office)
    assert ": " + ", ".join(each.name for each in check_in.people.order_by("pk")) + "." in looks.get().body
    first, second = check_in.people.order_by("pk")
    check_ins.note(first, Said.UNCLEAR, words="I fell")
    assert looks.count() == 2  # whatever else was told a minute before
    check_ins.note(first, Said.UNCLEAR, words="what")
    assert looks.count() == 2  # the same person's second word
    check_ins.note(second, Said.UNCLEAR, words="?")
    assert looks.count() == 3
    at(monkeypatch, timezone.now() + check_ins.LOOKS_EVERY + MINUTE)
    check_ins.note(first, Said.UNCLEAR, words="still here")
    assert looks.count() == 4


def test_help_is_told_again_whenever_it_is_asked_for_again_also_after_the_end(trip, office, monkeypatch):
    one = traveler(trip)
    drill = started(office, one, kind="drill")
    alerts = Message.objects.filter(template=check_ins.ALERTS, recipient=office, channel="email").order_by("pk")
    check_ins.note(drill.people.get(), Said.HELP, words="help")
    assert alerts.count() == 1 and "Simulacro" in alerts[0].subject
    check_ins.note(drill.people.get(), Said.HELP, words="help")  # a double tap
    assert alerts.count() == 1
    at(monkeypatch, timezone.now() + 3 * MINUTE)
    check_ins.note(drill.people.get(), Said.HELP, words="help")
    assert alerts.count() == 2
    check_ins.close(drill, by=office)
    at(monkeypatch, timezone.now() + 3 * MINUTE)
    check_ins.note(drill.people.get(), Said.HELP, words="help, I can’t move")
    assert alerts.count() == 3 and "Simulacro" not in alerts[2].subject  # nobody plays any longer


def test_whom_a_leader_missed_while_it_was_closed_is_open_once_it_is_opened_again(trip, office):
    one = traveler(trip)
    check_in = started(office, one)
    check_ins.note(check_in.people.get(), Said.SEEN, by=office)
    check_ins.close(check_in, by=office)
    key, today = f"{one.code}-missing", timezone.localdate(timezone=trip.city.zone)
    roll_calls.take(trip, [roll_calls.Sent(key, one.code, False, today, 1, dt.timedelta())], by=office, name="Ruth")
    assert check_in.people.get().state == "seen"
    check_ins.reopen(check_in, by=office)
    assert check_in.people.get().state == "missing"


def test_an_answer_by_the_link_and_a_note_of_a_leader_are_kept_as_they_came(trip, office):
    one = traveler(trip)
    check_in = started(office, one)
    check_ins.note(check_in.people.get(), Said.SAFE, by_link=True)
    check_ins.note(check_in.people.get(), Said.SEEN, leader="Rosa Lim")
    check_ins.note(check_in.people.get(), Said.CALLED_SAFE, by=office, words="She sounded well.")
    names = ("kind", "by", "by_name", "by_link", "words")
    assert list(CheckInStep.objects.exclude(kind="text").values_list(*names)) == [
        ("safe", None, "", True, ""),
        ("seen", None, "Rosa Lim", False, ""),
        ("called_safe", office.pk, "", False, "She sounded well."),
    ]
    person = check_in.people.get()
    assert (person.state, person.said_by, person.said_by_name) == ("seen", office, "")

    check_ins.undo(person, by=None, leader="Rosa Lim")
    undone = CheckInStep.objects.get(kind="undone")
    assert (undone.by, undone.by_name, undone.undoes.kind) == (None, "Rosa Lim", "called_safe")
    person = check_in.people.get()
    assert (person.state, person.said_by, person.said_by_name) == ("seen", None, "Rosa Lim")
    check_ins.undo(person, by=office)
    assert check_in.people.get().state == "safe"
    assert code_of(lambda: check_ins.undo(person, by=office)) == "nothing_to_undo"  # their own word is no note


def test_what_two_people_or_two_words_say_is_no_double_tap(trip, office):
    person = started(office, traveler(trip)).people.get()
    other = UserFactory(coordinator=True)
    for said in ({"by": office}, {"by": office}, {"by": other}, {"leader": "Rosa"}, {"leader": "Omar"}):
        check_ins.note(person, Said.SEEN, **said)
    assert person.steps.filter(kind="seen").count() == 4
    for words in ("one", "two", "two"):
        check_ins.note(person, Said.UNCLEAR, words=words)
    assert list(person.steps.filter(kind="unclear").values_list("words", flat=True)) == ["one", "two"]


def test_a_state_has_the_time_at_which_it_began(trip, office, monkeypatch):
    person = started(office, traveler(trip)).people.get()
    began = timezone.now() + MINUTE
    at(monkeypatch, began)
    check_ins.note(person, Said.SAFE)
    at(monkeypatch, began + MINUTE)
    check_ins.note(person, Said.THANKS)
    assert CheckInPerson.objects.get().state_at == began


def test_nobody_has_seen_somebody_who_needs_help_since(trip, office):
    person = started(office, traveler(trip)).people.get()
    check_ins.note(person, Said.SEEN, by=office)
    check_ins.note(person, Said.HELP)
    row = CheckInPerson.objects.get()
    assert (row.state, row.said_by, row.said_by_name) == ("help", None, "")


def test_the_note_that_a_board_showed_is_undone_and_no_later_one(trip, office):
    person = started(office, traveler(trip)).people.get()
    check_ins.note(person, Said.SEEN, by=office)
    shown = str(person.steps.get(kind="seen").pk)
    check_ins.note(person, Said.CALLED_HELP, by=UserFactory(coordinator=True))
    assert code_of(lambda: check_ins.undo(person, by=office, shown=shown)) == "changed_meanwhile"
    assert CheckInPerson.objects.get().state == "help"
    last = str(person.steps.get(kind="called_help").pk)
    check_ins.undo(person, by=office, shown=last)
    assert CheckInPerson.objects.get().state == "seen"


def test_who_calls_is_the_last_to_say_so(trip, office):
    person, other = started(office, traveler(trip)).people.get(), UserFactory(coordinator=True)
    for caller in (office, office, other):
        check_ins.take(person, by=caller)
    assert CheckInPerson.objects.get().caller == other
    assert list(person.steps.filter(kind="taken").values_list("by", flat=True)) == [office.pk, other.pk]


def test_a_call_without_an_answer_is_the_familys_at_once(trip, office):
    person = started(office, traveler(trip, stopped=True)).people.get()
    check_ins.note(person, Said.CALLED_NO_ANSWER, by=office)
    assert list(person.steps.values_list("kind", flat=True)) == ["email", "call", "no_answer", "family"]


def test_help_is_told_once_to_the_office_who_asked_and_every_leader_but_the_one_who_needs_it(trip, office):
    ruth = leader_of(trip, phone="+12135550198", phone_verified_at=CONFIRMED, texts=True)
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="+12135550190", email="rosa@example.org")
    omar = ContactFactory(host=None, trip=trip, name="Omar", phone="", email="omar@example.org", language="en")
    ContactFactory(host=None, trip=trip, name="Nobody", phone="", email="")
    ContactFactory(host=None, trip=trip_away(), name="Far", phone="+12135550197")
    check_in = started(ruth, leaders=[rosa])
    check_ins.note(check_in.people.get(), Said.HELP)
    check_ins.note(check_in.people.get(), Said.HELP, words="now")

    batch = key_of(check_in)
    assert told(check_ins.ALERTS) == {
        **of_the_office(check_in),
        ruth.email: (ruth.language, True, False, batch),
        "+12135550198": (ruth.language, True, False, batch),
        omar.email: ("en", True, False, batch),
    }
    assert "Omar" in Message.objects.get(address=omar.email).body


def test_a_leaders_link_to_the_board_is_left_out_once_it_was_ended(trip, office):
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="", email="rosa@example.org")
    rosas = LeaderLinkFactory(trip=trip, contact=rosa)
    check_in = started(office, traveler(trip, 1), traveler(trip, 2))
    check_ins.note(check_in.people.first(), Said.HELP)
    leader_link.end(rosas, by=office)
    check_ins.note(check_in.people.last(), Said.HELP)
    bodies = [row.body for row in Message.objects.filter(template=check_ins.ALERTS, address=rosa.email).order_by("pk")]
    assert [f"/{check_in.code}/" in each for each in bodies] == [True, False]


def test_a_leader_who_leads_no_more_is_asked_by_text_alone(trip, office):
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="+12135550190", email="rosa@example.org")
    check_in = started(office, leaders=[rosa])
    rosa.delete()
    for minutes in (10, 20, 30, 60):
        check_ins.escalate(check_in.pk, check_in.started_at + minutes * MINUTE)
    steps = check_in.people.get().steps.order_by("pk")
    assert [step.kind for step in steps] == ["text", "text_again", "call", "family"]


def test_who_is_away_with_a_leaders_account_is_that_leader_and_nobody_of_their_name(trip, office):
    ruth = leader_of(trip)
    person = started(office, leaders=trip.leaders.all()).people.get()
    assert check_ins.is_self(person, ruth, "") and not check_ins.is_self(person, office, "")
    assert not check_ins.is_self(person, None, "Ruth Abebe")
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="+12135550190")
    hers = started(office, leaders=[rosa]).people.get()
    assert check_ins.is_self(hers, None, "Rosa Lim") and not check_ins.is_self(hers, None, "Omar")
    assert not check_ins.is_self(hers, office, "Rosa Lim")
    assert not check_ins.is_self(started(office, traveler(trip)).people.get(), None, "")


def test_a_check_in_is_deleted_only_after_its_days(office, monkeypatch):
    now = timezone.now()
    at(monkeypatch, now)
    closed = {"kind": "drill", "started_by": office, "closed_by": office, **WHY}
    CheckIn.objects.create(closed_at=now - 10 * DAY, **closed)
    assert check_ins.forget(days=10) == 0
    assert check_ins.forget(days=9, dry_run=True) == 1 == CheckIn.objects.count()
    assert check_ins.forget(days=9) == 1 and not CheckIn.objects.exists()


# --- Answers by text ---------------------------------------------------------------------------------


def test_the_reply_to_a_real_check_in_or_a_call_for_help_is_urgent(trip, office):
    one = traveler(trip, language="es")
    started(office, one, kind="drill")
    text_in(number_of(one), "1")
    text_in(number_of(one), "2")
    replies = Message.objects.filter(template="travel/check_in_reply").order_by("pk")
    assert [(row.language, row.is_urgent) for row in replies] == [("es", False), ("es", True)]
    assert list(CheckInStep.objects.filter(kind__in=["safe", "help"]).values_list("words", flat=True)) == ["", ""]


def test_one_text_answers_every_check_in_that_asked_and_its_words_are_kept(trip, office):
    one = traveler(trip)
    real, drill = started(office, one), started(office, one, kind="drill")
    text_in(number_of(one), "  my leg ")
    for check_in in (real, drill):
        assert check_in.people.get().steps.get(kind="unclear").words == "my leg"


@pytest.mark.parametrize(("hours", "state"), [(47, "help"), (49, "safe")])
def test_help_is_heard_for_two_days_after_the_end_and_nothing_else_is(trip, office, hours, state):
    one = traveler(trip)
    check_in = started(office, one)
    check_ins.note(check_in.people.get(), Said.SAFE)
    check_ins.close(check_in, by=office)
    CheckIn.objects.update(closed_at=timezone.now() - dt.timedelta(hours=hours))
    text_in(number_of(one), "where are you", message_id="words")
    assert check_in.people.get().state == "safe"
    text_in(number_of(one), "2")
    assert check_in.people.get().state == state


def test_two_people_of_different_check_ins_with_one_phone_are_each_safe(trip, office):
    one = traveler(trip)
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", phone=number_of(one))
    checks = started(office, one), started(office, leaders=[rosa])
    text_in(number_of(one), "1")
    assert [each.people.get().state for each in checks] == ["safe", "safe"]


# --- Roll calls --------------------------------------------------------------------------------------


def sent(placement, key, **more):
    said = {"is_here": True, "on": in_days(0), "number": 1, "age": dt.timedelta(0), **more}
    return Sent(key=key, traveler=placement.code, **said)


def test_a_tap_is_kept_whole_and_its_roll_call_counts_it(trip, office, monkeypatch):
    ana, ben, now = traveler(trip, 1), traveler(trip, 2), timezone.now()
    at(monkeypatch, now)
    taps = [sent(ana, "a", age=MINUTE), sent(ben, "b", is_here=False, over=frozenset({"z", "y"}))]
    [call] = roll_call.take(trip, taps, by=office, name="Dana Office")
    names = ("key", "placement", "is_here", "at", "by", "by_name", "over")
    assert list(RollCallTap.objects.values_list(*names)) == [
        ("a", ana.pk, True, now - MINUTE, office.pk, "Dana Office", []),
        ("b", ben.pk, False, now, office.pk, "Dana Office", ["y", "z"]),
    ]
    assert RollCall.objects.values_list("trip", "on", "number", "here", "missing", "conflicts", "last_at").get() == (
        *(trip.pk, in_days(0), 1, 1, 1, 0, now),
    )
    assert events("roll_call.take", call) == [(None, {"here": 1, "missing": 1, "conflicts": 0})]
    assert call == RollCall.objects.get()


def test_taps_of_several_roll_calls_are_each_in_their_own_in_order(trip):
    ana = traveler(trip)
    taps = [sent(ana, "c", number=2), sent(ana, "b", on=in_days(-1)), sent(ana, "a")]
    calls = roll_call.take(trip, taps, by=None, name="Rosa Lim")
    assert [(each.on, each.number) for each in calls] == [(in_days(-1), 1), (in_days(0), 1), (in_days(0), 2)]
    assert [each.taps.get().key for each in calls] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("more", "is_kept"),
    [
        ({"number": 0}, False),
        ({"number": roll_call.NUMBERS}, True),
        ({"number": roll_call.NUMBERS + 1}, False),
        ({"age": roll_call.OLDEST}, True),
        ({"age": roll_call.OLDEST + MINUTE}, False),
        ({"key": "k" * 36}, True),
        ({"key": "k" * 37}, False),
        ({"on": in_days(1)}, True),
        ({"on": in_days(2)}, False),
    ],
)
def test_a_tap_is_taken_up_to_each_limit(trip, more, is_kept):
    roll_call.take(trip, [sent(traveler(trip), **{"key": "a", **more})], by=None, name="Rosa Lim")
    assert RollCallTap.objects.exists() == is_kept


def test_a_tap_of_the_day_before_the_departure_counts_and_none_before(trip):
    ana, eve = traveler(trip), trip.leaves_on - DAY
    roll_call.take(trip, [sent(ana, "a", on=eve), sent(ana, "b", on=eve - DAY)], by=None, name="Rosa Lim")
    assert [tap.key for tap in RollCallTap.objects.all()] == ["a"]


def test_an_answer_to_a_tap_is_after_it_whatever_the_phones_clock_says(trip, monkeypatch):
    ana, now = traveler(trip), timezone.now()
    at(monkeypatch, now)
    roll_call.take(trip, [sent(ana, "first")], by=None, name="Rosa Lim")
    late = sent(ana, "second", is_here=False, age=20 * MINUTE, over=frozenset({"first", "unknown"}))
    roll_call.take(trip, [late], by=None, name="Omar Haddad")
    assert RollCallTap.objects.get(key="second").at == now + dt.timedelta(microseconds=1)
    assert (RollCall.objects.get().here, RollCall.objects.get().missing) == (0, 1)


def test_taps_sent_together_are_kept_the_oldest_first_and_an_answer_at_the_same_moment_is_later(trip, monkeypatch):
    ana, now = traveler(trip), timezone.now()
    at(monkeypatch, now)
    answer = sent(ana, "c", is_here=False, over=frozenset({"b"}))
    roll_call.take(trip, [sent(ana, "b"), answer, sent(ana, "a", age=MINUTE)], by=None, name="Rosa Lim")
    later = now + dt.timedelta(microseconds=1)
    kept = RollCallTap.objects.order_by("pk").values_list("key", "at")
    assert list(kept) == [("a", now - MINUTE), ("b", now), ("c", later)]
    assert (RollCall.objects.get().missing, RollCall.objects.get().last_at) == (1, later)


def test_a_roll_call_names_a_leader_without_an_account_and_touches_nobody_else(trip, office):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    check_in = started(office, ana, ben)
    now = timezone.now()
    for placement in (ana, ben):
        roll_call.take(trip, [sent(placement, placement.code)], by=None, name="Rosa Lim")
    seen = {each.placement_id: each for each in check_in.people.all()}
    assert {pk: (each.state, each.said_by, each.said_by_name) for pk, each in seen.items()} == {
        ana.pk: ("seen", None, "Rosa Lim"),
        ben.pk: ("seen", None, "Rosa Lim"),
    }
    assert all(each.state_at >= now for each in seen.values())

    roll_call.take(trip, [sent(ana, "gone", is_here=False)], by=office, name="Dana Office")
    roll_call.take(trip, [sent(ben, "off", is_here=False)], by=None, name="Omar Haddad")
    assert {each.state for each in check_in.people.all()} == {"disputed"}
    roll_call.take(trip, [sent(ben, "back", over=frozenset({"off"}))], by=office, name="Dana Office")
    assert {each.placement_id: each.state for each in check_in.people.all()} == {
        ana.pk: "disputed",
        ben.pk: "seen",
    }


def test_a_tap_of_the_moment_in_which_a_check_in_begins_counts_in_it(trip, office, monkeypatch):
    ana = traveler(trip)
    check_in = started(office, ana)
    for passed, state in ((-1, "asked"), (0, "seen")):
        at(monkeypatch, check_in.started_at + dt.timedelta(microseconds=passed))
        roll_call.take(trip, [sent(ana, f"tap{passed}")], by=office, name="Dana Office")
        assert check_in.people.get().state == state


def test_a_later_tap_outweighs_a_note_and_takes_it_from_nobody(trip, office):
    ana = traveler(trip)
    check_in = started(office, ana)
    check_ins.note(check_in.people.get(), Said.SEEN, by=office)
    roll_call.take(trip, [sent(ana, "missing", is_here=False)], by=None, name="Rosa Lim")
    assert check_in.people.get().state == "missing" and not CheckInStep.objects.filter(kind="undone").exists()
    roll_call.take(trip, [sent(ana, "here", over=frozenset({"missing"}))], by=None, name="Rosa Lim")
    person = check_in.people.get()
    assert (person.state, person.said_by_name) == ("seen", "Rosa Lim")
    assert list(CheckInStep.objects.filter(kind="seen").values_list("by", flat=True)) == [office.pk]


def test_roll_calls_and_links_are_kept_for_their_days_and_under_a_hold(office):
    placement = PlacementFactory(trip__leaves_on=in_days(-20), trip__returns_on=in_days(-10))
    trip = placement.trip
    home = (timezone.localdate() - trip.home_on).days
    RollCall.objects.create(trip=trip, on=in_days(-15), number=1)
    LeaderLinkFactory(trip=trip), LeaderLinkFactory(trip=trip)
    assert roll_call.forget(days=home) == 0
    hold = LegalHold.objects.create(student=placement.application.student, reason="A claim.", placed_by=office)
    assert roll_call.forget(days=home - 1) == 0
    LegalHold.objects.filter(pk=hold.pk).update(lifted_at=timezone.now(), lifted_by=office)
    assert roll_call.forget(days=home - 1, dry_run=True) == 1
    assert (RollCall.objects.count(), LeaderLink.objects.count()) == (1, 2)
    assert roll_call.forget(days=home - 1) == 1
    assert not RollCall.objects.exists() and not LeaderLink.objects.exists()


# --- Links -------------------------------------------------------------------------------------------


def test_a_new_link_of_a_traveler_replaces_the_ended_one(trip, office, monkeypatch):
    placement, now = traveler(trip), timezone.now()
    student = placement.application.student
    first = link.make(placement, by=student)
    at(monkeypatch, now + MINUTE)
    link.end(first, by=office)
    link.end(first, by=student)
    first.refresh_from_db()
    assert (first.stopped_at, first.stopped_by) == (now + MINUTE, office)
    again = link.make(placement, by=student)
    again.refresh_from_db()
    assert (again.pk, again.made_at, again.stopped_at, again.stopped_by) == (first.pk, now + MINUTE, None, None)
    assert again.token != first.token and again.expires_at == first.expires_at
    assert events("abroad.make_link", placement) == [(student, {})] * 2
    assert events("abroad.end_link", placement) == [(office, {})]


def test_a_leaders_link_starts_anew_and_says_who_made_and_who_ended_it(trip, office, monkeypatch):
    rosa = ContactFactory(
        host=None, trip=trip, name="Rosa Lim", phone="+12135550190", email="rosa@example.org", language="es"
    )
    link = leader_link.make(rosa, by=office)
    assert told(leader_link.SENT) == {"rosa@example.org": ("es", False, False, "")}
    message = Message.objects.get(template=leader_link.SENT)
    assert "Rosa Lim" in message.body and link.link in message.body and trip.city.name_es in message.body
    leader_link.send_code(link)
    leader_link.try_code(link, "000")
    leader_link.end(link, by=office), leader_link.end(link, by=UserFactory(coordinator=True))
    link.refresh_from_db()
    assert link.stopped_by == office and link.wrong_codes == 1 and link.codes_sent == 1

    other, now = UserFactory(coordinator=True), timezone.now() + MINUTE
    at(monkeypatch, now)
    leader_link.make(rosa, by=other)
    row = LeaderLink.objects.get()
    assert (row.trip, row.name, row.contact, row.made_at, row.made_by) == (trip, "Rosa Lim", rosa, now, other)
    assert (row.stopped_at, row.stopped_by, row.code_mark, row.code_sent_at) == (None, None, "", None)
    assert (row.codes_sent, row.wrong_codes) == (0, 0) and row.token != link.token
    assert row.expires_at == link.expires_at > now
    assert events("roster.make_link", row) == [(office, {}), (other, {})]
    assert events("roster.end_link", row) == [(office, {})]


def test_a_link_for_nobodys_leader_or_without_a_number_that_gets_texts_is_refused(trip, office):
    def make(**more):
        contact = ContactFactory(**{"host": None, "trip": trip, "phone": "+12135550190", **more})
        return lambda: leader_link.make(contact, by=office)

    assert code_of(lambda: leader_link.make(ContactFactory(phone="+12135550190"), by=office)) == "not_a_leader"
    assert code_of(make(phone="")) == code_of(make(phone="123")) == "no_phone"
    past = PlacementFactory(trip__leaves_on=in_days(-20), trip__returns_on=in_days(-10)).trip
    closed = trip_away()
    type(closed).objects.filter(pk=closed.pk).update(
        departed_at=None, closed_at=timezone.now(), closed_by=office, closed_reason="Storm"
    )
    assert code_of(make(trip=past)) == code_of(make(trip=closed)) == "trip_is_over"
    assert not LeaderLink.objects.exists() and not Message.objects.exists()


def test_codes_wait_longer_each_time_and_begin_anew_the_next_day(office, monkeypatch):
    link, now = LeaderLinkFactory(), timezone.now()
    waits = []
    for passed in (0, 0, 0, 61, 61, 121, 24 * 3600 + 1):
        now += dt.timedelta(seconds=passed)
        at(monkeypatch, now)
        try:
            leader_link.send_code(link)
        except RuleViolation as refused:
            waits.append((refused.code, str(refused).split("again in ")[1]))
        else:
            link.refresh_from_db()
            waits.append(link.codes_sent)
            assert (link.code_sent_at, link.wrong_codes) == (now, 0)
    assert waits == [1, 2, ("wait", "2 min."), 3, ("wait", "1 min."), 4, 1]
    text = Message.objects.filter(template=leader_link.CODE).latest("pk")
    assert (text.channel, text.address, text.language, text.is_secret) == ("text", "+12135550111", "en", True)


def test_a_code_works_until_its_minutes_or_guesses_are_used_up_and_only_once(settings, monkeypatch):
    link, now = LeaderLinkFactory(), timezone.now()
    at(monkeypatch, now)
    leader_link.send_code(link)
    code = code_in(Message.objects.get(template=leader_link.CODE))
    wrong = "000000" if code != "000000" else "111111"
    assert f"@{urlsplit(settings.SITE_URL).hostname} #{code}" in Message.objects.get().body
    for _guess in range(leader_link.GUESSES - 1):
        assert leader_link.try_code(link, wrong) is False
    link.refresh_from_db()
    assert link.wrong_codes == leader_link.GUESSES - 1
    assert leader_link.try_code(link, f"{code[:3]} {code[3:]}") is True
    link.refresh_from_db()
    assert (link.code_mark, link.codes_sent, link.wrong_codes) == ("", 0, 0)
    assert events("roster.enter_code", link) == [(None, {})]
    assert leader_link.try_code(link, code) is False

    leader_link.send_code(link)
    code = code_in(Message.objects.latest("pk"))
    at(monkeypatch, now + settings.CODE_MINUTES * MINUTE)
    assert leader_link.try_code(link, code) is False
    at(monkeypatch, now + settings.CODE_MINUTES * MINUTE - dt.timedelta(seconds=1))
    assert leader_link.try_code(link, code) is True


def test_a_leader_who_leads_no_more_gets_no_code():
    link = LeaderLinkFactory()
    link.contact.delete()
    assert code_of(lambda: leader_link.send_code(link)) == "no_phone"
    assert not Message.objects.exists()


# --- How they can be reached, and help ---------------------------------------------------------------


def test_how_a_traveler_can_be_reached_is_kept_whole(trip, monkeypatch):
    placement, now = traveler(trip), timezone.now()
    student = placement.application.student
    assert not reachability.is_said(placement)
    for passed, (way, phone, kept) in enumerate(
        [("local", "+84912345001", "+84912345001"), ("data", "+84912345001", ""), ("same", "+84912345001", "")]
    ):
        at(monkeypatch, now + passed * MINUTE)
        row = reachability.say(placement, way=way, phone=phone, by=student)
        assert Reachability.objects.values_list("placement", "way", "phone", "said_at").get() == (
            *(placement.pk, way, kept, now + passed * MINUTE),
        )
        assert row == Reachability.objects.get() and reachability.is_said(placement)
    assert events("reachability.say", placement) == [(student, {"way": way}) for way in ("local", "data", "same")]


def test_a_number_that_is_missing_or_unconfirmed_is_no_way(trip):
    one, without = traveler(trip, 1), traveler(trip, 2, phone=False)
    student = one.application.student
    assert code_of(lambda: reachability.say(one, way="local", phone="", by=student)) == "number_missing"
    nobody = without.application.student
    assert code_of(lambda: reachability.say(without, way="same", phone="+84912345001", by=nobody)) == "no_number"
    student.phone_verified_at = None
    assert code_of(lambda: reachability.say(one, way="same", phone="", by=student)) == "no_number"
    assert not Reachability.objects.exists()


def test_a_call_for_help_is_a_task_for_today_and_tells_everyone_in_their_language(trip, office, monkeypatch):
    ruth = leader_of(trip, language="es")
    ContactFactory(host=None, trip=trip, name="Rosa Lim", email="rosa@example.gov", language="en")
    ContactFactory(host=None, trip=trip, name="No Address", email="")
    placement, now = traveler(trip), timezone.now()
    at(monkeypatch, now)
    assert helping.ask_for_help(placement) is True
    at(monkeypatch, now + helping.AGAIN_AFTER - MINUTE)
    assert helping.ask_for_help(placement) is False
    assert {address: row[0] for address, row in told("travel/help_asked").items()} == {
        ruth.email: "es",
        "rosa@example.gov": "en",
        "exchange@example.gov": "en",
    }
    assert all(placement.application.student.full_name in row.body for row in Message.objects.all())
    assert events(helping.ASKED, placement) == [(None, {})]
    assert task("travel.help_asked") == task_of(
        f"help:{placement.code}:{now:%Y%m%d%H%M}",
        due_on=now.date(),
        about=key_of(trip),
        path=placement.get_absolute_url(),
        person=placement.application.student,
        params=city_of(trip),
    )
    at(monkeypatch, now + helping.AGAIN_AFTER + MINUTE)
    assert helping.ask_for_help(placement) is True


# --- Break-glass -------------------------------------------------------------------------------------


def test_an_opening_is_kept_told_to_the_other_coordinators_and_reviewed_today(trip, office, monkeypatch):
    placement, now = traveler(trip), timezone.now()
    other = UserFactory(coordinator=True)
    at(monkeypatch, now)
    use = break_glass.begin(placement, reason=f"  {REASON} ", by=office)
    use.refresh_from_db()
    assert (use.placement, use.by, use.said) == (placement, office, {"reason": REASON})
    assert (use.opened_at, use.until) == (now, now + 30 * MINUTE)
    assert events("break_glass.begin", use) == [(office, {})]
    assert told(break_glass.ALERT) == of_the_office(use, but=[office]) and other in roles.coordinators()
    body = Message.objects.get(template=break_glass.ALERT, recipient=other).body
    assert "Dana Office" in body and trip.city.name in body and use.get_absolute_url() in body
    assert task(break_glass.TO_REVIEW) == task_of(
        f"break_glass:{use.code}:review",
        due_on=timezone.localdate(),
        path=use.get_absolute_url(),
        params=city_of(trip),
        source=key_of(use),
        opened_by=office,
    )
    assert code_of(lambda: break_glass.open_card(use, by=other)) == "not_yours"
    at(monkeypatch, now + 30 * MINUTE)
    assert break_glass.begin(placement, reason=REASON, by=office) != use
    assert code_of(lambda: break_glass.open_card(use, by=office)) == "over"


@pytest.mark.parametrize(("length", "code"), [(19, "reason_missing"), (20, None)])
def test_a_reason_has_twenty_characters(trip, office, length, code):
    placement, reason = traveler(trip), "x" * length
    if code:
        assert code_of(lambda: break_glass.begin(placement, reason=reason, by=office)) == code
    else:
        assert break_glass.begin(placement, reason=reason, by=office).said == {"reason": reason}
    assert BreakGlass.objects.exists() == (code is None)


def test_a_review_is_kept_whole_and_the_last_one_counts(trip, office, monkeypatch):
    use = break_glass.begin(traveler(trip), reason=REASON, by=office)
    reviewer, now = UserFactory(coordinator=True), timezone.now()
    at(monkeypatch, now)
    assert code_of(lambda: break_glass.review(use, result="fitting", text="", by=office)) == "same_person"
    assert code_of(lambda: break_glass.review(use, result="not", text="  ", by=reviewer)) == "no_words"
    assert BreakGlass.objects.get().reviewed_at is None
    break_glass.review(use, result="fitting", text="", by=reviewer)
    done = break_glass.review(use, result="not", text=" We talked. ", by=reviewer)
    use.refresh_from_db()
    assert (use.review, use.review_said, use.reviewed_at, use.reviewed_by) == (
        *("not", {"text": "We talked."}, now, reviewer),
    )
    assert done == use
    assert events("break_glass.review", use) == [(reviewer, {"review": "fitting"}), (reviewer, {"review": "not"})]
    assert events("office_task.finish") == [(reviewer, {})]


def test_only_travelers_who_are_away_can_be_opened_by_the_office(trip, office):
    here, gone = traveler(trip), PlacementFactory(trip__leaves_on=in_days(40), trip__returns_on=in_days(50))
    found = break_glass.reachable_by(office)
    assert here in found and gone not in found
    assert not break_glass.reachable_by(UserFactory()).exists()


def test_reviewed_uses_are_deleted_after_their_days_unless_held(trip, office, monkeypatch):
    placement = traveler(trip)
    use = break_glass.begin(placement, reason=REASON, by=office)
    break_glass.review(use, result="fitting", text="", by=UserFactory(coordinator=True))
    at(monkeypatch, use.opened_at + 5 * DAY)
    assert break_glass.forget(days=5) == 0
    at(monkeypatch, use.opened_at + 5 * DAY + MINUTE)
    hold = LegalHold.objects.create(student=placement.application.student, reason="A claim.", placed_by=office)
    assert break_glass.forget(days=5) == 0
    LegalHold.objects.filter(pk=hold.pk).update(lifted_at=timezone.now(), lifted_by=office)
    assert break_glass.forget(days=5, dry_run=True) == 1 == BreakGlass.objects.count()
    assert break_glass.forget(days=5) == 1 and not BreakGlass.objects.exists()


# --- Incidents ---------------------------------------------------------------------------------------


def report(trip, by, **more):
    said = {"severity": "serious", "happened_at": timezone.now() - dt.timedelta(hours=3), "text": "A fall."}
    return incidents.report(trip, by=by, **said | {"where": "Stairs"} | more)


@pytest.fixture
def handler(office):
    person = UserFactory(coordinator=True, full_name="Iris Handler", language="es")
    IncidentHandler.objects.create(user=person, named_by=office)
    return person


@pytest.mark.parametrize(("severity", "days"), [("minor", 3), ("serious", 0), ("severe", 0)])
def test_a_report_is_kept_whole_and_read_by_its_day(trip, office, monkeypatch, severity, days):
    ruth, ana, now = leader_of(trip), traveler(trip), timezone.now()
    at(monkeypatch, now)
    said = {"text": " A fall. ", "where": " Stairs ", "who": " A driver ", "happened_at": now, "key": "k-1"}
    incident = report(trip, ruth, severity=severity, placements=[ana], leaders=trip.leaders.all(), **said)
    incident.refresh_from_db()
    assert (incident.trip, incident.severity, incident.happened_at, incident.reported_at) == (trip, severity, now, now)
    assert (incident.zone, incident.reported_by, incident.reported_by_name, incident.key) == (
        *("Asia/Ho_Chi_Minh", ruth, "", "k-1"),
    )
    assert (list(incident.placements.all()), list(incident.leaders.all())) == ([ana], list(trip.leaders.all()))
    entry = incident.entries.get()
    assert (entry.kind, entry.at, entry.by, entry.by_name, entry.severity) == ("report", now, ruth, "", severity)
    assert entry.said == {"text": "A fall.", "where": "Stairs", "who": "A driver"}
    assert events("incident.report", incident) == [(ruth, {"severity": severity})]
    assert task(incidents.TO_READ) == task_of(
        f"incident:{incident.code}:read",
        due_on=in_days(days),
        path=incident.get_absolute_url(),
        params=city_of(trip),
        source=key_of(incident),
        opened_by=ruth,
    )
    assert told(incidents.ALERT) == (of_the_office(incident) if severity == "severe" else {})
    for message in Message.objects.all():
        assert reverse("travel:incident-handlers") in message.body and trip.city.name_en.split()[-1] in message.body


def test_a_report_by_a_leader_without_an_account_has_their_name(trip):
    trip.city.time_zone = ""
    trip.city.save()
    incident = report(trip, None, leader="Rosa Lim")
    incident.refresh_from_db()
    assert (incident.reported_by, incident.reported_by_name, incident.zone) == (None, "Rosa Lim", "America/Los_Angeles")
    assert (incident.entries.get().by, incident.entries.get().by_name) == (None, "Rosa Lim")
    assert events("incident.report", incident) == [(None, {"severity": "serious", "leader": "Rosa Lim"})]


def test_one_key_is_one_report_and_other_words_or_another_writer_are_another(trip, office, monkeypatch):
    ruth, now = leader_of(trip), timezone.now()
    moment = now - dt.timedelta(hours=1)
    first = report(trip, ruth, happened_at=moment, key="k-1")
    assert report(trip, ruth, happened_at=moment, text="Other words.", key="k-1") == first
    assert report(trip, ruth, happened_at=moment) == first
    for more in ({"text": "Other."}, {"happened_at": moment - MINUTE}):
        assert report(trip, ruth, **{"happened_at": moment} | more) != first
    assert report(trip, office, happened_at=moment) != first
    rosa = report(trip, None, happened_at=moment, leader="Rosa")
    assert report(trip, None, happened_at=moment, leader="Rosa") == rosa
    assert report(trip, None, happened_at=moment, leader="Omar") != rosa
    at(monkeypatch, now + incidents.SAME_TAP + MINUTE)
    assert report(trip, ruth, happened_at=moment) != first
    assert code_of(lambda: report(trip, ruth, happened_at=timezone.now() + MINUTE)) == "in_the_future"
    assert code_of(lambda: report(trip, ruth, text="  ")) == "no_words"


def test_entries_are_kept_whole_with_who_wrote_them(trip, handler, monkeypatch):
    incident, now = report(trip, leader_of(trip)), timezone.now() + MINUTE
    at(monkeypatch, now)
    note = incidents.note(incident, " She is awake. ", at=now - MINUTE, for_leaders=True, by=handler)
    fixed = incidents.correct(note, "She was awake.", by=handler)
    raised = incidents.set_severity(incident, "severe", "She passed out.", by=handler)
    names = ("kind", "at", "written_at", "by", "by_name", "for_leaders", "severity", "corrects")
    rows = IncidentEntry.objects.exclude(kind="report").order_by("pk").values_list(*names)
    assert list(rows) == [
        ("note", now - MINUTE, now, handler.pk, "", True, "", None),
        ("correction", now, now, handler.pk, "", True, "", note.pk),
        ("severity", now, now, handler.pk, "", False, "severe", None),
    ]
    assert [each.said for each in (note, fixed, raised)] == [
        {"text": "She is awake."},
        {"text": "She was awake."},
        {"text": "She passed out."},
    ]
    for kind in ("note", "correction", "severity"):
        assert events(f"incident.{kind}", incident) == [(handler, {})]
    assert Incident.objects.get().severity == "severe"
    assert told(incidents.ALERT) == {handler.email: ("es", True, False, key_of(incident))}
    assert incidents.note(incident, "She is awake.", by=handler) == note  # a double tap
    assert incidents.note(incident, "She is awake.", at=now, by=UserFactory(coordinator=True)) != note
    assert code_of(lambda: incidents.note(incident, "x", at=now + MINUTE, by=handler)) == "in_the_future"
    assert code_of(lambda: incidents.note(incident, " ", by=handler)) == "no_words"
    assert code_of(lambda: incidents.set_severity(incident, "severe", "x", by=handler)) == "same"


def test_a_lower_severity_alarms_nobody(trip, handler):
    incident = report(trip, leader_of(trip))
    incidents.set_severity(incident, "minor", "A scratch.", by=handler)
    assert Incident.objects.get().severity == "minor" and not Message.objects.exists()


def test_a_follow_up_is_one_task_of_its_owner_and_finished_with_words(trip, handler, office):
    incident = report(trip, leader_of(trip))
    said = {"owner": handler, "due": in_days(2), "by": office}
    entry = incidents.follow_up(incident, "Call her mother.", **said)
    assert incidents.follow_up(incident, " Call her mother. ", **said) == entry
    row = task(incidents.FOLLOW_UP)
    assert row["key"].startswith(f"incident:{incident.code}:")
    assert row == task_of(
        row["key"],
        due_on=in_days(2),
        path=incident.get_absolute_url(),
        params=city_of(trip),
        source=key_of(incident),
        owner=handler,
        opened_by=office,
    )
    assert code_of(lambda: incidents.close(incident, "Over.", by=handler)) == "open_follow_ups"
    done = incidents.finish(entry, "She knows.", by=handler)
    assert (done.kind, done.task, done.said, done.by) == ("done", entry.task, {"text": "She knows."}, handler)
    entry.task.refresh_from_db()
    assert entry.task.done_by == handler
    closed = incidents.close(incident, "She is fine.", by=office)
    incident.refresh_from_db()
    assert (incident.closed_at, incident.closed_by, closed.kind) == (closed.written_at, office, "closed")
    for late in (
        lambda: incidents.follow_up(incident, "More.", **said),
        lambda: incidents.finish(entry, "Again.", by=handler),
        lambda: incidents.set_severity(incident, "minor", "Less.", by=handler),
        lambda: incidents.close(incident, "Twice.", by=handler),
    ):
        assert code_of(late) == "closed"
    incidents.reopen(incident, "Fever again.", by=handler)
    incident.refresh_from_db()
    assert (incident.closed_at, incident.closed_by) == (None, None)
    assert code_of(lambda: incidents.reopen(incident, "Twice.", by=handler)) == "not_closed"
    assert events("incident.closed", incident) == [(office, {})]
    assert events("incident.reopened", incident) == [(handler, {})]


def test_each_look_is_listed_once_in_a_quarter_of_an_hour(trip, handler, office, monkeypatch):
    incident, now = report(trip, leader_of(trip)), timezone.now()
    for passed, person in ((0, handler), (1, office), (14, handler), (15, handler), (32, handler)):
        at(monkeypatch, now + passed * MINUTE)
        incidents.look(incident, by=person)
    assert [each.by for each in incidents.looks_at(incident)] == [handler, office, handler]


def test_an_export_says_who_took_it_out_and_in_which_language(trip, handler):
    incident = report(trip, leader_of(trip))
    made = incidents.export(incident, "es", by=handler)
    made.refresh_from_db()
    assert (made.incident, made.language, made.by) == (incident, "es", handler)
    assert events("incident.export", incident) == [(handler, {"language": "es"})]


def test_a_timeline_says_of_a_follow_up_what_was_so_when_it_was_exported(trip, handler):
    incident = report(trip, leader_of(trip))
    entry = incidents.follow_up(incident, "Call her.", owner=handler, due=in_days(1), by=handler)
    made = incidents.export(incident, "en", by=handler)
    before = documents.incident_timeline(made)
    incidents.finish(entry, "She knows.", by=handler)
    assert documents.incident_timeline(made) == before
    assert documents.incident_timeline(incidents.export(incident, "en", by=handler)) != before


def test_who_is_named_or_taken_off_is_written_down_and_the_others_are_told(office, handler):
    new = UserFactory(coordinator=True, full_name="Nora New", language="en")
    row = incidents.name_handler(new, by=office)
    assert incidents.name_handler(new, by=handler) == row
    assert (row.user, row.named_by, row.ended_at) == (new, office, None)
    assert events("incident.name_handler", row) == [(office, {})]
    assert told(incidents.NAMED) == {
        new.email: ("en", False, False, ""),
        handler.email: ("es", False, False, ""),
    }
    assert all("Nora" in each.body and "Dana Office" in each.body for each in Message.objects.all())
    for by in (office, handler):
        incidents.end_handler(row, by=by)
    row.refresh_from_db()
    assert row.ended_by == office and row.ended_at
    assert events("incident.end_handler", row) == [(office, {})]
    inactive = UserFactory(coordinator=True, is_active=False)
    assert code_of(lambda: incidents.name_handler(inactive, by=office)) == "not_staff"


def test_an_incident_is_deleted_after_its_days_unless_somebody_in_it_is_held(trip, handler, monkeypatch):
    ana = traveler(trip)
    incident = report(trip, leader_of(trip), placements=[ana])
    incidents.close(incident, "Over.", by=handler)
    closed_at = Incident.objects.get().closed_at
    at(monkeypatch, closed_at + 5 * DAY)
    assert incidents.forget(days=5) == 0
    at(monkeypatch, closed_at + 5 * DAY + MINUTE)
    LegalHold.objects.create(student=ana.application.student, reason="A claim.", placed_by=handler)
    assert incidents.forget(days=5) == 0
    LegalHold.objects.update(lifted_at=timezone.now(), lifted_by=handler)
    assert incidents.forget(days=5) == 1 and not Incident.objects.exists()


# --- Lines -------------------------------------------------------------------------------------------


@pytest.fixture
def going():
    return PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))


def test_a_line_is_kept_whole_through_its_changes(going, monkeypatch):
    student, now = going.application.student, timezone.now()
    row = lines.write(going, in_days(-1), " Soup. ", device="a1b2c3d4", version=2, by=student)
    assert (row.placement, row.on, row.device, row.version, row.said) == (
        *(going, in_days(-1), "a1b2c3d4", 2, {"text": "Soup."}),
    )
    at(monkeypatch, now + MINUTE)
    assert lines.write(going, in_days(-1), "Same version.", device="a1b2c3d4", version=2).text == "Soup."
    lines.write(going, in_days(-1), "Noodles.", device="a1b2c3d4", version=3)
    row.refresh_from_db()
    assert (row.version, row.said, row.written_at) == (3, {"text": "Noodles."}, now + MINUTE)

    at(monkeypatch, now + 2 * MINUTE)
    for text in ("Noodles.", "Noodle soup."):
        changed = lines.change(row, text, by=student)
    row.refresh_from_db()
    assert (row.said, row.device, row.written_at) == (
        *({"text": "Noodle soup."}, f"account{row.code.lower()}", now + 2 * MINUTE),
    )
    assert changed == row and lines.of(going, student) == [row]
    for _twice in range(2):
        lines.remove(row, by=student)
    row.refresh_from_db()
    assert row.said == {"text": ""} and lines.of(going, student) == []
    for name in ("write", "change", "remove"):
        assert events(f"trip_line.{name}", row) == [(student, {})]


def test_a_line_without_a_phones_name_is_one_of_its_own(going):
    for device in ("", "short", "UPPERCASE1"):
        lines.write(going, in_days(-1), "Soup.", device=device)
    rows = TripLine.objects.filter(placement=going)
    assert len({row.device for row in rows}) == 3 and {len(row.device) for row in rows} == {24}


def test_a_line_is_refused_with_its_reason_and_how_much_is_too_long(going):
    lines.write(going, in_days(-1), "x" * LINE_MAX)
    assert code_of(lambda: lines.write(going, in_days(-1), "")) == "empty"
    assert code_of(lambda: lines.write(going, in_days(-5), "Soup.")) == "other_day"
    for over, words in ((1, "1 character too long"), (2, "2 characters too long")):
        with pytest.raises(RuleViolation, match=words) as refused:
            lines.write(going, in_days(-1), "x" * (LINE_MAX + over))
        assert refused.value.code == "too_long"
    assert TripLine.objects.count() == 1


def test_lines_have_the_days_of_the_trip_that_have_begun_anywhere(going):
    trip = going.trip
    assert lines.days_of(going) in ([in_days(number) for number in range(-4, last)] for last in (1, 2))
    end = dt.datetime.combine(trip.home_on + 9 * DAY, dt.time(12), dt.UTC)
    assert lines.days_of(going, end)[-1] == trip.home_on
    evening = dt.datetime.combine(trip.leaves_on, dt.time(9, 59), dt.UTC)
    assert lines.days_of(going, evening) == [trip.leaves_on]
    assert lines.days_of(going, evening + MINUTE) == [trip.leaves_on, trip.leaves_on + DAY]


def test_lines_under_a_hold_stay():
    placement = PlacementFactory(returned=True)
    lines.write(placement, placement.trip.leaves_on, "Soup.")
    LegalHold.objects.create(
        student=placement.application.student, reason="A claim.", placed_by=UserFactory(coordinator=True)
    )
    assert lines.forget(days=1) == 0 and TripLine.objects.count() == 1


# --- The words of tasks ------------------------------------------------------------------------------


def test_every_task_from_abroad_has_words(monkeypatch):
    registered = office_tasks.kinds()
    monkeypatch.setattr(office_tasks, "_words", {})
    task_words.register_all()
    found = office_tasks.kinds()
    kinds = ("help_asked", "leader_asked", "incident_read", "incident_follow_up", "break_glass_review")
    assert sorted(found) == sorted(f"travel.{each}" for each in kinds)
    assert all((str(each.title), str(each.text)) == _said(registered[kind]) for kind, each in found.items())


def _said(words):
    return str(words.title), str(words.text)
