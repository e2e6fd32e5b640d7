"""Money for travelers: what a cycle promises, what each was promised, receipts, and lists that the city pays by.

Amounts are whole cents of settings.CURRENCY. No account and no card number has a column here: how the money reaches
somebody is a sentence of the office.
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Cycle, Upload
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from travel.models.checked_file import CheckedFile, path_in
from travel.models.partner import OfficeQuerySet
from travel.models.placement import Placement, Trip
from travel.models.voucher import FeeVoucher


class MoneyRuleQuerySet(models.QuerySet["MoneyRule"]):
    def in_use(self) -> Self:
        return self.filter(retired_at__isnull=True)

    def promised(self) -> Self:
        return self.filter(published_at__isnull=False)

    def stipends(self) -> Self:
        """Money that students have before they leave."""
        return self.filter(kind=MoneyRule.Kind.STIPEND, timing=MoneyRule.Timing.BEFORE_DEPARTURE)

    def of_trip(self, trip: Trip) -> Self:
        """Rules for this trip or for every trip of its cycle."""
        only = Q(trips__isnull=True) | Q(trips=trip)
        return self.filter(only, cycle=trip.cycle_id).distinct()


class MoneyRule(models.Model):
    """One thing that the city pays for travelers of a cycle: what, how much, who pays, where that is written, and when.

    Every page that says what the city pays of a passport reads these rows (`travel.base.fee_promises`). A draft
    promises nothing. Once it is published, its amount stays; a new amount is a new rule.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Kind(models.TextChoices):
        STIPEND = "stipend", _("paid without receipts")
        REFUND = "refund", _("paid back for receipts, up to the amount")
        VOUCHER = "voucher", _("a passport fee, paid with a voucher up to the amount")

    class Timing(models.TextChoices):
        BEFORE_DEPARTURE = "before_departure", _("days before departure")
        AFTER_RECEIPT = "after_receipt", _("days after the receipt is approved")
        AFTER_RETURN = "after_return", _("days after the return")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="money_rules")
    trips = models.ManyToManyField(Trip, blank=True, related_name="+", help_text="Empty: every trip of the cycle.")
    key = models.SlugField(max_length=60)
    order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind)
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    cents = models.PositiveIntegerField(null=True, blank=True, help_text="Per traveler. Empty: nobody has said.")
    fund = models.CharField(max_length=100, blank=True, help_text="Who pays: a sponsor or a fund.")
    source_name = models.CharField(max_length=200, blank=True, help_text="Where the amount is written.")
    as_of = models.DateField(null=True, blank=True)
    fee = models.CharField(
        max_length=20, choices=FeeVoucher.Fee, blank=True, help_text="The passport fee that it pays or pays back."
    )
    timing = models.CharField(max_length=16, choices=Timing)
    days = models.PositiveSmallIntegerField()
    how_en = models.TextField(blank=True, help_text="How the city pays it, in the office's words.")
    how_es = models.TextField(blank=True)
    is_for_everyone = models.BooleanField(default=True, help_text="Else the office gives it to some travelers.")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="Promised to nobody else.")
    title = Localized()
    how = Localized()

    objects = MoneyRuleQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")
        constraints = [
            models.UniqueConstraint(name="moneyrule_key_once_per_cycle", fields=["cycle", "key"]),
            models.CheckConstraint(
                name="moneyrule_amount_has_a_source",
                condition=Q(cents__isnull=True)
                | (Q(cents__gt=0, as_of__isnull=False) & ~Q(fund="") & ~Q(source_name="")),
                violation_error_message=_("Say who pays, where it’s written, and as of which day."),
            ),
            models.CheckConstraint(
                name="moneyrule_voucher_pays_a_fee",
                condition=~Q(kind="voucher", fee=""),
                violation_error_message=_("Choose the passport fee that the voucher pays."),
            ),
            models.CheckConstraint(
                name="moneyrule_published_has_an_amount",
                condition=Q(published_at__isnull=True) | Q(cents__isnull=False),
            ),
            models.CheckConstraint(
                name="moneyrule_retired_after_it_was_published",
                condition=Q(retired_at__isnull=True) | Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def is_refund(self) -> bool:
        return self.kind == self.Kind.REFUND

    @property
    def is_voucher(self) -> bool:
        """Nothing is paid to the student, so nobody has a `MoneyPromise` of it."""
        return self.kind == self.Kind.VOUCHER


def _sum_of(rows: models.QuerySet[Any], column: str) -> Coalesce:
    """The sum of a column over rows of one promise; 0 without any. A subquery, so that sums don't multiply."""
    sums = rows.order_by().values("promise").annotate(sum=Sum(column)).values("sum")
    return Coalesce(Subquery(sums, output_field=models.IntegerField()), 0)


class MoneyPromiseQuerySet(models.QuerySet["MoneyPromise"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator, a student's own. Nobody at the college: it's between the city and the student."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def with_sums(self) -> Self:
        """Each with `approved` (receipts), `listed` (on lists that aren't paid yet) and `paid`, in cents."""
        lines = PaymentLine.objects.filter(promise=OuterRef("pk"))
        receipts = Receipt.objects.filter(promise=OuterRef("pk"), decision=Receipt.Decision.APPROVED)
        return self.annotate(
            approved=_sum_of(receipts, "approved_cents"),
            listed=_sum_of(lines.filter(payment__paid_on__isnull=True), "cents"),
            paid=_sum_of(lines.filter(payment__paid_on__isnull=False), "cents"),
        )

    def with_people(self) -> Self:
        return self.select_related("rule", "placement__application__student", "placement__trip__city")

    def stipends(self) -> Self:
        return self.filter(rule__in=MoneyRule.objects.stipends())

    def standing(self) -> Self:
        """Not canceled as a whole."""
        return self.filter(canceled_cents__lt=F("cents"))


class MoneyPromise(models.Model):
    """What one traveler was promised under one rule. Paid, open and canceled always add up to it."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"canceled_reason"}
    PERSONAL = Personal(
        "placement code cents promised_at canceled_cents canceled_why canceled_reason canceled_at what=rule.title",
        erased="money: promised, paid and canceled have to add up; the reason goes",
    )

    class Why(models.TextChoices):
        DROPPED_OUT = "dropped_out", _("not going on the trip")
        SPENT_LESS = "spent_less", _("the receipts came to less")
        OTHER = "other", _("another reason")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="promises")
    rule = models.ForeignKey(MoneyRule, on_delete=models.PROTECT, related_name="promises")
    cents = models.PositiveIntegerField()
    promised_at = models.DateTimeField(default=timezone.now)
    # empty: given by the portal to somebody who was placed after the rule was published
    promised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    canceled_cents = models.PositiveIntegerField(default=0)
    canceled_why = models.CharField(max_length=12, choices=Why, blank=True)
    canceled_reason = models.TextField(blank=True, help_text="The student reads it.")
    canceled_at = models.DateTimeField(null=True, blank=True)
    canceled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = MoneyPromiseQuerySet.as_manager()
    # set by `with_sums`
    approved: int
    listed: int
    paid: int

    class Meta:
        ordering = ("rule__order", "pk")
        constraints = [
            models.UniqueConstraint(name="moneypromise_once_per_rule", fields=["placement", "rule"]),
            models.CheckConstraint(name="moneypromise_above_zero", condition=Q(cents__gt=0)),
            models.CheckConstraint(
                name="moneypromise_canceled_at_most_all", condition=Q(canceled_cents__lte=F("cents"))
            ),
            models.CheckConstraint(
                name="moneypromise_canceled_says_why",
                condition=Q(canceled_cents=0, canceled_why="", canceled_reason="", canceled_at__isnull=True)
                | (
                    Q(canceled_cents__gt=0, canceled_at__isnull=False)
                    & ~Q(canceled_why="")
                    & (~Q(canceled_why="other") | ~Q(canceled_reason=""))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} for {self.placement_id}"

    def get_absolute_url(self) -> str:
        return reverse("travel:money-promise", kwargs={"code": self.code})


def receipt_path(receipt: "Receipt", filename: str) -> str:
    return path_in("receipts", receipt)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: Person) -> Self:
        """As the promise that it belongs to."""
        if roles.is_coordinator(user):
            return self
        return self.filter(promise__placement__application__student=user) if user.is_authenticated else self.none()

    def to_judge(self) -> Self:
        """Sent, checked, and not decided on."""
        return self.filter(decision=Receipt.Decision.WAITING, state=Upload.State.KEPT)


class Receipt(CheckedFile):
    """A receipt that a student sent: what was paid, when, and a photo or PDF of it, checked like every file.

    The office approves all or part of the amount, or returns it with a reason.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {*CheckedFile.PERSONAL_FIELDS, "reason"}
    PERSONAL = Personal(
        "promise cents spent_on original_name content_type size uploaded_at state refused_because "
        "checked_at scanned_at decision approved_cents reason decided_at file"
    )

    class Decision(models.TextChoices):
        WAITING = "waiting", _("waiting for the office")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn by the student")

    TONES: ClassVar = {"waiting": "wait", "approved": "good", "returned": "stop", "withdrawn": "neutral"}

    promise = models.ForeignKey(MoneyPromise, on_delete=models.PROTECT, related_name="receipts")
    cents = models.PositiveIntegerField(help_text="As the student read it on the receipt.")
    spent_on = models.DateField()
    file = models.FileField(upload_to=receipt_path, max_length=200, blank=True)
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.WAITING)
    approved_cents = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was returned, or why less was approved.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="receipt_once_per_promise",
                fields=["promise", "digest"],
                condition=Q(decision__in=["waiting", "approved"]),
            ),
            models.CheckConstraint(name="receipt_above_zero", condition=Q(cents__gt=0)),
            models.CheckConstraint(
                name="receipt_refused_says_why",
                condition=Q(state="refused") & ~Q(refused_because="") | ~Q(state="refused") & Q(refused_because=""),
            ),
            models.CheckConstraint(
                name="receipt_approved_says_how_much",
                condition=Q(
                    decision="approved",
                    approved_cents__isnull=False,
                    approved_cents__gt=0,
                    approved_cents__lte=F("cents"),
                )
                | (~Q(decision="approved") & Q(approved_cents__isnull=True)),
            ),
            models.CheckConstraint(name="receipt_returned_says_why", condition=~Q(decision="returned") | ~Q(reason="")),
            models.CheckConstraint(
                name="receipt_decided_at_unless_waiting",
                condition=Q(decision="waiting", decided_at__isnull=True)
                | (~Q(decision="waiting") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["uploaded_at"], name="receipt_waiting", condition=Q(decision="waiting"))]

    def __str__(self) -> str:
        return f"receipt {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("travel:receipt-detail", kwargs={"code": self.code})

    @property
    def tone(self) -> str:
        return str(self.TONES[self.decision])


class PaymentQuerySet(OfficeQuerySet["Payment"]):
    def with_sums(self) -> Self:
        """Each with `cents` and `count` of its lines. Subqueries, so that filters in front don't multiply them."""
        lines = PaymentLine.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
        number = {"output_field": models.IntegerField()}
        return self.annotate(
            cents=Coalesce(Subquery(lines.annotate(sum=Sum("cents")).values("sum"), **number), 0),
            count=Coalesce(Subquery(lines.annotate(number=models.Count("pk")).values("number"), **number), 0),
        )


class Payment(models.Model):
    """A list by which the city pays travelers. Paid once it has a day and the finance office's reference."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        kept_out="a list for many students; names who of the office made it. Your lines are in PaymentLine"
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    exported_at = models.DateTimeField(null=True, blank=True, help_text="When the file was last downloaded.")
    paid_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=60, blank=True, help_text="The finance office's number. No account.")
    paid_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="payment_paid_on_and_reference_together",
                condition=Q(paid_on__isnull=True, reference="", paid_by__isnull=True)
                | (Q(paid_on__isnull=False, paid_by__isnull=False) & ~Q(reference="")),
            ),
        ]

    def __str__(self) -> str:
        return f"payment list {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("travel:payment-detail", kwargs={"code": self.code})


class PaymentLine(models.Model):
    """What one payment list pays of one promise."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(
        "promise payment cents paid_on=payment.paid_on reference=payment.reference",
        erased="money: what was paid has to add up",
    )

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="lines")
    promise = models.ForeignKey(MoneyPromise, on_delete=models.PROTECT, related_name="lines")
    cents = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(name="paymentline_once_per_promise", fields=["payment", "promise"]),
            models.CheckConstraint(name="paymentline_above_zero", condition=Q(cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} on {self.payment_id}"
