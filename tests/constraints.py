"""Checks that the database itself refuses a row, and by which constraint."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction


def refused(name: str, act: Callable[[], object]) -> None:
    """`act` must violate the constraint called `name`, and no other. The transaction stays usable."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    said = str(caught.value)
    assert name in said or _columns(name) in said, f"{name} was not the rule that refused: {said}"


def _columns(name: str) -> str:
    """SQLite reports a violated unique constraint by its columns, PostgreSQL by its name."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name and isinstance(constraint, models.UniqueConstraint):
                table = model._meta.db_table
                fields = [model._meta.get_field(field).column for field in constraint.fields]
                return "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in fields)
    return name
