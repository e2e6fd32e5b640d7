"""What becomes of somebody's work when a role ends or moves to another college. Each app registers its parts.

A part says in the preview what will become of it, does it in the action's transaction, and gives back what it can if
the act is undone. What an advisor may open follows from their role alone and needs no part: private conversations that
students asked for are open to the college's other advisors as soon as the role is gone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.base import office_tasks, roles
from exchange.models import College, GrantKind, OfficeTask, User
from exchange.people.colleges import named_advisor as colleges


@dataclass(frozen=True, slots=True)
class Leaving:
    """`to`: the new college, if the person moves. `successor`: who takes over; None: the college or the office."""

    user: User
    kind: str
    college: College | None
    to: College | None = None
    successor: User | None = None

    @property
    def is_advisor(self) -> bool:
        return self.kind == GrantKind.ADVISOR


@dataclass(frozen=True, slots=True)
class Part:
    """`rows`: keys of what it is about. `words`: what will become of so many.

    `hand_on` returns what `give_back` needs to undo it; None if nothing can be given back. `give_back` returns what
    stays as it is, in sentences.
    """

    key: str
    rows: Callable[[Leaving], list[int]]
    words: Callable[[Leaving, int], str]
    hand_on: Callable[[Leaving, list[int], User], Any]
    give_back: Callable[[User, Any, User], list[str]] | None = None


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    _parts[part.key] = part


def preview(leaving: Leaving) -> list[str]:
    """One sentence for each part that has anything."""
    found = ((part, len(part.rows(leaving))) for part in _parts.values())
    return [part.words(leaving, count) for part, count in found if count]


def fingerprint(leaving: Leaving) -> str:
    """Of what the preview shows: whether it still holds when the person confirms it."""
    shown = [(part.key, part.rows(leaving)) for part in _parts.values()]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def hand_on(leaving: Leaving, *, by: User) -> dict[str, Any]:
    """In the caller's transaction. Returns what can be given back, by part."""
    handed = {part.key: part.hand_on(leaving, rows, by) for part in _parts.values() if (rows := part.rows(leaving))}
    return {key: what for key, what in handed.items() if what is not None}


def give_back(user: User, handed: dict[str, Any], *, by: User) -> list[str]:
    """In the caller's transaction. Returns what isn't given back, in sentences."""
    stays = []
    for key, what in handed.items():
        part = _parts.get(key)
        if part and part.give_back:
            stays += part.give_back(user, what, by)
    return stays


def successors(leaving: Leaving) -> list[User]:
    """Who can take over: the college's other advisors, or the other coordinators."""
    if leaving.is_advisor and leaving.college:
        found = roles.advisors_at(leaving.college.pk)
    elif leaving.kind == GrantKind.COORDINATOR:
        found = roles.coordinators().order_by("full_name", "pk")
    else:
        return []
    return list(found.exclude(pk=leaving.user.pk))


# --- The parts of this app ------------------------------------------------------------------------------


def _signed_colleges(leaving: Leaving) -> list[int]:
    if not leaving.is_advisor:
        return []
    return [leaving.college.pk] if leaving.college and leaving.college.named_advisor_id == leaving.user.pk else []


def _signed_words(leaving: Leaving, count: int) -> str:
    text = _("Reminders to students at %(college)s are signed by %(name)s from now on.")
    return text % {"college": leaving.college, "name": leaving.successor or _("the exchange team")}


def _name_successor(leaving: Leaving, rows: list[int], by: User) -> dict[str, Any]:
    for college in College.objects.filter(pk__in=rows):
        colleges.name_advisor(college, leaving.successor, by=by)
    return _where(leaving, rows)


def _sign_again(user: User, handed: dict[str, Any], by: User) -> list[str]:
    stays = []
    for college in College.objects.filter(pk__in=handed["rows"]).select_related("named_advisor"):
        if college.named_advisor_id == handed["to"] and college.pk in roles.advisor_college_ids(user):
            colleges.name_advisor(college, user, by=by)
        elif college.named_advisor_id != user.pk:
            text = _("Reminders to students at %(college)s are still signed by %(name)s.")
            stays.append(text % {"college": college, "name": college.named_advisor or _("the exchange team")})
    return stays


def _where(leaving: Leaving, rows: list[int]) -> dict[str, Any]:
    """What an undo takes back: only what is still with whom it was given."""
    return {"rows": rows, "to": leaving.successor.pk if leaving.successor else None}


def _open_tasks(leaving: Leaving) -> list[int]:
    if leaving.kind != GrantKind.COORDINATOR:
        return []
    return list(OfficeTask.objects.open().filter(owner=leaving.user).order_by("pk").values_list("pk", flat=True))


def _tasks_words(leaving: Leaving, count: int) -> str:
    text = ngettext(
        "%(count)s open task goes to %(name)s.",
        "%(count)s open tasks go to %(name)s.",
        count,
    )
    return text % {"count": count, "name": leaving.successor or _("the exchange team")}


def _assign_tasks(leaving: Leaving, rows: list[int], by: User) -> dict[str, Any]:
    for task in OfficeTask.objects.filter(pk__in=rows):
        office_tasks.assign(task, leaving.successor, by=by)
    return _where(leaving, rows)


def _take_tasks_back(user: User, handed: dict[str, Any], by: User) -> list[str]:
    tasks = list(OfficeTask.objects.open().filter(pk__in=handed["rows"]))
    moved = [task for task in tasks if task.owner_id not in (handed["to"], user.pk)]
    for task in tasks:
        if task not in moved:
            office_tasks.assign(task, user, by=by)
    text = ngettext(
        "%(count)s open task has been reassigned since, so it stays where it is.",
        "%(count)s open tasks have been reassigned since, so they stay where they are.",
        len(moved),
    )
    return [text % {"count": len(moved)}] if moved else []


register(Part("reminders", _signed_colleges, _signed_words, _name_successor, _sign_again))
register(Part("tasks", _open_tasks, _tasks_words, _assign_tasks, _take_tasks_back))
