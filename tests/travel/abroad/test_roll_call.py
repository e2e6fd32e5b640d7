"""The roll call: taps from forms and phones, two leaders at once, and what counts in a check-in."""

import datetime as dt
import html
import json
import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base.codes import key_of
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import LeaderLinkFactory, PlacementFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, number_of, text_in, traveler, trip_away
from tests.travel.abroad.test_roster import entered
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import roll_call as roll_calls
from travel.models import CheckInPerson, CheckInStep, RollCall, RollCallTap, Trip
from travel.office.home.office_work import addressed_to
from travel.outcomes.trips import abroad, trips_seen

pytestmark = pytest.mark.django_db
NOW = 1_780_000_000_000  # of a phone, in milliseconds


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def at(trip):
    """Makes it so late of tomorrow where the group is; returns the day as pages write it."""
    day = timezone.localdate(timezone=trip.city.zone) + dt.timedelta(days=1)

    def moved(hour, minute):
        moment = dt.datetime.combine(day, dt.time(hour, minute), trip.city.zone)
        clocks.enter_context(time_machine.travel(moment, tick=False))
        return f"{day:%a, %b} {day.day}"

    with ExitStack() as clocks:
        yield moved


def page(trip, name="roll-call", key=""):
    return reverse(f"travel:{name}", args=[key or trip.code])


def today(trip):
    return timezone.localdate(timezone=trip.city.zone)


def tap(trip, placement, key, *, here=True, ago=0, over=(), number=1):
    said = {"key": key, "traveler": placement.code, "here": here, "number": number, "over": list(over)}
    return said | {"on": today(trip).isoformat(), "at": NOW - ago * 1000}


def sent(client, trip, *taps, key=""):
    body = json.dumps({"now": NOW, "taps": taps})
    return client.post(page(trip, "roll-call-taps", key), body, content_type="application/json")


def marks(answer, trip, number="1"):
    found = answer.json()["days"][today(trip).isoformat()][number]
    return {code: each["mark"] for code, each in found.items()}


def started(*placements, kind="real"):
    words = {"why_en": "An earthquake.", "why_es": "Un temblor."}
    return check_ins.start(placements, kind=kind, by=UserFactory(coordinator=True), **words)


def state_of(placement):
    return CheckInPerson.objects.get(placement=placement).state


def one_tap(placement, *, is_here=True, number=1, over=""):
    """`over`: "here" or "missing", for the earlier tap about them that it answers."""
    key = f"{placement.code}-{'here' if is_here else 'missing'}"
    answered = frozenset({f"{placement.code}-{over}"} if over else ())
    return roll_calls.Sent(key, placement.code, is_here, today(placement.trip), number, dt.timedelta(), answered)


def words(answer):
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_leader_taps_one_missing_and_everyone_else_here_without_script(trip, sign_in):
    people = [traveler(trip, number) for number in (1, 2, 3)]
    leader = sign_in(leader_of(trip))
    assert "not tapped yet" in leader.get(page(trip)).text
    leader.post(page(trip), {"missing": people[0].code})
    leader.post(page(trip), {"rest": "1"})
    text = " ".join(leader.get(page(trip)).text.split())
    assert "2 of 3 here" in text and "Ruth Abebe" in text
    call = RollCall.objects.get()
    assert (call.on, call.number, call.here, call.missing) == (today(trip), 1, 2, 1)

    answer = leader.post(page(trip), {"new": "1"}, follow=True)
    assert "0 of 3 here" in " ".join(answer.text.split())


def test_two_leaders_without_a_signal_agree_and_disagreement_is_shown(trip, sign_in):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    ruth, omar = (sign_in(leader_of(trip, name)) for name in ("Ruth Abebe", "Omar Diaz"))
    sent(ruth, trip, tap(trip, ana, "r1", ago=300), tap(trip, ben, "r2", ago=290))
    answer = sent(omar, trip, tap(trip, ana, "o1", ago=200), tap(trip, ben, "o2", here=False, ago=190))

    assert marks(answer, trip) == {ana.code: "here", ben.code: "conflict"}
    text = " ".join(ruth.get(page(trip)).text.split())
    assert "leaders disagree" in text and "Omar Diaz" in text
    office = sign_in(UserFactory(coordinator=True)).get(reverse("travel:trip-abroad", args=[trip.code])).text
    assert "1 on whom leaders disagree" in " ".join(office.split())

    answer = sent(ruth, trip, tap(trip, ben, "r3", over=["r2", "o2"]))
    assert marks(answer, trip)[ben.code] == "here"
    assert RollCallTap.objects.count() == 5


