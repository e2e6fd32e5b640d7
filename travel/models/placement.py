"""Models of trips, host institutions, and placements: the seat of each confirmed student."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Cycle
from applications.states import Status
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import PartnerCity, User
from exchange.reference import facts
from exchange.templatetags.ui import short_year
from travel.base.trip_stage import Tense, tense_of
from travel.models.placement_run import PlacementRun

if TYPE_CHECKING:
    from travel.models.passport import PassportCase
    from travel.models.reflection import ReflectionPrompt


def home_day(trip: str = "") -> Coalesce:
    """`Trip.home_on` in a query; `trip`: the way to the trip, such as "placement__trip__"."""
    return Coalesce(TruncDate(f"{trip}returned_at"), f"{trip}delayed_to", f"{trip}returns_on")


# a night flight to the west crosses the date line: it lands two calendar days after it took off
LONGEST_WAY = timedelta(days=2)
# facts: on how many days around the trip its travelers count as away
AWAY_DAYS = ("abroad.link_days_before", "abroad.link_days_after")


class HostInstitution(models.Model):
    """The institution that receives the students in the partner city."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="hosts")
    name = models.CharField(max_length=150)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="hostinstitution_once_per_city",
                fields=["city", "name"],
                violation_error_message=_("This city already has a host with this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class TripQuerySet(models.QuerySet["Trip"]):
    def visible_to(self, user: Person) -> Self:
        """Every trip for coordinators and advisors, their own for students, none for a director."""
        if roles.is_coordinator(user) or roles.is_advisor(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(placements__application__student=user)

    def opened_by(self, user: Person) -> Self:
        """Trips whose needs and emergency contacts the person may open: all for the office, a leader's own."""
        if roles.is_coordinator(user):
            return self
        return self.filter(leaders__user=user) if user.is_authenticated else self.none()

    def lacking_arrival(self) -> Self:
        """Trips ahead whose travelers are known but not the day they arrive, from which entry rules count."""
        ahead = self.filter(arrives_on=None, departed_at=None, closed_at=None)
        return ahead.filter(models.Exists(Placement.objects.active().filter(trip=models.OuterRef("pk"))))

    def with_plan_to_read(self) -> Self:
        """Trips that aren't home, with a day that the host has proposed and the office hasn't accepted."""
        new = Q(days__taken_at=None) | Q(days__taken_at__lt=F("days__proposed_at"))
        found = self.model._default_manager.filter(new, days__proposed_at__isnull=False, returned_at=None)
        return self.filter(pk__in=found.values("pk"))

    def away(self) -> Self:
        """Trips whose travelers are away, about to leave, or just back: the days on which their links open. A query."""
        days, today = facts.numbers(*AWAY_DAYS), timezone.localdate()
        before, after = (timedelta(days=int(days[key])) for key in AWAY_DAYS)
        trips = self.alias(home=home_day()).filter(closed_at=None, leaves_on__lte=today + before)
        return trips.filter(home__gte=today - after)

    def led_now_by(self, user: Person) -> Self:
        """Trips that are away and that this person leads."""
        return self.away().filter(leaders__user=user) if user.is_authenticated else self.none()

    def reported_on_by(self, user: Person) -> Self:
        """Trips on which this person may report an incident: a leader's own while they lead it, the office's all that
        have left."""
        if roles.is_coordinator(user):
            return self.filter(Q(leaves_on__lte=timezone.localdate()) | Q(pk__in=self.away().values("pk")))
        return self.led_now_by(user)

    def ahead(self) -> Self:
        """Trips that take place and haven't left: a spot on them can still open."""
        return self.filter(closed_at__isnull=True, departed_at__isnull=True, leaves_on__gt=timezone.localdate())


class Trip(models.Model):
    """One cycle's visit to one partner city: dates, seats, host."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"beds_note"}
    PERSONAL = Personal(kept_out="who of the office closed it; your own trip is in Placement")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="trips")
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="trips")
    host = models.ForeignKey(HostInstitution, on_delete=models.PROTECT, related_name="trips")
    leaves_on = models.DateField()
    arrives_on = models.DateField(
        null=True, blank=True, help_text="There, by the local calendar. Empty: not known yet."
    )
    returns_on = models.DateField()
    seats = models.PositiveSmallIntegerField()
    minimum_group = models.PositiveSmallIntegerField(default=1)
    program_en = models.TextField(help_text="What the days there are like.")
    program_es = models.TextField()
    requirements_en = models.TextField(blank=True, help_text="What this trip asks of a student, one thing a line.")
    requirements_es = models.TextField(blank=True)
    flight_in = models.CharField(max_length=150, blank=True, help_text="As the host should read it.")
    flight_out = models.CharField(max_length=150, blank=True)
    beds = models.PositiveSmallIntegerField(null=True, blank=True, help_text="As the host confirmed them.")
    beds_note = models.TextField(blank=True)
    beds_confirmed_at = models.DateTimeField(null=True, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    delayed_to = models.DateField(
        null=True, blank=True, help_text="The return as it is expected now, if it is later than planned."
    )
    # the trip was called off: nobody can be placed on it
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_reason = models.TextField(blank=True)
    program = Localized()
    requirements = Localized()

    objects = TripQuerySet.as_manager()

    class Meta:
        ordering = ("leaves_on", "city__name_en")
        constraints = [
            models.CheckConstraint(
                name="trip_leaves_before_it_returns",
                condition=Q(leaves_on__lt=F("returns_on")),
                violation_error_message=_("The trip returns before it leaves."),
            ),
            models.CheckConstraint(
                name="trip_has_seats_for_its_minimum_group",
                condition=Q(seats__gte=F("minimum_group"), minimum_group__gte=1),
                violation_error_message=_("The trip has fewer spots than its minimum group."),
            ),
            models.CheckConstraint(
                name="trip_departs_before_it_has_returned",
                condition=Q(returned_at__isnull=True) | Q(departed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="trip_delayed_past_its_planned_return",
                condition=Q(delayed_to__isnull=True) | Q(delayed_to__gt=F("returns_on"), departed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="trip_beds_and_their_time_together",
                condition=Q(beds__isnull=True, beds_confirmed_at__isnull=True)
                | Q(beds__isnull=False, beds_confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="trip_closed_at_by_and_reason_together",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, closed_reason="")
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, departed_at__isnull=True) & ~Q(closed_reason="")
                ),
                violation_error_message=_("A canceled trip needs a reason."),
            ),
            models.UniqueConstraint(name="trip_city_once_per_cycle", fields=["cycle", "city"]),
        ]

    def __str__(self) -> str:
        return f"{self.city}, {short_year(self.leaves_on)}"

    def get_absolute_url(self) -> str:
        return reverse("travel:trip-detail", kwargs={"code": self.code})

    @property
    def arrival(self) -> date:
        """The day of arrival by the calendar there, from which countries count; until it's known, a late one.

        A late day is the safe side, because a passport must then be valid for longer.
        """
        return self.arrives_on or min(self.leaves_on + LONGEST_WAY, self.returns_on)

    @property
    def home_on(self) -> date:
        """The day of the return: as recorded, else as expected after a delay, else as planned.

        What depends on the return (links, retention, prompts, tenses) goes by this day; `home_day` in a query.
        """
        if self.returned_at:
            return timezone.localdate(self.returned_at)
        return self.delayed_to or self.returns_on

    @property
    def asks(self) -> list[str]:
        """The requirements of the trip, one per entry."""
        return [line.strip() for line in self.requirements.splitlines() if line.strip()]

    @property
    def length(self) -> int:
        """Days from departure to return, both included."""
        return (self.returns_on - self.leaves_on).days + 1

    @property
    def days_left(self) -> int:
        """Whole days until departure; 0 on the day and after it."""
        return max(0, (self.leaves_on - timezone.localdate()).days)


def without_seat() -> Q:
    """Condition on an application: it has no seat, or one on a trip that was canceled."""
    return Q(placement__isnull=True) | Q(placement__trip__closed_at__isnull=False)


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own; own college's for an advisor; all for a coordinator; none for a director."""
        return roles.visible_by_application(self, user)

    def active(self) -> Self:
        """Placements of students who haven't withdrawn, on trips that aren't canceled."""
        return self.filter(application__status=Status.CONFIRMED, trip__closed_at__isnull=True)

    def with_people(self) -> Self:
        return self.select_related(
            *("application__student", "application__college", "application__cycle", "application__passport_case"),
            *("trip__city", "trip__host"),
        )


class Placement(models.Model):
    """A confirmed seat on a trip."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"rank", "explanation", "upgrade_until"}
    PERSONAL = Personal(
        "application code rank explanation placed_at travelled_at returned_at upgrade_until "
        "city=trip.city.name host=trip.host.name leaves_on=trip.leaves_on returns_on=trip.returns_on",
        erased={"explanation": [], "upgrade_until": None},
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="placement")
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="placements")
    run = models.ForeignKey(PlacementRun, on_delete=models.PROTECT, null=True, blank=True, related_name="placements")
    rank = models.PositiveSmallIntegerField(help_text="Which choice of the student's it was.")
    explanation = models.JSONField(default=list, help_text='[{"city": code, "rank": 1, "reason": "..."}]')
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    travelled_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    # the student wants an upgrade if a seat in a city they ranked higher comes free by this day
    upgrade_until = models.DateField(null=True, blank=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ("trip__leaves_on", "application__student__full_name")
        constraints = [
            models.CheckConstraint(name="placement_rank_from_one", condition=Q(rank__gte=1)),
            models.CheckConstraint(
                name="placement_travelled_before_returned",
                condition=Q(returned_at__isnull=True) | Q(travelled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="placement_first_choice_has_no_upgrade", condition=Q(upgrade_until__isnull=True) | Q(rank__gt=1)
            ),
        ]
        indexes = [models.Index(fields=["trip", "travelled_at"], name="placement_by_trip")]

    def __str__(self) -> str:
        return f"{self.application_id} on {self.trip_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:placement-detail", kwargs={"code": self.code})

    @cached_property
    def prompts(self) -> list["ReflectionPrompt"]:
        """The questions for reflection that this student answers, in order. One query, once for each object."""
        return list(self.application.cycle.reflection_prompts.of_trip(self.trip))

    @property
    def tense(self) -> Tense:
        """How pages speak of the trip: before, during or after. Needs the trip."""
        return tense_of(self)

    @property
    def passport_case(self) -> "PassportCase":
        """The student's passport case, which may be older than the placement. AttributeError if there is none."""
        case: PassportCase = self.application.passport_case
        return case
