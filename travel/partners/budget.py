"""What a trip costs, planned and actual, and who pays. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from exchange.files.spreadsheets import Cell
from travel.models import BudgetLine, Contribution, Trip

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Sum:
    """Sum of several lines. `actual` is None until one is paid; `open`: planned costs that aren't paid yet."""

    label: str
    planned: Decimal
    actual: Decimal | None
    open: Decimal

    @property
    def difference(self) -> Decimal | None:
        """Actual minus planned, over the lines that are paid."""
        return None if self.actual is None else self.actual - (self.planned - self.open)


@dataclass(frozen=True, slots=True)
class Budget:
    lines: list[BudgetLine]
    total: Sum
    by_payer: list[Sum]
    students: int
    given: Decimal  # money that sponsors promised or gave for this trip

    @property
    def planned_each(self) -> Decimal | None:
        return self._each(self.total.planned)

    @property
    def actual_each(self) -> Decimal | None:
        return None if self.total.actual is None else self._each(self.total.actual)

    def _each(self, amount: Decimal) -> Decimal | None:
        return (amount / self.students).quantize(CENT, ROUND_HALF_UP) if self.students else None


def budget_of(trip: Trip) -> Budget:
    """Per student counts those who have a seat and still go."""
    lines = list(trip.budget_lines.select_related("sponsor"))
    payers = {line.sponsor_id: payer_of(line) for line in lines}
    money = trip.contributions.filter(kind=Contribution.Kind.MONEY).values_list("amount", flat=True)
    return Budget(
        lines=lines,
        total=_sum(_("Total"), lines),
        by_payer=[_sum(name, [line for line in lines if line.sponsor_id == key]) for key, name in payers.items()],
        students=trip.placements.active().count(),
        given=sum(filter(None, money), Decimal(0)),
    )


def payer_of(line: BudgetLine) -> str:
    return line.sponsor.name if line.sponsor else _("the program")


def _sum(label: str, lines: Sequence[BudgetLine]) -> Sum:
    paid = [line.actual for line in lines if line.actual is not None]
    return Sum(
        label=label,
        planned=sum((line.planned for line in lines), Decimal(0)),
        actual=sum(paid, Decimal(0)) if paid else None,
        open=sum((line.planned for line in lines if line.actual is None), Decimal(0)),
    )


def csv_rows(budget: Budget) -> Iterator[Sequence[Cell]]:
    yield [_("For"), _("Who pays"), _("Planned"), _("Actual")]
    for line in budget.lines:
        yield [line.title, payer_of(line), line.planned, line.actual]
    for each in (*budget.by_payer, budget.total):
        yield [_("Total"), each.label, each.planned, each.actual]
    yield [_("Per student"), str(budget.students), budget.planned_each, budget.actual_each]
