"""Reads the reference files that ship with the portal, and compares rows with them.

`us/` holds anywhere in the country, `cities/<city>/` for the city of the setting REFERENCE_CITY, and `states/<state>/`
between them for the state that the city's `home.toml` names.
"""

import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from exchange.models import ConsentText, DatedReference, Fact, NoticeSection, PartnerCity, RetentionRule
from travel.models import CityStanding, EntryRule, Guidance, HealthRule, HelpNumber

FOLDER = Path(__file__).resolve().parents[1] / "reference"
OFFICE = "{office}"  # stands for the city's own office, as the source of a row
# when a row was looked at, and by whom: not what it says
OF_THE_LOOK = frozenset({"as_of", "review_on", "is_confirmed", "checked_by"})
type Row = dict[str, Any]
# by code; None for one that the office deleted
type Cities = Mapping[str, PartnerCity | None]


class Files:
    """The files of the country, of the city's state and of the city. Any of them may be missing.

    ImproperlyConfigured: there's no folder of this name.
    """

    def __init__(self, folder: Path, city: str) -> None:
        there = sorted(path.name for path in (folder / "cities").iterdir())
        if city and city not in there:
            raise ImproperlyConfigured(
                f"REFERENCE_CITY is {city}, but travel/reference/cities/ has only {', '.join(there)}. Name one of "
                "them, or leave it empty and fill in Your city under Set up."
            )
        own = [folder / "cities" / city] if city else []
        self.folders = own
        state = next((home["state"] for home in self.read("home.toml") if "state" in home), "")
        if state and not (folder / "states" / state).is_dir():
            raise ImproperlyConfigured(f"{city}/home.toml names the state {state}, which has no folder in states/.")
        self.folders = [folder / "us", *([folder / "states" / state] if state else []), *own]
        self.office = next((home["office"] for home in self.read("home.toml") if "office" in home), "The exchange team")

    def read(self, name: str) -> list[dict[str, Any]]:
        """The contents of each file of this name."""
        paths = (folder / name for folder in self.folders)
        stats = ((path, path.stat()) for path in paths if path.exists())
        return [_parsed(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    def names(self, pattern: str) -> list[str]:
        return sorted({path.name for folder in self.folders for path in folder.glob(pattern)})

    def rows(self, name: str, table: str, *, by: Sequence[str] = ()) -> list[Row]:
        """Their rows, each completed from its file's defaults and its named source.

        `by`: the columns of a row's key. A later folder's row with the same key has only what is different there.
        """
        if by:
            merged: dict[tuple[Any, ...], Row] = {}
            for row in self.rows(name, table):
                key = tuple(row[column] for column in by)
                merged[key] = merged.get(key, {}) | row
            return list(merged.values())
        rows = []
        for content in self.read(name):
            sources, defaults = content.get("source", {}), content.get("defaults", {})
            for given in content[table]:
                row = dict(given)
                source = sources[row.pop("source")] if "source" in row else {}
                row = defaults | source | row
                rows.append(row | {"source_name": self.office} if row.get("source_name") == OFFICE else row)
        return rows


@functools.lru_cache(maxsize=64)
def _parsed(path: Path, _changed_at: int, _size: int) -> dict[str, Any]:
    """Pages of the office read the files too, and parsing them all takes a tenth of a second. Never written to."""
    return tomllib.loads(path.read_text())


# --- Their dated rows, each as the key of a row and its other values ---------------------------------


def _facts(files: Files, _cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("facts.toml", "fact", by=["key"]):
        yield {"key": row.pop("key")}, row


def _consent_texts(files: Files, _cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("consent_texts.toml", "text", by=["key", "version"]):
        yield {"key": row.pop("key"), "version": row.pop("version")}, row


def _sections(files: Files, _cities: Cities) -> Iterator[tuple[Row, Row]]:
    for name in ("privacy.toml", "accessibility.toml"):
        for row in files.rows(name, "section", by=["page", "key"]):
            yield {"page": row.pop("page"), "key": row.pop("key")}, row


def _retention(files: Files, _cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("retention.toml", "rule", by=["key"]):
        yield {"key": row.pop("key")}, row


def _entry_rules(files: Files, cities: Cities) -> Iterator[tuple[Row, Row]]:
    """One for each city of the rule's countries."""
    for row in files.rows("entry_rules.toml", "rule"):
        countries, document = row.pop("countries"), row.pop("document", EntryRule.Document.US_PASSPORT)
        for city in cities.values():
            if city and city.country_code in countries:
                yield {"city": city, "document": document}, row


def _help_numbers(files: Files, cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("help_numbers.toml", "number"):
        yield {"city": cities[row.pop("city")], "kind": row.pop("kind"), "phone": row.pop("phone")}, row


def _health_rules(files: Files, cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("health_rules.toml", "rule"):
        code, key = row.pop("city", ""), row.pop("key")
        if code and cities[code] is None:
            yield {"key": key, "city": None}, row
        else:
            yield {"key": key}, {**row, "city": cities[code] if code else None}


def _standings(files: Files, cities: Cities) -> Iterator[tuple[Row, Row]]:
    for row in files.rows("standings.toml", "standing"):
        yield {"city": cities[row.pop("city")], "kind": row.pop("kind"), "superseded_by": None}, row


def _guidance(files: Files, _cities: Cities) -> Iterator[tuple[Row, Row]]:
    for name in files.names("guidance*.toml"):
        for row in files.rows(name, "guidance", by=["topic", "key"]):
            yield {"topic": row.pop("topic"), "key": row.pop("key")}, row


# A row whose key has `city: None` belongs to a city that the office deleted.
DATED: dict[type[DatedReference], Callable[[Files, Cities], Iterator[tuple[Row, Row]]]] = {
    Fact: _facts,
    ConsentText: _consent_texts,
    NoticeSection: _sections,
    RetentionRule: _retention,
    EntryRule: _entry_rules,
    HelpNumber: _help_numbers,
    HealthRule: _health_rules,
    CityStanding: _standings,
    Guidance: _guidance,
}


def current_cities(files: Files) -> dict[str, PartnerCity | None]:
    """All cities, and None for those of the files that aren't there."""
    known = {row["code"]: None for row in files.rows("cities.toml", "city")}
    return known | {city.code: city for city in PartnerCity.objects.all()}


def cities_now() -> Cities:
    return current_cities(Files(FOLDER, settings.REFERENCE_CITY))


def shipped(model: type[DatedReference], cities: Cities | None = None) -> list[tuple[Row, Row]]:
    """The files' rows of this model, with the cities that are there. One query, or none with `cities`."""
    files = Files(FOLDER, settings.REFERENCE_CITY)
    if cities is None:
        cities = current_cities(files) if hasattr(model, "city") else {}
    return [(key, values) for key, values in DATED[model](files, cities) if key.get("city", files) is not None]


# --- Comparing ---------------------------------------------------------------------------------------


def wanted(row: models.Model, values: Row) -> Row:
    """The values as the row's fields hold them."""
    return {
        name: value if isinstance(value, models.Model) else _field(row, name).to_python(value)
        for name, value in values.items()
    }


def differing(row: models.Model, values: Row) -> Row:
    """The values that the row doesn't have, as its fields hold them."""
    return {name: value for name, value in wanted(row, values).items() if getattr(row, name) != value}


def saying_otherwise(row: models.Model, values: Row) -> Row:
    """Like `differing`, without when and by whom the row was looked at. A column the files leave out has its default.

    Where it came from counts: another source can say the same today and not tomorrow.
    """
    return {name: value for name, value in differing(row, values).items() if name not in OF_THE_LOOK}


def plain(value: Any) -> Any:
    """As JSON keeps it, and the column reads it again."""
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def _field(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name)
