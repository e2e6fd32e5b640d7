"""The form with which the office chooses a file of earlier years."""

from django import forms
from django.utils.translation import gettext_lazy as _

from travel.models import EarlierImport


class EarlierFileForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What does it have?"),
        choices=[
            (EarlierImport.Kind.COUNTS, _("Counts: how many applied, were chosen, traveled")),
            (EarlierImport.Kind.PEOPLE, _("People: one traveler a line")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose counts or people.")},
    )
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty. Choose another.")},
    )
