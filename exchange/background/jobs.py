"""Jobs: long work in a worker, started once, with progress on a page, and run again after a crash.

Results for everyone who may open the page that shows them, such as charts, are jobs too: `exchange.background.results`.

An app registers a function under a name in its AppConfig.ready, so that this app need not import the others:

    jobs.register("applications.export", run, label=gettext_lazy("Export of applications"), allowed=can_export)

`run(work)` is called in a worker, in the language of the person who started the job. It writes the result into
`work.output`, calls `work.progress(done, total)` at least every half minute, and returns a `Result`, or None if there
is nothing to download. It may run more than once, each time from the beginning, so it must claim whatever must not
happen twice. A RuleViolation ends the job with its message, and so does a limit of memory or time; after any other
error the job is tried again, up to ATTEMPTS times.

`is_heavy`: somebody waits for it on a page, or it takes much memory. It runs in a queue of its own (docs/adr/0031).
"""

import functools
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.background import dispatch, worker_life
from exchange.background.subprocesses import TookTooLongError, TooMuchMemoryError
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.sentences import Words, in_each
from exchange.files.storage import deletion, no_orphans
from exchange.models import Job, Language, User
from exchange.reference import facts

# a worker that has not reported progress for this long is taken for dead, and another may take the job
CLAIM_LASTS = timedelta(minutes=2)
ATTEMPTS = 3
# after this long, a result for everyone that couldn't be made is tried again when a page needs it
FAILURE_LASTS = timedelta(minutes=5)
ERROR_MAX = 300
TOO_MUCH_MEMORY = gettext_lazy("This needs more memory than we have, so we stopped it. Please tell the exchange team.")
TOOK_TOO_LONG = gettext_lazy("This took too long, so we stopped it. Please tell the exchange team.")
GIVEN_UP = gettext_lazy("It stopped several times before it could finish. Please tell the exchange team.")
State = Job.State
logger = logging.getLogger(__name__)


class Lost(Exception):
    """Raised when another worker has claimed the job meanwhile: this one must stop and write nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Work:
    """The argument of a registered function. `output` is a temporary file on disk."""

    job: Job
    output: IO[bytes]

    @property
    def by(self) -> User:
        """The person who started it. LookupError for a result that is for everyone."""
        if self.job.by is None:
            raise LookupError(f"nobody started {self.job}")
        return self.job.by

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = self.job.params
        return params

    def progress(self, done: int, total: int) -> None:
        """Store the progress and renew the claim. Raises Lost if another worker has taken over."""
        if not _claimed(self.job).update(done=min(done, total), total=total, claimed_at=timezone.now()):
            raise Lost
        worker_life.note()

    def leads_to(self, address: str) -> None:
        """Where its page leads once it's done."""
        _claimed(self.job).update(params=self.params | {"next": address})


@dataclass(frozen=True, slots=True)
class _Kind:
    run: Callable[[Work], Result | None]
    label: Any
    allowed: Callable[[User], bool]
    is_personal: bool = False
    is_heavy: bool = False
    is_shared: bool = False
    failed: Callable[[Job, Mapping[str, str]], None] | None = None


_kinds: dict[str, _Kind] = {}


def register(
    kind: str,
    run: Callable[[Work], Result | None],
    *,
    label: Any,
    allowed: Callable[[User], bool],
    is_personal: bool = False,
    is_heavy: bool = False,
    is_shared: bool = False,
    failed: Callable[[Job, Mapping[str, str]], None] | None = None,
) -> None:
    """Register `run` for jobs of this kind.

    `allowed(person)` is checked when the work begins and whenever its result is opened, because roles may change.
    `is_personal`: the result is about the person who asked for it. `is_shared`: everyone who is allowed sees the
    progress, and gets the same job when they ask for the same. `failed(job, why)`: called in the transaction that ends
    a job without success, whatever the cause; it takes back what the start had claimed, and may find nothing to do.
    `why`: by language.
    """
    _kinds[kind] = _Kind(run, label, allowed, is_personal, is_heavy, is_shared, failed)


def heavy_kinds() -> list[str]:
    return [kind for kind, known in _kinds.items() if known.is_heavy]


def nobody(_user: User) -> bool:
    """For `allowed` of results for everyone: no person starts them."""
    return False


