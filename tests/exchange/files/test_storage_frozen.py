"""A bucket that takes connections and never answers: who doesn't send a file notices nothing, and no file is lost."""

import json
import threading
import time
from collections.abc import Iterator

import boto3
import pytest
from django.urls import reverse

from applications.models import Upload
from tests.applications import tus
from tests.exchange.test_settings import PRODUCTION
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.onlooking import PATIENCE, Browser, look_on, nobody_waited, pages, web
from tests.services import SlowPort, free_port

pytestmark = [pytest.mark.service, pytest.mark.once, pytest.mark.django_db(transaction=True)]
BUCKET = PRODUCTION["AWS_STORAGE_BUCKET_NAME"]
SENDERS = 10


class Sender(threading.Thread):
    """A phone that sends one file in pieces and tries again as the page's script does, until it has arrived."""

    def __init__(self, client: Browser, code: str, begin: threading.Barrier, share: float) -> None:
        super().__init__(daemon=True)
        self.client, self.begin, self.share = client, begin, share  # of the pause: each phone's own, as by chance
        self.path = reverse("applications:upload-create", args=[code])
        self.refused: list[tuple[int, bytes]] = []
        self.address = ""

    def run(self) -> None:
        create = {"Tus_Resumable": "1.0.0", "Upload_Length": str(len(tus.PDF))}
        create["Upload_Metadata"] = tus.metadata(question="class_schedule", filename="classes.pdf")
        status, head, body = self.client.ask("POST", self.path, **create)
        assert status == 201, body
        self.address = head["Location"]
        self.begin.wait()
        while (offset := self.offset()) < len(tus.PDF):
            piece = {"Tus_Resumable": "1.0.0", "Upload_Offset": str(offset), "Content_Type": tus.PIECE["CONTENT_TYPE"]}
            status, head, body = self.client.ask("PATCH", self.address, tus.PDF[offset:], **piece)
            if status == 204:
                return
            self.refused.append((status, body))
            time.sleep(int(head["Retry-After"]) * self.share)

    def offset(self) -> int:
        status, head, _body = self.client.ask("HEAD", self.address, Tus_Resumable="1.0.0")
        return int(head["Upload-Offset"]) if status == 200 else 0


@pytest.fixture
def bucket(aws) -> Iterator[SlowPort]:
    """A bucket behind a port that a test can freeze."""
    client = boto3.client("s3", endpoint_url=aws, region_name="us-west-2")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    with SlowPort(int(aws.rpartition(":")[2])) as port:
        yield port
        port.thawed.set()
        port.shutdown()


@pytest.mark.parametrize(
    ("processes", "seconds"), [pytest.param(1, 4, id="short"), pytest.param(2, 60, id="long", marks=pytest.mark.full)]
)
@pytest.mark.full  # script/faults shows the same; a breaker's own tests are in tests/exchange/test_timeouts.py
def test_pages_answer_while_ten_students_send_files_to_it_and_each_file_arrives(
    bucket, other_process, sign_in, settings, tmp_path, processes, seconds
):
    application_facts()
    cycle, port = CycleFactory(ready=True), free_port()
    drafts = [ApplicationFactory(cycle=cycle, answered=True) for _each in range(SENDERS + 1)]
    *senders, writer = [Browser(port, sign_in(draft.student).session.session_key) for draft in drafts]
    asks = pages(writer, drafts[-1].code)
    env = other_process | {
        "DJANGO_SETTINGS_MODULE": "exchange.settings",
        "SECRET_KEY": settings.SECRET_KEY,  # which signed the sessions
        "AWS_STORAGE_BUCKET_NAME": BUCKET,
        "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{bucket.server_address[1]}",
    }
    begin = threading.Barrier(SENDERS + 1)
    phones = [Sender(senders[at], drafts[at].code, begin, 0.5 + at / SENDERS) for at in range(SENDERS)]
    with web(env, port, tmp_path / "web.log", processes=processes):
        look_on(1, asks)  # what is loaded with the first page
        bucket.thawed.clear()
        for phone in phones:
            phone.start()
        begin.wait()
        took = look_on(seconds, asks)
        bucket.thawed.set()
        for phone in phones:
            phone.join(PATIENCE)

    print(f"refused for now: {sum(len(phone.refused) for phone in phones)}")  # noqa: T201 -- as above
    nobody_waited(took)
    assert Upload.objects.count() == SENDERS
    refused = [each for phone in phones for each in phone.refused]
    assert {status for status, _body in refused} == {503}
    assert all(json.loads(body)["message"].startswith("We can’t take files right now.") for _status, body in refused)
