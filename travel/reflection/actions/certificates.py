"""Certificates of completion: issued to a student who is home, and revoked by the office."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applications.models import Cycle
from applications.standing import Standing
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.models import User
from travel.base.trip_stage import placed_standing
from travel.models import BadgeKey, Certificate, Placement
from travel.reflection import badges

CLOCKS = timedelta(minutes=2)  # a verifier's clock may be behind ours


@transaction.atomic
def issue(placement: Placement, *, by: User) -> Certificate:
    """The student's certificate; a second tap returns the one that is there. RuleViolation: not_home."""
    rows = Placement.objects.select_for_update(of=("self",))
    placement = rows.select_related("trip__city", "trip__host", "application__cycle", "application__student").get(
        pk=placement.pk
    )
    if placed_standing(placement) != Standing.HOME:
        raise RuleViolation("not_home", _("The certificate is for students who went on the trip and are home."))
    if there := placement.certificates.valid().first():
        return there
    person, key = placement.application.person, current_key()
    certificate = Certificate(placement=placement, key=key, name=person.full_name, language=person.language)
    certificate.issued_at = timezone.now().replace(microsecond=0) - CLOCKS
    certificate.token = _token(certificate)
    certificate.save()
    audit.record("certificate.issue", certificate, by=by)
    return certificate


def _token(certificate: Certificate) -> str:
    trip, at = certificate.placement.trip, certificate.issued_at
    places = places_of(certificate)
    with translation.override(certificate.language):
        words = words_of(certificate.placement)
    document = badges.credential(
        words, places, name=certificate.name, began_on=trip.leaves_on, ended_on=trip.home_on, issued_at=at
    )
    return badges.sign(document, pem=certificate.key.private["pem"], kid=places.key, issued_at=at)


def places_of(certificate: Certificate) -> badges.Places:
    return badges.Places(
        credential=settings.SITE_URL + certificate.get_absolute_url(),
        issuer=address("travel:badge-issuer"),
        achievement=address("travel:badge-achievement", certificate.placement.application.cycle.code),
        revoked=address("travel:badge-revoked"),
        key=address("travel:badge-key", certificate.key.kid),
    )


def address(name: str, *args: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def words_of(placement: Placement) -> badges.Words:
    """In the active language."""
    return badges.Words(office().name, office().email, settings.SITE_URL, *cycle_words(placement.application.cycle))


def cycle_words(cycle: Cycle) -> tuple[str, str, str]:
    """(title, description, criteria) of a cycle's certificate, in the active language."""
    name = {"cycle": cycle.name}
    return (
        _("Certificate of completion: %(cycle)s") % name,
        _("Took part in the city’s student exchange, %(cycle)s.") % name,
        _("Selected by the city, prepared for the trip, traveled with the group and came home."),
    )


def current_key() -> BadgeKey:
    """The key that signs now; the first one is made when it's needed. In the caller's transaction."""
    return BadgeKey.objects.filter(is_current=True).first() or new_key(by=None)


@transaction.atomic
def new_key(*, by: User | None) -> BadgeKey:
    """Sign with a new key from now on. What older ones signed still verifies."""
    BadgeKey.objects.filter(is_current=True).update(is_current=False)
    kid = secrets.token_hex(8)
    public, pem = badges.new_key(kid)
    private: Any = {"pem": pem}
    key = BadgeKey.objects.create(kid=kid, public=public, private=private)
    audit.record("badge_key.new", key, by=by, changes={"kid": kid})
    return key


@transaction.atomic
def revoke(certificate: Certificate, *, reason: str, by: User) -> None:
    """Everyone who verifies it reads that it's revoked. Safe to repeat. RuleViolation: no_reason."""
    certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if not reason.strip():
        raise RuleViolation("no_reason", _("Say why, so the student knows."))
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_by, certificate.reason = timezone.now(), by, reason.strip()
        certificate.save(update_fields=["revoked_at", "revoked_by", "reason"])
        audit.record("certificate.revoke", certificate, by=by, reason=certificate.reason)
