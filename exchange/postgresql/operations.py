"""Migration operations that don't hold up pages on PostgreSQL, and still work on the demo's SQLite."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres import operations
from django.db.migrations import AddIndex, CreateModel, SeparateDatabaseAndState


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Like Django's; on a database that can't, a plain AddIndex. In a migration of its own with `atomic = False`."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


class CreateTogether(SeparateDatabaseAndState):
    """Creates the tables of an app from one drawing of its models.

    One `CreateModel` after the other draws everything that a new table refers to anew: with two hundred tables that is
    half a minute, and with this three seconds.
    """

    def __init__(self, operations: Sequence[CreateModel]) -> None:
        super().__init__(database_operations=operations, state_operations=operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"operations": self.state_operations}

    def state_forwards(self, app_label: str, state: Any) -> None:
        vars(state).pop("apps", None)  # drawn again, once, when the first table needs it
        super().state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.database_operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)
