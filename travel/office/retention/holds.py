"""Legal holds: the office keeps everything of one student or one cycle, whatever a retention rule says."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Cycle, LegalHold
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User


@transaction.atomic
def place(*, reason: str, by: User, cycle: Cycle | None = None, student: User | None = None) -> LegalHold:
    """Place a hold. A second one on the same changes nothing. RuleViolation: no_reason, one_of_both."""
    if not reason.strip():
        raise RuleViolation("no_reason", _("Say why this has to be kept."))
    if (cycle is None) == (student is None):
        raise RuleViolation("one_of_both", _("Choose a cycle or give a student’s application code, not both."))
    target = {"cycle": cycle} if cycle else {"student": student}
    hold, is_new = LegalHold.objects.active().get_or_create(**target, defaults={"reason": reason, "placed_by": by})
    if is_new:
        audit.record("hold.place", hold, by=by, reason=reason)
    return hold


@transaction.atomic
def lift(hold: LegalHold, *, by: User) -> LegalHold:
    """End it: retention rules count again. A second call changes nothing."""
    locked = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at is None:
        locked.lifted_at, locked.lifted_by = timezone.now(), by
        locked.save(update_fields=["lifted_at", "lifted_by"])
        audit.record("hold.lift", locked, by=by)
    return locked
