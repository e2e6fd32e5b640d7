"""Templates with their constant parts written out once, in each language.

A page frame is mostly words that never change: `{% translate "Sign out" %}`, `{% static "exchange/js/app.js" %}`, an
icon. Drawn again for each page they took a tenth of its time. This loader writes such tags out as it reads a template,
and keeps one template for each language and path prefix. A tag with a variable stays as it is; so does one that
cannot be drawn now, and every template that changes the language within itself.
"""

import re

from django.template import Context, Origin, TemplateDoesNotExist, TemplateSyntaxError
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
LEFT = re.compile(r"{%\ (?:language|verbatim)\b")  # what stands in one of these is not of this moment


class Loader(cached.Loader):
    """Around the loaders that find files, in place of Django's own cached one."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        return f"{get_language()} {get_script_prefix()} {super().cache_key(template_name, skip)}"

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin)
        if not origin.template_name or not str(origin.template_name).endswith(".html") or LEFT.search(text):
            return text
        return CONSTANT.sub(self.written_out, text)

    def written_out(self, tag: re.Match[str]) -> str:
        try:
            text = self.engine.from_string(LIBRARIES + tag[0]).render(Context())
        except (NoReverseMatch, TemplateSyntaxError, TemplateDoesNotExist, ValueError, LookupError):
            return tag[0]  # it may stand where nobody goes; if not, the page says what is wrong with it
        return tag[0] if SYNTAX.search(text) else text
