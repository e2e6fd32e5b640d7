"""A student's request to take part in a cycle, and all they sent with it."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base.merge import FieldState, Version
from applications.models.cycle import Cycle, FormVersion, Question
from applications.states import IN_THE_CYCLE, OPEN_FOR_EDITING, TONES, Status, check_move
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.models import College, Event, Language, PartnerCity, Role, User


def is_still_read() -> Q:
    """Fewer readings are locked than the cycle wants; or somebody of the office, or an interviewer, owes one more.

    Whoever of the office reads has the lists of everybody: none may tell before the own lock how many have read.
    """
    owed = Application.objects.order_by()
    by_the_office = owed.filter(
        assignments__reader__roles__kind=Role.Kind.COORDINATOR, assignments__review__locked_at__isnull=True
    )
    after_an_interview = owed.filter(
        interview__isnull=False, assignments__is_interview=True, assignments__review__locked_at__isnull=True
    )
    return (
        Q(reads_locked__lt=F("cycle__reads_each"))
        | Q(pk__in=by_the_office.values("pk"))
        | Q(pk__in=after_an_interview.values("pk"))
    )


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user):
        """Own for a student; own college's, once sent in, for an advisor; all real ones for a coordinator."""
        if roles.is_coordinator(user):
            return self.real()
        if not user.is_authenticated:
            return self.none()
        # not by status: a draft that was taken back was never sent in
        own_college = Q(college__in=roles.advisor_college_ids(user), submitted_at__isnull=False)
        return self.filter(Q(student=user) | own_college)

    def real(self):
        """Of a person: not begun by a visitor before signing in, and no coordinator's try of the form."""
        return self.filter(student__isnull=False, is_test=False)

    def anonymous(self):
        """Drafts of visitors who have not signed in yet; whoever holds the key of one goes on with it."""
        return self.filter(student__isnull=True)

    def answered_for_by(self, user):
        """Those for whom the person's colleges give their word; a coordinator sees all of them. Never the own."""
        sent = self.in_the_cycle()
        if user.is_authenticated:
            sent = sent.exclude(student=user)
        if roles.is_coordinator(user):
            return sent
        return sent.filter(college__in=roles.advisor_college_ids(user))

    def in_the_cycle(self):
        """Sent in and not withdrawn, whatever the result."""
        return self.filter(status__in=IN_THE_CYCLE)

    def submitted(self):
        return self.filter(status=Status.SUBMITTED)

    def not_endorsed(self):
        """Waiting for the word of the home college."""
        return self.submitted().filter(endorsement__isnull=True)

    def confirmed(self):
        return self.filter(status=Status.CONFIRMED)

    def unread(self):
        """Sent in, and not read by all who should."""
        return self.submitted().filter(is_still_read())

    def silent(self):
        """Selected, told, and not answered yet."""
        open_offer = Q(offers__isnull=False, offers__answered_at__isnull=True, offers__ended_at__isnull=True)
        return self.filter(open_offer, status=Status.SELECTED)

    def quiet(self, days: int):
        """Drafts of open cycles in which nothing was written for this many days."""
        now = timezone.now()
        return self.real().filter(
            status=Status.DRAFT,
            saved_at__lt=now - timedelta(days=days),
            cycle__in=Cycle.objects.open(now),
        )

    def asking_for_more_time(self):
        """Drafts whose students wait for the office to open them again."""
        return self.filter(status=Status.DRAFT, more_time_asked_at__isnull=False)

    def lacking_a_file(self):
        """Sent while a file was still being checked, which was then refused: the student cannot send another one."""
        refused = self.model.objects.filter(uploads__state="refused")
        return self.filter(status=Status.SUBMITTED, pk__in=refused.values("pk"))

    def long_returned(self, days: int):
        """With their students for a fix for this many days, or longer."""
        lately = Event.objects.filter(
            target_model=self.model._meta.label_lower,
            target_id=OuterRef("pk"),
            action="application.return_for_fix",
            at__gt=timezone.now() - timedelta(days=days),
        )
        return self.filter(~Exists(lately), status=Status.RETURNED)

    def with_people(self):
        return self.select_related("student", "college", "cycle")


