"""A person's request about their own data, which the office answers by a day."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models.people import Role, User


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def visible_to(self, user: "User") -> Self:
        """A person's own; all for a coordinator."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_role(Role.Kind.COORDINATOR) else self.filter(asked_by=user)

    def open(self) -> Self:
        return self.filter(answered_at__isnull=True, dropped_at__isnull=True)


class DataRequest(models.Model):
    """To correct or to delete. A copy needs no request: the portal makes it at once."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text", "answer"}
    PERSONAL = Personal("kind text asked_at due_on result answer answered_by answered_at dropped_at", of="asked_by")

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correct something")
        DELETION = "deletion", _("Delete my data")

    class Result(models.TextChoices):
        DONE = "done", _("done")
        PARTLY = "partly", _("partly done")
        REFUSED = "refused", _("not done")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True, help_text="What, in the person's words.")
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    result = models.CharField(max_length=7, choices=Result, blank=True)
    answer = models.TextField(blank=True, help_text="What was done or why not, in words for the person.")
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="Withdrawn by the person.")

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        ordering = ("due_on", "pk")
        constraints = [
            models.CheckConstraint(
                name="datarequest_answered_with_a_result_and_words",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, result="", answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(result="") & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="datarequest_answered_or_dropped_not_both",
                condition=Q(answered_at__isnull=True) | Q(dropped_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="datarequest_one_open_per_kind",
                fields=["asked_by", "kind"],
                condition=Q(answered_at__isnull=True, dropped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.dropped_at is None
