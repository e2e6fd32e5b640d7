"""The page of everything by which readers and the committee work."""

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.cycle.actions import setup
from applications.models import Reserve
from exchange.templatetags.ui import day_year
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import CycleFactory, DecisionFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db

PAGE = reverse("travel:committee-rules")


@pytest.fixture
def person():
    review_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, person):
    return sign_in(person)


def rules(client, cycle):
    found = next(rules for each, rules in client.get(PAGE).context["cycles"] if each == cycle)
    return {rule.label: rule for rule in found}


def test_each_rule_of_a_cycle_says_its_value_where_and_since_when(office, person):
    cycle = CycleFactory(ready=True, reads_each=3, seats=24)
    lever = cycle.levers.first()
    Reserve.objects.create(cycle=cycle, lever=lever, seats=5, reason="As agreed.", set_by=person)
    before = rules(office, cycle)
    assert (before["Readers per application"].value, before["Readers per application"].since) == ("3", None)
    assert (before["Spots"].value, before["Spots reserved for groups"].value) == ("24", f"{lever}: 5")

    values = {name: getattr(cycle, name) for name in setup.BASICS} | {"reads_each": 2}
    setup.save_basics(cycle, values, cities=list(cycle.cities.all()), by=person)

    rule = rules(office, cycle)["Readers per application"]
    assert (rule.value, rule.since) == ("2", timezone.localdate())
    assert rule.href == reverse("applications:cycle-setup-basics", args=[cycle.code])
    text = office.get(PAGE).text
    assert day_year(timezone.localdate()) in text and rule.href in text
    assert f'href="{PAGE}"' in office.get(reverse("applications:cycle-setup-list")).text


def test_what_cannot_change_says_why(office, person):
    cycle = CycleFactory(ready=True)
    before = rules(office, cycle)
    lever = str(cycle.levers.first()).capitalize()
    assert before["What readers score"].fixed == "" and before[lever].fixed == ""
    ReviewFactory(assignment__application__cycle=cycle, points=4)
    DecisionFactory(application__cycle=cycle)

    after = rules(office, cycle)

    assert "only the wording can change" in after["What readers score"].fixed
    assert "already has results" in after[lever].fixed
    assert "already has results" in office.get(PAGE).text


def test_numbers_for_every_cycle_are_facts_with_their_source_and_day(office):
    fact = FactFactory(key="committee.shop_days", label_en="Days the committee shops", value=7)
    rule = next(each for each in office.get(PAGE).context["everywhere"] if each.label == fact.label_en)

    assert (rule.value, rule.source, rule.since) == ("7 days", fact.source_name, fact.as_of)
    assert rule.href == reverse("travel:reference-row", args=["fact", fact.key])


def test_it_costs_as_many_queries_with_many_cycles(office, django_assert_max_num_queries):
    office.get(PAGE)
    for _each in range(3):
        CycleFactory(ready=True)
    with django_assert_max_num_queries(12):
        office.get(PAGE)
