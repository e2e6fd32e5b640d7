"""Certificates of completion: a signed credential for each, and the keys that sign them."""

import secrets
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import Language, User
from travel.models.placement import Placement


def new_certificate_code() -> str:
    """Whoever has the link may verify the certificate, so nobody can guess it: 144 random bits."""
    return secrets.token_urlsafe(18)


class BadgeKey(models.Model):
    """A key pair that signs credentials. Public halves stay published, so what an older key signed still verifies."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    kid = models.CharField(max_length=16, unique=True)
    public: Any = models.JSONField(help_text="The public key as a JWK.")
    private = SealedJSONField(help_text='{"pem"}, encrypted.')
    created_at = models.DateTimeField(default=timezone.now)
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(name="badgekey_one_current", fields=["is_current"], condition=Q(is_current=True)),
        ]

    def __str__(self) -> str:
        return self.kid


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and all for the office."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def valid(self) -> Self:
        return self.filter(revoked_at__isnull=True)


class Certificate(models.Model):
    """That a student completed the program, as it was issued. A corrected one is a new row; the old one is revoked."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"name", "token", "reason"}
    PERSONAL = Personal("placement code key name language token issued_at revoked_at reason")

    code = models.CharField(max_length=24, unique=True, default=new_certificate_code, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="certificates")
    key = models.ForeignKey(BadgeKey, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150, help_text="As the credential says it.")
    language = models.CharField(max_length=2, choices=Language)
    token = models.TextField(help_text="The Open Badges 3.0 credential as a signed JWT.")
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was revoked, for the student.")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ("-issued_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="certificate_one_valid", fields=["placement"], condition=Q(revoked_at__isnull=True)
            ),
            models.CheckConstraint(
                name="certificate_revoked_says_why",
                condition=Q(revoked_at__isnull=True, reason="") | (Q(revoked_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk}"

    def get_absolute_url(self) -> str:
        """The page where anyone with the link verifies it."""
        return reverse("travel:certificate-verify", kwargs={"code": self.code})
