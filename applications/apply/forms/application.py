"""Forms of an application: the pages of its form version, withdrawing, and asking for more time.

A draft can always be saved: what cannot be read is kept as typed, and "Check your answers" lists it. Only what
cannot be stored is an error here: a file of a wrong kind, a text far too long, a choice that is not offered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.apply.forms.uploads import FileChange, FilesField, RemovalsField
from applications.base import answers
from applications.base.answers import Item, Part
from applications.base.forms import TYPED_MAX, part_fields, read_parts
from applications.base.sections import REFEREE_SECTION
from applications.base.typed_dates import read_number
from applications.models import Application, CityPreference, Question
from exchange.models import College

Kind = Question.Kind
SHORT_MAX = 300
LONG_MAX = 20_000  # characters; many times the longest limit of words, so that only a pasted book is refused
COLUMN_MAX = {"referee_name": 120, "referee_phone": 30, "relation": 120, "full_name": 150, "preferred_name": 60}
AUTOCOMPLETE = {"full_name": "name", "preferred_name": "nickname", "phone": "tel"}
LINE = "line"  # suffix of a city ranking's field: after which choice the student would rather stay home
RADIOS_MAX = 7  # more options than this become a select


@dataclass(slots=True)
class QuestionRow:
    """One question on the page with its field, or several (three for a date, one for each place of a ranking)."""

    item: Item
    names: list[str]
    read: Callable[[Mapping[str, Any]], Any]
    fields: list[BoundField] = field(default_factory=list)
    problem: str = ""
    versions: list[dict[str, str]] = field(default_factory=list)  # competing versions of two devices, to choose from
    # its condition is about another page's answer and does not hold; conditions within the page are left to the script
    is_hidden: bool = False

    @property
    def is_group(self) -> bool:
        return self.item.question.kind in (Kind.DATE, Kind.RANKED_CITIES)

    @property
    def bound(self) -> BoundField:
        return self.fields[0]

    @property
    def html_id(self) -> str:
        """The group's id, by the form's `auto_id`, because several forms can be on one page."""
        return str(self.bound.form.auto_id) % self.item.key


class SectionForm(forms.Form):
    """One part of an application. `values` and `file_changes` have what can be saved, also if a field has an error."""

    use_required_attribute = False

    def __init__(
        self, application: Application, part: Part, *args: Any, show_missing: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.application = application
        self.part = part
        self.show_missing = show_missing
        self.question_rows: dict[str, QuestionRow] = {}
        for item in part.form_items:
            names, read = BUILDERS[Kind(item.question.kind)](self, item)
            self.question_rows[item.key] = QuestionRow(item, names, read)
        if self.is_locked or not application.opens_section(part.key):
            for each in self.fields.values():
                each.disabled = True

    @property
    def is_locked(self) -> bool:
        """The referee has written, so the fields about them cannot be changed."""
        if self.part.key != REFEREE_SECTION:
            return False
        recommendation = getattr(self.application, "recommendation", None)
        return bool(recommendation and recommendation.received_at)

    @property
    def rows(self) -> list[QuestionRow]:
        """The page's questions in order. Read it after validation: it sets `required` on fields, for display only."""
        for row in self.question_rows.values():
            other = self.question_rows.get(row.item.question.show_if_key)
            row.is_hidden = other.is_hidden if other else not row.item.is_asked
            row.fields = [self[name] for name in row.names]
            row.bound.field.required = row.item.question.is_required
            if not self.is_bound and (self.show_missing or row.item.is_answered):
                row.problem = row.item.problem
        return list(self.question_rows.values())

    @property
    def values(self) -> dict[str, Any]:
        """The values by question key, as `actions.draft.save_answers` takes them."""
        return {
            key: row.read(self.cleaned_data)
            for key, row in self.question_rows.items()
            if row.item.question.kind != Kind.FILE and self._can_keep(row)
        }

    def _can_keep(self, row: QuestionRow) -> bool:
        # a truncated request must not empty saved answers; but a browser sends nothing for unchecked boxes
        may_be_absent = row.item.question.kind == Kind.SEVERAL_OF
        if not may_be_absent and not any(name in self.data for name in row.names):
            return False
        # a ranking that names a city twice is saved without the error's field
        return row.item.question.kind == Kind.RANKED_CITIES or row.names[0] in self.cleaned_data

    @property
    def file_changes(self) -> list[FileChange]:
        """The questions' files to add and to remove."""
        found = []
        for key, row in self.question_rows.items():
            if row.item.question.kind == Kind.FILE:
                files, removed = self.cleaned_data.get(key) or [], self.cleaned_data.get(f"{key}_remove") or []
                found += [FileChange(key, files, removed)] if files or removed else []
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for row in self.question_rows.values():
            if row.item.question.kind == Kind.RANKED_CITIES:
                self._report_repeated_cities(row)
        return cleaned

    def _report_repeated_cities(self, row: QuestionRow) -> None:
        seen: set[str] = set()
        for name in row.names[:-1]:  # the last one is the field LINE
            code = self.cleaned_data.get(name)
            if code in seen:
                field: Any = self.fields[name]
                city = dict(field.choices)[code]
                self.add_error(name, _("%(city)s is already on your list.") % {"city": city})
            if code:
                seen.add(code)

    def add(self, name: str, made: forms.Field) -> None:
        made.required = made.widget.is_required = False
        self.fields[name] = made


