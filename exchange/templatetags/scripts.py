"""The scripts of a page that go as one file where files are collected."""

from django import template

from exchange import static_files

register = template.Library()


@register.simple_tag
def scripts(name: str) -> list[str]:
    """The addresses to load, in this order; `name` is one of static_files.JOINED."""
    return static_files.served(name)