def test_two_of_one_name_are_two(trip, sign_in):
    """Otherwise the later of two leaders called Ruth Kim would take back what the other one saw."""
    someone = traveler(trip, 1)
    asked = started(someone).people.get()
    for number, here in enumerate((False, True)):
        ruth = UserFactory(coordinator=True, full_name="Ruth Kim")
        sent(sign_in(ruth), trip, tap(trip, someone, f"tap-{number}", here=here))
    assert RollCall.objects.get().conflicts == 1
    asked.refresh_from_db()
    assert asked.state == "disputed"


def test_a_tap_that_arrives_twice_is_one(trip, sign_in):
    ana = traveler(trip, 1)
    leader = sign_in(leader_of(trip))
    for _twice in range(2):
        sent(leader, trip, tap(trip, ana, "a", ago=60))
    assert RollCallTap.objects.count() == 1 and RollCall.objects.get().here == 1
    assert Event.objects.filter(action="roll_call.take").count() == 1


def test_times_are_of_the_portals_clock_and_what_is_answered_was_before(trip, sign_in):
    ana, leader = traveler(trip, 1), sign_in(leader_of(trip))
    sent(leader, trip, tap(trip, ana, "late", ago=-900))  # a phone whose clock jumped
    sent(leader, trip, tap(trip, ana, "old", here=False, ago=7200))
    late, old = (RollCallTap.objects.get(key=key) for key in ("late", "old"))
    assert late.at <= timezone.now()
    assert dt.timedelta(hours=2) - (timezone.now() - old.at) < dt.timedelta(minutes=1)
    answer = sent(leader, trip, tap(trip, ana, "new", here=False, ago=8000, over=["late"]))
    assert marks(answer, trip)[ana.code] == "missing"


def test_what_a_former_leader_tapped_is_not_sent_by_the_next_one_on_that_phone(trip, sign_in):
    """It would read "seen by" somebody who never saw them."""
    placement = traveler(trip)
    started(placement)
    former, leader = leader_of(trip), leader_of(trip, name="Ali Said")
    queue = tap(trip, placement, "k1") | {"leader": former.code}

    assert sent(sign_in(leader), trip, queue).status_code == 200
    assert not RollCallTap.objects.exists() and state_of(placement) == "asked"

    trip.leaders.filter(user=former).delete()
    assert sent(sign_in(former), trip, queue).status_code == 404
    assert not RollCallTap.objects.exists()


def test_strange_taps_are_left_out(trip, sign_in):
    ana, elsewhere = traveler(trip, 1), PlacementFactory()
    leader = sign_in(leader_of(trip))
    strange = [
        tap(trip, elsewhere, "a"),
        tap(trip, ana, "b", number=0),
        tap(trip, ana, "c") | {"on": "2020-01-01"},
        tap(trip, ana, ""),
        tap(trip, ana, "e", ago=60 * 60 * 24 * 30),
    ]
    assert sent(leader, trip, *strange).status_code == 200
    assert not RollCallTap.objects.exists()
    for body in ("", "[]", '{"now": 1}', '{"now": 1, "taps": [{}]}', '{"now": "x", "taps": []}'):
        answer = leader.post(page(trip, "roll-call-taps"), body, content_type="application/json")
        assert answer.status_code == 400


def test_who_is_here_was_seen_by_a_named_person_in_an_open_check_in(trip, sign_in):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    started(ana, ben)
    account = leader_of(trip)
    sent(sign_in(account), trip, tap(trip, ana, "a"), tap(trip, ben, "b", here=False))
    person = CheckInPerson.objects.get(placement=ana)
    assert (person.state, person.said_by) == ("seen", account)
    assert state_of(ben) == "missing"
    board = sign_in(UserFactory(coordinator=True)).get(person.check_in.get_absolute_url()).text
    assert "in the roll call" in board and "1 of 2 isn’t accounted for" in " ".join(board.split())


def test_a_leader_without_an_account_is_named_too(trip):
    ana, link = traveler(trip, 1), LeaderLinkFactory(trip=trip)
    check_in = started(ana)
    phone = entered(link)
    assert "A check-in is open." in phone.get(page(trip, "roster", link.link)).text
    sent(phone, trip, tap(trip, ana, "a"), key=link.link)
    person = CheckInPerson.objects.get()
    assert (person.state, person.said_by, person.seen_by) == ("seen", None, "Rosa Lim")

    board = reverse("travel:roster-check-in", args=[link.link, check_in.code])
    note = reverse("travel:roster-check-in-note", args=[link.link, person.code])
    assert note in phone.get(board).text
    phone.post(note, {"said": "called_help"})
    assert state_of(ana) == "help"
    phone.post(note, {"said": "undo"})
    assert state_of(ana) == "seen"


