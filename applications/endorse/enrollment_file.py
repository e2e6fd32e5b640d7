"""Reads the list that a college exports, as XLSX or as any of the CSV dialects of spreadsheet programs. No Django.

Formulas are never evaluated: in CSV a formula is plain text, in a workbook its cached value is read. If anything in
the file cannot be read with certainty, the whole file is refused with an error that names the line.

Web processes call `read_in_subprocess`: memory and time of the process that opens the file are limited.
"""

import csv
import io
import json
import re
import sys
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from applications.endorse import workbook
from applications.endorse.enrollment import EnrollmentRow, email_key, number_key
from applications.endorse.workbook import Excess, Limits
from exchange.background.subprocesses import CrashedError, TookTooLongError, confine, run_confined

CELL_MAX = 500  # characters; a longer cell means a quotation mark that was never closed
HEAD_WITHIN = 10  # rows in which to look for the column names; a title may stand above them
COLUMNS_MAX = 300  # columns with a name; each is compared with all known names
NAME_MAX = 60  # characters; a longer column name is not compared with the known ones
UNITS_MAX = 40  # as on the form; more is a typing mistake
MEMORY = 512 * 1024 * 1024  # bytes for the process that reads a list: three times what 120,000 rows take
CPU_SECONDS = 60
WALL_SECONDS = 120  # elapsed time, on a busy machine
ANSWER_MAX = 48 * 1024 * 1024  # bytes that come back to the web process: twice as much as 120,000 rows
DELIMITERS = ",;\t|"
_one_at_a_time = threading.Lock()


class Problem(StrEnum):
    EMPTY = "empty"
    NOT_A_TABLE = "not_a_table"
    OLD_EXCEL = "old_excel"
    BROKEN = "broken"
    ENCODING = "encoding"
    NO_COLUMN = "no_column"  # neither a number nor an email
    TWO_COLUMNS = "two_columns"
    ROW_TOO_LONG = "row_too_long"
    QUOTES = "quotes"
    NUMBER_CUT = "number_cut"  # 8.8123E+07
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_MANY_SHEETS = "too_many_sheets"
    TOO_LARGE = "too_large_to_open"  # a small file that unpacks to too much


class UnreadableList(Exception):
    """`line`: in the file, 0 if the problem has none. `seen`: the texts that the error message quotes."""

    def __init__(self, problem: Problem, *, line: int = 0, seen: Iterable[str] = ()) -> None:
        super().__init__(problem)
        self.problem, self.line, self.seen = problem, line, tuple(seen)


@dataclass(frozen=True, slots=True)
class Column:
    """How one column was understood. `is_guess`: its name is close to a known name, not equal to it."""

    kind: str
    name: str
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class EnrollmentList:
    columns: tuple[Column, ...]
    rows: tuple[EnrollmentRow, ...]


KINDS = {
    "number": "student id|student id number|student number|student no|sid|id|id number|emplid|empl id|campus id|"
    "número de estudiante|numero estudiante|id de estudiante|id estudiantil|matrícula|número de matrícula",
    "email": "email|e-mail|email address|mail|student email|college email|campus email|"
    "correo|correo electrónico|email del estudiante|correo del estudiante",
    "name": "name|student name|full name|student|nombre|nombre completo|estudiante",
    "first": "first name|first|given name|nombres|primer nombre",
    "last": "last name|last|surname|family name|apellido|apellidos",
    "units": "units|units this term|enrolled units|units enrolled|current units|term units|"
    "unidades|unidades este periodo|unidades este semestre|unidades inscritas",
    "standing": "standing|good standing|in good standing|academic standing|"
    "al corriente|va al corriente|situación académica|buena situación académica|estado académico",
    "enrolled": "enrolled|is enrolled|enrolled this term|enrollment|enrollment status|"
    "inscrito|inscrita|inscrito este semestre|inscripción|inscripción vigente",
}
# Single words in the form that `_plain` gives. A cell with any other text is left to a person.
YES, NO = "yes y true 1 x si s ok", "no n false 0"
ENROLLED_YES = (
    "enrolled currentlyenrolled active registered matriculated fulltime parttime halftime threequartertime continuing "
    "inscrito inscrita activo activa matriculado matriculada tiempocompleto mediotiempo"
)
ENROLLED_NO = (
    "notenrolled unenrolled disenrolled notregistered inactive withdrawn withdrew withdrawal w drop dropped droppedout "
    "cancelled canceled dismissed dismissal expelled suspended graduated graduate alumni alumnus alumna "
    "leave onleave leaveofabsence loa stoppedout stopout noshow transferred transferredout deceased "
    "baja debaja dadodebaja dadadebaja bajatemporal bajadefinitiva inactivo inactiva noinscrito noinscrita retirado "
    "retirada cancelado cancelada suspendido suspendida egresado egresada graduado graduada licencia conlicencia"
)
STANDING_YES = "good goodstanding ingoodstanding satisfactory alcorriente buena buenasituacion"
STANDING_NO = (
    "notgood notingoodstanding bad unsatisfactory probation onprobation academicprobation progressprobation "
    "suspended suspension academicsuspension dismissed dismissal academicdismissal expelled "
    "noalcorriente condicional suspendido suspendida expulsado expulsada baja"
)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in letters if sign.isalnum())


