"""Returned for a fix: the pages say what and where, submitting again needs a change or a reason, and the received date
stays the same everywhere."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.apply import fixes
from applications.apply.actions import application as actions
from applications.apply.actions import draft
from applications.base import answers
from applications.export.application_list import Export
from applications.models import Application, Upload
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from exchange.templatetags.ui import day_year, short_day
from tests.applications.saving import at, page_fields
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, UploadFactory, review_facts

pytestmark = pytest.mark.django_db
NOTE = "Please finish your story."
WHY = "It ends like that on purpose."


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Omar Haddad")


@pytest.fixture
def returned(office):
    """Received ten days ago; the story about home is with the student for a fix."""
    review_facts()
    received = timezone.now() - dt.timedelta(days=10)
    application = ApplicationFactory(submitted=True, answered=True, submitted_at=received, cycle__ready=True)
    application = actions.return_for_fix(application, note=NOTE, sections=["back"], by=office)
    Message.objects.all().delete()
    return application


def part(application, key):
    return at("section", application, section=key)


def change(application, key="story_back", value="A whole new ending."):
    draft.save_answers(application, {key: value}, by=application.student)


def refused(application, **more):
    with pytest.raises(RuleViolation) as caught:
        actions.submit(application, by=application.student, **more)
    return caught.value.code


def current(application):
    return Application.objects.get(pk=application.pk)


# --- What is compared -------------------------------------------------------------------------------


def test_a_change_counts_and_taking_it_back_does_not(returned):
    before = {item.key: item.stored for item in answers.by_key(answers.parts_of(returned)).values()}
    assert [each.key for each in fixes.untouched(returned, answers.parts_of(returned))] == ["back"]
    change(returned)
    assert fixes.untouched(returned, answers.parts_of(returned)) == []
    change(returned, value=before["story_back"])
    assert [each.key for each in fixes.untouched(returned, answers.parts_of(returned))] == ["back"]


def test_another_file_is_a_change(office):
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    actions.return_for_fix(application, note=NOTE, sections=["college"], by=office)
    application = current(application)
    assert fixes.untouched(application, answers.parts_of(application)) != []
    question = application.form.sections.get(key="college").questions.get(key="class_schedule")
    UploadFactory(application=application, question=question, state=Upload.State.KEPT)
    assert fixes.untouched(application, answers.parts_of(application)) == []


def test_where_no_part_is_named_a_change_in_any_part_will_do(office):
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    application = actions.return_for_fix(application, note=NOTE, by=office)
    assert refused(application) == "not_fixed"
    change(application, "major", "Law")
    assert actions.submit(application, by=application.student).status == Status.SUBMITTED


# --- Submitting again -------------------------------------------------------------------------------


def test_an_unchanged_part_needs_a_reason_which_reaches_the_person_who_asked(returned, office):
    UserFactory(coordinator=True)  # a colleague, who did not ask
    assert refused(returned) == refused(returned, reason="  ") == "not_fixed"
    assert current(returned).status == Status.RETURNED

    actions.submit(returned, by=returned.student, reason=f" {WHY} ")

    application = current(returned)
    assert (application.status, application.fix_reason) == (Status.SUBMITTED, WHY)
    assert Event.objects.get(action="application.submit").reason == WHY
    mail = Message.objects.get(template="applications/fix_sent")
    assert mail.recipient == office and "without a change" in mail.subject
    assert application.get_absolute_url() in mail.body
    assert WHY not in mail.body  # it is on the page, behind the sign-in


def test_the_reason_is_on_the_page_of_the_office(returned, office, sign_in):
    actions.submit(returned, by=returned.student, reason=WHY)
    assert WHY in sign_in(office).get(returned.get_absolute_url()).text


def test_a_change_needs_no_reason_and_the_person_who_asked_is_told(returned, office):
    change(returned)
    application = actions.submit(returned, by=returned.student, reason="Typed before the change.")
    assert application.fix_reason == ""
    assert (application.return_note, application.return_sections, application.return_marks) == ("", [], {})
    mail = Message.objects.get(template="applications/fix_sent")
    assert (mail.recipient, mail.subject) == (office, f"{application.student} submitted the fix you asked for")


def test_the_whole_office_is_told_if_the_person_who_asked_has_left(returned, office):
    office.is_active = False
    office.save()
    others = {UserFactory(coordinator=True), UserFactory(coordinator=True)}
    change(returned)
    actions.submit(returned, by=returned.student)
    assert {mail.recipient for mail in Message.objects.filter(template="applications/fix_sent")} == others


# --- The student's pages ----------------------------------------------------------------------------


def test_the_overview_names_the_part_links_to_it_and_marks_it(returned, sign_in):
    client = sign_in(returned.student)
    page = client.get(at("overview", returned))
    title = returned.form.sections.get(key="back").title
    assert NOTE in page.text
    assert f"Please fix “{title}”, then submit again." in page.text
    assert page.text.count(f'href="{part(returned, "back")}"') == 3  # the notice, the list and the button
    marks = {task["title"]: task["status_label"] for task in page.context["tasks"]}
    assert marks.pop(str(title)) == "to fix"
    assert set(marks.values()) == {"submitted"}
    assert "0 of 1 part fixed" in page.text
    change(returned)
    page = client.get(at("overview", returned))
    assert {task["status_label"] for task in page.context["tasks"]} == {"submitted", "changed"}
    assert "1 of 1 part fixed" in page.text and "Review and submit" in page.text


def test_the_page_of_the_part_says_what_to_fix_until_it_is_changed(returned, sign_in):
    client = sign_in(returned.student)
    page = client.get(part(returned, "back")).text
    assert NOTE in page and ">to fix<" in page
    client.post(part(returned, "back"), page_fields(client, returned, "back") | {"story_back": "A new ending."})
    page = client.get(part(returned, "back")).text
    assert NOTE in page and ">changed<" in page and ">to fix<" not in page


def test_the_review_page_asks_for_a_change_or_a_reason_and_keeps_what_was_typed(returned, sign_in):
    client = sign_in(returned.student)
    page = client.get(at("check", returned)).text
    assert "You haven’t changed this part yet:" in page and 'name="reason"' in page
    refusal = client.post(at("submit", returned), {"reason": " "})
    assert "You haven’t changed anything in" in refusal.text and 'name="reason"' in refusal.text
    too_long = client.post(at("submit", returned), {"reason": "x" * 1001})
    assert "1,000 characters or fewer" in too_long.text and "x" * 1001 in too_long.text
    assert current(returned).status == Status.RETURNED
    assert client.post(at("submit", returned), {"reason": WHY}).url == at("receipt", returned)
    assert current(returned).fix_reason == WHY


def test_the_review_page_asks_for_no_reason_after_a_change(returned, sign_in):
    change(returned)
    assert 'name="reason"' not in sign_in(returned.student).get(at("check", returned)).text


def test_the_home_page_leads_to_the_part_and_shows_no_past_day(returned, sign_in):
    cycle = returned.cycle
    cycle.closes_at = timezone.now() - dt.timedelta(days=2)
    cycle.save()
    page = sign_in(returned.student).get(reverse("home"), follow=True)
    step = page.context["journey"].step
    assert step.action_href == part(returned, "back")
    assert (step.why, step.do_by) == (NOTE, None)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_message_names_the_part_and_links_to_it(office, language):
    student = UserFactory(language=language, phone="+12135550101", phone_verified_at=timezone.now(), texts=True)
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True, student=student)
    section = application.form.sections.get(key="back")
    actions.return_for_fix(application, note=NOTE, sections=["back"], by=office)
    title = getattr(section, f"title_{language}")
    mail = Message.objects.get(channel="email")
    text = Message.objects.get(channel="text")
    assert mail.subject.endswith(f": {title}") and f"“{title}”" in mail.body
    assert title.replace("’", "'") in text.body
    assert all(part(application, "back") in each.body and NOTE not in each.body for each in (mail, text))


def test_the_message_about_two_parts_names_both_and_links_to_the_list(office):
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    actions.return_for_fix(application, note=NOTE, sections=["back", "college"], by=office)
    mail = Message.objects.get()
    titles = [str(each.title) for each in application.form.sections.filter(key__in=["college", "back"])]
    assert mail.subject.endswith(": " + ", ".join(titles)) and f"“{'”, “'.join(titles)}”" in mail.body
    assert at("overview", application) in mail.body


# --- One received date ------------------------------------------------------------------------------


def test_every_page_message_and_file_shows_the_first_day(returned, office, sign_in):
    day = timezone.localtime(returned.submitted_at)
    change(returned)
    actions.submit(returned, by=returned.student)
    application = current(returned)
    assert application.submitted_at == returned.submitted_at
    assert application.fixed_at and application.fixed_at.date() >= timezone.now().date() - dt.timedelta(days=1)
    student, staff = sign_in(application.student), sign_in(office)
    advisor = sign_in(UserFactory(advisor=application.college))

    assert day_year(day) in student.get(at("receipt", application)).text  # the seal
    short, full = short_day(day), f"{day:%B} {day.day}"
    for page in (
        student.get(at("receipt", application)),
        student.get(application.get_absolute_url()),
        staff.get(application.get_absolute_url()),
        advisor.get(application.get_absolute_url()),
        advisor.get(reverse("applications:endorsement-record", args=[application.code])),
    ):
        assert full in page.text
    for page in (
        student.get(reverse("home"), follow=True),
        staff.get(reverse("applications:application-list"), follow=True),
        advisor.get(reverse("applications:endorsement-list")),
    ):
        assert short in page.text
    pdf = PdfReader(io.BytesIO(b"".join(student.get(at("copy", application)))))
    assert full in " ".join("".join(page.extract_text() for page in pdf.pages).split())
    pieces = Export(Application.objects.filter(pk=application.pk), "en", by=office).pieces("csv")
    assert day.strftime("%Y-%m-%d") in b"".join(pieces).decode()
    receipt = Message.objects.get(template="applications/application_received")
    assert f"It still counts as received on {day:%A}" in receipt.body and full in receipt.body
