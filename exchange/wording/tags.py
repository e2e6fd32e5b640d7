"""Django's i18n tags, of which `translate` and `blocktranslate` say the office's words where it has written any.

The settings put this library in place of `django.templatetags.i18n`. It differs in messages and in the templates that
`places` lists: in any other the tags are Django's own. Office words are plain text: no tag, filter or markup in them is
ever evaluated.
"""

from functools import cached_property
from typing import Any

from django.template import Context, Library
from django.template.base import FilterExpression, Parser, Token, TokenType
from django.template.base import render_value_in_context as shown
from django.templatetags import i18n
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from exchange.wording import own, places
from exchange.wording.own import Key, fill

register = Library()
register.tags = dict(i18n.register.tags)
register.filters = dict(i18n.register.filters)


def _constant(expression: FilterExpression | None) -> str | None:
    """What a constant says; None for anything else."""
    if expression is None:
        return ""
    var: Any = expression.var
    literal = var if isinstance(var, str) else getattr(var, "literal", None)
    return str(literal) if isinstance(literal, str) and not expression.filters else None


class _Passage:
    """What both tags have in common."""

    origin: Any
    message_context: FilterExpression | None

    def source(self) -> str | None:
        raise NotImplementedError

    @cached_property
    def key(self) -> Key | None:
        """The template, and the context and English text in the catalog. None: not a text of its own."""
        context, source = _constant(self.message_context), self.source()
        if context is None or source is None:
            return None
        return str(self.origin.template_name), context, source

    def written(self) -> own.Words | None:
        words = own.current()
        key = self.key if words else None
        return words.get(key) if key else None


class Sentence(_Passage, TranslateNode):
    """`{% translate %}` that the office may write."""

    def source(self) -> str | None:
        text = None if self.noop else _constant(self.filter_expression)
        return text and text.replace("%", "%%")  # as Django looks it up

    def render(self, context: Context) -> str:
        written = self.written()
        if written is None:
            return str(super().render(context))
        text = _safe(written.text(get_language(), 1), context)
        return _given(self.asvar, text, context)


class Paragraph(_Passage, BlockTranslateNode):
    """`{% blocktranslate %}` that the office may write."""

    def source(self) -> str:
        return str(self.render_token_list(self.singular)[0])

    def source_of_several(self) -> str:
        return str(self.render_token_list(self.plural)[0]) if self.plural else ""

    def names(self) -> tuple[str, ...]:
        """Its placeholders, in the order of the text."""
        tokens = [*self.singular, *(self.plural or ())]
        return tuple(dict.fromkeys(token.contents for token in tokens if token.token_type == TokenType.VAR))

    def render(self, context: Context, nested: bool = False) -> str:
        written = self.written()
        if written is None:
            return str(super().render(context, nested))
        with context.push(**{name: value.resolve(context) for name, value in self.extra_context.items()}):
            count = self.counter.resolve(context) if self.counter else 1
            if self.countervar:
                context[self.countervar] = count
            values = {name: shown(context.get(name, ""), context) for name in self.names()}
        text = fill(_safe(written.text(get_language(), count), context), values)
        return _given(self.asvar, text, context)


def _safe(text: str, context: Context) -> str:
    return str(conditional_escape(text)) if context.autoescape else text


def _given(asvar: str | None, text: str, context: Context) -> str:
    if asvar:
        context[asvar] = text
        return ""
    return text


def _is_ours(parser: Parser) -> bool:
    origin: Any = parser.origin
    return places.is_written(str(getattr(origin, "template_name", "")))


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> TranslateNode:
    node = i18n.do_translate(parser, token)
    if not _is_ours(parser):
        return node
    return Sentence(node.filter_expression, node.noop, node.asvar, node.message_context)


@register.tag("blocktranslate")
@register.tag("blocktrans")
def blocktranslate(parser: Parser, token: Token) -> BlockTranslateNode:
    node = i18n.do_block_translate(parser, token)
    if not _is_ours(parser):
        return node
    given = ("extra_context", "singular", "plural", "countervar", "counter", "message_context", "trimmed", "asvar")
    return Paragraph(**{name: getattr(node, name) for name in given})
