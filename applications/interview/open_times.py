"""Queries about times that are free: who may meet whom, which times a student can book, and who is left without one.

A student who is invited has a time, until the last day on which they may book. So whoever would have none is found
before the invitation, and nobody is shown a time whose booking takes another student's only one. Read-only.
"""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.interview import interviews
from applications.interview.time_matching import harmless, harmless_changes, seated
from applications.models import Application, Assignment, Cycle, Interview, InterviewSlot
from applications.reading import readers
from applications.reading.assignment import Pair
from applications.reading.readers import Tie
from exchange.models import User


def ties_between(applications: Iterable[Application], people: Iterable[User]) -> dict[Pair, Tie]:
    """Who must not interview whom, and why: people who must not read the application, and people who have read it,
    because an interview adds the view of somebody else."""
    by_code = {each.code: each for each in applications}
    members = readers.members_of(people)
    within = Application.objects.filter(pk__in=[each.pk for each in by_code.values()])
    ties = readers.ties_of(within, by_code, members)
    found = {pair: tie for pair, tie in ties.items() if tie is not Tie.MEETS}
    read = Assignment.objects.filter(application__in=within, reader__code__in=members, is_interview=False)
    return dict.fromkeys(read.values_list("application__code", "reader__code"), Tie.READ) | found


def conflicted(application: Application, people: Iterable[User]) -> list[User]:
    """Those of these people who must not interview this student."""
    people = list(people)
    close = {code for _application, code in ties_between([application], people)}
    return sorted((each for each in people if each.code in close), key=lambda each: each.code)


def free_in(cycle: Cycle) -> QuerySet[InterviewSlot]:
    """Time slots that can still be booked, and that somebody holds."""
    soonest = timezone.now() + interviews.change_time()
    ahead = InterviewSlot.objects.filter(cycle=cycle, called_off_at__isnull=True, starts_at__gt=soonest)
    held = InterviewSlot.interviewers.through.objects.filter(user__is_active=True).values("interviewslot")
    return (
        ahead.filter(interview__isnull=True, pk__in=held).prefetch_related("interviewers").order_by("starts_at", "pk")
    )


def waiting(cycle: Cycle) -> QuerySet[Interview]:
    """Invited students who can still book and haven't, from whoever has waited longest."""
    rows = interviews.still_running(Interview.objects.filter(application__cycle=cycle))
    open_ones = rows.filter(slot__isnull=True, book_by__gt=timezone.now())
    return open_ones.select_related("application__student", "application__college").order_by("invited_at", "pk")


@dataclass(frozen=True)
class OpenTimes:
    """These time slots, and who of their interviewers must not meet whom."""

    slots: Sequence[InterviewSlot]
    ties: Mapping[Pair, Tie]

    def open_to(self, application: Application) -> list[InterviewSlot]:
        return [slot for slot, holders in self._held if not self._is_close(application, holders)]

    def is_held(self, slot: InterviewSlot, application: Application) -> bool:
        """Whether somebody holds it, and nobody who must not meet this student."""
        return bool(slot.holders) and not self._is_close(application, slot.holders)

    def _is_close(self, application: Application, people: Iterable[User]) -> bool:
        return any((application.code, each.code) in self.ties for each in people)

    @cached_property
    def _held(self) -> list[tuple[InterviewSlot, Sequence[User]]]:
        """The slots that somebody holds, each with those people: they're asked for again for each student."""
        return [(slot, holders) for slot in self.slots if (holders := slot.holders)]

    def tie(self, application: Application, person: User) -> Tie | None:
        return self.ties.get((application.code, person.code))

    def by_application(self, applications: Iterable[Application]) -> dict[int, list[int]]:
        """Primary keys of the slots that are open to each, by the application's."""
        return {each.pk: [slot.pk for slot in self.open_to(each)] for each in applications}

    def until(self, book_by: Mapping[Application, datetime]) -> dict[int, list[int]]:
        """As `by_application`, of those slots alone that can still be booked when their last day to book ends."""
        change_time = interviews.change_time()
        return {
            each.pk: [slot.pk for slot in self.open_to(each) if slot.starts_at >= end + change_time]
            for each, end in book_by.items()
        }

    def promised(self, book_by: Mapping[Application, datetime]) -> dict[int, list[int]]:
        """As `until`, for whom that leaves a time beside the others; the others come after them, with each time that is
        open. But nobody goes without a time so that somebody else's lasts: then all have each that is open."""
        lasting, open_to = self.until(book_by), self.by_application(book_by)
        having = seated(lasting)
        found = {pk: slots for pk, slots in lasting.items() if pk in having}
        found |= {pk: slots for pk, slots in open_to.items() if pk not in having}
        return found if len(seated(found)) >= len(seated(open_to)) else open_to


def times_for(slots: Iterable[InterviewSlot], applications: Iterable[Application]) -> OpenTimes:
    slots = list(slots)
    people = {person for slot in slots for person in slot.holders}
    return OpenTimes(slots, ties_between(applications, people) if people else {})


def free_slots(interview: Interview) -> QuerySet[InterviewSlot]:
    """The time slots that the student can book: free, without an interviewer who must not meet them, and so that each
    other invited student who has a time still has one. A time that they have booked is free for the others then."""
    own = interview.application
    times, everyone = _times_and_waiting(interview)
    asked = [slot.pk for slot in times.open_to(own)]
    open_to = times.promised(everyone)
    if interview.slot_id:
        others = {pk: slots for pk, slots in open_to.items() if pk != own.pk}
        found = harmless_changes(own.pk, interview.slot_id, others, asked)
    else:
        found = harmless(own.pk, open_to, asked)
    return InterviewSlot.objects.filter(pk__in=set(found) - {interview.slot_id}).order_by("starts_at", "pk")


