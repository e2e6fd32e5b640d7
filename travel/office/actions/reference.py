"""Loads the reference rows that ship with the portal: colleges, cities, facts, entry rules, guidance, standard
steps of the checklist and prompts.

The files in `travel/reference/` are only the starting point: `us/` holds anywhere in the country, `cities/<city>/` for
the city of the setting REFERENCE_CITY. A row that a person changed, or whose `as_of` is later than the file's, is the
office's and is left alone; a row that a person removed isn't added again. `Loaded.lines` names each of these rows.
Where the files have a later date than the office's row, a person has to compare the two: `Loaded.newer` names them.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
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
from exchange.models.reference import whole
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
SHORT = 60  # letters of a value that the command prints
OFFICE = "{office}"  # stands for the city's own office, as the source of a row
type Row = dict[str, Any]


class Files:
    """The files of the country, and those of the city beside them. Any of them may be missing.

    ImproperlyConfigured: there's no folder of this name.
    """

    def __init__(self, folder: Path, city: str) -> None:
        there = sorted(path.name for path in (folder / "cities").iterdir())
        if city and city not in there:
            raise ImproperlyConfigured(
                f"REFERENCE_CITY is {city}, but travel/reference/cities/ has only {', '.join(there)}. Name one of "
                "them, or leave it empty and fill in Your city under Set up."
            )
        self.folders = [folder / "us", *([folder / "cities" / city] if city else [])]
        self.office = next((home["office"] for home in self.read("home.toml") if "office" in home), "The exchange team")

    def read(self, name: str) -> list[dict[str, Any]]:
        """The contents of each file of this name."""
        paths = (folder / name for folder in self.folders)
        return [tomllib.loads(path.read_text()) for path in paths if path.exists()]

    def names(self, pattern: str) -> list[str]:
        return sorted({path.name for folder in self.folders for path in folder.glob(pattern)})

    def rows(self, name: str, table: str) -> list[Row]:
        """Their rows, each completed from its file's defaults and its named source."""
        rows = []
        for content in self.read(name):
            sources, defaults = content.get("source", {}), content.get("defaults", {})
            for given in content[table]:
                row = dict(given)
                source = sources[row.pop("source")] if "source" in row else {}
                row = defaults | source | row
                rows.append(row | {"source_name": self.office} if row.get("source_name") == OFFICE else row)
        return rows


