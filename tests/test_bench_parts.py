"""Each part of script/bench, from its command line to its table, on ten applications.

Nothing is measured here: a part that can't be run is found before somebody waits for it. All parts share one filled
database, of which those that change it get a copy, and the web servers that are alike.
"""

import json
import os
import secrets
import subprocess
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import psycopg
import pytest

from script.benchmarks import (
    __main__,
    against,
    check_ins,
    client,
    directors,
    exports,
    pages,
    portal,
    releases,
    report,
    restores,
    savers,
    weights,
    worklists,
)
from tests import databases
from tests.services import ROOT

pytestmark = [pytest.mark.full, pytest.mark.once]  # on PostgreSQL, as script/bench itself
NUMBER = 10
CHANGED = (
    "savers",
    "release",
    "check_in",
    "ten_cycles",
    "ten_longer_cycles",
    "restore",
    "export",
)  # parts that get a database of their own
LISTS, WEIGHED = pages.LISTS[::6], pages.WEIGHED[::4]  # each list is opened once by `lists`, in any case
KEPT = ("rows", "queries", "home", "lists")  # acts whose answer doesn't change while the others run
MODULES = (__main__, against, check_ins, directors, exports, releases, restores, savers, worklists)


@dataclass(slots=True)
class Remembering(portal.Portal):
    """Asks for the same act once: each takes the start of a process."""

    def inside(self, *words, **env):
        key = json.dumps([self.url, words, env])
        if words[0] not in KEPT or key not in ANSWERS:
            ANSWERS[key] = super(Remembering, self).inside(*words, **env)
        if words[0] == "home":  # other pages are measured from now on
            for other in [each for each in ANSWERS if json.loads(each)[1] == ["queries"]]:
                del ANSWERS[other]
        return ANSWERS[key]


# the reference rows, two of staff and the benchmark's cycle: the demo beside it would take a minute
FILL = """
import django
django.setup()
from django.utils import timezone
from exchange.models import Role, User
from travel.demo import bulk
from travel.office.actions import reference
reference.load()
people = [User.objects.create_user(f"{{kind}}@example.gov", full_name=kind) for kind in ("coordinator", "director")]
for person in people:
    Role.objects.create(user=person, kind=person.full_name)
bulk.write({number}, timezone.localdate(), by=people[0])
"""
ANSWERS: dict[str, object] = {}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The portals by part; "pages" is shared by those that change nothing."""
    databases.make_template()
    cluster, own = urlsplit(os.environ["DATABASE_URL"]), f"bench_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    names = {part: f"{own}_{part}" for part in ("pages", *CHANGED)}
    folder = tmp_path_factory.mktemp("bench")
    found = Remembering(NUMBER, _address(cluster, names["pages"]), folder, secrets.token_urlsafe(50))
    with psycopg.connect(_address(cluster, "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {names['pages']} TEMPLATE {databases.TEMPLATE}")
        command = [found.python, "-c", FILL.format(number=NUMBER)]
        subprocess.run(command, cwd=ROOT, env=found.env | portal.SEEDS, check=True)
        for part in CHANGED:
            server.execute(f"CREATE DATABASE {names[part]} TEMPLATE {names['pages']}")
        found.manage("collectstatic", "--no-input", "--verbosity", "0")
        yield {part: replace(found, url=_address(cluster, name)) for part, name in names.items()}


def _address(cluster, name):
    return cluster._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="module")
def servers():
    """Starts web servers that are alike once, and ends them after the last part."""
    started = {}
    with ExitStack() as stack:

        @contextmanager
        def alike(which, *options, **env):
            key = (which.url, options, json.dumps(env))
            if key not in started:
                started[key] = stack.enter_context(portal.gunicorn(which, *options, **env))
            yield started[key]

        yield alike


@pytest.fixture
def bench(filled, servers, monkeypatch, capsys):
    """Runs script/bench's program with these words on the portal of that part, and returns what it prints."""
    monkeypatch.setattr(__main__, "REQUESTS", 1)
    monkeypatch.setattr(__main__, "CROWD_SECONDS", 0.2)
    monkeypatch.setattr(client, "CHUNK", 1)
    monkeypatch.setattr(against, "ROUNDS", 2)
    monkeypatch.setattr(against, "REQUESTS", 1)
    monkeypatch.setattr(against, "WARMING", 1)
    monkeypatch.setattr(against, "CROWD_ROUNDS", 1)
    monkeypatch.setattr(against, "CROWD_SECONDS", 0.2)
    monkeypatch.setattr(directors, "ROUNDS", 1)
    monkeypatch.setattr(worklists, "REQUESTS", 1)
    monkeypatch.setattr(worklists, "LISTS", LISTS)
    monkeypatch.setattr(weights, "WEIGHED", WEIGHED)
    monkeypatch.setattr(__main__.assigning, "measure", list)
    monkeypatch.setattr(__main__.adjusting, "measure", list)

    def run(parts, *words):
        made = [filled[part] for part in parts.split()]
        for module in MODULES:
            if hasattr(module, "portals"):
                monkeypatch.setattr(module, "portals", lambda numbers, *_: nullcontext((made * 3)[: len(numbers)]))
            if hasattr(module, "gunicorn"):
                monkeypatch.setattr(module, "gunicorn", servers)
        monkeypatch.setattr("sys.argv", ["script/bench", *words])
        __main__.main()
        return capsys.readouterr().out

    return run


def rows_of(told):
    """The cells of all tables in Markdown, without heads."""
    return [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| ") and "---" not in line]


def test_lists_are_measured(bench):
    """First, because it does the work that waits for a worker, and the pages of the next leave charts to draw."""
    assert [row[0] for row in rows_of(bench("pages", "--lists"))[1:]] == [page.label for page in LISTS]


def test_pages_are_measured_counted_anew_and_weighed(bench):
    told = bench("pages", "--quick")
    shown = {row[0] for row in rows_of(told)}
    assert {page.label for page in (*__main__.PAGES, *__main__.COUNTED_ANEW)} <= shown
    assert {label for label, _person, _path in WEIGHED} <= shown
    assert set(__main__.SERVERS) <= shown


def test_savers_lose_nothing(bench):
    saved = rows_of(bench("savers", "--savers", "1", "--seconds", "1"))[1]
    assert int(saved[0]) > 0
    assert saved[4] == saved[6] == saved[7] == "0"


def test_pages_of_a_commit_are_compared(bench, monkeypatch):
    monkeypatch.setattr(against, "exported", lambda _commit: nullcontext(ROOT))
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True).strip()
    told = bench("pages", "--against", commit, "--only", "form")
    assert __main__.FORM.label in told
    assert "knows no" not in told


def test_everything_is_exported_as_each_form(bench):
    told = bench("export", "--export", str(NUMBER))
    assert len(rows_of(told)) == 1 + 2 * len(exports.FORMS)


def test_results_are_released(bench):
    assert rows_of(bench("release", "--release", "3"))[1][0] == "3 people, by a job"


def test_travelers_are_asked_and_tallied(bench):
    assert "The tally is that of the rows." in bench("check_in", "--check-in", "2")


def test_ten_cycles_of_the_director_are_shown(bench):
    assert "queries" in bench("ten_cycles ten_longer_cycles", "--director", str(NUMBER))


def test_a_backup_is_made_checked_and_restored(bench):
    assert len(rows_of(bench("restore", "--restore", str(NUMBER)))) == 5


def test_budgets_are_told():
    assert "missed" in report.verdict(("1 s", 2, 1))
