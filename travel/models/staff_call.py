"""Model of staff's phone calls to students about their passport: who called, when, and what was agreed."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User


class PassportCallQuerySet(models.QuerySet["PassportCall"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; for an advisor those of their college's students; none for students."""
        if roles.is_coordinator(user):
            return self
        return self.filter(application__college__in=roles.advisor_college_ids(user))

    def of_today(self) -> Self:
        return self.filter(called_on=timezone.localdate())


class PassportCall(models.Model):
    """At most one call per student and day. What was agreed is chosen from a list, so no reason can be written down."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"agreed"}
    PERSONAL = Personal("application called_on called_at called_by agreed")

    class Agreed(models.TextChoices):
        NEXT_STEP = "next_step", _("will do the next step on time")
        BOOKS = "books", _("will book an appointment this week")
        COMES = "comes", _("will come see an advisor")
        CALLS_BACK = "calls_back", _("will call back")
        LEFT_WORD = "left_word", _("no answer, left a message")
        NOT_REACHED = "not_reached", _("no answer")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="passport_calls")
    agreed = models.CharField(max_length=12, choices=Agreed)
    called_on = models.DateField(default=timezone.localdate, help_text="The city's day.")
    called_at = models.DateTimeField(default=timezone.now)
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PassportCallQuerySet.as_manager()

    class Meta:
        ordering = ("-called_at", "-pk")
        constraints = [models.UniqueConstraint(name="passportcall_once_a_day", fields=["application", "called_on"])]
        indexes = [models.Index(fields=["called_on"], name="passportcall_by_day")]

    def __str__(self) -> str:
        return f"call to {self.application_id}: {self.agreed}"
