"""“How this works”: a few sentences for each page of staff, with the three things that people ask first.

The texts are in `how_this_works.toml` of each app, in both languages side by side, by the names of the addresses that
share them. They are read once per process and cost no query. `students = true`: students open these pages, too, and
don't see the words.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.apps import apps

FILE = "how_this_works.toml"
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one page is for, and (question, answer) of each thing that people ask first."""

    about: str
    asked: tuple[tuple[str, str], ...]
    is_also_students: bool


def explanation_of(name: str, language: str) -> Explanation | None:
    """The words for the page with this URL name, in English where there's no other."""
    in_languages = explanations().get(name)
    if in_languages is None:
        return None
    return in_languages.get(language[:2]) or in_languages[LANGUAGES[0]]


@cache
def explanations() -> Mapping[str, Mapping[str, Explanation]]:
    """By URL name and language. ValueError if a name has two entries: one of them would never be read."""
    found: dict[str, Mapping[str, Explanation]] = {}
    for path in files():
        for row in tomllib.loads(path.read_text())["page"]:
            words = {language: _explanation(row[language], row.get("students", False)) for language in LANGUAGES}
            for name in row["names"]:
                if name in found:
                    raise ValueError(f"{path}: {name} has two entries")
                found[name] = words
    return MappingProxyType(found)


def files() -> list[Path]:
    return [path for app in apps.get_app_configs() if (path := Path(app.path) / FILE).exists()]


def _explanation(texts: list[str], is_also_students: bool) -> Explanation:
    about, *rest = texts
    return Explanation(about, tuple(zip(rest[::2], rest[1::2], strict=True)), is_also_students)
