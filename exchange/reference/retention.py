"""How long each kind of data is kept: the rules, with the days of their facts."""

from dataclasses import dataclass

from exchange.models import Fact, RetentionRule


@dataclass(frozen=True, slots=True)
class Kept:
    """One rule. `days`: None if it's kept for good. `is_reliable`: its reason and its days are confirmed."""

    rule: RetentionRule
    days: int | None
    is_reliable: bool = True

    @property
    def years(self) -> int | None:
        """Whole years, if the days are that."""
        return self.days // 365 if self.days and self.days % 365 == 0 else None


def kept() -> list[Kept]:
    """All rules, in order. Two queries. A rule whose fact is missing is left out: nothing is promised or removed."""
    rules = list(RetentionRule.objects.all())
    keys = {rule.fact_key for rule in rules if rule.fact_key}
    facts = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys).order_by()}
    return [_kept(rule, facts.get(rule.fact_key)) for rule in rules if not rule.fact_key or rule.fact_key in facts]


def _kept(rule: RetentionRule, fact: Fact | None) -> Kept:
    if fact is None:
        return Kept(rule, None, rule.is_reliable)
    return Kept(rule, int(fact.value), rule.is_reliable and fact.is_reliable)


def days_of(key: str) -> int | None:
    """The days of one rule; None where there's no rule or no fact, so that nothing is removed."""
    return next((each.days for each in kept() if each.rule.key == key), None)
