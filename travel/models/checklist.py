"""Models of the checklist: a student's duties before departure, and the dated reference rows behind their dates."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle
from exchange.base.localized import Localized
from exchange.base.roles import Person
from exchange.models import DatedReference, PartnerCity, User
from travel.models.placement import Placement


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
    """What a step of the checklist says, and when it is due."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Timing(models.TextChoices):
        BEFORE_DEPARTURE = "before_departure", _("a number of days before departure")
        DOCUMENTS = "documents", _("when the passport documents must be ready")
        APPLY = "apply", _("when the passport must be applied for")
        IN_HAND = "in_hand", _("when the passport must be in hand")
        ENTRY = "entry", _("when to apply for the visa or authorization")

    key = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField()
    timing = models.CharField(max_length=20, choices=Timing, default=Timing.BEFORE_DEPARTURE)
    days_before = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Days before departure.")
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
        ]

    def __str__(self) -> str:
        return str(self.title)


class StandardStep(StepFields):
    """A step that every new cycle's checklist begins with."""

    class Meta(StepFields.Meta):
        constraints = [
            *StepFields.Meta.constraints,
            models.UniqueConstraint(name="standardstep_key_once", fields=["key"]),
        ]

    def natural_key(self) -> tuple[str, ...]:
        return (self.key,)


class ChecklistStep(StepFields):
    """One step of a cycle's checklist. Each student's dates are calculated from it."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="checklist_steps")

    class Meta(StepFields.Meta):
        constraints = [
            *StepFields.Meta.constraints,
            models.UniqueConstraint(name="checkliststep_key_once_per_cycle", fields=["cycle", "key"]),
        ]


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    def visible_to(self, user: Person) -> Self:
        return self.filter(placement__in=Placement.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(done_at__isnull=True)

    def late(self, today: date) -> Self:
        """Items past their last safe day that aren't done."""
        return self.open().filter(last_safe_on__lt=today)


class ChecklistItem(models.Model):
    """One pre-departure duty of one student, with its two dates."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="checklist_items")
    step = models.ForeignKey(ChecklistStep, on_delete=models.PROTECT, related_name="items")
    do_by = models.DateField()
    last_safe_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
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
                name="checklistitem_done_at_and_by_together",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
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
