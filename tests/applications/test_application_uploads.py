"""Files: judged by content, held to the limits by name, pictures drawn anew, private, read on record."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from applications.forms.uploads import check_file, type_of
from applications.models import Upload
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, UploadFactory, application_facts

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(image_format, size=(40, 20), **options):
    data = io.BytesIO()
    Image.new("RGB", size, "orange").save(data, image_format, **options)
    return data.getvalue()


def photograph():
    """A JPEG as a phone makes it: lying on its side, with its place, a maker and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif, comment=b"my address")


def png_of(width, height):
    """A PNG that claims a size and holds next to nothing: what a bomb looks like before it is unpacked."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) & 0xFFFFFFFF)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def check(content, name="file", megabytes=1, megapixels=1):
    return check_file(SimpleUploadedFile(name, content), megabytes=megabytes, megapixels=megapixels)


def code_of(content, **limits):
    with pytest.raises(ValidationError) as caught:
        check(content, **limits)
    return caught.value.code


# --- What a file is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "application/pdf"), (picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png")],
    ids=["pdf", "jpeg", "png"],
)
def test_type_is_told_by_content(content, kind):
    assert type_of(content) == kind
    assert check(content, name="holiday.exe").content_type == kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\0" * 100,
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"PK\x03\x04" + b"\0" * 40,
        b"just words",
        picture("GIF"),
    ],
    ids=["program", "html", "svg", "zip", "text", "gif"],
)
def test_other_content_is_refused_whatever_its_name(content):
    assert code_of(content, name="classes.pdf") == "wrong_type"


def test_name_gets_the_ending_of_what_the_file_is():
    assert check(PDF, name="classes.html").name == "classes.pdf"
    assert check(picture("PNG"), name="../../etc/passwd").name == "passwd.png"


def test_too_large_names_both_sizes():
    with pytest.raises(ValidationError) as caught:
        check(PDF + b"\0" * (2 * 1024 * 1024), megabytes=1)
    assert caught.value.code == "too_large"
    assert caught.value.messages == ["This file has 2.0 MB. The limit is 1 MB."]


def test_a_file_of_exactly_the_limit_is_taken():
    content = PDF.ljust(1024 * 1024, b" ")
    assert check(content, megabytes=1).content == content


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert code_of(png_of(60_000, 60_000), megapixels=40) == "too_many_pixels"


@pytest.mark.parametrize(("size", "taken"), [((1000, 1000), True), ((1001, 1000), False)])
def test_pixels_are_held_to_the_limit(size, taken):
    content = picture("PNG", size=size)
    if taken:
        assert check(content, megapixels=1).content
    else:
        assert code_of(content, megapixels=1) == "too_many_pixels"


def test_a_broken_picture_is_refused_kindly():
    assert code_of(photograph()[:200]) == "unreadable"


def test_pictures_lose_place_maker_and_comment_and_stand_upright():
    kept = check(photograph()).content
    assert b"SecretMaker" in photograph() and b"my address" in photograph()
    assert b"SecretMaker" not in kept and b"my address" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert image.size == (20, 40)


def test_what_is_tacked_on_to_a_picture_goes():
    assert b"<script>" not in check(picture("PNG") + b"<script>").content


# --- The page -----------------------------------------------------------------------------------------


def college_page(application):
    return reverse("applications:application-section", args=[application.code, "college"])


def send(client, application, file=None, **more):
    data = {"college": application.college.code, "units": "9", "major": "Law", **more}
    return client.post(college_page(application), data | ({"class_schedule": file} if file else {}))


@pytest.mark.django_db
def test_upload_is_kept_privately_and_shown_with_its_name(sign_in):
    application_facts()
    application = ApplicationFactory(answered=True)
    client = sign_in(application.student)
    assert send(client, application, SimpleUploadedFile("my classes.pdf", PDF)).status_code == 302
    upload = Upload.objects.get()
    assert (upload.original_name, upload.content_type, upload.size) == (
        "my classes.pdf",
        "application/pdf",
        len(PDF),
    )
    page = client.get(college_page(application)).text
    assert "my classes.pdf" in page and upload.url in page
    assert upload.file.name not in page


@pytest.mark.django_db
def test_refused_upload_names_the_limit_and_keeps_the_rest_of_the_page(sign_in):
    application_facts(**{"upload.megabytes": 1})
    application = ApplicationFactory(answered=True)
    large = SimpleUploadedFile("big.pdf", PDF + b"\0" * (1024 * 1024))
    response = send(sign_in(application.student), application, large)
    assert response.status_code == 200
    assert "The limit is 1 MB." in response.text
    assert 'value="Law"' in response.text
    assert application.answers.get(question__key="major").value == "Law"
    assert not Upload.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"just words"])
def test_refused_upload_leaves_the_file_there_was(sign_in, content):
    application_facts()
    old = UploadFactory()
    response = send(sign_in(old.application.student), old.application, SimpleUploadedFile("classes.pdf", content))
    assert response.status_code == 200
    assert list(Upload.objects.all()) == [old]
    assert old.file.storage.exists(old.file.name)


@pytest.mark.django_db
def test_upload_can_be_removed(sign_in):
    application_facts()
    upload = UploadFactory()
    send(sign_in(upload.application.student), upload.application, class_schedule_remove="on")
    assert not Upload.objects.exists()


def body_of(response):
    """All of it; the test client closes the file at its end."""
    return b"".join(response.streaming_content)


@pytest.mark.django_db
def test_download_is_an_attachment_that_no_browser_guesses_at(sign_in):
    upload = UploadFactory(original_name="mis clases “otoño”.pdf", application__answered=True)
    response = sign_in(upload.application.student).get(upload.url)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert body_of(response) == b"%PDF-1.7\n"


@pytest.mark.django_db
def test_download_goes_on_record(sign_in):
    upload = UploadFactory()
    office = UserFactory(coordinator=True)
    body_of(sign_in(office).get(upload.url))
    event = Event.objects.get(action="application.open_upload")
    assert (event.by, event.target_id) == (office, upload.application_id)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "advisor_elsewhere", "director", "advisor_of_a_draft"])
def test_download_outside_the_scope_is_404(sign_in, who):
    upload = UploadFactory()
    user = {
        "stranger": lambda: UserFactory(),
        "advisor_elsewhere": lambda: UserFactory(advisor=True),
        "director": lambda: UserFactory(director=True),
        "advisor_of_a_draft": lambda: UserFactory(advisor=upload.application.college),
    }[who]()
    assert sign_in(user).get(upload.url).status_code == 404


@pytest.mark.django_db
def test_download_needs_a_sign_in(client):
    response = client.get(UploadFactory().url)
    assert response.status_code == 302
    assert reverse("account_login") in response.url
