"""Models of an application: the application with its states, its answers, the draft's fields, and the city ranking."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from applications.base.merge import FieldState, Version
from applications.models.cycle import Cycle, FormVersion, Question, Section
from applications.standing import Act, may, standing
from applications.states import IN_THE_CYCLE, OPEN_FOR_EDITING, TONES, Status, check_move
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import COMMITTEE, Personal
from exchange.models import College, Event, Language, PartnerCity, Role, User

UNDO_MARGIN = timedelta(seconds=5)  # longer than clocks of two servers differ, and than an undo takes


def scores_can_change(review: str = "review__") -> Q:
    """Condition on an assignment, or what leads to one: the review is not locked, or its lock may still be undone.

    Until scores are final, their reader sees nobody else's.
    """
    lock_is_new = Q(**{f"{review}undo_until__gt": timezone.now() - UNDO_MARGIN})
    return Q(**{f"{review}locked_at__isnull": True}) | lock_is_new


def is_still_read() -> Q:
    """Condition: fewer reviews are locked than the cycle requires, or one by the office or an interviewer is missing.

    Office staff who also read see every list, so no list may show how many have read until their own review is
    locked.
    """
    unordered, can_change = Application.objects.order_by(), scores_can_change("assignments__review__")
    by_the_office = unordered.filter(can_change, assignments__reader__roles__kind=Role.Kind.COORDINATOR)
    after_an_interview = unordered.filter(can_change, interview__isnull=False, assignments__is_interview=True)
    return (
        Q(reads_locked__lt=F("cycle__reads_each"))
        | Q(pk__in=by_the_office.values("pk"))
        | Q(pk__in=after_an_interview.values("pk"))
    )


def has_had_time(hours: int, path: str = "") -> Q:
    """Condition on an offer, reached by `path`: these hours have passed since it was made, or half the time to answer.

    Until then nobody is reproached with silence, least of all in the minutes after a release.
    """
    now, made_at, answer_by = timezone.now(), f"{path}made_at", f"{path}answer_by"
    had_half = GreaterThanOrEqual(Value(now) - F(made_at), F(answer_by) - Value(now))
    return Q((f"{made_at}__lte", now - timedelta(hours=hours))) | Q(had_half)


def may_tell() -> Exists:
    """Condition: the home college may tell the city about this student (34 CFR 99.30). The student signed the current
    words for the current college, and didn't withdraw."""
    signed = Q(
        records_consents__withdrawn_at__isnull=True,
        records_consents__replaced_at__isnull=True,
        records_consents__college=F("college"),
        records_consents__text__is_current=True,
    )
    return Exists(Application.objects.order_by().filter(signed, pk=OuterRef("pk")))


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: roles.Person) -> Self:
        """A student's own; for an advisor those submitted by students of the own colleges; for a coordinator all real
        ones.
        """
        if roles.is_coordinator(user):
            return self.real()
        if not user.is_authenticated:
            return self.none()
        # by submitted_at, because a withdrawn draft was never submitted
        own_college = Q(college__in=roles.advisor_college_ids(user), submitted_at__isnull=False)
        return self.filter(Q(student=user) | own_college)

    def real(self) -> Self:
        """Applications of a student: neither a visitor's draft nor a coordinator's test of the form."""
        return self.filter(student__isnull=False, is_test=False)

    def anonymous(self) -> Self:
        """Drafts of visitors who have not signed in; the holder of a draft's key can edit it."""
        return self.filter(student__isnull=True)

    def answered_for_by(self, user: roles.Person) -> Self:
        """Applications that the person's colleges endorse; all of them for a coordinator. Never the person's own."""
        sent = self.in_the_cycle()
        if user.is_authenticated:
            sent = sent.exclude(student=user)
        if roles.is_coordinator(user):
            return sent
        return sent.filter(college__in=roles.advisor_college_ids(user))

    def begun_at_colleges_of(self, advisor: roles.Person) -> Self:
        """Drafts of the advisor's students that can still be sent. For who has begun and how far, never for answers."""
        if not advisor.is_authenticated:
            return self.none()
        own = self.real().filter(college__in=roles.advisor_college_ids(advisor), status=Status.DRAFT)
        can_be_sent = Q(cycle__in=Cycle.objects.open()) | Q(reopened_until__gt=timezone.now())
        return own.filter(can_be_sent).exclude(student=advisor)

    def in_the_cycle(self) -> Self:
        """Submitted and not withdrawn, whatever the result."""
        return self.filter(status__in=IN_THE_CYCLE)

    def submitted(self) -> Self:
        return self.filter(status=Status.SUBMITTED)

    def authorized(self) -> Self:
        """Signed, in the current words and for the current college: `may_tell`."""
        return self.filter(may_tell())

    def with_consent(self) -> Self:
        """Adds `may_tell`: whether the home college may tell the city about the student."""
        return self.annotate(may_tell=may_tell())

    def not_endorsed(self) -> Self:
        """Waiting for the home college's endorsement, which the student has authorized."""
        return self.submitted().filter(may_tell(), endorsement__isnull=True)

    def awaiting_consent(self) -> Self:
        """Submitted and not endorsed, and the college may not answer yet because the student hasn't signed."""
        return self.submitted().filter(~may_tell(), endorsement__isnull=True)

    def to_ask_for_consent(self) -> Self:
        """As `awaiting_consent`, without those who withdrew the permission: their answer is no."""
        withdrew = Application.objects.order_by().filter(
            pk=OuterRef("pk"), records_consents__withdrawn_at__isnull=False
        )
        signed = Application.objects.order_by().filter(
            pk=OuterRef("pk"),
            records_consents__isnull=False,
            records_consents__withdrawn_at__isnull=True,
            records_consents__replaced_at__isnull=True,
        )
        return self.awaiting_consent().filter(~Exists(withdrew) | Exists(signed), college__isnull=False)

    def confirmed(self) -> Self:
        return self.filter(status=Status.CONFIRMED)

    def unread(self) -> Self:
        """Submitted, and some review is still missing: `is_still_read`."""
        return self.submitted().filter(is_still_read())

    def unanswered(self) -> Self:
        """Selected, with a released offer that is not answered yet."""
        open_offer = Q(offers__isnull=False, offers__answered_at__isnull=True, offers__ended_at__isnull=True)
        return self.filter(open_offer, status=Status.SELECTED)

    def silent(self, hours: int) -> Self:
        """Those of them who have had time to answer: `has_had_time`."""
        open_offer = Q(offers__isnull=False, offers__answered_at__isnull=True, offers__ended_at__isnull=True)
        return self.filter(open_offer, has_had_time(hours, "offers__"), status=Status.SELECTED)

    def quiet(self, days: int) -> Self:
        """Drafts of open cycles that nobody has edited for this many days."""
        now = timezone.now()
        return self.real().filter(
            status=Status.DRAFT,
            saved_at__lt=now - timedelta(days=days),
            cycle__in=Cycle.objects.open(now),
        )

    def asking_for_more_time(self) -> Self:
        """Drafts whose students asked for more time and wait for the office's answer."""
        return self.filter(status=Status.DRAFT, more_time_asked_at__isnull=False)

    def lacking_a_file(self) -> Self:
        """Submitted while a file was being checked that was then refused, so the student cannot replace it."""
        refused = self.model.objects.filter(uploads__state="refused")
        return self.filter(status=Status.SUBMITTED, pk__in=refused.values("pk"))

    def long_returned(self, days: int) -> Self:
        """Returned for a fix this many days ago, or earlier."""
        lately = Event.objects.filter(
            target_model=self.model._meta.label_lower,
            target_id=OuterRef("pk"),
            action="application.return_for_fix",
            at__gt=timezone.now() - timedelta(days=days),
        )
        return self.filter(~Exists(lately), status=Status.RETURNED)

    def with_people(self) -> Self:
        return self.select_related("student", "college", "cycle")


