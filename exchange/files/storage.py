"""Handing out private files. The default storage is private: a file has no address of its own.

A view that has checked `visible_to` answers with `send(...)`: from a bucket the browser is sent on to a link
that soon ends, from a local folder the file comes through us.
"""

from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

# whatever is inside, a browser that shows it anyway runs nothing of it
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def signs_links(file: FieldFile) -> bool:
    """Whether the storage itself gives links that soon end."""
    return bool(getattr(file.storage, "querystring_auth", False))


def send(file: FieldFile, filename: str, *, content_type: str = "", seconds: int | None = None) -> HttpResponseBase:
    """The file as a download called `filename`, which may hold any character; never shown inside our pages.

    `seconds`: how long a link of the storage's own works, two minutes without it.
    """
    storage: Any = file.storage
    if signs_links(file):
        parameters = {"ResponseContentDisposition": content_disposition_header(True, filename)}
        if content_type:
            parameters["ResponseContentType"] = content_type
        return HttpResponseRedirect(storage.url(file.name, parameters=parameters, expire=seconds))
    kind = content_type or "application/octet-stream"
    return FileResponse(file.open("rb"), as_attachment=True, filename=filename, content_type=kind, headers=HARMLESS)
