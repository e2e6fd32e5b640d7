"""Sign-in pages that were open too long: plain words, the address still filled in, and the way on to the next page."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Thread
from tests.factories import UserFactory
from tests.factories_applications import application_facts
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


def test_words_sent_after_the_session_ended_stay_on_the_page_and_go_once_signed_in(strict):
    """As in a browser: signed in in another tab, then sent again with a token that is old by then."""
    application_facts()
    student = UserFactory()
    address = f"{reverse('applications:thread-new')}?cycle=x"
    words = {"addressee": "office", "body": 'Can I bring <my> "brother"?\nHe is 16.'}
    strict.get(reverse("account_login"))

    answer = strict.post(address, words | {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value})
    assert answer.status_code == 401 and "no-store" in answer.headers["Cache-Control"]
    assert not Thread.objects.exists()
    strict.force_login(student)
    strict.cookies["csrftoken"] = "c" * 32  # signing in makes a new token
    for _tap in range(2):
        action, fields = form_to_send_again(answer.text)
        assert action == address
        answer = strict.post(action, fields)

    thread = Thread.objects.get()
    assert answer.url == thread.get_absolute_url()
    assert thread.notes.get().body == words["body"]


def form_to_send_again(page: str) -> tuple[str, dict[str, str]]:
    main = page.partition("<main")[2]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main))
    action = re.search(r'<form method="post" action="([^"]+)">', main)[1]
    return unescape(action), {name: unescape(value) for name, value in fields.items()}


def test_a_button_pressed_after_the_session_ended_leads_to_signing_in(client):
    assert client.post(reverse("applications:help-begin")).url.startswith(reverse("account_login"))


def test_a_code_page_without_its_session_still_knows_where_one_was_going(client):
    answer = client.post(reverse("account_confirm_login_code"), {"code": "123456", "next": GOING}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fcycles%2F"
    assert "That code no longer works" in answer.text


def test_a_page_for_a_new_address_without_its_session_says_so(client):
    answer = client.get(reverse("account_email_verification_sent"), {"next": GOING}, follow=True)
    assert answer.redirect_chain == [(f"{reverse('account_login')}?next=%2Fcycles%2F", 302)]
    assert "Sign in again to get a new code." in answer.text


def test_the_code_page_opened_once_more_after_signing_in_just_goes_on(client):
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    type_code(client, code_for("ana@example.edu"))

    answer = client.get(reverse("account_confirm_login_code"), {"next": GOING}, follow=True)

    assert answer.redirect_chain == [(GOING, 302)] and "no longer works" not in answer.text


def test_a_good_page_for_a_new_address_is_as_before(client):
    sign_up(client, "nadia@example.edu")
    page = client.get(reverse("account_email_verification_sent"))
    assert page.status_code == 200 and "Enter the code" in page.text


def test_elsewhere_the_page_that_sent_it_is_one_tap_away(strict):
    answer = strict.post(reverse("set-language"), {"language": "es"}, HTTP_REFERER="http://testserver/cycles/?a=1")
    assert 'href="/cycles/?a=1"' in answer.text
    other = Client(enforce_csrf_checks=True)
    answer = other.post(reverse("set-language"), {"language": "es"}, HTTP_REFERER="https://evil.example/")
    assert "evil.example" not in answer.text and "Go to your home page" in answer.text
