"""A busy machine asks phones to save less often, by how long a save waited; it's saved all the same."""

import json
import time

import pytest
from django.test import RequestFactory

from applications.models import Answer
from exchange.web import pace
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts


@pytest.mark.parametrize(
    ("seconds", "pause"), [(0, 0), (0.24, 0), (0.25, 5), (0.5, 10), (1.01, 21), (3, 60), (600, 60)]
)
def test_the_longer_it_waited_the_longer_the_pause(seconds, pause):
    assert pace.pause_after(seconds) == pause


@pytest.mark.parametrize(
    "noted", ["", "t=", "t=yesterday", "t=1.5", "1764616000.000", "t=1764616000.000\0", "t=9999999999.000"]
)
def test_what_no_proxy_noted_or_one_whose_clock_is_ahead_is_no_wait(noted):
    assert pace.waited(RequestFactory().get("/", headers={"X-Request-Start": noted})) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("waited", "pause"), [(-5, None), (60, "60")])
def test_a_save_that_waited_is_saved_and_asks_for_a_pause(sign_in, waited, pause):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True))
    change = {"key": "story_why", "device": "d1", "number": 1, "seen": {}, "typed_at": 0}
    body = json.dumps({"now": 0, "changes": [change | {"fields": {"story_why": "Bus 42"}}]})

    answer = sign_in(application.student).post(
        f"/applications/{application.code}/save/",
        body,
        content_type="application/json",
        headers={"X-Request-Start": f"t={time.time() - waited:.3f}"},
    )

    assert answer.headers.get("Retry-After") == pause
    assert (answer.status_code, Answer.objects.get().value) == (200, "Bus 42")
