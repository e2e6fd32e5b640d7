"""A page's language: the cookie, the browser, the account, and the switch that returns to the same page."""

import pytest
from django.urls import reverse

from exchange.models import Event
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def switch(client, language, place="/"):
    return client.post(reverse("set-language"), {"language": language, "next": place})


@pytest.mark.parametrize(("browser", "language"), [("es-MX,es;q=0.9", "es"), ("en-US", "en"), ("ko", "en")])
def test_first_page_comes_in_the_language_of_the_browser(client, browser, language):
    page = client.get(reverse("account_login"), headers={"Accept-Language": browser})

    assert f'<html lang="{language}"' in page.text
    assert page.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(page.headers["Vary"].split(", "))


def test_switch_keeps_the_place_and_holds_for_later_pages(client):
    response = switch(client, "es", place="/account/signup/?next=/cycles/")

    assert response.url == "/account/signup/?next=/cycles/"
    assert '<html lang="es"' in client.get(reverse("account_login")).text


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_switch_never_leads_away_from_the_site(client, place):
    assert switch(client, "es", place=place).url == reverse("home")


def test_switch_refuses_get_and_unknown_languages(client):
    assert client.get(reverse("set-language")).status_code == 405
    assert switch(client, "xx").status_code == 404


def test_switch_stays_with_the_account(sign_in):
    user = UserFactory(language="en")

    switch(sign_in(user), "es")

    user.refresh_from_db()
    assert user.language == "es"
    assert Event.objects.get(action="person.set_language").by == user


def test_switch_to_the_same_language_records_nothing(sign_in):
    switch(sign_in(UserFactory(language="es")), "es")

    assert not Event.objects.exists()
