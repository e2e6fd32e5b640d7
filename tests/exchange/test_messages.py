"""A message is a row of the change that caused it, sent once after commit, in its receiver's language."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from exchange import messages, tasks
from exchange.celery import app as celery
from exchange.models import Message
from tests.factories import UserFactory

TEMPLATE = "exchange/account_changed"


@pytest.fixture(autouse=True)
def locmem_mail(settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    mail.outbox = []


def queue(to, **kwargs):
    with transaction.atomic():
        return messages.queue(TEMPLATE, to=to, context={"what": "A passkey was added."}, **kwargs)


@pytest.mark.django_db
def test_message_goes_out_after_commit(django_capture_on_commit_callbacks):
    user = UserFactory(email="ana@example.edu")

    with django_capture_on_commit_callbacks(execute=True):
        queue(user)
        assert mail.outbox == []

    assert [(m.to, m.subject) for m in mail.outbox] == [(["ana@example.edu"], "Your account was changed")]
    assert mail.outbox[0].alternatives[0].mimetype == "text/html"
    message = Message.objects.get()
    assert message.sent_at
    assert (message.attempts, message.error) == (1, "")


@pytest.mark.django_db(transaction=True)
def test_message_of_a_change_that_failed_does_not_exist():
    user = UserFactory()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(user)
        raise ZeroDivisionError
    assert not Message.objects.exists()
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_queue_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        messages.queue(TEMPLATE, to=UserFactory())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("traits", "channels"),
    [
        ({}, ["email"]),
        ({"by_phone": True}, ["text"]),
        ({"phone": "+12135550134"}, ["email"]),
        ({"phone": "+12135550134", "phone_verified_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC)}, ["email", "text"]),
    ],
)
def test_message_goes_where_the_person_can_be_reached(traits, channels):
    assert [message.channel for message in queue(UserFactory(**traits))] == channels


@pytest.mark.django_db
def test_message_to_one_address_goes_nowhere_else():
    user = UserFactory(by_phone=True, phone="+12135550134", email="ana@example.edu")

    sent = queue(user, address="new@example.com")

    assert [(m.channel, m.address, m.recipient) for m in sent] == [("email", "new@example.com", user)]


@pytest.mark.django_db
def test_guest_needs_no_account():
    sent = queue(messages.Guest(email="referee@example.edu", language="es"))
    assert [(m.address, m.recipient, m.language) for m in sent] == [("referee@example.edu", None, "es")]
    sent = queue(messages.Guest(phone="+12135550134"))
    assert [(m.channel, m.address) for m in sent] == [("text", "+12135550134")]


@pytest.mark.django_db
def test_message_is_in_the_language_of_its_receiver():
    (english,), (spanish,) = queue(UserFactory(language="en")), queue(UserFactory(language="es"))
    assert '<html lang="en">' in english.html
    assert '<html lang="es">' in spanish.html


@pytest.mark.django_db
def test_message_is_delivered_once():
    (message,) = queue(UserFactory())

    assert messages.deliver(message.pk) is True
    assert messages.deliver(message.pk) is False

    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_claimed_message_is_left_to_its_worker_until_the_claim_is_old():
    (message,) = queue(UserFactory())
    Message.objects.update(claimed_at=timezone.now())
    assert messages.deliver(message.pk) is False

    Message.objects.update(claimed_at=timezone.now() - messages.CLAIM_LASTS - dt.timedelta(seconds=1))
    assert messages.deliver(message.pk) is True


@pytest.mark.django_db
def test_unreachable_server_leaves_the_message_waiting_with_the_reason(settings):
    settings.TEXT_BACKEND = "tests.exchange.test_messages.unreachable"
    (message,) = queue(UserFactory(by_phone=True))

    with pytest.raises(smtplib.SMTPServerDisconnected):
        messages.deliver(message.pk)

    message.refresh_from_db()
    assert (message.sent_at, message.claimed_at, message.attempts, message.error) == (None, None, 1, "gone away")
    assert list(Message.objects.waiting()) == [message]


def unreachable(number, body):
    raise smtplib.SMTPServerDisconnected("gone away")


@pytest.mark.django_db
def test_task_gives_up_after_its_last_try(settings, monkeypatch):
    monkeypatch.setitem(celery.conf, "task_eager_propagates", False)  # retries run inline, the last one ends them
    settings.TEXT_BACKEND = "tests.exchange.test_messages.unreachable"
    (message,) = queue(UserFactory(by_phone=True))

    tasks.deliver_message.apply(kwargs={"message_id": message.pk}, throw=False)

    message.refresh_from_db()
    assert message.attempts == tasks.deliver_message.max_retries + 1
    assert message.failed_at
    assert not Message.objects.waiting().exists()


@pytest.mark.django_db
def test_sweep_sends_what_no_task_has_taken():
    lost, fresh, sent = (queue(UserFactory())[0] for _n in range(3))
    minutes_ago = timezone.now() - dt.timedelta(minutes=5)
    Message.objects.exclude(pk=fresh.pk).update(queued_at=minutes_ago)
    messages.deliver(sent.pk)

    assert messages.deliver_waiting() == 1

    assert len(mail.outbox) == 2
    lost.refresh_from_db()
    fresh.refresh_from_db()
    assert lost.sent_at
    assert fresh.sent_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(("is_demo", "is_kept"), [(True, True), (False, False)])
def test_secret_is_emptied_once_sent_outside_the_demo(settings, is_demo, is_kept):
    settings.DEMO = is_demo
    (message,) = queue(UserFactory(), is_secret=True)

    messages.deliver(message.pk)

    message.refresh_from_db()
    assert bool(message.body) is is_kept
    assert bool(message.html) is is_kept
    assert "A passkey was added." in mail.outbox[0].body
