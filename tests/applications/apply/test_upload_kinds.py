"""Fifty kinds of hostile and broken files, and honest ones beside them: what becomes of each, step by step.

`look` runs in the web process and unpacks nothing; `clean` runs in a subprocess. A refusal is a value of
`Upload.Refusal`; a file that is kept no longer contains what was wrong with it.
"""

import io
import subprocess
import sys
import time
import tracemalloc

import pikepdf
import pytest
from pikepdf import Dictionary, Name, String
from PIL import Image, ImageFile

from applications.apply import file_cleaning
from applications.apply.file_cleaning import clean_in_subprocess
from applications.base import file_kinds
from applications.base.file_kinds import HEIC, JPEG, PDF, PNG, WEBP, FileRefused, kind_of
from exchange.background import subprocesses
from tests.applications import upload_samples as samples
from tests.services import ROOT

LIMITS = {"megabytes": 10, "megapixels": 40}
HOSTILE = (
    b"alert",
    b"JavaScript",
    b"virus.exe",
    b"MZ\x90",
    b"<script",
    b"cmd.exe",
    b"xdp",
    b"EmbeddedFile",
    b"PK\x03\x04",
)


def become(content):
    """Returns the cleaned content and its kind, or the value of the refusal."""
    try:
        kind = file_kinds.look(content, **LIMITS)
        return file_cleaning.clean(content, kind, megapixels=40)
    except FileRefused as refused:
        return refused.reason


# --- Honest files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "kept"),
    [
        (samples.pdf(), PDF, PDF),
        (samples.picture("JPEG"), JPEG, JPEG),
        (samples.picture("PNG"), PNG, PNG),
        (samples.picture("HEIF"), HEIC, JPEG),
        (samples.picture("WEBP"), WEBP, JPEG),
        (samples.picture("JPEG", mode="CMYK", colour=(0, 9, 9, 0)), JPEG, JPEG),
        (samples.picture("JPEG", mode="L", colour=9), JPEG, JPEG),
        (samples.picture("PNG", mode="RGBA", colour=(9, 9, 9, 0)), PNG, PNG),
        (samples.picture("PNG", mode="P", colour=3), PNG, PNG),
        (samples.picture("PNG", mode="1", colour=1), PNG, PNG),
        (samples.picture("PNG", mode="I;16", colour=900), PNG, PNG),
        (samples.picture("WEBP", mode="RGBA", colour=(9, 9, 9, 0)), WEBP, JPEG),
    ],
)
def test_honest_file_is_known_by_its_content_and_kept(content, kind, kept):
    assert kind_of(content) == kind
    cleaned, kind_kept = become(content)
    assert (kind_kept, kind_of(cleaned)) == (kept, kept)


@pytest.mark.parametrize("image_format", ["JPEG", "HEIF", "WEBP", "PNG"])
def test_a_photograph_loses_its_place_and_maker_and_stands_upright(image_format):
    content = samples.photograph(image_format)
    assert b"SecretMaker" in content
    kept, _kind = become(content)
    assert b"SecretMaker" not in kept and b"my address" not in kept and b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & image.info.keys()
        assert image.size == (20, 40)


def test_what_could_be_seen_through_stands_on_white():
    kept, _kind = become(samples.picture("WEBP", mode="RGBA", colour=(0, 0, 0, 0), lossless=True))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_a_large_photograph_is_kept_smaller():
    kept, _kind = become(samples.picture("JPEG", size=(4000, 2000)))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (3000, 1500)


def test_an_honest_pdf_keeps_its_page_and_its_links():
    link = Dictionary(S=Name.URI, URI=String("https://college.example.edu"))
    kept, _kind = become(samples.pdf(samples.annotated(Subtype=Name.Link, A=link)))
    with pikepdf.open(io.BytesIO(kept)) as made:
        assert str(made.pages[0].Annots[0].A.URI) == "https://college.example.edu"
        assert made.pages[0].Contents.read_bytes() == b"BT ET"


