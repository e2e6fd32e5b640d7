"""What the trips cost and who paid, for the annual report and the public page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.templatetags.ui import dollars
from travel.outcomes.cards import FigureCard
from travel.outcomes.now import Money
from travel.outcomes.published import Report
from travel.outcomes.words import payer_text

NAMED = 4  # payers


@dataclass(frozen=True, slots=True)
class Cost:
    """What one payer spent on the trips of the report. `actual`: None where something isn't paid yet."""

    payer: str
    planned: Decimal
    actual: Decimal | None


@dataclass(frozen=True, slots=True)
class Spent:
    """`students`: who traveled on the trips that it is about."""

    by_payer: list[Cost]
    total: Cost
    students: int

    @property
    def rows(self) -> list[Cost]:
        return [*self.by_payer, self.total]

    @property
    def spent(self) -> Decimal:
        """Actual if all is paid, else planned."""
        return self.total.planned if self.total.actual is None else self.total.actual

    @property
    def each(self) -> Decimal | None:
        return (self.spent / self.students).quantize(Decimal(1)) if self.students else None


def spent(found: Report, money: Iterable[Money]) -> Spent | None:
    """Of the report's trips that have a budget, by payer, as the director's page adds them up; None without any."""
    if found.outcomes is None:
        return None
    went = {trip.code: trip.went for trip in found.trips if trip.cycle in found.outcomes.cycles}
    rows = [row for row in money if row.trip in went]
    if not rows:
        return None
    payers: dict[str, list[tuple[Decimal, Decimal | None]]] = {}
    for row in rows:
        bill = _dollars(row.planned), _dollars(row.actual) if row.is_whole else None
        payers.setdefault(payer_text(row.fund), []).append(bill)
    total = _cost(_("Total"), [each for of in payers.values() for each in of])
    return Spent(
        [_cost(name, of) for name, of in sorted(payers.items())],
        total,
        sum(went[trip] for trip in {row.trip for row in rows}),
    )


def _dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _cost(payer: str, bills: Sequence[tuple[Decimal, Decimal | None]]) -> Cost:
    paid = [actual for _planned, actual in bills if actual is not None]
    planned = sum((planned for planned, _actual in bills), Decimal(0))
    return Cost(payer, planned, sum(paid, Decimal(0)) if len(paid) == len(bills) else None)


def cost_cards(money: Spent | None) -> list[FigureCard]:
    """What a student's trip came to, or was planned to where something isn't paid yet; nothing without travelers."""
    if money is None or not money.each:
        return []
    sentence = _("for each student who traveled")
    if money.total.actual is None:
        sentence = _("planned for each student who traveled")
    payers = [cost.payer for cost in money.by_payer]
    names = ", ".join(payers)
    if len(payers) > NAMED:
        names = _("%(names)s and %(count)s more") % {"names": ", ".join(payers[:NAMED]), "count": len(payers) - NAMED}
    aside = _("%(amount)s in all. Who paid: %(payers)s") % {
        "amount": dollars(money.spent.quantize(Decimal(1))),
        "payers": names,
    }
    return [FigureCard(dollars(money.each), sentence, aside=aside)]
