"""What the templates of messages are made of: passages that the office may reword, and what the portal writes.

Read from the templates themselves, as Django has parsed them, so nothing has to be listed twice.
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.base import FilterExpression, Node, TextNode, VariableNode
from django.template.defaulttags import AutoEscapeControlNode, ForNode, IfNode, URLNode, WithNode
from django.template.library import SimpleNode
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import LanguageNode
from django.utils import translation
from django.utils.translation import npgettext, pgettext

from exchange.wording.own import PLACEHOLDER, Key
from exchange.wording.places import MESSAGES
from exchange.wording.tags import Paragraph, Sentence

FRAMES = ("to_student", "to_staff", "to_guest", "to_account")
FRAME = "frames"  # stands for an app in the name of a frame
OF_FRAMES = frozenset(f"{MESSAGES}{name}.txt" for name in (*FRAMES, "frame"))
# An office may leave these out of a sentence. All others say when, where, how much or with which code: they stay.
MAY_GO = frozenset({"city", "college", "cycle", "host", "label", "name", "student", "title", "role", "who", "writer"})


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a template. `names`: its placeholders, with the expression behind each. `several`: its plural."""

    place: str
    context: str
    source: str
    several: str = ""
    names: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        return self.place, self.context, self.source

    @property
    def code(self) -> str:
        """Its name in addresses and forms."""
        return hashlib.sha256("\0".join(self.key).encode()).hexdigest()[:12]

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for name, _expression in self.names)

    def shipped(self) -> tuple[str, str, str, str]:
        """The portal's own text: in English, of several, in Spanish, of several."""
        texts: list[str] = []
        for language in ("en", "es"):
            with translation.override(language):
                texts += self._shipped_here()
        return texts[0], texts[1], texts[2], texts[3]

    def _shipped_here(self) -> tuple[str, str]:
        if not self.several:
            return _readable(pgettext(self.context, self.source) if self.context else _plain(self.source)), ""
        one, many = (npgettext(self.context, self.source, self.several, count) for count in (1, 2))
        if not self.context:
            one, many = (translation.ngettext(self.source, self.several, count) for count in (1, 2))
        return _readable(one), _readable(many)


def _plain(source: str) -> str:
    return translation.gettext(source)


def _readable(text: str) -> str:
    """With {name} in place of the catalog's %(name)s."""
    parts = text.replace("%%", "\0").split("%(")
    rest = [part.partition(")s") for part in parts[1:]]
    return "".join([parts[0], *(f"{{{name}}}{after}" for name, _mark, after in rest)]).replace("\0", "%")


# --- What a template is made of -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed:
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """Something that the portal fills in by itself, outside a passage."""

    expression: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tag without arguments, such as the program's name."""

    node: SimpleNode


@dataclass(frozen=True, slots=True)
class Link:
    pass


@dataclass(frozen=True, slots=True)
class Said:
    passage: Passage


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of these, by the case. `usual`: which one a preview shows first. `of_language`: chosen by the language."""

    branches: "tuple[tuple[Part, ...], ...]"
    usual: int = 0
    of_language: str = ""


@dataclass(frozen=True, slots=True)
class InLanguage:
    language: str
    parts: "tuple[Part, ...]"


type Part = Fixed | Value | Call | Link | Said | Choice | InLanguage


@dataclass(slots=True)
class _Reader:
    """Reads one template, with the blocks of those that extend it."""

    blocks: dict[str, BlockNode] = field(default_factory=dict)

    def read(self, nodes: Iterable[Any]) -> tuple[Part, ...]:
        return tuple(part for node in nodes for part in self.of(node))

    def of(self, node: Node) -> Iterator[Part]:
        match node:
            case TextNode():
                yield Fixed(node.s)
            case Sentence() | Paragraph():
                yield from _said(node)
            case VariableNode():
                yield Value(str(node.filter_expression.token))
            case URLNode():
                if not node.asvar:
                    yield Link()
            case SimpleNode():
                if not node.target_var:
                    yield Call(node)
            case IfNode():
                yield self._choice(node)
            case BlockNode() if node.name == "body" and node.name not in self.blocks:
                yield Fixed("…")  # a frame by itself
            case BlockNode():
                yield from self.read(self.blocks.get(node.name, node).nodelist)
            case ExtendsNode():
                yield from self._extended(node)
            case IncludeNode():
                template: Any = node.template
                yield from parts_of(str(template.resolve(Context())))
            case LanguageNode():
                yield InLanguage(str(node.language.resolve(Context())), self.read(node.nodelist))
            case ForNode():
                yield from self.read(node.nodelist_loop)
            case WithNode() | AutoEscapeControlNode():
                yield from self.read(node.nodelist)
            case _:
                yield from ()

    def _choice(self, node: IfNode) -> Choice:
        branches = [self.read(nodelist) for _condition, nodelist in node.conditions_nodelists]
        conditions = [condition for condition, _nodelist in node.conditions_nodelists]
        if conditions[-1] is not None:
            branches.append(())
        first: Any = conditions[0]
        left = str(getattr(getattr(first, "first", None), "text", ""))
        of_language = "es" if left == "first" else ""  # of the messages in both languages: which one comes first
        is_rare = str(getattr(first, "text", "")) == "signer"  # an advisor signs some reminders
        return Choice(tuple(branches), len(branches) - 1 if is_rare else 0, of_language)

    def _extended(self, node: ExtendsNode) -> Iterator[Part]:
        name: Any = node.parent_name
        parent = _template(str(name.resolve(Context())))
        self.blocks = node.blocks | self.blocks
        yield from self.read(parent.nodelist)


def as_passage(node: Sentence | Paragraph) -> Passage | None:
    """What the tag says; None where that isn't a text of its own."""
    if node.key is None:
        return None
    if isinstance(node, Sentence):
        return Passage(*node.key)
    given: dict[str, FilterExpression] = node.extra_context
    names = tuple((name, str(given[name].token) if name in given else name) for name in node.names())
    return Passage(*node.key, several=node.source_of_several(), names=names)


