"""Verifies messages that Amazon SNS posts to us: they need Amazon's signature and our topic.

Format: the developer guide of Amazon SNS, "Verifying the signatures of Amazon SNS messages".
"""

import base64
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.cache import cache
from django.utils import timezone
from django.utils.dateparse import parse_datetime

SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
# Version 1, with SHA-1, is what SNS uses unless a topic asks for 2 (deploy/README.md).
VERSION = "2"
# Only SNS's own certificates, by host and file name, from the region of our topic.
CERTIFICATE_HOST = re.compile(r"sns\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?", re.ASCII)
CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem", re.ASCII)
CERTIFICATE_LASTS = 24 * 60 * 60  # seconds in the cache
CERTIFICATE_SIZE = 20_000
FETCHES_A_MINUTE = 10
TIMEOUT = 5


class NotFromSNS(Exception):
    """The message is malformed, not from Amazon, or not about our topic. The text says which, for the log."""


@dataclass(frozen=True, slots=True)
class Envelope:
    type: str
    message_id: str
    message: str
    token: str
    sent_at: datetime


def open_envelope(body: bytes, topic: str) -> Envelope:
    """The message in a request's body; NotFromSNS unless Amazon signed it for this topic."""
    fields = _read(body)
    if not topic or fields.get("TopicArn") != topic:
        raise NotFromSNS("another topic")
    _check_signature(fields, region=topic.split(":")[3])
    sent_at = parse_datetime(fields["Timestamp"])
    if sent_at is None:
        raise NotFromSNS("no time")
    return Envelope(
        type=fields["Type"],
        message_id=fields["MessageId"],
        message=fields["Message"],
        token=fields.get("Token", ""),
        sent_at=sent_at if timezone.is_aware(sent_at) else sent_at.replace(tzinfo=UTC),
    )


def _read(body: bytes) -> dict[str, str]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise NotFromSNS("not JSON") from None
    if not isinstance(fields, dict):
        raise NotFromSNS("not an object")
    needed = {*SIGNED_FIELDS.get(str(fields.get("Type")), ("nothing",)), "Signature", "SigningCertURL"} - {"Subject"}
    if any(not isinstance(fields.get(name), str) for name in needed):
        raise NotFromSNS("fields are missing")
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _check_signature(fields: dict[str, str], *, region: str) -> None:
    if fields.get("SignatureVersion") != VERSION:
        raise NotFromSNS("the topic’s SignatureVersion isn’t 2")
    certificate = _certificate(fields["SigningCertURL"], region)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotFromSNS("the certificate is of another kind")
    if not certificate.not_valid_before_utc <= timezone.now() <= certificate.not_valid_after_utc:
        raise NotFromSNS("the certificate is not valid today")
    try:
        signature = base64.b64decode(fields["Signature"], validate=True)
        key.verify(signature, signed_text(fields), padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        raise NotFromSNS("wrong signature") from None


def signed_text(fields: dict[str, str]) -> bytes:
    names = SIGNED_FIELDS[fields["Type"]]
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode()


def _certificate(address: str, region: str) -> x509.Certificate:
    if not is_amazons(address, region):
        raise NotFromSNS("the certificate is not at Amazon’s")
    pem = cache.get(f"sns:{address}")
    if pem is None:
        pem = _fetch_within_limits(address)
        cache.set(f"sns:{address}", pem, CERTIFICATE_LASTS)
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise NotFromSNS("no certificate there") from None


def is_amazons(address: str, region: str) -> bool:
    """Whether this is exactly the address of an SNS certificate in this region; no other address is fetched."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = CERTIFICATE_HOST.fullmatch(parts.netloc)
    is_file = bool(CERTIFICATE_PATH.fullmatch(parts.path)) and not parts.query and not parts.fragment
    return parts.scheme == "https" and is_file and host is not None and host[1] == region


def _fetch_within_limits(address: str) -> bytes:
    """Fetch a certificate, at most FETCHES_A_MINUTE: anyone may invent names, and each costs us a request."""
    minute = f"sns:fetches:{timezone.now():%Y%m%d%H%M}"
    cache.add(minute, 0, 120)
    try:
        fetches = cache.incr(minute)
    except ValueError:  # the cache went away, or came back, in between
        fetches = 1
    if fetches > FETCHES_A_MINUTE:
        raise NotFromSNS("too many new certificates")
    try:
        return fetch(address)
    except (OSError, urllib.error.URLError) as error:
        raise NotFromSNS(f"the certificate could not be read: {error}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        return None  # a redirect is an error: it would lead to an address that was not checked


def fetch(address: str) -> bytes:
    """The file at an address that `is_amazons`."""
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(address, timeout=TIMEOUT) as response:
        content: bytes = response.read(CERTIFICATE_SIZE)
    return content
