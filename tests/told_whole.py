"""A story of acts as text: what each gives back or why it's refused, then everything that they left in the database.

`tests/wholes.py` compares it with a golden text. A test of one rule names the column that it's about; a fault in any
other column, in a message's words, a task's address or an event's changes is only seen where all of it is compared.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import time_machine
from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask, User
from tests.wholes import CODE, whole

ALWAYS = (Event, OfficeTask, Message)
LEFT_OUT = {"id", "code", "token", "digest", "file", "html"}  # differs from run to run, or says the same again
SECRET = re.compile(r"(?<=/)(?=[\w:.~=-]*[A-Z0-9])[\w:.~=-]{17,}|\b[0-9a-f]{32,}\b")
# keys of rows and moments, which are inside keys of tasks, names of calendar entries and JSON
COUNTED = re.compile(
    r"(?<=[a-z]:)\d+\b|(?<=[a-z]-)\d+(?=@)|(?<=: \[)[\d, ]+(?=\])|(?<![+\d])\d{9,}(?:\.\d+)?\b"
    r"|(?<=owner=)\d+|(?<= trip=\[)[\d, ]+(?=\])|(?<=named_advisor=\[)[^\]]+|(?<=\"to\": )\d+"
)


class Story:
    """The clock stands still, so that what was said in the same moment has an order too; `later` moves it on."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock, self.lines, self.began = clock, list[str](), timezone.now()
        self.names: dict[tuple[type[Model], Any], str] = {}
        self.before = {model: set(model._default_manager.values_list("pk", flat=True)) for model in ALWAYS}

    def act[T](self, title: str, function: Callable[..., T], /, *args: Any, **more: Any) -> T | None:
        """Do it, and keep what it gives back, or what it's refused with."""
        try:
            found = function(*args, **more)
        except RuleViolation as refusal:
            self.say(title, f"refused, {refusal.code}: {refusal}")
            return None
        self.say(title, found)
        return found

    def say(self, title: str, found: object) -> None:
        self.lines.append(
            f"{title}:\n{whole(found, 1)}" if isinstance(found, list | dict) else f"{title}: {whole(found)}"
        )

    def later(self, **time: float) -> None:
        self.clock.shift(dt.timedelta(**time))

    def text(self, *models: type[Model]) -> str:
        """What was said so far, and every row of these tables; of events, tasks and messages the new ones."""
        parts = ["\n".join(self.lines)]
        for model in (*models, *ALWAYS):
            order = ("queued_at", "address", "template", "pk") if model is Message else ("pk",)  # told in any order
            rows = model._default_manager.exclude(pk__in=self.before.get(model, ())).order_by(*order)
            if rows:
                parts.append(f"\n{model._meta.label_lower}\n" + "\n".join(self._row(row) for row in rows))
        return steady("\n".join(parts))

    def _row(self, row: Model) -> str:
        if isinstance(row, Event):
            return self._event(row)
        found = {
            field.name: self._value(row, field) for field in row._meta.concrete_fields if field.name not in LEFT_OUT
        }
        found |= {
            field.name: " | ".join(
                self._named(field.related_model, pk)
                for pk in sorted(each.pk for each in getattr(row, field.name).all())
            )
            for field in row._meta.many_to_many
        }
        told = "\n    ".join(f"{name}: {value}" for name, value in found.items() if value not in ("", "None"))
        return f"  - {told}"

    def _event(self, event: Event) -> str:
        target = self._named(apps.get_model(event.target_model), event.target_id)
        by = self._named(User, event.by_id) if event.by_id else "the portal"
        reason = f" because {event.reason}" if event.reason else ""
        changes = ", ".join(f"{key}={value}" for key, value in sorted(event.changes.items()))
        return f"  - {self._when(event.at)} {event.action} of {target} by {by}{reason} {changes}".rstrip()

    def _value(self, row: Model, field: Any) -> str:
        value = getattr(row, field.attname)
        if value is None:
            return ""
        if field.is_relation:
            return self._named(field.related_model, value)
        if isinstance(value, dt.datetime):
            return self._when(value)
        if isinstance(value, dt.date):
            return f"day {(value - timezone.localdate(self.began)).days:+d}"
        if isinstance(value, dict | list):  # which the two databases keep in orders of their own
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        return str(value).strip().replace("\n", "\n      ")

    def _when(self, moment: dt.datetime) -> str:
        gone = round((moment - self.began).total_seconds())
        days, seconds = divmod(gone, 86400)
        return f"{days:+d} d {dt.timedelta(seconds=seconds)}"

    def _named(self, model: type[Model], pk: Any) -> str:
        """A person by name, another row by its place in its table."""
        if (model, pk) not in self.names:
            if model is User:
                self.names |= {(User, each.pk): each.full_name for each in User.objects.all()}
            else:
                keys: Iterable[Any] = model._default_manager.order_by("pk").values_list("pk", flat=True)
                self.names |= {(model, key): f"{model._meta.model_name} {n}" for n, key in enumerate(keys, start=1)}
        return self.names.get((model, pk), f"{model._meta.model_name} that is gone")


def steady(text: str) -> str:
    return COUNTED.sub("N", SECRET.sub("SECRET", CODE.sub("CODE", text)))
