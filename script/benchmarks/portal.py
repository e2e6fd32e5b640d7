"""Runs the portal on a temporary PostgreSQL: a database for each number of applications, served by gunicorn."""

import ctypes
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = (
    *("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "CACHE_URL", "EMAIL_", "AWS_", "CELERY_", "DEMO", "DEBUG"),
    *("DATA_DIR", "STATIC_ROOT", "DJANGO_", "LOG_LEVEL", "TEXT_", "STAFF_", "WEB_CONCURRENCY", "BIND", "CONN_"),
    *("BENCHMARK", "SILENCED_", "BACKUP_", "SEALING_"),
)
# the demo's data is seeded only with DEMO=true, which has a mail backend of its own
SEEDS = {"DEMO": "true", "EMAIL_HOST": ""}
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(slots=True)
class Portal:
    """One database with that many applications. `env` is as in production, except for staff's second factor."""

    number: int
    url: str
    folder: Path
    secret: str
    root: Path = ROOT  # the checkout that wrote it and serves it
    seeding: float = 0
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def python(self) -> str:
        return sys.executable if self.root == ROOT else str(self.root / ".venv/bin/python")

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return kept | {
            "DATABASE_URL": self.url,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": self.secret,
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "SITE_URL": "http://localhost",
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",  # nothing that is measured sends a message
            "EMAIL_HOST": "localhost",
            "CLAMAV_ADDRESS": "off",
            "BENCHMARK": "true",  # allows the next line, on this machine only
            "STAFF_SECOND_FACTOR": "false",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "exchange.settings",
        }

    def manage(self, *words: str, **env: str) -> None:
        _run([self.python, "manage.py", *words], self.root, self.env | env)

    def measured(self, *words: str, **env: str) -> int:
        """Like `manage`; returns the most bytes of memory that the command had, without programs that it started."""
        told = _run([*_peak(self.python), "manage.py", *words], self.root, self.env | env)
        return int(told.splitlines()[-1]) * 1024

    def inside(self, *words: str, **env: str) -> Any:
        """What `inside.py` answers, in a process that has this database. HiGHS prints who made it first."""
        command = [self.python, "-m", "script.benchmarks.inside", *words, str(self.number)]
        return json.loads(_run(command, self.root, self.env | env).splitlines()[-1])


def _peak(python: str) -> list[str]:
    """A command that runs a Python script and prints its peak memory in kilobytes at the end."""
    code = (
        "import atexit, resource, runpy, sys; sys.argv = sys.argv[1:]; sys.path.insert(0, '.');"
        "atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss));"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [python, "-c", code]


def _run(command: list[str], root: Path, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def portals(numbers: list[int], roots: list[Path] | None = None) -> Iterator[list[Portal]]:
    """Seed a database for each number, with the checkout at the same index of `roots`, or with this one.

    DATABASE_URL names the cluster, as script/with-postgres sets it.
    """
    cluster, roots = os.environ["DATABASE_URL"], roots or [ROOT] * len(numbers)
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as folder:
        secret, made = secrets.token_urlsafe(50), []
        for place, (number, root) in enumerate(zip(numbers, roots, strict=True)):
            name = f"bench_{place:d}_{number:d}"
            with psycopg.connect(cluster, autocommit=True) as database:
                database.execute(f"CREATE DATABASE {name}")
            data = Path(folder, str(roots.index(root)))  # one for each checkout, because it holds the static files
            data.mkdir(exist_ok=True)
            portal = Portal(number, cluster.replace("/postgres?", f"/{name}?"), data, secret, root)
            _fill(portal)
            if roots.index(root) == place:
                portal.manage("collectstatic", "--no-input", "--verbosity", "0")
            made.append(portal)
        yield made


def _fill(portal: Portal) -> None:
    portal.manage("migrate", "--verbosity", "0")
    portal.manage("load_reference", "--verbosity", "0", **SEEDS)
    portal.manage("seed_demo", "--verbosity", "0", **SEEDS)
    started = time.monotonic()
    portal.manage("seed_demo", "--applications", str(portal.number), "--verbosity", "0", **SEEDS)
    portal.seeding = time.monotonic() - started
    with psycopg.connect(portal.url, autocommit=True) as database:
        database.execute("VACUUM ANALYZE")  # as autovacuum would have done by the next day
    say(f"{portal.number:,} applications written in {portal.seeding:.0f} s")


# --- gunicorn ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Server:
    port: int
    process: subprocess.Popen

    def memory(self) -> int:
        """Bytes of all web processes; shared memory counts once."""
        return sum(_pss(pid) for pid in (self.process.pid, *children(self.process.pid)))

    def processor(self) -> float:
        """Processor seconds of the web processes until now."""
        return sum(worked(pid) for pid in children(self.process.pid))


@dataclass(slots=True)
class Cluster:
    """The PostgreSQL server of script/with-postgres, by its main process."""

    pid: int

    @classmethod
    @contextmanager
    def of(cls, portal: Portal) -> Iterator["Cluster"]:
        with psycopg.connect(portal.url, autocommit=True) as connection:
            yield cls(_parent(connection.info.backend_pid))

    def processor(self) -> float:
        """Processor seconds of all its processes until now, including closed connections."""
        ended = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        return sum(worked(pid) for pid in children(self.pid)) + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def gunicorn(portal: Portal, *options: str, **env: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [portal.python, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    command += ["--bind", f"127.0.0.1:{port}", *options, "exchange.wsgi"]
    log = portal.folder / f"web-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=portal.root, env=portal.env | env, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"gunicorn did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield Server(port, process)
    except SystemExit:
        say(log.read_text()[-3000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(slots=True)
class Workers:
    """Celery workers with one process each."""

    processes: list[subprocess.Popen]

    def memory(self) -> int:
        """Bytes of all workers; shared memory counts once."""
        return sum(_pss(pid) for pid in self._pids())

    def processor(self) -> float:
        """Processor seconds of the workers until now."""
        return sum(worked(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        return [pid for each in self.processes for pid in (each.pid, *children(each.pid))]


@contextmanager
def workers(portal: Portal, count: int, **env: str) -> Iterator[Workers]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "exchange",
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
    ]
    logs = [portal.folder / f"worker-{number}.log" for number in range(count)]
    started = []
    try:
        for log in logs:
            with log.open("w") as output:
                started.append(
                    subprocess.Popen(
                        [*command, "--hostname", f"{log.stem}@bench"],
                        cwd=ROOT,
                        env=portal.env | env,
                        stdout=output,
                        stderr=output,
                    )
                )
        deadline = time.monotonic() + 60
        while not all(" ready." in log.read_text() for log in logs):
            if time.monotonic() > deadline or any(each.poll() is not None for each in started):
                raise SystemExit("\n".join(log.read_text()[-2000:] for log in logs))
            time.sleep(0.1)
        yield Workers(started)
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(timeout=60)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _pss(pid: int) -> int:
    found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return int(found[1]) * 1024 if found else 0


def worked(pid: int) -> float:
    """Processor seconds of a process, to the nanosecond, including threads that have ended."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return time.clock_gettime(clock.value)
