"""Forms for words to cover: reported by a reader, or typed by the office."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class SlipForm(forms.Form):
    """A reader's report. It stands beside the answers and is sent with the scores, so that no text is lost.
    `questions`: (key, label)."""

    prefix = "slip"
    use_required_attribute = False
    question_key = forms.ChoiceField(
        label=_("In which answer?"), required=False, widget=forms.Select(attrs={"form": "reading"})
    )
    words = forms.CharField(
        label=_("Which words tell who it is?"),
        max_length=200,
        widget=forms.TextInput(attrs={"form": "reading", "autocomplete": "off"}),
        help_text=_("As they stand there. They are covered at once, for every reader."),
        error_messages={"required": _("Write the words to cover, as they stand in the answer.")},
    )

    def __init__(self, data: QueryDict | None = None, *, questions: list[tuple[str, str]]) -> None:
        super().__init__(data)
        question_key: Any = self.fields["question_key"]
        question_key.choices = [("", "—"), *questions]


class CoverForm(forms.Form):
    words = forms.CharField(
        label=_("Cover these words"),
        max_length=200,
        help_text=_("As they stand in the answers; several with a comma between them."),
        error_messages={"required": _("Write the words to cover, as they stand in the answer.")},
    )
