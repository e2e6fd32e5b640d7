"""Forms for words to cover: reported by a reader, or typed by the office."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.models import CollegeClue
from exchange.models import College


class SlipForm(forms.Form):
    """A reader's report. It stands beside the answers and is sent with the scores, so that no text is lost.
    `questions`: (key, label)."""

    prefix = "slip"
    use_required_attribute = False
    question_key = forms.ChoiceField(
        label=_("In which answer?"), required=False, widget=forms.Select(attrs={"form": "reading"})
    )
    words = forms.CharField(
        label=_("Which words give it away?"),
        max_length=200,
        widget=forms.TextInput(attrs={"form": "reading", "autocomplete": "off"}),
        help_text=_("Type them as they appear. They’ll be covered right away for every reader."),
        error_messages={"required": _("Enter the words to cover, as they appear in the answer.")},
    )

    def __init__(self, data: QueryDict | None = None, *, questions: list[tuple[str, str]]) -> None:
        super().__init__(data)
        question_key: Any = self.fields["question_key"]
        question_key.choices = [("", "—"), *questions]


class CoverForm(forms.Form):
    words = forms.CharField(
        label=_("Cover these words"),
        max_length=200,
        help_text=_("As they appear in the answers. Separate several with commas."),
        error_messages={"required": _("Enter the words to cover, as they appear in the answer.")},
    )


class ClueForm(forms.Form):
    """A word that gives a college away, to be covered in every application."""

    use_required_attribute = False
    text = forms.CharField(
        label=_("Word or words"),
        max_length=80,
        help_text=_("Capitals, accents, spaces and periods don’t matter. “A.B.C.C.” is covered too."),
        error_messages={"required": _("Enter the word or words to cover.")},
    )
    kind = forms.ChoiceField(label=_("What is it?"), choices=CollegeClue.Kind)
    college = forms.ModelChoiceField(
        label=_("Which college does it give away?"),
        queryset=College.objects.order_by("name"),
        to_field_name="code",
        required=False,
        empty_label=_("more than one"),
    )
    is_also_word = forms.BooleanField(
        label=_("It’s also an everyday word, so cover it only when it’s capitalized"), required=False
    )


class ClueFilterForm(forms.Form):
    college = forms.ModelChoiceField(
        label=_("College"),
        queryset=College.objects.order_by("name"),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *CollegeClue.Kind.choices])