def visible_to(user: User) -> QuerySet[Job]:
    """A person's own jobs, and those of others that everybody who is allowed sees."""
    shared = [kind for kind, known in _kinds.items() if known.is_shared and known.allowed(user)]
    return Job.objects.visible_to(user) | Job.objects.filter(kind__in=shared, by__isnull=False)


def label_of(job: Job) -> str:
    """The job's name for people; its kind if no app registers it any longer."""
    return str(_kinds[job.kind].label) if job.kind in _kinds else job.kind


def is_allowed(job: Job) -> bool:
    """Whether the person who started the job may still have its result."""
    return job.kind in _kinds and (job.by is None or _kinds[job.kind].allowed(job.by))


def is_personal(job: Job) -> bool:
    return job.kind in _kinds and _kinds[job.kind].is_personal


def key_of(*parts: object) -> str:
    """A short key, equal for equal parts, whatever their length."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


# --- Starting ---------------------------------------------------------------------------------------


def start(kind: str, key: str, *, by: User, params: dict[str, Any] | None = None, total: int = 0) -> tuple[Job, bool]:
    """The job for this kind and key, and whether it is new: while one is unfinished, it is returned again.

    Writes the job and its event in one savepoint; a worker starts after the commit. RuleViolation("job_of_another") if
    somebody else has started the same and the kind isn't shared.
    """
    if kind not in _kinds:
        raise LookupError(f"nobody registered {kind}")
    there = Job.objects.unfinished().filter(kind=kind, key=key)
    job = there.first()
    if job is None:
        language = (translation.get_language() or "en")[:2]
        try:
            with transaction.atomic():
                job = Job.objects.create(kind=kind, key=key, by=by, params=params or {}, total=total, language=language)
                audit.record("job.start", job, by=by, changes={"kind": kind})
                transaction.on_commit(functools.partial(publish, job), robust=True)
                return job, True
        except IntegrityError:  # started twice at the same moment; the other may even be finished
            job = Job.objects.filter(kind=kind, key=key).latest("created_at")
    if job.by_id != by.pk and not _kinds[kind].is_shared:
        raise RuleViolation("job_of_another", _("%(name)s has already started this.") % {"name": job.by})
    return job, False


def publish(job: Job) -> None:
    """Send the job to a worker of its queue."""
    if job.kind in _kinds and _kinds[job.kind].is_heavy:
        dispatch.send("exchange.run_heavy_job", job_id=job.pk)
    else:
        dispatch.send("exchange.run_job", job_id=job.pk)


# --- In the worker ----------------------------------------------------------------------------------


def run(job_id: int) -> Job | None:
    """Run one job. None if it is finished or another worker has it."""
    now = timezone.now()
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_LASTS)
    taken = (
        Job.objects.unfinished()
        .filter(free, pk=job_id, attempts__lt=ATTEMPTS)
        # counted before the attempt, so that a job that kills its worker is counted too
        .update(state=State.RUNNING, claimed_at=now, attempts=F("attempts") + 1, done=0)
    )
    if not taken:
        return None
    job = Job.objects.select_related("by").get(pk=job_id)
    with translation.override(job.language):
        return _work(job)


def _work(job: Job) -> Job | None:
    ended = False
    try:
        if not is_allowed(job):
            raise RuleViolation("not_allowed", gettext_lazy("Your role no longer includes this."))
        with tempfile.TemporaryFile(prefix="job-") as output:
            result = _kinds[job.kind].run(Work(job, output))
            finished = finish(job, result, output)
        ended = True
        return finished
    except RuleViolation as violation:
        ended = True
        return fail(job, violation.words)
    except (MemoryError, TooMuchMemoryError):
        ended = True
        logger.exception("%s needs more memory than its worker may take", job)
        return fail(job, TOO_MUCH_MEMORY)
    except (SoftTimeLimitExceeded, TookTooLongError):
        ended = True
        logger.exception("%s took too long", job)
        return fail(job, TOOK_TOO_LONG)
    except Lost:
        ended = True
        return None
    finally:
        if not ended:  # a bug, or a service that is down: `look_after` sends it again
            _claimed(job).update(state=State.WAITING, claimed_at=None)


def finish(job: Job, result: Result | None, output: IO[bytes]) -> Job | None:
    """Store the result and mark the job as done. None, and no file, if another worker has the job."""
    changes: dict[str, Any] = {"done": F("total"), "given": None}
    with no_orphans() as note:
        if result:
            size = output.seek(0, os.SEEK_END)  # before saving: a storage may close the file
            output.seek(0)
            job.file.save(result.filename, File(output), save=False)
            note(job.file.storage, job.file.name)
            changes |= {"file": str(job.file.name), "size": size, "delete_after": last_day()}
            changes |= {"filename": result.filename, "content_type": result.content_type}
        ended = _end(job, State.DONE, **changes)
    if ended is None and result:
        job.file.storage.delete(str(job.file.name))
    return ended


def fail(job: Job, words: Words) -> Job | None:
    """`words`: why. A lazy sentence is kept in both languages: others may read it, such as whoever continues a release
    that stopped."""
    return _end(job, State.FAILED, given=None, **_errors(words))


def _errors(words: Words) -> dict[str, str]:
    said = in_each(words, ERROR_MAX)
    return {"error": said[Language.ENGLISH], "error_es": said[Language.SPANISH]}


def last_day() -> date:
    """Until when a result that is made or opened today stays."""
    return timezone.localdate() + timedelta(days=keep_days())


def keep_days() -> int:
    return int(facts.number("job.keep_days"))


@transaction.atomic
def _end(job: Job, state: str, **changes: Any) -> Job | None:
    now = timezone.now()
    if not _claimed(job).update(state=state, finished_at=now, claimed_at=now, **changes):
        return None
    job.refresh_from_db()
    _after_end(job, state)
    return job


def _after_end(job: Job, state: str) -> None:
    """No event for a result for everyone: nobody did anything, and it would make cached figures count again."""
    if job.by_id:
        audit.record("job.end", job, by=None, changes={"kind": job.kind, "state": state})
    failed = _kinds[job.kind].failed if state == State.FAILED and job.kind in _kinds else None
    if failed:
        failed(job, {Language.ENGLISH: job.error, Language.SPANISH: job.error_es})


def _claimed(job: Job) -> QuerySet[Job]:
    """The job's row, or no row once this worker's claim is lost."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)


