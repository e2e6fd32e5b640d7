"""What the airline asks about each passenger: encrypted, asked for late, kept until shortly after the return."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User
from travel.models.placement import Placement, Trip


class Marker(models.TextChoices):
    """The letter that the passport prints."""

    F = "F", "F"
    M = "M", "M"
    X = "X", "X"
    TALK = "talk", _("I’d like to talk with someone first")


class TicketingDetailsQuerySet(models.QuerySet["TicketingDetails"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and all for the office, which says what for (`travel.prepare.ticketing.actions`)."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def without_words(self) -> Self:
        """For pages that show that there is something, but don't need it decrypted."""
        return self.defer("said")


class TicketingDetails(models.Model):
    """One passenger's name, date of birth and marker, as the passport prints them. Removed after the trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said"}
    PERSONAL = Personal("placement said told_at sent_at")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="ticketing_details")
    said = SealedJSONField(help_text='{"surnames", "given", "born": ISO date, "marker": Marker}, encrypted.')
    told_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When it last left the portal in the list.")

    objects = TicketingDetailsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ticketing details"

    def __str__(self) -> str:
        return f"ticketing details of {self.placement_id}"

    @property
    def words(self) -> dict[str, Any]:
        words: dict[str, Any] = self.said
        return words

    @property
    def is_changed_since_sent(self) -> bool:
        return self.sent_at is not None and self.told_at > self.sent_at


class TicketingExportQuerySet(models.QuerySet["TicketingExport"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office, none for anyone else."""
        return self if roles.is_coordinator(user) else self.none()


class TicketingExport(models.Model):
    """The list of one trip was downloaded for the airline or agency. Holds nobody's details."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reason"}
    PERSONAL = Personal(kept_out="a list of a whole trip; names who of the office made it. Yours is in Disclosure")

    class Kind(models.TextChoices):
        XLSX = "xlsx", "Excel"
        CSV = "csv", "CSV"

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="ticketing_exports")
    kind = models.CharField(max_length=4, choices=Kind)
    count = models.PositiveSmallIntegerField()
    missing = models.PositiveSmallIntegerField(help_text="Travelers who weren't on it.")
    is_first = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was needed again.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = TicketingExportQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="ticketingexport_one_first_per_trip", fields=["trip"], condition=Q(is_first=True)
            ),
            models.CheckConstraint(
                name="ticketingexport_again_has_a_reason", condition=Q(is_first=True) | ~Q(reason="")
            ),
            models.CheckConstraint(name="ticketingexport_holds_somebody", condition=Q(count__gte=1)),
        ]

    def __str__(self) -> str:
        return f"list {self.code}"
