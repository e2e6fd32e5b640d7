"""What happens in `travel` when a placed student withdraws."""

import pytest

from applications.apply.actions import application
from exchange.base.errors import RuleViolation
from exchange.models import Fact
from tests.factories_travel import PlacementFactory, travel_facts
from travel.models import ChecklistItem
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


def test_withdrawn_student_can_change_nothing_on_the_checklist():
    placement = PlacementFactory(checklist=True)
    student, item = placement.application.student, placement.checklist_items.order_by("-do_by").first()
    application.withdraw(placement.application, by=student)
    acts = (
        lambda: checklist.mark_done(item, by=student),
        lambda: checklist.move_stage(placement.passport_case, PassportStage.GATHERING, by=student),
        lambda: checklist.set_certificate(placement.passport_case, is_needed=True, by=student),
    )
    for act in acts:
        with pytest.raises(RuleViolation) as violation:
            act()
        assert violation.value.code == "withdrawn"
    assert not ChecklistItem.objects.filter(done_at__isnull=False).exists()


def test_withdrawn_student_is_reminded_of_nothing():
    Fact.objects.filter(key="checklist.remind_days").update(value=400)
    placement = PlacementFactory(checklist=True)
    application.withdraw(placement.application, by=placement.application.student)
    assert checklist.REMINDER.send_all() == 0


def test_seat_of_a_withdrawn_student_is_free_again():
    placement = PlacementFactory(trip__seats=1, trip__minimum_group=1)
    application.withdraw(placement.application, by=placement.application.student)
    assert not placement.trip.placements.active().exists()
