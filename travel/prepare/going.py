"""The seat of a student who goes, locked until the end of the transaction; a refusal for everyone else."""

from django.utils.translation import gettext as _

from applications.standing import Act, may
from applications.states import Status
from exchange.base.errors import RuleViolation
from travel.base.trip_stage import placed_standing
from travel.models import Placement


def locked(placement: Placement) -> Placement:
    """The current row with trip and student. RuleViolation("withdrawn") for a student who no longer goes."""
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application__student")
    placement = rows.get(pk=placement.pk)
    if placement.application.status != Status.CONFIRMED:
        raise RuleViolation("withdrawn", _("This student is no longer on the trip. Nothing was changed."))
    return placement


def still_telling(placement: Placement) -> Placement:
    """As `locked`, while needs and contacts can be told: until the group is home. RuleViolation("trip_over") after."""
    placement = locked(placement)
    if not may(placed_standing(placement), Act.NEEDS):
        raise RuleViolation("trip_over", _("Your trip is over. Nothing was changed."))
    return placement
