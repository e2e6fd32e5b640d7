"""Comparing a college's enrollment list with its applicants: the pure modules."""

import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.endorse.enrollment import Applicant, Doubt, EnrollmentRow, Match, match, names_agree, number_key
from applications.endorse.enrollment_file import Problem, UnreadableList, read
from applications.endorse.workbook import Limits

ANA = Applicant("A", number="88-001", emails=frozenset({"ana@mail.com"}), name="Ana Ruiz Soto")
BEA = Applicant("B", number="88002", emails=frozenset({"bea@laccd.edu"}), name="Bea Long")


def row(**changes):
    return EnrollmentRow(**({"number": "88001", "email": "ana@mail.com", "name": "Ruiz, Ana", "units": 12} | changes))


# --- Comparing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": "0088001"},
        {"email": ""},
        {"email": "aruiz@student.laccd.edu"},  # another address, but number and name agree
        {"number": ""},
        {"number": "", "email": " ANA@mail.com"},
        {"name": "Ana R. Soto"},
        {"name": ""},
        {"units": 6},  # exactly the minimum
    ],
)
def test_row_that_fits_without_a_doubt_is_a_match(changes):
    found = match([row(**changes)], [ANA, BEA], units_min=6)

    assert found.matches == (Match("A", row(**changes)),)
    assert (found.in_doubt, found.missing, found.strangers) == ((), ("B",), 0)


@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        ({"email": "bea@laccd.edu"}, {Doubt.TWO_STUDENTS}),
        ({"name": "Bob Ray"}, {Doubt.NAME}),
        ({"number": "88777"}, {Doubt.NUMBER}),
        ({"name": "", "email": "someone@mail.com"}, {Doubt.EMAIL}),
        ({"is_enrolled": False}, {Doubt.NOT_ENROLLED}),
        ({"is_enrolled": None, "enrolled_text": "3rd week"}, {Doubt.ENROLLED_UNCLEAR}),
        ({"in_good_standing": False}, {Doubt.STANDING}),
        ({"standing_text": "pending"}, {Doubt.STANDING_UNCLEAR}),
        ({"units": None}, {Doubt.NO_UNITS}),
        ({"units": 5}, {Doubt.FEW_UNITS}),
    ],
)
def test_row_with_a_doubt_is_left_to_a_person(changes, doubts):
    found = match([row(**changes)], [ANA, BEA], units_min=6)

    assert found.matches == ()
    assert next(set(each.doubts) for each in found.in_doubt if each.key == "A") == doubts


def test_number_that_fits_with_the_email_of_another_college_is_in_doubt():
    found = match([row(number="88002", name="Bea Long", email="bea@ucla.edu")], [BEA])

    assert found.in_doubt[0].doubts == (Doubt.EMAIL_ELSEWHERE,)


def test_same_person_twice_in_the_list_is_in_doubt():
    found = match([row(), row(units=3)], [ANA])

    assert found.in_doubt[0].doubts == (Doubt.TWICE,)
    assert len(found.in_doubt[0].rows) == 2


def test_number_that_two_students_gave_is_in_doubt_for_both():
    found = match([row()], [ANA, Applicant("C", number="88001", name="Ana Ruiz")])

    assert [(each.key, each.doubts[0]) for each in found.in_doubt] == [
        ("A", Doubt.TWO_STUDENTS),
        ("C", Doubt.TWO_STUDENTS),
    ]


def test_rows_of_nobody_are_only_counted():
    found = match(
        [row(number="1", email="x@y.z"), EnrollmentRow(name="Ana Ruiz Soto"), EnrollmentRow(number="none")], [ANA]
    )

    assert (found.strangers, found.matches, found.in_doubt) == (3, (), ())


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Marisol Reyes Ortega", "REYES, MARISOL", True),
        ("José Muñoz", "Jose Munoz-Lara", True),
        ("Marisol Reyes", "M Reyes", True),
        ("Marisol Reyes Ortega", "Marisol Ortega", True),
        ("Marisol Reyes", "Mary Reyes", False),
        ("Ana Ruiz", "", False),
    ],
)
def test_names_agree(one, other, agree):
    assert names_agree(one, other) is agree


