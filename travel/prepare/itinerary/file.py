"""Reads an itinerary from CSV: each line goes through the form of its kind, and is checked as if typed."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from exchange.base.home import home_zone
from travel.base.itinerary import People, city_zone
from travel.base.legs import Kind, Leg
from travel.models import Contact, Placement, Trip
from travel.prepare.itinerary.actions import Line
from travel.prepare.itinerary.forms import EVERYONE, FORMS, SOME, SegmentForm

# the name of each column, and the field of the form that it fills; the others are read below
COLUMNS = {
    "kind": "",
    "carrier": "carrier",
    "number": "number",
    "from": "",
    "to": "",
    "starts": "",
    "ends": "",
    "starts by the clock": "",
    "ends by the clock": "",
    "address": "address",
    "address in local script": "address_local",
    "phone": "phone",
    "booking": "confirmation",
    "note in English": "note_en",
    "note in Spanish": "note_es",
    "travelers": "",
}
EXAMPLE = (
    ("meeting", "", "", "", "Terminal B, door 3", "2027-06-12 20:30", "", "home"),
    ("flight", "Aeroméxico", "AM 641", "TIJ", "MEX", "2027-06-12 23:40", "2027-06-13 05:10"),
    ("ride", "Bus company", "", "Airport", "Hotel", "2027-06-13 06:00", "2027-06-13 06:40", "there", "there"),
    ("stay", "", "", "", "Hotel", "2027-06-13 15:00", "2027-06-20 11:00", "there", "", "20 de Noviembre 811"),
)
DELIMITERS = (",", ";", "\t")
LINES_MAX = 200
BYTES_MAX = 512 * 1024


class UnreadableFile(Exception):
    """The file isn't an itinerary; the message says why."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of the file. `line` is None if it can't be used; then `errors` say why."""

    number: int
    line: Line | None
    errors: Sequence[str]
    is_there: bool = False


def decoded(content: bytes) -> str:
    """UnreadableFile unless it's text of a size that fits."""
    if len(content) > BYTES_MAX:
        raise UnreadableFile(_("That file is too large for an itinerary. Nothing was saved."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _("We can’t read the letters in this file. Save it as “CSV UTF-8” and choose it again.")
        raise UnreadableFile(text) from None


def read(
    text: str,
    trip: Trip,
    *,
    placements: Sequence[Placement],
    leaders: Sequence[Contact],
    there: Iterable[tuple[Leg, People]],
) -> list[FileLine]:
    """Every line, checked against the itinerary and against the lines before it. UnreadableFile."""
    found, others = [], list(there)
    stored, names = list(there), _names(placements, leaders)
    for number, cells in _rows(text):
        kind = cells["kind"].casefold()
        if kind not in FORMS:
            said = _("“kind” is %(said)s. It has to be one of these: %(kinds)s.")
            found.append(FileLine(number, None, [said % {"said": f"“{cells['kind']}”", "kinds": ", ".join(FORMS)}]))
            continue
        data, unknown = _data(kind, cells, trip, names)
        form = FORMS[kind](data, trip=trip, placements=placements, leaders=leaders)
        same = form.is_valid() and any(_is_same(form.line, leg, people) for leg, people in stored)
        if not same:
            form = FORMS[kind](data, trip=trip, placements=placements, leaders=leaders, others=others)
        errors = [*unknown, *_errors(form)]
        line = None if errors else form.line
        found.append(FileLine(number, line, errors, is_there=same))
        if line and not same:
            others.append((line.leg, line.people))
    return found


def _is_same(line: Line, leg: Leg, people: People) -> bool:
    return line.people == people and line.leg.kind == leg.kind and not line.leg.is_news(leg)


def _rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """(line number, cells by column). The separator is the one that gives the most columns."""
    head = text.partition("\n")[0]
    separator = max(DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in next(rows, [])]
        if missing := [name for name in ("kind", "to", "starts") if name not in names]:
            said = _("The first line has no column %(names)s. Use the column names of the template.")
            raise UnreadableFile(said % {"names": ", ".join(f"“{name}”" for name in missing)})
        for at, cells in enumerate(rows):
            if at >= LINES_MAX:
                raise UnreadableFile(
                    _("This file has more than %(most)s lines. Send it in parts.") % {"most": LINES_MAX}
                )
            if any(cell.strip() for cell in cells):
                said_here = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                yield rows.line_num, {name: _plain(said_here.get(name, "")) for name in COLUMNS}
    except csv.Error:
        said = _("Line %(line)s opens a quotation mark and doesn’t close it. Fix that line and choose the file again.")
        raise UnreadableFile(said % {"line": rows.line_num}) from None


def _plain(cell: str) -> str:
    """Without the apostrophe that marks a cell as text (`exchange.files.spreadsheets`)."""
    return cell[1:] if cell.startswith("'+") else cell


def _data(
    kind: str, cells: Mapping[str, str], trip: Trip, names: Mapping[str, list[str]]
) -> tuple[dict[str, Any], list[str]]:
    """What the form would get from a page, and what can't be read."""
    data: dict[str, Any] = {field: cells[name] for name, field in COLUMNS.items() if field}
    ending = "code" if kind == Kind.FLIGHT else "name"
    data |= {f"from_{ending}": cells["from"], f"to_{ending}": cells["to"]}
    for name in ("starts", "ends"):
        data[f"{name}_on"], _gap, data[f"{name}_time"] = cells[name].replace("T", " ").partition(" ")
    zones = {"home": home_zone().key, "there": city_zone(trip)}
    usual = "home" if kind == Kind.MEETING else "there"
    for name, column in (("start_zone", "starts by the clock"), ("end_zone", "ends by the clock")):
        said = cells[column] or usual
        data[name] = zones.get(said.casefold(), said)
    keys, unknown = [], []
    for person in filter(None, (each.strip() for each in cells["travelers"].split(";"))):
        match names.get(person.casefold(), []):
            case [key]:
                keys.append(key)
            case []:
                unknown.append(_("No one on this trip is called “%(name)s”.") % {"name": person})
            case _several:
                said = _("Several people on this trip are called “%(name)s”. Choose them on the line’s page.")
                unknown.append(said % {"name": person})
    return data | {"who": SOME if keys or unknown else EVERYONE, "people": keys}, unknown


def _names(placements: Sequence[Placement], leaders: Sequence[Contact]) -> dict[str, list[str]]:
    """Keys of the people, by their names in lower case."""
    names: dict[str, list[str]] = {}
    for each in placements:
        names.setdefault(str(each.application.student).casefold(), []).append(f"student-{each.code}")
    for leader in leaders:
        names.setdefault(leader.name.casefold(), []).append(f"leader-{leader.code}")
    return names


def _errors(form: SegmentForm) -> list[str]:
    """Each with the name of its field, because a preview has no fields to stand beside."""
    found = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        found += [f"{label}: {error}" if label else str(error) for error in errors]
    return found


def template_rows() -> list[tuple[str, ...]]:
    """The template to download: the names of the columns, and a line of each kind as an example."""
    width = len(COLUMNS)
    return [tuple(COLUMNS), *(row + ("",) * (width - len(row)) for row in EXAMPLE)]
