"""Plans the dates of one student's passport and checklist from the dated reference rows. Reads only.

Everything that is the same for many students (facts, entry rules, steps) is read once into `PlanRules`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.reference import facts
from exchange.templatetags.ui import day_year
from travel.base import open_days
from travel.base.open_days import IsClosed
from travel.models import ChecklistStep, EntryPermission, EntryRule, MoneyPromise, PassportCase, Placement, Trip
from travel.models.checklist import StepFields
from travel.passport.plan import birth_date, of_age, step_order, timeline
from travel.passport.way.route import Terms
from travel.passport.way.validity import Validity
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, SEEN, PassportStage, Urgency

URGENT_DAYS = "board.urgent_days"  # the fact: less slack than this is urgent

DAYS = {
    name: f"passport.days.{name}"
    for name in (
        "routine",
        "expedited",
        "expedited_fast",
        "buffer",
        "appointment_wait",
        "certificate",
        "urgent_counter",
        "urgent_counter_with_visa",
    )
}
SAFE_DAYS = "checklist.safe_days"

STAGES: dict[str, timeline.Stage] = {
    PassportStage.NOT_STARTED: timeline.Stage.NOT_STARTED,
    PassportStage.GATHERING: timeline.Stage.GATHERING_DOCUMENTS,
    PassportStage.READY: timeline.Stage.READY,
    PassportStage.BOOKED: timeline.Stage.APPOINTMENT_BOOKED,
    PassportStage.APPLIED: timeline.Stage.SUBMITTED,
    PassportStage.LETTER: timeline.Stage.ACTION_LETTER,
    PassportStage.ISSUED: timeline.Stage.ISSUED,
    PassportStage.IN_HAND: timeline.Stage.IN_HAND,
    PassportStage.CHECKED: timeline.Stage.CHECKED,
    PassportStage.NAME_MATCHED: timeline.Stage.NAME_MATCHED,
}
# facts that the questions use, by the last part of their keys
QUESTIONS = {
    name: f"passport.rule.{name}"
    for name in (
        *("adult_age", "parent_age", "online_age", "online_from_years"),
        *("adult_valid_years", "child_valid_years", "renewal_years", "short_years"),
        "correction_days",
    )
}
TERMS = (*QUESTIONS.values(), DAYS["routine"])
# facts that routes are judged by and dates are planned with
KEYS = frozenset({SAFE_DAYS, *DAYS.values(), *QUESTIONS.values()})
IN_PERSON_ROUTES = frozenset({PassportCase.Route.DS11, PassportCase.Route.LOST})
BY_MAIL_ROUTES = frozenset({PassportCase.Route.DS82, PassportCase.Route.ONLINE, PassportCase.Route.DS5504})
# items that the passport card itself covers; they follow its stage
OF_THE_PASSPORT = frozenset({ChecklistStep.Timing.DOCUMENTS, ChecklistStep.Timing.APPLY, ChecklistStep.Timing.IN_HAND})
VISAS = frozenset({EntryRule.Requirement.E_VISA, EntryRule.Requirement.CONSULAR_VISA})


def is_closed() -> IsClosed:
    """Whether passport counters are closed on a day, where this program is."""
    return open_days.closed_days(settings.HOLIDAY_STATE)


@dataclass(frozen=True, slots=True)
class PlanRules:
    """The dated numbers and rules, read once."""

    days: Mapping[str, int]
    safe_days: int
    entry: Mapping[int, EntryRule]
    is_closed: IsClosed

    @classmethod
    def load(cls, trips: Iterable[Trip]) -> "PlanRules":
        """Raises ImproperlyConfigured with the name of a missing Fact."""
        values = facts.numbers(SAFE_DAYS, *DAYS.values())
        cities = {trip.city_id for trip in trips}
        rows = EntryRule.objects.filter(city__in=cities, document=EntryRule.Document.US_PASSPORT)
        return cls(
            days={name: int(values[key]) for name, key in DAYS.items()},
            safe_days=int(values[SAFE_DAYS]),
            entry={rule.city_id: rule for rule in rows},
            is_closed=is_closed(),
        )

    def entry_rule(self, trip: Trip | None) -> EntryRule | None:
        return self.entry.get(trip.city_id) if trip else None

    def in_hand_by(self, trip: Trip) -> date:
        """The day by which this trip needs the passport, for any student."""
        rule = self.entry_rule(trip)
        return trip.leaves_on - timedelta(days=self.days["buffer"] + (rule.lead_days if rule else 0))

    def appointment_wait(self, case: PassportCase) -> int:
        """Days at the facility the student chose, as staff last heard; else the usual number. None by mail."""
        if case.route in BY_MAIL_ROUTES:
            return 0
        facility = case.facility
        return facility.wait_days if facility and not facility.retired_at else self.days["appointment_wait"]

    def times(self, trip: Trip, case: PassportCase) -> timeline.TravelTimes:
        rule = self.entry_rule(trip)
        needs_visa = rule is not None and rule.requirement in VISAS
        return timeline.TravelTimes(
            buffer_days=self.days["buffer"],
            entry_lead_days=rule.lead_days if rule else 0,
            door_to_door_days={service: self.days[service] for service in timeline.BY_MAIL},
            appointment_wait_days=self.appointment_wait(case),
            certificate_lead_days=self.days["certificate"],
            urgent_within_days=self.days["urgent_counter_with_visa" if needs_visa else "urgent_counter"],
            is_closed=self.is_closed,
            is_agency_closed=open_days.closed_at_agencies(self.is_closed),
            form_until=case.form_until if case.stage in BEFORE_APPLYING else None,
        )


def expires(day: date) -> str:
    """When a passport expires, or expired, in a sentence for its owner."""
    is_over = day < timezone.localdate()
    text = _("Your passport expired on %(day)s.") if is_over else _("Your passport expires on %(day)s.")
    return text % {"day": day_year(day)}


def terms(application: Application, in_hand_by: date | None, today: date) -> Terms:
    """The numbers that this student's answers are judged by. `in_hand_by`: of the trip, if there is one."""
    return terms_of(facts.numbers(*TERMS), birth_date.of(application), in_hand_by, today)