def test_a_photograph_in_a_pdf_loses_its_place_too():
    content = samples.pdf(samples.photographed)
    assert b"SecretMaker" in content
    kept, _kind = become(content)
    assert b"SecretMaker" not in kept and b"my address" not in kept
    with pikepdf.open(io.BytesIO(kept)) as made:
        photo = pikepdf.PdfImage(made.pages[0].Resources.XObject.Photo).as_pil_image()
        assert (photo.size, photo.getpixel((5, 5))[0] > 240) == ((40, 20), True)


def test_a_pdf_that_anyone_can_open_is_kept_without_its_lock():
    """Colleges forbid printing transcripts; opening such a file needs no password."""
    kept, _kind = become(samples.pdf(encryption=pikepdf.Encryption(owner="office", user="")))
    with pikepdf.open(io.BytesIO(kept)) as made:
        assert not made.is_encrypted


# --- Refused by a look ------------------------------------------------------------------------------

WRONG_TYPE = {
    "zero bytes": b"",
    "one byte": b"%",
    "words": b"just words",
    "a program called classes.pdf": samples.PROGRAM,
    "a Linux program": b"\x7fELF" + b"\0" * 200,
    "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "EICAR by itself": samples.EICAR,
    "HTML dressed as a picture": samples.HTML,
    "HTML with white space in front": b" \n" * 40 + samples.HTML,
    "SVG dressed as a picture": samples.SVG,
    "an archive": samples.archive(**{"a.txt": b"x"}),
    "a Word document": samples.archive(**{"word/document.xml": b"<x/>"}),
    "a GIF": samples.picture("GIF"),
    "GIFAR: a GIF that is a Java archive": samples.picture("GIF")
    + samples.archive(**{"Evil.class": b"\xca\xfe\xba\xbe"}),
    "a TIFF": samples.picture("TIFF"),
    "a BMP": samples.picture("BMP"),
    "an icon": samples.picture("ICO"),
    "HTML in front of a PDF": samples.HTML + samples.pdf(),
    "an archive in front of a PDF": samples.archive(**{"a": b"x"}) + samples.pdf(),
    "a script in front of a JPEG": b"<?php system($_GET[0]); ?>" + samples.picture("JPEG"),
    "a film": b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + b"\0" * 200,
    "PostScript": b"%!PS-Adobe-3.0\n(run) run\n",
    "a WAV called RIFF like a WebP": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40,
}
TOO_MANY_PIXELS = {
    "a PNG bomb": samples.png(60_000, 60_000),
    "a PNG wider than it may be": samples.png(2_000_000_000, 1),
    "a PNG with one pixel too many": samples.png(8001, 5000),
    "a HEIC that claims too much": samples.heic_of(50_000, 50_000),
    "a JPEG that claims too much": samples.picture("JPEG", size=(64, 64)).replace(
        b"\x00\x40\x00\x40", b"\xff\xdc\xff\xdc"
    ),
}
UNREADABLE = {
    "a truncated JPEG": samples.photograph()[:400],
    "a JPEG of three bytes": b"\xff\xd8\xff\xe0" + b"\0" * 9,
    "a truncated PNG": samples.picture("PNG", size=(300, 300))[:80],
    "a PNG without a size": samples.png(0, 0),
    "a PNG whose picture is missing": samples.png(900, 900),
    "a PNG whose text is a bomb": samples.png(9, 9, before=samples.text_bomb()),
    "a truncated HEIC": samples.picture("HEIF", size=(200, 200))[:-200],
    "a HEIC of rubbish": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\xaa" * 300,
    "a truncated WebP": samples.picture("WEBP", size=(300, 300), lossless=True)[:30],
    "an encrypted PDF": samples.pdf(encryption=pikepdf.Encryption(owner="secret", user="secret")),
    "a truncated PDF": samples.pdf()[:-60],
    "a PDF of its first line": b"%PDF-1.7\n%%EOF\n",
    "a PDF without a page": samples.no_pages(),
    "a PDF that is HTML behind its first line": b"%PDF-1.7\n" + samples.HTML + b"\n%%EOF",
    "a PDF with a thousand brackets": b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\n%%EOF",
    "a PDF nested without end": samples.pdf(samples.deep),
}
ACTIVE = {
    "a PDF that only a program draws (dynamic XFA)": samples.pdf(samples.only_xfa),
    "a PDF that is a folder of other files": samples.pdf(samples.portfolio),
}
REFUSED = [
    *((name, content, "wrong_type") for name, content in WRONG_TYPE.items()),
    *((name, content, "too_many_pixels") for name, content in TOO_MANY_PIXELS.items()),
    *((name, content, "unreadable") for name, content in UNREADABLE.items()),
    *((name, content, "active") for name, content in ACTIVE.items()),
]


