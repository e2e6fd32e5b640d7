"""Whom to call for a student in an emergency: encrypted; who sees it and why is in docs/adr/0021."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from travel.models.placement import Placement


class Relation(models.TextChoices):
    PARENT = "parent", _("Mother or father")
    PARTNER = "partner", _("Partner, husband or wife")
    SIBLING = "sibling", _("Sister or brother")
    GRANDPARENT = "grandparent", _("Grandmother or grandfather")
    AUNT = "aunt", _("Aunt or uncle")
    CHILD = "child", _("Daughter or son")
    FRIEND = "friend", _("Friend")
    OTHER = "other", _("Someone else")


class Spoken(models.TextChoices):
    ENGLISH = "en", _("English")
    SPANISH = "es", _("Spanish")
    BOTH = "both", _("English and Spanish")
    OTHER = "other", _("Another language")


class CardPurpose(models.TextChoices):
    """The reasons to open needs and contacts; stored with each opening, and shown to the student."""

    PREPARING = "preparing", _("to prepare the trip")
    LODGING = "lodging", _("to plan rooms and meals")
    CARE = "care", _("to help someone who feels sick")
    EMERGENCY = "emergency", _("because of an emergency")
    ROSTER = "roster", _("for the list that the trip’s leaders carry")


class EmergencyContactQuerySet(models.QuerySet["EmergencyContact"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own. The office and the trip's leaders give a purpose first: `travel.prepare.needs.opening`."""
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()


class EmergencyContact(models.Model):
    """One of the two people to call for a student. Removed after the trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said"}
    PERSONAL = Personal("placement number said told_at")
    NUMBERS: ClassVar = {"first": 1, "second": 2}  # by the word in addresses

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="emergency_contacts")
    number = models.PositiveSmallIntegerField(help_text="1: call first, 2: call next.")
    said = SealedJSONField(
        help_text='{"name", "relation", "relation_words", "phone", "language", "language_words", "knows"}, encrypted.'
    )
    told_at = models.DateTimeField(default=timezone.now)

    objects = EmergencyContactQuerySet.as_manager()

    class Meta:
        ordering = ("placement", "number")
        constraints = [
            models.UniqueConstraint(name="emergencycontact_once_per_number", fields=["placement", "number"]),
            models.CheckConstraint(name="emergencycontact_first_or_second", condition=Q(number__in=[1, 2])),
        ]

    def __str__(self) -> str:
        return f"contact {self.number} of {self.placement_id}"

    @property
    def words(self) -> dict[str, Any]:
        words: dict[str, Any] = self.said
        return words
