"""The roll call: taps from forms and phones, two leaders at once, and what counts in a check-in."""

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import LeaderLinkFactory, PlacementFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from tests.travel.abroad.test_roster import entered
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.models import CheckInPerson, CheckInStep, RollCall, RollCallTap

pytestmark = pytest.mark.django_db
NOW = 1_780_000_000_000  # of a phone, in milliseconds


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


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


def test_leader_taps_one_missing_and_everyone_else_here_without_script(trip, sign_in):
    people = [traveler(trip, number) for number in (1, 2, 3)]
    leader = sign_in(leader_of(trip))
    assert "no one has tapped" in leader.get(page(trip)).text
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
    office = sign_in(UserFactory(coordinator=True)).get(trip.get_absolute_url()).text
    assert "1 on whom leaders disagree" in " ".join(office.split())

    answer = sent(ruth, trip, tap(trip, ben, "r3", over=["r2", "o2"]))
    assert marks(answer, trip)[ben.code] == "here"
    assert RollCallTap.objects.count() == 5


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
    assert state_of(ben) == "asked"
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
    assert CheckInStep.objects.get(kind="seen").who == "Rosa Lim"

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


def test_what_a_roll_call_said_is_taken_back_once_leaders_disagree(trip, sign_in):
    ana = traveler(trip, 1)
    started(ana)
    ruth, omar = (sign_in(leader_of(trip, name)) for name in ("Ruth Abebe", "Omar Diaz"))
    sent(ruth, trip, tap(trip, ana, "r"))
    assert state_of(ana) == "seen"
    sent(omar, trip, tap(trip, ana, "o", here=False))
    assert state_of(ana) == "asked"
    assert list(CheckInStep.objects.filter(kind="undone").values_list("undoes__kind", flat=True)) == ["seen"]
