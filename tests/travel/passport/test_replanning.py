"""A changed fact or trip replans everyone, in few queries, and tells only students whose dates move."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import Event, Fact, Job, Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, checklist_steps, travel_facts
from travel.models import EntryRule, PassportCase
from travel.office.reference import loading as reference
from travel.passport.case import replan
from travel.passport.way.route import Answers, TravelOn
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage, Urgency

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


def seat(trip, **more):
    checklist_steps(trip.cycle)
    placement = PlacementFactory(trip=trip, **more)
    checklist.open_for(placement, by=placement.placed_by)
    return placement


@pytest.fixture
def hanoi():
    trip = TripFactory()
    EntryRuleFactory(city=trip.city)
    return trip


@pytest.fixture
def paris(hanoi):
    trip = TripFactory(cycle=hanoi.cycle)
    EntryRuleFactory(city=trip.city, requirement="authorization", lead_days=7)
    return trip


def told():
    return sorted(Message.objects.values_list("recipient__full_name", flat=True))


def case_of(placement):
    return PassportCase.objects.get(application=placement.application_id)


def named(name):
    return {"application__student__full_name": name}


def test_a_changed_fact_tells_exactly_those_whose_dates_it_moves(hanoi, paris, django_capture_on_commit_callbacks):
    """Routine service takes longer: students who plan with it are told; those who applied, are done or home are not."""
    seat(hanoi, **named("Plans routine"))
    seat(paris, **named("Plans routine, too"))
    applied, seen = seat(hanoi, **named("Applied by express")), seat(hanoi, **named("Was seen"))
    PassportCase.objects.filter(pk=applied.passport_case.pk).update(
        stage=PassportStage.APPLIED, service="expedited", route="ds11", stage_changed_at=timezone.now()
    )
    PassportCase.objects.filter(pk=seen.passport_case.pk).update(
        stage=PassportStage.CHECKED, checked_at=timezone.now(), checked_by=UserFactory()
    )
    PlacementFactory(trip__departed=True, checklist=True, **named("On the trip"))
    checklist.recompute_all()
    Message.objects.all().delete()

    routine = Fact.objects.current().get(key="passport.days.routine")
    with django_capture_on_commit_callbacks(execute=True):
        reference.supersede(routine, value=80)

    assert told() == ["Plans routine", "Plans routine, too"]
    with django_capture_on_commit_callbacks(execute=True):
        checklist.recompute_all()
    assert len(told()) == 2  # a second run changes nothing


def test_an_entry_rule_tells_those_of_its_city_alone(hanoi, paris):
    seat(hanoi, **named("To Hanoi"))
    seat(paris, **named("To Paris"))
    EntryRule.objects.filter(city=paris.city).update(lead_days=20)
    assert checklist.recompute_all().changed == 1
    assert told() == ["To Paris"]


def test_a_moved_trip_tells_its_own_travelers_and_who_may_still_be_on_it(hanoi, paris):
    """Before placement, the dates are those of the most demanding trip."""
    seat(hanoi, **named("To Hanoi"))
    seat(paris, **named("To Paris"))
    waiting = ApplicationFactory(selected=True, cycle=hanoi.cycle, student__full_name="Selected")
    checklist.open_cases()
    assert PassportCase.objects.get(application=waiting).trip == hanoi
    Message.objects.all().delete()
    hanoi.leaves_on -= dt.timedelta(days=3)
    hanoi.save()
    checklist.recompute_all()
    assert told() == ["Selected", "To Hanoi"]


def test_whoever_withdrew_is_neither_planned_nor_told(hanoi):
    placement = seat(hanoi)
    placement.application.status = "withdrawn"
    placement.application.withdrawn_at = timezone.now()
    placement.application.save()
    Fact.objects.filter(key="passport.days.routine").update(value=80)
    assert checklist.recompute_all() == checklist.Recomputed(0, 0)
    assert told() == []


def test_who_moved_while_everyone_was_planned_is_planned_as_they_are_now(hanoi):
    """Between reading and locking, a student applied: the dates are those of the new stage."""
    placement = seat(hanoi)
    Fact.objects.filter(key="passport.days.routine").update(value=80)
    (cases,) = replan._in_batches()
    trips = replan._trips(cases)
    changes = [replan._change(cases[0], trips, replan.PlanRules.load(trips))]
    PassportCase.objects.filter(pk=cases[0].pk).update(
        stage=PassportStage.APPLIED, service="expedited", stage_changed_at=timezone.now()
    )
    replan._replan(changes, by=None)
    case = case_of(placement)
    assert (case.stage, case.service) == (PassportStage.APPLIED, "expedited")
    assert (placement.trip.leaves_on - case.apply_by).days == 14 + 14 + 49


def test_many_are_planned_with_as_many_queries_as_few(hanoi, django_assert_max_num_queries):
    counts = []
    for more, days in ((2, 77), (10, 84)):
        for _ in range(more):
            seat(hanoi)
        Fact.objects.filter(key="passport.days.routine").update(value=days)
        with django_assert_max_num_queries(40) as found:
            assert checklist.recompute_all().changed == PassportCase.objects.count()
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_each_change_is_recorded_with_what_was(hanoi):
    placement = seat(hanoi)
    Fact.objects.filter(key="passport.days.routine").update(value=77)
    checklist.recompute_all()
    event = Event.objects.get(action="checklist.recompute")
    assert event.target_id == placement.pk
    assert set(event.changes) == {"apply_by", "documents_by"}


# --- triggers ---------------------------------------------------------------------------------------


def on_its_page(office, fact, **changes):
    page = reverse("travel:reference-change", args=["fact", fact.key])
    return office.post(page, office.get(page).context["form"].initial | changes)


def test_a_fact_corrected_on_its_page_starts_a_job_that_tells_only_those_affected(
    hanoi, sign_in, django_capture_on_commit_callbacks
):
    seat(hanoi, **named("Plans routine"))
    person = UserFactory(coordinator=True)
    routine = Fact.objects.current().get(key="passport.days.routine")
    with django_capture_on_commit_callbacks(execute=True):
        assert on_its_page(sign_in(person), routine, value="75").status_code == 302
    job = Job.objects.get(kind=replan.JOB)
    assert (job.by, job.state, job.done, job.total) == (person, "done", 1, 1)
    assert told() == ["Plans routine"]
    # a new source alone moves no dates
    with django_capture_on_commit_callbacks(execute=True):
        on_its_page(sign_in(person), routine, source_name="The same page")
    assert Job.objects.count() == 1


def test_facts_that_no_date_hangs_on_start_nothing(hanoi, django_capture_on_commit_callbacks):
    seat(hanoi)
    fee = Fact.objects.current().get(key="passport.fee.application")
    with django_capture_on_commit_callbacks() as later:
        reference.supersede(fee, value=140)
    assert later == []


def test_several_changes_wait_for_one_job(hanoi, django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr("exchange.tasks.run_job.apply_async", lambda *args, **options: None)  # no worker has run it yet
    person = UserFactory(coordinator=True)
    with django_capture_on_commit_callbacks(execute=True):
        for key in ("routine", "expedited", "buffer"):
            reference.supersede(Fact.objects.current().get(key=f"passport.days.{key}"), value=60, by=person)
    assert Job.objects.filter(kind=replan.JOB).count() == 1


# --- edge cases -------------------------------------------------------------------------------------


def test_a_departure_moved_to_yesterday_makes_a_task_for_a_person(hanoi, sign_in):
    placement = seat(hanoi, **named("Ana Ruiz"))
    hanoi.leaves_on = timezone.localdate() - dt.timedelta(days=1)
    hanoi.save()
    checklist.recompute_all()
    case = case_of(placement)
    assert (case.urgency, case.service) == (Urgency.NOT_FEASIBLE, "")
    student, office = Message.objects.order_by("template")
    assert (student.template, student.recipient.full_name) == ("travel/dates_moved", "Ana Ruiz")
    assert (office.template, office.recipient) == ("travel/no_way", placement.placed_by)
    page = sign_in(placement.application.student).get(case.get_absolute_url())
    assert page.context["step"].title == "Talk with your advisor"
    late = sign_in(UserFactory(coordinator=True)).get(reverse("travel:checklist-list"), {"late": "1"})
    assert [row["case"] for row in late.context["rows"]] == [case]


@pytest.mark.parametrize(
    ("days_left", "service", "urgency", "title"),
    [
        (160, "routine", Urgency.ON_TIME, "Book your passport appointment"),
        (110, "expedited", Urgency.LATE, "Book your passport appointment"),
        (90, "expedited_fast", Urgency.LATE, "Book your passport appointment"),
        (60, "urgent_counter", Urgency.URGENT_COUNTER, "Call the passport agency for an urgent appointment"),
        (10, "", Urgency.NOT_FEASIBLE, "Talk with your advisor"),
    ],
)
def test_the_plan_switches_by_itself_as_departure_comes_near(hanoi, sign_in, days_left, service, urgency, title):
    placement = seat(hanoi)
    PassportCase.objects.update(route="ds11", stage=PassportStage.GATHERING)
    hanoi.leaves_on = timezone.localdate() + dt.timedelta(days=days_left)
    hanoi.returns_on = hanoi.leaves_on + dt.timedelta(days=10)
    hanoi.save()
    checklist.recompute_all()
    case = case_of(placement)
    assert (case.service, case.urgency) == (service, urgency)
    page = sign_in(placement.application.student).get(case.get_absolute_url())
    assert page.context["step"].title == title


def test_whoever_talks_keeps_the_dates_of_the_trip_and_shows_no_difference(hanoi):
    one, other = seat(hanoi), seat(hanoi)
    checklist.answer_route(one.application, Answers(TravelOn.OTHER_COUNTRY), by=one.application.student)
    fields = ("stage", "service", "documents_by", "apply_by", "in_hand_by", "last_safe_on", "urgency")
    mine, others = case_of(one), case_of(other)
    assert [getattr(mine, name) for name in fields] == [getattr(others, name) for name in fields]
