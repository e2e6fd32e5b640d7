"""Models of a cycle's setup: the cycle, its form versions with sections and questions, and its eligibility rules."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.home import home
from exchange.base.localized import Localized
from exchange.models import PartnerCity

if TYPE_CHECKING:
    from applications.models.review import RubricCriterion


def usual_airport() -> str:
    return home().airport


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: roles.Person) -> Self:
        """All cycles for a coordinator, who sets them up; published ones for everyone else."""
        return self if roles.is_coordinator(user) else self.public()

    def public(self) -> Self:
        return self.filter(published_at__isnull=False)

    def running(self) -> Self:
        """Published and not closed out yet, newest first."""
        return self.public().filter(closed_out_at__isnull=True).order_by("-opens_at")

    def at_hand(self) -> "Cycle | None":
        """The newest published one that goes on, else the newest."""
        return self.running().first() or self.public().order_by("-opens_at").first()

    def upcoming(self, now: datetime | None = None) -> Self:
        """Published and not open yet, the next one first."""
        return self.running().filter(opens_at__gt=now or timezone.now()).order_by("opens_at")

    def open(self, now: datetime | None = None) -> Self:
        """Taking applications at this moment."""
        now = now or timezone.now()
        return self.running().filter(opens_at__lte=now, closes_at__gt=now)


class Cycle(models.Model):
    """One round of the exchange: opening, closing and release dates, its form, cities and rules."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Basis(models.TextChoices):
        RAW = "raw", _("readers’ average")
        ADJUSTED = "adjusted", _("adjusted")

    code = models.SlugField(max_length=20, unique=True, help_text="Such as spring-2027")
    name_en = models.CharField(max_length=60)
    name_es = models.CharField(max_length=60)
    summary_en = models.TextField(help_text="What the trip is, in two or three sentences.")
    summary_es = models.TextField()
    covered_en = models.TextField(help_text="What the city pays for: one item a line.")
    covered_es = models.TextField()
    student_pays_en = models.TextField(help_text="What it still costs the student: one item a line.")
    student_pays_es = models.TextField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    # last days of the colleges' endorsements and of the readers' scores; empty in cycles older than these fields
    endorsements_due_on = models.DateField(null=True, blank=True)
    readings_due_on = models.DateField(null=True, blank=True)
    decisions_on = models.DateField(help_text="The day by which everyone is told.")
    answer_days = models.PositiveSmallIntegerField(help_text="Days that a selected student has to answer.")
    reads_each = models.PositiveSmallIntegerField(help_text="Readers for every application.")
    seats = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many students can go; empty while that is open."
    )
    rubric_version = models.PositiveSmallIntegerField(default=1, help_text="Counts up when a used rubric changes.")
    # cache key of the rubric, replaced whenever any part of the rubric changes (rubrics.criteria_of)
    rubric_mark = models.CharField(max_length=8, default=new_code, editable=False)
    norming_published_at = models.DateTimeField(null=True, blank=True, help_text="Readers see the sample files.")
    # the scores by which the committee last filled reserves or made a proposal; the waitlist is ordered by them too
    scores_by = models.CharField(max_length=8, choices=Basis, default=Basis.RAW)
    readers_talk = models.BooleanField(
        default=False, help_text="Readers see each other's scores, and can talk, after locking."
    )
    has_interviews = models.BooleanField(default=False, help_text="Those invited meet the committee, on a booked slot.")
    departure_airport = models.CharField(max_length=3, default=usual_airport, help_text="IATA")
    cities = models.ManyToManyField(PartnerCity, related_name="cycles")
    # the cycle that this one was set up from: last year's answers to carry over are looked up through it
    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies")
    published_at = models.DateTimeField(null=True, blank=True)
    closed_out_at = models.DateTimeField(null=True, blank=True)
    name = Localized()
    summary = Localized()
    covered = Localized()
    student_pays = Localized()

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ("-opens_at",)
        constraints = [
            models.CheckConstraint(
                name="cycle_opens_before_it_closes",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The cycle closes before it opens."),
            ),
            models.CheckConstraint(
                name="cycle_has_readers_and_time_to_answer",
                condition=Q(reads_each__gte=1, answer_days__gte=1),
                violation_error_message=_(
                    "Give each application at least one reader, and each student at least one day to answer."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("applications:cycle-detail", kwargs={"code": self.code})

    @property
    def criteria(self) -> "models.QuerySet[RubricCriterion]":
        """What readers score, in order. `all_criteria` also has those of interviews."""
        return self.all_criteria.filter(kind="reading")

    @property
    def interview_criteria(self) -> "models.QuerySet[RubricCriterion]":
        """What interviewers ask and score; without any they score by the readers' rubric."""
        return self.all_criteria.filter(kind="interview")

    @property
    def is_open(self) -> bool:
        now = timezone.now()
        return bool(self.published_at) and not self.closed_out_at and self.opens_at <= now < self.closes_at

    @property
    def has_opened(self) -> bool:
        return self.opens_at <= timezone.now()

    @property
    def days_left(self) -> int:
        """Whole days until the cycle closes; 0 on the last day and after it."""
        return max(0, (timezone.localdate(self.closes_at) - timezone.localdate()).days)


class EligibilityRule(models.Model):
    """One condition for taking part, in words and as data; evaluated by `applications.base.eligibility`."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Operator(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")
        EQUALS = "equals", _("equals")
        IS_TRUE = "is_true", _("is true")
        IS_ONE_OF = "is_one_of", _("is one of")
        AGE_ON_AT_LEAST = "age_on_at_least", _("minimum age on a date")

    class OnMiss(models.TextChoices):
        DOES_NOT_MEET = "does_not_meet", _("doesn’t meet")
        ASK_AN_ADVISOR = "ask_an_advisor", _("ask an advisor")

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="rules")  # part of the cycle
    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField(default=0)
    question_key = models.SlugField(max_length=40, help_text="The question whose answer it judges.")
    operator = models.CharField(max_length=20, choices=Operator)
    value = models.JSONField(help_text='A number, a list, true, or {"years": 18, "on": "2027-06-09"}.')
    on_miss = models.CharField(max_length=20, choices=OnMiss, default=OnMiss.ASK_AN_ADVISOR)
    text_en = models.CharField(max_length=200)
    text_es = models.CharField(max_length=200)
    # the question on the page "Can I apply?", which needs no account; empty: the page leaves the rule out
    ask_en = models.CharField(max_length=200, blank=True, help_text="As a plain question.")
    ask_es = models.CharField(max_length=200, blank=True)
    change_en = models.CharField(max_length=300, blank=True, help_text="What would change a “does not meet”.")
    change_es = models.CharField(max_length=300, blank=True)
    unsure_en = models.CharField(max_length=300, blank=True, help_text="How someone who isn’t sure can find out.")
    unsure_es = models.CharField(max_length=300, blank=True)
    text = Localized()
    ask = Localized()
    change = Localized()
    unsure = Localized()

    class Meta:
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(name="eligibilityrule_key_once_per_cycle", fields=["cycle", "key"])]

    def __str__(self) -> str:
        return str(self.text)


class FormVersion(models.Model):
    """One version of a cycle's form; each application keeps the version that it was started with."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="form_versions")
    number = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("cycle", "-number")
        constraints = [models.UniqueConstraint(name="formversion_number_once_per_cycle", fields=["cycle", "number"])]

    def __str__(self) -> str:
        return f"{self.cycle} v{self.number}"


class Section(models.Model):
    """One page of the form."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    form = models.ForeignKey(FormVersion, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    intro_en = models.TextField(blank=True)
    intro_es = models.TextField(blank=True)
    staff_title_en = models.CharField(
        max_length=120,
        blank=True,
        help_text="The title as staff read it, who aren't the “you” of the student's.",
    )
    staff_title_es = models.CharField(max_length=120, blank=True)
    title = Localized()
    intro = Localized()
    staff_title = Localized()

    class Meta:
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(name="section_key_once_per_form", fields=["form", "key"])]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title_for_staff(self) -> str:
        return self.staff_title or self.title

    @cached_property
    def asked(self) -> list["Question"]:
        """The section's questions in order, read once; don't change the list."""
        return list(self.questions.all())


class Question(models.Model):
    """One question of a section, in both languages side by side."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        SHORT_TEXT = "short_text", _("short text")
        LONG_TEXT = "long_text", _("long text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        YES_NO = "yes_no", _("yes or no")
        ONE_OF = "one_of", _("one of a list")
        SEVERAL_OF = "several_of", _("several of a list")
        RANKED_CITIES = "ranked_cities", _("ranked cities")
        COLLEGE = "college", _("college")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("email")
        FILE = "file", _("file")

    class Audience(models.TextChoices):
        """Who reads the answer besides the student and the coordinator."""

        READERS = "readers", _("readers at other colleges, without the name")
        ADVISOR = "advisor", _("the student’s own advisor only")
        OFFICE = "office", _("the exchange team only")

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=40, help_text="The same from cycle to cycle.")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=Kind)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.ADVISOR)
    label_en = models.CharField(max_length=200)
    label_es = models.CharField(max_length=200)
    help_en = models.TextField(blank=True)
    help_es = models.TextField(blank=True)
    is_required = models.BooleanField(default=True)
    words_max = models.PositiveSmallIntegerField(null=True, blank=True)
    words_suggested = models.PositiveIntegerField(
        null=True, blank=True, help_text="With fewer words than this, the page suggests writing more. It never blocks."
    )
    options = models.JSONField(default=list, blank=True, help_text='[{"key": "a", "en": "...", "es": "..."}]')
    files_max = models.PositiveSmallIntegerField(default=1, help_text="How many files a file question takes.")
    # condition: shown only if the question with this key, in the same form, has this stored answer
    show_if_key = models.SlugField(max_length=40, blank=True)
    show_if_value = models.JSONField(null=True, blank=True)
    label = Localized()
    help = Localized()

    class Meta:
        ordering = ("section__order", "order", "pk")
        constraints = [
            models.UniqueConstraint(name="question_key_once_per_section", fields=["section", "key"]),
            models.CheckConstraint(
                name="question_words_max_only_for_long_text",
                condition=Q(words_max__isnull=True) | Q(kind="long_text"),
                violation_error_message=_("Only a long text can have a word limit."),
            ),
            models.CheckConstraint(
                name="question_condition_is_whole",
                condition=Q(show_if_key="", show_if_value__isnull=True)
                | (~Q(show_if_key="") & Q(show_if_value__isnull=False)),
                violation_error_message=_("A requirement names a question and its answer."),
            ),
            models.CheckConstraint(
                name="question_takes_a_file_or_more",
                condition=Q(files_max__gte=1, files_max__lte=10),
                violation_error_message=_("A question takes from one to ten files."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label_for_staff(self) -> str:
        """What was asked, in quotation marks where it speaks to the student; "Full name" speaks to nobody."""
        label = str(self.label)
        return f"“{label}”" if label.endswith("?") or self.kind == self.Kind.LONG_TEXT else label
