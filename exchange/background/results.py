"""Results that a worker makes once for everyone: the same content gives the same result, which stays.

    job = results.ask("travel.charts", key, given={"pictures": [...]})
    if job.state == Job.State.DONE:
        content = results.read(job)

`key` is a hash of all that the result is made from, so a result is never wrong, only unused. `ask` neither works nor
waits: it finds what is there, or starts a job, and the page shows the rest meanwhile. The page that asks decides who
may see a result; nobody gets it by its code. A result that nobody opened for the days of the fact `job.keep_days` is
deleted.
"""

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from exchange.background import jobs
from exchange.models import Job

State = Job.State
IN_CACHE_SECONDS = 60 * 60  # spares the bucket: the file is what stays
CACHED_UP_TO = 4_000_000  # bytes
LATE_AFTER = timedelta(minutes=1)


def ask(
    kind: str,
    key: str,
    *,
    given: Any = None,
    params: dict[str, Any] | None = None,
    about: str = "",
    is_whole: bool = True,
) -> Job:
    """The job that makes this: done, under way, failed a moment ago, or started now.

    `given`: all that the worker needs, sealed until it's done. `about`: the code of the application that it's about.
    `is_whole`: False if the caller has found that something in the result is missing; it is made again after a while.
    """
    job = newest(kind, key)
    if job is None or _is_tried_again(job, is_whole):
        _start(kind, key, given=given, params=params or {}, about=about)
        job = Job.objects.filter(kind=kind, key=key, by__isnull=True).latest("created_at")  # a worker may have done it
    return job


def newest(kind: str, key: str) -> Job | None:
    return Job.objects.filter(kind=kind, key=key, by__isnull=True).order_by("-created_at").first()


def last_done(kind: str, params: dict[str, Any]) -> Job | None:
    """The newest result of this kind with exactly these params, from whatever content it was made."""
    return (
        Job.objects.filter(kind=kind, params=params, by__isnull=True, state=State.DONE).order_by("-finished_at").first()
    )


def is_late(job: Job) -> bool:
    """Whether the page should say that it takes longer: the broker or the workers may be away."""
    return not job.is_finished and job.created_at < timezone.now() - LATE_AFTER


def read(job: Job) -> bytes:
    """The content of a result that is done. It stays for as long as it is read."""
    key = f"result:{job.code}"
    content: bytes | None = cache.get(key)
    if content is None:
        with job.file.open("rb") as file:
            content = file.read()
        if len(content) <= CACHED_UP_TO:
            cache.set(key, content, IN_CACHE_SECONDS)
        if job.delete_after != jobs.last_day():
            Job.objects.filter(pk=job.pk).exclude(file="").update(delete_after=jobs.last_day())
    return content


def _is_tried_again(job: Job, is_whole: bool) -> bool:
    if not job.is_finished or (job.state == State.DONE and is_whole):
        return False
    return job.finished_at is None or job.finished_at < timezone.now() - jobs.FAILURE_LASTS


def _start(kind: str, key: str, *, given: Any, params: dict[str, Any], about: str) -> None:
    language = (translation.get_language() or "en")[:2]
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, key=key, given=given, params=params, about=about, language=language)
    except IntegrityError:  # somebody asked for the same at this moment
        return
    publish_after_commit(job)


def publish_after_commit(job: Job) -> None:
    transaction.on_commit(lambda: jobs.publish(job), robust=True)
