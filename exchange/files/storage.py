"""Serves private files. The default storage is private: a file has no public address.

A view that has checked `visible_to` answers with `send(...)`. With a bucket, the browser is redirected to a signed link
that expires soon; with a local folder, the file is sent by the portal.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

logger = logging.getLogger(__name__)
# a browser that displays the file anyway must not run anything in it
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": POLICY}


class LinkToFile(HttpResponseRedirect):
    """Leads the browser to a file in the bucket: whoever gets it has opened the file."""


def signs_links(file: FieldFile) -> bool:
    """Whether the storage makes signed links that expire."""
    return bool(getattr(file.storage, "querystring_auth", False))


def send(file: FieldFile, filename: str, *, content_type: str = "", seconds: int | None = None) -> HttpResponseBase:
    """The file as a download called `filename`, which may hold any character; never shown inside our pages.

    `seconds`: how long a signed link works; without it, as the storage is set up (two minutes).
    """
    storage: Any = file.storage
    if signs_links(file):
        parameters = {"ResponseContentDisposition": content_disposition_header(True, filename)}
        if content_type:
            parameters["ResponseContentType"] = content_type
        return LinkToFile(storage.url(file.name, parameters=parameters, expire=seconds))
    kind = content_type or "application/octet-stream"
    return FileResponse(file.open("rb"), as_attachment=True, filename=filename, content_type=kind, headers=HARMLESS)


def show(file: FieldFile, *, content_type: str) -> HttpResponse:
    """A checked picture for an <img> of our pages, asked for again each time, so that one taken back is gone at once.

    Through this process also where files lie in a bucket: a link that works by itself would outlive a withdrawal.
    """
    with file.open("rb") as source:
        headers = {**HARMLESS, "Cache-Control": "private, no-store"}
        return HttpResponse(source.read(), content_type=content_type, headers=headers)


@contextmanager
def no_orphans() -> Iterator[Callable[[Storage, str | None], None]]:
    """For an action that writes a file and then its row: `note(storage, name)` each file as soon as it is written.

    Around the transaction. If the block ends with an error, the files are deleted again. A process that is killed in
    between leaves its file; `manage.py verify` lists such files.
    """
    noted: list[tuple[Storage, str]] = []

    def note(storage: Storage, name: str | None) -> None:
        if name:
            noted.append((storage, name))

    try:
        yield note
    except BaseException:
        for storage, name in noted:
            try:
                storage.delete(name)
            except Exception:  # noqa: BLE001 -- the first error is the one to report
                logger.exception("the file %s stays without a row", name)
        raise


class WholeFileStorage(FileSystemStorage):
    """A folder in which no half of a file stays when the disk is full."""

    def _save(self, name: str, content: Any) -> str:
        was_there = self.exists(name)
        try:
            # the stubs leave out what Django documents for subclasses
            saved: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            if not was_there:
                with suppress(OSError):
                    self.delete(name)
            raise
        return saved
