"""Two accounts of one student become one: one coordinator asks, another confirms (docs/adr/0006)."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from exchange.base.personal import Personal
from exchange.models.people import User
from exchange.models.takes_two import TakesTwo, by_another_or_later


class AccountMergeQuerySet(models.QuerySet["AccountMerge"]):
    def waiting(self) -> Self:
        """Neither confirmed nor canceled; also those that have expired."""
        return self.filter(confirmed_at__isnull=True, cancelled_at__isnull=True)

    def in_force(self) -> Self:
        return self.filter(confirmed_at__isnull=False, undone_at__isnull=True)


class AccountMerge(TakesTwo):
    """`closed` ends in `kept`, which gets what it has. Until it's confirmed, whoever was told can stop it
    (`people.second`). If `kept` is itself merged into a third account, `kept` becomes that one."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"kept", "closed", "reason", "stop_reason"}
    PERSONAL = Personal(
        kept_out="names who of the office asked and confirmed; what was done to your account is in Event"
    )

    kept = models.ForeignKey(User, on_delete=models.CASCADE, related_name="merges")
    closed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="merged_away")
    reason = models.TextField(help_text="How the office knows that both are the same person.")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    moved = models.JSONField(default=dict, help_text="Primary keys of what moved, by model and field, for the undo.")

    objects = AccountMergeQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(name="accountmerge_of_two", condition=~Q(kept=F("closed"))),
            models.CheckConstraint(
                name="accountmerge_confirmed_by_someone",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="accountmerge_confirmed_by_another_or_later",
                condition=by_another_or_later(by="confirmed_by", asker="asked_by", at="confirmed_at"),
            ),
            models.CheckConstraint(
                name="accountmerge_cancelled_by_someone",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, confirmed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accountmerge_undone_after_it_was_done",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="accountmerge_one_open_per_account",
                fields=["closed"],
                condition=Q(confirmed_at__isnull=True, cancelled_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="accountmerge_closed_once",
                fields=["closed"],
                condition=Q(confirmed_at__isnull=False, undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.closed_id} into {self.kept_id}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def asker(self) -> User:
        return self.asked_by

    @property
    def whose(self) -> list[User]:
        return [self.kept, self.closed]

    @property
    def what(self) -> str:
        return gettext("Merge two accounts of one student")

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
