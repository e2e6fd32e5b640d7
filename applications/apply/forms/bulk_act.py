"""What acts on many students ask: for a return the note and the parts, for a task the note, the day and who does it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.apply.forms.help import NoteField
from applications.base.forms import DayField
from applications.models import Application, Section
from exchange.base import roles
from exchange.models import Language, User


class ReturnManyForm(forms.Form):
    """The note in each language that these students read; each sees the one in theirs."""

    note_en = forms.CharField(
        label=_("What should they fix? In English"),
        help_text=_("Students who read English will see exactly what you write."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "en"}),
        error_messages={"required": _("Say what to fix in English, so the students know.")},
    )
    note_es = forms.CharField(
        label=_("What should they fix? In Spanish"),
        help_text=_("Students who read Spanish will see exactly what you write."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "lang": "es"}),
        error_messages={"required": _("Say what to fix in Spanish, so the students know.")},
    )
    sections = forms.MultipleChoiceField(
        label=_("Which parts should be open again?"),
        help_text=_("Only these can be changed."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one part.")},
    )

    def __init__(self, rows: Sequence[Application], _user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        read = {each.person.language for each in rows}
        for language in Language.values:
            if read and language not in read:
                del self.fields[f"note_{language}"]
        found = Section.objects.filter(form__in={each.form_id for each in rows}).order_by("order", "pk")
        titles = {section.key: section.title_for_staff for section in found}
        choices: Any = self.fields["sections"]
        choices.choices = list(titles.items())

    @property
    def said(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AssignForm(forms.Form):
    body = NoteField(
        label=_("Note for the office"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Readers, advisors and the mayor’s office don’t see it. It’s included if the student asks for a copy of"
            " their data."
        ),
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("Who follows up"), required=False, empty_label=_("Anyone in the office")
    )
    due_on = DayField(
        label=_("Follow up by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )

    def __init__(self, _rows: Sequence[Application], _user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        owner: Any = self.fields["owner"]
        owner.queryset = roles.coordinators()

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("That day has passed. Choose today or a later day."))
        return day

    @property
    def said(self) -> dict[str, Any]:
        found = self.cleaned_data
        owner = found["owner"]
        return {"body": found["body"], "owner": owner and owner.pk, "due_on": found["due_on"].isoformat()}
