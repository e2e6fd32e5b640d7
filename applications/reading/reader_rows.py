"""The rows of the office's list of readers: load, pace, and who is late."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle, MaskingReport, Review
from applications.reading import comparability, readers
from applications.reading.actions import assigning
from applications.reading.reader_stack import RECENT, minutes_each
from applications.reading.readers import Listed
from applications.states import Status
from exchange.background.cached_figures import RecentEvents, cached
from exchange.base.folded_text import folded
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import short_day
from exchange.web.worklist import Column, Columns


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader's figures in a cycle.

    most: their limit. owed: readings given out and not locked, of applications still in the running. drafted: not given
    out yet. quick: how many were locked so soon after they were opened that the office should look (the fact QUICK).
    quiet_since: when they last locked one, or were given the ones they have. is_late: that is days ago.
    """

    person: Listed
    most: int
    locked: int
    quick: int
    owed: int
    drafted: int
    last_locked_at: datetime | None
    quiet_since: datetime | None
    is_late: bool

    @property
    def total(self) -> int:
        return self.locked + self.owed

    @property
    def language(self) -> str:
        return _("English, Spanish") if self.person.reads_spanish else _("English")

    @property
    def state(self) -> str:
        """What the office should know of this reader, in words; "" for most."""
        if self.person.has_left:
            return _("no longer reading")
        if not self.person.is_reading:
            return _("not taking more")
        return _("late") if self.is_late else ""

    @property
    def tone(self) -> str:
        if self.person.has_left:
            return "stop"
        return "wait" if self.person.is_reading else "neutral"


@dataclass(frozen=True, slots=True)
class Paced:
    row: ReaderRow
    minutes: int | None  # for one reading; None: too few to tell


LATE_DAYS, READS_MAX, MINUTES_MOST = "review.late_days", "review.reads_max", "review.minutes_most"
QUICK = "review.quick_seconds"
NUMBERS = (LATE_DAYS, READS_MAX, MINUTES_MOST, QUICK, comparability.LEAST)
EVER: datetime = datetime.min.replace(tzinfo=UTC)
# by which a column sorts; the rows aren't in the database
SORTED_BY: Mapping[str, Callable[[ReaderRow], Any]] = {
    "name": lambda row: folded(row.person.name),
    "college": lambda row: row.person.colleges,
    "language": lambda row: row.person.reads_spanish,
    "limit": lambda row: row.most,
    "read": lambda row: row.locked,
    "owed": lambda row: row.owed,
    "last": lambda row: row.last_locked_at or EVER,
    "state": lambda row: (row.is_late, not row.person.is_reading, row.person.has_left),
}
COLUMNS = Columns(
    Column("name", gettext_lazy("Reader"), ("name",), cell=lambda each: each.row.person.name),
    Column("college", gettext_lazy("College"), ("college",), cell=lambda each: each.row.person.colleges),
    Column("language", gettext_lazy("Language"), ("language",), falls=True, cell=lambda each: each.row.language),
    Column("limit", gettext_lazy("Limit"), ("limit",), cell=lambda each: each.row.most),
    Column("read", gettext_lazy("Read"), ("read",), falls=True, cell=lambda each: each.row.locked),
    Column("owed", gettext_lazy("Left to read"), ("owed",), falls=True, cell=lambda each: each.row.owed),
    Column("minutes", gettext_lazy("Minutes each"), cell=lambda each: each.minutes),
    Column("last", gettext_lazy("Last locked"), ("last",), falls=True, cell=lambda each: each.row.last_locked_at),
    Column("state", gettext_lazy("Status"), ("state",), falls=True, cell=lambda each: each.row.state),
)


def listed(rows: Sequence[ReaderRow], *, typed: str = "", state: str = "", sort: str = "") -> list[ReaderRow]:
    """Those whose name or email has each word that was typed; `state`: late, owed (something is left), or any.

    `sort`: as COLUMNS knows it; without it they keep their order.
    """
    words = folded(typed).split()
    found = [row for row in rows if all(word in _searched(row) for word in words) and _is_in(row, state)]
    asked = COLUMNS.asked(sort)
    if asked:
        found.sort(key=SORTED_BY[asked.removeprefix("-")], reverse=asked.startswith("-"))
    return found


def _searched(row: ReaderRow) -> str:
    return folded(row.person.searched)


