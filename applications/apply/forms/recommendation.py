"""Forms of the recommendation: the letter, declining, another referee, revoking a link."""

from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from applications.apply.actions.recommendation import Referee
from applications.models import Recommendation
from exchange.base.names import name_problem
from exchange.messages import text_limits

LETTER_MAX = 20_000  # characters, about ten pages, so that only a pasted book is refused
NOTE_MAX = 500


def _limit(name: str) -> int | None:
    field: Any = Recommendation._meta.get_field(name)
    length: int | None = field.max_length
    return length


class LetterForm(forms.Form):
    """A letter, finished or not. `seen`: the version of the saved draft that the page had shown."""

    use_required_attribute = False  # only sending needs a letter, not saving for later

    letter = forms.CharField(
        label=gettext_lazy("Your letter"),
        help_text=gettext_lazy("Five sentences are plenty. Write in English or Spanish."),
        max_length=LETTER_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["letter"].widget.attrs.pop("maxlength", None)  # browsers cut a longer paste without a message

    def clean_letter(self) -> str:
        return str(self.cleaned_data["letter"]).replace("\r\n", "\n")

    def ask_for_words(self) -> None:
        self.add_error("letter", _("Write a few sentences before you send it."))


class DeclineForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("A note to the student"),
        help_text=gettext_lazy("The student will read this. You can leave it blank."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefereeForm(forms.Form):
    """Another referee. Unlike in a draft, the request is sent at once, so the fields must be valid."""

    use_required_attribute = False

    referee_name = forms.CharField(
        label=gettext_lazy("Their name"),
        max_length=_limit("referee_name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write their name.")},
    )
    referee_email = forms.EmailField(
        label=gettext_lazy("Their email address"),
        help_text=gettext_lazy("We’ll send them a private link. They don’t need an account."),
        max_length=_limit("referee_email"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={
            "required": gettext_lazy("Write their email address."),
            "invalid": gettext_lazy("Write the whole email address, such as lena@college.edu."),
        },
    )
    referee_phone = forms.CharField(
        label=gettext_lazy("Their cell phone"),
        help_text=gettext_lazy("If you have it and they don’t mind. We’ll text them the link, too."),
        required=False,
        max_length=_limit("referee_phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    relation = forms.CharField(
        label=gettext_lazy("How do they know you?"),
        help_text=gettext_lazy("For example: my biology teacher."),
        max_length=_limit("relation"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("In a few words, say how they know you.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not text_limits.are_on():
            self.fields["referee_phone"].help_text = _("If you have it and they don’t mind, so we can call them.")

    def clean_referee_name(self) -> str:
        name: str = self.cleaned_data["referee_name"]
        if problem := name_problem(name):
            raise forms.ValidationError(problem)
        return name

    def clean_referee_phone(self) -> str:
        typed: str = self.cleaned_data["referee_phone"]
        try:
            is_number = not typed or PhoneNumber.from_string(typed, region=settings.HOME_REGION).is_valid()
        except phonenumbers.NumberParseException:
            is_number = False
        if not is_number:
            raise forms.ValidationError(_("Write the phone number with its area code, such as 213 555 0101."))
        return typed

    @property
    def referee(self) -> Referee:
        return Referee(**self.cleaned_data)


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? Your reason stays on record."),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why, in a few words.")},
    )
