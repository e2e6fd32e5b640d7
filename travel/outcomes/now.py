"""What is so today, for the director's page: counted by a worker into one row (`NowSummary`), and read from there.

The row holds what may be told and nothing else: a line of applications by week, ranges of who waits for what and of
passports in danger, and money by trip and fund. `manage.py recount_now` counts again and compares.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from applications.models import Application, Cycle, Endorsement
from applications.states import Status
from exchange.figures import releases
from exchange.figures.counts import ENDLESS, Key, Population, Range, Rules
from exchange.reference import facts
from travel.models import BudgetLine, MoneyPromise, NowSummary, PassportCase, PaymentLine, Trip
from travel.outcomes import counting
from travel.outcomes.live import Points, steps, told
from travel.outcomes.population import Stage
from travel.passport.plan.planning import URGENT_DAYS
from travel.states import HAS_PASSPORT

WEEK = 7
REST = "rest"
PAYER = Coalesce("sponsor__name", Value(""))  # of a line of a budget
# who has to act, by how far an application has come
HELD_AT = (Stage.STARTED, Stage.SUBMITTED, Stage.ENDORSED, Stage.READ, Stage.SELECTED)


@dataclass(frozen=True, slots=True)
class Line:
    """Applications of a cycle by the end of each week after its opening: points (week, total), never a small step."""

    cycle: str
    points: Points
    weeks: int  # from opening to closing


@dataclass(frozen=True, slots=True)
class Applying:
    """`week`: how many weeks of the newest cycle are over, the last of which ended on `until`.

    `before`: the cycle a year earlier (`is_year_before`), or else the newest earlier one that has closed.
    """

    line: Line
    week: int
    until: dt.date
    before: Line | None = None
    is_year_before: bool = True


@dataclass(frozen=True, slots=True)
class Danger:
    """Travelers of a trip whose passport may come too late: `count` of `of`."""

    trip: str
    count: Range
    of: int


@dataclass(frozen=True, slots=True)
class Money:
    """What one fund or sponsor pays for a trip, in cents; fund "": the program. `is_whole`: every bill is in."""

    trip: str
    fund: str
    planned: int
    actual: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Now:
    """waiting: how far applications have come -> how many wait there; None: not told."""

    made_at: dt.datetime
    applying: Applying | None = None
    waiting: Mapping[Stage, Range | None] = field(default_factory=dict)
    dangers: tuple[Danger, ...] = ()
    money: tuple[Money, ...] = ()


def now() -> Now | None:
    """What was last counted; None before the first time. One query."""
    row = NowSummary.objects.first()
    return of_content(row.content, row.made_at) if row else None


def refresh() -> Now:
    """Count and keep. In a worker."""
    counted = count(timezone.now())
    NowSummary.objects.update_or_create(number=1, defaults={"content": content_of(counted), "made_at": counted.made_at})
    return counted


def count(made_at: dt.datetime) -> Now:
    rules = releases.rules()
    cycle = _taking_applications(made_at)
    return Now(
        made_at,
        count_applying(cycle, rules.threshold, made_at) if cycle else None,
        count_waiting(cycle, rules, made_at) if cycle else {},
        tuple(count_dangers(rules.threshold, timezone.localdate(made_at))),
        tuple(money()),
    )


# --- Applications by week ---------------------------------------------------------------------------


def _taking_applications(now: dt.datetime) -> Cycle | None:
    """The newest published cycle that has opened."""
    return Cycle.objects.public().filter(opens_at__lte=now).order_by("-opens_at").first()


def count_applying(cycle: Cycle, threshold: int, now: dt.datetime) -> Applying:
    # up to the end of yesterday, so that nobody sees one person more appear
    opened, closes = timezone.localdate(cycle.opens_at), timezone.localdate(cycle.closes_at)
    until = min(timezone.localdate(now) - dt.timedelta(days=1), closes)
    line, weeks = _line(cycle, until, threshold), _weeks(cycle, until)
    year_before = _year_before(cycle)
    before = year_before or Cycle.objects.public().filter(closes_at__lt=cycle.opens_at).order_by("-opens_at").first()
    return Applying(
        line,
        line.weeks if until == closes else weeks,
        until if until == closes else opened + dt.timedelta(days=WEEK * weeks - 1),
        _line(before, None, threshold) if before else None,
        is_year_before=year_before is not None,
    )


def _year_before(cycle: Cycle) -> Cycle | None:
    """The cycle that opened nearest to a year before, within two months."""
    year, months = dt.timedelta(days=365), dt.timedelta(days=61)
    around = (cycle.opens_at - year - months, cycle.opens_at - year + months)
    found = Cycle.objects.public().filter(opens_at__range=around).exclude(pk=cycle.pk)
    return min(found, key=lambda each: abs(each.opens_at - (cycle.opens_at - year)), default=None)


def _weeks(cycle: Cycle, until: dt.date) -> int:
    """Whole weeks from the opening to the end of that day."""
    return ((until - timezone.localdate(cycle.opens_at)).days + 1) // WEEK


def _line(cycle: Cycle, until: dt.date | None, threshold: int) -> Line:
    opened, closes = timezone.localdate(cycle.opens_at), timezone.localdate(cycle.closes_at)
    sent = Application.objects.real().filter(cycle=cycle, submitted_at__isnull=False).order_by()
    by_day = sent.annotate(day=TruncDate("submitted_at")).values_list("day").annotate(number=Count("pk"))
    weeks = -(-((closes - opened).days + 1) // WEEK)
    shown = weeks if until is None or until >= closes else max(0, _weeks(cycle, until))
    by_week: Counter[int] = Counter()
    for day, number in by_day:
        by_week[min(max(0, (day - opened).days // WEEK), weeks - 1)] += number
    totals = list(accumulate(by_week[week] for week in range(shown)))
    return Line(cycle.code, steps(totals, threshold), weeks)


# --- What applications are waiting for --------------------------------------------------------------


def held_at(cycle: Cycle, now: dt.datetime) -> list[Stage]:
    """Where applications can wait: a draft for its student only until the cycle closes."""
    return [stage for stage in HELD_AT if stage is not Stage.STARTED or now < cycle.closes_at]


def count_waiting(cycle: Cycle, rules: Rules, now: dt.datetime) -> dict[Stage, Range | None]:
    over = Q(status__in=[Status.WITHDRAWN, Status.DECLINED, Status.NOT_SELECTED, Status.WAITLISTED, Status.CONFIRMED])
    # the college has said no, or left it to the office
    over |= Q(endorsement__isnull=False, status=Status.SUBMITTED) & ~Q(endorsement__result=Endorsement.Result.ENDORSED)
    people = Application.objects.real().filter(cycle=cycle).order_by().annotate(furthest=counting.furthest())
    is_over = Case(When(over, then=True), default=False)
    rows = people.annotate(is_over=is_over).values_list("furthest", "is_over").annotate(number=Count("pk"))
    waits, rest = dict.fromkeys(held_at(cycle, now), 0), 0
    for stage, over_, number in rows:
        if not over_ and stage in waits:
            waits[Stage(stage)] += number
        elif stage > Stage.STARTED:
            rest += number
    return decide_waiting(cycle.code, waits, rest, rules)


def decide_waiting(cycle: str, waits: Mapping[Stage, int], rest: int, rules: Rules) -> dict[Stage, Range | None]:
    """How many applications wait at each stage, decided together: how many were sent is told elsewhere.

    rest: those that were sent and wait for nobody.
    """
    from exchange.figures.planning import plan  # noqa: PLC0415 -- heavy: numpy and HiGHS, for workers alone

    population, values = Population(), {}
    for name, number in {**{stage.name: number for stage, number in waits.items()}, REST: rest}.items():
        population.classes[name] = Range(0, ENDLESS)
        population.count(Key(cycle, name), [name], is_published=name != REST)
        values[Key(cycle, name)] = number
    everybody = Key(cycle, "sent")
    population.count(everybody, [name for name in population.classes if name != Stage.STARTED.name])
    values[everybody] = sum(number for stage, number in waits.items() if stage is not Stage.STARTED) + rest
    if values[everybody] >= rules.threshold:
        population.known[everybody] = Range(values[everybody], values[everybody])
    figures = plan(population, values, rules)
    said = {stage: figures[Key(cycle, stage.name)] for stage in waits}
    return {stage: figure.range if figure else None for stage, figure in said.items()}


# --- Passports --------------------------------------------------------------------------------------


def count_dangers(threshold: int, today: dt.date) -> Iterable[Danger]:
    """By trip that hasn't left: students with a seat, no passport, and a last safe day that is near or over.

    Near: within the days of the fact board.urgent_days.
    """
    last = today + dt.timedelta(days=int(facts.number(URGENT_DAYS)))
    ahead = Q(trip__departed_at__isnull=True, trip__closed_at__isnull=True, trip__leaves_on__gte=today)
    cases = PassportCase.objects.active().filter(ahead, application__placement__isnull=False).order_by()
    near = ~Q(stage__in=HAS_PASSPORT) & Q(last_safe_on__lte=last)
    rows = cases.values_list("trip__code").annotate(of=Count("pk"), near=Count("pk", filter=near))
    for code, of, number in rows.order_by("trip__leaves_on", "trip__code"):
        yield Danger(code, told(number, of, threshold), of)


# --- Money ------------------------------------------------------------------------------------------


def money() -> Iterable[Money]:
    """By trip and fund: the budget's lines, and what the portal promised and paid to the travelers."""
    planned: Counter[tuple[str, str]] = Counter()
    actual: Counter[tuple[str, str]] = Counter()
    unbilled: set[tuple[str, str]] = set()
    for trip, fund, plan, came_to in BudgetLine.objects.values_list("trip__code", PAYER, "planned", "actual"):
        planned[trip, fund] += cents(plan)
        actual[trip, fund] += cents(came_to or 0)
        if came_to is None:
            unbilled.add((trip, fund))
    promises = MoneyPromise.objects.order_by().values_list("placement__trip__code", "rule__fund")
    lines = PaymentLine.objects.filter(payment__paid_on__isnull=False).order_by()
    on_lists = lines.values_list("promise__placement__trip__code", "promise__rule__fund").annotate(sum=Sum("cents"))
    paid: dict[tuple[str, str], int] = {(trip, fund): sum_ for trip, fund, sum_ in on_lists}
    for trip, fund, promised in promises.annotate(sum=Sum(F("cents") - F("canceled_cents"))):
        planned[trip, fund] += promised
        actual[trip, fund] += paid.get((trip, fund), 0)
        if paid.get((trip, fund), 0) < promised:
            unbilled.add((trip, fund))
    order = dict(Trip.objects.values_list("code", "leaves_on"))
    for trip, fund in sorted(planned, key=lambda each: (order[each[0]], each)):
        if planned[trip, fund] or actual[trip, fund]:
            yield Money(trip, fund, planned[trip, fund], actual[trip, fund], (trip, fund) not in unbilled)


