"""A bucket that takes connections and never answers: who doesn't send a file notices nothing, and no file is lost."""

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import boto3
import pytest
from django.urls import reverse

from applications.models import Upload
from tests.applications import tus
from tests.exchange.test_settings import PRODUCTION
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.services import ROOT, SlowPort, answers, free_port, running, wait_until

pytestmark = [pytest.mark.service, pytest.mark.once, pytest.mark.django_db(transaction=True)]
BUCKET = PRODUCTION["AWS_STORAGE_BUCKET_NAME"]
SENDERS = 10
TOKEN = "t" * 32
PATIENCE = 60  # seconds; a request that takes longer has failed


class Client:
    """One person's browser, of a session that has begun."""

    def __init__(self, port: int, session: str = "") -> None:
        self.port = port
        self.cookies = f"sessionid={session}; csrftoken={TOKEN}" if session else f"csrftoken={TOKEN}"

    def ask(self, method: str, path: str, body: bytes = b"", **head: str) -> tuple[int, Mapping[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in head.items()}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as web:
            web.request(method, path, body, {"Cookie": self.cookies, "X-CSRFToken": TOKEN, **named})
            answer = web.getresponse()
            return answer.status, answer.headers, answer.read()


class Sender(threading.Thread):
    """A phone that sends one file in pieces and tries again as the page's script does, until it has arrived."""

    def __init__(self, client: Client, code: str, begin: threading.Barrier, share: float) -> None:
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


@contextmanager
def web(env: dict[str, str], port: int, log: Path, *, processes: int) -> Iterator[None]:
    """The portal as it is deployed."""
    env = env | {"STATIC_ROOT": str(log.parent / "static")}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, env=env, cwd=ROOT, check=True, timeout=180)
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "exchange.wsgi"]
    env = env | {"WEB_CONCURRENCY": str(processes), "BIND": f"127.0.0.1:{port}"}
    with running(command, log, env):
        wait_until(lambda: answers(port), "gunicorn to listen", 60)
        yield


def look_on(seconds: float, asks: Mapping[str, Callable[[], tuple]]) -> dict[str, list[float]]:
    """How long each page took, asked one after the other for so long. Each has to be answered well."""
    took = defaultdict(list)
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for name, ask in asks.items():
            began = time.monotonic()
            status, _head, body = ask()
            took[name].append(time.monotonic() - began)
            assert status in (200, 302), (name, status, body[:300])
        time.sleep(seconds / 80)  # one application takes so many saves a minute
    return took


@pytest.mark.parametrize(
    ("processes", "seconds"), [pytest.param(1, 4, id="short"), pytest.param(2, 60, id="long", marks=pytest.mark.full)]
)
def test_pages_answer_while_ten_students_send_files_to_it_and_each_file_arrives(
    bucket, other_process, sign_in, settings, tmp_path, processes, seconds
):
    application_facts()
    cycle, port = CycleFactory(ready=True), free_port()
    drafts = [ApplicationFactory(cycle=cycle, answered=True) for _each in range(SENDERS + 1)]
    *senders, writer = [Client(port, sign_in(draft.student).session.session_key) for draft in drafts]
    code, numbers = drafts[-1].code, iter(range(2, 10_000))
    newcomers = iter([UserFactory(email=f"new{number}@example.edu").email for number in range(5)])

    def save() -> tuple:
        change = {"key": "story_why", "device": "d", "number": next(numbers), "seen": {}, "typed_at": 0}
        body = json.dumps({"now": 0, "changes": [change | {"fields": {"story_why": "Bus 42"}}]}).encode()
        return writer.ask("POST", f"/applications/{code}/save/", body, Content_Type="application/json")

    def ask_for_code() -> tuple:
        address = next(newcomers, None)
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        if address is None:
            return Client(port).ask("GET", "/account/login/")
        return Client(port).ask("POST", "/account/login/", f"login={address}".encode(), **form)

    asks = {
        "/readyz": lambda: Client(port).ask("GET", "/readyz"),
        "form": lambda: writer.ask("GET", f"/applications/{code}/form/why/"),
        "save": save,
        "sign-in": ask_for_code,
    }
    env = other_process | {
        "DJANGO_SETTINGS_MODULE": "exchange.settings",
        "SECRET_KEY": settings.SECRET_KEY,  # which signed the sessions
        "AWS_STORAGE_BUCKET_NAME": BUCKET,
        "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{bucket.server_address[1]}",
    }
    begin = threading.Barrier(SENDERS + 1)
    phones = [Sender(senders[at], drafts[at].code, begin, 0.5 + at / SENDERS) for at in range(SENDERS)]
    with web(env, port, tmp_path / "web.log", processes=processes):
        look_on(1, {name: ask for name, ask in asks.items() if name != "sign-in"})  # what is loaded with the first page
        bucket.thawed.clear()
        for phone in phones:
            phone.start()
        begin.wait()
        took = look_on(seconds, asks)
        bucket.thawed.set()
        for phone in phones:
            phone.join(PATIENCE)

    for name, times in took.items():
        print(f"{name:8} asked {len(times):4} times, longest {max(times):.2f} s")  # noqa: T201 -- for script/faults
    print(f"refused for now: {sum(len(phone.refused) for phone in phones)}")  # noqa: T201 -- as above
    for name, times in took.items():  # the few that took longer waited for a processor
        assert max(times) < 3 and sorted(times)[int(0.95 * len(times))] < 1, (name, times)
    assert Upload.objects.count() == SENDERS
    refused = [each for phone in phones for each in phone.refused]
    assert {status for status, _body in refused} == {503}
    assert all(json.loads(body)["message"].startswith("We can’t take files right now.") for _status, body in refused)
