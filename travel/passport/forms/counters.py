"""Forms in which staff edit acceptance facilities, passport days and fee vouchers. They validate; actions save."""

import re
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.base import time_slots
from applications.base.forms import DayField
from applications.models import Application
from exchange.base.home import home_zone
from exchange.messages.phone_numbers import PhoneField
from exchange.models import College
from exchange.web.edited import EditedForm
from travel.models import AcceptanceFacility, FeeVoucher, PassportDay, Trip
from travel.passport.actions.facility import seen_of as facility_seen
from travel.passport.actions.passport_day_office import seen_of as day_seen
from travel.states import BEFORE_APPLYING, HELPED, VoucherState

MOST_AT_ONCE = 100  # more is a typing mistake, not a rule
NUMBER_MAX = 30

if TYPE_CHECKING:  # a field class takes no type argument at run time
    CollegesBase = forms.ModelMultipleChoiceField[College]
    StudentBase = forms.ModelChoiceField[Application]
else:
    CollegesBase, StudentBase = forms.ModelMultipleChoiceField, forms.ModelChoiceField


class CollegesField(CollegesBase):
    def __init__(self, **more: Any) -> None:
        super().__init__(College.objects.all(), to_field_name="code", widget=forms.CheckboxSelectMultiple, **more)


def first_values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Initial values for a form that edits this row."""
    colleges = [college.code for college in row.colleges.all()]
    return {name: getattr(row, name) for name in names} | {"colleges": colleges}


class WaitForm(forms.Form):
    """The wait at a facility, as staff just heard it."""

    use_required_attribute = False
    wait_days = forms.IntegerField(
        label=_("Days until the next open appointment"),
        min_value=0,
        max_value=365,
        help_text=_("Call or check their website. Enter 0 if there’s no wait."),
    )


class FacilityForm(EditedForm):
    use_required_attribute = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("For example, Van Nuys Post Office."),
        error_messages={"required": _("Enter the name.")},
    )
    address = forms.CharField(label=_("Address"), max_length=200, error_messages={"required": _("Enter the address.")})
    phone = PhoneField(label=_("Phone"), max_length=30, required=False)
    link = forms.URLField(label=_("Website"), max_length=300, required=False, assume_scheme="https")
    colleges = CollegesField(
        label=_("Near which colleges?"), error_messages={"required": _("Select the colleges it’s near.")}
    )
    needs_appointment = forms.BooleanField(label=_("Appointments are required"), required=False, initial=True)
    takes_photos = forms.BooleanField(label=_("They take passport photos"), required=False)
    hours_en = forms.CharField(label=_("Hours, in English"), max_length=200, help_text=_("Days and hours."))
    hours_es = forms.CharField(label=_("Hours, in Spanish"), max_length=200)
    payment_en = forms.CharField(label=_("How to pay, in English"), max_length=200)
    payment_es = forms.CharField(label=_("How to pay, in Spanish"), max_length=200)

    TEXTS = ("name", "address", "phone", "link", "needs_appointment", "takes_photos")
    LOCAL = ("hours_en", "hours_es", "payment_en", "payment_es")

    @classmethod
    def of(cls, facility: AcceptanceFacility, data: Any = None) -> "FacilityForm":
        return cls(data, initial=first_values(facility, cls.TEXTS + cls.LOCAL) | {"seen": facility_seen(facility)})


class NewFacilityForm(FacilityForm, WaitForm):
    seen = None  # type: ignore[assignment]  # there is nothing yet that another could have changed
    field_order = (*FacilityForm.TEXTS, "colleges", *FacilityForm.LOCAL, "wait_days")


class PassportDayForm(EditedForm):
    """Place, agents and colleges. The date of an announced day can't be changed."""

    use_required_attribute = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    place = forms.CharField(
        label=_("Location"),
        max_length=120,
        help_text=_("For example, Student Union, Pierce College."),
        error_messages={"required": _("Enter where it is.")},
    )
    address = forms.CharField(label=_("Address"), max_length=200, error_messages={"required": _("Enter the address.")})
    agents = forms.CharField(
        label=_("Who accepts the forms"),
        max_length=200,
        help_text=_("For example, two agents from the Van Nuys Post Office."),
    )
    has_photos = forms.BooleanField(label=_("They take passport photos there"), required=False)
    colleges = CollegesField(
        label=_("For students at"), error_messages={"required": _("Select the colleges whose students can come.")}
    )
    note_en = forms.CharField(label=_("Note, in English"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    note_es = forms.CharField(label=_("Note, in Spanish"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    NAMES = ("place", "address", "agents", "has_photos", "note_en", "note_es")

    @classmethod
    def of(cls, day: PassportDay, data: Any = None) -> "PassportDayForm":
        return cls(data, initial=first_values(day, cls.NAMES) | {"seen": day_seen(day)})


class NewPassportDayForm(PassportDayForm):
    seen = None  # type: ignore[assignment]  # there is nothing yet that another could have changed
    on = DayField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ("on", *PassportDayForm.NAMES)


class TimesForm(forms.Form):
    """Consecutive slots of one capacity. A slot that exists already gets the new capacity."""

    use_required_attribute = False
    begin = forms.TimeField(
        label=_("From"), initial=time(9), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(
        label=_("To"), initial=time(12), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label=_("Minutes per time"), min_value=5, max_value=240, initial=30)
    capacity = forms.IntegerField(label=_("Students per time"), min_value=1, max_value=200, initial=4)

    def __init__(self, *args: Any, day: PassportDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("begin") and said.get("end") and said["end"] <= said["begin"]:
            self.add_error("end", forms.ValidationError(_("It ends before it starts."), code="upside_down"))
        if not self.errors and len(self.starts) > MOST_AT_ONCE:
            self.add_error("minutes", forms.ValidationError(_("That’s too many times. Make each one longer.")))
        return said

    @property
    def starts(self) -> list[datetime]:
        said, zone = self.cleaned_data, home_zone()
        return time_slots.in_a_row(self.day.on, said["begin"], said["end"], zone, minutes=said["minutes"], pause=0)


# --- Vouchers ---------------------------------------------------------------------------------------


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