@pytest.fixture(autouse=True)
def as_in_a_process_of_its_own(monkeypatch):
    """WeasyPrint tells Pillow, for the whole process, to accept truncated images; the subprocess does not."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)


@pytest.mark.parametrize(("content", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_hostile_or_broken_file_is_refused(content, reason):
    assert become(content) == reason


def test_too_large_is_told_before_anything_is_read():
    with pytest.raises(FileRefused, match="too_large"):
        file_kinds.look(b"%PDF-" + b"\0" * (1024 * 1024), megabytes=1, megapixels=1)
    assert file_kinds.look(samples.pdf().ljust(1024 * 1024, b" "), megabytes=1, megapixels=1) == PDF


@pytest.mark.parametrize("content", TOO_MANY_PIXELS.values(), ids=TOO_MANY_PIXELS)
def test_a_bomb_is_refused_cheaply(content):
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(FileRefused):
        file_kinds.look(content, **LIMITS)
    assert time.perf_counter() - started < 0.5
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


# --- Neutralised ------------------------------------------------------------------------------------

JPEG_AND_MORE = samples.picture("JPEG")
NEUTRALISED = {
    "JPEG + archive": JPEG_AND_MORE + samples.archive(**{"virus.exe": samples.PROGRAM}),
    "JPEG + PHP": JPEG_AND_MORE + b"<script>alert(1)</script><?php system('cmd.exe') ?>",
    "JPEG with a script in its comment": samples.picture("JPEG", comment=b"<script>alert(1)</script>"),
    "PNG + HTML": samples.picture("PNG") + samples.HTML,
    "PNG with a script in its text": samples.png_with_text("<script>alert(1)</script>"),
    "PNG that moves": samples.animated("PNG"),
    "WebP that moves": samples.animated("WEBP"),
    "HEIC + HTML": samples.picture("HEIF") + samples.HTML,
    "PDF + archive": samples.pdf() + samples.archive(**{"virus.exe": samples.PROGRAM}) + b"%%EOF",
    "PDF with HTML behind its first line": samples.pdf().replace(b"\n", b"\n%<script>alert(1)</script>\n", 1),
    "PDF that runs a script when opened": samples.pdf(samples.opens_with(samples.script())),
    "PDF with a named script": samples.pdf(samples.named_script),
    "PDF with a script on its page": samples.pdf(samples.page_script),
    "PDF with a script behind another action": samples.pdf(samples.chained),
    "PDF form with scripts and XFA": samples.pdf(samples.form_script),
    "PDF that starts a program": samples.pdf(
        samples.opens_with(Dictionary(S=Name.Launch, F=String("cmd.exe"), Win=Dictionary(F=String("cmd.exe"))))
    ),
    "PDF with a link that starts a program": samples.pdf(
        samples.annotated(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe")))
    ),
    "PDF with a link that is a script": samples.pdf(
        samples.annotated(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("javascript:alert(1)")))
    ),
    "PDF with a link to a file of the reader": samples.pdf(
        samples.annotated(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("file:///c:/cmd.exe")))
    ),
    "PDF that sends the form away": samples.pdf(
        samples.annotated(Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F=String("https://evil/alert")))
    ),
    "PDF with a film": samples.pdf(
        samples.annotated(Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=String("virus.exe")))
    ),
    "PDF with a file pinned to its page": samples.pdf(
        samples.annotated(Subtype=Name.FileAttachment, FS=Dictionary(F=String("virus.exe")))
    ),
    "PDF with a file in it": samples.pdf(samples.embeds),
    "PDF with a file in it, packed": samples.pdf(samples.embeds, object_stream_mode=pikepdf.ObjectStreamMode.generate),
}


def unpacked(content, kind):
    """The PDF without compression, so that its text can be searched."""
    if kind != PDF:
        return content
    data = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as made:
        made.save(
            data,
            qdf=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
        )
    return data.getvalue()


@pytest.mark.parametrize("content", NEUTRALISED.values(), ids=NEUTRALISED)
def test_what_acts_or_was_tacked_on_is_gone(content):
    kept, kind = become(content)
    plain = unpacked(kept, kind)
    assert [word for word in HOSTILE if word in plain] == []
    assert kind_of(kept) == kind


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_of_a_picture_that_moves_the_first_is_kept(image_format):
    kept, _kind = become(samples.animated(image_format))
    with Image.open(io.BytesIO(kept)) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert image.convert("RGB").getpixel((5, 5))[0] > 200


def test_there_are_fifty_kinds():
    assert len(REFUSED) + len(NEUTRALISED) >= 50


# --- A subprocess -----------------------------------------------------------------------------------


def test_cleaning_apart_gives_the_same_as_here():
    content = samples.photograph()
    assert clean_in_subprocess(content, JPEG, megapixels=40) == become(content)
    with pytest.raises(FileRefused, match="unreadable"):
        clean_in_subprocess(content[:400], JPEG, megapixels=40)


def test_cleaning_apart_sees_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    seen = {}
    real = subprocess.run

    def run(command, **options):
        seen.update(options["env"])
        return real(command, **options)

    monkeypatch.setattr(subprocesses.subprocess, "run", run)
    clean_in_subprocess(samples.picture(), JPEG, megapixels=40)
    assert "do-not-tell" not in seen.values()


@pytest.mark.full
def test_a_file_that_fills_the_memory_costs_one_refusal():
    bomb = samples.object_stream_bomb()
    assert len(bomb) < 10 * 1024 * 1024  # its size on the wire is under the limit
    with pytest.raises(FileRefused, match="unreadable"):
        clean_in_subprocess(bomb, PDF, megapixels=40)


def test_a_file_that_takes_too_long_costs_one_refusal(monkeypatch):
    monkeypatch.setattr(file_cleaning, "WALL_SECONDS", 0.01)
    with pytest.raises(FileRefused, match="too_heavy"):
        clean_in_subprocess(samples.pdf(), PDF, megapixels=40)


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize(
    ("image_format", "size"),
    # a HEIC of that size takes a minute to generate
    [("JPEG", (8000, 5000)), ("PNG", (8000, 5000)), ("WEBP", (8000, 5000)), ("HEIF", (4032, 3024))],
)
def test_forty_million_pixels_fit_into_the_memory(image_format, size):
    content = samples.picture(image_format, size=size)
    kind = file_kinds.look(content, **LIMITS)
    code = f"import sys; from applications.apply.file_cleaning import main; sys.argv = ['', {kind!r}, '40']; main()"
    code += "; print(next(line for line in open('/proc/self/status') if 'VmHWM' in line), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, cwd=ROOT, check=True)
    assert int(done.stderr.split()[1]) < 700 * 1024  # KB
    assert done.stdout.startswith(b"image/")
