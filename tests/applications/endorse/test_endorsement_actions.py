from dataclasses import replace

import pytest
from django.utils import timezone

from applications.endorse import actions as endorsement
from applications.endorse.actions import Word
from applications.models import Endorsement
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, DecisionFactory, EndorsementFactory

pytestmark = pytest.mark.django_db


def endorse(application, by, **changes):
    said = {
        "result": Endorsement.Result.ENDORSED,
        "is_enrolled": True,
        "units": 12,
        "in_good_standing": True,
        "note": "",
    } | changes
    return endorsement.endorse(application, by=by, **said)


def test_endorse_records_what_the_college_says():
    application = ApplicationFactory(submitted=True)
    advisor = UserFactory(advisor=application.college)

    said = endorse(application, advisor)

    assert (said.result, said.units, said.endorsed_by) == ("endorsed", 12, advisor)
    assert Event.objects.get().action == "review.endorse"


def test_endorse_can_be_corrected_and_repeated():
    application = ApplicationFactory(submitted=True)
    advisor = UserFactory(advisor=application.college)

    endorse(application, advisor)
    endorse(application, advisor)
    endorse(application, advisor, result=Endorsement.Result.ASK_THE_OFFICE, note="Dropped a class.")

    assert Endorsement.objects.get().result == "ask_the_office"
    assert [event.changes["before"] for event in Event.objects.order_by("pk")] == ["", "endorsed"]


@pytest.mark.parametrize("trait", ["returned", "withdrawn", "selected", "waitlisted", "not_selected", "confirmed"])
def test_endorse_is_closed_when_it_is_not_with_the_committee(trait):
    application = ApplicationFactory(**{trait: True})

    with pytest.raises(RuleViolation) as caught:
        endorse(application, UserFactory(advisor=application.college))

    assert caught.value.code == "not_to_endorse"
    assert not Endorsement.objects.exists()


def test_endorse_stays_open_while_a_decision_is_private():
    decision = DecisionFactory()

    endorse(decision.application, UserFactory(advisor=decision.application.college))

    assert Endorsement.objects.count() == 1


# --- Several ----------------------------------------------------------------------------------------


@pytest.fixture
def advisor():
    return UserFactory(advisor=True)


@pytest.fixture
def students(advisor):
    """Two students of one college in one cycle, who meet every condition with twelve units."""
    college, cycle = advisor.roles.get().college, CycleFactory(ready=True)
    return [ApplicationFactory(submitted=True, college=college, cycle=cycle, answered=True) for _ in range(2)]


TWELVE = Word(12)


def several(students, by, word=TWELVE):
    return endorsement.endorse_several(students[0].cycle, dict.fromkeys(students, word), by=by)


def test_endorse_several_keeps_one_word_and_one_event_for_each(students, advisor):
    assert several(students, advisor, Word(12, in_good_standing=True)) == 2

    kept = Endorsement.objects.all()
    assert {(each.result, each.units, each.in_good_standing, each.endorsed_by) for each in kept} == {
        ("endorsed", 12, True, advisor)
    }
    events = Event.objects.filter(action="review.endorse")
    assert {each.target_id for each in events} == {each.pk for each in students}


def test_endorse_several_twice_changes_nothing(students, advisor):
    several(students, advisor)

    assert several(students, advisor) == 0
    assert Event.objects.filter(action="review.endorse").count() == 2


@pytest.mark.parametrize("change", ["withdrawn", "returned", "a colleague"])
def test_endorse_several_is_all_or_none_when_one_changed(students, advisor, change):
    if change == "a colleague":
        EndorsementFactory(application=students[1], units=9)
    else:
        students[1].status = change
        students[1].withdrawn_at = timezone.now() if change == "withdrawn" else None
        students[1].return_note = "Name your college."
        students[1].save()
    before = Endorsement.objects.count()

    with pytest.raises(RuleViolation) as caught:
        several(students, advisor)

    assert caught.value.code == "changed_meanwhile"
    assert str(students[1].student) in caught.value.message
    assert str(students[0].student) not in caught.value.message
    assert Endorsement.objects.count() == before


@pytest.mark.parametrize(
    "word",
    [
        Word(3),  # the cycle asks for six
        Word(12, in_good_standing=False),
        Word(12, is_enrolled=False, result=Endorsement.Result.ASK_THE_OFFICE, note="Not there."),
    ],
)
def test_endorse_several_wants_a_look_at_whoever_is_not_plain(students, advisor, word):
    with pytest.raises(RuleViolation) as caught:
        endorsement.endorse_several(students[0].cycle, {students[0]: Word(12), students[1]: word}, by=advisor)

    assert caught.value.code == "needs_a_look"
    assert not Endorsement.objects.exists()
    looked_at = {students[0]: Word(12), students[1]: replace(word, was_looked_at=True)}
    assert endorsement.endorse_several(students[0].cycle, looked_at, by=advisor) == 2


def test_endorse_several_counts_the_units_of_the_college_and_not_of_the_student(advisor):
    college = advisor.roles.get().college
    student = ApplicationFactory(submitted=True, college=college, cycle__ready=True, answered=True, answered__units=3)

    assert several([student], advisor) == 1


def test_endorse_several_looks_at_what_the_student_said_about_the_rest(advisor):
    college = advisor.roles.get().college
    student = ApplicationFactory(
        submitted=True, college=college, cycle__ready=True, answered=True, answered__good_standing="not_sure"
    )

    with pytest.raises(RuleViolation) as caught:
        several([student], advisor)

    assert caught.value.code == "needs_a_look"
