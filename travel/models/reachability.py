"""How a traveler can be reached while they are away, in their own words: one choice, and a number if there is one."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.models.placement import Placement


class ReachabilityQuerySet(models.QuerySet["Reachability"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and all for a coordinator: it's for the days away, which advisors don't work on."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class Reachability(models.Model):
    """One per placement. Without a row we assume the confirmed number of the account, and email."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"way", "phone"}
    PERSONAL = Personal("placement way phone said_at")

    class Way(models.TextChoices):
        SAME_NUMBER = "same", _("My U.S. number works there: I turned on roaming")
        LOCAL_NUMBER = "local", _("A local number")
        DATA_ONLY = "data", _("Only data or Wi-Fi: no calls and no texts")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="reachability")
    way = models.CharField(max_length=5, choices=Way)
    phone = PhoneNumberField(blank=True, help_text="The local number.")
    said_at = models.DateTimeField(default=timezone.now)

    objects = ReachabilityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "reachability"
        constraints = [
            models.CheckConstraint(
                name="reachability_local_number_only_where_there_is_one",
                condition=Q(way="local") & ~Q(phone="") | ~Q(way="local") & Q(phone=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.way} of {self.placement_id}"
