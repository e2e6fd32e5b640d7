"""Incidents on a trip: who handles them, what was written about each, and what was exported. docs/adr/0021."""

from typing import Any, ClassVar, NoReturn, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.home import home_zone
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import Language, OfficeTask, User
from exchange.models.record import AppendOnly
from travel.models.partner import Contact
from travel.models.placement import Placement, Trip


class IncidentHandlerQuerySet(models.QuerySet["IncidentHandler"]):
    def visible_to(self, user: Person) -> Self:
        """All for those who may name one, none for anyone else."""
        return self if roles.looks_after_accounts(user) or roles.is_director(user) else self.none()

    def active(self) -> Self:
        """Those named who are still coordinators."""
        return self.filter(ended_at__isnull=True, user__is_active=True, user__roles__kind="coordinator")


class IncidentHandler(models.Model):
    """A coordinator who handles incidents: reads them and is told of a severe one. Named by another person."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"user"}
    PERSONAL = Personal(kept_out="names who of the office reads incidents")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="incident_handling")
    named_at = models.DateTimeField(default=timezone.now)
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = IncidentHandlerQuerySet.as_manager()

    class Meta:
        ordering = ("named_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="incidenthandler_once_at_a_time", fields=["user"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="incidenthandler_named_by_another", condition=~Q(named_by=F("user"))),
            models.CheckConstraint(
                name="incidenthandler_ended_at_and_by_together",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.named_at}"


def handles_incidents(user: Person) -> bool:
    """Whether this person was named to handle incidents, and still is. One query for a coordinator."""
    return roles.is_coordinator(user) and IncidentHandler.objects.active().filter(user=user.pk).exists()


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: Person) -> Self:
        """All for those who handle incidents; for a leader on the trip, those they wrote in or that were shared with
        leaders; none for anyone else."""
        if handles_incidents(user):
            return self
        return self.filter(pk__in=IncidentEntry.objects.visible_to(user).values("incident"))


class Incident(models.Model):
    """Something that happened on a trip. All words are in its entries. `severity` is the last one that was written.

    `zone`: of the place, as the times were written. `happened_at`: as first reported; a correction is an entry.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reported_by_name"}
    PERSONAL = Personal(kept_out="about several people, and what they told us; ask, and a person answers for your part")

    class Severity(models.TextChoices):
        MINOR = "minor", _("minor: dealt with on the spot")
        SERIOUS = "serious", _("serious: someone needs care, or the plan changes")
        SEVERE = "severe", _("severe: life, safety or a crime")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="incidents")
    severity = models.CharField(max_length=7, choices=Severity)
    happened_at = models.DateTimeField()
    zone = models.CharField(max_length=40, help_text="IANA time zone.")
    placements = models.ManyToManyField(Placement, blank=True, related_name="incidents")
    leaders = models.ManyToManyField(Contact, blank=True, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reported_by_name = models.CharField(max_length=120, blank=True, help_text="A leader without an account.")
    key = models.CharField(
        max_length=36,
        blank=True,
        help_text="Made on a phone, so that a report that is sent twice is one.",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ("-happened_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="incident_closed_at_and_by_together",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="incident_happened_before_it_was_reported", condition=Q(happened_at__lte=F("reported_at"))
            ),
            models.CheckConstraint(
                name="incident_names_who_reported_it", condition=Q(reported_by__isnull=False) | ~Q(reported_by_name="")
            ),
            models.UniqueConstraint(name="incident_key_once_per_trip", fields=["trip", "key"], condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"incident {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:incident", kwargs={"code": self.code})

    @property
    def reporter(self) -> str:
        return str(self.reported_by) if self.reported_by else self.reported_by_name

    @property
    def place_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone) if self.zone else home_zone()


class IncidentEntryQuerySet(AppendOnly["IncidentEntry"]):
    def visible_to(self, user: Person) -> Self:
        """All for those who handle incidents; a leader's own and those shared with leaders, while they lead."""
        if handles_incidents(user):
            return self
        if not user.is_authenticated:
            return self.none()
        trips = Trip.objects.led_now_by(user)
        return self.filter(Q(by=user) | Q(for_leaders=True), incident__trip__in=trips)


class IncidentEntry(models.Model):
    """One entry of an incident. Added, never changed: a correction is an entry that names what it corrects."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"said", "by_name"}
    PERSONAL = Personal(kept_out="about several people, and what they told us; ask, and a person answers for your part")

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        NOTE = "note", _("Note")
        CORRECTION = "correction", _("Correction")
        SEVERITY = "severity", _("Severity changed")
        FOLLOW_UP = "follow_up", _("Follow-up")
        DONE = "done", _("Follow-up done")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Open again")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(help_text="When it happened.")
    written_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=120, blank=True, help_text="A leader without an account.")
    said = SealedJSONField(help_text='{"text"}; a report also has "where" and "who". Encrypted.')
    severity = models.CharField(max_length=7, choices=Incident.Severity, blank=True, help_text="From here on.")
    for_leaders = models.BooleanField(default=False, help_text="The trip's leaders read it, too.")
    corrects = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="corrections")
    task = models.ForeignKey(OfficeTask, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = IncidentEntryQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        verbose_name_plural = "incident entries"
        constraints = [
            models.CheckConstraint(
                name="incidententry_correction_names_what",
                condition=Q(kind="correction", corrects__isnull=False)
                | (~Q(kind="correction") & Q(corrects__isnull=True)),
            ),
            models.CheckConstraint(
                name="incidententry_severity_where_it_is_set",
                condition=Q(kind__in=["report", "severity"]) & ~Q(severity="")
                | ~Q(kind__in=["report", "severity"]) & Q(severity=""),
            ),
            # without an account one only reports
            models.CheckConstraint(
                name="incidententry_names_who_wrote_it",
                condition=Q(by__isnull=False) | ~Q(by_name="") & Q(kind="report"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.incident_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("entries are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("entries are never deleted")

    @property
    def writer(self) -> str:
        return str(self.by) if self.by else self.by_name

    @property
    def text(self) -> str:
        return str(self.said.get("text", ""))

    @property
    def where(self) -> str:
        return str(self.said.get("where", ""))

    @property
    def who(self) -> str:
        """People who are no travelers or leaders, in words."""
        return str(self.said.get("who", ""))


class IncidentExportQuerySet(models.QuerySet["IncidentExport"]):
    def visible_to(self, user: Person) -> Self:
        """The person's own, while they handle incidents: each exports under their own name."""
        return self.filter(by=user) if handles_incidents(user) else self.none()


class IncidentExport(models.Model):
    """A timeline that somebody made for the risk office: with what was written until then."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="names who of the office made a file about an incident")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="exports")
    language = models.CharField(max_length=2, choices=Language)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = IncidentExportQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"export of {self.incident_id}"
