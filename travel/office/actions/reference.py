"""Loads the reference rows that ship with the portal: colleges, cities, facts, entry rules, guidance, standard
steps of the checklist and prompts.

The files in `travel/reference/` are only the starting point. A row that a person changed, or whose `as_of` is later
than the file's, is the office's and is left alone; a row that a person deleted in the admin isn't added again.
Where the files have a later date than the office's row, a person has to compare the two: `Loaded.newer` names them.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import models, transaction

from applications.base import edit_lock
from applications.reading.actions import clues
from exchange.base import audit, home
from exchange.models import (
    College,
    ConsentText,
    DatedReference,
    Event,
    Fact,
    HomeCity,
    NoticeSection,
    PartnerCity,
    RetentionRule,
    User,
)
from exchange.reference import facts
from travel.base import actions as rows
from travel.models import (
    CityStanding,
    EntryRule,
    Guidance,
    GuideTip,
    HealthRule,
    HelpNumber,
    StandardPackingItem,
    StandardPrompt,
    StandardStep,
    StandardSurveyItem,
)
from travel.passport.actions.replan import replan_later

# fields of an entry rule that dates are planned and passports judged with
PLANNED_WITH = frozenset({"requirement", "lead_days", "validity_months", "validity_basis", "blank_pages"})
FOLDER = Path(__file__).resolve().parents[2] / "reference"
type Row = dict[str, Any]


class Loaded(Counter[str]):
    """Numbers of rows: added, changed, superseded, unchanged, kept (the office's), removed (by the office).

    `newer`: in words, the kept rows for which the files have a later date than the office.
    """

    def __init__(self) -> None:
        super().__init__()
        self.newer: list[str] = []


@transaction.atomic
def load(folder: Path = FOLDER) -> Loaded:
    """Bring the rows in line with the files. Running it again changes nothing.

    ValidationError names a field with a wrong value in the files.
    """
    done = Loaded()
    _load_home(folder, done)
    for row in _rows(folder, "colleges.toml", "college"):
        _save(College, {"code": row.pop("code")}, row, done)
    if added := clues.load(tomllib.loads((folder / "college_clues.toml").read_text())):
        done["added"] += added
    cities: dict[str, PartnerCity | None] = {}
    for row in _rows(folder, "cities.toml", "city"):
        cities[row["code"]] = None  # stays None if the office deleted the city
        _save(PartnerCity, {"code": row.pop("code")}, row, done)
    cities |= {city.code: city for city in PartnerCity.objects.all()}
    for row in _rows(folder, "facts.toml", "fact"):
        _save_fact(row.pop("key"), row, done)
    for row in _rows(folder, "consent_texts.toml", "text"):
        _save_consent_text(row, done)
    for name in ("privacy.toml", "accessibility.toml"):
        for row in _rows(folder, name, "section"):
            _save(NoticeSection, {"page": row.pop("page"), "key": row.pop("key")}, row, done)
    for row in _rows(folder, "retention.toml", "rule"):
        _save(RetentionRule, {"key": row.pop("key")}, row, done)
    _load_cities_rows(folder, cities, done)
    for name in sorted(path.name for path in folder.glob("guidance_*.toml")):
        for row in _rows(folder, name, "guidance"):
            _save(Guidance, {"topic": row.pop("topic"), "key": row.pop("key")}, row, done)
    _load_standards(folder, done)
    return done


def _load_standards(folder: Path, done: Loaded) -> None:
    """What a new cycle or trip begins with."""
    for row in _rows(folder, "checklist.toml", "step"):
        _save(StandardStep, {"key": row.pop("key")}, row, done)
    for row in _rows(folder, "guide.toml", "tip"):
        _save(GuideTip, {"key": row.pop("key")}, row, done)
    for order, row in enumerate(_rows(folder, "packing.toml", "item"), start=1):
        _save(StandardPackingItem, {"key": row.pop("key")}, {"order": order * 10, **row}, done)
    for row in _rows(folder, "reflection.toml", "prompt"):
        _save(StandardPrompt, {"key": row.pop("key")}, row, done)
    for order, row in enumerate(_rows(folder, "survey.toml", "item"), start=1):
        _save(StandardSurveyItem, {"key": row.pop("key")}, {"order": order * 10, **row}, done)


def _load_home(folder: Path, done: Loaded) -> None:
    for row in _rows(folder, "home.toml", "city"):
        _save(HomeCity, {"id": HomeCity.ONLY}, row, done)
    transaction.on_commit(home.forget)


def _load_cities_rows(folder: Path, cities: dict[str, PartnerCity | None], done: Loaded) -> None:
    """What each city asks, and where help is there. `cities`: None for one that the office deleted."""
    for row in _rows(folder, "entry_rules.toml", "rule"):
        key = {"city": cities[row.pop("city")], "document": row.pop("document", EntryRule.Document.US_PASSPORT)}
        _save(EntryRule, key, row, done)
    for row in _rows(folder, "help_numbers.toml", "number"):
        key = {"city": cities[row.pop("city")], "kind": row.pop("kind"), "phone": row.pop("phone")}
        _save(HelpNumber, key, row, done)
    for row in _rows(folder, "health_rules.toml", "rule"):
        city = row.pop("city", "")
        if city and cities[city] is None:
            done["removed"] += 1
        else:
            _save(HealthRule, {"key": row.pop("key")}, {**row, "city": cities[city] if city else None}, done)
    for row in _rows(folder, "standings.toml", "standing"):
        key = {"city": cities[row.pop("city")], "kind": row.pop("kind"), "superseded_by": None}
        _save(CityStanding, key, row, done)


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


@transaction.atomic
def check_fact(fact: Fact, values: Mapping[str, Any], *, seen: str, by: User) -> Fact:
    """Somebody compared a fact with its source: another value replaces the row, the same value confirms it.

    `values`: value, as_of, review_on, source_name, source_url. RuleViolation: changed_meanwhile.
    """
    said = {**values, "is_confirmed": True, "checked_by": str(by)}
    fact = rows.lock(fact)
    edit_lock.check(seen or "nothing", "" if fact.superseded_by_id else rows.fingerprint(fact, values))
    if fact.value != values["value"]:
        return supersede(fact, by=by, **said)
    return rows.change(fact, said, seen=rows.fingerprint(fact, said), by=by)


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


def _save(model: type[models.Model], key: Row, values: Row, done: Loaded) -> None:
    """Add or change one row, unless the office deleted it (or its city) or has its own."""
    if "city" in key and key["city"] is None:
        done["removed"] += 1
        return
    if row := model._default_manager.filter(**key).first():
        if not _is_of_the_office(row, values, done):
            done["changed" if _change(row, values) else "unchanged"] += 1
        return
    new = model(**key, **values)
    if _was_deleted(new):
        done["removed"] += 1
        return
    new.clean_fields()
    new.save()
    audit.record("reference.add", new, by=None)
    done["added"] += 1


def _save_fact(key: str, values: Row, done: Loaded) -> None:
    fact = Fact.objects.current().filter(key=key).first()
    if fact is None:
        return _save(Fact, {"key": key, "superseded_by": None}, values, done)
    if _is_of_the_office(fact, values, done):
        return None
    wanted = Fact._meta.get_field("value").to_python(values["value"])
    if (fact.value, fact.unit) == (wanted, values["unit"]):
        done["changed" if _change(fact, values) else "unchanged"] += 1
    else:
        supersede(fact, **values)
        done["superseded"] += 1
    return None


def _save_consent_text(row: Row, done: Loaded) -> None:
    """Add a version, which replaces the older ones. What people signed is never changed: other words need a new
    version's number in the file."""
    key = {"key": row.pop("key"), "version": row.pop("version")}
    versions = ConsentText.objects.filter(key=key["key"])
    if versions.filter(version__gte=key["version"]).exists():
        done["unchanged"] += 1
        return
    versions.update(is_current=False)
    _save(ConsentText, key, row, done)


def _was_deleted(row: models.Model) -> bool:
    """Whether a person deleted the row with this natural key, in the admin or on a page of the office."""
    acts = ("admin.delete", f"{row._meta.model_name}.remove")
    deleted = Event.objects.filter(action__in=acts, target_model=row._meta.label_lower, by__isnull=False)
    return hasattr(row, "natural_key") and deleted.filter(changes__key=list(row.natural_key())).exists()


def _is_of_the_office(row: models.Model, values: Row, done: Loaded) -> bool:
    """Whether the office changed the row: it's dated after the file, or an event on it has an author. Counts it."""
    dated = row if isinstance(row, DatedReference) else None
    by_people = Event.objects.filter(target_model=row._meta.label_lower, target_id=row.pk, by__isnull=False)
    if not (dated and dated.as_of > values["as_of"]) and not by_people.exists():
        return False
    done["kept"] += 1
    if dated and dated.as_of < values["as_of"]:
        done.newer.append(str(row))
    return True


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
