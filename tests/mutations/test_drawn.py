"""What script/mutations --sample draws and plants. The sample itself is run before a release."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.utils.functional import SimpleLazyObject

from tests.mutations import drawn, planted, reach
from tests.mutations.drawn import Fault, Refused, draw, outer_function
from tests.mutations.listed import ROOT

SMALL = ["exchange/figures"]
HOUSE = """class House:
    def rooms(self):
        for each in (
            1,
        ):
            self.add(
                each
            )
"""


@pytest.fixture(scope="module")
def faults():
    return draw(SMALL, 8, seed=3)


def test_the_same_seed_draws_the_same_and_another_one_others(faults):
    assert draw(SMALL, 8, seed=3) == faults
    assert draw(SMALL, 8, seed=4) != faults


def test_each_is_one_change_inside_a_function_and_compiles(faults):
    assert len({(fault.path, fault.source) for fault in faults}) == 8
    for fault in faults:
        before = (ROOT / fault.path).read_text()
        assert fault.source != before
        assert fault.old in " ".join(line.strip() for line in before.splitlines())
        assert fault.function in {
            found[0] for line in fault.lines if (found := outer_function(ast.parse(before), line))
        }
        compile(fault.source, fault.path, "exec")


def test_no_word_is_changed_and_nothing_that_only_makes_a_page_slower(tmp_path, monkeypatch):
    monkeypatch.setattr(drawn, "ROOT", tmp_path)
    (tmp_path / "some.py").write_text('def rows(found):\n    return found.select_related("trip").filter(code="a")\n')

    changed = [drawn._fault(tmp_path / "some.py", *each) for each in drawn._mutations(tmp_path / "some.py")]

    assert Counter(fault.new for fault in changed if fault) == {
        'return found.select_related("trip").filter(code=None)': 1
    }


def test_what_is_known_to_change_nothing_is_not_drawn(faults, monkeypatch):
    known = faults[0]
    monkeypatch.setattr(drawn, "equivalents", lambda: [drawn.Equivalent(known.path, known.old, known.new, "Why.")])

    assert known not in draw(SMALL, 8, seed=3)


def test_what_is_known_to_change_nothing_still_stands_in_the_code():
    for each in drawn.equivalents():
        text = " ".join(line.strip() for line in (ROOT / each.path).read_text().splitlines())
        assert each.old in text, each
        assert each.old != each.new
        assert each.why.endswith(".")


@pytest.mark.parametrize(
    ("chosen", "number", "said"),
    [(["travel/nowhere"], 1, "No such package: travel/nowhere. There are "), (SMALL, 10**6, "There are only ")],
)
def test_what_cannot_be_drawn_is_said(chosen, number, said):
    with pytest.raises(Refused, match=said):
        draw(chosen, number, seed=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sample", "0"], "--sample: say how many faults: a whole number from 1"),
        (["--sample", "many"], "--sample: say how many faults: a whole number from 1"),
        (["--sample", "5", "--seed", "red"], "--seed: any whole number"),
    ],
)
def test_a_number_that_is_none_is_said(options, said):
    command = [sys.executable, "-m", "tests.mutations", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert said in done.stderr


def test_the_statement_around_a_line_is_found_and_of_a_loop_only_its_head():
    tree = ast.parse(HOUSE)

    assert outer_function(tree, 4) == ("House.rooms", range(3, 6))
    assert outer_function(tree, 7) == ("House.rooms", range(6, 9))
    assert outer_function(ast.parse("LIMIT = 3\n"), 1) is None


def halved(number):
    return number / 2


def test_a_fault_is_planted_in_every_function_made_from_that_text():
    path = str(Path(__file__).relative_to(ROOT))
    source = Path(__file__).read_text().replace("return number " + "/ 2", "return number " + "* 2")
    fault = Fault(path, "halved", range(1, 2), "", "", source)
    before = halved.__code__
    try:
        assert planted.plant(fault, planted._functions({str(ROOT / path)}))
        assert halved(4) == 8
    finally:
        halved.__code__ = before


def made():
    def thirds(number):
        return number / 3

    return thirds


def test_a_fault_reaches_what_a_function_returned_before():
    """As the views that a decorator made when the project was imported."""
    path, there = str(Path(__file__).relative_to(ROOT)), made()
    source = Path(__file__).read_text().replace("return number " + "/ 3", "return number " + "* 3")
    before = made.__code__, there.__code__
    try:
        assert planted.plant(Fault(path, "made", range(1, 2), "", "", source), planted._functions({str(ROOT / path)}))
        assert there(4) == made()(4) == 12
    finally:
        made.__code__, there.__code__ = before


def test_looking_for_functions_opens_nothing_that_is_lazy():
    """As the address of a page that isn't there, kept by a test's answer: opened, it ended the whole sample."""
    opened = []
    lazy = SimpleLazyObject(lambda: opened.append(1))
    assert planted._functions({__file__}) and opened == []
    assert lazy is not None


def test_work_in_a_fork_leaves_this_process_alone_and_ends_in_time():
    seen = []

    assert planted.in_a_fork(lambda: (seen.append(1), "nine")[1] and (1, "tests/x.py::y"), 30) == (1, "tests/x.py::y")
    assert planted.in_a_fork(lambda: 1 / 0, 30) == (3, "")
    assert planted.in_a_fork(lambda: _forever(), 0.2) == (None, "it doesn't end")
    assert seen == []


def _forever():
    while True:
        pass


def test_a_test_is_left_out_only_when_those_before_it_take_too_long():
    seconds = {"a": 1.0, "b": 50.0, "c": 20.0}

    assert planted._within(["a", "b", "c"], seconds) == ["a", "b"]
    assert planted._within(["c"], {"c": 500.0}) == ["c"]


def test_what_a_packages_own_tests_leave_out_is_covered_by_as_few_modules_as_do():
    lines = {("travel/x/a.py", number) for number in range(10)}
    modules = {
        "tests/travel/x/test_a.py": {("travel/x/a.py", 0)},
        "tests/travel/y/test_few.py": {("travel/x/a.py", 1), ("travel/x/a.py", 2)},
        "tests/travel/y/test_most.py": {*lines, ("travel/y/b.py", 1)},
        "tests/travel/z/test_half.py": set(sorted(lines)[:5]),
    }

    assert reach.cover("travel/x", modules) == ["tests/travel/y/test_most.py"]
    assert reach.cover("travel/y", modules) == []


def test_the_modules_that_a_sample_adds_are_there():
    named = [test for package in drawn.packages() for test in reach.also_for(package)]

    assert [test for test in named if not (ROOT / test).exists()] == []
