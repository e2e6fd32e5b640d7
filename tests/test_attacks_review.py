"""Attacks by a reader, an interviewer or an office member during review, selection and release."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.endorse import enrollment_file
from applications.endorse.enrollment_file import Problem, UnreadableList
from applications.endorse.workbook import Limits
from applications.interview.actions import interview as interview_actions
from applications.models import Interview, InterviewSlot, MaskedWord, NormingFile, Offer, ReaderProfile, Review
from applications.reading import readers
from applications.reading.actions import conflict, masking, reassigning
from applications.release.actions import offer as offers
from applications.states import Status
from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from tests.factories_meeting import booked, interview_cycle, norming_cycle
from travel.office.own_data import export

pytestmark = pytest.mark.django_db
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}
POINTS = {f"points_{key}": value for key, value in FULL.items()}


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def refused(code, act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


def at(name, *args):
    return reverse(f"applications:{name}", args=args)


# --- Who wrote it, and how others scored it --------------------------------------------------------------


@pytest.mark.parametrize("guess", ["Ximena", "Talamantes", "ximena.t@example.edu", "East Los Angeles College"])
def test_reporting_words_does_not_tell_what_is_under_a_cover(guess):
    assignment = AssignmentFactory(
        application__answered=True,
        application__answered__story_why="I am Ximena Talamantes, ximena.t@example.edu. I go to Harborview by bus.",
    )
    student = assignment.application.student
    student.full_name = "Ximena Talamantes"
    student.save()

    refused("not_found", masking.report_slip, assignment, words=guess, by=assignment.reader)

    assert not MaskedWord.objects.exists()
    assert masking.report_slip(assignment, words="by bus", by=assignment.reader)


def test_the_office_sees_no_scores_on_the_desk_of_a_reader_before_its_own_are_locked(sign_in, office):
    interview = booked()
    other = ReviewFactory(
        assignment__application=interview.application, locked=True, points=5, comment="COMMENT-OF-A-READER"
    )
    InterviewSlot.objects.get().interviewers.set([office])
    own = AssignmentFactory(application=interview.application, reader=office, is_interview=True)
    client, desk = sign_in(office), other.assignment.get_absolute_url()

    assert "COMMENT-OF-A-READER" not in client.get(desk).text

    ReviewFactory(assignment=own, locked=True, points=3)
    assert "COMMENT-OF-A-READER" in client.get(desk).text


def test_a_drawn_reader_learns_nothing_from_the_samples_before_the_draft_is_given_out(sign_in):
    cycle, person = norming_cycle(), UserFactory()
    drawn = AssignmentFactory(application__cycle=cycle, reader=person, released_at=None)
    client = sign_in(person)

    assert client.get(at("norming-list")).status_code == 403
    assert client.get(NormingFile.objects.first().get_absolute_url()).status_code == 404

    drawn.released_at = timezone.now()
    drawn.save()
    assert client.get(at("norming-list")).status_code == 200


def test_whoever_applies_in_a_cycle_is_given_no_rival_to_read():
    cycle = CycleFactory(ready=True, reads_each=2)
    rival, fair = UserFactory(), UserFactory()
    for person in (rival, fair):
        ReaderProfile.objects.create(user=person, is_reading=True)
    ApplicationFactory(submitted=True, cycle=cycle, student=rival)

    pool = readers.pool_of(cycle)

    assert not pool.room_of(rival.code) if rival.code in pool.members else True
    assert pool.room_of(fair.code)


def test_whoever_lost_the_role_reads_nothing_more(sign_in):
    person, interview = UserFactory(advisor=True), booked()
    InterviewSlot.objects.get().interviewers.set([person])
    reading = AssignmentFactory(application__answered=True, reader=person)
    AssignmentFactory(application=interview.application, reader=person, is_interview=True)
    pages = [reading.get_absolute_url(), at("interview-score", interview.code)]
    assert [sign_in(person).get(page).status_code for page in pages] == [200, 200]

    person.roles.all().delete()

    assert [sign_in(person).get(page).status_code for page in pages] == [404, 404]
    assert sign_in(person).post(pages[0], {"act": "lock", **POINTS}).status_code == 404


# --- Undoing a conflict to get an additional reader ------------------------------------------------------


def test_taking_back_a_conflict_makes_no_reader_too_many():
    cycle = CycleFactory(ready=True, reads_each=2)
    application = ApplicationFactory(submitted=True, answered=True, cycle=cycle)
    people = [UserFactory(advisor=True) for _ in range(4)]
    rows = [AssignmentFactory(application=application, reader=person) for person in people[:2]]
    conflict.declare(rows[0], by=people[0])
    taker = application.assignments.exclude(reader=people[1]).get().reader
    plan = reassigning.plan_move(cycle, taker, seed=1)
    reassigning.move_unread(cycle, taker, by=UserFactory(coordinator=True), seed=1, seen=plan.fingerprint)

    said = conflict.declared_by(people[0], rows[0].code)
    if application.assignments.filter(reader__in=people[2:]).exists():
        refused("too_late", conflict.undo, said, by=people[0])

    assert application.assignments.count() == 2


# --- Interviews ------------------------------------------------------------------------------------------


def interviewing(sign_in):
    interview = booked()
    person = interview.slot.interviewers.get()
    return interview, person, sign_in(person)


def begin(interview):
    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    return Interview.objects.get(pk=interview.pk)


@pytest.mark.parametrize("page", ["score", "desk"])
def test_nobody_locks_scores_of_an_interview_that_has_not_begun(sign_in, page):
    interview, _person, client = interviewing(sign_in)
    assignment = interview.application.assignments.get()
    address = assignment.get_absolute_url() if page == "desk" else at("interview-score", interview.code)

    client.post(address, {"act": "lock", **POINTS})

    assert not Review.objects.filter(locked_at__isnull=False).exists()
    begin(interview)
    client.post(address, {"act": "lock", **POINTS})
    assert Review.objects.filter(locked_at__isnull=False).exists()


@pytest.mark.parametrize("how", ["missed", "canceled"])
def test_nobody_scores_an_interview_that_did_not_take_place(sign_in, office, how):
    interview, _person, client = interviewing(sign_in)
    interview = begin(interview)
    address = at("interview-score", interview.code)
    client.get(address)
    if how == "missed":
        interview_actions.settle(interview, Interview.Outcome.MISSED, by=office)
    else:
        interview_actions.call_off(interview, by=office)

    client.post(address, {"act": "lock", **POINTS})
    client.post(at("interview-settle", interview.code), {"outcome": "held"})
    client.post(address, {"act": "lock", **POINTS})

    if how == "canceled":
        assert not Review.objects.filter(locked_at__isnull=False).exists()
        interview.refresh_from_db()
        assert interview.outcome == ""


# --- An office member's own application ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["offer-extend", "offer-lapse"])
def test_nobody_of_the_office_gives_themselves_more_time_or_lets_their_own_offer_go(sign_in, office, name):
    offer = OfferFactory(decision__application__student=office, lapsed=name == "offer-lapse")
    before = offer.answer_by
    later = (timezone.localdate() + dt.timedelta(days=40)).isoformat()

    response = sign_in(office).post(at(name, offer.code), {"until": later, "reason": "I need it."})

    offer.refresh_from_db()
    assert (response.status_code, offer.answer_by, offer.ended_at) == (403, before, None)


def test_nobody_of_the_office_learns_or_releases_the_own_result(sign_in, office):
    decision = DecisionFactory(
        result=Status.SELECTED, application__student=office, application__cycle=CycleFactory(seats=2, ready=True)
    )
    DecisionFactory(result=Status.SELECTED, application__cycle=decision.application.cycle)
    cycle, client = decision.application.cycle, sign_in(office)
    code = decision.application.code
    preview = at("selection-preview", cycle.code)

    assert client.get(preview, follow=True).redirect_chain
    client.post(preview)
    assert not cycle.releases.exists()
    listed = client.get(f"{at('selection-list')}?cycle={cycle.code}&decided=selected").text
    assert code not in listed

    other = sign_in(UserFactory(coordinator=True))
    other.post(preview)
    kept = cycle.releases.get()
    client.post(at("selection-release", cycle.code), {"dry_run": kept.code})
    kept.refresh_from_db()
    assert kept.started_at is None
    detail = client.get(at("selection-release-detail", kept.code))
    assert detail.status_code == 302


@pytest.mark.parametrize("name", ["interview-slot", "interview-slot-call-off"])
def test_nobody_of_the_office_changes_the_time_of_the_own_interview(sign_in, office, name):
    slot = booked(application=ApplicationFactory(submitted=True, student=office, cycle=interview_cycle())).slot

    assert sign_in(office).post(at(name, slot.code), {"day": "2030-01-01"}).status_code == 403
    slot.refresh_from_db()
    assert slot.called_off_at is None


# --- The student's export --------------------------------------------------------------------------------


def test_the_download_of_a_student_does_not_tell_what_the_committee_does(sign_in, office):
    decision = DecisionFactory(result=Status.SELECTED)
    application = decision.application
    client = sign_in(office)
    client.post(at("decision-note", application.code), {"text": "SECRET-NOTE"})
    client.post(at("decision-record", application.code), {"result": "waitlisted", "reason": "SECRET-REASON"})

    said = str(export.data_of(application.student))

    assert not [word for word in ("SECRET", "committee.add_note", "selection.decide", "waitlisted") if word in said]


# --- After a cycle has ended -----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["lapse", "corrected"])
def test_an_offer_that_ended_cannot_be_confirmed_by_an_old_page(sign_in, office, end):
    offer = OfferFactory()
    Offer.objects.filter(pk=offer.pk).update(
        made_at=timezone.now() - dt.timedelta(days=9), answer_by=timezone.now() - dt.timedelta(days=1)
    )
    offer.refresh_from_db()
    if end == "lapse":
        offers.let_lapse(offer, by=office)
    else:
        sign_in(office).post(
            at("decision-correct", offer.application.code),
            {"act": "correct", "result": "not_selected", "reason": "Two files were mixed up."},
        )
    status = type(offer.application).objects.get(pk=offer.application_id).status

    sign_in(offer.application.student).post(at("offer-confirm", offer.code))

    offer.refresh_from_db()
    assert (offer.reply, bool(offer.ended_at)) == ("", True)
    assert type(offer.application).objects.get(pk=offer.application_id).status == status != Status.CONFIRMED


# --- A hostile enrollment list ---------------------------------------------------------------------------


def test_a_list_of_a_million_columns_is_no_list():
    wide = b"Student ID," + b",".join(b"column%d" % number for number in range(400_000)) + b"\n1,2\n"

    with pytest.raises(UnreadableList) as caught:
        enrollment_file.read(wide, rows_max=10, limits=Limits(cells=10, sheets=1, strings=10))

    assert caught.value.problem == Problem.NOT_A_TABLE


# --- Bytes that no page sends ----------------------------------------------------------------------------


def test_texts_that_a_database_cannot_hold_are_refused_and_not_an_error(sign_in, office):
    advisor = UserFactory(advisor=True)
    assignment = AssignmentFactory(application__answered=True)
    code, cycle = assignment.application.code, assignment.application.cycle
    interview = booked()
    posts = [
        (office, at("masking-uncover", code), {"text": "a\0b"}),
        (office, at("selection-release", cycle.code), {"dry_run": "a\0b"}),
        (office, at("assignment-release", cycle.code), {"seen": "a\0b"}),
        (office, at("decision-bulk", cycle.code), {"applications": ["a\0b"], "result": "selected", "reason": "x"}),
        (
            office,
            at("selection-interviews-invite", interview.application.cycle.code),
            {"applications": ["a\0b"], "book_on": "2030-01-01"},
        ),
        (office, at("decision-note", code), {"text": "a\0b", "next": "\0"}),
        (office, at("selection-draft", cycle.code), {"fingerprint": "a\0b", "waitlist": "1", "minimum": "1e400"}),
        (advisor, at("enrollment-confirm", cycle.code), {"college": "a\0b", "list": "a\0b"}),
        (advisor, at("endorsement-several", cycle.code), {"shown": ["a\0b"], "take": ["a\0b"]}),
        (assignment.reader, assignment.get_absolute_url(), {"slip-words": "a\0b", "act": "report", "comment": "a\0b"}),
        (assignment.reader, at("review-conflict", assignment.code), {"relation": "a\0b"}),
    ]
    broken = []
    for person, address, data in posts:
        client = sign_in(person)
        client.raise_request_exception = False
        if client.post(address, data).status_code >= 500:
            broken.append(address)
    assert broken == []


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_at_the_end_of_the_calendar_are_no_error(sign_in, office, day):
    offer, cycle = OfferFactory(), interview_cycle()
    client = sign_in(office)
    slot = {
        "day": day,
        "begin": "23:00",
        "end": "23:50",
        "minutes": 20,
        "pause": 0,
        "place": "x",
        "interviewers": [office.code],
    }
    application = ApplicationFactory(submitted=True, cycle=cycle)
    for address, data in [
        (at("offer-extend", offer.code), {"until": day, "reason": "x"}),
        (at("selection-interviews-plan", cycle.code), slot),
        (at("selection-interviews-invite", cycle.code), {"applications": [application.code], "book_on": day}),
    ]:
        assert client.post(address, data).status_code < 500
