"""The forms with which a task of the office is done or gets an owner."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from exchange.base import office_tasks
from exchange.models import User


class TaskDoneForm(forms.Form):
    note = text_area(
        _("What did you do?"),
        rows=3,
        required=False,
        limit=office_tasks.NOTE_MAX,
    )


class TaskOwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("Anyone at the office")
    )

    def __init__(self, data: QueryDict | None = None, *, people: QuerySet[User], **more: Any) -> None:
        super().__init__(data, **more)
        owner: Any = self.fields["owner"]
        owner.queryset = people.order_by("full_name", "pk")
