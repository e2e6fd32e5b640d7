"""Resumable uploads over a poor connection: the core of tus 1.0, and what a hostile client tries with it."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import draft as draft_actions
from applications.apply.actions import upload as actions
from applications.apply.actions import upload_check
from applications.models import Application, IncomingUpload, Upload
from applications.states import Status
from exchange.models import Event
from tests.applications.saving import at, page_fields, stored
from tests.applications.tus import PDF, PIECE, TUS, allow_several, code_of, create, offset_of, patch, send
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    application_facts()


@pytest.fixture
def draft():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


# --- It works ---------------------------------------------------------------------------------------


def test_a_file_arrives_in_pieces_and_is_checked_and_kept(sign_in, draft, django_capture_on_commit_callbacks):
    client = sign_in(draft.student)
    with django_capture_on_commit_callbacks(execute=True):
        created = create(client, draft, len(PDF))
        address = created.headers["Location"]
        assert (created.status_code, created.headers["Upload-Offset"]) == (201, "0")
        assert patch(client, address, PDF[:100], 0).headers["Upload-Offset"] == "100"
        assert offset_of(client, address) == 100
        assert not Upload.objects.exists()
        last = patch(client, address, PDF[100:], 100)
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(PDF)))

    upload = Upload.objects.get()
    assert (upload.state, upload.original_name, upload.content_type) == ("kept", "my classes.pdf", "application/pdf")
    assert upload.delete_after == draft.cycle.decisions_on + timedelta(days=365)
    assert default_storage.listdir("incoming") == ([], []) or not default_storage.exists(f"incoming/{upload.code}")
    actions_seen = Event.objects.filter(target_id=draft.pk).values_list("action", flat=True)
    assert set(actions_seen) >= {"application.save_upload", "application.keep_upload"}


def test_the_state_is_told_as_words_of_the_page(sign_in, draft):
    client = sign_in(draft.student)
    send(client, draft)
    upload = Upload.objects.get()
    address = reverse("applications:upload-state", args=[draft.code, upload.code])
    assert client.get(address).json()["state"] == "received"
    assert "being checked" in client.get(address).json()["html"]

    upload_check.check(upload.pk)

    told = client.get(address).json()
    assert told["state"] == "kept"
    assert upload.url in told["html"] and upload.file.name not in told["html"]


def test_a_repeated_last_piece_finds_the_same_upload(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    patch(client, address, PDF, 0)
    # the answer was lost: the phone asks for the offset and sends nothing more
    assert offset_of(client, address) == len(PDF)
    assert patch(client, address, b"", len(PDF)).status_code == 204
    assert patch(client, address, PDF, 0).status_code == 409
    assert Upload.objects.count() == 1


def test_a_worker_killed_before_the_joining_loses_nothing(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    incoming = IncomingUpload.objects.get()
    actions.take(incoming, PDF, offset=0)  # then the process died

    assert offset_of(client, address) == len(PDF)
    assert patch(client, address, b"", len(PDF)).status_code == 204
    assert Upload.objects.get().code == incoming.code


def test_what_came_before_the_line_broke_is_kept(sign_in, draft):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    half = io.BytesIO(PDF[:150])  # the browser had declared the full length
    client.generic(
        "PATCH", address, b"", HTTP_UPLOAD_OFFSET="0", CONTENT_LENGTH=str(len(PDF)), **(PIECE | {"wsgi.input": half})
    )
    assert offset_of(client, address) == 150
    assert patch(client, address, PDF[150:], 150).status_code == 204


def test_options_say_what_is_possible(sign_in, draft):
    response = sign_in(draft.student).options(reverse("applications:upload-create", args=[draft.code]))
    assert response.status_code == 204
    assert response.headers["Tus-Extension"] == "creation,expiration"
    assert response.headers["Tus-Max-Size"] == str(10 * 1024 * 1024)


def test_one_file_takes_the_place_of_the_one_before_only_when_it_is_kept(
    sign_in, draft, django_capture_on_commit_callbacks
):
    old = UploadFactory(application=draft)
    client = sign_in(draft.student)
    send(client, draft)
    assert draft.uploads.count() == 2
    assert old.file.storage.exists(old.file.name)
    with django_capture_on_commit_callbacks(execute=True):
        upload_check.check(draft.uploads.get(state="received").pk)
    assert [upload.original_name for upload in draft.uploads.all()] == ["my classes.pdf"]
    assert not old.file.storage.exists(old.file.name)


def test_several_files_stay_beside_each_other_up_to_the_limit(sign_in, draft):
    allow_several(draft, 2)
    client = sign_in(draft.student)
    assert [send(client, draft).status_code for _file in range(2)] == [204, 204]
    refused = create(client, draft, 100)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_files")
    assert "up to 2 files" in refused.json()["message"]

    first = draft.uploads.first()
    removed = client.post(reverse("applications:upload-remove", args=[draft.code, first.code]))
    assert removed.status_code == 204
    assert create(client, draft, 100).status_code == 201


# --- Who ---------------------------------------------------------------------------------------------


def visitor(client, draft):
    """Someone without an account who started a draft in this browser."""
    application, key = draft_actions.start_anonymous(draft.cycle, language="en")
    client.cookies[f"draft-{application.code}"] = key
    return application


def test_a_visitor_without_an_account_sends_a_file(client, draft):
    application = visitor(client, draft)
    assert send(client, application).status_code == 204
    assert application.uploads.get().state == "received"


@pytest.mark.parametrize("had_begun", [False, True])
def test_an_upload_under_way_follows_the_draft_into_the_account(client, draft, had_begun):
    application = visitor(client, draft)
    address = create(client, application, len(PDF)).headers["Location"]
    patch(client, address, PDF[:50], 0)
    student = draft.student if had_begun else UserFactory()
    joined = draft_actions.attach(application, by=student)
    assert (joined == draft) is had_begun

    client.force_login(student)
    assert patch(client, address, PDF[50:], 50).status_code == 204
    assert [upload.application for upload in Upload.objects.all()] == [joined]


def test_the_browser_that_began_the_draft_hands_in_but_reads_nothing(client, draft):
    """The owner signed in on another phone; this one still has the draft's key, and no account."""
    application = visitor(client, draft)
    draft_actions.attach(application, by=UserFactory())
    assert send(client, application).status_code == 204
    upload = Upload.objects.get()
    for name in ("upload-state", "upload-remove"):
        page = reverse(f"applications:{name}", args=[application.code, upload.code])
        assert (client.get if name == "upload-state" else client.post)(page).status_code == 403


