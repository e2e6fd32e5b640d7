"""One Event per action, in its transaction, never changed afterwards."""

import pytest
from django.db import transaction

from exchange.base import audit
from exchange.models import Event
from tests.factories import CollegeFactory, UserFactory


@pytest.mark.django_db
def test_record_says_who_did_what_to_which_row():
    user, college = UserFactory(), CollegeFactory()

    event = audit.record("college.rename", college, by=user, reason="typing error", changes={"fields": ["name"]})

    event.refresh_from_db()
    assert (event.action, event.target_model, event.target_id) == ("college.rename", "exchange.college", college.pk)
    assert (event.by, event.reason, event.changes) == (user, "typing error", {"fields": ["name"]})
    assert event.at


@pytest.mark.django_db
def test_record_without_a_person_is_the_portal():
    assert audit.record("message.deliver", CollegeFactory(), by=None).by is None


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        audit.record("college.rename", CollegeFactory(), by=None)


@pytest.mark.django_db(transaction=True)
def test_record_goes_with_the_act_it_describes():
    college = CollegeFactory()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record("college.rename", college, by=None)
        raise ZeroDivisionError
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: Event.objects.update(reason="another"),
        lambda event: Event.objects.all().delete(),
    ],
)
def test_event_is_never_changed_or_deleted(change):
    event = audit.record("college.rename", CollegeFactory(), by=None)
    with pytest.raises(TypeError):
        change(event)
