import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from applications.models import Offer
from applications.states import Status
from tests.factories import UserFactory
from tests.factories_applications import DecisionFactory, OfferFactory

pytestmark = pytest.mark.django_db


def test_decision_one_unreleased_per_application():
    decision = DecisionFactory()

    # SQLite names a broken unique constraint by its columns
    with pytest.raises(
        IntegrityError, match="decision_one_unreleased_per_application|applications_decision.application_id"
    ):
        DecisionFactory(application=decision.application)


def test_a_released_decision_leaves_room_for_the_next():
    first = DecisionFactory(released=True, result=Status.WAITLISTED, waitlist_position=1)

    DecisionFactory(application=first.application)

    assert first.application.decisions.count() == 2


@pytest.mark.parametrize("half", [{"released_at": timezone.now()}, {"released_by": True}])
def test_decision_released_at_and_by_together(half):
    if half.get("released_by"):
        half = {"released_by": UserFactory()}

    with pytest.raises(IntegrityError, match="decision_released_at_and_by_together"):
        DecisionFactory(**half)


def test_decision_has_a_reason():
    with pytest.raises(IntegrityError, match="decision_has_a_reason"):
        DecisionFactory(reason="")


def test_decision_only_waitlisted_has_a_position():
    with pytest.raises(IntegrityError, match="decision_only_waitlisted_has_a_position"):
        DecisionFactory(result=Status.SELECTED, waitlist_position=1)


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN])
def test_decision_result_is_a_result(status):
    with pytest.raises(IntegrityError, match="decision_result_is_a_result"):
        DecisionFactory(result=status)


@pytest.mark.parametrize("half", [{"reply": "confirmed"}, {"answered_at": timezone.now()}])
def test_offer_reply_and_answered_at_together(half):
    with pytest.raises(IntegrityError, match="offer_reply_and_answered_at_together"):
        OfferFactory(**half)


def test_offer_leaves_time_to_answer():
    now = timezone.now()

    with pytest.raises(IntegrityError, match="offer_leaves_time_to_answer"):
        OfferFactory(made_at=now, answer_by=now)


def test_offer_one_unanswered_per_application():
    offer = OfferFactory()
    again = DecisionFactory(application=offer.application)

    with pytest.raises(IntegrityError, match="offer_one_unanswered_per_application|applications_offer.application_id"):
        OfferFactory(decision=again)


def test_an_offer_lapses_only_while_it_is_unanswered():
    assert OfferFactory(lapsed=True).is_lapsed
    assert not OfferFactory().is_lapsed
    assert not OfferFactory(lapsed=True, reply="confirmed", answered_at=timezone.now()).is_lapsed


def test_one_decision_makes_one_offer():
    offer = OfferFactory()

    with pytest.raises(IntegrityError, match="decision_id"):
        Offer.objects.create(
            application=offer.application,
            decision=offer.decision,
            answer_by=timezone.now() + dt.timedelta(days=1),
            reply="declined",
            answered_at=timezone.now(),
        )
