"""How long a sign-in lasts."""

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from exchange.tasks import clear_sessions
from tests.factories import UserFactory
from tests.signing import ask_for_code, code_for, type_code

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("traits", "seconds"),
    [({}, settings.SESSION_COOKIE_AGE), ({"coordinator": True}, settings.STAFF_SESSION_AGE)],
)
def test_a_students_phone_stays_signed_in_and_a_staff_desk_a_working_day(client, traits, seconds):
    user = UserFactory(**traits)
    ask_for_code(client, user.email)
    type_code(client, code_for(user.email))
    assert client.session.get_expiry_age() == seconds


def test_sessions_that_ended_are_cleared_and_no_others():
    ended, running = SessionStore(), SessionStore()
    ended.set_expiry(-60)
    for session in (ended, running):
        session["put_aside"] = "words"
        session.save()

    clear_sessions()

    assert [session.session_key for session in Session.objects.all()] == [running.session_key]