def terms_of(values: Mapping[str, int | Decimal], born_on: date | None, in_hand_by: date | None, today: date) -> Terms:
    """The same for many students, with the TERMS and their birth dates read once."""
    numbers: dict[str, Any] = {name: int(values[key]) for name, key in QUESTIONS.items()}
    routine = timedelta(days=int(values[DAYS["routine"]]))
    in_time = in_hand_by is None or in_hand_by - routine >= today
    return Terms(**numbers, today=today, online_in_time=in_time, born_on=born_on)


def judged_by(application: Application, trip: Trip | None, case: PassportCase | None = None) -> dict[str, Any]:
    """Arguments for PassportQuestions, for this trip or, with None, before there is one."""
    rules = PlanRules.load([trip] if trip else [])
    return {
        "terms": terms(application, rules.in_hand_by(trip) if trip else None, timezone.localdate()),
        "validity": validity(trip, rules.entry_rule(trip), case),
    }


def can_answer(case: PassportCase) -> bool:
    """Whether the route can still change: nothing is with the government, and nobody has seen the passport."""
    return case.stage in BEFORE_APPLYING or case.stage == PassportStage.IN_HAND


def way_of(case: PassportCase) -> str:
    """The route that applies now: renewal online has one speed, so a plan that needs a faster one goes by mail."""
    too_slow = case.stage in BEFORE_APPLYING and case.service not in ("", timeline.Service.ROUTINE)
    return PassportCase.Route.DS82 if case.route == PassportCase.Route.ONLINE and too_slow else case.route


def form_has_ended(case: PassportCase, today: date) -> bool:
    """Whether the form of this route can no longer be used, until the daily job has found another route."""
    return case.stage in BEFORE_APPLYING and case.form_until is not None and case.form_until < today


