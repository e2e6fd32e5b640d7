"""The warning before a session ends: what pages are told, and who may stay."""

import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse

from exchange.models import Event
from exchange.people.account import events as account_events
from exchange.web import proofs, session_ends
from tests.exchange.people.test_sessions import DAY, HOUR, MINUTE, entered, later
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

STAY = "account-stay"
BY_ITSELF = {"X-By-Itself": "yes"}


def left(client):
    return client.get(reverse(STAY), headers=BY_ITSELF).json()


def warning(client):
    return "data-session-seconds" in client.get(reverse("account-detail")).text


@pytest.mark.parametrize(
    ("traits", "typed", "is_warned"),
    [({}, {}, False), ({}, {"shared": "on"}, True), ({"coordinator": True}, {}, True)],
    ids=["a student's phone", "a shared device", "staff"],
)
def test_page_carries_the_warning_where_the_end_is_near(client, traits, typed, is_warned):
    assert warning(entered(client, UserFactory(**traits), **typed)) == is_warned


def test_student_is_warned_on_the_last_day(client):
    entered(client, UserFactory())
    for _week in range(8):
        client.get(reverse("account-detail"))
        later(client, 7 * DAY)
    assert not warning(client)

    assert warning(later(client, 3 * DAY + 12 * HOUR))


def test_asking_how_long_is_left_is_no_use(client):
    entered(client, UserFactory(), shared="on")

    assert left(later(client, 10 * MINUTE)) == {"why": "idle", "seconds": pytest.approx(5 * MINUTE, abs=5)}
    assert left(client)["seconds"] == pytest.approx(5 * MINUTE, abs=5)
    assert client.get(reverse(STAY), headers=BY_ITSELF).status_code == 200
    assert left(later(client, 4 * MINUTE))["seconds"] == pytest.approx(MINUTE, abs=5)


def test_a_page_that_asks_by_itself_does_not_keep_the_session(client):
    entered(client, UserFactory(), shared="on")
    for _turn in range(3):
        answer = later(client, 6 * MINUTE).get(reverse("account-detail"), headers=BY_ITSELF)

    assert answer.status_code == 302


def test_one_press_keeps_a_shared_devices_session(client):
    entered(client, UserFactory(), shared="on")

    answer = later(client, 14 * MINUTE).post(reverse(STAY), headers=BY_ITSELF)

    assert answer.json() == {"why": "idle", "seconds": pytest.approx(15 * MINUTE, abs=5)}
    assert left(later(client, 14 * MINUTE))["seconds"] > 0


def test_a_press_too_late_keeps_nothing(client):
    entered(client, UserFactory(), shared="on")

    assert later(client, 16 * MINUTE).post(reverse(STAY), headers=BY_ITSELF).status_code == 302


def test_staff_stay_only_after_a_fresh_proof(client):
    coordinator = UserFactory(coordinator=True)
    later(entered(client, coordinator), 12 * HOUR - MINUTE)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        each | {"at": each["at"] - 11 * HOUR} for each in session[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    session.save()
    end = session[session_ends.ENDS]["at"]

    answer = client.post(reverse(STAY))

    assert answer.status_code == 302 and "reauthenticate" in answer.headers["Location"]
    assert client.session[session_ends.ENDS]["at"] == end
    session = client.session
    session[proofs.SIGNED_IN_AT] = time.time()  # as after a proof
    session.save()
    page = client.post(reverse(STAY))

    assert "You’re still signed in" in page.text
    assert client.post(reverse(STAY)).status_code == 200  # pressed twice, and told once in the log
    assert client.session[session_ends.ENDS]["at"] == pytest.approx(time.time() + 12 * HOUR, abs=5)
    assert client.session.get_expiry_age() == pytest.approx(12 * HOUR, abs=5)
    assert Event.objects.filter(action=account_events.SESSION_EXTENDED, target_id=str(coordinator.pk)).count() == 1
    assert "Stayed signed in" in client.get(reverse("account-history")).text


def test_a_shared_device_still_forgets_with_its_browser(client):
    later(entered(client, UserFactory(coordinator=True), shared="on"), 0)
    session = client.session
    session[session_ends.ENDS] |= {"at": time.time() + MINUTE}
    session.save()

    client.post(reverse(STAY))

    assert client.session[session_ends.ENDS]["at"] > time.time() + 11 * HOUR
    assert client.session.get_expire_at_browser_close()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(client, method):
    entered(client, UserFactory(), shared="on")

    assert client.generic(method, reverse(STAY)).status_code == 405


def test_a_visitor_is_told_nothing_about_sessions(client):
    for answer in (client.get(reverse(STAY)), client.post(reverse(STAY))):
        assert answer.status_code == 302 and answer.headers["Location"].startswith(reverse("account_login"))


def test_somebody_who_pressed_too_late_lands_on_a_page_after_signing_in(client):
    entered(client, UserFactory(), shared="on")

    assert client.get(reverse(STAY), follow=True).redirect_chain == [(reverse("account-detail"), 302)]
