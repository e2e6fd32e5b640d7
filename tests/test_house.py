"""docs/house.md names what there is: every package of the contracts, each table once, and no name that has gone."""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from tests.services import ROOT

HOUSE = (ROOT / "docs/house.md").read_text()
APPS = ("exchange", "applications", "travel")
MOST_WORDS = 2_500
HEADS = re.compile(r"\*\*`([\w.]+)`\*\*")
NAME = re.compile(r"`([^`]+)`")
OF_TOOLS = {"pyproject.toml"}
MODELS = {model.__name__ for app in APPS for model in apps.get_app_config(app).get_models()}


def paragraphs() -> list[tuple[list[str], list[str]]]:
    """Of each paragraph: the packages that it is about, and the names in it."""
    parts = re.split(r"\n\s*\n", HOUSE)
    return [(HEADS.findall(part), NAME.findall(part)) for part in parts]


@cache
def names_of(module: str) -> frozenset[str]:
    """What the top level of a module defines or imports; for a package, of its `__init__`."""
    path = ROOT / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    if not source.exists():
        return frozenset()
    found = set()
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or path.is_dir()


def exists(name: str, packages: list[str]) -> bool:
    """A path, a table, an event, or a module or a name in it: of these packages, of their apps, or written in full."""
    if "/" in name or name in OF_TOOLS:
        path = name if not re.fullmatch(r"docs/adr/\d{4}", name) else "docs/adr"  # tests/test_decision_records.py
        return (ROOT / path).exists()
    if name in MODELS | names_of("travel.models.checked_file") or name in events():
        return True
    for prefix in (*packages, *APPS, ""):
        full = f"{prefix}.{name}".strip(".")
        module, _, last = full.rpartition(".")
        if is_module(full) or (module and last in names_of(module)):
            return True
    return False


def events() -> set[str]:
    return set(re.findall(r"^    (\w+)\.fill\(", (ROOT / "travel/events.py").read_text(), re.MULTILINE))


@pytest.mark.parametrize(("packages", "names"), paragraphs(), ids=lambda value: ",".join(value)[:40])
def test_every_name_in_the_house_exists(packages, names):
    assert [name for name in names if not exists(name, packages)] == []


@pytest.mark.parametrize("name", ["actions.gone", "outbox.gone", "Gone", "GONE", "exchange/gone.py", "gone"])
def test_a_name_that_has_gone_is_found(name):
    assert not exists(name, ["exchange.messages"])


def test_every_package_of_the_contracts_has_its_paragraph_in_their_order():
    told = [name for packages, _ in paragraphs() for name in packages]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    place = {  # by its app and how low it stands in it
        f"{contract['containers'][0]}.{name}": (APPS.index(contract["containers"][0]), -number)
        for contract in contracts
        if contract.get("exhaustive") and contract["containers"][0] in APPS  # the others are rooms
        for number, layer in enumerate(contract["layers"])
        for name in re.split(r"[|: ]+", layer)
    }
    packages = {name for name in place if Path(ROOT, name.replace(".", "/")).is_dir()}
    besides = [
        name for name in told if name.endswith((".models", ".templatetags"))
    ]  # beside the package that they serve
    ordered = [name for name in told if name not in besides]

    assert packages <= set(told)
    assert ordered == sorted(ordered, key=place.__getitem__)


def test_each_table_is_named_once_and_each_event_at_all():
    named = Counter(NAME.findall(HOUSE))

    assert {model: named[model] for model in MODELS if named[model] != 1} == {}
    assert {event for event in events() if not named[event]} == set()


def test_the_house_is_read_in_ten_minutes():
    assert len(HOUSE.split()) <= MOST_WORDS
