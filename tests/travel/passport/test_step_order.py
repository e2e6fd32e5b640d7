"""Steps that follow or wait for others: order, circles, dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.base.open_days import closed_days, never
from travel.passport.plan.step_order import circle, following, in_order, resolve
from travel.passport.plan.timeline import ItemDates

KEYS = "abcdefg"
some_needs = st.dictionaries(
    st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS + "xyz"), unique=True, max_size=3), max_size=7
)
some_day = st.dates(date(2026, 6, 1), date(2027, 8, 1))
LEAVES = date(2027, 6, 9)


def one_each(needs):
    return {key: others[:1] for key, others in needs.items()}


def test_worked_example():
    """Sign, three days later the payment, a week after that the receipt."""
    needs = {"receipt": ["pay"], "pay": ["sign"], "sign": []}
    days = {"pay": 3, "receipt": 7}
    fixed = {"sign": ItemDates(date(2027, 5, 3), date(2027, 5, 10))}

    def follow(key, anchor):
        return following(anchor, days[key], LEAVES, safe_days=5)

    planned = resolve(needs, fixed, {}, follow)
    assert planned["pay"] == (date(2027, 5, 6), date(2027, 5, 11))
    assert planned["receipt"] == (date(2027, 5, 13), date(2027, 5, 18))
    signed_late = resolve(needs, fixed, {"sign": date(2027, 5, 20)}, follow)
    assert signed_late["pay"].do_by == date(2027, 5, 23)
    assert signed_late["receipt"].do_by == date(2027, 5, 30)


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["a"]}, ["a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b"]),
        ({"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}, ["b", "d"]),
        ({"a": ["gone"]}, []),
    ],
)
def test_circles(needs, found):
    assert circle(needs) == found


@given(some_needs)
def test_a_circle_is_one_and_without_one_every_key_comes_after_what_it_needs(needs):
    found, order = circle(needs), in_order(needs)
    assert sorted(order) == sorted(needs)
    if found:
        assert all(after in needs[key] for key, after in zip(found, [*found[1:], found[0]], strict=True))
        return
    place = {key: number for number, key in enumerate(order)}
    assert all(place[other] < place[key] for key in needs for other in needs[key] if other in needs)


@given(some_needs)
def test_order_without_needs_between_them_stays_as_given(needs):
    assert in_order(dict.fromkeys(needs, ())) == list(needs)


@given(some_day, st.integers(0, 400), some_day, st.integers(0, 60), st.sampled_from([never, closed_days("CA")]))
def test_dates_that_follow_are_in_order_and_never_after_departure(anchor, days, leaves_on, safe_days, is_closed):
    do_by, last = following(anchor, days, leaves_on, safe_days, is_closed)
    assert do_by <= last <= leaves_on
    assert not is_closed(last)
    if anchor + timedelta(days=days) <= last:
        assert do_by == anchor + timedelta(days=days)


@given(some_needs, st.dictionaries(st.sampled_from(KEYS), some_day), st.dictionaries(st.sampled_from(KEYS), some_day))
def test_every_key_gets_dates_and_follows_the_day_it_was_done(needs, fixed_on, done):
    needs = one_each(needs)
    fixed = {key: ItemDates(day, day) for key, day in fixed_on.items() if key in needs}
    found = resolve(needs, fixed, done, lambda _key, anchor: ItemDates(anchor or LEAVES, LEAVES))
    assert found.keys() == needs.keys()
    for key, others in needs.items():
        if key in fixed:
            assert found[key] == fixed[key]
        elif others and others[0] in done:
            assert found[key].do_by == done[others[0]]
