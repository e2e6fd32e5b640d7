"""Forms of fee vouchers: issued, given, marked, and found. They validate; actions save."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from travel.models import FeeVoucher, Trip
from travel.states import BEFORE_APPLYING, HELPED, VoucherState

MOST_AT_ONCE = 100  # more is a typing mistake, not a rule
NUMBER_MAX = 30

if TYPE_CHECKING:  # a field class takes no type argument at run time
    StudentBase = forms.ModelChoiceField[Application]
else:
    StudentBase = forms.ModelChoiceField


class IssueForm(forms.Form):
    """Vouchers of one kind with consecutive numbers."""

    use_required_attribute = False
    number = forms.CharField(
        label=_("First number"),
        max_length=NUMBER_MAX,
        help_text=_("Letters and numbers, with numbers at the end."),
    )
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=200, initial=1)
    amount = forms.DecimalField(label=_("Dollars for each"), min_value=1, max_digits=8, decimal_places=2)
    fee = forms.ChoiceField(label=_("For which fee"), choices=FeeVoucher.Fee)
    method = forms.ChoiceField(label=_("How it is paid"), choices=FeeVoucher.Method, widget=forms.RadioSelect)
    fund = forms.CharField(
        label=_("Who pays"), max_length=100, help_text=_("A sponsor or a fund. Spell it the same way every time.")
    )

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip().upper()
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]*", number):
            raise forms.ValidationError(_("Use only letters, numbers and hyphens."), code="signs")
        return number

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("number") and said.get("count", 1) > 1 and not said["number"][-1].isdigit():
            self.add_error(
                "number",
                forms.ValidationError(_("To add more than one, enter a number that ends in digits."), code="no_digits"),
            )
        if not self.errors and len(self.numbers[-1]) > NUMBER_MAX:
            self.add_error(
                "number",
                forms.ValidationError(_("The last number would be too long. Start with a shorter one."), code="long"),
            )
        return said

    @property
    def numbers(self) -> list[str]:
        said = self.cleaned_data
        if said["count"] == 1:
            return [said["number"]]
        if (parts := re.fullmatch(r"(.*?)(\d+)", said["number"])) is None:
            raise ValueError(f"{said['number']} does not end in digits")  # clean() refuses it
        text, digits = parts.groups()
        return [f"{text}{int(digits) + place:0{len(digits)}}" for place in range(said["count"])]

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("amount", "fee", "method", "fund")}


class StudentField(StudentBase):
    def label_from_instance(self, obj: Application) -> str:
        return f"{obj.student}, {obj.college.short_name if obj.college else '—'}"


class GiveForm(forms.Form):
    use_required_attribute = False
    student = StudentField(Application.objects.none(), label=_("Student"), to_field_name="code")

    def __init__(self, *args: Any, fee: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = FeeVoucher.objects.held().filter(fee=fee).exclude(application=None).values("application")
        waiting = Application.objects.filter(status__in=HELPED, passport_case__stage__in=BEFORE_APPLYING)
        rows = waiting.filter(cycle__closed_out_at=None).exclude(pk__in=held)
        student_field: Any = self.fields["student"]
        student_field.queryset = rows.select_related("student", "college").order_by("student__full_name", "pk")


class MarkForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class VoucherFilterForm(forms.Form):
    """Filters, kept in the address."""

    state = forms.ChoiceField(label=_("Where it is"), required=False, choices=[("", _("all")), *VoucherState.choices])
    fund = forms.ChoiceField(label=_("Who pays"), required=False)
    trip = forms.ModelChoiceField(
        Trip.objects.none(), label=_("Trip"), required=False, to_field_name="code", empty_label=_("all")
    )

    def __init__(self, *args: Any, funds: list[str], trips: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fund_field: Any = self.fields["fund"]
        fund_field.choices = [("", _("all")), *((fund, fund) for fund in funds)]
        trip_field: Any = self.fields["trip"]
        trip_field.queryset = trips
