"""Forms in which the office changes a cycle's checklist and reflection prompts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from travel.base.forms import RowForm
from travel.models import ChecklistStep, ReflectionPrompt

TITLE_MAX, PROMPT_MAX, TEXT_MAX = 120, 200, 600


class StepForm(RowForm):
    layout = (
        ("title_en", "title_es"),
        ("why_en", "why_es"),
        ("how_en", "how_es"),
        ("timing", "days_before"),
        ("order",),
        ("needs_verification",),
    )
    title_en = forms.CharField(label=_("What to do, in English"), max_length=TITLE_MAX)
    title_es = forms.CharField(label=_("What to do, in Spanish"), max_length=TITLE_MAX)
    why_en = text_area(_("Why, in English"), rows=3, limit=TEXT_MAX)
    why_es = text_area(_("Why, in Spanish"), rows=3, limit=TEXT_MAX)
    how_en = text_area(_("How, in English"), rows=3, required=False, limit=TEXT_MAX)
    how_es = text_area(_("How, in Spanish"), rows=3, required=False, limit=TEXT_MAX)
    timing = forms.ChoiceField(label=_("When it’s due"), choices=ChecklistStep.Timing)
    days_before = forms.IntegerField(
        label=_("Days before departure"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=_("Only for a step that’s due a number of days before departure."),
    )
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)
    needs_verification = forms.BooleanField(label=_("Staff have to check that it’s done"), required=False)

    def clean(self) -> dict[str, Any]:
        self.need_both("how")
        timing, days = self.cleaned_data.get("timing"), self.cleaned_data.get("days_before")
        if timing != ChecklistStep.Timing.BEFORE_DEPARTURE:
            self.cleaned_data["days_before"] = None
        elif days is None and "days_before" not in self.errors:
            self.add_error("days_before", _("Enter how many days before departure."))
        return self.cleaned_data


class PromptForm(RowForm):
    layout = (("text_en", "text_es"), ("help_en", "help_es"), ("moment", "days"), ("order",))
    text_en = forms.CharField(label=_("Prompt, in English"), max_length=PROMPT_MAX)
    text_es = forms.CharField(label=_("Prompt, in Spanish"), max_length=PROMPT_MAX)
    help_en = text_area(_("Hint, in English"), rows=2, required=False, limit=TEXT_MAX)
    help_es = text_area(_("Hint, in Spanish"), rows=2, required=False, limit=TEXT_MAX)
    moment = forms.ChoiceField(label=_("When students write"), choices=ReflectionPrompt.Moment)
    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=730,
        help_text=_("How many days before departure, or after the return, students can start writing."),
    )
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)

    def clean(self) -> dict[str, Any]:
        self.need_both("help")
        return self.cleaned_data
