"""Form fields for a date: one field for staff, or three typed parts for students."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.base import typed_dates
from exchange.models import Language

YEARS = range(2000, 2101)
TYPED_MAX = 20  # characters of one part


class DayField(forms.DateField):
    """A date within YEARS: at either end of the calendar, adding a time of day and a zone would overflow."""

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and day.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def write_in(field: Any, language: str) -> None:
    """The field's help begins with the language in which the student reads; spell checkers know it, too."""
    hint = (
        _("Write in Spanish: the student reads the portal in Spanish.")
        if language == Language.SPANISH
        else _("Write in English: the student reads the portal in English.")
    )
    field.help_text = f"{hint} {field.help_text}"
    field.widget.attrs["lang"] = language


def part_fields(key: str, value: Any = None) -> dict[str, forms.CharField]:
    """The three fields of a typed date by name, in the order that the active language uses."""
    year, month, day = typed_dates.parts_of(value)
    if whole := typed_dates.read_date(value):
        month = str(MONTHS[whole.month])  # as a word, which cannot be mistaken for the day
    made = {
        "month": _part(_("Month"), month, key=key, part="month", size=9),
        "day": _part(_("Day"), day, key=key, part="day", size=2, inputmode="numeric"),
        "year": _part(_("Year"), year, key=key, part="year", size=4, inputmode="numeric"),
    }
    order = ("day", "month", "year") if get_language() == "es" else ("month", "day", "year")
    return {f"{key}_{part}": made[part] for part in order}


def _part(label: str, value: str, *, key: str, part: str, size: int, **attrs: str) -> forms.CharField:
    known = f"bday-{part}" if key == "date_of_birth" else "off"
    widget = forms.TextInput(attrs={**attrs, "size": size, "autocomplete": known})
    return forms.CharField(label=label, max_length=TYPED_MAX, initial=value, widget=widget)


def read_parts(key: str, cleaned: Mapping[str, Any]) -> str:
    """The stored value of the three fields: `typed_dates.read_parts`."""
    return typed_dates.read_parts(*(cleaned.get(f"{key}_{part}") or "" for part in ("year", "month", "day")))
