"""What the director's page says of today, made by a worker, because it counts every application and every passport."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class NowSummary(models.Model):
    """One row. `content`: what may be told (travel.outcomes.now), never a count that may not. `made_at`: as of when."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    number = models.PositiveSmallIntegerField(unique=True, default=1)
    content = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(name="nowsummary_is_one", condition=models.Q(number=1))]

    def __str__(self) -> str:
        return "what is so now"
