"""Lets a test remove rows of the audit log, which the database refuses to everybody else (docs/adr/0058)."""

from typing import Any

from django.db import connection

from exchange.models import Event


def forget_events(**which: Any) -> None:
    """Delete these events, for a test about a later day or a log with a gap."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE exchange_event DISABLE TRIGGER exchange_event_append_only")
        Event.objects.filter(**which)._raw_delete(connection.alias)
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE exchange_event ENABLE TRIGGER exchange_event_append_only")
