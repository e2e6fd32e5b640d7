"""What people see and what is kept while the bucket is away."""

import pytest
from django.core.files.storage import default_storage, storages

from applications.apply.actions import upload as actions
from applications.models import IncomingUpload, Upload
from exchange.background import dispatch
from exchange.base.errors import RuleViolation
from exchange.base.outage import AwayError
from exchange.files import storage
from exchange.models import KeptTask
from tests.applications import tus
from tests.applications.saving import at, page_fields, stored
from tests.applications.upload_samples import pdf
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts

pytestmark = pytest.mark.django_db


class Switch:
    is_away = True


@pytest.fixture
def bucket(monkeypatch) -> Switch:
    """The default storage answers nothing while its switch says so."""
    switch, kind = Switch(), type(storages["default"])
    switch.is_away = False

    def guarded(method):
        def ask(self, *args, **kwargs):
            if switch.is_away:
                raise AwayError("File storage is away", after=10)
            return method(self, *args, **kwargs)

        return ask

    for name in ("_save", "_open", "delete", "exists", "listdir"):
        monkeypatch.setattr(kind, name, guarded(getattr(kind, name)))
    return switch


@pytest.fixture
def draft():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def test_a_piece_waits_on_the_phone_and_the_file_arrives_whole(bucket, draft, sign_in):
    phone, half = sign_in(draft.student), len(tus.PDF) // 2
    address = tus.create(phone, draft, len(tus.PDF)).headers["Location"]
    tus.patch(phone, address, tus.PDF[:half], 0)

    bucket.is_away = True
    refused = tus.patch(phone, address, tus.PDF[half:], half)

    assert (refused.status_code, tus.code_of(refused), refused.headers["Retry-After"]) == (503, "storage_away", "10")
    assert tus.offset_of(phone, address) == half
    bucket.is_away = False
    assert tus.patch(phone, address, tus.PDF[half:], half).status_code == 204
    assert Upload.objects.get().size == len(tus.PDF)


def test_a_file_whose_last_piece_came_is_put_together_later(bucket, draft, sign_in, monkeypatch):
    """The bucket goes away between the last piece and the whole."""
    phone = sign_in(draft.student)
    address = tus.create(phone, draft, len(tus.PDF)).headers["Location"]
    with monkeypatch.context() as patch:
        patch.setattr(actions, "_joined", lambda incoming: (_ for _ in ()).throw(AwayError("away", after=10)))
        assert tus.patch(phone, address, tus.PDF, 0).status_code == 503

    assert IncomingUpload.objects.get().upload is None
    assert tus.offset_of(phone, address) == len(tus.PDF)
    assert tus.patch(phone, address, b"", len(tus.PDF)).status_code == 204
    assert Upload.objects.get().size == len(tus.PDF)


def test_answers_sent_with_a_file_are_saved_and_the_page_says_that_files_have_to_wait(bucket, draft, sign_in):
    client, page = sign_in(draft.student), at("section", draft, section="college")
    fields = page_fields(client, draft, "college") | {"class_schedule": tus_file()}
    bucket.is_away = True

    answer = client.post(page, fields | {"major": "Welding"})

    assert "We can’t take files right now. Try again in a few minutes." in answer.content.decode()
    assert stored(draft, "major") == "Welding"
    assert not Upload.objects.exists()


def test_what_a_page_cannot_do_without_is_asked_for_again(bucket, draft, sign_in):
    upload = UploadFactory(application=draft, state=Upload.State.KEPT)
    bucket.is_away = True

    answer = sign_in(draft.student).get(upload.url, follow=True)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_file_that_is_removed_meanwhile_is_deleted_once_the_bucket_is_back(
    bucket, draft, django_capture_on_commit_callbacks
):
    [upload] = actions.add(draft, "class_schedule", [actions.look("a.pdf", pdf())], by=draft.student)
    bucket.is_away = True
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(upload, by=draft.student)
    assert not Upload.objects.exists()

    dispatch.run_kept(KeptTask.objects.get().pk)  # in vain, and so it's kept anew
    bucket.is_away = False
    assert default_storage.exists(upload.file.name)
    dispatch.run_kept(KeptTask.objects.get().pk)

    assert not default_storage.exists(upload.file.name)
    assert not KeptTask.objects.exists()


def test_an_act_that_takes_a_file_says_so_in_its_own_words(bucket):
    with pytest.raises(RuleViolation) as refused, storage.taking_files("Not now."):
        raise AwayError("away", after=10)
    assert (refused.value.code, refused.value.message) == ("storage_away", "Not now.")


def tus_file():
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415 -- needs the settings

    return SimpleUploadedFile("a.pdf", pdf(), "application/pdf")