def _is_in(row: ReaderRow, state: str) -> bool:
    return {"late": row.is_late, "owed": row.owed > 0}.get(state, True)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts that are slow with many readings, by the reader's primary key and for the whole cycle. Cached, so they
    contain no personal data."""

    by_reader: Mapping[int, Mapping[str, Any]]
    lacking: int
    drafted: int
    plan_key: str  # of `comparability.holds`; empty where there is nothing to compare
    reports: int  # open reports of words that reveal a student; none on this person's own application


def figures_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> Figures:
    """Several counts for the reading of one event, so they are cached however quick."""
    key = f"readers:{cycle.pk}:{by.pk}"
    return cached(key, lambda: _figures(cycle, by), by=by, always_cache=True, recent=recent).value


def _figures(cycle: Cycle, user: User) -> Figures:
    return Figures(
        by_reader=_by_reader(cycle),
        lacking=readers.lacking_readers(cycle).count(),
        drafted=assigning.draft_of(cycle).count(),
        plan_key=comparability.key_of(cycle),
        reports=reports_to_settle(user),
    )


def reports_to_settle(user: User) -> int:
    return MaskingReport.objects.visible_to(user).to_settle_by(user).count()


def _by_reader(cycle: Cycle) -> Mapping[int, Mapping[str, Any]]:
    is_out = Q(released_at__isnull=False)
    is_open = is_out & Q(review__locked_at__isnull=True, application__status=Status.SUBMITTED)
    soon = F("review__started_at") + timedelta(seconds=int(facts.number(QUICK)))
    return {
        row["reader"]: row
        for row in readers.given(cycle)
        .order_by()
        .values("reader")
        .annotate(
            locked=Count("pk", filter=Q(review__locked_at__isnull=False)),
            quick=Count("pk", filter=Q(review__locked_at__lt=soon)),
            owed=Count("pk", filter=is_open),
            drafted=Count("pk", filter=~is_out),
            last_locked_at=Max("review__locked_at"),
            given_at=Min("released_at", filter=is_open),
        )
    }


def rows_of(
    counts: Mapping[int, Mapping[str, Any]], numbers: Mapping[str, int | Decimal], only: Sequence[int] | None = None
) -> list[ReaderRow]:
    """The rows, most readings owed first. Three queries. `counts`: `Figures.by_reader`; `numbers`: facts NUMBERS;
    `only`: primary keys of those whose rows are wanted."""
    before, most = timezone.now() - timedelta(days=int(numbers[LATE_DAYS])), int(numbers[READS_MAX])
    rows = [_row(person, counts.get(person.pk, {}), before, most) for person in readers.listed(counts.keys(), only)]
    return sorted(rows, key=lambda row: (-row.owed, row.person.name, row.person.code))


def _row(person: Listed, counts: Mapping[str, Any], before: datetime, most: int) -> ReaderRow:
    last, given_at, owed = counts.get("last_locked_at"), counts.get("given_at"), counts.get("owed", 0)
    quiet_since = max(given_at, last or given_at) if owed and given_at else None
    return ReaderRow(
        person=person,
        most=most if person.most is None else person.most,
        locked=counts.get("locked", 0),
        quick=counts.get("quick", 0),
        owed=owed,
        drafted=counts.get("drafted", 0),
        last_locked_at=last,
        quiet_since=quiet_since,
        is_late=bool(quiet_since and quiet_since < before),
    )


def with_pace(
    rows: Sequence[ReaderRow], cycle: Cycle, *, most: int | Decimal, by: User, recent: RecentEvents | None = None
) -> list[Paced]:
    """The rows with each reader's own minutes per reading in this cycle. `most`: the fact MINUTES_MOST."""
    people = sorted(row.person.pk for row in rows)
    key = f"pace:{cycle.pk}:{most}:{sha256(repr(people).encode()).hexdigest()}"
    minutes = cached(key, lambda: _minutes(people, cycle, int(most)), by=by, always_cache=True, recent=recent).value
    return [Paced(row, minutes.get(row.person.pk)) for row in rows]


def _minutes(people: Sequence[int], cycle: Cycle, most: int) -> Mapping[int, int | None]:
    own = Review.objects.filter(
        assignment__application__cycle=cycle, assignment__reader__in=people, locked_at__isnull=False
    )
    newest = F("locked_at").desc()
    place = Window(RowNumber(), partition_by="assignment__reader", order_by=newest)
    recent = own.annotate(place=place).filter(place__lte=RECENT + 1).order_by(newest)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for reader, started, locked in recent.values_list("assignment__reader", "started_at", "locked_at"):
        if locked:
            spans[reader].append((started, locked))
    return {reader: minutes_each(each, usual=0, most=most) or None for reader, each in spans.items()}


def facts_of(paced: Paced) -> list[dict[str, Any]]:
    """For the panel beside the list: labels and values of load and pace."""
    row = paced.row
    shown = [
        (_("Read"), _("%(done)s of %(total)s") % {"done": row.locked, "total": row.total}),
        (_("Left to read"), row.owed),
        (_("In the draft"), row.drafted or None),
        (_("Limit"), row.most),
        (_("Minutes each"), paced.minutes),
        (_("Locked within seconds"), row.quick or None),
        (_("Last locked"), row.last_locked_at and short_day(row.last_locked_at)),
    ]
    return [{"label": label, "value": str(value)} for label, value in shown if value is not None]


def account_of(row: ReaderRow) -> User:
    """With their phone and email, which the rows leave out."""
    return User.objects.get(pk=row.person.pk)
