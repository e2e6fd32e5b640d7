"""A good passport is judged again when its trip asks for more. Inside an action of `replan`, which holds the row."""

from django.urls import reverse

from exchange.base import audit
from exchange.messages import outbox
from exchange.models import User
from travel.models import PassportCase
from travel.passport import planning
from travel.passport.actions.passport_stage import follow_stage, move
from travel.passport.planning import Fit, Rules
from travel.states import SEEN, PassportStage


def judge(case: PassportCase, rules: Rules, *, by: User | None) -> bool:
    """Where the passport does not fit the seat's trip, the way to another one begins; the student is told, once.

    Whose empty pages nobody has counted shows it again: nothing is wrong with it so far. Says whether anything moved.
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
    # that, and not by what it falls short: the stage is what the office sees
    audit.record("passport.judge_again", case.application, by=by, changes={"stage": [was, case.stage]})
    person, path = case.application.person, reverse("travel:passport-detail", args=[case.application.code])
    event = "passport_not_enough" if found == Fit.NOT_ENOUGH else "passport_show_again"
    outbox.queue(f"travel/{event}", to=person, context={"path": path})
    return True
