"""A shared computer warns before it signs out, and what was typed stays on the page."""

import time

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from exchange.models import User
from exchange.web import proofs, session_ends
from tests.factories import UserFactory
from tests.journeys.phone import Phones

pytestmark = pytest.mark.browser

IDLE = 900


@pytest.fixture
def office(live_server, transactional_db, settings):
    settings.SITE_URL = live_server.url
    return UserFactory(full_name="Nadia Bell")


def ends_in(phone, seconds):
    """The session of this browser is left unused for so long that it ends in so many seconds."""
    (cookie,) = [each for each in phone.page.context.cookies() if each["name"] == "sessionid"]
    session = SessionStore(cookie["value"])
    now = time.time()
    session[session_ends.ENDS] = {"at": now + 10 * 3600, "idle": IDLE}
    session[session_ends.SEEN] = now - IDLE + seconds
    session[proofs.SIGNED_IN_AT] = now
    session.save()


def come_back(phone, seconds):
    """Somebody opens the machine again after it slept for a while; the session has so many seconds left."""
    ends_in(phone, seconds)
    phone.page.evaluate("() => { const at = Date.now() + 1e6; Date.now = () => at; }")
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize(
    ("language", "soon", "over"),
    [("en", "Stay signed in?", "You’re signed out"), ("es", "¿Seguir con", "Se cerró tu sesión")],
)
def test_a_shared_computer_warns_and_what_was_typed_stays(browser, live_server, office, language, soon, over):
    with Phones(browser, live_server.url, language) as phones:
        phone = phones.open(office)
        dialog, name = phone.page.locator("dialog"), phone.page.locator("[name=full_name]")
        ends_in(phone, IDLE)
        phone.go(reverse("account-edit")).fill(full_name="Nadia Bell Ortiz")
        phone.page.wait_for_load_state("networkidle")  # scripts come after the first paint
        assert not dialog.is_visible()

        come_back(phone, session_ends.WARNED - 10)
        dialog.wait_for(state="visible")
        phone.look()
        assert soon in dialog.inner_text()
        dialog.locator("button[type=submit]").click()
        dialog.wait_for(state="hidden")
        assert name.input_value() == "Nadia Bell Ortiz"
        assert name.evaluate("field => field === document.activeElement")

        come_back(phone, session_ends.WARNED - 20)
        dialog.wait_for(state="visible")
        come_back(phone, -1)
        dialog.get_by_text(over).wait_for()
        phone.look()
        dialog.locator("[name=back]").click()
        assert name.input_value() == "Nadia Bell Ortiz"
        assert User.objects.get(pk=office.pk).full_name == "Nadia Bell"
