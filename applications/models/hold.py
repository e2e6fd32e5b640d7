"""Legal holds: what must not be removed, whatever a retention rule says."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()

    def active(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class LegalHold(models.Model):
    """Keeps everything of one student, or of one cycle, until it is lifted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"student", "reason"}
    PERSONAL = Personal(kept_out="what the office has to keep, and why; it isn’t told to the person")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    student = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="legalhold_of_a_student_or_a_cycle",
                condition=Q(cycle__isnull=True, student__isnull=False) | Q(cycle__isnull=False, student__isnull=True),
            ),
            models.CheckConstraint(name="legalhold_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="legalhold_lifted_at_and_by_together",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="legalhold_once_per_student", fields=["student"], condition=Q(lifted_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="legalhold_once_per_cycle", fields=["cycle"], condition=Q(lifted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.cycle or self.student}"


def is_held(path: str = "") -> Exists:
    """Condition: a hold keeps the application that `path` leads to, such as "placement__application__"."""
    of_cycle = Q(cycle=OuterRef(f"{path}cycle"))
    of_student = Q(student=OuterRef(f"{path}student"))
    return Exists(LegalHold.objects.active().filter(of_cycle | of_student))