def test_a_link_opens_only_its_own_trips_board(trip):
    check_in = started(traveler(trip, 1))
    link = LeaderLinkFactory(trip=trip_away())
    phone = entered(link)
    assert phone.get(reverse("travel:roster-check-in", args=[link.link, check_in.code])).status_code == 404
    person = CheckInPerson.objects.get()
    note = reverse("travel:roster-check-in-note", args=[link.link, person.code])
    assert phone.post(note, {"said": "seen"}).status_code == 404


def test_taps_from_before_a_check_in_count_for_nothing_in_it(trip, sign_in):
    ana = traveler(trip, 1)
    started(ana)
    sent(sign_in(leader_of(trip)), trip, tap(trip, ana, "a", ago=600))
    assert state_of(ana) == "asked"


def test_a_roll_call_ends_no_call_for_help(trip, sign_in):
    ana = traveler(trip, 1)
    started(ana)
    check_ins.note(CheckInPerson.objects.get(), Said.HELP)
    sent(sign_in(leader_of(trip)), trip, tap(trip, ana, "a"))
    assert state_of(ana) == "help"


def test_a_drill_with_two_leaders_one_disputed_and_one_silent_closes_only_once_both_are_found(trip, sign_in, at):
    """Ana answered at 7:28. At 9:01 one leader taps "here" for her and another "not here"; Ben never answers."""
    at(7, 20)
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    check_in = started(ana, ben)
    at(7, 28)
    text_in(number_of(ana), "1")
    day = at(9, 1)
    ruth, omar = (sign_in(leader_of(trip, name)) for name in ("Ruth Abebe", "Omar Diaz"))
    sent(ruth, trip, tap(trip, ana, "r"))
    assert state_of(ana) == "seen"
    at(9, 2)
    sent(omar, trip, tap(trip, ana, "o", here=False))

    office = sign_in(UserFactory(coordinator=True))
    board = words(office.get(check_in.get_absolute_url()))
    assert "2 of 2 aren’t accounted for" in board and "Close the check-in" not in board
    disagree = f"In the roll call: Ruth Abebe: here, {day}, 9:01 am; Omar Diaz: not here, {day}, 9:02 am"
    answered = f"old us by text that they’re safe, {day}, 7:28 am"
    assert disagree in board and f"T{answered}" in board
    roll = words(ruth.get(page(trip)))
    assert "To find first: Traveler 001" in roll and f"T{answered}" in roll
    assert ruth.get(page(trip, "roll-call-taps")).json()["also"] == {ana.code: f"T{answered}"}
    assert addressed_to(check_in.started_by)["check_ins"] == 2
    assert not abroad(trips_seen()).all_found

    text_in(number_of(ana), "1", message_id="again")
    assert state_of(ana) == "disputed"  # a text is no proof of where she is
    sent(omar, trip, tap(trip, ana, "o2", over=("r", "o")))
    check_ins.note(check_in.people.get(placement=ben), Said.CALLED_SAFE, by=check_in.started_by)
    assert "Close the check-in" in office.get(check_in.get_absolute_url()).text
    check_ins.close(check_in, by=check_in.started_by)
    assert check_in.people.exclude(state="seen").count() == 0


def test_a_text_keeps_the_time_at_which_it_was_sent(trip, at):
    ana = traveler(trip, 1)
    at(7, 20)
    check_in = started(ana)
    sent_at = timezone.now() + dt.timedelta(minutes=8)
    at(9, 1)
    text_in(number_of(ana), "1", sent_at=sent_at)
    assert check_in.people.get().state_at == sent_at
    text_in(number_of(ana), "help", sent_at=sent_at)
    assert check_in.people.get().state_at == timezone.now()  # a call for help counts from when we know


