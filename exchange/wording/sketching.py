"""A page as a sketch: each of its passages where it stands, of every case at once, with made-up values.

The page's own tags are read, not run. What comes out is markup of a few harmless kinds: no link, form, script, address
or attribute of the page comes through, and what the office types is text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.template.base import FilterExpression, Node, TextNode, VariableNode
from django.template.defaulttags import ForNode, IfNode
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from exchange.wording import samples
from exchange.wording.own import Words, fill
from exchange.wording.pages import Page, parsed
from exchange.wording.passages import Passage, as_passage
from exchange.wording.tags import Paragraph, Sentence

type Say = Callable[[Passage], Words]

BEGIN, MIDDLE, END = "\ue000", "\ue001", "\ue002"  # around the code and the words of a passage
MARKS = {ord(mark): None for mark in (BEGIN, MIDDLE, END)}
OR = " · "  # between the texts of several cases
BLOCK = re.compile(r"<(?:p|div|section|ul|ol|li|dl|h\d|form|details)\b")
MAIN = frozenset({"main", "document"})
COMPONENTS = "components/"
SHOWN_OF_COMPONENTS = {"title": "p", "label": "p", "text": "p", "role": "p", "link_label": "p"}

KEPT = frozenset({"p", "ul", "ol", "li", "dl", "dt", "dd", "div", "section", "strong", "em", "blockquote", "span"})
AS_OTHER = {
    **{f"h{number}": ("p", f"ex-sketch__heading ex-sketch__heading--{number}") for number in range(1, 5)},
    "a": ("span", "ex-sketch__link"),
    "summary": ("p", "ex-sketch__link"),
    "details": ("div", ""),
    "label": ("span", ""),
    "legend": ("p", ""),
    "fieldset": ("div", ""),
    "header": ("div", ""),
    "figure": ("div", ""),
    "figcaption": ("p", ""),
    "address": ("p", ""),
}
DROPPED = frozenset({"svg", "script", "style", "pre", "select"})


@dataclass(frozen=True, slots=True)
class Sketch:
    """`unseen`: what stands on no page: the title of the browser's tab, sentences of code."""

    language: str
    html: SafeString
    unseen: list[str]


def sketch(page: Page, say: Say, language: str) -> Sketch:
    with translation.override(language):
        words = {each.code: say(each).text(language, samples.COUNT).translate(MARKS) for each in page.passages()}
        drawn = "".join(_drawn(page, name, words) for name in _own_pages(page))
        html, seen = _clean(drawn)
        rest = [_alone(each, words[each.code]) for each in page.passages() if each.code not in seen]
    return Sketch(language, html, rest)


def _alone(passage: Passage, text: str) -> str:
    return fill(text, {name: samples.of(name, expression) or "…" for name, expression in passage.names})


def _own_pages(page: Page) -> list[str]:
    """Its templates but for the parts that another of them includes."""
    parts = {str(name) for each in page.place.templates for name in _included(parsed(each).nodelist)}
    return [name for name in page.place.templates if name not in parts]


def _included(nodes: Any) -> Iterator[str]:
    for node in nodes.get_nodes_by_type(IncludeNode):
        yield str(_constant(node.template) or "")


def _drawn(page: Page, name: str, words: Mapping[str, str]) -> str:
    return _Sketcher(page, words).draw(parsed(name).nodelist)


def _constant(expression: Any) -> str | None:
    """What a constant of the template says, or a name that the template has given a constant."""
    var = expression.var
    return str(var) if isinstance(var, str) else None


