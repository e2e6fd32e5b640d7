"""Makes the few widths of a city's picture or logo, each light enough for a phone. Pure: bytes in and out; no Django.

It gets only what `applications.apply.file_cleaning` made: a JPEG or PNG of our own, upright, without metadata.
"""

import io
import itertools
from dataclasses import dataclass

from PIL import Image

# width in pixels: at most this many bytes
LIMITS = {480: 40_000, 960: 110_000, 1600: 220_000}
QUALITIES = (80, 70, 60, 50, 40, 30)
TALLEST = 1.25  # height of at most so many widths: a tall picture is cut, evenly above and below
SMALLER = 0.85
# a logo fits into (width, height), on pages twice as fine as shown and on paper: at most this many bytes
LOGO_LIMITS = {(320, 96): 8_000, (1200, 600): 60_000}
COLOURS = (256, 64, 16)


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int
    content: bytes


def sizes(content: bytes) -> list[Size]:
    """Smallest first, as WebP. A picture that is narrower than a width isn't enlarged to it."""
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as source:
        picture = _not_too_tall(source.convert("RGB") if source.mode != "RGBA" else _on_white(source))
    widths = [width for width in LIMITS if width <= picture.width] or [picture.width]
    return [_light(picture, width, LIMITS.get(width, min(LIMITS.values()))) for width in widths]


def _on_white(picture: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def _not_too_tall(picture: Image.Image) -> Image.Image:
    height = int(picture.width * TALLEST)
    if picture.height <= height:
        return picture
    above = (picture.height - height) // 2
    return picture.crop((0, above, picture.width, above + height))


def _light(picture: Image.Image, width: int, limit: int) -> Size:
    """At the best quality that stays under the limit; if none does, drawn from fewer pixels."""
    height = max(1, round(picture.height * width / picture.width))
    detail = 1.0
    while True:
        drawn = picture.resize((max(1, int(width * detail)), max(1, int(height * detail))), Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            written = io.BytesIO()
            (drawn if detail == 1 else drawn.resize((width, height))).save(written, "WEBP", quality=quality, method=4)
            if written.tell() <= limit:
                return Size(width, height, written.getvalue())
        detail *= SMALLER


def logo_sizes(content: bytes) -> list[Size]:
    """Smallest first, as PNG, which mail readers and paper show too; what is transparent stays so.

    A logo that is smaller than a size isn't enlarged to it: a small one has one size.
    """
    with Image.open(io.BytesIO(content), formats=["PNG"]) as source:
        picture = source.convert("RGBA")
    picture = picture.crop(picture.getchannel("A").getbbox())  # an empty border would make it small
    drawn: dict[int, Size] = {}
    for box, limit in LOGO_LIMITS.items():
        scale = min(1, box[0] / picture.width, box[1] / picture.height)
        each = _light_logo(picture, max(1, round(picture.width * scale)), max(1, round(picture.height * scale)), limit)
        drawn.setdefault(each.width, each)
    return list(drawn.values())


def _light_logo(picture: Image.Image, width: int, height: int, limit: int) -> Size:
    """In all its colours if that stays under the limit; else in fewer; else drawn from fewer pixels."""
    detail = 1.0
    while True:
        drawn = picture.resize((max(1, int(width * detail)), max(1, int(height * detail))), Image.Resampling.LANCZOS)
        if detail != 1:
            drawn = drawn.resize((width, height), Image.Resampling.NEAREST)
        few = (drawn.quantize(colours, Image.Quantize.FASTOCTREE) for colours in COLOURS)
        for each in itertools.chain([drawn], few):
            written = io.BytesIO()
            each.save(written, "PNG")
            if written.tell() <= limit:
                return Size(width, height, written.getvalue())
        detail *= SMALLER**2
