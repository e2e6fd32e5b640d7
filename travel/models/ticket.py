"""Models of the name on the plane ticket, and of document numbers that an airline or a consulate asks for."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import User
from travel.base.names import FullName
from travel.models.placement import Placement, Trip


class TicketNameQuerySet(models.QuerySet["TicketName"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(placement__in=Placement.objects.visible_to(user))

    def matched(self) -> Self:
        return self.filter(matched_at__isnull=False)


class TicketName(models.Model):
    """The name as it will be booked, and who found that it matches the passport; never the passport's own name."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"surnames", "given", "how"}
    PERSONAL = Personal("placement surnames given written_at written_by how matched_at matched_by")

    class How(models.TextChoices):
        SAME = "same", _("typed from the passport: same")
        ASKED = "asked", _("typed from the passport: nearly the same, approved by a person")
        LETTERS = "letters", _("compared letter by letter with the passport")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="ticket_name")
    surnames = models.CharField(_("surnames"), max_length=80, blank=True)
    given = models.CharField(_("given names"), max_length=80, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=How, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    matched_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = TicketNameQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ticketname_matched_at_by_and_how_together",
                condition=Q(matched_at__isnull=True, matched_by__isnull=True, how="")
                | (Q(matched_at__isnull=False, matched_by__isnull=False) & ~Q(how="")),
            ),
            models.CheckConstraint(name="ticketname_has_a_name", condition=~Q(surnames="", given="")),
        ]

    def __str__(self) -> str:
        return f"ticket of {self.placement_id}"

    @property
    def name(self) -> FullName:
        return FullName(self.surnames, self.given)

    def unmatch(self) -> bool:
        """Clear the match, because the name or the passport changed. Returns whether it was matched; does not save."""
        was_matched = self.matched_at is not None
        self.how, self.matched_at, self.matched_by = "", None, None
        return was_matched


class NumberPurpose(models.TextChoices):
    """The only two purposes for which a document number may be asked for."""

    CONSULATE = "consulate", _("the visa")
    AIRLINE = "airline", _("the airline")


class NumberNeedQuerySet(models.QuerySet["NumberNeed"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; for a student those of their own trip."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(trip__placements__application__student=user)

    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)


class NumberNeed(models.Model):
    """A coordinator's request for the document numbers of a trip's students. Without an open one, nobody is asked."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        kept_out="about a trip; names who of the office asked for the numbers. Yours is in DocumentNumber"
    )

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="number_needs")
    purpose = models.CharField(max_length=10, choices=NumberPurpose)
    reason_en = models.CharField(max_length=300)
    reason_es = models.CharField(max_length=300)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = Localized()

    objects = NumberNeedQuerySet.as_manager()

    class Meta:
        ordering = ("trip", "purpose", "-asked_at")
        constraints = [
            models.UniqueConstraint(
                name="numberneed_one_open_per_purpose",
                fields=["trip", "purpose"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="numberneed_ended_at_and_by_together",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.trip_id}"


class DocumentNumberQuerySet(models.QuerySet["DocumentNumber"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; for the office those not expired; none for advisors, readers and directors."""
        if roles.is_coordinator(user):
            return self.filter(expires_on__gte=timezone.localdate())
        if not user.is_authenticated:
            return self.none()
        return self.filter(placement__application__student=user)

    def without_number(self) -> Self:
        """For lists, which show that there is a number but don't need it decrypted."""
        return self.defer("number")


class DocumentNumber(models.Model):
    """One student's document number for one purpose, encrypted, kept until `expires_on`.

    Only one page shows it, to a coordinator who gives a reason.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"number"}
    PERSONAL = Personal(
        "placement purpose expires_on given_at",
        left_out={
            "number": "sealed: it leaves this portal in no file. You can write it anew or delete it on your page"
        },
    )

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="document_numbers")
    purpose = models.CharField(max_length=10, choices=NumberPurpose)
    number = SealedJSONField(help_text="Encrypted; never searched, listed or exported.")
    expires_on = models.DateField(help_text="Removed after this day.")
    given_at = models.DateTimeField(default=timezone.now)

    objects = DocumentNumberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="documentnumber_once_per_purpose", fields=["placement", "purpose"])]
        indexes = [models.Index(fields=["expires_on"], name="documentnumber_by_last_day")]

    def __str__(self) -> str:
        return f"number of {self.placement_id} for {self.purpose}"
