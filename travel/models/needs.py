"""What a student needs on the trip: encrypted; who sees it and why is in docs/adr/0021."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.personal import Personal
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


class Allergen(models.TextChoices):
    PEANUTS = "peanuts", _("Peanuts")
    NUTS = "nuts", _("Other nuts")
    MILK = "milk", _("Milk")
    EGGS = "eggs", _("Eggs")
    FISH = "fish", _("Fish")
    SHELLFISH = "shellfish", _("Shrimp and other shellfish")
    WHEAT = "wheat", _("Wheat")
    SOY = "soy", _("Soy")
    SESAME = "sesame", _("Sesame")
    INSECTS = "insects", _("Insect stings")
    PENICILLIN = "penicillin", _("Penicillin")
    LATEX = "latex", _("Latex")
    ANIMALS = "animals", _("Animals")
    OTHER = "other", _("Something else")


class Severity(models.TextChoices):
    MILD = "mild", _("Mild: it’s unpleasant, but it passes")
    SEVERE = "severe", _("Severe: I need help fast")


class NeedsPart(models.TextChoices):
    """What is answered and saved together."""

    FOOD = "food", _("Food and taking part")
    ALLERGIES = "allergies", _("Allergies")
    HEALTH = "health", _("Medicine, health and support")
    SHARING = "sharing", _("What your host may know")
    ARRANGED = "arranged", _("Vaccines and medicines")


# the keys of `PracticalNeeds.needs` that a part answers
KEYS: Mapping[str, tuple[str, ...]] = {
    NeedsPart.FOOD: ("diet", "access"),
    NeedsPart.ALLERGIES: ("allergies",),
    NeedsPart.HEALTH: ("support", "medicines", "health"),
    NeedsPart.SHARING: ("by_name",),
    NeedsPart.ARRANGED: ("arranged",),
}
# what is asked of everyone; what is arranged is the student's own list, and no card shows it
ASKED = (NeedsPart.FOOD, NeedsPart.ALLERGIES, NeedsPart.HEALTH, NeedsPart.SHARING)


class ByName(models.TextChoices):
    """What the host may be told together with the student's name."""

    DIET = "diet", _("What I eat and don’t eat")
    ACCESS = "access", _("What I need to take part")
    ALLERGIES = "allergies", _("My allergies")


TO_TALK = Q(wants_to_talk=True, talked_at__isnull=True)


class PracticalNeedsQuerySet(models.QuerySet["PracticalNeeds"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own row.

        A host gets counts (`travel.partners.arrivals`). The office and the trip's leaders give a purpose first
        (`travel.prepare.needs.opening`).
        """
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def to_talk(self) -> Self:
        """Of those with whom the office still has to talk."""
        return self.filter(TO_TALK)


class PracticalNeeds(models.Model):
    """One student's needs. No row: not answered yet; empty lists: no special needs. Removed after the trip.

    `needs`: the answers by the keys of KEYS, and "parts": the parts that were saved on a page that says who reads them
    by name. Answers of older rows have no part: they were promised to be read by nobody, and only the counts use them.
    `wants_to_talk` is for needs that aren't on the lists: the office learns who wants to talk, never about what.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"needs", "wants_to_talk"}
    PERSONAL = Personal("placement needs wants_to_talk told_at talked_at talked_by")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="practical_needs")
    needs = SealedJSONField(help_text='{"diet": [Diet], "access": [Access], "allergies": […], …}, encrypted.')
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
        indexes = [models.Index(fields=["placement"], condition=TO_TALK, name="practicalneeds_to_talk")]  # they are few

    def __str__(self) -> str:
        return f"needs of {self.placement_id}"

    def answers(self, part: str) -> dict[str, Any]:
        """The answers of one part by key; a key that isn't answered is missing."""
        needs: Any = self.needs
        return {key: needs[key] for key in KEYS[part] if key in needs}

    def is_said(self, part: str) -> bool:
        """Whether the student has saved this part knowing who reads it."""
        needs: Any = self.needs
        return part in needs.get("parts", ())