def ends_with_its_form(case: PassportCase, is_closed: IsClosed) -> bool:
    """Whether the last safe day is the form's last day, rather than what the trip leaves time for."""
    if case.stage not in BEFORE_APPLYING or case.form_until is None:
        return False
    return case.last_safe_on == open_days.open_on_or_before(case.form_until, is_closed)


def validity(trip: Trip | None, rule: EntryRule | None, case: PassportCase | None = None) -> Validity:
    """What this trip requires of a passport; before there is a trip, that it is valid today.

    With `case`, also whether the existing passport was found to have too few blank pages for it.
    """
    if trip is None:
        today = timezone.localdate()
        return Validity(today, today)
    if rule is None:
        return Validity(trip.arrival, trip.returns_on)
    counted = case.blank_pages if case else None
    is_full = counted is not None and counted < rule.blank_pages
    return Validity(trip.arrival, trip.returns_on, rule.validity_months, rule.validity_basis, rule.blank_pages, is_full)


class Fit(StrEnum):
    """Whether an existing passport is enough for the student's trip."""

    GOOD = "good"
    NOT_ENOUGH = "not_enough"
    UNCOUNTED = "uncounted"  # the trip needs blank pages, and nobody has counted them


def fit(case: PassportCase, placement: Placement | None, rules: PlanRules) -> Fit:
    """Judged by what is known: expiration date, and blank pages of a passport that was seen. A new one has enough."""
    if placement is None or case.stage not in HAS_PASSPORT or placement.trip.departed_at:
        return Fit.GOOD
    asked = validity(placement.trip, rules.entry_rule(placement.trip), case)
    if asked.is_full or (case.expires_on is not None and not asked.covers(case.expires_on)):
        return Fit.NOT_ENOUGH
    is_old_book = case.route == PassportCase.Route.VALID
    if asked.blank_pages and case.blank_pages is None and is_old_book and case.stage in SEEN:
        return Fit.UNCOUNTED
    return Fit.GOOD


type TripPlan = tuple[Trip, timeline.PassportPlan]


def plan_of(case: PassportCase, trips: Iterable[Trip], rules: PlanRules, today: date) -> TripPlan | None:
    """The trip and the plan that this student works by; None without a trip.

    With a placement, those of its trip. Before, of the cycle's `trips` each one they may be on is judged by itself, and
    `timeline.first_of` picks: a trip that no longer fits doesn't count while another one does.
    """
    placement = case.placement
    if placement is not None:
        return placement.trip, plan_case(case, placement.trip, rules, today)
    return timeline.first_of(plans_of(case, trips, rules, today), STAGES[case.stage])


def plans_of(case: PassportCase, trips: Iterable[Trip], rules: PlanRules, today: date) -> list[TripPlan]:
    """A plan for every trip this student may be on, the first to leave first."""
    possible = sorted(possible_trips(case.application, trips), key=lambda trip: (trip.leaves_on, trip.pk))
    return [(trip, plan_case(case, trip, rules, today)) for trip in possible]


def possible_trips(application: Application, trips: Iterable[Trip]) -> list[Trip]:
    """Those of the trips that haven't left and go to a city the student ranked and can go to."""
    # down to the line below which they would rather stay home
    ranked = {line.city_id for line in takewhile(lambda line: line.city_id, application.city_preferences.all())}
    feasible = getattr(application, "feasible_cities", None)
    here = None if feasible is None or feasible.is_everywhere else {city.pk for city in feasible.cities.all()}
    return [
        trip
        for trip in trips
        if trip.departed_at is None
        and trip.closed_at is None
        and (not ranked or trip.city_id in ranked)
        and (here is None or trip.city_id in here)
    ]


