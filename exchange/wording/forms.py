"""The form of one message or page: each of its texts in both languages side by side."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.models.wording import WORDS
from exchange.wording import checking, standing
from exchange.wording.actions import Change
from exchange.wording.own import Key
from exchange.wording.standing import FourTexts, Standing
from exchange.wording.texts import Text, Unit

LONGEST, LINE = 3000, 30  # characters: of a text, and in a line of a narrow box
AUDIENCES = {
    "to_student": gettext_lazy("Students"),
    "to_staff": gettext_lazy("Advisors, readers and your office"),
    "to_guest": gettext_lazy("People without an account"),
    "to_account": gettext_lazy("Anyone, about their account"),
}
GROUPS = {
    "home": gettext_lazy("Home pages"),
    "public": gettext_lazy("Public pages"),
    "eligibility": gettext_lazy("Can I apply?"),
    "reasons": gettext_lazy("Reasons"),
    "letters": gettext_lazy("Letters"),
}
WHERE = AUDIENCES | GROUPS
PARTS = {
    "page": gettext_lazy("What it says"),
    "subject": gettext_lazy("Subject"),
    "body": gettext_lazy("Email"),
    "text": gettext_lazy("Text message"),
}
LABELS = {
    "en": gettext_lazy("English"),
    "es": gettext_lazy("Spanish"),
    "en_one": gettext_lazy("English, for one"),
    "en_several": gettext_lazy("English, for several"),
    "es_one": gettext_lazy("Spanish, for one"),
    "es_several": gettext_lazy("Spanish, for several"),
}


class MessageForm(forms.Form):
    """`stands`: how each text of the unit stands."""

    def __init__(self, unit: Unit, stands: Mapping[Key, Standing], data: Any = None) -> None:
        super().__init__(data)
        self.unit, self.stands = unit, stands
        for text in unit.texts:
            self._add(text)

    def _add(self, text: Text) -> None:
        now = self.stands[text.key]
        for name, words in zip(WORDS, now.words, strict=True):
            if "several" in name and not text.several:
                continue
            self.fields[f"{text.code}_{name}"] = forms.CharField(
                label=LABELS[f"{name}_one" if text.several and "several" not in name else name],
                initial=words,
                max_length=LONGEST,
                required=False,
                widget=forms.Textarea(attrs={"rows": _rows(now.words), "lang": name[:2]}),
            )
        seen = forms.IntegerField(widget=forms.HiddenInput, initial=now.seen, required=False, min_value=0)
        self.fields[f"{text.code}_seen"] = seen
        if now.is_spanish_older:
            self.fields[f"{text.code}_fits"] = forms.BooleanField(
                label=_("The Spanish still says the same"), required=False
            )

    # --- What was typed -----------------------------------------------------------------------------

    def words_of(self, text: Text) -> FourTexts:
        """As typed, right or wrong; as it stands in a form that wasn't sent."""
        if not self.is_bound:
            return self.stands[text.key].words
        given = [str(self.data.get(f"{text.code}_{name}", "")) for name in WORDS]
        one, several, one_es, several_es = (words.replace("\r\n", "\n").strip() for words in given)
        return one, several, one_es, several_es

    def changes(self) -> list[Change]:
        """What the person changed, by what they had before them, not by what somebody saved meanwhile."""
        found = []
        for text in self.unit.texts:
            seen, words = self._seen(text), self.words_of(text)
            fits = bool(self.cleaned_data.get(f"{text.code}_fits"))
            if words != standing.at_version(self.stands[text.key], seen) or fits:
                found.append(Change(text, seen, words, fits))
        return found

    def show_as_of_now(self, stands: Mapping[Key, Standing]) -> None:
        """Somebody saved meanwhile: what was typed stays in its boxes, and the next save knows of theirs."""
        given: Any = self.data
        data = given.copy()
        for text in self.unit.texts:
            if self.words_of(text) == standing.at_version(self.stands[text.key], self._seen(text)):
                for name, words in zip(WORDS, stands[text.key].words, strict=True):
                    data[f"{text.code}_{name}"] = words
            data[f"{text.code}_seen"] = str(stands[text.key].seen)
        self.data, self.stands = data, stands

    def _seen(self, text: Text) -> int:
        return self.cleaned_data.get(f"{text.code}_seen") or 0

    # --- Whether it can be said ---------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for part, texts in self.unit.parts.items():
            for text in texts:
                self._check(part, text)
        return data

    def _check(self, part: str, text: Text) -> None:
        for name, words, shipped in zip(WORDS, self.words_of(text), text.shipped, strict=True):
            field = f"{text.code}_{name}"
            if field not in self.fields or field in self.errors:
                continue
            is_of_one = bool(text.several) and "several" not in name
            if not words:
                self.add_error(field, _("Write something here. The portal’s own text is under History."))
            elif wrong := checking.problem(words, text, shipped, is_of_one=is_of_one):
                self.add_error(field, wrong)
            elif words != shipped and (wrong := checking.too_long(part, words, shipped)):
                self.add_error(field, wrong)


def _rows(words: FourTexts) -> int:
    """So that both languages stand side by side without scrolling."""
    return max(1, *(len(text) // LINE + 1 + text.count("\n") for text in words))
