"""Words to cover, as a reader or the office types them."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SlipForm(forms.Form):
    """Beside the answers, and sent with the scores: nothing typed there is lost. `questions`: (key, label)."""

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

    def __init__(self, data=None, *, questions: list[tuple[str, str]]):
        super().__init__(data)
        self.fields["question_key"].choices = [("", "—"), *questions]


class CoverForm(forms.Form):
    words = forms.CharField(
        label=_("Cover these words"),
        max_length=200,
        help_text=_("As they stand in the answers; several with a comma between them."),
        error_messages={"required": _("Write the words to cover, as they stand in the answer.")},
    )
