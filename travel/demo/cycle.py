"""The cycles of the demo: dates worked out from the day of seeding, form, rules, rubric, trips, checklist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from applications.cycle import parts
from applications.cycle.actions import cycle as set_up
from applications.cycle.actions import levers as lever_setup
from applications.models import Cycle, FormVersion, Question, RubricCriterion
from exchange.base import audit
from exchange.models import PartnerCity, User
from travel.demo.book import Draw, at, midnight_before
from travel.demo.people import read
from travel.models import ChecklistStep, HostInstitution, MoneyRule, ReflectionPrompt, Trip
from travel.prepare.money import actions as money

TRIP_DAYS = 10
SEASONS = (
    ("winter", "Winter", "Invierno"),
    ("spring", "Spring", "Primavera"),
    ("summer", "Summer", "Verano"),
    ("fall", "Fall", "Otoño"),
)
SEASON_OF_MONTH = (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0)


@dataclass(frozen=True, slots=True)
class TripPlan:
    city: str
    leaves_on: date
    seats: int
    nights: int  # until it arrives


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """Everything about a cycle that depends on the day."""

    code: str
    name_en: str
    name_es: str
    opens_at: datetime
    closes_at: datetime
    decisions_on: date
    endorsements_due_on: date
    readings_due_on: date
    trips: list[TripPlan]
    cities: list[str]
    seats: int
    closed_out_at: datetime | None = None


@dataclass(slots=True)
class SetUp:
    """A cycle with all that its applications and placements refer to."""

    cycle: Cycle
    form: FormVersion
    questions: dict[str, Question]
    criteria: list[RubricCriterion]
    trips: dict[str, Trip]
    steps: list[ChecklistStep] = field(default_factory=list)
    prompts: dict[str, ReflectionPrompt] = field(default_factory=dict)


def plan_of(kind: str, first: date, more: Mapping[str, Any] | None = None) -> CyclePlan:
    """A plan of `cycles.toml`, whose days count from `first`; `more`: what only one of its cycles has."""
    row = {**read("cycles.toml")["plan"][kind], **(more or {})}

    def day(name: str) -> date:
        return first + timedelta(days=row[name])

    trips = [
        TripPlan(each["city"], _leaves(each["leaves"], first), each["seats"], each["nights"]) for each in row["trips"]
    ]
    key, name_en, name_es = SEASONS[SEASON_OF_MONTH[trips[0].leaves_on.month - 1]]
    year = trips[0].leaves_on.year
    return CyclePlan(
        code=f"{key}-{year}",
        name_en=f"{name_en} {year}",
        name_es=f"{name_es} {year}",
        opens_at=at(day("opens"), 9),
        closes_at=midnight_before(day("closes")),
        decisions_on=day("decisions"),
        endorsements_due_on=day("endorsements_due"),
        readings_due_on=day("readings_due"),
        trips=trips,
        cities=row.get("cities") or [trip.city for trip in trips],
        seats=sum(trip.seats for trip in trips),
        closed_out_at=at(day("closed_out"), 15) if "closed_out" in row else None,
    )


def _leaves(said: int | str, first: date) -> date:
    """So many days from the first, or a day of its year, as 06-12."""
    return first + timedelta(days=said) if isinstance(said, int) else date.fromisoformat(f"{first.year}-{said}")


def first_day_of_summer(ago: int, today: date) -> date:
    """On which a finished summer opened; the latest is one that can be closed out by now."""
    latest = today.year if (today.month, today.day) >= (9, 15) else today.year - 1
    return date(latest - ago, 1, 12)


def set_up_cycle(plan: CyclePlan, draw: Draw, *, by: User) -> SetUp:
    """Make the cycle with its form, rules, rubric, trips, checklist steps and prompts."""
    texts = read("cycles.toml")
    cycle = Cycle.objects.create(
        code=plan.code,
        name_en=plan.name_en,
        name_es=plan.name_es,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        decisions_on=plan.decisions_on,
        endorsements_due_on=plan.endorsements_due_on,
        readings_due_on=plan.readings_due_on,
        answer_days=7,
        reads_each=3,
        seats=plan.seats,
        published_at=plan.opens_at - timedelta(days=3),
        closed_out_at=plan.closed_out_at,
        **{name: text.strip() for name, text in texts["text"].items()},
    )
    cities = {city.code: city for city in PartnerCity.objects.filter(code__in=plan.cities)}
    cycle.cities.set([cities[code] for code in plan.cities])
    audit.record("cycle.create", cycle, by=by)
    form = set_up.create_form(cycle, by=by)
    form.published_at = cycle.published_at
    form.save(update_fields=["published_at"])
    set_up.create_rules(cycle, departs_on=min(trip.leaves_on for trip in plan.trips), by=by)
    lever_setup.create_levers(cycle, by=by)
    parts.create(cycle, by=by)
    _promise_vouchers(cycle, by)
    trips = {trip.city: _create_trip(cycle, trip, cities[trip.city], texts, draw) for trip in plan.trips}
    return SetUp(
        cycle=cycle,
        form=form,
        questions={each.key: each for each in Question.objects.filter(section__form=form)},
        criteria=set_up.create_rubric(cycle, by=by),
        trips=trips,
        steps=list(cycle.checklist_steps.prefetch_related("trips")),
        prompts={prompt.key: prompt for prompt in cycle.reflection_prompts.all()},
    )


def _promise_vouchers(cycle: Cycle, by: User) -> None:
    for rule in cycle.money_rules.filter(kind=MoneyRule.Kind.VOUCHER):
        money.publish_rule(rule, by=by)


def _create_trip(cycle: Cycle, plan: TripPlan, city: PartnerCity, texts: dict[str, Any], draw: Draw) -> Trip:
    host, _created = HostInstitution.objects.get_or_create(
        city=city, **texts["host"][plan.city], defaults={"code": draw.code()}
    )
    return Trip.objects.create(
        code=draw.code(),
        cycle=cycle,
        city=city,
        host=host,
        leaves_on=plan.leaves_on,
        arrives_on=plan.leaves_on + timedelta(days=plan.nights),
        returns_on=plan.leaves_on + timedelta(days=TRIP_DAYS),
        seats=plan.seats,
        minimum_group=6,
        program_en=texts["program"][plan.city]["en"],
        program_es=texts["program"][plan.city]["es"],
    )
