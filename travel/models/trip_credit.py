"""Whether a college counts a trip for credit, as its own people say, for the yearly survey of study abroad."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import College, User
from travel.models.placement import Trip


class TripCreditQuerySet(models.QuerySet["TripCredit"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, an advisor's own colleges'; none for anyone else."""
        if roles.is_coordinator(user):
            return self
        return self.filter(college__in=roles.advisor_college_ids(user))


class TripCredit(models.Model):
    """What one college says of one trip. `activity`: what a trip without credit was, in the survey's words."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="what a college says of a trip; names who of its people said so")

    class Kind(models.TextChoices):
        CREDIT = "credit", _("for credit")
        NONCREDIT = "noncredit", _("not for credit")

    class Activity(models.TextChoices):
        SERVICE = "service", _("volunteering or service learning")
        INTERNSHIP = "internship", _("work or internship")
        RESEARCH = "research", _("research or field work")
        OTHER = "other", _("conference, performance or another activity")

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="credits")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    activity = models.CharField(max_length=10, choices=Activity, blank=True)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)

    objects = TripCreditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="tripcredit_once_per_college", fields=["trip", "college"]),
            models.CheckConstraint(
                name="tripcredit_activity_without_credit",
                condition=Q(kind="credit", activity="") | (Q(kind="noncredit") & ~Q(activity="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.trip_id} at {self.college_id}"
