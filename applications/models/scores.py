"""Model of the published scores file: a cycle's anonymized points."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.personal import Personal
from exchange.models import User


class ScoresFileQuerySet(models.QuerySet["ScoresFile"]):
    def open(self) -> Self:
        return self.filter(taken_back_at__isnull=True)

    def visible_to(self, user: roles.Person) -> Self:
        """While published, everybody's, signed in or not; once taken back, only the office's."""
        return self if roles.is_coordinator(user) else self.open()


class ScoresFile(models.Model):
    """A cycle's scores file, frozen when it is first published.

    Published again after it was taken back, it has the same content: a second file without those who withdrew since
    would reveal, by comparison, which points were theirs.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"taken_back_reason"}
    PERSONAL = Personal(kept_out="points of the whole cycle under random numbers: nobody can say which are yours")

    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="scores_file")
    text = models.TextField(help_text="CSV: application, reader, criterion, points, under random numbers.")
    sha256 = models.CharField(max_length=64)
    applications = models.PositiveIntegerField(help_text="How many are in it.")
    readers = models.PositiveIntegerField()
    # the parameters of the figures at publication, because facts and seats may change later
    seats = models.PositiveSmallIntegerField(null=True, blank=True)
    files_min = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=4, decimal_places=1)
    # percent of a difference between colleges that survives adjusting, and the least: null in files of before
    kept = models.PositiveSmallIntegerField(null=True, blank=True)
    kept_min = models.PositiveSmallIntegerField(null=True, blank=True)
    found = models.TextField(help_text="What the portal worked out from it, in the words of script/check-scores.")
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_back_reason = models.TextField(blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScoresFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="scoresfile_has_points", condition=~Q(text="") & ~Q(sha256="")),
            models.CheckConstraint(
                name="scoresfile_taken_back_by_somebody_with_a_reason",
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True, taken_back_reason="")
                | (Q(taken_back_at__isnull=False, taken_back_by__isnull=False) & ~Q(taken_back_reason="")),
                violation_error_message=_("Say why you’re withdrawing it. It stays on the record."),
            ),
        ]

    def __str__(self) -> str:
        return f"scores of {self.cycle_id}"

    @property
    def is_open(self) -> bool:
        return self.taken_back_at is None
