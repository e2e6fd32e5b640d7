"""The order of a lottery is the same everywhere, and any change to it is noticed."""

import re
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.base import lottery
from exchange.base.codes import ALPHABET, new_code
from tests.services import ROOT

CODES = st.lists(st.text(ALPHABET, min_size=8, max_size=8), min_size=1, max_size=30, unique=True)
RESULTS = st.lists(st.integers(1, 50).map(str), min_size=4, max_size=7).map("-".join)
MEANS = lottery.zone_of_means(Decimal("8"), Decimal("11.3333"), 2)
CLOSE = lottery.zone_too_close(score="adjusted", percent=Decimal("80.000"), line=11.41666, marked=14, seats=2)


def drawn(codes, result="7-14-25-36-41-3", zone=CLOSE):
    return lottery.Draw(
        code="K7MFQ2XB",
        zone=zone,
        entries=lottery.entries_text(codes),
        public_draw="Lotería de California, SuperLotto Plus",
        public_draw_on=date(2026, 12, 5),
        result=result,
        order=lottery.order_of(codes, result),
    )


@given(CODES, RESULTS, st.sampled_from([MEANS, CLOSE]), st.randoms())
def test_an_honest_draw_adds_up_whoever_is_handed_in_first(codes, result, zone, random):
    draw = drawn(codes, result, zone)
    assert sorted(draw.order) == draw.entries.split() == sorted(codes)
    assert lottery.faults_of(draw, lottery.sha256(draw.text)) == []
    assert drawn(random.sample(codes, len(codes)), result, zone) == draw


def test_the_frozen_text_is_the_code_the_rule_the_draw_and_the_list():
    assert drawn(["M4", "K7"]).text == (
        "lottery K7MFQ2XB\nzone close score adjusted percent 80 line 11.417 marked 14 seats 2\n"
        "draw 2026-12-05 Lotería de California, SuperLotto Plus\nK7\nM4\n"
    )
    assert MEANS == "mean from 8.000 to 11.333 seats 2"
    assert lottery.terms_of(CLOSE)["marked"] == "14"


@pytest.mark.parametrize(
    "change",
    [
        {"code": "ZZZZZZZZ"},
        {"zone": MEANS},
        {"zone": CLOSE.replace("seats 2", "seats 3")},
        {"public_draw": "Another lottery"},
        {"public_draw_on": date(2026, 12, 6)},
        {"entries": "K7\nM5\n", "order": lottery.order_of(["K7", "M5"], "7-14-25-36-41-3")},
        {"entries": "K7\n", "order": ("K7",)},
    ],
)
def test_whatever_is_changed_after_the_fingerprint_is_noticed(change):
    honest = drawn(["K7", "M4"])
    assert lottery.faults_of(replace(honest, **change), lottery.sha256(honest.text)) == ["entries_changed"]


def test_another_order_or_result_is_noticed():
    draw = drawn([new_code() for _ in range(9)])
    for changed in ({"order": draw.order[::-1]}, {"result": "7-14-25-36-41-4"}, {"result": ""}, {"order": ()}):
        assert lottery.faults_of(replace(draw, **changed), lottery.sha256(draw.text)) == ["wrong_order"]


def test_every_place_is_as_likely_for_everyone():
    """4,000 draws among five: each is first in about a fifth of them (four standard deviations either way)."""
    codes = ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE"]
    first = [lottery.order_of(codes, f"{number}-7")[0] for number in range(4000)]
    for code in codes:
        assert abs(first.count(code) - 800) < 4 * (4000 * 0.2 * 0.8) ** 0.5


def test_known_draw():
    """Known values, so that the rule can't change unnoticed."""
    codes = ["BCDF2345", "GHJK6789", "MNPQ2468"]
    assert lottery.order_of(codes, "7-14-25-36-41-3") == ("BCDF2345", "MNPQ2468", "GHJK6789")


@pytest.mark.parametrize("typed", ["07 14 25 36 41, Mega 3", "7-14-25-36-41-3", " 7, 14,25  36 41\t03 "])
def test_how_the_numbers_are_set_apart_makes_no_other_draw(typed):
    assert lottery.numbers_of(typed) == "7-14-25-36-41-3"


def test_another_order_of_the_numbers_is_another_result():
    assert lottery.numbers_of("14 07") != lottery.numbers_of("07 14") == "7-14"


@pytest.mark.parametrize("typed", ["", "123", "1 2 3", "no numbers", "１２３４"])
def test_what_is_no_result_of_a_draw(typed):
    assert lottery.numbers_of(typed) == ""


# --- The tools of an outsider -----------------------------------------------------------------------


def shell_of_the_guide() -> str:
    """The shell lines that docs/lottery.md prints, word for word."""
    return re.search(r"```sh\n(file=.*?)```", (ROOT / "docs/lottery.md").read_text(), re.DOTALL).group(1)


@pytest.mark.parametrize("entries", [1, 2, 40])
def test_the_guide_s_shell_lines_give_the_same_order(tmp_path, entries):
    draw = drawn([new_code() for _ in range(entries)])
    (tmp_path / "lottery-K7MFQ2XB.txt").write_text(draw.text)

    said = subprocess.run(
        ["sh", "-eu", "-c", shell_of_the_guide()], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    fingerprint, *order = said.stdout.splitlines()
    assert fingerprint.split()[0] == lottery.sha256(draw.text)
    assert tuple(order) == draw.order
