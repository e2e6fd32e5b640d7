"""The word of the home college, and the scored reading by other colleges."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.cycle import Cycle
from exchange import roles
from exchange.codes import new_code
from exchange.localized import Localized
from exchange.models import User


class Endorsement(models.Model):
    """The home college says: enrolled, in good standing, anything the office should know. Not a score."""

    PERSONAL_FIELDS: ClassVar = {"result", "is_enrolled", "units", "note"}

    class Result(models.TextChoices):
        ENDORSED = "endorsed", _("endorsed")
        NOT_ENDORSED = "not_endorsed", _("not endorsed")
        ASK_THE_OFFICE = "ask_the_office", _("the office should decide")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="endorsement")
    result = models.CharField(max_length=14, choices=Result)
    is_enrolled = models.BooleanField()
    units = models.PositiveSmallIntegerField(help_text="Enrolled this term.")
    note = models.TextField(blank=True, help_text="For the office; readers never see it.")
    endorsed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    endorsed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="endorsement_other_than_yes_has_a_note",
                condition=Q(result="endorsed") | ~Q(note=""),
                violation_error_message=_("Say why, so that the office can decide."),
            ),
            models.CheckConstraint(
                name="endorsement_yes_needs_enrollment",
                condition=~Q(result="endorsed") | Q(is_enrolled=True),
                violation_error_message=_("Only an enrolled student can be endorsed."),
            ),
        ]

    def __str__(self):
        return f"{self.application_id}: {self.result}"


class RubricCriterion(models.Model):
    """One thing that readers score, with each point described in words."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    # the answer that is read for it, by key: the same question in every version of the form
    question_key = models.SlugField(max_length=40, blank=True)
    title_en = models.CharField(max_length=80)
    title_es = models.CharField(max_length=80)
    title = Localized()

    class Meta:
        ordering = ("order", "pk")
        verbose_name_plural = "rubric criteria"
        constraints = [models.UniqueConstraint(name="rubriccriterion_key_once_per_cycle", fields=["cycle", "key"])]

    def __str__(self):
        return self.title


class RubricLevel(models.Model):
    """What a number of points means."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    criterion = models.ForeignKey(RubricCriterion, on_delete=models.CASCADE, related_name="levels")
    points = models.PositiveSmallIntegerField()
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    text = Localized()

    class Meta:
        ordering = ("points",)
        constraints = [
            models.UniqueConstraint(name="rubriclevel_points_once_per_criterion", fields=["criterion", "points"]),
            models.CheckConstraint(name="rubriclevel_points_from_one_to_five", condition=Q(points__range=(1, 5))),
        ]

    def __str__(self):
        return f"{self.points}: {self.text}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user):
        """A reader's own, a coordinator's all. Never an advisor's own college or application, whoever assigned it."""
        if roles.is_coordinator(user):
            return self.exclude(application__student=user)
        if not user.is_authenticated:
            return self.none()
        return self._readable_by(user)

    def to_read_by(self, user):
        """A reader's own stack, in an order of their own: an assignment's code is random, and stays."""
        return self._readable_by(user).order_by("code")

    def _readable_by(self, user):
        too_close = Q(application__college__in=roles.advisor_college_ids(user)) | Q(application__student=user)
        return self.filter(~too_close, reader=user)

    def unread(self):
        """Still owed: not locked, and the application still in the running."""
        # not exists, not an outer join: so the database walks the reading order and stops after a page
        locked = Review.objects.filter(assignment=models.OuterRef("pk"), locked_at__isnull=False)
        return self.filter(~models.Exists(locked), application__status="submitted")


class Assignment(models.Model):
    """One application that one reader is asked to read."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assignments")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    assigned_at = models.DateTimeField(default=timezone.now)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("assigned_at", "pk")
        constraints = [models.UniqueConstraint(name="assignment_once_per_reader", fields=["application", "reader"])]
        indexes = [models.Index(fields=["reader", "code"], name="assignment_in_reading_order")]

    def __str__(self):
        return f"{self.application_id} to {self.reader_id}"

    def get_absolute_url(self):
        return reverse("applications:review-record", kwargs={"code": self.code})

    @property
    def is_started(self) -> bool:
        return hasattr(self, "review")

    @property
    def is_locked(self) -> bool:
        return self.is_started and self.review.locked_at is not None


class Review(models.Model):
    """One reader's scored reading; private to its reader until locked, and then read by the committee."""

    PERSONAL_FIELDS: ClassVar = {"comment", "feedback"}

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="review")
    comment = models.TextField(blank=True, help_text="For the committee; written as if the student will read it.")
    feedback = models.TextField(blank=True, help_text="For the student.")
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    locked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"review of {self.assignment_id}"


class Rating(models.Model):
    """The points that one review gives for one criterion."""

    PERSONAL_FIELDS: ClassVar = {"points"}

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="ratings")
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.PROTECT, related_name="ratings")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rating_one_per_criterion", fields=["review", "criterion"]),
            models.CheckConstraint(name="rating_points_from_one_to_five", condition=Q(points__range=(1, 5))),
        ]

    def __str__(self):
        return str(self.points)
