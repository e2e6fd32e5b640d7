"""What a traveler shows and calls abroad: numbers for help in a city, and words in the language spoken there."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.phones import ShortNumber
from exchange.models import DatedReference, PartnerCity
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Trip


class HelpNumber(DatedReference):
    """A number to call in a partner city. Travelers see it only while it `is_reliable`: a wrong one costs minutes."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", _("Any emergency")
        AMBULANCE = "ambulance", _("Ambulance")
        POLICE = "police", _("Police")
        FIRE = "fire", _("Fire")
        EMBASSY = "embassy", _("Embassy or consulate")
        CLINIC = "clinic", _("Clinic")

    # kinds of a short number that anyone there knows; the others have a name and an address
    URGENT: ClassVar = (Kind.EMERGENCY, Kind.AMBULANCE, Kind.POLICE, Kind.FIRE)

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    city = models.ForeignKey(PartnerCity, on_delete=models.CASCADE, related_name="help_numbers")
    kind = models.CharField(max_length=10, choices=Kind)
    phone = models.CharField(max_length=30, help_text="E.164, or the short number of an emergency service.")
    name_en = models.CharField(max_length=120, blank=True)
    name_es = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    note_en = models.CharField(max_length=200, blank=True, help_text="Such as opening hours.")
    note_es = models.CharField(max_length=200, blank=True)
    name = Localized()
    note = Localized()

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "pk")
        constraints = [
            models.UniqueConstraint(
                name="helpnumber_once_per_city_and_kind",
                fields=["city", "kind", "phone"],
                violation_error_message=_("This number is already on the list."),
            ),
            models.CheckConstraint(
                name="helpnumber_place_has_a_name",
                condition=Q(kind__in=("emergency", "ambulance", "police", "fire")) | ~Q(name_en="") & ~Q(name_es=""),
                violation_error_message=_("Name the embassy or clinic in both languages."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city}: {self.label}"

    @property
    def label(self) -> str:
        return str(self.name) or str(self.get_kind_display())

    @property
    def dialed(self) -> str:
        """What is called: a ShortNumber, such as 112, or a number with its country."""
        return ShortNumber(self.phone) if self.kind in self.URGENT and self.phone.isdigit() else self.phone

    def natural_key(self) -> tuple[str, ...]:
        return (self.city.code, self.kind, self.phone)

    def correction_href(self) -> str:
        return reverse("travel:help-number-edit", kwargs={"code": self.code})


class LocalCard(models.Model):
    """Words for someone there to read: the hotel's address for a driver, an allergy for a waiter.

    Travelers see it only once a named person who reads the language has checked it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"checked_by_name"}
    PERSONAL = Personal(kept_out="who of the office or of a host checked a card of the city")

    class Kind(models.TextChoices):
        ADDRESS = "address", _("address for a driver")
        ALLERGY = "allergy", _("allergy")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    # an address is of one trip, an allergy's words are good for every trip to the city
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, null=True, blank=True, related_name="local_cards")
    city = models.ForeignKey(PartnerCity, on_delete=models.CASCADE, null=True, blank=True, related_name="local_cards")
    kind = models.CharField(max_length=10, choices=Kind)
    need = models.CharField(max_length=20, blank=True, help_text="Which allergy.")
    language = models.CharField(
        max_length=15, validators=[RegexValidator(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], help_text="BCP 47, such as vi."
    )
    text = models.TextField(help_text="In that language; the first line is set largest.")
    meaning_en = models.TextField()
    meaning_es = models.TextField()
    phone = PhoneNumberField(max_length=30, blank=True)
    checked_by_name = models.CharField(max_length=120, blank=True, help_text="Who reads the language and checked it.")
    checked_on = models.DateField(null=True, blank=True)
    meaning = Localized()

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "pk")
        constraints = [
            models.CheckConstraint(
                name="localcard_address_of_a_trip_allergy_of_a_city",
                condition=Q(kind="address", trip__isnull=False, city__isnull=True, need="")
                | (Q(kind="allergy", trip__isnull=True, city__isnull=False) & ~Q(need="")),
            ),
            models.CheckConstraint(
                name="localcard_check_has_a_name_and_a_day",
                condition=Q(checked_by_name="", checked_on__isnull=True)
                | (~Q(checked_by_name="") & Q(checked_on__isnull=False)),
            ),
            models.UniqueConstraint(
                name="localcard_allergy_once_per_city_and_language",
                fields=["city", "need", "language"],
                condition=Q(kind="allergy"),
                violation_error_message=_("There’s already a card for this allergy in this language."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.splitlines()[0] if self.text else ""

    @property
    def is_checked(self) -> bool:
        return self.checked_on is not None

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]
