"""The itinerary of a trip, line by line: what the office writes, and what travelers were last told."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from travel.base.legs import Kind, Leg
from travel.models.partner import Contact
from travel.models.placement import Placement, Trip

# the fields of a row that are also fields of a `Leg`
LEG_FIELDS = (
    *("kind", "starts_at", "start_zone", "ends_at", "end_zone", "carrier", "number", "from_code", "from_name"),
    *("to_code", "to_name", "address", "address_local", "phone", "note_en", "note_es"),
)


class SegmentQuerySet(models.QuerySet["ItinerarySegment"]):
    def visible_to(self, user: Person) -> Self:
        """Every row for a coordinator, none for anyone else: travelers read what was published."""
        return self if roles.is_coordinator(user) else self.none()

    def there(self) -> Self:
        """Without those that the office has removed, although travelers haven't been told."""
        return self.filter(removed_at__isnull=True)


class ItinerarySegment(models.Model):
    """One flight, ride, stay or meeting point of a trip.

    The columns are what the office works on. `published` is what travelers see: a `Leg` as JSON, with `people`, which
    is None for everyone or {"placements": [keys], "leaders": [keys]}. A published row that is removed stays until
    people have been told. `confirmation` is for the office alone.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"confirmation", "published"}
    PERSONAL = Personal(
        kept_out="flights and lodging of a whole trip; yours are on the page of your trip, hour by hour"
    )

    class Kinds(models.TextChoices):
        FLIGHT = Kind.FLIGHT, _("flight")
        RIDE = Kind.RIDE, _("train, bus or car")
        STAY = Kind.STAY, _("place to stay")
        MEETING = Kind.MEETING, _("meeting point")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="segments")
    kind = models.CharField(max_length=8, choices=Kinds)
    starts_at = models.DateTimeField()
    start_zone = models.CharField(max_length=40, help_text="IANA time zone.")
    ends_at = models.DateTimeField(null=True, blank=True)
    end_zone = models.CharField(max_length=40, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=20, blank=True)
    from_code = models.CharField(max_length=3, blank=True, help_text="IATA")
    from_name = models.CharField(max_length=120, blank=True)
    to_code = models.CharField(max_length=3, blank=True, help_text="IATA")
    to_name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    address_local = models.CharField(max_length=200, blank=True, help_text="In local script, to show a driver.")
    phone = PhoneNumberField(max_length=30, blank=True)
    note_en = models.CharField(max_length=300, blank=True)
    note_es = models.CharField(max_length=300, blank=True)
    confirmation = models.CharField(max_length=60, blank=True, help_text="Booking reference; never in a message.")
    for_everyone = models.BooleanField(default=True)
    placements = models.ManyToManyField(Placement, blank=True, related_name="+")
    leaders = models.ManyToManyField(Contact, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=0, help_text="How often travelers were told of it.")
    published = models.JSONField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="itinerarysegment_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("It arrives before it leaves."),
            ),
            models.CheckConstraint(
                name="itinerarysegment_only_a_meeting_has_no_end",
                condition=Q(kind="meeting", ends_at__isnull=True, end_zone="")
                | (~Q(kind="meeting") & Q(ends_at__isnull=False) & ~Q(end_zone="")),
            ),
            models.CheckConstraint(
                name="itinerarysegment_flight_between_two_airports",
                condition=~Q(kind="flight") | ~Q(from_code="") & ~Q(to_code=""),
            ),
            models.CheckConstraint(
                name="itinerarysegment_removed_after_it_was_published",
                condition=Q(removed_at__isnull=True) | Q(published__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.trip_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:itinerary-segment", kwargs={"code": self.code})

    @property
    def leg(self) -> Leg:
        """As the office has it now."""
        return Leg(
            code=self.code,
            version=self.version,
            **{name: getattr(self, name) for name in LEG_FIELDS if name not in ("kind", "phone")},
            kind=Kind(self.kind),
            phone=str(self.phone),
        )

    @property
    def people(self) -> dict[str, list[int]] | None:
        """Who is on it now, as in `published`. Prefetch placements and leaders for many rows."""
        if self.for_everyone:
            return None
        return {
            "placements": sorted(row.pk for row in self.placements.all()),
            "leaders": sorted(row.pk for row in self.leaders.all()),
        }

    @property
    def told(self) -> Leg | None:
        """As travelers see it; None if they don't."""
        return Leg.of_json(self.published) if self.published else None

    @property
    def told_people(self) -> dict[str, list[int]] | None:
        return self.published["people"] if self.published else None

    def publish(self) -> None:
        """Set what travelers see to what the office has; the caller saves."""
        if self.told is None or self.told.is_news(self.leg):
            self.version += 1
        said: dict[str, Any] = {**self.leg.as_json(), "people": self.people}
        self.published = said

    @property
    def is_changed(self) -> bool:
        """Whether the office has something that travelers don't see yet."""
        if self.removed_at or self.told is None:
            return True
        return self.told != self.leg or self.told_people != self.people

    @staticmethod
    def is_with(
        people: dict[str, list[int]] | None, placement: Placement | None, leader: Contact | None = None
    ) -> bool:
        """Whether `people` contains this student or this leader."""
        if people is None:
            return True
        if placement is not None and placement.pk in people["placements"]:
            return True
        return leader is not None and leader.pk in people["leaders"]
