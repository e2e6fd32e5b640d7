"""What a person may do, given and taken back: roles, the technical owner's rights, and what other apps register.

    granting.register(GrantKind.READER, granting.Duty(has=..., give=..., take=..., give_back=...))

Called by actions only, inside their transaction; they write the events and end the person's sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.models import College, GrantKind, Role, User


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind that isn't a `Role` row. `take` returns what `give_back` needs to undo it."""

    has: Callable[[User], bool]
    give: Callable[[User, User | None], None]  # to whom, by whom
    take: Callable[[User, User], dict[str, Any]]
    give_back: Callable[[User, dict[str, Any], User], None]


def _be_owner(user: User, is_owner: bool) -> None:
    user.is_staff = user.is_superuser = is_owner
    user.save(update_fields=["is_staff", "is_superuser"])


def _take_ownership(user: User, by: User) -> dict[str, Any]:
    _be_owner(user, False)
    return {}


_duties: dict[str, Duty] = {
    GrantKind.OWNER: Duty(
        has=lambda user: user.is_staff,
        give=lambda user, by: _be_owner(user, True),
        take=_take_ownership,
        give_back=lambda user, state, by: _be_owner(user, True),
    )
}


def register(kind: GrantKind, duty: Duty) -> None:
    _duties[kind] = duty


def has(user: User, kind: str, college: College | None = None) -> bool:
    if kind in _duties:
        return _duties[kind].has(user)
    return Role.objects.filter(user=user, kind=kind, college=college).exists()


def give(user: User, kind: str, college: College | None, *, by: User | None) -> Role | None:
    """RuleViolation: has_it, and what the duty refuses. Returns the role's row, if it has one."""
    if has(user, kind, college):
        raise RuleViolation("has_it", _("This person already has that role."))
    if kind in _duties:
        _duties[kind].give(user, by)
        return None
    return Role.objects.create(user=user, kind=kind, college=college)


def take(user: User, kind: str, college: College | None, *, by: User) -> dict[str, Any]:
    """RuleViolation: has_it_not."""
    if not has(user, kind, college):
        raise RuleViolation("has_it_not", _("This person no longer has that role. Nothing was changed."))
    if kind in _duties:
        return _duties[kind].take(user, by)
    Role.objects.filter(user=user, kind=kind, college=college).delete()
    return {}


def give_back(user: User, kind: str, college: College | None, state: dict[str, Any], *, by: User) -> Role | None:
    """RuleViolation: has_it."""
    if kind not in _duties:
        return give(user, kind, college, by=by)
    if has(user, kind):
        raise RuleViolation("has_it", _("This person already has that role."))
    _duties[kind].give_back(user, state, by)
    return None


def words_of(kind: str, college: College | None = None) -> str:
    """ "advisor, City College"."""
    label = str(GrantKind(kind).label)
    return f"{label}, {college.short_name}" if college else label


def changes_of(kind: str, college: College | None = None) -> dict[str, str]:
    """For the event of an act: the college by its name, because a log is read years later."""
    return {"role": kind, "college": college.name if college else ""}
