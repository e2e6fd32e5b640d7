"""The error page says that somebody was told only if so, and the mail holds nothing that a person typed."""

import logging
import sys

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import reverse
from structlog import contextvars

from exchange.web import error_mail
from exchange.web.views import errors
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory


@pytest.mark.parametrize(("admins", "told"), [([], False), (["dev@example.gov"], True)])
def test_error_page_says_that_somebody_was_told_only_if_so(settings, admins, told):
    settings.ADMINS = admins

    response = errors.server_error(RequestFactory().get("/"))

    page = response.content.decode()
    assert response.status_code == 500
    assert ("We’ve been told about it." in page, "Ya nos avisaron." in page) == (told, told)
    assert "What you saved before is safe." in page
    assert not {"{#", "{%", "{{"} & {page[at : at + 2] for at in range(len(page))}  # it is read, not rendered


def test_whoever_meets_an_error_reads_the_number_that_finds_its_lines():
    contextvars.clear_contextvars()
    assert "this number" not in errors.server_error(RequestFactory().get("/")).content.decode()
    with contextvars.bound_contextvars(request="0123456789abcdef" * 2):
        page = errors.server_error(RequestFactory().get("/")).content.decode()
    assert "give them this number: 01234567</p>" in page and "dale este número: 01234567</p>" in page


@pytest.fixture
def handler(settings, monkeypatch):
    settings.ADMINS = ["dev@example.gov"]

    class Now:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr(error_mail.threading, "Thread", Now)
    return error_mail.ErrorMailHandler()


def record_of(message: str, value: str) -> logging.LogRecord:
    try:
        raise ValueError(f"bad {value}")
    except ValueError:
        return logging.LogRecord("django.request", logging.ERROR, "x.py", 7, message, (value,), sys.exc_info())


def test_error_is_mailed_once_per_place_without_its_values(handler, mailoutbox):
    with contextvars.bound_contextvars(request="a1b2"):
        for _each in range(3):
            handler.handle(record_of("Internal Server Error: %s", "ana@example.edu"))

    [sent] = mailoutbox
    assert sent.to == ["dev@example.gov"]
    assert "ValueError" in sent.body and "test_errors.py" in sent.body
    assert "request a1b2" in sent.body.splitlines()
    assert "ana@example.edu" not in sent.subject + sent.body


def test_all_processes_together_mail_a_kind_once(handler, mailoutbox):
    handler.handle(record_of("Internal Server Error: %s", "x"))
    error_mail.ErrorMailHandler().handle(record_of("Internal Server Error: %s", "x"))
    assert len(mailoutbox) == 1


def test_a_service_that_is_away_is_one_kind_wherever_it_is_asked(handler, mailoutbox):
    def elsewhere():
        raise OperationalError("no connection to db.example.gov")

    def here():
        raise OperationalError("no connection to db.example.gov")

    for fails in (here, elsewhere):
        try:
            fails()
        except OperationalError:
            handler.handle(logging.LogRecord("x", logging.ERROR, "x.py", 7, "failed", (), sys.exc_info()))
    [sent] = mailoutbox
    assert sent.subject == "[exchange] OperationalError" and "db.example.gov" not in sent.body


def test_the_next_mail_says_how_many_were_not_mailed(handler, mailoutbox, monkeypatch):
    for _each in range(4):
        handler.handle(record_of("Internal Server Error: %s", "x"))
    handler._told = {kind: at - error_mail.PAUSE for kind, at in handler._told.items()}
    cache.clear()
    handler.handle(record_of("Internal Server Error: %s", "x"))
    assert "more of this kind" not in mailoutbox[0].body
    assert mailoutbox[1].body.endswith("\n3 more of this kind in this process since the last mail")


def test_nobody_is_mailed_where_nobody_is_named(handler, settings, mailoutbox):
    settings.ADMINS = []

    handler.handle(record_of("Internal Server Error: %s", "x"))

    assert mailoutbox == []


def test_mail_server_that_is_away_makes_no_further_error(handler, monkeypatch):
    monkeypatch.setattr(error_mail.EmailMessage, "send", lambda self: (_ for _ in ()).throw(OSError("away")))

    handler.handle(record_of("Internal Server Error: %s", "x"))


@pytest.mark.django_db
def test_refused_page_is_logged_with_the_person_and_without_their_name(sign_in, caplog):
    person = UserFactory(full_name="Ana Ruiz")
    assert sign_in(person).get(reverse("people-history")).status_code == 403

    assert f"refused to person {person.pk} with 403: {reverse('people-history')}" in caplog.messages
    assert "Ana" not in caplog.text


@pytest.mark.django_db
def test_what_is_hidden_by_404_is_logged_with_the_person_and_a_wrong_address_is_not(sign_in, client, caplog):
    person = UserFactory()
    hidden = reverse("applications:application-detail", args=[ApplicationFactory(submitted=True).code])
    for address in (hidden, "/no/such/page/"):
        assert sign_in(person).get(address).status_code == 404
    assert client.get(hidden).status_code == 302

    refused = [line for line in caplog.messages if line.startswith("refused")]
    assert refused == [f"refused to person {person.pk} with 404: {hidden}"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "There’s nothing to open here"), ("es", "no hay nada que abrir")]
)
def test_an_address_of_a_button_says_so_to_whoever_opens_it(client, db, language, words):
    """As after changing the language of a form that came back with errors, or when a phone opens the tab again."""
    response = client.get(reverse("set-language"), headers={"Accept-Language": language})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert words in response.text and reverse("home") in response.text
