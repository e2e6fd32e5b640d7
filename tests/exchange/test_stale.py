"""Pages on the way in that were open too long: plain words, the address still there, and on to where one was going."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, sign_up, type_code

pytestmark = pytest.mark.django_db
GOING = "/cycles/"


@pytest.fixture
def strict():
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("name", "field", "begins"),
    [
        ("account_login", "login", "account_login"),
        ("account_signup", "contact", "account_signup"),
        ("account_confirm_login_code", "code", "account_login"),
    ],
)
@pytest.mark.parametrize("has_cookie", [True, False])
def test_an_old_form_on_the_way_in_leads_to_the_beginning_and_on(strict, name, field, begins, has_cookie):
    if has_cookie:
        strict.get(reverse("account_login"))
    typed = {"csrfmiddlewaretoken": "x" * 64, field: "ana@example.edu", "next": GOING}

    answer = strict.post(reverse(name), typed)

    assert answer.status_code == 403 and "This page was open too long" in answer.text
    href = re.search(r'href="([^"]+\?next=[^"]+)"', answer.text)[1]
    assert href == f"{reverse(begins)}?next=%2Fcycles%2F"
    assert ('value="ana@example.edu"' in strict.get(href).text) is (field != "code")


def test_an_address_from_another_site_is_not_kept(strict):
    typed = {"login": "eve@example.edu", "next": "https://evil.example/"}
    answer = strict.post(reverse("account_login"), typed, HTTP_ORIGIN="https://evil.example")
    assert answer.status_code == 403 and "evil.example" not in answer.text
    assert "eve@example.edu" not in strict.get(reverse("account_login")).text


def test_a_code_page_without_its_session_still_knows_where_one_was_going(client):
    answer = client.post(reverse("account_confirm_login_code"), {"code": "123456", "next": GOING}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fcycles%2F"
    assert "That code no longer works" in answer.text


def test_a_page_for_a_new_address_without_its_session_says_so(client):
    answer = client.get(reverse("account_email_verification_sent"), {"next": GOING}, follow=True)
    assert answer.redirect_chain == [(f"{reverse('account_login')}?next=%2Fcycles%2F", 302)]
    assert "Sign in, and you get a new code." in answer.text


def test_the_code_page_opened_once_more_after_signing_in_just_goes_on(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    type_code(client, code_for("ana@example.edu"))

    answer = client.get(reverse("account_confirm_login_code"), {"next": GOING}, follow=True)

    assert answer.redirect_chain == [(GOING, 302)] and "no longer works" not in answer.text


def test_a_good_page_for_a_new_address_is_as_before(client):
    sign_up(client, "nadia@example.edu")
    page = client.get(reverse("account_email_verification_sent"))
    assert page.status_code == 200 and "Type the code" in page.text


def test_elsewhere_the_page_that_sent_it_is_one_tap_away(strict):
    answer = strict.post(reverse("set-language"), {"language": "es"}, HTTP_REFERER="http://testserver/cycles/?a=1")
    assert 'href="/cycles/?a=1"' in answer.text
    other = Client(enforce_csrf_checks=True)
    answer = other.post(reverse("set-language"), {"language": "es"}, HTTP_REFERER="https://evil.example/")
    assert "evil.example" not in answer.text and "Go to your first page" in answer.text
