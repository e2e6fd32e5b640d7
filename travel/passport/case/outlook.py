"""Before a student has a seat: which of the cities they ranked a passport can still reach, one by one. Reads only.

Each city is judged by itself (`planning.plans_of`). The next step follows the plan that keeps the most of them open
(`timeline.first_of`), so its date is never that of a city which is out of reach while another one isn't.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application
from exchange.templatetags.ui import day_year, full_day
from travel.models import PassportBooking, PassportCase, Trip
from travel.passport.case.next_step import NextStep, passport_step
from travel.passport.plan import planning, timeline
from travel.passport.plan.planning import BY_MAIL_ROUTES, STAGES, PlanRules
from travel.passport.plan.timeline import Level, PassportPlan, Service
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, URGENCY_TONES, PassportStage, Urgency

Route = PassportCase.Route
IN_TIME = frozenset({Level.ON_TIME, Level.SOON, Level.LATE})  # by mail, without an urgent appointment


@dataclass(frozen=True, slots=True)
class CityRow:
    """One ranked city. `changes`: what would make it possible, or easier. Dates are None where nothing can be done."""

    name: str
    label: str
    tone: str
    text: str
    do_by: date | None = None
    last_safe_on: date | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """`case`: the student's case as of today, unsaved; None without a trip they may be on."""

    case: PassportCase | None
    rows: tuple[CityRow, ...] = ()
    open: tuple[str, ...] = ()  # names of the cities that can still be reached, in the student's order
    closed: tuple[str, ...] = ()
    trips: tuple[Trip, ...] = field(default=(), repr=False)

    @property
    def keeps(self) -> str:
        """Which cities the next step's date keeps open; "" where that goes without saying."""
        if self.case is None or self.case.stage in HAS_PASSPORT or len(self.open) + len(self.closed) < 2:
            return ""
        said = []
        if self.open:
            said.append(
                _("Do this by the last safe day, and your passport can still come in time for %(cities)s.")
                % {"cities": listed(self.open)}
            )
        if self.open and self.closed:
            said.append(
                ngettext("%(cities)s doesn’t work right now.", "%(cities)s don’t work right now.", len(self.closed))
                % {"cities": listed(self.closed)}
            )
        return " ".join(said)


def step_of(
    application: Application, case: PassportCase | None, today: date, booking: PassportBooking | None
) -> tuple[Outlook, NextStep | None]:
    """The next step to a passport, the same on the student's home and on their passport page, and what it keeps open.

    Released a minute ago, before `checklist.open_cases` has opened a case, the dates are there at once.
    """
    outlook = Outlook(case) if case and case.placement else outlook_of(application, case, today)
    return outlook, passport_step(application, outlook.case, today, booking, outlook.keeps)


def outlook_of(application: Application, case: PassportCase | None, today: date) -> Outlook:
    """For a student without a seat. A constant number of queries; writes nothing."""
    trips = list(Trip.objects.filter(cycle=application.cycle_id).select_related("city"))
    if not trips:
        return Outlook(case)
    rules = PlanRules.load(trips)
    now = _as_of_today(case or PassportCase(application=application), trips, rules, today)
    if now.route == Route.TALK:  # they may need no US passport, so its dates say nothing
        return Outlook(now)
    found = planning.plans_of(now, trips, rules, today)
    ranked = [line.city_id for line in application.city_preferences.all()]
    found.sort(key=lambda pair: ranked.index(pair[0].city_id) if pair[0].city_id in ranked else len(ranked))
    return Outlook(
        case if case is None and now.trip_id is None else now,
        tuple(_row(now, trip, plan, rules, today) for trip, plan in found),
        tuple(trip.city.name for trip, plan in found if plan.is_feasible),
        tuple(trip.city.name for trip, plan in found if not plan.is_feasible),
        tuple(trip for trip, _plan in found),
    )


def _as_of_today(case: PassportCase, trips: Sequence[Trip], rules: PlanRules, today: date) -> PassportCase:
    """The case with today's plan, as the daily job will write it."""
    found = planning.plan_of(case, trips, rules, today)
    for name, value in planning.fields_of(found).items():
        setattr(case, name, value)
    if found:
        case.trip = found[0]
    return case


