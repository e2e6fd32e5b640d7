"""Whether each part of the portal works: for the status page of its owners, and for the alarm.

A part is probed (database, broker, cache, storage, mail server, virus scanner), or judged by rows: when the workers and
beat were last alive, how old the oldest waiting work is, whether texts are sent, when the last backup was taken.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from health_check.checks import Database, Storage
from health_check.exceptions import ServiceUnavailable

from exchange.background import clock, early, queues, waiting, worker_life
from exchange.background.part import Group, Part, State, when
from exchange.files import antivirus
from exchange.models import Backup, Heartbeat, Message
from exchange.reference import facts

logger = logging.getLogger(__name__)
SECONDS = 4  # for each probe: a slow answer is no better than none
SILENT_AFTER = timedelta(minutes=5)  # worker and beat give a sign every minute or so
WAITS_TOO_LONG = timedelta(minutes=10)
BACKUP_LATE, QUEUE = "backup.late_hours", "watch.queue_seconds"


# --- Probes: each raises if the part does not work --------------------------------------------------


def _broker() -> None:
    with current_app.connection_for_write(connect_timeout=SECONDS) as connection:
        connection.ensure_connection(max_retries=1, timeout=SECONDS)


def _cache() -> None:
    if probe_redis := getattr(caches["default"], "probe", None):
        probe_redis()


def _mail() -> None:
    """Connects to a mail server and signs in. A provider's API is judged by its messages instead."""
    connection = mail.mailers["default"]
    if hasattr(connection, "host"):
        connection.open()
        connection.close()


def _antivirus() -> None:
    if antivirus.is_configured() and not antivirus.answers():
        raise ServiceUnavailable("the virus scanner does not answer")


PROBES: dict[str, Callable[[], object]] = {
    "database": lambda: Database().run(),
    "broker": _broker,
    "cache": _cache,
    "storage": lambda: Storage().run(),
    "mail": _mail,
    "antivirus": _antivirus,
}


def probe(probes: Mapping[str, Callable[[], object]] = PROBES, *, seconds: float | None = None) -> set[str]:
    """The names of the parts that fail, or don't answer in time; the reasons are in the log. In parallel."""
    pool = ThreadPoolExecutor(max_workers=len(probes))
    futures = {name: pool.submit(_run, run) for name, run in probes.items()}
    failing = set()
    for name, future in futures.items():
        try:
            future.result(timeout=seconds or SECONDS)
        except Exception:  # noqa: BLE001 -- whatever error a driver raises, the part does not work
            logger.exception("does not work: %s", name)
            failing.add(name)
    pool.shutdown(wait=False, cancel_futures=True)
    return failing


def _run(run: Callable[[], object]) -> None:
    try:
        run()
    finally:
        connections.close_all()  # this thread's own


# --- What the owners see ----------------------------------------------------------------------------


def parts(failing: set[str] | None = None) -> list[Part]:
    """Every part of the portal as it is now. `failing`: what `probe` has found, for another language."""
    failing, now = probe() if failing is None else failing, timezone.now()
    numbers = facts.numbers(BACKUP_LATE, QUEUE, *early.KEYS)
    names = worker_life.WORKER, worker_life.URGENT, worker_life.HEAVY, clock.BEAT
    signs = dict(Heartbeat.objects.filter(name__in=names).values_list("name", "at"))

    def probed(name: str, label: str, *, is_on: bool = True) -> Part:
        state = State.FAILING if name in failing else State.OK
        return Part(name, label, state if is_on else State.OFF)

    return [
        probed("database", _("Database")),
        probed("broker", _("Task queue")),
        probed("cache", _("Cache")),
        probed("storage", _("File storage")),
        _scanning(probed("antivirus", _("Virus scanner"), is_on=antivirus.is_configured())),
        _sending("mail", _("Email"), Message.Channel.EMAIL, now, fails="mail" in failing),
        _sending("texts", _("Texts"), Message.Channel.TEXT, now),
        _alive("worker", _("Background worker"), signs.get(worker_life.WORKER), now),
        _alive("urgent_worker", _("Worker for codes and alarms"), signs.get(worker_life.URGENT), now),
        _alive("heavy_worker", _("Worker for files, charts and PDFs"), signs.get(worker_life.HEAVY), now),
        _alive("beat", _("Scheduler"), signs.get(clock.BEAT), now),
        _backup(now, timedelta(hours=int(numbers[BACKUP_LATE]))),
        *_queues(now, timedelta(seconds=int(numbers[QUEUE]))),
        *early.parts(numbers, now),
    ]


def _scanning(part: Part) -> Part:
    off = _("Files are cleaned, but not scanned for viruses. Set CLAMAV_ADDRESS to change that.")
    return replace(part, detail=off) if part.state == State.OFF else part


def _alive(name: str, label: str, at: datetime | None, now: datetime) -> Part:
    if at is None:
        return Part(name, label, State.FAILING, _("No sign of it so far."))
    state = State.FAILING if now - at > SILENT_AFTER else State.OK
    return Part(name, label, state, _("Last sign: %(when)s.") % {"when": when(at)})


def _sending(name: str, label: str, channel: str, now: datetime, *, fails: bool = False) -> Part:
    """Failing if messages wait with an error and none of the kind was sent lately."""
    messages = Message.objects.filter(channel=channel)
    stuck = messages.waiting().exclude(error="").filter(queued_at__lt=now - WAITS_TOO_LONG).count()
    is_sending = messages.filter(sent_at__gt=now - WAITS_TOO_LONG).exists()
    detail = _("Messages that haven’t been sent yet: %(count)s.") % {"count": stuck} if stuck else ""
    return Part(name, label, State.FAILING if fails or (stuck and not is_sending) else State.OK, detail)


def _queues(now: datetime, soon: timedelta) -> list[Part]:
    labels = {
        queues.URGENT: _("Codes, alarms and texts"),
        queues.ORDINARY: _("Other messages and work"),
        queues.UPLOADS: _("Files to check"),
        queues.HEAVY: _("Charts, PDFs and calculations"),
    }
    return [_queue(queue, labels[queue], age, soon) for queue, age in waiting.ages(now).items()]


def _queue(queue: str, label: str, age: timedelta, soon: timedelta) -> Part:
    """How long the oldest work has waited that nobody has tried. Whoever waits for a code has no second `soon`."""
    too_long = soon if queue == queues.URGENT else WAITS_TOO_LONG
    state = State.FAILING if age > too_long else State.SOON if age > soon else State.OK
    detail = _("The oldest has waited %(time)s.") % {"time": _in_words(age)} if age else _("Nothing is waiting.")
    return Part(f"queue_{queue}", label, state, detail, Group.WAITING)


def _in_words(age: timedelta) -> str:
    seconds = max(1, round(age.total_seconds()))
    if seconds < 120:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    minutes = seconds // 60
    if minutes >= 120:
        hours = minutes // 60
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": f"{hours:,}"}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": f"{minutes:,}"}


def _backup(now: datetime, allowed: timedelta) -> Part:
    label, last = _("Backup"), Backup.objects.last_good_at()
    if last is None:
        return Part("backup", label, State.FAILING if settings.BACKUP_DIR else State.OFF, _("None has been taken."))
    state = State.FAILING if now - last > allowed else State.OK
    return Part("backup", label, state, _("Last good one: %(when)s.") % {"when": when(last)})