NAMES = {_plain(name): kind for kind, names in KINDS.items() for name in names.split("|")}
SAYS = {
    kind: dict.fromkeys(f"{YES} {yes}".split(), True) | dict.fromkeys(f"{NO} {no}".split(), False)
    for kind, yes, no in (("enrolled", ENROLLED_YES, ENROLLED_NO), ("standing", STANDING_YES, STANDING_NO))
}


EXCESS = {
    Excess.SIZE: Problem.TOO_LARGE,
    Excess.STRINGS: Problem.TOO_LARGE,
    Excess.CELLS: Problem.TOO_MANY_CELLS,
    Excess.SHEETS: Problem.TOO_MANY_SHEETS,
}


def read_in_subprocess(content: bytes, *, rows_max: int, limits: Limits) -> EnrollmentList:
    """Run `read` in a confined subprocess. Raises UnreadableList: as `read`, too_large_to_open if it was stopped at a
    limit, broken if it crashed. A web process reads one list at a time, so that many can't fill the machine's memory.
    """
    words = (rows_max, limits.cells, limits.sheets, limits.strings)
    try:
        with _one_at_a_time:
            answer = run_confined(__name__, *map(str, words), given=content, seconds=WALL_SECONDS)
    except TookTooLongError:
        raise UnreadableList(Problem.TOO_LARGE) from None
    except CrashedError:
        raise UnreadableList(Problem.BROKEN) from None
    head, *rows = map(json.loads, io.BytesIO(answer))
    if "problem" in head:
        raise UnreadableList(Problem(head["problem"]), line=head["line"], seen=head["seen"])
    return EnrollmentList(
        tuple(Column(*each) for each in head["columns"]), tuple(EnrollmentRow(*each) for each in rows)
    )


def read(content: bytes, *, rows_max: int, limits: Limits) -> EnrollmentList:
    """The columns and rows of the file. Raises UnreadableList with the problem and the line."""
    if not content.strip(b"\x00\r\n\t ,;\xef\xbb\xbf\xff\xfe"):
        raise UnreadableList(Problem.EMPTY)
    if content.startswith(b"PK\x03\x04"):
        return _table(_workbook(content, limits), rows_max)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableList(Problem.OLD_EXCEL)
    return _table(_csv(_decoded(content)), rows_max)


