"""The private links with which a student shows their trip to family: each with a name, and with what it shows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.models import Language
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose, end_of
from exchange.reference import facts
from travel.models.placement import Placement, Trip

DAYS_AFTER = "family.link_days_after"


def last_day(trip: Trip) -> date:
    """The last day on which a link of this trip can work, by its dates as they are now. One query."""
    return trip.home_on + timedelta(days=int(facts.number(DAYS_AFTER)))


class FamilyLink(LinkRow):
    """One link for one person. It shows only the parts the student checked, and nothing else about the student.

    `ends_on`: the day the student chose; empty: it follows the trip.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token", "label", "parts", "email", "phone"}
    PERSONAL = Personal(
        "placement label language email phone parts made_at ends_on expires_at stopped_at",
        left_out={"token": "it would open the link"},
    )
    CLOSED = (
        pgettext_lazy("to guests", "This page has closed"),
        pgettext_lazy(
            "to guests",
            "The link ended, was replaced, or is missing a part. Ask the student for a new one. In an emergency,"
            " call us.",
        ),
    )
    PURPOSE = Purpose(
        name="travel.family",
        opens=_("What a student shows of their trip to family"),
        route="travel:family-page",
        ended=dict.fromkeys((UNKNOWN, "expired", "stopped", "over"), CLOSED),
        follows="placement__trip",
        facts=(DAYS_AFTER,),
        needs=("placement__application__student", "placement__trip__city", "placement__trip__host"),
        works=Q(placement__trip__closed_at=None, placement__application__withdrawn_at=None),
        named=("placement__application__student__full_name",),
    )

    class Part(models.TextChoices):
        DATES = "dates", _("Dates and flights")
        HOTEL = "hotel", _("Where I’ll stay: host and address")
        LEADERS = "leaders", _("Group leaders and their phones")
        INSURANCE = "insurance", _("Insurance: who to call and what it covers")
        DAYS = "days", _("The program, day by day")
        FORMS = "forms", _("What my parent or guardian signs")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="family_links")
    label = models.CharField(max_length=60, help_text="For whom, in the student's words.")
    language = models.CharField(max_length=2, choices=Language)
    # where we write if the trip changes; empty: the student tells them
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(max_length=20, blank=True)
    parts = models.JSONField(default=list, help_text="FamilyLink.Part values")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("made_at", "pk")
        constraints = [
            *LinkRow.Meta.constraints,
            models.CheckConstraint(name="familylink_has_a_label", condition=~Q(label="")),
        ]

    def __str__(self) -> str:
        return f"family link {self.code}"

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        last = self.placement.trip.home_on + timedelta(days=int(days[DAYS_AFTER]))
        return end_of(min(last, self.ends_on or last))

    @property
    def holder(self) -> str:
        """The label is between the student and them."""
        return str(_("Family of %(student)s") % {"student": self.placement.application.person})

    @property
    def closed(self) -> LinkState | None:
        is_over = self.placement.trip.closed_at or self.placement.application.withdrawn_at
        return LinkState.OVER if is_over else None

    @property
    def speaks(self) -> str:
        return self.language
