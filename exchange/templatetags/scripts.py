"""Template tags for scripts: the inline one, and those that are joined into one file."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from exchange.web import first_script, static_files

register = template.Library()


@register.simple_tag
def first() -> SafeString:
    """The inline script. Place it before the style sheet: scripts after a style sheet wait for it."""
    return mark_safe(f"<script>{first_script.TEXT}</script>")  # noqa: S308 -- our own file


@register.simple_tag
def scripts(name: str) -> list[str]:
    """The addresses to load, in order; `name` is a key of static_files.JOINED."""
    return static_files.served(name)
