"""The form with which a student makes a link for family, or changes what it shows."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.messages.phone_numbers import PhoneField
from exchange.models import Language
from exchange.templatetags.ui import day_year
from travel.base.forms import day
from travel.models import FamilyLink


class FamilyLinkForm(forms.Form):
    """`last`: the last day on which the link can work."""

    label = forms.CharField(
        label=gettext_lazy("Who is it for?"),
        max_length=60,
        help_text=gettext_lazy("Only you see this. For example: Mom."),
        error_messages={"required": gettext_lazy("Enter who it’s for.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("The language they read"),
        choices=Language,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the language they read.")},
    )
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What it shows"),
        choices=FamilyLink.Part,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing to show.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Their email"),
        required=False,
        help_text=gettext_lazy("If your trip changes, we’ll email them what changed and why. Nothing else."),
    )
    phone = PhoneField(
        label=gettext_lazy("Their cell phone"),
        required=False,
        help_text=gettext_lazy("We’ll text them the same. Only enter it if they don’t mind."),
    )
    ends_on = day(gettext_lazy("Last day to open the link"), required=False)

    def __init__(self, *args: Any, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].help_text = _("If you leave this blank, the link works until %(day)s.") % {
            "day": day_year(last)
        }
