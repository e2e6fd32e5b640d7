"""The setting of every test: a demo-mode portal with its own data folder, fast settings, and tasks that run inline.

DATABASE_URL chooses the database: without it SQLite, in a file as in the demo; `script/with-postgres` gives
PostgreSQL. Real services (Redis, S3, SMTP, Chromium) are fixtures in tests/services.py.
"""

import atexit
import gc
import hashlib
import importlib
import json
import os
import re
import secrets
import shutil
import socket
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from PIL import ImageFile
from rjsmin import jsmin

from tests import telling

# A busy machine is slow, and nothing else: what a property says does not hang on how long it took. "steady" tries the
# same examples each time, `pytest --hypothesis-profile search` looks for new ones (docs/adr/0035).
calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, **calm)
settings.register_profile("search", max_examples=5000, **calm)
settings.load_profile("steady")

# Before Django reads its settings. A developer's own environment must not decide a test. The processes of
# `pytest -n` inherit all of it from the one that starts them.
if "PYTEST_XDIST_WORKER" not in os.environ:
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "CACHE_URL", "CELERY_BROKER_URL", "EMAIL_BACKEND"):
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="exchange-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "exchange.settings",
        "DEMO": "true",
        "DEBUG": "false",
        "DATA_DIR": folder,
        "LOG_LEVEL": "WARNING",
        # Playwright runs an event loop in the test's own thread, where Django would refuse synchronous database access
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }

# The servers that tests start ask for this machine's name, which takes seconds where it can't be resolved.
socket.getfqdn = lambda name="": name or "localhost"

CHANCE = Random()  # noqa: S311 -- guards nothing
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120" viewBox="0 0 320 120"></svg>'

pytest_plugins = ["tests.clock", "tests.databases", "tests.reaching", "tests.services"]


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings  # noqa: PLC0415 -- only now is the environment ready

    (settings.DATA_DIR / "static").mkdir(exist_ok=True)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # each process has a database of its own, and the files of its rows: `drop_orphans` deletes those without a row
    own = settings.DATA_DIR / f"private-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    settings.STORAGES["default"]["OPTIONS"]["location"] = own
    settings.STATICFILES_DIRS = [_served_scripts(settings.DATA_DIR / "scripts")]
    _frames_in_one_block()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # a file, not memory: locks, WAL and other processes then behave as they do in the demo
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.DATA_DIR / "test.sqlite3")


def _frames_in_one_block() -> None:
    """The rows and the requests of a test are made at a depth at which some loop maps and unmaps memory on each turn:
    a tenth of the suite's processor time (docs/adr/0033).
    """
    from exchange.web.frames import in_one_block  # noqa: PLC0415 -- only now is the environment ready

    for name in ("setup", "runtest"):
        setattr(pytest.Function, name, in_one_block(getattr(pytest.Function, name)))


def _served_scripts(folder: Path) -> Path:
    """Our scripts as collectstatic writes them, found before the sources: the browser tests run the built ones."""
    from exchange.web.static_files import SCRIPT  # noqa: PLC0415 -- only now is the environment ready

    written = Path(__file__).parent.parent / "exchange" / "static"
    for path in written.rglob("*.js"):
        name = path.relative_to(written)
        if SCRIPT.fullmatch(name.as_posix()) and "PYTEST_XDIST_WORKER" not in os.environ:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(jsmin(path.read_text()))
    return folder


NAMES_BOTH = re.compile(r"mark\.both|\brefused\b|\bIntegrityError\b")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of what can differ on SQLite imports only the modules that say so."""
    if not config.option.markexpr.startswith("both ") or not collection_path.name.startswith("test_"):
        return None
    return True if collection_path.is_file() and not NAMES_BOTH.search(collection_path.read_text()) else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark tests by what they use: "once" if they need no database, "both" if the two databases could differ.

    A journey is tried a second time if it fails, and reported: on a busy machine, two programs and a network between
    them are sometimes late (docs/adr/0035).

    The demo's module comes first: processes take over each other's last tests, and two of them would make its people.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        names = set(getattr(item, "fixturenames", ()))
        if not {"db", "transactional_db"} & names and not item.get_closest_marker("django_db"):
            item.add_marker("once")
        elif not item.get_closest_marker("service") and _can_differ(item):
            item.add_marker("both")
    yield
    # pytest-django puts what needs no database last
    items.sort(key=lambda item: item.path.name != "test_seed_demo.py")


def _can_differ(item: pytest.Item) -> bool:
    """Tests that name a constraint. Other modules say `pytest.mark.both`. Tests of two who act at once are about
    PostgreSQL's locks: on SQLite, script/test --all runs them.
    """
    used = set(item.function.__code__.co_names) if hasattr(item, "function") else set()
    return bool({"refused", "IntegrityError"} & used)


def pytest_collection_finish() -> None:
    """Freeze imported and collected objects: scanning them took the garbage collector a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 4)  # of what tests leave, all is looked at after two million objects: 1.4 GB before


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A thread that a test left behind may still hold a connection, and a database in use can't be dropped."""
    yield
    from django.db import connection  # noqa: PLC0415 -- only now is the environment ready

    if connection.vendor == "postgresql":
        connection.close()  # a test may have ended this one, too
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608


