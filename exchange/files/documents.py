"""Renders print templates as PDF bytes, tagged for screen readers; reads files from disk and makes no request."""

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

    `is_report`: a report with charts needs some 25 MB while it is rendered; the process gives them back at once.

    Styles, fonts and pictures must be `static:` addresses. Anything else, or a missing file, raises weasyprint's
    FatalURLFetchingError: a letter without its style must not be sent.
    """
    try:
        return pdf_of(render_to_string(f"documents/{template}", context))
    finally:
        if is_report:
            _give_back()


def _give_back() -> None:
    """Free memory now: a page's layout has reference cycles, and the C library keeps freed memory for later use."""
    gc.collect()
    with suppress(AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).malloc_trim(0)


def pdf_of(html: str) -> bytes:
    from weasyprint import HTML  # noqa: PLC0415 -- heavy: only a process that makes a PDF needs it

    pdf: bytes = HTML(string=html, url_fetcher=_fetcher()).write_pdf(pdf_variant="pdf/ua-1")
    return pdf


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
        """Reads static files through the finders; never uses the network or any other file."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            path = _path_of(url)
            if path is None:
                raise FatalURLFetchingError(f"Documents may only use static files that exist, not {url[:80]}")
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return StaticFetcher()
