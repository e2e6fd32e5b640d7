import pytest

from applications.actions import endorsement
from applications.models import Endorsement
from exchange.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, DecisionFactory

pytestmark = pytest.mark.django_db


def endorse(application, by, **changes):
    said = {"result": Endorsement.Result.ENDORSED, "is_enrolled": True, "units": 12, "in_good_standing": True, "note": ""} | changes
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
