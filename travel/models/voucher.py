"""Models of fee vouchers, with which the program pays passport fees, and of their append-only ledger."""

from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import User
from travel.models.placement import Trip
from travel.states import VoucherState


class FeeVoucherQuerySet(models.QuerySet["FeeVoucher"]):
    def visible_to(self, user: Person) -> Self:
        """All for the office; their own for a student; their college's for an advisor."""
        return roles.visible_by_application(self, user)

    def held(self) -> Self:
        """Vouchers with a student, used or not."""
        return self.filter(state__in=(VoucherState.GIVEN, VoucherState.USED))


class FeeVoucher(models.Model):
    """One passport fee that the program pays for a student, by money order or directly to the payee."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"application"}
    PERSONAL = Personal("application number amount fee method fund state", erased="money: the ledger has to add up")

    class Fee(models.TextChoices):
        APPLICATION = "application", _("passport application fee")
        EXECUTION = "execution", _("acceptance facility’s execution fee")
        EXPEDITE = "expedite", _("expedited service")
        PHOTO = "photo", _("passport photo")
        CERTIFICATE = "birth_certificate", _("birth certificate")

    class Method(models.TextChoices):
        MONEY_ORDER = "money_order", _("money order")
        DIRECT = "direct", _("paid directly")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    number = models.CharField(max_length=30, unique=True)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    fee = models.CharField(max_length=20, choices=Fee)
    method = models.CharField(max_length=12, choices=Method)
    fund = models.CharField(max_length=100, help_text="Who pays: a sponsor or a fund.")
    state = models.CharField(max_length=8, choices=VoucherState, default=VoucherState.OFFICE)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="vouchers"
    )
    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, null=True, blank=True, related_name="vouchers")

    objects = FeeVoucherQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.CheckConstraint(
                name="feevoucher_amount_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message=_("Enter an amount above zero."),
            ),
            models.CheckConstraint(
                name="feevoucher_with_a_student_once_given",
                condition=Q(state="office", application__isnull=True)
                | Q(state__in=("given", "used"), application__isnull=False)
                | Q(state="lost"),
            ),
            models.UniqueConstraint(
                name="feevoucher_one_per_student_and_fee",
                fields=["application", "fee"],
                condition=Q(state__in=("given", "used")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("travel:voucher-detail", kwargs={"code": self.code})


class LedgerIsKept(TypeError):
    """Raised on an attempt to change or delete a ledger entry."""


class VoucherEntryQuerySet(models.QuerySet["VoucherEntry"]):
    def visible_to(self, user: Person) -> Self:
        """Every entry for a coordinator, none for anyone else."""
        return self if roles.is_coordinator(user) else self.none()

    def update(self, **values: Any) -> NoReturn:
        raise LedgerIsKept("an entry of the ledger stays as it was written: write another one")

    def delete(self) -> NoReturn:
        raise LedgerIsKept("an entry of the ledger stays: write another one")


class VoucherEntry(models.Model):
    """One entry of the ledger: what happened to a voucher, when and by whom. It can't be changed or deleted."""

    PERSONAL_FIELDS: ClassVar[set[str]] = {"application", "note"}
    PERSONAL = Personal(
        "application voucher kind amount note at by", erased="an entry of the ledger stays as it was written"
    )

    class Kind(models.TextChoices):
        ISSUED = "issued", _("issued")
        GIVEN = "given", _("given out")
        USED = "used", _("used")
        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")

    voucher = models.ForeignKey(FeeVoucher, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = VoucherEntryQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        verbose_name_plural = "voucher entries"

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise LedgerIsKept("an entry of the ledger stays as it was written: write another one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerIsKept("an entry of the ledger stays: write another one")
