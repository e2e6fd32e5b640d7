"""What a trip costs and who pays, as the office's budget has it. What the portal pays students is counted apart."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Trip


class TripCost(models.Model):
    """One line of a trip's budget: what for, who pays, planned, and what it came to. Whole cents of settings.CURRENCY.

    For the whole group, never for one person. `actual_cents` is empty until the bill is in.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="costs")
    what = models.CharField(max_length=100, help_text="For example: flights.")
    fund = models.CharField(max_length=100, help_text="Who pays: a sponsor or a fund.")
    planned_cents = models.PositiveIntegerField()
    actual_cents = models.PositiveIntegerField(null=True, blank=True)
    source_name = models.CharField(max_length=200, help_text="Where the amounts are written.")
    as_of = models.DateField()

    objects = OfficeQuerySet["TripCost"].as_manager()

    class Meta:
        ordering = ("fund", "what", "pk")
        constraints = [
            models.UniqueConstraint(
                name="tripcost_once_per_fund",
                fields=["trip", "what", "fund"],
                violation_error_message=_("This trip has this line already. Change that one."),
            ),
            models.CheckConstraint(
                name="tripcost_says_who_and_what", condition=~Q(what="") & ~Q(fund="") & ~Q(source_name="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.trip_id}"
