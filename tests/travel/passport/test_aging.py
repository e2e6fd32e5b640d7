"""Routes age: a plan's dates end with the form they rely on, and the daily job judges every open case again."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from exchange.models import Event, Fact, Message
from exchange.templatetags.ui import full_day
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, checklist_steps, travel_facts
from tests.travel.passport.test_passport_route import (
    CARD,
    LIMITED,
    NEW,
    PAPER,
    RENEWS,
    TERMS,
    TODAY,
    TRIP,
    some_answers,
)
from tests.travel.passport.test_timeline import some_day, some_times, stages
from travel.models import PassportCase, TravelAnswers
from travel.passport.plan import timeline
from travel.passport.way.route import Answer, Answers, Kind, Name, Printed, Ticket, TravelOn, Where, route
from travel.prepare.checklist import actions as checklist
from travel.states import BEFORE_APPLYING, PassportStage
from travel.tasks import recompute_checklists

Route, Stage = PassportCase.Route, PassportStage
CITY = ZoneInfo("America/Los_Angeles")
DAY = dt.timedelta(days=1)


def on(day, hour=4):
    """The daily job runs at ten past four."""
    return time_machine.travel(dt.datetime.combine(day, dt.time(hour, 10), CITY), tick=True)


# --- the rule, without a database -------------------------------------------------------------------


def form(way):
    return {Route.ONLINE: "ds82"}.get(way, str(way))


@given(some_answers)
def test_a_form_can_be_used_through_its_last_day_and_not_on_the_next(answers):
    found = route(answers, TRIP, TERMS)
    if found.form_until is None:
        assert form(found.route) not in ("ds82", "ds5504")
        return
    assert found.form_until >= TODAY
    on_the_last_day = route(answers, TRIP, replace(TERMS, today=found.form_until))
    assert (form(on_the_last_day.route), on_the_last_day.form_until) == (form(found.route), found.form_until)
    after = route(answers, TRIP, replace(TERMS, today=found.form_until + DAY))
    assert form(after.route) != form(found.route)


@given(some_day, some_times, some_day, stages, st.integers(0, 300), st.booleans())
def test_no_date_before_applying_is_later_than_the_form_lasts(departs_on, times, today, stage, days, needs_certificate):
    times = replace(times, form_until=today + dt.timedelta(days=days))
    plan = timeline.plan(departs_on, times, today, needs_certificate, stage=stage)
    if stage in timeline.BEFORE_APPLYING and plan.service in timeline.BY_MAIL:
        dates = (plan.order_certificate_by, plan.documents_by, plan.apply_by, plan.last_safe_on)
        assert all(day is None or day <= times.form_until for day in dates)
        assert timeline.latest_start(departs_on, times, needs_certificate, stage=stage) <= times.form_until


# --- three forms at the end of their lives ------------------------------------------------------------

IN_NEW_NAME = replace(NEW, name=PAPER, ticket_name=Ticket.NEW_NAME)
# The book of the issue: from December 5, 2011, on December 1, 2026.
FROM_2011 = replace(
    RENEWS, born_on=dt.date(1990, 1, 1), name=PAPER, issued_on=dt.date(2011, 12, 5), expires_on=dt.date(2021, 12, 4)
)
EDGES = {
    "DS-82, a book from December 5, 2011": (FROM_2011, Route.DS82, dt.date(2026, 12, 5), Route.DS11),
    "DS-82, the same without the day of issue": (
        replace(FROM_2011, issued_on=None),
        Route.DS82,
        dt.date(2026, 12, 4),
        Route.DS11,
    ),
    "DS-82, online": (replace(FROM_2011, name=Name.SAME), Route.ONLINE, dt.date(2026, 12, 5), Route.DS11),
    "DS-82, a card": (
        replace(CARD, born_on=dt.date(1990, 1, 1), issued_on=dt.date(2011, 12, 8)),
        Route.DS82,
        dt.date(2026, 12, 8),
        Route.UNKNOWN,  # at the counter a card proves nothing, and where they were born was never asked
    ),
    "DS-5504, a new name in the first year": (
        replace(IN_NEW_NAME, issued_on=dt.date(2025, 12, 9), expires_on=dt.date(2035, 12, 8)),
        Route.DS5504,
        dt.date(2026, 12, 9),
        Route.DS82,
    ),
    "DS-5504, a limited book": (
        replace(LIMITED, issued_on=dt.date(2025, 12, 10), expires_on=dt.date(2027, 6, 1)),
        Route.DS5504,
        dt.date(2026, 12, 10),
        Route.TALK,
    ),
}


def seat(answers, **more):
    placement = PlacementFactory(trip=TripFactory(leaves_in=300, **more))
    EntryRuleFactory(city=placement.trip.city)
    checklist_steps(placement.trip.cycle)
    checklist.open_for(placement, by=placement.placed_by)
    checklist.answer_route(placement.application, answers, by=placement.application.student)
    return placement


def case_of(placement):
    return PassportCase.objects.select_related("application").get(application=placement.application_id)


def told():
    return list(Message.objects.filter(template="travel/passport_way_changed").values_list("recipient", flat=True))


def step_of(placement, client):
    return client.get(reverse("travel:passport-detail", args=[placement.application.code])).context["step"]


@pytest.mark.django_db
@pytest.mark.parametrize("edge", EDGES)
def test_the_daily_job_judges_again_at_the_end_of_a_form_and_tells_that_student(edge, sign_in):
    answers, way, last, after = EDGES[edge]
    with on(TODAY, hour=12):
        travel_facts()
        placement, other = seat(answers), seat(replace(RENEWS, name=PAPER))
        case = case_of(placement)
        assert (case.route, case.form_until, case.last_safe_on) == (way, last, last)
        assert max(case.apply_by, case.documents_by) <= last
        step = step_of(placement, sign_in(placement.application.student))
        assert step.last_safe_on == last and full_day(last) in step.why
        assert "only use form" not in step_of(other, sign_in(other.application.student)).why
        Message.objects.all().delete()
    for day in (TODAY + DAY, last):
        with on(day):
            recompute_checklists()
            assert (case_of(placement).route, told()) == (way, [])
    with on(last + DAY, hour=0):  # before the job has run, nothing tells them to use a form that is over
        assert step_of(placement, sign_in(placement.application.student)).title == "Find out how to get your passport"
    with on(last + DAY):
        recompute_checklists()
        case = case_of(placement)
        assert case.route == after
        assert case.form_until is None or case.form_until > last + DAY
        assert case.last_safe_on is None or case.last_safe_on > last
        assert told() == [placement.application.student_id]
        assert step_of(placement, sign_in(placement.application.student)).title != "Mail your passport form" or (
            after == Route.DS82
        )
        recompute_checklists()
    assert told() == [placement.application.student_id]
    assert case_of(other).route == Route.DS82
    assert Event.objects.get(action="passport.judge_again").changes == {}  # the office sees it, so it names no route


@pytest.mark.django_db
def test_a_changed_rule_judges_again_like_a_new_day():
    with on(TODAY, hour=12):
        travel_facts()
        placement = seat(FROM_2011)
    with on(TODAY + DAY):
        Fact.objects.filter(key="passport.rule.renewal_years").update(value=20)
        recompute_checklists()
        assert (case_of(placement).route, case_of(placement).form_until) == (Route.DS82, dt.date(2031, 12, 5))
        Fact.objects.filter(key="passport.rule.renewal_years").update(value=10)
        recompute_checklists()
        assert case_of(placement).route == Route.DS11
    assert told() == [placement.application.student_id]


@pytest.mark.django_db
def test_forms_on_their_way_are_not_judged_again():
    with on(TODAY, hour=12):
        travel_facts()
        placement = seat(FROM_2011)
        checklist.move_stage(case_of(placement), Stage.APPLIED, by=placement.application.student)
        dates = case_of(placement).in_hand_by
    with on(dt.date(2026, 12, 20)):
        recompute_checklists()
    case = case_of(placement)
    assert (case.route, case.stage, case.in_hand_by, told()) == (Route.DS82, Stage.APPLIED, dates, [])


@pytest.mark.django_db
def test_what_comes_up_later_is_asked_alone(sign_in):
    """A card gets too old: only what the counter needs is asked, with every former answer kept."""
    answers, _way, last, _after = EDGES["DS-82, a card"]
    with on(TODAY, hour=12):
        travel_facts()
        placement = seat(answers)
    with on(last + DAY):
        recompute_checklists()
        page = sign_in(placement.application.student).get(
            reverse("travel:passport-route", args=[placement.application.code])
        )
        assert page.context["page"].name == "born"
        assert ("issued_on", "2011-12-08") in page.context["hidden"]


@pytest.mark.django_db
def test_many_are_judged_with_as_many_queries_as_few(django_assert_max_num_queries):
    counts = []
    with on(TODAY, hour=12):
        travel_facts()
        for more in (2, 6):
            for _ in range(more):
                seat(FROM_2011)
            with django_assert_max_num_queries(30) as found:
                assert checklist.recompute_all().changed == 0
            counts.append(len(found))
    assert counts[0] == counts[1]


# --- a valid passport with an old name ------------------------------------------------------------------

OLD_NAME = replace(RENEWS, expires_on=dt.date(2032, 1, 1), issued_on=None, issued_as_adult=Answer.UNSURE)


@pytest.mark.parametrize("name", [Name.CHANGED_WITH_PAPER, Name.CHANGED_WITHOUT_PAPER])
def test_a_ticket_in_the_name_of_a_valid_passport_is_a_way(name):
    answers = replace(OLD_NAME, name=name, ticket_name=Ticket.OLD_NAME)
    assert route(answers, TRIP, TERMS).route == Route.VALID
    assert route(replace(answers, ticket_name=Ticket.NEW_NAME), TRIP, TERMS).route != Route.VALID
    too_short = replace(answers, expires_on=dt.date(2027, 8, 1))
    assert route(too_short, TRIP, TERMS).route != Route.VALID


@pytest.mark.django_db
def test_the_ticket_in_the_old_name_is_said_first(sign_in):
    travel_facts()
    call_command("load_reference", verbosity=0)
    placement = PlacementFactory(trip__leaves_in=300)
    client = sign_in(placement.application.student)
    address = reverse("travel:passport-route", args=[placement.application.code])
    far = (timezone.localdate() + dt.timedelta(days=365 * 8)).isoformat()
    said = {"travel_on": "us_have", "where": "here", "kind": "full", "expires_on": far}
    page = client.post(address, said | {"name": "changed_with_paper", "printed_wrong": "no"})
    assert page.context["page"].name == "ticket_name"
    assert [value for value, _label in page.context["page"].field.choices] == ["old_name", "new_name"]


# --- what was done isn't asked again ------------------------------------------------------------------


def of_a_lost_one(**more):
    return Answers(TravelOn.US_LOST, born_on=dt.date(2005, 3, 9), name=Name.SAME, **more)


@pytest.mark.django_db
def test_a_certificate_on_its_way_is_not_asked_for_again(sign_in):
    travel_facts()
    answers = Answers(
        TravelOn.US_NEED, had_passport=Answer.NO, born="in_us", papers=("souvenir",), name=Name.SAME, born_on=None
    )
    placement = seat(answers)
    case, student = case_of(placement), placement.application.student
    assert case.needs_certificate
    checklist.set_certificate(case, is_needed=False, by=student)
    kept = TravelAnswers.objects.get(application=placement.application)
    assert kept.answers["papers"] == ["certified"]
    client, address = sign_in(student), reverse("travel:passport-route", args=[placement.application.code])
    page = client.get(address)
    hidden = {}
    for name, value in page.context["hidden"]:
        hidden.setdefault(name, []).append(value)
    assert client.post(address, hidden).status_code == 302  # the same answers once more
    assert not case_of(placement).needs_certificate


@pytest.mark.django_db
def test_a_lost_passport_is_reported_once(sign_in):
    travel_facts()
    call_command("load_reference", verbosity=0)
    placement = seat(of_a_lost_one(born="in_us", papers=("certified",), photo_id="california"))
    client = sign_in(placement.application.student)
    page = client.get(case_of(placement).get_absolute_url())
    assert page.context["step"].title == "Report your lost passport, then book an appointment"
    assert "report-lost" in [row.key for row in page.context["advice"]["paper"]]
    address = reverse("travel:passport-reported", args=[placement.application.code])
    assert address in page.text
    for _twice in range(2):
        assert client.post(address).status_code == 302
    page = client.get(case_of(placement).get_absolute_url())
    assert page.context["step"].title == "Book your passport appointment"
    assert "report-lost" not in [row.key for row in page.context["advice"]["paper"]]
    assert address not in page.text
    assert Event.objects.filter(action="passport.reported").count() == 1


# --- signed only after asking ---------------------------------------------------------------------------


def valid(signed):
    last = timezone.localdate() + dt.timedelta(days=365 * 8)
    return Answers(
        TravelOn.US_HAVE,
        where=Where.HERE,
        kind=Kind.FULL,
        expires_on=last,
        name=Name.SAME,
        printed_wrong=Printed.NO,
        signed=signed,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("said", [Answer.YES, Answer.NO, Answer.UNSURE])
def test_a_valid_passport_counts_as_signed_only_after_asking(said, sign_in):
    travel_facts()
    placement = seat(valid(said))
    case, client = case_of(placement), sign_in(placement.application.student)
    item = placement.checklist_items.get(step__key="passport-in-hand")
    is_signed = said == Answer.YES
    assert case.stage == Stage.IN_HAND
    assert (bool(case.signed_at), bool(item.done_at)) == (is_signed, is_signed)
    address = reverse("travel:passport-signed", args=[placement.application.code])
    step = step_of(placement, client)
    assert step.title == ("Show your passport to your advisor" if is_signed else "Sign your passport")
    assert step.form_action == ("" if is_signed else address)
    client.post(address)
    item.refresh_from_db()
    assert case_of(placement).signed_at and item.done_at
    assert step_of(placement, client).title == "Show your passport to your advisor"


@pytest.mark.django_db
def test_a_new_passport_counts_as_signed_where_the_student_says_so_or_an_advisor_saw_it():
    travel_facts()
    placement = seat(of_a_lost_one(born="in_us", papers=("certified",)))
    case, student = case_of(placement), placement.application.student
    for stage in (Stage.APPLIED, Stage.IN_HAND):
        case = checklist.move_stage(case, stage, by=student)
    assert case.signed_at
    for stage in (Stage.GATHERING, Stage.IN_HAND):  # another one
        case = checklist.move_stage(case, stage, by=student)
        assert bool(case.signed_at) == (stage not in BEFORE_APPLYING)
    PassportCase.objects.update(signed_at=None)
    assert checklist.check(case, expires_on=timezone.localdate() + 3000 * DAY, by=placement.placed_by).signed_at
