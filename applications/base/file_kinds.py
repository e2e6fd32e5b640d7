"""What an uploaded file really is, told cheaply: by its first bytes, its size and the size in its header.

Pure: bytes in, a word out; no Django. Nothing is unpacked here, so it can run in a web process; what may be kept
of the file is made by `file_cleaning`, in a process of its own.
"""

import io
import re
from collections.abc import Callable

import puremagic
from PIL import Image, UnidentifiedImageError

MEGABYTE = 1024 * 1024
MEGAPIXEL = 1_000_000
HEAD = 4096  # bytes that tell the kind
PDF, JPEG, PNG, HEIC, WEBP = "application/pdf", "image/jpeg", "image/png", "image/heic", "image/webp"
# kind: (what puremagic calls it, our own look at the very first bytes: a kind that begins later is a disguise)
KINDS: dict[str, tuple[set[str], Callable[[bytes], object]]] = {
    PDF: ({PDF}, lambda head: head.startswith(b"%PDF-")),
    JPEG: ({JPEG}, lambda head: head.startswith(b"\xff\xd8\xff")),
    PNG: ({PNG}, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    HEIC: ({HEIC, "image/heif"}, lambda head: re.match(rb"....ftyp(hei[cxms]|mif1)", head, re.DOTALL)),
    WEBP: ({WEBP}, lambda head: re.match(rb"RIFF....WEBPVP8", head, re.DOTALL)),
}
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}  # as Pillow calls them
UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError)  # how Pillow says "broken"
TOO_BIG = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Refused(Exception):
    """`reason` is a word of `Upload.Refusal`."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def look(content: bytes, *, megabytes: float, megapixels: float) -> str:
    """The kind of a file that may go on to be cleaned, such as "image/heic".

    Refused: wrong_type, too_large, too_many_pixels, unreadable.
    """
    if len(content) > megabytes * MEGABYTE:
        raise Refused("too_large")
    kind = kind_of(content)
    if not kind:
        raise Refused("wrong_type")
    if kind == HEIC:
        check_pixels(_heic_size(content), megapixels)
    elif kind != PDF:
        check_pixels(_header_size(content, FORMATS[kind]), megapixels)
    return kind


def kind_of(content: bytes) -> str:
    """ "" if the first bytes are of nothing that we take, whatever the name says."""
    head = content[:HEAD]
    try:
        names = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):  # no known signature; an empty file
        return ""
    return next((kind for kind, (known, begins) in KINDS.items() if known & names and begins(head)), "")


def check_pixels(size: tuple[int, int], megapixels: float) -> None:
    width, height = size
    if width * height > megapixels * MEGAPIXEL:
        raise Refused("too_many_pixels")
    if not width * height:
        raise Refused("unreadable")


def _header_size(content: bytes, image_format: str) -> tuple[int, int]:
    try:
        # only the header is read: an image that would fill the memory is refused before it is unpacked
        with Image.open(io.BytesIO(content), formats=[image_format]) as image:
            return image.size
    except TOO_BIG as error:
        raise Refused("too_many_pixels") from error
    except UNREADABLE as error:
        raise Refused("unreadable") from error


def _heic_size(content: bytes) -> tuple[int, int]:
    """The largest size that the file names. Its decoder is too heavy for a web process."""
    sizes = [
        (int.from_bytes(found[1]), int.from_bytes(found[2]))
        for found in re.finditer(rb"ispe\0\0\0\0(.{4})(.{4})", content, re.DOTALL)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
