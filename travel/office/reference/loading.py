"""Loads the reference rows that ship with the portal: colleges, cities, facts, entry rules, guidance, standard
steps of the checklist and prompts.

The files in `travel/reference/` are only the starting point: `us/` holds anywhere in the country, `cities/<city>/` for
the city of the setting REFERENCE_CITY. A row that isn't as the last update left it (`shipped`), or whose `as_of` is
later than the file's, is the office's and is left alone; a row that was there and is gone isn't added again.
`Loaded.lines` names each of these rows. Where the files have a later date than the office's row, a person has to
compare the two: `Loaded.newer` names them.
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from applications.reading.actions import clues
from exchange.base import audit, home
from exchange.models import (
    College,
    ConsentText,
    DatedReference,
    Fact,
    HomeCity,
    PartnerCity,
    User,
)
from exchange.models.reference import whole
from exchange.reference import facts
from travel.base.reference_files import FOLDER, Files, Row
from travel.models import (
    EntryRule,
    GuideTip,
    StandardPackingItem,
    StandardPrompt,
    StandardStep,
    StandardSurveyItem,
)
from travel.office.reference import files as reference_files
from travel.office.reference.files import differing, plain
from travel.office.reference.shipped import Shipped
from travel.passport.case.replan import replan_later

# fields of an entry rule that dates are planned and passports judged with
PLANNED_WITH = frozenset({"requirement", "lead_days", "validity_months", "validity_basis", "blank_pages"})
# model, its file and the table in it, and whether the file's order is that of the rows
STANDARDS: tuple[tuple[type[models.Model], str, str, bool], ...] = (
    (StandardStep, "checklist.toml", "step", False),
    (GuideTip, "guide.toml", "tip", False),
    (StandardPackingItem, "packing.toml", "item", True),
    (StandardPrompt, "reflection.toml", "prompt", False),
    (StandardSurveyItem, "survey.toml", "item", True),
)
SHORT = 60  # letters of a value that the command prints


class Rows:
    """The rows of one model that are there, by their key in the files. One query, where one for each row took most of
    an update's second."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model
        self._by_key: dict[tuple[str, ...], dict[tuple[Any, ...], models.Model]] = {}

    def find(self, key: Row) -> models.Model | None:
        names = tuple(key)
        if names not in self._by_key:
            rows = self._model._default_manager.all()
            self._by_key[names] = {_held(row, names): row for row in rows}
        wanted = tuple(value.pk if isinstance(value, models.Model) else value for value in key.values())
        return self._by_key[names].get(wanted)


def _held(row: models.Model, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row._meta.get_field(name).value_from_object(row) for name in names)  # type: ignore[union-attr]


class Loaded(Counter[str]):
    """Numbers of rows: added, changed, superseded, unchanged, kept (the office's), removed (by the office).

    `lines`: the rows in words, by the same names, but for those unchanged. `newer`: the kept rows for which the files
    have a later date than the office. `shipped`: what updates wrote so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shipped = Shipped()
        self.lines: defaultdict[str, list[str]] = defaultdict(list)
        self.newer: list[str] = []
        self._there: dict[type[models.Model], Rows] = {}
        self._new: list[models.Model] = []

    def find(self, model: type[models.Model], key: Row) -> models.Model | None:
        """The row of this key that was there when the update began."""
        return self._there.setdefault(model, Rows(model)).find(key)

    def add(self, row: models.Model) -> None:
        self._new.append(row)
        self.note("added", row)

    def write(self) -> None:
        """The added rows of one model, before another's refer to them."""
        if self._new:
            type(self._new[0])._default_manager.bulk_create(self._new)
            audit.record_many("reference.add", ((row, {}) for row in self._new), by=None)
        self._new = []

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
    for row in files.rows("cities.toml", "city"):
        _save(PartnerCity, {"code": row.pop("code")}, row, done)
    done.write()
    cities = reference_files.current_cities(files)
    for model, rows_of in reference_files.DATED.items():
        for key, values in rows_of(files, cities):
            _load_dated(model, key, values, done)
        done.write()
    _load_standards(files, done)
    done.shipped.save()
    return done


def _load_standards(files: Files, done: Loaded) -> None:
    """What a new cycle or trip begins with."""
    for model, name, table, is_ordered in STANDARDS:
        for number, row in enumerate(files.rows(name, table), start=1):
            order = {"order": number * 10} if is_ordered else {}
            _save(model, {"key": row.pop("key")}, order | row, done)
        done.write()


