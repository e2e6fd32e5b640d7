from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.base.open_days import closed_at_agencies, closed_days, never, open_on_or_before
from travel.passport.plan.timeline import (
    HAS_PASSPORT,
    Level,
    Service,
    Stage,
    TravelTimes,
    first_of,
    plan,
    plan_item,
    shown_do_by,
)

DEPARTURE = date(2027, 6, 9)
DOOR_TO_DOOR = {"routine": 70, "expedited": 49, "expedited_fast": 37}
LEVELS = list(Level)  # best first

# The worked table of the domain reference, 2.5: departure 9 June 2027, buffer 14 days.
WORKED = [
    (7, date(2027, 5, 19), {"routine": (3, 10), "expedited": (3, 31), "expedited_fast": (4, 12)}),
    (14, date(2027, 5, 12), {"routine": (3, 3), "expedited": (3, 24), "expedited_fast": (4, 5)}),
    (42, date(2027, 4, 14), {"routine": (2, 3), "expedited": (2, 24), "expedited_fast": (3, 8)}),
]
CELLS = [(entry, in_hand, service, date(2027, *day)) for entry, in_hand, row in WORKED for service, day in row.items()]


def times(**changes):
    usual = {
        "buffer_days": 14,
        "entry_lead_days": 7,
        "door_to_door_days": DOOR_TO_DOOR,
        "appointment_wait_days": 14,
        "certificate_lead_days": 21,
        "urgent_within_days": 14,
    }
    return TravelTimes(**{**usual, **changes})


days = st.integers(0, 90)
some_times = st.builds(
    TravelTimes,
    buffer_days=days,
    entry_lead_days=days,
    door_to_door_days=st.fixed_dictionaries(dict.fromkeys(DOOR_TO_DOOR, days), optional={"urgent_counter": days}),
    appointment_wait_days=days,
    certificate_lead_days=days,
    urgent_within_days=days,
    is_closed=st.sampled_from([never, closed_days(), closed_days("CA")]),
    is_agency_closed=st.sampled_from([never, closed_at_agencies(closed_days())]),
)
some_day = st.dates(date(2026, 6, 1), date(2027, 8, 1))
stages = st.sampled_from(list(Stage))


@pytest.mark.parametrize(("entry", "in_hand", "service", "apply_by"), CELLS)
def test_the_worked_table(entry, in_hand, service, apply_by):
    found = plan(DEPARTURE, times(entry_lead_days=entry), date(2026, 9, 1), services=[service])
    assert (found.service, found.in_hand_by, found.apply_by) == (service, in_hand, apply_by)


def test_documents_and_certificate_come_before_the_appointment():
    found = plan(DEPARTURE, times(), date(2026, 9, 1), needs_certificate=True)
    assert found.apply_by == date(2027, 3, 10)
    assert found.documents_by == date(2027, 2, 24)
    assert found.order_certificate_by == date(2027, 2, 3)
    assert found.slack_days == (date(2027, 2, 3) - date(2026, 9, 1)).days
    assert found.level == Level.ON_TIME
    # the last safe day is that of the fastest service: 12 April minus 14 and 21 days
    assert found.last_safe_on == date(2027, 3, 8)


def test_no_certificate_date_when_none_is_needed():
    assert plan(DEPARTURE, times(), date(2026, 9, 1)).order_certificate_by is None


@pytest.mark.parametrize(
    ("today", "service", "level", "slack"),
    [
        (date(2027, 2, 9), "routine", "on_time", 15),
        (date(2027, 2, 10), "routine", "soon", 14),
        (date(2027, 2, 24), "routine", "soon", 0),
        (date(2027, 2, 25), "expedited", "late", 20),
        (date(2027, 3, 17), "expedited", "late", 0),
        (date(2027, 3, 18), "expedited_fast", "late", 11),
        (date(2027, 3, 29), "expedited_fast", "late", 0),
        (date(2027, 3, 30), "urgent_counter", "urgent_counter", 64),
        (date(2027, 6, 2), "urgent_counter", "urgent_counter", 0),
        (date(2027, 6, 3), None, "not_feasible", -1),
    ],
)
def test_the_plan_switches_on_the_day_a_date_can_no_longer_be_met(today, service, level, slack):
    found = plan(DEPARTURE, times(), today)
    assert (found.service, found.level, found.slack_days) == (service, level, slack)


