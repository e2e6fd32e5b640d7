"""Models of the checklist: a student's duties before departure, and the dated reference rows behind their dates."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import DatedReference, PartnerCity, User
from travel.models.placement import Placement, Trip


class EntryRule(DatedReference):
    """What a city requires of a visitor who arrives with one kind of travel document."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Document(models.TextChoices):
        US_PASSPORT = "us_passport", _("U.S. passport")

    class Requirement(models.TextChoices):
        NONE = "none", _("nothing needed in advance")
        AUTHORIZATION = "authorization", _("online authorization")
        E_VISA = "e_visa", _("e-visa (electronic visa)")
        VISA_ON_ARRIVAL = "visa_on_arrival", _("visa on arrival")
        CONSULAR_VISA = "consular_visa", _("visa from the consulate")

    class Basis(models.TextChoices):
        ENTRY = "entry", _("counted from arrival")
        EXIT = "exit", _("counted from departure")
        STAY = "stay", _("for the stay")

    city = models.ForeignKey(PartnerCity, on_delete=models.PROTECT, related_name="entry_rules")
    document = models.CharField(max_length=20, choices=Document, default=Document.US_PASSPORT)
    requirement = models.CharField(max_length=20, choices=Requirement)
    fee = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217")
    lead_days = models.PositiveSmallIntegerField(default=0, help_text="To allow for the authorization or visa.")
    validity_months = models.PositiveSmallIntegerField(default=0)
    validity_basis = models.CharField(max_length=5, choices=Basis, default=Basis.STAY)
    blank_pages = models.PositiveSmallIntegerField(default=0)
    note_en = models.TextField(blank=True)
    note_es = models.TextField(blank=True)
    note = Localized()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entryrule_one_per_city_and_document", fields=["city", "document"]),
            models.CheckConstraint(
                name="entryrule_fee_has_a_currency", condition=Q(fee__isnull=True) | ~Q(currency="")
            ),
        ]

    @property
    def asks_nothing(self) -> bool:
        """Whether it says for sure that nothing is needed before the flight."""
        return self.is_reliable and self.requirement == self.Requirement.NONE

    def __str__(self) -> str:
        return f"{self.city}: {self.get_requirement_display()}"

    def natural_key(self) -> tuple[str, ...]:
        return (self.city.code, self.document)


