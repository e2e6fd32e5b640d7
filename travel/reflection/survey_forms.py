"""The form of the survey after the trip: two ratings for each item, none of them required."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.apply.actions.draft import Saved, typed_at
from applications.apply.forms.changes import clean, differing, read_queue
from applications.apply.saving import Change
from applications.base.merge import FieldState
from exchange.base.errors import RuleViolation
from travel.models import SurveyItem
from travel.reflection.actions.survey import BEFORE, NOW, PARTS, rating_key

SCALE = [
    ("1", _("Not at all")),
    ("2", _("A little")),
    ("3", _("Somewhat")),
    ("4", _("Mostly")),
    ("5", _("Completely")),
]
LABELS = {BEFORE: _("Before the trip"), NOW: _("Now")}


@dataclass(frozen=True, slots=True)
class ItemBoxes:
    """One item with its two ratings."""

    item: SurveyItem
    ratings: Sequence[forms.BoundField]


class SurveyForm(forms.Form):
    def __init__(self, *args: Any, items: Sequence[SurveyItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            for part in PARTS:
                self.fields[rating_key(item, part)] = forms.ChoiceField(
                    label=LABELS[part],
                    choices=SCALE,
                    required=False,
                    widget=forms.RadioSelect,
                )

    @property
    def boxes(self) -> list[ItemBoxes]:
        return [ItemBoxes(item, [self[rating_key(item, part)] for part in PARTS]) for item in self.items]

    def changes(self, when: datetime) -> list[Change]:
        """The ratings that differ from what the posted page had shown. To be called after validation."""
        values = {key: self.cleaned_data[key] for key in self.fields if key in self.cleaned_data}
        return differing(values, self.data, when)


def read_changes(items: Sequence[SurveyItem], body: bytes) -> tuple[list[Change], list[Saved]]:
    """The changes in one request of the page's script, and those that can't be read. Raises Unreadable."""
    phone_now, rows = read_queue(body)
    fields = SurveyForm(items=items).fields
    changes, refused = [], []
    for row in rows:
        try:
            value = _value(fields, row["key"], row["fields"])
        except ValidationError as error:
            violation = RuleViolation("unreadable", " ".join(error.messages))
            refused.append(Saved(row["key"], row["number"], FieldState(), violation))
        else:
            when = typed_at(row["typed_at"], phone_now)
            changes.append(Change(row["key"], clean(value), row["device"], row["number"], when, row["seen"]))
    return changes, refused


def _value(fields: Mapping[str, forms.Field], key: str, sent: Mapping[str, list[str]]) -> str:
    field = fields.get(key)
    if field is None:
        raise ValidationError(_t("This question isn’t asked any longer."))
    return str(field.clean((sent.get(key) or [""])[0]) or "")
