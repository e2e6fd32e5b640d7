"""The record of backups, and what proves that the audit log is whole."""

from datetime import datetime
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from exchange.models.record import AppendOnly


class BackupQuerySet(models.QuerySet["Backup"]):
    def good(self) -> Self:
        """Complete, and read again after writing."""
        return self.filter(finished_at__isnull=False, error="")

    def last_good_at(self) -> datetime | None:
        return self.good().order_by("-started_at").values_list("started_at", flat=True).first()


class Backup(models.Model):
    """One backup, by the name of its folder; without `finished_at`, it is being taken, or was interrupted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    name = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes, encrypted")
    files = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0, help_text="Files that a row names and the storage did not have.")
    error = models.CharField(max_length=300, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True, help_text="When this system was restored from it.")

    objects = BackupQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="backup_is_good_or_failed", condition=Q(finished_at__isnull=True) | Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LogClosing(models.Model):
    """A link of the chain over the audit log: what a range of events holds, signed with the sealing key.

    `exchange.keeping.chain` says what `hash` and `signature` cover. Append-only, for the database too (docs/adr/0029).
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        DAY = "day", "a range was closed"
        KEYS = "keys", "signed with a new key"
        PURGE = "purge", "retention removed these events"
        ACCEPTED = "accepted", "an operator accepted what is there"

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    day = models.DateField(help_text="The last day whose events are in it.")
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=16, help_text="Fingerprint of the sealing key that signed it.")
    signature = models.CharField(max_length=64)

    objects = AppendOnly["LogClosing"].as_manager()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.CheckConstraint(name="logclosing_range_goes_up", condition=Q(last_id__gte=F("after_id"))),
            models.CheckConstraint(name="logclosing_accepted_says_why", condition=~Q(kind="accepted") | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind} {self.day}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("closings are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("closings are never deleted")
