"""What a form says of a required field that is empty: what to do, by the kind of field.

Django's own sentence only says that something is missing. A field that has a better one has it in `error_messages`.
"""

from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

SENTENCES: dict[type[forms.Field], Any] = {
    forms.Field: pgettext_lazy("required", "Fill this in."),
    forms.EmailField: pgettext_lazy("required", "Enter an email address."),
    forms.URLField: pgettext_lazy("required", "Enter a web address."),
    forms.IntegerField: pgettext_lazy("required", "Enter a number."),  # and its kinds with decimals
    forms.DateField: pgettext_lazy("required", "Choose a day."),
    forms.TimeField: pgettext_lazy("required", "Choose a time."),
    forms.ChoiceField: pgettext_lazy("required", "Choose one."),
    forms.MultipleChoiceField: pgettext_lazy("required", "Choose at least one."),
    forms.ModelMultipleChoiceField: pgettext_lazy("required", "Choose at least one."),
    forms.FileField: pgettext_lazy("required", "Choose a file."),
    forms.BooleanField: pgettext_lazy("required", "Check this box to continue."),
}


def teach_fields() -> None:
    """Call before any form is imported: a field takes its sentences when it is made."""
    for kind, sentence in SENTENCES.items():
        kind.default_error_messages = {**kind.__dict__.get("default_error_messages", {}), "required": sentence}
