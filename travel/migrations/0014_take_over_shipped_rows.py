"""Takes over from the audit log, while it still says so, which reference rows the office changed or removed.

Reads what the release before writes and writes only the new table; may run twice. Some hundred rows.
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations

# how the files name a row of each model that they fill
KEYS = {
    "exchange.homecity": ("id",),
    "exchange.college": ("code",),
    "exchange.partnercity": ("code",),
    "exchange.fact": ("key",),
    "exchange.consenttext": ("key", "version"),
    "exchange.noticesection": ("page", "key"),
    "exchange.retentionrule": ("key",),
    "travel.entryrule": ("city__code", "document"),
    "travel.helpnumber": ("city__code", "kind", "phone"),
    "travel.healthrule": ("key",),
    "travel.citystanding": ("city__code", "kind"),
    "travel.guidance": ("topic", "key"),
    "travel.standardstep": ("key",),
    "travel.guidetip": ("key",),
    "travel.standardpackingitem": ("key",),
    "travel.standardprompt": ("key",),
    "travel.standardsurveyitem": ("key",),
}
OF_A_CITY = frozenset({"travel.entryrule", "travel.helpnumber", "travel.citystanding", "travel.healthrule"})


def take_over(apps: Any, schema_editor: Any) -> None:
    changed, removed = _of_the_office(apps)
    rows = {(kind, key): (city, values) for kind, key, city, values in _there(apps, changed)}
    cities = dict(apps.get_model("exchange", "PartnerCity").objects.values_list("code", "pk"))
    for kind, parts in removed:
        is_of_a_city = KEYS[kind][0] == "city__code"
        city = cities.get(parts[0]) if is_of_a_city else None
        if city or not is_of_a_city:  # what a city had went with it
            rows.setdefault((kind, ":".join(parts)), (city, None))
    ShippedRow = apps.get_model("travel", "ShippedRow")
    ShippedRow.objects.bulk_create(
        [ShippedRow(kind=kind, key=key, city_id=city, values=values) for (kind, key), (city, values) in rows.items()],
        batch_size=500,
        ignore_conflicts=True,
    )


def _of_the_office(apps: Any) -> tuple[set[tuple[str, int]], list[tuple[str, list[str]]]]:
    """The rows of which a person's last word isn't that they are as the files have them; and the keys of those
    removed."""
    events = apps.get_model("exchange", "Event").objects.filter(target_model__in=KEYS, by__isnull=False)
    events = events.exclude(action="reference.still_right").order_by("pk")
    last: dict[tuple[str, int], bool] = {}
    removed = []
    for kind, pk, action, said in events.values_list("target_model", "target_id", "action", "changes").iterator():
        last[kind, pk] = not said.get("as_shipped")
        if action in ("admin.delete", f"{kind.partition('.')[2]}.remove") and isinstance(said.get("key"), list):
            removed.append((kind, [str(part) for part in said["key"]]))
    return {row for row, is_theirs in last.items() if is_theirs}, removed


def _there(apps: Any, changed: set[tuple[str, int]]) -> Iterator[tuple[str, str, int | None, Any]]:
    """(model, key, city, values): None as values where the office changed or added the row."""
    for kind, parts in KEYS.items():
        model = apps.get_model(kind)
        names = {field.name for field in model._meta.concrete_fields}
        rows = model.objects.filter(**({"superseded_by": None} if "superseded_by" in names else {}))
        if kind == "travel.guidetip":  # without a key: written by the office, or for one trip
            rows = rows.exclude(key="")
        for row in rows.select_related("city") if kind in OF_A_CITY else rows:
            key = ":".join(str(_at(row, part)) for part in parts)
            values = None if (kind, row.pk) in changed else _values(row)
            yield kind, key, row.city_id if kind in OF_A_CITY else None, values


def _at(row: Any, part: str) -> Any:
    for name in part.split("__"):
        row = getattr(row, name)
    return row


def _values(row: Any) -> dict[str, Any]:
    """What a file could say of it: no person, no picture."""
    fields = [field for field in row._meta.concrete_fields if field.editable and not field.primary_key]
    return {
        field.name: _plain(field.value_from_object(row))
        for field in fields
        if not field.is_relation or field.name == "city"
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


class Migration(migrations.Migration):
    dependencies = [("travel", "0013_shipped_row"), ("exchange", "0012_search_indexes")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True)]
