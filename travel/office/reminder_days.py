"""Which reminders a number of days sends, on which day, to how many: of the cycles and trips under way. Reads only.

Each is counted by the rule of whoever sends it, so a number can be tried before it's saved.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.apply import reminders
from applications.apply.actions import recommendation, reminder
from applications.apply.reminders import Kind, ReminderRules
from applications.base import due_reminders
from applications.endorse import due as endorsements
from applications.interview import interviews
from applications.interview.actions import interview_reminder
from applications.models import Application, Assignment, Cycle, Recommendation
from applications.reading import due as readings
from exchange.base.home import home_zone
from exchange.models import Message, Role
from exchange.reference import facts
from exchange.templatetags.ui import day_year
from travel.models import Agreement, FormText, OrientationSession, Placement, SignedForm, SurveyItem
from travel.models.placement import home_day
from travel.partners.actions import agreement
from travel.passport import passport_days
from travel.passport.actions import passport_day_reminder
from travel.prepare import orientation
from travel.prepare.actions import checklist, guardian
from travel.reflection import survey

SHOWN = 8  # lines; more are counted


@dataclass(frozen=True, slots=True)
class Coming:
    """`on` None: that day has come or passed, so it goes when reminders are sent next."""

    on: date | None
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What is sent with this number of days. `more`: how many lines are left out."""

    days: int
    lines: list[Coming]
    more: int


def has_days(key: str) -> bool:
    return key in SOURCES


def preview(key: str, days: int) -> Preview:
    """The next reminders of this fact with this number, the soonest first. Six queries or fewer."""
    today = timezone.localdate()
    found = sorted(SOURCES[key](days), key=lambda each: (each[0], each[1]))
    lines = [Coming(day if day > today else None, what, who) for day, what, who in found]
    return Preview(days, lines[:SHOWN], len(lines[SHOWN:]))


type Line = tuple[date, str, str]  # the day, what it reminds of, and whom


def _students(count: int) -> str:
    return (
        ngettext("%(count)s student", "%(count)s students", count) % {"count": count} if count else _("no one so far")
    )


def _ahead(target: date, days: int) -> date:
    return max(target - timedelta(days=days), timezone.localdate())


# --- About an application -----------------------------------------------------------------------------


def _with(key: str, days: int) -> ReminderRules:
    """The rules in force, with this number in place of one of them."""
    rules = reminder.current_rules()
    if key in reminder.CLOSING_DAYS:
        return replace(rules, closing_days=_placed(rules.closing_days, reminder.CLOSING_DAYS.index(key), days))
    if key in reminder.OFFER_DAYS:
        return replace(rules, offer_days=_placed(rules.offer_days, reminder.OFFER_DAYS.index(key), days))
    field = {reminder.UNTOUCHED_DAYS: "untouched_days", reminder.REFEREE_DAYS: "referee_days"}.get(key, "fix_days")
    changed: dict[str, Any] = {field: days}
    return replace(rules, **changed)


def _placed(numbers: tuple[int, ...], index: int, days: int) -> tuple[int, ...]:
    return (*numbers[:index], days, *numbers[index + 1 :])


def _before(kind: Kind, key: str, days: int) -> Iterator[Line]:
    """Of drafts before the deadline, or of offers before the last day to answer."""
    found: Counter[tuple[int, date, date]] = Counter()
    for (cycle, occasion, day), count in reminder.coming(kind, _with(key, days)).items():
        last, number = occasion.split("/")
        if int(number) == days:
            found[cycle, date.fromisoformat(last), day] += count
    cycles, today = Cycle.objects.running().in_bulk(), timezone.localdate()
    if kind is Kind.CLOSING:
        for each in cycles.values():
            last_day = reminders.last_day(each.closes_at, home_zone())
            if (day := last_day - timedelta(days=days)) > today:
                found[each.pk, last_day, day] += 0  # also before anyone has begun
    text = _("%(cycle)s: drafts, due %(day)s") if kind is Kind.CLOSING else _("%(cycle)s: offers to answer by %(day)s")
    for (pk, target, day), count in found.items():
        yield day, text % {"cycle": cycles[pk].name, "day": day_year(target)}, _students(count)


