"""Each process caches the rubric it has read, until a change in this process or another one."""

import pytest
from django.db import transaction

from applications.base import rubrics
from applications.cycle.actions import criteria, setup
from applications.models import Cycle
from tests.applications.base.test_rubric_versions import reword
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    review_facts()
    return CycleFactory(ready=True)


def read(cycle) -> list[tuple[str, str]]:
    """Reads as a request does: the cycle's row from the database, its rubric from the process's cache."""
    found = rubrics.criteria_of(Cycle.objects.get(pk=cycle.pk))
    return [(each.key, each.levels.all()[0].text_en) for each in found]


def test_a_rubric_is_read_once(cycle, django_assert_num_queries):
    read(cycle)
    with django_assert_num_queries(1):  # the cycle's row
        read(cycle)


def test_new_words_are_there_at_once(cycle, office):
    read(cycle)
    reword(cycle, office, first="In other words")
    assert dict(read(cycle))["purpose"] == "In other words"


def test_so_is_another_order_and_what_was_added_or_taken_away(cycle, office):
    before = [key for key, _words in read(cycle)]
    criteria.move_criterion(cycle, before[1], up=True, by=office)
    assert [key for key, _words in read(cycle)] == [before[1], before[0], *before[2:]]

    criteria.remove_criterion(cycle, before[0], by=office)
    assert before[0] not in dict(read(cycle))

    values = {"question_key": "", "title_en": "Calm", "title_es": "Calma"}
    criteria.save_criterion(cycle, values, levels=[("Little", "Poca"), ("Much", "Mucha")], by=office)
    assert dict(read(cycle))["calm"] == "Little"


def test_a_copied_cycle_has_a_rubric_of_its_own(cycle, office):
    read(cycle)
    copied = setup.copy_cycle(cycle, by=office)
    assert read(copied) == read(cycle)

    reword(copied, office, first="Only there")

    assert dict(read(copied))["purpose"] == "Only there"
    assert dict(read(cycle))["purpose"] != "Only there"


def test_a_change_that_was_taken_back_is_read_by_nobody(cycle, office):
    was = read(cycle)
    with transaction.atomic():
        reword(cycle, office, first="Not kept")
        assert dict(read(cycle))["purpose"] == "Not kept"
        transaction.set_rollback(True)
    assert read(cycle) == was
    reword(cycle, office, first="Kept")
    assert dict(read(cycle))["purpose"] == "Kept"