# --- From bytes to cells ----------------------------------------------------------------------------


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _without_nul(content.decode("utf-16"))
        except UnicodeDecodeError:
            raise UnreadableList(Problem.BROKEN, line=content.count(b"\n") + 1) from None
    if b"\x00" in content or content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")):
        raise UnreadableList(Problem.NOT_A_TABLE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken_at = error.start
    text = content.decode("cp1252", "replace")
    for number, line in enumerate(text.split("\n"), start=1):
        if UNSURE.search(line):
            raise UnreadableList(Problem.ENCODING, line=number, seen=[line.strip()[:60]])
    if _has_utf8(content, broken_at):  # two encodings in one file
        raise UnreadableList(Problem.ENCODING, line=content.count(b"\n", 0, broken_at) + 1)
    return text


# In Windows-1252, a name has only Western European letters, and an apostrophe after O, D or L. Any other character
# comes from another encoding (in Mac Roman, ñ has the byte that is a dash here).
UNSURE = re.compile(r"(?<!\b[ODLodl])’|[^\x00-\x7f\xc0-\xd6\xd8-\xf6\xf8-\xffªº’]")


def _has_utf8(content: bytes, before: int) -> bool:
    return any(byte > 0x7F for byte in content[:before])


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise UnreadableList(Problem.NOT_A_TABLE)
    return text


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells). The delimiter is the one that gives the most known column names."""
    first, _end, rest = text.partition("\n")
    skipped = 0
    if re.fullmatch(r"sep=.\r?", first.strip("\ufeff"), re.IGNORECASE):  # Excel's own hint, not a row
        text, skipped = rest, 1
    opening = [line[: COLUMNS_MAX * NAME_MAX] for line in text.split("\n", HEAD_WITHIN)[:HEAD_WITHIN]]
    delimiter = max(DELIMITERS, key=lambda sign: max((_names_in(line.split(sign)) for line in opening), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1 + skipped
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1 + skipped
    except csv.Error:
        raise UnreadableList(Problem.QUOTES, line=line) from None


def _names_in(cells: list[str]) -> int:
    return sum(_plain(cell) in NAMES for cell in cells)


def _workbook(content: bytes, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from workbook.lines(content, limits)
    except workbook.NotAWorkbookError:
        raise UnreadableList(Problem.NOT_A_TABLE) from None
    except workbook.BrokenWorkbookError:
        raise UnreadableList(Problem.BROKEN) from None
    except workbook.TooMuchError as error:
        raise UnreadableList(EXCESS[error.excess]) from None


# --- From cells to rows -----------------------------------------------------------------------------


def _table(lines: Iterator[tuple[int, list[str]]], rows_max: int) -> EnrollmentList:
    columns = _columns(lines)
    rows: list[EnrollmentRow] = []
    for line, cells in lines:
        values = [_clean(cell, line) for cell in cells]
        if not any(values):
            continue
        if any(values[len(columns) :]):
            raise UnreadableList(Problem.ROW_TOO_LONG, line=line)
        if len(rows) >= rows_max:
            raise UnreadableList(Problem.TOO_MANY_ROWS)
        values += [""] * (len(columns) - len(values))  # a short line: its last cells are empty
        rows.append(_row({each.kind: value for each, value in zip(columns, values, strict=False) if each.kind}, line))
    if not rows:
        raise UnreadableList(Problem.EMPTY)
    return EnrollmentList(tuple(each for each in columns if each.kind), tuple(rows))


def _columns(lines: Iterator[tuple[int, list[str]]]) -> list[Column]:
    """The first row with a column for student numbers or emails; a title may stand above it."""
    seen: list[str] = []
    for (line, cells), _turn in zip(lines, range(HEAD_WITHIN), strict=False):
        names = [_clean(cell, line) for cell in cells]
        if sum(map(bool, names)) > COLUMNS_MAX:
            raise UnreadableList(Problem.NOT_A_TABLE)
        columns = [_column(name) for name in names]
        kinds = [each.kind for each in columns if each.kind]
        if "number" in kinds or "email" in kinds:
            return _without_doubles(columns)
        seen = seen or [name for name in names if name]
    raise UnreadableList(Problem.NO_COLUMN, seen=seen[:12])


def _column(name: str) -> Column:
    plain = _plain(name)
    if plain in NAMES:
        return Column(NAMES[plain], name)
    if not 0 < len(plain) <= NAME_MAX:
        return Column("", name)
    near = get_close_matches(plain, [each for each in NAMES if len(each) > 3], n=1, cutoff=0.8)
    return Column(NAMES[near[0]], name, is_guess=True) if near else Column("", name)


def _without_doubles(columns: list[Column]) -> list[Column]:
    sure = {each.kind for each in columns if each.kind and not each.is_guess}
    columns = [Column("", each.name) if each.is_guess and each.kind in sure else each for each in columns]
    for kind in KINDS:
        names = [each.name for each in columns if each.kind == kind]
        if len(names) > 1:
            raise UnreadableList(Problem.TWO_COLUMNS, seen=[kind, *names])
    return columns


def _clean(cell: str, line: int) -> str:
    if len(cell) > CELL_MAX:
        raise UnreadableList(Problem.QUOTES, line=line)
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in cell).split())
    if found := re.fullmatch(r'="([^"]*)"', text):  # how some exports keep leading zeros
        return found[1]
    return text


def _row(said: dict[str, str], line: int) -> EnrollmentRow:
    number = said.get("number", "")
    if re.fullmatch(r"\d([.,]\d+)?[eE]\+?\d+", number):
        raise UnreadableList(Problem.NUMBER_CUT, line=line, seen=[number])
    enrolled, standing = (words.get(_plain(said.get(kind, ""))) for kind, words in SAYS.items())
    return EnrollmentRow(
        number=number if number_key(number) else "",
        email=said.get("email", "").lower() if email_key(said.get("email", "")) else "",
        name=" ".join(said[kind] for kind in ("first", "name", "last") if said.get(kind)),
        units=_units(said.get("units", "")),
        is_enrolled=enrolled if "enrolled" in said else True,
        in_good_standing=standing,
        standing_text=said.get("standing", "") if standing is None else "",
        enrolled_text=said.get("enrolled", "") if enrolled is None else "",
    )


def _units(text: str) -> int | None:
    """Whole units, fractions rounded down; None where the text is not a number of units."""
    found = re.fullmatch(r"(\d{1,3})([.,]\d{1,2})?", text)
    return int(found[1]) if found and int(found[1]) <= UNITS_MAX else None


# --- The subprocess ---------------------------------------------------------------------------------


def main() -> None:
    """stdin: the file. stdout: a line of JSON with the columns or the problem, then each row as a line of JSON."""
    confine(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    rows_max, cells, sheets, strings = map(int, sys.argv[1:])
    try:
        found = read(sys.stdin.buffer.read(), rows_max=rows_max, limits=Limits(cells, sheets, strings))
        _answer({"columns": [astuple(column) for column in found.columns]}, found.rows)
    except UnreadableList as error:
        _answer({"problem": error.problem, "line": error.line, "seen": error.seen}, ())
    except MemoryError:
        _answer({"problem": Problem.TOO_LARGE, "line": 0, "seen": ()}, ())


def _answer(head: dict[str, Any], rows: Iterable[EnrollmentRow]) -> None:
    """Rows of long texts that a small workbook repeats are refused here: they would fill the web process."""
    lines = [json.dumps(head)]
    left = ANSWER_MAX
    for row in rows:
        line = json.dumps([getattr(row, name) for name in EnrollmentRow.__slots__])
        left -= len(line)
        if left < 0:
            raise UnreadableList(Problem.TOO_LARGE)
        lines.append(line)
    for line in lines:
        sys.stdout.buffer.write(line.encode() + b"\n")


if __name__ == "__main__":
    main()
