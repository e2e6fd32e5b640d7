"""The state of the office's partner cities, and the work due for them. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.base.counting import Kind
from exchange.models import PartnerCity
from exchange.reference import facts, references
from exchange.templatetags.ui import day_year
from travel.models import Agreement, CityStanding, Trip
from travel.partners.actions.agreement import REMIND_DAYS


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """One kind of standing of a city; `row` is None until somebody has looked it up."""

    kind: str
    label: str
    row: CityStanding | None

    @property
    def is_reliable(self) -> bool:
        return self.row is not None and self.row.is_reliable


@dataclass(frozen=True, slots=True)
class Due:
    """How near an agreement's end is."""

    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class CityRow:
    city: PartnerCity
    standings: list[ShownStanding]
    agreement: Agreement | None
    due: Due | None


# --- One city, all cities ---------------------------------------------------------------------------


def standings_of(city: PartnerCity) -> list[ShownStanding]:
    return _standings({(row.city_id, row.kind): row for row in city.standings.current()}, city)


def _standings(rows: dict[tuple[int, str], CityStanding], city: PartnerCity) -> list[ShownStanding]:
    """The sister-city relation is listed only for sister cities."""
    kinds = [kind for kind in CityStanding.Kind if kind != CityStanding.Kind.SISTER or city.is_sister_city]
    return [ShownStanding(kind.value, str(kind.label), rows.get((city.pk, kind.value))) for kind in kinds]


def overview() -> list[CityRow]:
    """Every city with its standings and the agreement that ends first."""
    rows = {(row.city_id, row.kind): row for row in CityStanding.objects.current()}
    first: dict[int, Agreement] = {}
    for agreement in Agreement.objects.filter(is_over=False).order_by("ends_on"):
        if agreement.city_id not in first or first[agreement.city_id].ends_on is None:
            first[agreement.city_id] = agreement
    days = _remind_days()
    return [
        CityRow(city, _standings(rows, city), (found := first.get(city.pk)), _due(found, days) if found else None)
        for city in PartnerCity.objects.order_by("-is_offered", "name_en")
    ]


def _remind_days() -> int:
    return int(facts.number(REMIND_DAYS))


def with_due(agreements: Iterable[Agreement]) -> list[tuple[Agreement, Due]]:
    days = _remind_days()
    return [(agreement, _due(agreement, days)) for agreement in agreements]


def _due(agreement: Agreement, days: int) -> Due:
    if agreement.is_over:
        return Due(_("ended"), "neutral")
    if agreement.ends_on is None:
        return Due(_("no end date"), "good")
    left = (agreement.ends_on - timezone.localdate()).days
    if left < 0:
        return Due(_("ended on %(day)s") % {"day": day_year(agreement.ends_on)}, "stop")
    text = _("until %(day)s") % {"day": day_year(agreement.ends_on)}
    return Due(text, "wait" if left <= days else "good")


# --- Work due ---------------------------------------------------------------------------------------


def owed_now(cycle: Cycle, remind_days: int) -> list[Kind]:
    """Agreements that end within so many days, hosts' proposals for this cycle, and rows of reference to look at."""
    today = timezone.localdate()
    return [
        ("agreements", Agreement.objects.filter(is_over=False, ends_on__lte=today + timedelta(days=remind_days))),
        ("programmes", Trip.objects.filter(cycle=cycle).with_plan_to_read()),
        *(("references", rows) for rows in references.rows_to_check(today=today)),
    ]