def _since(kind: Kind, key: str, days: int) -> Iterator[Line]:
    """Of those that are counted from a day of each student's own."""
    found: Counter[tuple[int, date]] = Counter()
    for (cycle, _occasion, day), count in reminder.coming(kind, _with(key, days)).items():
        found[cycle, day] += count
    cycles = Cycle.objects.in_bulk({cycle for cycle, _day in found})
    for (pk, day), count in found.items():
        yield day, cycles[pk].name, _students(count)


def _referees(days: int) -> Iterator[Line]:
    most = int(facts.number(recommendation.REMINDERS_MAX))
    waiting = Recommendation.objects.waiting().filter(reminders__lt=most).select_related("application__cycle")
    found: Counter[tuple[str, date]] = Counter()
    for each in waiting:
        since = each.reminded_at or each.requested_at
        day = _ahead(timezone.localdate(since), -days) if since else None
        if day and not each.names_another and (each.expires_at is None or day <= timezone.localdate(each.expires_at)):
            found[each.application.cycle.name, day] += 1
    for (name, day), count in found.items():
        yield day, name, ngettext("%(count)s recommender", "%(count)s recommenders", count) % {"count": count}


def _to_book(days: int) -> Iterator[Line]:
    for (cycle, day), count in interview_reminder.coming(days).items():
        yield day, _("%(cycle)s: interviews to book") % {"cycle": cycle.name}, _students(count)


# --- Of advisors and readers --------------------------------------------------------------------------


def _due(days: int) -> Iterator[Line]:
    cycles, today = list(Cycle.objects.running()), timezone.localdate()
    kinds = (
        (endorsements.DUE_NAME, "endorsements_due_on", _("%(cycle)s: endorsements due %(day)s"), _endorsing, _advisors),
        (readings.DUE_NAME, "readings_due_on", _("%(cycle)s: scores due %(day)s"), _reading, _readers),
    )
    owed = [
        (cycle, target, text, words, {f"{name}:{cycle.pk}/{person}/before" for person in left.get(cycle.pk, ())})
        for name, field, text, people_of, words in kinds
        for left in [people_of(cycles)]
        for cycle in cycles
        if (target := getattr(cycle, field)) and target >= today
    ]
    keys = {key for *_rest, people in owed for key in people}
    sent = set(Message.objects.filter(still_due__in=keys).values_list("still_due", flat=True)) if keys else set()
    for cycle, target, text, words, people in owed:
        day, waiting = _ahead(target, days), len(people - sent)
        if waiting or day > today:
            yield day, text % {"cycle": cycle.name, "day": day_year(target)}, words(waiting)


def _endorsing(cycles: Iterable[Cycle]) -> dict[int, set[int]]:
    """The advisors who still have students to endorse, by cycle."""
    owed = Application.objects.not_endorsed().filter(
        cycle__in=[cycle.pk for cycle in cycles],
        college__roles__kind=Role.Kind.ADVISOR,
        college__roles__user__is_active=True,
    )
    found: dict[int, set[int]] = {}
    for cycle, person in owed.order_by().values_list("cycle", "college__roles__user").distinct():
        found.setdefault(cycle, set()).add(person)
    return found


def _reading(cycles: Iterable[Cycle]) -> dict[int, set[int]]:
    """The readers who still have applications to score, by cycle."""
    ids = [cycle.pk for cycle in cycles]
    given = Assignment.objects.filter(application__cycle__in=ids, released_at__isnull=False, is_interview=False)
    found: dict[int, set[int]] = {}
    for cycle, person in given.unread().filter(reader__is_active=True).values_list("application__cycle", "reader"):
        found.setdefault(cycle, set()).add(person)
    return found


def _advisors(count: int) -> str:
    return (
        ngettext("%(count)s advisor", "%(count)s advisors", count) % {"count": count} if count else _("no one so far")
    )


def _readers(count: int) -> str:
    return ngettext("%(count)s reader", "%(count)s readers", count) % {"count": count} if count else _("no one so far")


# --- Before the trip, and after it --------------------------------------------------------------------


def _steps(days: int) -> Iterator[Line]:
    for day, count in checklist.coming(days).items():
        yield day, _("steps before departure"), _students(count)


