"""Models of the way to a passport: its stage and dates, the sealed answers behind it, and the feasible cities."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.states import Status
from exchange.base import roles
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.base.sealed import SealedJSONField
from exchange.models import PartnerCity, User
from travel.models.checklist import ChecklistItem
from travel.models.passport_day import AcceptanceFacility
from travel.models.placement import Placement, Trip
from travel.states import BEFORE_APPLYING, BEHIND, HELPED, SEEN, PassportStage, Urgency, check_move


class PassportCaseQuerySet(models.QuerySet["PassportCase"]):
    def visible_to(self, user: Person) -> Self:
        """Cases of the applications this person may see. They show stage and dates; only the student sees the route."""
        return roles.visible_by_application(self, user)

    def active(self) -> Self:
        """Cases of students who confirmed and haven't withdrawn, whether or not they are back."""
        return self.filter(application__status=Status.CONFIRMED)

    def before_return(self) -> Self:
        """Active cases whose trip isn't back, or whose student has no seat yet in a cycle that isn't closed out."""
        not_home = Q(application__placement__isnull=False, trip__returned_at__isnull=True)
        waiting = Q(application__placement__isnull=True, application__cycle__closed_out_at__isnull=True)
        return self.active().filter(not_home | waiting)

    def still_helped(self) -> Self:
        """Cases of students who get help with a passport (HELPED) in a cycle that isn't closed out."""
        return self.filter(application__status__in=HELPED, application__cycle__closed_out_at__isnull=True)

    def with_people(self) -> Self:
        return self.select_related(
            *("application__student", "application__college", "application__cycle"),
            *("application__placement__trip__city", "trip__city", "facility"),
        )

    def with_next_on(self) -> Self:
        """Annotates `next_on`: the date of the case's next step, null once it was seen, or where no date helps.

        Must agree with `planning.next_on`, which answers for one case.
        """
        return self.annotate(
            next_on=Case(
                When(Q(stage__in=SEEN) | Q(urgency=Urgency.NOT_FEASIBLE), then=Value(None)),
                When(~Q(stage__in=BEFORE_APPLYING), then=F("in_hand_by")),
                When(needs_certificate=True, order_certificate_by__isnull=False, then=F("order_certificate_by")),
                When(stage=PassportStage.BOOKED, then=F("apply_by")),
                default=F("documents_by"),
                output_field=models.DateField(),
            )
        )

    def late(self, today: date) -> Self:
        """Cases with a missed date: the passport's next one, or the last safe day of any open checklist item."""
        duties = ChecklistItem.objects.late(today).filter(placement__application=OuterRef("application"))
        return self.with_next_on().filter(
            Q(next_on__lt=today) | (Q(urgency__in=BEHIND) & ~Q(stage__in=SEEN)) | Exists(duties)
        )


