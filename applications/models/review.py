"""Models of review: the home college's endorsement, the rubric, assignments to readers, their scores, and masking."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application, scores_can_change
from applications.models.cycle import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import READER, Personal
from exchange.models import College, User
from exchange.models.record import AppendOnly


class Endorsement(models.Model):
    """What the home college says about its student: enrolled, in good standing, a note to the office. Not a score."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"result", "is_enrolled", "units", "in_good_standing", "note"}
    PERSONAL = Personal(
        "application is_enrolled units in_good_standing endorsed_at result",
        left_out={"note": "your college wrote it for the office"},
        erased="the result is counted; the note goes",
    )

    class Result(models.TextChoices):
        ENDORSED = "endorsed", _("endorsed")
        NOT_ENDORSED = "not_endorsed", _("not endorsed")
        ASK_THE_OFFICE = "ask_the_office", _("left to the office")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="endorsement")
    result = models.CharField(max_length=14, choices=Result)
    is_enrolled = models.BooleanField()
    units = models.PositiveSmallIntegerField(help_text="Enrolled this term.")
    in_good_standing = models.BooleanField(null=True, blank=True, help_text="Empty: the college did not say.")
    note = models.TextField(blank=True, help_text="For the office; readers never see it.")
    endorsed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    endorsed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="endorsement_other_than_yes_has_a_note",
                condition=Q(result="endorsed") | ~Q(note=""),
                violation_error_message=_("Say why, so the office can decide."),
            ),
            models.CheckConstraint(
                name="endorsement_yes_needs_enrollment",
                condition=~Q(result="endorsed") | Q(is_enrolled=True),
                violation_error_message=_("Only an enrolled student can be endorsed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.result}"


class RubricCriterion(models.Model):
    """One criterion that readers or interviewers score; its levels describe each number of points in words.

    Readers' criteria are `cycle.criteria`. A cycle may have others for interviews, each with a question to ask.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        READING = "reading", _("scored in an application")
        INTERVIEW = "interview", _("scored in an interview")

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="all_criteria")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.READING)
    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    # key of the question whose answer is scored by this criterion; the same key in every form version
    question_key = models.SlugField(max_length=40, blank=True)
    title_en = models.CharField(max_length=80)
    title_es = models.CharField(max_length=80)
    # what the interviewer asks
    ask_en = models.CharField(max_length=300, blank=True)
    ask_es = models.CharField(max_length=300, blank=True)
    title = Localized()
    ask = Localized()

    class Meta:
        ordering = ("order", "pk")
        verbose_name_plural = "rubric criteria"
        constraints = [models.UniqueConstraint(name="rubriccriterion_key_once_per_cycle", fields=["cycle", "key"])]

    def __str__(self) -> str:
        return str(self.title)


class RubricLevel(models.Model):
    """What a number of points means for one criterion."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    criterion = models.ForeignKey(RubricCriterion, on_delete=models.CASCADE, related_name="levels")
    points = models.PositiveSmallIntegerField()
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    # an example of an answer that deserves these points
    sample_en = models.TextField(blank=True)
    sample_es = models.TextField(blank=True)
    text = Localized()
    sample = Localized()

    class Meta:
        ordering = ("points",)
        constraints = [
            models.UniqueConstraint(name="rubriclevel_points_once_per_criterion", fields=["criterion", "points"]),
            models.CheckConstraint(name="rubriclevel_points_from_one_to_five", condition=Q(points__range=(1, 5))),
        ]

    def __str__(self) -> str:
        return f"{self.points}: {self.text}"


class RubricVersion(models.Model):
    """An earlier wording of a cycle's rubric; reviews locked before the change keep it.

    The rows of RubricCriterion and RubricLevel hold the current wording, number `cycle.rubric_version`.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="the rubric’s words; names who of the office changed it")

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="rubric_versions")
    number = models.PositiveSmallIntegerField()
    # [{"key", "title_en", "title_es", "levels": [{"points", "text_en", "text_es"}]}]
    criteria = models.JSONField()
    reason = models.TextField(help_text="Why it was changed after that.")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(name="rubricversion_number_once_per_cycle", fields=["cycle", "number"]),
            models.CheckConstraint(name="rubricversion_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} rubric {self.number}"


class ReaderProfile(models.Model):
    """How much a reader can read, and in which languages.

    An advisor without a profile reads English, up to the fact `review.reads_max`. Somebody with a profile and without
    a role, such as a former participant, was asked to read.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"reads_spanish", "reads_most", "is_reading"}
    PERSONAL = Personal("is_reading reads_spanish reads_most saved_at", left_out={"user": "it is you"}, of="user")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reader_profile")
    is_reading = models.BooleanField(default=True, help_text="False: gets nothing new.")
    reads_spanish = models.BooleanField(default=False)
    reads_most = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Files in one cycle.")
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"reader {self.user_id}"


class ConflictOfInterest(models.Model):
    """A declared conflict of interest: this person is never assigned this application."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"relation"}
    PERSONAL = Personal(kept_out=READER)

    class Relation(models.TextChoices):
        KNOWS = "knows", _("knows the student")
        TAUGHT = "taught", _("taught or advised the student")
        RELATED = "related", _("is family")
        EMPLOYED = "employed", _("works with the student")
        OTHER = "other", _("another reason")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="conflicts")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="conflicts")
    relation = models.CharField(max_length=8, choices=Relation, default=Relation.KNOWS)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "conflicts of interest"
        constraints = [
            models.UniqueConstraint(name="conflictofinterest_once_per_pair", fields=["application", "reader"])
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} not {self.application_id}: {self.relation}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A reader's own assignments; for a coordinator all. Never the person's own application, and for readers
        never one of a college that they advise, whoever assigned it.
        """
        if roles.is_coordinator(user):
            return self.exclude(application__student=user)
        if not user.is_authenticated:
            return self.none()
        return self._readable_by(user)

    def to_read_by(self, user: roles.Person) -> Self:
        """A reader's own stack, in random order: codes are random and do not change, so the order is stable."""
        return self._readable_by(user).order_by("code")

    def _readable_by(self, user: roles.Person) -> Self:
        if not roles.can_read(user):
            return self.none()
        too_close = Q(application__college__in=roles.advisor_college_ids(user)) | Q(application__student=user)
        return self.filter(~too_close, reader=user, released_at__isnull=False)

    def still_scored_by(self, user: roles.Person) -> Self:
        """Whose scores this person can still set or change, so that they see nobody else's."""
        return self.filter(scores_can_change(), reader=user)

    def unread(self) -> Self:
        """Not locked yet, and the application still waits for a result."""
        # NOT EXISTS in place of an outer join: the database can walk the index in reading order and stop after a page
        locked = Review.objects.filter(assignment=models.OuterRef("pk"), locked_at__isnull=False)
        return self.filter(~models.Exists(locked), application__status="submitted")


class Assignment(models.Model):
    """One application that one reader is asked to read."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out=READER, erased="who read it is counted")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assignments")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    assigned_at = models.DateTimeField(default=timezone.now)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # null: still planned, and visible to coordinators only
    released_at = models.DateTimeField(null=True, blank=True)
    # scored after an interview, by an interviewer, so the name is not masked
    is_interview = models.BooleanField(default=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("assigned_at", "pk")
        constraints = [models.UniqueConstraint(name="assignment_once_per_reader", fields=["application", "reader"])]
        indexes = [models.Index(fields=["reader", "code"], name="assignment_in_reading_order")]

    def __str__(self) -> str:
        return f"{self.application_id} to {self.reader_id}"

    def get_absolute_url(self) -> str:
        return reverse("applications:review-record", kwargs={"code": self.code})

    @property
    def candidate_label(self) -> str:
        """What the reader calls the candidate: "K7-MFQ2". The code is the assignment's own, because advisors and the
        student know that of the application, and could say whose it is. Interviews aren't blind."""
        if self.is_interview:
            return self.application.candidate_label
        return f"{self.code[:2]}-{self.code[2:6]}"

    @property
    def is_started(self) -> bool:
        return hasattr(self, "review")

    @property
    def undo_seconds(self) -> int:
        """How long the reader can still undo the lock; 0: no longer, or it is not locked."""
        until = self.review.undo_until if self.is_started else None
        return max(0, int((until - timezone.now()).total_seconds())) if until else 0

    @property
    def is_locked(self) -> bool:
        return self.is_started and self.review.locked_at is not None


class Review(models.Model):
    """One reader's scored reading; only the reader sees it until it is locked, and then the committee does."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"comment", "feedback"}
    PERSONAL = Personal(kept_out=READER, erased={"comment": "", "feedback": ""}, application="assignment__application")

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="review")
    comment = models.TextField(blank=True, help_text="For the committee; written as if the student will read it.")
    feedback = models.TextField(blank=True, help_text="For the student.")
    rubric_version = models.PositiveSmallIntegerField(default=1, help_text="The number it was scored by.")
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    locked_at = models.DateTimeField(null=True, blank=True)
    # until then the reader may undo the lock, and sees nobody else's scores of the application
    undo_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_undo_only_of_a_lock",
                condition=Q(undo_until__isnull=True) | Q(locked_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.assignment_id}"

    @property
    def seconds_open(self) -> int | None:
        """From when its page was opened, as the first save or the lock says, until it was locked; None until then."""
        return int((self.locked_at - self.started_at).total_seconds()) if self.locked_at else None


class Rating(models.Model):
    """The points that one review gives for one criterion."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"points"}
    PERSONAL = Personal(kept_out=READER, erased="points, counted")

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="ratings")
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.PROTECT, related_name="ratings")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rating_one_per_criterion", fields=["review", "criterion"]),
            models.CheckConstraint(name="rating_points_from_one_to_five", condition=Q(points__range=(1, 5))),
        ]

    def __str__(self) -> str:
        return str(self.points)


