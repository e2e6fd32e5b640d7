"""Which version of the code this is: its number, its commit, and the migrations that it knows."""

import pkgutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

type Migrations = dict[str, list[str]]


def number() -> str:
    project: dict[str, Any] = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def commit() -> str:
    """The commit of this checkout; empty if nothing says. A release has it in a file (`deploy/`)."""
    with suppress(OSError):
        return str((settings.BASE_DIR / "commit").read_text().strip())
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 -- fixed
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def known_migrations() -> Migrations:
    """The migrations in this version's files, by app."""
    return _by_app({(app.label, name) for app in apps.get_app_configs() for name in _names_in(app.name)})


def _names_in(app: str) -> Iterator[str]:
    if find_spec(f"{app}.migrations"):
        folder = import_module(f"{app}.migrations").__path__
        yield from (module.name for module in pkgutil.iter_modules(folder) if module.name[0] not in "_~")


def applied_migrations() -> Migrations:
    """Those of this version that the database has."""
    known = {(app, name) for app, names in known_migrations().items() for name in names}
    return _by_app(known & set(MigrationRecorder(connection).applied_migrations()))


def _by_app(pairs: set[tuple[str, str]]) -> Migrations:
    found: Migrations = {}
    for app, name in sorted(pairs):
        found.setdefault(app, []).append(name)
    return found
