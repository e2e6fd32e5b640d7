"""The one table of every count that was published. Frozen: a release is never changed (docs/adr/0027)."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from exchange.base.personal import Personal
from exchange.models.people import Role, User
from exchange.models.record import AppendOnly


class FigureReleaseQuerySet(AppendOnly["FigureRelease"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The mayor's office's and the exchange team's: what is public of it is on other pages."""
        may = isinstance(user, User) and (user.has_role(Role.Kind.DIRECTOR) or user.has_role(Role.Kind.COORDINATOR))
        return self if may else self.none()


class FigureRelease(models.Model):
    """Counts that were published together. `as_of`: when they were counted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="counts of many people; names who of the office published them")

    class Kind(models.TextChoices):
        OUTCOMES = "outcomes", "figures of cycles"
        SCORES = "scores", "a cycle's points, as a file"
        LOTTERY = "lottery", "how many are in a lottery"

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    as_of = models.DateTimeField()
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    threshold = models.PositiveSmallIntegerField(help_text="Counts below it weren't told.")
    band = models.PositiveSmallIntegerField(help_text="The least values of a range that stands for a count.")
    open_values = models.PositiveSmallIntegerField(help_text="The least values that a hidden count kept.")
    note = models.TextField(blank=True)

    objects = FigureReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"release {self.number}"


class ReleasedFigureQuerySet(AppendOnly["ReleasedFigure"]):
    def about(self, *subjects: str) -> Self:
        return self.filter(subject__in=subjects)


class ReleasedFigure(models.Model):
    """One count, as it was told: from `low` to `high`; both empty: not told."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="counts of many people")

    release = models.ForeignKey(FigureRelease, on_delete=models.PROTECT, related_name="figures")
    subject = models.CharField(max_length=200, help_text="The code of a cycle, or of several joined by +.")
    name = models.CharField(max_length=40)
    by = models.CharField(max_length=40, blank=True, help_text="The way of grouping; empty: everybody.")
    group = models.CharField(max_length=100, blank=True)
    low = models.PositiveIntegerField(null=True, blank=True)
    high = models.PositiveIntegerField(null=True, blank=True)
    why = models.CharField(max_length=10)

    objects = ReleasedFigureQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(name="figure_is_told_once", fields=["subject", "name", "by", "group"]),
            models.CheckConstraint(
                name="figure_is_a_range_or_hidden",
                condition=Q(low__isnull=True, high__isnull=True) | Q(low__isnull=False, high__gte=F("low")),
            ),
        ]

    def __str__(self) -> str:
        return "/".join(part for part in (self.subject, self.name, self.by, self.group) if part)
