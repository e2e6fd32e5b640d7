"""Handing out private files. The default storage is private: a file has no address of its own.

A view that has checked `visible_to` answers with `send(...)`: from a bucket the browser is sent on to a link
that works for two minutes, from a local folder the file comes through us.
"""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header


def send(file: FieldFile, filename: str) -> HttpResponse:
    """The file as a download called `filename`, which may hold any character; never shown inside our pages."""
    if getattr(file.storage, "querystring_auth", False):
        disposition = content_disposition_header(True, filename)
        return HttpResponseRedirect(file.storage.url(file.name, parameters={"ResponseContentDisposition": disposition}))
    return FileResponse(file.open("rb"), as_attachment=True, filename=filename)
