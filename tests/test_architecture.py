"""The shape of the code: imports go one way, pure modules stay pure, files stay short."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ROOT

MAY_IMPORT = {"exchange": set(), "applications": {"exchange"}, "travel": {"exchange", "applications"}}
# Wiring names every app; nothing imports it. The URL table and the demo's commands name apps as strings or here.
WIRING = {"exchange/settings.py", "exchange/urls.py", "exchange/celery.py", "exchange/wsgi.py", "exchange/asgi.py"}
# Anyone can run and check these without the portal: they import no Django and nothing of ours but each other.
PURE = {
    *(
        "applications/base/eligibility.py",
        "applications/endorse/enrollment.py",
        "applications/endorse/enrollment_file.py",
        "applications/reading/assignment.py",
        "applications/reading/reader_links.py",
        "applications/scores/scoring.py",
        "applications/scores/adjusting.py",
        "applications/scores/agreement.py",
        "applications/scores/calculating.py",
        "applications/base/lottery.py",
        "applications/base/merge.py",
        "applications/apply/reminders.py",
        "applications/base/time_slots.py",
        "applications/base/file_kinds.py",
        "applications/apply/file_cleaning.py",
    ),
    *("exchange/base/calendar.py", "exchange/messages/quiet.py", "exchange/background/subprocesses.py"),
    *(
        "travel/placement/matching.py",
        "travel/passport/timeline.py",
        "travel/base/names.py",
        "travel/outcomes/disclosure.py",
        "travel/outcomes/figures.py",
    ),
    *("travel/outcomes/fairness.py", "travel/base/drawing.py"),
    *(
        "travel/placement/matching_inputs.py",
        "travel/placement/seats.py",
        "travel/placement/what_if.py",
        "travel/placement/calculating.py",
    ),
}
PURE_MAY_IMPORT = {"numpy", "scipy", "altair", "vl_convert"}
# Within an app, a layer (a folder or file of this name) must not import these layers of it.
LAYERS = {
    "states": {"models", "actions", "forms", "views", "permissions", "tasks", "documents"},
    "models": {"actions", "forms", "views", "permissions", "tasks", "documents"},
    "permissions": {"models", "actions", "forms", "views", "tasks", "documents"},
    "actions": {"forms", "views", "urls"},
    "forms": {"views", "urls"},
    "documents": {"forms", "views", "urls"},
    "outcomes": {"actions", "forms", "views", "urls"},
}


def tracked(*patterns: str) -> list[str]:
    """Files of the project: what git has, and what it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({name for name in listed if name and (ROOT / name).exists()})


def code(app: str) -> list[str]:
    return [name for name in tracked(f"{app}/*.py") if "/migrations/" not in name]


def imports_of(name: str) -> Iterator[str]:
    """Every dotted name that the file imports, inside functions too; relative ones made absolute."""
    package = Path(name).parent.parts
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_there_is_code_to_look_at():
    assert min(len(code(app)) for app in MAY_IMPORT) > 10


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_app_imports_only_upstream(app):
    wrong = {
        (name, imported)
        for name in code(app)
        if name not in WIRING
        for imported in imports_of(name)
        if imported.split(".")[0] in MAY_IMPORT.keys() - MAY_IMPORT[app] - {app}
    }
    assert wrong == set()


def test_the_settings_module_is_imported_by_nobody():
    wrong = {
        name
        for app in MAY_IMPORT
        for name in code(app)
        if any(i.startswith("exchange.settings") for i in imports_of(name))
    }
    assert wrong == set()


@pytest.mark.parametrize("name", sorted(name for name in PURE if (ROOT / name).exists()))
def test_pure_module_imports_no_django(name):
    pure_modules = {other.removesuffix(".py").replace("/", ".") for other in PURE}
    wrong = {
        imported
        for imported in imports_of(name)
        if imported.split(".")[0] in {"django", "celery", *MAY_IMPORT}
        and not any(imported == module or imported.startswith(f"{module}.") for module in pure_modules)
    }
    assert wrong == set()


# of exchange not: its package starts Celery
@pytest.mark.parametrize("name", sorted(name for name in PURE if name.startswith(("applications/", "travel/"))))
def test_pure_module_runs_without_the_portal(name):
    module = name.removesuffix(".py").replace("/", ".")
    check = f"import sys, {module}; print('django.apps' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, env={})
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.parametrize("app", ["applications", "travel"])
@pytest.mark.parametrize("layer", LAYERS)
def test_layer_imports_only_below_itself(app, layer):
    files = [name for name in code(app) if name.startswith((f"{app}/{layer}/", f"{app}/{layer}.py"))]
    wrong = {
        (name, imported)
        for name in files
        for imported in imports_of(name)
        if imported.split(".")[0] == app and imported.split(".")[1] in LAYERS[layer]
    }
    assert wrong == set()


# --- Short and plain --------------------------------------------------------------------------------


def test_functions_are_under_40_lines():
    long = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for app in MAY_IMPORT
        for name in code(app)
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno + 1 >= 40
    }
    assert long == {}


INLINE = re.compile(
    r"<style\b|\sstyle=|<script(?![^>]*(?:\bsrc=|application/json))|\son[a-z]+=|javascript:", re.IGNORECASE
)


def test_pages_hold_no_inline_style_or_script():
    # mail and print have no policy to break: their readers know no style sheet of ours
    names = [
        name for name in tracked("templates/*.html") if not name.startswith(("templates/emails", "templates/documents"))
    ]
    wrong = {name: found.group() for name in names if (found := INLINE.search((ROOT / name).read_text()))}
    assert wrong == {}
