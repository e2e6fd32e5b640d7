"""The form of the city whose portal this is."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from applications.cycle.forms.setup import text_area
from exchange.base.airports import airport
from exchange.models import HomeCity
from travel.base.forms import RowForm


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
        ("airport",),
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

    def clean_airport(self) -> str:
        code = str(self.cleaned_data["airport"]).upper()
        if airport(code) is None:
            raise forms.ValidationError(_("We don’t know an airport with these three letters. Check them."))
        return code
