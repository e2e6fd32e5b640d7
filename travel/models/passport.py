"""The way to a passport: where it stands, what only two people may read, and where a student can go with it."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.states import Status
from exchange.base import roles
from exchange.base.sealed import SealedJSONField
from exchange.models import PartnerCity, User
from travel.models.checklist import ChecklistItem
from travel.models.passport_day import AcceptanceFacility
from travel.models.placement import Placement, Trip
from travel.states import BEFORE_APPLYING, BEHIND, HELPED, SEEN, PassportStage, Urgency, check_move


class PassportCaseQuerySet(models.QuerySet["PassportCase"]):
    def visible_to(self, user):
        """Stage and dates for whoever may see the application; the route is the student's alone."""
        return roles.visible_by_application(self, user)

    def active(self):
        """Of students who go, back home or not: they said yes and have not withdrawn."""
        return self.filter(application__status=Status.CONFIRMED)

    def before_return(self):
        """Of students who still go: with a seat on a trip that is not home, or waiting for their seat."""
        not_home = Q(application__placement__isnull=False, trip__returned_at__isnull=True)
        waiting = Q(application__placement__isnull=True, application__cycle__closed_out_at__isnull=True)
        return self.active().filter(not_home | waiting)

    def still_helped(self):
        """Of students who are on the way to a trip of a cycle that goes on."""
        return self.filter(application__status__in=HELPED, application__cycle__closed_out_at__isnull=True)

    def with_people(self):
        return self.select_related(
            *("application__student", "application__college", "application__cycle"),
            *("application__placement__trip__city", "trip__city", "facility"),
        )

    def with_next_on(self):
        """`next_on`: the date that the next thing must meet, null once seen. Twin of `planning.next_on`."""
        return self.annotate(
            next_on=Case(
                When(stage__in=SEEN, then=Value(None)),
                When(~Q(stage__in=BEFORE_APPLYING), then=F("in_hand_by")),
                When(needs_certificate=True, order_certificate_by__isnull=False, then=F("order_certificate_by")),
                When(stage=PassportStage.BOOKED, then=F("apply_by")),
                default=F("documents_by"),
                output_field=models.DateField(),
            )
        )

    def late(self, today: date):
        """A date gone by: the passport's next one, or the last safe day of any open duty."""
        duties = ChecklistItem.objects.late(today).filter(placement__application=OuterRef("application"))
        return self.with_next_on().filter(
            Q(next_on__lt=today) | Q(urgency__in=BEHIND, next_on__isnull=False) | Exists(duties)
        )


class PassportCase(models.Model):
    """Where one student's passport stands, and its dates. No number, no scan, no status, no reason.

    `talk` covers everyone who would travel on something else or would rather talk: which of these is not kept
    here. The office sees stage, dates and slack. `trip` is the one that the dates are counted from: of the
    seat, or before there is one the trip that asks for the passport first among those the student ranked.
    """

    PERSONAL_FIELDS: ClassVar = {
        "route",
        "stage",
        "is_first_passport",
        "needs_certificate",
        "facility",
        "appointment_on",
        "expires_on",
        "blank_pages",
    }

    class Route(models.TextChoices):
        UNKNOWN = "unknown", _("not asked yet")
        VALID = "valid", _("has a passport that is valid long enough")
        DS11 = "ds11", _("in person, form DS-11")
        LOST = "lost", _("reports the old one, then in person")
        DS82 = "ds82", _("by mail, form DS-82")
        ONLINE = "online", _("online, or by mail with form DS-82")
        DS5504 = "ds5504", _("by mail, form DS-5504")
        TALK = "talk", _("talks with an advisor")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="passport_case")
    trip = models.ForeignKey(Trip, on_delete=models.SET_NULL, null=True, blank=True, related_name="passport_cases")
    route = models.CharField(max_length=8, choices=Route, default=Route.UNKNOWN)
    stage = models.CharField(max_length=12, choices=PassportStage, default=PassportStage.NOT_STARTED)
    is_first_passport = models.BooleanField(null=True, blank=True)
    needs_certificate = models.BooleanField(null=True, blank=True, help_text="Must order a birth certificate.")
    facility = models.ForeignKey(
        AcceptanceFacility, on_delete=models.PROTECT, null=True, blank=True, related_name="passport_cases"
    )
    service = models.CharField(max_length=20, blank=True, help_text="As planned: routine, expedited, ...")
    order_certificate_by = models.DateField(null=True, blank=True)
    documents_by = models.DateField(null=True, blank=True)
    apply_by = models.DateField(null=True, blank=True)
    in_hand_by = models.DateField(null=True, blank=True)
    last_safe_on = models.DateField(null=True, blank=True)
    urgency = models.CharField(max_length=15, choices=Urgency, default=Urgency.ON_TIME)
    appointment_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True, help_text="Written down by the advisor who saw it.")
    blank_pages = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Counted by whoever saw it.")
    stage_changed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PassportCaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="passportcase_checked_at_by_and_stage_together",
                condition=Q(stage__in=sorted(SEEN), checked_at__isnull=False, checked_by__isnull=False)
                | (~Q(stage__in=sorted(SEEN)) & Q(checked_at__isnull=True, checked_by__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["stage", "last_safe_on"], name="passportcase_by_slack")]

    def __str__(self):
        return f"passport of {self.application_id}: {self.stage}"

    def get_absolute_url(self):
        return reverse("travel:passport-detail", kwargs={"code": self.application.code})

    @property
    def placement(self) -> Placement | None:
        """The seat, once there is one. A query unless the application came with its placement."""
        return getattr(self.application, "placement", None)

    def move_to(self, stage: str) -> None:
        """Change this row's stage by a move of `travel.states.MOVES`, else RuleViolation. Does not save."""
        check_move(self.stage, stage)
        self.stage = stage


class TravelAnswersQuerySet(models.QuerySet["TravelAnswers"]):
    def visible_to(self, user):
        """The student's, and of the one advisor whom the student chose while that person still advises there."""
        if not user.is_authenticated:
            return self.none()
        chosen = Q(advisor=user, application__college__in=roles.advisor_college_ids(user))
        return self.filter(Q(application__student=user) | chosen)


class TravelAnswers(models.Model):
    """What a student said about the way to a passport: sealed, and read by nobody but the two.

    The office, readers, the director, exports and reports never reach it; nothing is searched or counted by it.
    The database holds cipher text only.
    """

    PERSONAL_FIELDS: ClassVar = {"answers", "advisor"}

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="travel_answers")
    answers = SealedJSONField(help_text="passport_route.Answers, encrypted.")
    answered_at = models.DateTimeField(default=timezone.now)
    # whom the student wants to talk with; nobody: the student alone reads it
    advisor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = TravelAnswersQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "travel answers"

    def __str__(self):
        return f"answers of {self.application_id}"


class FeasibleCitiesQuerySet(models.QuerySet["FeasibleCities"]):
    def visible_to(self, user):
        """A list of cities and nothing else: for whoever may see the application."""
        return roles.visible_by_application(self, user)


class FeasibleCities(models.Model):
    """Where a student can go with the papers they will have in time; never why. No row: still open.

    `is_everywhere` stands for every city, those added later too. `marked_by` is empty where the answers led to
    the usual way by the rule; who marked it is not shown to the office, or it would tell who talked.
    """

    PERSONAL_FIELDS: ClassVar = {"is_everywhere"}

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="feasible_cities")
    is_everywhere = models.BooleanField(default=False)
    cities = models.ManyToManyField(PartnerCity, blank=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = FeasibleCitiesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feasible cities"

    def __str__(self):
        return f"cities of {self.application_id}"
