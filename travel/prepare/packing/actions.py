"""Actions on packing lists: a cycle's lines, what one trip leaves out, and what a traveler has packed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.models import User
from travel.base import actions as rows
from travel.models import PackingItem, PackingMark, PackingWeather, Placement, StandardPackingItem, Trip
from travel.models.packing import PackingFields
from travel.prepare.packing import lists as packing
from travel.prepare.packing.lists import Mark

FIELDS = ("key", "group", "weather", "order", "text_en", "text_es")
PAGE = "travel:packing-list"


# --- The cycle's lines ------------------------------------------------------------------------------


@transaction.atomic
def create_items(cycle: Cycle, by: User) -> list[PackingItem]:
    """Give the cycle the standard lines, unless it has some already."""
    return _fill(cycle, StandardPackingItem.objects.all(), by=by)


@transaction.atomic
def copy_items(source: Cycle, cycle: Cycle, by: User) -> list[PackingItem]:
    """Copy last year's lines, without those of single trips; if it had none, the standard ones."""
    theirs = list(source.packing_items.filter(trips__isnull=True))
    return _fill(cycle, theirs, by=by) if theirs else create_items(cycle, by)


def _fill(cycle: Cycle, lines: Iterable[PackingFields], *, by: User) -> list[PackingItem]:
    cycle = rows.lock(cycle)
    if there := list(cycle.packing_items.all()):
        return there
    made = PackingItem.objects.bulk_create(
        PackingItem(cycle=cycle, **{name: getattr(line, name) for name in FIELDS}) for line in lines
    )
    audit.record("packing.fill", cycle, by=by, changes={"lines": len(made)})
    return made


@transaction.atomic
def add_item(cycle: Cycle, values: Mapping[str, Any], *, trips: Collection[Trip], by: User) -> PackingItem:
    """Add a line at the end of its heading. RuleViolation: not_possible."""
    rows.lock(cycle)
    last = cycle.packing_items.filter(group=values["group"]).aggregate(last=Max("order"))["last"] or 0
    same = cycle.packing_items.filter(**values).first()
    if same:
        return same
    item = rows.add(PackingItem, {"order": last + 10, **values, "cycle": cycle}, under=None, by=by)
    item.trips.set(trips)
    return item


@transaction.atomic
def change_item(
    item: PackingItem, values: Mapping[str, Any], *, trips: Collection[Trip], seen: str, by: User
) -> PackingItem:
    """RuleViolation: changed_meanwhile, not_possible."""
    item = rows.change(item, values, seen=seen, by=by)
    if {trip.pk for trip in item.trips.all()} != {trip.pk for trip in trips}:
        item.trips.set(trips)
        audit.record("packingitem.change", item, by=by, changes={"fields": ["trips"]})
    return item


@transaction.atomic
def leave_out(item: PackingItem, trip: Trip, *, is_left_out: bool, by: User) -> None:
    """One trip doesn't need this line, or needs it again. Safe to repeat."""
    item = rows.lock(item)
    if is_left_out == item.left_out.filter(pk=trip.pk).exists():
        return
    if is_left_out:
        item.left_out.add(trip)
    else:
        item.left_out.remove(trip)
    audit.record("packing.leave_out", item, by=by, changes={"trip": trip.code, "is_left_out": is_left_out})


@transaction.atomic
def set_weather(trip: Trip, kinds: Collection[str], *, by: User, seen: str = "") -> None:
    """The weather that this trip packs for. RuleViolation: changed_meanwhile."""
    rows.lock(trip)
    wanted = [each for each in PackingFields.Weather.values if each and each in kinds]
    there = PackingWeather.objects.filter(trip=trip).first()
    if there and there.kinds == wanted:
        return
    edit_lock.check(seen, weather_seen(trip))
    PackingWeather.objects.update_or_create(trip=trip, defaults={"kinds": wanted})
    audit.record("packing.set_weather", trip, by=by, changes={"kinds": wanted})


def weather_seen(trip: Trip) -> str:
    """Fingerprint of what the form shows (edit lock). One query."""
    return edit_lock.fingerprint(PackingWeather.objects.filter(trip=trip).first() or PackingWeather(), ("kinds",))


def needs_of(cycle: Cycle) -> Iterator[Need]:
    if not cycle.packing_items.exists():
        yield Need("packing", _("Add a packing list, so that travelers know what to bring."), PAGE, stops=False)


# --- What is packed ---------------------------------------------------------------------------------


@transaction.atomic
def mark(placement: Placement, said: Mapping[str, Mark]) -> dict[str, Mark]:
    """Merge taps into what is kept, line by line the later one, and return what then counts.

    Not recorded as events: a bag is packed in thirty taps, and nobody decides anything by them.
    """
    Placement.objects.select_for_update(of=("self",)).get(pk=placement.pk)
    kept = packing.marks_of(placement)
    now = packing.merged(kept, said)
    changed = {code: each for code, each in now.items() if kept.get(code) != each}
    items = {item.code: item for item in PackingItem.objects.filter(code__in=changed, cycle=placement.trip.cycle_id)}
    PackingMark.objects.bulk_create(
        [
            PackingMark(placement=placement, item=items[code], is_packed=each.is_packed, marked_at=each.at)
            for code, each in changed.items()
            if code in items
        ],
        update_conflicts=True,
        unique_fields=["placement", "item"],
        update_fields=["is_packed", "marked_at"],
    )
    return now
