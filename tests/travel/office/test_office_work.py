"""The coordinator's first page lists what waits for the office, the most urgent first, each line linked to its rows."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.models import MaskingReport, OfferCall
from applications.states import Status
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    ReviewFactory,
    UploadFactory,
    application_facts,
    review_facts,
)
from tests.factories_help import ThreadFactory
from tests.factories_meeting import InterviewSlotFactory, booked
from tests.factories_travel import AgreementFactory, travel_facts, with_entry_rules
from travel.office.home.duties import ADVISOR, OFFICE

pytestmark = pytest.mark.django_db
PIPELINE = reverse("travel:pipeline")
READ = {"reads_locked": 1, "score_mean": 4, "score_median": 4, "score_spread": 0}


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def cycle():
    return with_entry_rules(CycleFactory(ready=True, reads_each=1, seats=9))


def waits(office, cycle):
    return {duty.key: duty for duty in office.get(PIPELINE, {"cycle": cycle.code}).context["duties"]}


def days_ago(number):
    return timezone.now() - dt.timedelta(days=number)


def test_nothing_that_waits_is_said_in_words(office, cycle):
    page = office.get(PIPELINE, {"cycle": cycle.code})
    assert page.context["duties"] == [] and "Nothing is waiting for you today." in page.text


def test_a_reader_who_has_stopped_is_named_once_whatever_is_owed(office, cycle):
    stopped, busy = UserFactory(advisor=True), UserFactory(advisor=True)
    for reader in (stopped, stopped, busy):
        AssignmentFactory(reader=reader, application__cycle=cycle, released_at=days_ago(30))
    ReviewFactory(assignment=AssignmentFactory(reader=busy, application__cycle=cycle), locked=True)
    AssignmentFactory(application__cycle=cycle)  # assigned a moment ago
    duty = waits(office, cycle)["late_readers"]
    assert (duty.count, duty.title) == (1, "1 reader has stopped reading")
    rows = [paced.row for paced in office.get(duty.href).context["readers"]]
    assert [row.person.pk for row in rows if row.is_late] == [stopped.pk]


def test_the_readings_page_is_that_of_the_cycle_in_the_address(office, cycle):
    other = CycleFactory(closed=True, ready=True)
    page = office.get(reverse("applications:review-list"), {"cycle": other.code})
    assert page.context["cycle"] == other
    hidden = CycleFactory(published_at=None)
    assert office.get(reverse("applications:review-list"), {"cycle": hidden.code}).status_code == 404


def test_readings_are_drawn_then_given_out(office, cycle):
    ApplicationFactory(cycle=cycle, submitted=True)
    AssignmentFactory(application__cycle=cycle, released_at=None)
    found = waits(office, cycle)
    assert (found["lacking"].count, found["drafted"].count) == (1, 1)
    for key in ("lacking", "drafted"):
        assert office.get(found[key].href).status_code == 200


def test_a_file_refused_after_sending_leads_to_its_application(office, cycle):
    application = ApplicationFactory(cycle=cycle, submitted=True, answered=True)
    UploadFactory(application=application)
    assert "files" not in waits(office, cycle)
    UploadFactory(application=application, refused=True)
    duty = fresh(office, cycle)["files"]
    assert [row.pk for row in office.get(duty.href).context["page_obj"]] == [application.pk]


def test_a_fix_that_does_not_come_leads_to_its_application(office, cycle):
    long, lately = (ApplicationFactory(cycle=cycle, returned=True) for _each in range(2))
    for application, days in ((long, 30), (long, 8), (lately, 20), (lately, 6)):
        Event.objects.create(
            at=days_ago(days),
            action="application.return_for_fix",
            target_model="applications.application",
            target_id=application.pk,
        )
    duty = waits(office, cycle)["returned"]
    assert duty.title == "1 returned application still isn’t fixed"
    assert [row.pk for row in office.get(duty.href).context["page_obj"]] == [long.pk]


def test_what_a_reader_reported_waits_until_it_is_settled(office, cycle):
    application = ApplicationFactory(cycle=cycle, submitted=True)
    report = MaskingReport.objects.create(
        application=application, words="Pierce", reported_by=UserFactory(advisor=True)
    )
    duty = waits(office, cycle)["slips"]
    assert [row.pk for row in office.get(duty.href).context["page_obj"]] == [report.pk]
    report.settled_at, report.settled_by = timezone.now(), UserFactory(coordinator=True)
    report.save()
    assert "slips" not in waits(office, CycleFactory(ready=True))


def test_deciding_waits_for_the_end_of_the_cycle_and_for_the_readers(office, cycle):
    read = ApplicationFactory(cycle=cycle, submitted=True, **READ)
    ApplicationFactory(cycle=cycle, submitted=True)
    assert "decide" not in waits(office, cycle)
    cycle.closes_at = days_ago(1)
    cycle.save()
    DecisionFactory(application=ApplicationFactory(cycle=cycle, submitted=True, **READ), result=Status.WAITLISTED)
    found = fresh(office, cycle)
    assert (found["decide"].count, found["tell"].count) == (1, 1)
    assert [row.application for row in office.get(found["decide"].href).context["rows"]] == [read]
    assert office.get(found["tell"].href).status_code == 200


def fresh(office, cycle):
    """Factories record no event, so the cached figures need clearing."""
    cache.clear()
    return waits(office, cycle)


def test_who_has_not_scored_an_interview_is_named_the_next_day(sign_in, office, cycle):
    cycle.has_interviews = True
    cycle.save()
    one, other = (UserFactory(advisor=True, full_name=name) for name in ("Rosa Delgado", "Ines Prado"))
    interview = booked(
        InterviewSlotFactory(cycle=cycle, interviewers=[one, other]),
        application=ApplicationFactory(submitted=True, cycle=cycle),
    )
    assert "unscored" not in waits(office, cycle)
    begins(interview, timezone.now())
    assert "unscored" not in waits(office, cycle)  # the day is not over

    begins(interview, days_ago(1))
    duty = waits(office, cycle)["unscored"]
    assert (duty.count, duty.title) == (1, "1 interview isn’t scored yet")
    assert who_owes(office, duty.href, one, other) == [one, other]

    ReviewFactory(assignment=interview.application.assignments.get(reader=one), locked=True)
    cache.clear()
    assert waits(office, cycle)["unscored"].count == 1
    assert who_owes(office, duty.href, one, other) == [other]
    ReviewFactory(assignment=interview.application.assignments.get(reader=other), locked=True)
    cache.clear()
    assert "unscored" not in waits(office, cycle)


def test_whoever_of_the_office_interviews_finds_it_on_the_own_page(sign_in, cycle):
    cycle.has_interviews = True
    cycle.save()
    person, other = UserFactory(coordinator=True), UserFactory(advisor=True, full_name="Ines Prado")
    interview = booked(
        InterviewSlotFactory(cycle=cycle, interviewers=[person, other]),
        application=ApplicationFactory(submitted=True, cycle=cycle),
    )
    begins(interview, timezone.now())
    client = sign_in(person)
    duty = waits(client, cycle)["own_scores"]
    assert (duty.count, duty.title) == (1, "1 interview for you to score")
    assert str(interview.application.student) in client.get(duty.href).text

    page = reverse("applications:selection-interviews", args=[cycle.code])
    assert who_owes(client, page, person, other) == [person]  # until then, who else has locked is hidden


def who_owes(client, page, *people):
    """The people shown with "not scored yet" after their name."""
    said = " ".join(re.sub("<[^>]*>", " ", client.get(page).text).split())
    return [person for person in people if f"{person} not scored yet" in said]


def begins(interview, at):
    type(interview.slot).objects.filter(pk=interview.slot_id).update(starts_at=at)
    cache.clear()


def test_offers_past_their_date_and_free_seats_with_a_waiting_list(office, cycle):
    offer = OfferFactory(lapsed=True, decision__application__cycle=cycle)
    DecisionFactory(released=True, result=Status.WAITLISTED, waitlist_position=1, application__cycle=cycle)
    found = waits(office, cycle)
    assert (found["lapsed"].count, found["free"].count) == (1, 8)
    assert office.get(found["lapsed"].href).context["over"] == [offer]


def test_calls_that_no_advisor_can_make_are_the_offices(office, cycle):
    ours, later, theirs = (OfferFactory(decision__application__cycle=cycle) for _offer in range(3))
    for offer, due in ((ours, days_ago(1)), (later, days_ago(-1)), (theirs, days_ago(1))):
        OfferCall.objects.create(offer=offer, due_at=due)
    advisor = UserFactory(advisor=theirs.application.college)
    duty = waits(office, cycle)["calls"]
    assert (duty.count, duty.tone) == (1, "stop")
    assert {call.offer for call in office.get(duty.href).context["page_obj"]} == {ours}
    advisor.is_active = False
    advisor.save()
    assert fresh(office, cycle)["calls"].count == 2


@pytest.mark.both
def test_the_list_is_in_order_of_urgency_and_each_line_opens(office, cycle):
    ThreadFactory(office=True)
    AgreementFactory(ends_in=20)
    ApplicationFactory(cycle=cycle, confirmed=True)
    Message.objects.create(
        recipient=UserFactory(), template="x", subject="S", body="B", address="a@example.edu", failed_at=timezone.now()
    )
    ApplicationFactory(cycle=cycle, more_time_asked_at=timezone.now(), more_time_reason="My phone was stolen.")
    duties = office.get(PIPELINE, {"cycle": cycle.code}).context["duties"]
    assert [duty.key for duty in duties] == ["failed", "more_time", "questions", "place", "agreements"]
    for duty in duties:
        assert office.get(duty.href).status_code == 200, duty.key


def test_urgency_never_rises_again_down_the_list():
    tones = [kind.tone for kind in OFFICE]
    assert tones == sorted(tones, key=["stop", "wait", "now"].index)
    assert len({kind.key for kind in (*OFFICE, *ADVISOR)}) == len({*OFFICE, *ADVISOR})


def test_every_kind_has_its_words_for_one_and_for_many(cycle):
    for kind in {*OFFICE, *ADVISOR}:
        one, many = (kind.of(number, cycle).title for number in (1, 2))
        assert one.startswith("1 ") and many.startswith("2 ") and one[2:] != many[2:], kind.key
        assert str(kind.text).endswith(".") and kind.href(cycle).startswith("/")
