"""The database constraints of a cycle and its form, each by name, and the properties of a cycle."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import Cycle, EligibilityRule, Question, RubricCriterion, RubricLevel, Section
from tests.constraints import refused
from tests.factories_applications import CycleFactory, FormVersionFactory

pytestmark = pytest.mark.django_db


def section(**more):
    form = more.pop("form", None) or FormVersionFactory()
    return Section.objects.create(form=form, **{"key": "about", "order": 1, "title_en": "A", "title_es": "A", **more})


def question(part, **more):
    row = {"key": "name", "order": 1, "kind": "short_text", "label_en": "Name", "label_es": "Nombre", **more}
    return Question.objects.create(section=part, **row)


def test_cycle_opens_before_it_closes():
    now = timezone.now()
    refused("cycle_opens_before_it_closes", lambda: CycleFactory(opens_at=now, closes_at=now))


@pytest.mark.parametrize("field", ["reads_each", "answer_days"])
def test_cycle_has_readers_and_time_to_answer(field):
    refused("cycle_has_readers_and_time_to_answer", lambda: CycleFactory(**{field: 0}))


def test_formversion_number_once_per_cycle():
    form = FormVersionFactory()
    refused("formversion_number_once_per_cycle", lambda: form._meta.model.objects.create(cycle=form.cycle, number=1))


def test_section_key_once_per_form():
    first = section()
    refused("section_key_once_per_form", lambda: section(form=first.form))


def test_question_key_once_per_section():
    part = section()
    question(part)
    refused("question_key_once_per_section", lambda: question(part))


def test_question_words_max_only_for_long_text():
    part = section()
    question(part, kind="long_text", words_max=250)
    refused("question_words_max_only_for_long_text", lambda: question(part, key="b", words_max=250))


def test_eligibilityrule_key_once_per_cycle():
    cycle = CycleFactory()
    row = {
        "cycle": cycle,
        "key": "age",
        "question_key": "units",
        "operator": "at_least",
        "value": 6,
        "text_en": "a",
        "text_es": "a",
    }
    EligibilityRule.objects.create(**row)
    refused("eligibilityrule_key_once_per_cycle", lambda: EligibilityRule.objects.create(**row))


def test_rubric_keys_and_points_once():
    cycle = CycleFactory()
    row = {"cycle": cycle, "key": "purpose", "order": 1, "title_en": "P", "title_es": "P"}
    criterion = RubricCriterion.objects.create(**row)
    refused("rubriccriterion_key_once_per_cycle", lambda: RubricCriterion.objects.create(**row))
    level = {"criterion": criterion, "points": 1, "text_en": "a", "text_es": "a"}
    RubricLevel.objects.create(**level)
    refused("rubriclevel_points_once_per_criterion", lambda: RubricLevel.objects.create(**level))
    refused("rubriclevel_points_from_one_to_five", lambda: RubricLevel.objects.create(**level | {"points": 6}))


def test_open_cycles_are_published_within_their_dates_and_not_closed_out():
    now = timezone.now()
    taking = CycleFactory()
    others = [
        CycleFactory(closed=True),
        CycleFactory(upcoming=True),
        CycleFactory(published_at=None),
        CycleFactory(closed_out_at=now),
    ]
    assert list(Cycle.objects.open()) == [taking]
    assert [cycle.is_open for cycle in (taking, *others)] == [True, False, False, False, False]


def test_cycle_closes_at_the_instant_itself():
    closes_at = timezone.now() + dt.timedelta(hours=1)
    cycle = CycleFactory(closes_at=closes_at)
    assert cycle in Cycle.objects.open(closes_at - dt.timedelta(microseconds=1))
    assert cycle not in Cycle.objects.open(closes_at)


def test_days_left_counts_days_of_the_calendar():
    end_of_today = timezone.localtime().replace(hour=23, minute=59, second=59)
    assert CycleFactory(closes_at=end_of_today).days_left == 0
    assert CycleFactory(closes_at=end_of_today + dt.timedelta(days=9)).days_left == 9
    assert CycleFactory(closed=True).days_left == 0
