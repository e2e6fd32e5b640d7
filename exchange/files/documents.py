"""Print templates made into PDF bytes: tagged for screen readers, from files on disk, without any request."""

import ctypes
import functools
import gc
import mimetypes
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string

SCHEME = "static:"


def render_pdf(template: str, context: dict[str, Any], *, is_report: bool = False) -> bytes:
    """`templates/documents/<template>` as a tagged PDF (PDF/UA-1), in the language that is active.

    A report, with its charts, takes some 25 MB while it is made; the web process gives them back at once.

    Its styles, fonts and pictures are `static:` addresses; anything else, or a file that is not there, raises
    weasyprint's FatalURLFetchingError: a letter without its style must not go out.
    """
    try:
        return pdf_of(render_to_string(f"documents/{template}", context))
    finally:
        if is_report:
            _give_back()


def _give_back() -> None:
    """Parts of a laid out page refer to one another: Python keeps them for a while, and the C library after that."""
    gc.collect()
    with suppress(AttributeError):  # a C library of another make
        ctypes.CDLL(None).malloc_trim(0)


def pdf_of(html: str) -> bytes:
    from weasyprint import HTML  # noqa: PLC0415 -- heavy: only who makes a document pays for it

    return HTML(string=html, url_fetcher=_fetcher()).write_pdf(pdf_variant="pdf/ua-1")


def _path_of(url: str) -> Path | None:
    if not url.startswith(SCHEME):
        return None
    try:
        found = finders.find(url.removeprefix(SCHEME))
    except SuspiciousFileOperation:  # an address that climbs out of the static folders
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
        """Serves static files through the finders; never the network, never another part of the disk."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            path = _path_of(url)
            if path is None:
                raise FatalURLFetchingError(f"Documents may only use static files that exist, not {url[:80]}")
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return StaticFetcher()
