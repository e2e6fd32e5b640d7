"""What a service that collects errors gets: the kind and the place, and nothing that a person typed or is called."""

import json
import logging
import sys

import brotli
import pytest
from structlog import contextvars

from exchange.web import error_tracker

SECRETS = ("ana@example.edu", "Ana Duarte", "0148", "127.0.0.9")


@pytest.fixture
def handler(settings, posted):
    settings.SENTRY_DSN = f"http://key@{posted.address.removeprefix('http://')}/1"
    error_tracker._client.cache_clear()
    yield error_tracker.TrackerHandler()
    error_tracker._client.cache_clear()


def fail(address: str) -> None:
    name = "Ana Duarte"
    raise ValueError(f"{name} can't be reached at {address}, +1 213 555 0148")


def record(message: str = "Internal Server Error: %s") -> logging.LogRecord:
    try:
        fail("ana@example.edu")
    except ValueError:
        found = logging.LogRecord("django.request", logging.ERROR, "x.py", 7, message, ("Ana Duarte",), sys.exc_info())
    found.request = {"REMOTE_ADDR": "127.0.0.9", "body": "ana@example.edu"}  # as Django gives it
    return found


def event_in(body: bytes) -> dict:
    _head, _item, event, *_rest = brotli.decompress(body).split(b"\n")
    return json.loads(event)


def test_an_error_is_sent_by_its_kind_and_place_alone(handler, settings, posted):
    with contextvars.bound_contextvars(request="a1b2"):
        handler.handle(record())
    error_tracker._client(settings.SENTRY_DSN).flush(timeout=10)

    [(path, body)] = posted.got
    text = brotli.decompress(body).decode()
    assert [secret for secret in SECRETS if secret in text] == []
    event = event_in(body)
    [error] = event["exception"]["values"]
    assert (path, error["type"], event["tags"]) == ("/api/1/envelope/", "ValueError", {"request": "a1b2"})
    assert event["logentry"]["message"] == "Internal Server Error: %s"
    last = error["stacktrace"]["frames"][-1]
    assert (last["function"], last["filename"]) == ("fail", "tests/exchange/web/test_error_tracker.py")
    assert set(last) <= {"filename", "function", "lineno", "in_app"}
    assert not {"user", "request", "breadcrumbs", "extra", "modules"} & set(event)


def test_what_was_told_already_and_the_services_own_troubles_are_not_sent(handler, posted, settings):
    known = record()
    known.status_code = 503
    own = record()
    own.name = "sentry_sdk.errors"
    for each in (known, own):
        handler.handle(each)
    address, settings.SENTRY_DSN = settings.SENTRY_DSN, ""
    handler.handle(record())
    error_tracker._client(address).flush(timeout=10)
    assert posted.got == []


def test_a_service_that_is_away_stops_nobody(handler, settings, frozen_port):
    settings.SENTRY_DSN = f"http://key@127.0.0.1:{frozen_port}/1"
    handler.handle(record())
