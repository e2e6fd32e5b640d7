"""The form's pages as a whole: their queries, dependencies between questions, and pages that are out of date."""

import datetime as dt
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.base import answers
from applications.base.sections import forget_sections, sections_of
from applications.models import FormVersion, Question, Section
from tests.applications.saving import at, page_fields, rivals, save, sent, stored
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    UploadFactory,
    application_facts,
)
from tests.signing import ask_for_code, code_for, type_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def question(application, key) -> Question:
    return Question.objects.get(section__form=application.form, key=key)


@pytest.mark.parametrize("section", ["college", "why", "experience"])
def test_a_page_asks_the_same_whatever_is_on_it_and_written(begun, sign_in, section):
    client = sign_in(begun.student)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(at("section", begun, section=section)).status_code == 200
        return len(captured)

    queries()
    few = queries()
    page = begun.form.sections.get(key=section)
    for number in range(12):
        Question.objects.create(
            section=page, key=f"more_{number}", label_en="More", label_es="Más", kind="short_text", order=50 + number
        )
        save(client, begun, sent(f"more_{number}", f"Words {number}", number + 1))
    forget_sections()

    queries()
    assert queries() <= few  # fewer where it shares a page: an essay alone on a page shows its rubric


def test_an_essay_takes_six_queries(begun, sign_in, django_assert_num_queries):
    """Session, user, roles; application; answers with versions; parts begun. The form and the rubric are cached."""
    client = sign_in(begun.student)
    client.get(at("section", begun, section="why"))
    with django_assert_num_queries(6):
        client.get(at("section", begun, section="why"))


def test_a_form_that_is_still_worked_on_is_read_each_time(begun):
    """A process caches published forms only, so a test of the next version shows what was written a moment ago."""
    Section.objects.filter(key="why").update(title_en="Kept")
    assert "Kept" in {section.title for section in sections_of(begun)}
    Section.objects.filter(key="why").update(title_en="Read anew")
    assert "Kept" in {section.title for section in sections_of(begun)}
    begun.form.published_at = None
    assert "Read anew" in {section.title for section in sections_of(begun)}


def said(parts) -> list:
    items = (item for part in parts for item in part.form_items)
    return [(item.key, item.value, item.text, item.problem, item.is_asked, item.state) for item in items]


def test_a_page_by_itself_says_what_it_says_among_all(begun, sign_in):
    UploadFactory(application=begun, question=question(begun, "class_schedule"))
    for key, other, value in (("first_flight", "first_abroad", True), ("story_why", "first_flight", True)):
        Question.objects.filter(pk=question(begun, key).pk).update(show_if_key=other, show_if_value=value)

    for first_abroad in ("yes", "no"):
        save(sign_in(begun.student), begun, sent("first_abroad", first_abroad, seen={"stored": 1}, device=first_abroad))
        sections = sections_of(begun)
        alone = [answers.part_of(begun, sections, section) for section in sections]
        assert said(alone) == said(answers.parts_of(begun))


def test_a_page_of_files_asks_the_same_for_one_and_ten(begun, sign_in):
    client = sign_in(begun.student)
    asked = question(begun, "class_schedule")
    Question.objects.filter(pk=asked.pk).update(files_max=10)
    address = at("section", begun, section=asked.section.key)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    queries()
    few = queries()
    UploadFactory.create_batch(9, application=begun, question=asked)
    assert queries() == few


