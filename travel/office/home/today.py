"""The coordinator's first page as one agenda: what failed, then everything by its day. Reads only.

The office's work of today (`office_work`), whom to call, and the days of the office's calendar are one list, so that
the day stands once. What somebody else has to do, on time, is beside it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.models import Cycle
from applications.release.actions import scheduling
from exchange.background.cached_figures import cached
from exchange.base.home import home
from exchange.models import OfficeTask, Role, User
from exchange.reference import references
from travel.office.calendar import entries as calendar
from travel.office.calendar.counts import counts
from travel.office.calendar.entries import Item
from travel.office.home.duties import Duty
from travel.office.home.pipeline import Pipeline
from travel.passport.calls.to_call import Call

DAYS = 14
CALLS = 3  # a day begins with these; the others are a link
DOTS = 5
# of the agenda, so that the days to come are in sight as well; what is cut is counted, and one link away
DUE, ROWS = 7, 10
LATE = 4  # of those that are due, where today has as many as there is room for
FAILED = frozenset({"check_ins", "roll_calls", "failed", "refused"})
# in the calendar each one has a line of its own
BY_DAY = frozenset({"tasks", "tasks_late"})
ICONS = {
    calendar.DEADLINE: "hourglass",
    calendar.RELEASE: "send",
    calendar.INTERVIEW: "messages-square",
    calendar.PASSPORT: "book-user",
    calendar.VISA: "stamp",
    calendar.ORIENTATION: "users",
    calendar.DEPARTURE: "plane",
    calendar.APPEAL: "scale",
    calendar.FOLLOW_UP: "square-check-big",
    calendar.NOTE: "sticky-note",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the agenda. `count`: the rows behind its link, if it's a number of them. `call`: whom to call."""

    on: date
    title: str
    href: str
    text: str = ""
    icon: str = "square-check-big"
    count: int | None = None
    late_since: date | None = None
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """`days_late`: of what should have been done on that day, else 0."""

    on: date
    rows: list[Row]
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class Dots:
    """How full a day is; `shown` has a dot for each line, up to DOTS."""

    on: date
    count: int

    @property
    def shown(self) -> range:
        return range(min(self.count, DOTS))


@dataclass(frozen=True, slots=True)
class Today:
    """`more_today`, `more`: lines of today, and until `until`, that aren't shown. `more_calls`: students to call beside
    those of the first lines."""

    on: date
    until: date
    failed: list[Duty]
    days: list[Day]
    mine: int
    more_today: int
    more: int
    more_calls: int
    dots: list[Dots]
    done: int

    @property
    def title(self) -> str:
        mine = ngettext("%(count)s thing is yours today.", "%(count)s things are yours today.", self.mine)
        more = ngettext("%(count)s more is yours today.", "%(count)s more are yours today.", self.mine)
        if not self.failed:
            return mine % {"count": self.mine} if self.mine else _("Nothing is waiting for you today.")
        failed = ngettext("%(count)s thing needs you now.", "%(count)s things need you now.", len(self.failed))
        failed %= {"count": len(self.failed)}
        return f"{failed} {more % {'count': self.mine}}" if self.mine else failed


def today_of(found: Pipeline | None, duties: Iterable[Duty], *, by: User, is_whole: bool = False) -> Today:
    """`duties`: the office's work in the cycle and what is addressed to this person, the most urgent first. `is_whole`:
    nothing is cut."""
    on, duties = timezone.localdate(), list(duties)
    rows = sorted(
        [*_late_and_to_come(by, on), *_calls(found, on), *_duties(duties, on)],
        key=lambda row: (row.late_since or row.on, row.call is None, row.count is None),
    )
    due, ahead = [row for row in rows if row.on <= on], [row for row in rows if row.on > on]
    first = due if is_whole else _first(due)
    then = ahead if is_whole else ahead[: ROWS - len(first)]
    loads = Counter(row.on for row in rows)
    calls = found.calls.count if found else 0
    return Today(
        on=on,
        until=on + timedelta(days=DAYS - 1),
        failed=[duty for duty in duties if duty.key in FAILED],
        days=list(_by_day([*first, *then], on)),
        mine=len(due),
        more_today=len(due) - len(first),
        more=len(ahead) - len(then),
        more_calls=max(0, calls - CALLS),
        dots=[Dots(day, loads[day]) for day in (on + timedelta(days=number) for number in range(DAYS))],
        done=OfficeTask.objects.filter(done_by=by, done_at__date__gte=calendar.monday_of(on)).count(),
    )


