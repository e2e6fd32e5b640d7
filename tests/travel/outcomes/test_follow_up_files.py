"""Codes in place of students, and the file that a college's research office sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.outcomes.following import codes, files
from travel.outcomes.following.files import Content, Problem, Row, UnreadableFile, Wrong, read

pytestmark = pytest.mark.once
KEY = "0f" * 32
HEAD = "code,reenrolled,units,gpa_band,award,transferred"
ONE, OTHER = codes.code_of(KEY, "BCDFGHJK"), codes.code_of(KEY, "ZZZZZZZZ")


def read_lines(*lines, head=HEAD, year=1, encoding="utf-8"):
    return read("\r\n".join((head, *lines)).encode(encoding), year, units_max=40)


@given(st.text(codes.ALPHABET, min_size=8, max_size=8), st.text(codes.ALPHABET, min_size=8, max_size=8))
def test_a_code_is_always_the_same_and_another_for_another_student_or_key(one, other):
    code = codes.code_of(KEY, one)
    assert code == codes.code_of(KEY, one) == codes.plain(code)
    assert (code == codes.code_of(KEY, other)) == (one == other)
    assert code != codes.code_of("0e" * 32, one) and one not in code


@pytest.mark.parametrize("typed", [ONE.lower(), ONE.replace("-", ""), f" {ONE} ", ONE.replace("-", "–")])
def test_a_code_is_found_as_people_and_spreadsheets_write_it(typed):
    assert codes.plain(typed) == ONE


@pytest.mark.parametrize("typed", ["", "88001234", ONE[:-1], f"{ONE}B", ONE.replace(ONE[0], "0"), "<b>x</b>"])
def test_what_is_no_code_is_none(typed):
    assert codes.plain(typed) == ""


def test_no_code_looks_like_a_number_to_a_spreadsheet():
    assert all("-" in code and not code.replace("-", "").isdecimal() for code in (ONE, OTHER))


def test_lines_are_read_with_blanks_for_what_is_not_known():
    found = read_lines(f"{ONE},yes,12.5,b,No,", f"{OTHER},NO,,,,sí")
    assert found.rows == {
        2: Row(ONE, reenrolled=True, units=12, gpa="B", award=False),
        3: Row(OTHER, reenrolled=False, transferred=True),
    }
    assert (found.bad, found.repeated) == ([], 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_delimiter_a_byte_order_mark_and_another_order_of_columns_are_fine(delimiter):
    head = delimiter.join(["Award", "Code", "Transferred"])
    found = read_lines(delimiter.join(["yes", ONE, "no"]), head=head, year=2, encoding="utf-8-sig")
    assert found.rows == {2: Row(ONE, award=True, transferred=False)}


@pytest.mark.parametrize(
    ("line", "wrong", "column"),
    [
        (",yes,,,,", Wrong.CODE, ""),
        ("88001234,yes,,,,", Wrong.CODE, ""),
        (f"{ONE},maybe,,,,", Wrong.YES_NO, "reenrolled"),
        (f"{ONE},yes,,,,<script>", Wrong.YES_NO, "transferred"),
        (f"{ONE},yes,41,,,", Wrong.UNITS, "units"),
        (f"{ONE},yes,-3,,,", Wrong.UNITS, "units"),
        (f"{ONE},yes,²,,,", Wrong.UNITS, "units"),
        (f"{ONE},yes,,3.7,,", Wrong.BAND, "gpa_band"),
        (f"{ONE},yes,,,,,more", Wrong.CELLS, ""),
        (f"{ONE},,,,,", Wrong.EMPTY, ""),
        (f"{ONE},no,12,,,", Wrong.NOT_ENROLLED, ""),
        (f"{ONE},,,A,,", Wrong.NOT_ENROLLED, ""),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_taken(line, wrong, column):
    found = read_lines(line, f"{OTHER},yes,,,,")
    assert [(each.line, each.wrong, each.column) for each in found.bad] == [(2, wrong, column)]
    assert list(found.rows) == [3]


def test_a_student_twice_counts_once_and_not_at_all_where_the_lines_differ():
    found = read_lines(f"{ONE},yes,,,,", f"{ONE.lower()},yes,,,,", f"{OTHER},yes,,,,", f"{OTHER},no,,,,")
    assert list(found.rows) == [2] and found.repeated == 1
    assert [(each.line, each.wrong) for each in found.bad] == [(4, Wrong.DIFFERS), (5, Wrong.DIFFERS)]


@pytest.mark.parametrize(
    ("content", "problem", "seen"),
    [
        (b"", Problem.EMPTY, ()),
        (HEAD.encode(), Problem.EMPTY, ()),
        (b"\xff\xfe\x00x", Problem.NOT_TEXT, ()),
        (b"PK\x03\x04\x00", Problem.NOT_TEXT, ()),
        (f'{HEAD}\n"{ONE},yes'.encode(), Problem.NOT_CSV, ()),
        (b"student,grade\n1,2\n", Problem.NO_CODE, ("student", "grade")),
        (b"code,award\nx,yes\n", Problem.MISSING, ("reenrolled", "units", "gpa_band", "transferred")),
        (f"student_number,{HEAD}\n1,x".encode(), Problem.NUMBERS, ()),
        (f"{HEAD},name\nx".encode(), Problem.EXTRA, ("name",)),
        (f"{HEAD},award\nx".encode(), Problem.TWICE, ("award",)),
        (b"x" * (files.BYTES_MAX + 1), Problem.TOO_LARGE, ()),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_as_a_whole(content, problem, seen):
    with pytest.raises(UnreadableFile) as caught:
        read(content, 1, units_max=40)
    assert (caught.value.problem, caught.value.seen) == (problem, seen)


def test_a_file_of_too_many_lines_is_refused():
    with pytest.raises(UnreadableFile) as caught:
        read_lines(*([f"{ONE},yes,,,,"] * (files.ROWS_MAX + 1)))
    assert caught.value.problem == Problem.TOO_LARGE


@given(st.binary(max_size=300))
def test_any_bytes_are_a_file_or_a_problem(content):
    try:
        assert isinstance(read(content, 1, units_max=40), Content)
    except UnreadableFile as error:
        assert error.problem in Problem
