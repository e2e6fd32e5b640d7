"""Questions that figures, rules, readers or pages find by key: they can be reworded, but not removed or retyped.

Read-only. The reasons are texts for the coordinator.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base.form_defaults import REFEREE
from applications.models import Cycle

_FIGURES = gettext_lazy("The mayor’s office reports use its answers.")
STATIC: dict[str, str | Promise] = {
    "full_name": gettext_lazy("The account and letters take the student’s name from it, and readers never see it."),
    "preferred_name": gettext_lazy("We use it to greet the student, and readers never see it."),
    "college": gettext_lazy("It determines which college endorses the student."),
    "answer_language": gettext_lazy("It’s used to find readers who know the language."),
    "cities": gettext_lazy("It’s used to place students."),
    "first_abroad": _FIGURES,
    "first_flight": _FIGURES,
    "parents_education": _FIGURES,
}
# Without an answer to these an application cannot be submitted, read or placed.
ALWAYS_ASKED = frozenset({"full_name", "college", "answer_language", "cities"})
# Keys that no question may have: the form's page or the referee's page has fields with these names.
TAKEN = frozenset({"base", "device", "number", "preview", "from", "next", "csrfmiddlewaretoken"}) | {
    row["key"] for row in REFEREE
}


@dataclass(frozen=True, slots=True)
class Protection:
    """Why a question cannot be removed, and what else of it cannot be changed."""

    reason: str
    fixes_audience: bool  # the audience cannot be changed
    fixes_required: bool  # it must stay required, and without a condition


def protections(cycle: Cycle) -> dict[str, Protection]:
    """The cycle's protected questions by key. Three queries."""
    found = {key: Protection(str(reason), True, key in ALWAYS_ASKED) for key, reason in STATIC.items()}
    for rule in cycle.rules.all():
        reason = _("The requirement “%(rule)s” checks it.") % {"rule": rule.text}
        found.setdefault(rule.question_key, Protection(reason, False, False))
    for criterion in cycle.criteria.all():
        reason = _("Readers score “%(criterion)s” from it.") % {"criterion": criterion.title}
        found.setdefault(criterion.question_key, Protection(reason, True, False))
    for lever in cycle.levers.all():
        reason = _("The committee can reserve spots by it: %(definition)s") % {"definition": lever.definition}
        found.setdefault(lever.question_key, Protection(reason, True, False))
    found.pop("", None)  # from a criterion without a question
    return found