def test_the_counter_gives_up_the_buffer_and_says_when_it_opens():
    found = plan(DEPARTURE, times(), date(2027, 4, 20), needs_certificate=True)
    assert found.level == Level.URGENT_COUNTER
    assert found.counter_opens_on == date(2027, 5, 26)
    assert found.in_hand_by == found.apply_by == found.documents_by == date(2027, 6, 2)
    assert found.order_certificate_by == found.last_safe_on == date(2027, 5, 12)
    with_days = times(door_to_door_days={**DOOR_TO_DOOR, "urgent_counter": 2})
    assert plan(DEPARTURE, with_days, date(2027, 4, 20)).apply_by == date(2027, 5, 31)


@pytest.mark.parametrize(
    ("entry", "urgent_within", "level"),
    [
        (14, 14, "urgent_counter"),
        (15, 14, "not_feasible"),
        (28, 28, "urgent_counter"),
        (42, 28, "not_feasible"),
    ],
)
def test_the_counter_is_no_way_out_when_the_entry_step_takes_longer(entry, urgent_within, level):
    found = plan(DEPARTURE, times(entry_lead_days=entry, urgent_within_days=urgent_within), date(2027, 4, 1))
    assert found.level == level


def test_the_last_safe_day_is_by_mail_where_that_is_later_than_the_counter():
    quick = times(
        buffer_days=0,
        appointment_wait_days=0,
        door_to_door_days={"routine": 0, "expedited": 0, "expedited_fast": 0, "urgent_counter": 5},
    )
    found = plan(DEPARTURE, quick, date(2027, 6, 3))
    assert (found.level, found.last_safe_on) == (Level.NOT_FEASIBLE, date(2027, 6, 2))


def test_an_appointment_already_booked_needs_no_waiting_time():
    today = date(2027, 3, 10)
    assert plan(DEPARTURE, times(), today).service == Service.EXPEDITED
    booked = plan(DEPARTURE, times(), today, stage="appointment_booked")
    assert (booked.service, booked.slack_days) == (Service.ROUTINE, 0)


@pytest.mark.parametrize(
    ("submitted_on", "today", "level"),
    [
        (date(2027, 3, 10), date(2027, 4, 20), "on_time"),
        (date(2027, 3, 11), date(2027, 4, 20), "late"),
        (date(2027, 3, 10), date(2027, 5, 19), "soon"),
        (date(2027, 3, 10), date(2027, 5, 20), "urgent_counter"),
    ],
)
def test_after_the_visit_the_plan_follows_the_service_used(submitted_on, today, level):
    found = plan(DEPARTURE, times(), today, services=["routine"], stage="submitted", submitted_on=submitted_on)
    assert found.level == level


@pytest.mark.parametrize(
    ("today", "level"),
    [(date(2027, 4, 1), "on_time"), (date(2027, 5, 19), "soon"), (date(2027, 6, 8), "late")],
)
def test_someone_with_a_passport_is_never_sent_to_the_counter(today, level):
    found = plan(DEPARTURE, times(), today, stage="in_hand")
    assert found.level == level
    assert found.last_safe_on == date(2027, 6, 2)


def test_the_margin_for_soon_can_be_given():
    today = date(2027, 2, 10)
    assert plan(DEPARTURE, times(), today, soon_within_days=13).level == Level.ON_TIME
    assert plan(DEPARTURE, times(), today, soon_within_days=14).level == Level.SOON


@given(some_times, some_day, some_day, st.booleans(), stages, st.integers(0, 30))
def test_waiting_never_makes_a_plan_better(travel_times, departs_on, today, certificate, stage, wait):
    now = plan(departs_on, travel_times, today, certificate, stage=stage)
    later = plan(departs_on, travel_times, today + timedelta(wait), certificate, stage=stage)
    assert LEVELS.index(later.level) >= LEVELS.index(now.level)
    if later.service == now.service and stage not in HAS_PASSPORT:
        assert later.slack_days == now.slack_days - wait


@given(some_times, some_day, some_day, st.booleans(), stages, st.integers(0, 30))
def test_leaving_later_never_makes_a_plan_worse(travel_times, departs_on, today, certificate, stage, more):
    now = plan(departs_on, travel_times, today, certificate, stage=stage)
    later = plan(departs_on + timedelta(more), travel_times, today, certificate, stage=stage)
    assert LEVELS.index(later.level) <= LEVELS.index(now.level)
    if later.service == now.service:
        assert later.apply_by >= now.apply_by


