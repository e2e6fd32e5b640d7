from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.base.eligibility import InvalidRule, Operator, Result, Rule, RuleResult, evaluate, overall

VALUES = {
    Operator.AT_LEAST: 6,
    Operator.AT_MOST: Decimal("60.5"),
    Operator.EQUALS: "enrolled",
    Operator.IS_TRUE: None,
    Operator.IS_ONE_OF: ["first", "second"],
    Operator.AGE_ON_AT_LEAST: {"years": 18, "on": "2027-06-09"},
}


def rule(operator, value=None, on_miss="does_not_meet"):
    return Rule(key="r", question="q", operator=operator, value=value, on_miss=on_miss)


def result(operator, value, answer, on_miss="does_not_meet"):
    (found,) = evaluate([rule(operator, value, on_miss)], {"q": answer})
    return found.result.value


@pytest.mark.parametrize(
    ("operator", "value", "answer", "expected"),
    [
        ("at_least", 6, 6, "meets"),
        ("at_least", 6, "6.0", "meets"),
        ("at_least", 6, " 5.99 ", "does_not_meet"),
        ("at_least", "2.1", 2.1, "meets"),
        ("at_least", 6, True, "ask_an_advisor"),
        ("at_least", 6, "about six", "ask_an_advisor"),
        ("at_least", 6, float("nan"), "ask_an_advisor"),
        ("at_least", 6, "sNaN", "ask_an_advisor"),
        ("at_least", 6, "Infinity", "ask_an_advisor"),
        ("at_least", 6, "1_2", "ask_an_advisor"),
        ("at_least", 6, "１２", "ask_an_advisor"),
        ("at_least", 6, "1e3", "ask_an_advisor"),
        ("at_least", 6, "12,5", "ask_an_advisor"),
        ("at_least", 6, "+12.", "meets"),
        ("at_least", 0, ".5", "meets"),
        ("at_most", 60, 60, "meets"),
        ("at_most", 60, 61, "does_not_meet"),
        ("at_most", 60, [60], "ask_an_advisor"),
        ("equals", "enrolled", " Enrolled ", "meets"),
        ("equals", "enrolled", "left", "does_not_meet"),
        ("equals", 3, "3", "meets"),
        ("equals", False, "no", "meets"),
        ("equals", False, True, "does_not_meet"),
        ("equals", "enrolled", {"a": 1}, "ask_an_advisor"),
        ("is_true", None, True, "meets"),
        ("is_true", None, "yes", "meets"),
        ("is_true", None, False, "does_not_meet"),
        ("is_true", None, "maybe", "ask_an_advisor"),
        ("is_true", None, 1, "ask_an_advisor"),
        ("is_one_of", ["north", "south"], "South", "meets"),
        ("is_one_of", ["north", "south"], "east", "does_not_meet"),
        ("is_one_of", [1, 2], "two", "ask_an_advisor"),
        ("is_one_of", ["north", 2], 2, "meets"),
        ("is_one_of", ["north", "south"], ["north"], "ask_an_advisor"),
    ],
)
def test_each_operator(operator, value, answer, expected):
    assert result(operator, value, answer) == expected


def test_a_number_too_long_to_print_is_still_only_an_odd_answer():
    assert result("equals", "3", 10**5000) == "ask_an_advisor"
    assert result("at_least", 3, 10**5000) == "meets"


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2009-06-09", "meets"),
        ("2009-06-10", "does_not_meet"),
        (date(2009, 6, 9), "meets"),
        (datetime(2009, 6, 10, 12, 0, tzinfo=UTC), "does_not_meet"),
        ("2028-01-01", "ask_an_advisor"),
        ("06/09/2009", "ask_an_advisor"),
        ("2009-02-30", "ask_an_advisor"),
        (2009, "ask_an_advisor"),
    ],
)
def test_age_counts_whole_years_on_the_day_named(born, expected):
    assert result("age_on_at_least", {"years": 18, "on": "2027-06-09"}, born) == expected


@pytest.mark.parametrize(("on", "expected"), [("2026-02-28", "does_not_meet"), ("2026-03-01", "meets")])
def test_a_leap_day_birthday_is_reached_on_the_first_of_march(on, expected):
    assert result("age_on_at_least", {"years": 18, "on": on}, "2008-02-29") == expected