# --- Field builders: each adds a question's fields and returns their names and a reader of their values --

Built = tuple[list[str], Callable[[Mapping[str, Any]], Any]]


def _one(form: SectionForm, item: Item, made: forms.Field, read: Callable[[Any], Any] = lambda value: value) -> Built:
    question = item.question
    made.label = question.label
    made.help_text = question.help
    form.add(item.key, made)
    return [item.key], lambda cleaned: read(cleaned.get(item.key))


def _short_text(form: SectionForm, item: Item) -> Built:
    attrs = {"autocomplete": AUTOCOMPLETE.get(item.key, "off")}
    value = item.value or _known(form.application, item.key)
    limit = COLUMN_MAX.get(item.key, SHORT_MAX)
    widget = forms.TextInput(attrs=attrs)
    return _one(form, item, forms.CharField(max_length=limit, initial=value, widget=widget))


def _known(application: Application, key: str) -> str:
    """The account's value, to prefill the field with."""
    if application.student is None or application.is_test:
        return ""
    if key in ("full_name", "preferred_name"):
        return str(getattr(application.student, key))
    if key == "phone" and application.student.phone:
        return str(application.student.phone.as_national)
    return ""


def _phone(form: SectionForm, item: Item) -> Built:
    autocomplete = AUTOCOMPLETE.get(item.key, "off")  # off for somebody else's phone: the browser knows the own one
    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": autocomplete})
    value = item.value or _known(form.application, item.key)
    limit = COLUMN_MAX.get(item.key, SHORT_MAX)
    return _one(form, item, forms.CharField(max_length=limit, initial=value, widget=widget))


def _email(form: SectionForm, item: Item) -> Built:
    # a CharField, so that an unfinished address can be saved
    widget = forms.TextInput(attrs={"type": "email", "autocomplete": "off", "autocapitalize": "none"})
    return _one(form, item, forms.CharField(max_length=254, initial=item.value, widget=widget))


def _long_text(form: SectionForm, item: Item) -> Built:
    widget = forms.Textarea(attrs={"rows": 10, "lang": form.application.answer_language})
    made = forms.CharField(max_length=LONG_MAX, initial=item.value, widget=widget)
    made.widget.attrs.pop("maxlength", None)  # browsers cut a longer paste without a message
    return _one(form, item, made, lambda typed: (typed or "").replace("\r\n", "\n"))


def _number(form: SectionForm, item: Item) -> Built:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6})
    made = forms.CharField(max_length=TYPED_MAX, initial=item.value, widget=widget)
    return _one(form, item, made, read_number)


def _date(form: SectionForm, item: Item) -> Built:
    fields = part_fields(item.key, item.value)
    for name, made in fields.items():
        form.add(name, made)
    return list(fields), lambda cleaned: read_parts(item.key, cleaned)


def _yes_no(form: SectionForm, item: Item) -> Built:
    value = {True: "yes", False: "no"}.get(item.value, "") if isinstance(item.value, bool) else ""
    made = forms.ChoiceField(choices=answers.options_of(item.question), initial=value, widget=forms.RadioSelect)
    return _one(form, item, made, {"yes": True, "no": False}.get)