@pytest.mark.parametrize("who", ["nobody", "stranger", "foreign key"])
def test_nobody_else_sends_asks_or_removes(client, sign_in, draft, who):
    address = create(sign_in(draft.student), draft, len(PDF)).headers["Location"]
    upload = UploadFactory(application=draft)
    if who == "stranger":
        client.force_login(UserFactory())
    elif who == "foreign key":
        visitor(client, draft)
        client.cookies[f"draft-{draft.code}"] = "guessed"
    expected = 404 if who == "stranger" else 401
    assert create(client, draft, 100).status_code == expected
    assert patch(client, address, PDF, 0).status_code == expected
    assert client.head(address, **TUS).status_code == expected
    for name in ("upload-state", "upload-remove"):
        page = reverse(f"applications:{name}", args=[draft.code, upload.code])
        assert (client.get if name == "upload-state" else client.post)(page).status_code == expected
    assert Upload.objects.get() == upload


def test_the_place_of_another_application_is_not_found(sign_in, draft):
    mine, theirs = draft, ApplicationFactory(cycle=draft.cycle)
    code = create(sign_in(mine.student), mine, len(PDF)).headers["Location"].rstrip("/").split("/")[-1]
    upload = UploadFactory(application=mine)
    client = sign_in(theirs.student)
    assert patch(client, reverse("applications:upload-piece", args=[theirs.code, code]), PDF, 0).status_code == 404
    for name in ("upload-state", "upload-remove"):
        page = reverse(f"applications:{name}", args=[theirs.code, upload.code])
        assert (client.get if name == "upload-state" else client.post)(page).status_code == 404


def test_a_request_from_another_site_is_refused(draft):
    from django.test import Client  # noqa: PLC0415 -- one that checks

    client = Client(enforce_csrf_checks=True)
    client.force_login(draft.student)
    assert create(client, draft, 100).status_code == 403


# --- When --------------------------------------------------------------------------------------------


