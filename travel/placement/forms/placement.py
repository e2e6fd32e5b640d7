"""Forms for the settings of a placement run, the reason a trip is closed, and the last day of an upgrade wish."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base.forms import DayField
from travel.models import Trip
from travel.placement.placing import Keep, Priority, Settings
from travel.placement.placing_page import GroupName

KEPT_ROWS = 4


class RunForm(forms.Form):
    """`groups`: those that seats can be kept for. `trips`: those that are open and haven't left."""

    priority = forms.ChoiceField(
        label=gettext_lazy("Who gets priority when a trip is full"),
        widget=forms.RadioSelect,
        choices=[
            (Priority.SCORE.value, gettext_lazy("Readers’ average score, with a lottery to break ties")),
            (Priority.LOTTERY.value, gettext_lazy("The lottery only")),
        ],
    )
    trips = forms.MultipleChoiceField(
        label=gettext_lazy("Trips to fill"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one trip.")},
    )

    def __init__(
        self, data: Any = None, *, groups: Iterable[GroupName], trips: Iterable[Trip], settings: Settings
    ) -> None:
        super().__init__(data)
        self.open_trips = {trip.code: trip.city.name for trip in trips}
        self.fields["priority"].initial = settings.priority.value
        trips_field: Any = self.fields["trips"]
        trips_field.choices = list(self.open_trips.items())
        self.fields["trips"].initial = [code for code in self.open_trips if code not in settings.left_out]
        options = [("", _("No group")), *((group.key, group.name) for group in groups)]
        kept = list(settings.kept)
        self.numbers = range(1, max(KEPT_ROWS, len(kept) + 1) + 1)
        for number in self.numbers:
            self._add_row(number, options, kept[number - 1] if number <= len(kept) else Keep("", 0))

    def _add_row(self, number: int, options: list[tuple[str, str]], keep: Keep) -> None:
        said = {"number": number}
        self.fields[f"group_{number}"] = forms.ChoiceField(
            label=_("Group %(number)s") % said, required=False, choices=options, initial=keep.group
        )
        self.fields[f"on_{number}"] = forms.ChoiceField(
            label=_("On which trip, group %(number)s") % said,
            required=False,
            choices=[("", _("Every trip")), *self.open_trips.items()],
            initial=keep.trip,
        )
        self.fields[f"seats_{number}"] = forms.IntegerField(
            label=_("Spots, group %(number)s") % said,
            required=False,
            min_value=1,
            max_value=999,
            initial=keep.seats or None,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return [tuple(self[f"{name}_{number}"] for name in ("group", "on", "seats")) for number in self.numbers]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        seen = set()
        for number in self.numbers:
            group, on, seats = (said.get(f"{name}_{number}") for name in ("group", "on", "seats"))
            if group and not seats and f"seats_{number}" not in self.errors:
                self.add_error(f"seats_{number}", _("Enter the number of spots."))
            if seats and not group:
                self.add_error(f"group_{number}", _("Choose who the spots are reserved for."))
            if group and (group, on) in seen:
                self.add_error(f"group_{number}", _("This group is already listed."))
            seen.add((group, on))
        return said

    @property
    def settings(self) -> Settings:
        said = self.cleaned_data
        kept = (
            Keep(said[f"group_{number}"], said[f"seats_{number}"], said[f"on_{number}"])
            for number in self.numbers
            if said[f"group_{number}"]
        )
        return Settings(
            priority=Priority(said["priority"]),
            kept=tuple(sorted(kept, key=lambda each: (each.group, each.seats, each.trip))),
            left_out=frozenset(set(self.open_trips) - set(said["trips"])),
        )


class CloseTripForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it’s canceled"),
        help_text=gettext_lazy("For the record. Students don’t see it."),
        max_length=500,
        error_messages={
            "required": gettext_lazy("Say why the trip is canceled. It’s part of the record."),
        },
    )


class UpgradeForm(forms.Form):
    until = DayField(
        label=gettext_lazy("Until which day?"),
        help_text=gettext_lazy("After that you keep the spot you have, no matter what."),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("Choose the last day you’d still switch."),
            "invalid": gettext_lazy("Enter the day like this: 2027-03-09."),
        },
    )
