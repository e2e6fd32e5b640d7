"""A real mail server that goes away, comes back, refuses and drops connections, over two simulated days.

What counts is what arrives: nothing lost, and nothing twice but what can't be told apart from it, with one Message-ID.
"""

import datetime as dt
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from exchange import tasks
from exchange.messages import outbox, retries
from exchange.models import Message
from tests.exchange.messages.test_messages import waiting

pytestmark = [pytest.mark.service, pytest.mark.django_db]
EACH = 20  # messages of a release
MINUTE = dt.timedelta(minutes=1)
Reason = Message.Reason


@pytest.fixture(autouse=True)
def mail(settings, smtp_server):
    options = {"host": "127.0.0.1", "port": smtp_server.port, "use_tls": False, "timeout": 2}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    return smtp_server


def release(django_capture_on_commit_callbacks) -> list[Message]:
    """Messages as a release writes them, each with its task."""
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        rows = [waiting(address=f"student{number}@example.edu") for number in range(EACH)]
        for row in rows:
            outbox.deliver_after_commit(row)
    return rows


def pass_time(time: dt.timedelta) -> None:
    """All rows were written that much earlier, and what the cache remembers for seconds is forgotten."""
    fields = ("queued_at", "send_after", "claimed_at", "next_try_at", "sent_at", "failed_at")
    Message.objects.update(**{name: F(name) - time for name in fields})
    cache.clear()


def wait_for(time: dt.timedelta, step: dt.timedelta = 30 * MINUTE) -> None:
    """Time passes in steps, at the end of each of which beat sweeps."""
    while time > dt.timedelta(0):
        pass_time(min(step, time))
        time -= step
        tasks.deliver_waiting_messages.delay()


def arrived(mail) -> Counter[str]:
    return Counter(message["To"] for message in mail.handler.messages)


def each_once(count: int = EACH) -> Counter[str]:
    return Counter(f"student{number}@example.edu" for number in range(count))


# --- Away ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [0.2, 5, 47])
def test_a_release_survives_a_mail_server_that_is_away(mail, django_capture_on_commit_callbacks, hours):
    mail.away()
    release(django_capture_on_commit_callbacks)
    wait_for(dt.timedelta(hours=hours))
    assert Message.objects.waiting().count() == EACH

    mail.back()
    wait_for(75 * MINUTE, step=5 * MINUTE)  # the longest pause

    assert arrived(mail) == each_once()
    assert Message.objects.filter(sent_at__isnull=False).count() == EACH


def test_after_two_days_a_person_has_to_know(mail, django_capture_on_commit_callbacks):
    mail.away()
    release(django_capture_on_commit_callbacks)

    wait_for(retries.LASTS + 3 * MINUTE, step=60 * MINUTE)
    # the sweep that fails to reach the server once more gives up the rest of them
    tasks.deliver_waiting_messages.delay()

    failed = Message.objects.failed()
    assert (failed.count(), set(failed.values_list("reason", flat=True))) == (EACH, {Reason.AWAY})
    mail.back()
    wait_for(120 * MINUTE)
    assert arrived(mail) == {}  # given up is given up, until somebody sends it again


def test_while_it_is_away_messages_do_not_queue_up_for_its_timeout(mail, django_capture_on_commit_callbacks):
    mail.away()
    release(django_capture_on_commit_callbacks)
    assert Message.objects.filter(attempts=1).count() == 1
    assert Message.objects.filter(attempts=0).count() == EACH - 1


def test_a_sweep_asks_a_server_that_is_away_once_and_shares_the_rest_once_it_is_back(mail):
    for number in range(EACH):
        waiting(address=f"student{number}@example.edu", queued_at=timezone.now() - dt.timedelta(hours=1))
    mail.away()
    tasks.deliver_waiting_messages.delay()
    assert Message.objects.filter(attempts__gt=0).count() == 1

    mail.back()
    cache.clear()
    assert outbox.deliver_waiting() == 1  # itself; the others went to the workers, which run at once here
    wait_for(75 * MINUTE)
    assert arrived(mail) == each_once()


