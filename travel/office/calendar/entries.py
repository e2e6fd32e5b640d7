"""The office's calendar: dates of cycles, releases, interviews, group days, trips, appeals, and open tasks.

Reads only.

The page names people, as the office's other pages do. A feed leaves the portal for a calendar program and shows up on
lock screens, so it says no name and no word of a note: a task there is its kind, a student's code and a link.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.apply.actions import staff_note
from applications.models import Cycle, ScheduledRelease
from applications.release.actions import appeals, scheduling
from applications.states import Status
from exchange.base import office_tasks
from exchange.base.calendar import Entry
from exchange.files.appointments import entry_of
from exchange.messages.reminders import last_day
from exchange.models import OfficeTask, User
from exchange.templatetags.ui import clock, the_time
from travel.models import PassportDay, Trip
from travel.office.calendar import counts as calendar_counts
from travel.office.calendar import times
from travel.office.calendar.counts import Counts, counts
from travel.office.calendar.times import Moment, moments

DEADLINE, RELEASE, INTERVIEW, PASSPORT, VISA = "deadlines", "releases", "interviews", "passport-days", "visa-days"
ORIENTATION, DEPARTURE, APPEAL, FOLLOW_UP, NOTE = "orientation", "departures", "appeals", "follow-ups", "notes"
KINDS: dict[str, Promise] = {
    DEADLINE: gettext_lazy("deadlines"),
    RELEASE: gettext_lazy("releases"),
    INTERVIEW: gettext_lazy("interviews"),
    PASSPORT: gettext_lazy("passport days"),
    VISA: gettext_lazy("visa days"),
    ORIENTATION: gettext_lazy("orientation"),
    DEPARTURE: gettext_lazy("departures and returns"),
    APPEAL: gettext_lazy("appeals"),
    FOLLOW_UP: gettext_lazy("follow-ups"),
    NOTE: gettext_lazy("notes"),
}
ONE: dict[str, Promise] = {
    DEADLINE: gettext_lazy("deadline"),
    RELEASE: gettext_lazy("release"),
    INTERVIEW: gettext_lazy("interview"),
    PASSPORT: gettext_lazy("passport day"),
    VISA: gettext_lazy("visa day"),
    ORIENTATION: gettext_lazy("orientation"),
    DEPARTURE: gettext_lazy("trip"),
    APPEAL: gettext_lazy("appeal"),
    FOLLOW_UP: gettext_lazy("follow-up"),
    NOTE: gettext_lazy("note"),
}
# tasks with a kind of their own
KIND_OF_TASK = {staff_note.TASK: NOTE, appeals.TASK: APPEAL}
WEEK = timedelta(days=7)
FEED_BACK, FEED_AHEAD = timedelta(days=30), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `outside`: its title where no name may be. `late_since`: a task whose day has passed, shown today.

    `concerns`: how many people, in words; `people`: address of the list of those, if the line's own page isn't it.
    """

    kind: str
    on: date
    title: str
    path: str
    uid: str
    outside: str
    owner: str = ""
    late_since: date | None = None
    concerns: str = ""
    people: str = ""

    @property
    def label(self) -> str:
        return str(ONE[self.kind])


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    days: list[Day]

    @property
    def sunday(self) -> date:
        return self.monday + WEEK - timedelta(days=1)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(monday: date, count: int, *, kind: str = "", by: User) -> list[Week]:
    """`kind` "": all of them. Weeks without anything are there too, so that it's plain that nothing is planned."""
    end = monday + count * WEEK
    by_week: dict[date, list[Item]] = {monday + number * WEEK: [] for number in range(count)}
    last = end - timedelta(days=1)
    for item in items(monday, last, by=by, how_many=counts(monday, last, by)):
        if kind in ("", item.kind):
            by_week[monday_of(item.on)].append(item)
    return [
        Week(first, [Day(on, list(some)) for on, some in groupby(found, key=lambda each: each.on)])
        for first, found in by_week.items()
    ]


def items(first: date, last: date, *, by: User, how_many: Counts | None = None) -> list[Item]:
    """Everything from the first to the last day, by day. A constant number of queries. `how_many`: none in a feed."""
    how_many = Counter() if how_many is None else how_many
    cycles = {cycle.pk: cycle for cycle in Cycle.objects.public().filter(closed_out_at__isnull=True)}
    found = [*_cycles(cycles.values(), first, last, how_many), *_times(cycles, first, last, by, how_many)]
    found += [*_passport_days(first, last, by, how_many), *_trips(first, last, how_many), *_tasks(first, last, by)]
    return sorted(found, key=lambda item: (item.on, item.late_since is None, list(KINDS).index(item.kind), item.uid))


