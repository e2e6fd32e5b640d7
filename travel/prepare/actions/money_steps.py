"""The step of the checklist that payments close: money that's due before departure was sent."""

from collections.abc import Iterable

from exchange.models import User
from travel.models import ChecklistItem, MoneyPromise, MoneyRule, Placement
from travel.prepare.actions import checklist
from travel.prepare.evidence import Evidence

STIPEND = "stipend"  # key of the step, by which `evidence` names its page


def is_paid(placement: Placement) -> bool:
    """Whether everything that was promised without receipts and before departure is paid, and it's something."""
    rows = MoneyPromise.objects.filter(
        placement=placement,
        rule__kind=MoneyRule.Kind.STIPEND,
        rule__timing=MoneyRule.Timing.BEFORE_DEPARTURE,
    ).with_sums()
    there = list(rows)
    return any(row.paid for row in there) and all(row.paid + row.canceled_cents == row.cents for row in there)


def follow(placements: Iterable[int], *, by: User | None) -> None:
    """Bring the checklists in line with what was promised and paid. `placements`: their keys. In a transaction."""
    found = ChecklistItem.objects.kept().filter(placement__in=set(placements))
    found = found.filter(step__evidence=Evidence.PAGE, step__evidence_key=STIPEND)
    for item in found.select_related("step", "placement").select_for_update(of=("self",)).order_by("pk"):
        is_done = is_paid(item.placement)
        if is_done and item.is_open:
            checklist.fulfil_items([item], by=by)
        elif not is_done and item.done_via:
            checklist.unfulfil_items([item], by=by)
