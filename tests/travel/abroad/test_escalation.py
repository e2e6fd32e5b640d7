"""What happens next to somebody who hasn't answered a check-in, and when."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from travel.abroad.escalation import ORDER, Act, Night, Waits, Ways, next_step, plan

WAITS = Waits(text_again=10, email=20, call=30, family=60)
START = dt.datetime(2027, 6, 16, 7, 0, tzinfo=dt.UTC)  # 14:00 in Hanoi
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
acts = st.frozensets(st.sampled_from([Act.TEXT, Act.TEXT_AGAIN, Act.EMAIL]))
every_way = st.builds(Ways, text=st.booleans(), email=st.booleans(), stopped=st.booleans(), failed=acts)


def minutes(ways):
    return {act: int(wait.total_seconds() // 60) for act, wait in plan(ways, WAITS).items()}


def everything(ways, *, night=None, started=START):
    """Each step with its time, if somebody never answers and each is done on time."""
    done = {}
    while step := next_step(started, ways, WAITS, done, night=night):
        done[step.act] = step.at
    return done


def test_with_a_phone_and_email():
    assert minutes(Ways(text=True, email=True)) == {"text": 0, "text_again": 10, "email": 20, "call": 30, "family": 60}


def test_with_data_only_the_email_comes_first():
    assert minutes(Ways(text=False, email=True)) == {"email": 0, "call": 30, "family": 60}


def test_after_a_stop_somebody_calls_at_once_and_no_text_goes():
    assert minutes(Ways(text=True, email=True, stopped=True)) == {"email": 0, "call": 0, "family": 30}


def test_without_any_way_somebody_calls_at_once():
    assert minutes(Ways(text=False, email=False)) == {"call": 0, "family": 30}


def test_a_text_that_never_arrived_brings_the_email_now():
    assert minutes(Ways(text=True, email=True, failed=frozenset({Act.TEXT})))["email"] == 0
    assert minutes(Ways(text=True, email=False, failed=frozenset({Act.TEXT})))["call"] == 0


def test_a_call_without_an_answer_brings_the_family_contact_now():
    done = {Act.TEXT: START, Act.TEXT_AGAIN: START, Act.EMAIL: START, Act.CALL: START}
    step = next_step(START, Ways(True, True), WAITS, done, was_called=True)
    assert (step.act, step.at) == (Act.FAMILY, START)


def test_a_drill_leaves_people_alone_at_night_where_they_are():
    night = Night(21, 8, HANOI)
    late = dt.datetime(2027, 6, 16, 13, 55, tzinfo=dt.UTC)  # 20:55 in Hanoi
    steps = everything(Ways(True, True), night=night, started=late)
    assert [at.astimezone(HANOI).strftime("%d %H:%M") for at in steps.values()] == [
        *("16 20:55", "17 08:00", "17 08:00", "17 08:00", "17 08:00"),
    ]
    assert everything(Ways(True, True), started=late)[Act.TEXT_AGAIN] == late + dt.timedelta(minutes=10)


@given(every_way)
def test_everybody_who_stays_silent_is_called_and_then_their_family_in_order_and_in_time(ways):
    steps = everything(ways)
    assert list(steps)[-2:] == [Act.CALL, Act.FAMILY]
    assert [act for act in ORDER if act in steps] == list(steps)
    assert list(steps.values()) == sorted(steps.values())
    assert steps[Act.CALL] <= START + dt.timedelta(minutes=WAITS.call)
    assert steps[Act.FAMILY] <= START + dt.timedelta(minutes=WAITS.family)


@given(every_way)
def test_no_text_goes_where_none_may(ways):
    if ways.stopped or not ways.text:
        assert not {Act.TEXT, Act.TEXT_AGAIN} & set(plan(ways, WAITS))
    if ways.stopped:
        assert plan(ways, WAITS)[Act.CALL] == dt.timedelta(0)


@given(every_way, st.integers(0, 365 * 24 * 60).map(lambda passed: START + dt.timedelta(minutes=passed)))
def test_a_drill_does_nothing_in_the_night(ways, started):
    for zone in (HANOI, ZoneInfo("America/Bahia"), ZoneInfo("Europe/Paris")):
        for at in everything(ways, night=Night(21, 8, zone), started=started).values():
            assert 8 <= at.astimezone(zone).hour < 21
