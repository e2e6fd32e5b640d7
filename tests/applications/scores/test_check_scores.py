"""The script handed out with the anonymized file reproduces the portal's numbers."""

import csv
import random
import subprocess
import sys

import pytest

from applications.scores import adjusting, agreement, scoring
from tests.services import ROOT

CRITERIA = ("curiosity", "plan", "purpose")


def ratings(applications=40, readers=6, reads=3, seed=5, strict=1.0):
    """(application, reader, criterion, points) of readers who differ in how strict they are."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    severity = [draw.gauss(0, strict) for _ in range(readers)]
    rows = []
    for application in range(applications):
        strength = draw.gauss(3, 1)
        # a few files are read only once or twice
        for reader in draw.sample(range(readers), draw.choice([1, 2, reads, reads])):
            for criterion in CRITERIA:
                points = min(5, max(1, round(strength - severity[reader] + draw.gauss(0, 0.8))))
                rows.append((f"a{application:03}", f"r{reader}", criterion, points))
    return rows


def run(tmp_path, rows, *options):
    file = tmp_path / "scores.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["application", "reader", "criterion", "points"])
        writer.writerows(rows)
    done = subprocess.run(
        [sys.executable, ROOT / "script/check-scores", file, *options], capture_output=True, text=True, check=True
    )
    return {row["application"]: row for row in csv.DictReader(done.stdout.splitlines())}, done.stderr


def totals_of(rows):
    found = scoring.summarise([scoring.Score(*row) for row in rows], dict.fromkeys(CRITERIA, 1))
    return [(each.application, reader, total) for each in found for reader, total in each.totals.items()]


def approx(figure):
    return pytest.approx(figure, abs=2e-6)


@pytest.mark.parametrize("strict", [0, 1])
def test_the_script_finds_the_same_scores(tmp_path, strict):
    rows = ratings(strict=strict)
    found = adjusting.adjust(totals_of(rows))
    assert found.refusal is None
    line = adjusting.seat_line(found.estimates, 12)

    theirs, said = run(tmp_path, rows, "--seats", "12")

    assert theirs.keys() == found.estimates.keys()
    for code, each in found.estimates.items():
        row = {name: float(value) for name, value in theirs[code].items() if name != "application"}
        assert row["reads"] == each.reads
        assert (row["mean"], row["mean_low"], row["mean_high"]) == approx((each.raw, each.raw_low, each.raw_high))
        assert (row["adjusted"], row["low"], row["high"]) == approx((each.adjusted, each.low, each.high))
    assert f"spread of readers: {found.spread_readers:.3f} points" in said
    assert f"spread of chance: {found.spread_chance:.3f} points" in said
    assert f"line for 12 seats: {line.at:.3f} points; too close to call: {len(line.close)}" in said


def test_the_script_finds_the_same_raw_figures(tmp_path):
    rows = ratings()
    theirs, _said = run(tmp_path, rows)
    for each in scoring.summarise([scoring.Score(*row) for row in rows], dict.fromkeys(CRITERIA, 1)):
        row = theirs[each.application]
        assert float(row["median"]) == approx(each.median)
        assert float(row["spread"]) == approx(each.spread)


def test_the_script_finds_the_same_agreement(tmp_path):
    rows = ratings()
    found = agreement.agreements((criterion, application, points) for application, _reader, criterion, points in rows)
    _theirs, said = run(tmp_path, rows)
    for criterion, each in found.items():
        words = f"{each.alpha:.3f} ({each.low:.3f} to {each.high:.3f}), {each.applications} applications"
        assert f"agreement {criterion}: {words}" in said


def test_the_script_refuses_for_the_same_reason(tmp_path):
    apart = [*ratings(), *((f"b{a}", f"s{r}", c, p) for a, r, c, p in ratings(seed=6))]
    for rows, reason in ((apart, "not_connected"), (ratings(applications=8), "few_files")):
        assert adjusting.adjust(totals_of(rows)).refusal == reason
        theirs, said = run(tmp_path, rows)
        assert f"not adjusted: {reason}" in said
        assert {row["adjusted"] for row in theirs.values()} == {""}


def test_a_reading_that_was_not_finished_does_not_count(tmp_path):
    rows = ratings()
    theirs, _said = run(tmp_path, [*rows, ("a000", "r9", "purpose", 5)])
    assert theirs == run(tmp_path, rows)[0]


def refusal(tmp_path, text):
    file = tmp_path / "scores.csv"
    if text is not None:
        file.write_bytes(text)
    command = [sys.executable, ROOT / "script/check-scores", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "") and "Traceback" not in done.stderr
    return done.stderr


HEAD = b"application,reader,criterion,points\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "This file cannot be read:"),
        (b"", "has no column application."),
        (b"application;reader;criterion;points\na1;r1;plan;3\n", "has no column application."),
        (b"application,reader,points\na1,r1,3\n", "has no column criterion."),
        (HEAD + b"a1,r1,plan,3\na1,r2,plan,three\n", "line 3: 'three' is no number of points."),
        (HEAD + b"a1,r1,plan\n", "line 2: '' is no number of points."),
        (HEAD + b"a1,r1,\xff,3\n", "This file cannot be read:"),
        (HEAD, "No complete reading in the file."),
    ],
)
def test_the_script_says_what_is_wrong_with_a_file(tmp_path, text, said):
    assert said in refusal(tmp_path, text)


@pytest.mark.parametrize(("points", "line"), [((5, 5, 1, 1), True), ((5, 1), False)])
def test_the_script_draws_a_line_where_the_portal_does(tmp_path, points, line):
    """Also a line that nobody is close to; none where nobody was read twice."""
    reads = 2 if line else 1
    rows = [(f"a{at // reads}", f"r{at % reads}", "plan", given) for at, given in enumerate(points)]
    found = adjusting.adjust([(what, who, given) for what, who, _criterion, given in rows])
    _theirs, said = run(tmp_path, rows, "--seats", "1")
    portal = adjusting.seat_line(found.estimates, 1)
    assert (portal is not None, "line for 1 seats: 3.000 points; too close to call: 0" in said) == (line, line)
