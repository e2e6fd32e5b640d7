"""One result saved for several applications of the ranked list, and taken back by one undo.

Results are private until a release, so the committee waits for no preview and no worker. The act is stored as done
(`BulkAct`), with what each application had before; its page undoes it as it does any other act on many.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, BulkAct, BulkRow, Decision
from applications.selection.actions import selection
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User

KIND, PLACE = "decide", "selection"


@transaction.atomic
def decide_checked(
    applications: Collection[Application],
    *,
    result: str,
    reason: str,
    by: User,
    seen_at: datetime | None = None,
    query: str = "",
) -> tuple[list[Decision], BulkAct | None]:
    """As `selection.decide_many`, whose RuleViolations it raises, with the act that can be undone: None if every
    application had this very result already. `query`: of the list's address."""
    keys = [each.pk for each in applications]
    selection.lock_cycles(keys)
    before = {each.application_id: each for each in Decision.objects.unreleased().filter(application__in=keys)}
    decided = selection.decide_many(applications, result=result, reason=reason, by=by, seen_at=seen_at)
    changed = [each for each in decided if _differs(each, before.get(each.application_id))]
    if not changed:
        return decided, None
    now = timezone.now()
    bulk = BulkAct.objects.create(by=by, kind=KIND, place=PLACE, query=query[:500], confirmed_at=now, done_at=now)
    BulkRow.objects.bulk_create(
        BulkRow(
            act=bulk,
            application_id=each.application_id,
            outcome=BulkRow.Outcome.DONE,
            kept={"at": each.decided_at.isoformat(), "before": _kept(before.get(each.application_id))},
        )
        for each in changed
    )
    audit.record("bulk_act.confirm", bulk, by=by, changes={"kind": KIND, "count": len(changed)})
    return decided, bulk


def take_back(application: Application, kept: Mapping[str, Any], user: User) -> None:
    """Undo it for one application: its result is what it was before. Called in a transaction.

    RuleViolation, and nothing changes: released, gone, decided_meanwhile, position_taken.
    """
    selection.lock_cycles([application.pk])
    at = datetime.fromisoformat(kept["at"])
    decision = application.decisions.unreleased().select_related("decided_by").first()
    if decision is None:
        if application.decisions.filter(decided_at=at).exists():
            raise RuleViolation("released", _("The result has been released."))
        raise RuleViolation("gone", _("Someone has removed this result already."))
    if decision.decided_at != at:
        said = {"name": decision.decided_by, "result": decision.get_result_display()}
        raise RuleViolation("decided_meanwhile", _("%(name)s has saved another result since: %(result)s.") % said)
    if kept["before"] is None:
        selection.undo(application, by=user)
    else:
        selection.restore(decision, kept["before"], by=user)


def _differs(decision: Decision, before: Decision | None) -> bool:
    return before is None or decision.decided_at != before.decided_at


def _kept(before: Decision | None) -> dict[str, Any] | None:
    if before is None:
        return None
    return {
        "result": before.result,
        "waitlist_position": before.waitlist_position,
        "reason": before.reason,
        "decided_by": before.decided_by_id,
        "decided_at": before.decided_at.isoformat(),
    }
