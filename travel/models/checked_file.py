"""The columns of a file that somebody sends: private, and checked by a task before anyone can open it."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from applications.models import Upload


def path_in(folder: str, row: Any) -> str:
    """A random key instead of the filename, so that a leaked directory listing reveals nothing."""
    return f"{folder}/{row.code[:2]}/{row.code}{Upload.EXTENSIONS[row.content_type]}"


class CheckedFile(models.Model):
    """A model that inherits this has a `file` with its own folder, and a constraint that a refused one says why."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"file", "original_name"}

    code = models.CharField(max_length=32, unique=True, editable=False)
    file: Any
    original_name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="bytes")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what came in.")
    uploaded_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=Upload.State, default=Upload.State.RECEIVED)
    refused_because = models.CharField(max_length=16, choices=Upload.Refusal, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_kept(self) -> bool:
        """Checked, clean and stored: it can be opened."""
        return self.state == Upload.State.KEPT and bool(self.file)

    @property
    def is_waiting(self) -> bool:
        """It hasn't been checked yet."""
        return self.state == Upload.State.RECEIVED and bool(self.file)

    @property
    def extension(self) -> str:
        return Upload.EXTENSIONS[self.content_type]
