"""Where a traveler's permission to enter stands, and days on which a group goes to a consulate together."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from travel.models.placement import Placement, Trip


class EntryPermissionQuerySet(models.QuerySet["EntryPermission"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and all for the office; nobody at the college, because it can hint at a document."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def out(self) -> Self:
        """At a consulate or in somebody's hand: there is something to stop, or to check, when a trip changes."""
        state = EntryPermission.State
        return self.filter(Q(state__in=[state.APPLIED, state.GRANTED]) | Q(appointment_at__gt=timezone.now()))


class EntryPermission(models.Model):
    """What one traveler needs to enter, as the official page says for their document. No row: nobody has said yet.

    Never why, and never which document: two travelers with the same answer are alike here.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {
        "state",
        "state_on",
        "valid_until",
        "appointment_at",
        "appointment_place",
    }
    PERSONAL = Personal("placement state state_on valid_until appointment_at appointment_place said_at said_by")

    class State(models.TextChoices):
        NOT_NEEDED = "not_needed", _("not needed")
        UNSURE = "unsure", _("wants help finding out")
        NEEDED = "needed", _("needed")
        APPLIED = "applied", _("applied")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="entry_permission")
    state = models.CharField(max_length=12, choices=State)
    state_on = models.DateField(null=True, blank=True, help_text="When they applied, got it or were refused.")
    valid_until = models.DateField(null=True, blank=True, help_text="The last day of a permission that was granted.")
    appointment_at = models.DateTimeField(null=True, blank=True)
    appointment_place = models.CharField(max_length=200, blank=True)
    # goes up with each change of the appointment: the SEQUENCE of the calendar event
    sequence = models.PositiveSmallIntegerField(default=0)
    said_at = models.DateTimeField(default=timezone.now)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = EntryPermissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entrypermission_dated_once_something_happened",
                condition=Q(state__in=["applied", "granted", "refused"], state_on__isnull=False)
                | Q(state__in=["not_needed", "unsure", "needed"], state_on__isnull=True),
            ),
            models.CheckConstraint(
                name="entrypermission_valid_until_if_granted",
                condition=Q(valid_until__isnull=True) | Q(state="granted"),
            ),
            models.CheckConstraint(
                name="entrypermission_appointment_has_time_and_place",
                condition=Q(appointment_at__isnull=True, appointment_place="")
                | (Q(appointment_at__isnull=False) & ~Q(appointment_place="")),
            ),
        ]

    def __str__(self) -> str:
        return f"entry of {self.placement_id}"


class VisaDayQuerySet(models.QuerySet["VisaDay"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; for a student those they're asked to come to."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(people__placement__application__student=user)

    def ahead(self) -> Self:
        return self.filter(starts_at__gt=timezone.now(), called_off_at__isnull=True)


class VisaDay(models.Model):
    """A day on which some of a trip's travelers go to a consulate together, with somebody of the office."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="consulate_days")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    note_en = models.TextField(blank=True, help_text="What to bring, where to meet.")
    note_es = models.TextField(blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    # goes up with each change: the SEQUENCE of the calendar event
    sequence = models.PositiveSmallIntegerField(default=0)
    note = Localized()

    objects = VisaDayQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="visaday_once_per_time_and_place",
                fields=["trip", "starts_at", "place"],
                condition=Q(called_off_at__isnull=True),
                violation_error_message=_("This visa day is already on the list."),
            ),
            models.CheckConstraint(
                name="visaday_takes_time",
                condition=Q(minutes__gte=10, minutes__lte=720),
                violation_error_message=_("Enter how long it takes, between 10 minutes and 12 hours."),
            ),
        ]

    def __str__(self) -> str:
        return f"visa day {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:visa-day", kwargs={"code": self.code})

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_ahead(self) -> bool:
        """The same condition as the queryset's `ahead`, for one row."""
        return self.called_off_at is None and self.starts_at > timezone.now()


class VisaDayPersonQuerySet(models.QuerySet["VisaDayPerson"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; all for the office."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def ahead(self) -> Self:
        return self.filter(day__starts_at__gt=timezone.now(), day__called_off_at__isnull=True)


class VisaDayPerson(models.Model):
    """A traveler who is asked to come to a visa day, and what they answered."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"answer"}
    PERSONAL = Personal(
        "placement answer asked_at answered_at starts_at=day.starts_at place=day.place address=day.address"
    )

    class Answer(models.TextChoices):
        NONE = "", _("no answer yet")
        COMING = "coming", _("coming")
        CANNOT = "cannot", _("can’t come")

    day = models.ForeignKey(VisaDay, on_delete=models.CASCADE, related_name="people")
    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="consulate_days")
    answer = models.CharField(max_length=8, choices=Answer, blank=True, default=Answer.NONE)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = VisaDayPersonQuerySet.as_manager()

    class Meta:
        ordering = ("day", "placement__application__student__full_name", "pk")
        verbose_name_plural = "visa day people"
        constraints = [
            models.UniqueConstraint(name="visadayperson_once_per_day", fields=["day", "placement"]),
            models.CheckConstraint(
                name="visadayperson_answer_and_its_time_together",
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.placement_id} at {self.day_id}"
