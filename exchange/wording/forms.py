"""The form of one message or page: each passage in both languages side by side."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.models.wording import WORDS
from exchange.wording import checking, standing
from exchange.wording.actions import Change
from exchange.wording.composing import LANGUAGES, compose, how_many
from exchange.wording.own import Words
from exchange.wording.pages import Page
from exchange.wording.passages import Passage, Unit
from exchange.wording.standing import Standing

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
    """`stands`: how each passage stands, of the message and of the frame around it."""

    def __init__(self, unit: Unit | Page, stands: Mapping[Passage, Standing], data: Any = None) -> None:
        super().__init__(data)
        self.unit, self.stands, self.groups = unit, stands, unit.groups()
        self.edited = unit.passages()
        for passage in self.edited:
            self._add(passage)

    def _add(self, passage: Passage) -> None:
        now = self.stands[passage]
        for name, text in zip(WORDS, now.words, strict=True):
            if "several" in name and not passage.several:
                continue
            self.fields[f"{passage.code}_{name}"] = forms.CharField(
                label=LABELS[f"{name}_one" if passage.several and "several" not in name else name],
                initial=text,
                max_length=LONGEST,
                required=False,
                widget=forms.Textarea(attrs={"rows": _rows(now.words), "lang": name[:2]}),
            )
        number = forms.IntegerField(widget=forms.HiddenInput, initial=now.number, required=False, min_value=0)
        self.fields[f"{passage.code}_seen"] = number
        if now.is_spanish_older:
            self.fields[f"{passage.code}_fits"] = forms.BooleanField(
                label=_("The Spanish still says the same"), required=False
            )

    # --- What was typed -----------------------------------------------------------------------------

    def words_of(self, passage: Passage) -> tuple[str, str, str, str]:
        """As typed, right or wrong; as it stands in a form that wasn't sent."""
        if not self.is_bound:
            return self.stands[passage].words
        given = [str(self.data.get(f"{passage.code}_{name}", "")) for name in WORDS]
        one, several, one_es, several_es = (text.replace("\r\n", "\n").strip() for text in given)
        return one, several, one_es, several_es

    def say(self, passage: Passage) -> Words:
        return Words(*(self.words_of(passage) if passage in self.edited else self.stands[passage].words))

    def changes(self) -> list[Change]:
        """What the person changed, by what they had before them, not by what somebody saved meanwhile."""
        found = []
        for passage in self.edited:
            stands, seen = self.stands[passage], self._seen(passage)
            words, fits = self.words_of(passage), bool(self.cleaned_data.get(f"{passage.code}_fits"))
            if words != standing.at_version(stands, seen) or fits:
                found.append(Change(passage, seen, words, fits))
        return found

    def show_as_of_now(self, stands: Mapping[Passage, Standing]) -> None:
        """Somebody saved meanwhile: what was typed stays in its boxes, and the next save knows of theirs."""
        given: Any = self.data
        data = given.copy()
        for passage in self.edited:
            if self.words_of(passage) == standing.at_version(self.stands[passage], self._seen(passage)):
                for name, text in zip(WORDS, stands[passage].words, strict=True):
                    data[f"{passage.code}_{name}"] = text
            data[f"{passage.code}_seen"] = str(stands[passage].number)
        self.data, self.stands = data, stands

    def _seen(self, passage: Passage) -> int:
        return self.cleaned_data.get(f"{passage.code}_seen") or 0

    # --- Whether it can be said ---------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for passage in self.edited:
            self._check(passage)
        if not self.errors and isinstance(self.unit, Unit):
            self._check_lengths(self.unit)
        return data

    def _check(self, passage: Passage) -> None:
        for name, text, shipped in zip(WORDS, self.words_of(passage), passage.shipped(), strict=True):
            field = f"{passage.code}_{name}"
            if field not in self.fields or field in self.errors:
                continue
            is_of_one = bool(passage.several) and "several" not in name
            if not text:
                self.add_error(field, _("Write something here. The portal’s own text is under History."))
            elif wrong := checking.problem(text, passage, shipped, is_of_one=is_of_one):
                self.add_error(field, wrong)

    def _check_lengths(self, unit: Unit) -> None:
        for language in LANGUAGES:
            for number in range(how_many(unit)):
                typed, shipped = (compose(unit, say, language, number) for say in (self.say, _shipped))
                for part, wrong in checking.too_long(typed, shipped).items():
                    self._say_of_changed(part, language, wrong)

    def _say_of_changed(self, part: str, language: str, wrong: str) -> None:
        for passage in self.groups[part]:
            field = f"{passage.code}_{language}"
            if self.words_of(passage) != self.stands[passage].words and field not in self.errors:
                self.add_error(field, wrong)


def _rows(words: tuple[str, ...]) -> int:
    """So that both languages stand side by side without scrolling."""
    return max(1, *(len(text) // LINE + 1 + text.count("\n") for text in words))


def _shipped(passage: Passage) -> Words:
    return Words(*passage.shipped())
