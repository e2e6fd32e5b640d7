"""The lottery draw is the same everywhere, and any change to it is noticed."""

import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.base import lottery
from applications.selection.views.lottery import COVERED
from exchange.base.codes import ALPHABET, new_code
from tests.services import ROOT

CODES = st.lists(st.text(ALPHABET, min_size=8, max_size=8), min_size=1, max_size=30, unique=True)
SECRETS = st.text("0123456789abcdef", min_size=64, max_size=64)
DICE = st.text("123456", min_size=6, max_size=12)
MEANS = lottery.zone_of_means(Decimal("8"), Decimal("11.3333"), 2)
CLOSE = lottery.zone_too_close(score="adjusted", percent=Decimal("80.000"), line=11.41666, marked=14, seats=2)
ZONES = ["", MEANS, CLOSE]  # "": files from before November 2026


def drawn(codes, secret=None, dice="415263", seats=2, zone=CLOSE, covers_code=True):
    secret = secret or lottery.new_secret()
    text = lottery.frozen(codes)
    entries = tuple(text.split())
    return lottery.Draw(
        code="K7MFQ2XB",
        seats=seats,
        entries=entries,
        entries_hash=lottery.hash_of(text, zone, "K7MFQ2XB" if covers_code else ""),
        zone=zone,
        secret_hash=lottery.sha256(secret),
        secret=secret,
        dice=dice,
        order=lottery.order_of(entries, lottery.seed_of(secret, dice)),
    )


@given(CODES, SECRETS, DICE, st.sampled_from(ZONES))
def test_an_honest_draw_adds_up_and_survives_its_file(codes, secret, dice, zone):
    draw = drawn(codes, secret, dice, zone=zone)
    assert sorted(draw.order) == sorted(codes)
    assert lottery.faults_of(draw) == []
    assert lottery.from_text(lottery.to_text(draw)) == draw


@given(CODES, SECRETS, DICE, st.randoms())
def test_who_is_handed_in_first_does_not_matter(codes, secret, dice, random):
    shuffled = random.sample(codes, len(codes))
    assert drawn(shuffled, secret, dice) == drawn(codes, secret, dice)


def test_a_zone_is_one_line_of_words_and_numbers():
    assert MEANS == "mean from 8.000 to 11.333 seats 2"
    assert CLOSE == "close score adjusted percent 80 line 11.417 marked 14 seats 2"
    assert lottery.terms_of(CLOSE)["marked"] == "14"
    assert lottery.terms_of("") == {}
    for wrong in ("close", "range from 1", "close line", "close line 1 2", "mean from 1 to 2\nentry K7"):
        assert lottery.faults_of(drawn(["K7", "M4"], zone=wrong)) == ["bad_zone"]


@pytest.mark.parametrize(
    "other", ["", MEANS, CLOSE.replace("marked 14", "marked 15"), CLOSE.replace("11.417", "11.418")]
)
def test_another_zone_breaks_the_hash(other):
    assert lottery.faults_of(replace(drawn(["K7", "M4"]), zone=other)) == ["entries_changed"]


def test_other_seats_than_announced_are_noticed():
    assert lottery.faults_of(replace(drawn(["K7", "M4", "N5"]), seats=1)) == ["seats_changed"]
    assert lottery.faults_of(replace(drawn(["K7", "M4", "N5"], zone=""), seats=1)) == []  # old files state no seats


@given(CODES, st.data(), st.sampled_from(ZONES))
def test_one_changed_entry_breaks_the_hash(codes, data, zone):
    draw = drawn(codes, zone=zone)
    gone = data.draw(st.sampled_from(codes))
    other = data.draw(st.text(ALPHABET, min_size=8, max_size=8).filter(lambda code: code not in codes))
    changed = sorted({*codes, other} - {gone})
    added, taken = sorted([*codes, other]), sorted({*codes} - {gone})

    for entries in (changed, added, taken):
        order = lottery.order_of(entries, lottery.seed_of(draw.secret, draw.dice))
        faults = lottery.faults_of(replace(draw, entries=tuple(entries), order=order))
        assert faults in (["entries_changed"], ["nobody"])


@given(CODES, SECRETS)
def test_another_secret_breaks_the_hash(codes, secret):
    draw = drawn(codes)
    other = drawn(codes, secret)
    assert "secret_changed" in lottery.faults_of(replace(other, secret_hash=draw.secret_hash))


def test_another_order_is_noticed():
    draw = drawn([new_code() for _ in range(9)])
    swapped = (draw.order[1], draw.order[0], *draw.order[2:])
    assert lottery.faults_of(replace(draw, order=swapped)) == ["wrong_order"]
    assert lottery.faults_of(replace(draw, dice="415262"))[-1] == "wrong_order"


