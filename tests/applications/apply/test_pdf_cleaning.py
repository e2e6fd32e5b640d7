"""Cleaned PDFs, read back by two programs other than the one that cleans: pypdf searches them, PDFium draws them.

Each sample is a red page that carries one thing which must not be kept; the page must still be red afterwards.
"""

import io
import zlib

import pypdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from applications.apply import file_cleaning
from applications.base.file_kinds import PDF, FileRefused
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


def test_a_photograph_that_unpacks_to_gigabytes_costs_one_refusal():
    packer, megabytes = zlib.compressobj(9), b"\0" * 64 * 1024 * 1024
    bomb = b"".join(packer.compress(megabytes) for _turn in range(20)) + packer.flush()
    content = samples.pdf(photo(Array([Name.FlateDecode, Name.DCTDecode]), bomb))
    assert len(content) < 4 * 1024 * 1024
    with pytest.raises(FileRefused, match="unreadable"):
        file_cleaning.clean_in_subprocess(content, PDF, megapixels=40)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"mode": "L", "colour": 120}])
def test_a_picture_behind_the_picture_is_gone(options):
    first = samples.picture("JPEG", size=(64, 48), **options)
    content = b"".join(file_cleaning._picture_parts(first + samples.photograph()))

    assert SECRET not in content
    assert content.endswith(b"\xff\xd9")
    with Image.open(io.BytesIO(content)) as kept, Image.open(io.BytesIO(first)) as before:
        assert kept.tobytes() == before.tobytes()


def test_colors_are_kept_and_other_pictures_in_their_segment_are_not():
    plain = samples.picture("JPEG", icc_profile=b"x" * 200)
    segment = b"\xff\xe2" + (2 + 4 + len(SECRET)).to_bytes(2) + b"MPF\0" + SECRET

    content = b"".join(file_cleaning._picture_parts(plain[:2] + segment + plain[2:]))

    assert SECRET not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.info["icc_profile"] == b"x" * 200


@given(st.binary(max_size=300))
def test_any_bytes_of_a_photograph_end(rest):
    parts = b"".join(file_cleaning._picture_parts(b"\xff\xd8" + rest))

    assert parts.startswith(b"\xff\xd8")
    assert len(parts) <= len(rest) + 2


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
