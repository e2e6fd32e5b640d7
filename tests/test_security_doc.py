"""docs/security.md has each requirement of ASVS 5.0 levels 1 and 2 once, and every path that it names exists."""

import re

import pytest

from tests.services import ROOT

DOCUMENT = (ROOT / "docs/security.md").read_text()
ROWS = re.findall(r"^\| (V\d+\.\d+\.\d+) \| (.*?) \| (.*?) \|$", DOCUMENT, re.MULTILINE)
PATHS = set(re.findall(r"`((?:applications|deploy|docs|exchange|script|tests|travel)/[^`\s]+)`", DOCUMENT))


def test_every_requirement_is_there_once_in_order():
    lines = (ROOT / "tests/data/asvs-5.0.0.txt").read_text().splitlines()[1:]
    assert [id for id, _, _ in ROWS] == [line.split()[0] for line in lines]


def test_every_status_is_one_of_three_and_has_its_reason():
    assert {status for _, status, _ in ROWS} == {"met", "not applicable", "not yet"}
    assert not [id for id, _, reason in ROWS if len(reason) < 4]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_path_exists(path):
    assert (ROOT / path).exists()
