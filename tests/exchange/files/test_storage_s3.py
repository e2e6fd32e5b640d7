"""Private files in an S3 bucket, as in production, with a local server that speaks S3."""

import contextlib
import time
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from applications.apply.actions import upload as actions
from applications.models import Upload
from exchange.background import jobs, status
from exchange.base.outage import Outage
from exchange.files import bucket as bucket_module
from exchange.files.storage import send
from tests.applications import tus, upload_samples
from tests.exchange.test_settings import PRODUCTION, read_settings  # noqa: F401 -- a fixture
from tests.exchange.test_timeouts import hasty, within  # noqa: F401 -- a fixture
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.services import SlowPort

pytestmark = pytest.mark.service
BUCKET = PRODUCTION["AWS_STORAGE_BUCKET_NAME"]


@pytest.fixture
def bucket(aws, read_settings, settings, monkeypatch):  # noqa: F811 -- the fixture imported above
    """The default storage with production settings, and an empty bucket."""
    monkeypatch.setattr(bucket_module, "outage", Outage("File storage", pause=0.1))
    production = read_settings(**PRODUCTION, AWS_S3_ENDPOINT_URL=aws)
    settings.STORAGES = {**settings.STORAGES, "default": production["STORAGES"]["default"]}
    region = {"LocationConstraint": production["STORAGES"]["default"]["OPTIONS"]["region_name"]}
    client = boto3.client("s3", endpoint_url=aws, region_name="us-west-2")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
    return client


def stored(name: str, content: bytes) -> FieldFile:
    storage = storages["default"]
    file = FieldFile(instance=None, field=type("Field", (), {"storage": storage})(), name=None)
    file.name = storage.save(name, ContentFile(content))
    return file


def test_file_in_the_bucket_is_read_back_and_never_overwritten(bucket):
    first, second = stored("uploads/a.pdf", b"one"), stored("uploads/a.pdf", b"two")

    assert first.name != second.name
    with first.open("rb") as content:
        assert content.read() == b"one"


def test_file_in_the_bucket_has_no_public_address(bucket, aws):
    file = stored("uploads/a.pdf", b"private")

    grants = bucket.get_object_acl(Bucket=BUCKET, Key=file.name)["Grants"]
    assert [grant for grant in grants if "URI" in grant["Grantee"]] == []


def test_download_is_a_signed_link_that_soon_ends(bucket):
    response = send(stored("uploads/a.pdf", b"%PDF-1.7"), "Carta de José.pdf")

    assert response.status_code == 302
    assert "X-Amz-Expires=120" in response.url
    download = requests.get(response.url, timeout=10)
    assert download.content == b"%PDF-1.7"
    [disposition] = parse_qs(urlsplit(response.url).query)["response-content-disposition"]
    assert disposition == "attachment; filename*=utf-8''Carta%20de%20Jos%C3%A9.pdf"


@pytest.mark.django_db
def test_the_result_of_a_job_is_kept_in_the_bucket_and_opened_by_a_signed_link(bucket, sign_in, monkeypatch):
    FactFactory(key="job.keep_days", value=7)

    def write(work):
        work.output.write(b"Code\r\n")
        return jobs.Result("applications.csv", "text/csv")

    monkeypatch.setitem(jobs._kinds, "test.file", jobs._Kind(write, "File", allowed=lambda user: True))
    job, _is_new = jobs.start("test.file", "k", by=UserFactory(coordinator=True))
    done = jobs.run(job.pk)

    assert (done.state, done.size) == ("done", 6)
    answer = sign_in(job.by).get(reverse("job-result", kwargs={"code": job.code}))
    assert answer.status_code == 302
    assert requests.get(answer.url, timeout=10).content == b"Code\r\n"


