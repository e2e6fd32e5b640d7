"""Attempts to sign in, from which attacks are seen and slowed, and the alerts about them.

Neither table holds an address: where somebody came from and what they typed are keyed hashes, which only this
installation can compare. Attempts are deleted after the fact sign_in.keep_days.
"""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code, new_token
from exchange.base.personal import Personal
from exchange.models.people import User


class SignInAttemptQuerySet(models.QuerySet["SignInAttempt"]):
    def by_strangers(self, since: datetime) -> Self:
        """From devices that never signed in to that account before."""
        return self.filter(at__gte=since, is_known_device=False)


class SignInAttempt(models.Model):
    """Somebody asked for a sign-in code, mistyped one, or signed in."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"address", "place", "user"}
    PERSONAL = Personal(kept_out="keyed hashes for a few days; your sign-ins and wrong codes are in Event")

    class Kind(models.TextChoices):
        ASKED = "asked", _("asked for a code")
        FAILED = "failed", _("typed a wrong code")
        DONE = "done", _("signed in")

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=6, choices=Kind)
    address = models.CharField(max_length=32, help_text="Keyed hash of the email address or number.")
    place = models.CharField(max_length=32, help_text="Keyed hash of the network address that the request came from.")
    # the account of the address, if it has one
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    is_known_device = models.BooleanField(default=False)
    # of the code that was sent; 0: none was. The code itself is computed from the seed and our key
    digits = models.PositiveSmallIntegerField(default=0)
    seed = models.CharField(max_length=43, default=new_token, editable=False)

    objects = SignInAttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["address", "at"], name="attempt_by_address"),
            models.Index(fields=["at"], name="attempt_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class SignInAlert(models.Model):
    """A pattern of attempts that looks like an attack: a task for the office, once per pattern and hour."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"about", "user"}
    PERSONAL = Personal(kept_out="a pattern of attempts that the office looked into; your sign-ins are in Event")

    class Kind(models.TextChoices):
        MANY_ADDRESSES = "addresses", _("many addresses tried from one place")
        MANY_PLACES = "places", _("one address tried from many places")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=9, choices=Kind)
    about = models.CharField(max_length=32, help_text="Keyed hash of the place or the address.")
    hour = models.DateTimeField(help_text="The hour in which it was first seen.")
    count = models.PositiveIntegerField(help_text="How many addresses, or how many places.")
    # the account of the address that was tried, if it has one
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-hour", "-pk")
        constraints = [
            models.UniqueConstraint(name="signinalert_once_per_hour", fields=["kind", "about", "hour"]),
            models.CheckConstraint(
                name="signinalert_handled_by_someone",
                condition=models.Q(handled_at__isnull=True, handled_by__isnull=True)
                | models.Q(handled_at__isnull=False, handled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hour:%Y-%m-%d %H}"
