"""Actions on the checklist. `replan` plans its dates, and passport stages are moved by `actions.passport`."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import standing
from applications.standing import Act
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from travel.base.trip_stage import placed_standing
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement
from travel.models.placement import PlacementQuerySet
from travel.passport import talks
from travel.passport.actions.passport import answer_route, check, move_stage, set_certificate
from travel.passport.actions.replan import (
    Recomputed,
    follow_trip,
    open_cases,
    open_for,
    recompute,
    recompute_all,
    refuse_ended,
)

__all__ = [
    "Recomputed",
    "answer_route",
    "check",
    "follow_trip",
    "is_still_due",
    "mark_done",
    "move_stage",
    "open_cases",
    "open_for",
    "recompute",
    "recompute_all",
    "remind_due",
    "set_certificate",
    "undo_done",
    "verify_item",
]

# The name under which `exchange.base.due` asks `is_still_due`.
DUE_NAME = "travel.duties"
REMIND_DAYS = "checklist.remind_days"
FOLLOWS_PASSPORT = frozenset({ChecklistStep.Timing.APPLY, ChecklistStep.Timing.IN_HAND})


@transaction.atomic
def mark_done(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """The student marks an item done. Safe to repeat.

    RuleViolation: ("follows_passport") for the passport's items, ("not_now") once the group has left.
    """
    item = _locked(item)
    if item.done_at is not None:
        return item
    _refuse_passport(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    item.done_at, item.done_by = timezone.now(), by
    item.save(update_fields=["done_at", "done_by"])
    audit.record("checklist.mark_done", item, by=by)
    return item


@transaction.atomic
def undo_done(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Mark an item as open again.

    RuleViolation: ("follows_passport"), ("verified") once staff have seen it, ("not_now") once the group has left.
    """
    item = _locked(item)
    if item.done_at is None:
        return item
    _refuse_passport(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    if item.verified_at is not None:
        raise RuleViolation("verified", _("Your advisor has already seen this. Ask them to change it."))
    item.done_at = item.done_by = None
    item.save(update_fields=["done_at", "done_by"])
    audit.record("checklist.undo_done", item, by=by)
    return item


@transaction.atomic
def verify_item(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Staff have seen it. Safe to repeat.

    RuleViolation: ("not_done_yet"), or ("follows_passport"): a passport is verified with `check`.
    """
    item = _locked(item)
    if item.verified_at is not None:
        return item
    _refuse_passport(item)
    if item.done_at is None:
        raise RuleViolation("not_done_yet", _("The student hasn’t done this yet. Nothing was changed."))
    item.verified_at, item.verified_by = timezone.now(), by
    item.save(update_fields=["verified_at", "verified_by"])
    audit.record("checklist.verify_item", item, by=by)
    return item


def _before_departure() -> PlacementQuerySet:
    """Placements whose trip is ahead by its date, whether or not anybody has recorded that the group left."""
    return Placement.objects.active().filter(trip__departed_at__isnull=True, trip__leaves_on__gt=timezone.localdate())


def remind_due() -> int:
    """Send each student one message about every item due within the Fact's days; returns how many were told.

    Each item is claimed before its message is written, so two workers, or a second run, send nothing twice.
    """
    until = timezone.localdate() + timedelta(days=int(facts.number(REMIND_DAYS)))
    due = ChecklistItem.objects.open().filter(reminded_at__isnull=True, do_by__lte=until)
    waiting = _before_departure().filter(checklist_items__in=due)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True).distinct())
    return sum(_remind(pk, until) for pk in ids)


@transaction.atomic
def _remind(placement_id: int, until: date) -> bool:
    placement = Placement.objects.select_for_update(of=("self",)).with_people().get(pk=placement_id)
    due = placement.checklist_items.open().filter(reminded_at__isnull=True, do_by__lte=until)
    case = PassportCase.objects.filter(application=placement.application_id).first()
    items = [item for item in due.select_related("step") if talks.is_asked_of(case, item)]
    if outbox.was_reminded_today(placement.application.person):
        return False  # one reminder a day is enough: these wait for tomorrow
    claimed = ChecklistItem.objects.filter(pk__in=[item.pk for item in items], reminded_at__isnull=True)
    if not claimed.update(reminded_at=timezone.now()):
        return False
    outbox.queue(
        "travel/items_due",
        to=placement.application.person,
        context={"placement": placement, "items": items, "count": len(items)},
        still_due=f"{DUE_NAME}:{placement.pk}",
    )
    audit.record("checklist.remind", placement, by=None, changes={"items": [item.step.key for item in items]})
    return True


def is_still_due(key: str) -> bool:
    """Whether any item that the traveler of this placement was reminded of is still open."""
    waiting = _before_departure().filter(pk=key)
    return ChecklistItem.objects.open().filter(placement__in=waiting, reminded_at__isnull=False).exists()


def _refuse_passport(item: ChecklistItem) -> None:
    if item.step.timing in FOLLOWS_PASSPORT:
        raise RuleViolation(
            "follows_passport", _("This step follows your passport. Update your passport, and it’ll change by itself.")
        )


def _locked(item: ChecklistItem) -> ChecklistItem:
    related = "step", "placement__application", "placement__trip"
    item = ChecklistItem.objects.select_for_update(of=("self",)).select_related(*related).get(pk=item.pk)
    refuse_ended(item.placement.application)
    return item
