"""The form for what the office has seen of a leader or a host."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from travel.base.forms import day
from travel.models import Clearance


class ProofForm(forms.Form):
    done_on = day(_("Day it was passed or done"))

    def __init__(self, data: Any = None, *, kind: Clearance.Kind) -> None:
        super().__init__(data, prefix=kind.value)
