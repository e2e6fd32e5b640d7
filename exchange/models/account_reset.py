"""A lost second factor, email or phone, which two people of the office replace (docs/adr/0048)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.models.people import User


class AccountReset(models.Model):
    """One coordinator asks, another confirms; until then the person and any coordinator can cancel it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"user", "new_address", "reason"}

    class Kind(models.TextChoices):
        FACTOR = "factor", _("Remove the second step (app, passkeys, recovery codes)")
        EMAIL = "email", _("Replace the email address")
        PHONE = "phone", _("Replace the phone number")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="resets")
    kind = models.CharField(max_length=6, choices=Kind)
    new_address = models.CharField(max_length=254, blank=True, help_text="Email address or E.164 number.")
    reason = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="accountreset_confirmed_by_another",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | (Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("asked_by"))),
            ),
            models.CheckConstraint(
                name="accountreset_cancelled_by_someone",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.CheckConstraint(
                name="accountreset_confirmed_or_cancelled_not_both",
                condition=Q(confirmed_at__isnull=True) | Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accountreset_not_of_who_does_it",
                condition=~Q(user=F("asked_by")) & (Q(confirmed_by__isnull=True) | ~Q(user=F("confirmed_by"))),
            ),
            models.UniqueConstraint(
                name="accountreset_one_open_per_person",
                fields=["user"],
                condition=Q(confirmed_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