def test_who_is_not_there_is_looked_for_at_once_and_not_asked_once_more(trip):
    ana = traveler(trip, 1)
    check_in = started(ana)
    roll_calls.take(trip, [one_tap(ana, is_here=False)], by=None, name="Ruth Abebe")
    kinds = list(CheckInStep.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["text", "call"]
    looks = [" ".join(each.body.split()) for each in Message.objects.filter(template=check_ins.LOOKS, channel="email")]
    assert looks and all(f"{check_in.people.get().name}." in body for body in looks)
    assert all("Not there in the roll call:" in body or "Falta en el pase de lista:" in body for body in looks)
    check_ins.note(check_in.people.get(), Said.CALLED_NO_ANSWER, by=check_in.started_by)
    assert CheckInStep.objects.filter(kind="family").exists() and state_of(ana) == "missing"
    assert "Your leaders are looking for you" in words(
        Client().get(reverse("travel:check-in-answer", args=[check_in.people.get().link]))
    )


def test_a_tap_after_the_end_moves_nothing_in_the_check_in_and_is_seen_on_the_first_page(trip, sign_in):
    ana = traveler(trip, 1)
    check_in = started(ana)
    check_ins.note(check_in.people.get(), Said.SEEN, by=check_in.started_by)
    check_ins.close(check_in, by=check_in.started_by)
    office = sign_in(UserFactory(coordinator=True))
    roll_calls.take(trip, [one_tap(ana, is_here=False)], by=None, name="Ruth Abebe")
    assert state_of(ana) == "seen"
    assert addressed_to(check_in.started_by)["roll_calls"] == 1
    listed = words(office.get(reverse("travel:check-in-list")))
    assert "0 here, 1 not here, leaders disagree about 0" in listed
    assert not abroad(trips_seen()).all_found


@pytest.mark.parametrize("ends", ["found", "another roll call", "asked", "home"])
def test_a_roll_call_waits_until_they_are_found_or_asked_after(trip, ends):
    ana = traveler(trip, 1)
    roll_calls.take(trip, [one_tap(ana, is_here=False)], by=None, name="Ruth Abebe")
    assert RollCall.objects.unresolved().count() == 1
    if ends == "found":
        roll_calls.take(trip, [one_tap(ana, over="missing")], by=None, name="Ruth Abebe")
    elif ends == "another roll call":
        roll_calls.take(trip, [one_tap(ana, number=2)], by=None, name="Omar Diaz")
    elif ends == "asked":
        started(ana)
    else:
        Trip.objects.filter(pk=trip.pk).update(returned_at=timezone.now())
    assert not RollCall.objects.unresolved().exists()


def test_whom_the_roll_call_missed_before_is_looked_for_from_the_beginning_on(trip):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    roll_calls.take(trip, [one_tap(ana, is_here=False), one_tap(ben)], by=None, name="Ruth Abebe")
    started(ana, ben)
    assert (state_of(ana), state_of(ben)) == ("missing", "asked")
    text_in(number_of(ana), "1")
    assert state_of(ana) == "missing"
    roll_calls.take(trip, [one_tap(ana, over="missing")], by=None, name="Ruth Abebe")
    assert state_of(ana) == "seen"


@pytest.mark.parametrize("what", ["a drill", "somebody else", "a roll call without them"])
def test_who_is_missed_is_forgotten_by_nothing_that_is_not_about_them(trip, what):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    roll_calls.take(trip, [one_tap(ana, is_here=False)], by=None, name="Ruth Abebe")
    if what == "a drill":
        started(ana, kind="drill")
    elif what == "somebody else":
        check_in = started(ben)
        check_ins.note(check_in.people.get(), Said.SEEN, by=check_in.started_by)
        check_ins.close(check_in, by=check_in.started_by)
    else:
        roll_calls.take(trip, [one_tap(ben, number=2)], by=None, name="Ruth Abebe")
    assert RollCall.objects.unresolved().get().number == 1
    assert not abroad(trips_seen()).all_found


def test_a_phone_that_still_has_the_former_roll_call_finds_nobody_in_the_next_one(trip, sign_in):
    ana = traveler(trip, 1)
    started(ana)
    roll_calls.take(trip, [one_tap(ana, is_here=False, number=2)], by=None, name="Omar Diaz")
    roll_calls.take(trip, [one_tap(ana)], by=None, name="Ruth Abebe")
    assert state_of(ana) == "missing"


def test_many_leaders_with_long_names_are_kept_as_far_as_there_is_room(trip):
    ana = traveler(trip, 1)
    check_in = started(ana)
    for number in range(4):
        tapped = replace(one_tap(ana), key=str(number))
        roll_calls.take(trip, [tapped], by=None, name=f"María Guadalupe Hernández Rodríguez de la Cruz {number}")
    assert (state_of(ana), len(check_in.people.get().said_by_name)) == ("seen", 120)


def test_unclear_words_that_come_late_are_read_all_the_same(trip, at):
    ana = traveler(trip, 1)
    at(9, 0)
    check_in = started(ana)
    sent_at = timezone.now()
    at(9, 5)
    text_in(number_of(ana), "1")
    at(9, 20)
    text_in(number_of(ana), "I'm out, Maria is not with me", sent_at=sent_at)
    assert state_of(ana) == "unclear"
    assert Message.objects.filter(template=check_ins.LOOKS, batch=key_of(check_in)).exists()