def plan_case(case: PassportCase, trip: Trip, rules: PlanRules, today: date) -> timeline.PassportPlan:
    """The passport plan of one student as of today."""
    before = case.stage in BEFORE_APPLYING
    used = not before and case.service in timeline.BY_MAIL
    applied = case.stage == PassportStage.APPLIED and case.stage_changed_at
    return timeline.plan(
        trip.leaves_on,
        rules.times(trip, case),
        today,
        needs_certificate=bool(case.needs_certificate) and before,
        services=(case.service,) if used else timeline.BY_MAIL,
        stage=STAGES[case.stage],
        submitted_on=timezone.localdate(case.stage_changed_at) if applied else None,
    )


DATE_FIELDS = ("order_certificate_by", "documents_by", "apply_by", "in_hand_by", "last_safe_on")


def fields_of(found: TripPlan | None) -> dict[str, str | date | int | None]:
    """Values of a case's fields. Without a trip (not planned yet, or none the student can go to) dates are None."""
    if found is None:
        return {"service": "", **dict.fromkeys(DATE_FIELDS), "urgency": str(Urgency.ON_TIME), "trip_id": None}
    trip, plan = found
    dates = {name: getattr(plan, name) for name in DATE_FIELDS}
    return {"service": str(plan.service or ""), **dates, "urgency": str(plan.level), "trip_id": trip.pk}


def latest_start(case: PassportCase | None, trip: Trip, rules: PlanRules) -> date:
    """The last day on which this student, at the passport's present stage, can still be in time for this trip."""
    stage = PassportStage(case.stage) if case else PassportStage.NOT_STARTED
    before = stage in BEFORE_APPLYING
    used = case is not None and not before and case.service in timeline.BY_MAIL
    return timeline.latest_start(
        trip.leaves_on,
        rules.times(trip, case or PassportCase()),
        needs_certificate=bool(case and case.needs_certificate) and before,
        services=(case.service,) if case and used else timeline.BY_MAIL,
        stage=STAGES[stage],
    )


def list_dates(
    steps: Iterable[StepFields],
    trip: Trip,
    plan: timeline.PassportPlan,
    rules: PlanRules,
    done: Mapping[str, date] | None = None,
) -> dict[str, timeline.ItemDates]:
    """(do_by, last_safe_on) of each step of one student's list, by key. A do_by may have passed: pages show today.

    `done`: the days on which steps were done, by key; others are dated from them. No step is due before one of the
    passport that it waits for, and none that follows another one later than what waits for it.
    """
    by_key = {step.key: step for step in steps}
    follows = ChecklistStep.Timing.AFTER_STEP

    def follow(key: str, anchor: date | None) -> timeline.ItemDates:
        if anchor is None:  # the other step isn't on this list: as much time as there is to catch up
            return timeline.plan_item(trip.leaves_on, max(rules.safe_days, 1), 1, rules.is_closed)
        days = by_key[key].days_after or 0
        return step_order.following(anchor, days, trip.leaves_on, rules.safe_days, rules.is_closed)

    needs = {key: [step.after] if step.timing == follows else [] for key, step in by_key.items()}
    fixed = {key: _own_dates(step, trip, plan, rules) for key, step in by_key.items() if step.timing != follows}
    dates = step_order.resolve(needs, fixed, done or {}, follow)
    waits = {key: step.waits_for for key, step in by_key.items()}
    firm = {key for key, step in by_key.items() if step.timing in OF_THE_PASSPORT}
    return step_order.in_time(waits, dates, firm=firm, movable=by_key.keys() - fixed.keys())


def _own_dates(step: StepFields, trip: Trip, plan: timeline.PassportPlan, rules: PlanRules) -> timeline.ItemDates:
    """Of a step that follows no other."""
    timing = ChecklistStep.Timing
    if step.timing == timing.BEFORE_DEPARTURE:
        days = step.days_before or 0
        return timeline.plan_item(trip.leaves_on, days, max(0, days - rules.safe_days), rules.is_closed)
    if step.timing == timing.ENTRY:
        rule = rules.entry_rule(trip)
        last = trip.leaves_on - timedelta(days=rule.lead_days if rule else 0)
        if rule and rule.requirement == EntryRule.Requirement.NONE:
            last = min(plan.in_hand_by, last)  # nobody knows how long it takes with another document
        last = open_days.open_on_or_before(last, rules.is_closed)
        return timeline.ItemDates(min(plan.in_hand_by, last), last)
    names: dict[str, str] = {
        timing.DOCUMENTS: "documents_by",
        timing.APPLY: "apply_by",
        timing.IN_HAND: "in_hand_by",
    }
    name = names[step.timing]
    do_by = getattr(plan, name)
    return timeline.ItemDates(do_by, max(do_by, getattr(plan.latest, name)))


