"""Actions that give a cycle the default form, eligibility rules and rubric."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.base import rubrics
from applications.base.form_defaults import DEFAULT_FORM, DEFAULT_RUBRIC
from applications.cycle.rubric_samples import SAMPLES
from applications.cycle.rule_defaults import DEFAULT_RULES
from applications.models import (
    Cycle,
    EligibilityRule,
    FormVersion,
    Question,
    RubricCriterion,
    RubricLevel,
    Section,
)
from exchange.base import audit
from exchange.base.home import home
from exchange.models import College, User
from exchange.reference import facts


@transaction.atomic
def create_form(cycle: Cycle, *, by: User | None) -> FormVersion:
    """Publish the default form as the cycle's next version. Applications keep the version they were started with."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)  # two calls at once would take the same number
    newest = cycle.form_versions.order_by("-number").first()
    form = FormVersion.objects.create(
        cycle=cycle, number=newest.number + 1 if newest else 1, published_at=timezone.now()
    )
    sections = Section.objects.bulk_create(
        Section(form=form, order=order, **{name: value for name, value in row.items() if name != "questions"})
        for order, row in enumerate(DEFAULT_FORM, start=1)
    )
    Question.objects.bulk_create(
        Question(section=section, order=place, **question)
        for section, row in zip(sections, DEFAULT_FORM, strict=True)
        for place, question in enumerate(row["questions"], start=1)
    )
    audit.record("cycle.create_form", cycle, by=by, changes={"number": form.number})
    return form


@transaction.atomic
def create_rules(cycle: Cycle, *, departs_on: date, by: User | None) -> list[EligibilityRule]:
    """Give the cycle the default rules, with the numbers of the current facts, unless it has rules already."""
    if cycle.rules.exists():
        return list(cycle.rules.all())
    rules = EligibilityRule.objects.bulk_create(
        EligibilityRule(cycle=cycle, order=order, **row) for order, row in enumerate(_filled(departs_on), start=1)
    )
    audit.record("cycle.create_rules", cycle, by=by, changes={"rules": [rule.key for rule in rules]})
    return rules


def _filled(departs_on: date) -> list[dict[str, Any]]:
    """The default rules with the names in braces replaced by values."""
    text = json.dumps(DEFAULT_RULES, ensure_ascii=False)
    colleges = list(College.objects.order_by("code").values_list("code", flat=True))
    text = text.replace('"{colleges}"', json.dumps(colleges)).replace("{departs_on}", departs_on.isoformat())
    for name in ("city_en", "city_es"):
        text = text.replace("{" + name + "}", json.dumps(getattr(home(), name), ensure_ascii=False)[1:-1])
    names = sorted(set(re.findall(r"{([a-z_]+)}", text)))
    numbers = facts.numbers(*(f"program.{name}" for name in names))
    for name in names:
        number = f"{Decimal(numbers[f'program.{name}']).normalize():f}"
        if name == "minimum_gpa" and "." not in number:
            number += ".0"  # a GPA is written 2.0
        braces = "{" + name + "}"
        text = text.replace(f'"{braces}"', number).replace(braces, number)  # as a JSON number, then within texts
    rules: list[dict[str, Any]] = json.loads(text)
    return rules


@transaction.atomic
def create_rubric(cycle: Cycle, *, by: User | None) -> list[RubricCriterion]:
    """Give the cycle the default rubric, unless it has one already."""
    if cycle.criteria.exists():
        return list(cycle.criteria.all())
    criteria = RubricCriterion.objects.bulk_create(
        RubricCriterion(cycle=cycle, order=order, **{name: value for name, value in row.items() if name != "levels"})
        for order, row in enumerate(DEFAULT_RUBRIC, start=1)
    )
    RubricLevel.objects.bulk_create(
        RubricLevel(
            criterion=criterion, points=points, text_en=en, text_es=es, sample_en=sample_en, sample_es=sample_es
        )
        for criterion, row in zip(criteria, DEFAULT_RUBRIC, strict=True)
        for points, ((en, es), (sample_en, sample_es)) in enumerate(
            zip(row["levels"], SAMPLES[row["key"]], strict=True), start=1
        )
    )
    rubrics.touch(cycle)
    audit.record("cycle.create_rubric", cycle, by=by, changes={"criteria": [each.key for each in criteria]})
    return criteria
