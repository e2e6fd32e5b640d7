"""Forms in which the office sets up a trip: dates, seats, host, texts, budget and program."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.cycle.forms.setup import text_area
from travel.base.forms import RowForm, day, dollars
from travel.models import HostInstitution, Sponsor
from travel.partners.forms.host import day_field, plain

if TYPE_CHECKING:  # a field class takes no type argument at run time
    HostBase = forms.ModelChoiceField[HostInstitution]
else:
    HostBase = forms.ModelChoiceField


FROM_ITINERARY = ("arrives_on", "flight_in", "flight_out")


class HostChoice(HostBase):
    def label_from_instance(self, obj: HostInstitution) -> str:
        return _("%(city)s: %(host)s") % {"city": obj.city.name, "host": obj.name}


class TripForm(RowForm):
    layout = (
        ("host",),
        ("leaves_on", "returns_on"),
        ("arrives_on",),
        ("seats", "minimum_group"),
        ("flight_in", "flight_out"),
        ("program_en", "program_es"),
        ("requirements_en", "requirements_es"),
    )
    host = HostChoice(
        label=gettext_lazy("Host"),
        queryset=HostInstitution.objects.none(),
        to_field_name="code",
        help_text=gettext_lazy("You can add a host on its city’s page."),
        error_messages={"required": gettext_lazy("Choose the host.")},
    )
    leaves_on = day(gettext_lazy("Leaves on"))
    arrives_on = day(
        gettext_lazy("Arrives there on"),
        required=False,
        help_text=gettext_lazy(
            "By the local calendar. Countries count a passport’s validity from this day. If you leave it empty, we use"
            " the second day after departure."
        ),
    )
    returns_on = day(gettext_lazy("Returns on"))
    seats = forms.IntegerField(label=gettext_lazy("Spots"), min_value=0, max_value=500)
    minimum_group = forms.IntegerField(label=gettext_lazy("Minimum group"), min_value=0, max_value=500)
    flight_in = forms.CharField(
        label=gettext_lazy("Arrival, as shown to the host"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("For example: AM 641, June 13, 5:40 pm."),
    )
    flight_out = forms.CharField(label=gettext_lazy("Departure, as shown to the host"), max_length=150, required=False)
    program_en = text_area(
        gettext_lazy("What the days are like, in English"),
        help_text=gettext_lazy("Letters to families and employers also print this: write “the group,” not “you.”"),
    )
    program_es = text_area(
        gettext_lazy("What the days are like, in Spanish"),
        help_text=gettext_lazy("Letters to families and employers also print this: write “the group,” not “you.”"),
    )
    requirements_en = text_area(
        gettext_lazy("What this trip asks of students, in English"),
        required=False,
        help_text=gettext_lazy("One item per line."),
    )
    requirements_es = text_area(
        gettext_lazy("What this trip asks of students, in Spanish"),
        required=False,
        help_text=gettext_lazy("One item per line."),
    )

    def __init__(
        self, *args: Any, hosts: QuerySet[HostInstitution], follows_itinerary: bool = False, **kwargs: Any
    ) -> None:
        """`follows_itinerary`: arrival and flights come from the published itinerary, so they aren't asked here."""
        super().__init__(*args, **kwargs)
        if follows_itinerary:
            for name in FROM_ITINERARY:
                del self.fields[name]
        host_field: Any = self.fields["host"]
        host_field.queryset = hosts.select_related("city").order_by("city__name_en", "name")

    def clean(self) -> dict[str, Any]:
        self.need_both("requirements")
        return self.cleaned_data


class BudgetLineForm(RowForm):
    layout = (("title", "sponsor"), ("planned", "actual"))
    title = forms.CharField(label=gettext_lazy("For"), max_length=120)
    sponsor = forms.ModelChoiceField(
        label=gettext_lazy("Who pays"), queryset=Sponsor.objects.none(), required=False, to_field_name="code"
    )
    planned = dollars(gettext_lazy("Planned, dollars"))
    actual = dollars(
        gettext_lazy("Actual, dollars"), required=False, help_text=gettext_lazy("Leave it empty until it’s paid.")
    )

    def __init__(self, *args: Any, sponsors: QuerySet[Sponsor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sponsor_field: Any = self.fields["sponsor"]
        sponsor_field.queryset = sponsors
        sponsor_field.empty_label = _("the program")


class DaysForm(forms.Form):
    """The program as students see it, day by day, in both languages."""

    use_required_attribute = False

    def __init__(self, *args: Any, days: list[tuple[int, str, str, str]], **kwargs: Any) -> None:
        """`days`: number, heading, English, Spanish."""
        super().__init__(*args, **kwargs)
        self.days = days
        for number, _heading, english, spanish in days:
            self.fields[f"en_{number}"] = day_field(_("English"), "en")
            self.fields[f"es_{number}"] = day_field(_("Spanish"), "es")
            self.fields[f"en_{number}"].initial, self.fields[f"es_{number}"].initial = english, spanish

    def pair(self, number: int) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"en_{number}"], self[f"es_{number}"]

    @property
    def texts(self) -> dict[int, tuple[str, str]]:
        """Texts of the days that the form changed."""
        said = self.cleaned_data
        return {
            number: (plain(said[f"en_{number}"]), plain(said[f"es_{number}"]))
            for number, *_more in self.days
            if {f"en_{number}", f"es_{number}"} & set(self.changed_data)
        }
