"""Actions by which a coordinator changes a cycle's eligibility rules and rubric."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from applications.base import edit_lock, eligibility, ordering, rubrics
from applications.cycle.actions.form_edit import key_from
from applications.cycle.actions.form_versions import lock
from applications.models import Cycle, EligibilityRule, Rating, RubricCriterion, RubricLevel, RubricVersion
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User

RULE_FIELDS = (
    *("question_key", "operator", "value", "on_miss"),
    *("text_en", "text_es", "ask_en", "ask_es", "change_en", "change_es", "unsure_en", "unsure_es"),
)
CRITERION_FIELDS = ("question_key", "title_en", "title_es", "ask_en", "ask_es")
Kind = RubricCriterion.Kind
LEVEL_FIELDS = ("text_en", "text_es", "sample_en", "sample_es")


def rule_fingerprint(rule: EligibilityRule) -> str:
    return edit_lock.fingerprint(rule, RULE_FIELDS)


def criterion_fingerprint(criterion: RubricCriterion) -> str:
    levels = criterion.levels.order_by("points").values_list("points", *LEVEL_FIELDS)
    return edit_lock.fingerprint(criterion, CRITERION_FIELDS, list(levels))


# --- Who can apply ----------------------------------------------------------------------------------


@transaction.atomic
def save_rule(cycle: Cycle, values: Mapping[str, Any], *, key: str = "", seen: str = "", by: User) -> EligibilityRule:
    """Change a rule, or add one if `key` is empty. Raises RuleViolation: gone, changed_meanwhile, unsound."""
    cycle = lock(cycle)
    rules = list(cycle.rules.all())
    if key:
        rule = ordering.found(next((rule for rule in rules if rule.key == key), None))
        edit_lock.check(seen, rule_fingerprint(rule))
    elif rules and all(getattr(rules[-1], name) == values[name] for name in RULE_FIELDS):
        return rules[-1]  # a double tap
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
        raise RuleViolation("unsound", _("This comparison needs a value too. Nothing was saved.")) from None


@transaction.atomic
def move_rule(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    cycle = lock(cycle)
    ordering.swap(list(cycle.rules.all()), key, up=up)
    audit.record("setup.move_rule", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_rule(cycle: Cycle, key: str, *, by: User) -> None:
    """Remove a rule. A second call changes nothing."""
    cycle = lock(cycle)
    rule = cycle.rules.filter(key=key).first()
    if rule is None:
        return
    rule.delete()
    audit.record("setup.remove_rule", cycle, by=by, changes={"key": key, "text": rule.text_en})


# --- What readers score -----------------------------------------------------------------------------


def scoring_began(cycle: Cycle, kind: Kind = Kind.READING) -> bool:
    """Whether somebody has scored by this rubric. The first interview counts for the interviews' own, also if it was
    scored by the readers' because there was none: a second rubric would give scores that can't be compared."""
    if kind == Kind.INTERVIEW:
        met = Rating.objects.filter(review__assignment__application__cycle=cycle, review__assignment__is_interview=True)
        return met.exists()
    return Rating.objects.filter(criterion__cycle=cycle, criterion__kind=kind).exists()


def check_shape_may_change(cycle: Cycle, kind: Kind = Kind.READING) -> None:
    """Raise RuleViolation("scoring_began") once somebody has scored by the rubric."""
    if scoring_began(cycle, kind):
        raise _shape_stays(kind)


def _shape_stays(kind: Kind) -> RuleViolation:
    if kind == Kind.INTERVIEW:
        return RuleViolation(
            "scoring_began",
            _(
                "An interview has been scored, so nothing can be added, removed or moved, and each question keeps its"
                " points. You can still reword the questions and points, and say why."
            ),
        )
    return RuleViolation(
        "scoring_began",
        _(
            "Readers have started scoring, so nothing can be added, removed or moved, and each criterion keeps"
            " its points. You can still reword the points and samples, or choose a different answer, and say why."
            " Anything else can change in the next cycle."
        ),
    )


@transaction.atomic
def save_criterion(
    cycle: Cycle,
    values: Mapping[str, Any],
    *,
    levels: Sequence[tuple[str, str]],
    samples: Sequence[tuple[str, str]] = (),
    kind: Kind = Kind.READING,
    key: str = "",
    seen: str = "",
    reason: str = "",
    by: User,
) -> RubricCriterion:
    """Change a criterion, or add one of this kind if `key` is empty. `levels`: (English, Spanish) for 1 point, 2
    points, ...; `samples`: the same for the samples, possibly fewer.

    Once readers have scored, only the words may change, and need a `reason`: the earlier wording is kept as a
    version, and reviews locked before the change stay scored by it.

    Raises RuleViolation: scoring_began, no_reason, gone, changed_meanwhile.
    """
    cycle = lock(cycle)
    former = rubrics.snapshot(cycle.all_criteria.prefetch_related("levels"))
    criterion = _criterion_to_write(cycle, values, key, seen, kind)
    is_used = scoring_began(cycle, Kind(criterion.kind))
    if criterion.pk and not key:
        return criterion  # a double tap
    if is_used and (criterion.pk is None or criterion.levels.count() != len(levels)):
        raise _shape_stays(Kind(criterion.kind))
    before = criterion_fingerprint(criterion) if criterion.pk else ""
    for name in CRITERION_FIELDS:
        setattr(criterion, name, values.get(name, ""))
    criterion.save()
    _write_levels(criterion, levels, samples)
    if criterion_fingerprint(criterion) != before:
        _mark_changed(cycle, former if is_used else None, reason, by)
    audit.record(
        "setup.save_criterion", cycle, by=by, reason=reason, changes={"key": criterion.key, "points": len(levels)}
    )
    return criterion


def _criterion_to_write(cycle: Cycle, values: Mapping[str, Any], key: str, seen: str, kind: Kind) -> RubricCriterion:
    """The row to change; without a key a new one, or after a double tap the last one, which has these values.

    Raises RuleViolation: gone, changed_meanwhile.
    """
    every = list(cycle.all_criteria.all())
    if key:
        criterion = ordering.found(next((each for each in every if each.key == key), None))
        edit_lock.check(seen, criterion_fingerprint(criterion))
        return criterion
    criteria = [each for each in every if each.kind == kind]
    if criteria and all(getattr(criteria[-1], name) == values.get(name, "") for name in CRITERION_FIELDS):
        return criteria[-1]
    new_key = key_from(values["title_en"], {each.key for each in every})
    return RubricCriterion(cycle=cycle, kind=kind, key=new_key, order=len(criteria) + 1)


def _write_levels(
    criterion: RubricCriterion, levels: Sequence[tuple[str, str]], samples: Sequence[tuple[str, str]]
) -> None:
    criterion.levels.all().delete()
    padded = [*samples, *[("", "")] * (len(levels) - len(samples))]
    RubricLevel.objects.bulk_create(
        RubricLevel(criterion=criterion, points=points, **dict(zip(LEVEL_FIELDS, (*text, *sample), strict=True)))
        for points, (text, sample) in enumerate(zip(levels, padded, strict=False), start=1)
    )


def _mark_changed(cycle: Cycle, former: rubrics.Snapshot | None, reason: str, by: User) -> None:
    """Invalidate the cached rubric. `former`: the wording that readers have scored by, to be kept as a version.

    Raises RuleViolation: no_reason.
    """
    rubrics.touch(cycle)
    if former is not None:
        _keep_version(cycle, former, reason, by)


def _keep_version(cycle: Cycle, former: rubrics.Snapshot, reason: str, by: User) -> None:
    if not reason.strip():
        raise RuleViolation(
            "no_reason", _("Readers have started scoring. Say why the words are changing. They’ll see what changed.")
        )
    RubricVersion.objects.create(
        cycle=cycle, number=cycle.rubric_version, criteria=former, reason=reason.strip(), changed_by=by
    )
    cycle.rubric_version += 1
    cycle.save(update_fields=["rubric_version"])


def _kind_of(cycle: Cycle, key: str) -> Kind:
    """Readers' for one that is gone."""
    return Kind(cycle.all_criteria.filter(key=key).values_list("kind", flat=True).first() or Kind.READING)


@transaction.atomic
def move_criterion(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    """One place up or down. Raises RuleViolation: scoring_began, gone."""
    cycle = lock(cycle)
    kind = _kind_of(cycle, key)
    check_shape_may_change(cycle, kind)
    ordering.swap(list(cycle.all_criteria.filter(kind=kind)), key, up=up)
    rubrics.touch(cycle)
    audit.record("setup.move_criterion", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_criterion(cycle: Cycle, key: str, *, by: User) -> None:
    """Remove a criterion. A second call changes nothing. Raises RuleViolation: scoring_began."""
    cycle = lock(cycle)
    check_shape_may_change(cycle, _kind_of(cycle, key))
    criterion = cycle.all_criteria.filter(key=key).first()
    if criterion is None:
        return
    criterion.delete()
    rubrics.touch(cycle)
    audit.record("setup.remove_criterion", cycle, by=by, changes={"key": key, "title": criterion.title_en})