def _first(due: list[Row]) -> list[Row]:
    """Late ones and today's, so that neither hides the other."""
    late, now = [row for row in due if row.late_since], [row for row in due if not row.late_since]
    return [*late[: max(LATE, DUE - len(now))], *now][:DUE]


def _by_day(rows: Iterable[Row], today: date) -> Iterator[Day]:
    for on, some in groupby(rows, key=lambda row: row.late_since or row.on):
        yield Day(on, list(some), max(0, (today - on).days))


def _duties(duties: Iterable[Duty], on: date) -> Iterator[Row]:
    for duty in duties:
        if duty.key not in FAILED | BY_DAY:
            yield Row(on, duty.title, duty.href, duty.text, "square-check-big", count=duty.count)


def _calls(found: Pipeline | None, on: date) -> Iterator[Row]:
    for call in found.calls.cards[:CALLS] if found else ():
        yield Row(on, call.name, call.href, call.why, "phone", call=call)


def _late_and_to_come(by: User, on: date) -> list[Row]:
    """Of the calendar; tasks of a colleague are theirs. Kept until anybody acts."""
    key = f"today:{by.pk}:{get_language()}:{on}"
    return cached(key, lambda: _of_calendar(by, on), by=by, always_cache=True).value


def _of_calendar(by: User, on: date) -> list[Row]:
    last = on + timedelta(days=DAYS - 1)
    tasks = OfficeTask.objects.visible_to(by).open().addressed_to(by)
    # a release that was refused stands among what failed
    mine = set(tasks.exclude(kind=scheduling.TASK).values_list("code", flat=True))
    items = calendar.items(on, last, by=by, how_many=counts(on, last, by))
    return [_row(item) for item in items if not item.uid.startswith("task-") or item.uid.removeprefix("task-") in mine]


def _row(item: Item) -> Row:
    return Row(item.on, item.title, item.path, item.concerns, ICONS[item.kind], late_since=item.late_since)


# --- Before the first cycle --------------------------------------------------------------------------


def first_steps() -> list[dict[str, str]]:
    """What leads to the first published cycle, in order, as components/task_list.html takes it."""
    return [
        {
            "title": title,
            "hint": hint,
            "href": href,
            "status_label": _("done") if is_done else _("to do"),
            "tone": "good" if is_done else "wait",
        }
        for title, hint, href, is_done in [*_steps_of_the_city(), *_steps_of_the_cycle()]
    ]


def _steps_of_the_city() -> Iterator[tuple[str, str, str, bool]]:
    facts = references.how_many()
    yield (
        _("Say which city you are"),
        _("Its name, airport and time zone, and the office’s phone and email."),
        reverse("travel:home-city"),
        home().pk is not None,
    )
    yield (
        _("Check the facts that students will read"),
        ngettext("%(count)s to look at", "%(count)s to look at", facts) % {"count": facts} if facts else "",
        reverse("travel:reference-list"),
        not facts,
    )
    yield (
        _("Invite the advisors of your colleges"),
        _("One at each college is enough at first."),
        reverse("people"),
        User.objects.filter(roles__kind=Role.Kind.ADVISOR, is_active=True).exists(),
    )


def _steps_of_the_cycle() -> Iterator[tuple[str, str, str, bool]]:
    draft = Cycle.objects.order_by("-opens_at").first()
    page = reverse("applications:cycle-setup-detail", args=[draft.code]) if draft else ""
    yield (
        _("Set up the first cycle"),
        _("It starts with the standard form, rubric and checklist."),
        page or reverse("applications:cycle-setup-new"),
        draft is not None,
    )
    yield _("Publish it"), _("Its page lists what’s still missing."), page, False
