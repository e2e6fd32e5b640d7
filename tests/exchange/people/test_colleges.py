"""Which advisor signs the reminders to a college's students."""

import pytest

from exchange.base.errors import RuleViolation
from exchange.people.colleges import named_advisor as colleges
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_nobody_signs_for_another_college():
    college, other = CollegeFactory(), UserFactory(advisor=CollegeFactory())
    with pytest.raises(RuleViolation) as caught:
        colleges.name_advisor(college, other, by=UserFactory(coordinator=True))
    assert caught.value.code == "not_an_advisor"


def test_the_named_advisor_signs_or_else_the_one_who_was_there_first():
    college = CollegeFactory()
    UserFactory(advisor=True)  # elsewhere, and here before anybody
    assert colleges.advisor_of(None) is None
    assert colleges.advisor_of(college) is None
    first, second = UserFactory(advisor=college), UserFactory(advisor=college)
    UserFactory(advisor=True)
    assert colleges.advisor_of(college) == first
    college.named_advisor = second
    assert colleges.advisor_of(college) == second
    second.is_active = False
    second.save()
    assert colleges.advisor_of(college) == first
