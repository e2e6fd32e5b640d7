"""Makes the copy of an uploaded file that is kept: re-encoded pictures, and PDFs without active content.

Pure: bytes in, bytes out; no Django. The libraries that open files are written in C and get hostile bytes here, so
the portal calls `clean_in_subprocess`: a process without our secrets, with limits on memory and time. A file that
crashes it, fills its memory, computes for too long or unpacks to too much is refused, and nothing else happens.
"""

import base64
import io
import re
import sys
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import pikepdf
from PIL import Image, ImageOps

from applications.apply.picture_notes import jpeg_2000_without_notes, jpeg_without_notes
from applications.base.file_kinds import FORMATS, HEIC, JPEG, PDF, PNG, TOO_BIG, UNREADABLE, FileRefused, check_pixels
from exchange.background.subprocesses import (
    CrashedError,
    TookTooLongError,
    TooMuchMemoryError,
    answering,
    confine,
    run_confined,
)

LONGEST_SIDE = 3000  # pixels: enough to read small print on a photographed page
MEGABYTE = 1024 * 1024
PICTURE_MEMORY = 1024 * MEGABYTE  # bytes: enough for a picture of 40 million pixels and its decoder
PDF_MEMORY = 512 * MEGABYTE  # a scan of 40 pages needs half of it: its pictures stay packed
CPU_SECONDS = 10
WALL_SECONDS = 180  # elapsed time, on a busy machine
UNPACKED_MAX = 64 * MEGABYTE  # of all drawing commands of a PDF; those of a scan are some kilobytes
PIECE = 256 * 1024  # bytes that are unpacked at once
# PDF actions by allow list: going to a page, and opening a web or mail address
ACTIONS = {"/GoTo", "/Named", "/URI"}
SCHEMES = ("https:", "http:", "mailto:")
# keys of any PDF dictionary that trigger an action, or contain a program or another file
ACTIVE_KEYS = {
    *("/AA", "/OpenAction", "/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EF", "/AF", "/RF", "/Collection"),
    *("/RichMediaContent", "/RichMediaSettings", "/3DD", "/3DA", "/OPI", "/NeedsRendering", "/Metadata"),
}
ACTIVE_ANNOTATIONS = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
# keys of a stream that take its content from another file
ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms"}
# filters that may pack a JPEG once more, by their full and short names
PACKINGS = {
    **{"/FlateDecode": "/FlateDecode", "/Fl": "/FlateDecode", "/LZWDecode": "/LZWDecode", "/LZW": "/LZWDecode"},
    **{"/ASCII85Decode": "/ASCII85Decode", "/A85": "/ASCII85Decode"},
    **{"/ASCIIHexDecode": "/ASCIIHexDecode", "/AHx": "/ASCIIHexDecode"},
    **{"/RunLengthDecode": "/RunLengthDecode", "/RL": "/RunLengthDecode"},
}
PHOTOS = {
    **dict.fromkeys(("/DCTDecode", "/DCT"), jpeg_without_notes),
    "/JPXDecode": jpeg_2000_without_notes,
}
FULL_NAMES = {"/DCT": "/DCTDecode"}
# the command that begins a picture inside a drawing, and names of filters, which "#" can hide
PICTURE, PHOTO_NAME = re.compile(rb"BI[\s\0/%]"), re.compile(rb"DCT|JPX|#")
INLINE = pikepdf.ContentStreamInlineImage
OTHERS_RAISED = (ValueError, TypeError, RuntimeError)  # by pikepdf, for a PDF that makes no sense
USUAL_MATRIX = (0.001, 0, 0, 0.001, 0, 0)  # of nearly every font
DEEPEST = 50  # levels of nested dictionaries


def clean_in_subprocess(content: bytes, kind: str, *, megapixels: float) -> tuple[bytes, str]:
    """Run `clean` in a subprocess. Raises FileRefused: as `clean`, too_heavy at a limit, or unreadable if the process
    crashed.
    """
    try:
        answer = run_confined(__name__, kind, str(float(megapixels)), given=content, seconds=WALL_SECONDS)
    except (TookTooLongError, TooMuchMemoryError) as error:
        raise FileRefused("too_heavy") from error
    except CrashedError as error:
        raise FileRefused("unreadable") from error
    word, _line, cleaned = answer.partition(b"\n")
    if not word:
        raise FileRefused("unreadable")
    if not cleaned:
        raise FileRefused(word.decode())
    return cleaned, word.decode()


