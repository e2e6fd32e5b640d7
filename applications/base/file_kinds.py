"""Cheap check of what an uploaded file really is: by its first bytes, its size and the dimensions in its header.

Pure: bytes in, a content type out; no Django. Nothing is decompressed here, so it can run in a web process;
`file_cleaning` makes the copy that is kept, in a separate process.
"""

import io
import re
from collections.abc import Callable

import puremagic
from PIL import Image, UnidentifiedImageError

MEGABYTE = 1024 * 1024
MEGAPIXEL = 1_000_000
HEAD = 4096  # bytes enough to recognize the kind
PDF, JPEG, PNG, HEIC, WEBP = "application/pdf", "image/jpeg", "image/png", "image/heic", "image/webp"
# kind: (puremagic's names for it, our own check of the very first bytes: a signature further in is a disguise)
KINDS: dict[str, tuple[set[str], Callable[[bytes], object]]] = {
    PDF: ({PDF}, lambda head: head.startswith(b"%PDF-")),
    JPEG: ({JPEG}, lambda head: head.startswith(b"\xff\xd8\xff")),
    PNG: ({PNG}, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    HEIC: ({HEIC, "image/heif"}, lambda head: re.match(rb"....ftyp(hei[cxms]|mif1)", head, re.DOTALL)),
    WEBP: ({WEBP}, lambda head: re.match(rb"RIFF....WEBPVP8", head, re.DOTALL)),
}
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}  # Pillow's names
UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError)  # what Pillow raises for a broken file
TOO_BIG = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class FileRefused(Exception):
    """The file cannot be accepted. `reason` is a value of `Upload.Refusal`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def look(content: bytes, *, megabytes: float, megapixels: float) -> str:
    """The kind of a file that may be passed on to cleaning, such as "image/heic".

    Raises FileRefused: wrong_type, too_large, too_many_pixels, unreadable.
    """
    if len(content) > megabytes * MEGABYTE:
        raise FileRefused("too_large")
    kind = kind_of(content)
    if not kind:
        raise FileRefused("wrong_type")
    if kind == HEIC:
        check_pixels(_heic_size(content), megapixels)
    elif kind != PDF:
        check_pixels(_header_size(content, FORMATS[kind]), megapixels)
    return kind


def kind_of(content: bytes) -> str:
    """The content type by the first bytes, whatever the file's name; "" if we don't accept it."""
    head = content[:HEAD]
    try:
        names = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):  # no known signature; an empty file
        return ""
    return next((kind for kind, (known, begins) in KINDS.items() if known & names and begins(head)), "")


def check_pixels(size: tuple[int, int], megapixels: float) -> None:
    width, height = size
    if width * height > megapixels * MEGAPIXEL:
        raise FileRefused("too_many_pixels")
    if not width * height:
        raise FileRefused("unreadable")


def _header_size(content: bytes, image_format: str) -> tuple[int, int]:
    try:
        # reads only the header, so an image that would fill the memory is refused before it is decompressed
        with Image.open(io.BytesIO(content), formats=[image_format]) as image:
            return image.size
    except TOO_BIG as error:
        raise FileRefused("too_many_pixels") from error
    except UNREADABLE as error:
        raise FileRefused("unreadable") from error


def _heic_size(content: bytes) -> tuple[int, int]:
    """The largest dimensions in the file's headers. Its decoder needs too much memory for a web process."""
    sizes = [
        (int.from_bytes(found[1]), int.from_bytes(found[2]))
        for found in re.finditer(rb"ispe\0\0\0\0(.{4})(.{4})", content, re.DOTALL)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
