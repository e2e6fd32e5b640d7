"""The check of an uploaded file: kept or refused once, with a message; it waits for the scanner and expires in time."""

import io
from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from applications import tasks
from applications.apply.actions import application as application_actions
from applications.apply.actions import draft as draft_actions
from applications.apply.actions import upload as actions
from applications.apply.actions import upload_check
from applications.models import Application, Question, Upload
from exchange.files import antivirus
from exchange.models import Event, Message
from tests.applications import upload_samples as samples
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts
from tests.fake_clamd import fake_clamd
from tests.services import SIGNATURES

pytestmark = pytest.mark.django_db
KEY = "class_schedule"


@pytest.fixture(autouse=True)
def facts(settings):
    settings.CLAMAV_ADDRESS = ""
    application_facts()


@pytest.fixture
def draft():
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def received(draft, content, name="photo.heic", by=None):
    """An uploaded file after the quick look in the request."""
    [upload] = actions.add(draft, KEY, [actions.look(name, content)], by=by)
    return upload


def stored(upload):
    upload.refresh_from_db()
    with upload.file.open("rb") as file:
        return file.read()


def told():
    return [(message.template, message.channel) for message in Message.objects.all()]


# --- Kept --------------------------------------------------------------------------------------------


def test_a_photograph_is_kept_as_a_jpeg_without_its_place(draft, django_capture_on_commit_callbacks):
    upload = received(draft, samples.photograph("HEIF"), by=draft.student)
    raw_storage, raw_name = upload.file.storage, upload.file.name
    assert raw_name.endswith(".heic") and b"SecretMaker" in stored(upload)

    with django_capture_on_commit_callbacks(execute=True):
        kept = upload_check.check(upload.pk)

    assert (kept.state, kept.original_name, kept.content_type) == ("kept", "photo.jpg", "image/jpeg")
    content = stored(upload)
    assert b"SecretMaker" not in content and upload.size == len(content)
    assert upload.checked_at and upload.scanned_at is None
    assert not raw_storage.exists(raw_name)
    assert told() == []
    event = Event.objects.get(action="application.keep_upload")
    assert (event.by, event.target_id, event.changes["key"]) == (None, draft.pk, KEY)


def test_the_task_runs_with_the_commit_and_may_run_twice(draft, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload = received(draft, samples.pdf(), "classes.pdf")
    name = Upload.objects.get(state="kept").file.name
    tasks.check_upload(upload_id=upload.pk)
    tasks.check_upload(upload_id=upload.pk + 1000)  # removed in the meantime
    assert Upload.objects.get().file.name == name
    assert Event.objects.filter(action="application.keep_upload").count() == 1


def test_two_workers_at_once_write_it_once(draft, monkeypatch, django_capture_on_commit_callbacks):
    upload = received(draft, samples.pdf(), "classes.pdf")
    real, names = upload_check.examine, []

    def examine(content, kind):
        if not names:  # while this one works, its claim expires and another worker takes over
            names.append("first")
            cache.clear()
            with django_capture_on_commit_callbacks(execute=True):
                names.append(upload_check.check(upload.pk).file.name)
        return real(content, kind)

    monkeypatch.setattr(upload_check, "examine", examine)
    with django_capture_on_commit_callbacks(execute=True):
        assert upload_check.check(upload.pk) is None
    upload.refresh_from_db()
    assert upload.file.name == names[1] and upload.file.storage.exists(names[1])
    assert Event.objects.filter(action="application.keep_upload").count() == 1


def test_a_claimed_file_is_left_to_its_worker(draft):
    upload = received(draft, samples.pdf(), "classes.pdf")
    cache.add(f"upload-check-{upload.pk}", True)
    assert upload_check.check(upload.pk) is None
    upload.refresh_from_db()
    assert upload.state == "received"


# --- Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (samples.picture(size=(400, 400))[:-300], "photo.jpg", "unreadable"),
        (samples.pdf()[:-60], "classes.pdf", "unreadable"),
        (samples.pdf(samples.portfolio), "classes.pdf", "active"),
    ],
    ids=["truncated photo", "truncated pdf", "portfolio"],
)
def test_a_refused_file_is_gone_and_the_student_is_told_why(
    draft, content, name, reason, django_capture_on_commit_callbacks
):
    upload = received(draft, content, name)
    storage, raw = upload.file.storage, upload.file.name
    with django_capture_on_commit_callbacks(execute=True):
        upload_check.check(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.refused_because, upload.file.name) == ("refused", reason, "")
    assert not storage.exists(raw)
    [message] = Message.objects.filter(channel="email")
    assert (message.template, message.recipient) == ("applications/upload_refused", draft.student)
    assert str(upload.get_refused_because_display()) in message.body
    assert name not in message.body  # a file's name could contain a link
    assert "Send another file" in message.body


