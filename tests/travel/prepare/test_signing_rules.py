"""What counts as a signature: words, names, ages. Pure."""

import datetime as dt
import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.base.paragraphs import blocks
from travel.office.reference.loading import FOLDER
from travel.passport.plan.of_age import is_of_age, still_true
from travel.prepare.signing.rules import hash_of, resembles, shown_words

DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2080, 1, 1))


@pytest.mark.parametrize(
    ("typed", "known", "passes"),
    [
        ("Marisol Reyes Ortega", "Marisol Reyes Ortega", True),
        ("marisol reyes", "Marisol Reyes Ortega", True),
        ("Reyes, Marisol", "Marisol Reyes Ortega", True),
        ("Maria Jose Nunez", "María-José Núñez", True),
        ("O’Brien Sinéad", "Sinead OBrien", True),
        ("Marisol", "Marisol Reyes Ortega", False),
        ("Ana Ortega", "Marisol Reyes Ortega", False),
        ("Suharto", "Suharto", True),
        ("x", "Suharto", False),
        ("anything", "", True),
        ("李 小龍", "李 小龍", True),
    ],
)
def test_a_typed_name_is_compared_without_accents_case_and_order(typed, known, passes):
    assert resembles(typed, known) is passes


@given(st.text(min_size=1))
def test_every_name_resembles_itself_in_any_case_and_form(name):
    assert resembles(name, name)
    assert resembles(unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name))


@given(st.text(), st.text())
def test_the_hash_is_of_the_words_whatever_line_breaks_a_browser_sends(title, body):
    assert hash_of(title, body) == hash_of(title, body.replace("\n", "\r\n").replace("\r\r", "\r"))
    assert shown_words(title, body) == unicodedata.normalize("NFC", shown_words(title, body))


def test_the_hash_is_sha_256_of_title_empty_line_and_body():
    expected = "13c8c841fb53ad9953fbadbc2bcf1608d590d32828d3e5bc117b0f39f6c33679"  # printf 'A\n\nB' | sha256sum
    assert hash_of("A", "B \r\n") == expected
    assert hash_of("A", "B") != hash_of("A", "C")


@pytest.mark.parametrize(
    ("born", "on", "of_age"),
    [
        ((2008, 12, 5), (2026, 12, 4), False),
        ((2008, 12, 5), (2026, 12, 5), True),
        ((2008, 2, 29), (2026, 2, 28), False),
        ((2008, 2, 29), (2026, 3, 1), True),
    ],
)
def test_of_age_on_the_birthday_and_for_february_29_on_march_1(born, on, of_age):
    assert is_of_age(dt.date(*born), dt.date(*on), 18) is of_age


@given(DAYS, DAYS, DAYS)
def test_nobody_gets_younger(born, one, other):
    first, later = sorted((one, other))
    assert is_of_age(born, first, 18) <= is_of_age(born, later, 18)


@given(DAYS, DAYS, DAYS)
def test_an_answer_stays_true_only_where_the_birth_date_would_say_the_same(born, asked_for, leaves_on):
    said = is_of_age(born, asked_for, 18)
    if still_true(is_of_age=said, asked_for=asked_for, leaves_on=leaves_on):
        assert is_of_age(born, leaves_on, 18) is said


def test_blocks_are_paragraphs_and_lists():
    text = "One\r\nline.\r\n\r\n- a\r\n- b\r\n\r\n\r\n\r\nWe pay\nfor:\n- c\n- d\nThat’s all."
    list_and_more = [(False, ["We pay for:"]), (True, ["c", "d"]), (False, ["That’s all."])]
    assert blocks(text) == [(False, ["One line."]), (True, ["a", "b"]), *list_and_more]


def test_no_text_to_sign_runs_a_list_into_a_sentence():
    """Each of the portal's own forms introduces its lists with a sentence in the line above."""
    rows = tomllib.loads((FOLDER / "us/form_texts.toml").read_text())["form"]
    bodies = [row[f"body_{code}"] for row in rows for code in ("en", "es")]
    assert any(is_list for body in bodies for is_list, _lines in blocks(body))
    assert not [line for body in bodies for _is_list, lines in blocks(body) for line in lines if " - " in line]


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True), min_size=1))
def test_paragraphs_come_back_as_they_were(paragraphs):
    assert blocks("\n\n".join(paragraphs)) == [(False, [line]) for line in paragraphs]
