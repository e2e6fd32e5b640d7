import pytest
from django.contrib.auth.models import AnonymousUser

from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import PlacementFactory, PlacementRunFactory, TripFactory
from travel import permissions
from travel.models import Placement

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    advisor = UserFactory(advisor=True)
    college = advisor.roles.get().college
    trip = TripFactory()
    own = PlacementFactory(trip=trip, checklist=True, application__college=college)
    other = PlacementFactory(trip=trip, checklist=True)
    PlacementFactory(travelled=True, application__college=college)
    PlacementFactory(returned=True, checklist=True)
    TripFactory()
    TripFactory(cycle=trip.cycle)  # in the same cycle, without participants
    ApplicationFactory(confirmed=True, college=college)
    PlacementRunFactory(cycle=trip.cycle)
    return {
        "anonymous": AnonymousUser(),
        "stranger": UserFactory(),
        "student": own.application.student,
        "other student": other.application.student,
        "advisor": advisor,
        "advisor of another college": UserFactory(advisor=True),
        "coordinator": UserFactory(coordinator=True),
        "director": UserFactory(director=True),
        "both": UserFactory(advisor=college, coordinator=True),
        "admin": UserFactory(is_staff=True),
    }


def test_who_sees_whom(cast):
    seen = {name: Placement.objects.visible_to(user).count() for name, user in cast.items()}
    assert seen == {
        "anonymous": 0,
        "stranger": 0,
        "student": 1,
        "other student": 1,
        "advisor": 2,
        "advisor of another college": 0,
        "coordinator": 4,
        "director": 0,
        "both": 4,
        "admin": 0,
    }


def test_only_the_office_places_and_moves_trips(cast):
    assert {name for name, user in cast.items() if permissions.can_place(user)} == {"coordinator", "both"}
    assert {name for name, user in cast.items() if permissions.can_move_trip(user)} == {"coordinator", "both"}


def test_only_the_student_works_on_a_checklist_and_only_others_verify(cast):
    placement = Placement.objects.get(application__student=cast["student"])
    works = {name for name, user in cast.items() if permissions.can_work_on_checklist(user, placement)}
    verifies = {name for name, user in cast.items() if permissions.can_verify(user, placement)}
    assert works == {"student"}
    assert verifies == {"advisor", "coordinator", "both"}


def test_a_director_sees_neither_trips_nor_names(cast):
    assert not permissions.can_list_trips(cast["director"])
    assert not permissions.can_open_roster(cast["director"])
    assert not permissions.can_list_checklists(cast["director"])
