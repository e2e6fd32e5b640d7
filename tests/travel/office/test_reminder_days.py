"""Before a number of reminder days is saved, the page says which reminders go on which days, and to how many."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import reminder
from applications.endorse import due as endorsements
from applications.models import Application, Reminder
from exchange.messages import reminders
from exchange.models import Fact, Message
from exchange.templatetags.ui import day_year
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    OfferFactory,
    RecommendationFactory,
)
from tests.factories_counters import PassportDayFactory, booked, counter_facts
from tests.factories_meeting import InterviewFactory, interview_cycle
from tests.factories_travel import (
    AgreementFactory,
    FormTextFactory,
    PlacementFactory,
    SigningLinkFactory,
    TripFactory,
    at_noon,
    in_days,
)
from travel.models import ChecklistItem, OrientationSession, PassportBooking, SurveyItem
from travel.office.reference.kinds import FACT, REMINDERS, group_of
from travel.prepare.signing import guardian

pytestmark = pytest.mark.django_db

FIRST, SECOND = reminder.CLOSING_DAYS[:2]
COUNTS = {"reminder.times_max", "reminder.email_hours", "referee.reminders_max"}  # numbers that aren't days


@pytest.fixture(autouse=True)
def numbers():
    counter_facts()
    more = {"due.remind_days": 3, "survey.reminder_days": 21, "survey.closes_days": 60}
    more |= {"reference.review_days": 180, "reference.entry_review_days": 90}
    for key, days in more.items():
        if not Fact.objects.filter(key=key).exists():
            FactFactory(key=key, value=days)
    Fact.objects.filter(key="due.remind_days").update(value=3)


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def now(key):
    return Fact.objects.current().get(key=key)


def change(client, key, **said):
    page = reverse("travel:reference-change", args=["fact", key])
    shown = client.get(page).context["form"].initial
    given = {name: "" if value is None else value for name, value in shown.items()}
    given |= {"as_of": in_days(0), "review_on": in_days(90)}
    headers = said.pop("headers", None)
    return client.post(page, given | said, headers=headers)


def lines(key, days):
    return [(line.on, line.who) for line in reminders.preview(key, days).lines]


def draft(cycle, *, begun=30, saved=0, **more):
    application = ApplicationFactory(cycle=cycle, **more)
    at = {"created_at": at_noon(-begun), "saved_at": at_noon(-saved)}
    Application.objects.filter(pk=application.pk).update(**at)
    return application


# --- On the pages -------------------------------------------------------------------------------------


def test_the_days_are_shown_with_the_saved_number_and_the_typed_one_and_nothing_is_saved(office):
    cycle = CycleFactory(closes_at=at_noon(20))
    draft(cycle)
    assert lines(FIRST, 7) == [(in_days(13), "1 student")]
    row = office.get(reverse("travel:reference-row", args=["fact", FIRST])).text
    assert "With 7 days" in row and day_year(in_days(13)) in row and "1 student" in row

    response = change(office, FIRST, value="5", preview="yes")

    assert response.status_code == 200 and now(FIRST).value == 7
    assert [preview.days for preview in response.context["previews"]] == [7, 5]
    assert "With 7 days, as saved" in response.text and day_year(in_days(15)) in response.text
    assert 'value="5"' in response.text
    typed = change(office, FIRST, value="5", headers={"HX-Request": "true"}).text
    assert typed.lstrip().startswith('<div id="preview"') and day_year(in_days(15)) in typed
    assert "With 7 days" in change(office, FIRST, value="x", headers={"HX-Request": "true"}).text
    change(office, FIRST, value="5")
    assert now(FIRST).value == 5


def test_every_number_of_reminder_days_has_a_preview_and_no_other_fact(office):
    keys = {row.key for row in FACT.rows() if group_of(FACT, row) is REMINDERS}
    assert keys - COUNTS == reminders.keys()
    for key in keys:
        response = office.get(reverse("travel:reference-change", args=["fact", key]))
        assert bool(response.context["previews"]) == (key not in COUNTS), key
    other = FactFactory(key="shop.days", value=7)
    assert office.get(reverse("travel:reference-row", args=["fact", other.key])).context["previews"] == []


def test_the_page_costs_as_many_queries_with_many_cycles(office, django_assert_max_num_queries):
    for _each in range(3):
        cycle = CycleFactory(ready=True)
        draft(cycle)
        for person in (UserFactory(advisor=True), UserFactory(advisor=True)):
            AssignmentFactory(application__cycle=cycle, reader=person)
        PlacementFactory(trip=TripFactory(cycle=cycle), checklist=True)
        session(cycle)
    for key in sorted(reminders.keys()):
        page = reverse("travel:reference-row", args=["fact", key])
        office.get(page)
        with django_assert_max_num_queries(13):
            office.get(page)


# --- What each number does ----------------------------------------------------------------------------


def test_what_is_foretold_for_now_is_what_is_sent():
    cycle = CycleFactory(closes_at=at_noon(6))
    draft(cycle)
    draft(cycle, begun=1)  # begun when the seven days had begun: this one gets no first reminder
    draft(cycle, saved=15, begun=15)

    assert lines(FIRST, 7) == [(None, "2 students")]
    assert lines(SECOND, 3) == [(in_days(3), "3 students")]
    assert lines("reminder.untouched_days", 7)[0] == (None, "1 student")
    reminder.send_all()

    assert Reminder.objects.filter(kind="closing").count() == 2
    assert lines(FIRST, 7) == []
    assert lines(FIRST, 10) == [(None, "2 students")]  # another number is another occasion: they would hear again


def test_a_deadline_that_one_student_has_for_longer_has_days_of_its_own():
    cycle = CycleFactory(closes_at=at_noon(10))
    draft(cycle)
    Application.objects.filter(pk=draft(cycle).pk).update(reopened_until=at_noon(20))
    draft(cycle, is_test=True)

    assert lines(FIRST, 7) == [(in_days(3), "1 student"), (in_days(13), "1 student")]


def test_a_cycle_without_drafts_says_its_day():
    CycleFactory(upcoming=True, closes_at=at_noon(50))

    assert lines(FIRST, 7) == [(in_days(43), "no one so far")]


def test_offers_fixes_and_recommendations():
    offer = OfferFactory(answer_by=at_noon(9))
    assert lines("reminder.offer_days_first", 3) == [(in_days(6), "1 student")]
    assert lines("reminder.offer_days_last", 1) == [(in_days(8), "1 student")]
    offer.answered_at = timezone.now()
    returned = ApplicationFactory(returned=True)
    Application.objects.filter(pk=returned.pk).update(submitted_at=at_noon(-4))
    assert lines("reminder.fix_days", 3) == [
        (None, "1 student"),
        (in_days(2), "1 student"),
        (in_days(5), "1 student"),
    ]
    RecommendationFactory(asked=True, application=ApplicationFactory(submitted=True), requested_at=at_noon(-2))
    assert lines("reminder.referee_days", 5)[0] == (in_days(3), "1 student")
    assert lines("referee.remind_days", 7) == [(in_days(5), "1 recommender")]
    assert lines("referee.remind_days", 2) == [(None, "1 recommender")]
    assert lines("referee.remind_days", 40) == []  # its link has run out by then


def test_endorsements_and_scores_count_people_who_have_something_left():
    cycle = CycleFactory(ready=True, endorsements_due_on=in_days(20), readings_due_on=in_days(30))
    advisor = UserFactory(advisor=True)
    application = ApplicationFactory(cycle=cycle, submitted=True, college=advisor.roles.get().college)
    AssignmentFactory(application=application)

    assert lines("due.remind_days", 3) == [(in_days(17), "1 advisor"), (in_days(27), "1 reader")]
    assert lines("due.remind_days", 20)[0] == (None, "1 advisor")
    Fact.objects.filter(key="due.remind_days").update(value=20)
    endorsements.REMINDERS[0].send_all()
    assert Message.objects.filter(recipient=advisor).count() == 1
    assert lines("due.remind_days", 20) == [(in_days(10), "1 reader")]


def test_interviews_to_book():
    cycle = interview_cycle()
    InterviewFactory(application__cycle=cycle, invited_at=at_noon(-1), book_by=at_noon(6))

    assert lines("interview.remind_days", 2) == [(in_days(4), "1 student")]
    assert lines("interview.remind_days", 9) == [(None, "1 student")]


def test_steps_passport_days_and_orientation():
    placement = PlacementFactory(checklist=True)
    ChecklistItem.objects.update(do_by=in_days(30))
    assert (in_days(25), "1 student") in lines("checklist.remind_days", 5)
    ChecklistItem.objects.update(reminded_at=timezone.now())
    assert lines("checklist.remind_days", 5) == []
    session(placement.trip.cycle)
    assert lines("orientation.remind_days", 2) == [(in_days(8), "1 student")]
    assert lines("orientation.remind_days", 12) == [(None, "1 student")]
    visit = PassportDayFactory(on=in_days(10), slots=[2])
    PassportBooking.objects.filter(pk=booked(visit.slots.get(), placement.application).pk).update(booked_at=at_noon(-1))
    assert lines("passport_day.remind_days", 3) == [(in_days(7), "1 student"), (in_days(9), "1 student")]


def session(cycle):
    return OrientationSession.objects.create(
        cycle=cycle,
        starts_at=at_noon(10),
        minutes=90,
        place="City Hall",
        zone="UTC",
        planned_by=UserFactory(coordinator=True),
    )


def test_forms_surveys_and_agreements():
    link = SigningLinkFactory(sent_at=at_noon(-2))
    assert lines("signing.remind_days", 5) == []  # there's nothing to sign
    FormTextFactory(cycle=link.placement.trip.cycle, needs_guardian=True)
    assert lines("signing.remind_days", 5) == [(in_days(3), "1 parent or guardian")]
    assert guardian.REMINDER.rows().count() == 1
    trip = TripFactory()
    PlacementFactory(trip=trip)
    assert lines("survey.reminder_days", 21) == []
    SurveyItem.objects.create(cycle=trip.cycle, key="degree", order=1, text_en="A", text_es="A")
    assert lines("survey.reminder_days", 21) == [(trip.home_on + dt.timedelta(days=21), "at most 1 student")]
    AgreementFactory(ends_on=in_days(200))
    assert lines("agreement.remind_days", 120) == [(in_days(80), "the office")]
