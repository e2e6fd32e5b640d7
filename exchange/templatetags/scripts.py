"""The script that stands in the page itself, and those that go as one file where files are collected."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from exchange.web import first_script, static_files

register = template.Library()


@register.simple_tag
def first() -> SafeString:
    """To stand before the style sheet: what comes after one waits for it."""
    return mark_safe(f"<script>{first_script.TEXT}</script>")  # noqa: S308 -- our own file


@register.simple_tag
def scripts(name: str) -> list[str]:
    """The addresses to load, in this order; `name` is one of static_files.JOINED."""
    return static_files.served(name)
