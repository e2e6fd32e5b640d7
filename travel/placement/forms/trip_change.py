"""Forms in which the office changes a trip as a whole, and decides whether it goes ahead."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from travel.base.forms import day, refuse_blanks
from travel.models import GoDecision, HostInstitution, TripChange
from travel.placement.forms.trip import HostChoice

REASON_MAX = 1000
Kind = TripChange.Kind


class ChangeForm(forms.Form):
    """The fields of one kind: none but the reason for canceling, the return for cutting short."""

    FIELDS = {
        Kind.CANCEL: (),
        Kind.POSTPONE: ("leaves_on", "arrives_on", "returns_on"),
        Kind.REROUTE: ("host", "leaves_on", "arrives_on", "returns_on"),
        Kind.SHORTEN: ("returns_on",),
    }
    use_required_attribute = False
    host = HostChoice(label=_("New host"), queryset=HostInstitution.objects.none(), to_field_name="code")
    leaves_on = day(_("Leaves on"))
    arrives_on = day(
        _("Arrives there on"),
        required=False,
        help_text=_("By the local calendar. Leave it empty if you don’t know yet."),
    )
    returns_on = day(_("Returns on"))
    reason_en = text_area(
        _("Why, in English"),
        limit=REASON_MAX,
        help_text=_("Students, hosts and leaders read exactly this."),
        error_messages={"required": _("Write why, in English.")},
    )
    reason_es = text_area(
        _("Why, in Spanish"), limit=REASON_MAX, error_messages={"required": _("Write why, in Spanish.")}
    )

    def __init__(
        self, kind: str, data: QueryDict | None = None, *, hosts: QuerySet[HostInstitution], initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        kept = {*self.FIELDS[Kind(kind)], "reason_en", "reason_es"}
        for name in [name for name in self.fields if name not in kept]:
            del self.fields[name]
        if "host" in self.fields:
            host: Any = self.fields["host"]
            host.queryset = hosts.select_related("city").order_by("city__name_en", "name")

    def clean(self) -> dict[str, Any]:
        refuse_blanks(self, "reason_en", "reason_es")
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("reason")}

    @property
    def reasons(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("reason_en", "reason_es")}


class GoForm(forms.Form):
    use_required_attribute = False
    result = forms.ChoiceField(
        label=_("Your decision"),
        choices=[(each.value, capfirst(each.label)) for each in GoDecision.Result],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decide.")},
    )
    wait_until = day(_("Look again on"), required=False, help_text=_("Only if you wait."))
    reason = text_area(
        _("Why"),
        limit=REASON_MAX,
        help_text=_("It stays on record. Students don’t see it."),
        error_messages={"required": _("Write why.")},
    )