def listed(names: Sequence[str]) -> str:
    """ "Paris", "Paris and Durango", "Paris, Durango and Hanoi"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


# --- One city ---------------------------------------------------------------------------------------


def _row(case: PassportCase, trip: Trip, plan: PassportPlan, rules: PlanRules, today: date) -> CityRow:
    city, tone = trip.city.name, URGENCY_TONES[Urgency(plan.level)]
    if ended := _ends_too_soon(case, trip, rules, today):
        return ended
    changes = tuple(_changes(case, trip, plan, rules, today))
    if not plan.is_feasible:
        return CityRow(city, _("not in time"), tone, _why_not(case, trip, plan, rules), changes=changes)
    stage = STAGES[case.stage]
    text, label = _how(case, plan)
    do_by = timeline.shown_do_by(plan.next_by(stage), plan.last_safe_on, today, rules.is_closed)
    if case.stage in BEFORE_APPLYING and plan.level != Level.URGENT_COUNTER:
        text = f"{text} {_first(case) % {'day': full_day(do_by)}}"
    return CityRow(city, label, tone, text, do_by, plan.last_safe_on, changes)


def _ends_too_soon(case: PassportCase, trip: Trip, rules: PlanRules, today: date) -> CityRow | None:
    """For a passport in hand that isn't valid for long enough there."""
    asked = planning.validity(trip, rules.entry_rule(trip))
    if case.stage not in HAS_PASSPORT or case.expires_on is None or asked.covers(case.expires_on):
        return None
    text = _("%(expires)s For %(city)s, it has to be valid until %(needed)s.") % {
        "expires": planning.expires(case.expires_on),
        "city": trip.city.name,
        "needed": day_year(asked.needed_until),
    }
    another = planning.plan_case(_copy(case, stage=PassportStage.BOOKED, needs_certificate=False), trip, rules, today)
    changes: tuple[str, ...] = ()
    if another.level in IN_TIME:
        changes = (
            _("This city works if you apply for a new one by %(day)s.") % {"day": full_day(another.last_safe_on)},
        )
    return CityRow(trip.city.name, _("expires too soon"), "stop", text, changes=changes)


def _how(case: PassportCase, plan: PassportPlan) -> tuple[str, str]:
    """(how the passport gets there in time, label)."""
    if case.stage in HAS_PASSPORT:
        return _("You have your passport. Show it to your advisor."), _("in time")
    if case.stage not in BEFORE_APPLYING:
        late = plan.level == Level.URGENT_COUNTER
        text = _("Your passport may come late. An urgent appointment could help: ask your advisor.")
        return (text, _("may be late")) if late else (_("Your passport should be here in time."), _("in time"))
    if plan.level == Level.URGENT_COUNTER:
        opens = plan.counter_opens_on
        return (
            _("Mail is too slow now. You’d need an urgent appointment at a passport agency, from %(day)s.")
            % {"day": full_day(opens)},
            _("urgent appointment only"),
        )
    texts: dict[str, tuple[str, str]] = {
        Service.ROUTINE: (_("Routine service is fast enough."), _("in time")),
        Service.EXPEDITED: (_("This city works with expedited service."), _("in time, expedited")),
        Service.EXPEDITED_FAST: (
            _("This city works with expedited service and 1–2 day delivery."),
            _("in time, expedited"),
        ),
    }
    return texts[str(plan.service)]


def _first(case: PassportCase) -> str:
    """What comes first, with %(day)s."""
    if case.needs_certificate:
        return _("Order your birth certificate by %(day)s.")
    if case.route in BY_MAIL_ROUTES:
        return _("Send your application by %(day)s.")
    if case.stage == PassportStage.BOOKED:
        return _("Apply by %(day)s.")
    return _("Have your documents ready and your appointment booked by %(day)s.")


def _why_not(case: PassportCase, trip: Trip, plan: PassportPlan, rules: PlanRules) -> str:
    """One sentence: what takes too long. Its date is over, so it's told as past."""
    names = {"city": trip.city.name, "day": full_day(plan.last_safe_on)}
    if case.stage not in BEFORE_APPLYING:
        return _("Your passport needed to be here by %(day)s, so it may be too late.") % names
    rule = rules.entry_rule(trip)
    if rule and rule.lead_days and case.needs_certificate:
        return (
            _(
                "It takes too long to order a birth certificate, get the passport and then get the entry"
                " documents for %(city)s."
            )
            % names
        )
    if rule and rule.lead_days:
        return _("It takes too long to get the passport and then the entry documents for %(city)s.") % names
    if case.needs_certificate:
        return _("It takes too long to order a birth certificate and get the passport before this trip leaves.")
    return _("It takes too long to get the passport before this trip leaves.")


def _changes(case: PassportCase, trip: Trip, plan: PassportPlan, rules: PlanRules, today: date) -> Iterable[str]:
    """What would open this city, or make it easier, each with its date; only things that can still happen."""
    if case.stage not in BEFORE_APPLYING or plan.level in IN_TIME:
        return
    if case.needs_certificate:
        without = planning.plan_case(_copy(case, needs_certificate=False), trip, rules, today)
        if _is_better(without, plan):
            yield _("This city works if your birth certificate is here by %(day)s.") % {
                "day": full_day(without.last_safe_on)
            }
    sooner = _copy(case, needs_certificate=False, stage=PassportStage.BOOKED)
    if case.route not in BY_MAIL_ROUTES and case.stage != PassportStage.BOOKED:
        applied = planning.plan_case(sooner, trip, rules, today)
        if _is_better(applied, plan):
            yield _("This city works if you can apply in person by %(day)s, with all your documents.") % {
                "day": full_day(applied.last_safe_on)
            }


def _is_better(other: PassportPlan, plan: PassportPlan) -> bool:
    return other.level in IN_TIME and plan.level not in IN_TIME


def _copy(case: PassportCase, **fields: object) -> PassportCase:
    """An unsaved case that differs in these fields, for planning alone."""
    names = ("application", "route", "stage", "needs_certificate", "facility", "service", "stage_changed_at")
    return PassportCase(**{name: getattr(case, name) for name in names} | fields)
