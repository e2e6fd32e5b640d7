"""Handing out private files. The default storage is private: a file has no address of its own.

A view that has checked `visible_to` answers with `send(...)`: from a bucket the browser is sent on to a link
that works for two minutes, from a local folder the file comes through us.
"""

from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header


def send(file: FieldFile, filename: str) -> FileResponse | HttpResponseRedirect:
    """The file as a download called `filename`, which may hold any character; never shown inside our pages."""
    storage: Any = file.storage
    if getattr(storage, "querystring_auth", False):
        disposition = content_disposition_header(True, filename)
        return HttpResponseRedirect(storage.url(file.name, parameters={"ResponseContentDisposition": disposition}))
    return FileResponse(file.open("rb"), as_attachment=True, filename=filename)
