"""Who can apply and what readers score: the rows of one cycle, changed by a coordinator."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from applications import eligibility, ordering, stamps
from applications.actions.form_edit import key_from
from applications.actions.form_versions import lock
from applications.models import Cycle, EligibilityRule, Rating, RubricCriterion, RubricLevel
from exchange import audit
from exchange.errors import RuleViolation
from exchange.models import User

RULE_FIELDS = (
    *("question_key", "operator", "value", "on_miss"),
    *("text_en", "text_es", "ask_en", "ask_es", "change_en", "change_es"),
)
CRITERION_FIELDS = ("question_key", "title_en", "title_es")


def rule_stamp(rule: EligibilityRule) -> str:
    return stamps.stamp(rule, RULE_FIELDS)


def criterion_stamp(criterion: RubricCriterion) -> str:
    levels = criterion.levels.order_by("points").values_list("points", "text_en", "text_es")
    return stamps.stamp(criterion, CRITERION_FIELDS, list(levels))


# --- Who can apply ----------------------------------------------------------------------------------


@transaction.atomic
def save_rule(cycle: Cycle, values: Mapping[str, Any], *, key: str = "", seen: str = "", by: User) -> EligibilityRule:
    """Change a condition, or add one where `key` is empty. RuleViolation: gone, changed_meanwhile, unsound."""
    cycle = lock(cycle)
    rules = list(cycle.rules.all())
    if key:
        rule = ordering.found(next((rule for rule in rules if rule.key == key), None))
        stamps.check(seen, rule_stamp(rule))
    elif rules and all(getattr(rules[-1], name) == values[name] for name in RULE_FIELDS):
        return rules[-1]  # the same tap, sent twice
    else:
        key = key_from(values["text_en"], {rule.key for rule in rules})
        rule = EligibilityRule(cycle=cycle, key=key, order=len(rules) + 1)
    before = {name: getattr(rule, name) for name in ("operator", "value", "on_miss")}
    for name in RULE_FIELDS:
        setattr(rule, name, values[name])
    _check_sound(rule)
    rule.save()
    audit.record("setup.save_rule", cycle, by=by, changes={"key": key, "before": before, "value": rule.value})
    return rule


def _check_sound(rule: EligibilityRule) -> None:
    try:
        eligibility.Rule(rule.key, rule.question_key, rule.operator, rule.value, rule.on_miss)
    except eligibility.InvalidRule:
        raise RuleViolation("unsound", _("This comparison needs another value. Nothing was saved.")) from None


@transaction.atomic
def move_rule(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    cycle = lock(cycle)
    ordering.swap(list(cycle.rules.all()), key, up=up)
    audit.record("setup.move_rule", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_rule(cycle: Cycle, key: str, *, by: User) -> None:
    """A second call changes nothing."""
    cycle = lock(cycle)
    rule = cycle.rules.filter(key=key).first()
    if rule is None:
        return
    rule.delete()
    audit.record("setup.remove_rule", cycle, by=by, changes={"key": key, "text": rule.text_en})


# --- What readers score -----------------------------------------------------------------------------


def scoring_began(cycle: Cycle) -> bool:
    return Rating.objects.filter(criterion__cycle=cycle).exists()


def _lock_before_scoring(cycle: Cycle) -> Cycle:
    cycle = lock(cycle)
    if scoring_began(cycle):
        raise RuleViolation("scoring_began", _("Readers have begun to score, so what they score by stays as it is."))
    return cycle


@transaction.atomic
def save_criterion(
    cycle: Cycle,
    values: Mapping[str, Any],
    *,
    levels: list[tuple[str, str]],
    key: str = "",
    seen: str = "",
    by: User,
) -> RubricCriterion:
    """Change what is scored, or add it where `key` is empty. `levels`: (English, Spanish) for 1 point, 2 points, ...

    RuleViolation: scoring_began, gone, changed_meanwhile.
    """
    cycle = _lock_before_scoring(cycle)
    criteria = list(cycle.criteria.all())
    if key:
        criterion = ordering.found(next((each for each in criteria if each.key == key), None))
        stamps.check(seen, criterion_stamp(criterion))
    elif criteria and all(getattr(criteria[-1], name) == values[name] for name in CRITERION_FIELDS):
        return criteria[-1]  # the same tap, sent twice
    else:
        key = key_from(values["title_en"], {each.key for each in criteria})
        criterion = RubricCriterion(cycle=cycle, key=key, order=len(criteria) + 1)
    for name in CRITERION_FIELDS:
        setattr(criterion, name, values[name])
    criterion.save()
    criterion.levels.all().delete()
    RubricLevel.objects.bulk_create(
        RubricLevel(criterion=criterion, points=points, text_en=en, text_es=es)
        for points, (en, es) in enumerate(levels, start=1)
    )
    audit.record("setup.save_criterion", cycle, by=by, changes={"key": key, "points": len(levels)})
    return criterion


@transaction.atomic
def move_criterion(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    """RuleViolation: scoring_began, gone."""
    cycle = _lock_before_scoring(cycle)
    ordering.swap(list(cycle.criteria.all()), key, up=up)
    audit.record("setup.move_criterion", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_criterion(cycle: Cycle, key: str, *, by: User) -> None:
    """RuleViolation: scoring_began. A second call changes nothing."""
    cycle = _lock_before_scoring(cycle)
    criterion = cycle.criteria.filter(key=key).first()
    if criterion is None:
        return
    criterion.delete()
    audit.record("setup.remove_criterion", cycle, by=by, changes={"key": key, "title": criterion.title_en})