def test_number_without_a_number_is_none():
    assert [number_key(text) for text in ("none", "N/A", "000", " 0088-12a ")] == ["", "", "", "8812A"]


NUMBERS = st.sampled_from(["", "1", "01", "2", "3", "none"])
EMAILS = st.sampled_from(["", "a@x.edu", "b@y.edu", "c@z.com"])
NAMES = st.sampled_from(["", "Ana Ruiz", "Bea Long", "Ruiz"])
ROWS = st.lists(
    st.builds(
        EnrollmentRow,
        number=NUMBERS,
        email=EMAILS,
        name=NAMES,
        units=st.sampled_from([None, 3, 12]),
        is_enrolled=st.sampled_from([None, True, False]),
        in_good_standing=st.sampled_from([None, True, False]),
    ),
    max_size=8,
)
PEOPLE = st.lists(st.tuples(NUMBERS, st.frozensets(EMAILS, max_size=2), NAMES, st.booleans()), max_size=5).map(
    lambda rows: [Applicant(str(place), *values) for place, values in enumerate(rows)]
)


@given(rows=ROWS, people=PEOPLE)
def test_everybody_is_in_one_place_and_nobody_is_matched_twice(rows, people):
    found = match(rows, people, units_min=6)

    keys = [each.key for each in (*found.matches, *found.in_doubt)] + list(found.missing)
    assert sorted(keys) == sorted(each.key for each in people)
    matched = [each.row for each in found.matches]
    doubtful = {each for person in found.in_doubt for each in person.rows}
    assert not doubtful & set(matched)
    assert len(matched) + sum(each in doubtful for each in rows) + found.strangers == len(rows)
    assert all(each.row.is_enrolled and each.row.units == 12 for each in found.matches)
    assert all(each.row.in_good_standing is not False for each in found.matches)


@given(data=st.data(), rows=ROWS, people=PEOPLE)
def test_order_changes_nothing(data, rows, people):
    assert match(data.draw(st.permutations(rows)), data.draw(st.permutations(people))) == match(rows, people)


# --- Reading ----------------------------------------------------------------------------------------

HEAD = "Student ID,Email,Name,Units,Good standing,Enrolled\n"
LINE = "0088-001,ANA@mail.com,Núñez Ana,12.5,yes,yes\n"
LIMITS = Limits(cells=10_000, sheets=3, strings=100)
ANAS = EnrollmentRow("0088-001", "ana@mail.com", "Núñez Ana", 12, True, True)


def rows_of(content):
    return list(read(content, rows_max=100, limits=LIMITS).rows)


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + LINE).encode(),
        (HEAD + LINE).encode("utf-8-sig"),
        (HEAD + LINE).encode("cp1252"),
        (HEAD + LINE).encode("utf-16"),
        (HEAD + LINE).replace(",", ";").replace("\n", "\r\n").encode(),
        (HEAD + LINE).replace(",", "\t").encode(),
        ("sep=,\r\n" + HEAD + LINE).encode(),
        ("Enrolled in Fall\n\n" + HEAD + "\n" + LINE + ",,,,,\n").encode(),
        ("Matrícula,Correo electrónico,Nombre,Unidades,Al corriente,Inscrito\n" + LINE.replace("yes", "sí")).encode(),
        ("Studnet ID,Emial,Name,Units,Good standing,Enrolled\n" + LINE).encode(),
        (HEAD + LINE.replace("0088-001", '"=""0088-001"""')).encode(),  # some exports keep leading zeros this way
    ],
    ids="plain bom windows utf-16 semicolons tabs sep title spanish misspelt formula-zeros".split(),
)
def test_read_takes_what_spreadsheets_write(content):
    assert rows_of(content) == [ANAS]


def test_read_takes_a_workbook_and_works_nothing_out():
    book = openpyxl.Workbook()
    book.active.append(["SID", "First name", "Last name", "Units"])
    book.active.append([88001.0, "=HYPERLINK(1)", "Ruiz", "=2+10"])
    held = io.BytesIO()
    book.save(held)

    # the file has formulas without cached values
    assert rows_of(held.getvalue()) == [EnrollmentRow(number="88001", name="Ruiz")]


