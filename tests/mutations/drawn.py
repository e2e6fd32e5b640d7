"""Small faults drawn at random from packages, made by mutmut's operators (docs/adr/0035).

Only code inside functions is changed, so that a fault can be planted in a running process. Words aren't: a changed
sentence is for the tests of translations, and a changed key is seen by any test that runs the line.
"""

import ast
import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType

import libcst
from mutmut.mutation.file_mutation import Mutation, create_mutations

from tests.mutations.listed import FOLDER, ROOT

EQUIVALENT = FOLDER / "random" / "equivalent.toml"
# pages, forms and tables: what is drawn from decides or acts
LEFT_OUT = {"views", "forms", "models", "migrations", "management", "templatetags", "static", "__pycache__"}
LEFT_OUT_MODULES = re.compile(r"((.*_)?(urls|apps|admin|views|forms)|.*_form)\.py")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A fault that changes nothing that anybody could see. `why`: how one knows."""

    path: str
    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`lines`: of the statement that is changed, and by which its tests are found. `old`, `new`: what is changed, in
    one line each. `source`: the whole module with the fault.
    """

    path: str
    function: str
    lines: range
    old: str
    new: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.lines.start} {self.function}\n    - {self.old}\n    + {self.new}"


# calls that change only how many queries a page makes; tests count those of whole pages
SPEED = {"select_related", "prefetch_related", "only", "defer"}


class Refused(Exception):
    """What was asked for can't be drawn; the text says what to do."""


def packages() -> list[str]:
    """`travel/prepare` and its like: the packages that have tests of their own."""
    return sorted(
        f"{app}/{path.name}"
        for app in ("exchange", "applications", "travel")
        for path in (ROOT / app).iterdir()
        if path.name not in LEFT_OUT and (path / "__init__.py").exists() and (ROOT / "tests" / app / path.name).is_dir()
    )


def equivalents() -> list[Equivalent]:
    return [Equivalent(**row) for row in tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])]


def draw(chosen: Sequence[str], number: int, seed: int) -> list[Fault]:
    """`number` different faults of these packages; the same for the same code and seed. Raises Refused."""
    if unknown := sorted(set(chosen) - set(packages())):
        raise Refused(f"No such package: {', '.join(unknown)}. There are {', '.join(packages())}.")
    made = [(path, module, each) for path in _modules(chosen) for module, each in _mutations(path)]
    if number > len(made):
        raise _too_few(len(made))
    random.Random(seed).shuffle(made)  # noqa: S311 -- the same faults for the same seed
    known = {(each.path, each.old, each.new) for each in equivalents()}
    found: dict[tuple[str, str], Fault] = {}
    for path, module, each in made:
        fault = _fault(path, module, each)
        if fault and (fault.path, fault.old, fault.new) not in known:
            found.setdefault((fault.path, fault.source), fault)
        if len(found) == number:
            return list(found.values())
    raise _too_few(len(found))


def _too_few(number: int) -> Refused:
    return Refused(f"There are only {number} faults to draw from. Ask for fewer, or name more packages.")


def _modules(chosen: Iterable[str]) -> list[Path]:
    return sorted(
        path
        for package in chosen
        for path in (ROOT / package).rglob("*.py")
        if not LEFT_OUT & set(path.relative_to(ROOT).parts) and not LEFT_OUT_MODULES.fullmatch(path.name)
    )


@cache
def _mutations(path: Path) -> list[tuple[libcst.Module, Mutation]]:
    module, mutations, _classes, _functions = create_mutations(str(path), path.read_text())
    inside = (each for each in mutations if each.contained_by_top_level_function is not None)
    return [(module, each) for each in inside if _can_be_seen(each.original_node)]


def _can_be_seen(node: libcst.CSTNode) -> bool:
    """Not a word, nor how rows are fetched."""
    speed = isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute) and node.func.attr.value in SPEED
    return not speed and not isinstance(node, libcst.BaseString)


def _fault(path: Path, module: libcst.Module, mutation: Mutation) -> Fault | None:
    """None if it can't be compiled, or is the same to the machine."""
    before = module.code
    after = module.deep_replace(mutation.original_node, mutation.mutated_node).code  # type: ignore[arg-type]
    try:
        same = compile(before, str(path), "exec") == compile(after, str(path), "exec")
    except SyntaxError:
        return None
    if same:
        return None
    old, new, line = _difference(before.splitlines(), after.splitlines())
    found = outer_function(ast.parse(before), line)
    if found is None:
        return None
    function, lines = found
    return Fault(str(path.relative_to(ROOT)), function, lines, old, new, after)


def _difference(before: list[str], after: list[str]) -> tuple[str, str, int]:
    """The lines that differ, each side joined into one, and the number of the first."""
    first = next(number for number, (one, other) in enumerate(zip(before, after, strict=False)) if one != other)
    last = 0
    while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
        last += 1
    old, new = (" ".join(each.strip() for each in lines[first : len(lines) - last]) for lines in (before, after))
    return old, new, first + 1


def outer_function(tree: ast.Module, line: int) -> tuple[str, range] | None:
    """The name of the function or method around a line, as `Class.method`, and the lines of the statement on it."""
    around = [each for each in ast.walk(tree) if isinstance(each, ast.stmt) and _holds(each, line)]
    name = ""
    for each in tree.body:
        if isinstance(each, ast.ClassDef) and _holds(each, line):
            name = next((f"{each.name}.{one.name}" for one in each.body if _is_function(one) and _holds(one, line)), "")
        elif _is_function(each) and _holds(each, line):
            name = each.name
    if not name:
        return None
    statement = min(around, key=lambda each: ((each.end_lineno or each.lineno) - each.lineno, -each.lineno))
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body and body[0].lineno > statement.lineno else statement.end_lineno
    return name, range(statement.lineno, (end or statement.lineno) + 1)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _holds(node: ast.stmt, line: int) -> bool:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return first <= line <= (node.end_lineno or node.lineno)


def code_of(source: str, path: str, function: str) -> list[CodeType]:
    """The code objects with this qualified name, in the order of the text."""
    found, waiting = [], [compile(source, path, "exec")]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == function:
            found.append(code)
        waiting.extend(each for each in code.co_consts if isinstance(each, CodeType))
    return sorted(found, key=lambda code: code.co_firstlineno)
