import pytest
from django.contrib.auth.models import AnonymousUser

from applications import permissions
from applications.models import Offer
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, DecisionFactory, OfferFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return {
        "anonymous": AnonymousUser(),
        "student": UserFactory(),
        "advisor": UserFactory(advisor=True),
        "coordinator": UserFactory(coordinator=True),
        "director": UserFactory(director=True),
    }


@pytest.fixture
def rows(cast):
    college = cast["advisor"].roles.get().college
    own = ApplicationFactory(selected=True, student=cast["student"])
    OfferFactory(decision=DecisionFactory(released=True, application=own))
    OfferFactory(decision=DecisionFactory(released=True, application__college=college))
    OfferFactory(lapsed=True)
    DecisionFactory(application__student=cast["student"], application__college=college)


def test_only_coordinators_decide(cast):
    assert [name for name, user in cast.items() if permissions.can_decide(user)] == ["coordinator"]


def test_only_the_student_answers_an_offer(cast, rows):
    offer = Offer.objects.get(application__student=cast["student"])

    assert [name for name, user in cast.items() if permissions.can_answer_offer(user, offer)] == ["student"]
