"""Before a placement is released: who gets which city in which language, the message itself, and a time for it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import ScheduledRelease
from applications.release.actions import scheduling
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Job, Message, OfficeTask, Role
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import CycleFactory, OfferFactory, application_facts
from tests.factories_travel import TripFactory, checklist_steps, in_days, travel_facts
from tests.releasing import words
from tests.travel.placement.test_placement_runs import confirmed, withdraw
from tests.travel.placement.test_placement_views import url
from travel.models import Placement, PlacementRun
from travel.passport.plan.planning import PlanRules
from travel.placement import previewing
from travel.placement.actions import placement as actions
from travel.placement.actions import placement_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip(db):
    application_facts()
    travel_facts()
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    city = PartnerCityFactory(code="hanoi", name_en="Hanoi", name_es="Hanói")
    return TripFactory(cycle=cycle, seats=2, minimum_group=2, city=city, leaves_on=in_days(120))


def run_of(trip, boss):
    return actions.run(trip.cycle, by=boss)


def refusal_of(act):
    with pytest.raises(RuleViolation) as caught:
        act()
    return caught.value.code


def morning(days=2):
    day = timezone.localdate() + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(9), tzinfo=timezone.get_current_timezone())


def at_its_time(scheduled):
    ScheduledRelease.objects.filter(pk=scheduled.pk).update(due_at=timezone.now())
    return scheduling.carry_out_due()


# --- The preview ------------------------------------------------------------------------------------


def test_the_preview_has_counts_by_city_and_language_and_each_message(trip, boss, sign_in):
    one = confirmed(trip.cycle, trip, score="5.000", student=UserFactory(language="es"))
    two = confirmed(trip.cycle, trip, score="4.000")
    three = confirmed(trip.cycle, trip, score="3.000")
    run = run_of(trip, boss)
    page = sign_in(boss).get(url("placement-preview", run))
    shown, preview = words(page), page.context["preview"]

    assert [(each.city, each.total, each.languages) for each in preview.counts] == [
        ("Hanoi", 2, (1, 1)),
        ("", 1, (1, 0)),
    ]
    for student in (one, two, three):
        assert str(student.student) in shown
    assert "Release: give 2 students a spot" in shown
    assert not Message.objects.exists()

    actions.release(run, by=boss)

    drafts = {row["application"].student_id: row["messages"] for row in page.context["rows"]}
    for message in Message.objects.exclude(template="applications/offer"):
        [draft] = drafts[message.recipient_id]
        code = Placement.objects.filter(application__student=message.recipient).values_list("code", flat=True).first()
        assert draft.body.replace(placement_release.NO_CODE, code or "") == message.body
        assert (draft.subject, draft.template, draft.language) == (message.subject, message.template, message.language)


def test_the_preview_warns_of_whom_no_message_reaches_of_open_offers_and_of_lists(trip, boss, sign_in):
    confirmed(trip.cycle, trip, student=UserFactory(email=None, phone="+12135550147"))
    confirmed(trip.cycle, trip, marked=False)
    OfferFactory(decision__application__cycle=trip.cycle)
    page = words(sign_in(boss).get(url("placement-preview", run_of(trip, boss))))
    assert "We can’t message 1 student." in page and "no confirmed address" in page
    assert "One more needed for the minimum group" in page
    assert "1 student can still confirm an offer" in page
    assert "1 student isn’t in this placement, because their advisor hasn’t marked which cities work." in page


def test_a_run_that_is_out_of_date_has_a_preview_without_a_button(trip, boss, sign_in):
    student = confirmed(trip.cycle, trip)
    run = run_of(trip, boss)
    withdraw(student)
    page = sign_in(boss).get(url("placement-preview", run)).text
    assert "Students, scores or spots have changed since this run." in page
    assert url("placement-run-release", run) not in page and url("placement-schedule", run) not in page


def test_who_was_told_of_no_spot_before_gets_no_second_message(trip, boss):
    confirmed(trip.cycle, trip, score="5.000"), confirmed(trip.cycle, trip, score="4.000")
    late = confirmed(trip.cycle, trip, score="3.000")
    actions.release(run_of(trip, boss), by=boss)
    trip.seats = 3
    trip.save()
    confirmed(trip.cycle, trip, score="4.500")
    run = run_of(trip, boss)
    told = [row["application"] for row in previewing.preview_of(run, [trip]).rows]
    assert late.code not in told and len(told) == 1


def test_the_preview_takes_a_constant_number_of_queries(trip, boss, sign_in, django_assert_max_num_queries):
    client, counts = sign_in(boss), []
    for students in (2, 8):
        for _student in range(students):
            confirmed(trip.cycle, trip)
        run = run_of(trip, boss)
        client.get(url("placement-preview", run))  # what is counted once is cached
        with django_assert_max_num_queries(24) as captured:
            client.get(url("placement-preview", run))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- At a set time ----------------------------------------------------------------------------------


def test_a_placement_is_set_for_a_time_seen_and_goes_out_then(trip, boss, sign_in):
    confirmed(trip.cycle, trip)
    run, client, due_at = run_of(trip, boss), sign_in(boss), morning()
    said = {"on": due_at.date().isoformat(), "at": "09:00"}
    page = words(client.post(url("placement-schedule", run), said, follow=True))
    assert "This placement goes out on" in page and "Cancel the release" in page
    assert "This placement goes out on" in words(client.get(run.get_absolute_url()))
    scheduled = ScheduledRelease.objects.get()
    assert (scheduled.due_at, scheduled.about, scheduled.kind) == (due_at, run.code, "placement")
    assert scheduling.carry_out_due() == {"started": 0, "refused": 0}

    assert at_its_time(scheduled) == {"started": 1, "refused": 0}
    jobs.run(jobs.Job.objects.get(kind=placement_release.RELEASE_JOB).pk)

    run.refresh_from_db()
    assert run.finished_at and run.released_by == boss
    assert Message.objects.filter(template="travel/placed").count() == 1
    assert refusal_of(lambda: scheduling.cancel(scheduled, by=boss)) == "gone_out"
    assert client.get(scheduling.page_of(scheduled)).url == run.get_absolute_url()


@pytest.mark.parametrize(
    ("days", "clock", "said"),
    [
        (-1, "09:00", "That time has passed."),
        (121, "09:00", "The trip to Hanoi leaves on"),
        (2, "", "Choose the time."),
    ],
)
def test_a_time_that_cannot_be_says_why(trip, boss, sign_in, days, clock, said):
    confirmed(trip.cycle, trip)
    run = run_of(trip, boss)
    on = (timezone.localdate() + dt.timedelta(days=days)).isoformat()
    page = sign_in(boss).post(url("placement-schedule", run), {"on": on, "at": clock}, follow=True)
    assert said in page.text and not ScheduledRelease.objects.exists()


def test_a_withdrawal_before_its_time_stops_it_and_makes_a_task(trip, boss, sign_in):
    student = confirmed(trip.cycle, trip)
    confirmed(trip.cycle, trip)
    run = run_of(trip, boss)
    scheduled = actions.schedule(run, due_at=morning(), by=boss)
    withdraw(student)

    assert at_its_time(scheduled) == {"started": 0, "refused": 1}

    scheduled.refresh_from_db()
    assert "have changed since this run" in scheduled.refusal and not Placement.objects.exists()
    assert OfficeTask.objects.get().path == url("placement-preview", run)
    assert "and didn’t go out. No one was told." in words(sign_in(boss).get(url("placement-preview", run)))
    actions.release(run_of(trip, boss), by=boss)
    assert not OfficeTask.objects.open().exists()


def test_a_role_that_ends_before_the_worker_runs_makes_a_task_for_the_others(trip, boss):
    confirmed(trip.cycle, trip)
    run, other = run_of(trip, boss), UserFactory(coordinator=True)
    scheduled = actions.schedule(run, due_at=morning(), by=boss)
    at_its_time(scheduled)
    Role.objects.filter(user=boss).delete()

    jobs.run(Job.objects.get(kind=placement_release.RELEASE_JOB).pk)

    run.refresh_from_db()
    scheduled.refresh_from_db()
    assert run.released_at is None and scheduled.refused_at and not Placement.objects.exists()
    assert OfficeTask.objects.visible_to(other).open().addressed_to(other).get().path == scheduling.page_of(scheduled)
    assert actions.release(run, by=other), "nothing is in the way of another release"


def test_a_placement_that_stopped_half_way_is_gone_on_with_by_another_coordinator(trip, boss, sign_in):
    for number in range(2):
        confirmed(trip.cycle, trip, score=f"{number + 3}.000")
    run, other = run_of(trip, boss), UserFactory(coordinator=True)
    actions.start_release(run, by=boss)
    run.refresh_from_db()
    placement_release._Telling(run, {trip.code: trip}, PlanRules.load([trip]), boss).tell(run.results[:1])
    Role.objects.filter(user=boss).delete()
    jobs.run(Job.objects.get(kind=placement_release.RELEASE_JOB).pk)
    run.refresh_from_db()
    assert run.released_at and not run.finished_at and Placement.objects.count() == 1
    client = sign_in(other)
    assert "Continue the release" in client.get(OfficeTask.objects.open().get().path).text

    actions.start_release(run, by=other)
    jobs.run(Job.objects.filter(kind=placement_release.RELEASE_JOB).latest("pk").pk)

    run.refresh_from_db()
    assert run.finished_at and Placement.objects.count() == 2
    assert not OfficeTask.objects.open().exists()
    assert "Continue the release" not in client.get(run.get_absolute_url()).text


def test_a_placement_that_has_gone_out_is_not_canceled_and_says_when(trip, boss, sign_in):
    confirmed(trip.cycle, trip)
    scheduled = actions.schedule(run_of(trip, boss), due_at=morning(), by=boss)
    at_its_time(scheduled)
    cancel = reverse("applications:scheduled-cancel", args=[scheduled.code])

    page = sign_in(boss).post(cancel, follow=True)

    scheduled.refresh_from_db()
    assert "so it can’t be undone" in words(page) and scheduled.canceled_at is None


def test_two_people_at_it_at_once(trip, boss):
    confirmed(trip.cycle, trip)
    run, other = run_of(trip, boss), UserFactory(coordinator=True)
    first = actions.schedule(run, due_at=morning(), by=boss)
    assert actions.schedule(run, due_at=morning(), by=boss) == first
    assert refusal_of(lambda: actions.schedule(run, due_at=morning(3), by=other)) == "already_scheduled"
    assert refusal_of(lambda: actions.release(run, by=other)) == "already_scheduled"
    scheduling.cancel(first, by=other)
    actions.release(run, by=other)
    assert PlacementRun.objects.get().released_by == other
    assert refusal_of(lambda: actions.schedule(run, due_at=morning(), by=boss)) == "already_released"