@pytest.mark.parametrize("operator", list(Operator))
@pytest.mark.parametrize("answers", [{}, {"q": None}, {"q": ""}, {"q": "   "}])
@pytest.mark.parametrize("on_miss", ["does_not_meet", "ask_an_advisor"])
def test_a_missing_answer_goes_to_an_advisor(operator, answers, on_miss):
    (found,) = evaluate([rule(operator, VALUES[operator], on_miss)], answers)
    assert found.result is Result.ASK_AN_ADVISOR
    assert found.given == answers.get("q")


@pytest.mark.parametrize(
    ("operator", "miss"),
    [
        ("at_least", 1),
        ("at_most", 99),
        ("equals", "left"),
        ("is_true", False),
        ("is_one_of", "third"),
        ("age_on_at_least", "2020-01-01"),
    ],
)
def test_a_miss_gives_what_the_rule_says(operator, miss):
    assert result(operator, VALUES[operator], miss, "does_not_meet") == "does_not_meet"
    assert result(operator, VALUES[operator], miss, "ask_an_advisor") == "ask_an_advisor"


def test_results_keep_the_order_of_the_rules_and_the_answer_given():
    rules = [
        Rule("units", "units", "at_least", 6, "does_not_meet"),
        Rule("standing", "standing", "is_true", None, "ask_an_advisor"),
    ]
    assert evaluate(rules, {"standing": True, "units": 3}) == (
        RuleResult(rules[0], Result.DOES_NOT_MEET, 3),
        RuleResult(rules[1], Result.MEETS, True),
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], Result.MEETS),
        ([Result.MEETS, Result.MEETS], Result.MEETS),
        ([Result.MEETS, Result.ASK_AN_ADVISOR], Result.ASK_AN_ADVISOR),
        ([Result.ASK_AN_ADVISOR, Result.DOES_NOT_MEET, Result.MEETS], Result.DOES_NOT_MEET),
    ],
)
def test_overall_is_the_most_serious_result(found, expected):
    assert overall(RuleResult(rule("is_true"), each, None) for each in found) is expected


@pytest.mark.parametrize(
    ("operator", "value", "on_miss"),
    [
        ("more_than", 6, "does_not_meet"),
        ("is_true", None, "meets"),
        ("is_true", None, "reject"),
        ("at_least", "six", "does_not_meet"),
        ("equals", None, "does_not_meet"),
        ("is_one_of", [], "does_not_meet"),
        ("is_one_of", "north", "does_not_meet"),
        ("is_one_of", [None], "does_not_meet"),
        ("age_on_at_least", {"years": 18}, "does_not_meet"),
        ("age_on_at_least", 18, "does_not_meet"),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_built(operator, value, on_miss):
    with pytest.raises(InvalidRule, match="Rule r"):
        rule(operator, value, on_miss)


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.complex_numbers()
    | st.sampled_from(["9" * 5000, "1e999999999", "-0", object(), date.max]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(operator=st.sampled_from(list(Operator)), answer=odd)
def test_no_answer_makes_it_raise(operator, answer):
    (found,) = evaluate([rule(operator, VALUES[operator])], {"q": answer})
    assert found.result in list(Result)
    assert found.given is answer


@given(units=st.decimals(-(10**6), 10**6, places=3), floor=st.integers(-100, 100))
def test_at_least_and_at_most_agree_with_arithmetic(units, floor):
    assert (result("at_least", floor, f"{units:f}") == "meets") == (units >= floor)
    assert (result("at_most", floor, units) == "meets") == (units <= floor)


@given(operator=st.sampled_from(list(Operator)), on_miss=st.sampled_from(["does_not_meet", "ask_an_advisor"]))
def test_not_being_sure_is_never_a_miss(operator, on_miss):
    (found,) = evaluate([rule(operator, VALUES[operator], on_miss)], {"q": "not_sure"})
    assert (found.result, found.is_clear) == (Result.ASK_AN_ADVISOR, False)


@pytest.mark.parametrize(
    ("answer", "is_clear"), [(7, True), (5, True), ("a few", False), ("", False), (None, False), ("12 units", False)]
)
def test_an_exception_is_told_from_an_answer_that_says_nothing(answer, is_clear):
    (found,) = evaluate([rule("at_least", 6, "ask_an_advisor")], {"q": answer})
    assert found.is_clear is is_clear
