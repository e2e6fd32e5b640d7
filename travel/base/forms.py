"""Base form for rows that the office edits, in lines of one field or two side by side; fields that forms share."""

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db import models
from django.utils.translation import gettext as _

from applications.apply.actions import upload
from applications.apply.forms.uploads import ACCEPT
from applications.base.forms import DayField
from applications.cycle.forms.setup import PairedForm
from exchange.base.errors import RuleViolation
from travel.base import actions as rows

# Time zones of places; the others are old names and fixed hours, which know no daylight-saving time.
AREAS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
BLANK = re.compile(r"\{[^{}\n]{0,40}\}")  # such as {name}, which other tools fill in for each person


def refuse_blanks(form: forms.Form, *names: str) -> None:
    """In a form's `clean`: an error on each of these texts that everyone gets as it's written."""
    for name in names:
        if blank := BLANK.search(form.cleaned_data.get(name) or ""):
            text = _("Everyone gets exactly these words: nothing is filled in for “%(blank)s”. Take it out.")
            form.add_error(name, text % {"blank": blank[0]})


class RowForm(PairedForm):
    """`layout`: the names of the fields, line by line."""

    layout: tuple[tuple[str, ...], ...] = ()
    extra_fields: tuple[str, ...] = ()  # fields that aren't columns of the row
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.pairs = tuple(names[0].removesuffix("_en") for names in cls.layout if names[0].endswith("_en"))

    @property
    def lines(self) -> list[list[forms.BoundField]]:
        lines = ([self[name] for name in names if name in self.fields] for names in self.layout)
        return [line for line in lines if line]

    @property
    def values(self) -> dict[str, Any]:
        """Values by column of the row."""
        columns = [
            name for names in self.layout for name in names if name in self.fields and name not in self.extra_fields
        ]
        return {name: self.cleaned_data[name] for name in columns}

    @classmethod
    def initial_of(cls, row: models.Model) -> dict[str, Any]:
        """What the page shows of a row, with its fingerprint."""
        columns = [
            name for names in cls.layout for name in names if name not in cls.extra_fields and hasattr(row, name)
        ]
        return {**{name: getattr(row, name) for name in columns}, "seen": rows.fingerprint(row, columns)}


class CheckedFileField(forms.FileField):
    """Cleans to a ReceivedFile: looked at, not yet scanned."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.FileInput(attrs={"accept": ACCEPT}), **more)

    def clean(self, data: Any, initial: Any = None) -> upload.ReceivedFile | None:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return upload.look(file.name, file.read())
        except RuleViolation as violation:
            raise forms.ValidationError(violation.message, code=violation.code) from violation


def time_zones(kept: str = "") -> list[tuple[str, str]]:
    """To choose from. `kept`: what a row has, which is offered as well if it's the name of a time zone."""
    there = available_timezones()
    names = {name for name in there if name.split("/")[0] in AREAS and "/" in name} | ({kept} & there)
    return [(name, name.replace("_", " ")) for name in sorted(names)]


def day(label: Any, **more: Any) -> DayField:
    return DayField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def dollars(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_digits=10, decimal_places=2, **more)