def _times_and_waiting(interview: Interview) -> tuple[OpenTimes, dict[Application, datetime]]:
    """Free times, with the one that the student can give back, and until when each who needs one may book."""
    own = interview.application
    slots = list(free_in(own.cycle))
    if interview.slot and interviews.can_change(interview):
        slots.append(interview.slot)
    everyone = {each.application: each.book_by for each in waiting(own.cycle)}
    everyone.setdefault(own, interview.book_by)
    return times_for(slots, everyone), everyone


@dataclass(frozen=True, slots=True)
class Obstacle:
    person: User
    tie: Tie

    @property
    def reason(self) -> str:
        return str(readers.TIES[self.tie])


@dataclass(frozen=True, slots=True)
class WithoutTime:
    """A student for whom no time is left. `obstacles`: interviewers of free times who must not meet them. `times`: how
    many times they could have had, which other invited students need."""

    application: Application
    obstacles: tuple[Obstacle, ...]
    times: int

    @property
    def line(self) -> str:
        """Who it is and why, for the office."""
        reasons = [self._reason(), *(f"{each.person}: {each.reason}" for each in self.obstacles)]
        college = self.application.college
        who = f"{self.application.student} ({college.short_name})" if college else str(self.application.student)
        return f"{who}. {' '.join(reasons)}"

    def _reason(self) -> str:
        if self.times:
            text = ngettext(
                "The %(count)s time open to them is needed for another student.",
                "The %(count)s times open to them are needed for other students.",
                self.times,
            )
            return text % {"count": self.times}
        return _("No one with an open time can meet them.") if self.obstacles else _("No times are open.")


class Outlook:
    """What comes of inviting these students beside those who can book already."""

    def __init__(self, cycle: Cycle, invited: Iterable[Application]) -> None:
        self.invited = {each.pk: each for each in invited}
        rows = waiting(cycle) if self.invited else ()
        self.before = {row.application: row.book_by for row in rows if row.application_id not in self.invited}
        everyone = [*self.before, *self.invited.values()]
        self.times = times_for(free_in(cycle) if everyone else (), everyone)
        #: of the invited, who would have no time. Of equals, whoever comes last
        left_over = _left_over(self.times, everyone, self.times.by_application(everyone))
        self.without = [row for row in left_over if row.application.pk in self.invited]

    def last_day(self, wanted: date) -> date | None:
        """The last day to book, this one or an earlier one, on which everybody else of the invited still has a time if
        nobody has booked before. None: there is no such day from today on."""
        today = timezone.localdate()
        days = [wanted - timedelta(days=back) for back in range((wanted - today).days + 1)]
        at = bisect(days, False, key=self._is_time_left_on)
        return days[at] if at < len(days) else None

    def _is_time_left_on(self, day: date) -> bool:
        gone = {row.application.pk for row in self.without}
        new = {each: end_of(day) for each in self.invited.values() if each.pk not in gone}
        having = seated(self._promised_before | self.times.until(new))
        return all(each.pk in having for each in new)

    @cached_property
    def _promised_before(self) -> dict[int, list[int]]:
        return self.times.promised(self.before)


def end_of(day: date) -> datetime:
    """When booking ends whose last day this is."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _left_over(
    times: OpenTimes, applications: Iterable[Application], open_to: Mapping[int, Sequence[int]]
) -> list[WithoutTime]:
    """Who has no time of these slots, if as many as possible have one. `open_to`: in order of priority."""
    having = seated(open_to)
    return [
        WithoutTime(each, _obstacles(times, each), len(open_to[each.pk]))
        for each in applications
        if each.pk not in having
    ]


def _obstacles(times: OpenTimes, application: Application) -> tuple[Obstacle, ...]:
    people = {person for slot in times.slots for person in slot.holders}
    ordered = sorted(people, key=lambda person: (str(person), person.pk))
    return tuple(Obstacle(each, tie) for each in ordered if (tie := times.tie(application, each)))


@dataclass(frozen=True, slots=True)
class Gaps:
    """What the office has to close. `without`: invited students who have no time to book. `not_held`: booked interviews
    to come that nobody holds, or somebody who must not meet the student: a role has ended, the student has moved to
    another college, or a conflict became known since."""

    without: Sequence[WithoutTime] = ()
    not_held: Sequence[Interview] = ()


def gaps_of(cycle: Cycle) -> Gaps:
    """One look for both, because who must not meet whom takes a dozen queries."""
    if not cycle.has_interviews:
        return Gaps()
    unbooked, booked = {each.application: each.book_by for each in waiting(cycle)}, _booked_ahead(cycle)
    if not unbooked and not booked:
        return Gaps()
    free = list(free_in(cycle)) if unbooked else []
    taken = [each.slot for each in booked if each.slot]
    ties = times_for([*free, *taken], [*unbooked, *(each.application for each in booked)]).ties
    held = OpenTimes(taken, ties)
    not_held = [each for each in booked if each.slot and not held.is_held(each.slot, each.application)]
    times = OpenTimes(free, ties)
    return Gaps(_left_over(times, unbooked, times.promised(unbooked)), not_held)


def _booked_ahead(cycle: Cycle) -> list[Interview]:
    rows = Interview.objects.filter(application__cycle=cycle, slot__starts_at__gt=timezone.now())
    running = interviews.still_running(rows).select_related("application__student", "application__college", "slot")
    return list(running.prefetch_related("slot__interviewers").order_by("slot__starts_at", "pk"))
