"""The form's pages as a whole: what they ask the database, what depends on what, and a page that is too old."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications import answers
from applications.models import FormVersion, Question
from tests.applications.saving import at, page_fields, save, sent, stored
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    UploadFactory,
    application_facts,
)

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

    assert queries() <= few  # fewer beside others: an essay by itself shows how it is scored


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
    """Not asked is whatever hangs on an answer to what is not asked itself; its words stay."""
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
        assert "You have 3 days." in page


def test_a_page_with_an_old_token_is_told_in_words_and_nothing_changes(begun):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(begun.student)
    page = page_fields(strict, begun, "college")

    answer = strict.post(at("section", begun, section="college"), page | {"major": "Law"})

    assert answer.status_code == 403
    assert "This page was open too long" in answer.content.decode()
    assert "CSRF" not in answer.content.decode()
    assert stored(begun, "major") == "Nursing"


def test_an_old_script_that_gave_up_posts_what_it_saved_already(begun, sign_in):
    """The page falls back on its own form after its words have gone by themselves: no conflict with oneself."""
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
