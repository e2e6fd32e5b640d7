"""A picture of a city, or the own city's logo, as pages show it.

Kept beside the city's row, so that no page asks another table for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
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


@dataclass(frozen=True, slots=True)
class Logo:
    """The own city's logo. `src`, `width`, `height`: light, for headers; `large`: for paper.

    `large_file`: its name in the storage. `key`: another one for another logo.
    """

    src: str
    width: int
    height: int
    large: str
    large_width: int
    large_height: int
    large_file: str
    key: str

    @property
    def address(self) -> str:
        """With the site, for emails."""
        return settings.SITE_URL + self.src

    @property
    def in_emails(self) -> tuple[int, int]:
        """Width and height as shown: it's drawn twice as fine."""
        return max(1, self.width // 2), max(1, self.height // 2)


def logo(data: Mapping[str, Any] | None) -> Logo | None:
    """`data`: {"code", "widths": as in `shown`, "files": [name, ...]}; None: no logo."""
    if not data:
        return None
    small, large = data["widths"][0], data["widths"][-1]
    src, large_src = (reverse(FILE, args=[data["code"], each[0]]) for each in (small, large))
    return Logo(src, small[0], small[1], large_src, large[0], large[1], data["files"][-1], data["code"])
