"""A line a day: what a traveler writes for themselves while away. Encrypted, and read by nobody else."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from travel.models.placement import Placement

LINE_MAX = 280  # characters: a few sentences on a bus


class TripLineQuerySet(models.QuerySet["TripLine"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and nobody else's."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class TripLine(models.Model):
    """What one device wrote for one day. An empty text is a line that was taken back.

    A row per device, because the card opens without signing in: whoever has its link can add a line of their own, but
    reads and replaces none. `version` grows with each change on the device, so a late request brings back no old text.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said", "device"}
    PERSONAL = Personal(
        "placement on said written_at", left_out={"device": "a random name that your phone gave itself"}
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="lines")
    on = models.DateField(help_text="The day there.")
    device = models.CharField(max_length=32, help_text="A random name that the phone gave itself.")
    version = models.PositiveBigIntegerField(default=0)
    said = SealedJSONField(help_text='{"text"}, encrypted.')
    written_at = models.DateTimeField(default=timezone.now)

    objects = TripLineQuerySet.as_manager()

    class Meta:
        ordering = ("on", "written_at", "pk")
        constraints = [models.UniqueConstraint(name="tripline_once_a_day", fields=["placement", "on", "device"])]

    def __str__(self) -> str:
        return f"line of {self.on} of {self.placement_id}"

    @property
    def text(self) -> str:
        text: str = self.said["text"]
        return text
