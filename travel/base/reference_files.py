"""Reads the reference files that ship with the portal.

`us/` holds anywhere in the country, `cities/<city>/` for the city of the setting REFERENCE_CITY, and `states/<state>/`
between them for the state that the city's `home.toml` names.
"""

import functools
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FOLDER = Path(__file__).resolve().parents[1] / "reference"
OFFICE = "{office}"  # stands for the city's own office, as the source of a row
type Row = dict[str, Any]


class Files:
    """The files of the country, of the city's state and of the city. Any of them may be missing.

    ImproperlyConfigured: there's no folder of this name.
    """

    def __init__(self, folder: Path, city: str) -> None:
        there = sorted(path.name for path in (folder / "cities").iterdir())
        if city and city not in there:
            raise ImproperlyConfigured(
                f"REFERENCE_CITY is {city}, but travel/reference/cities/ has only {', '.join(there)}. Name one of "
                "them, or leave it empty and fill in Your city under Set up."
            )
        own = [folder / "cities" / city] if city else []
        self.folders = own
        state = next((home["state"] for home in self.read("home.toml") if "state" in home), "")
        if state and not (folder / "states" / state).is_dir():
            raise ImproperlyConfigured(f"{city}/home.toml names the state {state}, which has no folder in states/.")
        self.folders = [folder / "us", *([folder / "states" / state] if state else []), *own]
        self.office = next((home["office"] for home in self.read("home.toml") if "office" in home), "The exchange team")

    def read(self, name: str) -> list[dict[str, Any]]:
        """The contents of each file of this name."""
        paths = (folder / name for folder in self.folders)
        stats = ((path, path.stat()) for path in paths if path.exists())
        return [_parsed(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    def names(self, pattern: str) -> list[str]:
        return sorted({path.name for folder in self.folders for path in folder.glob(pattern)})

    def rows(self, name: str, table: str, *, by: Sequence[str] = ()) -> list[Row]:
        """Their rows, each completed from its file's defaults and its named source.

        `by`: the columns of a row's key. A later folder's row with the same key has only what is different there.
        """
        if by:
            merged: dict[tuple[Any, ...], Row] = {}
            for row in self.rows(name, table):
                key = tuple(row[column] for column in by)
                merged[key] = merged.get(key, {}) | row
            return list(merged.values())
        rows = []
        for content in self.read(name):
            sources, defaults = content.get("source", {}), content.get("defaults", {})
            for given in content[table]:
                row = dict(given)
                source = sources[row.pop("source")] if "source" in row else {}
                row = defaults | source | row
                rows.append({name: self.office if value == OFFICE else value for name, value in row.items()})
        return rows


@functools.lru_cache(maxsize=64)
def _parsed(path: Path, _changed_at: int, _size: int) -> dict[str, Any]:
    """Pages of the office read the files too, and parsing them all takes a tenth of a second. Never written to."""
    return tomllib.loads(path.read_text())


def ours() -> Files:
    """Those of this portal's city."""
    return Files(FOLDER, settings.REFERENCE_CITY)
