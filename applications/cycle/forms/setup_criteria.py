"""Forms for an eligibility rule and for a rubric criterion."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.cycle.actions.criteria import CRITERION_FIELDS
from applications.cycle.forms.setup import PairedForm
from applications.models import EligibilityRule, Question, RubricCriterion
from exchange.models import College

Operator = EligibilityRule.Operator
Kind = Question.Kind
NUMBER_OPERATORS = (Operator.AT_LEAST, Operator.AT_MOST)
POINTS_MAX = 5
POINT_LABELS = {"en": _("Points: %(points)s, in English"), "es": _("Points: %(points)s, in Spanish")}
SAMPLE_LABELS = {
    "en": _("A sample for %(points)s, in English"),
    "es": _("A sample for %(points)s, in Spanish"),
}
SAMPLE_MAX = 400
REASON_MAX = 500
LIST_MAX = 2000


class RuleForm(PairedForm):
    """An eligibility rule. `questions`: those of the form, whose answers it can evaluate."""

    pairs = ("text", "ask", "change", "unsure")
    question_key = forms.ChoiceField(label=_("Which answer it scores"))
    operator = forms.ChoiceField(label=_("The answer"), choices=Operator)
    number = forms.DecimalField(label=_("Number"), required=False, max_digits=8, decimal_places=2)
    word = forms.CharField(label=_("Exactly this answer"), required=False, max_length=200)
    choices = forms.CharField(
        label=_("One of these answers"),
        required=False,
        max_length=LIST_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One answer per line, as students see it."),
    )
    years = forms.IntegerField(label=_("Minimum age in years"), required=False, min_value=1, max_value=120)
    on = forms.DateField(
        label=_("On this date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For example, the first day of the trip."),
    )
    on_miss = forms.ChoiceField(
        label=_("If the answer falls short, show"), choices=EligibilityRule.OnMiss, widget=forms.RadioSelect
    )
    text_en = forms.CharField(label=_("The requirement in English"), max_length=200)
    text_es = forms.CharField(label=_("The requirement in Spanish"), max_length=200)
    ask_en = forms.CharField(
        label=_("As a question in English"),
        required=False,
        max_length=200,
        help_text=_("For the page “Can I apply?”. If you leave it empty, it isn’t asked there."),
    )
    ask_es = forms.CharField(label=_("As a question in Spanish"), required=False, max_length=200)
    change_en = forms.CharField(label=_("What to do about “doesn’t meet”, in English"), required=False, max_length=300)
    change_es = forms.CharField(label=_("What to do about “doesn’t meet”, in Spanish"), required=False, max_length=300)
    unsure_en = forms.CharField(
        label=_("How to find out, in English"),
        required=False,
        max_length=300,
        help_text=_("For students who aren’t sure or leave the question open."),
    )
    unsure_es = forms.CharField(label=_("How to find out, in Spanish"), required=False, max_length=300)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, questions: Iterable[Question], kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = {question.key: question for question in questions}
        listed = [(key, str(question.label)) for key, question in self.questions.items()]
        if kept and kept not in self.questions:  # stays a choice, so that saving does not change it unnoticed
            listed.append((kept, gettext("%(key)s (not in the form)") % {"key": kept}))
        self.offer("question_key", listed)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("ask")
        self.need_both("change")
        self.need_both("unsure")
        operator = said.get("operator")
        if operator in NUMBER_OPERATORS:
            self._need("number", _("Enter the number to compare with."))
        elif operator == Operator.EQUALS:
            self._need("word", _("Enter the answer that counts."))
        elif operator == Operator.IS_ONE_OF:
            self._need("choices", _("Enter the answers that count, one per line."))
        elif operator == Operator.AGE_ON_AT_LEAST:
            self._need("years", _("Enter the minimum age."))
            self._need("on", _("Choose the date it’s counted on."))
        return said

    def _need(self, name: str, text: Any) -> None:
        if self.cleaned_data.get(name) in (None, "") and name not in self.errors:
            self.add_error(name, forms.ValidationError(text, code="missing"))

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if self.data.get("operator") != Operator.IS_ONE_OF:
            return []
        words = words_of(self.questions.get(self.data.get("question_key", "")))
        if not words:
            return list(dict.fromkeys(lines))
        keys = {**{text.casefold(): key for key, text in words.items()}, **{key.casefold(): key for key in words}}
        if unknown := [line for line in lines if line.casefold() not in keys]:
            raise forms.ValidationError(
                _("“%(answer)s” isn’t one of the answers students can choose: %(all)s"),
                code="unknown",
                params={"answer": unknown[0], "all": "; ".join(words.values())},
            )
        return list(dict.fromkeys(keys[line.casefold()] for line in lines))

    @property
    def values(self) -> dict[str, Any]:
        """The values for `actions.criteria.save_rule`."""
        said = self.cleaned_data
        names = [f"{name}_{language}" for name in self.pairs for language in ("en", "es")]
        kept = {name: said[name] for name in ("question_key", "operator", "on_miss", *names)}
        return {**kept, "value": self._value(said)}

    def _value(self, said: dict[str, Any]) -> Any:
        match said["operator"]:
            case Operator.AT_LEAST | Operator.AT_MOST:
                number = said["number"]
                return int(number) if number == number.to_integral_value() else float(number)
            case Operator.EQUALS:
                return said["word"]
            case Operator.IS_ONE_OF:
                return said["choices"]
            case Operator.AGE_ON_AT_LEAST:
                return {"years": said["years"], "on": said["on"].isoformat()}
            case _:
                return True

    @staticmethod
    def initial_of(rule: EligibilityRule, questions: Iterable[Question]) -> dict[str, Any]:
        names = [f"{name}_{language}" for name in RuleForm.pairs for language in ("en", "es")]
        initial = {name: getattr(rule, name) for name in ("question_key", "operator", "on_miss", *names)}
        words = words_of(next((each for each in questions if each.key == rule.question_key), None))
        match rule.value:
            case {"years": years, "on": on}:
                initial |= {"years": years, "on": _day(on)}
            case list() as listed:
                initial["choices"] = "\n".join(words.get(str(key), str(key)) for key in listed)
            case bool():
                pass
            case int() | float():
                initial["number"] = rule.value
            case value:
                initial["word"] = str(value or "")
        return initial


def words_of(question: Question | None) -> dict[str, str]:
    """{stored answer: label} of a question with options; empty for any other."""
    if question is None:
        return {}
    if question.kind == Kind.COLLEGE:
        return dict(College.objects.order_by("name").values_list("code", "name"))
    return {option["key"]: option["en"] for option in question.options}


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


class CriterionForm(PairedForm):
    """A rubric criterion: its title, the answer that is scored, and each level in words, with a sample.

    `is_used`: it has been scored by, so a change needs a reason.
    """

    pairs: tuple[str, ...] = ("title",)
    title_en = forms.CharField(label=_("What is scored, in English"), max_length=80)
    title_es = forms.CharField(label=_("What is scored, in Spanish"), max_length=80)
    question_key = forms.ChoiceField(label=_("The answer readers score"))
    reason = forms.CharField(
        label=_("Why are the words changing?"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Readers and the committee see this beside the earlier words."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, questions: Iterable[Question], kept: str = "", is_used: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not is_used:
            del self.fields["reason"]
        read = [each for each in questions if each.audience == Question.Audience.READERS]
        listed = [(each.key, str(each.label)) for each in read if each.kind == Kind.LONG_TEXT]
        if kept and kept not in dict(listed):
            listed.append((kept, gettext("%(key)s (not in the form)") % {"key": kept}))
        self.offer("question_key", listed)
        for points in range(1, POINTS_MAX + 1):
            for language, label in POINT_LABELS.items():
                name = f"level_{points}_{language}"
                text = label % {"points": points}
                widget = forms.TextInput(attrs={"lang": language})
                self.fields[name] = forms.CharField(label=text, required=False, max_length=200, widget=widget)
                self.fields[f"sample_{points}_{language}"] = forms.CharField(
                    label=SAMPLE_LABELS[language] % {"points": points},
                    required=False,
                    max_length=SAMPLE_MAX,
                    widget=forms.Textarea(attrs={"rows": 2, "lang": language}),
                )

    @property
    def level_fields(self) -> list[tuple[forms.BoundField, ...]]:
        """For each number of points the fields of its text and its sample, each in English and Spanish."""
        names = [(f"level_{points}", f"sample_{points}") for points in range(1, POINTS_MAX + 1)]
        return [tuple(self[f"{name}_{language}"] for name in pair for language in ("en", "es")) for pair in names]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for points in range(1, POINTS_MAX + 1):
            self.need_both(f"level_{points}")
            self.need_both(f"sample_{points}")
            if said.get(f"sample_{points}_en") and not said.get(f"level_{points}_en"):
                text = _("Say what these points mean, or remove the sample.")
                self.add_error(f"level_{points}_en", forms.ValidationError(text, code="no_level"))
        filled = [points for points in range(1, POINTS_MAX + 1) if said.get(f"level_{points}_en")]
        if filled != list(range(1, len(filled) + 1)):
            gap = next(points for points in range(1, POINTS_MAX + 1) if points not in filled)
            self.add_error(f"level_{gap}_en", forms.ValidationError(_("Don’t leave a gap between points."), code="gap"))
        elif len(filled) < 2:  # noqa: PLR2004 -- one point would score nothing
            self.add_error("level_2_en", forms.ValidationError(_("Describe at least two points."), code="too_few"))
        return said

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name, "") for name in CRITERION_FIELDS}

    @property
    def levels(self) -> list[tuple[str, str]]:
        said = self.cleaned_data
        pairs = [(said[f"level_{points}_en"], said[f"level_{points}_es"]) for points in range(1, POINTS_MAX + 1)]
        return [pair for pair in pairs if all(pair)]

    @property
    def samples(self) -> list[tuple[str, str]]:
        """One for each of `levels`; ("", "") if there is none."""
        said = self.cleaned_data
        places = range(1, len(self.levels) + 1)
        return [(said[f"sample_{points}_en"], said[f"sample_{points}_es"]) for points in places]

    @staticmethod
    def initial_of(criterion: RubricCriterion) -> dict[str, Any]:
        initial = {name: getattr(criterion, name) for name in CRITERION_FIELDS}
        for level in criterion.levels.all():
            initial |= {f"level_{level.points}_en": level.text_en, f"level_{level.points}_es": level.text_es}
            initial |= {f"sample_{level.points}_en": level.sample_en, f"sample_{level.points}_es": level.sample_es}
        return initial


class InterviewCriterionForm(CriterionForm):
    """What an interviewer asks, in the place of the answer that readers score."""

    pairs = ("title", "ask")
    ask_en = forms.CharField(
        label=_("What the interviewer asks, in English"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    ask_es = forms.CharField(
        label=_("What the interviewer asks, in Spanish"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["question_key"]
