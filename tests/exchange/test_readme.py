"""The README is true: what it names exists, and the commands it gives a newcomer work."""

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.urls import resolve
from PIL import Image

from tests.services import ROOT

README = (ROOT / "README.md").read_text()
# inline `code`, outside code blocks
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))))
PATHS = [name for name in NAMED if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", name) and re.search(r"[/.]", name)]
RECORDS = [name for name in PATHS if re.fullmatch(r"docs/adr/\d{4}", name)]  # tests/test_decision_records.py
ADDRESSES = [name for name in NAMED if name.startswith("/")]
MANAGEMENT = [name.removeprefix("manage.py ") for name in NAMED if name.startswith("manage.py ")]
OTHER_WORDS = {"PORT", "DATA_DIR", "--fresh", "LICENSE", "lint-imports", "REFERENCE_CITY"}
# Made when the portal runs, or not part of a checkout.
MADE_LATER = {"var/"}

TYPED = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
CHOSEN = "tests/exchange/test_readme.py::test_chosen_tests_run_on_both_databases"
# Each line of the README's code blocks, and the test that runs it.
EXERCISED = {
    "git clone <address of this repository> exchange": "",  # git's own command
    "cd exchange": "",
    "script/demo": "tests/test_scripts.py::test_demo_starts_all_parts_and_stops_them",
    "PORT=8001 DATA_DIR=/var/tmp/exchange script/demo --fresh": (
        "tests/test_scripts.py::test_demo_starts_over_where_it_is_told_to"
    ),
    "script/test": CHOSEN,
    "script/test --changed": "tests/test_changed.py::test_a_changed_test_runs_alone_and_a_page_with_its_package",
    "script/test --all": "",  # too long for a test: a person runs it before a release
    "script/test tests/travel/office/test_home.py": (CHOSEN),
    "script/bench --quick": "tests/exchange/test_readme.py::test_script_says_how_it_is_used",
    "script/mutations": "tests/exchange/test_readme.py::test_script_says_how_it_is_used",
    "script/screenshots": "tests/exchange/test_readme.py::test_script_says_how_it_is_used",
    "script/messages": "tests/exchange/test_readme.py::test_messages_brings_the_catalog_up_to_date",
}


class Pictures(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(README)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


def own_environment() -> dict[str, str]:
    """The environment of a person, without the variables of this test run."""
    ours = ("PYTEST_", "DATABASE_URL", "DJANGO_", "DEMO", "DATA_DIR", "LOG_LEVEL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def type_in(command: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=own_environment(), capture_output=True, text=True, timeout=300
    )


def test_readme_has_its_five_parts():
    headings = re.findall(r"^## (.+)$", README, re.MULTILINE)

    assert headings == [
        "What it is",
        "Run it",
        "Test it",
        "The seven steps, and their files",
        "Who decides what",
    ]


@pytest.mark.parametrize("path", [path for path in PATHS if path not in RECORDS])
def test_path_in_the_readme_exists(path):
    assert path in MADE_LATER or (ROOT / path).exists()
    assert not path.endswith("/") or path in MADE_LATER or (ROOT / path).is_dir()


def test_the_readme_names_every_step():
    """A step is a package with URLs of its own."""
    steps = {
        f"{path.parent.relative_to(ROOT)}/"
        for app in ("applications", "travel")
        for path in (ROOT / app).glob("*/urls.py")
    }
    assert steps <= set(PATHS)


def test_the_glossary_names_what_there_is():
    text = (ROOT / "docs/glossary.md").read_text()
    models = {model.__name__ for model in apps.get_models()}
    modules = {path.stem for app in ("applications", "exchange", "travel") for path in (ROOT / app).rglob("*.py")}
    for name in re.findall(r"`([A-Za-z_]+)`", text):
        assert name in models | modules | {"RuleViolation"}, name
    for path in re.findall(r"`([\w/]+\.py)`", text):
        assert (ROOT / path).exists()


def test_every_word_of_code_in_the_readme_is_understood():
    assert set(NAMED) == set(PATHS) | set(ADDRESSES) | {f"manage.py {name}" for name in MANAGEMENT} | OTHER_WORDS


@pytest.mark.parametrize("address", [*ADDRESSES, *re.findall(r"http://localhost:8000(/\S*)", README)])
def test_address_in_the_readme_is_one_of_the_portals(address, client, db):
    assert resolve(address)
    assert client.get(address).status_code in (200, 503)  # /readyz answers 503 without its services


@pytest.mark.parametrize("command", MANAGEMENT)
def test_management_command_in_the_readme_exists(command):
    assert command in get_commands()


def test_readme_shows_the_three_pictures():
    shown = Pictures().found

    assert [Path(str(picture["src"])).stem for picture in shown] == ["journey", "review", "outcomes"]
    for picture in shown:
        assert picture["alt"]
        path = ROOT / str(picture["src"])
        assert path.stat().st_size < 150_000
        with Image.open(path) as image:
            image.verify()


def test_every_command_of_the_readme_is_typed_by_a_test():
    assert set(TYPED) == set(EXERCISED)
    for test in filter(None, EXERCISED.values()):
        path, name = test.split("::")
        assert f"def {name}" in (ROOT / path).read_text(), test


@pytest.mark.once
@pytest.mark.parametrize("script", ["script/bench", "script/mutations", "script/screenshots", "script/year"])
def test_script_says_how_it_is_used(script):
    told = type_in(f"{script} --help")

    assert told.returncode == 0, told.stderr
    assert f"usage: {script}" in told.stdout
    assert all(option in told.stdout for option in re.findall(rf"^{script}.* (--\w+)", "\n".join(TYPED), re.MULTILINE))


@pytest.mark.full
@pytest.mark.once
def test_messages_brings_the_catalog_up_to_date(tmp_path):
    """In a copy, because the catalog is edited by people."""
    left_out = shutil.ignore_patterns(".*", "var", "__pycache__", "*.mo")
    copy = shutil.copytree(ROOT, tmp_path / "copy", ignore=left_out)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    new = copy / "templates/404.html"
    new.write_text(new.read_text() + '{% load i18n %}{% translate "Nobody ever wrote this" %}')

    ran = type_in("script/messages", folder=copy)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert 'msgid "Nobody ever wrote this"' in (copy / "locale/es/LC_MESSAGES/django.po").read_text()
    assert (copy / "locale/es/LC_MESSAGES/django.mo").exists()


@pytest.mark.full
@pytest.mark.once
def test_chosen_tests_run_on_both_databases():
    ran = type_in("script/test tests/travel/office/test_home.py")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Chosen tests on SQLite" in ran.stdout
    assert "Chosen tests on PostgreSQL" in ran.stdout
    assert len(re.findall(r"\d passed in", ran.stdout)) == 2
    assert "All passed" in ran.stdout
