"""The forms in which a student reflects on the trip, and says what may be shown of it."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.apply.actions.draft import Saved, typed_at
from applications.apply.forms.changes import clean, differing, fingerprint, read_queue
from applications.apply.saving import Change
from applications.base.merge import FieldState
from exchange.base.errors import RuleViolation
from exchange.models import ConsentText, Language
from travel.models import Reflection, ReflectionConsent, ReflectionPrompt
from travel.reflection.actions.writing import KEYS, LANGUAGE, PRIVACY

TEXT_MAX = 5000
QUOTE_MAX = 240
ALT_MAX = 200
PRIVACY_WORDS = [
    (Reflection.Privacy.PRIVATE, _("Only me. No one else can read it.")),
    (Reflection.Privacy.PROGRAM, _("The program: my advisor and the exchange team.")),
    (Reflection.Privacy.PUBLIC, _("Anyone. Without my name, unless I agree to it on the next page.")),
]
TOO_LONG = {"max_length": _("Keep it under %(limit_value)d characters. Right now it has %(show_value)d.")}


class ReflectionForm(forms.Form):
    """One prompt's answer: a box for each of its questions, the language, and who may read it."""

    def __init__(self, *args: Any, prompt: ReflectionPrompt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        questions = prompt.questions
        for column in Reflection.ANSWERS:
            if column in questions or self.initial.get(column):  # words stay to be seen if a question is taken out
                self.fields[column] = forms.CharField(
                    label=questions.get(column) or _("Your reflection"),
                    max_length=TEXT_MAX,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 5 if len(questions) > 1 else 8}),
                    error_messages=TOO_LONG,
                )
        self.fields[LANGUAGE] = forms.ChoiceField(
            label=_("Language you’re writing in"), choices=Language, required=False, widget=forms.RadioSelect
        )
        self.fields[PRIVACY] = forms.ChoiceField(
            label=_("Who can read it?"), choices=PRIVACY_WORDS, widget=forms.RadioSelect, required=False
        )

    @property
    def values(self) -> dict[str, str]:
        """What can be saved, by column."""
        return {key: self.cleaned_data[key] for key in self.fields if key in self.cleaned_data}

    def require_sharing(self) -> None:
        """Errors where something is missing that a finished answer has."""
        said = self.cleaned_data
        if not any(said.get(column, "").strip() for column in Reflection.ANSWERS) and not self.errors:
            first = next(column for column in Reflection.ANSWERS if column in self.fields)
            self.add_error(first, _("Write a line or two first."))
        if not said.get(PRIVACY) and PRIVACY not in self.errors:
            self.add_error(PRIVACY, _("Choose who can read it."))


def base_of(values: Mapping[str, str], states: Mapping[str, FieldState]) -> str:
    """JSON for the hidden input `base`: what the page shows of each part, to compare the posted page with."""
    rows = {key: {"seen": dict(states[key].seen), "was": fingerprint(values.get(key, ""))} for key in KEYS}
    return json.dumps(rows, separators=(",", ":"))


def changes_of(form: ReflectionForm, when: datetime) -> list[Change]:
    """The parts that differ from what the posted page had shown. To be called after validation."""
    return differing(form.values, form.data, when)


def read_changes(prompt: ReflectionPrompt, body: bytes) -> tuple[list[Change], list[Saved]]:
    """The changes in one request of the page's script, and those that can't be read. Raises Unreadable."""
    phone_now, rows = read_queue(body)
    fields = ReflectionForm(prompt=prompt, initial=dict.fromkeys(Reflection.ANSWERS, "?")).fields
    changes, refused = [], []
    for row in rows:
        key = row["key"]
        try:
            value = _value(fields, key, row["fields"])
        except ValidationError as error:
            violation = RuleViolation("unreadable", " ".join(error.messages))
            refused.append(Saved(key, row["number"], FieldState(), violation))
        else:
            when = typed_at(row["typed_at"], phone_now)
            changes.append(Change(key, clean(value), row["device"], row["number"], when, row["seen"]))
    return changes, refused


def _value(fields: Mapping[str, forms.Field], key: str, sent: Mapping[str, list[str]]) -> str:
    field = fields.get(key)
    if field is None:
        raise ValidationError(_t("This question isn’t asked any longer."))
    words = sent.get(key) or [""]
    return str(field.clean(words[0]) or "")


class PhotoForm(forms.Form):
    """A new photo with its words, or only other words for the one that is there."""

    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("JPEG, PNG, HEIC or WebP. We remove its location."),
    )
    alt = forms.CharField(
        label=_("What does the photo show?"),
        max_length=ALT_MAX,
        help_text=_("A few words for people who can’t see it, such as “A stall with paper lanterns in the rain.”"),
        error_messages={
            "required": _("Say in a few words what the photo shows. Some people can’t see it."),
            "max_length": _("Keep it under %(limit_value)d characters."),
        },
    )

    def __init__(self, *args: Any, has_photo: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_photo = has_photo

    def clean(self) -> dict[str, Any]:
        if not self.has_photo and not self.cleaned_data.get("photo"):
            self.add_error("photo", _("Choose a photo."))
        return self.cleaned_data


class AgreeForm(forms.Form):
    """What a student agrees to for one answer, each by itself."""

    quote = forms.CharField(
        label=_("One or two sentences we may quote"),
        max_length=QUOTE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Keep it under %(limit_value)d characters.")},
    )

    def __init__(self, *args: Any, words: Mapping[str, ConsentText], has_photo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, text in words.items():
            if kind == ReflectionConsent.Kind.PICTURE and not has_photo:
                continue
            self.fields[kind_field(kind)] = forms.BooleanField(
                label=text.title, required=False, help_text=f"{text.purpose} {text.recipients}"
            )

    @property
    def kinds(self) -> set[str]:
        return {str(kind) for kind in ReflectionConsent.Kind if self.cleaned_data.get(kind_field(kind))}

    @property
    def consent_fields(self) -> Iterable[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("may_")]


def kind_field(kind: str) -> str:
    return f"may_{kind}"


def agreed_initial(kinds: Collection[str], quote: str) -> dict[str, Any]:
    return {"quote": quote, **{kind_field(kind): True for kind in kinds}}
