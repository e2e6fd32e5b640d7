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


def test_many_are_named_at_once_or_none():
    coordinator = UserFactory(coordinator=True)
    one, other = CollegeFactory(code="one"), CollegeFactory(code="other")
    ana, ben = UserFactory(advisor=one), UserFactory(advisor=other)
    seen = colleges.seen_of([one, other])
    assert seen == colleges.seen_of([other, one]) == "one=,other="

    with pytest.raises(RuleViolation) as caught:
        colleges.name_advisors({one: ana, other: ana}, seen=seen, by=coordinator)
    assert caught.value.code == "not_an_advisor"
    one.refresh_from_db()
    assert one.named_advisor is None

    colleges.name_advisors({one: ana, other: None}, seen=seen, by=coordinator)
    one.refresh_from_db()
    assert one.named_advisor == ana
    event = Event.objects.get()
    assert (event.target_id, event.by, event.changes) == (one.pk, coordinator, {"named_advisor": [None, ana.pk]})
    with pytest.raises(RuleViolation) as caught:
        colleges.name_advisors({one: ana, other: ben}, seen=seen, by=coordinator)
    assert caught.value.code == "changed_meanwhile"
    colleges.name_advisors({one: ana}, seen=seen, by=coordinator)  # nothing would change
    assert colleges.seen_of([one, other]) == f"one={ana.code},other="
