"""Which pages, letters and sentences of code the office may write: `written_texts.toml` of each app.

An entry has a group, a name, a title in both languages, and either `templates` or a `module`. Read once per process.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.apps import apps

FILE = "written_texts.toml"
MESSAGES = "emails/"


@dataclass(frozen=True, slots=True)
class Place:
    """`name`: its group and its own name, as in "public/cities"."""

    name: str
    en: str
    es: str
    templates: tuple[str, ...]
    module: str

    def title(self, language: str | None) -> str:
        return self.es if language == "es" else self.en


@cache
def places() -> Mapping[str, Place]:
    """By name. ValueError if a name or a template is listed twice."""
    found: dict[str, Place] = {}
    for path in (Path(app.path) / FILE for app in apps.get_app_configs()):
        rows = tomllib.loads(path.read_text())["place"] if path.exists() else []
        for row in rows:
            place = _place(row)
            if place.name in found or any(set(place.templates) & set(each.templates) for each in found.values()):
                raise ValueError(f"{path}: {place.name} or one of its templates is listed twice")
            found[place.name] = place
    return MappingProxyType(found)


def _place(row: Mapping[str, str | list[str]]) -> Place:
    return Place(
        name=f"{row['group']}/{row['name']}",
        en=str(row["en"]),
        es=str(row["es"]),
        templates=tuple(row.get("templates", ())),
        module=str(row.get("module", "")),
    )
