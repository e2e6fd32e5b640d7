"""Loads the reference rows that ship with the portal: colleges, cities, facts, entry rules, guidance.

The files in `travel/reference/` are only the starting point. A row whose `as_of` is later than the file's was changed
by the office and is left alone; so is a college or a city that a person changed.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import models, transaction

from exchange.base import audit
from exchange.models import College, DatedReference, Event, Fact, PartnerCity, User
from exchange.reference import facts
from travel.models import CityStanding, EntryRule, Guidance
from travel.passport.actions.replan import replan_later

# fields of an entry rule that dates are planned and passports judged with
PLANNED_WITH = frozenset({"requirement", "lead_days", "validity_months", "validity_basis", "blank_pages"})
FOLDER = Path(__file__).resolve().parents[2] / "reference"
type Row = dict[str, Any]


@transaction.atomic
def load(folder: Path = FOLDER) -> Counter[str]:
    """Bring the rows in line with the files. Counts: added, changed, superseded, kept (the office's), unchanged.

    Running it again changes nothing. ValidationError names a field with a wrong value in the files.
    """
    done: Counter[str] = Counter()
    for row in _rows(folder, "colleges.toml", "college"):
        done[_save(College, {"code": row.pop("code")}, row)] += 1
    for row in _rows(folder, "cities.toml", "city"):
        done[_save(PartnerCity, {"code": row.pop("code")}, row)] += 1
    for row in _rows(folder, "facts.toml", "fact"):
        done[_save_fact(row.pop("key"), row)] += 1
    cities = {city.code: city for city in PartnerCity.objects.all()}
    for row in _rows(folder, "entry_rules.toml", "rule"):
        key = {"city": cities[row.pop("city")], "document": row.pop("document", EntryRule.Document.US_PASSPORT)}
        done[_save(EntryRule, key, row)] += 1
    for row in _rows(folder, "standings.toml", "standing"):
        key = {"city": cities[row.pop("city")], "kind": row.pop("kind"), "superseded_by": None}
        done[_save(CityStanding, key, row)] += 1
    for name in sorted(path.name for path in folder.glob("guidance_*.toml")):
        for row in _rows(folder, name, "guidance"):
            done[_save(Guidance, {"topic": row.pop("topic"), "key": row.pop("key")}, row)] += 1
    return done


@transaction.atomic
def supersede(fact: Fact, *, by: User | None = None, **values: Any) -> Fact:
    """Replace the current row by a new one; the old one stays as history. Returns the new row."""
    kept = {field.name: getattr(fact, field.name) for field in Fact._meta.fields if field.name != "id"}
    # under another key for a moment, because two rows must never count as current
    new = Fact(**kept | values | {"key": f"{fact.key}.next"})
    new.clean_fields()
    new.save()
    Fact.objects.filter(pk=fact.pk).update(superseded_by=new)
    new.key = fact.key
    new.save(update_fields=["key"])
    changes = {"was": str(fact.value), "is": str(new.value), "replaces": fact.pk}
    audit.record("reference.supersede", new, by=by, changes=changes)
    facts.changed(new.key, by=by)
    return new


def _rows(folder: Path, name: str, table: str) -> list[Row]:
    """The file's rows, each completed from the file's defaults and its named source."""
    content = tomllib.loads((folder / name).read_text())
    sources, defaults = content.get("source", {}), content.get("defaults", {})
    rows = []
    for given in content[table]:
        row = dict(given)
        source = sources[row.pop("source")] if "source" in row else {}
        rows.append(defaults | source | row)
    return rows


def _save(model: type[models.Model], key: Row, values: Row) -> str:
    """Add or change one row; returns which it was."""
    row = model._default_manager.filter(**key).first()
    if row is None:
        row = model(**key, **values)
        row.clean_fields()
        row.save()
        audit.record("reference.add", row, by=None)
        return "added"
    if _is_of_the_office(row, values):
        return "kept"
    return "changed" if _change(row, values) else "unchanged"


def _save_fact(key: str, values: Row) -> str:
    fact = Fact.objects.current().filter(key=key).first()
    if fact is not None and not _is_of_the_office(fact, values):
        wanted = Fact._meta.get_field("value").to_python(values["value"])
        if (fact.value, fact.unit) != (wanted, values["unit"]):
            supersede(fact, **values)
            return "superseded"
    return _save(Fact, {"key": key, "superseded_by": None}, values)


def _is_of_the_office(row: models.Model, values: Row) -> bool:
    """Whether the office changed the row: it's dated after the file, or an event on it has an author."""
    if isinstance(row, DatedReference) and row.as_of != values["as_of"]:
        return bool(row.as_of > values["as_of"])
    return Event.objects.filter(target_model=row._meta.label_lower, target_id=row.pk, by__isnull=False).exists()


def _field(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name)


def _change(row: models.Model, values: Row) -> bool:
    fields = {name: _field(row, name).to_python(value) for name, value in values.items()}
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(row, name, fields[name])
    row.clean_fields()
    row.save(update_fields=changed)
    audit.record("reference.change", row, by=None, changes={"fields": changed})
    if isinstance(row, EntryRule) and PLANNED_WITH & set(changed):
        replan_later(by=None)
    return True
