"""The forms of messages that couldn't be sent."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.messages import failed_list, unknown_list
from exchange.web.worklist import SearchField, SortField


class FailedFilterForm(forms.Form):
    """Filters of the list, from its address. Values that aren't a choice are no filter."""

    batch = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    q = SearchField(label=_("Name, email, phone, student number or code"))
    channel = forms.ChoiceField(label=_("Email or text"), required=False, choices=failed_list.CHANNELS)
    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=failed_list.REASONS)
    sort = SortField(failed_list.COLUMNS)

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))


class UnknownFilterForm(forms.Form):
    """Filters of the list of texts from unknown numbers. Values that aren't a choice are no filter."""

    q = SearchField(label=_("Number, name or words"))
    whose = forms.ChoiceField(label=_("Number"), required=False, choices=unknown_list.NUMBERS)
    sort = SortField(unknown_list.COLUMNS)

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))


class AddressForm(forms.Form):
    address = forms.EmailField(
        label=_("Correct email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address the message should go to.")},
    )
    reason = forms.CharField(
        label=_("How do you know?"),
        help_text=_("For example: called Tuesday and spelled it out. We keep this as a record."),
        max_length=300,
        error_messages={"required": _("Say how you know the right address.")},
    )
