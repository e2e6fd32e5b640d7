"""Forms in which the office edits a partner city: its page, standing, hosts, contacts, agreements and sponsors."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.cycle.forms.setup import text_area
from applications.models import Cycle
from exchange.messages.phone_numbers import PhoneField
from exchange.models import PartnerCity, User
from travel.base import actions as rows
from travel.base.forms import CheckedFileField, RowForm, day, dollars, time_zones
from travel.models import CityStanding, Contribution, HostInstitution, Trip


class CityForm(RowForm):
    layout = (
        ("name_en", "name_es"),
        ("country_en", "country_es"),
        ("languages_en", "languages_es"),
        ("code",),
        ("country_code", "airport_code"),
        ("time_zone",),
        ("latitude", "longitude"),
        ("story_en", "story_es"),
        ("day_en", "day_es"),
        ("links",),
        ("is_sister_city",),
    )
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=60)
    name_es = forms.CharField(label=gettext_lazy("Name in Spanish"), max_length=60)
    country_en = forms.CharField(label=gettext_lazy("Country in English"), max_length=60)
    country_es = forms.CharField(label=gettext_lazy("Country in Spanish"), max_length=60)
    languages_en = forms.CharField(label=gettext_lazy("Local languages, in English"), max_length=100)
    languages_es = forms.CharField(label=gettext_lazy("Local languages, in Spanish"), max_length=100)
    code = forms.SlugField(
        label=gettext_lazy("Short name for the page’s address"),
        max_length=30,
        help_text=gettext_lazy("For example: mexico-city. You can’t change it later."),
    )
    country_code = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("Country code"),
        help_text=gettext_lazy("Two letters, such as VN."),
        error_messages={"invalid": gettext_lazy("Enter the country’s two letters, such as VN.")},
    )
    airport_code = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=gettext_lazy("Airport"),
        help_text=gettext_lazy("Three letters, such as HAN."),
        error_messages={"invalid": gettext_lazy("Enter the airport’s three letters, such as HAN.")},
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Find the largest city of that time zone in the list.")
    )
    latitude = forms.DecimalField(
        label=gettext_lazy("Latitude (degrees north)"), min_value=-90, max_value=90, max_digits=8, decimal_places=5
    )
    longitude = forms.DecimalField(
        label=gettext_lazy("Longitude (degrees east)"),
        min_value=-180,
        max_value=180,
        max_digits=8,
        decimal_places=5,
        help_text=gettext_lazy("Use a minus sign for west of Greenwich."),
    )
    story_en = text_area(gettext_lazy("About the city, in English"), rows=6)
    story_es = text_area(gettext_lazy("About the city, in Spanish"), rows=6)
    day_en = text_area(gettext_lazy("What a day there is like, in English"), rows=6, required=False)
    day_es = text_area(gettext_lazy("What a day there is like, in Spanish"), rows=6, required=False)
    links = text_area(
        gettext_lazy("Links"),
        rows=3,
        required=False,
        help_text=gettext_lazy("One per line: address | title in English | title in Spanish"),
    )
    is_sister_city = forms.BooleanField(label=gettext_lazy("It’s a sister city of ours"), required=False)

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("time_zone", [("", ""), *time_zones()])
        if not is_new:
            del self.fields["code"]

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        lines = [" | ".join((link["url"], link["title_en"], link["title_es"])) for link in row.links]
        columns = [name for names in cls.layout for name in names if name != "code"]
        return {**super().initial_of(row), "links": "\n".join(lines), "seen": rows.fingerprint(row, columns)}

    def clean_country_code(self) -> str:
        return str(self.cleaned_data["country_code"]).upper()

    def clean_airport_code(self) -> str:
        return str(self.cleaned_data["airport_code"]).upper()

    def clean_links(self) -> list[dict[str, str]]:
        found = []
        for line in filter(str.strip, self.cleaned_data["links"].splitlines()):
            parts = [part.strip() for part in line.split("|")]
            try:
                if len(parts) != 3 or not all(parts):
                    raise ValidationError("")
                URLValidator(schemes=["https", "http"])(parts[0])
            except ValidationError:
                text = _("Write this line as an address and two titles, separated by |: %(line)s")
                raise forms.ValidationError(text % {"line": line[:80]}) from None
            found.append(dict(zip(("url", "title_en", "title_es"), parts, strict=True)))
        return found

    def clean(self) -> dict[str, Any]:
        self.need_both("day")
        return self.cleaned_data


class StandingForm(RowForm):
    layout = (("value",), ("as_of", "review_on"), ("source_name", "source_url"), ("is_confirmed",))
    value = forms.ChoiceField(label=gettext_lazy("What it says"), widget=forms.RadioSelect)
    as_of = day(gettext_lazy("Checked on"))
    review_on = day(
        gettext_lazy("Check again by"),
        help_text=gettext_lazy(
            "After this day, people are sent to the official page and a task appears on the pipeline page."
        ),
    )
    source_name = forms.CharField(label=gettext_lazy("Source"), max_length=200)
    source_url = forms.URLField(label=gettext_lazy("Official page"), max_length=300, assume_scheme="https")
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("The official page says this today"),
        required=False,
        help_text=gettext_lazy("If not, people are sent there instead of seeing a value."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = CityStanding.VALUES[CityStanding.Kind(kind)]
        self.offer("value", [(value.value, value.label) for value in values])

    def clean(self) -> dict[str, Any]:
        as_of, review_on = self.cleaned_data.get("as_of"), self.cleaned_data.get("review_on")
        if as_of and review_on and review_on <= as_of:
            self.add_error("review_on", _("The next check must be after this one."))
        return self.cleaned_data


class HostForm(RowForm):
    layout = (("name",), ("address",))
    name = forms.CharField(
        label=gettext_lazy("Name of the institution"),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter the institution’s name.")},
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)


class ContactForm(RowForm):
    layout = (("name",), ("duty", "duty_es"), ("email", "phone"), ("language",))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter the contact’s name.")},
    )
    duty = forms.CharField(
        label=gettext_lazy("What they do"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("For example: rooms."),
    )
    duty_es = forms.CharField(
        label=gettext_lazy("What they do, in Spanish"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("For students and families who read Spanish. If it’s empty, they see “group leader”."),
    )
    email = forms.EmailField(label=gettext_lazy("Email"), required=False)
    phone = PhoneField(label=gettext_lazy("Phone"), max_length=30, required=False, needs_country=True)
    language = forms.ChoiceField(label=gettext_lazy("We write to them in"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, owner: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        if owner == "trip":
            self.fields["email"].help_text = _("If a leader has an account here, this email finds it.")
            self.fields["phone"].help_text = _("One that works during the trip. It’s in the letter to families.")
        else:
            del self.fields["duty_es"]  # nobody outside the office reads it

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("email") and not self.cleaned_data.get("phone") and not self.errors:
            self.add_error("email", _("Enter an email address or a phone number."))
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        return super().values | ({"user": self._account()} if self.owner == "trip" else {})

    def _account(self) -> User | None:
        """The account of someone who works here; a student's email address is never linked."""
        email = self.cleaned_data["email"]
        working = User.objects.filter(email__iexact=email, is_active=True, roles__isnull=False) if email else None
        return working.distinct().first() if working else None


