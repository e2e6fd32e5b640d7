"""Forms with which the office writes a sample file, and readers score and discuss it."""

from collections.abc import Iterable
from typing import Any, Self

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.base import rubrics
from applications.models import NormingFile, NormingReading, RubricCriterion
from exchange.web.edited import EditedForm

ANSWERS_MAX = 6
TEXT_MAX = 6000


class SampleForm(EditedForm):
    """Questions with answers; pairs left empty are not saved. `answers`: the pairs to begin with."""

    use_required_attribute = False
    language = forms.ChoiceField(label=_("Written in"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    is_copied = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        answers: list[dict[str, str]],
        language: str,
        seen: str = "",
        copied: bool = False,
    ) -> None:
        initial: dict[str, Any] = {"language": language, "seen": seen, "is_copied": copied}
        rows = min(max(len(answers), 3), ANSWERS_MAX)
        for place, answer in enumerate(answers[:rows], start=1):
            initial |= {f"question_{place}": answer["question"], f"text_{place}": answer["text"]}
        super().__init__(data, initial=initial)
        for place in range(1, rows + 1):
            self.fields[f"question_{place}"] = forms.CharField(label=_("Question"), max_length=300, required=False)
            self.fields[f"text_{place}"] = forms.CharField(
                label=_("Answer"), max_length=TEXT_MAX, required=False, widget=forms.Textarea(attrs={"rows": 8})
            )

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        names = [name for name in self.fields if name.startswith("question_")]
        return [(self[name], self[name.replace("question", "text")]) for name in names]

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        for question, text in self.pairs:
            if said.get(text.name) and not said.get(question.name):
                error = forms.ValidationError(_("Enter the question this answers."), code="no_question")
                self.add_error(question.name, error)
        if not self.errors and not self._answers():
            self.add_error("text_1", forms.ValidationError(_("Enter at least one answer."), code="empty"))
        return said

    def _answers(self) -> list[dict[str, str]]:
        said = self.cleaned_data
        return [
            {"question": said[question.name], "text": said[text.name].replace("\r\n", "\n")}
            for question, text in self.pairs
            if said.get(text.name)
        ]

    @property
    def values(self) -> dict[str, Any]:
        return {"language": self.cleaned_data["language"], "answers": self._answers()}


class RubricForm(forms.Form):
    """A choice of points for each criterion. `locking=True` requires all of them."""

    use_required_attribute = False

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        criteria: Iterable[RubricCriterion],
        points: dict[str, int],
        locking: bool = False,
        **initial: Any,
    ) -> None:
        self.criteria = list(criteria)
        super().__init__(data, initial={f"points_{key}": value for key, value in points.items()} | initial)
        for criterion in self.criteria:
            self.fields[f"points_{criterion.key}"] = forms.TypedChoiceField(
                label=criterion.title,
                choices=[(level.points, level.text) for level in criterion.levels.all()],
                coerce=int,
                empty_value=None,
                required=locking,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose the points before you lock.")},
            )
        self.order_fields([f"points_{criterion.key}" for criterion in self.criteria])

    def rubric(self) -> list[dict[str, Any]]:
        """Each criterion, as context for components/rubric.html."""
        rows = []
        for criterion in self.criteria:
            field = self[f"points_{criterion.key}"]
            value = field.value()
            rows.append(
                {
                    "criterion": criterion.title,
                    "levels": rubrics.levels_of(criterion),
                    "name": field.html_name,
                    "value": "" if value is None else value,
                    "error": " ".join(map(str, field.errors)),
                }
            )
        return rows

    @property
    def points(self) -> dict[str, int]:
        """The chosen points. Also for a form with errors, without the fields that have one."""
        found = {each.key: self.cleaned_data.get(f"points_{each.key}") for each in self.criteria}
        return {key: value for key, value in found.items() if value is not None}

    @property
    def only_lacks_points(self) -> bool:
        return all(name.startswith("points_") for name in self.errors)


class SampleReadingForm(RubricForm):
    comment = forms.CharField(
        label=_("Why you gave these scores"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Other readers see this once they’ve locked their own scores."),
    )

    @classmethod
    def of(
        cls,
        reading: NormingReading | None,
        criteria: Iterable[RubricCriterion],
        data: QueryDict | None = None,
        *,
        locking: bool = False,
    ) -> Self:
        points = reading.points if reading else {}
        comment = reading.comment if reading else ""
        return cls(data, criteria=criteria, points=points, locking=locking, comment=comment)


class RemarkForm(forms.Form):
    use_required_attribute = False
    text = forms.CharField(
        label=_("Add a comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        """With line ends as they are counted and stored: browsers send two characters for each."""
        super().__init__(data and {"text": data.get("text", "").replace("\r\n", "\n")})


class AgreedForm(RubricForm):
    note = forms.CharField(
        label=_("What you agreed on"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    @classmethod
    def of(cls, file: NormingFile, criteria: Iterable[RubricCriterion], data: QueryDict | None = None) -> Self:
        form = cls(data, criteria=criteria, points=file.agreed_points, note=file.agreed_note)
        for criterion in form.criteria:
            field: Any = form.fields[f"points_{criterion.key}"]
            field.widget = forms.Select()
            field.choices = [("", "—"), *((level.points, level.points) for level in criterion.levels.all())]
        return form
