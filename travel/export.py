"""Everything we hold about one person, as a ZIP: a page for people, the same as data, their files and letters."""

import json
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone, translation

from applications.documents import application_copy
from applications.models import Application, Upload
from applications.results import received_at
from exchange.models import Event, User
from travel.documents import placement_letter
from travel.export_page import sections_of
from travel.export_tables import LEFT_OUT, TABLES, Table, path_of, who
from travel.models import Placement

IN_MEMORY = 5_000_000  # bytes; more goes to a temporary file
CHUNK = 64 * 1024


def write(user: User) -> IO[bytes]:
    """The ZIP, ready to be read from its start. In the person's language. Nothing of it stays on the disk."""
    archive = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the response closes it
    try:
        with (
            translation.override(user.language),
            zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle,
        ):
            _fill(bundle, user)
    except BaseException:
        archive.close()
        raise
    archive.seek(0)
    return archive


def _fill(bundle: zipfile.ZipFile, user: User) -> None:
    files, letters = _files(bundle, user), _letters(bundle, user)
    context = {
        "user": user,
        "made_at": timezone.now(),
        "sections": sections_of(user, files=files, letters=letters),
    }
    bundle.writestr("index.html", render_to_string("documents/travel/my_data.html", context))
    bundle.writestr("data.json", json.dumps(data_of(user), ensure_ascii=False, indent=1))


# --- The data ---------------------------------------------------------------------------------------


def data_of(user: User) -> dict[str, Any]:
    """Each table's rows of this person, by the table's name; and what stays here, with the reason."""
    return {
        "made_at": timezone.now().isoformat(),
        "person": user.code,
        "tables": {label: [_row(user, table, row) for row in table.rows(user)] for label, table in TABLES.items()},
        "not_in_here": {
            **LEFT_OUT,
            **{f"{label}.{name}": why for label, table in TABLES.items() for name, why in table.left_out.items()},
        },
    }


def _row(user: User, table: Table, row: Model) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in table.fields:
        name, read = (each, None) if isinstance(each, str) else each
        found[name] = plain(read(row) if read else getattr(row, name), me=user)
    if isinstance(row, Event):
        found["by"] = who(row.by, me=user)
        if row.by_id == user.pk:
            found["reason"] = row.reason
        if row.by_id == user.pk or row.action == "application.save_answers":
            found["changes"] = row.changes
    return found


def plain(value: Any, *, me: User) -> Any:
    """As JSON can hold it. Other rows by their code or key, other people by their role."""
    match value:
        case User():
            return who(value, me=me)
        case Model():
            return str(getattr(value, "code", None) or getattr(value, "key", None) or value.pk)
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case None | bool() | int() | float() | str() | list() | dict():
            return value
        case _:
            return str(value)


# --- Files and letters ------------------------------------------------------------------------------


def _files(bundle: zipfile.ZipFile, user: User) -> dict[int, str]:
    """Copy each kept file; returns where, by the upload's key. One that the storage lost is left out."""
    found: dict[int, str] = {}
    kept = Upload.objects.filter(application__student=user, state=Upload.State.KEPT).select_related("application")
    for upload in kept:
        try:
            source = upload.file.open("rb")
        except OSError:
            continue
        with source, bundle.open(path_of(upload), "w") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        found[upload.pk] = path_of(upload)
    return found


def _letters(bundle: zipfile.ZipFile, user: User) -> dict[str, str]:
    """The PDFs that the portal offers to this person; where each lies, by the code of its row."""
    found: dict[str, str] = {}
    sent = Application.objects.filter(student=user, submitted_at__isnull=False, is_test=False)
    for application in sent.select_related("cycle", "college", "student", "form"):
        found[application.code] = f"letters/application-{application.code}.pdf"
        bundle.writestr(found[application.code], application_copy(application, received_at=received_at(application)))
    for placement in Placement.objects.filter(application__student=user).with_people():
        found[placement.code] = f"letters/placement-{placement.code}.pdf"
        bundle.writestr(found[placement.code], placement_letter(placement))
    return found
