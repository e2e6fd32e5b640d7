import pytest
from django.contrib.auth.models import AnonymousUser

from applications import permissions
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, CycleFactory

pytestmark = pytest.mark.django_db
STAGES = ["submitted", "returned", "selected", "waitlisted", "not_selected", "confirmed", "declined", "withdrawn"]


@pytest.fixture
def cast():
    """One person of each kind around one college; the advisor is a reader, too."""
    advisor = UserFactory(advisor=True)
    college = advisor.roles.get().college
    return {
        "anonymous": AnonymousUser(),
        "student": UserFactory(),
        "advisor": advisor,
        "advisor of another college": UserFactory(advisor=True),
        "coordinator": UserFactory(coordinator=True),
        "director": UserFactory(director=True),
        "both": UserFactory(advisor=college, coordinator=True),
    }


@pytest.fixture
def rows(cast):
    """Applications of the advisor's and of another college in every stage; advisor and student are assigned to each.

    One is the coordinator's own, and one assignment is drawn but not given out yet.
    """
    cycle = CycleFactory()
    college = cast["advisor"].roles.get().college
    applications = [ApplicationFactory(cycle=cycle, college=college)]
    for stage in STAGES:
        applications += [
            ApplicationFactory(cycle=cycle, college=college, **{stage: True}),
            ApplicationFactory(cycle=cycle, **{stage: True}),
        ]
    readers = (cast["advisor"], cast["both"], cast["student"], cast["coordinator"])
    for application in applications[1:]:
        for reader in readers:
            AssignmentFactory(application=application, reader=reader)
    own = ApplicationFactory(cycle=cycle, student=cast["coordinator"], submitted=True)
    AssignmentFactory(application=own, reader=cast["advisor"])
    AssignmentFactory(application=own, reader=cast["advisor of another college"], released_at=None)
    return [*applications, own]


def test_only_the_home_college_gives_its_word(cast, rows):
    application = rows[1]

    assert [name for name, user in cast.items() if permissions.can_endorse(user, application)] == ["advisor", "both"]


def test_only_coordinators_assign_readers(cast):
    allowed = [name for name, user in cast.items() if permissions.can_assign_readers(user)]

    assert allowed == ["coordinator", "both"]


def test_advisors_and_coordinators_open_the_endorsements(cast):
    allowed = [name for name, user in cast.items() if permissions.can_open_endorsements(user)]

    assert allowed == ["advisor", "advisor of another college", "coordinator", "both"]
