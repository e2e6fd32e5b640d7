"""Who is of age on the day of departure: by the birth date in the application, else by what the student said."""

from collections.abc import Iterable
from datetime import date

from exchange.reference import facts
from travel.models import AgeAnswer, Placement
from travel.passport.plan import birth_date
from travel.passport.way.answers import years_on

ADULT_AGE = "signing.adult_age"


def of_many(placements: Iterable[Placement], leaves_on: date) -> dict[int, bool | None]:
    """By placement (primary keys); None: nobody has said. Three queries."""
    there = list(placements)
    years = int(facts.number(ADULT_AGE))
    born = birth_date.of_many(placement.application_id for placement in there)
    answers = {row.placement_id: row for row in AgeAnswer.objects.filter(placement__in=there)}
    return {each.pk: _of_age(leaves_on, years, born.get(each.application_id), answers.get(each.pk)) for each in there}


def _of_age(leaves_on: date, years: int, born: date | None, answer: AgeAnswer | None) -> bool | None:
    if born:
        return is_of_age(born, leaves_on, years)
    if answer and still_true(is_of_age=answer.is_of_age, asked_for=answer.asked_for, leaves_on=leaves_on):
        return answer.is_of_age
    return None


def is_of_age(born: date, on: date, years: int) -> bool:
    """Whether someone born that day is so many years old on that day. February 29 counts as March 1."""
    birthday = years_on(born, years)
    if (born.month, born.day) == (2, 29) and birthday.day == 28:
        birthday = date(birthday.year, 3, 1)
    return on >= birthday


def still_true(*, is_of_age: bool, asked_for: date, leaves_on: date) -> bool:
    """Whether an answer about one day of departure also answers for another: nobody gets younger."""
    return leaves_on >= asked_for if is_of_age else leaves_on <= asked_for
