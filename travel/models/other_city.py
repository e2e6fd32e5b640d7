"""Open data of other cities, loaded from a file beside ours. Counts that others published; nobody's personal data."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User


class OtherCity(models.Model):
    """A city whose open data the office loaded, as it was in the newest file. `is_public`: also shown on /impact/."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="figures of another city, without persons; names who of the office loaded them")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    city = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=300, help_text="Where the file came from.")
    schema_version = models.CharField(max_length=10)
    as_of = models.DateField(help_text="Of its newest figure.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    is_public = models.BooleanField(default=False)
    loaded_at = models.DateTimeField(default=timezone.now)
    loaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("city",)
        verbose_name_plural = "other cities"

    def __str__(self) -> str:
        return self.city


class OtherCityFigure(models.Model):
    """One count of another city, as it published it: from `low` to `high`; both empty: not shown."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    city = models.ForeignKey(OtherCity, on_delete=models.CASCADE, related_name="figures")
    cycle = models.CharField(max_length=200)
    measure = models.CharField(max_length=40)
    group_by = models.CharField(max_length=40, blank=True)
    group = models.CharField(max_length=100, blank=True)
    low = models.PositiveIntegerField(null=True, blank=True)
    high = models.PositiveIntegerField(null=True, blank=True)
    as_of = models.DateField()
    definition = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                name="othercityfigure_is_there_once", fields=["city", "cycle", "measure", "group_by", "group"]
            ),
            models.CheckConstraint(
                name="othercityfigure_is_a_range_or_hidden",
                condition=Q(low__isnull=True, high__isnull=True) | Q(low__isnull=False, high__gte=F("low")),
            ),
        ]

    def __str__(self) -> str:
        return "/".join(part for part in (self.cycle, self.measure, self.group_by, self.group) if part)