class Guidance(DatedReference):
    """One dated piece of advice: a passport route, a document to bring, a photo rule, a fee."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Topic(models.TextChoices):
        ROUTE = "route", _("route")
        PAPER = "paper", _("document to bring")
        PHOTO = "photo", _("photo rule")
        MONEY = "money", _("money")
        HELP = "help", _("help")

    topic = models.CharField(max_length=10, choices=Topic)
    key = models.SlugField(max_length=60)
    order = models.PositiveSmallIntegerField(default=0)
    routes = models.JSONField(default=list, blank=True, help_text="PassportCase.Route values; empty: all.")
    title_en = models.CharField(max_length=150)
    title_es = models.CharField(max_length=150)
    text_en = models.TextField()
    text_es = models.TextField()
    title = Localized()
    text = Localized()

    class Meta:
        ordering = ("topic", "order", "key")
        verbose_name_plural = "guidance"
        constraints = [models.UniqueConstraint(name="guidance_key_once_per_topic", fields=["topic", "key"])]

    def __str__(self) -> str:
        return str(self.title)

    def natural_key(self) -> tuple[str, ...]:
        return (self.topic, self.key)


class StepFields(models.Model):
    """What a step of the checklist says, who does it and how that is shown, whom it is for, and when it is due.

    Steps name each other by key within one list, so a copied list keeps its order of things.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Timing(models.TextChoices):
        BEFORE_DEPARTURE = "before_departure", _("a number of days before departure")
        AFTER_STEP = "after_step", _("a number of days after another step")
        DOCUMENTS = "documents", _("when the passport documents must be ready")
        APPLY = "apply", _("when the passport must be applied for")
        IN_HAND = "in_hand", _("when the passport must be in hand")
        ENTRY = "entry", _("when to apply for the visa or authorization")

    class Owner(models.TextChoices):
        STUDENT = "student", _("student")
        FAMILY = "family", _("family")
        ADVISOR = "advisor", _("advisor")
        OFFICE = "office", _("office")

    class Evidence(models.TextChoices):
        CHECKBOX = "checkbox", _("a checkbox")
        TEXT = "text", _("a short text")
        FILE = "file", _("a photo or PDF")
        SIGNATURE = "signature", _("a form signed here")
        ATTENDANCE = "attendance", _("coming to a session")
        PAGE = "page", _("filling in a page")

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("every student")
        UNDER_18 = "under_18", _("students under 18 on the day of departure")
        ENTRY_PERMISSION = "entry_permission", _("students who need a visa or authorization")
        STIPEND = "stipend", _("students who get money before departure")

    # evidence that another part of the portal stores; `evidence_key` says which form, sessions or page
    KEYED: ClassVar[tuple[str, ...]] = ("signature", "attendance", "page")

    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    timing = models.CharField(max_length=20, choices=Timing, default=Timing.BEFORE_DEPARTURE)
    days_before = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Days before departure.")
    after = models.SlugField(max_length=40, blank=True, help_text="Key of the step it follows.")
    days_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after that step is done or, until then, due."
    )
    waits_for = models.JSONField(
        default=list,
        blank=True,
        help_text="Keys of steps to do first.",
    )
    owner = models.CharField(max_length=8, choices=Owner, default=Owner.STUDENT)
    evidence = models.CharField(max_length=10, choices=Evidence, default=Evidence.CHECKBOX)
    evidence_key = models.SlugField(max_length=40, blank=True, help_text="Which form, sessions or page.")
    advisor_sees = models.BooleanField(
        default=False, help_text="The home college's advisor may read the text or open the file."
    )
    audience = models.CharField(max_length=16, choices=Audience, default=Audience.EVERYONE)
    needs_verification = models.BooleanField(default=False, help_text="Someone of the staff must have seen it.")
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    why_en = models.TextField()
    why_es = models.TextField()
    how_en = models.TextField(blank=True)
    how_es = models.TextField(blank=True)
    title = Localized()
    why = Localized()
    how = Localized()

    class Meta:
        abstract = True
        ordering = ("order", "pk")
        constraints = [
            models.CheckConstraint(
                name="%(class)s_days_where_counted_from_departure",
                condition=(Q(timing="before_departure", days_before__isnull=False))
                | (~Q(timing="before_departure") & Q(days_before__isnull=True)),
                violation_error_message=_("Say how many days before departure."),
            ),
            models.CheckConstraint(
                name="%(class)s_follows_a_step_by_days",
                condition=(Q(timing="after_step", days_after__isnull=False) & ~Q(after=""))
                | (~Q(timing="after_step") & Q(days_after__isnull=True, after="")),
                violation_error_message=_("Say which step it follows, and how many days after."),
            ),
            models.CheckConstraint(
                name="%(class)s_key_of_the_evidence",
                condition=(Q(evidence__in=["signature", "attendance", "page"]) & ~Q(evidence_key=""))
                | (~Q(evidence__in=["signature", "attendance", "page"]) & Q(evidence_key="")),
                violation_error_message=_("Say which form, session or page shows that it’s done."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def is_students(self) -> bool:
        """Whether the student does it. A family's step is theirs too: they check it off once the family has done it."""
        return self.owner in OF_STUDENTS

    @property
    def is_by_hand(self) -> bool:
        """Whether a person says that it's done. Other steps are done by what is stored for them: `fulfil`."""
        return self.evidence not in (*self.KEYED, self.Evidence.FILE)

    @property
    def asks_file(self) -> bool:
        return self.evidence == self.Evidence.FILE


OF_STUDENTS = (StepFields.Owner.STUDENT, StepFields.Owner.FAMILY)


class StandardStep(StepFields):
    """A step that every new cycle's checklist begins with."""

    class Meta(StepFields.Meta):
        constraints = [
            *StepFields.Meta.constraints,
            models.UniqueConstraint(name="standardstep_key_once", fields=["key"]),
        ]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class ChecklistStepQuerySet(models.QuerySet["ChecklistStep"]):
    def in_use(self) -> Self:
        """Steps that new students get."""
        return self.filter(retired_at__isnull=True)


class ChecklistStep(StepFields):
    """One step of a cycle's checklist. Each student's dates are calculated from it.

    A step that students already have is retired instead of deleted. One that changed only for new students is retired
    beside its new version, which has the same key: each student has one of the two.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="checklist_steps")
    trips = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Empty: every trip of the cycle.")
    retired_at = models.DateTimeField(null=True, blank=True)
    # in place of `trips`, while a change is weighed that isn't saved
    only_on: "tuple[Trip, ...] | None" = None

    objects = ChecklistStepQuerySet.as_manager()

    class Meta(StepFields.Meta):
        constraints = [
            *StepFields.Meta.constraints,
            models.UniqueConstraint(
                name="checkliststep_key_once_in_use", fields=["cycle", "key"], condition=Q(retired_at__isnull=True)
            ),
        ]


# what an item has while it isn't done
NOT_DONE: dict[str, Any] = {
    "done_at": None,
    "done_by": None,
    "done_via": "",
    "verified_at": None,
    "verified_by": None,
}


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(placement__in=Placement.objects.visible_to(user))

    def kept(self) -> Self:
        """Without those that were closed because nobody has to do them."""
        return self.filter(closed_at__isnull=True)

    def open(self) -> Self:
        return self.kept().filter(done_at__isnull=True)

    def of_students(self) -> Self:
        """Without what an advisor or the office does."""
        return self.filter(step__owner__in=OF_STUDENTS)

    def of_staff(self, owners: Iterable[str]) -> Self:
        """Open items of these owners, of students who still go and whose group hasn't left."""
        going = Placement.objects.active().filter(trip__departed_at__isnull=True, trip__closed_at__isnull=True)
        return self.open().filter(step__owner__in=tuple(owners), placement__in=going)

    def late(self, today: date) -> Self:
        """A student's items past their last safe day that aren't done."""
        return self.open().of_students().filter(last_safe_on__lt=today)


class ChecklistItem(models.Model):
    """One pre-departure duty of one student, with its two dates."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"text"}
    PERSONAL = Personal(
        "placement step do_by last_safe_on done_at done_by done_via text verified_at verified_by "
        "reminded_at asked_again_at closed_at"
    )

    class Via(models.TextChoices):
        HAND = "", _("someone said so")
        EVIDENCE = "evidence", _("a form, a session or a page")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="checklist_items")
    step = models.ForeignKey(ChecklistStep, on_delete=models.PROTECT, related_name="items")
    do_by = models.DateField()
    last_safe_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    # empty if a guest or the system did it: then `done_via` says how
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_via = models.CharField(max_length=8, choices=Via, blank=True, default=Via.HAND)
    text = models.TextField(blank=True, help_text="What the student wrote, if the step asks for text.")
    asked_again_at = models.DateTimeField(null=True, blank=True, help_text="It was done, and changed since.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="It was open, and nobody has to do it now.")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="The student was told of do_by.")

    objects = ChecklistItemQuerySet.as_manager()

    class Meta:
        ordering = ("do_by", "step__order")
        constraints = [
            models.UniqueConstraint(name="checklistitem_step_once", fields=["placement", "step"]),
            models.CheckConstraint(
                name="checklistitem_do_by_not_after_last_safe",
                condition=Q(do_by__lte=models.F("last_safe_on")),
            ),
            models.CheckConstraint(
                name="checklistitem_done_by_someone_or_via_evidence",
                condition=Q(done_at__isnull=True, done_by__isnull=True, done_via="")
                | (Q(done_at__isnull=False) & (Q(done_by__isnull=False) | Q(done_via="evidence"))),
            ),
            models.CheckConstraint(
                name="checklistitem_closed_only_while_open",
                condition=Q(closed_at__isnull=True) | Q(done_at__isnull=True),
            ),
            models.CheckConstraint(
                name="checklistitem_verified_at_and_by_together",
                condition=Q(verified_at__isnull=True, verified_by__isnull=True)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
            ),
            models.CheckConstraint(
                name="checklistitem_verified_only_when_done",
                condition=Q(verified_at__isnull=True) | Q(done_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["last_safe_on"], name="checklistitem_open", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.step.key} of {self.placement_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:checklist-item", kwargs={"code": self.placement.code, "key": self.step.key})

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.closed_at is None