@pytest.fixture(scope="session", autouse=True)
def inline_tasks():
    """`.delay` runs the task at once; with `django_capture_on_commit_callbacks(execute=True)` after the action."""
    from exchange.celery import app  # noqa: PLC0415 -- only now is the environment ready

    for each in ("applications", "exchange", "travel"):  # as in a worker, a task is found by its name
        importlib.import_module(f"{each}.tasks")
    app.conf.update(task_always_eager=True, task_eager_propagates=True)


def pytest_collection() -> None:
    """What a module reads as it's imported, such as today's date for a parameter, is by the city's clock, too."""
    from exchange.base import home  # noqa: PLC0415 -- only now is the environment ready

    home.keep(_city_of_tests())


def _city_of_tests():
    from exchange.models import HomeCity  # noqa: PLC0415 -- only now is the environment ready
    from travel.office.reference.loading import FOLDER  # noqa: PLC0415

    (row,) = tomllib.loads((FOLDER / "cities/los-angeles/home.toml").read_text())["city"]
    return HomeCity(**row)


@pytest.fixture(scope="session")
def city_of_tests():
    """The city that ships with the portal; no row, so no test pays a query for it."""
    return _city_of_tests()


@pytest.fixture(autouse=True)
def nothing_left_over(city_of_tests, request):
    """What a process remembers between requests, and the last test changed. One fixture: pytest looks at each of them
    for each of twelve thousand tests.
    """
    from django.core.cache import cache  # noqa: PLC0415 -- only now is the environment ready
    from django.utils import translation  # noqa: PLC0415

    from applications.base.rubrics import forget_rubrics  # noqa: PLC0415
    from applications.base.sections import forget_sections  # noqa: PLC0415
    from exchange.base import home  # noqa: PLC0415
    from exchange.files import antivirus  # noqa: PLC0415
    from exchange.wording import own  # noqa: PLC0415

    cache.clear()  # rate limits count in it; one test's sign-ins must not use up another's
    forget_sections()
    forget_rubrics()
    antivirus.daemon.worked()
    home.keep(city_of_tests)
    own.keep_none()  # no office has written its own words, so no test pays a query to ask
    CHANCE.seed(request.node.nodeid)
    translation.deactivate()  # a request in Spanish leaves its language activated in the thread