def test_messages_that_nobody_could_try_for_three_days_are_sent_all_the_same(mail):
    """No worker and no beat ran, so no server has refused them."""
    for number in range(EACH):
        waiting(address=f"student{number}@example.edu", queued_at=timezone.now() - dt.timedelta(days=3))
    tasks.deliver_waiting_messages.delay()
    assert arrived(mail) == each_once()


# --- Refuses --------------------------------------------------------------------------------------------


def test_a_refusal_for_now_is_tried_again(mail, django_capture_on_commit_callbacks):
    mail.handler.refuse = "451 4.7.1 Greylisted, try again later"
    release(django_capture_on_commit_callbacks)
    wait_for(20 * MINUTE, step=MINUTE)
    assert set(Message.objects.values_list("attempts", "error")) == {(4, "451 4.7.1 Greylisted, try again later")}

    mail.handler.refuse = ""
    wait_for(75 * MINUTE)

    assert arrived(mail) == each_once()


@pytest.mark.parametrize(
    ("refused", "answer", "reason"),
    [
        ("refuse_recipient", "550 5.1.1 No such mailbox", Reason.NO_MAILBOX),
        ("refuse_recipient", "552 5.2.2 Mailbox full", Reason.FULL),
        ("refuse", "554 5.7.1 Rejected as spam", Reason.REJECTED),
    ],
)
def test_a_refusal_for_good_fails_once_and_says_why(mail, refused, answer, reason):
    setattr(mail.handler, refused, answer)
    message = waiting()

    outbox.deliver(message.pk)
    setattr(mail.handler, refused, "")
    wait_for(120 * MINUTE)

    message.refresh_from_db()
    assert (message.attempts, message.reason, message.error) == (1, reason, answer)
    assert (message.failed_at is not None, mail.handler.messages) == (True, [])


@pytest.mark.parametrize("address", ["ana@exam\nple.edu", "ana@" + "ü" * 300 + ".edu", "no address"])
def test_an_address_that_cannot_be_one_fails_once(mail, address):
    message = waiting(address=address[:254])

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert (message.attempts, message.failed_at is not None, message.reason) == (1, True, Reason.BAD_ADDRESS)


def test_one_refusal_does_not_hold_up_the_others(mail, django_capture_on_commit_callbacks):
    mail.handler.refuse_recipient = "450 4.2.0 Greylisted"
    greylisted = waiting(address="student0@example.edu")
    outbox.deliver(greylisted.pk)
    mail.handler.refuse_recipient = ""

    assert outbox.deliver(waiting(address="student1@example.edu").pk) is True


# --- Takes it and dies -----------------------------------------------------------------------------------


def test_what_arrives_twice_has_one_message_id(mail, django_capture_on_commit_callbacks):
    """Nobody can know whether a server that cut the connection has taken the message."""
    mail.handler.drops = True
    [message] = [waiting(address="student0@example.edu")]
    outbox.deliver(message.pk)
    mail.handler.drops = False
    wait_for(5 * MINUTE)

    first, second = mail.handler.messages
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.code.lower()}@localhost>"
    assert Message.objects.get().sent_at is not None


def test_each_message_has_its_own_id(mail, django_capture_on_commit_callbacks):
    release(django_capture_on_commit_callbacks)
    assert len({message["Message-ID"] for message in mail.handler.messages}) == EACH


def test_a_message_whose_worker_died_waits_two_minutes(mail):
    def dies(message):
        raise KeyboardInterrupt

    message = waiting()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(outbox, "_send", dies)
        outbox.deliver(message.pk)

    wait_for(1.9 * MINUTE, step=MINUTE)
    assert mail.handler.messages == []
    wait_for(0.2 * MINUTE)
    assert len(mail.handler.messages) == 1
