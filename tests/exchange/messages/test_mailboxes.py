"""Bounces and complaints as a mail provider posts them: believed with our secret only, and shown to the person."""

import base64
import json

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from exchange.messages import mailboxes, outbox
from exchange.models import Event, Mailbox, Message
from tests.exchange.messages.test_messages import waiting
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.signing import code_for, type_code

pytestmark = pytest.mark.django_db
SECRET = "exchange:" + "k" * 30
ADDRESS, OTHER = "ana@example.edu", "leo@example.edu"
Reason = Message.Reason


@pytest.fixture(autouse=True)
def provider(settings):
    """A provider whose reports have no signature, so that only our secret protects the address."""
    settings.EMAIL_BACKEND_PATH = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def sent():
    now = timezone.now()
    return waiting(
        queued_at=now, sent_at=now, attempts=1, provider_id="abc-1", template="applications/decision_released"
    )


def report(client, kind="HardBounce", *, secret=SECRET, message_id="abc-1", address=ADDRESS, **more):
    """Posts one report as Postmark does."""
    record = {"SpamComplaint": "SpamComplaint", "Delivery": "Delivery"}.get(kind, "Bounce")
    fields = {"RecordType": record, "Type": kind, "MessageID": message_id, "Description": "The server said no."}
    fields |= {"Recipient": address} if kind == "Delivery" else {"Email": address, "Details": "550 5.1.1 Unknown user"}
    headers = {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    return client.post(
        reverse("mail-events"), json.dumps(fields | more), content_type="application/json", headers=headers
    )


# --- Believed --------------------------------------------------------------------------------------------


def test_a_bounce_marks_the_message_and_its_address(client, sent):
    for _time in range(2):  # providers report at least once
        assert report(client).status_code == 200

    sent.refresh_from_db()
    assert (sent.sent_at, sent.failed_at is not None, sent.reason) == (None, True, Reason.BOUNCED)
    assert "Unknown user" in sent.error
    assert mailboxes.of(ADDRESS).bounced_at is not None
    assert [event.action for event in Event.objects.all()] == ["message.bounce"]


def test_the_office_finds_it_in_its_list_and_sends_it_elsewhere(client, sign_in, sent, mailoutbox):
    report(client)
    office = sign_in(UserFactory(coordinator=True))

    assert "It came back: mail doesn’t arrive at this address." in office.get(reverse("message-failed")).text
    office.post(reverse("message-address", args=[sent.code]), {"address": OTHER, "reason": "Called."})
    outbox.deliver(sent.pk)

    assert [each.to for each in mailoutbox] == [[OTHER]]


def test_a_delivery_takes_the_mark_back(client, sent):
    report(client)
    report(client, "Delivery")
    assert mailboxes.of(ADDRESS).bounced_at is None


def test_a_complaint_ends_reminders_and_nothing_else(client, sent, monkeypatch, mailoutbox):
    monkeypatch.setattr("exchange.base.due.holds", lambda still_due: True)
    report(client, "SpamComplaint")
    reminder, result = waiting(still_due="tests.reason:1"), waiting(subject="Your result")

    assert [outbox.deliver(reminder.pk), outbox.deliver(result.pk)] == [False, True]

    reminder.refresh_from_db(), sent.refresh_from_db()
    assert (reminder.dropped_at is not None, reminder.error) == (True, outbox.CALLED_SPAM)
    assert [each.subject for each in mailoutbox] == ["Your result"]
    assert sent.sent_at is not None


def test_reports_about_other_mail_change_nothing(client, sent):
    report(client, message_id="someone-elses")
    report(client, address=OTHER)
    report(client, "AutoResponder")

    sent.refresh_from_db()
    assert (sent.sent_at is not None, Mailbox.objects.count(), Event.objects.count()) == (True, 0, 0)


# --- Refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "exchange:wrong", "exchange", SECRET[:-1], "ü:ü"])
def test_a_forged_report_is_refused_with_nothing_written(client, sent, secret):
    assert report(client, secret=secret).status_code == 403
    sent.refresh_from_db()
    assert (sent.sent_at is not None, Mailbox.objects.count(), Event.objects.count()) == (True, 0, 0)


@pytest.mark.parametrize("given", ["Basic ü", "Basic \udcff", "Basic ====", "Bearer x"])
def test_credentials_that_are_none_are_refused(client, sent, given):
    headers = {"authorization": given.encode("utf-8", "surrogateescape").decode("latin-1")}
    assert (
        client.post(reverse("mail-events"), "{}", content_type="application/json", headers=headers).status_code == 403
    )


@pytest.mark.parametrize("body", ["[" * 200_000, "", "[]", "not json", "{}", '{"RecordType": "Bounce"}'])
def test_what_is_no_report_is_refused(client, sent, body):
    headers = {"authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}"}
    answer = client.post(reverse("mail-events"), body, content_type="application/json", headers=headers)
    assert answer.status_code in (200, 400)
    sent.refresh_from_db()
    assert (sent.sent_at is not None, Mailbox.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("backend", "anymail"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", {"WEBHOOK_SECRET": SECRET}),
        ("anymail.backends.postmark.EmailBackend", {}),
    ],
    ids=["no provider", "no secret"],
)
def test_without_a_provider_or_a_secret_there_is_no_such_address(client, settings, sent, backend, anymail):
    settings.EMAIL_BACKEND_PATH, settings.ANYMAIL = backend, anymail
    assert report(client).status_code == 404


@pytest.mark.parametrize("name", ["amazon_ses", "postmark", "sendgrid", "mailgun", "mandrill", "sparkpost", "resend"])
def test_each_provider_has_its_view(settings, name):
    from exchange.messages.views import mail_events  # noqa: PLC0415 -- only here

    settings.EMAIL_BACKEND_PATH = f"anymail.backends.{name}.EmailBackend"
    assert mail_events._view().__module__ == f"anymail.webhooks.{name}"


# --- What the person sees ------------------------------------------------------------------------------------


@pytest.fixture
def student():
    application_facts()
    student = UserFactory(email=ADDRESS)
    ApplicationFactory(student=student, cycle=CycleFactory(ready=True))
    return student


def test_the_student_reads_that_mail_does_not_arrive_and_where_to_fix_it(sign_in, student):
    mailboxes.bounced("Ana@Example.edu", said="550")
    page = sign_in(student).get(reverse("travel:journey")).text
    assert "Our emails don’t reach you." in page
    assert f'href="{reverse("account_email")}"' in page


def test_nobody_else_reads_it(sign_in, student):
    mailboxes.bounced(OTHER, said="550")
    assert "Our emails don’t reach you." not in sign_in(student).get(reverse("travel:journey")).text


def test_a_code_that_arrived_proves_the_mailbox(client, student, django_capture_on_commit_callbacks):
    mailboxes.bounced(ADDRESS, said="452 mailbox full")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_login"), {"login": ADDRESS})
    type_code(client, code_for(ADDRESS))
    assert mailboxes.of(ADDRESS).bounced_at is None


def test_after_a_complaint_the_student_can_have_reminders_again(client, sign_in, student, sent):
    report(client, "SpamComplaint")
    browser = sign_in(student)
    assert "You don’t get our reminders." in browser.get(reverse("travel:journey")).text

    for _time in range(2):
        browser.post(reverse("reminders-again"))

    assert mailboxes.wants_reminders(ADDRESS)
    assert Event.objects.filter(action="mailbox.take_reminders", by=student).count() == 1
    assert "You don’t get our reminders." not in browser.get(reverse("travel:journey")).text


# --- Without a provider -----------------------------------------------------------------------------------------


def test_what_our_own_server_refuses_marks_the_address_too(monkeypatch):
    from tests.exchange.messages.test_refusals import at_recipient  # noqa: PLC0415 -- only here

    def refuse(self, *args, **kwargs):
        raise at_recipient(550, b"5.1.1 No such user")

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)
    outbox.deliver(waiting().pk)

    assert mailboxes.of(ADDRESS).said == "550 5.1.1 No such user"
