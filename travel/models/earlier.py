"""Years from before the portal: counts with their sources, and travelers without an application here."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import College, PartnerCity, User

PREFIX = "earlier-"


def code_of(year: int) -> str:
    """Under which the counts of a year are published, beside the codes of cycles."""
    return f"{PREFIX}{year}"


class EarlierQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, user: Person) -> Self:
        """The office's alone: everyone else sees what was published."""
        return self if roles.is_coordinator(user) else self.none()


class EarlierImport(models.Model):
    """One file that the office imported. Undoing it deletes what it brought; the audit log keeps both."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="a file of the office; names who of the office imported it")

    class Kind(models.TextChoices):
        COUNTS = "counts", _("counts")
        PEOPLE = "people", _("people")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=6, choices=Kind)
    imported_at = models.DateTimeField(default=timezone.now)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = EarlierQuerySet["EarlierImport"].as_manager()

    class Meta:
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class EarlierCount(models.Model):
    """A number of people of one year, as an older record has it. `measure`: as in the released figures.

    `was_published`: the source is public, so the number is known to everyone and needs no hiding.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="counts of many people")

    file = models.ForeignKey(EarlierImport, on_delete=models.CASCADE, related_name="counts")
    year = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=40)
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveIntegerField()
    was_published = models.BooleanField()
    source = models.CharField(max_length=200)
    source_url = models.URLField(blank=True)
    as_of = models.DateField()

    objects = EarlierQuerySet["EarlierCount"].as_manager()

    class Meta:
        ordering = ("year", "pk")
        constraints = [
            models.UniqueConstraint(
                name="earliercount_once", fields=["year", "measure"], condition=Q(city__isnull=True)
            ),
            models.UniqueConstraint(name="earliercount_once_per_city", fields=["year", "measure", "city"]),
            models.CheckConstraint(name="earliercount_has_a_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.measure}"


class EarlierTraveler(models.Model):
    """Somebody who traveled with the program before the portal. The name goes after a time; the row stays counted.

    Without email, phone, birth date or anything about health or status: nothing here is needed to reach anybody.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"name"}
    PERSONAL = Personal(kept_out="people from before this portal, who have no account here")

    file = models.ForeignKey(EarlierImport, on_delete=models.CASCADE, related_name="travelers")
    year = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150, blank=True, help_text="Empty once its time is over.")
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="+")
    first_abroad = models.BooleanField(null=True, blank=True)
    first_flight = models.BooleanField(null=True, blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    objects = EarlierQuerySet["EarlierTraveler"].as_manager()

    class Meta:
        ordering = ("year", "name", "pk")

    def __str__(self) -> str:
        return self.name or f"traveler of {self.year}"
