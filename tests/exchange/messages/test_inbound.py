"""Inbound texts posted by SNS are accepted only if signed by Amazon and about our topic."""

import base64
import datetime as dt
import itertools
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.messages import consent, inbound, sns, texts
from exchange.models import Event, Fact, IncomingText, Message, TextConsent
from tests.factories import UserFactory
from tests.factories_applications import application_facts

pytestmark = pytest.mark.django_db
TOPIC = "arn:aws:sns:us-west-2:123456789012:texts-in"
CERTIFICATE_AT = f"https://sns.us-west-2.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem"
NUMBER = "+12135550134"
ids = itertools.count()


def make_key() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key, and its certificate in the form that SNS publishes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - dt.timedelta(days=1))
    signed = builder.not_valid_after(now + dt.timedelta(days=30)).sign(key, hashes.SHA256())
    return key, signed.public_bytes(Encoding.PEM)


KEY, CERTIFICATE = make_key()
OTHER_KEY, _OTHER = make_key()


@pytest.fixture(autouse=True)
def amazon(settings, monkeypatch):
    """Our topic is set, and Amazon's certificate is at its address; returns the addresses requested."""
    application_facts()
    settings.TEXT_INBOUND_TOPIC_ARN = TOPIC
    asked = []

    def fetch(address):
        asked.append(address)
        return CERTIFICATE

    monkeypatch.setattr(sns, "fetch", fetch)
    return asked


def signed(fields: dict, *, key=KEY, version="2") -> dict:
    digest = {"1": hashes.SHA1, "2": hashes.SHA256}[version]()
    signature = key.sign(sns.signed_text(fields), padding.PKCS1v15(), digest)
    return {
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_AT,
        **fields,
        "Signature": base64.b64encode(signature).decode(),
    }


def notification(body: str, *, number=NUMBER, sent_at=None, topic=TOPIC, **fields) -> dict:
    """The notification that AWS End User Messaging publishes for an inbound text."""
    content = {
        "originationNumber": number,
        "destinationNumber": "+12135550100",
        "messageKeyword": "KEYWORD",
        "messageBody": body,
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
    }
    return {
        "Type": "Notification",
        "MessageId": f"22b80b92-fdea-4c2c-8f9d-{next(ids):012}",
        "TopicArn": topic,
        "Message": json.dumps(content),
        "Timestamp": (sent_at or timezone.now()).isoformat(),
    } | fields


def post(fields: dict | str | bytes, name="texts-inbound"):
    body = json.dumps(fields) if isinstance(fields, dict) else fields
    # as SNS does: no cookie, no CSRF token
    client = Client(enforce_csrf_checks=True)
    return client.generic("POST", reverse(name), body, content_type="text/plain; charset=UTF-8")


def text_in(body: str, **fields) -> int:
    return post(signed(notification(body, **fields))).status_code


def answers() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("template", "language"))


# --- Authentication -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [{}, {"Subject": "Text"}], ids=["plain", "subject"])
def test_what_amazon_signed_is_carried_out(subject):
    assert post(signed(notification("STOP", **subject))).status_code == 200
    assert consent.is_stopped(NUMBER)


def test_the_certificate_is_read_once(amazon):
    text_in("STOP"), text_in("START")
    assert amazon == [CERTIFICATE_AT]


def wrong_signature():
    return signed(notification("START"), key=OTHER_KEY)


def changed_afterwards():
    return signed(notification("START")) | {"Message": notification("STOP")["Message"]}


def other_topic():
    return signed(notification("START", topic=TOPIC.replace("texts-in", "other")))


def from_address(address):
    def made():
        return signed(notification("START")) | {"SigningCertURL": address}

    return made


WRONG_ADDRESSES = [
    CERTIFICATE_AT.replace("https", "http"),
    CERTIFICATE_AT.replace("amazonaws.com", "amazonaws.com.example.org"),
    CERTIFICATE_AT.replace("sns.", "evil.example/sns."),
    CERTIFICATE_AT.replace("https://", "https://me@"),
    CERTIFICATE_AT.replace("amazonaws.com", "amazonaws.com:8443"),
    CERTIFICATE_AT.replace("us-west-2", "us-east-1"),  # not our topic's region
    CERTIFICATE_AT + "?x=1",
    CERTIFICATE_AT.replace("SimpleNotificationService", "Other"),
    CERTIFICATE_AT.replace(".pem", "/../../bucket.pem"),
    "https://[",
    "file:///etc/hostname",
    "",
]