class Loaded(Counter[str]):
    """Numbers of rows: added, changed, superseded, unchanged, kept (the office's), removed (by the office).

    `lines`: the rows in words, by the same names, but for those unchanged. `newer`: the kept rows for which the files
    have a later date than the office.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: defaultdict[str, list[str]] = defaultdict(list)
        self.newer: list[str] = []

    def note(self, what: str, row: models.Model, words: str = "") -> None:
        self[what] += 1
        if what != "unchanged":
            self.lines[what].append(f"{row._meta.verbose_name}: {row}{words and f' ({words})'}")


@transaction.atomic
def load(folder: Path = FOLDER) -> Loaded:
    """Bring the rows in line with the files. Running it again changes nothing.

    ValidationError names a field with a wrong value in the files; ImproperlyConfigured: see `Files`.
    """
    done, files = Loaded(), Files(folder, settings.REFERENCE_CITY)
    _load_home(files, done)
    cities: dict[str, PartnerCity | None] = {}
    for row in files.rows("cities.toml", "city"):
        cities[row["code"]] = None  # stays None if the office deleted the city
        _save(PartnerCity, {"code": row.pop("code")}, row, done)
    cities |= {city.code: city for city in PartnerCity.objects.all()}
    for row in files.rows("facts.toml", "fact"):
        _save_fact(row.pop("key"), row, done)
    for row in files.rows("consent_texts.toml", "text"):
        _save_consent_text(row, done)
    for name in ("privacy.toml", "accessibility.toml"):
        for row in files.rows(name, "section"):
            _save(NoticeSection, {"page": row.pop("page"), "key": row.pop("key")}, row, done)
    for row in files.rows("retention.toml", "rule"):
        _save(RetentionRule, {"key": row.pop("key")}, row, done)
    _load_cities_rows(files, cities, done)
    for name in files.names("guidance*.toml"):
        for row in files.rows(name, "guidance"):
            _save(Guidance, {"topic": row.pop("topic"), "key": row.pop("key")}, row, done)
    _load_standards(files, done)
    return done


def _load_standards(files: Files, done: Loaded) -> None:
    """What a new cycle or trip begins with."""
    for row in files.rows("checklist.toml", "step"):
        _save(StandardStep, {"key": row.pop("key")}, row, done)
    for row in files.rows("guide.toml", "tip"):
        _save(GuideTip, {"key": row.pop("key")}, row, done)
    for order, row in enumerate(files.rows("packing.toml", "item"), start=1):
        _save(StandardPackingItem, {"key": row.pop("key")}, {"order": order * 10, **row}, done)
    for row in files.rows("reflection.toml", "prompt"):
        _save(StandardPrompt, {"key": row.pop("key")}, row, done)
    for order, row in enumerate(files.rows("survey.toml", "item"), start=1):
        _save(StandardSurveyItem, {"key": row.pop("key")}, {"order": order * 10, **row}, done)


def _load_home(files: Files, done: Loaded) -> None:
    """The city, its colleges and the words that give a college away."""
    for row in files.rows("home.toml", "city"):
        _save(HomeCity, {"id": HomeCity.ONLY}, row, done)
    transaction.on_commit(home.forget)
    for row in files.rows("colleges.toml", "college"):
        _save(College, {"code": row.pop("code")}, row, done)
    for content in files.read("college_clues.toml"):
        if added := clues.load(content):
            done["added"] += added
            done.lines["added"].append(f"words that give a college away: {added}")


def _load_cities_rows(files: Files, cities: dict[str, PartnerCity | None], done: Loaded) -> None:
    """What each city's country asks, and where help is there. `cities`: None for one that the office deleted."""
    for row in files.rows("entry_rules.toml", "rule"):
        countries, document = row.pop("countries"), row.pop("document", EntryRule.Document.US_PASSPORT)
        for city in cities.values():
            if city and city.country_code in countries:
                _save(EntryRule, {"city": city, "document": document}, row, done)
    for row in files.rows("help_numbers.toml", "number"):
        key = {"city": cities[row.pop("city")], "kind": row.pop("kind"), "phone": row.pop("phone")}
        _save(HelpNumber, key, row, done)
    for row in files.rows("health_rules.toml", "rule"):
        city = row.pop("city", "")
        if city and cities[city] is None:
            done["removed"] += 1
        else:
            _save(HealthRule, {"key": row.pop("key")}, {**row, "city": cities[city] if city else None}, done)
    for row in files.rows("standings.toml", "standing"):
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


def _save(model: type[models.Model], key: Row, values: Row, done: Loaded) -> None:
    """Add or change one row, unless the office deleted it (or its city) or has its own."""
    if "city" in key and key["city"] is None:
        done["removed"] += 1
        return
    if row := model._default_manager.filter(**key).first():
        if not _is_of_the_office(row, values, done):
            _change(row, values, done)
        return
    new = model(**key, **values)
    if _was_deleted(new):
        done.note("removed", new)
        return
    new.clean_fields()
    new.save()
    audit.record("reference.add", new, by=None)
    done.note("added", new)


def _save_fact(key: str, values: Row, done: Loaded) -> None:
    fact = Fact.objects.current().filter(key=key).first()
    if fact is None:
        return _save(Fact, {"key": key, "superseded_by": None}, values, done)
    if _is_of_the_office(fact, values, done):
        return None
    wanted = Fact._meta.get_field("value").to_python(values["value"])
    if (fact.value, fact.unit) == (wanted, values["unit"]):
        _change(fact, values, done)
    else:
        done.note("superseded", fact, f"{whole(wanted)} {values['unit']}")
        supersede(fact, **values)
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
    done.note("kept", row, _difference(row, values))
    if dated and dated.as_of < values["as_of"]:
        done.newer.append(str(row))
    return True


def _differing(row: models.Model, values: Row) -> Row:
    """The values that the row doesn't have, as its fields hold them."""
    wanted = {name: _field(row, name).to_python(value) for name, value in values.items()}
    return {name: value for name, value in wanted.items() if getattr(row, name) != value}


def _field(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name)


def _difference(row: models.Model, values: Row) -> str:
    """In words, for the command: what the row has and what the files have."""
    return "; ".join(
        f"{name}: “{_short(getattr(row, name))}”, in the files “{_short(value)}”"
        for name, value in _differing(row, values).items()
    )


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _change(row: models.Model, values: Row, done: Loaded) -> None:
    wanted = _differing(row, values)
    done.note("changed" if wanted else "unchanged", row, _difference(row, values))
    if not wanted:
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    row.clean_fields()
    row.save(update_fields=list(wanted))
    audit.record("reference.change", row, by=None, changes={"fields": list(wanted)})
    if isinstance(row, EntryRule) and PLANNED_WITH & set(wanted):
        replan_later(by=None)
