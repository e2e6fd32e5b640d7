"""The group's insurance, and what a city asks of travelers' health."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.roles import Person
from exchange.models import DatedReference, PartnerCity
from travel.models.placement import Trip


class InsurancePolicyQuerySet(models.QuerySet["InsurancePolicy"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; for travelers and leaders those of their own trip. It isn't secret, but not public."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(trip__in=Trip.objects.filter(placements__application__student=user))
            | Q(trip__in=Trip.objects.opened_by(user))
        )


class InsurancePolicy(models.Model):
    """A policy that covers everyone on one trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="policies")
    insurer = models.CharField(max_length=120)
    name = models.CharField(max_length=120, help_text="What the insurer calls the plan.")
    number = models.CharField(max_length=60)
    phone = PhoneNumberField(max_length=30, help_text="To call from abroad.")
    covers_en = models.TextField()
    covers_es = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField(help_text="Its last day.")
    covers = Localized()

    objects = InsurancePolicyQuerySet.as_manager()

    class Meta:
        ordering = ("insurer", "pk")
        verbose_name_plural = "insurance policies"
        constraints = [
            models.CheckConstraint(
                name="insurancepolicy_ends_after_it_begins",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The insurance ends before it begins."),
            ),
            models.UniqueConstraint(
                name="insurancepolicy_number_once_per_trip",
                fields=["trip", "insurer", "number"],
                violation_error_message=_("This policy is already on the list."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insurer} {self.number}"

    @property
    def covers_the_trip(self) -> bool:
        """Whether it's valid from the day of departure to the day of return. Needs the trip."""
        return self.valid_from <= self.trip.leaves_on and self.trip.home_on <= self.valid_until


class HealthRule(DatedReference):
    """What one city, or every city, asks of travelers' health: a vaccine, a rule about medicines."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        VACCINE = "vaccine", _("vaccine")
        MEDICINE = "medicine", _("medicine")

    class Strength(models.TextChoices):
        REQUIRED = "required", _("required")
        RECOMMENDED = "recommended", _("recommended")

    key = models.SlugField(max_length=60, unique=True)
    city = models.ForeignKey(
        PartnerCity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="health_rules",
        help_text="Empty: every city.",
    )
    kind = models.CharField(max_length=10, choices=Kind)
    strength = models.CharField(max_length=12, choices=Strength)
    order = models.PositiveSmallIntegerField(default=0)
    title_en = models.CharField(max_length=150)
    title_es = models.CharField(max_length=150)
    text_en = models.TextField()
    text_es = models.TextField()
    title = Localized()
    text = Localized()

    class Meta:
        ordering = ("order", "key")

    def __str__(self) -> str:
        return str(self.title)

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)
