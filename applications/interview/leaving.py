"""What becomes of interviews to come when an interviewer's role ends or moves to another college."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from applications.interview import open_times
from applications.interview.actions.interview_slots import give_to_interviewers
from applications.models import Assignment, Interview, InterviewSlot, ReaderProfile
from exchange.base import office_tasks
from exchange.models import GrantKind, PastRole, Role, User
from exchange.people.roles import handing_on
from exchange.people.roles.handing_on import Leaving, Part

TASK = "applications.interviewer_left"


def register_all() -> None:
    handing_on.register(Part("interviews", times, _words, _leave, _join_again))
    office_tasks.register(
        TASK,
        gettext_lazy("Find another interviewer for %(name)s"),
        gettext_lazy("Interview times left without them: %(count)s. Add someone, or call the times off."),
    )


def times(leaving: Leaving) -> list[int]:
    """Slots to come at which they were to interview, if they can't any longer; after a move those that a student of
    the new college booked."""
    if leaving.kind in {GrantKind.DIRECTOR, GrantKind.OWNER} or (not leaving.to and _still_interviews(leaving)):
        return []
    ahead = Q(called_off_at=None, starts_at__gte=timezone.now(), interviewers=leaving.user)
    if leaving.to:
        ahead &= Q(interview__application__college=leaving.to)
    return sorted(set(InterviewSlot.objects.filter(ahead).values_list("pk", flat=True)))


def _still_interviews(leaving: Leaving) -> bool:
    """Whether they're among `interviews.interviewers` without this role. An advisor's last role takes the limits of
    their reading along (reading/leaving.py), and with them what makes a reader."""
    staff = Role.objects.filter(user=leaving.user, kind__in=(Role.Kind.ADVISOR, Role.Kind.COORDINATOR))
    if staff.exclude(kind=leaving.kind, college=leaving.college).exists():
        return True
    reads = ReaderProfile.objects.filter(user=leaving.user, is_reading=True)
    return leaving.kind == GrantKind.COORDINATOR and reads.exists()


def _words(leaving: Leaving, count: int) -> str:
    text = ngettext(
        "%(count)s interview needs another interviewer. The office gets a task for it.",
        "%(count)s interviews need another interviewer. The office gets a task for them.",
        count,
    )
    return text % {"count": count}


def _leave(leaving: Leaving, rows: list[int], by: User) -> dict[str, Any]:
    """They no longer see the times or the students who booked them; one task for each cycle."""
    InterviewSlot.interviewers.through.objects.filter(interviewslot__in=rows, user=leaving.user).delete()
    slots = list(InterviewSlot.objects.filter(pk__in=rows).select_related("cycle").prefetch_related("interviewers"))
    mine = Assignment.objects.filter(reader=leaving.user, is_interview=True, review__locked_at__isnull=True)
    mine.filter(application__interview__slot__in=rows).delete()
    beside = {str(slot.pk): [each.pk for each in slot.interviewers.all()] for slot in slots}
    return {"slots": rows, "source": _ask_for_others(leaving.user, slots, by), "beside": beside}


def _ask_for_others(user: User, slots: list[InterviewSlot], by: User) -> str:
    """A task for each cycle. Returns their source."""
    source = f"interviewer-left:{user.code}:{timezone.now():%Y%m%d%H%M%S%f}"
    for cycle in {slot.cycle for slot in slots}:
        office_tasks.open(
            f"{source}:{cycle.code}",
            TASK,
            due_on=timezone.localdate(),
            path=reverse("applications:selection-interviews", args=[cycle.code]),
            params={"name": str(user), "count": sum(slot.cycle == cycle for slot in slots)},
            source=source,
            by=by,
        )
    return source


def _join_again(user: User, handed: Any, by: User) -> list[str]:
    """At the times still to come that nobody has taken meanwhile, with the students who have booked them by now, if the
    person may meet those."""
    handed = _in_form(handed)
    rows = InterviewSlot.objects.filter(pk__in=handed["slots"], called_off_at=None, starts_at__gte=timezone.now())
    locked = rows.select_for_update(of=("self",)).select_related("cycle").prefetch_related("interviewers")
    ahead = list(locked.order_by("pk"))
    booked = {each.slot_id: each for each in Interview.objects.filter(slot__in=ahead).select_related("application")}
    new = _who_is_new(ahead, user, handed.get("beside", {}))
    taken, close, nobody = 0, 0, []
    for slot in ahead:
        interview = booked.get(slot.pk)
        if new[slot.pk]:
            taken += 1
        elif interview and open_times.conflicted(interview.application, [user]):
            close += 1
            nobody += [slot] if not slot.interviewers.all() else []
        else:
            slot.interviewers.add(user)
            if interview and interview.is_open:
                give_to_interviewers(interview)
    if handed["source"]:
        office_tasks.drop(handed["source"], by=by)
    _ask_for_others(user, nobody, by)
    return _what_stays(taken, close)


def _in_form(handed: Any) -> dict[str, Any]:
    """What `_leave` keeps; before an update it was the times alone."""
    return {"slots": handed, "source": ""} if isinstance(handed, list) else handed


def _who_is_new(slots: list[InterviewSlot], user: User, beside: dict[str, list[int]]) -> dict[int, set[int]]:
    """By time, who has come since this person left. Who interviewed beside them has taken nothing, also where they left
    first and an undo brought them back before."""
    there = {slot.pk: {each.pk for each in slot.interviewers.all()} - {user.pk} for slot in slots}
    back = PastRole.objects.filter(user__in=set().union(*there.values()), undone_at__isnull=False)
    had = {
        (person, slot)
        for person, kept in back.values_list("user", "handed")
        for slot in _in_form(kept.get("rows", {}).get("interviews", []))["slots"]
    }
    return {
        slot: {each for each in people - set(beside.get(str(slot), [])) if (each, slot) not in had}
        for slot, people in there.items()
    }


def _what_stays(taken: int, close: int) -> list[str]:
    found = []
    if taken:
        text = ngettext(
            "%(count)s interview has gone to someone else since, so it stays with them.",
            "%(count)s interviews have gone to others since, so they stay with them.",
            taken,
        )
        found.append(text % {"count": taken})
    if close:
        text = ngettext(
            "They didn’t get %(count)s interview back, because they can’t interview the student who booked it.",
            "They didn’t get %(count)s interviews back, because they can’t interview the students who booked them.",
            close,
        )
        found.append(text % {"count": close})
    return found
