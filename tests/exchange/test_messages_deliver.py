"""A message is a row written with the change, sent once after commit, and kept as proof."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from exchange import celery_app, messages, tasks
from exchange.models import Message
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 10, 5, 17, 0, tzinfo=dt.UTC)


def waiting(**fields) -> Message:
    return Message.objects.create(
        **{
            "channel": Message.Channel.EMAIL,
            "address": "ana@example.edu",
            "language": "en",
            "template": "exchange/test",
            "subject": "Your seat",
            "body": "Look in the portal.",
            "html": "<p>Look in the portal.</p>",
        }
        | fields
    )


def text(**fields) -> Message:
    return waiting(channel=Message.Channel.TEXT, address="+12135550100", subject="", html="", **fields)


def away(*args, **kwargs):
    raise ConnectionRefusedError("mail.example.gov refused")


def test_deliver_sends_both_forms_and_marks_the_row(mailoutbox):
    message = waiting()

    assert messages.deliver(message.pk) is True

    [mail] = mailoutbox
    assert (mail.to, mail.subject, mail.body) == (["ana@example.edu"], "Your seat", "Look in the portal.")
    assert [content for content, kind in mail.alternatives] == ["<p>Look in the portal.</p>"]
    message.refresh_from_db()
    assert message.sent_at is not None
    assert (message.attempts, message.error) == (1, "")


def test_deliver_sends_a_message_once(mailoutbox):
    message = waiting()

    assert [messages.deliver(message.pk), messages.deliver(message.pk)] == [True, False]
    assert len(mailoutbox) == 1


def test_deliver_leaves_a_message_that_another_worker_is_sending(mailoutbox):
    message = waiting(claimed_at=timezone.now())

    assert messages.deliver(message.pk) is False
    assert mailoutbox == []


def test_deliver_takes_over_from_a_worker_that_died(mailoutbox):
    message = waiting(claimed_at=timezone.now() - messages.CLAIM_LASTS - dt.timedelta(seconds=1))

    assert messages.deliver(message.pk) is True
    assert len(mailoutbox) == 1


def test_deliver_leaves_the_row_waiting_when_the_server_is_away(monkeypatch):
    monkeypatch.setattr(messages, "_send", away)
    message = waiting()

    with pytest.raises(OSError, match="refused"):
        messages.deliver(message.pk)

    message.refresh_from_db()
    assert (message.sent_at, message.claimed_at, message.attempts) == (None, None, 1)
    assert message.error == "mail.example.gov refused"


@pytest.fixture
def tried_again():
    """A failed task goes on to its next try, as in a worker, instead of failing the test."""
    celery_app.conf.task_eager_propagates = False
    yield
    celery_app.conf.task_eager_propagates = True


def test_task_gives_up_after_its_last_try_and_the_row_says_so(monkeypatch, tried_again):
    tries = []
    monkeypatch.setattr(messages, "_send", lambda message: (tries.append(message.pk), away()))
    message = waiting()

    result = tasks.deliver_message.delay(message_id=message.pk)

    message.refresh_from_db()
    assert isinstance(result.result, ConnectionRefusedError)
    assert len(tries) == message.attempts == 1 + tasks.deliver_message.max_retries
    assert message.failed_at is not None


@pytest.mark.parametrize(("demo", "kept"), [(False, ("", "")), (True, ("Code 123456", "<p>123456</p>"))])
def test_a_code_is_emptied_once_sent_except_in_the_demo(settings, mailoutbox, demo, kept):
    settings.DEMO = demo
    message = waiting(is_secret=True, body="Code 123456", html="<p>123456</p>")

    messages.deliver(message.pk)

    message.refresh_from_db()
    assert mailoutbox[0].body == "Code 123456"
    assert (message.body, message.html) == kept


def test_deliver_hands_a_text_to_the_chosen_backend(settings, tmp_path):
    settings.DATA_DIR = tmp_path

    messages.deliver(text(body="You were selected.").pk)

    [sent] = (tmp_path / "outbox").iterdir()
    assert sent.read_text() == "To: +12135550100\n\nYou were selected.\n"


def test_sweep_delivers_what_no_task_has_taken(mailoutbox):
    now = timezone.now()
    lost = waiting(queued_at=now - dt.timedelta(minutes=2))
    waiting(queued_at=now)  # its own task is on the way
    waiting(queued_at=now - dt.timedelta(hours=1), failed_at=now)  # given up
    waiting(queued_at=now - dt.timedelta(hours=1), claimed_at=now)  # being sent

    tasks.deliver_waiting_messages.delay()

    assert len(mailoutbox) == 1
    assert list(Message.objects.filter(sent_at__isnull=False)) == [lost]


def test_message_goes_out_after_commit_and_not_before(mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            messages.deliver_after_commit(waiting())
        assert mailoutbox == []

    assert len(mailoutbox) == 1


def test_a_broker_that_is_away_does_not_undo_the_change(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(tasks.deliver_message, "delay", away)

    with django_capture_on_commit_callbacks(execute=True):
        messages.deliver_after_commit(waiting())

    assert Message.objects.waiting().count() == 1  # beat will find it


@pytest.mark.django_db(transaction=True)
def test_queue_refuses_to_work_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        messages.queue("exchange/test", to=UserFactory())
