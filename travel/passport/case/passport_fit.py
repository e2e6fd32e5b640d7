"""Judges a checked passport again when its trip requires more. Called by `replan`, which has locked the row."""

from django.urls import reverse

from exchange.base import audit
from exchange.messages import outbox
from exchange.models import User
from travel.models import PassportCase
from travel.passport.case.stage import follow_stage, move
from travel.passport.plan import planning
from travel.passport.plan.planning import Fit, PlanRules
from travel.states import SEEN, PassportStage


def judge(case: PassportCase, rules: PlanRules, *, by: User | None) -> bool:
    """Start on the way to another passport where this one doesn't fit the trip.

    Where blank pages are needed but weren't counted, the passport must only be shown again. The student is told
    which. Returns whether anything changed.
    """
    found = planning.fit(case, case.placement, rules)
    if found == Fit.GOOD:
        return False
    was = case.stage
    if case.stage in SEEN:
        move(case, PassportStage.IN_HAND)
    if found == Fit.NOT_ENOUGH:
        move(case, PassportStage.GATHERING)
        case.route, case.needs_certificate = PassportCase.Route.UNKNOWN, None
    case.save()
    follow_stage(case, by=by, was=was)
    # without the reason, because the office sees this event
    audit.record("passport.judge_again", case.application, by=by, changes={"stage": [was, case.stage]})
    person, path = case.application.person, reverse("travel:passport-detail", args=[case.application.code])
    event = "passport_not_enough" if found == Fit.NOT_ENOUGH else "passport_show_again"
    outbox.queue(f"travel/{event}", to=person, context={"path": path})
    return True