class Application(models.Model):
    PERSONAL_FIELDS: ClassVar = {
        "student",
        "college",
        "status",
        "answer_language",
        "return_note",
        "more_time_reason",
        "more_time_answer",
        "score_mean",
        "score_median",
        "score_spread",
    }

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="applications")
    # null: begun before signing in; whoever has the key of the draft goes on with it
    student = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="applications")
    draft_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)  # SHA-256, hex
    # this visitor's draft went into that application; late saves of the phone follow it there
    merged_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    carried_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_test = models.BooleanField(default=False, help_text="The office tries the form; counted nowhere, never sent.")
    form = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="applications")
    # copied from the answer of kind "college" as it is saved: lists and scopes need it without a join
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="applications")
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    answer_language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    return_note = models.TextField(blank=True, help_text="What to fix, in words for the student.")
    return_sections = models.JSONField(default=list, blank=True, help_text="Keys of the parts that are open again.")
    reopened_until = models.DateTimeField(null=True, blank=True, help_text="More time, for this application alone.")
    more_time_asked_at = models.DateTimeField(null=True, blank=True)
    more_time_reason = models.TextField(blank=True)
    more_time_answer = models.TextField(blank=True, help_text="Why there is no more time, in words for the student.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now, help_text="When an answer last changed.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # worked out from the locked reviews each time one is locked: the ranked list sorts by an index
    reads_locked = models.PositiveSmallIntegerField(default=0)
    score_mean = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    score_median = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    score_spread = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ("-submitted_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="application_one_per_student_and_cycle",
                fields=["cycle", "student"],
                violation_error_message=_("You already have an application for this cycle."),
            ),
            models.CheckConstraint(
                name="application_submitted_at_matches_status",
                condition=Q(status=Status.DRAFT, submitted_at__isnull=True)
                | Q(status=Status.WITHDRAWN)
                | (~Q(status__in=[Status.DRAFT, Status.WITHDRAWN]) & Q(submitted_at__isnull=False)),
                violation_error_message=_("A submitted application needs its submission time."),
            ),
            models.CheckConstraint(
                name="application_withdrawn_at_matches_status",
                condition=Q(status=Status.WITHDRAWN, withdrawn_at__isnull=False)
                | (~Q(status=Status.WITHDRAWN) & Q(withdrawn_at__isnull=True)),
                violation_error_message=_("A withdrawn application needs its withdrawal time."),
            ),
            models.CheckConstraint(
                name="application_submitted_has_a_college",
                condition=Q(status__in=[Status.DRAFT, Status.WITHDRAWN]) | Q(college__isnull=False),
                violation_error_message=_("A submitted application names a home college."),
            ),
            models.CheckConstraint(
                name="application_returned_says_what_to_fix",
                condition=~Q(status=Status.RETURNED) | ~Q(return_note=""),
                violation_error_message=_("Say what the student should fix."),
            ),
            models.CheckConstraint(
                name="application_without_a_student_is_a_draft",
                condition=Q(student__isnull=False) | Q(status=Status.DRAFT, draft_key__isnull=False),
                violation_error_message=_("Only a draft can be begun before signing in."),
            ),
            models.CheckConstraint(
                name="application_merged_has_no_student",
                condition=Q(merged_into__isnull=True) | Q(student__isnull=True),
            ),
            models.CheckConstraint(
                name="application_test_is_never_sent",
                condition=Q(is_test=False) | Q(status=Status.DRAFT),
                violation_error_message=_("A test application is never sent."),
            ),
            models.CheckConstraint(
                name="application_more_time_has_a_reason",
                condition=Q(more_time_asked_at__isnull=True) | ~Q(more_time_reason=""),
                violation_error_message=_("Say why you need more time."),
            ),
            models.CheckConstraint(
                name="application_score_only_with_locked_reads",
                condition=Q(reads_locked=0, score_mean__isnull=True) | Q(reads_locked__gte=1, score_mean__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["cycle", "status", "college"], name="application_by_stage"),
            models.Index(fields=["cycle", "-submitted_at", "-id"], name="application_newest"),
            models.Index(fields=["college", "status", "submitted_at", "id"], name="application_by_college"),
            models.Index(fields=["cycle", "status", "-score_mean", "code"], name="application_ranked"),
        ]

    def __str__(self):
        return f"{self.code} ({self.status})"

    def get_absolute_url(self):
        return reverse("applications:application-detail", kwargs={"code": self.code})

    @property
    def person(self) -> User:
        """The student. An error for a visitor's draft: nobody is known there yet."""
        if self.student is None:
            raise ValueError(f"{self.code} has no student yet")
        return self.student

    @property
    def candidate_label(self) -> str:
        """What a reader sees in place of the name: "K7-MFQ2"."""
        return f"{self.code[:2]}-{self.code[2:6]}"

    @property
    def is_open_for_editing(self) -> bool:
        return self.status in OPEN_FOR_EDITING

    @property
    def closes_at(self) -> datetime:
        """The deadline of this one application: the cycle's, or later where the office gave more time."""
        return max(self.cycle.closes_at, self.reopened_until or self.cycle.closes_at)

    @property
    def days_left(self) -> int:
        """Whole days until its deadline, 0 on the last day and after it."""
        return max(0, (timezone.localdate(self.closes_at) - timezone.localdate()).days)

    @property
    def accepts_changes(self) -> bool:
        """A draft until its deadline; what was returned for a fix also after that."""
        if self.status == Status.DRAFT:
            return timezone.now() < self.closes_at
        return self.is_open_for_editing

    def opens_section(self, key: str) -> bool:
        """Of what was returned for a fix, only the named parts are open; of a draft, all."""
        return self.status != Status.RETURNED or not self.return_sections or key in self.return_sections

    @property
    def tone(self) -> str:
        return TONES[Status(self.status)]

    def move_to(self, status: str) -> None:
        """Change this row's state by a move that `states.MOVES` lists, else RuleViolation. Does not save."""
        check_move(self.status, status)
        self.status = status


class Answer(models.Model):
    """What the student wrote to one question; the shape of `value` follows the question's kind.

    text kinds: str; number: int; date: "2005-03-09"; yes_no: bool; one_of: key; several_of: [key, ...];
    college: College.code. Ranked cities and files have tables of their own.
    """

    PERSONAL_FIELDS: ClassVar = {"value"}

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="answer_one_per_question", fields=["application", "question"])]

    def __str__(self):
        return f"{self.application_id}/{self.question_id}"


