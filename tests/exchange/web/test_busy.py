"""A page whose statement PostgreSQL ended says that the site is busy, and the form can be sent again."""

import contextlib
import json

import pytest
from django.db import connection, connections
from django.urls import reverse

from applications.models import Answer
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def test_save_that_waits_too_long_for_a_row_is_answered_and_can_be_sent_again(impatient, sign_in):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    client = sign_in(application.student)
    change = {"key": "story_why", "device": "d1", "number": 1, "seen": {}, "typed_at": 0}
    body = json.dumps({"now": 0, "changes": [change | {"fields": {"story_why": "Bus 42"}}]})
    path = reverse("applications:application-save", kwargs={"code": application.code})

    with contextlib.closing(connections.create_connection("default")) as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM applications_application FOR UPDATE")
        response = client.post(path, body, content_type="application/json")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert b"The site is busy" in response.content
    assert not Answer.objects.exists()
    assert client.post(path, body, content_type="application/json").status_code == 200
    assert Answer.objects.get().value == "Bus 42"
