"""Models of the committee's work beside the scores: notes, levers and reserves.

A lever is lawful and named: it uses an answer about opportunity. Race, ethnicity, sex, national origin, disability
and immigration are in no table that this app can import (docs/adr/0015).
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.localized import Localized
from exchange.base.personal import COMMITTEE, Personal
from exchange.models import College, User


class CommitteeNoteQuerySet(models.QuerySet["CommitteeNote"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All notes for a coordinator, save those about the person's own application."""
        return self.exclude(application__student=user) if roles.is_coordinator(user) else self.none()


class CommitteeNote(models.Model):
    """A committee member's note for the others; written as if the student will read it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text"}
    PERSONAL = Personal(kept_out=COMMITTEE)

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="committee_notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)

    objects = CommitteeNoteQuerySet.as_manager()

    class Meta:
        ordering = ("written_at", "pk")

    def __str__(self) -> str:
        return f"note on {self.application_id}"


class Lever(models.Model):
    """The definition of a group of applications, by the answer to one question that only the office reads."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        FIRST_GENERATION = "first_generation", _("first in the family to go to college")
        NEED = "need", _("financial need")
        FIRST_TRIP = "first_trip", _("first time abroad")
        DISTRICT = "district", _("council district")

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="levers")
    kind = models.CharField(max_length=16, choices=Kind)
    question_key = models.SlugField(max_length=40)
    # the stored answers that belong to the group; for districts, all possible ones
    values = models.JSONField(default=list)
    definition_en = models.CharField(max_length=300)
    definition_es = models.CharField(max_length=300)
    definition = Localized()

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="lever_kind_once_per_cycle", fields=["cycle", "kind"])]

    def __str__(self) -> str:
        return self.get_kind_display()


class Reserve(models.Model):
    """Seats kept for a group as a soft floor: filled only as far as the group has scored applicants."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="about groups of the cycle; names who of the committee set it")

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reserves")
    lever = models.ForeignKey(Lever, on_delete=models.CASCADE, null=True, blank=True, related_name="reserves")
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    value = models.CharField(max_length=40, blank=True, help_text="Which district; else empty.")
    seats = models.PositiveSmallIntegerField()
    reason = models.TextField(help_text="Why, for the record.")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="reserve_is_for_a_lever_or_a_college",
                condition=Q(lever__isnull=False, college__isnull=True) | Q(lever__isnull=True, college__isnull=False),
            ),
            models.CheckConstraint(name="reserve_keeps_a_seat", condition=Q(seats__gte=1)),
            models.CheckConstraint(name="reserve_has_a_reason", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="reserve_once_per_college", fields=["cycle", "college"], condition=Q(college__isnull=False)
            ),
            models.UniqueConstraint(
                name="reserve_once_per_group", fields=["lever", "value"], condition=Q(lever__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seats} for {self.lever or self.college}"
