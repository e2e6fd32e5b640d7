"""Open data: every published count as CSV and JSON, in a versioned schema that another city can read and write.

`read` turns a file of this schema, ours or another city's, into rows, or says what is wrong with it. The schema is
data.schema.json beside this module; a file with another major version isn't read, because its words may mean
something else. Keys are stable: cycle, measure, group_by and group never change once published.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.base.errors import RuleViolation
from exchange.files.spreadsheets import Cell
from exchange.models import ReleasedFigure
from exchange.templatetags.ui import zone_city
from travel.models import EarlierCount, SurveyItem
from travel.models.earlier import PREFIX, code_of
from travel.outcomes.measures import MEASURES, item_text
from travel.outcomes.population import FOLLOW_UP_ITEM, SURVEY_ITEM

VERSION = "1.0"
SCHEMA = Path(__file__).with_name("data.schema.json")
FILE_MAX = 20_000_000  # bytes; a row takes 300
COUNT_MAX, TEXT_MAX = 10**6, 300
COLUMNS = (
    *("schema_version", "city", "release", "cycle", "measure", "group_by", "group", "low", "high", "shown"),
    *("as_of", "definition"),
)
LENGTHS = {"city": 60, "cycle": 200, "measure": 40, "group_by": 40, "group": 100}
EXACT, RANGE, HIDDEN = "exact", "range", "not_shown"

FIELDS: dict[str, Promise] = {
    "schema_version": gettext_lazy("Version of this layout. The first number changes when a word changes its meaning."),
    "city": gettext_lazy("The city that published the count."),
    "release": gettext_lazy("Number of the release in which it was published. A published count never changes."),
    "cycle": gettext_lazy("Code of the round of trips, or several joined by + where years are told together."),
    "measure": gettext_lazy("What is counted. Each one is defined below."),
    "group_by": gettext_lazy("How people are grouped, such as college, city or language. Empty: everyone."),
    "group": gettext_lazy("The group. Empty: everyone."),
    "low": gettext_lazy("The lowest number it can be. Empty: not shown."),
    "high": gettext_lazy("The highest number it can be. The same as low when the count is exact."),
    "shown": gettext_lazy(
        "exact: the number itself. range: it’s between low and high, and nothing more is known. not_shown: the group is"
        " too small for any range."
    ),
    "as_of": gettext_lazy("The day on which it was counted."),
    "definition": gettext_lazy("What the measure means, in English."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One count of a file."""

    cycle: str
    measure: str
    group_by: str
    group: str
    low: int | None
    high: int | None
    as_of: date
    definition: str = ""


@dataclass(frozen=True, slots=True)
class CityFile:
    city: str
    version: str
    rows: tuple[Row, ...]

    @property
    def as_of(self) -> date:
        return max(row.as_of for row in self.rows)


def our_city() -> str:
    """As it's in our files, which are in English."""
    with translation.override("en"):
        return zone_city()


# --- Writing ----------------------------------------------------------------------------------------


def records() -> list[dict[str, Any]]:
    """Every published count, in the order in which it was published. Two queries, one more with earlier years."""
    with translation.override("en"):
        city, sentences = zone_city(), dict[str, str]()
        for item in SurveyItem.objects.all():
            sentences[item.name] = item.text_en
        rows = list(ReleasedFigure.objects.select_related("release").order_by("release__number", "pk"))
        sources = earlier_sources() if any(row.subject.startswith(PREFIX) for row in rows) else {}
        return [
            {
                "schema_version": VERSION,
                "city": city,
                "release": row.release.number,
                "cycle": row.subject,
                "measure": row.name,
                "group_by": row.by,
                "group": row.group,
                "low": row.low,
                "high": row.high,
                "shown": _shown(row.low, row.high),
                "as_of": timezone.localdate(row.release.as_of),
                "definition": _definition(row, sentences)
                + sources.get((row.subject, row.name, row.group), _before(row)),
            }
            for row in rows
        ]


def earlier_sources() -> dict[tuple[str, str, str], str]:
    """What is added to the definition of a count from before the portal. One query."""
    text = " From before the portal: %s, as of %s."
    return {
        (code_of(row.year), row.measure, row.city.code if row.city else ""): text % (row.source, row.as_of)
        for row in EarlierCount.objects.select_related("city")
    }


def _before(row: ReleasedFigure) -> str:
    return " From before the portal: the program’s list of travelers." if row.subject.startswith(PREFIX) else ""


def _definition(row: ReleasedFigure, sentences: Mapping[str, str]) -> str:
    """Of the measure; of a rating with the sentence that was rated."""
    text = str(MEASURES[row.name].definition) if row.name in MEASURES else ""
    if row.by == FOLLOW_UP_ITEM:
        return f"{text} “{item_text(row.group)}”"
    return f"{text} “{sentences.get(row.group, row.group)}”" if row.by == SURVEY_ITEM else text


def csv_rows(found: Iterable[Mapping[str, Any]]) -> Iterator[list[Cell]]:
    yield list(COLUMNS)
    for record in found:
        yield [record[column] for column in COLUMNS]


def about(address: str) -> dict[str, Any]:
    """What stands before the rows of the JSON file. `address`: of the portal."""
    with translation.override("en"):
        return {
            "schema": f"{address}/impact/data.schema.json",
            "schema_version": VERSION,
            "city": zone_city(),
            "dictionary": {
                "fields": {name: str(text) for name, text in FIELDS.items()},
                "measures": {name: str(each.definition) for name, each in MEASURES.items()},
            },
        }


