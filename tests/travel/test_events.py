"""What follows an event stands in one file, in order."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from exchange.base.slots import Slot
from tests.factories import UserFactory
from tests.factories_applications import DecisionFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.releasing import release_now
from tests.services import ROOT
from travel.models import PassportCase

LISTS = ROOT / "travel" / "events.py"
CODE = [path for app in ("exchange", "applications", "travel") for path in (ROOT / app).rglob("*.py")]


def test_every_slot_is_filled_in_one_file_and_nowhere_else():
    slots = [name for path in CODE for name in re.findall(r"^([A-Z_]+)\b.* = Slot\(", path.read_text(), re.MULTILINE)]
    assert len(slots) > 6
    assert sorted(re.findall(r"^    ([A-Z_]+)\.fill\(", LISTS.read_text(), re.MULTILINE)) == sorted(slots)
    assert [path for path in CODE if re.search(r"^ +[A-Z_]+\.fill\(", path.read_text(), re.MULTILINE)] == [LISTS]


def test_followers_come_in_the_order_of_the_list_and_a_list_that_is_missing_is_named():
    slot = Slot("landed")
    with pytest.raises(ImproperlyConfigured, match="landed"):
        list(slot)
    slot.fill(str, int)
    assert list(slot) == [str, int]


@pytest.mark.django_db(transaction=True)
def test_passport_cases_are_open_as_soon_as_results_are_out():
    application_facts()
    review_facts()
    travel_facts()
    decision = DecisionFactory(result="selected")
    release_now(decision.application.cycle, UserFactory(coordinator=True))
    assert PassportCase.objects.get().application == decision.application
