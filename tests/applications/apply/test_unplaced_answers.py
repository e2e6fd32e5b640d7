"""Unplaced answers are kept and shown: late saves, answers to another form version, sections that are not open."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply import unplaced_answers
from applications.apply.actions import draft, upload_check
from applications.apply.actions import upload as uploads
from applications.base import answers, form_changes
from applications.cycle.actions import form_edit, form_versions
from applications.models import Answer, Application, Upload
from applications.states import Status
from tests.applications import upload_samples as samples
from tests.applications.saving import NOW, at, page_fields, save, sent, stored
from tests.applications.tus import PDF, create, patch
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    RecommendationFactory,
    UploadFactory,
    application_facts,
)
from tests.setup_rows import OPTIONS, TEXTS, change
from travel.office.own_data import export_page, export_tables

pytestmark = pytest.mark.django_db

EXTRA = {"label_en": "What do your friends say?", "label_es": "¿Qué dicen tus amigos?"}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    application_facts()
    return CycleFactory(ready=True)


def next_version(cycle, office, edit):
    form_versions.start_version(cycle, by=office)
    edit()
    form_versions.publish_version(cycle, by=office)


def texts(items):
    return {(item.key, item.text) for item in items}


# --- Saves that arrive after the form has changed -----------------------------------------------------


def test_words_to_a_question_that_is_gone_are_kept_as_no_longer_asked(cycle, office, sign_in):
    begun = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle), answered=True)
    client = sign_in(begun.student)
    next_version(cycle, office, lambda: form_edit.remove_question(cycle, "phone", by=office))
    form_versions.move_drafts(cycle, by=office)

    late = save(client, begun, sent("phone", "213 555 0101"))  # typed offline, on the page of the former version

    assert late.json()["results"][0]["ok"]
    begun.refresh_from_db()
    assert texts(unplaced_answers.retired(begun)) == {("phone", "(213) 555-0101")}
    page = client.get(at("check", begun)).text
    assert "No longer asked" in page and "(213) 555-0101" in page
    # and one from a second phone: both can be read
    save(client, begun, sent("phone", "213 555 0102", device="other", typed=NOW - 5))
    assert texts(unplaced_answers.retired(begun)) == {("phone", "(213) 555-0101"), ("phone", "(213) 555-0102")}


def test_a_file_to_a_question_that_is_gone_is_kept_as_no_longer_asked(cycle, office, sign_in):
    begun = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle), answered=True)
    client = sign_in(begun.student)
    address = create(client, begun, len(PDF)).headers["Location"]
    next_version(cycle, office, lambda: form_edit.remove_question(cycle, "class_schedule", by=office))
    form_versions.move_drafts(cycle, by=office)

    assert patch(client, address, PDF, 0).status_code == 204

    begun.refresh_from_db()
    assert [item.key for item in unplaced_answers.retired(begun)] == ["class_schedule"]


def test_no_version_of_another_cycle_is_looked_at(cycle, office, sign_in):
    other = CycleFactory(ready=True)
    next_version(other, office, lambda: form_edit.add_question(other, "about", TEXTS | EXTRA, key="friends", by=office))
    begun = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle), answered=True)

    (refused,) = save(sign_in(begun.student), begun, sent("friends", "Go!")).json()["results"]

    assert (refused["ok"], refused["code"]) == (False, "unknown_question")
    assert "friends" not in refused["message"]


# --- A visitor's draft merged into the account's application ------------------------------------------


@pytest.fixture
def visitor(cycle, office):
    """A browser whose draft uses the second form version: one more question, and one of another kind."""
    mine = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle), answered=True)

    def edit():
        form_edit.add_question(cycle, "about", TEXTS | EXTRA, key="friends", by=office)
        change(cycle, office, "major", kind="one_of", options=OPTIONS)

    next_version(cycle, office, edit)
    client = Client()
    client.post(reverse("applications:application-start", args=[cycle.code]))
    client.application = Application.objects.get(student=None)
    client.mine = mine
    return client


def sign_in_there(visitor):
    visitor.force_login(visitor.mine.student)
    return visitor.get(at("check", visitor.mine))


def test_an_answer_that_the_accounts_form_does_not_ask_goes_along(visitor, cycle, office):
    save(visitor, visitor.application, sent("friends", "Go!"))

    page = sign_in_there(visitor)

    assert texts(unplaced_answers.retired(visitor.mine)) == {("friends", "Go!")}
    assert "Go!" in page.text
    assert "no place" not in page.text
    # saves that the phone still had to send go to the same place
    save(visitor, visitor.application, sent("friends", "Go! Go!", 2))
    assert texts(unplaced_answers.retired(visitor.mine)) == {("friends", "Go! Go!")}
    form_versions.move_drafts(cycle, by=office)
    assert stored(visitor.mine, "friends") == "Go! Go!"  # asked now, and answered
    moved = unplaced_answers.retired(Application.objects.get(pk=visitor.mine.pk))
    assert texts(moved) == {("major", "Nursing")}  # still unplaced: its question has another kind


def test_an_answer_of_another_kind_stands_beside_and_the_student_is_told(visitor):
    save(visitor, visitor.application, sent("major", "b"), sent("story_why", "By the river.", 2))

    page = sign_in_there(visitor)

    assert stored(visitor.mine, "story_why") == "By the river."
    assert stored(visitor.mine, "major") == "Nursing"
    assert texts(unplaced_answers.beside(visitor.mine)) == {("major", "B")}
    assert "Written before you signed in" in str(list(export_page._application(visitor.mine, {}, {})))
    assert "Part of it no longer has a place there." in page.text
    assert "What else you wrote before signing in" in page.text
    assert "no place" not in visitor.get(at("check", visitor.mine)).text  # said once


def test_parts_that_are_not_open_again_and_a_referee_who_has_written_stay_beside(cycle):
    mine = ApplicationFactory(cycle=cycle, form=form_changes.current_form(cycle), answered=True, submitted=True)
    Application.objects.filter(pk=mine.pk).update(
        status=Status.RETURNED, return_note="Your units", return_sections=["college", "referee"]
    )
    RecommendationFactory._meta.model.objects.filter(application=mine).delete()
    RecommendationFactory(application=mine, received=True)
    visitor, _key = draft.start_anonymous(cycle, language="en")
    for number, (key, value) in enumerate(
        {"units": 9, "story_why": "By the river.", "referee_name": "Ms. Cole", "story_new": ""}.items(), start=1
    ):
        draft.save_changes(visitor, [draft.Change(key, value, "phone", number, timezone.now(), {})], by=None)
    file = UploadFactory(
        application=visitor, question=answers.by_key(answers.parts_of(visitor))["class_schedule"].question
    )
    Application.objects.filter(pk=mine.pk).update(return_sections=["about", "referee"])

    draft.attach(visitor, by=mine.student)

    mine.refresh_from_db()
    kept = {
        ("units", "9"),
        ("story_why", "By the river."),
        ("referee_name", "Ms. Cole"),
        ("class_schedule", "classes.pdf"),
    }
    assert texts(unplaced_answers.beside(mine)) == kept
    assert stored(mine, "story_why") != "By the river." and mine.recommendation.referee_name != "Ms. Cole"
    assert not mine.uploads.exists()
    assert file in Upload.objects.visible_to(mine.student)
    assert file not in Upload.objects.visible_to(UserFactory())
    everything = export_tables.TABLES["applications.DraftField"].rows(mine.student)
    assert {"units", "story_why", "referee_name"} <= set(everything.values_list("key", flat=True))
    assert file in export_tables.TABLES["applications.Upload"].rows(mine.student)
    # and it stays: the purge deletes only visitors' drafts that hold nothing
    Application.objects.update(saved_at=timezone.now() - dt.timedelta(days=400))
    assert draft.purge_abandoned() == 0
    assert texts(unplaced_answers.beside(mine)) == kept


def test_a_draft_that_went_in_whole_is_purged_and_holds_no_copy(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    sign_in_there(visitor)
    row = Application.objects.get(pk=visitor.application.pk)

    assert (row.draft_fields.count(), row.answers.count(), unplaced_answers.beside(visitor.mine)) == (0, 0, [])
    Application.objects.update(saved_at=timezone.now() - dt.timedelta(days=400))
    assert draft.purge_abandoned() == 1
    assert Answer.objects.filter(application=visitor.mine, value="By the river.").exists()


# --- Files of two drafts ----------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["mine", "theirs"])
def test_two_files_where_one_is_asked_both_stay_until_the_student_says_which(visitor, first):
    mine = UploadFactory(application=visitor.mine, original_name="mine.pdf")
    theirs = uploads.add(
        visitor.application, "class_schedule", [uploads.look("theirs.pdf", samples.pdf())], by=None, network="x"
    )[0]
    if first == "mine":
        Upload.objects.filter(pk=theirs.pk).update(uploaded_at=mine.uploaded_at + dt.timedelta(minutes=1))
    else:
        Upload.objects.filter(pk=theirs.pk).update(uploaded_at=mine.uploaded_at - dt.timedelta(minutes=1))
    sign_in_there(visitor)
    upload_check.check(theirs.pk)
    client, said = visitor, "You have 2 files here, but we take only 1."

    assert visitor.mine.uploads.count() == 2
    assert said in client.get(at("section", visitor.mine, section="college")).text
    client.post(at("submit", visitor.mine))
    visitor.mine.refresh_from_db()
    assert visitor.mine.status == Status.DRAFT

    client.post(reverse("applications:upload-remove", args=[visitor.mine.code, mine.code]))
    assert said not in client.get(at("section", visitor.mine, section="college")).text
    client.post(at("submit", visitor.mine))
    visitor.mine.refresh_from_db()
    assert visitor.mine.status == Status.SUBMITTED


def test_a_new_file_takes_the_place_of_both(visitor, sign_in, django_capture_on_commit_callbacks):
    UploadFactory(application=visitor.mine)
    UploadFactory(application=visitor.application)
    sign_in_there(visitor)
    page = page_fields(visitor, visitor.mine, "college")

    with django_capture_on_commit_callbacks(execute=True):
        new = SimpleUploadedFile("new.pdf", PDF)
        visitor.post(at("section", visitor.mine, section="college"), page | {"class_schedule": new})

    assert [upload.original_name for upload in visitor.mine.uploads.all()] == ["new.pdf"]
