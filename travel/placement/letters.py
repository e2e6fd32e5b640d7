"""Makes all letters of a cycle as one file, in small parts, with all free workers and little memory.

The worker with the job sends the parts out as tasks and makes parts itself, from the end; other workers begin at the
front, until they meet. A part is a file in private storage, so a worker that finds it there skips it. Nobody waits for
anybody: alone, or when the others die, the worker with the job makes every part itself.
"""

import tempfile
from collections.abc import Iterable
from itertools import batched
from typing import IO
from zipfile import ZIP_STORED, ZipFile

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.text import slugify

from applications.base import disclosures
from applications.models import Disclosure
from exchange.background import dispatch
from exchange.background.jobs import Work
from exchange.files.documents import pdf_of
from exchange.models import Job
from travel.models import Placement
from travel.placement import documents

PART = 10  # letters in a part


def write(work: Work) -> None:
    """Write the whole file into `work.output`."""
    parts = parts_of(work.params["cycle"])
    told_of = Placement.objects.filter(pk__in=[pk for part in parts for pk in part])
    disclosures.record(told_of.values_list("application", flat=True), Disclosure.Kind.LETTERS, by=work.by)
    total = sum(map(len, parts))
    for earlier in range(1, work.job.attempts):
        _remove(work.job, earlier, len(parts))
    for number in range(len(parts)):
        dispatch.send("travel.make_letters", job_id=work.job.pk, attempt=work.job.attempts, part=number)
    try:
        for done, number in enumerate(reversed(range(len(parts)))):
            work.progress(done * PART, total)
            _make(work.job, work.job.attempts, number, parts[number])
        with ZipFile(work.output, "w", ZIP_STORED) as whole:
            for number in range(len(parts)):
                _append(whole, _name(work.job, work.job.attempts, number))
        work.progress(total, total)
    finally:
        _remove(work.job, work.job.attempts, len(parts))


def help_with(job_id: int, attempt: int, part: int) -> None:
    """Make one part in another worker, unless the job has ended."""
    job = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, attempts=attempt).first()
    if job is None:
        return
    parts = parts_of(job.params["cycle"])
    if part < len(parts):
        _make(job, attempt, part, parts[part])
    if not Job.objects.filter(pk=job_id, state=Job.State.RUNNING, attempts=attempt).exists():
        default_storage.delete(_name(job, attempt, part))  # the job ended meanwhile


def parts_of(cycle: str) -> list[tuple[int, ...]]:
    """Primary keys of the placements of everyone who goes, by trip; the same in every worker."""
    going = Placement.objects.active().filter(trip__cycle__code=cycle).order_by("trip", "pk")
    return list(batched(going.values_list("pk", flat=True), PART))


def _name(job: Job, attempt: int, part: int) -> str:
    return f"letters/{job.code[:2]}/{job.code}-{attempt}/{part:05}.zip"


def _make(job: Job, attempt: int, part: int, pks: Iterable[int]) -> None:
    name = _name(job, attempt, part)
    if default_storage.exists(name):
        return
    with tempfile.TemporaryFile(prefix="letters-") as file:
        with ZipFile(file, "w", ZIP_STORED) as made:
            for placement in Placement.objects.filter(pk__in=pks).with_people().order_by("trip", "pk"):
                made.writestr(_entry(placement), pdf_of(documents.placement_letter(placement)))
        file.seek(0)
        kept = default_storage.save(name, File(file))
    if kept != name:  # another worker was faster
        default_storage.delete(kept)


def _entry(placement: Placement) -> str:
    name = slugify(placement.application.person.full_name) or "student"
    return f"{placement.trip.city.code}/{name}-{placement.code}.pdf"


def _append(whole: ZipFile, name: str) -> None:
    file: IO[bytes] = default_storage.open(name)
    with file, ZipFile(file) as part:
        for entry in part.infolist():
            whole.writestr(entry, part.read(entry))


def _remove(job: Job, attempt: int, parts: int) -> None:
    for number in range(parts):
        default_storage.delete(_name(job, attempt, number))
