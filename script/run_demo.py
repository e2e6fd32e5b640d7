"""Prepares the demo's data, starts the portal's processes and keeps them running until somebody stops it.

    python -m script.run_demo          script/demo calls it, with PORT and DATA_DIR

Standard library only; the portal itself runs in the processes that it starts.
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from script.supervisor import GivenUp, Supervisor

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, "manage.py"]
ROOM_MB = 300  # of a new demo; a day of clicking adds a few
NO_ROOM_MB = 10  # below, programs end because they can't write
SOCKET_LENGTH = 100  # Linux takes 107 characters for a socket's path
FIRST_PAGE_SECONDS = 300  # for the first page, on a machine that is busy


class Stopped(Exception):
    """Somebody asked the demo to end."""


class Refused(Exception):
    """The demo can't start, and says why and what to do."""


def say(sentence: str = "") -> None:
    print(sentence, flush=True)


def check_room(folder: Path) -> None:
    """Refused unless the demo's data fit into the folder."""
    free = shutil.disk_usage(folder).free >> 20
    if free < ROOM_MB:
        raise Refused(
            f"There are only {free} MB left for {folder}; the demo needs {ROOM_MB}. Free some, or choose a folder"
            " on another disk: DATA_DIR=/path/to/folder script/demo"
        )


def broker_socket(folder: Path, stack: ExitStack) -> Path:
    """Where Redis listens: in the data folder, or in a temporary one if that has too long a name for a socket."""
    path = folder / "broker.sock"
    if len(os.fsencode(path)) <= SOCKET_LENGTH:
        return path
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exchange-demo-"))) / "broker.sock"


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(os.fsencode(path)) == 0


def first_page_answers(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:  # noqa: S310 -- our own
            return response.status == 200
    except OSError:
        return False


def static_is_current(folder: Path) -> bool:
    manifest = folder / "static/staticfiles.json"
    if not manifest.exists():
        return False
    sources = [path for app in ("exchange", "applications", "travel") for path in (ROOT / app).glob("**/static/**/*")]
    written = manifest.stat().st_mtime
    return all(path.stat().st_mtime <= written for path in (*sources, ROOT / "uv.lock") if path.is_file())


def version_of_data() -> str:
    """A hash of what the data hang on: migrations, reference rows and the demo's people."""
    found = hashlib.sha256()
    for folder in (
        "exchange/migrations",
        "applications/migrations",
        "travel/migrations",
        "travel/reference",
        "travel/demo",
    ):
        for path in sorted((ROOT / folder).rglob("*.[pt][yo]*")):
            if path.suffix in (".py", ".toml"):
                found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def prepare(folder: Path, stack: ExitStack) -> None:
    """Static files and data, side by side. The data's steps are printed as they are taken."""
    log, done, version = folder / "logs/prepare.log", folder / "prepared", version_of_data()
    with log.open("wb") as output:
        static = None
        if not static_is_current(folder):
            words = ["collectstatic", "--no-input", "--clear", "--verbosity", "0"]
            static = subprocess.Popen([*MANAGE, *words], stdout=output, stderr=subprocess.STDOUT)
            stack.callback(static.kill)
        is_prepared = done.exists() and done.read_text() == version and (folder / "exchange.sqlite3").exists()
        env = os.environ | {"LOG_LEVEL": "WARNING"}
        if (
            not is_prepared
            and subprocess.run([*MANAGE, "prepare_demo"], stdout=output, env=env, check=False).returncode
        ):
            raise Refused("The demo's data could not be prepared. To start over: script/demo --fresh")
    if static and static.wait():
        raise Refused(f"The static files could not be made. The end of {log}:\n{_end_of(log)}")
    done.write_text(version)


def start_web(supervisor: Supervisor, logs: Path, port: str) -> None:
    bind = ["--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    supervisor.start("web server", [sys.executable, "-m", "gunicorn", *bind, "exchange.wsgi"], logs / "web.log")
    wait(supervisor, lambda: first_page_answers(port))


def start_workers(supervisor: Supervisor, logs: Path) -> None:
    parts = ["background", "--parts", "worker", "urgent", "heavy", "beat", "--all-or-none"]
    supervisor.start("background work", [*MANAGE, *parts], logs / "background.log")


def start_broker(supervisor: Supervisor, path: Path, log: Path) -> None:
    """Redis, which production uses, too. It writes nothing to the disk: what a stop loses is published again."""
    redis = shutil.which("redis-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not redis:
        raise Refused("redis-server is missing: script/bootstrap installs it on Debian and Ubuntu.")
    path.unlink(missing_ok=True)
    options = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
    supervisor.start("broker", [redis, *options, "--dir", str(path.parent)], log)
    wait(supervisor, lambda: listens(path))


def wait(supervisor: Supervisor, until: Callable[[], bool], seconds: float = FIRST_PAGE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise Refused(f"The portal did not answer within {seconds:g} s. See the logs.")
        supervisor.look()
        time.sleep(0.1)


def why(error: GivenUp, folder: Path, port: str) -> str:
    """What to do about a part that keeps ending."""
    if shutil.disk_usage(folder).free >> 20 < NO_ROOM_MB:
        return f"There is no room left for {folder}. Free some; what was saved is still there at the next start."
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", int(port))) == 0
    if error.part.name == "web server" and taken:
        return f"Another program has taken port {port}. Stop it, or choose another: PORT={int(port) + 1} script/demo"
    log = error.part.log
    return f"The end of {log}:\n{_end_of(log)}\nIf the data are at fault, script/demo --fresh starts over."


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def run(folder: Path, port: str, stack: ExitStack) -> None:
    """The demo, until Stopped, Refused or GivenUp."""
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    check_room(folder)
    supervisor = Supervisor(tell=say)
    stack.callback(supervisor.stop)
    path = broker_socket(folder, stack)
    os.environ["CELERY_BROKER_URL"] = f"redis+socket://{quote(str(path))}"
    start_broker(supervisor, path, folder / "logs/broker.log")
    prepare(folder, stack)
    start_web(supervisor, folder / "logs", port)
    start_workers(supervisor, folder / "logs")
    address = f"http://localhost:{port}"
    say(f"""
The portal:               {address}/
Sign in with one click:   {address}/demo/
Read its email and texts: {address}/demo/outbox/
Data and logs:            {folder}

Ctrl-C stops it.""")
    while True:
        supervisor.look()
        time.sleep(0.2)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the stopping
    raise Stopped


def main() -> int:
    folder, port = Path(os.environ["DATA_DIR"]), os.environ["PORT"]
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _stop)
    with ExitStack() as stack:
        try:
            run(folder, port, stack)
        except Stopped:
            say("\nStopping...")
            return 0
        except GivenUp as error:
            print(f"\n{error}\n{why(error, folder, port)}", file=sys.stderr, flush=True)
        except Refused as error:
            print(f"\n{error}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
