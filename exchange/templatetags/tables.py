"""The table of a page: each column states its heading once, beside the cell that it fills in every row.

    {% table member in page_obj label=title %}
      {% column _("Student") heading %}<a href="{{ member.get_absolute_url }}">{{ member }}</a>{% endcolumn %}
      {% column _("College") when=shows_college %}{{ member.college }}{% endcolumn %}
      {% column _("Worth") number short %}{{ member.worth|dollars }}{% endcolumn %}
    {% endtable %}

A label may also be a `Head` of a worklist (exchange/web/worklist.py), whose column can be sorted. `table` loops as
`for` does, so a cell may use `forloop`, and `with` may stand around the columns. Its other arguments go to
components/table.html: `all`, the number of rows on all pages, is that of a page by itself. On a phone each row is a
card in which every cell shows the heading of its column.
"""

import re
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, TextNode, Token
from django.template.base import Node as TemplateNode
from django.template.context import Context
from django.template.defaulttags import ForNode, IfNode
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# What a column may say of itself, and the class that this gives to its cells.
CLASSES = {
    "number": "ex-table__number",
    "short": "ex-table__short",
    "tick": "ex-table__tick",
    "words": "ex-table__words",
    "wraps": "ex-table__wraps",  # sentences that have to be read whole, even in a list with one line for each row
    "spare": "ex-table__spare",  # gives way where one row is open beside a list
}
HEAD_CLASSES = ("number", "tick", "spare")  # those that the column's heading has too


class ColumnNode(TemplateNode):
    def __init__(
        self,
        label: FilterExpression,
        flags: list[str],
        attributes: dict[str, FilterExpression],
        nodelist: NodeList,
    ) -> None:
        self.label, self.nodelist = label, nodelist
        self.when = attributes.pop("when", None)
        self.attributes = attributes
        self.is_heading = "heading" in flags
        self.cell_class = " ".join(CLASSES[flag] for flag in flags if flag in CLASSES)
        self.head_class = " ".join(CLASSES[flag] for flag in flags if flag in HEAD_CLASSES)

    def prepare(self, context: Context) -> dict[str, Any] | None:
        """The heading, or None if the table leaves the column out; keeps the tags of its cells for `render`."""
        is_shown = self.when is None or self.when.resolve(context)
        if not is_shown:
            context.render_context[self] = None
            return None
        label = self.label.resolve(context)
        context.render_context[self] = self.tags(context, label)
        sorted_by = {"href": getattr(label, "href", ""), "direction": getattr(label, "direction", "")}
        return {"label": label, "css": self.head_class, **sorted_by}

    def tags(self, context: Context, label: object) -> tuple[str, str]:
        attributes: dict[str, object] = {"class": self.cell_class} if self.cell_class else {}
        attributes |= {name: value.resolve(context) for name, value in self.attributes.items()}
        attributes |= {"scope": "row"} if self.is_heading else {"data-label": label}
        name = "th" if self.is_heading else "td"
        return f"<{name}{format_html_join('', ' {}="{}"', attributes.items())}>", f"</{name}>"

    def render(self, context: Context) -> str:
        tags = context.render_context[self]
        if tags is None:
            return ""
        inner: list[Any] = [node.render_annotated(context) for node in self.nodelist]
        return "".join([tags[0], *inner, tags[1]])  # at once: a long table has hundreds of cells


class TableNode(TemplateNode):
    def __init__(
        self, names: list[str], sequence: FilterExpression, row: NodeList, given: dict[str, FilterExpression]
    ) -> None:
        self.columns = [node for node in row.get_nodes_by_type(ColumnNode) if isinstance(node, ColumnNode)]
        # without the spaces between cells
        cells = [node for node in row if not isinstance(node, TextNode) or node.s.strip()]
        self.loop = ForNode(names, sequence, False, NodeList([TextNode("<tr>"), *cells, TextNode("</tr>")]))
        self.sequence, self.given = sequence, given
        self.nodelist = NodeList([self.loop])  # where Django looks for the nodes within

    def render(self, context: Context) -> SafeString:
        heads = [column.prepare(context) for column in self.columns]
        frame = {name: value.resolve(context) for name, value in self.given.items()}
        paginator = getattr(self.sequence.resolve(context, ignore_failures=True), "paginator", None)
        if frame.get("all") in (None, "") and paginator:
            frame["all"] = paginator.count
        rows = self.loop.render(context)
        return render_to_string("components/table.html", {**frame, "columns": filter(None, heads), "rows": rows})


def _options(bits: list[str], parser: Parser) -> tuple[list[str], dict[str, FilterExpression]]:
    """The words and the `name=value` of a tag, in any order."""
    words, values = [], {}
    for bit in bits:
        name, is_value, value = bit.partition("=")
        if is_value:
            values[name] = parser.compile_filter(value)
        else:
            words.append(name)
    return words, values


@register.tag
def table(parser: Parser, token: Token) -> TableNode:
    bits = token.split_contents()
    try:
        place = bits.index("in")
        sequence = parser.compile_filter(bits[place + 1])
    except (ValueError, IndexError):
        raise template.TemplateSyntaxError("table: say {% table row in rows label=title %}") from None
    words, given = _options(bits[place + 2 :], parser)
    if words:
        raise template.TemplateSyntaxError(f"table: does not know {words}")
    names = re.split(r" *, *", " ".join(bits[1:place]))
    row = parser.parse(("endtable",))
    parser.delete_first_token()
    if any(node.get_nodes_by_type(ColumnNode) for node in row.get_nodes_by_type(IfNode)):
        raise template.TemplateSyntaxError("table: a column that isn't always there says so by when=, as its head does")
    return TableNode(names, sequence, row, given)


@register.tag
def column(parser: Parser, token: Token) -> ColumnNode:
    _name, label, *bits = token.split_contents()
    flags, attributes = _options(bits, parser)
    if unknown := {*flags} - {"heading", *CLASSES}:
        raise template.TemplateSyntaxError(f"column: does not know {sorted(unknown)}")
    nodelist = parser.parse(("endcolumn",))
    parser.delete_first_token()
    return ColumnNode(parser.compile_filter(label), flags, attributes, nodelist)
