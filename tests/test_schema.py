"""Data that the portal must never store has no column anywhere, under any name; some is out of selection's reach."""

import re

import pytest
from django.apps import apps

pytestmark = pytest.mark.both

NEVER = re.compile(
    r"ssn|social_security|passport_(number|no|scan|copy|photo)|(^|_)visa(_|$)|immigration|citizen|nationality|alien|daca|undocumented"
)
UNKNOWN_TO_SELECTION = re.compile(r"gender|sex$|race|ethnic|pronoun|religio|disab|income|pell|first_gen|demograph")
OURS = [model for label in ("exchange", "applications", "travel") for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_field_for_a_number_or_a_status_that_we_do_not_keep(model):
    names = [field.name for field in model._meta.get_fields()]
    assert [name for name in names if NEVER.search(name)] == []


@pytest.mark.parametrize("name", ["ssn", "passport_number", "immigration_status", "citizenship", "visa_status"])
def test_the_rule_knows_the_usual_names(name):
    assert NEVER.search(name)


def test_selection_cannot_reach_demographics():
    # allowed only downstream, in travel, which these two apps cannot import (see test_architecture.py)
    names = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        if model._meta.app_label in ("exchange", "applications")
        for field in model._meta.get_fields()
        if UNKNOWN_TO_SELECTION.search(field.name)
    ]
    assert names == []


def test_a_passport_case_keeps_no_file():
    kinds = {field.get_internal_type() for field in apps.get_model("travel.PassportCase")._meta.concrete_fields}
    assert not kinds & {"FileField", "ImageField", "TextField", "JSONField", "BinaryField"}
