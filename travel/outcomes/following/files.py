"""Reads the CSV file that a college's research office sends: one line a student, by code. No Django, nothing is stored.

A file with a column that isn't asked for is refused as a whole: it may hold names or student numbers. A line that can't
be read with certainty is left out and named by its number.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from travel.outcomes.following import codes

CODE = "code"
# one line of the file given out has this, too: the research office looks students up by it, and deletes the column
NUMBER = "student_number"
LATER = ("award", "transferred")
COLUMNS = {1: ("reenrolled", "units", "gpa_band", *LATER), 2: LATER, 3: LATER}  # by the years after the trip
BYTES_MAX, ROWS_MAX, CELL_MAX = 1_000_000, 5_000, 100
GPA_BANDS = ("A", "B", "C", "D")
SAID = dict.fromkeys(("yes", "y", "true", "1", "sí", "si", "s"), True)
SAID |= dict.fromkeys(("no", "n", "false", "0"), False)


class Problem(StrEnum):
    """Of a file as a whole."""

    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    NOT_CSV = "not_csv"
    EMPTY = "empty"
    NO_CODE = "no_code"
    MISSING = "missing_columns"
    NUMBERS = "student_numbers"  # the column of student numbers is still there
    EXTRA = "extra_columns"
    TWICE = "column_twice"


class Wrong(StrEnum):
    """Of one line."""

    CODE = "code"
    YES_NO = "yes_no"
    UNITS = "units"
    BAND = "band"
    CELLS = "cells"
    EMPTY = "says_nothing"
    NOT_ENROLLED = "not_enrolled"  # units or a GPA of a term in which the student wasn't enrolled
    DIFFERS = "differs"  # the same code in another line, with other values


class UnreadableFile(Exception):
    """`seen`: names of columns."""

    def __init__(self, problem: Problem, seen: Iterable[str] = ()) -> None:
        super().__init__(problem)
        self.problem, self.seen = problem, tuple(seen)


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says of the student with this code; None or "" where it says nothing."""

    code: str
    reenrolled: bool | None = None
    units: int | None = None
    gpa: str = ""
    award: bool | None = None
    transferred: bool | None = None

    @property
    def values(self) -> tuple[bool | int | str | None, ...]:
        return self.reenrolled, self.units, self.gpa, self.award, self.transferred


@dataclass(frozen=True, slots=True)
class BadLine:
    line: int
    wrong: Wrong
    column: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """rows: by line. repeated: lines that say once more what another line says."""

    rows: dict[int, Row] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)
    repeated: int = 0


def read(content: bytes, year: int, *, units_max: int) -> Content:
    """Raises UnreadableFile for a file that can't be taken at all."""
    lines = _lines(content)
    _line, head = next(lines, (0, []))
    columns = _columns(head, COLUMNS[year])
    rows: dict[int, Row] = {}
    bad: list[BadLine] = []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(rows) + len(bad) >= ROWS_MAX:
            raise UnreadableFile(Problem.TOO_LARGE)
        found = _row(line, cells, columns, units_max)
        if isinstance(found, Row):
            rows[line] = found
        else:
            bad.append(found)
    if not rows and not bad:
        raise UnreadableFile(Problem.EMPTY)
    return _without_doubles(rows, bad)


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    if len(content) > BYTES_MAX:
        raise UnreadableFile(Problem.TOO_LARGE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(Problem.NOT_TEXT) from error
    if "\0" in text:
        raise UnreadableFile(Problem.NOT_TEXT)
    if not text.strip():
        raise UnreadableFile(Problem.EMPTY)
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    found = []
    try:
        for cells in reader:
            found.append((line, [" ".join(cell.split()) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(Problem.NOT_CSV) from error
    return iter(found)


def _columns(head: Sequence[str], wanted: Sequence[str]) -> list[str]:
    names = [name.casefold().replace(" ", "_") for name in head]
    while names and not names[-1]:
        names.pop()
    if CODE not in names:
        raise UnreadableFile(Problem.NO_CODE, [name[:40] for name in head[:12] if name])
    if NUMBER in names:
        raise UnreadableFile(Problem.NUMBERS)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableFile(Problem.TWICE, [name[:40] for name in twice])
    if missing := [name for name in wanted if name not in names]:
        raise UnreadableFile(Problem.MISSING, missing)
    if extra := [name[:40] for name in names if name not in (CODE, *wanted)]:
        raise UnreadableFile(Problem.EXTRA, extra)
    return names


def _row(line: int, cells: Sequence[str], columns: Sequence[str], units_max: int) -> Row | BadLine:
    if any(cells[len(columns) :]) or any(len(cell) > CELL_MAX for cell in cells):
        return BadLine(line, Wrong.CELLS)
    said = dict(zip(columns, (*cells, *[""] * len(columns)), strict=False))
    code = codes.plain(said[CODE])
    if not code:
        return BadLine(line, Wrong.CODE)
    yes_no: dict[str, bool | None] = {}
    for name in ("reenrolled", *LATER):
        text = said.get(name, "").casefold()
        if text and text not in SAID:
            return BadLine(line, Wrong.YES_NO, name)
        yes_no[name] = SAID.get(text)
    units = said.get("units", "")
    number = re.fullmatch(r"(\d{1,3})([.,]\d{1,2})?", units, re.ASCII)  # half units are rounded down
    if units and (number is None or int(number[1]) > units_max):
        return BadLine(line, Wrong.UNITS, "units")
    gpa = said.get("gpa_band", "").upper()
    if gpa and gpa not in GPA_BANDS:
        return BadLine(line, Wrong.BAND, "gpa_band")
    row = Row(code, units=int(number[1]) if number else None, gpa=gpa, **yes_no)
    if (row.units or row.gpa) and not row.reenrolled:
        return BadLine(line, Wrong.NOT_ENROLLED)
    return row if any(value not in (None, "") for value in row.values) else BadLine(line, Wrong.EMPTY)


def _without_doubles(rows: dict[int, Row], bad: list[BadLine]) -> Content:
    """A line that repeats another is left out; lines about one student that differ are all left out."""
    lines: dict[str, list[int]] = defaultdict(list)
    for line, row in rows.items():
        lines[row.code].append(line)
    kept: dict[int, Row] = {}
    repeated = 0
    for places in lines.values():
        if len({rows[line] for line in places}) > 1:
            bad += [BadLine(line, Wrong.DIFFERS) for line in places]
            continue
        kept[places[0]] = rows[places[0]]
        repeated += len(places) - 1
    return Content(dict(sorted(kept.items())), sorted(bad, key=lambda each: each.line), repeated)
