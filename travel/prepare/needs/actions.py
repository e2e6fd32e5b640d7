"""Actions on practical needs: a student answers, the office notes a talk, and all of it is deleted after the trip."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications.models.hold import is_held
from applications.states import Status
from exchange.base import audit
from exchange.models import User
from travel.models import EmergencyContact, NeedsPart, Placement, PracticalNeeds, RoomWish
from travel.models.needs import ASKED, KEYS
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.going import locked, still_telling

PAGE = "needs"  # key of the step of a checklist that asks for them


@transaction.atomic
def say(
    placement: Placement, part: str, *, wants_to_talk: bool | None = None, by: User, **answers: Any
) -> PracticalNeeds:
    """Store the answers of one part (KEYS); the other parts stay. No needs is an answer, too. Safe to repeat.

    `wants_to_talk`: unchanged if not given. The event doesn't say what the needs are. RuleViolation: ("withdrawn"),
    ("trip_over") once the group is home.
    """
    placement = still_telling(placement)
    row = PracticalNeeds.objects.filter(placement=placement).first() or PracticalNeeds(placement=placement)
    needs: Any = row.needs if row.pk else {}
    parts = [each for each in NeedsPart.values if each == part or each in needs.get("parts", ())]
    said = {**needs, **{key: answers[key] for key in KEYS[part]}, "parts": parts}
    wish = row.wants_to_talk if wants_to_talk is None else wants_to_talk
    if row.pk and (needs, row.wants_to_talk) == (said, wish):
        return row
    if not (row.wants_to_talk and wish):  # the wish to talk is new, or gone
        row.talked_at = row.talked_by = None
    row.needs, row.wants_to_talk, row.told_at = said, wish, timezone.now()
    row.save()
    audit.record("needs.say", placement, by=by)
    if is_complete(placement):
        checklist.fulfil(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    return row


def is_complete(placement: Placement) -> bool:
    """Whether everything is answered that is asked of everyone."""
    row = PracticalNeeds.objects.filter(placement=placement).first()
    return row is not None and all(row.is_said(part) for part in ASKED)


@transaction.atomic
def note_talk(placement: Placement, *, by: User) -> PracticalNeeds | None:
    """Record that the office has talked with the student, who then leaves the list. Safe to repeat."""
    placement = locked(placement)
    row = PracticalNeeds.objects.to_talk().filter(placement=placement).first()
    if row:
        row.talked_at, row.talked_by = timezone.now(), by
        row.save(update_fields=["talked_at", "talked_by"])
        audit.record("needs.note_talk", placement, by=by)
    return row


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete needs, room wishes and contacts so many days after the group is home; at once of those who stay home.

    Returns of how many students. Safe to repeat.
    """
    before = timezone.now() - timedelta(days=days)
    over = Placement.objects.filter(
        Q(practical_needs__isnull=False) | Q(emergency_contacts__isnull=False) | Q(room_wish__isnull=False),
        Q(trip__returned_at__lte=before) | ~Q(application__status=Status.CONFIRMED),
        ~is_held("application__"),
    )
    placements = list(over.order_by("pk").distinct())
    if not dry_run:
        for placement in placements:
            audit.record("needs.forget", placement, by=None)
        keys = [placement.pk for placement in placements]
        PracticalNeeds.objects.filter(placement__in=keys).delete()
        EmergencyContact.objects.filter(placement__in=keys).delete()
        RoomWish.objects.filter(placement__in=keys).delete()
    return len(placements)