def applies(
    step: StepFields,
    trip: Trip,
    rules: PlanRules,
    *,
    is_minor: bool = False,
    needs_entry: bool = False,
    has_stipend: bool = False,
) -> bool:
    """Whether this step is for a student of this trip: without a visa there is no visa step.

    `is_minor`: not an adult on the day of departure; unknown counts as adult. `needs_entry`: the student said so, whose
    document may need what a U.S. passport doesn't. `has_stipend`: money is promised to them before departure.
    """
    if isinstance(step, ChecklistStep) and (only := step.trips.all() if step.only_on is None else step.only_on):
        if trip not in only:
            return False
    if step.audience == StepFields.Audience.UNDER_18 and not is_minor:
        return False
    if step.audience == StepFields.Audience.STIPEND and not has_stipend:
        return False
    rule = rules.entry_rule(trip)
    nothing_to_ask = rule is not None and rule.requirement == EntryRule.Requirement.NONE
    return needs_entry or not (_asks_permission(step) and nothing_to_ask)


def _asks_permission(step: StepFields) -> bool:
    return step.timing == StepFields.Timing.ENTRY or step.audience == StepFields.Audience.ENTRY_PERMISSION


def steps_for[Step: StepFields](
    application: Application, steps: Iterable[Step], trip: Trip, rules: PlanRules
) -> list[Step]:
    """Those of the steps that are for this student. Reads what the student is or said only if a step depends on it."""
    there = list(steps)
    asks_age = any(step.audience == StepFields.Audience.UNDER_18 for step in there)
    is_minor = asks_age and _is_minor(application, trip.leaves_on)
    needs_entry = any(_asks_permission(step) for step in there) and _needs_entry(application)
    asks_money = any(step.audience == StepFields.Audience.STIPEND for step in there)
    said = {
        "is_minor": is_minor,
        "needs_entry": needs_entry,
        "has_stipend": asks_money and _has_stipend(application),
    }
    return [step for step in there if applies(step, trip, rules, **said)]


def _has_stipend(application: Application) -> bool:
    theirs = MoneyPromise.objects.stipends().standing().filter(placement__application=application)
    return theirs.exists()


def _is_minor(application: Application, leaves_on: date) -> bool:
    placements = Placement.objects.filter(application=application)
    return False in of_age.of_many(placements, leaves_on).values()


def _needs_entry(application: Application) -> bool:
    said = EntryPermission.objects.filter(placement__application=application)
    return said.exclude(state=EntryPermission.State.NOT_NEEDED).exists()


def slack(case: PassportCase, today: date) -> int | None:
    """Days until the next date, negative once it was missed; where no plan works, days since the last one that did."""
    due = next_on(case)
    if due is None and case.urgency == Urgency.NOT_FEASIBLE and case.stage not in SEEN:
        due = case.last_safe_on
    return (due - today).days if due else None


def next_on(case: PassportCase) -> date | None:
    """The date of this passport's next step; None when nothing is left to do, or nothing can be done by a date."""
    if case.stage in SEEN or case.urgency == Urgency.NOT_FEASIBLE:
        return None
    if case.stage not in BEFORE_APPLYING:
        return case.in_hand_by
    if case.needs_certificate and case.order_certificate_by:
        return case.order_certificate_by
    return case.apply_by if case.stage == PassportStage.BOOKED else case.documents_by
