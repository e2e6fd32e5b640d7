"""What is said about an address before somebody is invited."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from applications.models import ReaderProfile
from exchange.models import Invitation
from exchange.people.roles import comparing
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory

pytestmark = pytest.mark.django_db

ADDRESS = "ana@example.edu"


@pytest.fixture
def harbor():
    return CollegeFactory(name="Harbor College", short_name="Harbor", code="harbor")


@pytest.fixture
def pierce():
    return CollegeFactory(name="Pierce College", short_name="Pierce", code="pierce")


def invitation(kind="advisor", college=None, email=ADDRESS, days=3):
    ends = timezone.now() + dt.timedelta(days=days)
    return Invitation.objects.create(kind=kind, college=college, email=email, expires_at=ends)


def said(kind="advisor", college=None, email=ADDRESS):
    return [(each.key, each.stops) for each in comparing.look(email, kind, college)]


def test_nothing_is_said_of_an_address_that_nobody_has(harbor):
    assert said(college=harbor) == []
    assert comparing.fingerprint([], ADDRESS) == ""


def test_a_closed_account_stops_it_and_is_linked(harbor):
    ana = UserFactory(email=ADDRESS, full_name="Ana Solis", is_active=False)
    (remark,) = comparing.look(" Ana@Example.EDU ", "advisor", harbor)
    assert (remark.key, remark.stops, remark.href) == (
        "closed_account",
        True,
        reverse("person-detail", args=[ana.code]),
    )
    assert str(ana) in remark.text and str(ana) in remark.link


def test_who_has_the_role_is_not_invited_to_it(harbor, pierce):
    UserFactory(email=ADDRESS, advisor=harbor)
    assert said(college=harbor) == [("has_it", True)]
    assert said(college=pierce) == [("elsewhere", False)]
    assert said("director") == []


def test_who_reads_already_is_not_invited_to_read():
    ReaderProfile.objects.create(user=UserFactory(email=ADDRESS))
    UserFactory(email="ben@example.edu", coordinator=True)
    assert said("reader") == said("reader", email="ben@example.edu") == [("has_it", True)]


def test_a_student_with_an_application_is_asked_about(harbor):
    ApplicationFactory(student=UserFactory(email=ADDRESS), submitted=True)
    assert said(college=harbor) == [("student", False)]


def test_an_advisor_elsewhere_can_be_moved(harbor, pierce):
    ana = UserFactory(email=ADDRESS, advisor=pierce, full_name="Ana Solis")
    (remark,) = comparing.look(ADDRESS, "advisor", harbor)
    assert remark.href == reverse("role-move", args=[ana.code, "pierce"]) + "?to=harbor"
    assert "Harbor" in remark.link and "Pierce" in remark.text and not remark.stops


def test_another_address_of_the_same_account_counts(harbor):
    ana = UserFactory(email=ADDRESS, advisor=harbor)
    EmailAddress.objects.create(user=ana, email="a.solis@example.edu", verified=True)
    EmailAddress.objects.create(user=ana, email="typo@example.edu", verified=False)
    UserFactory(email="ben@example.edu")
    assert comparing.account_of("A.Solis@example.edu") == comparing.account_of(ADDRESS) == ana
    assert comparing.account_of("typo@example.edu") is None
    assert comparing.addresses_of(ana, ADDRESS) == {ADDRESS, "a.solis@example.edu"}
    assert comparing.addresses_of(None, ADDRESS) == {ADDRESS}
    assert said(college=harbor, email="a.solis@example.edu") == [("has_it", True)]


def test_what_stops_it_comes_first_and_what_expired_is_not_said(harbor, pierce):
    UserFactory(email=ADDRESS, advisor=CollegeFactory())
    again = invitation(college=harbor)
    elsewhere = invitation(college=pierce)
    invitation(college=CollegeFactory(), days=-1)
    invitation("director")
    assert said(college=harbor) == [("already_invited", True), ("elsewhere", False), ("elsewhere", False)]
    stops, _advises, invited = comparing.look(ADDRESS, "advisor", harbor)
    assert stops.again == again and stops.href == again.get_absolute_url()
    assert invited.href == elsewhere.get_absolute_url() and "Pierce" in invited.text and invited.again is None


def test_what_was_meant_holds_for_this_address_and_these_remarks(harbor, pierce):
    UserFactory(email=ADDRESS, advisor=pierce)
    remarks = comparing.look(ADDRESS, "advisor", harbor)
    meant = comparing.fingerprint(remarks, ADDRESS)
    assert meant == comparing.fingerprint(remarks, f" {ADDRESS.upper()} ")
    assert meant != comparing.fingerprint(remarks, "ben@example.edu")
    invitation(college=pierce)
    assert meant != comparing.fingerprint(comparing.look(ADDRESS, "advisor", harbor), ADDRESS)