def test_every_place_is_as_likely_for_everyone():
    """4,000 draws among five: each is first in about a fifth of them (four standard deviations either way)."""
    codes = ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE"]
    first = [lottery.order_of(codes, f"seed {number}")[0] for number in range(4000)]
    for code in codes:
        assert abs(first.count(code) - 800) < 4 * (4000 * 0.2 * 0.8) ** 0.5


def test_known_draw():
    """Known values, so that the rule can't change unnoticed."""
    order = lottery.order_of(["BCDF2345", "GHJK6789", "MNPQ2468"], lottery.seed_of("0" * 64, "123456"))
    assert order == ("MNPQ2468", "GHJK6789", "BCDF2345")


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], "nobody"), (["K7", "K7"], "twice"), (["k7"], "bad_code"), (["K 7"], "bad_code"), (["K7\n"], "bad_code")],
)
def test_entries_that_are_no_list(codes, code):
    with pytest.raises(lottery.LotteryError) as caught:
        lottery.frozen(codes)
    assert caught.value.code == code


def test_one_entry_is_a_draw_of_one():
    assert drawn(["K7MFQ2XB"]).order == ("K7MFQ2XB",)


@pytest.mark.parametrize("dice", ["", "12345", "1234567890", "12345a", "1" * 41, "１２３４５６", "123456\n"])
def test_dice_that_are_none(dice):
    with pytest.raises(lottery.LotteryError) as caught:
        lottery.seed_of("0" * 64, dice)
    assert caught.value.code == "bad_dice"


@pytest.mark.parametrize("secret", ["", "0" * 63, "G" * 64, "A" * 64])
def test_secret_that_is_none(secret):
    with pytest.raises(lottery.LotteryError) as caught:
        lottery.seed_of(secret, "123456")
    assert caught.value.code == "bad_secret"


@pytest.mark.parametrize("drop", ["lottery", "seats", "entries-sha256", "secret-sha256"])
def test_a_file_with_a_line_missing_says_which(drop):
    text = re.sub(f"(?m)^{drop} .*\n", "", lottery.to_text(drawn(["K7", "M4"])))
    with pytest.raises(lottery.LotteryError, match=drop) as caught:
        lottery.from_text(text)
    assert caught.value.code == "bad_file"


def test_a_file_with_a_line_twice_or_no_number():
    text = lottery.to_text(drawn(["K7", "M4"]))
    for wrong in (text + "dice 111111\n", text.replace("seats 2", "seats two")):
        with pytest.raises(lottery.LotteryError):
            lottery.from_text(wrong)


# --- The rule's second and third implementation -----------------------------------------------------


def shell_of_the_guide() -> str:
    """The shell lines that docs/lottery.md prints, word for word."""
    return re.search(r"```sh\n(file=.*?)```", (ROOT / "docs/lottery.md").read_text(), re.DOTALL).group(1)


def shell_of_the_page() -> str:
    page = (ROOT / "templates/applications/selection/lottery_public.html").read_text()
    shell = re.search(r"(file=lottery.*?)</pre>", page, re.DOTALL).group(1)
    return shell.replace("{{ covered }}", COVERED[3])


def test_guide_and_page_print_the_same_shell_lines():
    bare = [re.sub(r" +#.*", "", line) for line in shell_of_the_guide().strip().splitlines()]
    assert bare[1:] == shell_of_the_page().strip().splitlines()[1:]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("entries", [1, 2, 40])
def test_the_guide_s_shell_lines_give_the_same_order(tmp_path, entries, zone):
    draw = drawn([new_code() for _ in range(entries)], zone=zone)
    (tmp_path / "lottery.txt").write_text(lottery.to_text(draw))
    script = re.sub("^file=.*", "file=lottery.txt", shell_of_the_guide())

    said = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    entries_hash, secret_hash, dice, *order = said.stdout.splitlines()
    assert entries_hash.split()[0] == draw.entries_hash
    assert (secret_hash.split()[0], dice) == (draw.secret_hash, draw.dice)
    assert tuple(order) == draw.order


def run_script(tmp_path, text, *more):
    """Runs the script outside the project and without its packages, as an outsider would."""
    (tmp_path / "check-lottery").write_text((ROOT / "script/check-lottery").read_text())
    (tmp_path / "lottery.txt").write_text(text)
    command = [sys.executable, "-I", "-S", "check-lottery", "lottery.txt", *more]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={})


