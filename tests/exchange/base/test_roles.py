"""Who is who, read from the rows of one person."""

import pytest
from django.contrib.auth.models import AnonymousUser

from exchange.base import roles
from tests.factories import CollegeFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db

QUESTIONS = (roles.is_student, roles.is_advisor, roles.is_coordinator, roles.is_director, roles.is_staff_role)
ANSWERS = [
    ({}, (True, False, False, False, False)),
    ({"advisor": True}, (False, True, False, False, True)),
    ({"coordinator": True}, (False, False, True, False, True)),
    ({"director": True}, (False, False, False, True, True)),
    ({"advisor": True, "coordinator": True}, (False, True, True, False, True)),
    ({"is_staff": True}, (False, False, False, False, True)),
]


@pytest.mark.parametrize(("traits", "answers"), ANSWERS)
def test_person_is(traits, answers):
    user = UserFactory(**traits)
    assert tuple(question(user) for question in QUESTIONS) == answers


def test_stranger_is_nobody():
    assert [question(AnonymousUser()) for question in QUESTIONS] == [False] * 5
    assert roles.advisor_college_ids(AnonymousUser()) == set()


def test_advisor_college_ids_are_those_of_advisor_roles_only():
    college, other = CollegeFactory(), CollegeFactory()
    user = UserFactory(advisor=college, coordinator=True)
    RoleFactory(user=user, advisor=other)
    assert roles.advisor_college_ids(user) == {college.pk, other.pk}


def test_roles_are_read_once(django_assert_num_queries):
    user = UserFactory(advisor=True)
    with django_assert_num_queries(1):
        assert roles.is_advisor(user)
        assert not roles.is_director(user)
        assert roles.finds_people(user)
