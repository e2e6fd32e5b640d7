"""Models of where to apply for a passport: acceptance facilities near the colleges, and passport days on a campus."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from applications.models import Application
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import College, User
from travel.states import HELPED


class AcceptanceFacilityQuerySet(models.QuerySet["AcceptanceFacility"]):
    def open(self) -> Self:
        return self.filter(retired_at__isnull=True)

    def waits_before(self, day: date) -> Self:
        """Open facilities whose wait was last asked about before `day`, so somebody should call."""
        return self.open().filter(wait_as_of__lt=day)


class AcceptanceFacility(models.Model):
    """A post office, library or clerk that takes passport applications, with the wait that staff last heard of."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    phone = PhoneNumberField(max_length=30, blank=True)
    link = models.URLField(max_length=300, blank=True)
    colleges = models.ManyToManyField(College, related_name="facilities")
    needs_appointment = models.BooleanField(default=True)
    takes_photos = models.BooleanField(default=False)
    hours_en = models.CharField(max_length=200)
    hours_es = models.CharField(max_length=200)
    payment_en = models.CharField(max_length=200)
    payment_es = models.CharField(max_length=200)
    wait_days = models.PositiveSmallIntegerField(help_text="Until the next free appointment.")
    wait_as_of = models.DateField()
    retired_at = models.DateTimeField(null=True, blank=True)
    hours = Localized()
    payment = Localized()

    objects = AcceptanceFacilityQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name_plural = "acceptance facilities"
        constraints = [
            models.UniqueConstraint(
                name="acceptancefacility_once_while_open",
                fields=["name", "address"],
                condition=Q(retired_at__isnull=True),
                violation_error_message=_("This place is already on the list."),
            ),
            models.CheckConstraint(
                name="acceptancefacility_wait_is_under_a_year",
                condition=Q(wait_days__lte=365),
                violation_error_message=_("Enter the wait in days, 365 at most."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PassportDayQuerySet(models.QuerySet["PassportDay"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; those of their college for advisors and helped students; a student's booked ones too."""
        if roles.is_coordinator(user):
            return self
        if not user.is_authenticated:
            return self.none()
        if roles.is_advisor(user):
            return self.filter(colleges__in=roles.advisor_college_ids(user)).distinct()
        mine = Application.objects.filter(student=user, status__in=HELPED)
        return self.filter(Q(colleges__in=mine.values("college")) | Q(bookings__application__student=user)).distinct()

    def ahead(self) -> Self:
        return self.filter(on__gte=timezone.localdate(), called_off_at__isnull=True)


class PassportDay(models.Model):
    """A day when staff of an acceptance facility come to a campus, and the colleges whose students may book."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    on = models.DateField()
    place = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    agents = models.CharField(max_length=200, help_text="Who takes the forms.")
    has_photos = models.BooleanField(default=False)
    colleges = models.ManyToManyField(College, related_name="passport_days")
    note_en = models.TextField(blank=True)
    note_es = models.TextField(blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    note = Localized()

    objects = PassportDayQuerySet.as_manager()

    class Meta:
        ordering = ("on", "pk")
        constraints = [
            models.UniqueConstraint(
                name="passportday_once_per_place",
                fields=["on", "place"],
                condition=Q(called_off_at__isnull=True),
                violation_error_message=_("There’s already a passport day at this place on that day."),
            )
        ]

    def __str__(self) -> str:
        return f"passport day {self.on} at {self.place}"

    def get_absolute_url(self) -> str:
        return reverse("travel:passport-day-detail", kwargs={"code": self.code})

    @property
    def is_ahead(self) -> bool:
        """The same condition as the queryset's `ahead`, for one row."""
        return self.called_off_at is None and self.on >= timezone.localdate()


class PassportSlot(models.Model):
    """A time slot of a passport day, for up to `capacity` students."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    day = models.ForeignKey(PassportDay, on_delete=models.CASCADE, related_name="slots")
    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.UniqueConstraint(name="passportslot_once_per_time", fields=["day", "starts_at"]),
            models.CheckConstraint(name="passportslot_takes_time", condition=Q(minutes__gte=5, minutes__lte=240)),
            models.CheckConstraint(name="passportslot_takes_somebody", condition=Q(capacity__gte=1, capacity__lte=200)),
        ]

    def __str__(self) -> str:
        return f"slot {self.code}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()


class PassportBookingQuerySet(models.QuerySet["PassportBooking"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; own college's for an advisor; all for a coordinator."""
        return roles.visible_by_application(self, user)

    def active(self) -> Self:
        return self.filter(cancelled_at__isnull=True)

    def booked(self) -> Self:
        return self.active().filter(slot__isnull=False)

    def waiting(self) -> Self:
        """The waiting list, in the order in which students move up."""
        return self.active().filter(slot__isnull=True).order_by("waiting_since", "pk")


class PassportBooking(models.Model):
    """A student's booking for a passport day or place on its waiting list, what they bring, and the result.

    `brings` and `missing` hold kinds of document (`Paper`), not which document proves what.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"slot", "brings", "missing", "result"}
    PERSONAL = Personal(
        "application code waiting_since booked_at cancelled_at brings ready_at ready_by result missing "
        "settled_at settled_by day=day.on place=day.place slot=slot.starts_at"
    )

    class Paper(models.TextChoices):
        FORM = "form", _("form DS-11, printed and not signed")
        CITIZENSHIP = "citizenship", _("proof of citizenship, the original")
        ID = "id", _("photo ID")
        COPIES = "copies", _("copies of both, front and back")
        PHOTO = "photo", _("a passport photo")
        MONEY = "money", _("both payments, or the voucher")

    class Result(models.TextChoices):
        ARRIVED = "arrived", _("arrived")
        APPLIED = "applied", _("applied")
        TURNED_AWAY = "turned_away", _("turned away")
        MISSED = "missed", _("didn’t come")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    day = models.ForeignKey(PassportDay, on_delete=models.PROTECT, related_name="bookings")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="passport_bookings")
    slot = models.ForeignKey(PassportSlot, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings")
    waiting_since = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # goes up with each change: the SEQUENCE of the calendar event
    sequence = models.PositiveSmallIntegerField(default=0)
    brings = models.JSONField(default=list, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    ready_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reminded_of = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=12, choices=Result, blank=True)
    missing = models.JSONField(default=list, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PassportBookingQuerySet.as_manager()

    class Meta:
        ordering = ("slot__starts_at", "waiting_since", "pk")
        constraints = [
            models.UniqueConstraint(
                name="passportbooking_once_per_day",
                fields=["day", "application"],
                condition=Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="passportbooking_has_a_slot_or_waits",
                condition=Q(slot__isnull=False, booked_at__isnull=False, waiting_since__isnull=True)
                | Q(slot__isnull=True, booked_at__isnull=True, waiting_since__isnull=False)
                | Q(slot__isnull=True, booked_at__isnull=True, cancelled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="passportbooking_ready_at_and_by_together",
                condition=Q(ready_at__isnull=True, ready_by__isnull=True)
                | Q(ready_at__isnull=False, ready_by__isnull=False),
            ),
            models.CheckConstraint(
                name="passportbooking_settled_at_by_and_result_together",
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, result="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(result="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["day", "waiting_since"],
                name="passportbooking_waiting",
                condition=Q(slot__isnull=True, cancelled_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"booking {self.code}"

    @property
    def is_active(self) -> bool:
        return self.cancelled_at is None

    @property
    def is_waiting(self) -> bool:
        return self.is_active and self.slot_id is None