@dataclass(slots=True)
class _Sketcher:
    page: Page
    words: Mapping[str, str]
    given: dict[str, str] = field(default_factory=dict)  # by name, what the template has set it to

    def draw(self, nodes: Iterable[Any]) -> str:
        return "".join(text for node in nodes for text in self.of(node))

    def of(self, node: Node) -> Iterator[str]:
        match node:
            case TextNode():
                yield node.s
            case Sentence() | Paragraph():
                yield self._given(node.asvar, self._said(node))
            case VariableNode():
                yield self._value(node.filter_expression)
            case IfNode():
                yield self._branches([branch for _condition, branch in node.conditions_nodelists])
            case ForNode():
                yield self.draw(node.nodelist_loop) + self.draw(node.nodelist_empty)
            case ExtendsNode():
                yield self.draw(each for each in node.nodelist if isinstance(each, BlockNode) and each.name in MAIN)
            case IncludeNode():
                yield self._part(node)
            case SimpleNode():
                yield self._given(node.target_var, self._called(node))
            case _:
                for name in node.child_nodelists:
                    yield self.draw(getattr(node, name, ()))

    def _branches(self, branches: list[Any]) -> str:
        """One after the other; a name that several of them set says all."""
        before, drawn, found = self.given, [], dict[str, list[str]]()
        for branch in branches:
            self.given = dict(before)
            drawn.append(self.draw(branch))
            for name, text in self.given.items():
                if text != before.get(name) and text not in found.setdefault(name, []):
                    found[name].append(text)
        self.given = before | {name: OR.join(texts) for name, texts in found.items()}
        shown = [text for text in drawn if text.strip()]
        return ("" if any(BLOCK.search(text) for text in shown) else OR).join(shown)

    def _said(self, node: Sentence | Paragraph) -> str:
        passage = as_passage(node)
        text = self.words.get(passage.code) if passage else None
        if passage is None or text is None:  # such as a text with markup, which stays the portal's
            return ""
        values = {name: self._sample(name, expression) for name, expression in passage.names}
        return f"{BEGIN}{passage.code}{MIDDLE}{escape(fill(text, values))}{END}"

    def _sample(self, name: str, expression: str) -> str:
        given = self.given.get(expression, "")
        return given if given and BEGIN not in given else samples.of(name, expression) or "…"

    def _given(self, name: str | None, text: str) -> str:
        if name:
            self.given[name] = text
            return ""
        return text

    def _value(self, expression: FilterExpression) -> str:
        token = str(expression.token).partition("|")[0]
        if token in self.given:
            return self.given[token]
        constant = _constant(expression)
        return escape(samples.outside(str(expression.token)) if constant is None else constant)

    def _called(self, node: SimpleNode) -> str:
        if node.args or node.kwargs or node.takes_context:
            return ""
        return escape(str(node.func()))

    def _part(self, node: IncludeNode) -> str:
        name = _constant(node.template) or ""
        values = {key: self._value(each) for key, each in node.extra_context.items()}
        if name in self.page.place.templates:
            inner = _Sketcher(self.page, self.words, {} if node.isolated_context else self.given)
            return inner.draw(parsed(name).nodelist) if not values else inner._with(values, name)
        if not name.startswith(COMPONENTS):
            return ""
        kind = name.removeprefix(COMPONENTS).partition(".")[0]
        shown = [f"<p>{text}</p>" for key, text in values.items() if key in SHOWN_OF_COMPONENTS and text]
        return f'<div class="ex-sketch__{kind}">{"".join(shown)}</div>' if shown else ""

    def _with(self, values: dict[str, str], name: str) -> str:
        inner = _Sketcher(self.page, self.words, self.given | values)
        return inner.draw(parsed(name).nodelist)


class _Cleaner(HTMLParser):
    """Keeps a few tags, with no attribute but a class of a component, and marks the passages."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.dropping = 0
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED or self.dropping:
            self.dropping += tag in DROPPED
            return
        if tag == "br":
            self.out.append("<br>")
            return
        as_tag, css = AS_OTHER.get(tag, (tag if tag in KEPT else "", ""))
        if tag == "div":
            css = next((value or "" for name, value in attrs if name == "class" and _is_sketch(value)), "")
        if as_tag:
            self.open.append((tag, as_tag))
            self.out.append(f'<{as_tag} class="{escape(css)}">' if css else f"<{as_tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self.dropping = max(0, self.dropping - 1)
        elif self.open and self.open[-1][0] == tag:
            self.out.append(f"</{self.open.pop()[1]}>")

    def handle_data(self, data: str) -> None:
        if self.dropping:
            return
        before, *passages = data.split(BEGIN)
        self.out.append(escape(before))
        for each in passages:
            code, _mark, rest = each.partition(MIDDLE)
            words, _mark, after = rest.partition(END)
            self.seen.add(code)
            self.out.append(f'<span class="ex-sketch__ours">{_lines(words)}</span>{escape(after)}')

    def whole(self) -> str:
        self.close()
        return "".join(self.out) + "".join(f"</{as_tag}>" for _tag, as_tag in reversed(self.open))


def _is_sketch(css: str | None) -> bool:
    return bool(css) and str(css).startswith("ex-sketch__")


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))


def _clean(drawn: str) -> tuple[SafeString, set[str]]:
    cleaner = _Cleaner()
    cleaner.feed(drawn)
    html = cleaner.whole()
    return mark_safe(html), cleaner.seen  # noqa: S308 -- only tags of KEPT and escaped text are in it