def _one_of(form: SectionForm, item: Item) -> Built:
    options = answers.options_of(item.question)
    if len(options) <= RADIOS_MAX:
        made = forms.ChoiceField(choices=options, initial=item.value, widget=forms.RadioSelect)
    else:
        made = forms.ChoiceField(choices=[("", _("Choose")), *options], initial=item.value)
    return _one(form, item, made)


def _several_of(form: SectionForm, item: Item) -> Built:
    options = answers.options_of(item.question)
    made = forms.MultipleChoiceField(choices=options, initial=item.value, widget=forms.CheckboxSelectMultiple)
    return _one(form, item, made)


def _college(form: SectionForm, item: Item) -> Built:
    colleges = College.objects.values_list("code", "name")
    return _one(form, item, forms.ChoiceField(choices=[("", _("Choose")), *colleges], initial=item.value or ""))


def _ranked_cities(form: SectionForm, item: Item) -> Built:
    cities = [(city.code, city.name) for city in form.application.cycle.cities.filter(is_offered=True)]
    ranked = item.value or []
    chosen = [city.code for city in ranked if city]
    names = [f"{item.key}_{place}" for place in range(1, len(cities) + 1)]
    for place, name in enumerate(names):
        blank = _("Choose a city") if place == 0 else _("No other city")
        form.add(
            name,
            forms.ChoiceField(
                label=_("Choice %(number)s") % {"number": place + 1},
                choices=[("", blank), *cities],
                initial=chosen[place] if place < len(chosen) else "",
            ),
        )
    line = f"{item.key}_{LINE}"
    if len(cities) < 2:
        return names, lambda cleaned: _ranking(cleaned, names, line)
    form.add(
        line,
        forms.ChoiceField(
            label=_("Would you rather stay home than go to a city low on your list?"),
            help_text=_(
                "We’ll never send you to a city below the choice you pick here, or to one that isn’t on your list."
            ),
            choices=[("", _("No, I’d go to any city on my list")), *_lines(len(cities))],
            initial=str(ranked.index(None)) if None in ranked else "",
        ),
    )
    return [*names, line], lambda cleaned: _ranking(cleaned, names, line)


def _lines(count: int) -> list[tuple[str, str]]:
    """The options for the line's place in a ranking; below the last choice there's nothing to leave out."""
    return [
        (str(place), _("Yes, I wouldn’t go to any city after choice %(number)s") % {"number": place})
        for place in range(1, count)
    ]


def _ranking(cleaned: Mapping[str, Any], names: list[str], line: str) -> list[str]:
    """Codes in order, with the line after the student's choice; empty places above it are skipped."""
    places = [cleaned.get(name) or "" for name in names]
    drawn = int(cleaned.get(line) or 0)
    above, below = ([code for code in some if code] for some in (places[:drawn], places[drawn:]))
    return [*above, CityPreference.STAY_HOME, *below] if drawn and above else [*above, *below]


def _file(form: SectionForm, item: Item) -> Built:
    uploads = item.value or []
    names, read = _one(form, item, FilesField(form.application, item.question, uploads))
    if uploads:
        form.add(f"{item.key}_remove", RemovalsField(uploads))
        names.append(f"{item.key}_remove")
    return names, read


BUILDERS: dict[str, Callable[[SectionForm, Item], Built]] = {
    Kind.SHORT_TEXT: _short_text,
    Kind.LONG_TEXT: _long_text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
    Kind.ONE_OF: _one_of,
    Kind.SEVERAL_OF: _several_of,
    Kind.RANKED_CITIES: _ranked_cities,
    Kind.COLLEGE: _college,
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
    Kind.FILE: _file,
}


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? Your answer helps us do better."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MoreTimeForm(forms.Form):
    """A student's request for more time, after the deadline."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you need more time?"),
        help_text=gettext_lazy("Write one or two sentences, and say when you can submit."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write a sentence, so the office can decide.")},
    )


class FixReasonForm(forms.Form):
    """Why a part that the office asked to fix is right as it is. Needed only if the part is unchanged."""

    reason = forms.CharField(
        label=gettext_lazy("Why doesn’t it need a change?"),
        help_text=gettext_lazy("The person who asked for the fix will read this."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("Please use 1,000 characters or fewer.")},
    )

    def needs_reason(self, message: str) -> None:
        if not self.errors:
            self.add_error("reason", message)