def cents(dollars: Decimal | int) -> int:
    return int(dollars * 100)


# --- As JSON ----------------------------------------------------------------------------------------


def content_of(counted: Now) -> dict[str, Any]:
    applying = asdict(counted.applying) if counted.applying else None
    if applying:
        applying["until"] = applying["until"].isoformat()
    return {
        "applying": applying,
        "waiting": [[stage.name, range_ and list(range_)] for stage, range_ in counted.waiting.items()],
        "dangers": [[each.trip, list(each.count), each.of] for each in counted.dangers],
        "money": [[each.trip, each.fund, each.planned, each.actual, each.is_whole] for each in counted.money],
    }


def of_content(content: Mapping[str, Any], made_at: dt.datetime) -> Now:
    said = content["applying"]
    applying = said and Applying(
        _line_of(said["line"]),
        said["week"],
        dt.date.fromisoformat(said["until"]),
        _line_of(said["before"]) if said["before"] else None,
        is_year_before=said.get("is_year_before", True),
    )
    return Now(
        made_at,
        applying,
        {Stage[name]: Range(*range_) if range_ else None for name, range_ in content["waiting"]},
        tuple(Danger(trip, Range(*range_), of) for trip, range_, of in content["dangers"]),
        tuple(Money(*row) for row in content["money"]),
    )


def _line_of(said: Mapping[str, Any]) -> Line:
    return Line(said["cycle"], [(week, total) for week, total in said["points"]], said["weeks"])
