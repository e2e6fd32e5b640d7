"""script/bench: its answers before anything is installed, and the ratios by which it judges a change."""

import shutil
import subprocess
from types import SimpleNamespace

import pytest

from script.benchmarks import against, against_report
from script.benchmarks.pages import FORM
from script.benchmarks.ratios import left_out, ratio
from tests.services import ROOT


@pytest.fixture
def bare(tmp_path):
    """A checkout without .venv, tools or a repository."""
    shutil.copytree(ROOT / "script", tmp_path / "script", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def bench(*words, folder=ROOT):
    return subprocess.run(["script/bench", *words], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.once
def test_help_needs_nothing_but_python(bare):
    told = bench("--help", folder=bare)

    assert (told.returncode, told.stderr) == (0, "")
    assert "usage: script/bench" in told.stdout
    assert all(option in told.stdout for option in ("--quick", "--against", "--applications", "--only", "--restore"))
    assert not (bare / ".venv").exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["no-such-branch", "--help-me", "0123456789"])
def test_a_commit_that_is_not_there_is_one_line(name):
    refused = bench(f"--against={name}")

    assert refused.returncode == 1
    assert refused.stderr == f"script/bench: --against: there is no commit {name!r} in this repository.\n"
    assert refused.stdout == ""


def test_ratio_is_the_median_of_each_round():
    """The machine became twice as slow in the third round and stalled in one; neither changes the ratio."""
    there = [10, 10, 20, 20, 20, 20, 20, 20]
    here = [8, 8, 16, 16, 16, 160, 15, 17]

    found = ratio(here, there)

    assert found.middle == pytest.approx(0.8)
    assert (found.low, found.high) == (0.75, 8)  # with eight rounds, all of them
    assert str(found) == "× 0.80 (0.75–8.00)"


def test_a_long_run_leaves_outliers_out_of_the_interval():
    found = ratio([0.1, *[0.9] * 5, *[1.0] * 8, *[1.1] * 5, 50], [1] * 20)

    assert (found.low, found.middle, found.high) == (0.9, 1.0, 1.1)


@pytest.mark.parametrize(("rounds", "beyond"), [(1, 0), (5, 0), (6, 0), (9, 1), (12, 2), (16, 3), (20, 5), (32, 9)])
def test_interval_is_that_of_the_sign_test(rounds, beyond):
    """As in published tables: of 12 sorted values, the third and the tenth contain the median in 96 of 100 samples."""
    assert left_out(rounds) == beyond


def test_nothing_measured_has_no_ratio():
    assert ratio([], []) is None
    assert ratio([1], [0]) is None


def test_a_page_that_one_side_does_not_know_is_told_in_its_row():
    older = SimpleNamespace(found={"sessions": {}, "codes": {"draft": "ABCDEFGH"}})
    here = against.Turns(times=[20.0], web=[10.0], database=[2.0], queries=5)
    there = against.Turns()

    assert against.trial(against.Side("0123abcd", older, SimpleNamespace(port=0)), FORM, there) is None

    row = against_report.page_row(FORM, [here, there])
    assert row[:3] == [FORM.label, "0123abcd: knows no 'draft'", ""]
    assert row[3:] == ["20.0", "", "10.0", "", "2.0", "", "5", ""]
