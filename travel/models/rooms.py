"""Who shares a room, and small groups: what students wish and need, the rooms, and who is in which."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Placement, Trip


class RoomNeed(models.TextChoices):
    """What a room has to be; nobody has to say why."""

    QUIET = "quiet", _("a quiet room")
    ACCESSIBLE = "accessible", _("a room without stairs, with space to move")
    OWN = "own", _("a room of your own")


class RoomPlan(models.Model):
    """How the rooms of a trip are shared. `options`: [{"key", "en", "es"}], among which a student may choose one."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="about a trip; names who of the office published it. Your room is in RoomSeat")

    trip = models.OneToOneField(Trip, on_delete=models.CASCADE, related_name="room_plan")
    options = models.JSONField(default=list, blank=True)
    wishes_max = models.PositiveSmallIntegerField(default=3, help_text="How many people a student may name.")
    mixes_colleges = models.BooleanField(default=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="roomplan_published_at_and_by_together",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"rooms of {self.trip_id}"


class RoomWishQuerySet(models.QuerySet["RoomWish"]):
    def visible_to(self, user: Person) -> Self:
        """A student's own. The office reads wishes through its plan, and needs only for a purpose."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class RoomWish(models.Model):
    """What one student said about sharing a room: {"option", "people": codes of placements, "needs"}; sealed."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said"}
    PERSONAL = Personal("placement said told_at")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="room_wish")
    said = SealedJSONField()
    told_at = models.DateTimeField(default=timezone.now)

    objects = RoomWishQuerySet.as_manager()

    def __str__(self) -> str:
        return f"room wish of {self.placement_id}"


class Room(models.Model):
    """A room of a trip with its beds, or a small group with its places."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        ROOM = "room", _("room")
        GROUP = "group", _("small group")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="rooms")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.ROOM)
    number = models.PositiveSmallIntegerField()
    beds = models.PositiveSmallIntegerField()
    is_quiet = models.BooleanField(default=False)
    is_accessible = models.BooleanField(default=False)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("-kind", "number")
        constraints = [
            models.UniqueConstraint(name="room_number_once_per_trip", fields=["trip", "kind", "number"]),
            models.CheckConstraint(name="room_has_beds", condition=Q(beds__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def name(self) -> str:
        words = _("Room %(number)s") if self.kind == self.Kind.ROOM else _("Group %(number)s")
        return str(words) % {"number": self.number}


class RoomSeat(models.Model):
    """One student's place in one room, or in one group."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"room"}
    PERSONAL = Personal("placement kind room=room.name")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="seats")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="room_seats")
    kind = models.CharField(max_length=5, choices=Room.Kind, help_text="Of the room.")

    class Meta:
        ordering = ("placement__application__student__full_name", "pk")
        constraints = [
            models.UniqueConstraint(name="roomseat_one_of_each_kind", fields=["placement", "kind"]),
        ]

    def __str__(self) -> str:
        return f"{self.placement_id} in {self.room_id}"
