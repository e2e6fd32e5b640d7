"""Forms in which the office changes a cycle's checklist, its prompts and its survey."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from applications.models import Cycle
from travel.base import actions as rows
from travel.base.forms import RowForm, day
from travel.models import ChecklistStep, ReflectionPrompt, StandardStep, Trip
from travel.models.checklist import StepFields
from travel.prepare.checklist import evidence
from travel.prepare.checklist.actions import FOLLOWS_PASSPORT
from travel.prepare.checklist.step_change import How

TITLE_MAX, PROMPT_MAX, TEXT_MAX = 120, 200, 600


def trips_field() -> "forms.ModelMultipleChoiceField[Trip]":
    return forms.ModelMultipleChoiceField(
        Trip.objects.none(),
        label=_("Only on these trips"),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave empty for every trip."),
    )


class StepForm(RowForm):
    """A step of a cycle's checklist. `proof` stands for two columns: the evidence and its key, as "page:contacts"."""

    layout = (
        ("title_en", "title_es"),
        ("why_en", "why_es"),
        ("how_en", "how_es"),
        ("owner", "proof"),
        ("timing",),
        ("days_before",),
        ("after", "days_after"),
        ("waits_for",),
        ("audience",),
        ("trips",),
        ("needs_verification",),
        ("advisor_sees",),
    )
    extra_fields = ("proof", "trips")
    title_en = forms.CharField(label=_("What to do, in English"), max_length=TITLE_MAX)
    title_es = forms.CharField(label=_("What to do, in Spanish"), max_length=TITLE_MAX)
    why_en = text_area(_("Why, in English"), rows=3, limit=TEXT_MAX)
    why_es = text_area(_("Why, in Spanish"), rows=3, limit=TEXT_MAX)
    how_en = text_area(_("How, in English"), rows=3, required=False, limit=TEXT_MAX)
    how_es = text_area(_("How, in Spanish"), rows=3, required=False, limit=TEXT_MAX)
    owner = forms.ChoiceField(
        label=_("Who does it"),
        choices=ChecklistStep.Owner,
        help_text=_("The student checks off what the family does."),
    )
    proof = forms.ChoiceField(
        label=_("What shows that it’s done"),
        help_text=_("A form, a session or a page checks the step off by itself."),
    )
    timing = forms.ChoiceField(label=_("When it’s due"), choices=ChecklistStep.Timing)
    days_before = forms.IntegerField(
        label=_("Days before departure"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=_("Only for a step that’s due a number of days before departure."),
    )
    after = forms.ChoiceField(
        label=_("Which step it follows"),
        required=False,
        help_text=_("Only for a step that’s due a number of days after another one."),
    )
    days_after = forms.IntegerField(label=_("Days after that step"), min_value=0, max_value=365, required=False)
    waits_for = forms.MultipleChoiceField(
        label=_("What has to be done first"), required=False, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.ChoiceField(label=_("Who it’s for"), choices=ChecklistStep.Audience)
    trips = trips_field()
    needs_verification = forms.BooleanField(label=_("Staff have to check that it’s done"), required=False)
    advisor_sees = forms.BooleanField(
        label=_("The student’s advisor can see the text or file, too"),
        required=False,
        help_text=_("The office always can."),
    )

    def __init__(self, *args: Any, cycle: Cycle, step: ChecklistStep | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [each for each in cycle.checklist_steps.in_use() if step is None or each.pk != step.pk]
        names = [(each.key, each.title) for each in others]
        self.offer("after", [("", _("no other step")), *names])
        self.offer("waits_for", names)
        self.offer("proof", proofs(step))
        trips: Any = self.fields["trips"]
        trips.queryset = cycle.trips.select_related("city")
        if step is None:
            self.initial.setdefault("proof", ChecklistStep.Evidence.CHECKBOX)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        columns = {name for names in cls.layout for name in names} - set(cls.extra_fields)
        return super().initial_of(row) | {
            "proof": proof_of(row),
            "trips": [trip.code for trip in row.trips.all()],
            "seen": rows.fingerprint(row, columns | {"evidence", "evidence_key"}),
        }

    @property
    def values(self) -> dict[str, Any]:
        evidence, _colon, key = self.cleaned_data["proof"].partition(":")
        return {**super().values, "evidence": evidence, "evidence_key": key}

    def clean(self) -> dict[str, Any]:
        self.need_both("how")
        said, timing = self.cleaned_data, self.cleaned_data.get("timing")
        if timing != ChecklistStep.Timing.BEFORE_DEPARTURE:
            said["days_before"] = None
        elif said.get("days_before") is None and "days_before" not in self.errors:
            self.add_error("days_before", _("Enter how many days before departure."))
        if timing != ChecklistStep.Timing.AFTER_STEP:
            said["after"], said["days_after"] = "", None
        else:
            if not said.get("after") and "after" not in self.errors:
                self.add_error("after", _("Choose which step it follows."))
            if said.get("days_after") is None and "days_after" not in self.errors:
                self.add_error("days_after", _("Enter how many days after that step."))
        by_hand = said.get("proof") in (ChecklistStep.Evidence.CHECKBOX, "")
        if timing in FOLLOWS_PASSPORT and not by_hand and "proof" not in self.errors:
            self.add_error("proof", _("This step follows the passport’s status, so choose the checkbox."))
        return said


def proof_of(step: StepFields) -> str:
    return f"{step.evidence}:{step.evidence_key}" if step.evidence_key else step.evidence


def proofs(step: StepFields | None) -> list[tuple[str, str]]:
    """What a step can be shown by: by hand, by a file, or by a page that is there or that a standard step names."""
    kinds = ChecklistStep.Evidence
    by_hand = [(each.value, str(each.label)) for each in (kinds.CHECKBOX, kinds.TEXT, kinds.FILE)]
    named = dict.fromkeys(evidence.registered(), "")
    named |= {(each.evidence, each.evidence_key): each.title for each in StandardStep.objects.exclude(evidence_key="")}
    if step and step.evidence_key:
        named.setdefault((step.evidence, step.evidence_key), step.title)
    keyed = [(f"{kind}:{key}", f"{kinds(kind).label}: {title or key}") for (kind, key), title in sorted(named.items())]
    return by_hand + keyed


class PreviewForm(forms.Form):
    """One student's list as it would be."""

    trip = forms.ModelChoiceField(Trip.objects.none(), label=_("Trip"), to_field_name="code", required=False)
    leaves_on = day(_("Departure"))
    is_minor = forms.BooleanField(label=_("The student isn’t an adult yet"), required=False)

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trips: Any = self.fields["trip"]
        trips.queryset = cycle.trips.select_related("city")


class HowForm(forms.Form):
    """What a change does to students who have the step already."""

    how = forms.ChoiceField(
        label=_("What happens to students who have this step?"),
        choices=How,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )

    def __init__(self, *args: Any, can_ask_again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.value, each.label) for each in How if can_ask_again or each != How.AGAIN]
        self.fields["how"].choices = choices  # type: ignore[attr-defined]


def _question(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=PROMPT_MAX, required=False)


class PromptForm(RowForm):
    """A reflection prompt. The three questions are optional: with none, students answer the prompt itself."""

    layout = (
        ("text_en", "text_es"),
        ("help_en", "help_es"),
        ("what_en", "what_es"),
        ("so_what_en", "so_what_es"),
        ("now_what_en", "now_what_es"),
        ("moment",),
        ("days", "answer_days"),
        ("trips",),
        ("order",),
    )
    extra_fields = ("trips",)
    text_en = forms.CharField(label=_("Prompt, in English"), max_length=PROMPT_MAX)
    text_es = forms.CharField(label=_("Prompt, in Spanish"), max_length=PROMPT_MAX)
    help_en = text_area(_("Hint, in English"), rows=2, required=False, limit=TEXT_MAX)
    help_es = text_area(_("Hint, in Spanish"), rows=2, required=False, limit=TEXT_MAX)
    what_en = _question(_("What? In English"))
    what_es = _question(_("What? In Spanish"))
    so_what_en = _question(_("So what? In English"))
    so_what_es = _question(_("So what? In Spanish"))
    now_what_en = _question(_("Now what? In English"))
    now_what_es = _question(_("Now what? In Spanish"))
    moment = forms.ChoiceField(label=_("When students write"), choices=ReflectionPrompt.Moment)
    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=730,
        help_text=_("How many days before departure, or after the return, students can start writing."),
    )
    answer_days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=365,
        help_text=_("From then on. Later answers count, too."),
    )
    trips = trips_field()
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trips: Any = self.fields["trips"]
        trips.queryset = cycle.trips.select_related("city")
        self.initial.setdefault("answer_days", 14)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        return super().initial_of(row) | {"trips": [trip.code for trip in row.trips.all()]}

    def clean(self) -> dict[str, Any]:
        for pair in ("help", "what", "so_what", "now_what"):
            self.need_both(pair)
        return self.cleaned_data


class SurveyItemForm(RowForm):
    """A sentence that travelers rate twice."""

    layout = (("text_en", "text_es"), ("source_name",), ("order",))
    text_en = forms.CharField(label=_("Sentence, in English"), max_length=PROMPT_MAX)
    text_es = forms.CharField(label=_("Sentence, in Spanish"), max_length=PROMPT_MAX)
    source_name = forms.CharField(
        label=_("Source"),
        max_length=PROMPT_MAX,
        help_text=_(
            "Who wrote it, or where it comes from. Some published questionnaires can’t be used without a license."
        ),
    )
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)


class TripPreviewForm(forms.Form):
    """The trip for whose students prompts are shown."""

    trip = forms.ModelChoiceField(Trip.objects.none(), label=_("Trip"), to_field_name="code", empty_label=None)

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trips: Any = self.fields["trip"]
        trips.queryset = cycle.trips.select_related("city")
