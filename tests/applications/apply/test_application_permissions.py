"""Each viewing rule agrees with its queryset, for every role and every row."""

import pytest
from django.contrib.auth.models import AnonymousUser

from applications import permissions
from applications.models import Application
from applications.standing import Act, Standing, may
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory

pytestmark = pytest.mark.django_db
TRAITS = [
    "submitted",
    "returned",
    "selected",
    "waitlisted",
    "not_selected",
    "confirmed",
    "declined",
    "withdrawn",
]
ROLES = ["student", "advisor", "advisor_elsewhere", "coordinator", "director", "admin", "nobody"]


@pytest.fixture
def people():
    college = CollegeFactory()
    return college, {
        "student": UserFactory(),
        "advisor": UserFactory(advisor=college),
        "advisor_elsewhere": UserFactory(advisor=True),
        "coordinator": UserFactory(coordinator=True),
        "director": UserFactory(director=True),
        "admin": UserFactory(is_staff=True),
        "nobody": AnonymousUser(),
    }


@pytest.fixture
def rows(people):
    """Every state at the advisor's college, one of the student's own, one elsewhere, one without a college."""
    college, users = people
    rows = [ApplicationFactory(college=college, **{trait: True}) for trait in TRAITS]
    rows += [
        ApplicationFactory(college=college),
        ApplicationFactory(college=None),
        ApplicationFactory(student=users["student"], submitted=True),
        ApplicationFactory(student=users["student"]),
        ApplicationFactory(submitted=True),
    ]
    return rows


@pytest.mark.parametrize(
    ("role", "count"), [("student", 2), ("advisor", 8), ("coordinator", 13), ("director", 0), ("nobody", 0)]
)
def test_applications_visible_to_each_role(people, rows, role, count):
    assert Application.objects.visible_to(people[1][role]).count() == count


@pytest.mark.parametrize("role", ROLES)
def test_who_may_start_list_and_read_history(people, role):
    user = people[1][role]
    assert permissions.can_start(user) is (role == "student")
    assert permissions.can_list_applications(user) is (role in ("advisor", "advisor_elsewhere", "coordinator"))
    assert permissions.can_open_history(user) is (role == "coordinator")


@pytest.mark.parametrize("role", ROLES)
def test_who_may_return_withdraw_and_read_the_letter(people, role):
    college, users = people
    user = users[role]
    application = ApplicationFactory(college=college, submitted=True)
    assert permissions.can_return(user, application) is (role == "coordinator")
    assert not permissions.can_withdraw(user, application, Standing.IN_REVIEW)
    assert permissions.can_withdraw_for(user, application, Standing.IN_REVIEW) is (role == "coordinator")
    assert not permissions.can_withdraw_for(user, application, Standing.AWAY)
    assert permissions.can_view_letter(user, application) is (role in ("coordinator", "advisor"))


def test_student_withdraws_the_own_application_where_the_table_allows_it_and_never_reads_the_letter():
    application = ApplicationFactory(submitted=True)
    for where in Standing:
        assert permissions.can_withdraw(application.student, application, where) is may(where, Act.WITHDRAW)
        assert not permissions.can_withdraw_for(application.student, application, where)
    assert not permissions.can_view_letter(application.student, application)
