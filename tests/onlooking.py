"""The portal under gunicorn as it is deployed, and how long those wait who have nothing to do with what is broken."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

from tests.services import ROOT, answers, running, wait_until

TOKEN = "t" * 32
PATIENCE = 60  # seconds; a request that takes longer has failed
FORM = "application/x-www-form-urlencoded"
Answer = tuple[int, Mapping[str, str], bytes]


class Browser:
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


@contextmanager
def web(env: dict[str, str], port: int, log: Path, *, processes: int) -> Iterator[None]:
    """The portal as it is deployed."""
    env = env | {"STATIC_ROOT": str(log.parent / "static")}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, env=env, cwd=ROOT, check=True, timeout=180)
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "exchange.wsgi"]
    env = env | {"WEB_CONCURRENCY": str(processes), "BIND": f"127.0.0.1:{port}"}
    with running(command, log, env) as process:
        wait_until(lambda: answers(port) or process.poll() is not None, "gunicorn to listen", 60)
        assert process.poll() is None, log.read_text()
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


def pages(writer: Browser, code: str) -> dict[str, Callable[[], Answer]]:
    """What has to work always. `writer`: the browser of the student whose application it is."""
    stranger, numbers = Browser(writer.port), count(1)

    def save() -> Answer:
        change = {"key": "story_why", "device": "d", "number": next(numbers), "seen": {}, "typed_at": 0}
        body = json.dumps({"now": 0, "changes": [change | {"fields": {"story_why": "Bus 42"}}]}).encode()
        return writer.ask("POST", f"/applications/{code}/save/", body, Content_Type="application/json")

    def sign_in() -> Answer:
        """Asks for a code now and then; not more often than one may."""
        if (number := next(numbers)) % 20:
            return stranger.ask("GET", "/account/login/")
        return stranger.ask("POST", "/account/login/", f"login=new{number}@example.edu".encode(), Content_Type=FORM)

    return {
        "/readyz": lambda: stranger.ask("GET", "/readyz"),
        "form": lambda: writer.ask("GET", f"/applications/{code}/form/why/"),
        "save": save,
        "sign-in": sign_in,
    }


def nobody_waited(took: Mapping[str, list[float]]) -> None:
    """Within a second, but for the few who waited for a processor on a machine that runs other tests besides."""
    for name, times in took.items():
        print(f"{name:8} asked {len(times):4} times, longest {max(times):.2f} s")  # noqa: T201 -- for script/faults
    for name, times in took.items():
        assert max(times) < 3 and sorted(times)[int(0.95 * len(times))] < 1, (name, times)
