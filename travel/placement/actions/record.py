"""Correcting the record of one student after the group has left: whether they went, and whether they are home."""

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.standing import Act, check
from exchange.base import audit
from exchange.messages import outbox
from exchange.models import User
from travel.base.trip_stage import placed_standing
from travel.models import Placement


class Went(models.TextChoices):
    WITH_GROUP = "with_group", _("went with the group")
    HOME_EARLY = "home_early", _("went, and is home already")
    NOT_BACK = "not_back", _("went, and isn’t home yet")
    STAYED = "stayed", _("didn’t go")


@transaction.atomic
def correct_record(placement: Placement, *, went: str, reason: str, by: User) -> Placement:
    """Write what really happened, and tell the student what the record says now; the reason is on the trip's page.

    The same again changes nothing. RuleViolation("not_now") before the group has left, and for a student who withdrew.
    """
    list(Application.objects.select_for_update(of=("self",)).filter(pk=placement.application_id))
    rows = Placement.objects.select_for_update(of=("self",)).select_related(
        "trip__city", "application__student", "application__cycle"
    )
    placement = rows.get(pk=placement.pk)
    check(placed_standing(placement), Act.RECORD)
    before = recorded(placement)
    if before == went:
        return placement
    trip = placement.trip
    placement.travelled_at = None if went == Went.STAYED else trip.departed_at
    placement.returned_at = None if went in (Went.STAYED, Went.NOT_BACK) else trip.returned_at
    if went == Went.HOME_EARLY:
        placement.returned_at = trip.returned_at or timezone.now()
    placement.save(update_fields=["travelled_at", "returned_at"])
    audit.record(
        "placement.correct_record", placement, by=by, reason=reason, changes={"before": before.value, "now": str(went)}
    )
    context = {"placement": placement, "went": str(went)}
    outbox.queue("travel/record_corrected", to=placement.application.person, context=context)
    return placement


def recorded(placement: Placement) -> Went:
    """What the record of a student whose group has left says now."""
    if placement.travelled_at is None:
        return Went.STAYED
    if placement.returned_at is None and placement.trip.returned_at is not None:
        return Went.NOT_BACK
    is_early = placement.returned_at is not None and placement.trip.returned_at is None
    return Went.HOME_EARLY if is_early else Went.WITH_GROUP