def clean(content: bytes, kind: str, *, megapixels: float) -> tuple[bytes, str]:
    """The content to keep, and its kind: HEIC and WebP become JPEG.

    Raises FileRefused: unreadable, too_many_pixels, too_heavy (a PDF that unpacks to too much), active (a PDF that is
    useless without its program or attachments).
    """
    if kind == PDF:
        return _clean_pdf(content), PDF
    kept = PNG if kind == PNG else JPEG
    return _redraw(content, FORMATS[kind], FORMATS[kept], megapixels), kept


# --- Pictures ---------------------------------------------------------------------------------------


def _redraw(content: bytes, image_format: str, kept_format: str, megapixels: float) -> bytes:
    """Re-encode the picture upright, from its pixels alone: location, camera, comments and trailing data are lost."""
    if image_format == FORMATS[HEIC]:
        import pillow_heif  # noqa: PLC0415 -- heavy, for one kind

        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(io.BytesIO(content), formats=[image_format]) as image:
            check_pixels(image.size, megapixels)
            # shrink first, a JPEG already while it is decoded, because memory is the scarce resource
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
            drawn = _in_plain_colours(ImageOps.exif_transpose(image), with_alpha=kept_format == "PNG")
    except TOO_BIG as error:
        raise FileRefused("too_many_pixels") from error
    except UNREADABLE as error:
        raise FileRefused("unreadable") from error
    drawn.info.clear()
    saved = io.BytesIO()
    drawn.save(saved, kept_format, **({"quality": 85} if kept_format == "JPEG" else {}))
    return saved.getvalue()


def _in_plain_colours(image: Image.Image, *, with_alpha: bool) -> Image.Image:
    sees_through = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    if sees_through and with_alpha:
        return image.convert("RGBA")
    if sees_through:  # JPEG has no transparency, so put the picture on white
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode in ("1", "I;16") else "RGB")


# --- PDF --------------------------------------------------------------------------------------------


class _Unpacking:
    """Unpacks the streams of one PDF, up to a ceiling for all of them together."""

    def __init__(self) -> None:
        self.left = UNPACKED_MAX
        self.looked_into: set[tuple[int, int]] = set()  # drawings that several pages may share

    def read(self, stream: Any) -> bytes:
        """Raises FileRefused("too_heavy") before more than the ceiling is in memory."""
        self._check(stream)
        content: bytes = stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        self._spend(len(content))
        return content

    def _check(self, stream: Any) -> None:
        """Count first, piece by piece, what qpdf would unpack at once, as far as zlib packed it, once or in layers."""
        pieces: Iterable[bytes] = [stream.read_raw_bytes()]
        for name in _listed(stream.get("/Filter")):
            if PACKINGS.get(str(name)) != "/FlateDecode":
                break  # others unpack far less than zlib; the process's limit of memory stops the rest
            pieces = _unpacked(pieces)
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.left:
                raise FileRefused("too_heavy")

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise FileRefused("too_heavy")


def _unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for piece in packed:
        rest = piece
        while rest and not unpacker.eof:
            try:
                yield unpacker.decompress(rest, PIECE)
            except zlib.error:
                return  # qpdf keeps what came before the fault
            rest = unpacker.unconsumed_tail


