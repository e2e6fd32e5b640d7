"""`{% load lucide %}`: icons of the package lucide, which renders each one again; here the result is cached."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide as drawn

register = template.Library()


@register.simple_tag
def lucide(name: str, *, size: int | None = 24, **attributes: object) -> str:
    return _cached(name, size, tuple(attributes.items()))


@lru_cache(maxsize=512)
def _cached(name: str, size: int | None, attributes: tuple[tuple[str, object], ...]) -> str:
    return drawn(name, size=size, **dict(attributes))
