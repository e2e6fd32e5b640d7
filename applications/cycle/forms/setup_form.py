"""Forms for a page of the application form, for a question, and for its options."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.base.answers import options_of
from applications.cycle.actions.form_edit import key_from
from applications.cycle.form_checks import WITH_OPTIONS, possible
from applications.cycle.forms.setup import PairedForm, text_area
from applications.cycle.protected import Protection
from applications.models import Question, Section

Kind = Question.Kind
OPTIONS_MAX = 40
EMPTY_ROWS = 2  # for more options
HELP_MAX = 1000
# At most one question of these kinds: code finds it by its key, and would never read a second one
ONLY_ONCE = frozenset({Kind.RANKED_CITIES, Kind.COLLEGE})
# Keys of a yes-or-no question's options, in the order of the rows
YES_NO = ("yes", "no")


class SectionSetupForm(PairedForm):
    """One page of the student's form."""

    pairs = ("title", "intro", "staff_title")
    title_en = forms.CharField(label=_("Title in English"), max_length=120)
    title_es = forms.CharField(label=_("Title in Spanish"), max_length=120)
    intro_en = text_area(_("Introduction in English"), rows=3, required=False, limit=HELP_MAX)
    intro_es = text_area(_("Introduction in Spanish"), rows=3, required=False, limit=HELP_MAX)
    staff_title_en = forms.CharField(
        label=_("Title for staff in English"),
        help_text=_("Staff read the answers under this title. Leave it empty if the title above fits them, too."),
        max_length=120,
        required=False,
    )
    staff_title_es = forms.CharField(label=_("Title for staff in Spanish"), max_length=120, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("intro")
        self.need_both("staff_title")
        return said

    @property
    def values(self) -> dict[str, str]:
        return {
            f"{name}_{language}": self.cleaned_data[f"{name}_{language}"]
            for name in self.pairs
            for language in ("en", "es")
        }


class QuestionSetupForm(PairedForm):
    """A question without its options. `before`: the questions that its condition can name."""

    pairs = ("label", "help")
    label_en = forms.CharField(label=_("Question in English"), max_length=200)
    label_es = forms.CharField(label=_("Question in Spanish"), max_length=200)
    help_en = text_area(_("Help in English"), rows=2, required=False, limit=HELP_MAX)
    help_es = text_area(_("Help in Spanish"), rows=2, required=False, limit=HELP_MAX)
    kind = forms.ChoiceField(label=_("Answer type"), choices=Kind)
    words_max = forms.IntegerField(label=_("Maximum words"), required=False, min_value=10, max_value=3000)
    words_suggested = forms.IntegerField(
        label=_("Suggested minimum words"),
        help_text=_("With fewer words, the page says the answer is short. The student can submit it anyway."),
        required=False,
        min_value=1,
        max_value=3000,
    )
    files_max = forms.IntegerField(label=_("Maximum files"), required=False, min_value=1, max_value=10)
    is_required = forms.BooleanField(label=_("Required before submitting"), required=False)
    audience = forms.ChoiceField(label=_("Who can see the answer"), choices=Question.Audience)
    condition = forms.ChoiceField(label=_("When it is asked"), required=False)
    section = forms.ChoiceField(label=_("Page"))
    key = forms.SlugField(
        label=_("Short name"),
        required=False,
        max_length=40,
        help_text=_(
            "Used to match answers from year to year. Leave it empty and we’ll make it from the English words."
        ),
        error_messages={"invalid": _("Use only letters, digits and _.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        question: Question | None,
        sections: Iterable[Section],
        before: Iterable[Question],
        protection: Protection | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        kept = {question.kind} if question else set()
        self.offer("kind", [choice for choice in Kind.choices if choice[0] not in ONLY_ONCE - kept])
        self.offer("section", [(section.key, str(section.title)) for section in sections])
        self.offer("condition", [("", gettext("Always")), *self._conditions(before, question)])
        if question:
            del self.fields["key"]
        if protection:
            self._fix(protection)

    @staticmethod
    def _conditions(before: Iterable[Question], question: Question | None) -> list[tuple[str, str]]:
        choices = [
            (
                write_condition(other.key, value),
                gettext("Only if “%(question)s” is “%(answer)s”") % {"question": other.label, "answer": words},
            )
            for other in before
            for value, words in answers_of(other)
        ]
        if question and question.show_if_key:
            kept = write_condition(question.show_if_key, question.show_if_value)
            if kept not in dict(choices):  # stays a choice, so that saving does not change it unnoticed
                choices.append((kept, gettext("Only after an answer that no longer exists")))
        return choices

    def _fix(self, protection: Protection) -> None:
        """Disable protected fields, which makes Django ignore what is sent for them."""
        names = ["kind"]
        names += ["audience"] if protection.fixes_audience else []
        names += ["is_required", "condition"] if protection.fixes_required else []
        for name in names:
            self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("help")
        kind = said.get("kind")
        if kind != Kind.LONG_TEXT:
            said["words_max"] = said["words_suggested"] = None
        most, suggested = said.get("words_max"), said.get("words_suggested")
        if most and suggested and suggested > most:
            self.add_error(
                "words_suggested", gettext("Enter %(most)s or less, the most words it takes.") % {"most": most}
            )
        said["files_max"] = said.get("files_max") or 1 if kind == Kind.FILE else 1
        return said

    def values(self, options: list[dict[str, str]]) -> dict[str, Any]:
        """The values for `actions.form_edit`."""
        said = self.cleaned_data
        key, value = read_condition(said["condition"])
        names = ("kind", "audience", "label_en", "label_es", "help_en", "help_es", "is_required")
        more = {name: said[name] for name in (*names, "words_max", "words_suggested", "files_max")}
        return {**more, "options": options, "show_if_key": key, "show_if_value": value}

    @staticmethod
    def initial_of(question: Question) -> dict[str, Any]:
        names = ("kind", "audience", "label_en", "label_es", "help_en", "help_es", "is_required")
        condition = write_condition(question.show_if_key, question.show_if_value) if question.show_if_key else ""
        return {
            **{name: getattr(question, name) for name in names},
            **{name: getattr(question, name) for name in ("words_max", "words_suggested", "files_max")},
            "section": question.section.key,
            "condition": condition,
        }


def answers_of(question: Question) -> list[tuple[Any, str]]:
    """(stored value, label) of each answer that a condition can name."""
    words = dict(options_of(question))
    keys = {True: "yes", False: "no"}
    return [(value, words.get(keys[value] if isinstance(value, bool) else value, "")) for value in possible(question)]


def write_condition(key: str, value: Any) -> str:
    return f"{key}={json.dumps(value)}"


def read_condition(text: str) -> tuple[str, Any]:
    """The key and value of a condition, from a choice of the form; ("", None) for no condition."""
    if not text:
        return "", None
    key, _equals, value = text.partition("=")
    return key, json.loads(value)


# --- Options ----------------------------------------------------------------------------------------


class OptionForm(forms.Form):
    """One option. A row without words is ignored. The key is made from the English words at first, and then stays."""

    use_required_attribute = False
    key = forms.SlugField(required=False, max_length=40, widget=forms.HiddenInput)
    en = forms.CharField(label=_("Answer in English"), required=False, max_length=200)
    es = forms.CharField(label=_("Answer in Spanish"), required=False, max_length=200)
    place = forms.IntegerField(label=_("Position"), required=False, min_value=1, max_value=OPTIONS_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["es"].widget.attrs["lang"] = "es"
        self.fields["place"].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if bool(said.get("en")) != bool(said.get("es")) and not self.errors:
            missing, text = (
                ("es", _("Enter this in Spanish too.")) if said["en"] else ("en", _("Enter this in English too."))
            )
            self.add_error(missing, forms.ValidationError(text, code="other_language"))
        return said


if TYPE_CHECKING:
    OptionFormSetBase = forms.BaseFormSet[OptionForm]
else:
    OptionFormSetBase = forms.BaseFormSet  # cannot be subscripted at run time


class BaseOptionFormSet(OptionFormSetBase):
    """The options of one question. `fixed`: they can be reworded, but not added, removed or moved."""

    def __init__(self, *args: Any, kind: str = "", fixed: bool = False, **kwargs: Any) -> None:
        self.kind = kind
        self.fixed = fixed
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        if any(self.errors):
            return
        rows = self._rows()
        if self.kind in WITH_OPTIONS and len(rows) < 2:
            raise forms.ValidationError(_("Enter at least two answers to choose from."), code="too_few")
        if self.kind == Kind.YES_NO and rows and {row["key"] for row in rows} != set(YES_NO):
            raise forms.ValidationError(_("Enter words for both yes and no, or leave both empty."), code="yes_no")
        for language in ("en", "es"):
            words = [row[language].casefold() for row in rows]
            if twice := next((word for word in words if words.count(word) > 1), ""):
                text = gettext("“%(words)s” appears twice.") % {"words": twice}
                raise forms.ValidationError(text, code="twice")
        keys = [row["key"] for row in rows if row["key"]]
        if len(set(keys)) != len(keys):
            raise forms.ValidationError(_("Two answers have the same short name. Reload the page."), code="keys")

    def _rows(self) -> list[dict[str, str]]:
        filled = [
            (place, form.cleaned_data)
            for place, form in enumerate(self.forms)
            if form.cleaned_data.get("en") and form.cleaned_data.get("es")
        ]
        filled.sort(key=lambda row: _order(row[0], row[1].get("place")))
        rows = [{name: cleaned.get(name) or "" for name in ("key", "en", "es")} for _place, cleaned in filled]
        return _yes_no(rows) if self.kind == Kind.YES_NO else rows

    @property
    def options(self) -> list[dict[str, str]]:
        """The value of `Question.options`; empty if the kind has none."""
        if self.kind not in {*WITH_OPTIONS, Kind.YES_NO}:
            return []
        rows = self._rows()
        taken = {row["key"] for row in rows if row["key"]}
        for row in rows:
            if not row["key"]:
                row["key"] = key_from(row["en"], taken)
                taken.add(row["key"])
        return [{"key": row["key"], "en": row["en"], "es": row["es"]} for row in rows]

    @property
    def problem(self) -> str:
        return " ".join(str(error) for error in self.non_form_errors())


def _order(was: int, wished: int | None) -> tuple[int, int, int]:
    """Sort key: a row that moves down sorts after the row at the wanted place, one that moves up before it."""
    if wished is None:
        return OPTIONS_MAX + 1, 0, was
    return wished, (wished > was + 1) - (wished < was + 1), was


def _yes_no(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows for yes and no: those with these keys, or two new rows in this order. Options of other kinds go."""
    fresh = [row for row in rows if not row["key"]]
    if len(fresh) == len(rows) == len(YES_NO):
        return [{**row, "key": key} for row, key in zip(rows, YES_NO, strict=True)]
    return [row for row in rows if row["key"] in YES_NO]


def option_rows(question: Question | None, data: Any = None, *, kind: str, fixed: bool = False) -> BaseOptionFormSet:
    """The formset for a question's options, bound to `data` if it is given."""
    options = list(question.options) if question else []
    if kind == Kind.YES_NO and not data:
        options = options or [{"key": key, "en": "", "es": ""} for key in YES_NO]
    initial = [{**option, "place": place} for place, option in enumerate(options, start=1)]
    is_closed = fixed or kind == Kind.YES_NO
    made: Any = forms.formset_factory(
        OptionForm,
        formset=BaseOptionFormSet,
        extra=0 if is_closed else max(EMPTY_ROWS, 3 - len(initial)),
        max_num=OPTIONS_MAX,
        absolute_max=OPTIONS_MAX + 5,
        validate_max=True,
    )
    rows: BaseOptionFormSet = made(data, initial=initial, prefix="option", kind=kind, fixed=fixed)
    return rows


def with_more_rows(data: Any) -> Any:
    """The same POST data with three more rows for options."""
    more = data.copy()
    try:
        count = int(more.get("option-TOTAL_FORMS", 0))
    except ValueError:
        count = 0
    more["option-TOTAL_FORMS"] = str(min(OPTIONS_MAX, max(0, count) + 3))
    return more
