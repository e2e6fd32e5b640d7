"""What a student told staff by phone, in person or in writing, and what staff recorded for them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.appeal import Appeal
from applications.models.application import Application
from applications.models.help import Thread
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User


class Heard(models.TextChoices):
    """How the office learned of it."""

    PHONE = "phone", _("said by phone")
    IN_PERSON = "in_person", _("said in person")
    WRITING = "writing", _("in writing")
    OFFICE = "office", _("the office decided")


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: roles.Person) -> Self:
        """The student's own, and all for the office."""
        if roles.is_coordinator(user):
            return self
        return self.filter(application__student=user) if user.is_authenticated else self.none()

    def in_force(self) -> Self:
        return self.filter(undone_at__isnull=True)


class Statement(models.Model):
    """One act of a student that staff did for them. The student reads it and can object; the office can undo it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reason", "kept"}
    PERSONAL = Personal(
        "application what heard heard_on reason recorded_at undone_at objected_at",
        left_out={"kept": "what an undo needs; what it changed is in your other tables"},
    )

    class What(models.TextChoices):
        WITHDRAW = "withdraw", _("Withdraws from the program")
        CONFIRM = "confirm", _("Takes the spot")
        DECLINE = "decline", _("Gives up the spot")
        HIGHER = "higher", _("Would like a city higher on their list")
        TRIP = "trip", _("Changes to another trip")
        APPEAL = "appeal", _("Asks us to look at the decision again")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="statements")
    what = models.CharField(max_length=8, choices=What)
    heard = models.CharField(max_length=10, choices=Heard)
    heard_on = models.DateField()
    heard_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True, help_text="In the words of who recorded it; the student reads it.")
    kept = models.JSONField(default=dict, blank=True, help_text="What its words and its undo need, if the act says so.")
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    objected_at = models.DateTimeField(null=True, blank=True)
    # what was opened for the student, if they asked for a decision to be looked at again
    appeal = models.OneToOneField(Appeal, on_delete=models.SET_NULL, null=True, blank=True, related_name="statement")
    # where the student said what is wrong, and where they are answered
    thread = models.OneToOneField(Thread, on_delete=models.SET_NULL, null=True, blank=True, related_name="statement")

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ("-recorded_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="statement_heard_by_someone_unless_the_office_decided",
                condition=Q(heard="office") | Q(heard_by__isnull=False),
            ),
            models.CheckConstraint(
                name="statement_undone_at_and_by_together",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
            models.CheckConstraint(
                name="statement_thread_only_after_an_objection",
                condition=Q(thread__isnull=True) | Q(objected_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.application_id}"

    def get_absolute_url(self) -> str:
        return reverse("applications:statement-detail", kwargs={"code": self.code})
