"""Everything we hold about one person as a ZIP: a page to read, the same as JSON, their files and letters."""

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone, translation

from applications.apply.documents import application_copy
from applications.models import Application, Upload
from exchange.files.documents import pdf_of
from exchange.models import Event, User
from travel.models import Photo, Placement, Receipt, StepFile
from travel.office.own_data.export_page import sections_of
from travel.office.own_data.export_tables import LEFT_OUT, TABLES, ExportTable, path_of, rows_of, who
from travel.placement.documents import placement_letter

CHUNK = 64 * 1024


Tell = Callable[[int, int], None]


class Steps:
    """Progress of the ZIP by pieces: each file and letter, the page, and the data."""

    def __init__(self, total: int, tell: Tell | None) -> None:
        self.done, self.total, self.tell = 0, total, tell

    def one_more(self) -> None:
        self.done += 1
        if self.tell:
            self.tell(self.done, self.total)


def write(user: User, output: IO[bytes], tell: Tell | None = None) -> None:
    """Write the ZIP to `output`, in the person's language. Calls `tell(done, total)` after each piece."""
    with translation.override(user.language), zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as bundle:
        uploads, applications, placements = _kept(user), _sent(user), _placements(user)
        steps = Steps(len(uploads) + len(applications) + len(placements) + 2, tell)
        files = _files(bundle, uploads, steps)
        letters = _letters(bundle, applications, placements, steps)
        _pages(bundle, user, files, letters, steps)


def _pages(bundle: zipfile.ZipFile, user: User, files: dict[str, str], letters: dict[str, str], steps: Steps) -> None:
    context = {
        "user": user,
        "made_at": timezone.now(),
        "sections": sections_of(user, files=files, letters=letters),
    }
    bundle.writestr("index.html", render_to_string("documents/travel/office/my_data.html", context))
    steps.one_more()
    bundle.writestr("data.json", json.dumps(data_of(user), ensure_ascii=False, indent=1))
    steps.one_more()


# --- The data ---------------------------------------------------------------------------------------


def data_of(user: User) -> dict[str, Any]:
    """This person's rows by table name, also of accounts merged into theirs; which tables stay out, with the reason."""
    return {
        "made_at": timezone.now().isoformat(),
        "person": user.code,
        "tables": {label: [_row(user, table, row) for row in rows_of(user, label)] for label, table in TABLES.items()},
        "not_in_here": {
            **LEFT_OUT,
            **{f"{label}.{name}": why for label, table in TABLES.items() for name, why in table.left_out.items()},
        },
    }


def _row(user: User, table: ExportTable, row: Model) -> dict[str, Any]:
    found = {name: plain(value, me=user) for name, value in table.values(row).items()}
    if isinstance(row, Event):
        found["by"] = who(row.by, me=user)
        if row.by_id in user.account_keys:
            found["reason"] = row.reason
        if row.by_id in user.account_keys or row.action == "application.save_answers":
            found["changes"] = row.changes
    return found


def plain(value: Any, *, me: User) -> Any:
    """The value as JSON can hold it. Other rows become their code or key, other people their role."""
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


def _kept(user: User) -> list[Upload | Receipt | StepFile | Photo]:
    """What the person sent that was checked and kept: for applications, for the checklist, receipts, photos."""
    tables = ("applications.Upload", "travel.StepFile", "travel.Receipt", "travel.Photo")
    return [row for row in rows_of(user, *tables) if path_of(row)]


def _sent(user: User) -> list[Application]:
    sent = Application.objects.filter(student__in=user.account_keys, submitted_at__isnull=False, is_test=False)
    return list(sent.select_related("cycle", "college", "student", "form"))


def _placements(user: User) -> list[Placement]:
    return list(Placement.objects.filter(application__student=user).with_people())


def _files(bundle: zipfile.ZipFile, rows: list[Upload | Receipt | StepFile | Photo], steps: Steps) -> dict[str, str]:
    """Copy each stored file; returns the paths by the row's code. A file that the storage lost is left out."""
    found: dict[str, str] = {}
    for row in rows:
        steps.one_more()
        try:
            source = row.file.open("rb")
        except FileNotFoundError:
            continue
        with source, bundle.open(path_of(row), "w") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        found[row.code] = path_of(row)
    return found


def _letters(
    bundle: zipfile.ZipFile, applications: list[Application], placements: list[Placement], steps: Steps
) -> dict[str, str]:
    """Add the PDFs that the portal offers this person; returns the paths by the code of their row."""
    found: dict[str, str] = {}
    for application in applications:
        found[application.code] = f"letters/application-{application.code}.pdf"
        bundle.writestr(found[application.code], pdf_of(application_copy(application)))
        steps.one_more()
    for placement in placements:
        found[placement.code] = f"letters/placement-{placement.code}.pdf"
        bundle.writestr(found[placement.code], pdf_of(placement_letter(placement)))
        steps.one_more()
    return found
