"""Whether one release can run on the database of a later one: what later migrations take away from its code.

Asked at an update, about the release that still serves pages, and at a rollback, about the one to go back to. Judged by
the SQL for PostgreSQL and by the columns that the earlier code uses, so that a column may go once no code uses it.
What a constraint refuses or a statement locks is the matter of the linters in the tests (docs/adr/0034).
"""

import re
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from exchange.keeping.version import Migrations

type Columns = dict[str, dict[str, str]]  # by table: each column that some code uses, with its type

NAME = r'(?:"?public"?\.)?"?(\w+)"?'
STATEMENT = re.compile(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{NAME} (.+)", re.IGNORECASE | re.DOTALL)
DROPS_TABLE = re.compile(r"DROP TABLE (?:IF EXISTS )?(.+?)(?: CASCADE| RESTRICT)?$", re.IGNORECASE | re.DOTALL)
RENAMES_TABLE = re.compile(r"RENAME TO ", re.IGNORECASE)
RENAMES_COLUMN = re.compile(rf"RENAME (?:COLUMN )?(?!CONSTRAINT |TO ){NAME} TO ", re.IGNORECASE)
DROPS_COLUMN = re.compile(rf"DROP (?:COLUMN )?(?:IF EXISTS )?(?!CONSTRAINT ){NAME}", re.IGNORECASE)
ADDS_COLUMN = re.compile(
    rf"ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT |CHECK |UNIQUE |PRIMARY |FOREIGN |EXCLUDE ){NAME} (.+)",
    re.IGNORECASE | re.DOTALL,
)
ALTERS_COLUMN = re.compile(rf"ALTER (?:COLUMN )?{NAME} (.+)", re.IGNORECASE | re.DOTALL)
CHANGES_TYPE = re.compile(r"(?:SET DATA )?TYPE ([\w ]+(?:\(\d+\))?)", re.IGNORECASE)
FILLS_ITSELF = re.compile(r" DEFAULT | GENERATED ", re.IGNORECASE)
ASIDE = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
WIDER = {("smallint", "integer"), ("smallint", "bigint"), ("integer", "bigint")}


def problems(known: Migrations) -> Iterator[str]:
    """What keeps code that knows just these migrations from running beside this code's, one sentence each."""
    executor = MigrationExecutor(connection)
    graph, earlier = executor.loader.graph, {(app, name) for app, names in known.items() for name in names}
    yield from (
        f"This release doesn't know the migration {app}.{name}." for app, name in sorted(earlier - {*graph.nodes})
    )
    plan = graph._generate_plan(graph.leaf_nodes(), at_end=True)  # in the order of a new database
    state = ProjectState()
    for key in plan:
        if key in earlier:
            state = graph.nodes[key].mutate_state(state, preserve=False)
    later = [graph.nodes[key] for key in plan if key not in earlier]
    if not later:
        return
    used = columns(state)
    for migration in later:
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        for problem in breaks("\n".join(editor.collected_sql), used):
            yield f"{migration.app_label}.{migration.name} {problem}."


def columns(state: ProjectState) -> Columns:
    """Of all models of this state."""
    return {
        model._meta.db_table: {
            str(field.column): (field.db_type(connection) or "").lower() for field in model._meta.local_concrete_fields
        }
        for model in state.apps.get_models(include_auto_created=True)
    }


def breaks(sql: str, used: Columns) -> Iterator[str]:
    """What these statements take away from code that uses these columns."""
    filled: set[tuple[str, str]] = set()  # new required columns that the database fills
    for statement in _statements(sql):
        if match := DROPS_TABLE.match(statement):
            names = [part.strip().rpartition(".")[2].strip('"') for part in match[1].split(",")]
            yield from (f"removes the table {name}" for name in names if name in used)
        elif match := STATEMENT.match(statement):
            table, actions = match.groups()
            if table in used:
                for action in _parts(actions):
                    yield from _taken(table, action, used[table], filled)


def _taken(table: str, action: str, used: dict[str, str], filled: set[tuple[str, str]]) -> Iterator[str]:
    if RENAMES_TABLE.match(action):
        yield f"renames the table {table}"
    elif match := RENAMES_COLUMN.match(action):
        if match[1] in used:
            yield f"renames the column {table}.{match[1]}"
    elif match := DROPS_COLUMN.match(action):
        if match[1] in used:
            yield f"removes the column {table}.{match[1]}"
    elif match := ADDS_COLUMN.match(action):
        name, rest = match.groups()
        if "NOT NULL" in rest.upper():
            if FILLS_ITSELF.search(f"{rest} "):
                filled.add((table, name))
            else:
                yield _requires(table, name)
    elif match := ALTERS_COLUMN.match(action):
        name, rest = match.groups()
        if rest.upper().startswith("DROP DEFAULT") and (table, name) in filled:
            yield _requires(table, name)
        elif rest.upper().startswith("SET NOT NULL") and name in used:
            yield _requires(table, name)
        elif (kind := CHANGES_TYPE.match(rest)) and name in used and not _is_wider(used[name], kind[1].lower()):
            yield f"changes the type of {table}.{name}"


def _requires(table: str, name: str) -> str:
    return f"requires a value in {table}.{name}, which earlier code doesn't write"


def _is_wider(old: str, new: str) -> bool:
    new = new.partition(" using ")[0].strip()
    if old.startswith("varchar"):
        return new in ("text", "varchar") or (new.startswith("varchar(") and _length(new) >= _length(old))
    return new == old or (old, new) in WIDER


def _length(kind: str) -> int:
    return int("".join(re.findall(r"\d", kind)) or "0")


def _statements(sql: str) -> Iterator[str]:
    """One after the other, without comments, without what stands in quotes, and with single spaces."""
    for statement in ASIDE.sub(" ", sql).split(";"):
        yield " ".join(statement.split())


def _parts(actions: str) -> Iterable[str]:
    """Split at the commas that stand in no brackets."""
    depth, part = 0, ""
    for letter in actions:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += letter
    yield part.strip()