def _said(node: Sentence | Paragraph) -> Iterator[Part]:
    passage = as_passage(node)
    if passage and not (isinstance(node, Sentence) and node.asvar):
        yield Said(passage)


def _template(name: str) -> Template:
    found: Any = get_template(name)
    template: Template = found.template
    return template


@functools.lru_cache(maxsize=1024)
def parts_of(name: str) -> tuple[Part, ...]:
    """What a template is made of. Kept: templates change with a release only."""
    nodes: Any = _template(name).nodelist
    return _Reader().read(nodes)


def passages_in(parts: Iterable[Part]) -> list[Passage]:
    """In the order of the text, each once."""
    found: dict[Key, Passage] = {}
    for part in parts:
        match part:
            case Said(passage):
                found.setdefault(passage.key, passage)
            case Choice(branches):
                for each in passages_in(inner for branch in branches for inner in branch):
                    found.setdefault(each.key, each)
            case InLanguage(_language, inner_parts):
                for each in passages_in(inner_parts):
                    found.setdefault(each.key, each)
            case _:
                pass
    return list(found.values())


# --- Messages -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """A message, or one of the frames around all of them. `text`: what is sent to a phone, if it has that."""

    name: str
    frame: str
    subject: tuple[Part, ...]
    body: tuple[Part, ...]
    text: tuple[Part, ...]

    @property
    def app(self) -> str:
        return self.name.partition("/")[0]

    @property
    def event(self) -> str:
        return self.name.partition("/")[2]

    @property
    def is_frame(self) -> bool:
        return self.app == FRAME

    def groups(self) -> dict[str, list[Passage]]:
        """Its passages: of the subject, the email and the text message."""
        body = [each for each in passages_in(self.body) if self.is_frame or each.place not in OF_FRAMES]
        return {"subject": passages_in(self.subject), "body": body, "text": passages_in(self.text)}

    def whole(self) -> list[Passage]:
        """Its passages and those of the frame around it."""
        return passages_in((*self.subject, *self.body, *self.text))

    def passages(self) -> list[Passage]:
        """Those that are its own to change."""
        return list({each.key: each for group in self.groups().values() for each in group}.values())


@functools.cache
def units() -> dict[str, Unit]:
    """All messages and frames, by name."""
    folder = settings.BASE_DIR / "templates" / MESSAGES
    names = sorted(str(path.relative_to(folder)).removesuffix(".subject.txt") for path in folder.rglob("*.subject.txt"))
    messages = {name: _unit(name, (folder / f"{name}.sms.txt").exists()) for name in names}
    frames = {
        f"{FRAME}/{name}": Unit(f"{FRAME}/{name}", name, (), parts_of(f"{MESSAGES}{name}.txt"), ()) for name in FRAMES
    }
    return messages | frames


def _unit(name: str, has_text: bool) -> Unit:
    base = f"{MESSAGES}{name}"
    body = parts_of(f"{base}.txt")
    places = {each.place for each in passages_in(body)}
    frame = next((each for each in FRAMES if f"{MESSAGES}{each}.txt" in places), FRAMES[-1])
    return Unit(name, frame, parts_of(f"{base}.subject.txt"), body, parts_of(f"{base}.sms.txt") if has_text else ())


def names_in(text: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(text))
