"""script/bench --against COMMIT: measures the pages of this checkout and of another commit in turns.

Each side migrates, seeds and serves its own database with its own code. The two share the list of pages, the answers of
`inside.py`, and HTTP; if one of them lacks a page, its row says so.
"""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from script.benchmarks import against_report
from script.benchmarks.client import Client, Crowd, Visit, crowd
from script.benchmarks.pages import FORM, PAGES, Page
from script.benchmarks.portal import ROOT, Cluster, Portal, Server, gunicorn, portals, say

ROUNDS, ROUNDS_QUICK = 32, 16
REQUESTS = 5  # of each side in a round: short, so that noise of the machine affects both sides of a round
WARMING = 8  # connections that do not count; after them, each web process and its threads have answered
CROWD_ROUNDS, CROWD_SECONDS = 12, 2.5
STEADY = ("--max-requests", "0")  # processor time of a process that restarts would be lost
LENT = (".tools", ".venv")


@dataclass(slots=True)
class Side:
    name: str
    portal: Portal
    server: Server


@dataclass(slots=True)
class Turns:
    """One page of one side: milliseconds of each request, and processor milliseconds per request of each round."""

    times: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    queries: int | None = None
    missing: str = ""  # why the page cannot be asked for


@dataclass(slots=True)
class Compared:
    names: list[str]
    number: int
    pages: list[tuple[Page, list[Turns]]] = field(default_factory=list)
    crowds: list[list[Crowd]] = field(default_factory=list)  # a pair for each round
    memory: list[int] = field(default_factory=list)


def run(commit: str, number: int, *, quick: bool = False, only: str = "") -> str:
    wanted = [page for page in PAGES if only.lower() in page.label.lower()]
    if not wanted:
        raise SystemExit(f"script/bench: --only: no page's name has {only!r} in it.")
    with exported(commit) as other, portals([number, number], [ROOT, other]) as both:
        result = Compared([f"here ({_described()})", commit[:8]], number)
        measure(result, both, wanted, ROUNDS_QUICK if quick else ROUNDS)
    return against_report.markdown(result)


def measure(result: Compared, both: list[Portal], wanted: list[Page], rounds: int) -> None:
    for portal in both:
        portal.found = portal.inside("rows") | {"queries": portal.inside("queries")}
    with gunicorn(both[0], *STEADY) as here, gunicorn(both[1], *STEADY) as there, Cluster.of(both[0]) as cluster:
        sides = [Side(*each) for each in zip(result.names, both, (here, there), strict=True)]
        for after_the_trip in (False, True):
            pages = [page for page in wanted if page.after_the_trip == after_the_trip]
            if after_the_trip and pages:
                for portal in both:
                    portal.inside("home")
                    portal.found["queries"] |= portal.inside("queries")
            for page in pages:
                result.pages.append((page, in_turns(sides, cluster, page, rounds)))
                say(f"{page.label}: {against_report.ratio_of(result.pages[-1][1])}")
        if FORM in wanted:
            result.crowds = crowds(sides)
        result.memory = [side.server.memory() for side in sides]


def in_turns(sides: list[Side], cluster: Cluster, page: Page, rounds: int) -> list[Turns]:
    """Measure round by round, with each side first in every other round: A B, B A, A B and so on."""
    both = [Turns(queries=side.portal.found["queries"].get(page.label)) for side in sides]
    visits = [trial(side, page, turns) for side, turns in zip(sides, both, strict=True)]
    pairs = [(*each,) for each in zip(sides, visits, both, strict=True) if each[1]]
    for place in range(rounds):
        for side, visit, turns in pairs if place % 2 == 0 else reversed(pairs):
            visit.client.close()  # another worker may answer now
            web, database = side.server.processor(), cluster.processor()
            for _ in range(REQUESTS):
                visit.ask()
            turns.web.append((side.server.processor() - web) * 1000 / REQUESTS)
            turns.database.append((cluster.processor() - database) * 1000 / REQUESTS)
    for _side, visit, turns in pairs:
        turns.times = visit.times
        visit.client.close()
    return both


def trial(side: Side, page: Page, turns: Turns) -> Visit | None:
    """The first requests, which do not count. None, with the reason in `turns`, if this side lacks the page."""
    found = side.portal.found
    try:
        client = Client(side.server.port, found["sessions"][page.person])
        visit = Visit(client, page.path.format(**found["codes"]), page.post, page.saves.format(**found["codes"]))
        for _ in range(WARMING):
            client.close()
            for _ in range(REQUESTS):
                visit.ask()
    except (SystemExit, KeyError) as error:
        turns.missing = f"{side.name}: {error if isinstance(error, SystemExit) else f'knows no {error}'}"
        return None
    visit.times.clear()
    return visit


def crowds(sides: list[Side]) -> list[list[Crowd]]:
    """Eight students at once on the form page, for some seconds on each side, in turns."""
    path = FORM.path.replace("{draft}", "{}")
    rounds = []
    for place in range(CROWD_ROUNDS):
        pair = {}
        for side in sides if place % 2 == 0 else reversed(sides):
            drafts = side.portal.found["drafts"]
            students = [Visit(Client(side.server.port, each["session"]), path.format(each["code"])) for each in drafts]
            pair[side.name] = crowd(students, seconds=CROWD_SECONDS)
        rounds.append([pair[side.name] for side in sides])
        say(f"eight at once: {' and '.join(f'{each.rate:.0f} a second' for each in rounds[-1])}")
    return rounds


# --- The other checkout -----------------------------------------------------------------------------


@contextmanager
def exported(commit: str) -> Iterator[Path]:
    """The files of that commit in a folder of their own, with an environment to run them: this checkout's, if both
    lock files are the same."""
    with tempfile.TemporaryDirectory(prefix="exchange-against-") as name:
        folder = Path(name)
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
        for lent in LENT:
            if (ROOT / lent).exists() and (lent == ".tools" or _same(folder, "uv.lock")):
                (folder / lent).symlink_to(ROOT / lent)
        _bootstrap(folder)
        yield folder


def _same(folder: Path, name: str) -> bool:
    return (folder / name).exists() and (folder / name).read_bytes() == (ROOT / name).read_bytes()


def _bootstrap(folder: Path) -> None:
    """Its own script installs what is missing, and compiles the translations."""
    if not (folder / "script/bootstrap").exists() or not (folder / "script/benchmarks/inside.py").exists():
        raise SystemExit("script/bench: --against: that commit has no script/bootstrap or no benchmarks.")
    done = subprocess.run(["script/bootstrap", "--test"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"script/bootstrap of that commit failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def _described() -> str:
    """Such as 538dbc71, or 538dbc71-dirty with changes that are in no commit."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
