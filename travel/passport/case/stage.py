"""Moves a passport case between stages, with everything that follows from the stage. The caller has locked the row."""

from django.utils import timezone

from exchange.models import User
from travel.models import ChecklistItem, ChecklistStep, PassportCase, TicketName
from travel.models.checklist import NOT_DONE
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, NO_PAPERS, SEEN, PassportStage

Route = PassportCase.Route
# routes that lead to a new passport, so what is known of the old one no longer counts
TO_A_NEW_ONE = frozenset({Route.DS11, Route.LOST, Route.DS82, Route.ONLINE, Route.DS5504})


def move(case: PassportCase, stage: str) -> None:
    """Change the stage by a move of `states.MOVES`, else RuleViolation. Doesn't save the case."""
    case.move_to(stage)
    case.stage_changed_at = timezone.now()
    if stage not in SEEN:
        case.checked_at = case.checked_by = None
    if stage != PassportStage.NAME_MATCHED:
        _forget_match(case)
    if stage != PassportStage.BOOKED:
        case.appointment_on = None
    if stage == PassportStage.APPLIED or (stage == PassportStage.IN_HAND and case.route in TO_A_NEW_ONE):
        case.expires_on = case.blank_pages = None
    if stage not in HAS_PASSPORT:
        case.signed_at = None


def _forget_match(case: PassportCase) -> None:
    """Clear the name match, because the passport was replaced or is no longer in hand."""
    for ticket in TicketName.objects.matched().filter(placement__application=case.application_id):
        ticket.unmatch()
        ticket.save(update_fields=["how", "matched_at", "matched_by"])


def follow_stage(case: PassportCase, *, by: User | None, was: str = "") -> None:
    """Mark the items that follow the passport as done when its stage says so, and as open when it moves back.

    `was`: the stage before, if it has just moved.
    """
    timing, now = ChecklistStep.Timing, timezone.now()
    is_signed = case.stage in SEEN or (case.stage in HAS_PASSPORT and case.signed_at is not None)
    reached = {timing.APPLY: case.stage not in BEFORE_APPLYING, timing.IN_HAND: is_signed}
    items = ChecklistItem.objects.kept().filter(placement__application=case.application_id)
    for each, is_done in reached.items():
        if is_done:
            items.filter(step__timing=each, done_at__isnull=True).update(done_at=now, done_by=by)
        else:
            items.filter(step__timing=each).update(**NOT_DONE)
    papers = items.filter(step__timing=timing.DOCUMENTS)
    if reached[timing.APPLY] or case.stage == PassportStage.READY:
        papers.filter(done_at__isnull=True).update(done_at=now, done_by=by)
    elif case.stage in NO_PAPERS and was not in {"", *NO_PAPERS}:
        # an item ticked by hand stays done unless the passport moves back
        papers.update(**NOT_DONE)
    seen = {"verified_at": now, "verified_by": by} if case.stage in SEEN else {}
    items.filter(step__timing=timing.IN_HAND, done_at__isnull=False).update(
        **(seen or {"verified_at": None, "verified_by": None})
    )
