"""A city's entry requirements in words."""

from django.utils.translation import gettext as _

from travel.models import EntryRule


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
                _("%(months)s months, %(basis)s")
                % {"months": rule.validity_months, "basis": rule.get_validity_basis_display()},
            )
        )
    if rule.blank_pages:
        lines.append((_("Blank pages"), str(rule.blank_pages)))
    return lines
