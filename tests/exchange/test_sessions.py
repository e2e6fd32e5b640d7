"""How long a sign-in lasts."""

import pytest
from django.conf import settings

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
