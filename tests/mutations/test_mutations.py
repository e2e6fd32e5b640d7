"""The list of mutations fits the code: `script/mutations` applies them, these tests only read it."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.mutations.copies import outcome_of
from tests.mutations.listed import AREAS, FOLDER, ROOT, load

MUTATIONS = load()
each_mutation = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)


@cache
def functions_of(path: str) -> set[str]:
    """Names of the top-level functions of a test file, read without importing it."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_at_least_eighty():
    assert len(MUTATIONS) >= 80


def test_ids_are_unique():
    assert [id for id, count in Counter(each.id for each in MUTATIONS).items() if count > 1] == []


def test_every_area_has_a_file_with_mutations():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(AREAS)
    assert {each.area for each in MUTATIONS} == set(AREAS)


@each_mutation
def test_the_mutation_fits_the_code(mutation):
    text = (ROOT / mutation.path).read_text()

    assert mutation.applied_to(text) != text
    assert mutation.database in ("postgresql", "sqlite")
    assert mutation.why.endswith(".")


@each_mutation
def test_the_tests_that_kill_it_exist(mutation):
    assert mutation.killed_by
    for test in mutation.killed_by:
        path, _colons, name = test.partition("::")
        assert name.partition("[")[0] in functions_of(path), test


@pytest.mark.parametrize(
    ("code", "output", "verdict"),
    [
        (0, "1 passed", "survived"),
        (1, "FAILED tests/test_x.py::test_y[a b] - assert 1 == 2", "killed"),
        (1, "FAILED tests/test_x.py::test_y - NameError: name 'zeit' is not defined", "broken"),
        (1, "ERROR tests/test_x.py::test_y - fixture 'z' not found", "broken"),
        (2, "ERROR tests/test_x.py - ImportError: cannot import name 'z'", "broken"),
        (4, "ERROR: not found: tests/test_x.py::test_z", "broken"),
    ],
)
def test_only_a_failed_test_kills(code, output, verdict):
    assert outcome_of(code, output, seconds=1).verdict == verdict
