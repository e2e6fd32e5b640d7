"""What an uploaded file really is: judged by content, held to the limits, photographs made anew."""

import io
from pathlib import PurePath

import puremagic
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from applications.actions.application import CheckedFile
from applications.models import Upload

KINDS = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}
MEGABYTE = 1024 * 1024
MEGAPIXEL = 1_000_000


def check_file(file: UploadedFile, *, megabytes: float, megapixels: float) -> CheckedFile:
    """The file as it may be kept. ValidationError: too_large, wrong_type, too_many_pixels, unreadable.

    Images are drawn anew: place, camera and hidden text go, and so does anything that was tacked on.
    """
    size = file.size or 0
    if size > megabytes * MEGABYTE:
        raise forms.ValidationError(
            _("This file has %(size).1f MB. The limit is %(limit)g MB."),
            code="too_large",
            params={"size": size / MEGABYTE, "limit": megabytes},
        )
    content = file.read()
    content_type = type_of(content)
    if content_type not in KINDS:
        raise forms.ValidationError(
            _("We can take a PDF, a JPEG or a PNG. This file is something else."), code="wrong_type"
        )
    if content_type != "application/pdf":
        content = redraw(content, KINDS[content_type], megapixels=megapixels)
    # the name keeps its words and gets the ending of what the file really is
    name = PurePath(file.name or "file").stem[:100] + Upload.EXTENSIONS[content_type]
    return CheckedFile(name=name, content=content, content_type=content_type)


def type_of(content: bytes) -> str:
    """The media type by the first bytes, "" if they say nothing that we take."""
    try:
        found = {match.mime_type for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):  # no known signature; an empty file
        return ""
    return next((kind for kind in KINDS if kind in found), "")


def redraw(content: bytes, image_format: str, *, megapixels: float) -> bytes:
    try:
        # only the header is read here: an image that would fill the memory is refused before it is unpacked
        with Image.open(io.BytesIO(content), formats=[image_format]) as image:
            if image.width * image.height > megapixels * MEGAPIXEL:
                raise _too_many_pixels(megapixels)
            upright = ImageOps.exif_transpose(image)
            upright.info.clear()
            drawn = io.BytesIO()
            upright.save(drawn, image_format, **({"quality": 85} if image_format == "JPEG" else {}))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(megapixels) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:  # how Pillow says "broken"
        raise forms.ValidationError(
            _("We could not open this picture. Try to take or save it again."), code="unreadable"
        ) from error
    return drawn.getvalue()


def _too_many_pixels(megapixels: float) -> forms.ValidationError:
    return forms.ValidationError(
        _("This picture is too large to open. The limit is %(limit)g million pixels."),
        code="too_many_pixels",
        params={"limit": megapixels},
    )


class CheckedFileField(forms.FileField):
    """Gives a CheckedFile, None where no file was sent."""

    def __init__(self, *, megabytes: float, megapixels: float, **options) -> None:
        super().__init__(**options)
        self.megabytes = megabytes
        self.megapixels = megapixels

    def clean(self, data, initial=None):
        file = super().clean(data, None)
        return check_file(file, megabytes=self.megabytes, megapixels=self.megapixels) if file else None
