"""tests/reaching.py: a property test whose examples don't reach what it asserts fails."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reaching import TIMES_MIN, counted, pytest_pyfunc_call, rarely


def a_property(number):
    """What it says isn't counted."""
    if number > 90:
        assert number
        return
    assert all(
        number < most
        for most in (91, 92)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("drawn", "missing"),
    [
        (range(100), []),
        (range(90), [3, 4]),
        ([*range(90), *[91] * (TIMES_MIN - 1)], [3, 4]),
        ([*range(90), *[91] * TIMES_MIN], []),
        ([91] * 100, [5]),
        ([], [2, 3, 4, 5]),
    ],
)
def test_each_statement_must_run_in_several_examples(drawn, missing):
    with counted(a_property.__code__) as times:
        for number in drawn:
            a_property(number)

    first = a_property.__code__.co_firstlineno
    assert sorted(line - first for line, number in times.items() if number < TIMES_MIN) == missing
    assert rarely(times).count("line") == len(missing)


def test_it_counts_again_for_the_next_test():
    for _turn in range(2):
        with counted(a_property.__code__) as times:
            a_property(1)
        assert times[a_property.__code__.co_firstlineno + 2] == 1


def run(test):
    """What the hook says of a test, as pytest calls it."""
    hook = pytest_pyfunc_call(SimpleNamespace(obj=test))
    next(hook)
    test()
    with pytest.raises(StopIteration) as ended:
        hook.send(True)
    return ended.value.value


def test_a_property_test_that_hardly_reaches_its_assertion_fails():
    @given(st.integers())
    def never(number):
        if str(number) == "x":
            assert number

    @given(st.integers(0, 9))
    def often(number):
        if number > 4:
            assert number

    with pytest.raises(pytest.fail.Exception, match="hardly reach"):
        run(never)
    assert run(often) is True
    assert run(lambda: None) is True  # no property