def _cycles(cycles: Iterable[Cycle], first: date, last: date, how_many: Counts) -> Iterator[Item]:
    for cycle in cycles:
        name, path = {"cycle": cycle.name}, reverse("applications:cycle-setup-detail", args=[cycle.code])
        days: list[tuple[str, str, date | None, str]] = [
            (DEADLINE, "opens", timezone.localdate(cycle.opens_at), _("Applications open: %(cycle)s")),
            (DEADLINE, "closes", last_day(cycle.closes_at), _("Applications close: %(cycle)s")),
            (DEADLINE, "endorsed", cycle.endorsements_due_on, _("Endorsements are due: %(cycle)s")),
            (DEADLINE, "read", cycle.readings_due_on, _("Scores are due: %(cycle)s")),
            (RELEASE, "told", cycle.decisions_on, _("Last day to release results: %(cycle)s")),
        ]
        for kind, key, on, title in days:
            if on and first <= on <= last:
                words = title % name
                concerns, people = _owing(key, cycle, how_many[key, cycle.code])
                uid = f"{key}-{cycle.code}"
                yield Item(kind, on, words, path, uid, words, concerns=concerns, people=people)


def _owing(key: str, cycle: Cycle, count: int) -> tuple[str, str]:
    """Whose step that day ends, in words, and the address of their list."""
    if not count:
        return "", ""
    said: dict[str, tuple[str, str, str]] = {
        "closes": ("status", Status.DRAFT, ngettext("%(count)s draft", "%(count)s drafts", count)),
        "endorsed": (
            *("owed", "not_endorsed"),
            ngettext(
                "%(count)s student without their college’s decision",
                "%(count)s students without their college’s decision",
                count,
            ),
        ),
        "read": ("owed", "unread", ngettext("%(count)s needs more readers", "%(count)s need more readers", count)),
        "told": (
            *("status", Status.SUBMITTED),
            ngettext("%(count)s student without a result", "%(count)s students without a result", count),
        ),
    }
    name, value, words = said[key]
    query = urlencode({"cycle": cycle.code, name: value})
    return words % {"count": count}, f"{reverse('applications:application-list')}?{query}"


def _times(cycles: Mapping[int, Cycle], first: date, last: date, by: User, how_many: Counts) -> Iterator[Item]:
    """What has a time of day, of cycles that aren't closed out. Interviews, and last days to answer or to ask, are one
    line for each day of a cycle: there can be dozens, and each has a name."""
    by_day: Counter[tuple[str, date, int]] = Counter()
    for moment in moments(first, last, by):
        if moment.cycle not in cycles or (moment.kind == times.TOLD and not moment.days):
            continue
        if moment.kind in ONE_A_DAY:
            by_day[moment.kind, timezone.localdate(moment.at) + timedelta(days=moment.days), moment.cycle] += (
                moment.count
            )
            continue
        item = _one(moment, cycles[moment.cycle], how_many[moment.kind, moment.code])
        if first <= item.on <= last:
            yield item
    for (kind, on, key), count in by_day.items():
        if first <= on <= last:
            yield ONE_A_DAY[kind](cycles[key], on, count)


def _one(moment: Moment, cycle: Cycle, count: int) -> Item:
    if moment.kind == times.SCHEDULED:
        row = ScheduledRelease(kind=moment.text, cycle=cycle, code=moment.code, about=moment.more)
        names = {"what": row.get_kind_display(), "cycle": cycle.name, "the_time": the_time(clock(moment.at))}
        words = _("Scheduled for %(the_time)s: %(what)s, %(cycle)s") % names
        on, path = timezone.localdate(moment.at), scheduling.page_of(row)
        return Item(RELEASE, on, words, path, f"scheduled-{moment.code}", words)
    if moment.kind == times.VISA:
        words = _("Visa day at %(the_time)s: %(place)s") % {
            "the_time": the_time(clock(moment.at)),
            "place": moment.text,
        }
        on, path = timezone.localdate(moment.at), reverse("travel:visa-day", args=[moment.code])
        return Item(VISA, on, words, path, f"visa-day-{moment.code}", words, concerns=_students(count))
    with timezone.override(ZoneInfo(moment.more)):  # the day and the time of the place
        on, time = timezone.localdate(moment.at), clock(moment.at)
    words = _("Orientation at %(the_time)s: %(place)s") % {"the_time": the_time(time), "place": moment.text}
    path = reverse("travel:session-detail", args=[moment.code])
    return Item(ORIENTATION, on, words, path, f"orientation-{moment.code}", words, concerns=_students(count))


def _students(count: int) -> str:
    return ngettext("%(count)s student", "%(count)s students", count) % {"count": count} if count else ""


def _answers(cycle: Cycle, on: date, count: int) -> Item:
    words = _("Last day to answer an offer: %(cycle)s") % {"cycle": cycle.name}
    path = reverse("applications:selection-offers", args=[cycle.code])
    owing = ngettext("%(count)s hasn’t answered", "%(count)s haven’t answered", count) % {"count": count}
    return Item(DEADLINE, on, words, path, f"answer-{cycle.code}-{on:%Y%m%d}", words, concerns=owing)


