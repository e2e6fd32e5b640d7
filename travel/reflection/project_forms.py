"""The form of a follow-on project, and the filter of the staff's list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from travel.base.forms import RowForm, day
from travel.models import FollowOnProject

PEOPLE_MAX = 100_000


class ProjectForm(RowForm):
    layout = (("title",), ("what",), ("starts_on", "ends_on"), ("people_reached",), ("state",))
    title = forms.CharField(
        label=_("What do you call it?"),
        max_length=120,
        error_messages={"required": _("Give your project a short name.")},
    )
    what = forms.CharField(
        label=_("What do you do, where, and with whom?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Say in a few lines what you do.")},
    )
    starts_on = day(_("First day"), required=False)
    ends_on = day(_("Last day"), required=False)
    people_reached = forms.IntegerField(
        label=_("About how many people did it reach?"),
        min_value=0,
        max_value=PEOPLE_MAX,
        required=False,
        help_text=_("Your own count. Leave it empty until it’s over."),
    )
    state = forms.ChoiceField(label=_("How far along is it?"), choices=FollowOnProject.State, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        starts, ends = said.get("starts_on"), said.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day can’t be before the first."))
        done = said.get("state") == FollowOnProject.State.DONE
        if done and said.get("people_reached") is None and "people_reached" not in self.errors:
            self.add_error("people_reached", _("About how many people did you reach? Enter 0 if you don’t know."))
        return said