@pytest.mark.parametrize(
    "make",
    [
        wrong_signature,
        changed_afterwards,
        other_topic,
        lambda: signed(notification("START"), version="1"),  # with SHA-1
        lambda: signed(notification("START")) | {"SignatureVersion": "3"},
        lambda: signed(notification("START")) | {"Signature": "nonsense"},
        lambda: signed(notification("START")) | {"Type": "Other"},
        lambda: {name: value for name, value in signed(notification("START")).items() if name != "MessageId"},
        lambda: {"Type": "Notification"},
        lambda: "[]",
        lambda: b"\xff\xfe",
        lambda: "",
        *map(from_address, WRONG_ADDRESSES),
    ],
)
def test_anything_else_is_refused(make, caplog):
    assert post(make()).status_code == 403
    assert any(line.startswith("refused at /texts/inbound/: ") for line in caplog.messages)
    assert not TextConsent.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_no_other_address_is_ever_asked_for(amazon, address):
    post(from_address(address)())
    assert amazon == []


def test_strangers_cannot_make_us_fetch_without_end(amazon):
    for place in range(sns.FETCHES_A_MINUTE + 20):
        post(from_address(CERTIFICATE_AT.replace("0" * 32, f"{place:032x}"))() | {"Signature": "AAAA"})
    assert len(amazon) <= 2 * sns.FETCHES_A_MINUTE  # the test may run past the end of a minute


def test_a_certificate_out_of_date_is_refused(monkeypatch):
    later = timezone.now() + dt.timedelta(days=60)
    monkeypatch.setattr(sns.timezone, "now", lambda: later)
    assert text_in("STOP") == 403


def test_a_certificate_that_cannot_be_read_is_a_refusal(monkeypatch):
    def away(address):
        raise OSError("no route")

    monkeypatch.setattr(sns, "fetch", away)
    assert text_in("STOP") == 403


def test_without_a_topic_there_is_no_such_address(settings):
    settings.TEXT_INBOUND_TOPIC_ARN = ""
    assert text_in("STOP") == 404


def test_a_flood_is_not_read():
    assert post("x" * (256 * 1024 + 1)).status_code == 413


def test_our_subscription_is_confirmed(monkeypatch):
    confirmed = []
    monkeypatch.setattr(texts, "confirm_subscription", lambda topic, token: confirmed.append((topic, token)))
    fields = notification("") | {
        "Type": "SubscriptionConfirmation",
        "Token": "2336412f37",
        "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    }
    assert post(signed(fields)).status_code == 200
    assert confirmed == [(TOPIC, "2336412f37")]


@pytest.mark.parametrize("message", ["not JSON", "[]", '{"messageBody": "STOP"}', '{"originationNumber": "x"}'])
def test_what_is_no_text_changes_nothing(message):
    assert post(signed(notification("") | {"Message": message})).status_code == 200
    assert not Message.objects.exists()


# --- Keywords -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        *((word, inbound.STOPPED) for word in ("STOP", "stop", " Stop. ", "StopAll", "unsubscribe", "CANCEL", "end")),
        *((word, inbound.STOPPED) for word in ("Quit", "ALTO", "parar", "Baja", "Stop texting me!", "ALTO por favor")),
        *((word, inbound.STARTED) for word in ("START", "unstop", "Yes", "INICIAR", "empezar", "Sí", "sí.", "SI")),
        *((word, inbound.HELPED) for word in ("HELP", "help?", "Ayuda", "¡AYUDA!")),
        *((word, "") for word in ("", "Yes I will come", "Cancel my seat?", "Thanks", "👍", "End of May?")),
    ],
)
def test_words(body, meaning):
    assert inbound.meaning(body) == meaning


@pytest.mark.parametrize("language", ["en", "es"])
def test_stop_and_start_are_done_and_answered_in_the_persons_language(language):
    user = UserFactory(by_phone=True, phone=NUMBER, texts=True, language=language)

    assert text_in("STOP") == 200
    row = TextConsent.objects.get()
    assert (row.allows, row.stopped_how, row.user) == (False, "text", user)

    assert text_in("START") == 200
    row.refresh_from_db()
    assert (row.allows, row.agreed_how) == (True, "text")
    assert answers() == [("exchange/texts_stopped", language), ("exchange/texts_started", language)]
    assert {message.address for message in Message.objects.all()} == {NUMBER}
    assert [event.by for event in Event.objects.all()] == [None, None]


