"""Real services as fixtures, each started when a test first needs it and stopped at the end.

A missing program fails the test with the remedy: nothing is skipped.
"""

import asyncio
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.background.queues import QUEUES

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Returns as soon as `true()` is; fails the test, naming `what`, after the time limit."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {seconds:g} s in vain for {what}")


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")  # where Debian installs daemons
    if not found:
        pytest.fail(f"{name} is missing; script/bootstrap --test installs it")
    return found


@contextmanager
def running(command: list[str], log: Path, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A program that is stopped, with its child processes, at the end of the block or when the tests are killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=env,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def posted() -> Iterator[SimpleNamespace]:
    """A server of somebody else's that takes whatever comes: `address`; `got` has each request's path and body."""
    got: list[tuple[str, bytes]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(address=f"http://127.0.0.1:{server.server_port}", got=got)
    server.shutdown()
    server.server_close()


@pytest.fixture
def frozen_port() -> Iterator[int]:
    """The port of a service that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class SlowPort(socketserver.ThreadingTCPServer):
    """Passes connections on to another port of this machine. `delay`: seconds before each of them is passed on.
    `thawed`: cleared, it takes connections and passes nothing on until it is set.
    """

    daemon_threads = True
    request_queue_size = 100
    delay = 0.0

    def __init__(self, to: int) -> None:
        self.to = to
        self.thawed = threading.Event()
        self.thawed.set()
        super().__init__(("127.0.0.1", 0), SlowConnection)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class SlowConnection(socketserver.BaseRequestHandler):
    server: SlowPort

    def handle(self) -> None:
        time.sleep(self.server.delay)
        self.server.thawed.wait()
        with socket.create_connection(("127.0.0.1", self.server.to)) as there, suppress(OSError):
            back = threading.Thread(target=self.relay, args=(there, self.request), daemon=True)
            back.start()
            self.relay(self.request, there)
            back.join()

    def relay(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65_536):
                self.server.thawed.wait()
                sink.sendall(content)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    with running([*command, str(folder)], folder / "log"):
        wait_until(lambda: answers(port), "Redis to listen")
        yield f"redis://127.0.0.1:{port}/0"


CLAMD_CONF = """Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
StreamMaxLength 30M
MaxThreads 2
"""
# EICAR's test string, split so that a virus scanner on this machine does not flag the repository, and one of our own
SIGNATURES = {
    "Exchange.Test.Eicar": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
    "Exchange.Test.Word": b"exchange-test-virus",
}


@pytest.fixture(scope="session")
def clamd() -> Iterator[str]:
    """The socket path of a real ClamAV daemon that knows two signatures; nothing is downloaded."""
    # a short path of its own: a socket's path has a limit of about a hundred characters
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:
        folder = Path(name)
        (folder / "signatures").mkdir()
        lines = [f"{key}:0:*:{content.hex()}\n" for key, content in SIGNATURES.items()]
        (folder / "signatures" / "test.ndb").write_text("".join(lines))
        (folder / "clamd.conf").write_text(CLAMD_CONF.format(folder=folder))
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command = [program("clamd"), f"--config-file={folder}/clamd.conf"]
        with running(command, folder / "log") as process:
            there = folder / "clamd.sock"
            wait_until(lambda: there.exists() or process.poll() is not None, "ClamAV to listen")
            if process.poll() is not None:
                pytest.fail(f"clamd stopped:\n{(folder / 'log').read_text()[-3000:]}")
            yield str(there)


class Mailbox:
    """What a mail server received. `refuse` and `refuse_recipient`: answer with that line instead of accepting the
    message or its address; `holds`: never answer; `drops`: take a message, and cut the connection instead of saying so.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = ""
        self.refuse_recipient = ""
        self.holds = False
        self.drops = False
        self.takes = 0.0  # seconds for each message

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.holds:
            await asyncio.Event().wait()
        await asyncio.sleep(self.takes)
        if self.refuse:
            return self.refuse
        self.messages.append(message_from_bytes(envelope.content, policy=email_policy))
        if self.drops:
            server.transport.abort()
        return "250 Message accepted for delivery"


class MailServer:
    """A real SMTP server on one port, which can go away and come back. `.handler.messages`: the mail received."""

    def __init__(self) -> None:
        self.handler, self.port, self._controller = Mailbox(), free_port(), None
        self.back()

    def back(self) -> None:
        from aiosmtpd.controller import Controller  # noqa: PLC0415 -- slow import, few tests need it

        # its own name is given: else each connection asks DNS for it
        self._controller = Controller(self.handler, "127.0.0.1", self.port, server_hostname="localhost")
        self._controller.start()

    def away(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.away()


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """The address of a local S3 and SNS server that speaks the real protocols."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 -- slow import, few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(aws_endpoint, monkeypatch) -> str:
    """`aws_endpoint`, with keys in the environment and without the data of earlier tests."""
    import requests  # noqa: PLC0415 -- only here

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    requests.post(f"{aws_endpoint}/moto-api/reset", timeout=10).raise_for_status()
    return aws_endpoint


@pytest.fixture
def other_process(transactional_db, tmp_path, city_of_tests) -> dict[str, str]:
    """The environment in which another process sees this test's committed rows, and is of the same city."""
    from django.db import connection  # noqa: PLC0415 -- only now are the settings ready

    from exchange.models import HomeCity  # noqa: PLC0415

    row = {field.attname: getattr(city_of_tests, field.attname) for field in HomeCity._meta.concrete_fields}
    HomeCity.objects.create(**row | {"id": HomeCity.ONLY})
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        options = "&".join(f"{key}={value}" for key, value in database["OPTIONS"].items())
        host = f"{database['HOST']}:{database['PORT']}" if database["HOST"] else ""
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}?{options}"
    return os.environ | {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "INFO"}


class DatabaseServer:
    """A PostgreSQL server of its own, which can be killed. Without fsync: the machine goes on, only the server dies."""

    def __init__(self, folder: Path) -> None:
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.folder, self.port = folder, free_port()
        self.url = f"postgres://exchange@/postgres?host={folder}&port={self.port}"
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "--username", "exchange", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        self.start()

    def _run(self, tool: str, *words: str) -> None:
        command = [str(self.bin / tool), "--pgdata", str(self.folder / "data"), *words]
        as_owner = ["runuser", "--user", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_owner, *command], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=60)

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c port={self.port} -c fsync=off"
        self._run("pg_ctl", "--log", str(self.folder / "log"), "--wait", "--options", options, "start")

    def kill(self) -> None:
        """As a power cut: no checkpoint, and its connections are cut."""
        self._run("pg_ctl", "--mode", "immediate", "--wait", "stop")

    def rows(self, sql: str) -> list[tuple]:
        import psycopg  # noqa: PLC0415 -- not on SQLite

        with psycopg.connect(self.url) as found:
            return found.execute(sql).fetchall()


@contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """With a copy of the test's database."""
    from django.db import connection  # noqa: PLC0415 -- only now are the settings ready
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- not on SQLite

    from exchange.keeping.databases import CONNECTION  # noqa: PLC0415 -- as above

    ours = {name: value for name, value in connection.get_connection_params().items() if name in CONNECTION}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = DatabaseServer(Path(folder))
        try:
            dump = subprocess.run(
                ["pg_dump", "--no-owner", "--no-acl", make_conninfo(**ours)],
                check=True,
                capture_output=True,
                timeout=60,
            ).stdout
            psql = ["psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1", server.url]
            subprocess.run(psql, input=dump, check=True, stdout=subprocess.DEVNULL, timeout=60)
            yield server
        finally:
            server.kill()


@contextmanager
def celery_worker(env: dict[str, str], processes: int = 1, *, include: str = "") -> Iterator[subprocess.Popen]:
    """A Celery worker in a process of its own."""
    log = Path(env["DATA_DIR"]) / f"worker-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "celery", "--app", "exchange", "worker", "--concurrency", str(processes)]
    command += ["--queues", ",".join(QUEUES), *(["--include", include] if include else [])]
    with running([*command, "--loglevel", "INFO"], log, env) as process:
        wait_until(lambda: " ready." in log.read_text() or process.poll() is not None, "the worker to be ready")
        if process.poll() is not None:
            pytest.fail(f"the worker stopped:\n{log.read_text()[-3000:]}")
        yield process


def chromium_path() -> str:
    """The headless build: full Chromium also draws browser windows that nobody sees."""
    return os.environ.get("CHROMIUM") or program("chromium-headless-shell")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Debian's Chromium, headless. Tests open pages with the viewport they need."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- slow import, few tests need it

    quiet = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(),
            chromium_sandbox=os.geteuid() != 0,  # root cannot use the sandbox
            args=[*quiet, "--disable-sync", "--no-first-run"],
        )
        yield chromium
        chromium.close()
