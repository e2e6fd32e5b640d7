"""A call to a student about the way to a passport: who called, when, and what was agreed."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from exchange.base import roles
from exchange.models import User


class PassportCallQuerySet(models.QuerySet["PassportCall"]):
    def visible_to(self, user):
        """Of staff who may see the application: the office and the home college."""
        if roles.is_coordinator(user):
            return self
        return self.filter(application__college__in=roles.advisor_college_ids(user))

    def of_today(self):
        return self.filter(called_on=timezone.localdate())


class PassportCall(models.Model):
    """One a day for each student, so that nobody is called twice. Chosen from a list: there is no room for a reason."""

    PERSONAL_FIELDS: ClassVar = {"agreed"}

    class Agreed(models.TextChoices):
        NEXT_STEP = "next_step", _("will do the next step by its date")
        BOOKS = "books", _("books an appointment this week")
        COMES = "comes", _("comes to see an advisor")
        CALLS_BACK = "calls_back", _("calls back")
        LEFT_WORD = "left_word", _("not reached, left a message")
        NOT_REACHED = "not_reached", _("not reached")

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

    def __str__(self):
        return f"call to {self.application_id}: {self.agreed}"
