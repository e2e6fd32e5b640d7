"""The form of "Can I apply?": one question for each eligibility rule that has one. Nothing is stored.

An empty answer is allowed, because somebody who is not sure is told whom to ask; so no field has errors.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from applications.base import answers
from applications.base.eligibility import NOT_SURE, number_of
from applications.base.forms import TYPED_MAX, part_fields, read_parts
from applications.base.typed_dates import problem_of, read_number
from applications.models import Cycle, EligibilityRule, Question
from exchange.models import College

TEXT_MAX = 100
ELSEWHERE = "elsewhere"  # no college has this code
Operator = EligibilityRule.Operator


@dataclass(slots=True)
class RuleRow:
    """One rule's question on the page, with its field, or three for a date."""

    rule: EligibilityRule
    names: list[str]
    read: Callable[[Mapping[str, Any]], Any]
    is_date: bool = False
    fields: list[BoundField] = field(default_factory=list)

    @property
    def bound(self) -> BoundField:
        return self.fields[0]


class EligibilityForm(forms.Form):
    """`rules`: those that have a question. `values`: the answers, for `conditions.judge`."""

    use_required_attribute = False

    def __init__(self, cycle: Cycle, rules: Iterable[EligibilityRule], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cycle = cycle
        self.question_rows = [_row(self, rule) for rule in rules]

    @property
    def rows(self) -> list[RuleRow]:
        for row in self.question_rows:
            row.fields = [self[name] for name in row.names]
        return self.question_rows

    @property
    def values(self) -> dict[str, Any]:
        return {row.rule.question_key: row.read(self.cleaned_data) for row in self.question_rows}

    @property
    def problems(self) -> dict[str, str]:
        """What to fix in each answer that was typed but could not be read, by the rule's key."""
        found = ((row.rule.key, _problem(row, row.read(self.cleaned_data))) for row in self.question_rows)
        return {key: problem for key, problem in found if problem}

    def add(self, name: str, made: forms.Field) -> None:
        made.required = made.widget.is_required = False
        self.fields[name] = made


def _problem(row: RuleRow, value: Any) -> str:
    if not value:
        return ""
    if row.is_date:
        return problem_of(value)
    if row.rule.operator in (Operator.AT_LEAST, Operator.AT_MOST) and number_of(value) is None:
        return _("We couldn’t read “%(typed)s”. Enter a number, such as 12.") % {"typed": value}
    return ""


def _row(form: EligibilityForm, rule: EligibilityRule) -> RuleRow:
    """The fields for a rule's operator: a number, a date in three fields, yes or no, or one of a list."""
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


def _one(
    form: EligibilityForm, rule: EligibilityRule, made: forms.Field, read: Callable[[Any], Any] = lambda given: given
) -> RuleRow:
    made.label = rule.ask
    key = rule.question_key
    form.add(key, made)
    return RuleRow(rule, [key], lambda cleaned: read(cleaned.get(key)))


def _number(form: EligibilityForm, rule: EligibilityRule) -> RuleRow:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6})
    made = forms.CharField(max_length=TYPED_MAX, widget=widget)
    return _one(form, rule, made, lambda given: read_number((given or "").strip()))


def _choice(form: EligibilityForm, rule: EligibilityRule, options: list[tuple[str, str]]) -> RuleRow:
    if NOT_SURE not in dict(options):
        options = [*options, (NOT_SURE, _("I’m not sure"))]
    made = forms.ChoiceField(choices=options, widget=forms.RadioSelect)
    return _one(form, rule, made, lambda given: None if given == NOT_SURE else given)


def _college(form: EligibilityForm, rule: EligibilityRule) -> RuleRow:
    colleges = College.objects.values_list("code", "name")
    choices = [("", _("Choose")), *colleges, (ELSEWHERE, _("Another college, or none"))]
    return _one(form, rule, forms.ChoiceField(choices=choices))


def _options(cycle: Cycle, key: str) -> list[tuple[str, str]]:
    """The question's options in the newest published form."""
    forms_of_cycle = cycle.form_versions.filter(published_at__isnull=False).order_by("-number")
    question = Question.objects.filter(section__form=forms_of_cycle.first(), key=key).first()
    return answers.options_of(question) if question else []


def _date(form: EligibilityForm, rule: EligibilityRule) -> RuleRow:
    key = rule.question_key
    fields = part_fields(key)
    for name, made in fields.items():
        form.add(name, made)
    return RuleRow(rule, list(fields), lambda cleaned: read_parts(key, cleaned), is_date=True)
