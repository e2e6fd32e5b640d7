"""The lines of the log: what they have, what they never have, and that a task has the number of its request."""

import json
import logging
import sys
from urllib.parse import quote

import pytest
from celery import shared_task
from django.conf import settings
from django.core import signing
from django.db import IntegrityError
from django.urls import reverse
from structlog import contextvars

from exchange.base import links, logs
from exchange.messages import outbox
from tests.factories import UserFactory

AS_JSON = logs.formatter(as_json=True)
AS_WORDS = logs.formatter(as_json=False)
NUMBER = "0123456789abcdef" * 2


def record(text="Saved %s", *args, exc_info=None, **extra):
    made = logging.LogRecord("exchange.test", logging.WARNING, "x.py", 7, text, args or ("7",), exc_info)
    made.created, made.msecs = 1_800_000_000.25, 250
    vars(made).update(extra)
    return made


@pytest.fixture(autouse=True)
def nothing_bound():
    contextvars.clear_contextvars()
    yield
    contextvars.clear_contextvars()


def raised(error):
    try:
        raise error
    except type(error):
        return sys.exc_info()


def test_a_line_is_json_with_the_request_it_belongs_to():
    contextvars.bind_contextvars(request=NUMBER)
    assert json.loads(AS_JSON.format(record(status=200, view="home", secret="no"))) == {
        "time": "2027-01-15T08:00:00.250Z",
        "event": "Saved 7",
        "request": NUMBER,
        "level": "warning",
        "logger": "exchange.test",
        "status": 200,
        "view": "home",
    }


def test_to_read_it_is_a_line_of_words():
    contextvars.bind_contextvars(request="a1")
    line = AS_WORDS.format(record(status=200, person=None))
    assert line.partition(" ")[2] == "WARNING exchange.test Saved 7 request=a1 status=200"


def test_an_error_says_its_kind_and_where_and_never_what_somebody_typed():
    info = raised(IntegrityError("DETAIL: Failing row contains (7, Ana Ruiz, ana@example.edu)."))
    line = json.loads(AS_JSON.format(record("Internal Server Error: %s", "/x/", exc_info=info)))
    assert line["error"] == "django.db.utils.IntegrityError" and "said" not in line
    assert [place.partition(":")[0] for place in line["at"]] == ["tests/exchange/base/test_logs.py"]
    assert "Ana" not in json.dumps(line)
    assert "Ana Ruiz" in AS_WORDS.format(record(exc_info=info))  # the demo's people are made up


def test_an_error_of_a_service_says_which_one_does_not_answer():
    line = json.loads(AS_JSON.format(record(exc_info=raised(ConnectionRefusedError(111, "Connection refused")))))
    assert line["said"] == "[Errno 111] Connection refused"


def test_lines_keep_no_signature_of_a_private_link():
    address = f"/host/{links.sign('test.purpose', 'token')}/rooms/"
    file = f"/files/{signing.dumps(['code', 1])}/"
    for made in (address, file, quote(file)):
        for formatter in (AS_JSON, AS_WORDS):
            said = formatter.format(record("Not Found: %s", made))
            assert "***" in said and made not in said
    hashed = f"/static/{'a' * 50}.0123456789ab.css"
    assert hashed in AS_JSON.format(record(hashed + "%s", ""))


def test_every_line_of_production_is_json():
    [made] = settings.LOGGING["formatters"].values()
    assert made["()"] == "exchange.base.logs.formatter"
    assert {handler.get("formatter") for handler in settings.LOGGING["handlers"].values()} == {"line", None}


@pytest.mark.parametrize(
    ("given", "kept"),
    [(NUMBER, True), ("", False), (NUMBER.upper(), False), (NUMBER + "0", False), ("a@b.example\n{", False)],
)
@pytest.mark.django_db
def test_an_answer_has_the_number_of_its_request(client, caplog, given, kept):
    with caplog.at_level(logging.INFO, "exchange.web.request_log"):
        answer = client.get("/healthz", headers={"X-Request-ID": given})
    number = answer.headers["X-Request-ID"]
    assert (number == given) is kept
    assert len(number) == 32 and int(number, 16) >= 0


@pytest.mark.django_db
def test_each_request_is_one_line_with_the_page_and_the_persons_number(sign_in, caplog):
    person = UserFactory(coordinator=True)
    client = sign_in(person)
    with caplog.at_level(logging.INFO, "exchange.web.request_log"):
        client.get(reverse("applications:application-detail", args=["BCDFGHJK"]), {"q": "Ana"})
        client.get("/no/such/page/")
        client.get("/static/exchange/css/none.css")
    lines = [each for each in caplog.records if each.name == "exchange.web.request_log"]
    assert [(each.view, each.status, each.person, each.method) for each in lines] == [
        ("applications:application-detail", 404, person.pk, "GET"),
        (None, 404, person.pk, "GET"),
        (None, 404, lines[2].person, "GET"),
    ]
    assert "BCDFGHJK" not in AS_JSON.format(lines[0]) and "Ana" not in AS_JSON.format(lines[0])


@shared_task
def told():
    return dict(contextvars.get_contextvars())


def test_a_task_has_the_number_of_what_started_it_and_leaves_none_behind():
    contextvars.bind_contextvars(request=NUMBER)
    here = told.apply(headers={"started_by": "f" * 32}).get()
    assert here == {"request": "f" * 32, "task": told.name}
    assert contextvars.get_contextvars() == {"request": NUMBER}
    contextvars.clear_contextvars()
    alone = told.apply(task_id="12345678-1234-1234-1234-123456789abc").get()
    assert alone["request"] == "12345678123412341234123456789abc"
    assert contextvars.get_contextvars() == {}


def test_what_is_sent_to_a_worker_carries_the_number():
    from exchange.celery import name_request  # noqa: PLC0415 -- the app, once there are settings

    headers = {}
    name_request(headers=headers)
    assert headers == {}
    contextvars.bind_contextvars(request=NUMBER)
    name_request(headers=headers)
    assert headers == {"started_by": NUMBER}


@pytest.mark.django_db
def test_a_line_with_a_name_or_a_code_fails_the_test_that_writes_it(mailoutbox):
    """The search that every test is under (tests/telling.py) finds what it looks for."""
    known = {"code": "481516", "code_minutes": 10}
    outbox.queue("exchange/sign_in_code", to=UserFactory(), context=known, is_secret=True)
    for text in ("Saved by Ana Osei-12", "Code 481516 is wrong", "to ana@example.edu", "call +12135550123"):
        with pytest.raises(AssertionError, match="A line"):
            logging.getLogger("exchange.test").warning(text)
    logging.getLogger("exchange.test").warning("Code 481517, 48151623 and 481516.5")
