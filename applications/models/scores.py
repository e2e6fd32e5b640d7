"""The anonymised points of a cycle, as they were given to everybody."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.models import User


class ScoresFileQuerySet(models.QuerySet["ScoresFile"]):
    def open(self):
        return self.filter(taken_back_at__isnull=True)

    def visible_to(self, user):
        """Anybody's, signed in or not, while it is published; taken back, the office's alone."""
        return self if roles.is_coordinator(user) else self.open()


class ScoresFile(models.Model):
    """One for each cycle, frozen when it is published for the first time.

    Taken back and published again, it is the same: of two files, one without whoever withdrew since, the other would
    tell which points were theirs.
    """

    PERSONAL_FIELDS: ClassVar = {"taken_back_reason"}

    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="scores_file")
    text = models.TextField(help_text="CSV: application, reader, criterion, points, under random numbers.")
    sha256 = models.CharField(max_length=64)
    applications = models.PositiveIntegerField(help_text="How many are in it.")
    readers = models.PositiveIntegerField()
    # what the figures hang on, as it was then; dated facts and seats may change
    seats = models.PositiveSmallIntegerField(null=True, blank=True)
    files_min = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=4, decimal_places=1)
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
                violation_error_message=_("Say why it is taken back: it stays on the record."),
            ),
        ]

    def __str__(self):
        return f"scores of {self.cycle_id}"

    @property
    def is_open(self) -> bool:
        return self.taken_back_at is None
