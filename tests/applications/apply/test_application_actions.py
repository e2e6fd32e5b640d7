"""The actions on an application (start, save, submit, return, withdraw): what each changes, records and sends, once."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from applications.apply.actions import application as actions
from applications.apply.actions import draft
from applications.models import Application, Recommendation
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    FormVersionFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db


def told():
    return sorted((m.template, m.channel, m.address) for m in Message.objects.all())


def events(application):
    found = Event.objects.filter(target_model="applications.application", target_id=application.pk)
    return [event.action for event in found.order_by("pk")]


def values_of(application):
    return {answer.question.key: answer.value for answer in application.answers.select_related("question")}


def violation(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught, transaction.atomic():
        act(*args, **kwargs)
    assert not Message.objects.exists()
    return caught.value.code


# --- start ------------------------------------------------------------------------------------------


def test_start_twice_gives_one_application_and_one_welcome():
    cycle, student = CycleFactory(ready=True), UserFactory()
    first = draft.start(cycle, by=student)
    second = draft.start(cycle, by=student)
    assert first == second
    assert told() == [("applications/application_started", "email", student.email)]
    assert events(first) == ["application.start"]
    assert first.form.cycle == cycle


def test_start_takes_the_newest_published_version():
    cycle = CycleFactory()
    FormVersionFactory(cycle=cycle, number=1)
    newest = FormVersionFactory(cycle=cycle, number=2)
    FormVersionFactory(cycle=cycle, number=3, published_at=None)
    assert draft.start(cycle, by=UserFactory()).form == newest


@pytest.mark.parametrize(
    ("cycle", "code"),
    [({"closed": True}, "closed"), ({"upcoming": True}, "not_open_yet"), ({}, "no_form")],
)
def test_start_says_why_it_cannot(cycle, code):
    assert violation(draft.start, CycleFactory(**cycle), by=UserFactory()) == code
    assert not Application.objects.exists()


def test_start_after_closing_still_opens_the_one_there_is():
    application = ApplicationFactory(cycle=CycleFactory(closed=True))
    assert draft.start(application.cycle, by=application.student) == application


# --- save_answers -----------------------------------------------------------------------------------


def test_save_answers_keeps_one_field_and_leaves_the_others():
    application = ApplicationFactory(answered=True)
    before = values_of(application)
    draft.save_answers(application, {"major": "Law"}, by=application.student)
    assert values_of(application) == before | {"major": "Law"}
    event = Event.objects.get(action="application.save_answers")
    assert event.changes == {"keys": ["major"]}  # the keys, never the answers
    assert event.by == application.student


def test_save_answers_of_the_same_words_records_nothing():
    application = ApplicationFactory(answered=True)
    saved_at = application.saved_at
    draft.save_answers(application, values_of(application), by=application.student)
    application.refresh_from_db()
    assert application.saved_at == saved_at
    assert events(application) == []


@pytest.mark.parametrize(("kept", "typed"), [(1, True), (0, False), (12, "12 or so"), ("12 or so", 12)])
def test_save_answers_tells_a_number_from_a_yes(kept, typed):
    application = ApplicationFactory(answered=True, answered__units=kept)
    draft.save_answers(application, {"units": typed}, by=application.student)
    assert values_of(application)["units"] is typed or values_of(application)["units"] == typed
    assert type(values_of(application)["units"]) is type(typed)


@pytest.mark.parametrize("blank", ["", None, []])
def test_save_answers_removes_what_was_emptied(blank):
    application = ApplicationFactory(answered=True)
    draft.save_answers(application, {"major": blank}, by=application.student)
    assert "major" not in values_of(application)


@pytest.mark.parametrize("value", [0, False])
def test_save_answers_keeps_zero_and_no(value):
    application = ApplicationFactory(answered=True, answered__work_hours=None)
    draft.save_answers(application, {"work_hours": value}, by=application.student)
    assert values_of(application)["work_hours"] is value


def test_save_answers_copies_college_language_and_names():
    application = ApplicationFactory(answered=True)
    college = CollegeFactory()
    draft.save_answers(
        application,
        {
            "college": college.code,
            "answer_language": "es",
            "full_name": "M" * 200,
            "preferred_name": "Mari",
        },
        by=application.student,
    )
    application.refresh_from_db()
    assert (application.college, application.answer_language) == (college, "es")
    assert application.student.full_name == "M" * 150
    assert application.student.preferred_name == "Mari"


def test_save_answers_ranks_cities_in_order_once_and_only_the_offered():
    cycle = CycleFactory(ready=True)
    application = ApplicationFactory(cycle=cycle)
    a, b, _c = cycle.cities.order_by("code")
    codes = [b.code, a.code, b.code, "atlantis"]
    draft.save_answers(application, {"cities": codes}, by=application.student)
    ranking = [(line.rank, line.city) for line in application.city_preferences.all()]
    assert ranking == [(1, b), (2, a)]
    draft.save_answers(application, {"cities": codes}, by=application.student)
    assert events(application) == ["application.save_answers"]


def test_save_answers_refuses_a_question_that_is_not_asked():
    application = ApplicationFactory(answered=True)
    code = violation(draft.save_answers, application, {"status": "selected", "major": "Law"}, by=application.student)
    assert code == "unknown_question"
    assert values_of(application)["major"] == "Nursing"


@pytest.mark.parametrize("trait", ["submitted", "selected", "confirmed", "withdrawn"])
def test_save_answers_after_sending_changes_nothing(trait):
    application = ApplicationFactory(answered=True, **{trait: True})
    code = violation(draft.save_answers, application, {"major": "Law"}, by=application.student)
    assert code == "not_open_for_editing"
    assert values_of(application)["major"] == "Nursing"


def test_save_answers_to_a_draft_after_closing_changes_nothing():
    application = ApplicationFactory(answered=True)
    application.cycle.closes_at = timezone.now()
    application.cycle.save()
    assert violation(draft.save_answers, application, {"major": "Law"}, by=application.student) == "closed"
    assert values_of(application)["major"] == "Nursing"


def test_save_answers_gives_a_changed_referee_a_new_link():
    application = ApplicationFactory(answered=True, returned=True)
    recommendation = application.recommendation
    recommendation.requested_at = timezone.now()
    recommendation.save()
    token = recommendation.token
    draft.save_answers(
        application, {"referee_email": "boss@example.org", "relation": "My boss"}, by=application.student
    )
    recommendation.refresh_from_db()
    assert recommendation.token == token  # only resubmitting changes it: the page saves while an address is typed
    actions.submit(application, by=application.student)
    recommendation.refresh_from_db()
    assert recommendation.token != token
    assert (recommendation.referee_email, recommendation.relation) == ("boss@example.org", "My boss")


def test_save_answers_keeps_the_referee_who_has_written():
    application = ApplicationFactory(returned=True)
    RecommendationFactory(application=application, received=True)
    code = violation(draft.save_answers, application, {"referee_email": "new@example.org"}, by=application.student)
    assert code == "referee_has_written"


# --- submit -----------------------------------------------------------------------------------------


def test_submit_sends_receipt_by_email_and_text_and_asks_the_referee():
    student = UserFactory(phone="+12135550101", phone_verified_at=timezone.now(), texts=True)
    application = ApplicationFactory(answered=True, student=student)
    before = timezone.now()

    actions.submit(application, by=student)

    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert before <= application.submitted_at <= timezone.now()
    assert told() == [
        ("applications/application_received", "email", student.email),
        ("applications/application_received", "text", "+12135550101"),
        ("applications/recommendation_asked", "email", "lena.whitcomb@example.edu"),
    ]
    recommendation = Recommendation.objects.get()
    assert recommendation.requested_at is not None
    letter = Message.objects.get(template="applications/recommendation_asked")
    assert recommendation.link in letter.body
    receipt = Message.objects.get(template="applications/application_received", channel="email")
    assert application.code in receipt.body and "Los Angeles time" in receipt.body
    assert events(application) == ["application.submit", "recommendation.ask"]


def test_submit_twice_acts_once():
    application = ApplicationFactory(answered=True)
    first = actions.submit(application, by=application.student)
    second = actions.submit(application, by=application.student)
    assert first.submitted_at == second.submitted_at
    assert len(told()) == 2
    assert events(application) == ["application.submit", "recommendation.ask"]


@pytest.mark.parametrize(
    "gap",
    [
        {"full_name": None},
        {"date_of_birth": "2/31/05"},
        {"units": "12 or so"},
        {"story_new": "word " * 251},
        {"college": None},
        {"phone": "ask my sister"},
    ],
)
def test_submit_needs_every_answer_in_order(gap):
    application = ApplicationFactory(answered=True, **{f"answered__{key}": value for key, value in gap.items()})
    assert violation(actions.submit, application, by=application.student) == "incomplete"
    application.refresh_from_db()
    assert application.status == Status.DRAFT


def test_submit_takes_a_story_of_exactly_the_limit():
    application = ApplicationFactory(answered=True, answered__story_new="word " * 250)
    assert actions.submit(application, by=application.student).status == Status.SUBMITTED


@pytest.mark.parametrize(
    "referee", [{"referee_email": "lena.whitcomb"}, {"referee_name": ""}, {"referee_email": "OWN"}]
)
def test_submit_needs_a_referee_whom_we_can_reach(referee):
    application = ApplicationFactory(answered=True)
    if referee.get("referee_email") == "OWN":
        referee = {"referee_email": application.student.email.upper()}
    Recommendation.objects.filter(application=application).update(**referee)
    assert violation(actions.submit, application, by=application.student) == "incomplete"


def test_submit_needs_a_city():
    application = ApplicationFactory(answered=True)
    application.city_preferences.all().delete()
    assert violation(actions.submit, application, by=application.student) == "incomplete"


def test_submit_after_closing_keeps_the_draft():
    application = ApplicationFactory(answered=True)
    application.cycle.closes_at = timezone.now() - dt.timedelta(minutes=16)  # past the grace period, too
    application.cycle.save()
    assert violation(actions.submit, application, by=application.student) == "closed"
    application.refresh_from_db()
    assert application.status == Status.DRAFT


def test_submit_of_a_withdrawn_application_is_refused():
    application = ApplicationFactory(answered=True, withdrawn=True)
    assert violation(actions.submit, application, by=application.student) == "move_not_allowed"


def test_submit_after_a_fix_keeps_the_first_time_and_asks_the_same_referee_once():
    first = timezone.now() - dt.timedelta(days=3)
    application = ApplicationFactory(
        answered=True, returned=True, submitted_at=first, cycle=CycleFactory(ready=True, closed=True)
    )
    Recommendation.objects.update(requested_at=first)
    actions.submit(application, by=application.student)
    application.refresh_from_db()
    assert (application.submitted_at, application.return_note) == (first, "")
    assert [message[0] for message in told()] == ["applications/application_received"]


def test_messages_reach_the_student_in_their_language():
    student = UserFactory(language="es")
    application = ApplicationFactory(answered=True, student=student)
    actions.submit(application, by=student)
    assert Message.objects.get(recipient=student).language == "es"


# --- return, withdraw, letter -------------------------------------------------------------------------


def test_return_for_fix_says_what_and_tells_the_student_once():
    application, office = ApplicationFactory(submitted=True), UserFactory(coordinator=True)
    for _ in range(2):
        actions.return_for_fix(application, note="Name your college.", by=office)
    application.refresh_from_db()
    assert (application.status, application.return_note) == (Status.RETURNED, "Name your college.")
    assert told() == [("applications/application_returned", "email", application.student.email)]
    event = Event.objects.get(action="application.return_for_fix")
    assert (event.by, event.reason) == (office, "Name your college.")
    # the note itself is on the page, behind the sign-in
    assert "Name your college." not in Message.objects.get().body


@pytest.mark.parametrize("trait", ["selected", "confirmed", "withdrawn", None])
def test_return_for_fix_only_of_what_is_under_review(trait):
    application = ApplicationFactory(**({trait: True} if trait else {}))
    office = UserFactory(coordinator=True)
    assert violation(actions.return_for_fix, application, note="x", by=office) == "move_not_allowed"


@pytest.mark.parametrize("trait", [None, "submitted", "returned", "selected", "waitlisted", "confirmed"])
def test_withdraw_before_the_trip_and_once(trait):  # where it is refused: tests/test_standing.py
    application = ApplicationFactory(**({trait: True} if trait else {}))
    for _ in range(2):
        actions.withdraw(application, by=application.student, reason="New job")
    application.refresh_from_db()
    assert application.status == Status.WITHDRAWN
    assert application.withdrawn_at is not None
    assert told() == [("applications/application_withdrawn", "email", application.student.email)]
    event = Event.objects.get(action="application.withdraw")
    assert (event.reason, event.changes) == ("New job", {"from": trait or "draft"})


@pytest.mark.parametrize("trait", ["submitted", "returned", "selected", "waitlisted", "confirmed"])
def test_office_withdraws_for_the_student_once_and_the_student_reads_why(trait, sign_in):
    application, office = ApplicationFactory(**{trait: True}), UserFactory(coordinator=True)
    for _ in range(2):
        actions.withdraw_for(application, by=office, reason="You called us: you have a new job.")
    application.refresh_from_db()
    assert application.status == Status.WITHDRAWN
    assert told() == [("applications/application_withdrawn_for", "email", application.student.email)]
    assert "new job" not in Message.objects.get().body  # a phone is borrowed: the page says why
    assert "You called us: you have a new job." in sign_in(application.student).get(application.get_absolute_url()).text
    event = Event.objects.get(action="application.withdraw_for")
    assert (event.by, event.reason, event.changes) == (office, "You called us: you have a new job.", {"from": trait})