def _clean_pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-1024:]:
        raise FileRefused("unreadable")  # truncated: the library would repair it, with pages missing
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                raise FileRefused("unreadable")
            _refuse_what_is_empty_without(pdf)
            unpacking = _Unpacking()
            for page in pdf.pages:
                _drop_annotations(page.obj)
                _drop_notes_in_page(pdf, page, unpacking)
            for row in pdf.objects:
                for holder in _dictionaries(row, DEEPEST):
                    _disarm(holder)
                    _drop_notes_in_letters(pdf, holder, unpacking)
                if isinstance(row, pikepdf.Stream):
                    _drop_notes(pdf, row, unpacking)
                    if row.get("/Subtype") == "/Form" or "/PatternType" in row:
                        _drop_inline_notes(pdf, row, unpacking)
            if "/Info" in pdf.trailer:
                del pdf.trailer["/Info"]
            saved = io.BytesIO()
            # streams stay compressed, because one could expand to gigabytes
            with warnings.catch_warnings(action="ignore"):  # pikepdf warns about what was removed
                pdf.save(saved, encryption=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    except (pikepdf.PasswordError, pikepdf.PdfError, pikepdf.DataDecodingError, *OTHERS_RAISED) as error:
        raise FileRefused("unreadable") from error
    return saved.getvalue()


def _drop_notes(pdf: pikepdf.Pdf, stream: Any, unpacking: _Unpacking) -> None:
    """Remove the metadata of a photograph in a PDF, which may have the location, also if it is packed once more."""
    if found := _photo(pdf, stream, stream.read_raw_bytes, unpacking):
        content, name, options = found
        stream.write(content, filter=pikepdf.Name(name), decode_parms=options)


def _photo(
    pdf: pikepdf.Pdf, picture: Any, read: Callable[[], bytes], unpacking: _Unpacking
) -> tuple[bytes, str, Any] | None:
    """A JPEG or JPEG 2000 without its metadata, its filter's name and options. None for other streams."""
    filters, options = (_listed(picture.get(key)) for key in ("/Filter", "/DecodeParms"))
    names = [str(each) for each in filters]
    if PHOTOS.keys().isdisjoint(names):
        return None
    *packings, last = names
    if last not in PHOTOS or not PACKINGS.keys() >= set(packings):
        raise FileRefused("unreadable")  # nothing shows such a picture, or only we couldn't look into it
    content = read()
    options += [None] * (len(names) - len(options))
    if packings:
        packed = pdf.make_stream(content)
        packed.Filter = pikepdf.Array([pikepdf.Name(PACKINGS[name]) for name in packings])
        if any(option is not None for option in options[:-1]):
            packed.DecodeParms = pikepdf.Array(options[:-1])
        content = unpacking.read(packed)
    return PHOTOS[last](content), FULL_NAMES.get(last, last), options[-1]


def _drop_notes_in_page(pdf: pikepdf.Pdf, page: pikepdf.Page, unpacking: _Unpacking) -> None:
    parts = _listed(page.obj.get("/Contents"))
    if len(parts) > 1 and _may_hold_photo(b"\n".join(unpacking.read(each) for each in parts)):
        page.contents_coalesce()  # a picture may begin in one part and end in the next
        parts = [page.obj["/Contents"]]
    for each in parts:
        _drop_inline_notes(pdf, each, unpacking)


def _drop_notes_in_letters(pdf: pikepdf.Pdf, font: Any, unpacking: _Unpacking) -> None:
    letters = font.get("/CharProcs")
    if isinstance(letters, pikepdf.Dictionary):
        for name in list(letters.keys()):
            _drop_inline_notes(pdf, letters[name], unpacking)


def _drop_inline_notes(pdf: pikepdf.Pdf, drawing: Any, unpacking: _Unpacking) -> None:
    """The same for photographs among drawing commands: of a page, a form, a pattern or a letter of a font."""
    if not isinstance(drawing, pikepdf.Stream) or drawing.objgen in unpacking.looked_into:
        return
    unpacking.looked_into.add(drawing.objgen)
    if not _may_hold_photo(unpacking.read(drawing)):
        return
    parts: list[bytes] = []
    commands: list[Any] = []
    for command in pikepdf.parse_content_stream(drawing):
        picture = _inline_photo(pdf, command.iimage, unpacking) if isinstance(command, INLINE) else None
        if picture is None:
            commands.append(command)
        else:
            parts += [pikepdf.unparse_content_stream(commands), picture]
            commands = []
    if parts:
        drawing.write(b"\n".join([*parts, pikepdf.unparse_content_stream(commands)]))


def _may_hold_photo(drawing: bytes) -> bool:
    return bool(PICTURE.search(drawing) and PHOTO_NAME.search(drawing))


def _inline_photo(pdf: pikepdf.Pdf, picture: pikepdf.PdfInlineImage, unpacking: _Unpacking) -> bytes | None:
    """The picture as a drawing command, written in letters: where bytes end is for each program to guess."""
    if not (found := _photo(pdf, picture.obj, picture.read_raw_bytes, unpacking)):
        return None
    content, name, options = found
    entries: Any = picture.obj
    entries.Filter = pikepdf.Array([pikepdf.Name.ASCII85Decode, pikepdf.Name(name)])
    if options is not None:
        entries.DecodeParms = pikepdf.Array([None, options])
    for length in ("/L", "/Length"):
        if length in entries:
            del entries[length]
    words: bytes = entries.unparse().removeprefix(b"<<").removesuffix(b">>")
    return b"BI " + words + b" ID " + base64.a85encode(content, wrapcol=72) + b"~>\nEI"


def _listed(value: Any) -> list[Any]:
    """A list, also where PDF writes a single value without one: a page's contents, filters, their options."""
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _refuse_what_is_empty_without(pdf: pikepdf.Pdf) -> None:
    """Refuse PDFs that show nothing useful once cleaned: forms drawn by a program, and portfolios of files."""
    if pdf.Root.get("/NeedsRendering") or "/Collection" in pdf.Root:
        raise FileRefused("active")


def _drop_annotations(page: Any) -> None:
    notes = page.get("/Annots")
    if isinstance(notes, pikepdf.Array):
        kept = [note for note in notes if str(_entry(note, "/Subtype")) not in ACTIVE_ANNOTATIONS]
        if len(kept) < len(notes):
            page["/Annots"] = pikepdf.Array(kept)


def _entry(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream) else None


def _dictionaries(value: Any, depth: int) -> Iterator[Any]:
    """This dictionary and those nested in it, except indirect objects, over which the caller iterates itself."""
    if depth == 0:
        raise FileRefused("unreadable")
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        yield value
        inside = [value[key] for key in list(value.keys())]
    elif isinstance(value, pikepdf.Array):
        inside = list(value)
    else:
        return
    for each in inside:
        if isinstance(each, pikepdf.Object) and not each.is_indirect:
            yield from _dictionaries(each, depth - 1)


def _disarm(holder: Any) -> None:
    for key in list(holder.keys()):
        if key in ACTIVE_KEYS or _leads_elsewhere(holder, key):
            del holder[key]
    if "/S" in holder and "/Next" in holder and not isinstance(holder["/S"], pikepdf.Dictionary):
        del holder["/Next"]  # an action can name another one to run after it
    if "/FontMatrix" in holder and not _are_six_numbers(holder["/FontMatrix"]):
        holder["/FontMatrix"] = pikepdf.Array(USUAL_MATRIX)  # a text there can become a program (CVE-2024-4367)


def _leads_elsewhere(holder: Any, key: str) -> bool:
    value = holder[key]
    match key:
        case "/A":
            return not _is_harmless(value)
        case "/PA":  # of a link: an action that another program replaced. Elsewhere it is a name like any other.
            return _entry(holder, "/Subtype") == pikepdf.Name.Link or _entry(value, "/S") is not None
        case "/URI":  # of the catalog: the address that every relative link of the document begins with
            return isinstance(value, pikepdf.Dictionary)
        case "/Ref":  # of a form: its picture is a page of another PDF. A structure element has a list there.
            return isinstance(value, pikepdf.Dictionary) or isinstance(holder, pikepdf.Stream)
    return key in ELSEWHERE and isinstance(holder, pikepdf.Stream)


def _are_six_numbers(value: Any) -> bool:
    if not isinstance(value, pikepdf.Array) or len(value) != 6:
        return False
    return all(isinstance(each, int | float | Decimal) and not isinstance(each, bool) for each in value)


def _is_harmless(action: Any) -> bool:
    kind = _entry(action, "/S")
    if kind is None:  # not an action but an attribute of a tagged PDF's structure element
        return True
    if str(kind) == "/URI":
        return str(_entry(action, "/URI")).lower().startswith(SCHEMES)
    return str(kind) in ACTIONS


# --- The subprocess ---------------------------------------------------------------------------------


def main() -> None:
    """stdin: the file. stdout: a line with the kind and then the content, or only the reason of a refusal."""
    kind, megapixels = sys.argv[1], float(sys.argv[2])
    confine(memory=PDF_MEMORY if kind == PDF else PICTURE_MEMORY, cpu_seconds=CPU_SECONDS)
    out = sys.stdout.buffer
    try:
        content, kept = clean(sys.stdin.buffer.read(), kind, megapixels=megapixels)
    except FileRefused as refused:
        out.write(refused.reason.encode())
    else:
        out.write(kept.encode() + b"\n" + content)


if __name__ == "__main__":
    answering(main)
