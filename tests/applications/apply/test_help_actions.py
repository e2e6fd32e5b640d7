"""Help sessions: the code, its limits, how a session ends, and what the audit log says."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.apply import help_record
from applications.apply.actions import draft
from applications.apply.actions import help as actions
from applications.models import Application, Assignment, CityPreference, HelpSession
from applications.reading.actions import assigning
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from tests.factories_help import HelpSessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def application():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


@pytest.fixture
def advisor():
    return UserFactory(advisor=True, full_name="Ruth Delgado")


def violation(act, *args, **kwargs) -> str:
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def begun(application, advisor) -> HelpSession:
    session = actions.offer(application, by=application.student)
    return actions.begin(actions.digits_of(session), by=advisor)


def wrong(session) -> str:
    return f"{(int(actions.digits_of(session)) + 1) % 1_000_000:06}"


# --- The code ---------------------------------------------------------------------------------------


def test_offer_gives_six_digits_that_are_stored_nowhere(application):
    session = actions.offer(application, by=application.student)
    digits = actions.digits_of(session)

    assert len(digits) == 6 and digits.isdigit()
    stored = HelpSession.objects.filter(pk=session.pk).values().get()
    assert digits not in " ".join(str(value) for name, value in stored.items() if not name.endswith("_at"))
    assert dt.timedelta(minutes=9) < session.code_expires_at - timezone.now() <= dt.timedelta(minutes=10)
    (event,) = Event.objects.filter(action="help.offer")
    assert (event.by, event.target_id) == (application.student, application.pk)
    assert digits not in str(event.changes)


def test_offer_again_gives_the_same_code_until_it_is_over(application):
    first = actions.offer(application, by=application.student)
    assert actions.offer(application, by=application.student) == first
    HelpSession.objects.update(code_expires_at=timezone.now())
    second = actions.offer(application, by=application.student)
    assert second != first
    assert actions.digits_of(second) != actions.digits_of(first)


def test_two_students_never_show_the_same_code(application, monkeypatch):
    other = actions.offer(ApplicationFactory(), by=UserFactory())
    taken = actions.digits_of(other)
    real, given = actions.digits_of, []

    def digits_of(session):
        if session.code not in given:
            given.append(session.code)
        return taken if given.index(session.code) == 0 else real(session)

    monkeypatch.setattr(actions, "digits_of", digits_of)
    assert actions.digits_of(actions.offer(application, by=application.student)) != taken


@pytest.mark.parametrize("fields", [{"submitted": True}, {"withdrawn": True}, {"cycle__closed": True}])
def test_offer_only_while_the_application_can_be_changed(fields):
    application = ApplicationFactory(**fields)
    assert violation(actions.offer, application, by=application.student) == "not_open_for_help"


def test_code_lets_the_advisor_in_for_some_hours_and_tells_the_student(application, advisor):
    session = begun(application, advisor)

    assert session.helper == advisor and session.is_running
    assert session.ends_at - session.granted_at == dt.timedelta(hours=3)
    message = Message.objects.get(template="applications/help_began")
    assert message.recipient == application.student
    assert "Ruth Delgado" in message.body and f"/applications/{application.code}/help/" in message.body
    assert violation(actions.offer, application, by=application.student) == "someone_helps"


def test_code_typed_twice_by_the_same_person_is_one_session(application, advisor):
    session = actions.offer(application, by=application.student)
    digits = actions.digits_of(session)

    assert actions.begin(digits, by=advisor) == actions.begin(digits, by=advisor)
    assert Message.objects.filter(template="applications/help_began").count() == 1
    assert Event.objects.filter(action="help.begin").count() == 1


def test_code_works_for_one_helper_only(application, advisor):
    session = actions.offer(application, by=application.student)
    actions.begin(actions.digits_of(session), by=advisor)

    assert violation(actions.begin, actions.digits_of(session), by=UserFactory(advisor=True)) == "unknown_code"
    assert HelpSession.objects.get().helper == advisor


@pytest.mark.parametrize("over", ["code_expires_at", "ended_at"])
def test_code_is_over_after_its_minutes_and_when_it_was_taken_back(application, advisor, over):
    session = actions.offer(application, by=application.student)
    HelpSession.objects.update(**{over: timezone.now()})
    assert violation(actions.begin, actions.digits_of(session), by=advisor) == "unknown_code"


def test_wrong_codes_are_counted_recorded_and_stop_even_the_right_one(application, advisor):
    session = actions.offer(application, by=application.student)
    for _try in range(actions.TRIES):
        assert violation(actions.begin, wrong(session), by=advisor) == "unknown_code"

    assert violation(actions.begin, actions.digits_of(session), by=advisor) == "too_many_tries"
    assert Event.objects.filter(action="help.wrong_code", by=advisor, target_id=advisor.pk).count() == actions.TRIES
    other = UserFactory(advisor=True)
    assert actions.begin(actions.digits_of(session), by=other).helper == other


def test_tries_are_forgotten_after_a_while(application, advisor, monkeypatch):
    session = actions.offer(application, by=application.student)
    for _try in range(actions.TRIES):
        violation(actions.begin, wrong(session), by=advisor)
    monkeypatch.setattr(actions, "TRIES_WINDOW", dt.timedelta(0))
    assert actions.begin(actions.digits_of(session), by=advisor).is_running


def test_code_of_two_students_at_once_lets_nobody_in(application, advisor):
    session = actions.offer(application, by=application.student)
    HelpSessionFactory(code_hash=session.code_hash)
    assert violation(actions.begin, actions.digits_of(session), by=advisor) == "unknown_code"


def test_nobody_helps_themself(application):
    session = actions.offer(application, by=application.student)
    assert violation(actions.begin, actions.digits_of(session), by=application.student) == "own_application"


def test_code_lets_nobody_in_once_the_application_was_sent(application, advisor):
    session = actions.offer(application, by=application.student)
    Application.objects.update(status=Status.SUBMITTED, submitted_at=timezone.now())
    assert violation(actions.begin, actions.digits_of(session), by=advisor) == "not_open_for_help"


# --- The end ----------------------------------------------------------------------------------------


def test_student_stops_at_once_and_is_told_how_much_was_changed(application, advisor):
    session = begun(application, advisor)
    draft.save_answers(application, {"major": "Biology", "units": 9}, by=advisor)

    assert actions.stop(application, by=application.student) == 1

    session.refresh_from_db()
    assert (session.is_running, session.ended_by) == (False, application.student)
    assert "2 changes" in Message.objects.get(template="applications/help_ended").body
    assert violation(draft.save_answers, application, {"major": "Law"}, by=advisor) == "help_over"
    assert application.answers.get(question__key="major").value == "Biology"
    assert actions.stop(application, by=application.student) == 0


def test_helper_ends_only_their_own(application, advisor):
    begun(application, advisor)
    assert actions.stop(application, by=UserFactory(advisor=True)) == 0
    assert actions.stop(application, by=advisor) == 1
    assert HelpSession.objects.get().ended_by == advisor


def test_stop_takes_back_a_code_without_a_message(application):
    actions.offer(application, by=application.student)
    assert actions.stop(application, by=application.student) == 1
    assert not HelpSession.objects.offered().exists()
    assert not Message.objects.filter(template="applications/help_ended").exists()


def test_help_runs_out_by_itself_and_the_student_is_told_once(application, advisor):
    begun(application, advisor)
    past = timezone.now() - dt.timedelta(minutes=1)
    HelpSession.objects.update(granted_at=past - dt.timedelta(hours=3), ends_at=past)

    assert violation(draft.save_answers, application, {"major": "Law"}, by=advisor) == "help_over"
    assert (actions.end_lapsed(), actions.end_lapsed()) == (1, 0)

    session = HelpSession.objects.get()
    assert (session.ended_at, session.ended_by) == (past, None)
    assert Message.objects.filter(template="applications/help_ended").count() == 1


def test_help_ends_when_the_application_is_sent(application, advisor):
    begun(application, advisor)
    Application.objects.update(status=Status.SUBMITTED, submitted_at=timezone.now())
    assert actions.end_lapsed() == 1
    assert not HelpSession.objects.running().exists()


def test_running_help_is_left_alone(application, advisor):
    begun(application, advisor)
    assert actions.end_lapsed() == 0


# --- Writing ----------------------------------------------------------------------------------------


def test_helper_writes_only_while_help_runs_and_only_there(application, advisor):
    begun(application, advisor)
    draft.save_answers(application, {"major": "Biology"}, by=advisor)
    another = ApplicationFactory(cycle=application.cycle, form=application.form, answered=True)
    assert violation(draft.save_answers, another, {"major": "Biology"}, by=advisor) == "help_over"


def test_record_has_old_and_new_of_short_answers_and_never_of_a_story(application, advisor):
    session = begun(application, advisor)
    cities = [line.city.code for line in application.city_preferences.all()]
    values = {"major": "Biology", "story_why": "Because.", "units": None, "cities": cities[::-1]}
    draft.save_answers(application, values, by=advisor)

    found = {change.question: change for change in help_record.changes_of(application, [session])}
    labels = {each.key: each.label for section in application.form.sections.all() for each in section.questions.all()}

    assert set(found) == {labels[key] for key in values}
    major, story, units = (found[labels[key]] for key in ("major", "story_why", "units"))
    assert (major.was, major.now, major.by) == ("Nursing", "Biology", advisor)
    assert (story.was, story.now, story.is_long) == ("", "", True)
    assert (units.was, units.now) == ("12", "")
    assert found[labels["cities"]].now.startswith("1. ")
    assert "Because." not in str(Event.objects.get(action="application.save_answers").changes)


def test_record_has_the_line_below_which_the_student_would_rather_stay_home(application, advisor):
    session = begun(application, advisor)
    cities = [line.city.code for line in application.city_preferences.all()]
    for lined in ([cities[0], CityPreference.STAY_HOME, *cities[1:]], cities):
        draft.save_answers(application, {"cities": lined}, by=advisor)

    removed, added = help_record.changes_of(application, [session])
    assert "I’d rather stay home" in added.now
    assert "I’d rather stay home" not in added.was
    assert (removed.was, removed.now) == (added.now, added.was)


def test_record_of_what_students_write_themselves_has_keys_only(application):
    draft.save_answers(application, {"major": "Biology"}, by=application.student)
    assert Event.objects.get(action="application.save_answers").changes == {"keys": ["major"]}


def test_what_a_former_helper_does_later_is_not_part_of_the_help(application, advisor):
    session = begun(application, advisor)
    actions.stop(application, by=application.student)
    session.refresh_from_db()
    Event.objects.create(
        action="application.save_answers",
        target_model="applications.application",
        target_id=application.pk,
        by=advisor,
        changes={"keys": ["major"]},
    )
    assert help_record.changes_of(application, [session]) == []


def test_helper_leaves_the_referee_who_was_asked(application, advisor):
    begun(application, advisor)
    draft.save_answers(application, {"referee_name": "Dr. Lee"}, by=advisor)
    application.recommendation.refresh_from_db()
    application.recommendation.requested_at = timezone.now()
    application.recommendation.save()
    values = {"referee_email": "mine@example.edu"}
    assert violation(draft.save_answers, application, values, by=advisor) == "referee_is_the_students"


# --- Reading later ----------------------------------------------------------------------------------


def test_helper_is_never_drawn_as_a_reader_of_that_application(application):
    office = UserFactory(coordinator=True)
    readers = [UserFactory(advisor=True) for _reader in range(application.cycle.reads_each + 1)]
    begun(application, readers[0])
    Application.objects.update(status=Status.SUBMITTED, submitted_at=timezone.now())

    for seed in range(4):
        Assignment.objects.all().delete()
        assigning.draw_readers(application.cycle, by=office, seed=seed)
        assert set(application.assignments.values_list("reader", flat=True)) == {each.pk for each in readers[1:]}


def test_helper_loses_an_unfinished_reading_of_what_came_back_for_a_fix():
    first = AssignmentFactory()
    application = first.application
    ReviewFactory(assignment=first)
    locked = AssignmentFactory(application=application)
    ReviewFactory(assignment=locked, locked=True)
    Application.objects.filter(pk=application.pk).update(status=Status.RETURNED, return_note="Name your college.")
    application.refresh_from_db()

    begun(application, first.reader)

    assert list(application.assignments.all()) == [locked]
    assert Event.objects.get(action="review.unassign").changes == {"reader": first.reader.code}