def test_what_was_sent_in_takes_no_file(sign_in, draft):
    Application.objects.filter(pk=draft.pk).update(status=Status.SUBMITTED, submitted_at=timezone.now())
    upload = UploadFactory(application=draft)
    client = sign_in(draft.student)
    refused = create(client, draft, 100)
    assert (refused.status_code, code_of(refused)) == (403, "not_open_for_editing")
    removed = client.post(reverse("applications:upload-remove", args=[draft.code, upload.code]))
    assert (removed.status_code, code_of(removed)) == (403, "not_open_for_editing")


def test_after_the_deadline_no_file_is_begun(sign_in, draft):
    draft.cycle.closes_at = timezone.now() - timedelta(minutes=1)
    draft.cycle.save()
    assert code_of(create(sign_in(draft.student), draft, 100)) == "closed"


@pytest.mark.parametrize(("closed", "picked", "status"), [(5, 6, 201), (5, 4, 403), (60, 61, 403), (5, "x", 403)])
def test_a_file_chosen_in_time_and_begun_after_is_taken_within_the_grace(sign_in, draft, closed, picked, status):
    draft.cycle.closes_at = timezone.now() - timedelta(minutes=closed)
    draft.cycle.save()
    client = sign_in(draft.student)
    age = str(picked * 60_000) if isinstance(picked, int) else picked

    begun = create(client, draft, len(PDF), told={"age": age})

    assert begun.status_code == status
    if status == 201:
        assert patch(client, begun.headers["Location"], PDF, 0).status_code == 204
    assert Upload.objects.count() == (status == 201)


@pytest.mark.parametrize(("minutes", "names"), [(5, ["new.pdf"]), (60, ["classes.pdf"])])
def test_files_of_a_page_without_script_count_as_its_words_do(
    sign_in, draft, minutes, names, django_capture_on_commit_callbacks
):
    old = UploadFactory(application=draft)
    client = sign_in(draft.student)
    page = page_fields(client, draft, "college")
    draft.cycle.closes_at = timezone.now() - timedelta(minutes=minutes)
    draft.cycle.save()

    with django_capture_on_commit_callbacks(execute=True):
        new = {"class_schedule": SimpleUploadedFile("new.pdf", PDF), "class_schedule_remove": old.code, "major": "Law"}
        client.post(at("section", draft, section="college"), page | new)

    assert [upload.original_name for upload in draft.uploads.all()] == names
    assert (stored(draft, "major") == "Law") == (minutes == 5)


@pytest.mark.parametrize(("minutes", "status"), [(5, 204), (60, 403)])
def test_a_file_begun_in_time_arrives_within_the_grace(sign_in, draft, minutes, status):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    closed = timezone.now() - timedelta(minutes=minutes)
    IncomingUpload.objects.update(started_at=closed - timedelta(minutes=1))
    draft.cycle.closes_at = closed
    draft.cycle.save()
    assert patch(client, address, PDF, 0).status_code == status
    assert Upload.objects.count() == (status == 204)


def test_of_what_was_returned_only_the_named_parts_take_files(sign_in, draft):
    Application.objects.filter(pk=draft.pk).update(
        status=Status.RETURNED, submitted_at=timezone.now(), return_note="Fix it.", return_sections=["about"]
    )
    client = sign_in(draft.student)
    assert code_of(create(client, draft, 100)) == "part_not_open"
    Application.objects.filter(pk=draft.pk).update(return_sections=["college"])
    assert send(client, draft).status_code == 204


# --- Cleaning up -------------------------------------------------------------------------------------


def test_what_never_arrived_whole_is_forgotten_after_a_day(sign_in, draft, django_capture_on_commit_callbacks):
    client = sign_in(draft.student)
    address = create(client, draft, len(PDF)).headers["Location"]
    patch(client, address, PDF[:9], 0)
    folder = f"incoming/{IncomingUpload.objects.get().code}"
    default_storage.save(f"{folder}/left-by-a-crash", io.BytesIO(b"x"))
    assert upload_check.look_after() == {"checked": 0, "forgotten": 0}

    IncomingUpload.objects.update(started_at=timezone.now() - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        assert upload_check.look_after() == {"checked": 0, "forgotten": 1}
    assert client.head(address, **TUS).status_code == 404
    assert not default_storage.exists(folder)
