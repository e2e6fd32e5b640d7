"""Eligibility rules of a cycle, applied to what one student answered. Pure Python: no database, no Django.

A rule is data (a row of the cycle), never a constant here. Each rule gives one of three results, and none
of them rejects anybody: ineligibility is a decision by a person, who sees these results and the rules' text.
Whatever cannot be read with certainty goes to an advisor.

Source: design, section 3 (three results) and domain reference 2.1 (age on the day of departure, as data).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

# as people write a number; Decimal alone would also read "1_2", "1e3" and digits of other scripts
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


NOT_SURE = "not_sure"  # the key of the answer "I'm not sure", which never counts as falling short


class Operator(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"
    IS_TRUE = "is_true"
    IS_ONE_OF = "is_one_of"
    AGE_ON_AT_LEAST = "age_on_at_least"


class Result(StrEnum):
    MEETS = "meets"
    DOES_NOT_MEET = "does_not_meet"
    ASK_AN_ADVISOR = "ask_an_advisor"


class InvalidRule(ValueError):
    """The rule's own data are invalid. Raised when it is built, so that a form can refuse it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a cycle.

    `question` is the key of the answer to evaluate. `value` is what the operator compares with: a number
    (at_least, at_most), a number, text or boolean (equals), a collection of those (is_one_of),
    ``{"years": 18, "on": "2027-06-09"}`` (age_on_at_least); is_true ignores it.
    `on_miss` is the result when the answer is clear and falls short: does_not_meet or ask_an_advisor.
    Raises InvalidRule.
    """

    key: str
    question: str
    operator: str
    value: object
    on_miss: str

    def __post_init__(self) -> None:
        if self.operator not in list(Operator):
            raise InvalidRule(f"Rule {self.key}: unknown operator {self.operator!r}.")
        if self.on_miss not in (Result.DOES_NOT_MEET, Result.ASK_AN_ADVISOR):
            raise InvalidRule(f"Rule {self.key}: on_miss cannot be {self.on_miss!r}.")
        if not _value_fits(Operator(self.operator), self.value):
            raise InvalidRule(f"Rule {self.key}: {self.operator} cannot use the value {self.value!r}.")


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The result of one rule. `given` is the unchanged answer, None if there is none.

    `is_clear`: the answer could be compared with the rule. An unclear one says nothing about the person: they may not
    have answered, may not be sure, or may have typed what cannot be read.
    """

    rule: Rule
    result: Result
    given: object
    is_clear: bool = True


def evaluate(rules: Iterable[Rule], answers: Mapping[str, object]) -> tuple[RuleResult, ...]:
    """Apply each rule to the answers, in the order of the rules.

    A missing, empty or unreadable answer gives ask_an_advisor, whatever `on_miss` says. Never raises on an
    odd answer.
    """
    return tuple(_evaluate_one(rule, answers.get(rule.question)) for rule in rules)


def overall(results: Iterable[RuleResult]) -> Result:
    """The result shown beside a name: does_not_meet before ask_an_advisor before meets (no rules: meets)."""
    found = {each.result for each in results}
    for result in (Result.DOES_NOT_MEET, Result.ASK_AN_ADVISOR):
        if result in found:
            return result
    return Result.MEETS


def _evaluate_one(rule: Rule, given: object) -> RuleResult:
    verdict = _holds(rule, given)
    if verdict is None:
        result = Result.ASK_AN_ADVISOR
    else:
        result = Result.MEETS if verdict else Result(rule.on_miss)
    return RuleResult(rule=rule, result=result, given=given, is_clear=verdict is not None)


def _holds(rule: Rule, given: object) -> bool | None:
    """True, False, or None when the answer cannot be used."""
    if given == NOT_SURE:
        return None
    match Operator(rule.operator):
        case Operator.AT_LEAST | Operator.AT_MOST:
            answer, bound = number_of(given), number_of(rule.value)
            if answer is None or bound is None:
                return None
            return answer >= bound if rule.operator == Operator.AT_LEAST else answer <= bound
        case Operator.EQUALS:
            return _same(given, rule.value)
        case Operator.IS_TRUE:
            return _yes_or_no(given)
        case Operator.IS_ONE_OF:
            return _is_one_of(given, rule.value)
        case Operator.AGE_ON_AT_LEAST:
            return _old_enough(given, rule.value)


def _is_one_of(given: object, choices: object) -> bool | None:
    if not isinstance(choices, Collection):
        return None
    verdicts = [_same(given, choice) for choice in choices]
    if True in verdicts:
        return True
    # "no" only when the answer could be compared with at least one choice
    return False if False in verdicts else None


def _same(given: object, wanted: object) -> bool | None:
    """Equal as booleans, as numbers or as text (case and outer spaces ignored), or None: not comparable."""
    if isinstance(wanted, bool):
        answer = _yes_or_no(given)
        return None if answer is None else answer is wanted
    if isinstance(wanted, str):
        text = _text(given)
        return None if text is None else text == _text(wanted)
    number, target = number_of(given), number_of(wanted)
    return None if number is None or target is None else number == target


def _old_enough(given: object, value: object) -> bool | None:
    if not isinstance(value, Mapping):
        return None
    born, on, years = _date(given), _date(value.get("on")), number_of(value.get("years"))
    if born is None or on is None or years is None or born > on:
        return None
    # Somebody born on 29 February comes of age on 1 March: the cautious reading, which an advisor can overrule.
    had_birthday = (on.month, on.day) >= (born.month, born.day)
    return on.year - born.year - (0 if had_birthday else 1) >= years


def number_of(given: object) -> Decimal | None:
    """The number in an answer, None if it is not one: 12, "12" and "12.5" are; "12 units", "1_2" and "1e3" are not."""
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal | str):
        return None
    try:
        if isinstance(given, str) and not NUMBER.fullmatch(given.strip()):
            return None
        # through text, so that a stored 2.1 and a typed "2.1" are the same number
        number = Decimal(given) if isinstance(given, int | Decimal) else Decimal(str(given).strip())
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _yes_or_no(given: object) -> bool | None:
    if isinstance(given, bool):
        return given
    if isinstance(given, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(given.strip().casefold())
    return None


def _text(given: object) -> str | None:
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    try:
        return str(given).strip().casefold() or None
    except ValueError:  # a number with thousands of digits
        return None


def _date(given: object) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    if isinstance(given, str):
        try:
            return date.fromisoformat(given.strip())
        except ValueError:
            return None
    return None


def _value_fits(operator: Operator, value: object) -> bool:
    match operator:
        case Operator.AT_LEAST | Operator.AT_MOST:
            return number_of(value) is not None
        case Operator.EQUALS:
            return _comparable(value)
        case Operator.IS_TRUE:
            return True
        case Operator.IS_ONE_OF:
            return (
                isinstance(value, Collection)
                and not isinstance(value, str | bytes | Mapping)
                and bool(value)
                and all(_comparable(choice) for choice in value)
            )
        case Operator.AGE_ON_AT_LEAST:
            return (
                isinstance(value, Mapping)
                and number_of(value.get("years")) is not None
                and _date(value.get("on")) is not None
            )


def _comparable(value: object) -> bool:
    return isinstance(value, bool) or _text(value) is not None or number_of(value) is not None
