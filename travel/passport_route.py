"""Which way to a passport, from a few plain answers. Pure Python: no database, no Django.

The answers are judged and forgotten; what is kept is the route, whether it is a first passport, and whether a
birth certificate must be ordered. "I'm not sure" never guesses: it takes the way that works for everybody
(in person, form DS-11), or a talk with an advisor.

Source: domain reference 2.1 (which form), 2.6 (one question about what one would travel on), 2.7 (validity).
"""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TravelOn(StrEnum):
    US_HAVE = "us_have"
    US_NEED = "us_need"
    OTHER_COUNTRY = "other_country"
    OTHER_DOCUMENT = "other_document"
    RATHER_TALK = "rather_talk"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Name(StrEnum):
    SAME = "same"
    CHANGED_WITH_PAPER = "changed_with_paper"
    CHANGED_WITHOUT_PAPER = "changed_without_paper"
    UNSURE = "unsure"


class Route(StrEnum):
    VALID = "valid"
    DS11 = "ds11"
    DS82 = "ds82"
    DS5504 = "ds5504"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a student says. Unanswered counts as unsure.

    issued_as_adult: at 16 or older. issued_recently: within the last 15 years (both numbers are Fact rows, the
    form asks with them). issued_within_year: less than a year ago. in_hand: has it, and it is not damaged.
    printed_wrong: something printed in it is wrong, or it was made for two years or less. has_certificate:
    certified birth certificate, or another proof of citizenship, at hand. expires_on: of the one they have.
    """

    travel_on: TravelOn
    had_passport: Answer = Answer.UNSURE
    issued_as_adult: Answer = Answer.UNSURE
    issued_recently: Answer = Answer.UNSURE
    issued_within_year: Answer = Answer.UNSURE
    in_hand: Answer = Answer.UNSURE
    printed_wrong: Answer = Answer.UNSURE
    name: Name = Name.UNSURE
    has_certificate: Answer = Answer.UNSURE
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Validity:
    """What the trip asks of a passport. `basis` is "entry" (months after arrival), "exit" or "stay"."""

    leaves_on: date
    returns_on: date
    months: int = 0
    basis: str = "stay"

    @property
    def needed_until(self) -> date:
        """The first day on which the passport may have expired: on it, it must still be valid."""
        start = self.leaves_on if self.basis == "entry" else self.returns_on
        return max(add_months(start, self.months), self.returns_on)

    def covers(self, expires_on: date) -> bool:
        return expires_on >= self.needed_until


@dataclass(frozen=True, slots=True)
class Result:
    """None means: not known, or not to be kept."""

    route: Route
    is_first_passport: bool | None
    needs_certificate: bool | None
    expires_on: date | None = None


def route(answers: Answers, validity: Validity) -> Result:
    """The way to a passport for this trip."""
    if answers.travel_on not in (TravelOn.US_HAVE, TravelOn.US_NEED):
        return Result(Route.TALK, None, None)
    if answers.travel_on == TravelOn.US_HAVE:
        return _with_passport(answers, validity)
    if answers.had_passport != Answer.YES:
        first = True if answers.had_passport == Answer.NO else None
        return Result(Route.DS11, first, _needs_certificate(answers))
    return _result(_renewal(answers), answers)


def _with_passport(answers: Answers, validity: Validity) -> Result:
    if answers.expires_on is None:
        return Result(Route.TALK, False, None)
    usable = answers.in_hand == Answer.YES and answers.printed_wrong != Answer.YES
    if usable and answers.name == Name.SAME and validity.covers(answers.expires_on):
        return _result(Route.VALID, answers)
    return _result(_renewal(answers), answers)


def _renewal(answers: Answers) -> Route:
    """The form for someone who has, or once had, a US passport."""
    if answers.in_hand != Answer.YES:  # lost, stolen, damaged, or who knows
        return Route.DS11
    if answers.name == Name.UNSURE:  # the name decides the form, and must match the ticket
        return Route.TALK
    if answers.name == Name.CHANGED_WITHOUT_PAPER:
        return Route.DS11
    if answers.printed_wrong == Answer.YES:
        return Route.DS5504
    if answers.name == Name.CHANGED_WITH_PAPER and answers.issued_within_year == Answer.YES:
        return Route.DS5504
    # a child's passport runs five years and cannot be renewed, however grown-up its holder is now
    if answers.issued_as_adult != Answer.YES or answers.issued_recently != Answer.YES:
        return Route.DS11
    if answers.name == Name.CHANGED_WITH_PAPER and answers.issued_within_year == Answer.UNSURE:
        return Route.TALK
    return Route.DS82


def _result(way: Route, answers: Answers) -> Result:
    if way == Route.TALK:
        return Result(way, False, None)
    needs = _needs_certificate(answers) if way == Route.DS11 else False
    kept = answers.expires_on if answers.travel_on == TravelOn.US_HAVE else None
    return Result(way, False, needs, kept)


def _needs_certificate(answers: Answers) -> bool:
    return answers.has_certificate != Answer.YES


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
