"""A student's answers about needs as lines to read. Pure: from the stored answers to labels in the current language.

Values that aren't on a list, such as one that was taken off it, are left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from travel.models import Access, Allergen, ByName, Diet, Severity


@dataclass(frozen=True, slots=True)
class AllergyLine:
    """`label`: to what. `happens`, `helps`: in the student's words, may be empty."""

    label: str
    is_severe: bool
    happens: str = ""
    helps: str = ""
    has_injector: bool = False

    @property
    def summary(self) -> str:
        """In one line: to what, how bad, and whether there is an auto-injector."""
        parts = [self.label, _("severe") if self.is_severe else _("mild")]
        if self.has_injector:
            parts.append(_("carries an auto-injector"))
        return ", ".join(parts)


def labels(values: Iterable[str], choices: type[TextChoices]) -> list[str]:
    """In the order of the list."""
    chosen = set(values)
    return [str(choice.label) for choice in choices if choice.value in chosen]


def allergy_lines(said: Iterable[Mapping[str, Any]]) -> list[AllergyLine]:
    """The severe ones first, otherwise in the student's order."""
    lines = [
        AllergyLine(
            label=each.get("words") or str(Allergen(each["what"]).label),
            is_severe=each.get("severity") == Severity.SEVERE,
            happens=each.get("happens", ""),
            helps=each.get("helps", ""),
            has_injector=bool(each.get("injector")),
        )
        for each in said
        if each.get("what") in Allergen.values
    ]
    return sorted(lines, key=lambda line: not line.is_severe)


def told_by_name(needs: Mapping[str, Any]) -> list[str]:
    """What the host may read beside the student's name: the student's choice, empty without one."""
    allowed = set(needs.get("by_name", ()))
    lines: list[str] = []
    if ByName.DIET in allowed:
        lines += labels(needs.get("diet", ()), Diet)
    if ByName.ACCESS in allowed:
        lines += labels(needs.get("access", ()), Access)
    if ByName.ALLERGIES in allowed:
        lines += [_("Allergy: %(what)s") % {"what": line.summary} for line in allergy_lines(needs.get("allergies", ()))]
    return lines