def _load_home(files: Files, done: Loaded) -> None:
    """The city, its colleges and the words that give a college away."""
    there = HomeCity.objects.filter(pk=HomeCity.ONLY).first()
    for row in files.rows("home.toml", "city"):
        if there:  # another clock moves deadlines: only the office changes it, under Your city
            row["time_zone"] = there.time_zone
        _save(HomeCity, {"id": HomeCity.ONLY}, row, done)
    done.write()
    transaction.on_commit(home.forget)
    for row in files.rows("colleges.toml", "college"):
        _save(College, {"code": row.pop("code")}, row, done)
    done.write()
    for content in files.read("college_clues.toml"):
        if added := clues.load(content):
            done["added"] += added
            done.lines["added"].append(f"words that give a college away: {added}")


def _load_dated(model: type[DatedReference], key: Row, values: Row, done: Loaded) -> None:
    if model is Fact:
        _save_fact(key["key"], values, done)
    elif model is ConsentText:
        _save_consent_text(key, values, done)
    else:
        _save(model, key, values, done)


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
    changes |= before_and_after(fact, differing(fact, values))
    audit.record("reference.supersede", new, by=by, changes=changes)
    facts.changed(new.key, by=by)
    return new


def _save(model: type[models.Model], key: Row, values: Row, done: Loaded) -> None:
    """Add or change one row, unless the office removed it (or its city) or has its own."""
    if "city" in key and key["city"] is None:
        done["removed"] += 1
        return
    if row := done.find(model, key):
        if not _is_of_the_office(row, key, values, done):
            _change(row, key, values, done)
        return
    new = model(**key, **values)
    if done.shipped.was_removed(model, key):
        done.note("removed", new)
        return
    new.clean_fields()
    done.add(new)
    done.shipped.write(new, key, values)


def _save_fact(key: str, values: Row, done: Loaded) -> None:
    in_force = {"key": key, "superseded_by": None}
    fact = done.find(Fact, in_force)
    if not isinstance(fact, Fact):
        return _save(Fact, in_force, values, done)
    if _is_of_the_office(fact, in_force, values, done):
        return None
    wanted = Fact._meta.get_field("value").to_python(values["value"])
    if (fact.value, fact.unit) == (wanted, values["unit"]):
        _change(fact, in_force, values, done)
    else:
        done.note("superseded", fact, f"{whole(wanted)} {values['unit']}")
        done.shipped.write(supersede(fact, **values), in_force, values)
    return None


def _save_consent_text(key: Row, values: Row, done: Loaded) -> None:
    """Add a version, which replaces the older ones. What people signed is never changed: other words need a new
    version's number in the file."""
    versions = ConsentText.objects.filter(key=key["key"])
    if versions.filter(version__gte=key["version"]).exists():
        done["unchanged"] += 1
        return
    versions.update(is_current=False)
    _save(ConsentText, key, values, done)
    done.write()  # the files may have the next version, too


def _is_of_the_office(row: models.Model, key: Row, values: Row, done: Loaded) -> bool:
    """Whether the office wrote the row: it's dated after the file, or isn't as an update left it. Counts it."""
    dated = row if isinstance(row, DatedReference) else None
    theirs = done.shipped.is_the_offices(row, key, values)
    if not theirs and not (dated and dated.as_of > values["as_of"]):
        return False
    done.note("kept", row, _difference(row, values))
    if dated and dated.as_of < values["as_of"]:
        done.newer.append(str(row))
    return True


def before_and_after(row: models.Model, values: Row) -> dict[str, Row]:
    """For the event of a change, before it's made: what these columns held, and what they will."""
    return {
        "before": {name: plain(getattr(row, name)) for name in values},
        "after": {name: plain(value) for name, value in values.items()},
    }


def _difference(row: models.Model, values: Row) -> str:
    """In words, for the command: what the row has and what the files have."""
    return "; ".join(
        f"{name}: “{_short(getattr(row, name))}”, in the files “{_short(value)}”"
        for name, value in differing(row, values).items()
    )


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _change(row: models.Model, key: Row, values: Row, done: Loaded) -> None:
    wanted = differing(row, values)
    done.note("changed" if wanted else "unchanged", row, _difference(row, values))
    if not wanted:
        done.shipped.write(row, key, values)
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    row.clean_fields()
    row.save(update_fields=list(wanted))
    done.shipped.write(row, key, values)
    audit.record("reference.change", row, by=None, changes={"fields": list(wanted)})
    if isinstance(row, EntryRule) and PLANNED_WITH & set(wanted):
        replan_later(by=None)
