"""Models of norming: sample files that all readers score before the real ones, their scores, and the discussion."""

from typing import ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import Language, User


class NormingFileQuerySet(models.QuerySet["NormingFile"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All for a coordinator; the published ones for advisors, and for readers with an assignment in the cycle."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        published = self.filter(cycle__norming_published_at__isnull=False)
        if roles.is_advisor(user):
            return published
        given_out = {
            "cycle__applications__assignments__reader": user,
            "cycle__applications__assignments__released_at__isnull": False,
        }
        return published.filter(**given_out).distinct()


class NormingFile(models.Model):
    """A sample file: answers that identify nobody, copied or written by the office."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="norming_files")
    order = models.PositiveSmallIntegerField(default=1)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    # [{"question": "...", "text": "..."}]
    answers = models.JSONField(default=list)
    # the points that the readers agreed on after the discussion, by criterion key
    agreed_points = models.JSONField(default=dict, blank=True)
    agreed_note = models.TextField(blank=True)

    objects = NormingFileQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return f"sample {self.order}"

    def get_absolute_url(self) -> str:
        return reverse("applications:norming-file", kwargs={"code": self.code})


class NormingReading(models.Model):
    """One reader's scores for a sample file; other readers see it once they have locked theirs."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"points", "comment"}
    PERSONAL = Personal(kept_out="a reader’s practice on a sample file, talked about among readers")

    file = models.ForeignKey(NormingFile, on_delete=models.CASCADE, related_name="readings")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="norming_readings")
    points = models.JSONField(default=dict, help_text="By criterion key.")
    comment = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=timezone.now)
    locked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="normingreading_once_per_reader", fields=["file", "reader"])]

    def __str__(self) -> str:
        return f"{self.reader_id} on {self.file_id}"


class NormingRemark(models.Model):
    """One contribution to the discussion of a sample file."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text"}
    PERSONAL = Personal(kept_out="a reader’s practice on a sample file, talked about among readers")

    file = models.ForeignKey(NormingFile, on_delete=models.CASCADE, related_name="remarks")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("said_at", "pk")

    def __str__(self) -> str:
        return f"remark on {self.file_id}"
