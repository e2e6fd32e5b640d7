"""The questions of "Can I apply?": one for each condition of the cycle that has a plain question. Nothing is kept.

An empty answer is fine: whoever is not sure is told whom to ask. So no field is ever an error.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from applications.base import answers
from applications.base.eligibility import number_of
from applications.base.forms import TYPED_MAX, part_fields, read_parts
from applications.base.typed_dates import read_date, read_number
from applications.models import Cycle, EligibilityRule, Question
from exchange.models import College

TEXT_MAX = 100
ELSEWHERE = "elsewhere"  # no college has this code
NOT_SURE = "not_sure"
Operator = EligibilityRule.Operator


@dataclass(slots=True)
class Row:
    """One question on the page: its field, or three for a date."""

    rule: EligibilityRule
    names: list[str]
    read: Callable[[Mapping[str, Any]], Any]
    is_date: bool = False
    fields: list[BoundField] = field(default_factory=list)

    @property
    def bound(self) -> BoundField:
        return self.fields[0]


class EligibilityForm(forms.Form):
    """Give it the rules that have a question. `values` is what `conditions.judge` takes."""

    use_required_attribute = False

    def __init__(self, cycle: Cycle, rules: Iterable[EligibilityRule], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cycle = cycle
        self.question_rows = [_row(self, rule) for rule in rules]

    @property
    def rows(self) -> list[Row]:
        for row in self.question_rows:
            row.fields = [self[name] for name in row.names]
        return self.question_rows

    @property
    def values(self) -> dict[str, Any]:
        return {row.rule.question_key: row.read(self.cleaned_data) for row in self.question_rows}

    @property
    def unread(self) -> set[str]:
        """Keys of rules whose typed answer could not be read."""
        return {row.rule.key for row in self.question_rows if _unread(row, row.read(self.cleaned_data))}

    def add(self, name: str, made: forms.Field) -> None:
        made.required = made.widget.is_required = False
        self.fields[name] = made


def _unread(row: Row, value: Any) -> bool:
    if row.is_date:
        return bool(value) and read_date(value) is None
    if row.rule.operator in (Operator.AT_LEAST, Operator.AT_MOST):
        return bool(value) and number_of(value) is None
    return False


def _row(form: EligibilityForm, rule: EligibilityRule) -> Row:
    """By the operator: a number, a date in three fields, yes or no, one of a list."""
    key = rule.question_key
    match rule.operator:
        case Operator.AGE_ON_AT_LEAST:
            return _date(form, rule)
        case Operator.AT_LEAST | Operator.AT_MOST:
            return _number(form, rule)
        case Operator.IS_TRUE:
            return _choice(form, rule, [("yes", _("Yes")), ("no", _("No"))])
        case Operator.IS_ONE_OF if key == "college":
            return _college(form, rule)
        case _:
            options = _options(form.cycle, key)
            if not options and isinstance(rule.value, bool):
                options = [("yes", _("Yes")), ("no", _("No"))]
            if options:
                return _choice(form, rule, options)
            made = forms.CharField(max_length=TEXT_MAX)
            return _one(form, rule, made)


def _one(form: EligibilityForm, rule: EligibilityRule, made: forms.Field, read: Callable = lambda given: given) -> Row:
    made.label = rule.ask
    key = rule.question_key
    form.add(key, made)
    return Row(rule, [key], lambda cleaned: read(cleaned.get(key)))


def _number(form: EligibilityForm, rule: EligibilityRule) -> Row:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6})
    made = forms.CharField(max_length=TYPED_MAX, widget=widget)
    return _one(form, rule, made, lambda given: read_number((given or "").strip()))


def _choice(form: EligibilityForm, rule: EligibilityRule, options: list[tuple[str, str]]) -> Row:
    if NOT_SURE not in dict(options):
        options = [*options, (NOT_SURE, _("I’m not sure"))]
    made = forms.ChoiceField(choices=options, widget=forms.RadioSelect)
    return _one(form, rule, made, lambda given: None if given == NOT_SURE else given)


def _college(form: EligibilityForm, rule: EligibilityRule) -> Row:
    colleges = College.objects.values_list("code", "name")
    choices = [("", _("Choose")), *colleges, (ELSEWHERE, _("Another college, or none"))]
    return _one(form, rule, forms.ChoiceField(choices=choices))


def _options(cycle: Cycle, key: str) -> list[tuple[str, str]]:
    """The options that the newest form offers for this question."""
    forms_of_cycle = cycle.form_versions.filter(published_at__isnull=False).order_by("-number")
    question = Question.objects.filter(section__form=forms_of_cycle.first(), key=key).first()
    return answers.options_of(question) if question else []


def _date(form: EligibilityForm, rule: EligibilityRule) -> Row:
    key = rule.question_key
    fields = part_fields(key)
    for name, made in fields.items():
        form.add(name, made)
    return Row(rule, list(fields), lambda cleaned: read_parts(key, cleaned), is_date=True)
