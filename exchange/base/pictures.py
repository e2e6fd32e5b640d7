"""A picture of a city as pages show it: kept beside the city's row, so that no page asks another table for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

FILE = "travel:city-picture"  # by name, as this app must not import others


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """What an <img> needs. `src`: the middle width, for a browser that can't choose."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str


def shown(data: Mapping[str, Any] | None) -> ShownPicture | None:
    """`data`: {"code", "alt_en", "alt_es", "widths": [[width, height], ...]}, smallest first; None: no picture."""
    if not data:
        return None
    language = (get_language() or "en")[:2]
    addresses = [(width, height, reverse(FILE, args=[data["code"], width])) for width, height in data["widths"]]
    width, height, src = addresses[len(addresses) // 2]
    srcset = ", ".join(f"{address} {each}w" for each, _, address in addresses)
    return ShownPicture(src, srcset, width, height, data.get(f"alt_{language}") or data["alt_en"])
