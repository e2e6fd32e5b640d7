"""Models of a student's files: an upload that arrives in pieces over a poor connection, and the kept file."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.cycle import Question
from exchange.base import roles
from exchange.base.personal import Personal


def upload_path(upload: "Upload", filename: str) -> str:
    """Storage path by random key, without the person's filename, so that a leaked listing reveals nothing."""
    return f"uploads/{upload.code[:2]}/{upload.code}{upload.extension}"


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: roles.Person) -> Self:
        """The student's own, and those of visible applications; files for the office are for coordinators only."""
        if not user.is_authenticated:
            return self.none()
        # also files of a visitor's draft that was merged into the student's
        own = Q(application__student=user) | Q(application__merged_into__student=user)
        seen = Q(application__in=Application.objects.visible_to(user))
        if not roles.is_coordinator(user):
            seen &= ~Q(question__audience=Question.Audience.OFFICE)
        return self.filter(own | seen)


class Upload(models.Model):
    """A file that answers one question: received, then checked by a task that keeps or refuses it.

    Until it is kept, `file` is what the phone sent, and it is shown to nobody. Kept: images are re-encoded, and the
    file is scanned for viruses. Refused: `file` is deleted, and `refused_because` has the reason.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"file", "original_name"}
    PERSONAL = Personal(
        "application question original_name content_type size uploaded_at state refused_because "
        "checked_at scanned_at delete_after file",
        erased="goes with its file",
    )

    class State(models.TextChoices):
        RECEIVED = "received", _("being checked")
        KEPT = "kept", _("kept")
        REFUSED = "refused", _("not kept")

    class Refusal(models.TextChoices):
        WRONG_TYPE = "wrong_type", _("It isn’t a photo or a PDF.")
        TOO_LARGE = "too_large", _("It’s too large.")
        TOO_MANY_PIXELS = "too_many_pixels", _("The picture has too many pixels.")
        UNREADABLE = "unreadable", _("We couldn’t open it.")
        TOO_HEAVY = "too_heavy", _("It’s too complex to open. Print it to a new PDF, or send photos of the pages.")
        ACTIVE = "active", _("It contains a program or a script.")
        INFECTED = "infected", _("Our virus scanner flagged it.")

    code = models.CharField(max_length=32, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="uploads")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="uploads")
    file = models.FileField(upload_to=upload_path, max_length=200)
    original_name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="bytes")
    uploaded_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    refused_because = models.CharField(max_length=16, choices=Refusal, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True, help_text="By the virus scanner, where there is one.")
    delete_after = models.DateField(null=True, blank=True)
    is_surplus = models.BooleanField(
        default=False,
        help_text="One of too many files for the question since two drafts were merged: it replaces none of them.",
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.CheckConstraint(name="upload_is_not_empty", condition=Q(size__gte=1)),
            models.CheckConstraint(
                name="upload_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
            models.CheckConstraint(
                name="upload_checked_unless_just_received",
                condition=Q(state="received", checked_at__isnull=True)
                | (~Q(state="received") & Q(checked_at__isnull=False)),
            ),
        ]

    # accepted content types; HEIC and WebP are kept as JPEG
    EXTENSIONS: ClassVar[dict[str, str]] = {
        "application/pdf": ".pdf",
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "image/heic": ".heic",
        "image/webp": ".webp",
    }

    def __str__(self) -> str:
        return self.original_name

    @property
    def extension(self) -> str:
        return self.EXTENSIONS[self.content_type]

    @property
    def url(self) -> str:
        """The view that checks permission and sends the file; the stored file has no public address."""
        return reverse("applications:upload-download", kwargs={"code": self.code})


class IncomingUpload(models.Model):
    """An upload in progress, piece by piece; after a dropped connection it continues where it stopped.

    `pieces`: the storage names of the pieces that arrived, in order; `received`: the sum of their bytes.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"original_name"}
    PERSONAL = Personal("application question original_name size received started_at")
    STORED_NAMES: ClassVar[set[str]] = {"pieces"}  # for backups: `exchange.keeping.stored_files`

    code = models.CharField(max_length=32, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="incoming_uploads")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    original_name = models.CharField(max_length=120)
    size = models.PositiveIntegerField(help_text="bytes, as the phone said")
    received = models.PositiveIntegerField(default=0, help_text="bytes")
    pieces = models.JSONField(default=list)
    started_at = models.DateTimeField(default=timezone.now)
    # set when the last piece arrives: if the phone sends that piece again, it gets the same upload
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="incomingupload_never_more_than_said", condition=Q(received__lte=F("size")))
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.received} of {self.size}"