@given(some_times, some_day, some_day, st.booleans(), stages)
def test_a_plan_works_exactly_until_its_last_safe_day(travel_times, departs_on, today, certificate, stage):
    found = plan(departs_on, travel_times, today, certificate, stage=stage)
    if stage not in HAS_PASSPORT:
        assert (found.level == Level.NOT_FEASIBLE) == (today > found.last_safe_on)
        assert (found.slack_days < 0) == (found.level == Level.NOT_FEASIBLE)
    assert (found.service is None) == (found.level == Level.NOT_FEASIBLE)
    if found.service is None:  # the last safe day that it states really was the last
        then = plan(departs_on, travel_times, found.last_safe_on, certificate, stage=stage)
        assert then.level != Level.NOT_FEASIBLE


@given(some_times, some_day, some_day, st.booleans(), stages)
def test_dates_follow_each_other_and_the_next_one_comes_no_later_than_the_last_safe_day(
    travel_times, departs_on, today, certificate, stage
):
    found = plan(departs_on, travel_times, today, certificate, stage=stage)
    order = [found.order_certificate_by or found.documents_by, found.documents_by, found.apply_by]
    assert [*order, found.in_hand_by, departs_on] == sorted([*order, found.in_hand_by, departs_on])
    assert found.next_by(stage) <= found.last_safe_on


# --- Closed days ------------------------------------------------------------------------------------

OPEN_SATURDAY = date(2026, 11, 28)
many_years = st.dates(date(2026, 1, 1), date(2045, 12, 31))


@given(some_times, many_years, st.integers(0, 400), st.booleans(), stages)
def test_no_date_of_a_visit_and_no_last_safe_day_is_a_sunday_or_a_federal_holiday(
    travel_times, departs_on, ahead, certificate, stage
):
    """Over twenty years. A certificate is ordered online or by mail, so its own date may be a Sunday."""
    federal = closed_days()
    travel_times = replace(travel_times, is_closed=federal, is_agency_closed=closed_at_agencies(federal))
    today = departs_on - timedelta(ahead)
    found = plan(departs_on, travel_times, today, certificate, stage=stage)
    always_open = replace(travel_times, is_closed=never, is_agency_closed=never)
    raw = plan(departs_on, always_open, today, certificate, stage=stage)
    for day in (found.in_hand_by, found.apply_by, found.documents_by, found.last_safe_on):
        assert not federal(day)
    assert found.last_safe_on <= raw.last_safe_on or raw.is_feasible != found.is_feasible
    if found.service == raw.service == Service.ROUTINE:  # moved earlier, never later, and by a long weekend at most
        assert timedelta(0) <= raw.apply_by - found.apply_by <= timedelta(4)


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 11, 29), date(2026, 11, 28)),  # Sunday to Saturday, which is open
        (date(2026, 11, 26), date(2026, 11, 25)),  # Thanksgiving
        (date(2027, 7, 5), date(2027, 7, 3)),  # observed on Monday, after the Fourth on a Sunday
        (date(2027, 12, 25), date(2027, 12, 23)),  # Christmas on a Saturday is observed on Friday
        (date(2028, 1, 1), date(2027, 12, 30)),  # so is New Year's Day, in the year before
        (date(2027, 10, 11), date(2027, 10, 9)),  # Columbus Day, which California's own list leaves out
        (date(2026, 12, 2), date(2026, 12, 2)),
    ],
)
def test_a_closed_day_moves_to_the_open_day_before(day, moved):
    assert open_on_or_before(day, closed_days()) == moved
    assert open_on_or_before(day, closed_days("ca")) <= moved


def test_a_states_own_holidays_count_where_the_program_names_the_state():
    chavez = date(2027, 3, 31)
    assert not closed_days()(chavez) and closed_days("CA")(chavez)


def test_agencies_are_closed_on_saturdays_too():
    assert not closed_days()(OPEN_SATURDAY) and closed_at_agencies(closed_days())(OPEN_SATURDAY)


# --- Several trips ----------------------------------------------------------------------------------

TRIPS = st.lists(st.tuples(some_times, some_day), max_size=4)


