"""The architecture: imports follow the order of the packages, pure modules stay pure, functions stay short."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ROOT

APPS = ("exchange", "applications", "travel")
# Anyone can run these modules without the portal: they import no Django, and of ours only each other.
PURE = {
    *(
        "applications/base/eligibility.py",
        "applications/endorse/enrollment.py",
        "applications/endorse/enrollment_file.py",
        "applications/endorse/workbook.py",
        "applications/reading/assignment.py",
        "applications/reading/reader_links.py",
        "applications/scores/scoring.py",
        "applications/scores/adjusting.py",
        "applications/scores/agreement.py",
        "applications/scores/calculating.py",
        "applications/scores/college_gap.py",
        "applications/base/lottery.py",
        "applications/base/money.py",
        "applications/base/merge.py",
        "applications/apply/saving.py",
        "applications/base/time_slots.py",
        "applications/base/file_kinds.py",
        "applications/apply/file_cleaning.py",
        "applications/apply/picture_notes.py",
        "applications/selection/reserves.py",
    ),
    *(
        "exchange/base/calendar.py",
        "exchange/base/airports.py",
        "exchange/base/integer_program.py",
        "exchange/messages/quiet.py",
        "exchange/background/subprocesses.py",
    ),
    *(
        "travel/placement/matching.py",
        "travel/base/open_days.py",
        "travel/passport/plan/timeline.py",
        "travel/base/names.py",
        "travel/base/legs.py",
        "exchange/figures/counts.py",
        "exchange/figures/reader.py",
        "exchange/figures/planning.py",
        "travel/outcomes/comparing.py",
        "travel/outcomes/population.py",
        "travel/outcomes/release_plan.py",
        "travel/outcomes/cohorts.py",
        "travel/prepare/money/promise.py",
        "travel/prepare/rooms/rooming.py",
    ),
    *("travel/outcomes/fairness.py", "travel/base/drawing.py"),
    *(
        "travel/placement/matching_inputs.py",
        "travel/placement/seats.py",
        "travel/placement/calculating.py",
    ),
}
PURE_APPS = {"highspy", "holidays", "numpy", "altair", "vl_convert"}


def tracked(*patterns: str) -> list[str]:
    """Files of the project: tracked by git, or untracked and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({name for name in listed if name and (ROOT / name).exists()})


def code(app: str) -> list[str]:
    return [name for name in tracked(f"{app}/*.py") if "/migrations/" not in name]


def imports_of(name: str) -> Iterator[str]:
    """Every dotted name that the file imports, also inside functions; relative imports made absolute."""
    package = Path(name).parent.parts
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_there_is_code_to_look_at():
    assert min(len(code(app)) for app in APPS) > 10


def test_the_settings_module_is_imported_by_nobody():
    wrong = {
        name for app in APPS for name in code(app) if any(i.startswith("exchange.settings") for i in imports_of(name))
    }
    assert wrong == set()


# --- The order of the packages -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the code and of the contracts in pyproject.toml, for tests to break."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for app in APPS:
        for name in code(app):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("applications/base/ordering.py", "from applications.release import promotions", "applications.base.ordering"),
        ("exchange/base/roles.py", "from applications import states", "exchange.base.roles -> applications.states"),
        ("travel/passport/days/forms.py", "from travel.passport.days import views", "travel.passport.days.forms"),
        ("travel/new_step/__init__.py", "", "travel.new_step"),
    ],
)
def test_an_import_against_the_order_is_found(house, name, line, told):
    changed = house / name
    before = changed.read_text() if changed.exists() else None
    changed.parent.mkdir(exist_ok=True)
    changed.write_text(f"{line}\n{before or ''}")
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, env={"COLUMNS": "300"}, timeout=120)
    if before is None:
        shutil.rmtree(changed.parent)
    else:
        changed.write_text(before)
    assert done.returncode == 1
    assert told in done.stdout


def test_no_import_inside_a_function_hides_a_cycle():
    """A function imports only heavy modules or ones that need loaded apps; a comment beside the import says which."""
    reasons = ("heavy", "memory", "numpy", "as above", "models are ready only now", "needs")
    wrong = [
        f"{name}: {line.strip()}"
        for app in APPS
        for name in code(app)
        for line in (ROOT / name).read_text().split("\n")
        if "PLC0415" in line and not any(reason in line.partition("PLC0415")[2] for reason in reasons)
    ]
    assert wrong == []


# --- Pure modules ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(name for name in PURE if (ROOT / name).exists()))
def test_pure_module_imports_no_django(name):
    pure_modules = {other.removesuffix(".py").replace("/", ".") for other in PURE}
    wrong = {
        imported
        for imported in imports_of(name)
        if imported.split(".")[0] in {"django", "celery", *APPS}
        and not any(imported == module or imported.startswith(f"{module}.") for module in pure_modules)
    }
    assert wrong == set()


# not in exchange: importing that package starts Celery
@pytest.mark.parametrize("name", sorted(name for name in PURE if name.startswith(("applications/", "travel/"))))
def test_pure_module_runs_without_the_portal(name):
    module = name.removesuffix(".py").replace("/", ".")
    check = f"import sys, {module}; print('django.apps' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, env={})
    assert (done.stdout.strip(), done.stderr) == ("False", "")


# --- Short functions, no inline styles --------------------------------------------------------------


def test_functions_are_under_40_lines():
    long = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for app in APPS
        for name in code(app)
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno + 1 >= 40
    }
    assert long == {}


INLINE = re.compile(
    r"<style\b|\sstyle=|<script(?![^>]*(?:\bsrc=|application/json))|\son[a-z]+=|javascript:", re.IGNORECASE
)


def test_pages_hold_no_inline_style_or_script():
    # mail and print have no CSP, and mail readers load no style sheet of ours
    names = [
        name for name in tracked("templates/*.html") if not name.startswith(("templates/emails", "templates/documents"))
    ]
    wrong = {name: found.group() for name in names if (found := INLINE.search((ROOT / name).read_text()))}
    assert wrong == {}


# Modules of outcomes that may count people, and what becomes of the numbers. Everything else there reads released rows.
COUNTING = {
    "actions": "plans a release",
    "counting": "counts for the plan",
    "earlier_actions": "names that are due to go, by the purge",
    "following/asking": "asks which cycles are home",
    "following/desk": "asks which cycles are home, and how many a college was asked about, for that college",
    "noticing": "asks which cycles are home",
    "now": "ranges of today, for the team",
    "trips": "seats and travelers of a trip, which everybody knows",
    "views/releases": "how many figures a release has",
}
NO_COUNT = re.compile(r"\b(Count|Sum)\(|\.count\(\)|import .*\bcounting\b")


def _counts_people(text: str) -> bool:
    return bool(NO_COUNT.search(text))


def test_what_leaves_the_house_counts_nobody():
    house = ROOT / "travel/outcomes"
    names = {path: str(path.relative_to(house).with_suffix("")) for path in sorted(house.rglob("*.py"))}
    found = {name for path, name in names.items() if _counts_people(path.read_text())}
    assert found <= COUNTING.keys(), f"{sorted(found - COUNTING.keys())}: read released figures instead (docs/adr/0027)"
    assert COUNTING.keys() <= found  # an exception that nobody needs goes


@pytest.mark.parametrize("text", ["people.count()", "Count('pk')", "from travel.outcomes import counting, words"])
def test_a_page_that_counts_is_found(text):
    assert _counts_people(text)
