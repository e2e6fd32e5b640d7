"""A template loader that renders constant tags once per language (constant folding).

Much of a page never changes: `{% translate "Sign out" %}`, `{% static "exchange/js/app.js" %}`, an icon. Rendering such
tags for each page took a tenth of its time. This loader renders them when it reads a template, and caches one template
for each language and path prefix. A tag with a variable is left alone; so are a tag that cannot be rendered at that
moment and every template that changes the language.
"""

import re

from django.template import Context, Origin, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loaders import cached
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.translation import get_language

LIBRARIES = "{% load i18n static lucide %}"
TEXT = r"""(?:"[^"{}%]*"|'[^'{}%]*')"""
CONSTANT = re.compile(
    rf"""
    {{%\ (?:translate|static|url)\ {TEXT}\ %}}
    | {{%\ lucide\ {TEXT}(?:\ \w+=(?:\d+|{TEXT}))*\ %}}
    | {{%\ blocktranslate(?:\ trimmed)?\ %}}[^{{}}%]*{{%\ endblocktranslate\ %}}
    """,
    re.VERBOSE,
)
SYNTAX = re.compile(r"{[{%#]|[%#}]}")
# templates with these blocks are left alone: their content must not be rendered when the template is read
LEFT = re.compile(r"{%\ (?:language|verbatim)\b")


class Loader(cached.Loader):
    """Wraps the loaders that find files; replaces Django's own cached loader."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        return f"{get_language()} {get_script_prefix()} {super().cache_key(template_name, skip)}"

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        if not origin.template_name or not str(origin.template_name).endswith(".html") or LEFT.search(text):
            return text
        return CONSTANT.sub(lambda tag: self.written_out(tag, origin), text)

    def written_out(self, tag: re.Match[str], origin: Origin) -> str:
        try:
            text = Template(LIBRARIES + tag[0], origin, engine=self.engine).render(Context())
        except (NoReverseMatch, TemplateSyntaxError, TemplateDoesNotExist, ValueError, LookupError):
            return tag[0]  # it may be in a branch that is never rendered; otherwise rendering the page raises the error
        return tag[0] if SYNTAX.search(text) else text
