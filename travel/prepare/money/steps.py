"""The step of the checklist that payments close: money that's due before departure was sent."""

from collections.abc import Iterable

from exchange.models import User
from travel.models import ChecklistItem, ChecklistStep, MoneyPromise, Placement
from travel.passport.case import replan
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence

STIPEND = "stipend"  # key of the step, by which `evidence` names its page


def is_paid(placement: Placement) -> bool:
    """Whether everything that was promised without receipts and before departure is paid, and it's something."""
    there = list(MoneyPromise.objects.stipends().filter(placement=placement).with_sums())
    return any(row.paid for row in there) and all(row.paid + row.canceled_cents == row.cents for row in there)


def follow(placements: Iterable[int], *, by: User | None) -> None:
    """Bring the checklists in line with what was promised and paid. `placements`: their keys. In a transaction.

    Whoever is promised nothing hasn't the step; a list that isn't open yet gets it when it opens.
    """
    listed = Placement.objects.active().filter(pk__in=set(placements), checklist_items__isnull=False)
    listed = listed.filter(trip__cycle__checklist_steps__audience=ChecklistStep.Audience.STIPEND).distinct()
    for placement in listed.with_people().order_by("pk"):
        replan.follow_person(placement, by=by)
    found = ChecklistItem.objects.kept().filter(placement__in=set(placements))
    found = found.filter(step__evidence=Evidence.PAGE, step__evidence_key=STIPEND)
    for item in found.select_related("step", "placement").select_for_update(of=("self",)).order_by("pk"):
        is_done = is_paid(item.placement)
        if is_done and item.is_open:
            checklist.fulfil_items([item], by=by)
        elif not is_done and item.done_via:
            checklist.unfulfil_items([item], by=by)
