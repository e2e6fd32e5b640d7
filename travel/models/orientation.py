"""Orientation sessions before departure, and who came to them."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from travel.models.placement import Placement, Trip


class OrientationSessionQuerySet(models.QuerySet["OrientationSession"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office and advisors, those of their own trip for students, none for a director."""
        if roles.is_coordinator(user) or roles.is_advisor(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=self.of(Placement.objects.filter(application__student=user)).values("pk"))

    def of(self, placements: models.QuerySet[Placement]) -> Self:
        """The sessions that are for any of these travelers. Compare `OrientationSession.is_for`."""
        trips = Trip.objects.filter(placements__in=placements)
        whole_cycle = Q(trips__isnull=True, cycle__in=trips.values("cycle"))
        return self.filter(whole_cycle | Q(trips__in=trips)).distinct()

    def held(self) -> Self:
        return self.filter(called_off_at__isnull=True)

    def ahead(self) -> Self:
        """Sessions that haven't begun."""
        return self.held().filter(starts_at__gt=timezone.now())


class OrientationSession(models.Model):
    """One meeting before departure, for every trip of a cycle or for some of them."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="about a group; names who of the office planned it. Whether you came is in Attendance")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="orientation_sessions")
    trips = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Empty: every trip of the cycle.")
    starts_at = models.DateTimeField()
    zone = models.CharField(max_length=40, help_text="IANA time zone of the place.")
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    note_en = models.CharField(max_length=300, blank=True, help_text="What to bring, who may come along.")
    note_es = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="How often travelers were told of a time and place.")
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="Travelers needn't be told of this time again.")
    called_off_at = models.DateTimeField(null=True, blank=True)
    note = Localized()

    objects = OrientationSessionQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="orientationsession_once_at_a_place",
                fields=["cycle", "starts_at", "place"],
                condition=Q(called_off_at__isnull=True),
                violation_error_message=_("There’s already a session at that time and place."),
            ),
            models.CheckConstraint(
                name="orientationsession_takes_time", condition=Q(minutes__gte=15, minutes__lte=720)
            ),
        ]

    def __str__(self) -> str:
        return f"orientation {self.starts_at:%Y-%m-%d} at {self.place}"

    def get_absolute_url(self) -> str:
        return reverse("travel:session-detail", kwargs={"code": self.code})

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    def is_for(self, trip: Trip) -> bool:
        """Prefetch the trips for many sessions."""
        chosen = [each.pk for each in self.trips.all()]
        return trip.pk in chosen if chosen else trip.cycle_id == self.cycle_id


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(placement__in=Placement.objects.visible_to(user))


class Attendance(models.Model):
    """One traveler came to one session. Undoing it deletes the row; the audit log keeps both."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("placement came_at via by session=session.starts_at place=session.place")

    class Via(models.TextChoices):
        CODE = "code", _("scanned the code at the door")
        STAFF = "staff", _("marked by staff")

    session = models.ForeignKey(OrientationSession, on_delete=models.PROTECT, related_name="attendances")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="attendances")
    came_at = models.DateTimeField(default=timezone.now, help_text="When it was recorded.")
    via = models.CharField(max_length=5, choices=Via)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ("came_at", "pk")
        constraints = [models.UniqueConstraint(name="attendance_once_per_session", fields=["session", "placement"])]

    def __str__(self) -> str:
        return f"{self.placement_id} at {self.session_id}"
