"""`script/test --changed` names the tests that a change can break, and says what to do where it can't know."""

import shutil
import subprocess

import pytest

from script.changed import package_of, paths_to_test
from tests.services import ROOT

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("travel/prepare/packing/lists.py", "travel.prepare"),
        ("templates/travel/prepare/packing.html", "travel.prepare"),
        ("travel/migrations/0002_other_city.py", "travel"),
        ("travel/states.py", "travel"),
        ("templates/base.html", None),
        ("docs/tests.md", None),
    ],
)
def test_a_file_belongs_to_its_package(path, package):
    assert package_of(path) == package


def test_packages_above_a_changed_module_are_tested_and_those_below_are_not():
    found = paths_to_test(["travel/passport/plan/timeline.py"])

    assert {"tests/travel/passport", "tests/travel/placement", "tests/travel/office"} <= set(found)
    assert not [path for path in found if path.startswith(("tests/applications", "tests/exchange"))]


def test_a_changed_test_runs_alone_and_a_page_with_its_package():
    assert paths_to_test(["tests/travel/office/test_home.py"]) == ["tests/travel/office/test_home.py"]
    found = paths_to_test(["templates/travel/prepare/packing.html", "tests/travel/prepare/test_packing.py"])
    assert "tests/travel/prepare" in found and "tests/travel/prepare/test_packing.py" not in found


def test_what_no_test_reads_runs_none():
    assert paths_to_test(["docs/tests.md"]) == []


def test_outside_a_checkout_it_says_what_to_do(tmp_path):
    copy = shutil.copytree(ROOT / "script", tmp_path / "script", ignore=shutil.ignore_patterns("__pycache__"))
    command = [ROOT / ".venv/bin/python", "-m", "script.changed"]
    refused = subprocess.run(command, cwd=copy.parent, capture_output=True, text=True, timeout=60)

    assert refused.returncode == 1
    assert "--changed needs a git checkout to compare with. Run script/test" in refused.stderr
