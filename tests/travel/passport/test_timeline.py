from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.passport.timeline import (
    BEFORE_APPLYING,
    HAS_PASSPORT,
    Level,
    Next,
    NextDates,
    Service,
    Stage,
    TravelTimes,
    next_dates,
    plan,
    plan_item,
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


@pytest.mark.parametrize(
    ("stage", "today", "certificate", "expected"),
    [
        ("not_started", (2026, 9, 1), True, ("order_certificate", (2027, 2, 3), (2027, 3, 8))),
        ("not_started", (2026, 9, 1), False, ("gather_documents", (2027, 2, 24), (2027, 3, 29))),
        ("gathering_documents", (2026, 9, 1), False, ("gather_documents", (2027, 2, 24), (2027, 3, 29))),
        ("ready", (2026, 9, 1), False, ("book_appointment", (2027, 2, 24), (2027, 3, 29))),
        ("appointment_booked", (2026, 9, 1), False, ("apply_in_person", (2027, 3, 10), (2027, 4, 12))),
        ("submitted", (2027, 3, 1), False, ("wait_for_passport", (2027, 5, 19), (2027, 5, 19))),
        ("action_letter", (2027, 3, 1), False, ("answer_letter", (2027, 3, 1), (2027, 5, 19))),
        ("issued", (2027, 3, 1), False, ("wait_for_passport", (2027, 5, 19), (2027, 5, 19))),
        ("in_hand", (2027, 3, 1), False, ("sign_and_show", (2027, 5, 19), (2027, 6, 2))),
        ("in_hand", (2027, 5, 25), False, ("sign_and_show", (2027, 5, 25), (2027, 6, 2))),
        ("checked", (2027, 3, 1), False, ("match_name", (2027, 5, 19), (2027, 6, 2))),
        ("ready", (2027, 4, 20), False, ("call_urgent_counter", (2027, 6, 2), (2027, 6, 2))),
        ("not_started", (2027, 4, 20), True, ("order_certificate", (2027, 5, 12), (2027, 5, 12))),
        ("ready", (2027, 6, 5), False, ("talk_to_advisor", (2027, 6, 5), (2027, 6, 2))),
    ],
)
def test_the_three_facts_a_student_sees(stage, today, certificate, expected):
    what, do_by, last_safe_on = expected
    made = plan(DEPARTURE, times(), date(*today), needs_certificate=certificate, stage=stage)
    found = next_dates(made, stage, date(*today))
    assert found == NextDates(Next(what), date(*do_by), date(*last_safe_on))


def test_nothing_is_left_to_do_once_the_names_match():
    made = plan(DEPARTURE, times(), date(2027, 6, 8), stage="name_matched")
    assert next_dates(made, "name_matched", date(2027, 6, 8)) == NextDates(Next.DONE, None, None)


@given(some_times, some_day, some_day, st.booleans(), stages, st.integers(0, 30))
def test_waiting_never_makes_a_plan_better(travel_times, departs_on, today, certificate, stage, wait):
    now = plan(departs_on, travel_times, today, certificate, stage=stage)
    later = plan(departs_on, travel_times, today + timedelta(wait), certificate, stage=stage)
    assert LEVELS.index(later.level) >= LEVELS.index(now.level)
    if later.service == now.service:
        assert later.slack_days == now.slack_days - wait


@given(some_times, some_day, some_day, st.booleans(), stages, st.integers(0, 30))
def test_leaving_later_never_makes_a_plan_worse(travel_times, departs_on, today, certificate, stage, more):
    now = plan(departs_on, travel_times, today, certificate, stage=stage)
    later = plan(departs_on + timedelta(more), travel_times, today, certificate, stage=stage)
    assert LEVELS.index(later.level) <= LEVELS.index(now.level)
    if later.service == now.service:
        assert later.apply_by == now.apply_by + timedelta(more)


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
def test_dates_follow_each_other_and_the_student_is_never_sent_back_in_time(
    travel_times, departs_on, today, certificate, stage
):
    found = plan(departs_on, travel_times, today, certificate, stage=stage)
    order = [found.order_certificate_by or found.documents_by, found.documents_by, found.apply_by]
    assert [*order, found.in_hand_by, departs_on] == sorted([*order, found.in_hand_by, departs_on])
    facts = next_dates(found, stage, today)
    if found.level != Level.NOT_FEASIBLE and stage != Stage.NAME_MATCHED:
        assert min(today, facts.last_safe_on) <= facts.do_by <= facts.last_safe_on
        assert facts.last_safe_on == found.last_safe_on
    if stage in BEFORE_APPLYING and found.order_certificate_by and found.service:
        assert facts.what == Next.ORDER_CERTIFICATE


@pytest.mark.parametrize(
    ("today", "last", "expected"),
    [
        (date(2027, 4, 1), 0, (date(2027, 5, 10), date(2027, 6, 9))),
        (date(2027, 5, 20), 0, (date(2027, 5, 20), date(2027, 6, 9))),
        (date(2027, 5, 20), 7, (date(2027, 5, 20), date(2027, 6, 2))),
        (date(2027, 6, 5), 7, (date(2027, 6, 2), date(2027, 6, 2))),
        (date(2027, 4, 1), 30, (date(2027, 5, 10), date(2027, 5, 10))),
    ],
)
def test_an_ordinary_item_has_a_date_and_a_last_safe_day(today, last, expected):
    assert plan_item(DEPARTURE, 30, today, last) == expected


@given(some_day, days, some_day, days)
def test_an_item_moves_with_departure_and_never_before_today_while_safe(departs_on, before, today, last):
    last = min(last, before)
    do_by, last_safe_on = plan_item(departs_on, before, today, last)
    assert min(today, last_safe_on) <= do_by <= last_safe_on
    moved = plan_item(departs_on + timedelta(1), before, today, last)
    assert moved.do_by >= do_by
    assert moved.last_safe_on == last_safe_on + timedelta(1)


@pytest.mark.parametrize(("before", "last"), [(-1, 0), (5, -1), (5, 6)])
def test_an_item_with_numbers_that_do_not_fit_is_refused(before, last):
    with pytest.raises(ValueError, match="do not fit"):
        plan_item(DEPARTURE, before, date(2027, 1, 1), last)


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
