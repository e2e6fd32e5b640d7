"""Hands a student over to a person when no city of theirs can be reached in time. Called by `replan`, which has locked
the rows.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.urls import reverse

from exchange.base import audit, roles
from exchange.messages import outbox
from exchange.models import User
from exchange.people.colleges import named_advisor as colleges
from travel.models import PassportCase
from travel.states import Urgency


def hand_over(changed: Iterable[PassportCase]) -> int:
    """Of these cases, whose urgency has just changed, those that became NOT_FEASIBLE get a person. Returns how many.

    They appear on the lists of their advisor and the office (`calls`, `cities_open.nowhere`, `late`) and stay there
    until a plan works again. The college's advisor, or without one the office, gets one message for all of them.
    """
    lost = [case for case in changed if case.urgency == Urgency.NOT_FEASIBLE]
    by_college: dict[int | None, list[PassportCase]] = defaultdict(list)
    for case in lost:
        by_college[case.application.college_id].append(case)
    for cases in by_college.values():
        for person in _people(cases[0]):
            path = cases[0].get_absolute_url() if len(cases) == 1 else _list(cases, person)
            outbox.queue("travel/no_way", to=person, context={"path": path, "count": len(cases)})
    audit.record_many("passport.no_way", [(case.application, {}) for case in lost], by=None)
    return len(lost)


def _people(case: PassportCase) -> list[User]:
    advisor = colleges.advisor_of(case.application.college)
    return [advisor] if advisor else list(roles.coordinators())


def _list(cases: Iterable[PassportCase], person: User) -> str:
    if any(case.placement is None for case in cases):
        if roles.is_advisor(person):
            return reverse("travel:passport-open-lists") + "?show=nowhere"
        return reverse("travel:passport-board") + "?who=all"
    return reverse("travel:checklist-list") + "?late=1"
