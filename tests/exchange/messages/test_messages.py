"""Messages are rows of the change that caused them, sent once after commit, in the recipient's language."""

import datetime as dt

import pytest
from anymail.exceptions import AnymailAPIError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from exchange import tasks
from exchange.base.errors import RuleViolation
from exchange.messages import outbox, retries
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.factories_travel import travel_facts

pytestmark = pytest.mark.django_db
TEMPLATE = "exchange/account_changed"
CONFIRMED_PHONE = {"phone": "+12135550134", "phone_verified_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC)}


def queue(to, **kwargs):
    with transaction.atomic():
        return outbox.queue(TEMPLATE, to=to, context={"what": "A passkey was added."}, **kwargs)


def waiting(**fields) -> Message:
    return Message.objects.create(
        **{
            "channel": Message.Channel.EMAIL,
            "address": "ana@example.edu",
            "language": "en",
            "template": "exchange/test",
            "subject": "Your spot",
            "body": "Look in the portal.",
            "html": "<p>Look in the portal.</p>",
        }
        | fields
    )


def text(**fields) -> Message:
    plain = {"channel": Message.Channel.TEXT, "address": "+12135550100", "subject": "", "html": ""}
    return waiting(**(plain | fields))


def away(*args, **kwargs):
    raise ConnectionRefusedError("mail.example.gov refused")


def too_busy(*args, **kwargs):
    raise AnymailAPIError("too many requests")  # not an OSError


# --- Queued -----------------------------------------------------------------------------------------


def test_message_goes_out_after_commit(mailoutbox, django_capture_on_commit_callbacks):
    user = UserFactory(email="ana@example.edu")

    with django_capture_on_commit_callbacks(execute=True):
        queue(user)
        assert mailoutbox == []

    assert [(m.to, m.subject) for m in mailoutbox] == [(["ana@example.edu"], "Your account was changed")]
    assert Message.objects.get().sent_at


@pytest.mark.django_db(transaction=True)
def test_message_of_a_change_that_failed_does_not_exist(mailoutbox):
    user = UserFactory()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(user)
        raise ZeroDivisionError
    assert not Message.objects.exists()
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_queue_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.queue(TEMPLATE, to=UserFactory())


def test_a_broker_that_is_away_does_not_undo_the_change(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(tasks.deliver_message, "apply_async", away)

    with django_capture_on_commit_callbacks(execute=True):
        outbox.deliver_after_commit(waiting())

    assert Message.objects.waiting().count() == 1  # beat will find it later


@pytest.mark.parametrize(
    ("traits", "channels"),
    [
        ({}, ["email"]),
        ({"by_phone": True, "texts": True}, ["text"]),
        ({"by_phone": True}, []),  # no text without consent
        ({"phone": "+12135550134"}, ["email"]),
        ({**CONFIRMED_PHONE, "texts": True}, ["email", "text"]),
        (CONFIRMED_PHONE, ["email"]),
    ],
)
def test_message_goes_where_the_person_can_be_reached(traits, channels):
    application_facts()
    assert [message.channel for message in queue(UserFactory(**traits))] == channels


def test_message_to_one_address_goes_nowhere_else():
    user = UserFactory(by_phone=True, phone="+12135550134", email="ana@example.edu")

    sent = queue(user, address="new@example.com")

    assert [(m.channel, m.address, m.recipient) for m in sent] == [("email", "new@example.com", user)]


def test_guest_needs_no_account():
    application_facts()
    sent = queue(outbox.Guest(email="referee@example.edu", language="es"))
    assert [(m.address, m.recipient, m.language) for m in sent] == [("referee@example.edu", None, "es")]
    sent = queue(outbox.Guest(phone="+12135550134"))
    assert [(m.channel, m.address) for m in sent] == [("text", "+12135550134")]


def test_message_is_in_the_language_of_its_receiver():
    (english,), (spanish,) = queue(UserFactory(language="en")), queue(UserFactory(language="es"))
    assert '<html lang="en">' in english.html
    assert '<html lang="es">' in spanish.html


# --- Delivered --------------------------------------------------------------------------------------


def test_deliver_sends_both_forms_and_marks_the_row(mailoutbox):
    message = waiting()

    assert outbox.deliver(message.pk) is True

    [mail] = mailoutbox
    assert (mail.to, mail.subject, mail.body) == (["ana@example.edu"], "Your spot", "Look in the portal.")
    assert [content for content, kind in mail.alternatives] == ["<p>Look in the portal.</p>"]
    message.refresh_from_db()
    assert message.sent_at is not None
    assert (message.attempts, message.error) == (1, "")


@pytest.mark.parametrize(("reply_to", "reached"), [("ada@example.edu", "ada@example.edu"), ("", "office@example.gov")])
def test_a_reply_reaches_who_signed_or_the_office(mailoutbox, settings, reply_to, reached):
    settings.OFFICE_EMAIL = "office@example.gov"

    outbox.deliver(waiting(reply_to=reply_to).pk)

    assert mailoutbox[0].reply_to == [reached]


def test_deliver_hands_a_text_to_the_chosen_backend(settings, tmp_path):
    application_facts()
    settings.DATA_DIR = tmp_path

    outbox.deliver(text(body="You were selected.").pk)

    [sent] = (tmp_path / "outbox").iterdir()
    assert sent.read_text() == "To: +12135550100\n\nYou were selected.\n"


def test_deliver_sends_a_message_once(mailoutbox):
    message = waiting()

    assert [outbox.deliver(message.pk), outbox.deliver(message.pk)] == [True, False]
    assert len(mailoutbox) == 1


def test_deliver_leaves_a_message_that_another_worker_is_sending(mailoutbox):
    message = waiting(claimed_at=timezone.now())

    assert outbox.deliver(message.pk) is False
    assert mailoutbox == []


def test_deliver_takes_over_from_a_worker_that_died(mailoutbox):
    message = waiting(claimed_at=timezone.now() - retries.CLAIM_LASTS - dt.timedelta(seconds=1))

    assert outbox.deliver(message.pk) is True
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("failing", "reason"),
    [(away, "mail.example.gov refused"), (too_busy, "too many requests")],
    ids=["server", "provider"],
)
def test_deliver_leaves_the_row_waiting_with_the_reason(monkeypatch, failing, reason):
    monkeypatch.setattr(outbox, "_send", failing)
    message = waiting()

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert (message.sent_at, message.failed_at, message.claimed_at) == (None, None, None)
    assert (message.attempts, message.error) == (1, reason)
    assert message.next_try_at > timezone.now()


@pytest.mark.parametrize(("demo", "kept"), [(False, ("", "")), (True, ("Code 123456", "<p>123456</p>"))])
def test_a_code_is_emptied_once_sent_except_in_the_demo(settings, mailoutbox, demo, kept):
    settings.DEMO = demo
    message = waiting(is_secret=True, body="Code 123456", html="<p>123456</p>")

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert mailoutbox[0].body == "Code 123456"
    assert (message.body, message.html) == kept


# --- Tried again, and given up ----------------------------------------------------------------------


def test_sweep_delivers_what_no_task_is_going_to_send(mailoutbox):
    now = timezone.now()
    lost = waiting(queued_at=now - dt.timedelta(minutes=2))
    has_rested = waiting(queued_at=now, next_try_at=now - dt.timedelta(seconds=1), attempts=2)
    old_claim = now - retries.CLAIM_LASTS - dt.timedelta(seconds=1)
    lost_in_a_worker = waiting(queued_at=old_claim, claimed_at=old_claim, attempts=1)
    waiting(queued_at=now)  # its own task is on the way
    waiting(queued_at=old_claim, next_try_at=now + dt.timedelta(seconds=9), attempts=2)  # its pause isn't over
    waiting(queued_at=now - dt.timedelta(hours=1), failed_at=now)  # given up
    waiting(queued_at=now - dt.timedelta(hours=1), claimed_at=now)  # being sent

    tasks.deliver_waiting_messages.delay()

    assert len(mailoutbox) == 3
    assert set(Message.objects.filter(sent_at__isnull=False)) == {lost, has_rested, lost_in_a_worker}


def test_sweep_ends_in_time_and_the_next_one_shares_the_rest_among_the_workers(mailoutbox, monkeypatch):
    for _each in range(3):
        waiting(queued_at=timezone.now() - dt.timedelta(minutes=2))
    shared = []
    monkeypatch.setattr(outbox.dispatch, "send", lambda name, _seconds, message_ids: shared.append((name, message_ids)))

    assert [outbox.deliver_waiting(seconds=0), len(mailoutbox)] == [0, 0]
    assert [outbox.deliver_waiting(), len(mailoutbox)] == [1, 1]
    [(name, ids)] = shared
    assert name == "exchange.deliver_messages"
    assert [outbox.deliver_each(ids), len(mailoutbox)] == [2, 3]


def test_sweep_gives_up_a_message_that_kills_every_worker(monkeypatch):
    def killed(message):
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "_send", killed)
    message = waiting(queued_at=timezone.now() - dt.timedelta(hours=1))
    for _try in range(5):
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver_waiting()
        Message.objects.update(claimed_at=timezone.now() - dt.timedelta(hours=2), next_try_at=timezone.now())

    Message.objects.update(queued_at=timezone.now() - retries.LASTS)
    assert outbox.deliver_waiting() == 0
    message.refresh_from_db()
    assert (message.attempts, message.failed_at is not None) == (5, True)