def _shown(low: int | None, high: int | None) -> str:
    return HIDDEN if low is None else EXACT if low == high else RANGE


# --- Reading ----------------------------------------------------------------------------------------


def read(content: bytes) -> CityFile:
    """The rows of a file, CSV or JSON. RuleViolation (`broken_file`, `wrong_version`) says what is wrong and where."""
    if len(content) > FILE_MAX:
        raise _broken(_("it’s larger than %(size)s MB.") % {"size": FILE_MAX // 1_000_000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken(_("it isn’t UTF-8 text.")) from error
    version, records = _json_records(text) if text.lstrip().startswith("{") else _csv_records(text)
    _check_version(version)
    if not records:
        raise _broken(_("it has no rows."))
    cities = {str(record.get("city", "")) for record in records}
    if len(cities) != 1 or not (city := cities.pop().strip()) or len(city) > LENGTHS["city"]:
        raise _broken(_("each row must name the same city."))
    rows, keys = [], set()
    for place, record in enumerate(records, start=1):
        row = _row(record, place, version)
        key = (row.cycle, row.measure, row.group_by, row.group)
        if key in keys:
            raise _broken(_("row %(row)s is there twice.") % {"row": place})
        keys.add(key)
        rows.append(row)
    _check_together(rows)
    return CityFile(city, version, tuple(rows))


def _check_together(rows: Iterable[Row]) -> None:
    """That no part is larger than its whole: a group than everyone, a measure than the one that it's a part of."""
    most = {(row.cycle, row.measure, row.group_by, row.group): row.high for row in rows}
    for place, row in enumerate(rows, start=1):
        wholes = [(row.cycle, row.measure, "", "")]
        if row.measure in MEASURES and (within := MEASURES[row.measure].within):
            wholes += [(row.cycle, within, row.group_by, row.group), (row.cycle, within, "", "")]
        for whole in wholes:
            high = most.get(whole)
            if row.low is not None and high is not None and row.low > high:
                said = {"row": place, "low": row.low, "high": high, "measure": row.measure, "whole": whole[1]}
                raise _broken(
                    _("row %(row)s: %(measure)s is at least %(low)s, and %(whole)s is at most %(high)s.") % said
                )


def _json_records(text: str) -> tuple[str, list[dict[str, Any]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(_("it isn’t valid JSON.")) from error
    version = str(whole.get("schema_version", ""))
    _check_version(version)
    rows = whole.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _broken(_("it has no list named “rows.”"))
    return version, rows


def _csv_records(text: str) -> tuple[str, list[dict[str, Any]]]:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise _broken(_("these columns are missing: %(names)s.") % {"names": ", ".join(missing)})
        records: list[dict[str, Any]] = [
            {key: _unquoted(value) for key, value in row.items() if isinstance(key, str)} for row in reader
        ]
    except csv.Error as error:
        raise _broken(_("it isn’t a valid CSV file.")) from error
    return (str(records[0].get("schema_version") or "") if records else VERSION), records


def _unquoted(value: str | None) -> str:
    """Without the apostrophe that our own files have before text that begins like a formula."""
    text = value or ""
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text


def _row(record: Mapping[str, Any], place: int, version: str) -> Row:
    def wrong(what: str) -> RuleViolation:
        return _broken(_("row %(row)s: %(what)s") % {"row": place, "what": what})

    if str(record.get("schema_version", version)) != version:
        raise wrong(_("another schema version than the rows before."))
    texts = {}
    for name in ("cycle", "measure", "group_by", "group"):
        value = record.get(name)
        if not isinstance(value, str) or len(value) > LENGTHS[name] or "\0" in value:
            raise wrong(_("“%(name)s” isn’t a short text.") % {"name": name})
        texts[name] = value
    if not texts["cycle"] or not texts["measure"] or bool(texts["group_by"]) != bool(texts["group"]):
        raise wrong(_("it needs a cycle and a measure, and a group only with what it’s grouped by."))
    low, high = (_number(record.get(name), name, wrong) for name in ("low", "high"))
    if (low is None) != (high is None) or (low is not None and high is not None and low > high):
        raise wrong(_("low and high don’t fit together."))
    if record.get("shown") != _shown(low, high):
        raise wrong(_("“shown” must be %(word)s.") % {"word": _shown(low, high)})
    try:
        as_of = date.fromisoformat(str(record.get("as_of")))
    except ValueError as error:
        raise wrong(_("“as_of” isn’t a date such as 2026-11-28.")) from error
    if as_of > timezone.localdate() + timedelta(days=1):  # where that city is, it may be tomorrow
        raise wrong(_("“as_of” is a day in the future."))
    return Row(**texts, low=low, high=high, as_of=as_of, definition=str(record.get("definition") or "")[:TEXT_MAX])


def _number(value: Any, name: str, wrong: Any) -> int | None:
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < len(str(COUNT_MAX)) + 1:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= COUNT_MAX:
        raise wrong(_("“%(name)s” isn’t a whole number.") % {"name": name})
    return value


def _check_version(version: str) -> None:
    if version.partition(".")[0] != VERSION.partition(".")[0]:
        raise RuleViolation(
            "wrong_version",
            _("This file has schema version “%(theirs)s.” This portal reads version %(ours)s. Nothing was loaded.")
            % {"theirs": version[:20] or "–", "ours": VERSION},
        )


def _broken(what: str) -> RuleViolation:
    return RuleViolation("broken_file", _("This file can’t be loaded: %(what)s Nothing was changed.") % {"what": what})
