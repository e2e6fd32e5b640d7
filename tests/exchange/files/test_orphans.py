"""A write that fails midway leaves no file without a row."""

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from applications.apply.actions import upload as uploads
from applications.apply.actions import upload_check
from applications.models import Upload
from exchange.background import jobs
from exchange.files.storage import WholeFileStorage, no_orphans
from exchange.models import Job
from tests.applications import upload_samples
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts


def files_in(folder) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_files_of_a_block_that_fails_are_deleted_and_the_first_error_is_raised(tmp_path, monkeypatch):
    storage = WholeFileStorage(location=tmp_path)
    with pytest.raises(ValueError, match="row"), no_orphans() as note:
        for name in ("a", "b"):
            note(storage, storage.save(name, ContentFile(b"x")))
        monkeypatch.setattr(storage, "delete", _first_fails(storage.delete))
        raise ValueError("row")
    assert files_in(tmp_path) == ["a"]  # its deletion failed, which is in the log

    with no_orphans() as note:
        note(storage, storage.save("c", ContentFile(b"x")))
    assert sorted(files_in(tmp_path)) == ["a", "c"]


def _first_fails(delete):
    calls = []

    def maybe(name):
        calls.append(name)
        if len(calls) == 1:
            raise OSError("away")
        delete(name)

    return maybe


def test_disk_that_is_full_leaves_no_half_of_a_file(tmp_path):
    class Full(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError(28, "No space left on device")

    storage = WholeFileStorage(location=tmp_path)
    with pytest.raises(OSError, match="No space left"):
        storage.save("a.pdf", Full(b"whole"))

    assert files_in(tmp_path) == []


@pytest.fixture
def folder(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "exchange.files.storage.WholeFileStorage", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_upload_whose_row_fails_leaves_no_file(folder, monkeypatch):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    files = [uploads.look("photo.heic", upload_samples.photograph("HEIF"))]
    monkeypatch.setattr(uploads.audit, "record", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        uploads.add(application, "class_schedule", files, by=application.student)

    assert (files_in(folder), Upload.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_checked_file_whose_row_fails_leaves_the_one_that_was_sent(folder, monkeypatch):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    files = [uploads.look("photo.heic", upload_samples.photograph("HEIF"))]
    monkeypatch.setattr(uploads.dispatch, "send_after_commit", lambda name, **kwargs: None)
    [upload] = uploads.add(application, "class_schedule", files, by=application.student)
    before = files_in(folder)
    monkeypatch.setattr(upload_check, "_written", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        upload_check.check(upload.pk)

    assert files_in(folder) == before


@pytest.mark.django_db
def test_result_of_a_job_whose_end_fails_leaves_no_file(folder, monkeypatch):
    FactFactory(key="job.keep_days", value=7)

    def write(work):
        work.output.write(b"Code")
        return jobs.Result("a.csv", "text/csv")

    monkeypatch.setitem(jobs._kinds, "test.file", jobs._Kind(write, "File", allowed=lambda user: True))
    job, _is_new = jobs.start("test.file", "k", by=UserFactory(coordinator=True))
    monkeypatch.setattr(jobs, "_end", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.run(job.pk)

    assert files_in(folder) == []
    assert Job.objects.get().file.name == ""