class ReaderRemark(models.Model):
    """What a reader wrote to the other readers of an application after locking their scores. It is never changed."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text"}
    PERSONAL = Personal(kept_out=READER)

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reader_remarks")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    said_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnly["ReaderRemark"].as_manager()

    class Meta:
        ordering = ("said_at", "pk")
        constraints = [models.CheckConstraint(name="readerremark_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"remark of {self.by_id} on {self.application_id}"


class CollegeClueQuerySet(models.QuerySet["CollegeClue"]):
    def current(self) -> Self:
        return self.filter(removed_at__isnull=True)


class CollegeClue(models.Model):
    """A word that tells where somebody studies, such as a street near a college; masked in every application.

    The first rows come from the reference folder. A row that the office removes stays, so that it is not loaded again.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="words that give a college away; names who of the office added one")

    class Kind(models.TextChoices):  # the same as applications.reading.clues.Kind
        NICKNAME = "nickname", _("name or nickname of a college")
        SHORT = "short", _("short name of a college, also an everyday word")
        PLACE = "place", _("neighborhood, city or building")
        STREET = "street", _("street")
        SCHOOL = "school", _("school nearby")
        LINE = "line", _("bus, train or freeway")
        EXCEPT = "except", _("means something else, so it stays")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    # the college that it tells; null: several
    college = models.ForeignKey(College, on_delete=models.CASCADE, null=True, blank=True, related_name="clues")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=80)
    is_also_word = models.BooleanField(default=False, help_text="An everyday word, too: counts with a capital only.")
    as_of = models.DateField(default=timezone.localdate)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = CollegeClueQuerySet.as_manager()

    class Meta:
        ordering = ("text", "pk")
        constraints = [
            models.UniqueConstraint(name="collegeclue_once_per_college_and_kind", fields=["college", "kind", "text"]),
            models.UniqueConstraint(
                name="collegeclue_once_for_several_colleges",
                fields=["kind", "text"],
                condition=Q(college__isnull=True),
            ),
            models.CheckConstraint(
                name="collegeclue_removed_at_and_by_together",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class MaskedWord(models.Model):
    """A word that could identify the author, masked by hand wherever it occurs in the application."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text"}
    PERSONAL = Personal(kept_out=READER)

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="masked_words")
    text = models.CharField(max_length=100)
    masked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    masked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="maskedword_once_per_application", fields=["application", "text"])]

    def __str__(self) -> str:
        return f"{self.application_id}: a masked word"


class MaskingReportQuerySet(models.QuerySet["MaskingReport"]):
    def visible_to(self, user: roles.Person) -> Self:
        return self if roles.is_coordinator(user) else self.none()

    def open(self) -> Self:
        return self.filter(settled_at__isnull=True)

    def to_settle_by(self, user: User) -> Self:
        """Open ones, but none about the person's own application. Start from `visible_to`."""
        return self.open().exclude(application__student=user)


class MaskingReport(models.Model):
    """A reader's report that an answer identifies its author. `words`: what to mask, as the reader typed it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"words"}
    PERSONAL = Personal(kept_out=READER)

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="masking_reports")
    question_key = models.SlugField(max_length=40, blank=True)
    words = models.CharField(max_length=200)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = MaskingReportQuerySet.as_manager()

    class Meta:
        ordering = ("reported_at", "pk")
        constraints = [
            models.CheckConstraint(
                name="maskingreport_settled_at_and_by_together",
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"masking report {self.code}"
