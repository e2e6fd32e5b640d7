"""The certificate: issued once, verified by other means than ours, and revoked for everyone who asks."""

import base64
import json

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from pypdf import PdfReader

from exchange.base.errors import RuleViolation
from exchange.files.documents import pdf_of
from exchange.keeping import sealed_rows
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory
from travel.models import BadgeKey, Certificate
from travel.reflection import badges, documents
from travel.reflection.actions import certificates

pytestmark = pytest.mark.django_db


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def certificate(placement):
    return certificates.issue(placement, by=placement.application.student)


def published_key(client, token):
    """The key that the token's header points to, as anyone would fetch it."""
    address = jwt.get_unverified_header(token)["kid"]
    assert address.startswith(settings.SITE_URL)
    return client.get(address.removeprefix(settings.SITE_URL)).json()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def by_hand(token, key):
    """RFC 7515 with the published numbers, without PyJWT."""
    signed, _dot, signature = token.rpartition(".")
    n, e = (int.from_bytes(decoded(key[name])) for name in ("n", "e"))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    public.verify(decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return json.loads(decoded(signed.split(".")[1]))


def test_the_badge_verifies_with_the_published_key_in_two_ways(client, certificate):
    key = published_key(client, certificate.token)
    claims = jwt.decode(certificate.token, jwt.PyJWK(key).key, algorithms=["RS256"])
    assert claims == by_hand(certificate.token, key)
    assert key in client.get(reverse("travel:badge-keys")).json()["keys"]
    assert "d" not in key


def test_a_changed_byte_fails(client, certificate):
    key = published_key(client, certificate.token)
    head, body, signature = certificate.token.split(".")
    claims = json.loads(decoded(body))
    claims["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    turned = signature[:9] + ("A" if signature[9] != "A" else "B") + signature[10:]
    for token in (f"{head}.{other}.{signature}", f"{head}.{body}.{turned}"):
        assert badges.verify(token, key) is None
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"])
        with pytest.raises(InvalidSignature):
            by_hand(token, key)


def test_the_credential_says_what_open_badges_3_asks_for(client, certificate, placement):
    claims = jwt.decode(certificate.token, options={"verify_signature": False})
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["id"] == claims["jti"] == settings.SITE_URL + certificate.get_absolute_url()
    assert claims["iss"] == claims["issuer"]["id"] and claims["nbf"] == int(certificate.issued_at.timestamp())
    subject = claims["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == placement.application.student.full_name
    assert subject["activityEndDate"].startswith(placement.trip.home_on.isoformat())
    for address in (claims["issuer"]["id"], subject["achievement"]["id"], claims["credentialStatus"]["id"]):
        assert client.get(address.removeprefix(settings.SITE_URL)).json()["id"] == address


def test_a_second_tap_returns_the_same_one(certificate, placement):
    assert certificates.issue(placement, by=placement.application.student) == certificate
    assert BadgeKey.objects.count() == 1


@pytest.mark.parametrize("traits", [{}, {"travelled": True}])
def test_nobody_gets_one_before_coming_home(traits):
    placement = PlacementFactory(**traits)
    with pytest.raises(RuleViolation) as violation:
        certificates.issue(placement, by=placement.application.student)
    assert violation.value.code == "not_home" and not Certificate.objects.exists()


def test_student_gets_it_and_anyone_with_the_link_verifies_it(client, placement):
    page = reverse("travel:certificate", args=[placement.code])
    client.force_login(placement.application.student)
    assert "Get my certificate" in client.get(page).text
    client.post(page)
    certificate = Certificate.objects.get()
    assert certificate.get_absolute_url() in client.get(page).text
    badge = client.get(reverse("travel:certificate-badge", args=[certificate.code]))
    assert badge.content.decode() == certificate.token
    client.logout()
    shown = client.get(certificate.get_absolute_url()).text
    assert "This certificate is genuine." in shown and certificate.name in shown


def test_a_revoked_one_says_so_and_no_name(client, certificate, placement):
    client.force_login(UserFactory(coordinator=True))
    address = reverse("travel:certificate-revoke", args=[certificate.code])
    assert "Say why, so the student knows." in client.post(address, {"reason": " "}).text
    client.post(address, {"reason": "The name was misspelled."})
    client.force_login(placement.application.student)
    assert "The name was misspelled." in client.get(reverse("travel:certificate", args=[placement.code])).text
    assert client.get(reverse("travel:certificate-pdf", args=[certificate.code])).status_code == 404
    client.logout()
    shown = client.get(certificate.get_absolute_url()).text
    assert "This certificate was revoked." in shown
    assert certificate.name not in shown and "misspelled" not in shown
    revoked = client.get(reverse("travel:badge-revoked")).json()["revokedCredential"]
    assert revoked == [{"id": settings.SITE_URL + certificate.get_absolute_url(), "revoked": True}]
    assert certificates.issue(placement, by=placement.application.student) != certificate


def test_the_pdf_is_read_back(certificate, tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(pdf_of(documents.certificate(certificate)))
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    assert certificate.name in text and certificate.code in text.replace("\n", "")


def test_a_new_key_signs_and_the_old_one_still_verifies(client, certificate, placement):
    call_command("badge_key", new=True)
    certificates.revoke(certificate, reason="x", by=UserFactory(coordinator=True))
    newer = certificates.issue(placement, by=placement.application.student)
    kids = {jwt.get_unverified_header(each.token)["kid"] for each in (certificate, newer)}
    assert len(kids) == 2
    for each in (certificate, newer):
        assert badges.verify(each.token, published_key(client, each.token))


def test_the_private_key_is_sealed_and_found_by_rotate_keys(certificate):
    (column,) = [each for each in sealed_rows.columns() if each.model is BadgeKey]
    ((_pk, stored),) = column.rows()
    assert "PRIVATE KEY" not in stored and column.name == "private"
