"""Reads the cells of an Excel workbook (.xlsx) within limits. No Django.

A workbook is an archive of XML: 200 KB of it can unpack to more than 100 MB, and a library that reads all shared
strings at once needs gigabytes for that. So the parts that are read as a whole are counted first, piece by piece, and
the sheet is counted while it is read. Whatever gets past the counts meets the memory limit of the process.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from xml.parsers import expat

UNPACKED_MAX = 120 * 1024 * 1024  # bytes of the whole archive once unpacked
PARTS_MAX = 1000  # files in the archive
TEXT_MAX = 32_767  # characters of one text: no spreadsheet program writes more (Excel's specification)
LINES_MAX = 1_048_576  # of a sheet (Excel's specification); a gap between two rows counts as empty lines
PIECE = 64 * 1024  # bytes that are unpacked at once


class Excess(StrEnum):
    """What a workbook has too much of."""

    SIZE = "size"
    CELLS = "cells"
    SHEETS = "sheets"
    STRINGS = "strings"


class TooMuchError(Exception):
    def __init__(self, excess: Excess) -> None:
        super().__init__(excess)
        self.excess = excess


class NotAWorkbookError(Exception):
    """An archive, but not of a workbook."""


class BrokenWorkbookError(Exception):
    """Damaged."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`cells`: of the first visible sheet, empty ones included. `strings`: different texts in the whole workbook."""

    cells: int
    sheets: int
    strings: int


# What openpyxl raises for a damaged workbook: it has no exception of its own for that
BROKEN = (
    *(
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
    ),
    *(StopIteration, zipfile.BadZipFile, zlib.error, expat.ExpatError),
)


def lines(content: bytes, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of the first visible sheet. Formulas are not evaluated: their cached value is read.

    Raises NotAWorkbookError, BrokenWorkbookError, TooMuchError.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 -- memory: few processes ever need it

    try:
        _check(content, limits)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
        sheet.reset_dimensions()  # some programs declare a million columns
        cells_left = limits.cells
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells_left -= len(cells)
            if cells_left < 0 or line > LINES_MAX:
                raise TooMuchError(Excess.CELLS)
            yield line, [_text(cell) for cell in cells]
    except MemoryError:
        raise TooMuchError(Excess.SIZE) from None
    except BROKEN:
        raise BrokenWorkbookError from None


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


# --- Counted before anything is read ----------------------------------------------------------------


def _check(content: bytes, limits: Limits) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            raise NotAWorkbookError
        if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
            raise TooMuchError(Excess.SIZE)
        _count(archive, "xl/workbook.xml", "sheet", limits.sheets, Excess.SHEETS)
        if "xl/sharedStrings.xml" in names:
            _count(archive, "xl/sharedStrings.xml", "si", limits.strings, Excess.STRINGS)


def _count(archive: zipfile.ZipFile, name: str, tag: str, most: int, excess: Excess) -> None:
    """Refuses a part with more than `most` elements of this tag, or with a text that is longer than TEXT_MAX."""
    found = length = 0

    def start(element: str, _attributes: dict[str, str]) -> None:
        nonlocal found, length
        if element.rpartition(" ")[2] == tag:
            found, length = found + 1, 0
            if found > most:
                raise TooMuchError(excess)

    def text(data: str) -> None:
        nonlocal length
        length += len(data)
        if length > TEXT_MAX:
            raise TooMuchError(Excess.SIZE)

    def doctype(*_declared: object) -> None:
        raise BrokenWorkbookError  # no spreadsheet program declares one; entities could multiply

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    with archive.open(name) as part:
        while piece := part.read(PIECE):
            parser.Parse(piece)
        parser.Parse(b"", True)
