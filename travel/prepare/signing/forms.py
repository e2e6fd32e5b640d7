"""Forms of a signature, of the age on departure, of a guardian, and of the words that the office writes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from applications.cycle.forms.setup import text_area
from exchange.messages.phone_numbers import PhoneField
from exchange.models import Language
from travel.base.forms import RowForm
from travel.models import FormText, SignedForm
from travel.prepare.signing.actions import Call, Signature

NAME_MAX, TEXT_MAX, REACH_MAX, NUMBER_MAX = 150, 20_000, 200, 40


class SignForm(forms.Form):
    """`for_guest`: a signer without an account, who is addressed formally. `asks_name`: whether the typed name isn't
    the one that we have, so that the page asks if it's theirs."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    language = forms.CharField(widget=forms.HiddenInput, required=False)
    answer = forms.ChoiceField(label="", widget=forms.RadioSelect, required=False)
    has_read = forms.BooleanField(label=gettext_lazy("I’ve read this form and I agree to it."))
    typed_name = forms.CharField(max_length=NAME_MAX, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    is_my_name = forms.BooleanField(label=gettext_lazy("Yes, that’s my full name."), required=False)

    def __init__(self, *args: Any, text: FormText, for_guest: bool, asks_name: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name: Any = self.fields["typed_name"]
        read: Any = self.fields["has_read"]
        choose: Any = _("Choose yes or no.")
        if for_guest:
            name.label = pgettext_lazy("to guests", "Type your full name to sign")
            name.error_messages["required"] = pgettext_lazy("to guests", "Type your full name to sign.")
            read.error_messages["required"] = pgettext_lazy("to guests", "Read the form, then check the box.")
            choose = pgettext_lazy("to guests", "Choose yes or no.")
        else:
            name.label = gettext_lazy("Type your full name to sign")
            name.error_messages["required"] = gettext_lazy("Type your full name to sign.")
            read.error_messages["required"] = gettext_lazy("Read the form, then check the box.")
        if text.is_optional:
            answer: Any = self.fields["answer"]
            answer.required, answer.label = True, _("Your answer")
            answer.error_messages["required"] = choose
            answer.choices = [
                (SignedForm.Choice.YES, _("Yes, I agree.")),
                (SignedForm.Choice.NO, _("No, I don’t agree.")),
            ]
            read.label = _("I’ve read this form.")
        else:
            del self.fields["answer"]
        if not asks_name:
            del self.fields["is_my_name"]

    @property
    def signature(self) -> Signature:
        said = self.cleaned_data
        return Signature(
            seen=said["seen"],
            language=said["language"],
            typed_name=said["typed_name"],
            answer=said.get("answer") or SignedForm.Choice.YES,
            is_my_name=said.get("is_my_name", False),
        )


class AgeForm(forms.Form):
    is_of_age = forms.TypedChoiceField(
        label="",
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        error_messages={"required": gettext_lazy("Choose yes or no.")},
    )

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_of_age"].label = question


class GuardianForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Their full name"),
        max_length=NAME_MAX,
        error_messages={"required": gettext_lazy("Enter your parent’s or guardian’s name.")},
    )
    phone = PhoneField(
        label=gettext_lazy("Their cell phone"),
        required=False,
        help_text=gettext_lazy("We’ll text them the link. Only enter it if they don’t mind."),
    )
    email = forms.EmailField(label=gettext_lazy("Their email"), required=False)
    reach = forms.CharField(
        label=gettext_lazy("If they have neither: how can we call them?"),
        max_length=REACH_MAX,
        required=False,
        help_text=gettext_lazy(
            "A number that isn’t yours, and a good time. For example: our home phone, 323 555 0134, evenings."
        ),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("The language they read"), choices=Language, widget=forms.RadioSelect
    )


class GuardianCallForm(forms.Form):
    """What a guardian says on the phone. `texts`: those that they haven't answered; `language`: in which they're read.

    A form that the trip needs can only be agreed to; until then it isn't answered.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    spoke_with = forms.CharField(
        label=gettext_lazy("The full name they gave"),
        max_length=NAME_MAX,
        required=False,
        help_text=gettext_lazy("It stands for their signature. Leave it empty if no one answered."),
    )
    number = forms.CharField(
        label=gettext_lazy("The number you called"),
        max_length=NUMBER_MAX,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the number you called.")},
    )
    said = forms.CharField(
        label=gettext_lazy("What they said"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Also when no one answered, or when they want to think about it."),
        error_messages={"required": gettext_lazy("Write down what they said.")},
    )

    def __init__(self, *args: Any, texts: list[FormText], language: str, **kwargs: Any) -> None:
        self.texts, self.language = texts, language
        codes = " ".join(text.code for text in texts)
        super().__init__(*args, **{"initial": {"seen": codes}} | kwargs)
        for text in texts:
            agreed: list[tuple[str, Any]] = [("", _("Not answered")), (SignedForm.Choice.YES, _("They agree."))]
            refused: list[tuple[str, Any]] = (
                [(SignedForm.Choice.NO, _("They don’t agree."))] if text.is_optional else []
            )
            self.fields[f"answer_{text.code}"] = forms.ChoiceField(
                label=text.title, choices=agreed + refused, widget=forms.RadioSelect, required=False
            )
        self.order_fields(["seen", *(f"answer_{text.code}" for text in texts)])

    def clean_seen(self) -> str:
        seen: str = self.cleaned_data["seen"]
        if seen != self.get_initial_for_field(self.fields["seen"], "seen"):
            raise forms.ValidationError(
                _("A form changed while you were on the phone. Read them the new version."), code="newer_words"
            )
        return seen

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not said.get("spoke_with") and any(said.get(f"answer_{text.code}") for text in self.texts):
            self.add_error("spoke_with", _("Ask for their full name. It stands for their signature."))
        return said

    @property
    def call(self) -> Call:
        said = self.cleaned_data
        answers = {text.code: said[f"answer_{text.code}"] for text in self.texts if said[f"answer_{text.code}"]}
        return Call(said["spoke_with"], said["number"], self.language, said["said"], answers)


class FormTextForm(RowForm):
    """The office writes a draft. In later versions, who signs stays as it was."""

    layout = (
        ("title_en", "title_es"),
        ("body_en", "body_es"),
        ("signer", "order"),
        ("is_optional",),
        ("needs_guardian",),
        ("confirmed_by",),
    )
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=120)
    title_es = forms.CharField(label=gettext_lazy("Title in Spanish"), max_length=120)
    body_en = text_area(
        gettext_lazy("Text in English"),
        rows=14,
        limit=TEXT_MAX,
        help_text=gettext_lazy("An empty line starts a new paragraph. Start a line with “- ” for a list."),
    )
    body_es = text_area(gettext_lazy("Text in Spanish"), rows=14, limit=TEXT_MAX)
    signer = forms.ChoiceField(label=gettext_lazy("Who signs it"), choices=FormText.Signer)
    order = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=1, max_value=99)
    is_optional = forms.BooleanField(
        label=gettext_lazy("No is an answer too, and a yes can be withdrawn at any time"), required=False
    )
    needs_guardian = forms.BooleanField(
        label=gettext_lazy("A parent or guardian signs too, if the student is under age on departure"), required=False
    )
    confirmed_by = forms.CharField(
        label=gettext_lazy("Who confirmed these words"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("For example: City Attorney, March 2027. Empty means that counsel hasn’t seen them."),
    )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("needs_guardian") and said.get("signer") != FormText.Signer.STUDENT:
            self.add_error("needs_guardian", _("Only students’ forms can need a parent or guardian."))
        return said
