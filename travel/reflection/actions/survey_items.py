"""A cycle's survey items: created or copied, and changed by the office until somebody has answered them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows
from travel.models import StandardSurveyItem, SurveyItem
from travel.models.survey import SurveyItemFields

PAGE = "travel:cycle-preparation"
FIELDS = tuple(field.name for field in StandardSurveyItem._meta.fields if not field.primary_key)
WORDS = ("text_en", "text_es")


@transaction.atomic
def create_items(cycle: Cycle, by: User) -> list[SurveyItem]:
    """Give the cycle the standard items, unless it has items already."""
    return _fill(cycle, StandardSurveyItem.objects.all(), "survey.create_items", by=by)


@transaction.atomic
def copy_items(source: Cycle, cycle: Cycle, by: User) -> list[SurveyItem]:
    """Copy last year's items with their versions; if it had none, the standard ones."""
    theirs = source.survey_items.all()
    return _fill(cycle, theirs, "survey.copy_items", by=by) if theirs else create_items(cycle, by)


def _fill(cycle: Cycle, items: Iterable[SurveyItemFields], action: str, *, by: User) -> list[SurveyItem]:
    cycle = rows.lock(cycle)
    if there := list(cycle.survey_items.all()):
        return there
    made = SurveyItem.objects.bulk_create(
        SurveyItem(cycle=cycle, **{name: getattr(item, name) for name in FIELDS}) for item in items
    )
    audit.record(action, cycle, by=by, changes={"items": [item.key for item in made]})
    return made


@transaction.atomic
def add_item(cycle: Cycle, values: Mapping[str, Any], *, by: User) -> SurveyItem:
    """Add an item; the same values a second time return the one that exists. RuleViolation: not_possible, answered."""
    rows.lock(cycle)
    if same := SurveyItem.objects.filter(**values, cycle=cycle).first():
        return same
    if SurveyItem.objects.filter(cycle=cycle, answers__isnull=False).exists():
        raise RuleViolation("answered", _("Students have answered this survey, so no item can be added to it."))
    version = _next_version(values["key"], values)
    return rows.add(SurveyItem, {**values, "version": version, "cycle": cycle}, under=cycle, by=by)


@transaction.atomic
def change_item(item: SurveyItem, values: Mapping[str, Any], *, seen: str, by: User) -> SurveyItem:
    """Other words are another version. RuleViolation: answered, changed_meanwhile, not_possible."""
    rows.lock(item.cycle)
    item = rows.lock(item)
    differing = rows.differing(item, values)
    changed = dict(values)
    if set(differing) & set(WORDS):
        if item.answers.exists():
            raise RuleViolation("answered", _("Students have answered this item, so its words stay."))
        changed["version"] = _next_version(item.key, values)
    # the edit lock compares what the page showed, and no page shows the version as a field
    item = rows.change(item, values, seen=seen, by=by)
    if item.version != changed.get("version", item.version):
        item.version = changed["version"]
        item.save(update_fields=["version"])
        audit.record("surveyitem.version", item, by=by, changes={"version": item.version})
    return item


@transaction.atomic
def remove_item(item: SurveyItem, *, by: User) -> None:
    """Remove an item that nobody has answered. RuleViolation: in_use."""
    rows.remove_unused(item, _("Students have answered this item, so it stays."), by=by)


def _next_version(key: str, values: Mapping[str, Any]) -> int:
    """The version that has these words in any cycle, or the next one: one key and version always has the same words."""
    words = {name: values[name] for name in WORDS}
    last = 0
    for model in (SurveyItem, StandardSurveyItem):
        there = model._default_manager.filter(key=key)
        if same := there.filter(**words).first():
            return int(same.version)
        last = max(last, there.aggregate(last=Max("version"))["last"] or 0)
    return last + 1


def needs_of(cycle: Cycle) -> Iterator[Need]:
    if not cycle.survey_items.exists():
        yield Need("survey", _("There’s no survey for after the trip."), PAGE, stops=False)
