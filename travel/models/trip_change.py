"""Models of the office's decisions about a trip: it's canceled, postponed, rerouted or cut short; go or no-go."""

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.models import User
from travel.models.partner import CityStanding, OfficeQuerySet
from travel.models.placement import Trip


class TripChangeQuerySet(OfficeQuerySet["TripChange"]):
    def drafted(self) -> Self:
        return self.filter(applied_at__isnull=True, discarded_at__isnull=True)

    def applied(self) -> Self:
        return self.filter(applied_at__isnull=False)


class TripChange(models.Model):
    """One decision. A draft changes nothing; once applied, it stays as it is.

    `before`, `after`: {"leaves_on": "2027-06-01", "city": code, "host": code, ...}, only what changes.
    `effects`: {"travelers": 12, "told": 15}, as it was when applied.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="a decision about a whole trip; names who took it. What you were told is in Message")

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("canceled")
        POSTPONE = "postpone", _("postponed")
        REROUTE = "reroute", _("rerouted")
        SHORTEN = "shorten", _("cut short")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict, blank=True)
    reason_en = models.TextField(help_text="As students read it.")
    reason_es = models.TextField()
    drafted_at = models.DateTimeField(default=timezone.now)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    effects = models.JSONField(default=dict, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)
    reason = Localized()

    objects = TripChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-drafted_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="tripchange_applied_at_and_by_together",
                condition=Q(applied_at__isnull=True, applied_by__isnull=True)
                | Q(applied_at__isnull=False, applied_by__isnull=False),
            ),
            models.CheckConstraint(
                name="tripchange_applied_or_discarded_not_both",
                condition=Q(applied_at__isnull=True) | Q(discarded_at__isnull=True),
            ),
            models.CheckConstraint(
                name="tripchange_has_its_reason_in_both_languages", condition=~Q(reason_en="") & ~Q(reason_es="")
            ),
            models.UniqueConstraint(
                name="tripchange_one_draft_per_trip",
                fields=["trip"],
                condition=Q(applied_at__isnull=True, discarded_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:trip-change", kwargs={"code": self.code})

    @property
    def is_draft(self) -> bool:
        return self.applied_at is None and self.discarded_at is None

    def day(self, name: str, *, was: bool = False) -> date | None:
        """A date of `after`, or of `before`."""
        value: Any = (self.before if was else self.after).get(name)
        return date.fromisoformat(value) if value else None


def told_change(trip: Trip, since: datetime) -> TripChange | None:
    """The last decision about this trip that was carried out since then. One query."""
    return TripChange.objects.filter(trip=trip, applied_at__gte=since).order_by("-applied_at").first()


class GoDecisionQuerySet(OfficeQuerySet["GoDecision"]):
    def open(self) -> Self:
        """Not decided yet, or to be looked at again by now."""
        today = timezone.localdate()
        is_due = Q(result="") | Q(result=GoDecision.Result.WAIT, wait_until__lte=today)
        return self.filter(is_due, replaced_at__isnull=True)


class GoDecision(models.Model):
    """Whether a trip takes place although its city has a travel advisory of a level that asks for a decision.

    Another result, or a newer advisory, is a row of its own, so that every decision stays on record.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="a decision about a whole trip; names who of the office took it")

    class Result(models.TextChoices):
        GO = "go", _("the trip goes ahead")
        NO_GO = "no_go", _("the trip doesn’t go ahead")
        WAIT = "wait", _("wait and look again")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="go_decisions")
    standing = models.ForeignKey(CityStanding, on_delete=models.PROTECT, related_name="go_decisions")
    opened_at = models.DateTimeField(default=timezone.now)
    result = models.CharField(max_length=5, choices=Result, blank=True)
    wait_until = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="Another decision, or a newer advisory.")

    objects = GoDecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="godecision_decided_at_by_result_and_reason_together",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, result="", reason="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(result="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="godecision_waits_until_a_day",
                condition=Q(result="wait", wait_until__isnull=False) | (~Q(result="wait") & Q(wait_until__isnull=True)),
            ),
            models.UniqueConstraint(
                name="godecision_one_current_per_trip", fields=["trip"], condition=Q(replaced_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trip_id}: {self.result or 'open'}"

    def get_absolute_url(self) -> str:
        return reverse("travel:go-decision", kwargs={"code": self.code})

    @property
    def is_open(self) -> bool:
        is_due = self.result == self.Result.WAIT and self.wait_until and self.wait_until <= timezone.localdate()
        return self.replaced_at is None and (not self.result or bool(is_due))
