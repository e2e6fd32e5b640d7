"""The city whose portal this is."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.localized import Localized
from exchange.base.pictures import Logo, ShownPicture, logo, shown
from exchange.models.reference import check_time_zone


class HomeCity(models.Model):
    """Its names and how to reach its office; one row at most. Read it with `exchange.base.home.home`.

    What the office left empty comes from the settings (`exchange.base.office`). `short_name`: at the head of text
    messages, in letters that every phone can show.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    ONLY = 1

    city_en = models.CharField(max_length=60)
    city_es = models.CharField(max_length=60)
    program_en = models.CharField(max_length=60)
    program_es = models.CharField(max_length=60)
    short_name = models.CharField(max_length=30, validators=[RegexValidator(r"\A[A-Za-z0-9 .,'&-]+\Z")])
    office_name_en = models.CharField(max_length=80, blank=True)
    office_name_es = models.CharField(max_length=80, blank=True)
    office_email = models.EmailField(blank=True)
    office_phone = PhoneNumberField(blank=True)
    office_hours_en = models.CharField(max_length=120, blank=True)
    office_hours_es = models.CharField(max_length=120, blank=True)
    address = models.TextField(max_length=300, blank=True)
    airport = models.CharField(
        max_length=3, help_text="IATA: where groups leave from unless their cycle says otherwise."
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[check_time_zone],
        help_text="IANA name: the clock of the whole portal. Read it with `exchange.base.home.home_zone`.",
    )
    latitude = models.DecimalField(max_digits=8, decimal_places=5)
    longitude = models.DecimalField(max_digits=8, decimal_places=5)
    picture_data = models.JSONField(null=True, blank=True, editable=False, help_text="What `picture` shows.")
    logo_data = models.JSONField(null=True, blank=True, editable=False, help_text="What `logo` shows.")

    city = Localized()
    program = Localized()
    office_name = Localized()
    office_hours = Localized()

    class Meta:
        verbose_name_plural = "home cities"
        constraints = [
            models.CheckConstraint(name="home_city_is_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="home_city_has_names",
                condition=~Q(city_en="") & ~Q(city_es="") & ~Q(program_en="") & ~Q(program_es="") & ~Q(short_name=""),
            ),
            models.CheckConstraint(
                name="home_city_is_on_earth",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return self.city_en

    @property
    def picture(self) -> ShownPicture | None:
        """As `PartnerCity.picture`."""
        return shown(self.picture_data)

    @property
    def logo(self) -> Logo | None:
        """Shown beside the city's name, which is its alternative text."""
        return logo(self.logo_data)