def test_a_condition_looks_across_pages_and_through_others(begun, sign_in):
    """A question that depends on one that is not asked is not asked either; its answer is kept."""
    client = sign_in(begun.student)
    begun.answers.filter(question__key="first_flight").delete()
    Question.objects.filter(pk=question(begun, "first_flight").pk).update(
        show_if_key="first_abroad", show_if_value=True, is_required=True
    )
    Question.objects.filter(pk=question(begun, "story_why").pk).update(show_if_key="first_flight", show_if_value=True)

    def keys() -> set[str]:
        return set(answers.by_key(answers.parts_of(begun)))

    save(client, begun, sent("first_abroad", "yes", 1, seen={"stored": 1}), sent("first_flight", "yes", 2))
    assert {"first_flight", "story_why"} <= keys()

    save(client, begun, sent("first_abroad", "no", 3, seen={"stored": 1, "phone": 1}))
    assert not {"first_flight", "story_why"} & keys()
    assert "first_flight" not in {item.key for item in answers.unfinished(answers.parts_of(begun))}

    save(client, begun, sent("first_abroad", "yes", 4, seen={"stored": 1, "phone": 3}))
    assert stored(begun, "story_why")


def test_each_page_names_the_day_the_hour_and_the_time_left(begun, sign_in):
    begun.cycle.closes_at = timezone.now() + dt.timedelta(days=3)
    begun.cycle.save()
    client = sign_in(begun.student)
    for name, more in (("overview", {}), ("section", {"section": "why"}), ("check", {})):
        page = " ".join(client.get(at(name, begun, **more)).content.decode().split())
        assert "Los Angeles time" in page
        assert "You have 3 days left." in page


def test_a_page_with_an_old_token_is_told_in_words_and_sent_once_more_by_a_tap(begun):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(begun.student)
    old = page_fields(strict, begun, "college") | {"csrfmiddlewaretoken": "x" * 64, "major": "Law & “art”"}

    answer = strict.post(at("section", begun, section="college"), old)

    assert answer.status_code == 403
    assert "This page was open too long" in answer.text and "nothing is lost" in answer.text
    assert "CSRF" not in answer.text
    assert stored(begun, "major") == "Nursing"

    address = re.search(r'<form method="post" action="([^"]+/college/)"', answer.text)[1]
    again = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text)}
    assert strict.post(address, again).status_code == 302
    assert stored(begun, "major") == "Law & “art”"


