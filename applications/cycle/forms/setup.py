"""Forms of a cycle's setup: names, texts, cities and dates, with both languages side by side."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base.forms import DayField
from applications.cycle.actions.setup import BASICS
from applications.cycle.cycle_dates import Dates
from applications.models import Cycle
from exchange.models import PartnerCity
from exchange.reference import facts
from exchange.web.edited import EditedForm

LINES_MAX = 4000


def text_area(
    label: Any, *, rows: int = 4, required: bool = True, limit: int = LINES_MAX, **more: Any
) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=limit, required=required, widget=widget, **more)


class PairedForm(EditedForm):
    """A form whose fields come in pairs, `title_en` and `title_es`. `pairs` names them, in order."""

    use_required_attribute = False
    pairs: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.pairs:
            if f"{name}_es" in self.fields:
                self.fields[f"{name}_es"].widget.attrs["lang"] = "es"
                self.fields[f"{name}_en"].widget.attrs["lang"] = "en"

    def clean(self) -> dict[str, Any]:
        return super().clean() or self.cleaned_data

    def offer(self, name: str, choices: Sequence[tuple[str, object]]) -> None:
        """Set the choices of one field."""
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def paired(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"{name}_en"], self[f"{name}_es"]) for name in self.pairs]

    def need_both(self, name: str) -> None:
        """Add an error if an optional text is in only one of the languages."""
        english, spanish = self.cleaned_data.get(f"{name}_en"), self.cleaned_data.get(f"{name}_es")
        if bool(english) == bool(spanish) or f"{name}_en" in self.errors or f"{name}_es" in self.errors:
            return
        missing = f"{name}_es" if english else f"{name}_en"
        text = _("Enter this in Spanish too.") if english else _("Enter this in English too.")
        self.add_error(missing, forms.ValidationError(text, code="other_language"))


def _validate_reads_each(value: int) -> None:
    """Within the facts' limits: one reader cannot be compared with another, and many take too long."""
    limits = facts.numbers("review.readers_min", "review.readers_max")
    low, high = (int(limits[key]) for key in ("review.readers_min", "review.readers_max"))
    if not low <= value <= high:
        text = _(
            "Each application needs %(low)s to %(high)s readers. One alone can’t be compared, and too many take"
            " too long."
        )
        raise forms.ValidationError(text, code="how_many_read", params={"low": low, "high": high})


def reads_each_field() -> forms.IntegerField:
    return forms.IntegerField(label=_("Readers per application"), validators=[_validate_reads_each])


COVERED = _("One item per line. Leave out passport fees: the page adds what the facts say the city pays.")


class BasicsForm(PairedForm):
    pairs = ("name", "summary", "covered", "student_pays")
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    name_es = forms.CharField(label=_("Name in Spanish"), max_length=60)
    summary_en = text_area(_("About the trips, in English"))
    summary_es = text_area(_("About the trips, in Spanish"))
    covered_en = text_area(_("What the city covers, in English"), help_text=COVERED)
    covered_es = text_area(_("What the city covers, in Spanish"), help_text=COVERED)
    student_pays_en = text_area(_("What students pay for, in English"), help_text=_("One item per line."))
    student_pays_es = text_area(_("What students pay for, in Spanish"), help_text=_("One item per line."))
    seats = forms.IntegerField(
        label=_("Spots"),
        required=False,
        min_value=1,
        max_value=5000,
        help_text=_("Leave it empty if it’s not decided yet."),
    )
    reads_each = reads_each_field()
    readers_talk = forms.BooleanField(
        label=_("Readers talk after locking"),
        required=False,
        help_text=_(
            "Once their own scores are final, readers of an application see the others’ scores and reasons, without"
            " names, and can write to each other. The student never sees it. It can be turned on until the first"
            " reader locks."
        ),
    )
    has_interviews = forms.BooleanField(
        label=_("Interviews"),
        required=False,
        help_text=_("Students the committee invites book a time on their phone. The score stands beside the readings."),
    )
    departure_airport = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=_("Departure airport"),
        help_text=_("Three letters, such as HAN."),
        error_messages={"invalid": _("Enter the airport’s three letters, such as HAN.")},
    )
    cities = forms.ModelMultipleChoiceField(
        label=_("Cities to choose from"),
        queryset=PartnerCity.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one city.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = PartnerCity.objects.filter(is_offered=True)
        cities: Any = self.fields["cities"]
        cities.queryset = (offered | PartnerCity.objects.filter(cycles=cycle)).distinct()

    def clean_departure_airport(self) -> str:
        return str(self.cleaned_data["departure_airport"]).upper()

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in BASICS}


def _day(label: Any, **more: Any) -> DayField:
    return DayField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class DatesForm(EditedForm):
    """Days and times in the portal's time zone, which the page names."""

    use_required_attribute = False
    opens_on = _day(_("Opens on"))
    opens_time = _clock(_("Time"))
    closes_on = _day(_("Closes on"))
    closes_time = _clock(_("Time"))
    endorsements_due_on = _day(
        _("Endorsements are due"), required=False, help_text=_("The last day for colleges to endorse their students.")
    )
    readings_due_on = _day(
        _("Scores are due"), required=False, help_text=_("The last day for readers to lock their scores.")
    )
    decisions_on = _day(_("All decisions by"))
    answer_days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=60,
        help_text=_("How long a selected student has to confirm or decline."),
    )
    unmet = frozenset({"is_sure"})
    is_sure = forms.BooleanField(label=_("I’ve checked the notes above. Keep these dates."), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def dates(self) -> Dates:
        said = self.cleaned_data
        return Dates(
            opens_at=timezone.make_aware(datetime.combine(said["opens_on"], said["opens_time"])),
            closes_at=timezone.make_aware(datetime.combine(said["closes_on"], said["closes_time"])),
            endorsements_due_on=said["endorsements_due_on"],
            readings_due_on=said["readings_due_on"],
            decisions_on=said["decisions_on"],
            answer_days=said["answer_days"],
        )

    @staticmethod
    def initial_of(cycle: Cycle) -> dict[str, Any]:
        opens, closes = timezone.localtime(cycle.opens_at), timezone.localtime(cycle.closes_at)
        return {
            "opens_on": opens.date(),
            "opens_time": opens.time(),
            "closes_on": closes.date(),
            "closes_time": closes.time(),
            "endorsements_due_on": cycle.endorsements_due_on,
            "readings_due_on": cycle.readings_due_on,
            "decisions_on": cycle.decisions_on,
            "answer_days": cycle.answer_days,
        }


class NewCycleForm(DatesForm):
    """The least that a new cycle needs; its texts are written on other pages."""

    name_en = forms.CharField(label=_("Name in English"), max_length=60, help_text=_("For example: Spring 2027."))
    name_es = forms.CharField(label=_("Name in Spanish"), max_length=60)
    reads_each = reads_each_field()
    departs_on = _day(_("The first trip leaves on"), help_text=_("A student’s age is counted on this day."))

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name_en", "name_es", "reads_each")}
