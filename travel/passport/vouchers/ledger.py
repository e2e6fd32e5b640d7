"""Sums of the voucher ledger, and its lines as a table. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from exchange.files.spreadsheets import Cell
from travel.models import FeeVoucher, Trip, VoucherEntry
from travel.states import VoucherState


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of one fund and one trip; `trip` None: at the office, or with a student who has no trip yet."""

    fund: str
    trip: Trip | None
    office: Decimal = Decimal(0)
    given: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    @property
    def issued(self) -> Decimal:
        return self.office + self.given + self.used + self.lost


def totals(vouchers: QuerySet[FeeVoucher]) -> list[Total]:
    """Sums by fund and trip, in two queries."""
    rows = list(vouchers.order_by().values("fund", "trip", "state").annotate(sum=Sum("amount")))
    trips = {trip.pk: trip for trip in Trip.objects.filter(pk__in={row["trip"] for row in rows}).select_related("city")}
    found: dict[tuple[str, int], dict[str, Decimal]] = {}
    for row in rows:
        sums = found.setdefault((row["fund"], row["trip"] or 0), {})
        sums[row["state"]] = row["sum"]
    return [Total(fund, trips.get(trip), **sums) for (fund, trip), sums in sorted(found.items())]


def together(rows: list[Total]) -> Total:
    sums = {state.value: sum((getattr(row, state.value) for row in rows), Decimal(0)) for state in VoucherState}
    return Total(_("Total"), None, **sums)


def ledger_rows(entries: QuerySet[VoucherEntry]) -> Iterator[list[Cell]]:
    """A header and every line in the order it was written, for a spreadsheet."""
    yield [
        *(_("When"), _("Voucher"), _("What happened"), _("Amount"), _("Fee"), _("How it is paid"), _("Fund")),
        *(_("Student"), _("Trip"), _("Note"), _("By")),
    ]
    related = "voucher__trip__city", "application__student", "by"
    for entry in entries.select_related(*related).iterator(chunk_size=500):
        voucher = entry.voucher
        yield [
            *(entry.at, voucher.number, str(entry.get_kind_display()), entry.amount, str(voucher.get_fee_display())),
            *(str(voucher.get_method_display()), voucher.fund),
            *(str(entry.application.student) if entry.application else "", str(voucher.trip or "")),
            *(entry.note, str(entry.by)),
        ]
