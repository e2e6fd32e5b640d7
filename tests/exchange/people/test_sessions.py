"""How long a sign-in lasts."""

import time

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from exchange.models import Fact
from exchange.tasks import clear_sessions
from exchange.web import proofs, session_ends
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, sign_up, signed_in, type_code

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = 60, 3600, 86_400
PAGE = "account-detail"


def entered(client, user, **typed):
    ask_for_code(client, user.email, **typed)
    type_code(client, code_for(user.email))
    return client


def later(client, seconds):
    """The same client, as if its person had signed in, and used it last, so long before."""
    session = client.session
    ends = session[session_ends.ENDS]
    session[session_ends.ENDS] = ends | {"at": ends["at"] - seconds}
    session[session_ends.SEEN] -= seconds
    session[proofs.SIGNED_IN_AT] -= seconds
    session.save()
    return client


def is_in(client):
    return client.get(reverse(PAGE)).status_code == 200


@pytest.mark.parametrize(
    ("traits", "typed", "lasts", "idle"),
    [
        ({}, {}, 60 * DAY, 14 * DAY),
        ({}, {"shared": "on"}, 60 * DAY, 15 * MINUTE),
        ({"coordinator": True}, {}, 12 * HOUR, 0),
        ({"coordinator": True}, {"shared": "on"}, 12 * HOUR, 15 * MINUTE),
    ],
)
def test_session_ends_by_role_and_device(client, traits, typed, lasts, idle):
    entered(client, UserFactory(**traits), **typed)

    assert client.session[session_ends.ENDS]["at"] == pytest.approx(time.time() + lasts, abs=60)
    assert client.session[session_ends.ENDS]["idle"] == idle
    assert client.session.get_expire_at_browser_close() == bool(typed)
    assert typed or client.session.get_expiry_age() == lasts


def test_ends_are_the_facts_of_the_day_of_the_sign_in(client):
    Fact.objects.filter(key="session.student_idle_days").update(value=3)
    entered(client, UserFactory())

    assert client.session[session_ends.ENDS]["idle"] == 3 * DAY


@pytest.mark.parametrize(
    ("traits", "typed", "seconds"),
    [
        ({}, {}, 14 * DAY),
        ({}, {"shared": "on"}, 15 * MINUTE),
        ({"advisor": True}, {}, 12 * HOUR),
    ],
)
def test_page_signs_out_once_its_time_is_over_and_says_so(client, traits, typed, seconds):
    entered(client, UserFactory(**traits), **typed)
    assert is_in(later(client, seconds - MINUTE))

    # the page has just noted that the session is in use: only staff's time goes on
    page = later(client, seconds if not traits else MINUTE).get(reverse(PAGE), follow=True)

    assert page.redirect_chain[0][0].startswith(reverse("account_login"))
    assert "You were signed out to keep your account safe." in page.text
    assert not signed_in(client)


def test_use_keeps_a_students_session_until_its_fixed_end(client):
    entered(client, UserFactory())
    for _week in range(8):
        assert is_in(later(client, 7 * DAY))

    assert not is_in(later(client, 4 * DAY))


def test_what_was_typed_in_a_session_that_is_over_stays_on_the_page(client):
    entered(client, UserFactory(), shared="on")

    answer = later(client, HOUR).post(reverse("account-edit"), {"full_name": "Ana Ruiz Vega"})

    assert answer.status_code == 401
    assert 'value="Ana Ruiz Vega"' in answer.text


def test_choice_of_a_shared_device_counts_for_one_sign_in(client):
    user = UserFactory()
    entered(client, user, shared="on")
    client.post(reverse("account_logout"))

    entered(client, user)

    assert client.session[session_ends.ENDS]["idle"] == 14 * DAY


def test_new_account_can_be_made_on_a_shared_device(client):
    sign_up(client, "nadia@example.edu", shared="on")
    type_code(client, code_for("nadia@example.edu"), "account_email_verification_sent")

    assert client.session[session_ends.ENDS]["idle"] == 15 * MINUTE


def test_session_from_before_sessions_had_ends_is_over(sign_in):
    client = sign_in(UserFactory())
    session = client.session
    del session[proofs.SIGNED_IN_AT]
    session.save()

    assert not is_in(client)


def test_end_of_a_session_costs_no_query(client, django_assert_num_queries, sign_in):
    entered(client, UserFactory())
    other = sign_in(UserFactory())
    with django_assert_num_queries(3) as without:
        other.get(reverse("account-edit"))
    with django_assert_num_queries(len(without)):
        client.get(reverse("account-edit"))


def test_visitor_is_not_told_that_a_sign_in_is_over():
    visitor = Client()
    ask_for_code(visitor, UserFactory().email)

    assert "signed out" not in visitor.get(reverse("account_login")).text
    assert visitor.session.get_expiry_age() <= settings.SESSION_COOKIE_AGE


def test_sessions_that_ended_are_cleared_and_no_others():
    ended, running = SessionStore(), SessionStore()
    ended.set_expiry(-60)
    for session in (ended, running):
        session["put_aside"] = "words"
        session.save()

    clear_sessions()

    assert [session.session_key for session in Session.objects.all()] == [running.session_key]
