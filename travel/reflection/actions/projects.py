"""A student's follow-on project: begun, changed and finished by the student."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.standing import Act, may
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows
from travel.base.trip_stage import placed_standing
from travel.models import FollowOnProject, Placement


@transaction.atomic
def save(placement: Placement, values: Mapping[str, Any], *, seen: str = "", by: User) -> FollowOnProject:
    """Begin the project, or change it. RuleViolation: not_on_the_trip, changed_meanwhile, not_possible, no_people."""
    placement = (
        Placement.objects.select_for_update(of=("self",)).select_related("trip", "application").get(pk=placement.pk)
    )
    if not may(placed_standing(placement), Act.REFLECT):
        text = _("Only students who go on the trip have a project here. Nothing was saved.")
        raise RuleViolation("not_on_the_trip", text)
    if values["state"] == FollowOnProject.State.DONE and values["people_reached"] is None:
        raise RuleViolation("no_people", _("About how many people did you reach? Enter 0 if you don’t know."))
    there = FollowOnProject.objects.filter(placement=placement).first()
    if there is None:
        return rows.add(FollowOnProject, {**values, "placement": placement}, under=placement, by=by)
    if rows.differing(there, values):
        there = rows.change(there, values, seen=seen, by=by)
        there.changed_at = timezone.now()
        there.save(update_fields=["changed_at"])
    return there