class AgreementForm(RowForm):
    layout = (
        ("title", "host"),
        ("signed_on", "ends_on"),
        ("we_give_en", "we_give_es"),
        ("they_give_en", "they_give_es"),
        ("file",),
        ("is_over",),
    )
    extra_fields = ("file",)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=150)
    host = forms.ModelChoiceField(
        label=gettext_lazy("Agreement with"),
        queryset=HostInstitution.objects.none(),
        required=False,
        to_field_name="code",
    )
    signed_on = day(gettext_lazy("Signed on"))
    ends_on = day(
        gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("Leave it empty if it has no end date.")
    )
    we_give_en = text_area(gettext_lazy("What we provide, in English"))
    we_give_es = text_area(gettext_lazy("What we provide, in Spanish"), required=False)
    they_give_en = text_area(gettext_lazy("What they provide, in English"))
    they_give_es = text_area(gettext_lazy("What they provide, in Spanish"), required=False)
    file = CheckedFileField(
        label=gettext_lazy("Add the signed document"),
        required=False,
        help_text=gettext_lazy("A PDF or a photo. Only the office can open it."),
    )
    is_over = forms.BooleanField(
        label=gettext_lazy("It has ended: not renewed, or replaced by a newer one"), required=False
    )

    def __init__(self, *args: Any, city: PartnerCity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        host_field: Any = self.fields["host"]
        host_field.queryset = city.hosts.all()
        host_field.empty_label = _("the city itself")

    def clean(self) -> dict[str, Any]:
        signed_on, ends_on = self.cleaned_data.get("signed_on"), self.cleaned_data.get("ends_on")
        if signed_on and ends_on and ends_on <= signed_on:
            self.add_error("ends_on", _("The agreement ends before it was signed."))
        return self.cleaned_data


class SponsorForm(RowForm):
    layout = (("name", "website"), ("note",))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter the sponsor’s name.")},
    )
    website = forms.URLField(label=gettext_lazy("Website"), max_length=300, required=False, assume_scheme="https")
    note = text_area(gettext_lazy("Note for the office"), required=False)


class ContributionForm(RowForm):
    layout = (("kind",), ("amount", "what"), ("towards", "received_on"))
    extra_fields = ("towards",)
    kind = forms.ChoiceField(label=gettext_lazy("What they give"), choices=Contribution.Kind, widget=forms.RadioSelect)
    amount = dollars(
        gettext_lazy("Dollars"), required=False, help_text=gettext_lazy("For a gift in kind, what it’s worth.")
    )
    what = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: 12 seats."),
    )
    towards = forms.ChoiceField(label=gettext_lazy("For"))
    received_on = day(
        gettext_lazy("Received on"), required=False, help_text=gettext_lazy("Leave it empty until it arrives.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trips = {trip.code: trip for trip in Trip.objects.select_related("city", "cycle").order_by("-leaves_on")}
        self.cycles = {cycle.code: cycle for cycle in Cycle.objects.order_by("-opens_at")}
        trips = [(f"trip:{code}", f"{trip.city.name}, {trip.cycle.name}") for code, trip in self.trips.items()]
        cycles = [(f"cycle:{code}", cycle.name) for code, cycle in self.cycles.items()]
        self.offer("towards", [(_("a trip"), trips), (_("a whole cycle"), cycles)])

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        towards = f"trip:{row.trip.code}" if row.trip else f"cycle:{row.cycle.code}"
        return {**super().initial_of(row), "towards": towards}

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("kind") == Contribution.Kind.MONEY and not said.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Enter an amount."))
        if said.get("kind") == Contribution.Kind.IN_KIND and not said.get("what"):
            self.add_error("what", _("Describe it in a few words."))
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        kind, _colon, code = self.cleaned_data["towards"].partition(":")
        trip, cycle = (self.trips[code], None) if kind == "trip" else (None, self.cycles[code])
        return super().values | {"trip": trip, "cycle": cycle}