@pytest.mark.parametrize(("body", "language"), [("ALTO", "es"), ("STOP", "en"), ("AYUDA", "es"), ("HELP", "en")])
def test_a_stranger_is_answered_in_the_language_of_the_word(body, language):
    assert text_in(body) == 200
    assert [each for _template, each in answers()] == [language]


def test_the_same_message_twice_is_done_and_answered_once():
    stop = signed(notification("STOP"))
    assert [post(stop).status_code for _again in range(3)] == [200, 200, 200]
    assert len(answers()) == 1
    assert Event.objects.count() == 1


def test_an_old_start_that_is_posted_again_does_not_undo_a_stop():
    start = signed(notification("START", sent_at=timezone.now() - dt.timedelta(hours=2)))
    post(start)
    consent.stop(NUMBER, how="page", by=None)
    assert post(start).status_code == 200
    assert not consent.allows(NUMBER)
    late = signed(notification("START", sent_at=timezone.now() - dt.timedelta(hours=1)))  # new, but sent earlier
    assert post(late).status_code == 200
    assert not consent.allows(NUMBER)
    assert answers() == [("exchange/texts_started", "en")]


def test_other_texts_are_answered_once_a_day_and_wait_for_the_office():
    for body in ("My mother is ill, can I send it later?", "Hello?", "Are you there?"):
        assert text_in(body) == 200
    assert answers() == [("exchange/texts_received", "en")]
    waiting = IncomingText.objects.for_the_office()
    assert [(row.number, row.body) for row in waiting][0] == (NUMBER, "My mother is ill, can I send it later?")
    assert waiting.count() == 3

    Message.objects.update(queued_at=timezone.now() - dt.timedelta(hours=25))
    text_in("Hello again")
    assert len(answers()) == 2


def test_after_a_stop_only_keywords_are_answered():
    text_in("STOP"), text_in("Thanks"), text_in("HELP")
    assert [template for template, _language in answers()] == ["exchange/texts_stopped", "exchange/texts_help"]


def test_what_is_older_than_two_days_is_not_carried_out_but_a_stop_is():
    old = timezone.now() - dt.timedelta(days=3)
    text_in("START", sent_at=old), text_in("Hello?", sent_at=old)
    assert (answers(), IncomingText.objects.for_the_office().count(), consent.allows(NUMBER)) == ([], 0, False)

    text_in("STOP", sent_at=old)
    assert consent.is_stopped(NUMBER)


def test_keywords_leave_no_number_and_no_words_behind():
    text_in("STOP"), text_in("START"), text_in("HELP")
    rows = IncomingText.objects.values_list("went_to", "number", "body", "user")
    assert set(rows) == {("keyword", "", "", None)}


def test_one_unknown_number_cannot_fill_the_list():
    for each in range(8):
        text_in(f"Hello {each}")
    assert IncomingText.objects.for_the_office().count() == 5
    assert IncomingText.objects.filter(went_to="nowhere", body="").count() == 3

    Fact.objects.filter(key="text.unknown_kept").update(value=6)
    for each in range(3):
        text_in(f"Hello {each}", number="+12135550135")
    assert IncomingText.objects.for_the_office().count() == 6


def test_the_office_reads_what_came_and_the_words_go_once_it_is_done(sign_in):
    text_in("Is the bus at nine?")
    office, row = sign_in(UserFactory(coordinator=True)), IncomingText.objects.get()

    assert "Is the bus at nine?" in office.get(reverse("texts-unknown")).text
    for _again in range(2):
        assert office.post(reverse("texts-unknown-done", args=[row.code])).status_code == 302

    row.refresh_from_db()
    assert (row.body, row.handled_at is not None) == ("", True)
    assert "Is the bus at nine?" not in office.get(reverse("texts-unknown")).text
    assert Event.objects.filter(action="incoming_text.handle").count() == 1


@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_what_is_nested_without_end_is_refused(sign):
    assert post(sign * 30_000).status_code == 400
