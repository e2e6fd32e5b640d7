"""Renders print templates as HTML, and HTML as tagged PDF; reads files from disk and makes no request.

Web processes render the HTML; only workers make PDFs, because the engine takes 40 MB (docs/adr/0031).
"""

import base64
import functools
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.template.loader import render_to_string

from exchange.base.home import home

SCHEME, PICTURE = "static:", "picture:"
LOGO = re.compile(rf'"{PICTURE}(logo-\w+)"')
PNG = b"\x89PNG"
NOTHING = base64.b64decode(  # one transparent pixel: the logo was removed after the letter was written
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR4nGNgYAAAAAMAAbitOmMAAAAASUVORK5CYII="
)
STYLE = "exchange/css/document.css"


def for_print(template: str, context: dict[str, Any]) -> str:
    """`templates/documents/<template>` as HTML for `pdf_of`, in the language that is active."""
    return render_to_string(f"documents/{template}", context)


@functools.cache
def version() -> str:
    """Changes with the engine and the style, so that a new version makes documents anew."""
    style = finders.find(STYLE)
    return hashlib.sha256(version_of("weasyprint").encode() + Path(str(style)).read_bytes()).hexdigest()


def pdf_of(html: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1). Only in a worker.

    `pictures`: JPEGs or PNGs that the document names as `picture:KEY`; the city's logo is added to them. Styles, fonts
    and other pictures must be `static:` addresses. Anything else, or a missing file, raises weasyprint's
    FatalURLFetchingError: a letter without its style must not be sent.
    """
    from weasyprint import HTML  # noqa: PLC0415 -- heavy: only a worker that makes a PDF needs it

    pdf: bytes = HTML(string=html, url_fetcher=_fetcher()({**(pictures or {}), **_logo(html)})).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return pdf


def _logo(html: str) -> dict[str, bytes]:
    """The logo that the document's letterhead names. One that was replaced since comes as the one that is there now."""
    keys = set(LOGO.findall(html))
    if not keys:
        return {}
    logo = home().logo
    if logo is None:
        return dict.fromkeys(keys, NOTHING)
    with default_storage.open(logo.large_file, "rb") as file:
        return dict.fromkeys(keys, file.read())


def _path_of(url: str) -> Path | None:
    if not url.startswith(SCHEME):
        return None
    try:
        found = finders.find(url.removeprefix(SCHEME))
    except SuspiciousFileOperation:  # a path outside the static folders
        return None
    return Path(found) if found else None


@functools.cache
def _fetcher() -> Any:
    from weasyprint.urls import (  # noqa: PLC0415 -- heavy, as above
        FatalURLFetchingError,
        URLFetcher,
        URLFetcherResponse,
    )

    class StaticFetcher(URLFetcher):
        """Reads static files through the finders, and given pictures; never uses the network or any other file."""

        def __init__(self, pictures: Mapping[str, bytes]) -> None:
            super().__init__()
            self.pictures = pictures

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if (picture := self.pictures.get(url.removeprefix(PICTURE))) and url.startswith(PICTURE):
                return URLFetcherResponse(
                    url, picture, {"Content-Type": "image/png" if picture.startswith(PNG) else "image/jpeg"}
                )
            path = _path_of(url)
            if path is None:
                raise FatalURLFetchingError(f"Documents may only use static files that exist, not {url[:80]}")
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return StaticFetcher
