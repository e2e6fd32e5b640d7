"""Actions on the checklist. `replan` plans its dates, and passport stages are moved by `passport.case`."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import standing
from applications.standing import Act
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages.reminders import Before, Reminder
from exchange.models import User
from exchange.reference import facts
from travel.base.trip_stage import placed_standing
from travel.models import ChecklistItem, ChecklistStep, Placement
from travel.models.checklist import NOT_DONE, ChecklistItemQuerySet
from travel.models.placement import PlacementQuerySet
from travel.passport.case import duties
from travel.passport.case.actions import answer_route, check, move_stage, set_certificate
from travel.passport.case.replan import (
    Recomputed,
    follow_done,
    follow_trip,
    open_cases,
    open_for,
    recompute,
    recompute_all,
    refuse_ended,
)
from travel.prepare.checklist import evidence as pages

__all__ = [
    "REMINDER",
    "Recomputed",
    "answer_route",
    "check",
    "follow_trip",
    "fulfil",
    "fulfil_items",
    "lock",
    "mark_done",
    "move_stage",
    "open_cases",
    "open_for",
    "recompute",
    "recompute_all",
    "refuse_waiting",
    "reopen",
    "settle",
    "set_certificate",
    "undo_done",
    "undo_verify",
    "unfulfil",
    "unfulfil_items",
    "verify_item",
]

Via = ChecklistItem.Via
TEXT_MAX = 1000
REMIND_DAYS = "checklist.remind_days"
FOLLOWS_PASSPORT = frozenset({ChecklistStep.Timing.APPLY, ChecklistStep.Timing.IN_HAND})


@transaction.atomic
def mark_done(item: ChecklistItem, *, by: User, text: str = "") -> ChecklistItem:
    """The student, or the advisor or office if the step is theirs, marks an item done. Safe to repeat.

    RuleViolation: ("follows_passport") for the passport's items, ("needs_evidence") for those of a form, session, page
    or file, ("waits") for another step, ("closed"), ("not_now") once the group has left, ("no_text") if the step asks
    for one and it's empty, ("too_long").
    """
    item = lock(item)
    if item.done_at is not None:
        return item
    _refuse_passport(item)
    _refuse_evidence(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    refuse_waiting(item)
    if item.step.evidence == item.step.Evidence.TEXT:
        item.text = _checked(text)
    item.done_at, item.done_by = timezone.now(), by
    item.save(update_fields=["done_at", "done_by", "text"])
    audit.record("checklist.mark_done", item, by=by)
    follow_done(item.placement_id, [item.step.key])
    return item


@transaction.atomic
def undo_done(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Mark an item as open again.

    RuleViolation: ("follows_passport"), ("needs_evidence"), ("verified") once staff have seen it, ("not_now") once the
    group has left.
    """
    item = lock(item)
    if item.done_at is None:
        return item
    _refuse_passport(item)
    _refuse_evidence(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    if item.verified_at is not None:
        raise RuleViolation("verified", _("Your advisor has already seen this. Ask them to change it."))
    item.done_at = item.done_by = None
    item.save(update_fields=["done_at", "done_by"])
    audit.record("checklist.undo_done", item, by=by)
    follow_done(item.placement_id, [item.step.key])
    return item


@transaction.atomic
def verify_item(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Staff have seen it. Safe to repeat.

    RuleViolation: ("not_done_yet"), or ("follows_passport"): a passport is verified with `check`.
    """
    item = lock(item)
    if item.verified_at is not None:
        return item
    _refuse_passport(item)
    if item.done_at is None:
        raise RuleViolation("not_done_yet", _("The student hasn’t done this yet. Nothing was changed."))
    item.verified_at, item.verified_by = timezone.now(), by
    item.save(update_fields=["verified_at", "verified_by"])
    audit.record("checklist.verify_item", item, by=by)
    return item


@transaction.atomic
def undo_verify(item: ChecklistItem, *, by: User) -> ChecklistItem:
    """Staff haven't seen it after all. Safe to repeat. RuleViolation: ("seen_by_another"), ("not_now")."""
    item = lock(item)
    if item.verified_at is None:
        return item
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    if item.verified_by_id != by.pk:
        raise RuleViolation("seen_by_another", _("Someone else has looked at this since, so it stays."))
    item.verified_at = item.verified_by = None
    item.save(update_fields=["verified_at", "verified_by"])
    audit.record("checklist.undo_verify", item, by=by)
    return item


@transaction.atomic
def fulfil(placement: Placement, *, evidence: str, key: str, by: User | None) -> list[ChecklistItem]:
    """Mark the open items done that ask for this form, session or page. Safe to repeat; returns what it closed.

    Called by the action that stores the evidence and has judged whether it may be given now. `by` is None if a guest or
    the system did it. Evidence counts even where the step waits for another one.
    """
    items = _asking(placement, evidence, key).open()
    found = list(items.select_for_update(of=("self",)).order_by("pk"))
    fulfil_items(found, by=by)
    return found


def fulfil_items(items: list[ChecklistItem], *, by: User | None) -> None:
    """Mark these locked items done by what was stored for them."""
    _write_evidence(items, action="checklist.fulfil", by=by, done_at=timezone.now(), done_by=by, done_via=Via.EVIDENCE)


@transaction.atomic
def unfulfil(placement: Placement, *, evidence: str, key: str, by: User | None) -> list[ChecklistItem]:
    """Open those items again: a new version of a form asks again. Safe to repeat; the student is reminded anew."""
    items = _asking(placement, evidence, key).filter(done_at__isnull=False)
    found = list(items.select_for_update(of=("self",)).order_by("pk"))
    unfulfil_items(found, by=by)
    return found


def unfulfil_items(items: list[ChecklistItem], *, by: User | None) -> None:
    """Open these locked items again, because what was stored for them no longer counts."""
    asked_again = {**NOT_DONE, "asked_again_at": timezone.now(), "reminded_at": None}
    _write_evidence(items, action="checklist.unfulfil", by=by, **asked_again)


def reopen(item: ChecklistItem, *, by: User) -> None:
    """Open this locked item again, because its owner took back what was stored for it."""
    _write_evidence([item], action="checklist.undo_done", by=by, **NOT_DONE)


def settle(placement: Placement, *, by: User | None) -> None:
    """Close the open items whose evidence was given before they were on the list."""
    asked = ChecklistItem.objects.open().filter(placement=placement, step__evidence__in=ChecklistStep.KEYED)
    for item in asked.select_related("step"):
        place = pages.place_of(item.step)
        if place and place.is_there and place.is_there(placement):
            fulfil(placement, evidence=item.step.evidence, key=item.step.evidence_key, by=by)


def _asking(placement: Placement, evidence: str, key: str) -> ChecklistItemQuerySet:
    items = ChecklistItem.objects.filter(placement=placement, step__evidence=evidence, step__evidence_key=key)
    return items.select_related("step", "placement")


def _write_evidence(items: list[ChecklistItem], *, action: str, by: User | None, **values: Any) -> None:
    for item in items:
        for name, value in values.items():
            setattr(item, name, value)
        item.save(update_fields=list(values))
        audit.record(action, item, by=by)
        follow_done(item.placement_id, [item.step.key])


def _before_departure() -> PlacementQuerySet:
    """Placements whose trip is ahead by its date, whether or not anybody has recorded that the group left."""
    going = Placement.objects.active().filter(trip__departed_at__isnull=True, trip__leaves_on__gt=timezone.localdate())
    items = Prefetch("checklist_items", queryset=ChecklistItem.objects.select_related("step"))
    return going.with_people().prefetch_related(items).order_by("pk")


def _new(row: Placement, until: date = date.max) -> list[ChecklistItem]:
    """The student's open steps that wait for no other one, and that they weren't reminded of."""
    case = getattr(row.application, "passport_case", None)
    there = duties.shown_to(case, row.checklist_items.all())
    waiting = duties.waits(there)
    mine = [item for item in there if item.is_open and item.step.is_students and item.reminded_at is None]
    return [item for item in mine if item.step.key not in waiting and item.do_by <= until]


def _near(row: Placement) -> list[ChecklistItem]:
    return _new(row, timezone.localdate() + timedelta(days=int(facts.number(REMIND_DAYS))))


def _claim(row: Placement, _occasion: object) -> None:
    claimed = ChecklistItem.objects.filter(pk__in=[item.pk for item in _near(row)])
    claimed.update(reminded_at=timezone.now())


# one message about every step that is due within the fact's days and can be done
REMINDER = Reminder[Placement](
    name="travel.duties",
    template="travel/items_due",
    action="checklist.remind",
    offsets=(Before((REMIND_DAYS,), of=lambda row: sorted({item.do_by for item in _new(row)}), late=None),),
    rows=_before_departure,
    people=lambda row: [row.application.person],
    context=lambda row, _person: {"placement": row, "items": _near(row), "count": len(_near(row))},
    about=lambda row: _("steps before departure"),
    was_sent=lambda row, occasion: False,  # each is of steps that they weren't reminded of
    claim=_claim,
    holds=lambda row, key: any(item.is_open and item.reminded_at for item in row.checklist_items.all()),
    noted=lambda row: {"items": [item.step.key for item in _near(row)]},
)


def _checked(text: str) -> str:
    """What the student wrote, if it can be stored."""
    text = text.replace("\0", "").strip()
    if not text:
        raise RuleViolation("no_text", _("Write your answer, then check this off. Nothing was changed."))
    if len(text) > TEXT_MAX:
        limit = _("That’s too long. Keep it under %(count)s characters. Nothing was changed.")
        raise RuleViolation("too_long", limit % {"count": TEXT_MAX})
    return text


def _refuse_evidence(item: ChecklistItem) -> None:
    if item.step.asks_file:
        raise RuleViolation("needs_evidence", _("Send the photo or PDF, and this step is checked off by itself."))
    if item.done_via or not pages.is_by_hand(item.step):
        raise RuleViolation(
            "needs_evidence",
            _("This step is checked off by itself once it’s done on its own page. Nothing was changed."),
        )


def refuse_waiting(item: ChecklistItem) -> None:
    """RuleViolation: ("closed") if nobody has to do it now, ("waits") for another step."""
    if item.closed_at is not None:
        raise RuleViolation("closed", _("This step isn’t needed now. Nothing was changed."))
    others = duties.waits(item.placement.checklist_items.select_related("step")).get(item.step.key)
    if others:
        titles = ", ".join(other.step.title for other in others)
        raise RuleViolation("waits", _("Do this first: %(titles)s. Nothing was changed.") % {"titles": titles})


def _refuse_passport(item: ChecklistItem) -> None:
    if item.step.timing in FOLLOWS_PASSPORT:
        raise RuleViolation(
            "follows_passport", _("This step follows your passport. Update your passport, and it’ll change by itself.")
        )


def lock(item: ChecklistItem) -> ChecklistItem:
    """The current row with its step and seat, until the end of the transaction. RuleViolation for who doesn't go."""
    related = "step", "placement__application", "placement__trip"
    item = ChecklistItem.objects.select_for_update(of=("self",)).select_related(*related).get(pk=item.pk)
    refuse_ended(item.placement.application)
    return item
