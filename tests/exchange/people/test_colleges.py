"""Which advisor signs the reminders to a college's students."""

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import Event
from exchange.people import colleges
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_office_names_an_advisor_and_takes_it_back(sign_in):
    college, coordinator = CollegeFactory(), UserFactory(coordinator=True)
    advisor = UserFactory(advisor=college, full_name="Adaeze Okafor")
    client, page = sign_in(coordinator), reverse("college-advisors")
    assert "Adaeze Okafor" in client.get(page).text

    for _twice in range(2):
        client.post(page, {college.code: advisor.code})
    college.refresh_from_db()
    assert college.named_advisor == advisor
    assert [event.action for event in Event.objects.all()] == ["college.name_advisor"]

    client.post(page, {college.code: ""})
    college.refresh_from_db()
    assert college.named_advisor is None


def test_nobody_signs_for_another_college(sign_in):
    college, other = CollegeFactory(), UserFactory(advisor=CollegeFactory())
    coordinator = UserFactory(coordinator=True)
    response = sign_in(coordinator).post(reverse("college-advisors"), {college.code: other.code})
    assert response.status_code == 200  # the form is shown again
    with pytest.raises(RuleViolation) as caught:
        colleges.name_advisor(college, other, by=coordinator)
    assert caught.value.code == "not_an_advisor"
