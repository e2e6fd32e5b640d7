"""The form of the city whose portal this is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from applications.cycle.forms.setup import text_area
from exchange.base.airports import airport
from exchange.models import HomeCity
from travel.base.forms import RowForm, time_zones
from travel.office.city.zone_change import Line, Move, key_of, lines


def _line(name: str, label: Any, **more: Any) -> forms.CharField:
    column: Any = HomeCity._meta.get_field(name)
    return forms.CharField(label=label, max_length=column.max_length, **more)


class HomeCityForm(RowForm):
    layout = (
        ("city_en", "city_es"),
        ("program_en", "program_es"),
        ("short_name",),
        ("office_name_en", "office_name_es"),
        ("office_email", "office_phone"),
        ("office_hours_en", "office_hours_es"),
        ("address",),
        ("airport", "time_zone"),
        ("latitude", "longitude"),
    )
    city_en = _line("city_en", _("City, in English"))
    city_es = _line("city_es", _("City, in Spanish"))
    program_en = _line("program_en", _("Program, in English"))
    program_es = _line("program_es", _("Program, in Spanish"))
    short_name = forms.RegexField(
        r"\A[A-Za-z0-9 .,'&-]+\Z",
        max_length=30,
        label=_("Name in text messages"),
        help_text=_("Up to 30 plain letters, so a message fits in one text: no accents."),
        error_messages={"invalid": _("Use plain letters and numbers, without accents.")},
    )
    office_name_en = _line("office_name_en", _("Your office, in English"), required=False)
    office_name_es = _line("office_name_es", _("Your office, in Spanish"), required=False)
    office_email = forms.EmailField(label=_("Email of your office"), required=False)
    office_phone = PhoneNumberField(
        region=settings.HOME_REGION,
        label=_("Phone of your office"),
        required=False,
        error_messages={
            "invalid": _("Check this phone number. Start with + and the country code, or use a U.S. number.")
        },
    )
    office_hours_en = _line("office_hours_en", _("Office hours, in English"), required=False)
    office_hours_es = _line("office_hours_es", _("Office hours, in Spanish"), required=False)
    address = text_area(_("Address"), rows=3, required=False)
    airport = forms.CharField(
        label=_("Airport your groups leave from"), max_length=3, help_text=_("Three letters, such as HAN.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Every deadline, reminder and receipt goes by it. Find the largest city of your time zone."),
        error_messages={"invalid_choice": _("That isn’t a time zone. Choose one from the list.")},
    )
    latitude = forms.DecimalField(
        label=_("Latitude (degrees north)"), min_value=-90, max_value=90, max_digits=8, decimal_places=5
    )
    longitude = forms.DecimalField(
        label=_("Longitude (degrees east)"),
        min_value=-180,
        max_value=180,
        max_digits=8,
        decimal_places=5,
        help_text=_("Where your city is on the maps. Use a minus sign for west of Greenwich."),
    )

    # What another time zone moves: the page shows it and asks, before anything is saved
    unmet = frozenset({"is_sure"})
    is_sure = forms.BooleanField(label=_("I’ve checked the times above. Change the time zone."), required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    moves: tuple[Line, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = str(self.initial.get("time_zone", ""))
        self.offer("time_zone", [("", _("The same as the airport’s")), *time_zones(own)])

    @property
    def confirmed(self) -> str:
        return str(self.cleaned_data["shown"]) if self.cleaned_data["is_sure"] else ""

    def ask(self, found: Iterable[Move]) -> None:
        """Show what would move; the next save confirms it."""
        data: Any = self.data
        moves, given = list(found), data.copy()
        given.pop("is_sure", None)
        given["shown"] = key_of(moves)
        self.data, self.moves = given, tuple(lines(moves))

    def clean_airport(self) -> str:
        code = str(self.cleaned_data["airport"]).upper()
        if airport(code) is None:
            raise forms.ValidationError(_("We don’t know an airport with these three letters. Check them."))
        return code

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        there = airport(said.get("airport", ""))
        if there and said.get("time_zone") == "":
            said["time_zone"] = there.zone
        return said
