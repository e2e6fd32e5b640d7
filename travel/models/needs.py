"""A student's dietary and access needs on the trip: encrypted; the office and the host see only counts."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User
from travel.models.placement import Placement


class Diet(models.TextChoices):
    NO_MEAT = "no_meat", _("No meat")
    NO_FISH = "no_fish", _("No fish")
    VEGAN = "vegan", _("Vegan")
    NO_PORK = "no_pork", _("No pork")
    HALAL = "halal", _("Halal")
    KOSHER = "kosher", _("Kosher")
    NO_GLUTEN = "no_gluten", _("No gluten")
    NO_MILK = "no_milk", _("No dairy")
    NO_EGGS = "no_eggs", _("No eggs")
    NO_NUTS = "no_nuts", _("No nuts (allergy)")
    NO_SEAFOOD = "no_seafood", _("No seafood (allergy)")


class Access(models.TextChoices):
    STAIRS = "stairs", _("Few stairs, or an elevator")
    WHEELCHAIR = "wheelchair", _("Wheelchair access")
    REST = "rest", _("Short walks and time to rest")
    HEARING = "hearing", _("Hearing support")
    SEEING = "seeing", _("Vision support")
    QUIET = "quiet", _("A quiet room to rest")
    FRIDGE = "fridge", _("A fridge for medicine")
    POWER = "power", _("Power at night for a device")


class PracticalNeedsQuerySet(models.QuerySet["PracticalNeeds"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own row. Everyone else, the office included, gets counts: `travel.partners.arrivals`."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class PracticalNeeds(models.Model):
    """One student's needs. No row: not answered yet; empty lists: no special needs. Removed after the trip.

    `wants_to_talk` is for needs that aren't on the lists: the office learns who wants to talk, never about what.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"needs", "wants_to_talk"}

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="practical_needs")
    needs = SealedJSONField(help_text='{"diet": [Diet], "access": [Access]}, encrypted.')
    wants_to_talk = models.BooleanField(default=False)
    told_at = models.DateTimeField(default=timezone.now)
    talked_at = models.DateTimeField(null=True, blank=True)
    talked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PracticalNeedsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "practical needs"
        constraints = [
            models.CheckConstraint(
                name="practicalneeds_talked_at_and_by_together",
                condition=Q(talked_at__isnull=True, talked_by__isnull=True)
                | Q(talked_at__isnull=False, talked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"needs of {self.placement_id}"
