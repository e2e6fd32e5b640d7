"""The contact page is open to everybody and linked in each page's footer."""

import pytest
from django.urls import reverse

from exchange import checks
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db
CONTACT = reverse("contact")


def test_a_visitor_finds_the_office_and_the_advisor_of_the_college(client, settings):
    settings.OFFICE_EMAIL, settings.OFFICE_PHONE = "abroad@example.gov", "+1 213 555 0148"
    college = CollegeFactory()
    college.named_advisor = UserFactory(advisor=college, email="ada@example.edu")
    college.save()
    nobody = CollegeFactory()

    page = client.get(CONTACT).text

    assert 'href="mailto:abroad@example.gov"' in page and 'href="tel:+12135550148"' in page
    assert college.name in page and 'href="mailto:ada@example.edu"' in page
    assert nobody.name not in page and reverse("applications:thread-list") not in page


def test_an_advisor_who_left_is_not_named(client):
    college = CollegeFactory()
    college.named_advisor = UserFactory(advisor=college, is_active=False)
    college.save()
    assert college.name not in client.get(CONTACT).text


def test_without_a_phone_none_is_shown(client, settings):
    settings.OFFICE_PHONE = ""
    assert "tel:" not in client.get(CONTACT).text


def test_a_phone_that_is_none_stops_the_start(settings):
    settings.OFFICE_PHONE = "ask for Ana"
    assert [each.id for each in checks.office_can_be_called(None)] == ["exchange.E006"]


def test_a_student_can_ask_on_the_pages(client):
    client.force_login(UserFactory())
    assert reverse("applications:thread-list") in client.get(CONTACT).text


@pytest.mark.parametrize("address", ["home", "account_login", "applications:cycle-list"])
def test_every_page_leads_there_from_its_foot(client, address):
    assert f'href="{CONTACT}"' in client.get(reverse(address)).text.split("<footer")[1]