NOT_ENROLLED = (
    "No|Not enrolled|Withdrew|Withdrawn|Cancelled|Canceled|Graduated|On leave|Leave of absence|W|Drop|Dropped|Inactive|"
    "dado de baja|Dada de baja|Baja temporal|Egresada|no inscrito"
)
UNCLEAR = "Pending|Wait list|Audit|?|Fall 2025|E|ver nota|"


@pytest.mark.parametrize(
    ("word", "is_enrolled"),
    [
        *((word, True) for word in "Yes|ENROLLED|Full-time|part time|Sí|inscrita|Active".split("|")),
        *((word, False) for word in NOT_ENROLLED.split("|")),
        *((word, None) for word in UNCLEAR.split("|")),
    ],
)
def test_only_a_plain_yes_makes_a_student_enrolled(word, is_enrolled):
    (found,) = rows_of(f"SID,Name,Units,Enrolled\n88001,Ana Ruiz,12,{word}\n".encode())

    assert (found.is_enrolled, found.enrolled_text) == (is_enrolled, word if is_enrolled is None else "")
    assert bool(match([found], [ANA]).matches) is (is_enrolled is True)


@pytest.mark.parametrize(
    ("word", "stands"),
    [("Good", True), ("al corriente", True), ("Academic probation", False), ("Enrolled", None), ("Graduated", None)],
)
def test_the_standing_has_words_of_its_own(word, stands):
    (found,) = rows_of(f"SID,Units,Standing\n88001,12,{word}\n".encode())

    assert (found.in_good_standing, found.standing_text) == (stands, word if stands is None else "")


def test_a_line_that_ends_before_the_column_says_nothing_of_it():
    (found,) = rows_of(b"SID,Units,Enrolled\n88001,12\n")

    assert found.is_enrolled is None


def test_whoever_is_on_a_list_without_such_a_column_is_enrolled():
    assert rows_of(b"SID,Units\n88001,12\n")[0].is_enrolled is True


def test_formulas_in_a_list_stay_text():
    assert rows_of(b"SID,Name,Units\n1,=cmd|' /C calc'!A1,@SUM(1)\n") == [EnrollmentRow("1", name="=cmd|' /C calc'!A1")]


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (b"", Problem.EMPTY, 0),
        (b"\xef\xbb\xbf\r\n", Problem.EMPTY, 0),
        (HEAD.encode(), Problem.EMPTY, 0),
        (b"\x89PNG\r\n\x1a\n\x00\x00", Problem.NOT_A_TABLE, 0),
        (b"SID\n12\x00\n", Problem.NOT_A_TABLE, 0),
        (b"\xd0\xcf\x11\xe0 old", Problem.OLD_EXCEL, 0),
        (b"PK\x03\x04 cut off", Problem.BROKEN, 0),
        (b"\xff\xfeS", Problem.BROKEN, 1),
        (b"SID,Name\n1,Ana\n2,Mu\x96oz\n", Problem.ENCODING, 3),  # a character in an old Mac encoding
        ("SID,Name\n1,Núñez\n".encode() + b"2,Mu\xf1oz\n", Problem.ENCODING, 2),  # two encodings in one file
        (b"Name,Major\nAna,Nursing\n", Problem.NO_COLUMN, 0),
        (b"SID,Email,E-mail\n1,a@b.c,d@e.f\n", Problem.TWO_COLUMNS, 0),
        (b"SID,Name\n1,Ruiz, Ana\n", Problem.ROW_TOO_LONG, 2),
        (b'SID,Name\n1,"Ruiz\n' + b"2,Long\n" * 200, Problem.QUOTES, 2),
        (b"SID\n8.81E+07\n", Problem.NUMBER_CUT, 2),
        (b"SID\n" + b"1\n" * 101, Problem.TOO_MANY_ROWS, 0),
    ],
)
def test_read_refuses_what_it_cannot_be_sure_of(content, problem, line):
    with pytest.raises(UnreadableList) as caught:
        rows_of(content)

    assert (caught.value.problem, caught.value.line) == (problem, line)


@given(content=st.binary(max_size=200))
def test_read_never_fails_in_another_way(content):
    for each in (content, b"SID,Units\n" + content, b"PK\x03\x04" + content):
        try:
            rows_of(each)
        except UnreadableList:
            pass
