"""A drill with 24 travelers and 3 leaders: random silence, local numbers, Wi-Fi only, STOP, email that bounces.

Every traveler is followed through the real actions, minute by minute. Whoever stays silent must be on the call list
in time, whatever their ways; nobody is accounted for who said nothing; no text goes to a number that said STOP.
"""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, number_of, text_in, traveler, trip_away
from travel.abroad import accounting
from travel.abroad.actions import check_in as actions
from travel.models import CheckIn, CheckInPerson

pytestmark = pytest.mark.django_db
TRAVELERS, ENDS, EVERY = 24, 70, 5
# one answers; the other and a leader with an account stay silent
LEADERS = {"Omar Haddad": "+1 213 555 0191", "Rosa Lim": "+1 213 555 0192"}
CALL, FAMILY = 30, 60
SETUPS = (
    {},
    {"way": "same"},
    {"way": "local"},
    {"way": "data"},
    {"stopped": True},
    {"way": "data", "bounced": True},
    {"phone": False},
    {"mail": False},
)
WORDS = ("1", "2", "estoy bien", "ayuda", "STOP", "YES", "where are you")


def a_group(chance: int) -> list:
    """Each traveler's ways, and what they do: nothing, or a text or a tap so many minutes after the start."""
    draw = random.Random(chance)  # noqa: S311 -- guards nothing
    says = [draw.random() < 0.5 for _each in range(TRAVELERS)]
    answers = [(draw.choice(WORDS), draw.randint(1, ENDS)) if each else None for each in says]
    return [(draw.choice(SETUPS), answer) for answer in answers]


@dataclass
class Drill:
    check_in: CheckIn
    people: dict
    travelers: list

    def at(self, minutes):
        return self.check_in.started_at + dt.timedelta(minutes=minutes)

    def steps(self, placement):
        return {step.kind: step for step in self.people[placement.pk].steps.order_by("pk")}


def run(group) -> Drill:
    """Play one drill. Those whose text can't be sent from their phone (data only, no phone) tap the link instead."""
    trip = trip_away()
    leader_of(trip)
    for name, phone in LEADERS.items():
        ContactFactory(host=None, trip=trip, name=name, phone=phone)
    travelers = [traveler(trip, place + 1, **setup) for place, (setup, _answer) in enumerate(group)]
    check_in = actions.start(
        travelers,
        leaders=trip.leaders.all(),
        kind="real",
        why_en="A storm.",
        why_es="Una tormenta.",
        by=UserFactory(coordinator=True),
    )
    people = {row.placement_id: row for row in check_in.people.filter(leader=None)}
    text_in(LEADERS["Omar Haddad"].replace(" ", ""), "1")
    drill = Drill(check_in, people, travelers)
    for minute in range(0, ENDS + 1, EVERY):
        for placement, (setup, answer) in zip(travelers, group, strict=True):
            if answer and minute - EVERY < answer[1] <= minute:
                say(drill, placement, setup, *answer)
        actions.escalate(check_in.pk, drill.at(minute))
    return drill


def say(drill, placement, setup, words, minute):
    if setup.get("way") == "data" or setup.get("phone") is False:
        said = {"1": "safe", "estoy bien": "safe", "2": "help", "ayuda": "help"}.get(words)
        if said:
            actions.note(drill.people[placement.pk], accounting.Said(said), by_link=True)
        return
    text_in(number_of(placement), words, message_id=f"{placement.pk}")


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.mark.parametrize("chance", range(3))
def test_everyone_who_stays_silent_is_called_in_time_and_nobody_is_safe_by_silence(chance):
    group = a_group(chance)
    drill = run(group)

    for placement, (setup, answer) in zip(drill.travelers, group, strict=True):
        person = CheckInPerson.objects.get(pk=drill.people[placement.pk].pk)
        steps = drill.steps(placement)
        by_link = setup.get("way") == "data" or setup.get("phone") is False
        is_silent = answer is None or (by_link and answer[0] not in ("1", "2", "estoy bien", "ayuda"))
        if is_silent:
            assert person.state == "asked"
            assert steps["call"].at <= drill.at(CALL)
            assert steps["family"].at <= drill.at(FAMILY)
        if setup.get("stopped"):
            assert {"text", "text_again"}.isdisjoint(steps)
            if is_silent:
                assert steps["call"].at <= drill.at(1)
        if "stopped" in steps:
            assert steps["call"].at <= drill.at(answer[1] + EVERY)
        if person.state in accounting.ACCOUNTED:
            assert {"safe", "seen", "called_safe"} & set(steps)
        if answer and answer[0] in ("2", "ayuda"):
            assert person.state == "help"

    leaders = {row.leader_name: row for row in drill.check_in.people.filter(placement=None)}
    assert {name: row.state for name, row in leaders.items()} == {
        "Ruth Abebe": "asked",
        "Omar Haddad": "safe",
        "Rosa Lim": "asked",
    }
    for name in ("Ruth Abebe", "Rosa Lim"):
        steps = {step.kind: step for step in leaders[name].steps.all()}
        assert steps["call"].at <= drill.at(CALL) and steps["family"].at <= drill.at(FAMILY)

    tally = accounting.tally(drill.check_in.people.values_list("state", flat=True))
    assert tally.all == TRAVELERS + len(leaders)
    assert tally.accounted == drill.check_in.people.filter(state__in=["safe", "seen"]).count()
    asked = Message.objects.filter(template=actions.ASKS, batch__endswith=drill.check_in.code)
    most = Counter(asked.filter(channel="text").values_list("address", flat=True))
    assert max(most.values(), default=0) <= 2


def test_a_silent_group_is_found_by_named_people_until_all_are_accounted_for():
    drill = run([(SETUPS[place % len(SETUPS)], None) for place in range(TRAVELERS)])
    assert drill.check_in.people.filter(steps__kind="call").distinct().count() == TRAVELERS + 2  # leaders
    office = drill.check_in.started_by
    for person in drill.check_in.people.all():
        actions.note(person, accounting.Said.CALLED_SAFE, by=office)

    assert accounting.tally(drill.check_in.people.values_list("state", flat=True)).open == 0
    actions.close(drill.check_in, by=office)
    assert not CheckIn.objects.open().exists()
