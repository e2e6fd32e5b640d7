"""Lets a test remove rows of the audit log, which the database refuses to everybody else (docs/adr/0029)."""

from typing import Any

from django.db import connection

from exchange.models import Event


def past_the_portal(statement: str, *values: Any) -> None:
    """Run this as somebody who may skip the triggers of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")


def forget_events(**which: Any) -> None:
    """Delete these events, for a test about a later day or a log with a gap."""
    keys = list(Event.objects.filter(**which).values_list("pk", flat=True))
    for key in keys:
        past_the_portal("DELETE FROM exchange_event WHERE id = %s", key)


def make_role(name: str) -> None:
    """Make a database role unless it's there: roles belong to the cluster, which several test databases share."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DO $$ BEGIN CREATE ROLE {name} LOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
