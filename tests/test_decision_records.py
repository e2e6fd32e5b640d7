"""The decision records: each has the same parts, the index lists them, and what refers to one names one that exists.

Their numbers have changed before, so a bare number ("record" and 12) is refused: a path can be looked up.
"""

import re

import pytest

from tests.services import ROOT
from tests.test_architecture import tracked

FOLDER = ROOT / "docs/adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
NUMBERS = {path.name[:4] for path in RECORDS}
NAMES = {path.name for path in RECORDS}
PARTS = ["Question", "Decision", "Why", "Tried and rejected", "Consequences and limits"]
MOST, MOST_WORDS = 35, 25_000
# a path, with or without the rest of the name: docs/adr/0001, adr/0001-three-apps.md
NAMED = re.compile(r"\badr/(\d+)(-[\w-]+(?:\.md)?)?")
BARE = re.compile(r"\b(?:ADRs?|[Rr]ecords?|[Dd]ecisions?) (?:no\. )?\d+\b|docs/adr/?`? `?\d+\b(?<!adr/\d{4})")
BINARY = (".png", ".jpg", ".ico", ".woff2", ".pdf", ".mo", ".gz", ".webp", ".heic")


def wrong(text: str) -> list[str]:
    """References in `text` that lead to no record, or that can't be looked up."""
    lost = [
        found[0]
        for found in NAMED.finditer(text)
        if found[1] not in NUMBERS or found[2] and found[1] + found[2].removesuffix(".md") + ".md" not in NAMES
    ]
    return lost + BARE.findall(text)


@pytest.mark.parametrize(
    "text",
    [
        "see docs/adr/0999",
        "see adr/0036-no-such-thing.md",
        "[why](adr/0001-another-name.md)",
        "docs/adr/1 says why",
        "the reasons: `docs/adr/` 12",
        "(docs/adr/ 12)",
        "as record 12 has it",
        "Records 12 and 40",
        "(ADR 8)",
        "stored nowhere else (decision 42)",
    ],
)
def test_a_reference_that_leads_nowhere_is_found(text):
    assert wrong(text)


@pytest.mark.parametrize("text", ["(docs/adr/0001)", f"[why](adr/{RECORDS[0].name})", "docs/adr/README.md, 12 records"])
def test_a_reference_that_leads_to_a_record_is_right(text):
    assert wrong(text) == []


def test_every_reference_to_a_record_leads_to_one():
    own = "tests/test_decision_records.py"
    files = [name for name in tracked() if name != own and not name.endswith(BINARY)]
    lost = {name: found for name in files if (found := wrong((ROOT / name).read_text(errors="ignore")))}

    assert lost == {}, "name a record by its path, such as docs/adr/0001"


def test_records_are_few_and_numbered_without_a_gap():
    assert [path.name[:4] for path in RECORDS] == [f"{number:04}" for number in range(1, len(RECORDS) + 1)]
    assert len(RECORDS) <= MOST, "a decision belongs into the record of its topic"
    assert sum(len(path.read_text().split()) for path in RECORDS) <= MOST_WORDS


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_has_its_date_and_its_parts(path):
    text = path.read_text()

    assert re.match(r"# .+\n\nStatus: accepted, last changed \d{4}-\d{2}-\d{2}\.\n", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS


def test_the_index_lists_every_record_by_its_title():
    listed = re.findall(r"^- (\d{4}) \[(.+)\]\((.+)\)$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    titles = [path.read_text().splitlines()[0].removeprefix("# ") for path in RECORDS]

    assert listed == [(path.name[:4], title, path.name) for path, title in zip(RECORDS, titles, strict=True)]
