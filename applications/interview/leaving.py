"""What becomes of interviews to come when an interviewer's role ends or moves to another college."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Assignment, InterviewSlot
from exchange.base import office_tasks
from exchange.models import GrantKind, User
from exchange.people import handing_on
from exchange.people.handing_on import Leaving, Part

TASK = "applications.interviewer_left"


def register_all() -> None:
    handing_on.register(Part("interviews", times, _words, _leave, _join_again))
    office_tasks.register(
        TASK,
        gettext_lazy("Find another interviewer for %(name)s"),
        gettext_lazy("Interview times left without them: %(count)s. Add someone, or call the times off."),
    )


def times(leaving: Leaving) -> list[int]:
    """Slots to come at which they were to interview; after a move those that a student of the new college booked."""
    if leaving.kind in {GrantKind.DIRECTOR, GrantKind.OWNER}:
        return []
    ahead = Q(called_off_at=None, starts_at__gte=timezone.now(), interviewers=leaving.user)
    if leaving.to:
        ahead &= Q(interview__application__college=leaving.to)
    return sorted(set(InterviewSlot.objects.filter(ahead).values_list("pk", flat=True)))


def _words(leaving: Leaving, count: int) -> str:
    text = ngettext(
        "%(count)s interview needs another interviewer. The office gets a task for it.",
        "%(count)s interviews need another interviewer. The office gets a task for them.",
        count,
    )
    return text % {"count": count}


def _leave(leaving: Leaving, rows: list[int], by: User) -> list[int]:
    """They no longer see the times or the students who booked them; one task for each cycle."""
    slots = list(InterviewSlot.objects.filter(pk__in=rows).select_related("cycle"))
    for slot in slots:
        slot.interviewers.remove(leaving.user)
    mine = Assignment.objects.filter(reader=leaving.user, is_interview=True, review__locked_at__isnull=True)
    mine.filter(application__interview__slot__in=rows).delete()
    for cycle in {slot.cycle for slot in slots}:
        office_tasks.open(
            f"interviewer-left:{leaving.user.code}:{cycle.code}:{timezone.now():%Y%m%d%H%M%S}",
            TASK,
            due_on=timezone.localdate(),
            path=reverse("applications:selection-interviews", args=[cycle.code]),
            params={"name": str(leaving.user), "count": sum(slot.cycle == cycle for slot in slots)},
            by=by,
        )
    return rows


def _join_again(user: User, rows: list[int], by: User) -> None:
    for slot in InterviewSlot.objects.filter(pk__in=rows, called_off_at=None, starts_at__gte=timezone.now()):
        slot.interviewers.add(user)