# --- The result, and looking after ------------------------------------------------------------------


@transaction.atomic
def record_download(job: Job, *, by: User) -> None:
    audit.record("job.open_result", job, by=by, changes={"kind": job.kind})


def look_after(limit: int = 100) -> dict[str, int]:
    """Called by beat: send jobs again that lost their worker, give up those without attempts left, delete old results.

    Returns how many of each.
    """
    now = timezone.now()
    silent = Job.objects.unfinished().filter(
        Q(claimed_at__lt=now - CLAIM_LASTS) | Q(claimed_at__isnull=True, created_at__lt=now - timedelta(seconds=30))
    )
    given_up = [job for job in silent.filter(attempts__gte=ATTEMPTS)[:limit] if _give_up(job)]
    again = list(silent.filter(attempts__lt=ATTEMPTS).order_by("created_at")[:limit])
    for job in again:
        publish(job)
    failed = Job.objects.filter(by__isnull=True, state=State.FAILED)
    failed.filter(finished_at__lt=now - timedelta(days=1)).delete()
    old = Job.objects.exclude(file="").filter(delete_after__lt=timezone.localdate())
    return {"again": len(again), "given_up": len(given_up), "removed": sum(_drop_file(job) for job in old[:limit])}


@transaction.atomic
def _give_up(job: Job) -> bool:
    same = Job.objects.unfinished().filter(pk=job.pk, attempts=job.attempts)
    ended = same.update(state=State.FAILED, finished_at=timezone.now(), given=None, **_errors(GIVEN_UP))
    if ended:
        job.refresh_from_db()
        _after_end(job, State.FAILED)
    return bool(ended)


@transaction.atomic
def _drop_file(job: Job) -> int:
    name = str(job.file.name)
    there = Job.objects.filter(pk=job.pk, file=name)
    if job.by_id is None:  # nothing happened that a record would tell of
        dropped, _by_model = there.delete()
    elif dropped := there.update(file="", size=0):
        audit.record("job.remove_result", job, by=None)
    if dropped:
        transaction.on_commit(deletion(job.file))
    return dropped


def forget_about(codes: Iterable[str]) -> None:
    """Delete the results about these applications, such as letters, with what is still to be made."""
    for job in Job.objects.filter(by__isnull=True, about__in=list(codes)).exclude(about=""):
        _drop_file(job)
        Job.objects.filter(pk=job.pk).delete()