def _passport_days(days: int) -> Iterator[Line]:
    for (visit, day), count in passport_day_reminder.coming(days).items():
        what = _("passport day at %(place)s on %(day)s") % {"place": visit.place, "day": day_year(visit.on)}
        yield day, what, _students(count)


def _sessions(days: int) -> Iterator[Line]:
    sessions = list(OrientationSession.objects.ahead().filter(reminded_at=None).prefetch_related("trips"))
    going = Placement.objects.active().filter(
        trip__cycle__in={each.cycle_id for each in sessions}, trip__departed_at__isnull=True
    )
    people = list(orientation.without_any(going).values_list("trip", "trip__cycle")) if sessions else []
    for session in sessions:
        trips = {trip.pk for trip in session.trips.all()}
        count = sum(trip in trips if trips else cycle == session.cycle_id for trip, cycle in people)
        on = timezone.localdate(session.starts_at)
        what = _("orientation at %(place)s on %(day)s") % {"place": session.place, "day": day_year(on)}
        yield _ahead(on, days), what, _students(count)


def _guardians(days: int) -> Iterator[Line]:
    signed = SignedForm.objects.filter(
        text=OuterRef("pk"), placement=OuterRef(OuterRef("placement")), signed_as=SignedForm.By.GUARDIAN
    )
    unsigned = FormText.objects.current().filter(
        ~Exists(signed), cycle=OuterRef("placement__trip__cycle"), signer=FormText.Signer.STUDENT, needs_guardian=True
    )
    going = Placement.objects.active().values("pk")
    links = guardian.to_remind().filter(Exists(unsigned), placement__in=going)
    found = Counter(
        _ahead(timezone.localdate(sent_at), -days) for sent_at in links.values_list("sent_at", flat=True) if sent_at
    )
    for day, count in found.items():
        who = ngettext("%(count)s parent or guardian", "%(count)s parents or guardians", count) % {"count": count}
        yield day, _("forms to sign"), who


def _surveys(days: int) -> Iterator[Line]:
    """Of all travelers: staff don't learn how many of a trip have answered."""
    closes, today = int(facts.number(survey.FACTS[2])), timezone.localdate()
    items = SurveyItem.objects.filter(cycle=OuterRef("trip__cycle"))
    asked = Placement.objects.active().alias(home=home_day("trip__")).filter(Exists(items))
    open_ones = asked.filter(home__gte=today - timedelta(days=closes)).select_related("trip__city", "trip__cycle")
    for trip, count in Counter(placement.trip for placement in open_ones).items():
        what = _("%(trip)s: survey, home on %(day)s") % {"trip": trip, "day": day_year(trip.home_on)}
        who = ngettext("at most %(count)s student", "at most %(count)s students", count) % {"count": count}
        yield _ahead(trip.home_on, -days), what, who


def _agreements(days: int) -> Iterator[Line]:
    ending = Agreement.objects.filter(is_over=False, reminded_at=None, ends_on__isnull=False).select_related("city")
    for each in ending:
        if each.ends_on:
            what = _("agreement with %(city)s, which ends on %(day)s")
            yield _ahead(each.ends_on, days), what % {"city": each.city, "day": day_year(each.ends_on)}, _("the office")


SOURCES: dict[str, Callable[[int], Iterable[Line]]] = {
    **{key: partial(_before, Kind.CLOSING, key) for key in reminder.CLOSING_DAYS},
    **{key: partial(_before, Kind.OFFER, key) for key in reminder.OFFER_DAYS},
    reminder.UNTOUCHED_DAYS: partial(_since, Kind.UNTOUCHED, reminder.UNTOUCHED_DAYS),
    reminder.REFEREE_DAYS: partial(_since, Kind.REFEREE, reminder.REFEREE_DAYS),
    reminder.FIX_DAYS: partial(_since, Kind.FIX, reminder.FIX_DAYS),
    recommendation.REMIND_DAYS: _referees,
    interviews.REMIND_DAYS: _to_book,
    due_reminders.DAYS_BEFORE: _due,
    checklist.REMIND_DAYS: _steps,
    passport_days.REMIND_DAYS: _passport_days,
    orientation.REMIND_DAYS: _sessions,
    guardian.REMIND_DAYS: _guardians,
    survey.FACTS[1]: _surveys,
    agreement.REMIND_DAYS: _agreements,
}
