"""A city's entry requirements in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.models import EntryRule

VALIDITY = {
    EntryRule.Basis.ENTRY: gettext_lazy("at least %(months)s months after you arrive"),
    EntryRule.Basis.EXIT: gettext_lazy("at least %(months)s months after you leave"),
    EntryRule.Basis.STAY: gettext_lazy("at least %(months)s months after you leave"),
}


def entry_lines(rule: EntryRule | None) -> list[tuple[str, str]]:
    """(label, value) of what the city requires of someone with a US passport."""
    if rule is None:
        return []
    lines = [(_("To enter"), rule.get_requirement_display())]
    if rule.fee:
        lines.append((_("Fee"), f"{rule.fee.normalize():f} {rule.currency}"))
    if rule.lead_days:
        lines.append((_("Time to allow"), _("%(days)s days") % {"days": rule.lead_days}))
    if rule.validity_months:
        lines.append(
            (
                _("Your passport must be valid for"),
                VALIDITY[EntryRule.Basis(rule.validity_basis)] % {"months": rule.validity_months},
            )
        )
    if rule.blank_pages:
        lines.append((_("Blank pages"), str(rule.blank_pages)))
    return lines
