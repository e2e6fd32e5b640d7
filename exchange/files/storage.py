"""Serves private files. The default storage is private: a file has no public address.

A view that has checked `visible_to` answers with `send(...)`. With a bucket, the browser is redirected to a signed link
that expires soon; with a local folder, the file is sent by the portal.
"""

from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

# a browser that displays the file anyway must not run anything in it
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


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
        return HttpResponseRedirect(storage.url(file.name, parameters=parameters, expire=seconds))
    kind = content_type or "application/octet-stream"
    return FileResponse(file.open("rb"), as_attachment=True, filename=filename, content_type=kind, headers=HARMLESS)
