"""What the office has seen before it lets somebody lead a group or receive one: dates and names, never a document."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import User
from travel.models.partner import Contact, OfficeQuerySet


class Clearance(models.Model):
    """A background check that somebody passed, or a training they did, and who saw proof of it. The newest replaces."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"contact", "done_on"}
    PERSONAL = Personal(kept_out="what the office saw of a leader or a host, who aren’t students of the program")

    class Kind(models.TextChoices):
        BACKGROUND_CHECK = "check", _("background check")
        TRAINING = "training", _("training")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="clearances")
    kind = models.CharField(max_length=8, choices=Kind)
    done_on = models.DateField()
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("kind",)
        constraints = [models.UniqueConstraint(name="clearance_one_of_a_kind", fields=["contact", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_id}"
