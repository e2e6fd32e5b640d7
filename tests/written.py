"""What an act wrote, as whole rows, so that a test can say all of it in one comparison."""

from exchange.base.codes import key_of
from exchange.models import Event, Message, OfficeTask


def events(action, row=None) -> list[tuple]:
    """By whom and with which changes, the oldest first. `row`: only those about it."""
    found = Event.objects.filter(action=action).order_by("pk")
    if row is not None:
        found = found.filter(target_model=row._meta.label_lower, target_id=row.pk)
    return [(each.by, each.changes) for each in found]


def told(*templates) -> dict[str, tuple]:
    """By address: language, urgent, secret and batch. AssertionError if one address was told twice."""
    found = Message.objects.filter(template__in=templates)
    rows = {each.address: (each.language, each.is_urgent, each.is_secret, each.batch) for each in found}
    assert len(rows) == len(found)
    return rows


def task(kind) -> dict:
    """The only task of this kind, with all that says where it leads and whose it is."""
    row = OfficeTask.objects.get(kind=kind)
    names = ("key", "params", "person", "about", "path", "source", "owner", "due_on", "opened_by")
    return {name: getattr(row, name) for name in names}


def task_of(key, **said) -> dict:
    """What `task` gives, where nothing else is said."""
    nothing = {"params": {}, "person": None, "about": "", "path": "", "source": "", "owner": None, "opened_by": None}
    return nothing | {"key": key} | said


__all__ = ["events", "key_of", "task", "task_of", "told"]