class Application(models.Model):
    PERSONAL_FIELDS: ClassVar[set[str]] = {
        "student",
        "draft_network",
        "college",
        "student_number",
        "status",
        "answer_language",
        "return_note",
        "return_marks",
        "fix_reason",
        "more_time_reason",
        "more_time_answer",
        "score_mean",
        "score_median",
        "score_spread",
        "interview_mean",
    }
    PERSONAL = Personal(
        "code cycle college status answer_language created_at saved_at submitted_at fixed_at fix_reason "
        "withdrawn_at return_note return_sections reopened_until more_time_asked_at more_time_reason "
        "more_time_answer carried_from is_test form_version=form.number feedback",
        left_out={
            "student": "it is you",
            "student_number": "a copy of your answer, for the search",
            "return_marks": "fingerprints of your answers",
            "draft_network": "a keyed mark of the network, for limits only; nothing can be read from it",
            "score_mean": COMMITTEE,
            "score_median": COMMITTEE,
            "score_spread": COMMITTEE,
            "interview_mean": COMMITTEE,
        },
        of="student",
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="applications")
    # null: a visitor's draft, started before signing in; the holder of the draft's key can edit it
    student = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="applications")
    draft_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)  # SHA-256, hex
    # of a visitor's draft: a keyed hash of the network it was started from (`applications.apply.limits`)
    draft_network = models.CharField(max_length=32, blank=True, editable=False)
    # the application that this visitor's draft was merged into; late saves by the phone are sent on to it
    merged_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    carried_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_test = models.BooleanField(default=False, help_text="The office tries the form; counted nowhere, never sent.")
    form = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="applications")
    # copy of the answer to the question of kind "college", so that lists and scopes need no join
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="applications")
    # copy of the answer with this key, its digits and letters alone, so that a search needs no look at every answer
    student_number = models.CharField(max_length=30, blank=True, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    answer_language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    return_note = models.TextField(blank=True, help_text="What to fix, in words for the student.")
    return_sections = models.JSONField(default=list, blank=True, help_text="Keys of the parts that are open again.")
    # fingerprints of the parts as they were returned, by section key (`applications.apply.fixes`)
    return_marks = models.JSONField(default=dict, blank=True, editable=False)
    fix_reason = models.TextField(blank=True, help_text="Why the student submitted it again with a part unchanged.")
    reopened_until = models.DateTimeField(null=True, blank=True, help_text="More time, for this application alone.")
    more_time_asked_at = models.DateTimeField(null=True, blank=True)
    more_time_reason = models.TextField(blank=True)
    more_time_answer = models.TextField(blank=True, help_text="Why there is no more time, in words for the student.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now, help_text="When an answer last changed.")
    # the day it was received, which every page, message and file shows: the first time it was submitted. A fix, however
    # late, doesn't change it; `fixed_at` is when the last fix came.
    submitted_at = models.DateTimeField(null=True, blank=True)
    fixed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # its texts, files and names are gone: only what figures count is left (`travel.office.retention.erasing`)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # calculated from the locked reviews whenever one is locked, so that the ranked list can sort by an index
    reads_locked = models.PositiveSmallIntegerField(default=0)
    score_mean = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    score_median = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    score_spread = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    # of interviewers' locked reviews; it stands beside the readers' figures and is in none of them
    interview_mean = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)

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
                violation_error_message=_("Only a draft can be started before signing in."),
            ),
            models.CheckConstraint(
                name="application_merged_has_no_student",
                condition=Q(merged_into__isnull=True) | Q(student__isnull=True),
            ),
            models.CheckConstraint(
                name="application_test_is_never_sent",
                condition=Q(is_test=False) | Q(status=Status.DRAFT),
                violation_error_message=_("A test application is never submitted."),
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
            # an index for the beginnings of numbers, whatever the database's language is
            models.Index(fields=["student_number"], opclasses=["varchar_pattern_ops"], name="application_by_number"),
            models.Index(fields=["college", "status", "submitted_at", "id"], name="application_by_college"),
            models.Index(
                fields=["cycle", "status", "-score_mean", "-score_median", "code"], name="application_by_rank"
            ),
            models.Index(
                fields=["cycle", "status", "-score_spread", "-score_mean", "-score_median", "code"],
                name="application_by_spread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.status})"

    def get_absolute_url(self) -> str:
        return reverse("applications:application-detail", kwargs={"code": self.code})

    @property
    def person(self) -> User:
        """The student. Raises ValueError for a visitor's draft."""
        if self.student is None:
            raise ValueError(f"{self.code} has no student yet")
        return self.student

    @property
    def candidate_label(self) -> str:
        """What students, advisors and the office call this application: "K7-MFQ2". Readers have a label of their own,
        `Assignment.candidate_label`."""
        return f"{self.code[:2]}-{self.code[2:6]}"

    @property
    def is_open_for_editing(self) -> bool:
        return self.status in OPEN_FOR_EDITING

    @property
    def is_returned(self) -> bool:
        return self.status == Status.RETURNED

    @cached_property
    def parts_to_fix(self) -> list[Section]:
        """The parts that the office asked the student to fix, in order; none if it named none. Read once."""
        if not self.is_returned or not self.return_sections:
            return []
        return list(Section.objects.filter(form=self.form_id, key__in=self.return_sections))

    @property
    def titles_to_fix(self) -> list[str]:
        """The titles of `parts_to_fix` in the active language. For `join`, which takes only strings where nothing is
        escaped, as in emails."""
        return [str(part) for part in self.parts_to_fix]

    @property
    def titles_to_fix_for_staff(self) -> list[str]:
        return [part.title_for_staff for part in self.parts_to_fix]

    @property
    def closes_at(self) -> datetime:
        """The application's deadline: the cycle's, or a later one if the office gave more time."""
        return max(self.cycle.closes_at, self.reopened_until or self.cycle.closes_at)

    @property
    def days_left(self) -> int:
        """Whole days until the deadline; 0 on the last day and after it."""
        return max(0, (timezone.localdate(self.closes_at) - timezone.localdate()).days)

    @property
    def is_before_deadline(self) -> bool:
        return timezone.now() < self.closes_at

    @property
    def accepts_changes(self) -> bool:
        """True for a draft until its deadline, and for a returned application also after that."""
        # offers and trips don't matter: no standing that follows from them takes changes
        return may(standing(self.status, before_deadline=self.is_before_deadline), Act.EDIT)

    def opens_section(self, key: str) -> bool:
        """Whether a section can be edited: of a returned application only the sections named, of a draft all."""
        return not self.is_returned or not self.return_sections or key in self.return_sections

    @property
    def tone(self) -> str:
        return TONES[Status(self.status)]

    def move_to(self, status: str) -> None:
        """Change this row's state by a move that `states.MOVES` lists, else RuleViolation. Does not save."""
        check_move(self.status, status)
        self.status = status


class Answer(models.Model):
    """The student's answer to one question; the shape of `value` depends on the question's kind.

    text kinds: str; number: int; date: "2005-03-09"; yes_no: bool; one_of: key; several_of: [key, ...];
    college: College.code. Ranked cities and files have tables of their own.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"value"}
    PERSONAL = Personal(
        "application question=question.key asked=question.label form_version=question.section.form.number"
        " is_still_asked value saved_at",
        related="question__section__form",
        erased="choices and numbers stay for the figures; the rest goes",
    )

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="answer_one_per_question", fields=["application", "question"])]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.question_id}"


class DraftField(models.Model):
    """What the student's devices wrote to one field while it can be edited, as `applications.base.merge` needs it.

    `versions`: [{"device", "number", "value", "typed_at", "by"}, ...], those not replaced yet; more than one if two
    devices wrote without seeing each other's. `seen`: {device: highest number that arrived}.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"versions"}
    PERSONAL = Personal("application key versions is_carried")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="draft_fields")
    key = models.SlugField(max_length=40, help_text="A question's key, or one of the referee's fields.")
    versions = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    is_carried = models.BooleanField(default=False, help_text="From last year, and not looked at yet.")

    class Meta:
        constraints = [models.UniqueConstraint(name="draftfield_one_per_key", fields=["application", "key"])]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.key}"

    @property
    def state(self) -> FieldState:
        return FieldState(tuple(Version(**version) for version in self.versions), self.seen)

    @state.setter
    def state(self, state: FieldState) -> None:
        self.versions = [asdict(version) for version in state.versions]
        self.seen = dict(state.seen)


class SentCopy(models.Model):
    """What the student submitted, in the words on their page: a referee or a college's name may change later.

    `parts`: [{"title", "rows": [{"label", "text"}]}]. Replaced when the student submits again after a fix.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"parts"}
    PERSONAL = Personal("application language parts")

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="sent_copy")
    language = models.CharField(max_length=2, choices=Language)
    parts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.application_id} as sent"


class CityPreference(models.Model):
    """One line of the student's city ranking; rank 1 is the first choice.

    The line without a city means "I would rather stay home": the student is never placed in a city ranked below it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"city", "rank"}
    PERSONAL = Personal("application rank city")
    STAY_HOME: ClassVar[str] = "stay-home"  # stands for a city's code on the line without a city

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

    def __str__(self) -> str:
        return f"{self.rank}. {self.city or self.STAY_HOME}"

    @property
    def code(self) -> str:
        return self.city.code if self.city else self.STAY_HOME
