"""The form of one home college."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.models import College, User
from exchange.people.colleges import named_advisor as colleges
from travel.base.forms import RowForm


def _line(name: str, label: Any, **more: Any) -> forms.CharField:
    column: Any = College._meta.get_field(name)
    return forms.CharField(label=label, max_length=column.max_length, **more)


class CollegeForm(RowForm):
    layout = (("name", "short_name"), ("place", "district"), ("mis_code",), ("orientation_on",), ("named_advisor",))
    name = _line("name", _("Name"), error_messages={"required": _("Enter the college’s name.")})
    short_name = _line(
        "short_name",
        _("Short name"),
        help_text=_("For tables and lists."),
        error_messages={"required": _("Enter a short name for the college.")},
    )
    place = _line(
        "place",
        _("Where it is"),
        help_text=_("A neighborhood or a city."),
        error_messages={"required": _("Enter the college’s neighborhood or city.")},
    )
    district = _line(
        "district",
        _("District"),
        required=False,
        help_text=_("Leave it empty if there’s none. Spell it the same for each of its colleges."),
    )
    mis_code = forms.RegexField(
        r"\A[0-9A-Z]{3}\Z",
        label=_("State code"),
        required=False,
        empty_value=None,
        help_text=_(
            "If your state’s colleges have codes that reports ask for, such as an MIS code. Otherwise, leave it empty."
        ),
        error_messages={"invalid": _("Enter the three digits or capital letters of the state’s code.")},
    )
    orientation_on = forms.DateField(
        label=_("Next orientation"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("On this day, many more students than usual can sign up over one Wi-Fi at the same time."),
    )
    named_advisor = forms.ModelChoiceField(
        User.objects.none(),
        to_field_name="code",
        label=_("Whose name is on reminders"),
        required=False,
        empty_label=_("The exchange team"),
        help_text=_(
            "A reminder from someone students know works better than one from an office. "
            "If they leave, the exchange team signs."
        ),
    )

    def __init__(self, *args: Any, college: College | None = None, **kwargs: Any) -> None:
        """`college`: None for a new one, which has no advisors yet."""
        super().__init__(*args, **kwargs)
        advisors: Any = self.fields["named_advisor"]
        if college is None:
            del self.fields["named_advisor"]
        else:
            advisors.queryset = colleges.advisors_at(college)
