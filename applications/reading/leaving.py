"""What reading means for the page of people: giving and ending it, and what becomes of the files."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Assignment, ReaderProfile
from applications.reading.actions import assigning, reader_profile
from exchange.base import audit, roles
from exchange.models import GrantKind, Role, User
from exchange.people.roles import granting, handing_on, who
from exchange.people.roles.handing_on import Leaving, Part

LIMITS: dict[str, Any] = {"reads_spanish": False, "reads_most": None, "is_reading": True}


def register_all() -> None:
    granting.register(GrantKind.READER, granting.Duty(_is_guest, _give, _take, _give_back))
    who.register(who.Holders(GrantKind.READER, GrantKind.READER.label, guests))
    handing_on.register(Part("readings", unread, _unread_words, _return_unread))
    handing_on.register(Part("limits", _limits, _limits_words, _drop_limits, _give_limits_back))


def guests() -> QuerySet[Any, Any]:
    """Primary keys of readers who have no role."""
    return ReaderProfile.objects.filter(user__roles=None, user__is_staff=False).values("user")


def _is_guest(user: User) -> bool:
    return guests().filter(user=user.pk).exists()


def _give(user: User, by: User | None) -> None:
    reader_profile.save_profile(user, **LIMITS, by=by or user)


def _take(user: User, by: User) -> dict[str, Any]:
    profile = ReaderProfile.objects.get(user=user)
    limits = {name: getattr(profile, name) for name in LIMITS}
    profile.delete()
    audit.record("review.remove_reader", user, by=by)
    return limits


def _give_back(user: User, state: dict[str, Any], by: User) -> None:
    reader_profile.save_profile(user, **(LIMITS | state), by=by)


# --- Files that nobody has read yet -------------------------------------------------------------------


def _stops_reading(leaving: Leaving) -> bool:
    """Whether the person can't read at all afterward."""
    if leaving.kind == GrantKind.READER:
        return True
    if not leaving.is_advisor or leaving.to:
        return False
    others = Role.objects.filter(user=leaving.user, kind=Role.Kind.ADVISOR).exclude(college=leaving.college)
    return not others.exists()


def unread(leaving: Leaving) -> list[int]:
    """Files that they may no longer read: all, or after a move those of the new college's students."""
    rows = Assignment.objects.filter(reader=leaving.user, is_interview=False).unread()
    if leaving.to:
        rows = rows.filter(application__college=leaving.to)
    elif not _stops_reading(leaving):
        return []
    return sorted(rows.values_list("pk", flat=True))


def _unread_words(leaving: Leaving, count: int) -> str:
    if leaving.to:
        text = ngettext(
            "%(count)s application from %(college)s that they haven’t read needs another reader.",
            "%(count)s applications from %(college)s that they haven’t read need another reader.",
            count,
        )
        return text % {"count": count, "college": leaving.to}
    text = ngettext(
        "%(count)s application that they haven’t read needs another reader.",
        "%(count)s applications that they haven’t read need another reader.",
        count,
    )
    return text % {"count": count}


def _return_unread(leaving: Leaving, rows: list[int], by: User) -> None:
    found = list(Assignment.objects.filter(pk__in=rows).select_related("application", "reader"))
    assigning.hold(each.application_id for each in found)
    for each in found:
        assigning.unassign(each, by=by, reason="role ended")


# --- Their limits, which would keep them a reader without a role -----------------------------------------


def _limits(leaving: Leaving) -> list[int]:
    if not (leaving.is_advisor and _stops_reading(leaving)) or roles.is_coordinator(leaving.user):
        return []
    return list(ReaderProfile.objects.filter(user=leaving.user).values_list("pk", flat=True))


def _limits_words(leaving: Leaving, count: int) -> str:
    return _("They’ll no longer read applications. To keep them as a reader, invite them as one.")


def _drop_limits(leaving: Leaving, rows: list[int], by: User) -> dict[str, Any]:
    return _take(leaving.user, by)


def _give_limits_back(user: User, state: dict[str, Any], by: User) -> list[str]:
    reader_profile.save_profile(user, **(LIMITS | state), by=by)
    return []
