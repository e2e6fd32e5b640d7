"""Appeals: a student asks for a decision to be looked at again; the office answers, and can undo that for minutes."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as applications
from applications.models import Appeal, Decision, Statement
from applications.release.actions import appeals, correcting, statements
from applications.states import Status
from exchange.base import office_tasks
from exchange.base.errors import RuleViolation
from exchange.base.office import office as city_office
from exchange.messages import outbox
from exchange.models import Event, Fact, Message, OfficeTask
from exchange.templatetags.ui import day_year
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    application_facts,
    review_facts,
)
from tests.factories_travel import travel_facts
from tests.releasing import release_now
from travel.office.activity import feed as activity
from travel.office.own_data.export_tables import TABLES
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db
LIST = reverse("applications:appeal-list")
WHY = "My second essay was cut off on the page that readers saw."
REASONS = "We read the whole essay again. Every reader had all of it."


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


def told(result="not_selected", *, days=1, **changes):
    """An application whose result was told some days ago."""
    row = ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), answered=True, status=result, **changes)
    when = timezone.now() - dt.timedelta(days=days)
    by = UserFactory(coordinator=True)
    position = 1 if result == "waitlisted" else None
    DecisionFactory(
        **{"application": row, "result": result, "waitlist_position": position, "decided_by": by, "decided_at": when},
        released_at=when,
        released_by=by,
    )
    return row


@pytest.fixture
def application():
    return told()


def own(application):
    return reverse("applications:appeal-own", args=[application.code])


def receipt(application):
    return reverse("applications:application-receipt", args=[application.code])


def refusal(action, *args, **more):
    with pytest.raises(RuleViolation) as error:
        action(*args, **more)
    return error.value.code


def told_days_ago(application, days):
    when = timezone.now() - dt.timedelta(days=days)
    Decision.objects.filter(application=application).update(decided_at=when, released_at=when)


def asked(application, why=WHY):
    return appeals.ask(application, why, by=application.student)


def later(appeal):
    """Once the time to undo is over."""
    Appeal.objects.filter(pk=appeal.pk).update(answered_at=timezone.now() - appeals.UNDO_TIME)


# --- Asking -----------------------------------------------------------------------------------------


def test_a_student_asks_beside_the_result_and_the_office_has_a_task_with_a_day(application, office, sign_in):
    student = sign_in(application.student)
    page = student.get(receipt(application))
    assert own(application) in page.text and "until" in page.text
    assert 'name="reason"' in student.get(own(application)).text

    page = student.post(own(application), {"reason": WHY}, follow=True)

    assert "get an answer by" in page.text and WHY in page.text and 'name="reason"' not in page.text
    appeal, task = Appeal.objects.get(), OfficeTask.objects.get()
    assert (task.due_on, task.path, task.person) == (appeal.due_on, appeal.get_absolute_url(), application.student)
    assert appeal.due_on == timezone.localdate() + dt.timedelta(days=14)
    (mail,) = Message.objects.filter(template=appeals.RECEIVED)
    assert own(application) in mail.body and WHY not in mail.body
    desk = sign_in(office)
    assert str(application.student) in desk.get(LIST).text
    assert WHY in desk.get(appeal.get_absolute_url()).text
    assert appeal.get_absolute_url() in desk.get(application.get_absolute_url()).text
    labels = [str(line.label) for line in activity.lines_of_student(list(activity.of_student(application.student)))]
    assert "asked us to look at the decision again" in labels


def test_the_page_beside_the_result_is_in_spanish(sign_in, settings):
    student = UserFactory(language="es")
    client = sign_in(student)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = client.get(own(told(student=student)))

    assert "Puedes pedirlo una sola vez" in page.text


def test_a_second_appeal_on_one_decision_is_refused_and_its_words_stay_on_the_page(application, sign_in):
    asked(application)
    assert asked(application) == Appeal.objects.get(), "the same words twice are one appeal"

    page = sign_in(application.student).post(own(application), {"reason": "And my grades."})

    assert "already asked" in page.text and "And my grades." in page.text
    assert Appeal.objects.count() == 1
    assert Message.objects.filter(template=appeals.RECEIVED).count() == 1


def test_the_last_day_stays_as_it_was_told_when_the_fact_changes(application):
    before = appeals.way_of(application).until
    Decision.objects.filter(application=application).update(appeal_days=10)
    for days in (30, 2, 0):
        Fact.objects.filter(key=appeals.DAYS).update(value=days)
        assert appeals.way_of(application).until == before and appeals.way_of(application).is_open
    Decision.objects.filter(application=application).update(appeal_days=0)
    Fact.objects.filter(key=appeals.DAYS).update(value=30)
    assert not appeals.way_of(application).is_open, "those who were told that decisions are final"


def test_a_release_and_a_correction_keep_the_days_that_count_then(office):
    Fact.objects.filter(key=appeals.DAYS).update(value=5)
    cycle = CycleFactory()
    DecisionFactory(application__cycle=cycle, result="not_selected")
    release_now(cycle, office)
    decision = Decision.objects.get()
    assert decision.appeal_days == 5
    assert appeals.way_of(decision.application).until == timezone.localdate() + dt.timedelta(days=5)

    Fact.objects.filter(key=appeals.DAYS).update(value=8)
    correcting.correct(decision.application, result="waitlisted", reason="The wrong line.", by=office)
    assert Decision.objects.get(corrects=decision).appeal_days == 8


def test_a_late_answer_is_told_as_late_and_names_whom_to_call(application, sign_in):
    student = sign_in(application.student)
    appeal = appeals.ask(application, WHY, by=application.student)
    page = student.get(own(application)).text
    assert "You don’t need to do anything" in page and city_office().email not in page
    Appeal.objects.filter(pk=appeal.pk).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    page = student.get(own(application)).text
    assert "We’re late, and we’re sorry" in page and city_office().email in page
    assert "You’ll get an answer" not in page + student.get(receipt(application)).text


def test_withdrawing_says_first_whether_one_can_ask_again(application, sign_in):
    student = sign_in(application.student)
    appeals.ask(application, WHY, by=application.student)
    assert "You can ask again by" in student.get(own(application)).text
    Decision.objects.update(released_at=timezone.now() - dt.timedelta(days=30))
    page = student.get(own(application)).text
    assert "so you can’t ask again" in page and "You can ask again by" not in page


def test_the_answer_comes_first_and_a_title_asks_for_nothing_that_is_over(application, office, sign_in):
    student = sign_in(application.student)
    assert "within 14 days" in student.get(own(application)).text
    appeal = appeals.ask(application, WHY, by=application.student)
    appeals.uphold(appeal, "We asked your college.", by=office)
    Appeal.objects.update(answered_at=timezone.now() - dt.timedelta(hours=1))
    page = student.get(own(application)).text
    assert page.index("Our answer") < page.index("What you wrote on")
    assert page.count("What you asked about your result") == 2  # the title of the window, too
    Appeal.objects.all().delete()
    Decision.objects.update(released_at=timezone.now() - dt.timedelta(days=30))
    assert "Ask us to look" not in student.get(own(application)).text


def test_once_the_time_is_over_the_page_says_so_keeps_the_words_and_says_whom_to_write_to(application, sign_in):
    told_days_ago(application, 10)
    assert appeals.way_of(application).is_open
    told_days_ago(application, 11)
    student = sign_in(application.student)

    page = student.post(own(application), {"reason": WHY})

    assert (
        "You could ask us to look at the decision again until" in page.text
        and WHY in page.text
        and city_office().email in page.text
    )
    assert not Appeal.objects.exists()
    assert own(application) not in student.get(receipt(application)).text


@pytest.mark.parametrize("days", [None, 0])
def test_where_no_time_is_set_decisions_are_final(application, sign_in, days):
    fact = Fact.objects.filter(key=appeals.DAYS)
    fact.delete() if days is None else fact.update(value=days)
    student = sign_in(application.student)

    page = student.post(own(application), {"reason": WHY})

    assert "Decisions are final" in page.text and not Appeal.objects.exists()
    assert 'id="appeal"' not in student.get(receipt(application)).text


def test_empty_words_are_not_sent(application, sign_in):
    page = sign_in(application.student).post(own(application), {"reason": "   "})

    assert "Write what we should look at again" in page.text and not Appeal.objects.exists()


@pytest.mark.parametrize("status", ["submitted", "selected", "confirmed", "declined"])
def test_what_is_no_refusal_cannot_be_appealed(status):
    row = ApplicationFactory(submitted=True, status=status)

    assert refusal(appeals.ask, row, WHY, by=row.student) == "not_now"


def test_the_student_takes_it_back_and_can_ask_again(application, sign_in):
    appeal = asked(application)
    student = sign_in(application.student)

    page = student.post(reverse("applications:appeal-withdraw", args=[appeal.code]), follow=True)

    assert 'name="reason"' in page.text and not OfficeTask.objects.open().exists()
    appeals.withdraw(appeal, by=application.student)
    again = asked(application, "It’s about the second page.")
    assert again != appeal and OfficeTask.objects.open().get() == again.task
    assert Event.objects.filter(action="appeal.withdraw").count() == 1


def test_advisors_readers_and_other_students_see_none_of_it(application, sign_in):
    appeal = asked(application)
    reading = AssignmentFactory(application=application)
    for person in (UserFactory(advisor=application.college), reading.reader, UserFactory(director=True)):
        client = sign_in(person)
        assert client.get(appeal.get_absolute_url()).status_code == 403
        assert client.get(LIST).status_code == 403
        assert client.get(own(application)).status_code == 404
        assert not Appeal.objects.visible_to(person).exists()
        file = client.get(application.get_absolute_url())
        assert WHY not in file.text and appeal.code not in file.text
    assert WHY not in sign_in(reading.reader).get(reading.get_absolute_url()).text
    assert sign_in(UserFactory()).get(own(application)).status_code == 404


# --- Answering --------------------------------------------------------------------------------------


def test_an_answer_is_on_record_closes_the_task_and_is_told_after_the_time_to_undo(application, office, sign_in):
    appeal = asked(application)

    page = sign_in(office).post(appeal.get_absolute_url(), {"result": "upheld", "answer": REASONS}, follow=True)

    assert REASONS in page.text and "Renata Cruz" in page.text
    (message,) = Message.objects.filter(template=appeals.ANSWERED)
    appeal.refresh_from_db()
    assert message.send_after >= appeal.answered_at + appeals.UNDO_TIME and not outbox.deliver(message.pk)
    assert appeal.task.done_at and appeal.answered_by == office
    student = sign_in(application.student)
    assert REASONS not in student.get(own(application)).text, "it can still be undone"
    later(appeal)
    assert REASONS in student.get(own(application)).text
    assert "it stands" in student.get(receipt(application)).text
    application.refresh_from_db()
    assert application.status == "not_selected" and Decision.objects.count() == 1


def test_a_change_shows_first_what_the_student_gets_then_corrects_and_answers_in_one(application, office, sign_in):
    appeal, desk = asked(application), sign_in(office)
    said = {"result": "waitlisted", "answer": REASONS}

    page = desk.post(appeal.get_absolute_url(), said)
    assert "We made a mistake" in page.text and REASONS in page.text and Decision.objects.count() == 1
    desk.post(appeal.get_absolute_url(), {**said, "act": "change"})

    application.refresh_from_db()
    appeal.refresh_from_db()
    assert application.status == Status.WAITLISTED
    assert (appeal.result, appeal.answer, appeal.answered_by) == ("changed", REASONS, office)
    assert not OfficeTask.objects.open().exists()
    assert Message.objects.filter(template="applications/decision_corrected").exists()
    assert not Message.objects.filter(template=appeals.ANSWERED).exists(), "one message, not two"
    student = sign_in(application.student)
    assert REASONS in student.get(own(application)).text
    assert 'name="reason"' in student.get(own(application)).text, "the new decision can be asked about"
    assert refusal(appeals.withdraw, appeal, by=application.student) == "answered"


def test_no_answer_makes_it_worse(office, sign_in):
    row = told("waitlisted")
    appeal = asked(row)

    page = sign_in(office).post(appeal.get_absolute_url(), {"result": "not_selected", "answer": REASONS})

    row.refresh_from_db()
    assert row.status == "waitlisted" and REASONS in page.text and Appeal.objects.open().exists()


def test_an_answer_is_undone_until_its_message_may_leave(application, office, sign_in):
    appeal, desk = asked(application), sign_in(office)
    appeals.uphold(appeal, REASONS, by=office)
    undo = reverse("applications:appeal-undo", args=[appeal.code])

    desk.post(undo)

    appeal.refresh_from_db()
    assert (appeal.result, appeal.answer, appeal.answered_at) == ("", "", None)
    assert OfficeTask.objects.open().get() == appeal.task
    assert Message.objects.get(template=appeals.ANSWERED).dropped_at
    appeals.uphold(appeal, REASONS, by=office)
    later(appeal)
    assert "The student has the answer" in desk.post(undo, follow=True).text
    appeal.refresh_from_db()
    assert appeal.result == "upheld"


def test_an_answer_that_a_worker_has_taken_is_not_undone(application, office):
    appeal = asked(application)
    appeals.uphold(appeal, REASONS, by=office)
    Message.objects.filter(template=appeals.ANSWERED).update(claimed_at=timezone.now())

    assert refusal(appeals.undo, appeal, by=office) == "told"
    assert Appeal.objects.get().answered_at


def test_of_two_answers_at_once_the_second_is_refused_and_its_words_stay_on_the_page(application, office, sign_in):
    appeal = asked(application)
    appeals.uphold(appeal, REASONS, by=office)
    appeals.uphold(appeal, REASONS, by=office)
    assert Message.objects.filter(template=appeals.ANSWERED).count() == 1
    assert Event.objects.filter(action="appeal.answer").count() == 1
    other = sign_in(UserFactory(coordinator=True))

    page = other.post(appeal.get_absolute_url(), {"result": "upheld", "answer": "No, we looked."})
    assert "answered this already" in page.text and "No, we looked." in page.text
    said = {"result": "waitlisted", "answer": "Yes, we saw it.", "act": "change"}
    page = other.post(appeal.get_absolute_url(), said)
    assert "answered this already" in page.text and "Yes, we saw it." in page.text
    application.refresh_from_db()
    assert application.status == "not_selected" and Appeal.objects.get().answer == REASONS


def test_an_answer_without_reasons_is_not_saved(application, office, sign_in):
    appeal = asked(application)

    page = sign_in(office).post(appeal.get_absolute_url(), {"result": "upheld", "answer": " "})

    assert "Write the reasons" in page.text and Appeal.objects.open().exists()


def test_nobody_answers_about_their_own_application(sign_in):
    row = told(student=UserFactory(coordinator=True))
    appeal = asked(row)

    assert refusal(appeals.uphold, appeal, REASONS, by=row.student) == "own_application"
    client = sign_in(row.student)
    assert client.get(appeal.get_absolute_url()).status_code == 404
    assert str(row.student) not in client.get(LIST).text.partition("<main")[2]


def test_it_gets_an_owner_also_where_the_task_was_marked_as_done_without_an_answer(application, office, sign_in):
    appeal, other = asked(application), UserFactory(coordinator=True, full_name="Ines Vega")
    office_tasks.finish(appeal.task, by=office)

    page = sign_in(office).post(
        reverse("applications:appeal-assign", args=[appeal.code]), {"owner": other.pk}, follow=True
    )

    assert "Ines Vega" in page.text and "Ines Vega" in sign_in(office).get(LIST).text
    assert OfficeTask.objects.open().get().owner == other
    assert refusal(appeals.assign, appeal, application.student, by=office) == "not_staff"
    appeals.uphold(appeal, REASONS, by=office)
    assert refusal(appeals.assign, appeal, None, by=office) == "answered"


# --- What else settles one --------------------------------------------------------------------------


def test_a_correction_settles_it_with_a_sentence_in_the_students_language(office):
    row = told(student=UserFactory(language="es"))
    appeal = asked(row)

    correcting.correct(row, result="waitlisted", reason="The wrong line.", by=office)

    appeal.refresh_from_db()
    assert appeal.result == "changed" and "Tu resultado cambió" in appeal.answer
    assert not OfficeTask.objects.open().exists()


def test_a_correction_replaces_an_answer_that_nobody_has_read_and_no_other(application, office):
    appeal = asked(application)
    appeals.uphold(appeal, REASONS, by=office)
    correcting.correct(application, result="waitlisted", reason="The wrong line.", by=office)
    appeal.refresh_from_db()
    assert appeal.result == "changed" and appeal.answer != REASONS
    assert Message.objects.get(template=appeals.ANSWERED).dropped_at

    application.refresh_from_db()
    again = asked(application, "Why not selected?")
    appeals.uphold(again, REASONS, by=office)
    later(again)
    correcting.correct(application, result="selected", reason="The wrong line again.", by=office)
    again.refresh_from_db()
    assert (again.result, again.answer) == ("upheld", REASONS)


def test_a_withdrawal_closes_it_and_its_undo_opens_it_again(office):
    row = told("waitlisted")
    appeal = asked(row)
    applications.withdraw_for(row, by=office, reason="Moved away.")
    appeal.refresh_from_db()
    assert appeal.withdrawn_at and not OfficeTask.objects.open().exists()

    applications.undo_withdraw_for(row, by=office)

    appeal.refresh_from_db()
    assert appeal.is_open and OfficeTask.objects.open().get() == appeal.task


# --- The row ----------------------------------------------------------------------------------------


def test_it_goes_with_the_application_and_into_a_copy_of_the_data(application):
    appeal = asked(application)
    assert [row.reason for row in TABLES["applications.Appeal"].rows(application.student)] == [WHY]

    erasing.erase([application.pk])

    assert not Appeal.objects.filter(pk=appeal.pk).exists()


def test_open_ones_come_first_and_queries_do_not_grow(application, office, sign_in, django_assert_max_num_queries):
    first = asked(application)
    for number in range(3):
        other = ApplicationFactory(submitted=True, cycle=application.cycle, status="not_selected")
        decision = DecisionFactory(application=other, result="not_selected")
        due = timezone.localdate() - dt.timedelta(days=number)
        answered = {"result": "upheld", "answer": REASONS, "answered_at": timezone.now(), "answered_by": office}
        Appeal.objects.create(
            **{"application": other, "decision": decision, "reason": WHY, "due_on": due}, **(answered if number else {})
        )
    client = sign_in(office)

    with django_assert_max_num_queries(10):
        client.get(LIST)

    rows = list(Appeal.objects.in_order())
    assert [row.is_open for row in rows] == [True, True, False, False] and rows[1] == first


def test_constraints(application, office):
    appeal = asked(application)
    rows = Appeal.objects.filter(pk=appeal.pk)
    refused("appeal_says_why", lambda: rows.update(reason=""))
    refused("appeal_answer_is_whole", lambda: rows.update(result="upheld"))
    twice = {"application": application, "decision": appeal.decision, "reason": WHY, "due_on": appeal.due_on}
    refused("appeal_one_per_decision", lambda: Appeal.objects.create(**twice))
    appeals.uphold(appeal, REASONS, by=office)
    refused("appeal_withdrawn_or_answered", lambda: rows.update(withdrawn_at=timezone.now()))


# --- Asked for by phone -------------------------------------------------------------------------------

LAST = "What I wrote was cut off. They read half of it."


def record_page(application):
    return reverse("applications:statement-record", args=[application.code, "appeal"])


def heard(office, days=0, **changes):
    """What the form sends: told to someone of the office, some days ago."""
    day = timezone.localdate() - dt.timedelta(days=days)
    return {"heard": "phone", "heard_on": str(day), "heard_by": office.pk, "reason": LAST, **changes}


def said(application, office, days=0):
    day = timezone.localdate() - dt.timedelta(days=days)
    given = {"heard": "phone", "heard_on": day, "heard_by": office, "reason": LAST}
    return statements.record(application, "appeal", by=office, **given)


def test_an_appeal_by_phone_is_recorded_from_the_file_as_if_the_student_had_asked(application, office, sign_in):
    told_days_ago(application, 5)
    desk = sign_in(office)
    assert record_page(application) in desk.get(application.get_absolute_url()).text
    last = day_year(timezone.localdate() + dt.timedelta(days=appeals.numbers()[appeals.DAYS] - 5))
    assert f"The last day is {last}." in desk.get(record_page(application)).text
    desk.post(record_page(application), heard(office, days=2))

    appeal, task = Appeal.objects.get(), OfficeTask.objects.get()
    day = timezone.localdate() - dt.timedelta(days=2)
    assert (appeal.reason, timezone.localdate(appeal.asked_at)) == (LAST, day)
    assert appeal.due_on == day + dt.timedelta(days=14)
    assert (task.due_on, task.path, task.person) == (appeal.due_on, appeal.get_absolute_url(), application.student)
    statement = appeal.statement
    assert (statement.what, statement.heard_by, statement.recorded_by) == ("appeal", office, office)
    (mail,) = Message.objects.filter(recipient=application.student)
    assert mail.template == "applications/said" and statement.get_absolute_url() in mail.body
    assert "asked us to look at your result" in " ".join(mail.body.split()) and LAST not in mail.body
    page = desk.get(appeal.get_absolute_url()).text
    assert "What the student said on" in page and "Said by phone" in page and LAST in page
    own_page = sign_in(application.student).get(own(application)).text
    assert "as we recorded it" in own_page and statement.get_absolute_url() in own_page
    assert "asked us to look at your result" in sign_in(application.student).get(statement.get_absolute_url()).text
    labels = [str(line.label) for line in activity.lines_of_student(list(activity.of_student(application.student)))]
    assert "recorded that the student asks us to look at the decision again" in labels
    assert record_page(application) not in desk.get(application.get_absolute_url()).text


def test_who_reads_spanish_is_told_in_spanish(office):
    application = told(student__language="es")

    said(application, office)

    (mail,) = Message.objects.filter(recipient=application.student)
    assert "Registramos que pediste que revisemos tu resultado" in " ".join(mail.body.split())


def test_the_day_on_which_it_was_said_counts_and_not_the_day_it_is_recorded(application, office):
    told_days_ago(application, 20)
    Fact.objects.filter(key=appeals.DAYS).update(value=14)
    Decision.objects.update(appeal_days=None)

    assert refusal(said, application, office, days=5) == "too_late"
    assert refusal(said, application, office, days=21) == "heard_too_early"
    assert refusal(said, application, office, days=-1) == "heard_in_the_future"
    assert not Appeal.objects.exists()
    appeal = said(application, office, days=6).appeal  # the last day
    assert appeal.due_on == timezone.localdate() + dt.timedelta(days=8)


def test_an_answer_is_never_due_on_a_day_that_has_passed(application, office):
    told_days_ago(application, 40)

    assert said(application, office, days=39).appeal.due_on == timezone.localdate() + dt.timedelta(days=1)


def test_a_decision_is_appealed_once_whoever_asks(application, office):
    appeal = asked(application)
    assert "appeal" not in statements.possible(application)
    assert refusal(said, application, office) == "not_now"
    assert refusal(appeals.ask_for, application, LAST, heard_on=timezone.localdate(), by=office) == "already_asked"

    appeals.withdraw(appeal, by=application.student)
    said(application, office)
    assert refusal(asked, application) == "not_now"


@pytest.mark.parametrize("reason", ["", "x" * 2001])
def test_it_needs_words_and_no_more_than_the_student_may_write(application, office, sign_in, reason):
    page = sign_in(office).post(record_page(application), heard(office, reason=reason))

    assert page.status_code == 200 and not Appeal.objects.exists()
    assert page.context["form"].errors.keys() == {"reason"}


@pytest.mark.parametrize("status", ["selected", "submitted"])
def test_who_was_selected_or_not_told_has_nothing_to_appeal(office, sign_in, status):
    row = ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), status=status)

    page = sign_in(office).get(record_page(row), follow=True)

    assert "This can’t be done at this stage." in page.text
    assert refusal(appeals.ask_for, row, LAST, heard_on=timezone.localdate(), by=office) == "not_now"


def test_where_decisions_are_final_it_is_not_offered(application, office):
    Fact.objects.filter(key=appeals.DAYS).delete()
    Decision.objects.update(appeal_days=None)

    assert "appeal" not in statements.possible(application)


def test_a_wrong_one_is_undone_within_the_day_and_the_student_can_ask_themselves(application, office, sign_in):
    statement = said(application, office)
    desk = sign_in(office)
    undo = reverse("applications:statement-undo", args=[statement.code])
    assert undo in desk.get(application.get_absolute_url()).text

    desk.post(undo)
    desk.post(undo)

    appeal = Appeal.objects.get()
    assert appeal.withdrawn_at and not OfficeTask.objects.open().exists()
    assert Message.objects.filter(template="applications/said_undone").count() == 1
    assert appeals.way_of(application).is_open
    assert asked(application).pk != appeal.pk


def test_an_undo_touches_only_what_it_recorded(application, office):
    first = said(application, office)
    appeals.withdraw(first.appeal, by=application.student)
    Statement.objects.update(recorded_at=timezone.now() - dt.timedelta(hours=1))
    second = said(application, office)

    statements.undo(first, by=office)

    second.appeal.refresh_from_db()
    assert second.appeal.is_open and OfficeTask.objects.open().count() == 1


def test_one_that_was_answered_is_not_undone(application, office, sign_in):
    statement = said(application, office)
    appeals.uphold(statement.appeal, REASONS, by=office)

    assert refusal(statements.undo, statement, by=office) == "answered"
    statement.refresh_from_db()
    assert statement.undone_at is None
    desk = sign_in(office)
    undo = reverse("applications:statement-undo", args=[statement.code])
    assert undo not in desk.get(application.get_absolute_url()).text
    assert "so it can’t be undone" in desk.post(undo, follow=True).text


def test_an_undone_one_stays_closed_when_a_withdrawal_is_undone(office):
    application = told("waitlisted")
    statement = said(application, office)
    today = timezone.localdate()
    applications.withdraw_for(application, heard="phone", heard_on=today, heard_by=office, reason="Job.", by=office)
    statements.undo(statement, by=office)
    application.refresh_from_db()
    applications.undo_withdraw_for(application, by=office)

    statement.appeal.refresh_from_db()
    assert not statement.appeal.is_open


def test_the_student_objects_to_an_appeal_that_they_never_asked_for(application, office):
    statement = said(application, office)

    statements.object_to(statement, "I never asked.", by=application.student)

    task = OfficeTask.objects.open().get(kind=statements.TASK)
    assert (task.owner, task.due_on) == (office, timezone.localdate())
    statements.undo(statement, by=office)
    assert not OfficeTask.objects.open().exists()
