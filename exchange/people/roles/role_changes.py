"""Ending a role, moving an advisor to another college, and undoing either. Views ask for a fresh proof.

Each ends the person's sessions: a session is no older than what it may do.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import GrantKind, PastRole, Role, User
from exchange.people.roles import granting, handing_on
from exchange.people.roles.handing_on import Leaving
from exchange.people.sign_in import accounts
from exchange.reference import facts


@transaction.atomic
def end(leaving: Leaving, *, seen: str, by: User) -> PastRole:
    """Take the role and hand on what it did. `seen`: the preview's fingerprint.

    RuleViolation: may_not, own_role, last_one, has_it_not, changed_meanwhile.
    """
    _check(leaving, seen, by)
    handed = handing_on.hand_on(leaving, by=by)
    state = granting.take(leaving.user, leaving.kind, leaving.college, by=by)
    past = PastRole.objects.create(
        user=leaving.user,
        kind=leaving.kind,
        college=leaving.college,
        ended_by=by,
        handed={"rows": handed, "state": state},
    )
    _record("role.end", leaving, by)
    _tell(leaving.user, "exchange/role_ended", past, by)
    return past


@transaction.atomic
def move(leaving: Leaving, *, seen: str, by: User) -> PastRole:
    """The advisor advises at `leaving.to` instead. RuleViolation: as `end`, and same_college, has_it."""
    if not leaving.is_advisor or leaving.to is None or leaving.to == leaving.college:
        raise RuleViolation("same_college", _("Choose the college where they work now."))
    _check(leaving, seen, by)
    handed = handing_on.hand_on(leaving, by=by)
    granting.take(leaving.user, leaving.kind, leaving.college, by=by)
    became = granting.give(leaving.user, leaving.kind, leaving.to, by=by)
    past = PastRole.objects.create(
        user=leaving.user,
        kind=leaving.kind,
        college=leaving.college,
        became=became,
        ended_by=by,
        handed={"rows": handed, "to": leaving.to.pk},
    )
    _record("role.move", leaving, by)
    _tell(leaving.user, "exchange/role_moved", past, by)
    return past


@transaction.atomic
def undo(past: PastRole, *, by: User) -> list[str]:
    """Give the role back, and what was handed on as far as it's still where it went. Returns what isn't, in sentences.

    RuleViolation: may_not, own_role, too_late, has_it.
    """
    past = PastRole.objects.select_for_update(of=("self",)).select_related("user", "college", "became").get(pk=past.pk)
    if past.kind not in roles.grantable_by(by):
        raise RuleViolation("may_not", _("You can’t give this role. Ask the technical owner."))
    _check_other(past.user, by)
    if not can_be_undone(past):
        raise RuleViolation("too_late", _("This can no longer be undone. Invite the person again."))
    if past.became:
        granting.take(past.user, past.kind, past.became.college, by=by)
    granting.give_back(past.user, past.kind, past.college, past.handed.get("state", {}), by=by)
    past.undone_at, past.undone_by = timezone.now(), by
    past.save(update_fields=["undone_at", "undone_by"])
    # read anew: what the person may do is kept with the object
    user = User.objects.get(pk=past.user_id)
    stays = handing_on.give_back(user, past.handed.get("rows", {}), by=by)
    audit.record("role.undo", user, by=by, changes=granting.changes_of(past.kind, past.college))
    accounts.end_sessions(user, by=by, reason="role granted")
    return stays


def can_be_undone(past: PastRole) -> bool:
    """For some hours, and not twice; a move not after the role that it gave has ended, too."""
    hours = timedelta(hours=int(facts.number("people.undo_hours")))
    is_in_time = past.undone_at is None and past.ended_at + hours > timezone.now()
    return is_in_time and past.user.is_active and (past.became_id is not None or "to" not in past.handed)


def _check_other(user: User, by: User) -> None:
    if user == by:
        raise RuleViolation("own_role", _("You can’t change your own role. Ask a colleague."))


def _check(leaving: Leaving, seen: str, by: User) -> None:
    if leaving.kind not in roles.grantable_by(by):
        raise RuleViolation("may_not", _("You can’t end this role. Ask the technical owner."))
    _check_other(leaving.user, by)
    User.objects.select_for_update(of=("self",)).get(pk=leaving.user.pk)
    if not granting.has(leaving.user, leaving.kind, leaving.college):
        raise RuleViolation("has_it_not", _("This person no longer has that role. Nothing was changed."))
    others = Role.objects.filter(kind=GrantKind.COORDINATOR, user__is_active=True).exclude(user=leaving.user)
    if leaving.kind == GrantKind.COORDINATOR and not others.exists():
        raise RuleViolation("last_one", _("This is the only coordinator. Invite another one first."))
    if handing_on.fingerprint(leaving) != seen:
        raise RuleViolation(
            "changed_meanwhile", _("Something changed while you were looking. Check what happens, then confirm again.")
        )


def _record(action: str, leaving: Leaving, by: User) -> None:
    changes = granting.changes_of(leaving.kind, leaving.college)
    if leaving.to:
        changes["to"] = leaving.to.name
    if leaving.successor:
        changes["successor"] = leaving.successor.code
    audit.record(action, leaving.user, by=by, changes=changes)
    reason = "role changed" if leaving.to else "role ended"
    accounts.end_sessions(leaving.user, by=by, reason=reason)


def _tell(user: User, template: str, past: PastRole, by: User) -> None:
    outbox.queue(template, to=user, context={"past": past, "decided_by": by})
