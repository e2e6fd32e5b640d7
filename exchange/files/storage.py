"""Serves private files. The default storage is private: a file has no public address.

A view that has checked `visible_to` answers with `send(...)`. With a bucket, the browser is redirected to a signed link
that expires soon; with a local folder, the file is sent by the portal.

A bucket that is away holds few threads of a web process: the places below. Whoever finds none gets AwayError.
"""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.base.outage import AwayError, Places
from exchange.models import KeptTask

logger = logging.getLogger(__name__)
# a browser that displays the file anyway must not run anything in it
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": POLICY}
sent = Places("files that are sent to us", share=1 / 4)
kept = Places("file storage", share=1 / 2)  # reading, writing and deleting


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
def taking_files(words: str = "", *, waits: bool = True) -> Iterator[None]:
    """Around what stores a file that a request brought. RuleViolation: storage_away, with these words.

    `waits`: False for a script that tries again by itself.
    """
    try:
        with sent.one(waits=waits):
            yield
    except AwayError as error:
        words = words or _("We can’t take files right now. Try again in a few minutes.")
        raise RuleViolation("storage_away", words) from error


def deletion(file: FieldFile) -> Callable[[], None]:
    """What deletes a stored file: for after the commit, so that a rollback finds it still there."""
    return functools.partial(delete, str(file.name or ""))


def delete(name: str) -> None:
    """Delete a file of the default storage. One that can't be reached now is deleted once it's back, by a task."""
    if not name:
        return
    try:
        default_storage.delete(name)
    except AwayError:
        KeptTask.objects.create(name="exchange.delete_file", kwargs={"name": name})


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