@pytest.mark.parametrize("fault", [{"HTTP_ORIGIN": "https://evil.example"}, {}])
def test_what_another_site_sent_is_not_offered_again(begun, fault):
    """A cross-site post brings no cookie; one that does is recognized by its Origin header."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(begun.student)
    old = page_fields(strict, begun, "college") | {"major": "Law"}
    if not fault:
        del strict.cookies["csrftoken"]

    answer = strict.post(at("section", begun, section="college"), old, **fault)

    assert answer.status_code == 403
    assert "Go back, reload the page" in answer.text
    assert "Law" not in answer.text


# --- Resubmitting after sign-in, without script --------------------------------------------------------


@pytest.fixture
def page_of_yesterday(begun, sign_in):
    """What a page posts whose session has ended in the meantime."""
    return page_fields(sign_in(begun.student), begun, "why") | {"story_why": "Written on the bus."}


def sign_in_again(client, student):
    ask_for_code(client, student.email)
    return type_code(client, code_for(student.email))


def test_words_sent_after_the_session_ended_are_saved_once_signed_in(begun, page_of_yesterday):
    client, address = Client(), at("section", begun, section="why")
    answer = client.post(address, page_of_yesterday)
    assert answer.url == f"{reverse('account_login')}?next={address}"
    assert stored(begun, "story_why") != "Written on the bus."

    sign_in_again(client, begun.student)
    page = client.get(address, follow=True)

    assert stored(begun, "story_why") == "Written on the bus."
    assert "What you sent before you signed in is saved." in page.text
    assert "put_aside" not in client.session
    assert client.session.get_expiry_age() > 60 * 60 * 24
    assert rivals(begun, "story_why") == ()


def test_who_sent_a_file_after_the_session_ended_is_told_that_it_did_not_come_along(begun, sign_in):
    client, address = Client(), at("section", begun, section="college")
    page = page_fields(sign_in(begun.student), begun, "college")
    client.post(address, page | {"class_schedule": SimpleUploadedFile("classes.pdf", b"%PDF-1.4")})

    sign_in_again(client, begun.student)
    page = client.get(address, follow=True)

    assert "What you sent before you signed in is saved." in page.text
    assert "Your file didn’t come along. Choose it again." in page.text


def test_words_that_waited_write_over_nothing(begun, page_of_yesterday, sign_in):
    client, address = Client(), at("section", begun, section="why")
    client.post(address, page_of_yesterday)
    save(sign_in(begun.student), begun, sent("story_why", "Written in the library.", seen={"stored": 1}))

    sign_in_again(client, begun.student)
    client.get(address)

    assert {stored(begun, "story_why"), *(version.value for version in rivals(begun, "story_why"))} == {
        "Written on the bus.",
        "Written in the library.",
    }


def test_words_that_waited_are_for_nobody_else(begun, page_of_yesterday):
    client, address = Client(), at("section", begun, section="why")
    client.post(address, page_of_yesterday)
    other = ApplicationFactory(cycle=begun.cycle, form=begun.form, answered=True)

    sign_in_again(client, other.student)
    assert client.get(address).status_code == 404
    assert "on the bus" not in client.get(at("section", other, section="why")).text
    assert "on the bus" not in {stored(begun, "story_why"), stored(other, "story_why")}


@pytest.mark.parametrize("change", [{"base": None}, {"story_why": "x" * 200_001}])
def test_only_a_page_of_the_form_waits_and_not_a_book(begun, page_of_yesterday, change):
    client = Client()
    data = {name: value for name, value in (page_of_yesterday | change).items() if value is not None}
    answer = client.post(at("section", begun, section="why"), data)
    assert answer.status_code == 401
    assert f'name="story_why" value="{data["story_why"]}"' in answer.text  # it stays on the page
    assert "put_aside" not in client.session


def test_an_old_script_that_gave_up_posts_what_it_saved_already(begun, sign_in):
    """The script gave up and posts the form after its queue has saved the same words: no conflict with oneself."""
    client = sign_in(begun.student)
    page = page_fields(client, begun, "college")
    save(client, begun, sent("major", "Law", seen={"stored": 1}))

    client.post(at("section", begun, section="college"), page | {"major": "Law"})

    assert stored(begun, "major") == "Law"
    assert "You wrote this on two devices" not in client.get(at("section", begun, section="college")).content.decode()


def test_the_student_sees_what_is_no_longer_asked(begun, sign_in):
    form = FormVersion.objects.create(cycle=begun.cycle, number=99)
    page = form.sections.create(key="old", order=1, title_en="Old", title_es="Vieja")
    old = page.questions.create(
        key="hobby", label_en="For fun?", label_es="¿Qué te divierte?", kind="short_text", order=1
    )
    begun.answers.create(question=old, value="Skating by the river")
    client = sign_in(begun.student)
    page = client.get(at("check", begun)).text
    assert "No longer asked" in page
    assert "Skating by the river" in page.partition("No longer asked")[2]

    client.post(at("submit", begun))
    assert "Skating by the river" in client.get(begun.get_absolute_url()).text


def test_what_hangs_on_an_answer_of_another_page_is_there_and_hidden(begun, sign_in):
    client = sign_in(begun.student)
    back = question(begun, "story_back")
    Question.objects.filter(pk=back.pk).update(show_if_key="first_abroad", show_if_value=True)
    address = at("section", begun, section=back.section.key)
    box = re.compile(r'<div data-key="story_back"[^>]*?\shidden\b')

    save(client, begun, sent("first_abroad", "no", 1, seen={"stored": 1}))
    page = client.get(address).text
    assert box.search(page)
    kept = begun.answers.get(question=back).value
    client.post(address, page_fields(client, begun, back.section.key))  # as without script
    assert begun.answers.get(question=back).value == kept

    save(client, begun, sent("first_abroad", "yes", 2, seen={"stored": 1, "phone": 1}))
    page = client.get(address).text
    assert 'data-key="story_back"' in page and not box.search(page)