@pytest.fixture(scope="session", autouse=True)
def here_and_at_once(inline_tasks):
    """What production does in a subprocess or later, which takes a second to start: each has tests of its own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        nothing_counts_slowly(monkeypatch)
        results_are_made_at_once(monkeypatch)
        charts_are_drawn_here(monkeypatch)
        calculations_are_made_here(monkeypatch)
        codes_are_drawn_again(monkeypatch)
        middleware_is_loaded_once(monkeypatch)
        telling.watch(monkeypatch)
        yield


def nothing_counts_slowly(monkeypatch):
    """Slow counts are cached for a while, and on a busy machine any count is slow: each test decides for itself."""
    from applications.scores import comparing  # noqa: PLC0415 -- only now is the environment ready
    from exchange.background import cached_figures  # noqa: PLC0415

    for module in (comparing, cached_figures):
        monkeypatch.setattr(module, "SLOW_SECONDS", 1000)


def results_are_made_at_once(monkeypatch):
    """A page that asks for a result finds it made, as if the worker had been that quick: a test's transaction never
    commits. tests/exchange/background/test_results.py has pages that wait.
    """
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- only now is the environment ready

    from exchange.background import jobs, results  # noqa: PLC0415

    keep_days = jobs.keep_days

    def some_days() -> int:
        try:
            return keep_days()
        except ImproperlyConfigured:  # most tests have no row for it
            return 7

    monkeypatch.setattr(jobs, "keep_days", some_days)
    monkeypatch.setattr(results, "publish_after_commit", lambda job: jobs.publish(job))


def charts_are_drawn_here(monkeypatch):
    """A blank picture instead of a drawn one: to draw, an engine of 100 MB is loaded, and each chart takes a tenth of a
    second. tests/travel/base/test_charts.py draws, and so does `real_charts` where a test looks at pictures. None is
    drawn ahead of its page, which most tests of published figures never open; test_charts_pages.py does that.
    """
    from travel.base import charts  # noqa: PLC0415 -- only now is the environment ready
    from travel.outcomes import drawing_ahead  # noqa: PLC0415

    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [BLANK for _order in orders])
    monkeypatch.setattr(drawing_ahead, "after_release", lambda subjects: None)


@pytest.fixture
def real_charts(monkeypatch):
    """Charts are drawn, in this process; each picture once per run, for all processes."""
    from django.conf import settings  # noqa: PLC0415 -- only now is the environment ready

    from travel.base import charts, drawing  # noqa: PLC0415

    folder = settings.DATA_DIR / "drawn"
    folder.mkdir(exist_ok=True)

    def draw(order: str) -> str:
        kept = folder / hashlib.sha256(order.encode()).hexdigest()
        if not kept.exists():
            new = kept.with_suffix(f".{os.getpid()}")
            new.write_text(drawing.svg_of(json.loads(order)))
            new.rename(kept)
        return kept.read_text()

    monkeypatch.setattr(charts, "draw_in_subprocess", lambda orders: [draw(order) for order in orders])


def calculations_are_made_here(monkeypatch):
    """Nor are files opened in a subprocess. Tests of it import the real function: test_calculating.py,
    test_calculating_placement.py, test_upload_kinds.py, test_workbook_limits.py.
    """
    from applications.apply import file_cleaning  # noqa: PLC0415 -- only now is the environment ready
    from applications.endorse import enrollment_file  # noqa: PLC0415
    from applications.scores import calculating as scores  # noqa: PLC0415
    from travel.placement import calculating as placements  # noqa: PLC0415

    monkeypatch.setattr(scores, "in_subprocess", lambda calculate, rows, **terms: calculate(rows, **terms))
    monkeypatch.setattr(placements, "in_subprocess", lambda calculate, **given: calculate(**given))

    def clean(content: bytes, kind: str, *, megapixels: float) -> tuple[bytes, str]:
        # as in a new process; in this one WeasyPrint tells Pillow to accept pictures that end early
        with pytest.MonkeyPatch.context() as new:
            new.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
            return file_cleaning.clean(content, kind, megapixels=megapixels)

    monkeypatch.setattr(file_cleaning, "clean_in_subprocess", clean)
    monkeypatch.setattr(enrollment_file, "read_in_subprocess", enrollment_file.read)


def codes_are_drawn_again(monkeypatch):
    """Codes and form tokens follow from a test's name: once in some hundred runs a random one would hold the word or
    the number that a page must not show.
    """
    monkeypatch.setattr(secrets, "_sysrand", CHANCE)
    monkeypatch.setattr(secrets, "choice", CHANCE.choice)
    monkeypatch.setattr(secrets, "randbits", CHANCE.getrandbits)


def middleware_is_loaded_once(monkeypatch):
    """Each new client loads all of it at its first request, which takes 0.7 ms; thousands are made. What it reads from
    the settings it reads as it's loaded, so a changed setting loads it again.
    """
    from django.core.signals import setting_changed  # noqa: PLC0415 -- only now is the environment ready
    from django.test.client import ClientHandler  # noqa: PLC0415

    chain, load = [], ClientHandler.load_middleware
    setting_changed.connect(lambda **_: chain.clear(), weak=False)

    def load_once(handler: ClientHandler) -> None:
        if not chain:
            load(handler)
            chain.append(handler._middleware_chain)
        handler._middleware_chain = chain[0]

    monkeypatch.setattr(ClientHandler, "load_middleware", load_once)


@pytest.fixture
def story(still, db):
    """Acts whose results and rows are compared whole."""
    from tests.told_whole import Story  # noqa: PLC0415 -- only now is Django ready

    return Story(still)


@pytest.fixture
def sign_in() -> Callable:
    """`sign_in(user)` returns a client that is signed in as that person."""
    from django.test import Client  # noqa: PLC0415 -- only now is the environment ready

    def client_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def world(db) -> dict:
    """One row of everything, as the table of URLs needs it."""
    from tests.world import one_of_everything  # noqa: PLC0415 -- only now is Django ready

    return one_of_everything()