def _interviews(cycle: Cycle, on: date, count: int) -> Item:
    words = ngettext("%(count)s interview: %(cycle)s", "%(count)s interviews: %(cycle)s", count)
    words %= {"count": count, "cycle": cycle.name}
    path = reverse("applications:selection-interviews", args=[cycle.code])
    return Item(INTERVIEW, on, words, path, f"interviews-{cycle.code}-{on:%Y%m%d}", words)


def _appeals_end(cycle: Cycle, on: date, count: int) -> Item:
    words = _("Last day to appeal: %(cycle)s") % {"cycle": cycle.name}
    path, may_ask, people = reverse("applications:appeal-list"), "", ""
    if count and on >= timezone.localdate():
        may_ask = ngettext("%(count)s can still appeal", "%(count)s can still appeal", count) % {"count": count}
        query = urlencode({"cycle": cycle.code, "until": on.isoformat()})
        people = f"{reverse('applications:appeal-possible')}?{query}"
    return Item(APPEAL, on, words, path, f"appeals-{cycle.code}-{on:%Y%m%d}", words, concerns=may_ask, people=people)


ONE_A_DAY: dict[str, Callable[[Cycle, date, int], Item]] = {
    times.ANSWER: _answers,
    times.INTERVIEW: _interviews,
    times.TOLD: _appeals_end,
}


def _passport_days(first: date, last: date, by: User, how_many: Counts) -> Iterator[Item]:
    rows = PassportDay.objects.visible_to(by).filter(on__range=(first, last), called_off_at__isnull=True)
    for day in rows:
        words = _("Passport day: %(place)s") % {"place": day.place}
        count = how_many[calendar_counts.PASSPORT, day.code]
        booked = ngettext("%(count)s booked", "%(count)s booked", count) % {"count": count} if count else ""
        path, uid = day.get_absolute_url(), f"passport-day-{day.code}"
        yield Item(PASSPORT, day.on, words, path, uid, words, concerns=booked)


def _trips(first: date, last: date, how_many: Counts) -> Iterator[Item]:
    rows = Trip.objects.filter(closed_at__isnull=True, leaves_on__lte=last, returned_at__isnull=True)
    for trip in rows.select_related("city"):
        path, name = reverse("travel:trip-detail", args=[trip.code]), {"city": trip.city.name}
        days = [
            ("leaves", trip.leaves_on, _("The group leaves for %(city)s")),
            ("home", trip.home_on, _("The group comes back from %(city)s")),
        ]
        for key, on, title in days:
            if first <= on <= last:
                words, count = title % name, how_many[calendar_counts.TRIP, trip.code]
                uid = f"{key}-{trip.code}"
                yield Item(DEPARTURE, on, words, path, uid, words, concerns=_students(count))


def _tasks(first: date, last: date, by: User) -> Iterator[Item]:
    """Open ones. What is late has today's line, so that it's on the page that is looked at."""
    today = timezone.localdate()
    is_due = Q(due_on__range=(first, last))
    if first <= today <= last:
        is_due |= Q(due_on__lt=today)
    tasks = OfficeTask.objects.visible_to(by).open().filter(is_due).select_related("person", "owner")
    for task in tasks:
        kind = KIND_OF_TASK.get(task.kind, FOLLOW_UP)
        is_late = task.due_on < today
        on = today if is_late and first <= today <= last else task.due_on
        yield Item(
            kind,
            on,
            str(office_tasks.words_of(task).title),
            reverse("travel:office-task", args=[task.code]),
            f"task-{task.code}",
            _outside(kind, task),
            owner=str(task.owner or ""),
            late_since=task.due_on if is_late else None,
        )


def _outside(kind: str, task: OfficeTask) -> str:
    label = {NOTE: _("Note"), APPEAL: _("Appeal")}.get(kind, _("Follow-up"))
    return f"{label}: {task.person.code}" if task.person else f"{label}: {task.code}"


# --- The feed ---------------------------------------------------------------------------------------


def entries_of(user: User) -> list[Entry]:
    """For a calendar program, in the active language: the office's days, and tasks that are this person's or
    nobody's in particular. What is late stays on its own day there.
    """
    today = timezone.localdate()
    mine = set(OfficeTask.objects.visible_to(user).open().addressed_to(user).values_list("code", flat=True))
    rows = items(today - FEED_BACK, today + FEED_AHEAD, by=user)
    shown = [each for each in rows if not each.uid.startswith("task-") or each.uid.removeprefix("task-") in mine]
    return [
        entry_of(
            f"office-{each.uid}",
            sequence=max(0, (today - date(2020, 1, 1)).days),  # rises, so that a moved day always wins
            summary=each.outside,
            path=each.path,
            day=each.late_since or each.on,
        )
        for each in shown
    ]
