"""A note of the office on a student, for colleagues."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from applications.models.application import Application
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import OfficeTask, User


class StaffNoteQuerySet(models.QuerySet["StaffNote"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All for the office but those about oneself; none for advisors, readers and the mayor's office."""
        if not roles.is_coordinator(user):
            return self.none()
        return self.exclude(application__student=user) if user.is_authenticated else self.none()


class StaffNote(models.Model):
    """What the office wants to remember about a student. With a due date it has a task, which has the owner."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"body"}
    PERSONAL = Personal("application body written_at edited_at")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="staff_notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)
    task = models.OneToOneField(OfficeTask, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StaffNoteQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")
        constraints = [
            models.CheckConstraint(name="staffnote_says_something", condition=~Q(body="")),
            models.CheckConstraint(
                name="staffnote_edited_at_and_by_together",
                condition=Q(edited_at__isnull=True, edited_by__isnull=True)
                | Q(edited_at__isnull=False, edited_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} on {self.application_id}"


class StaffNoteVersionQuerySet(models.QuerySet["StaffNoteVersion"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self.filter(note__in=StaffNote.objects.visible_to(user))


class StaffNoteVersion(models.Model):
    """What a note said before it was edited, and who had written that."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"body"}
    PERSONAL = Personal("application=note.application body written_at", of="note__application__student")

    note = models.ForeignKey(StaffNote, on_delete=models.CASCADE, related_name="versions")
    body = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects = StaffNoteVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-written_at", "-pk")

    def __str__(self) -> str:
        return f"{self.note_id} of {self.written_at:%Y-%m-%d}"
