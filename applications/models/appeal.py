"""A student asks for a released decision to be looked at again, and the office answers."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.selection import Decision
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import OfficeTask, User


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: roles.Person) -> Self:
        """The student's own, and all for the office but those about oneself; none for advisors and readers."""
        if not user.is_authenticated:
            return self.none()
        if roles.is_coordinator(user):
            return self.exclude(application__student=user)
        return self.filter(application__student=user)

    def open(self) -> Self:
        return self.filter(answered_at__isnull=True, withdrawn_at__isnull=True)

    def in_force(self) -> Self:
        """All but those that the student took back, after which they can ask again."""
        return self.filter(withdrawn_at__isnull=True)

    def in_order(self) -> Self:
        """Open ones by their day, then those that were answered, newest first."""
        return self.order_by(F("answered_at").desc(nulls_first=True), "due_on", "pk")


class Appeal(models.Model):
    """One for each decision. Its task has the owner.

    An answer alone changes no result: a correction does, and it answers the appeal in the same transaction.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reason", "answer"}
    PERSONAL = Personal("application reason asked_at due_on withdrawn_at result answer answered_at")

    class Result(models.TextChoices):
        UPHELD = "upheld", _("The decision stands")
        CHANGED = "changed", _("The decision was changed")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="appeals")
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="appeals")
    reason = models.TextField(help_text="In the student's words, or in those of whom they told it (Statement.appeal).")
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(help_text="The day by which the student was promised an answer.")
    task = models.OneToOneField(OfficeTask, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=7, choices=Result, blank=True)
    answer = models.TextField(blank=True, help_text="The reasons, in the student's language; the student reads them.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="appeal_one_per_decision", fields=["decision"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(name="appeal_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="appeal_answer_is_whole",
                condition=Q(result="", answer="", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(result="") & ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="appeal_withdrawn_or_answered",
                condition=Q(withdrawn_at__isnull=True) | Q(answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("applications:appeal-detail", kwargs={"code": self.code})

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    @property
    def is_past_due(self) -> bool:
        return self.due_on < timezone.localdate()