def test_a_code_that_has_expired_is_not_sent_and_not_kept(settings, mailoutbox):
    settings.DEMO = False
    message = waiting(is_secret=True, queued_at=timezone.now() - dt.timedelta(minutes=settings.CODE_MINUTES, seconds=1))

    assert outbox.deliver(message.pk) is False

    message.refresh_from_db()
    assert (mailoutbox, message.body, message.html) == ([], "", "")
    assert (message.dropped_at is not None, message.error) == (True, outbox.CODE_EXPIRED)


# --- The coordinator's list -------------------------------------------------------------------------


@pytest.fixture
def failed():
    return waiting(failed_at=timezone.now(), reason=Message.Reason.NO_MAILBOX, error="550 no such mailbox")


def test_pages_tell_the_office_what_could_not_be_sent(sign_in, failed, cycle):
    waiting()
    waiting(failed_at=timezone.now(), is_secret=True)
    office = sign_in(UserFactory(coordinator=True))

    assert "1 message couldn’t be sent" in office.get(reverse("travel:pipeline")).text
    page = office.get(reverse("message-failed"))
    assert list(page.context["page_obj"]) == [failed]
    assert all(part in page.text for part in ("ana@example.edu", "Your spot", "doesn’t exist"))
    assert "550 no such mailbox" not in page.text  # the reason says it; the server's own words are on its page
    assert "550 no such mailbox" in office.get(reverse("message-detail", args=[failed.code])).text


