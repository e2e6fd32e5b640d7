"""Who belongs to which lever's group, determined from the answers in a few queries."""

import pytest

from applications.cycle.actions import levers as lever_setup
from applications.cycle.actions import setup
from applications.models import Answer, Application, Lever
from applications.selection import levers
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def lever(cycle, kind) -> Lever:
    return cycle.levers.get(kind=kind)


def test_a_new_cycle_has_the_standard_definitions_once(cycle):
    kinds = [each.kind for each in levers.for_cycle(cycle)]

    assert kinds == ["first_generation", "need", "first_trip", "district"]
    assert [each.kind for each in lever_setup.create_levers(cycle, by=None)] == kinds
    assert cycle.levers.count() == 4
    assert all(each.definition_en and each.definition_es for each in levers.for_cycle(cycle))


def test_only_what_the_form_asks_becomes_a_definition():
    bare = CycleFactory()

    assert lever_setup.create_levers(bare, by=None) == []


def test_a_copy_takes_the_definitions_as_they_are(cycle):
    CollegeFactory()
    lever(cycle, "need").delete()
    cycle.levers.filter(kind="first_generation").update(values=["no_college"], definition_en="No parent went.")

    copied = setup.copy_cycle(cycle, by=UserFactory(coordinator=True))

    assert {each.kind: each.values for each in copied.levers.all()} == {
        "first_generation": ["no_college"],
        "first_trip": [True],
        "district": [str(number) for number in range(1, 16)],
    }
    assert copied.levers.get(kind="first_generation").definition_en == "No parent went."


@pytest.mark.parametrize(
    ("kind", "answer", "counts"),
    [
        ("first_generation", {"parents_education": "no_college"}, True),
        ("first_generation", {"parents_education": "some_college"}, True),
        ("first_generation", {"parents_education": "bachelors"}, False),
        ("first_generation", {"parents_education": "dont_know"}, False),
        ("need", {"fee_waiver": "yes"}, True),
        ("need", {"fee_waiver": "not_sure"}, False),
        ("need", {"fee_waiver": None}, False),
        ("first_trip", {"first_abroad": True}, True),
        ("first_trip", {"first_abroad": False}, False),
        ("district", {"council_district": "15"}, True),
        ("district", {"council_district": "outside"}, False),
    ],
)
def test_members_are_those_whose_answer_counts(cycle, kind, answer, counts):
    application = ApplicationFactory(cycle=cycle, submitted=True, answered=True)
    Answer.objects.filter(application=application, question__key__in=answer).delete()
    question = {each.key: each for section in application.form.sections.all() for each in section.questions.all()}
    for key, value in answer.items():
        if value is not None:
            Answer.objects.create(application=application, question=question[key], value=value)

    group = levers.group_key(lever(cycle, kind), answer.get("council_district", ""))
    assert list(levers.members(lever(cycle, kind))) == [application] * counts
    assert (group in levers.groups_of([application])[application.pk]) is counts


def test_the_answer_of_another_cycle_or_of_a_try_does_not_count(cycle):
    ApplicationFactory(submitted=True, answered=True)
    ApplicationFactory(cycle=cycle, answered=True, is_test=True)

    assert not levers.members(lever(cycle, "need")).exists()


def test_groups_name_the_college_and_the_district(cycle):
    college = CollegeFactory(code="lacc")
    application = ApplicationFactory(
        cycle=cycle, college=college, submitted=True, answered=True, answered__council_district="7"
    )

    assert levers.groups_of(Application.objects.filter(pk=application.pk)) == {
        application.pk: {"college:lacc", "first_generation", "need", "first_trip", "district:7"}
    }


def test_groups_take_the_same_queries_for_one_and_for_many(cycle, django_assert_max_num_queries):
    for _ in range(5):
        ApplicationFactory(cycle=cycle, submitted=True, answered=True)
    rows = list(Application.objects.select_related("college"))

    for asked, number in ((rows[:1], 1), (rows, 5), (Application.objects.all(), 5)):
        with django_assert_max_num_queries(3):
            assert len(levers.groups_of(asked)) == number


def test_counts_are_of_those_who_sent_it_in(cycle):
    ApplicationFactory(cycle=cycle, submitted=True, answered=True)
    ApplicationFactory(cycle=cycle, selected=True, answered=True, answered__fee_waiver="no")
    ApplicationFactory(cycle=cycle, answered=True)
    ApplicationFactory(cycle=cycle, withdrawn=True, answered=True)

    counts = levers.counts_of(cycle)

    assert (counts["first_generation"], counts["need"]) == (2, 1)
