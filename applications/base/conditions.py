"""The cycle's eligibility rules applied to one student's answers, with labels for the person who decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.base import eligibility
from applications.models import Cycle, EligibilityRule

LABELS = {
    eligibility.Result.MEETS: _("met"),
    eligibility.Result.DOES_NOT_MEET: _("not met"),
    eligibility.Result.ASK_AN_ADVISOR: _("ask an advisor"),
}
TONES = {
    eligibility.Result.MEETS: "good",
    eligibility.Result.DOES_NOT_MEET: "stop",
    eligibility.Result.ASK_AN_ADVISOR: "wait",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One eligibility rule with its result. `given` is the stored answer, None if there is none; `is_clear`: it could
    be compared with the rule."""

    rule: EligibilityRule
    result: eligibility.Result
    given: Any
    is_clear: bool

    @property
    def label(self) -> str:
        return str(LABELS[self.result])

    @property
    def tone(self) -> str:
        return TONES[self.result]


def judge(cycle: Cycle, values: Mapping[str, Any]) -> list[Condition]:
    """Evaluate each rule of the cycle on these answers, by question key. The results reject nobody: a person decides.

    A rule whose own data are invalid gives "ask an advisor".
    """
    conditions = []
    for row in cycle.rules.all():
        given = values.get(row.question_key)
        try:
            rule = eligibility.Rule(
                key=row.key,
                question=row.question_key,
                operator=row.operator,
                value=row.value,
                on_miss=row.on_miss,
            )
        except eligibility.InvalidRule:
            result, is_clear = eligibility.Result.ASK_AN_ADVISOR, False
        else:
            (found,) = eligibility.evaluate([rule], values)
            result, is_clear = found.result, found.is_clear
        conditions.append(Condition(row, result, given, is_clear))
    return conditions
