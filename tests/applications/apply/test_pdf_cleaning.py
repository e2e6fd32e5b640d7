"""Cleaned PDFs, read back by two programs other than the one that cleans: pypdf searches them, PDFium draws them.

Each sample is a red page that carries one thing which must not be kept; the page must still be red afterwards.
"""

import base64
import io
import re
import resource
import zlib
from functools import cache

import pikepdf
import pypdf
import pypdfium2
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from applications.apply import file_cleaning
from applications.apply.file_cleaning import clean_in_subprocess
from applications.apply.picture_notes import jpeg_2000_without_notes, jpeg_without_notes
from applications.base.file_kinds import PDF, FileRefused
from applications.models import Upload
from exchange.background.subprocesses import CrashedError, TookTooLongError, TooMuchMemoryError
from tests.applications import upload_samples as samples

SECRET = b"SecretMaker"
ELSEWHERE = "https://evil.example/"


def cleaned(change):
    def on_red(made, page):
        page.Contents = made.make_stream(b"1 0 0 rg 0 0 200 200 re f")
        change(made, page)

    content, kind = file_cleaning.clean(samples.pdf(on_red), PDF, megapixels=40)
    assert kind == PDF
    return content


def everything(content):
    """All dictionaries and streams of the PDF, as pypdf reads them."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    waiting, seen, found = [reader.trailer], set(), []
    while waiting:
        value = waiting.pop()
        if isinstance(value, pypdf.generic.IndirectObject):
            if value.idnum in seen:
                continue
            seen.add(value.idnum)
            value = value.get_object()
        if isinstance(value, DictionaryObject):
            found.append(value)
            waiting += [value.raw_get(key) for key in value]
        elif isinstance(value, ArrayObject):
            waiting += list(value)
    return found


def drawn(content):
    with pypdfium2.PdfDocument(content) as document:
        return document[0].render().to_pil().convert("RGB")


def is_red(content, at=(190, 10)):
    return drawn(content).getpixel(at) == (255, 0, 0)


# --- Photographs --------------------------------------------------------------------------------------


def photo(filters, packed, options=None):
    """The page shows a photograph on its left half; `packed`: its bytes under these filters."""

    def change(made, page):
        image = made.make_stream(packed, Type=Name.XObject, Subtype=Name.Image, Width=40, Height=20)
        image.Filter, image.ColorSpace, image.BitsPerComponent = filters, Name.DeviceRGB, 8
        if options is not None:
            image.DecodeParms = options
        page.Resources = Dictionary(XObject=Dictionary(Photo=image))
        page.Contents = made.make_stream(b"1 0 0 rg 0 0 200 200 re f q 100 0 0 200 0 0 cm /Photo Do Q")

    return change


PACKED = {
    "alone": (Name.DCTDecode, lambda data: data, None),
    "alone in a list": (Array([Name.DCTDecode]), lambda data: data, None),
    "behind Flate": (Array([Name.FlateDecode, Name.DCTDecode]), zlib.compress, None),
    "behind Flate, by short names": (Array([Name.Fl, Name.DCT]), zlib.compress, None),
    "behind hexadecimal": (Array([Name.ASCIIHexDecode, Name.DCTDecode]), lambda data: data.hex().encode() + b">", None),
    "behind two": (
        Array([Name.ASCIIHexDecode, Name.FlateDecode, Name.DCTDecode]),
        lambda data: zlib.compress(data).hex().encode() + b">",
        None,
    ),
    "with options": (
        Array([Name.FlateDecode, Name.DCTDecode]),
        zlib.compress,
        Array([Dictionary(Predictor=1), Dictionary(ColorTransform=1)]),
    ),
}


@pytest.mark.parametrize(("filters", "pack", "options"), PACKED.values(), ids=PACKED)
def test_a_photograph_loses_its_place_however_it_is_packed(filters, pack, options):
    content = cleaned(photo(filters, pack(samples.photograph()), options))

    streams = [each for each in everything(content) if isinstance(each, StreamObject)]
    photos = [each for each in streams if each.get("/Subtype") == "/Image"]
    assert len(photos) == 1
    assert SECRET not in photos[0]._data and b"Exif" not in photos[0]._data and b"my address" not in photos[0]._data
    assert photos[0]["/Filter"] == "/DCTDecode"
    assert drawn(content).getpixel((50, 100))[1] > 100  # orange, not the red of the page
    assert is_red(content)


def test_the_options_of_the_photograph_are_kept():
    options = Array([Dictionary(Predictor=1), Dictionary(ColorTransform=0)])
    content = cleaned(photo(Array([Name.FlateDecode, Name.DCTDecode]), zlib.compress(samples.photograph()), options))

    (found,) = [each for each in everything(content) if each.get("/Subtype") == "/Image"]
    assert found["/DecodeParms"]["/ColorTransform"] == 0


@pytest.mark.parametrize("filters", [[Name.DCTDecode, Name.FlateDecode], [Name.JPXDecode, Name.DCTDecode]])
def test_a_photograph_that_we_cannot_look_into_is_refused(filters):
    with pytest.raises(FileRefused, match="unreadable"):
        cleaned(photo(Array(filters), samples.photograph()))


def test_a_photograph_whose_packing_is_broken_is_refused():
    with pytest.raises(FileRefused, match="unreadable"):
        cleaned(photo(Array([Name.FlateDecode, Name.DCTDecode]), b"not packed"))


@pytest.mark.full
def test_a_photograph_that_unpacks_to_gigabytes_costs_one_refusal():
    packer, megabytes = zlib.compressobj(9), b"\0" * 64 * 1024 * 1024
    bomb = b"".join(packer.compress(megabytes) for _turn in range(20)) + packer.flush()
    content = samples.pdf(photo(Array([Name.FlateDecode, Name.DCTDecode]), bomb))
    assert len(content) < 4 * 1024 * 1024
    with pytest.raises(FileRefused, match="too_heavy"):
        clean_in_subprocess(content, PDF, megapixels=40)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"mode": "L", "colour": 120}])
def test_a_picture_behind_the_picture_is_gone(options):
    first = samples.picture("JPEG", size=(64, 48), **options)
    content = jpeg_without_notes(first + samples.photograph())

    assert SECRET not in content
    assert content.endswith(b"\xff\xd9")
    with Image.open(io.BytesIO(content)) as kept, Image.open(io.BytesIO(first)) as before:
        assert kept.tobytes() == before.tobytes()


def test_colors_are_kept_and_other_pictures_in_their_segment_are_not():
    plain = samples.picture("JPEG", icc_profile=b"x" * 200)
    segment = b"\xff\xe2" + (2 + 4 + len(SECRET)).to_bytes(2) + b"MPF\0" + SECRET

    content = jpeg_without_notes(plain[:2] + segment + plain[2:])

    assert SECRET not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.info["icc_profile"] == b"x" * 200


@given(st.binary(max_size=300))
def test_any_bytes_of_a_photograph_end(rest):
    parts = jpeg_without_notes(b"\xff\xd8" + rest)

    assert parts.startswith(b"\xff\xd8")
    assert len(parts) <= len(rest) + 2


# --- JPEG 2000 -----------------------------------------------------------------------------------------


def box(kind, inside):
    return (8 + len(inside)).to_bytes(4) + kind + inside


NOTE_BOXES = {
    "XML": box(b"xml ", b"<maker>" + SECRET + b"</maker>"),
    "Exif": box(b"uuid", b"JpgTiffExif->JP2" + SECRET),
    "Exif in a long box": b"\0\0\0\x01uuid" + (16 + 16 + len(SECRET)).to_bytes(8) + b"JpgTiffExif->JP2" + SECRET,
    "a label": box(b"asoc", box(b"lbl ", SECRET)),
    "rights": box(b"jp2i", SECRET),
    "another picture": box(b"jp2c", b"\xff\x4f" + SECRET),
}


def photo_2000(extra=b"", in_header=b"", after=b"", **options):
    """A JPEG 2000 with boxes beside the picture, in its header and behind it, and a comment in its codestream."""
    made = samples.picture("JPEG2000", comment=SECRET, **options)
    header, picture = made.index(b"jp2h") - 4, made.index(b"jp2c") - 4
    return made[:header] + box(b"jp2h", made[header + 8 : picture] + in_header) + extra + made[picture:] + after


JPEGS_2000 = {
    **{
        f"{name} before the picture": photo_2000(extra=value)
        for name, value in NOTE_BOXES.items()
        if "other" not in name
    },
    **{f"{name} in the header": photo_2000(in_header=value) for name, value in NOTE_BOXES.items()},
    **{f"{name} behind the picture": photo_2000(after=value) for name, value in NOTE_BOXES.items()},
    "a codestream alone": photo_2000(no_jp2=True)
    if False
    else samples.picture("JPEG2000", comment=SECRET, no_jp2=True),
    "in tiles": photo_2000(tile_size=(16, 16)),
    "bytes behind a codestream": samples.picture("JPEG2000", comment=SECRET, no_jp2=True) + SECRET,
}


def pixels(content):
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("content", JPEGS_2000.values(), ids=JPEGS_2000)
def test_a_jpeg_2000_keeps_its_picture_and_nothing_else(content):
    assert SECRET in content
    kept = jpeg_2000_without_notes(content)

    assert SECRET not in kept and b"Exif" not in kept
    assert pixels(kept) == pixels(content)


def without_color_space(change):
    """A JPEG 2000 says itself what its colors are."""

    def on_page(made, page):
        change(made, page)
        del page.Resources.XObject.Photo["/ColorSpace"]

    return on_page


@pytest.mark.parametrize("content", JPEGS_2000.values(), ids=JPEGS_2000)
@pytest.mark.parametrize("flate", [False, True], ids=["alone", "behind Flate"])
def test_a_jpeg_2000_in_a_pdf_loses_its_place_and_is_drawn(content, flate):
    filters = Array([Name.FlateDecode, Name.JPXDecode]) if flate else Name.JPXDecode
    packed = zlib.compress(content) if flate else content
    kept = cleaned(without_color_space(photo(filters, packed)))

    (found,) = [each for each in everything(kept) if each.get("/Subtype") == "/Image"]
    assert found["/Filter"] == "/JPXDecode"
    assert SECRET not in kept and SECRET not in found._data and b"Exif" not in found._data
    assert drawn(kept).getpixel((50, 100))[1] > 100  # orange, not the red of the page
    assert is_red(kept)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        samples.photograph(),
        photo_2000()[:12],
        photo_2000().replace(b"jp2c", b"free"),
        photo_2000()[:12] + box(b"jp2c", SECRET),
        photo_2000()[:12] + b"\0\0\0\x05ftyp" + b"\0" * 40,
        b"\xff\x4f\xff\x64\0\0" + b"\0" * 40,
        b"\xff\x4f\xff\x93" + b"\0" * 40,
    ],
    ids=["empty", "a JPEG", "no boxes", "no picture", "no codestream", "short box", "short segment", "no tile"],
)
def test_a_jpeg_2000_that_makes_no_sense_is_refused(content):
    with pytest.raises(FileRefused, match="unreadable"):
        jpeg_2000_without_notes(content)


@given(st.binary(max_size=300))
def test_any_bytes_of_a_jpeg_2000_end(rest):
    for first in (b"\xff\x4f", photo_2000()[:12], photo_2000()[:-40]):
        try:
            assert len(jpeg_2000_without_notes(first + rest)) <= len(first + rest)
        except FileRefused as refused:
            assert refused.reason == "unreadable"


# --- Photographs among drawing commands ----------------------------------------------------------------

RED, LEFT_HALF = b"1 0 0 rg 0 0 200 200 re f q 100 0 0 200 0 0 cm ", b" Q 0 0 1 rg 150 150 50 50 re f"


def inline(entries=b"/F /DCT", data=None, pack=lambda data: data):
    packed = pack(samples.photograph() if data is None else data)
    return b"BI /W 40 /H 20 /CS /RGB /BPC 8 " + entries + b" ID " + packed + b"\nEI"


INLINE = {
    "alone": inline(),
    "by long names": inline(b"/Filter /DCTDecode"),
    "by a name that is written otherwise": inline(b"/F /D#43T"),
    "with its length": inline(b"/F /DCT /L %d" % len(samples.photograph())),
    "behind Flate": inline(b"/F [/Fl /DCT]", pack=zlib.compress),
    "behind letters": inline(b"/F [/AHx /DCT]", pack=lambda data: data.hex().encode() + b">"),
    "with options": inline(b"/F [/Fl /DCT] /DP [null <</ColorTransform 1>>]", pack=zlib.compress),
    "twice": inline() + b" " + inline(),
}


def on_the_page(drawing):
    def change(made, page):
        page.Contents = made.make_stream(RED + drawing + LEFT_HALF)

    return change


def in_two_parts(made, page):
    whole = RED + INLINE["alone"] + LEFT_HALF
    cut = whole.index(b" /CS")
    page.Contents = Array([made.make_stream(whole[:cut]), made.make_stream(whole[cut + 1 :])])


def in_a_form(made, page):
    form = made.make_stream(INLINE["alone"], Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
    page.Resources = Dictionary(XObject=Dictionary(Form=form))
    page.Contents = made.make_stream(RED + b"/Form Do" + LEFT_HALF)


def in_a_pattern(made, page):
    tile = made.make_stream(b"100 0 0 200 0 0 cm " + INLINE["alone"])
    tile.PatternType, tile.PaintType, tile.TilingType, tile.Resources = 1, 1, 1, Dictionary()
    tile.BBox, tile.XStep, tile.YStep = Array([0, 0, 100, 200]), 100, 200
    page.Resources = Dictionary(Pattern=Dictionary(Tile=tile))
    page.Contents = made.make_stream(RED + b"/Pattern cs /Tile scn 0 0 1 1 re f" + LEFT_HALF)


def in_a_letter(made, page):
    letter = made.make_stream(b"1 0 d0 " + INLINE["alone"])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 1, 1]), FirstChar=97, LastChar=97)
    font.FontMatrix, font.Widths, font.Resources = Array([1, 0, 0, 1, 0, 0]), Array([1]), Dictionary()
    font.CharProcs, font.Encoding = Dictionary(photo=letter), Dictionary(Differences=Array([97, Name.photo]))
    page.Resources = Dictionary(Font=Dictionary(F=font))
    page.Contents = made.make_stream(RED + b"BT /F 1 Tf (a) Tj ET" + LEFT_HALF)


PLACES = {
    **{f"on the page, {name}": on_the_page(drawing) for name, drawing in INLINE.items()},
    "in two parts": in_two_parts,
    "in a form": in_a_form,
    "in a pattern": in_a_pattern,
    "in a letter": in_a_letter,
}


def drawings(content):
    """What all streams of the PDF hold, unpacked, also what is written there in letters."""
    for each in everything(content):
        if isinstance(each, StreamObject):
            data = each.get_data()
            yield data
            for found in re.findall(rb"ID ([!-uz\s]+)~>", data):
                yield base64.a85decode(found)


@pytest.mark.parametrize("change", PLACES.values(), ids=PLACES)
def test_a_photograph_among_drawing_commands_loses_its_place(change):
    before = samples.pdf(change)
    kept, _kind = file_cleaning.clean(before, PDF, megapixels=40)

    found = b"".join(drawings(kept))
    assert b"JFIF" in found
    assert SECRET not in found and b"Exif" not in found and b"my address" not in found
    assert drawn(kept).tobytes() == drawn(before).tobytes()
    assert drawn(kept).getpixel((50, 100))[1] > 100  # orange
    assert drawn(kept).getpixel((190, 10)) == (0, 0, 255)  # what comes after the photograph


@pytest.mark.parametrize("drawing", [inline(b"/F [/DCT /Fl]"), inline(data=b"no photograph"), inline(b"/F /JPXDecode")])
def test_a_photograph_among_drawing_commands_that_we_cannot_look_into_is_refused(drawing):
    with pytest.raises(FileRefused, match="unreadable"):
        cleaned(on_the_page(drawing))


@pytest.mark.full
def test_drawing_commands_that_unpack_to_gigabytes_cost_one_refusal():
    packer, megabytes = zlib.compressobj(9), b" " * 64 * 1024 * 1024
    bomb = b"".join(packer.compress(megabytes) for _turn in range(20)) + packer.flush()

    def change(made, page):
        page.Contents = made.make_stream(bomb, Filter=Name.FlateDecode)

    with pytest.raises(FileRefused, match="too_heavy"):
        clean_in_subprocess(samples.pdf(change), PDF, megapixels=40)


def test_a_page_whose_commands_end_too_early_is_kept():
    packed = zlib.compress(RED + b"Q " + b"0 0 m 10 10 l S " * 500)

    def change(made, page):
        page.Contents = made.make_stream(packed[:-8], Filter=Name.FlateDecode)

    assert is_red(cleaned(change))


@pytest.mark.parametrize("words", [b"(BI DCT ID) pop", b"BI /W 1 /H 1 /BPC 8 /CS /G ID x\nEI"])
def test_other_drawing_commands_are_kept_byte_by_byte(words):
    content = RED + b"%" + words + b"\n" + LEFT_HALF

    assert content in list(
        drawings(cleaned(lambda made, page: page.__setattr__("Contents", made.make_stream(content))))
    )


# --- Content and actions from elsewhere ---------------------------------------------------------------


def external_stream(made, page):
    outside = made.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    outside.F = Dictionary(Type=Name.Filespec, FS=Name.URL, F=String(ELSEWHERE))
    outside.FFilter, outside.FDecodeParms = Name.FlateDecode, Dictionary(Predictor=1)
    page.Resources = Dictionary(XObject=Dictionary(Outside=outside))


def external_stream_by_name(made, page):
    external_stream(made, page)
    page.Resources.XObject.Outside.F = String(ELSEWHERE)


def other_pdf(made, page):
    form = made.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    form.Ref = Dictionary(F=String(ELSEWHERE), Page=0)
    page.Resources = Dictionary(XObject=Dictionary(Outside=form))


def other_pdf_indirect(made, page):
    other_pdf(made, page)
    form = page.Resources.XObject.Outside
    form.Ref = made.make_indirect(Dictionary(F=String(ELSEWHERE), Page=0))


def earlier_action(made, page):
    action = Dictionary(S=Name.URI, URI=String(ELSEWHERE))
    samples.annotated(Subtype=Name.Link, PA=action)(made, page)


def earlier_action_indirect(made, page):
    action = made.make_indirect(Dictionary(S=Name.Launch, F=String(ELSEWHERE)))
    samples.annotated(Subtype=Name.Link, PA=action)(made, page)


def base_address(made, page):
    made.Root.URI = Dictionary(Base=String(ELSEWHERE))


def base_address_indirect(made, page):
    made.Root.URI = made.make_indirect(Dictionary(Base=String(ELSEWHERE)))


def matrix(*values):
    def change(made, page):
        page.Resources = Dictionary(
            Font=Dictionary(
                F1=Dictionary(
                    Type=Name.Font,
                    Subtype=Name.Type1,
                    BaseFont=Name.Helvetica,
                    FontMatrix=made.make_indirect(Array(values)),
                )
            )
        )

    return change


OUTSIDE = {
    "a stream from an address": external_stream,
    "a stream from a file": external_stream_by_name,
    "a page of another PDF": other_pdf,
    "a page of another PDF, by reference": other_pdf_indirect,
    "an action that a link had before": earlier_action,
    "an action that a link had before, by reference": earlier_action_indirect,
    "an address for all relative links": base_address,
    "an address for all relative links, by reference": base_address_indirect,
    "a program in a font's matrix": matrix(1, 2, 3, 4, 5, String(f"1); fetch('{ELSEWHERE}'")),
}


@pytest.mark.parametrize("change", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_leads_elsewhere_and_the_page_is_drawn(change):
    content = cleaned(change)

    for each in everything(content):
        assert ELSEWHERE not in str(dict(each))
        assert not {"/PA", "/FFilter", "/FDecodeParms", "/Ref", "/Base"} & each.keys()
        if isinstance(each, StreamObject):
            assert "/F" not in each
    assert b"evil.example" not in content
    assert is_red(content)


@pytest.mark.parametrize(
    "values",
    [
        (1, 2, 3, 4, 5, String("x")),
        (1, 2, 3, 4, 5),
        (1, 2, 3, 4, 5, Name.X),
        (1, 2, 3, 4, 5, True),
        (Array([1]),) * 6,
        (),
    ],
    ids=["text", "five", "name", "truth", "lists", "none"],
)
def test_a_font_matrix_is_six_numbers(values):
    assert matrices(cleaned(matrix(*values))) == [[0.001, 0, 0, 0.001, 0, 0]]


def test_an_honest_font_matrix_is_kept():
    assert matrices(cleaned(matrix(0.01, 0, 0, 0.01, 0, 2))) == [[0.01, 0, 0, 0.01, 0, 2]]


def matrices(content):
    return [[float(value) for value in each["/FontMatrix"]] for each in everything(content) if "/FontMatrix" in each]


# --- The same names, with another meaning -------------------------------------------------------------


def test_flags_fields_and_resources_of_these_names_are_kept():
    def change(made, page):
        link = Dictionary(S=Name.URI, URI=String("https://college.example.edu"))
        samples.annotated(Subtype=Name.Link, A=link, F=4)(made, page)
        form = made.make_stream(b"0 0 1 rg 0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form)
        form.BBox = Array([0, 0, 200, 200])
        page.Resources = Dictionary(XObject=Dictionary(PA=form, F=form))
        page.Contents = made.make_stream(b"1 0 0 rg 0 0 200 200 re f /PA Do 1 0 0 1 100 0 cm /F Do")
        element = made.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P))
        made.Root.StructTreeRoot = Dictionary(K=Dictionary(Type=Name.StructElem, S=Name.P, Ref=Array([element])))

    content = cleaned(change)

    assert is_red(content)
    assert drawn(content).getpixel((20, 180)) == (0, 0, 255)  # drawn by /PA
    assert drawn(content).getpixel((120, 180)) == (0, 0, 255)  # drawn by /F
    (note,) = [each for each in everything(content) if each.get("/Subtype") == "/Link"]
    assert (note["/F"], note["/A"]["/URI"]) == (4, "https://college.example.edu")
    assert [each for each in everything(content) if "/Ref" in each]


# --- Limits -----------------------------------------------------------------------------------------


AS_IT_IS = {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}


@cache
def zipped(megabytes, layers=1):
    packer, megabyte = zlib.compressobj(9), b" " * 1024 * 1024
    content = b"".join(packer.compress(megabyte) for _turn in range(megabytes)) + packer.flush()
    for _layer in range(layers - 1):
        content = zlib.compress(content, 9)
    return content


def on_pages(*, megabytes, layers=1, pages=1, of_its_own=False):
    """Pages with a drawing of this size: one for all, or each with its own."""

    def change(made, page):
        content = zipped(megabytes, layers)  # now, and not as each process of a run imports this module
        made.pages.extend([page] * (pages - 1))
        filters = Array([Name.FlateDecode] * layers)
        shared = made.make_stream(content, Filter=filters)
        for each in made.pages:
            each.Contents = made.make_stream(content, Filter=filters) if of_its_own else shared

    return change


@pytest.mark.parametrize(
    "change",
    [
        on_pages(megabytes=65),
        on_pages(megabytes=1000, layers=3),  # four kilobytes
        on_pages(megabytes=12, layers=2, pages=6, of_its_own=True),
    ],
)
def test_a_pdf_that_unpacks_without_end_is_refused_and_says_why(change):
    content = samples.pdf(change, **AS_IT_IS)
    assert len(content) < 100_000
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(FileRefused, match="too_heavy") as refused:
        clean_in_subprocess(content, PDF, megapixels=40)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_utime - began.ru_utime < file_cleaning.CPU_SECONDS / 2
    assert "Print it to a new PDF" in str(Upload.Refusal(refused.value.reason).label)
    with translation.override("es"):
        assert "Imprímelo como un PDF nuevo" in str(Upload.Refusal(refused.value.reason).label)


def test_a_drawing_that_many_pages_share_is_unpacked_once():
    content = samples.pdf(on_pages(megabytes=12, layers=2, pages=300), **AS_IT_IS)
    kept, _kind = clean_in_subprocess(content, PDF, megapixels=40)
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert len(pdf.pages) == 300


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TookTooLongError, "too_heavy"), (TooMuchMemoryError, "too_heavy"), (CrashedError, "unreadable")],
)
def test_a_limit_is_told_from_a_crash(error, reason, monkeypatch):
    def run(*_words, **_options):
        raise error

    monkeypatch.setattr(file_cleaning, "run_confined", run)
    with pytest.raises(FileRefused, match=reason):
        clean_in_subprocess(samples.pdf(), PDF, megapixels=40)


def test_a_scan_of_forty_pages_by_phone_is_kept():
    pages = 40
    noise = Image.effect_noise((1240, 1754), 40).convert("RGB")
    page_of = io.BytesIO()
    noise.save(page_of, "JPEG", quality=12)
    photograph = page_of.getvalue()

    def change(made, page):
        made.pages.extend([page] * (pages - 1))
        for each in made.pages:
            entries = {"Type": Name.XObject, "Subtype": Name.Image, "Width": 1240, "Height": 1754}
            entries |= {"ColorSpace": Name.DeviceRGB, "BitsPerComponent": 8, "Filter": Name.DCTDecode}
            picture = made.make_stream(photograph, **entries)
            each.Resources = Dictionary(XObject=Dictionary(Im0=picture))
            each.Contents = made.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")

    content = samples.pdf(change)
    assert 5_000_000 < len(content) < 10 * 1024 * 1024  # as large as a file may be
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept, kind = clean_in_subprocess(content, PDF, megapixels=40)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert kind == PDF
    assert used.ru_utime - began.ru_utime < file_cleaning.CPU_SECONDS / 2
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert [page.Resources.XObject.Im0.read_raw_bytes() == photograph for page in pdf.pages] == [True] * pages
