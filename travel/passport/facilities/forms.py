"""Forms in which staff edit acceptance facilities and their waits. They validate; actions save."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.messages.phone_numbers import PhoneField
from exchange.models import College
from exchange.web.edited import EditedForm
from travel.models import AcceptanceFacility
from travel.passport.facilities.actions import seen_of as facility_seen

if TYPE_CHECKING:  # a field class takes no type argument at run time
    CollegesBase = forms.ModelMultipleChoiceField[College]
else:
    CollegesBase = forms.ModelMultipleChoiceField


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
