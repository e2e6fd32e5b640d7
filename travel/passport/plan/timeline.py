"""Every passport date, planned back from departure. Pure Python: no database, no Django.

    passport in hand by = departure - buffer - longest entry authorization
    apply by            = in hand by - door to door of the service
    documents by        = apply by - wait for an appointment
    order certificate by = documents by - wait for the certificate

The plan uses the first service whose next date can still be met, then the urgent counter (a safety net, not
a plan), then says "not feasible", and a person decides. Every number of days comes in as an argument: they
are dated reference rows, and when one changes everybody is planned again.

A form that relies on an old passport can be used only until that passport reaches a certain age; no date of the plan
that comes before applying is later than that.

A date on which the counter, the post office or the consulate is closed moves to the open day before, never later.
A certificate is ordered online or by mail, so its date moves only where it is the last safe day.

Before a student has a seat, every trip they may be on has its own plan, and `first_of` picks the one to work by.

Source: domain reference 2.5 (formula, worked table, urgent counter), 2.8 (closed days) and design section 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from travel.base.open_days import IsClosed, never, open_on_or_after, open_on_or_before


class Service(StrEnum):
    ROUTINE = "routine"
    EXPEDITED = "expedited"
    EXPEDITED_FAST = "expedited_fast"
    URGENT_COUNTER = "urgent_counter"


class Level(StrEnum):
    """How good a plan is, best first."""

    ON_TIME = "on_time"
    SOON = "soon"
    LATE = "late"
    URGENT_COUNTER = "urgent_counter"
    NOT_FEASIBLE = "not_feasible"


class Stage(StrEnum):
    """Where a passport case stands, in order."""

    NOT_STARTED = "not_started"
    GATHERING_DOCUMENTS = "gathering_documents"
    READY = "ready"
    APPOINTMENT_BOOKED = "appointment_booked"
    SUBMITTED = "submitted"
    ACTION_LETTER = "action_letter"
    ISSUED = "issued"
    IN_HAND = "in_hand"
    CHECKED = "checked"
    NAME_MATCHED = "name_matched"


BY_MAIL = (Service.ROUTINE, Service.EXPEDITED, Service.EXPEDITED_FAST)
BEFORE_APPLYING = (Stage.NOT_STARTED, Stage.GATHERING_DOCUMENTS, Stage.READY, Stage.APPOINTMENT_BOOKED)
HAS_PASSPORT = (Stage.IN_HAND, Stage.CHECKED, Stage.NAME_MATCHED)


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """Reference values for one trip and one student, all in whole days, none negative.

    buffer_days: the program's margin. entry_lead_days: the longest entry authorization of the trip, 0 if
    none. door_to_door_days: service -> from the counter visit to the passport in the hand, mail included
    (an entry for urgent_counter is optional, 0 without). appointment_wait_days: at an acceptance facility.
    certificate_lead_days: from ordering a birth certificate to holding it. urgent_within_days: the urgent
    counter serves travel within this many days (another number when a visa is also needed: the caller
    picks). is_closed: whether counters and post offices are closed on a day; is_agency_closed: the same for the
    urgent counter. form_until: the last day on which the form of this route can be handed in or mailed, if it ends.
    Raises ValueError for a negative number.
    """

    buffer_days: int
    entry_lead_days: int
    door_to_door_days: Mapping[str, int]
    appointment_wait_days: int
    certificate_lead_days: int
    urgent_within_days: int
    is_closed: IsClosed = never
    is_agency_closed: IsClosed = never
    form_until: date | None = None

    def __post_init__(self) -> None:
        days = {
            "buffer_days": self.buffer_days,
            "entry_lead_days": self.entry_lead_days,
            "appointment_wait_days": self.appointment_wait_days,
            "certificate_lead_days": self.certificate_lead_days,
            "urgent_within_days": self.urgent_within_days,
            **{f"door_to_door_days of {key}": value for key, value in self.door_to_door_days.items()},
        }
        for name, value in days.items():
            if value < 0:
                raise ValueError(f"{name} cannot be negative ({value}).")


@dataclass(frozen=True, slots=True)
class Dates:
    """The four dates of one service. `order_certificate_by` is None when no certificate has to be ordered."""

    in_hand_by: date
    apply_by: date
    documents_by: date
    order_certificate_by: date | None

    def next_by(self, stage: Stage) -> date:
        """The date of the next step at this stage."""
        if stage not in BEFORE_APPLYING:
            return self.in_hand_by
        if self.order_certificate_by is not None:
            return self.order_certificate_by
        return self.apply_by if stage == Stage.APPOINTMENT_BOOKED else self.documents_by

    def all_open(self, is_closed: IsClosed) -> "Dates":
        """With the day to order the certificate on an open day too, for where it is the last safe day."""
        order_by = self.order_certificate_by
        return replace(self, order_certificate_by=order_by and open_on_or_before(order_by, is_closed))

    def not_after(self, latest: "Dates") -> "Dates":
        """With the day to order the certificate no later than in `latest`."""
        mine, last = self.order_certificate_by, latest.order_certificate_by
        return replace(self, order_certificate_by=min(mine, last) if mine and last else None)


@dataclass(frozen=True, slots=True)
class PassportPlan:
    """The plan in force.

    service: None when nothing can work any longer; the dates are then those of the last way that could.
    last_safe_on: the last day on which the next step can still be done, by the fastest service by mail
    (at the urgent counter's level: by the counter). slack_days: from today to the next date of `service`,
    negative once it has passed. latest: the dates behind last_safe_on, for the steps after the next one.
    counter_opens_on: the first day on which the urgent counter serves this trip, only at that level.
    """

    service: Service | None
    in_hand_by: date
    apply_by: date
    documents_by: date
    order_certificate_by: date | None
    last_safe_on: date
    slack_days: int
    level: Level
    latest: Dates
    counter_opens_on: date | None = None

    @property
    def is_feasible(self) -> bool:
        return self.level != Level.NOT_FEASIBLE

    def next_by(self, stage: str) -> date:
        """The date of the next step at this stage, by the service of the plan."""
        dates = Dates(self.in_hand_by, self.apply_by, self.documents_by, self.order_certificate_by)
        return dates.next_by(Stage(stage))


class ItemDates(NamedTuple):
    do_by: date
    last_safe_on: date


def plan(
    departs_on: date,
    times: TravelTimes,
    today: date,
    needs_certificate: bool = False,
    services: Sequence[str] = BY_MAIL,
    stage: str = Stage.NOT_STARTED,
    submitted_on: date | None = None,
    soon_within_days: int | None = None,
) -> PassportPlan:
    """Plan a passport back from departure.

    needs_certificate: a birth certificate must still be ordered. services: by mail, preferred first; once
    submitted, pass only the one used. stage: where the case stands, so that only dates still ahead
    count. submitted_on: the counter visit, once it was made; after apply_by the plan is late.
    soon_within_days: this much slack or less is "soon", the buffer when None.
    Raises ValueError for no service, or one without a door-to-door number.
    """
    stage = Stage(stage)
    ways = [(Service(name), _dates(departs_on, times, name, needs_certificate)) for name in services]
    if not ways:
        raise ValueError("A plan needs at least one service.")
    latest = max((dates.all_open(times.is_closed) for _, dates in ways), key=lambda dates: dates.next_by(stage))
    ways = [(service, dates.not_after(latest)) for service, dates in ways]
    if stage in HAS_PASSPORT:
        return _plan_in_hand(departs_on, times, today, ways[0], soon_within_days)
    for service, dates in ways:
        slack = (dates.next_by(stage) - today).days
        if slack >= 0:
            late = service != ways[0][0] or (submitted_on is not None and submitted_on > dates.apply_by)
            level = Level.LATE if late else _on_time_or_soon(slack, times, soon_within_days)
            return _planned(service, dates, latest, stage, today, level)
    return _plan_at_counter(departs_on, times, today, needs_certificate, stage, latest)


def latest_start(
    departs_on: date,
    times: TravelTimes,
    needs_certificate: bool = False,
    services: Sequence[str] = BY_MAIL,
    stage: str = Stage.NOT_STARTED,
) -> date:
    """The last day on which a student at this stage can still be in time without the urgent counter.

    For a seat offered late: the last day on which `plan` finds a way by mail, or, with the passport in hand, the
    last day before the entry step. Raises ValueError as `plan` does.
    """
    stage = Stage(stage)
    if stage in HAS_PASSPORT:
        return _counter_dates(departs_on, times, needs_certificate=False).in_hand_by
    if not services:
        raise ValueError("A plan needs at least one service.")
    ways = (_dates(departs_on, times, name, needs_certificate) for name in services)
    return max(dates.all_open(times.is_closed).next_by(stage) for dates in ways)


def first_of[Key](plans: Iterable[tuple[Key, PassportPlan]], stage: str) -> tuple[Key, PassportPlan] | None:
    """The plan to work by when a student may be on any of several trips: (trip, plan), None without any.

    It is the one whose next step comes first among those that can still work, so that its date keeps all of them open;
    its last safe day is the first on which one of them closes. When none can work, it is the one that could longest.
    Ties go to the first given.
    """
    each = list(plans)
    stage = Stage(stage)
    possible = [pair for pair in each if pair[1].is_feasible]
    if not possible:
        return max(each, key=lambda pair: pair[1].last_safe_on, default=None)
    key, first = min(possible, key=lambda pair: pair[1].next_by(stage))
    return key, replace(first, last_safe_on=min(found.last_safe_on for _, found in possible))


def shown_do_by(do_by: date | None, last_safe_on: date | None, today: date, is_closed: IsClosed = never) -> date | None:
    """The day to show as something to do: never a past one.

    A day that has passed becomes today, or the next open day while that is safe. Past the last safe day it's today:
    whatever can still be done is done at once. None stays None.
    """
    if do_by is None or do_by >= today:
        return do_by
    soonest = open_on_or_after(today, is_closed)
    return soonest if last_safe_on is not None and soonest <= last_safe_on else today


def plan_item(departs_on: date, days_before: int, last_days_before: int = 0, is_closed: IsClosed = never) -> ItemDates:
    """Dates of an ordinary checklist item: (do_by, last_safe_on).

    do_by is `days_before` departure, but never after last_safe_on, which is `last_days_before` departure (0: the day
    of departure) or the open day before. Raises ValueError when the numbers are negative or the last safe day would
    come before do_by.
    """
    if not 0 <= last_days_before <= days_before:
        raise ValueError(f"Days before departure do not fit: do {days_before}, last {last_days_before}.")
    last_safe_on = open_on_or_before(_back(departs_on, last_days_before), is_closed)
    return ItemDates(min(_back(departs_on, days_before), last_safe_on), last_safe_on)


def _back(day: date, days: int) -> date:
    return day - timedelta(days=days)


def _dates(departs_on: date, times: TravelTimes, service: str, needs_certificate: bool) -> Dates:
    if service not in times.door_to_door_days:
        raise ValueError(f"No door-to-door number of days for the service {service}.")
    in_hand_by = _back(departs_on, times.buffer_days + times.entry_lead_days)
    apply_by = min(_back(in_hand_by, times.door_to_door_days[service]), times.form_until or date.max)
    documents_by = _back(apply_by, times.appointment_wait_days)
    order_by = _back(documents_by, times.certificate_lead_days) if needs_certificate else None
    return _at_counters(Dates(in_hand_by, apply_by, documents_by, order_by), times.is_closed)


def _at_counters(dates: Dates, is_closed: IsClosed) -> Dates:
    """Each date that needs an open door on the open day before; the chain of days behind them stays as it was."""
    in_hand_by, apply_by, documents_by = (
        open_on_or_before(day, is_closed) for day in (dates.in_hand_by, dates.apply_by, dates.documents_by)
    )
    order_by = dates.order_certificate_by and min(dates.order_certificate_by, documents_by)
    return Dates(in_hand_by, apply_by, documents_by, order_by)


def _counter_dates(departs_on: date, times: TravelTimes, needs_certificate: bool) -> Dates:
    """Dates at the urgent counter, which gives up the buffer and has its own appointments."""
    in_hand_by = _back(departs_on, times.entry_lead_days)
    apply_by = _back(in_hand_by, times.door_to_door_days.get(Service.URGENT_COUNTER, 0))
    order_by = _back(apply_by, times.certificate_lead_days) if needs_certificate else None
    is_closed = times.is_agency_closed
    return _at_counters(Dates(in_hand_by, apply_by, apply_by, order_by), is_closed).all_open(is_closed)


def _on_time_or_soon(slack: int, times: TravelTimes, soon_within_days: int | None) -> Level:
    margin = times.buffer_days if soon_within_days is None else soon_within_days
    return Level.SOON if slack <= margin else Level.ON_TIME


def _planned(
    service: Service | None,
    dates: Dates,
    latest: Dates,
    stage: Stage,
    today: date,
    level: Level,
    counter_opens_on: date | None = None,
) -> PassportPlan:
    return PassportPlan(
        service=service,
        in_hand_by=dates.in_hand_by,
        apply_by=dates.apply_by,
        documents_by=dates.documents_by,
        order_certificate_by=dates.order_certificate_by,
        last_safe_on=latest.next_by(stage),
        slack_days=(dates.next_by(stage) - today).days,
        level=level,
        latest=latest,
        counter_opens_on=counter_opens_on,
    )


def _plan_at_counter(
    departs_on: date, times: TravelTimes, today: date, needs_certificate: bool, stage: Stage, by_mail: Dates
) -> PassportPlan:
    """For when no service by mail can work: the urgent counter, or nothing."""
    dates = _counter_dates(departs_on, times, needs_certificate)
    opens_on = open_on_or_after(_back(departs_on, times.urgent_within_days), times.is_agency_closed)
    serves = opens_on <= dates.apply_by  # otherwise the entry authorization takes longer than the counter allows
    if serves and dates.next_by(stage) >= today:
        level = Level.URGENT_COUNTER
        return _planned(Service.URGENT_COUNTER, dates, dates, stage, today, level, opens_on)
    last = max((dates, by_mail) if serves else (by_mail,), key=lambda each: each.next_by(stage))
    return _planned(None, last, last, stage, today, Level.NOT_FEASIBLE)


def _plan_in_hand(
    departs_on: date,
    times: TravelTimes,
    today: date,
    way: tuple[Service, Dates],
    soon_within_days: int | None,
) -> PassportPlan:
    """The passport exists: it must be signed, shown and matched with the ticket before the entry step."""
    service, dates = way
    latest = _counter_dates(departs_on, times, needs_certificate=False)
    slack = (dates.in_hand_by - today).days
    level = Level.LATE if slack < 0 else _on_time_or_soon(slack, times, soon_within_days)
    return _planned(service, dates, latest, Stage.IN_HAND, today, level)
