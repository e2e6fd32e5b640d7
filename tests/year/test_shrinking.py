"""The shortest story that breaks: a planted fault needs two acts of one of the students, and nothing else is told."""

import datetime as dt

import pytest

from tests.year.plan import Plan
from tests.year.play import Over, Year
from tests.year.shrinking import shortest

pytestmark = pytest.mark.django_db
KINDS = ("begins", "marries", "looks around", "withdraws", "looks back")


class Stands:
    """A calendar that nothing moves."""

    def go_to(self, moment: dt.datetime) -> None:
        return


def broke(plan: Plan) -> list[str] | None:
    """Plays a year in which whoever marries can't withdraw any more, and looks are all that others take."""
    year, married = Year(plan, Stands()), set()

    def act(name: str, kind: str) -> None:
        if kind == "marries":
            married.add(name)
        if kind == "withdraws" and name in married:
            year.find("everyone can withdraw", "a student who has married")

    for number in range(plan.students):
        person = year.person(f"Student {number}", "student", f"{number}@students.example.edu")
        for day, kind in enumerate(KINDS):
            at = dt.datetime(2027, 1, 4 + day, tzinfo=dt.UTC)
            year.plan_act(at, person, kind, lambda n=person.name, k=kind: act(n, k))
    try:
        year.run()
    except Over:
        return year.planned
    return None


def test_a_story_is_told_without_what_it_does_not_need():
    plan = Plan(seed=1, students=30, ends_with="everyone can withdraw: a student who has married")
    shorter = shortest(plan, broke(plan), broke, lambda: False)
    assert shorter.students == 1
    assert [act.split(": ")[1] for act in broke(shorter)] == ["marries", "withdraws"]


def test_a_story_is_as_short_as_the_time_allows():
    plan = Plan(seed=1, students=30, ends_with="everyone can withdraw: a student who has married")
    assert shortest(plan, broke(plan), broke, lambda: True) == plan