def test_a_file_refused_after_sending_leads_somewhere(draft, sign_in, django_capture_on_commit_callbacks):
    """The page is read-only by then: it says what is wrong and what happens next, and the office can reopen the
    section.
    """
    upload = received(draft, samples.pdf()[:-60], "classes.pdf")
    application_actions.submit(draft, by=draft.student)
    Message.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        upload_check.check(upload.pk)

    for message in Message.objects.all():
        assert "end another" not in message.body and "don’t need to do anything now" in message.body.replace("'", "’")
    student = sign_in(draft.student)
    page = student.get(draft.get_absolute_url()).text
    assert "We couldn’t open it." in page and "We told the office." in page

    office = sign_in(UserFactory(coordinator=True))
    listed = office.get(reverse("applications:application-list"), {"cycle": draft.cycle.code, "owed": "file"})
    assert [row.pk for row in listed.context["page_obj"]] == [draft.pk]
    back = reverse("applications:application-return", args=[draft.code])
    form = office.get(back).context["form"]
    section = upload.question.section.key
    assert form["sections"].initial == [section] and "We couldn’t open it." in form["note"].initial
    office.post(back, {"note": form["note"].initial, "sections": form["sections"].initial})

    draft.refresh_from_db()
    assert (draft.status, draft.return_sections) == ("returned", [section])
    assert not Application.objects.lacking_a_file().exists()
    assert "We told the office." not in sign_in(draft.student).get(draft.get_absolute_url(), follow=True).text


def test_a_file_refused_before_sending_is_no_work_of_the_office(draft):
    upload_check.check(received(draft, samples.pdf()[:-60], "classes.pdf").pk)
    assert not Application.objects.lacking_a_file().exists()


def test_a_refused_file_of_a_visitor_or_of_a_test_sends_nothing(draft):
    visitors, _key = draft_actions.start_anonymous(draft.cycle, language="en")
    of_the_office = ApplicationFactory(cycle=draft.cycle, is_test=True, student=UserFactory(coordinator=True))
    for application in (visitors, of_the_office):
        upload_check.check(received(application, samples.pdf()[:-60], "classes.pdf").pk)
    assert set(Upload.objects.values_list("state", flat=True)) == {"refused"}
    assert told() == []


def test_a_refused_file_leaves_the_kept_one_there_was(draft):
    old = UploadFactory(application=draft)
    new = received(draft, samples.pdf()[:-60], "classes.pdf")
    upload_check.check(new.pk)
    assert set(draft.uploads.values_list("pk", "state")) == {(old.pk, "kept"), (new.pk, "refused")}


def test_a_file_that_was_lost_is_refused(draft):
    upload = received(draft, samples.pdf(), "classes.pdf")
    upload.file.storage.delete(upload.file.name)
    assert upload_check.check(upload.pk).refused_because == "unreadable"


def test_a_file_that_was_removed_while_it_was_checked_stays_away(
    draft, monkeypatch, django_capture_on_commit_callbacks
):
    upload = received(draft, samples.pdf(), "classes.pdf")
    folder = upload.file.name.rsplit("/", 1)[0]
    real = upload_check.examine

    def examine(content, kind):
        actions.remove(Upload.objects.get(), by=draft.student)
        return real(content, kind)

    monkeypatch.setattr(upload_check, "examine", examine)
    with django_capture_on_commit_callbacks(execute=True):
        assert upload_check.check(upload.pk) is None
    assert not Upload.objects.exists()
    assert not [name for name in upload.file.storage.listdir(folder)[1] if name.startswith(upload.code)]


# --- Scanned -----------------------------------------------------------------------------------------


def test_an_infected_file_is_refused_before_it_is_opened(draft, settings, monkeypatch):
    monkeypatch.setattr(upload_check.file_cleaning, "clean_in_subprocess", None)
    with fake_clamd("infected") as daemon:
        settings.CLAMAV_ADDRESS = daemon.address
        content = samples.pdf()
        upload = received(draft, content, "classes.pdf")
        upload_check.check(upload.pk)
        assert daemon.seen == [content]
    upload.refresh_from_db()
    assert (upload.state, upload.refused_because) == ("refused", "infected")
    assert upload.scanned_at
    assert "virus" in Message.objects.get(channel="email").body


@pytest.mark.parametrize("mood", ["error", "hangs", "drops", "rubbish"])
def test_while_the_scanner_is_away_the_file_waits(draft, settings, monkeypatch, mood):
    monkeypatch.setattr(antivirus, "TIMEOUT", 0.2)
    upload = received(draft, samples.pdf(), "classes.pdf")
    with fake_clamd(mood) as daemon:
        settings.CLAMAV_ADDRESS = daemon.address
        with pytest.raises(antivirus.ScannerError):
            upload_check.check(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.checked_at) == ("received", None)
    with fake_clamd("clean") as daemon:  # the scanner is back; the claim is free
        settings.CLAMAV_ADDRESS = daemon.address
        antivirus.daemon.worked()  # as after ten seconds
        assert upload_check.check(upload.pk).scanned_at


