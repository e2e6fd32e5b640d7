"""Actions on practical needs: a student answers, the office notes a talk, and all of it is deleted after the trip."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models.hold import is_held
from applications.standing import Act, may
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base.trip_stage import placed_standing
from travel.models import Placement, PracticalNeeds


@transaction.atomic
def say(
    placement: Placement, *, diet: Iterable[str], access: Iterable[str], wants_to_talk: bool, by: User
) -> PracticalNeeds:
    """Store all answers at once; no needs is an answer, too. Safe to repeat. The event doesn't say what the needs are.

    RuleViolation: ("withdrawn"), ("trip_over") once the group is home.
    """
    placement = _locked(placement)
    if not may(placed_standing(placement), Act.NEEDS):
        raise RuleViolation("trip_over", _("Your trip is over. Nothing was changed."))
    said: Any = {"diet": sorted(diet), "access": sorted(access)}
    row = PracticalNeeds.objects.filter(placement=placement).first()
    if row and (row.needs, row.wants_to_talk) == (said, wants_to_talk):
        return row
    row = row or PracticalNeeds(placement=placement)
    if not (row.wants_to_talk and wants_to_talk):  # the wish to talk is new, or gone
        row.talked_at = row.talked_by = None
    row.needs, row.wants_to_talk, row.told_at = said, wants_to_talk, timezone.now()
    row.save()
    audit.record("needs.say", placement, by=by)
    return row


@transaction.atomic
def note_talk(placement: Placement, *, by: User) -> PracticalNeeds | None:
    """Record that the office has talked with the student, who then leaves the list. Safe to repeat."""
    placement = _locked(placement)
    row = PracticalNeeds.objects.filter(placement=placement, wants_to_talk=True, talked_at=None).first()
    if row:
        row.talked_at, row.talked_by = timezone.now(), by
        row.save(update_fields=["talked_at", "talked_by"])
        audit.record("needs.note_talk", placement, by=by)
    return row


@transaction.atomic
def forget(*, dry_run: bool = False) -> int:
    """Delete needs of groups that are home, and of students who don't go. Safe to repeat."""
    over = PracticalNeeds.objects.filter(
        Q(placement__trip__returned_at__isnull=False) | ~Q(placement__application__status=Status.CONFIRMED)
    )
    rows = list(over.filter(~is_held("placement__application__")).select_related("placement").order_by("pk"))
    if not dry_run:
        for row in rows:
            audit.record("needs.forget", row.placement, by=None)
        PracticalNeeds.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _locked(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("trip", "application")
    placement = rows.get(pk=placement.pk)
    if placement.application.status != Status.CONFIRMED:
        raise RuleViolation("withdrawn", _("This student is no longer on the trip. Nothing was changed."))
    return placement
