"""What the office does about failed messages, of one release or of any kind: once, and without touching accounts."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import batches, outbox
from exchange.models import Event, Message
from tests.exchange.messages.test_messages import text, waiting
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts
from tests.signing import minutes_old

pytestmark = pytest.mark.django_db
Reason = Message.Reason
WRONG, RIGHT = "ana@exmaple.edu", "ana@example.edu"


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, coordinator):
    return sign_in(coordinator)


def failed(**fields) -> Message:
    return waiting(**({"failed_at": timezone.now(), "reason": Reason.NO_MAILBOX, "attempts": 1} | fields))


def words(response) -> str:
    return " ".join(response.text.split())


# --- Numbers ------------------------------------------------------------------------------------------


def test_a_batch_counts_what_became_of_its_messages(django_assert_num_queries):
    cycle, now = CycleFactory(), timezone.now()
    person = UserFactory()
    fields = {"batch": key_of(cycle), "recipient": person}
    waiting(queued_at=now, sent_at=now, **fields)
    waiting(**fields), failed(**fields), waiting(dropped_at=now, **fields)
    text(send_after=now + dt.timedelta(hours=3), **fields)
    waiting(), failed()  # of no batch

    with django_assert_num_queries(1):
        batch = batches.batch_of(cycle)

    assert (batch.sent, batch.waiting, batch.later, batch.failed, batch.canceled) == (1, 2, 1, 1, 1)
    assert (batch.total, batch.people) == (4, 1)


# --- Sent again -----------------------------------------------------------------------------------------


def test_all_that_failed_are_sent_again_once(office, mailoutbox, django_capture_on_commit_callbacks):
    rows = [failed(batch="applications.release:A", address=f"student{n}@example.edu") for n in range(3)]
    other = failed(batch="applications.release:B")
    now = timezone.now()
    sent = waiting(batch="applications.release:A", queued_at=now, sent_at=now)

    for _time in range(2):  # the button is pressed twice
        with django_capture_on_commit_callbacks(execute=True):
            answer = office.post(reverse("message-send-all-again"), {"query": "batch=applications.release:A"})

    assert answer.url == reverse("message-failed") + "?batch=applications.release%3AA"
    assert sorted(mail.to[0] for mail in mailoutbox) == [row.address for row in rows]
    assert Event.objects.filter(action="message.send_again").count() == 3
    other.refresh_from_db(), sent.refresh_from_db()
    assert (other.failed_at is not None, sent.attempts) == (True, 0)


def test_without_a_batch_all_that_failed_are_sent_again(office, mailoutbox, django_capture_on_commit_callbacks):
    failed(batch="applications.release:A"), failed()
    secret = failed(is_secret=True)

    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(reverse("message-send-all-again"), follow=True)

    assert "2 messages are on their way again" in page.text
    assert len(mailoutbox) == 2
    secret.refresh_from_db()
    assert secret.failed_at is not None


def test_a_text_is_not_sent_again_to_a_number_that_said_stop(coordinator):
    from exchange.messages import consent  # noqa: PLC0415 -- only here

    application_facts()
    stopped = text(failed_at=timezone.now())
    consent.stop(stopped.address, how=consent.How.TEXT, by=None)
    outbox_size = Message.objects.waiting().count()

    with pytest.raises(RuleViolation) as caught:
        outbox.send_all_again(Message.objects.all(), by=coordinator)

    assert (caught.value.code, Message.objects.waiting().count()) == ("none_failed", outbox_size)


# --- Another address ---------------------------------------------------------------------------------------


def test_one_message_goes_to_the_corrected_address_and_the_account_keeps_its_own(
    office, coordinator, mailoutbox, django_capture_on_commit_callbacks
):
    student = UserFactory(email=WRONG)
    message = failed(recipient=student, address=WRONG)

    with django_capture_on_commit_callbacks(execute=True):
        office.post(
            reverse("message-address", args=[message.code]), {"address": RIGHT, "reason": "Called, spelled it out."}
        )

    student.refresh_from_db()
    assert ([mail.to for mail in mailoutbox], student.email) == ([[RIGHT]], WRONG)
    event = Event.objects.get(action="message.correct_address")
    # the message has the address; the log, from which nothing is erased, has none
    assert (event.by, event.reason, event.changes) == (coordinator, "Called, spelled it out.", {})


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"address": "ana", "reason": "Called."}, "Enter a valid email address."),
        ({"address": RIGHT, "reason": ""}, "Say how you know the right address."),
    ],
)
def test_an_address_needs_a_form_and_a_reason(office, typed, says):
    message = failed(address=WRONG)

    page = office.post(reverse("message-address", args=[message.code]), typed)

    message.refresh_from_db()
    assert (says in page.text, message.address, message.failed_at is not None) == (True, WRONG, True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"is_secret": True}, 404), ({"failed_at": None, "reason": ""}, 302)],
    ids=["code", "waiting"],
)
def test_a_code_or_what_is_on_its_way_cannot_be_sent_elsewhere(office, fields, status):
    message = failed(address=WRONG, **fields)

    answer = office.post(reverse("message-address", args=[message.code]), {"address": RIGHT, "reason": "Called."})

    message.refresh_from_db()
    assert (answer.status_code, message.address) == (status, WRONG)


def test_another_address_needs_a_fresh_proof(sign_in, coordinator):
    message = failed(address=WRONG)
    office = sign_in(coordinator)
    minutes_old(office, 16)

    answer = office.post(reverse("message-address", args=[message.code]), {"address": RIGHT, "reason": "Called."})

    message.refresh_from_db()
    assert (answer.status_code, "reauthenticate" in answer.url, message.address) == (302, True, WRONG)


def test_the_list_says_why_and_what_to_do(office):
    failed(address=WRONG, error="550 5.1.1 No such user")
    failed(address=RIGHT, error="554 no reason that we know", reason="")
    text(failed_at=timezone.now(), reason=Reason.BAD_NUMBER)

    page = words(office.get(reverse("message-failed")))

    assert "The mail server says this address doesn’t exist." in page
    assert "550 5.1.1 No such user" not in page and "554 no reason that we know" in page
    assert page.count("Correct address") == 2  # a text's number can't be corrected here
    assert "Send all 3 failed messages again" in page
