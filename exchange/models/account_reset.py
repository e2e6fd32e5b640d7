"""A lost second factor, email or phone, which two people of the office replace (docs/adr/0006)."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exchange.base.personal import Personal
from exchange.models.people import User
from exchange.models.takes_two import TakesTwo, by_another_or_later


class AccountResetQuerySet(models.QuerySet["AccountReset"]):
    def waiting(self) -> Self:
        """Neither confirmed nor stopped; also those that have expired."""
        return self.filter(confirmed_at__isnull=True, cancelled_at__isnull=True)


class AccountReset(TakesTwo):
    """One coordinator asks, a second person confirms; until then whoever was told can stop it (`people.second`)."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"user", "new_address", "reason", "stop_reason"}
    PERSONAL = Personal(
        kept_out="names who of the office asked and confirmed; what was done to your account is in Event"
    )

    class Kind(models.TextChoices):
        FACTOR = "factor", _("Remove the second step (app, passkeys, recovery codes)")
        EMAIL = "email", _("Replace the email address")
        PHONE = "phone", _("Replace the phone number")

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

    objects = AccountResetQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="accountreset_confirmed_by_someone",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="accountreset_confirmed_by_another_or_later",
                condition=by_another_or_later(by="confirmed_by", asker="asked_by", at="confirmed_at"),
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

    @property
    def asker(self) -> User:
        return self.asked_by

    @property
    def whose(self) -> list[User]:
        return [self.user]

    @property
    def what(self) -> str:
        return {
            self.Kind.FACTOR: gettext("Remove an account’s second step"),
            self.Kind.EMAIL: gettext("Replace an account’s email address"),
            self.Kind.PHONE: gettext("Replace an account’s phone number"),
        }[self.Kind(self.kind)]

    @property
    def is_over(self) -> bool:
        return bool(self.confirmed_at or self.cancelled_at or self.is_expired)

    @property
    def began_at(self) -> datetime:
        return self.asked_at

    @property
    def stopped_on(self) -> datetime | None:
        return self.cancelled_at

    @property
    def is_done(self) -> bool:
        return self.confirmed_at is not None
