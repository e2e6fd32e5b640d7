"""The dated rows of the reference files that ship with the portal, and what the office's rows say otherwise."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import models

from exchange.models import ConsentText, DatedReference, Fact, NoticeSection, PartnerCity, RetentionRule
from travel.base.reference_files import Files, Row, ours
from travel.models import CityStanding, EntryRule, Guidance, HealthRule, HelpNumber

# when a row was looked at, and by whom: not what it says
OF_THE_LOOK = frozenset({"as_of", "review_on", "is_confirmed", "checked_by"})
# by code; None for one that the office deleted
type Cities = Mapping[str, PartnerCity | None]

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
    return current_cities(ours())


def shipped(model: type[DatedReference], cities: Cities | None = None) -> list[tuple[Row, Row]]:
    """The files' rows of this model, with the cities that are there. One query, or none with `cities`."""
    files = ours()
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
