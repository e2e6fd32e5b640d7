"""A release that was confirmed and waits for its time: of results, of a placement, or of offers to the waitlist."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import here
from exchange.base.personal import Personal
from exchange.models import User


class ScheduledReleaseQuerySet(models.QuerySet["ScheduledRelease"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()

    def waiting(self) -> Self:
        return self.filter(canceled_at__isnull=True, started_at__isnull=True, refused_at__isnull=True)

    def due(self) -> Self:
        return self.waiting().filter(due_at__lte=timezone.now())


class ScheduledRelease(models.Model):
    """Nothing happens before `due_at`. Then it starts, or it is refused because what was confirmed isn't so any more.

    `about`: the code of the dry run or placement run; empty for offers to the waitlist. `details`: what the page said,
    as the kind needs it. One of `canceled_at`, `started_at` and `refused_at` ends it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"details", "refusal", "refusal_es"}
    PERSONAL = Personal(kept_out="when the office set a release for; what you were told is in Decision")

    class Kind(models.TextChoices):
        RESULTS = "results", _("Results")
        PLACEMENT = "placement", _("Placement")
        SPOTS = "spots", _("Offers to the waitlist")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=9, choices=Kind)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="scheduled_releases")
    about = models.CharField(max_length=8, blank=True)
    details = models.JSONField(default=dict, blank=True)
    due_at = models.DateTimeField()
    set_at = models.DateTimeField(default=timezone.now)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    canceled_at = models.DateTimeField(null=True, blank=True)
    canceled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=500, blank=True, help_text="Why it didn't go out.")
    refusal_es = models.CharField(max_length=500, blank=True)

    objects = ScheduledReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-set_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="scheduledrelease_one_waits_per_cycle_and_kind",
                fields=["cycle", "kind"],
                condition=Q(canceled_at__isnull=True, started_at__isnull=True, refused_at__isnull=True),
            ),
            models.CheckConstraint(
                name="scheduledrelease_canceled_at_and_by_together",
                condition=Q(canceled_at__isnull=True, canceled_by__isnull=True)
                | Q(canceled_at__isnull=False, canceled_by__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduledrelease_refused_with_a_reason",
                condition=Q(refused_at__isnull=True, refusal="") | (Q(refused_at__isnull=False) & ~Q(refusal="")),
            ),
            models.CheckConstraint(
                name="scheduledrelease_ends_in_one_way",
                condition=Q(canceled_at__isnull=True, started_at__isnull=True)
                | Q(canceled_at__isnull=True, refused_at__isnull=True)
                | Q(started_at__isnull=True, refused_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def refusal_here(self) -> str:
        """In the language of whoever reads it."""
        return here(self.refusal, self.refusal_es)

    @property
    def is_waiting(self) -> bool:
        return self.canceled_at is None and self.started_at is None and self.refused_at is None
