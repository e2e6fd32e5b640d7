"""Exported tables: a spreadsheet program reads what was written, and never executes a cell."""

import csv
import datetime as dt
import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from exchange.base.errors import RuleViolation
from exchange.files import spreadsheets
from exchange.files.spreadsheets import csv_pieces, json_pieces, xlsx_pieces

FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example","Click")', "＝1+1"),
    *(" =1+1", "   -1", " \t @SUM(A1)", "\n\n+1", "\u00a0=1", "\u200b=1", "\ufeff=1", ";=1+1", " ;=1"),
    *("\u00ad=1", "\u2066=1", "\u202e=1", "\u180e=1", "\u061c=1", "\u3164=1", "\ufe0f=1", "\U000e0020=1", "\u2028=1"),
]
BEGINS = "=+-@＝＋－＠;"
UNSEEN = " \t\r\n\u00a0\u2003\u200b\ufeff\u00ad\u2066\u202e\u180e\u061c"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def read_csv(pieces):
    text = b"".join(pieces).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def read_xlsx(pieces):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces)))
    return [list(row) for row in book.active.iter_rows()]


def values(rows):
    return [[cell.value for cell in row] for row in rows]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_is_text_in_csv(text):
    assert read_csv(csv_pieces([["head"], [text]]))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_is_text_in_a_workbook(text):
    [[_head], [cell]] = read_xlsx(xlsx_pieces([["head"], [text]], sheet="S"))

    assert cell.data_type != "f"
    assert cell.data_type in ("inlineStr", "s")
    assert cell.value == text.replace("\r", "\n")  # XML has only one line ending


def test_numbers_stay_numbers_also_below_zero():
    row = [-5, 12, Decimal("4.250"), None]

    assert read_csv(csv_pieces([row])) == [["-5", "12", "4.250", ""]]
    assert values(read_xlsx(xlsx_pieces([["a", "b", "c", "d"], row], sheet="S")))[1] == [-5, 12, 4.25, None]


def test_a_phone_number_is_kept_as_text_with_its_plus():
    assert values(read_xlsx(xlsx_pieces([["a"], ["+12135550101"]], sheet="S")))[1] == ["+12135550101"]


def test_days_and_times_are_ones_in_the_zone_of_the_portal():
    moment = dt.datetime(2027, 2, 13, 7, 59, 30, tzinfo=dt.UTC)
    row = [dt.date(2005, 3, 9), moment]

    assert read_csv(csv_pieces([row])) == [["2005-03-09", "2027-02-12 23:59"]]
    day, time = values(read_xlsx(xlsx_pieces([["day", "time"], row], sheet="S")))[1]
    assert day == dt.datetime(2005, 3, 9)  # noqa: DTZ001 -- a cell has no zone
    assert abs(time - timezone.localtime(moment).replace(tzinfo=None)) < dt.timedelta(seconds=1)


def test_accents_and_other_alphabets_survive():
    row = ["Múñoz Ibáñez", "阮文", "👩🏽‍🎓", "a,b;c", 'say "hi"', "two\nlines", "<b> & co"]

    assert read_csv(csv_pieces([row])) == [row]
    assert values(read_xlsx(xlsx_pieces([row], sheet="S"))) == [row]


def test_what_looks_like_a_code_of_excel_is_text():
    """Excel decodes _x0041_ as A and _x005F_ as a plain _; openpyxl decodes neither."""
    assert values(read_xlsx(xlsx_pieces([["_x0041_"]], sheet="S"))) == [["_x005F_x0041_"]]


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_workbook_can_be_read_whatever_is_in_it(texts):
    rows = values(read_xlsx(xlsx_pieces([["head"] * len(texts), texts], sheet="S")))

    legal = [spreadsheets.FORBIDDEN.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    read = [value or "" for value in (rows[1] if len(rows) > 1 else [])]
    assert read == legal


@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_no_cell_of_a_csv_begins_like_a_formula(texts):
    [row] = read_csv(csv_pieces([texts]))

    for cell, text in zip(row, texts, strict=True):
        is_like_a_formula = text.lstrip(UNSEEN).startswith(tuple(BEGINS)) or text.startswith(("\t", "\r", "\n"))
        assert cell in ([f"'{text}"] if is_like_a_formula else [text, f"'{text}"])


@given(st.text(UNSEEN, max_size=4), st.sampled_from(BEGINS), TEXTS)
def test_nothing_unseen_hides_a_formula(unseen, sign, rest):
    text = f"{unseen}{sign}{rest}"

    assert read_csv(csv_pieces([[text]])) == [[f"'{text}"]]
    [[_head], [cell]] = read_xlsx(xlsx_pieces([["head"], [text]], sheet="S"))
    assert cell.data_type in ("inlineStr", "s")


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9), TEXTS)
def test_ordinary_text_is_unchanged(begins, rest):
    assert read_csv(csv_pieces([[begins + rest]])) == [[begins + rest]]


def test_half_a_character_breaks_no_export():
    row = ["half \ud83d"]

    assert read_csv(csv_pieces([row])) == [["half ?"]]
    assert values(read_xlsx(xlsx_pieces([row], sheet="S"))) == [["half \ufffd"]]
    assert json.loads(b"".join(json_pieces({}, "rows", [{"a": row[0]}]))) == {"rows": [{"a": "half ?"}]}


def test_a_text_too_long_for_a_cell_is_cut_and_says_so():
    for letter in ("a", "👩"):
        [[_], [value]] = values(read_xlsx(xlsx_pieces([["h"], [letter * 40_000]], sheet="S")))
        assert len(value.encode("utf-16-le")) // 2 <= spreadsheets.TEXT_MAX
        assert value.endswith("CSV and JSON files)")


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch):
    monkeypatch.setattr(spreadsheets, "ROWS_MAX", 100)
    monkeypatch.setattr(spreadsheets, "PIECE", 10)

    with pytest.raises(RuleViolation) as caught:
        list(xlsx_pieces((["x"] for _ in range(102)), sheet="S"))
    assert caught.value.code == "sheet_full"


def test_the_head_is_bold_and_stays_in_sight():
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces([["a"], ["b"]], sheet='Q&A "x"'))))

    assert book.sheetnames == ['Q&A "x"']
    assert book.active.freeze_panes == "A2"
    assert [row[0].font.b for row in book.active.iter_rows()] == [True, False]


def test_every_piece_comes_before_the_last_row_is_read():
    for pieces in (csv_pieces, lambda rows: xlsx_pieces(rows, sheet="S")):
        taken = []
        rows = (taken.append(n) or [f"{n}" * 100] for n in range(5000))
        next(pieces(rows))
        assert len(taken) < 5000


def test_the_archive_is_whole():
    assert zipfile.ZipFile(io.BytesIO(b"".join(xlsx_pieces([["a"]], sheet="S")))).testzip() is None


def test_json_is_one_object_with_a_row_on_each_line():
    rows = [{"n": Decimal("1.5"), "day": dt.date(2027, 1, 2)}, {"n": None}]
    text = b"".join(json_pieces({"about": "é"}, "rows", rows)).decode()

    assert json.loads(text) == {"about": "é", "rows": [{"n": 1.5, "day": "2027-01-02"}, {"n": None}]}
    assert len(text.splitlines()) == 4
    assert json.loads(b"".join(json_pieces({}, "rows", []))) == {"rows": []}