@given(TRIPS, some_day, st.booleans(), stages)
def test_the_plan_to_work_by_keeps_open_every_trip_that_can_still_work(trips, today, certificate, stage):
    def plans(day):
        found = [plan(leaves, times, day, certificate, stage=stage) for times, leaves in trips]
        return list(enumerate(found))

    found = first_of(plans(today), stage)
    assert (found is None) == (not trips)
    if found is None:
        return
    _key, first = found
    feasible = {key for key, each in plans(today) if each.is_feasible}
    assert first.is_feasible == bool(feasible)  # it works if one of them does
    if feasible:
        do_by = first.next_by(stage)
        then = dict(plans(max(do_by, today)))
        assert all(then[key].is_feasible for key in feasible)  # done by its date, none of them has closed
        last = dict(plans(max(first.last_safe_on, today)))
        assert all(last[key].is_feasible for key in feasible)
        if stage not in HAS_PASSPORT:
            assert today <= do_by <= first.last_safe_on  # never a past date
            after = dict(plans(first.last_safe_on + timedelta(1)))
            # and the day after, mail is too slow for one of them
            assert any(after[key].level in (Level.URGENT_COUNTER, Level.NOT_FEASIBLE) for key in feasible)


@given(some_times, some_day, some_day, st.booleans(), stages)
def test_a_trip_can_work_exactly_if_some_service_can(travel_times, departs_on, today, certificate, stage):
    if stage in HAS_PASSPORT:
        return
    by_mail = [
        plan(departs_on, travel_times, today, certificate, [service], stage)
        for service in travel_times.door_to_door_days
        if service != Service.URGENT_COUNTER
    ]
    found = plan(departs_on, travel_times, today, certificate, stage=stage)
    assert found.is_feasible == any(each.is_feasible for each in by_mail)


@given(st.integers(-60, 60), st.none() | st.integers(-20, 60), some_day)
def test_a_day_shown_as_something_to_do_is_never_past_and_waits_for_an_open_day_while_that_is_safe(until, safe, today):
    do_by, last = today + timedelta(until), None if safe is None else today + timedelta(safe)
    shown = shown_do_by(do_by, last, today, closed_days())
    assert shown >= today
    assert shown == do_by or do_by < today
    if do_by < today and last and last >= today and not closed_days()(last):
        assert shown <= last and not closed_days()(shown)
    assert shown_do_by(None, last, today) is None


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (0, (date(2027, 5, 10), date(2027, 6, 9))),
        (7, (date(2027, 5, 10), date(2027, 6, 2))),
        (30, (date(2027, 5, 10), date(2027, 5, 10))),
    ],
)
def test_an_ordinary_item_has_a_date_and_a_last_safe_day(last, expected):
    assert plan_item(DEPARTURE, 30, last) == expected


@given(some_day, days, days)
def test_an_item_moves_with_departure(departs_on, before, last):
    last = min(last, before)
    do_by, last_safe_on = plan_item(departs_on, before, last)
    assert do_by <= last_safe_on
    moved = plan_item(departs_on + timedelta(1), before, last)
    assert moved == (do_by + timedelta(1), last_safe_on + timedelta(1))
    opened = plan_item(departs_on, before, last, closed_days())
    assert opened.do_by <= opened.last_safe_on <= last_safe_on and not closed_days()(opened.last_safe_on)


@pytest.mark.parametrize(("before", "last"), [(-1, 0), (5, -1), (5, 6)])
def test_an_item_with_numbers_that_do_not_fit_is_refused(before, last):
    with pytest.raises(ValueError, match="do not fit"):
        plan_item(DEPARTURE, before, last)


@pytest.mark.parametrize("field", ["buffer_days", "entry_lead_days", "appointment_wait_days", "certificate_lead_days"])
def test_negative_days_are_refused_by_name(field):
    with pytest.raises(ValueError, match=field):
        times(**{field: -1})
    with pytest.raises(ValueError, match="routine"):
        replace(times(), door_to_door_days={"routine": -1})


@pytest.mark.parametrize("services", [[], ["expedited_fast"], ["by_pigeon"]])
def test_a_service_needs_its_number_of_days(services):
    with pytest.raises(ValueError, match="[Ss]ervice"):
        plan(DEPARTURE, times(door_to_door_days={"routine": 70}), date(2027, 1, 1), services=services)
