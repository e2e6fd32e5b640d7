"""The packing list: what a cycle's travelers bring, by trip and weather, and what each has packed."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Placement, Trip


class PackingFields(models.Model):
    """What a line of the list says, under which heading, and for which weather."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Group(models.TextChoices):
        """In the order of the list."""

        PAPERS = "papers", _("Documents and money")
        WITH_YOU = "with_you", _("In your carry-on")
        CLOTHES = "clothes", _("Clothes")
        WASH = "wash", _("Toiletries")
        THINGS = "things", _("Other things")

    class Weather(models.TextChoices):
        ANY = "", _("any weather")
        HOT = "hot", _("hot")
        COLD = "cold", _("cold")
        RAIN = "rain", _("rainy")

    key = models.SlugField(max_length=40)
    group = models.CharField(max_length=8, choices=Group)
    weather = models.CharField(max_length=4, choices=Weather, blank=True, default=Weather.ANY)
    order = models.PositiveSmallIntegerField(default=0)
    text_en = models.CharField(max_length=120)
    text_es = models.CharField(max_length=120)
    text = Localized()

    class Meta:
        abstract = True
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return self.text_en


class StandardPackingItem(PackingFields):
    """A line that every new cycle's list begins with."""

    class Meta(PackingFields.Meta):
        constraints = [models.UniqueConstraint(name="standardpackingitem_key_once", fields=["key"])]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class PackingItem(PackingFields):
    """A line of a cycle's list: for every trip, only for some, or for all but some."""

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="packing_items")
    trips = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Empty: every trip of the cycle.")
    left_out = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Trips that don't need it.")

    objects = OfficeQuerySet.as_manager()

    class Meta(PackingFields.Meta):
        constraints = [
            models.UniqueConstraint(
                name="packingitem_key_once_per_cycle",
                fields=["cycle", "key"],
                violation_error_message=_("This is already on the list."),
            )
        ]

    def is_for(self, trip: Trip) -> bool:
        """Whatever the weather. Prefetch `trips` and `left_out`."""
        chosen = [each.pk for each in self.trips.all()]
        return (not chosen or trip.pk in chosen) and trip.pk not in [each.pk for each in self.left_out.all()]


class PackingWeather(models.Model):
    """The weather that one trip packs for. A trip without a row lists everything, each under its weather."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    trip = models.OneToOneField(Trip, on_delete=models.CASCADE, related_name="packing_weather")
    kinds = models.JSONField(default=list, help_text="PackingFields.Weather values.")

    def __str__(self) -> str:
        return f"{self.trip_id}: {', '.join(self.kinds)}"


class PackingMarkQuerySet(models.QuerySet["PackingMark"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own: nobody else needs to know what is in a bag."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class PackingMark(models.Model):
    """What one traveler last said of one line, on whichever of their phones."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"is_packed"}
    PERSONAL = Personal("placement line=item.text_en is_packed marked_at")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="packing_marks")
    item = models.ForeignKey(PackingItem, on_delete=models.CASCADE, related_name="marks")
    is_packed = models.BooleanField()
    marked_at = models.DateTimeField(help_text="When they tapped it, which may be long before the phone could send it.")

    objects = PackingMarkQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="packingmark_once_per_line", fields=["placement", "item"])]

    def __str__(self) -> str:
        return f"{self.placement_id} {self.item_id}"
