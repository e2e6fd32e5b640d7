"""docs/security.md and docs/accessibility.md are complete, and every path that they name exists.

The first has each requirement of ASVS 5.0 levels 1 and 2 once, the second each criterion of WCAG 2.2 levels A and AA.
"""

import re
from collections import Counter

import pytest

from tests.services import ROOT

SECURITY, ACCESS = ((ROOT / f"docs/{name}.md").read_text() for name in ("security", "accessibility"))
ROWS = re.findall(r"^\| (V\d+\.\d+\.\d+) \| (.*?) \| (.*?) \|$", SECURITY, re.MULTILINE)
CRITERIA = re.findall(r"^\| (\d\.\d\.\d+) .*? \| AA? \| (.*?) \| .{5,} \|$", ACCESS, re.MULTILINE)
FOLDERS = "applications|deploy|docs|exchange|script|templates|tests|travel"
PATHS = set(re.findall(rf"`((?:{FOLDERS})/[^`\s]+)`", SECURITY + ACCESS))
# how many criteria of level A or AA each guideline has; 4.1.1 was removed in 2.2
WCAG = {
    "1.1": 1, "1.2": 5, "1.3": 5, "1.4": 9, "2.1": 3, "2.2": 2, "2.3": 1, "2.4": 8, "2.5": 6,
    "3.1": 2, "3.2": 5, "3.3": 6, "4.1": 2,
}  # fmt: skip


def test_every_requirement_is_there_once_in_order():
    lines = (ROOT / "tests/data/asvs-5.0.0.txt").read_text().splitlines()[1:]
    assert [id for id, _, _ in ROWS] == [line.split()[0] for line in lines]


def test_every_status_is_one_of_three_and_has_its_reason():
    assert {status for _, status, _ in ROWS} == {"met", "not applicable", "not yet"}
    assert not [id for id, _, reason in ROWS if len(reason) < 4]


def test_every_criterion_of_accessibility_is_there_once():
    assert len({number for number, _ in CRITERIA}) == len(CRITERIA)
    assert Counter(number.rpartition(".")[0] for number, _ in CRITERIA) == WCAG
    assert {status for _, status in CRITERIA} <= {"supports", "partly supports", "not applicable"}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_path_exists(path):
    """A decision record is named by its number: docs/adr/0001."""
    assert (ROOT / path).exists() or list(ROOT.glob(f"{path}-*.md"))
