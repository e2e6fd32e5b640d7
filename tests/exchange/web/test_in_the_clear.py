"""Without TLS, a page leads to its secure address, and what sends data is refused, because a redirect would hide it."""

import pytest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import override_settings

from exchange.web.middleware import InTheClearMiddleware


@pytest.fixture
def portal():
    with override_settings(SECURE_SSL_REDIRECT=True, SITE_URL="https://exchange.example.gov"):
        yield InTheClearMiddleware(SecurityMiddleware(lambda request: HttpResponse("taken")))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_data_that_came_in_the_clear_is_refused(portal, rf, method):
    answer = portal(getattr(rf, method)("/applications/ABCD2345/save/", {"purpose": "private"}))
    assert (answer.status_code, answer.text) == (
        403,
        "Send this to https://exchange.example.gov: what you sent could be read on its way here.\n",
    )


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_page_leads_to_its_secure_address(portal, rf, method):
    answer = portal(getattr(rf, method)("/help/"))
    assert (answer.status_code, answer.url) == (301, "https://testserver/help/")


def test_what_came_by_tls_is_taken(portal, rf):
    assert portal(rf.post("/help/", secure=True)).text == "taken"


def test_a_portal_without_https_takes_everything(rf):
    with override_settings(SECURE_SSL_REDIRECT=False):
        assert InTheClearMiddleware(lambda request: HttpResponse("taken"))(rf.post("/help/")).text == "taken"