class PassportCase(models.Model):
    """Where one student's passport stands, and its dates. Holds no number, scan, immigration status or reason.

    The route `talk` is for everyone who would travel on another document or would rather talk; which of the two isn't
    kept here. The office sees stage, dates and slack.

    `trip`, `service`, `urgency` and the dates are one plan: the placement's, or before there is one, the plan of the
    trip whose next step comes first among the ranked ones that can still be reached. Following it keeps all of those
    open; `last_safe_on` is the first day on which one of them closes. `urgency` is NOT_FEASIBLE only when none of them
    can be reached.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {
        "route",
        "stage",
        "is_first_passport",
        "needs_certificate",
        "facility",
        "appointment_on",
        "expires_on",
        "form_until",
        "signed_at",
        "reported_at",
        "blank_pages",
    }
    PERSONAL = Personal(
        "application trip route stage is_first_passport needs_certificate service facility "
        "order_certificate_by documents_by apply_by in_hand_by last_safe_on urgency appointment_on "
        "expires_on form_until reported_at signed_at blank_pages stage_changed_at checked_at checked_by",
        erased={"appointment_on": None, "expires_on": None, "blank_pages": None, "facility": None},
    )

    class Route(models.TextChoices):
        UNKNOWN = "unknown", _("not asked yet")
        VALID = "valid", _("has a passport valid long enough")
        DS11 = "ds11", _("in person, form DS-11")
        LOST = "lost", _("report the old one, then apply in person")
        DS82 = "ds82", _("by mail, form DS-82")
        ONLINE = "online", _("online, or by mail with form DS-82")
        DS5504 = "ds5504", _("by mail, form DS-5504")
        TALK = "talk", _("talk with an advisor")

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
    form_until = models.DateField(null=True, blank=True, help_text="The last day on which the form can be used.")
    reported_at = models.DateTimeField(null=True, blank=True, help_text="The lost passport was reported.")
    signed_at = models.DateTimeField(null=True, blank=True, help_text="Somebody said that the passport is signed.")
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

    def __str__(self) -> str:
        return f"passport of {self.application_id}: {self.stage}"

    def get_absolute_url(self) -> str:
        return reverse("travel:passport-detail", kwargs={"code": self.application.code})

    @property
    def placement(self) -> Placement | None:
        """The student's placement, if there is one on a trip that isn't canceled.

        Costs queries unless it and its trip were fetched with the application.
        """
        found: Placement | None = getattr(self.application, "placement", None)
        return found if found and found.trip.closed_at is None else None

    def move_to(self, stage: str) -> None:
        """Change this row's stage by a move of `travel.states.MOVES`, else RuleViolation. Does not save."""
        check_move(self.stage, stage)
        self.stage = stage


class TravelAnswersQuerySet(models.QuerySet["TravelAnswers"]):
    def visible_to(self, user: Person) -> Self:
        """The student's own, and for an advisor those of students who chose them, while they advise that college."""
        if not user.is_authenticated:
            return self.none()
        chosen = Q(advisor=user, application__college__in=roles.advisor_college_ids(user))
        return self.filter(Q(application__student=user) | chosen)


class TravelAnswers(models.Model):
    """A student's answers about the way to a passport, encrypted; read only by the student and the chosen advisor.

    The office, readers, the director, exports and reports never read them; nothing is searched or counted by them.
    The database holds ciphertext only. The advisor to talk with learns that a talk is wanted, and reads no answer.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"answers", "advisor", "talk_with", "talk_how"}
    PERSONAL = Personal("application answers answered_at advisor talk_asked_at talk_with talk_how talked_at")

    class How(models.TextChoices):
        """How a student would like to be reached."""

        CALL = "call", _("by phone")
        EMAIL = "email", _("by email")
        MEET = "meet", _("in person, at college")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="travel_answers")
    answers = SealedJSONField(help_text="passport_route.Answers, encrypted.")
    answered_at = models.DateTimeField(default=timezone.now)
    # the advisor the student chose to talk with; without one, only the student reads the answers
    advisor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # the conversation where the answers lead to one; without talk_with, any advisor of the college may take it
    talk_asked_at = models.DateTimeField(null=True, blank=True)
    talk_with = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    talk_how = models.CharField(max_length=5, choices=How, blank=True)
    talked_at = models.DateTimeField(null=True, blank=True)

    objects = TravelAnswersQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "travel answers"

    def __str__(self) -> str:
        return f"answers of {self.application_id}"


class FeasibleCitiesQuerySet(models.QuerySet["FeasibleCities"]):
    def visible_to(self, user: Person) -> Self:
        """Rows of the applications this person may see; they hold cities and nothing else."""
        return roles.visible_by_application(self, user)


class FeasibleCities(models.Model):
    """The cities a student can go to with the documents they will have in time; never why. No row: not known yet.

    `is_everywhere` means every city, also ones added later. `marked_by` is empty where the rule derived it from the
    answers. The office isn't shown who marked it, because that would reveal who talked with an advisor.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"is_everywhere"}
    PERSONAL = Personal("application is_everywhere marked_at marked_by cities")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="feasible_cities")
    is_everywhere = models.BooleanField(default=False)
    cities = models.ManyToManyField(PartnerCity, blank=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = FeasibleCitiesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feasible cities"

    def __str__(self) -> str:
        return f"cities of {self.application_id}"