def test_the_task_tries_again_later_and_then_leaves_it_to_the_sweep(draft, settings, monkeypatch):
    settings.CLAMAV_ADDRESS = "/nowhere/clamd.sock"
    upload = received(draft, samples.pdf(), "classes.pdf")
    asked = []

    def retry(exc, countdown):
        asked.append(countdown)
        return Retry()

    monkeypatch.setattr(tasks.check_upload, "retry", retry)
    with pytest.raises(Retry):
        tasks.check_upload(upload_id=upload.pk)
    assert asked == [20]

    Upload.objects.update(uploaded_at=timezone.now() - timedelta(minutes=6))
    assert upload_check.look_after()["checked"] == 0  # the scanner is still down: no task is sent that would only wait
    settings.CLAMAV_ADDRESS = ""
    assert upload_check.look_after()["checked"] == 1
    upload.refresh_from_db()
    assert upload.state == "kept"


def test_a_lost_task_is_found_by_the_sweep(draft):
    upload = received(draft, samples.pdf(), "classes.pdf")  # its task was never sent after the commit
    assert upload_check.look_after()["checked"] == 0  # recent: its task is still on the way
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(minutes=6))
    tasks.look_after_uploads()
    upload.refresh_from_db()
    assert upload.state == "kept"


@pytest.mark.service
def test_the_real_scanner_finds_what_hides_in_a_pdf_and_lets_the_rest_pass(draft, settings, clamd):
    settings.CLAMAV_ADDRESS = clamd
    hidden = samples.pdf(
        lambda made, page: setattr(page, "Contents", made.make_stream(SIGNATURES["Exchange.Test.Eicar"]))
    )
    photo = samples.picture("JPEG") + SIGNATURES["Exchange.Test.Word"]
    found = [
        upload_check.check(received(draft, content, "file").pk)
        for content in (hidden, photo, samples.pdf(), samples.picture("PNG"))
    ]
    assert [upload.refused_because or upload.state for upload in found] == ["infected", "infected", "kept", "kept"]
    assert all(upload.scanned_at for upload in found)


# --- Deleted in time ---------------------------------------------------------------------------------


def decided(days_ago):
    cycle = CycleFactory(ready=True, decisions_on=timezone.localdate() - timedelta(days=days_ago))
    return UploadFactory(application=ApplicationFactory(cycle=cycle, answered=True))


def test_files_go_a_year_after_the_decisions(django_capture_on_commit_callbacks):
    old, young = decided(366), decided(365)
    for upload in (old, young):
        upload.delete_after = actions.delete_after(upload.application.cycle)
        upload.save()
    storage, name = old.file.storage, old.file.name

    out = io.StringIO()
    call_command("remove_old_uploads", "--dry-run", stdout=out)
    assert out.getvalue().splitlines()[-1] == "Files past their last day: 1 would be removed. Dry run: nothing was."
    assert old.application.code in out.getvalue() and old.original_name not in out.getvalue()
    assert Upload.objects.count() == 2

    with django_capture_on_commit_callbacks(execute=True):
        tasks.remove_old_uploads()
    assert list(Upload.objects.all()) == [young]
    assert not storage.exists(name)
    event = Event.objects.get(action="application.remove_old_uploads")
    assert (event.target_id, event.changes) == (old.application_id, {"keys": [KEY]})
    call_command("remove_old_uploads", stdout=out)
    assert out.getvalue().endswith("Files past their last day: 0 removed.\n")


def test_where_the_decisions_moved_the_later_day_counts():
    upload = decided(10)
    Upload.objects.update(delete_after=timezone.localdate() - timedelta(days=5))
    assert upload_check.remove_old() == []
    assert Upload.objects.get() == upload


def test_a_file_from_before_this_rule_goes_by_its_cycle():
    upload = decided(400)
    assert upload.delete_after is None
    assert upload_check.remove_old(dry_run=True) == [upload]


def test_pieces_whose_draft_was_abandoned_go_at_night(draft):
    incoming = actions.begin(draft, KEY, name="a.pdf", size=100, by=draft.student)
    actions.take(incoming, b"%PDF-", offset=0)
    folder = f"incoming/{incoming.code}"
    upload_check.remove_old()
    assert default_storage.exists(folder)
    incoming.delete()  # as a cascade deletes it
    upload_check.remove_old()
    assert not default_storage.exists(folder)


def test_refused_files_do_not_pile_up(draft):
    Question.objects.filter(section__form=draft.form, key=KEY).update(files_max=2)
    for _file in range(5):
        upload_check.check(received(draft, samples.pdf()[:-60], "classes.pdf").pk)
    assert draft.uploads.count() == 3
