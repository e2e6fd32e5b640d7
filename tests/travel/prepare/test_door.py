"""The code at the door: good for its own period and the next, for one session, and for nobody who made it up."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from exchange.base import links
from travel.prepare.orientation import door
from travel.prepare.orientation.sessions import proposed_day

MOMENTS = st.integers(1_735_000_000, 2_200_000_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC))
SECONDS = st.integers(5, 3600)


@given(MOMENTS, SECONDS, st.data())
def test_a_code_is_taken_for_one_whole_period_and_refused_after_two(moment, seconds, data):
    code = door.code_at("ABCD2345", moment, seconds)
    fresh = data.draw(st.integers(0, seconds))
    old = data.draw(st.integers(2 * seconds, 10**7))
    assert door.session_of(code, moment + dt.timedelta(seconds=fresh), seconds) == "ABCD2345"
    assert door.session_of(code, moment + dt.timedelta(seconds=old), seconds) is None


@given(MOMENTS, SECONDS)
def test_a_photo_of_it_is_refused_the_next_day_and_a_code_of_tomorrow_today(moment, seconds):
    day = dt.timedelta(days=1)
    assert door.session_of(door.code_at("ABCD2345", moment, seconds), moment + day, seconds) is None
    assert door.session_of(door.code_at("ABCD2345", moment + day, seconds), moment, seconds) is None


@given(st.text(max_size=60))
def test_what_we_did_not_sign_opens_no_door(text):
    assert not door.is_ours(text)
    assert door.session_of(text, dt.datetime(2027, 3, 1, tzinfo=dt.UTC), 60) is None


def test_a_link_signed_for_something_else_opens_no_door():
    now = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    period = int(now.timestamp()) // 60
    assert door.session_of(links.sign("travel.abroad", f"ABCD2345-{period}"), now, 60) is None
    assert door.session_of(links.sign(door.PURPOSE, "ABCD2345-soon"), now, 60) is None
    assert door.session_of(links.sign(door.PURPOSE, str(period)), now, 60) is None


@given(st.dates(dt.date(2025, 1, 1), dt.date(2040, 1, 1)), st.integers(0, 400))
def test_a_second_session_is_on_the_same_weekday_and_leaves_time_to_plan(first, later):
    today = first + dt.timedelta(days=later)
    day = proposed_day(dt.datetime.combine(first, dt.time(10)), today)
    assert day.weekday() == first.weekday()
    assert day >= today + dt.timedelta(days=4)
    assert day < max(today + dt.timedelta(days=11), first + dt.timedelta(days=8))
