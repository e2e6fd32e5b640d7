"""Forms for money: a rule of a cycle, a receipt from the phone, the office's decision on it, and a payment."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.cycle.forms.setup import text_area
from applications.models import Cycle
from travel.base.forms import CheckedFileField, RowForm, day
from travel.models import FeeVoucher, MoneyRule, Trip
from travel.prepare.money import promise as money
from travel.prepare.money.actions import REASON_MAX

TITLE_MAX, HOW_MAX = 120, 500


class CentsField(forms.DecimalField):
    """Dollars as typed, with or without $ and commas; cleans to whole cents, and shows cents as dollars."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_digits=8, decimal_places=2, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().removeprefix("$").replace(",", "").strip()
        return super().to_python(text)

    def prepare_value(self, value: Any) -> Any:
        return f"{money.decimal(value)}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is None:
            return None
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount above zero."), code="not_above_zero")
        try:
            return money.cents_of(amount)
        except ValueError as error:
            raise forms.ValidationError(_("Enter an amount in dollars and cents."), code="invalid") from error


class MoneyRuleForm(RowForm):
    layout = (
        ("title_en", "title_es"),
        ("kind", "fee"),
        ("cents", "fund"),
        ("source_name", "as_of"),
        ("timing", "days"),
        ("how_en", "how_es"),
        ("trips",),
        ("is_for_everyone",),
    )
    extra_fields = ("trips",)
    title_en = forms.CharField(label=gettext_lazy("What for, in English"), max_length=TITLE_MAX)
    title_es = forms.CharField(label=gettext_lazy("What for, in Spanish"), max_length=TITLE_MAX)
    kind = forms.ChoiceField(label=gettext_lazy("How it’s paid"), choices=MoneyRule.Kind)
    fee = forms.ChoiceField(
        label=gettext_lazy("Passport fee that it pays or pays back"),
        required=False,
        help_text=gettext_lazy("So that no one gets a voucher and a refund for the same fee."),
    )
    cents = CentsField(
        label=gettext_lazy("Amount for each student, in dollars"),
        required=False,
        help_text=gettext_lazy("Leave it empty until someone has decided. Students then read that they should ask."),
    )
    fund = forms.CharField(label=gettext_lazy("Who pays"), max_length=100, required=False)
    source_name = forms.CharField(
        label=gettext_lazy("Where it’s written"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: agreement with the sponsor."),
    )
    as_of = day(gettext_lazy("As of"), required=False)
    timing = forms.ChoiceField(
        label=gettext_lazy("When it’s paid"),
        choices=MoneyRule.Timing,
        help_text=gettext_lazy("Doesn’t matter for a voucher: the student has it before they apply for the passport."),
    )
    days = forms.IntegerField(label=gettext_lazy("How many days"), min_value=0, max_value=365)
    how_en = text_area(
        gettext_lazy("How they get it, in English"),
        rows=3,
        required=False,
        limit=HOW_MAX,
        help_text=gettext_lazy("For example: a check by mail. Don’t ask for account numbers here."),
    )
    how_es = text_area(gettext_lazy("How they get it, in Spanish"), rows=3, required=False, limit=HOW_MAX)
    trips = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only for these trips"),
        queryset=Trip.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none if it’s for every trip."),
    )
    is_for_everyone = forms.BooleanField(
        label=gettext_lazy("Every student on the trip gets it"),
        required=False,
        help_text=gettext_lazy("If not, you give it to students one by one, on the trip’s page."),
    )

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fee: Any = self.fields["fee"]
        fee.choices = [("", _("none"))] + list(FeeVoucher.Fee.choices)
        trips: Any = self.fields["trips"]
        trips.queryset = cycle.trips.select_related("city")

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        trips = [trip.code for trip in row.trips.all()]
        return {**super().initial_of(row), "trips": trips}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("cents"):
            for name in ("fund", "source_name", "as_of"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("With an amount, this is needed."))
        if said.get("kind") == MoneyRule.Kind.VOUCHER and not said.get("fee") and "fee" not in self.errors:
            self.add_error("fee", _("Choose the passport fee that the voucher pays."))
        if said.get("kind") == MoneyRule.Kind.VOUCHER and not said.get("is_for_everyone"):
            text = _("A voucher is promised to everyone. To give one to some students, use the list of vouchers.")
            self.add_error("is_for_everyone", text)
        as_of = said.get("as_of")
        if as_of and as_of > timezone.localdate():
            self.add_error("as_of", _("This day is in the future."))
        return said


class HowForm(RowForm):
    """What can change of a rule that was published."""

    layout = (("how_en", "how_es"),)
    how_en = text_area(gettext_lazy("How they get it, in English"), rows=3, required=False, limit=HOW_MAX)
    how_es = text_area(gettext_lazy("How they get it, in Spanish"), rows=3, required=False, limit=HOW_MAX)


class ReceiptForm(forms.Form):
    use_required_attribute = False
    file = CheckedFileField(
        label=gettext_lazy("Photo or PDF of the receipt"),
        help_text=gettext_lazy(
            "Cover your card number with your thumb or a piece of paper. We need the store, the day and the amount."
        ),
    )
    cents = CentsField(
        label=gettext_lazy("Total on the receipt, in dollars"), help_text=gettext_lazy("For example: 14.99")
    )
    spent_on = day(gettext_lazy("Day on the receipt"))

    def clean_spent_on(self) -> date:
        day_: date = self.cleaned_data["spent_on"]
        if day_ > timezone.localdate():
            raise forms.ValidationError(_("This day is in the future. Look at the receipt again."), code="future")
        return day_


def _reason(label: Any, *, required: bool, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, max_length=REASON_MAX, widget=area, **more)


class ApproveForm(forms.Form):
    use_required_attribute = False
    cents = CentsField(label=gettext_lazy("Amount to approve, in dollars"))
    reason = _reason(gettext_lazy("Why it’s less than the receipt"), required=False)
    is_last = forms.BooleanField(
        label=gettext_lazy("No other receipt comes for this"),
        required=False,
        help_text=gettext_lazy("What’s left of the promise is then canceled. Undo opens it again."),
    )


class ReasonForm(forms.Form):
    use_required_attribute = False
    reason = _reason(
        gettext_lazy("Reason, which the student reads"),
        required=True,
        error_messages={"required": gettext_lazy("Write the reason. The student reads it.")},
    )


class PaidForm(forms.Form):
    use_required_attribute = False
    paid_on = day(gettext_lazy("Paid on"))
    reference = forms.CharField(
        label=gettext_lazy("Finance office’s reference"),
        max_length=60,
        help_text=gettext_lazy("The number of the payment run or check. No account numbers."),
        error_messages={"required": gettext_lazy("Enter the finance office’s reference.")},
    )
