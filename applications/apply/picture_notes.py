"""Removes what a camera or a program wrote into a JPEG or a JPEG 2000 beside the picture, without decoding the picture.

Pure: bytes in, bytes out. What is kept is listed, except among the segments of a JPEG, where every other one is needed.
"""

import re
from collections.abc import Iterator

from applications.base.file_kinds import FileRefused

# JPEG segments that don't affect the picture: Exif with the location, maker's notes, comments
NOTES = {0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE}
COLORS = b"ICC_PROFILE\0"  # the one use of segment 0xE2 that affects the picture; others hold further pictures
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])")  # begins a segment; the others stand alone

# JPEG 2000 (ISO/IEC 15444-1): a file is a list of boxes, one of which holds the picture's codestream
FILE_2000 = b"\0\0\0\x0cjP  \r\n\x87\n"
BOXES = {b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jp2c"}  # not kept: XML, UUID (Exif, XMP), other pictures, links
HEADER_BOXES = {b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"}
START, TILE, TILE_DATA, END, COMMENT = b"\xff\x4f", b"\xff\x90", b"\xff\x93", b"\xff\xd9", b"\xff\x64"


def jpeg_without_notes(content: bytes) -> bytes:
    return b"".join(_jpeg_parts(content))


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that make the picture, up to its end: phones append a film or a second picture."""
    if not content.startswith(b"\xff\xd8"):
        raise FileRefused("unreadable")
    yield content[:2]
    at, in_picture = 2, False
    while marker := MARKER.search(content, at):
        if in_picture:
            yield content[at : marker.start()]
        code = marker[1][0]
        if code == 0xD9:
            yield b"\xff\xd9"
            return
        end = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])
        segment = content[marker.end() : end]
        if code not in NOTES and (code != 0xE2 or segment[2:].startswith(COLORS)):
            yield b"\xff" + marker[1] + segment
        at, in_picture = max(end, marker.end()), in_picture or code == 0xDA
    if in_picture:  # without its end; programs show what there is
        yield content[at:]


def jpeg_2000_without_notes(content: bytes) -> bytes:
    """The picture with what decoding needs: no other boxes, no second codestream, empty comments of the same length."""
    if content.startswith(START):
        return _codestream(content)
    if not content.startswith(FILE_2000):
        raise FileRefused("unreadable")
    kept: list[bytes] = []
    for kind, inside in _boxes(content):
        if kind == b"jp2c":
            return b"".join([*kept, _box(kind, _codestream(inside))])
        if kind == b"jp2h":
            inside = b"".join(_box(*each) for each in _boxes(inside) if each[0] in HEADER_BOXES)
        if kind in BOXES:
            kept.append(_box(kind, inside))
    raise FileRefused("unreadable")  # without a picture


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        length, kind, begins = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + 8
        if length == 1:  # too long for four bytes
            length, begins = int.from_bytes(content[at + 8 : at + 16]), at + 16
        ends = at + length if length else len(content)
        if ends < begins:
            raise FileRefused("unreadable")
        yield kind, content[begins:ends]
        at = ends


def _box(kind: bytes, inside: bytes) -> bytes:
    return (8 + len(inside)).to_bytes(4) + kind + inside


def _codestream(content: bytes) -> bytes:
    """The codestream up to its end. Comments are emptied in place, because other segments name lengths and places."""
    if not content.startswith(START):
        raise FileRefused("unreadable")
    made, at, tile_at = bytearray(content), len(START), 0
    while at + 4 <= len(made):
        marker = made[at : at + 2]
        if marker == END:
            at += 2
            break
        if marker == TILE_DATA:
            tile_length = int.from_bytes(made[tile_at + 6 : tile_at + 10])
            ends = tile_at + tile_length if tile_length else content.find(END, at)
            if not tile_at or (0 <= ends <= at):
                raise FileRefused("unreadable")
            at = ends if ends > at else len(made)
            continue
        ends = at + 2 + int.from_bytes(made[at + 2 : at + 4])
        if marker[0] != 0xFF or ends < at + 4:
            raise FileRefused("unreadable")
        if marker == TILE:
            tile_at = at
        elif marker == COMMENT:
            made[at + 4 : ends] = bytes(min(ends, len(made)) - at - 4)
        at = ends
    return bytes(made[:at]) if bytes(made[at - 2 : at]) == END else bytes(made)