class DraftField(models.Model):
    """What the student's devices wrote to one field, for `applications.base.merge`: while it can be edited.

    `versions`: [{"device", "number", "value", "typed_at", "by"}, ...], the ones that nobody who saw them
    replaced; more than one where two devices wrote apart. `seen`: {device: highest number that arrived}.
    """

    PERSONAL_FIELDS: ClassVar = {"versions"}

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="draft_fields")
    key = models.SlugField(max_length=40, help_text="A question's key, or one of the referee's fields.")
    versions = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    is_carried = models.BooleanField(default=False, help_text="From last year, and not looked at yet.")

    class Meta:
        constraints = [models.UniqueConstraint(name="draftfield_one_per_key", fields=["application", "key"])]

    def __str__(self):
        return f"{self.application_id}/{self.key}"

    @property
    def state(self) -> FieldState:
        return FieldState(tuple(Version(**version) for version in self.versions), self.seen)

    @state.setter
    def state(self, state: FieldState) -> None:
        self.versions = [asdict(version) for version in state.versions]
        self.seen = dict(state.seen)


class SentCopy(models.Model):
    """What the student sent, in the words that they saw: later another referee may be named, a college renamed.

    `parts`: [{"title", "rows": [{"label", "text"}]}]. Sent once more after a fix, it is written anew.
    """

    PERSONAL_FIELDS: ClassVar = {"parts"}

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="sent_copy")
    language = models.CharField(max_length=2, choices=Language)
    parts = models.JSONField()

    def __str__(self):
        return f"{self.application_id} as sent"


class CityPreference(models.Model):
    """One line of the student's ranking; 1 is the first choice.

    The line without a city says "I would rather stay home": no city below it is ever given. Ranks above it are choices.
    """

    PERSONAL_FIELDS: ClassVar = {"city", "rank"}
    STAY_HOME: ClassVar = "stay-home"  # its code, among those of cities

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="city_preferences")
    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("rank",)
        constraints = [
            models.UniqueConstraint(name="citypreference_city_once", fields=["application", "city"]),
            models.UniqueConstraint(name="citypreference_rank_once", fields=["application", "rank"]),
            models.UniqueConstraint(
                name="citypreference_one_line_to_stay_home", fields=["application"], condition=Q(city__isnull=True)
            ),
            models.CheckConstraint(name="citypreference_rank_from_one", condition=Q(rank__gte=1)),
        ]

    def __str__(self):
        return f"{self.rank}. {self.city or self.STAY_HOME}"

    @property
    def code(self) -> str:
        return self.city.code if self.city else self.STAY_HOME
