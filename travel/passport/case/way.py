"""Writes the route that a student's answers lead to, when they are given and whenever they are judged again.

A route ages: forms end, people come of age, a fact changes. The daily job (`replan.recompute_all`) judges every open
case again by the sealed answers. The caller has locked the row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from exchange.base import audit
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from travel.models import FeasibleCities, PassportCase, TravelAnswers
from travel.passport.case import talk
from travel.passport.case.stage import follow_stage, move
from travel.passport.plan import birth_date, planning
from travel.passport.plan.planning import PlanRules
from travel.passport.way.route import Answer, Answers, Result, answers_from_json, questions, route
from travel.states import BEFORE_APPLYING, PassportStage

Route = PassportCase.Route
# A person looks into it, or the student has yet to answer: nothing to judge.
NOT_JUDGED = frozenset({Route.TALK, Route.UNKNOWN})
# One form: online is tried first, and `planning.way_of` falls back on the mail where time is short.
SAME_FORM = frozenset({Route.DS82, Route.ONLINE})
# It decides what to bring and no route.
ASKED_LATER = frozenset({"photo_id"})


def follow(case: PassportCase, answers: Answers, result: Result, *, by: User | None) -> None:
    """Write the route of these answers and move the stage to where it begins."""
    was = case.stage
    case.route = Route(result.route)
    case.is_first_passport = result.is_first_passport
    case.needs_certificate = result.needs_certificate
    case.expires_on, case.form_until = result.expires_on, result.form_until
    _start(case)
    if case.route == Route.VALID and answers.signed == Answer.YES and not case.signed_at:
        case.signed_at = timezone.now()
    case.save()
    _follow_cities(case)
    follow_stage(case, by=by, was=was)


def _start(case: PassportCase) -> None:
    """Move the stage to where this route begins."""
    if case.route == Route.VALID:
        if case.stage == PassportStage.BOOKED:
            move(case, PassportStage.GATHERING)
        if case.stage != PassportStage.IN_HAND:
            move(case, PassportStage.IN_HAND)
    elif case.stage == PassportStage.IN_HAND or (case.route != Route.TALK and case.stage == PassportStage.NOT_STARTED):
        move(case, PassportStage.GATHERING)


def _follow_cities(case: PassportCase) -> None:
    """Every city is feasible with a US passport by the rule; a list that a person marked stays as it is."""
    marked = FeasibleCities.objects.filter(application=case.application_id).first()
    if marked and marked.marked_by_id:
        return
    if case.route == Route.TALK:
        FeasibleCities.objects.filter(application=case.application_id).delete()
    elif marked is None:
        FeasibleCities.objects.create(application_id=case.application_id, is_everywhere=True)


# --- Judged again -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judge:
    """What the routes of several students are judged by, read once: four queries at most, however many they are."""

    rules: PlanRules
    today: date
    values: Mapping[str, int | Decimal]
    rows: Mapping[int, TravelAnswers]
    born: Mapping[int, date]

    @classmethod
    def of(cls, cases: Iterable[PassportCase], rules: PlanRules) -> "Judge":
        open_ones = [case.application_id for case in cases if _is_open(case)]
        found = TravelAnswers.objects.filter(application__in=open_ones) if open_ones else ()
        rows = {row.application_id: row for row in found}
        values = facts.numbers(*planning.TERMS) if rows else {}
        return cls(rules, timezone.localdate(), values, rows, birth_date.of_many(rows) if rows else {})

    def finds(self, case: PassportCase) -> "Found | None":
        """Today's route where it isn't the one of the case, or its form has another last day; else None."""
        row = self.rows.get(case.application_id) if _is_open(case) else None
        if row is None:
            return None
        answers, known = answers_from_json(row.answers), self._known(case)
        result = route(answers, **known)
        is_same = case.route == result.route or {case.route, str(result.route)} <= SAME_FORM
        if is_same and case.form_until == result.form_until:
            return None
        unasked = set(questions(answers, **known)) - set(row.answers) - ASKED_LATER
        return Found(row, answers, result, is_same=is_same, must_ask=not is_same and bool(unasked))

    def _known(self, case: PassportCase) -> dict[str, Any]:
        trip = case.placement.trip if case.placement else case.trip
        in_hand_by = self.rules.in_hand_by(trip) if trip else None
        born = self.born.get(case.application_id)
        return {
            "validity": planning.validity(trip, self.rules.entry_rule(trip), case),
            "terms": planning.terms_of(self.values, born, in_hand_by, self.today),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """`is_same`: the same route, with another last day. `must_ask`: today's route hangs on a question never asked."""

    row: TravelAnswers
    answers: Answers
    result: Result
    is_same: bool
    must_ask: bool


def _is_open(case: PassportCase) -> bool:
    return case.stage in BEFORE_APPLYING and case.route not in NOT_JUDGED


def judge(case: PassportCase, rules: PlanRules, *, by: User | None) -> bool:
    """Follow today's route where it is another one, and tell the student. Returns whether they were told."""
    found = Judge.of([case], rules).finds(case)
    if found is None:
        return False
    if found.is_same:
        case.form_until = found.result.form_until
        case.save(update_fields=["form_until"])
        return False
    if found.must_ask:  # what they never said is asked, not guessed
        case.route, case.needs_certificate, case.expires_on, case.form_until = Route.UNKNOWN, None, None, None
        case.save()
    else:
        follow(case, found.answers, found.result, by=by)
        talk.follow_route(found.row, needs_talk=case.route == Route.TALK, has_changed=True)
    audit.record("passport.judge_again", case.application, by=by)  # without the route: the office sees this event
    path = reverse("travel:passport-detail", args=[case.application.code])
    outbox.queue("travel/passport_way_changed", to=case.application.person, context={"path": path})
    return True
