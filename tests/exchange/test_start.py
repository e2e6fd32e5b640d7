"""Each process of a wrong deployment ends at its start, with a nonzero code and the remedy in its output."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.exchange.test_settings import PRODUCTION, documented
from tests.services import ROOT

WEB = ("gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", "127.0.0.1:0", "exchange.wsgi")
ASGI = ("python", "-c", "import exchange.asgi")
WORKER = ("celery", "--app", "exchange", "worker", "--concurrency", "1", "--pool", "solo")
BEAT = ("celery", "--app", "exchange", "beat", "--pidfile=")
BACKGROUND = ("python", "manage.py", "background")
MIGRATE = ("python", "manage.py", "migrate", "--plan")

DEBUG = {"DEBUG": "true"}, "Remove DEBUG from the environment."
SQLITE = {"DATABASE_URL": "sqlite:////tmp/exchange.sqlite3"}, "Set DATABASE_URL to postgres://user:password@host/name"
ONE_FACTOR = {"STAFF_SECOND_FACTOR": "false"}, "Remove STAFF_SECOND_FACTOR=false from the environment."
BENCHMARK = {"BENCHMARK": "true", "STAFF_SECOND_FACTOR": "false"}, "Remove BENCHMARK from the environment."
TWO_WAYS = (
    {"EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"},
    "Remove EMAIL_HOST to send through EMAIL_BACKEND",
)
NO_BROKER = {"CELERY_BROKER_URL": "memory://"}, "Set it to redis://host:6379/0"

# each setting with the web process, each other process with one of them: a start takes seconds
STOPS = [
    (WEB, DEBUG),
    (WEB, SQLITE),
    (WEB, ONE_FACTOR),
    (ASGI, BENCHMARK),
    (WORKER, NO_BROKER),
    (WORKER, TWO_WAYS),
    (BEAT, ONE_FACTOR),
    (BACKGROUND, NO_BROKER),
    (MIGRATE, ONE_FACTOR),
]
LOCAL = {
    "BENCHMARK": "true",
    "STAFF_SECOND_FACTOR": "false",
    "SITE_URL": "http://localhost",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
}
STARTS = [(("python", "-c", "import exchange.wsgi"), variables) for variables in ({}, LOCAL)]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """`start(command, variables)` waits for the process to end: its return code, and all that it printed."""
    folder = str(tmp_path_factory.mktemp("data"))
    inherited = {name: value for name, value in os.environ.items() if name not in documented()}
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"

    def run(command: tuple[str, ...], variables: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=inherited | PRODUCTION | {"DATA_DIR": folder, "PATH": path} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    return run


@pytest.mark.full
def test_a_process_with_a_wrong_setting_stops_with_the_remedy(start):
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda each: start(each[0], each[1][0]), STOPS))

    for (command, (variables, remedy)), (code, output) in zip(STOPS, ended, strict=True):
        assert code, f"{command} goes on with {variables}"
        assert remedy in output, f"{command} with {variables} says:\n{output[-1500:]}"


def test_a_process_with_right_settings_starts(start):
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda each: start(*each), STARTS))

    assert [code for code, _output in ended] == [0, 0], ended
