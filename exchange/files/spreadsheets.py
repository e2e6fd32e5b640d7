"""Writes tables as CSV, XLSX or JSON, piece by piece while rows are read, so that a large export needs little memory.

Text that begins like a formula must never become one. In CSV, where a cell has no type, it gets an apostrophe in
front, which spreadsheets read as "this is text"; in XLSX the cell is marked as text and its content is unchanged.
Numbers and dates keep their type.

The workbook is written here rather than by a library: we need only a page of XML of the format, and the libraries are
too slow for our exports (docs/adr/0031).
"""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation

type Cell = str | int | Decimal | date | datetime | None

BOM = "\ufeff"  # without it Excel assumes another encoding and shows Ã© for é
PIECE = 64 * 1024  # characters, about: small enough for memory, large enough to yield rarely
# Spaces, and what can't be seen: format characters, controls, fillers and variation selectors.
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0" + "".join(
    re.escape(sign) for sign in map(chr, range(0x10000)) if unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")
)
# How a formula begins in Excel, LibreOffice or Sheets, including the full-width characters of Asian keyboards. Some
# programs skip what can't be seen in front of it, or begin a new cell at a tab, a line break or a semicolon.
FORMULA = re.compile(rf"[{UNSEEN}\U000e0000-\U000e0fff]*[=+\-@＝＋－＠;]|[\t\r\n]")


# --- CSV --------------------------------------------------------------------------------------------


def csv_pieces(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        if buffer.tell() >= PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def _csv_cell(cell: Cell) -> Any:
    if isinstance(cell, str):
        return f"'{cell}" if FORMULA.match(cell) else cell
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(" ", "minutes")[:16]
    return cell


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return _bytes(text)


def _bytes(text: str) -> bytes:
    """UTF-8. A lone surrogate, which JSON input can contain, becomes a question mark instead of an error."""
    return text.encode("utf-8", "replace")


# --- JSON -------------------------------------------------------------------------------------------


def json_pieces(about: dict[str, Any], name: str, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One JSON object: the entries of `about`, then the list of rows under `name`, one row per line."""
    opening = _json(about).removesuffix("}")
    pieces = [f"{opening}{', ' if about else ''}{_json(name)}: [\n"]
    held = 0
    for place, row in enumerate(rows):
        text = _json(row)
        pieces.append(f",\n{text}" if place else text)
        held += len(text)
        if held >= PIECE:
            yield _bytes("".join(pieces))
            pieces, held = [], 0
    yield _bytes("".join([*pieces, "\n]}\n"]))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_json_default)


def _json_default(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return timezone.localtime(value).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
    return str(value)  # lazily translated text


# --- XLSX -------------------------------------------------------------------------------------------

ROWS_MAX = 1_048_576  # of a sheet, including the header row
TEXT_MAX = 32_767  # of a cell, in UTF-16 code units
SHEET_MAX = 2_000_000_000  # bytes before compression: beyond this, ZIP64 is needed, which Excel reads badly
DAY_ZERO = date(1899, 12, 30)
DAY = 24 * 60 * 60
HEAD, DATE, TIME = 1, 2, 3  # styles, by their place in STYLES

NAMESPACE = "http://schemas.openxmlformats.org"
MAIN = f'xmlns="{NAMESPACE}/spreadsheetml/2006/main"'
RELATIONS = f"{NAMESPACE}/officeDocument/2006/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XF = 'fillId="0" borderId="0"'
STYLES = (
    f'{XML}<styleSheet {MAIN}><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" {XF}/></cellStyleXfs>'
    f'<cellXfs count="4"><xf numFmtId="0" fontId="0" {XF} xfId="0"/>'
    f'<xf numFmtId="0" fontId="1" {XF} xfId="0" applyFont="1"/>'
    f'<xf numFmtId="14" fontId="0" {XF} xfId="0" applyNumberFormat="1"/>'
    f'<xf numFmtId="22" fontId="0" {XF} xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
PARTS = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{XML}<Relationships xmlns="{NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": STYLES,
}
# a frozen pane keeps the header row visible
SHEET_BEGINS = (
    f'{XML}<worksheet {MAIN}><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData>'
)
SHEET_ENDS = "</sheetData></worksheet>"
# most texts need no escaping: no XML markup, no character that XML forbids, nothing like an escape code of Excel's
NOT_PLAIN = re.compile("[&<>\x00-\x1f\ufffe\uffff\ud800-\udfff]|_x")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LIKE_A_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A


class _Pipe(io.RawIOBase):
    """A stream that the archive writes to and that is read piece by piece; it cannot seek."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._held)
        self._held.clear()
        return taken


def xlsx_pieces(rows: Iterable[Sequence[Cell]], *, sheet: str) -> Iterator[bytes]:
    """A workbook of one sheet whose first row is the header. Raises RuleViolation if a sheet cannot hold the rows."""
    pipe = _Pipe()
    workbook = (
        f'{XML}<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets><sheet name="{escape(sheet[:31], {'"': "&quot;"})}" '
        'sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    # level 1: compresses the texts of an export nearly as well, in a third of the time
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in (PARTS | {"xl/workbook.xml": workbook}).items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as out:
            out.write(SHEET_BEGINS.encode())
            for piece in _sheet(rows):
                out.write(piece)
                if taken := pipe.take():
                    yield taken
            out.write(SHEET_ENDS.encode())
    yield pipe.take()


def _sheet(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    cut = _("… (shortened here; the full text is in the CSV and JSON files)")
    held: list[str] = []
    size = written = 0
    for number, row in enumerate(rows, start=1):
        text = f"<row>{''.join([_xlsx_cell(cell, cut, HEAD if number == 1 else 0) for cell in row])}</row>"
        held.append(text)
        size += len(text)
        if size >= PIECE:
            piece = "".join(held).encode()
            written += len(piece)
            if number > ROWS_MAX or written > SHEET_MAX:
                raise too_large()
            yield piece
            held, size = [], 0
    yield "".join(held).encode()


def too_large() -> RuleViolation:
    return RuleViolation("sheet_full", _("That’s more than one spreadsheet can hold. Choose CSV, or fewer rows."))


def _xlsx_cell(cell: Cell, cut: str, style: int) -> str:
    if isinstance(cell, str):
        if not cell:
            return "<c/>"
        mark = f' s="{style}"' if style else ""
        return f'<c t="inlineStr"{mark}><is><t xml:space="preserve">{_xml_text(cell, cut)}</t></is></c>'
    if cell is None:
        return "<c/>"
    if isinstance(cell, datetime):
        local = timezone.localtime(cell)
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        return f'<c s="{TIME}"><v>{(local.date() - DAY_ZERO).days + seconds / DAY:.6f}</v></c>'
    if isinstance(cell, date):
        return f'<c s="{DATE}"><v>{(cell - DAY_ZERO).days}</v></c>'
    return f"<c><v>{cell}</v></c>"


def _xml_text(text: str, cut: str) -> str:
    if len(text) > TEXT_MAX // 2 and len(text.encode("utf-16-le", "replace")) // 2 > TEXT_MAX:
        text = text[: (TEXT_MAX - len(cut)) // 2 if not text.isascii() else TEXT_MAX - len(cut)] + cut
    if NOT_PLAIN.search(text):
        text = escape(FORBIDDEN.sub("\ufffd", LIKE_A_CODE.sub("_x005F_", text)))
    return text