def test_nothing_is_said_of_failed_messages_where_there_are_none(sign_in, cycle):
    office = sign_in(UserFactory(coordinator=True))

    assert "couldn’t be sent" not in office.get(reverse("travel:pipeline")).text
    assert "No failed messages" in office.get(reverse("message-failed")).text


@pytest.fixture
def cycle():

    application_facts()
    review_facts()
    travel_facts()
    return CycleFactory()


def test_a_failed_message_is_sent_again(sign_in, failed, mailoutbox, django_capture_on_commit_callbacks):
    coordinator = UserFactory(coordinator=True)

    with django_capture_on_commit_callbacks(execute=True):
        sign_in(coordinator).post(reverse("message-send-again", kwargs={"code": failed.code}))

    failed.refresh_from_db()
    assert [mail.to for mail in mailoutbox] == [["ana@example.edu"]]
    assert (failed.attempts, failed.failed_at, failed.error, failed.reason) == (1, None, "", "")
    assert [(event.action, event.by) for event in Event.objects.all()] == [("message.send_again", coordinator)]


def test_what_was_sent_is_not_sent_again():
    sent = waiting()
    outbox.deliver(sent.pk)
    with pytest.raises(RuleViolation) as caught:
        outbox.send_again(sent, by=UserFactory(coordinator=True))
    assert caught.value.code == "not_failed"


@pytest.mark.parametrize("traits", [{}, {"director": True}, {"advisor": True}, {"coordinator": True}], ids=str)
def test_only_the_office_sees_messages(traits, failed):
    seen = Message.objects.visible_to(UserFactory(**traits))
    assert list(seen) == ([failed] if "coordinator" in traits else [])
