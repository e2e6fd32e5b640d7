"""Queries about interviews: who interviews, what can still be done, and where each interview stands. Read-only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import hidden_scores
from applications.models import Application, Assignment, Cycle, Interview, InterviewSlot
from applications.states import Status
from exchange.base.calendar import Entry, calendar_file
from exchange.files import appointments
from exchange.models import Role, User
from exchange.reference import facts
from exchange.templatetags.ui import clock, short_day

BOOK_DAYS, CHANGE_HOURS, REMIND_DAYS = "interview.book_days", "interview.change_hours", "interview.remind_days"


def interviewers() -> QuerySet[User]:
    """People who can be asked to interview: advisors, the office, and readers."""
    staff = Role.objects.filter(kind__in=(Role.Kind.ADVISOR, Role.Kind.COORDINATOR)).values("user")
    may = Q(pk__in=staff) | Q(reader_profile__is_reading=True)
    return User.objects.filter(may, is_active=True).order_by("full_name", "pk")


def change_time() -> timedelta:
    """How long before an interview the student can still book, change or give up its time."""
    return timedelta(hours=int(facts.number(CHANGE_HOURS)))


def can_change(interview: Interview) -> bool:
    """Whether the student can still change the booked time."""
    slot = interview.slot
    return interview.is_open and slot is not None and slot.starts_at > timezone.now() + change_time()


def can_book(interview: Interview) -> bool:
    """Whether the student, who has no time yet, can still book one."""
    return interview.is_open and not interview.is_booked and interview.book_by > timezone.now()


def is_overdue(interview: Interview) -> bool:
    """Whether the last day to book passed without a booking."""
    is_off = bool(interview.called_off_at or interview.outcome)
    return not is_off and not interview.is_booked and interview.book_by <= timezone.now()


def can_be_invited(interview: Interview | None) -> bool:
    """Whether an invitation would change something. None: never invited."""
    if interview is None or interview.called_off_at or interview.outcome == Interview.Outcome.MISSED:
        return True
    return is_overdue(interview)


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    slots: list[InterviewSlot]


def by_day(slots: Iterable[InterviewSlot]) -> list[Day]:
    """The slots grouped by day, in the portal's time zone."""
    ordered = sorted(slots, key=lambda slot: slot.starts_at)
    return [Day(on, list(rows)) for on, rows in groupby(ordered, lambda slot: timezone.localdate(slot.starts_at))]


@dataclass(frozen=True, slots=True)
class InterviewStanding:
    """Where an interview stands: label and tone of a status tag."""

    label: str
    tone: str


def standing_of(interview: Interview) -> InterviewStanding:
    if interview.outcome == Interview.Outcome.HELD:
        return InterviewStanding(_("interview took place"), "good")
    if interview.outcome == Interview.Outcome.MISSED:
        return InterviewStanding(_("didn’t come"), "stop")
    if interview.called_off_at:
        return InterviewStanding(_("no interview"), "neutral")
    if interview.slot:
        if interview.slot.ends_at <= timezone.now():
            return InterviewStanding(_("did the interview take place?"), "wait")
        when = {"day": short_day(interview.slot.starts_at), "time": clock(interview.slot.starts_at)}
        return InterviewStanding(_("interview %(day)s, %(time)s") % when, "now")
    if interview.book_by <= timezone.now():
        return InterviewStanding(_("didn’t book"), "stop")
    return InterviewStanding(_("invited, hasn’t booked"), "wait")


def standings_of(applications: Iterable[Application]) -> dict[int, InterviewStanding]:
    """By the application's primary key, for the committee's list. One query."""
    rows = Interview.objects.filter(application__in=[each.pk for each in applications]).select_related("slot")
    return {each.application_id: standing_of(each) for each in rows}


def standings_on(applications: Iterable[Application]) -> dict[int, InterviewStanding]:
    """As `standings_of`, for applications fetched with their interview and its slot: no query."""
    return {each.pk: standing_of(each.interview) for each in applications if hasattr(each, "interview")}


def candidates(cycle: Cycle, user: User) -> QuerySet[Application]:
    """Applications that can be invited: in the running and not the person's own, from the highest mean to the lowest.

    Applications that this person must still read or interview come last, because their place would tell the score.
    """
    running = Application.objects.visible_to(user).submitted().filter(cycle=cycle).exclude(student=user)
    rows = running.select_related("student", "college", "interview__slot")
    shown = Case(When(pk__in=hidden_scores.to_read(user), then=None), default=F("score_mean"))
    return rows.order_by(shown.desc(nulls_last=True), "code")


def held_by(user: User, *, since: date) -> QuerySet[InterviewSlot]:
    """The slots from that day on in which this person interviews, each with the student who booked it."""
    begin = timezone.make_aware(datetime.combine(since, time.min))
    mine = InterviewSlot.objects.filter(interviewers=user, called_off_at__isnull=True, starts_at__gte=begin)
    return mine.select_related("interview__application__student", "cycle").order_by("starts_at", "pk")


def unscored(before: datetime | None = None) -> QuerySet[Assignment]:
    """Interviewers' unlocked readings for interviews that have begun, by now or by `before`. Interviews that the
    student missed need none.

    While a zone has one of these, the office can neither announce a lottery nor keep reserves in it.
    """
    begun = Assignment.objects.filter(
        is_interview=True, application__interview__slot__starts_at__lt=before or timezone.now()
    )
    return begun.unread()


def calendar_of(interview: Interview) -> bytes:
    """The interview's calendar file in its current state and the active language."""
    return calendar_file(entry_of(interview))


def entry_of(interview: Interview) -> Entry:
    slot = interview.slot if interview.called_off_at is None else None
    return appointments.entry_of(
        f"interview-{interview.code}",
        sequence=interview.sequence,
        summary=_("Interview for %(cycle)s") % {"cycle": interview.application.cycle.name},
        path=interview.get_absolute_url(),
        starts_at=slot.starts_at if slot else None,
        minutes=slot.minutes if slot else 0,
        place=slot.place if slot else "",
        link=slot.link if slot else "",
    )


def still_running(interviews: QuerySet[Interview]) -> QuerySet[Interview]:
    """The interviews that can still take place."""
    return interviews.filter(called_off_at__isnull=True, outcome="", application__status=Status.SUBMITTED)
