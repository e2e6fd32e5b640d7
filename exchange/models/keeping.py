"""The record of backups: when the last good one was taken, and what failed."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone


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