@pytest.mark.parametrize("zone", ZONES)
def test_the_script_agrees(tmp_path, zone):
    draw = drawn([new_code() for _ in range(12)], zone=zone)

    said = run_script(tmp_path, lottery.to_text(draw))

    assert said.returncode == 0, said.stdout
    assert tuple(re.findall(r"^ +\d+ (\w+)", said.stdout, re.MULTILINE)) == draw.order
    assert said.stdout.count("  seat") == 2
    assert (f"zone: {zone}" in said.stdout) == bool(zone)


def test_the_script_reads_a_file_from_before_the_draw(tmp_path):
    text = lottery.to_text(replace(drawn(["K7", "M4"]), secret="", dice="", order=()))
    assert "not drawn yet" in run_script(tmp_path, text).stdout


@pytest.mark.parametrize("word", ["lottery", "zone", "seats", "entry", "secret", "dice", "place"])
def test_the_script_notices_what_was_changed(tmp_path, word):
    other = {"entry": "ZZZZZZZZ", "secret": "0" * 64, "dice": "666666", "place": "ZZZZZZZZ"}
    other = (other | {"lottery": "ZZZZZZZZ", "zone": MEANS, "seats": "5"})[word]
    text = re.sub(
        f"(?m)^{word} .*$", f"{word} {other}", lottery.to_text(drawn([new_code() for _ in range(9)])), count=1
    )

    said = run_script(tmp_path, text)

    assert said.returncode == 1
    assert "BAD" in said.stdout
    assert lottery.faults_of(lottery.from_text(text))


def test_a_file_that_was_cut_short_does_not_pass_for_one_from_before_the_draw(tmp_path):
    text = re.sub("(?m)^place .*\n", "", lottery.to_text(drawn(["K7", "M4"])))

    said = run_script(tmp_path, text)

    assert said.returncode == 1 and "BAD" in said.stdout and "not drawn yet" not in said.stdout
    assert lottery.faults_of(lottery.from_text(text)) == ["no_order"]


@pytest.mark.parametrize("text", ["", "nothing of ours", "entry K7\n"])
def test_the_script_says_what_it_cannot_read(tmp_path, text):
    said = run_script(tmp_path, text)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


# --- The dice, and files of earlier versions --------------------------------------------------------


def test_the_script_shows_the_dice_and_compares_them_with_a_witness_s_notes(tmp_path):
    text = lottery.to_text(drawn(["K7", "M4"], dice="415263"))

    alone = run_script(tmp_path, text)
    assert alone.returncode == 0 and "dice: 4 1 5 2 6 3" in alone.stdout and "not compared" in alone.stdout
    same = run_script(tmp_path, text, "--dice", "4 1 5, 2 6 3")
    assert same.returncode == 0 and "ok  the dice are the ones in your notes" in same.stdout
    assert "not compared" not in same.stdout


def test_a_file_that_adds_up_with_other_dice_than_fell_fails_by_the_notes_alone(tmp_path):
    """Whoever knew the secret and typed other dice gets a consistent file, so only the notes reveal it."""
    text = lottery.to_text(drawn(["K7", "M4"], dice="666666"))
    assert lottery.faults_of(lottery.from_text(text)) == []
    said = run_script(tmp_path, text, "--dice", "415263")
    assert said.returncode == 1 and "NOT the ones in your notes: 415263" in said.stdout


def test_dice_for_a_file_without_any_fail(tmp_path):
    text = lottery.to_text(replace(drawn(["K7", "M4"]), secret="", dice="", order=()))
    assert run_script(tmp_path, text, "--dice", "415263").returncode == 1


@pytest.mark.parametrize(
    ("zone", "covers_code", "version"), [(CLOSE, True, 3), (MEANS, True, 3), (CLOSE, False, 2), ("", False, 1)]
)
def test_files_of_every_version_verify_and_say_which_one_they_are(tmp_path, zone, covers_code, version):
    draw = drawn(["K7", "M4", "N5"], zone=zone, covers_code=covers_code)
    assert lottery.faults_of(draw) == []
    said = run_script(tmp_path, lottery.to_text(draw))
    assert said.returncode == 0 and f"(version {version}" in said.stdout
    assert ("compare the lottery's code with its page" in said.stdout) == (version < 3)
    shell = re.sub("^file=.*", "file=lottery.txt", shell_of_the_guide()).replace(COVERED[3], COVERED[version])
    said = subprocess.run(["sh", "-eu", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.split()[0] == draw.entries_hash


def test_an_edited_code_is_noticed_even_by_who_disguises_it_as_an_older_version():
    draw = replace(drawn(["K7", "M4"]), code="ZZZZZZZZ")
    assert lottery.faults_of(draw) == lottery.faults_of(replace(draw, zone="", seats=2)) == ["entries_changed"]
