"""Does the database itself refuse a row, and by which rule?"""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction


def refused(name: str, act: Callable[[], object]) -> None:
    """`act` must break the constraint called `name`, and no other. Leaves the transaction usable."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    said = str(caught.value)
    assert name in said or _columns(name) in said, f"{name} was not the rule that refused: {said}"


def _columns(name: str) -> str:
    """SQLite names a broken unique constraint by its columns, PostgreSQL by its name."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name and isinstance(constraint, models.UniqueConstraint):
                table = model._meta.db_table
                fields = [model._meta.get_field(field).column for field in constraint.fields]
                return "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in fields)
    return name
