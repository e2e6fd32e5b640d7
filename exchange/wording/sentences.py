"""Sentences of code that the office may write: reasons, what "Can I apply?" answers, a student's next step.

    SENTENCES = Sentences("reasons/withdrawn")
    _ = SENTENCES.gettext_lazy
    PLANS = _("their plans changed")

The methods have the names that `makemessages` looks for. An entry in `written_texts.toml` names the module; which
sentences it has is read from its source, so nothing is listed twice.
"""

import ast
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.functional import lazy

from exchange.wording import own
from exchange.wording.own import Key, Words

type Source = tuple[str, str, str]  # context, English text, English text of several

METHODS = {"gettext", "gettext_lazy", "pgettext", "pgettext_lazy", "ngettext"}


class Sentences:
    """`name`: that of the entry. The methods do what Django's functions of these names do, in the office's words."""

    def __init__(self, name: str) -> None:
        self.name = name

    def gettext(self, source: str) -> str:
        return _said(self.name, "", source)

    def gettext_lazy(self, source: str) -> Any:
        return self.pgettext_lazy("", source)

    def pgettext(self, context: str, source: str) -> str:
        return _said(self.name, context, source)

    def pgettext_lazy(self, context: str, source: str) -> Any:
        return lazy(partial(_said, self.name, context, source), str)()

    def ngettext(self, one: str, several: str, count: int) -> str:
        words = _written((self.name, "", one))
        if words is None:
            return translation.ngettext(one, several, count)
        return _as_in_catalog(words.text(translation.get_language(), count))


def _written(key: Key) -> Words | None:
    # without a language, such as in a migration, only the portal's own
    return own.at_work().get(key) if translation.get_language() else None


def _said(place: str, context: str, source: str) -> str:
    words = _written((place, context, source))
    if words is None:
        return translation.pgettext(context, source) if context else translation.gettext(source)
    text = words.text(translation.get_language(), 1)
    return _as_in_catalog(text) if "%(" in source else text


def _as_in_catalog(text: str) -> str:
    """With %(name)s in place of {name}, for the % that follows."""
    return own.PLACEHOLDER.sub(r"%(\1)s", text.replace("%", "%%"))


def in_module(module: str) -> list[Source]:
    """Each sentence of a module's source, in its order."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    tree = ast.parse(Path(spec.origin).read_text())
    return list(dict.fromkeys(_sources(tree, *_names(tree))))


def _names(tree: ast.Module) -> tuple[set[str], dict[str, str]]:
    """What the module calls its `Sentences`, and their methods."""
    made, methods = set[str](), dict[str, str]()
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("Sentences"))):
                made.add(name)
            case ast.Assign([ast.Name(name)], ast.Attribute(ast.Name(of), method)) if of in made and method in METHODS:
                methods[name] = method
    return made, methods


def _sources(tree: ast.Module, made: set[str], methods: dict[str, str]) -> Iterator[Source]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        match node.func:
            case ast.Attribute(ast.Name(name), method) if name in made and method in METHODS:
                yield _source(method, node.args)
            case ast.Name(name) if name in methods:
                yield _source(methods[name], node.args)


def _source(method: str, args: list[ast.expr]) -> Source:
    texts = [str(arg.value) for arg in args if isinstance(arg, ast.Constant)]
    if method == "ngettext":
        return "", texts[0], texts[1]
    if method.startswith("pgettext"):
        return texts[0], texts[1], ""
    return "", texts[0], ""