@pytest.mark.django_db  # the end of a response closes the connection
def test_download_from_a_local_folder_comes_through_us(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    assert isinstance(storages["default"], FileSystemStorage)

    response = send(stored("a.pdf", b"%PDF-1.7"), "Carta de José.pdf")

    with contextlib.closing(response):
        assert b"".join(response) == b"%PDF-1.7"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''Carta%20de%20Jos%C3%A9.pdf"


@pytest.mark.django_db(transaction=True)
def test_bucket_that_is_gone_is_found_and_pages_are_served_all_the_same(bucket, client):
    assert "storage" not in status.probe()

    bucket.delete_bucket(Bucket=BUCKET)

    assert "storage" in status.probe()
    assert client.get(reverse("readyz")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_second_file_that_the_bucket_refuses_takes_the_first_one_along(bucket, monkeypatch):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    files = [actions.look(f"{name}.pdf", upload_samples.pdf()) for name in ("one", "two")]
    storage_class = type(storages["default"])
    save, saved = storage_class.save, []

    def refuse_the_second(self, name, content, **kwargs):
        if saved:
            raise OSError("the bucket is full")
        saved.append(save(self, name, content, **kwargs))
        return saved[-1]

    monkeypatch.setattr(storage_class, "save", refuse_the_second)

    with pytest.raises(OSError, match="the bucket is full"):
        actions.add(application, "class_schedule", files, by=application.student)

    assert saved and not Upload.objects.exists()
    assert "Contents" not in bucket.list_objects_v2(Bucket=BUCKET)


@pytest.fixture
def slow_bucket(bucket, aws, hasty, read_settings, settings):  # noqa: F811 -- the fixtures imported above
    """As `bucket`, behind a port whose `delay` a test can set."""
    with SlowPort(int(aws.rpartition(":")[2])) as port:
        production = read_settings(**PRODUCTION, AWS_S3_ENDPOINT_URL=f"http://127.0.0.1:{port.port}")
        settings.STORAGES = {**settings.STORAGES, "default": production["STORAGES"]["default"]}
        yield port
        port.shutdown()


@pytest.mark.django_db
def test_upload_to_a_bucket_that_answers_slowly_fails_in_time_goes_on_later_and_loses_nothing(
    bucket, slow_bucket, sign_in, django_capture_on_commit_callbacks
):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    phone = sign_in(application.student)
    phone.raise_request_exception = False  # as a browser sees it
    half = len(tus.PDF) // 2
    address = tus.create(phone, application, len(tus.PDF)).headers["Location"]
    assert tus.patch(phone, address, tus.PDF[:half], 0).status_code == 204

    slow_bucket.delay = 2  # longer than our limit
    with within(8):
        refused = tus.patch(phone, address, tus.PDF[half:], half)
    assert (refused.status_code, tus.code_of(refused)) == (503, "storage_away")
    assert refused.json()["message"].startswith("We can’t take files right now. Keep this page open")
    assert tus.offset_of(phone, address) == half  # nothing is confirmed that isn't there

    slow_bucket.delay = 0.1
    time.sleep(0.2)  # until it is asked again
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.patch(phone, address, tus.PDF[half:], half).status_code == 204

    upload = Upload.objects.get()
    assert upload.state == Upload.State.KEPT
    assert [row["Key"] for row in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]] == [upload.file.name]


@pytest.mark.django_db
def test_upload_in_pieces_goes_through_the_bucket_and_leaves_no_piece(
    bucket, sign_in, django_capture_on_commit_callbacks
):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    client = sign_in(application.student)
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.send(client, application, step=150).status_code == 204

    upload = Upload.objects.get()
    assert upload.state == Upload.State.KEPT
    assert [row["Key"] for row in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]] == [upload.file.name]
    link = client.get(upload.url).url
    assert "X-Amz-Expires=120" in link
    download = requests.get(link, timeout=10)
    assert (download.status_code, download.headers["Content-Type"]) == (200, "application/pdf")
    assert download.headers["Content-Disposition"] == 'attachment; filename="my classes.pdf"'

    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(upload, by=application.student)
    assert "Contents" not in bucket.list_objects_v2(Bucket=BUCKET)
