"""What one promise adds up to, whatever is done with it: approved, listed, paid, taken back, canceled."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.prepare.money import promise as money
from travel.prepare.money.promise import NotPossible, Promise

STEPS = ("approve", "disapprove", "list", "unlist", "pay", "cancel", "restore")


def after(promise, lists, approvals, step, amount):
    """One step, or None if it isn't possible. `lists`: [cents, is paid]; `approvals`: cents."""
    if step == "approve":
        promise = money.approve(promise, amount)
        approvals.append(amount)
    elif step == "disapprove" and approvals:
        promise = money.disapprove(promise, approvals[-1])
        approvals.pop()
    elif step == "list":
        promise, cents = money.put_on_list(promise)
        lists.append([cents, False])
    elif step == "unlist" and lists and not lists[-1][1]:
        promise = money.take_off_list(promise, lists.pop()[0])
    elif step == "pay" and lists and not lists[-1][1]:
        lists[-1][1] = True
        promise = money.pay(promise, lists[-1][0])
    elif step == "cancel":
        promise, _cents = money.cancel(promise)
    elif step == "restore":
        promise = money.restore(promise)
    return promise


def walked(promised, is_stipend, steps):
    promise = Promise(promised, approved=promised if is_stipend else 0)
    lists, approvals = [], []
    yield promise
    for step, amount in steps:
        if is_stipend and step in ("approve", "disapprove"):
            continue
        try:
            promise = after(promise, lists, approvals, step, amount)
        except NotPossible:
            continue
        yield promise


WALKS = st.tuples(
    st.integers(1, 500),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 300)), max_size=25),
)


@given(WALKS)
def test_paid_open_and_canceled_are_always_what_was_promised(walk):
    for promise in walked(*walk):
        assert promise.promised == promise.paid + promise.open + promise.canceled
        assert min(promise.open, promise.free, promise.listed, promise.paid, promise.canceled, promise.payable) >= 0
        assert promise.paid + promise.listed <= promise.approved
        assert promise.paid + promise.listed + promise.canceled <= promise.promised


@given(st.lists(WALKS, max_size=5))
def test_totals_tie_out(walks):
    promises = [list(walked(*walk))[-1] for walk in walks]
    found = money.totals(promises)
    assert found.ties_out
    assert found.promised == sum(promise.promised for promise in promises)
    assert money.totals(promises[:2]) + money.totals(promises[2:]) == found


@given(WALKS)
def test_what_is_listed_is_paid_once(walk):
    for promise in walked(*walk):
        if promise.payable:
            listed, cents = money.put_on_list(promise)
            assert cents == promise.payable and listed.payable == 0
            with pytest.raises(NotPossible, match="nothing_open"):
                money.put_on_list(listed)


def test_a_refund_step_by_step():
    promise = money.approve(Promise(1700), 1499)
    assert (promise.payable, promise.room, promise.open) == (1499, 201, 1700)
    promise, canceled = money.cancel(promise, keep=promise.payable)
    assert (canceled, promise.open) == (201, 1499)
    promise, cents = money.put_on_list(promise)
    promise = money.pay(promise, cents)
    assert (promise.paid, promise.open, promise.canceled) == (1499, 0, 201)
    with pytest.raises(NotPossible, match="too_late"):
        money.disapprove(promise, 1499)


@pytest.mark.parametrize("cents", [-1, 0, 201, 1700])
def test_nothing_and_more_than_is_left_is_not_approved(cents):
    with pytest.raises(NotPossible, match="too_much"):
        money.approve(Promise(1700, approved=1500), cents)


@pytest.mark.parametrize("cents", [1, 200])
def test_a_cent_and_all_that_is_left_are_approved(cents):
    assert money.approve(Promise(1700, approved=1500), cents) == Promise(1700, approved=1500 + cents)


@given(st.integers(0, money.MOST))
def test_cents_and_dollars_are_the_same_amount(cents):
    assert money.cents_of(money.decimal(cents)) == cents


@pytest.mark.parametrize("amount", ["0.001", "-1", "100000.01"])
def test_what_is_no_amount_in_cents(amount):
    with pytest.raises(ValueError, match="no amount"):
        money.cents_of(Decimal(amount))


def test_when_to_expect_it():
    days = {"leaves_on": dt.date(2027, 3, 10), "returns_on": dt.date(2027, 3, 20)}
    assert money.expected_on("before_departure", 9, **days) == dt.date(2027, 3, 1)
    assert money.expected_on("after_return", 30, **days) == dt.date(2027, 4, 19)
    assert money.expected_on("after_receipt", 30, **days) is None
    assert money.expected_on("after_receipt", 30, **days, approved_on=dt.date(2027, 1, 1)) == dt.date(2027, 1, 31)
