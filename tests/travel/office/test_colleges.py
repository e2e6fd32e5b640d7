"""Home colleges under Set up: added, changed and removed by the office, with history."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import College, Event, User
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from travel.office.colleges import actions
from travel.office.reference import loading as reference

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("travel:college-list"), reverse("travel:college-add")
PORT = {"name": "Port Harbor College", "short_name": "Port Harbor", "place": "Pier 1", "district": "", "mis_code": ""}


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def page_of(college):
    return reverse("travel:college-edit", args=[college.code])


def test_the_office_adds_a_college_in_no_district_and_without_a_state_code(office):
    page = office.post(NEW, PORT, follow=True)
    office.post(NEW, PORT)  # a double tap
    college = College.objects.get()
    assert "Port Harbor College" in page.text and page.request["PATH_INFO"] == LIST
    assert (college.code, college.district, college.mis_code) == ("port-harbor", "", None)
    assert Event.objects.filter(action="college.add", by__isnull=False).count() == 1

    office.post(NEW, PORT | {"name": "Bay College", "short_name": "Bay"})
    assert College.objects.filter(mis_code=None).count() == 2


def test_the_office_names_the_day_of_an_orientation(office):
    office.post(NEW, PORT | {"orientation_on": "2027-02-03"})
    college = College.objects.get()
    assert college.orientation_on == dt.date(2027, 2, 3)
    assert 'value="2027-02-03"' in office.get(page_of(college)).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Port Harbor College", "short_name": "Harbor"}, "There’s already a college with this name."),
        ({"name": "Another", "short_name": "Port harbor"}, "Another college already has this short name."),
        ({"name": "Another", "short_name": "Other", "mis_code": "8A"}, "Enter the three digits or capital letters"),
        ({"name": "Another", "short_name": "Other", "mis_code": "841"}, "Another college has this state code."),
        ({"name": ""}, "Enter the college’s name."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_added(office, wrong, said):
    office.post(NEW, PORT | {"mis_code": "841"})
    page = office.post(NEW, PORT | wrong)
    assert said in page.text and College.objects.count() == 1


def test_a_change_is_on_record_and_two_people_overwrite_nothing(office):
    college = CollegeFactory(name="Port Harbor College", short_name="Port", place="Pier 1")
    seen = re.search(r'name="seen" value="([^"]+)"', office.get(page_of(college)).text)[1]
    office.post(page_of(college), PORT | {"district": "Harbor District", "seen": seen})
    office.post(page_of(college), PORT | {"place": "Pier 2", "seen": seen})
    college.refresh_from_db()
    assert (college.short_name, college.district, college.place) == ("Port Harbor", "Harbor District", "Pier 1")
    assert Event.objects.get(action="college.change").changes["fields"] == ["district", "mis_code", "short_name"]


def test_the_office_names_who_signs_reminders_and_takes_it_back(office):
    college = CollegeFactory(**PORT | {"mis_code": None, "code": "port"})
    advisor = UserFactory(advisor=college, full_name="Adaeze Okafor")
    elsewhere = UserFactory(advisor=CollegeFactory(), full_name="Omar Diaz")
    assert "Adaeze Okafor" in office.get(page_of(college)).text and "Omar Diaz" not in office.get(page_of(college)).text

    assert office.post(page_of(college), PORT | {"named_advisor": elsewhere.code}).status_code == 200
    with pytest.raises(RuleViolation) as caught:
        actions.change(college, {"named_advisor": elsewhere}, seen="", by=elsewhere)
    assert caught.value.code == "not_an_advisor"
    for _twice in range(2):
        office.post(page_of(college), PORT | {"named_advisor": advisor.code})
    assert College.objects.get(pk=college.pk).named_advisor == advisor
    assert [event.action for event in Event.objects.all()] == ["college.change"]
    assert "Adaeze Okafor" in office.get(LIST).text

    User.objects.filter(pk=advisor.pk).update(is_active=False)
    assert "Adaeze Okafor" not in office.get(LIST).text  # the exchange team signs
    office.post(page_of(college), PORT)
    assert College.objects.get(pk=college.pk).named_advisor is None


def test_one_that_is_needed_stays_and_one_that_was_removed_does_not_come_back(office):
    reference.load()
    used, unused = College.objects.filter(code__in=("mission", "pierce")).order_by("code")
    ApplicationFactory(college=used)
    page = office.post(reverse("travel:college-remove", args=[used.code]), follow=True)
    assert "can’t be removed: it has applications" in page.text
    page = office.post(reverse("travel:college-remove", args=[unused.code]), follow=True)
    assert f"{unused.name} was removed." in page.text

    assert reference.load()["removed"] == 1
    assert set(College.objects.filter(code__in=("mission", "pierce"))) == {used}


def test_without_colleges_the_list_says_what_to_do(office):
    assert "Then invite an advisor for each" in office.get(LIST).text


@pytest.mark.parametrize("role", ["advisor", "director"])
def test_only_the_office_writes_them(sign_in, role):
    before = UserFactory(**{role: True})
    colleges = College.objects.count()
    assert sign_in(before).post(NEW, PORT).status_code == 403
    assert College.objects.count() == colleges
