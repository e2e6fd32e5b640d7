"""A day, from a form."""

from datetime import date
from typing import Any

from django import forms

YEARS = range(2000, 2101)


class DayField(forms.DateField):
    """One that an hour can be set on: at either end of the calendar a time zone has no moment for it."""

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and day.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day
