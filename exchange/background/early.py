"""Early warnings: what works and won't for long. Asks nobody else: what watch found out is in rows (`lookout`)."""

import ctypes
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.background import lookout
from exchange.background.part import Group, Part, State, when
from exchange.templatetags.ui import day_year

DISK, DISK_LAST = "watch.disk_percent", "watch.disk_last_percent"
CERTIFICATE, CERTIFICATE_LAST = "watch.certificate_days", "watch.certificate_last_days"
CLOCK = "watch.clock_seconds"
ARCHIVE = "watch.archive_minutes"
KEYS = (DISK, DISK_LAST, CERTIFICATE, CERTIFICATE_LAST, CLOCK, ARCHIVE)
UNSYNCHRONIZED = 5  # of adjtimex(2): TIME_ERROR

type Numbers = Mapping[str, int | Decimal]


def parts(numbers: Numbers, now: datetime) -> list[Part]:
    """`numbers`: the facts of KEYS."""
    return [_disk(numbers), _certificate(numbers, now), _clock(numbers), _archive(numbers, now), _libraries()]


def _early(name: str, label: str, state: State, detail: str) -> Part:
    return Part(name, label, state, detail, Group.EARLY)


def _level(left: float, soon: int | Decimal, last: int | Decimal) -> State:
    return State.FAILING if left < last else State.SOON if left < soon else State.OK


def _disk(numbers: Numbers) -> Part:
    """The fullest of the disks that this machine writes to; the database server's may be another."""
    found = {}
    for folder in (str(settings.DATA_DIR), str(settings.BACKUP_DIR)):
        if folder and Path(folder).exists():
            disk = shutil.disk_usage(folder)
            found[folder] = 100 * disk.free / disk.total
    folder, free = min(found.items(), key=lambda each: each[1])
    detail = _("%(percent)s%% is free where %(folder)s is.") % {"percent": int(free), "folder": folder}
    return _early("disk", _("Disk space"), _level(free, numbers[DISK], numbers[DISK_LAST]), detail)


def _certificate(numbers: Numbers, now: datetime) -> Part:
    label, until = _("Certificate"), lookout.certificate_ends_at()
    if until is None:
        detail = _("This machine couldn’t read it at %(address)s yet.") % {"address": settings.SITE_URL}
        return _early("certificate", label, State.OFF, detail)
    days = (until - now).days
    left = ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days} if days >= 0 else _("it ended")
    detail = _("Valid until %(day)s: %(left)s.") % {"day": day_year(until), "left": left}
    return _early("certificate", label, _level(days, numbers[CERTIFICATE], numbers[CERTIFICATE_LAST]), detail)


def _clock(numbers: Numbers) -> Part:
    label, seconds = _("Clock"), abs(seconds_off())
    if seconds > numbers[CLOCK]:
        detail = _("This machine and the database server differ by %(seconds)s seconds.") % {"seconds": round(seconds)}
        return _early("clock", label, State.SOON, detail)
    if not settings.DEMO and not is_set_by_a_server():
        return _early("clock", label, State.SOON, _("No time server sets this machine’s clock."))
    return _early("clock", label, State.OK, _("It agrees with the database server’s."))


def seconds_off() -> float:
    """How far this machine's clock is ahead of the database server's. 0 where the database is a file."""
    if connection.vendor != "postgresql":
        return 0
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    return ((before + (timezone.now() - before) / 2) - there).total_seconds()


def is_set_by_a_server() -> bool:
    """What the kernel says. True where it says nothing."""
    asked = ctypes.create_string_buffer(256)  # struct timex with modes 0: only read
    state: int = ctypes.CDLL(None).adjtimex(asked)
    return state != UNSYNCHRONIZED


def _archive(numbers: Numbers, now: datetime) -> Part:
    """What the database server says of its archive. Signs are saved every minute, so there is always something new."""
    label, (is_on, last, failed) = _("Archive of the database"), archived()
    if not is_on:
        detail = _("There’s none. After a loss, what was saved since the last backup is gone.")
        return _early("archive", label, State.OFF, detail)
    if last is None:
        return _early("archive", label, State.FAILING if failed else State.OK, _("Nothing is there yet."))
    detail = _("It has what was saved until %(when)s.") % {"when": when(last)}
    is_late = now - last > timedelta(minutes=int(numbers[ARCHIVE]))
    fails = failed is not None and failed > last
    return _early("archive", label, State.FAILING if is_late else State.SOON if fails else State.OK, detail)


def archived() -> tuple[bool, datetime | None, datetime | None]:
    """Whether the database server archives what it writes, and when that worked last and failed last."""
    if connection.vendor != "postgresql":
        return False, None, None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_archived_time, last_failed_time, current_setting('archive_mode') FROM pg_stat_archiver"
        )
        last, failed, mode = cursor.fetchone()
    return mode != "off", last, failed


def _libraries() -> Part:
    label, last = _("Libraries"), lookout.asked_at(lookout.LIBRARIES)
    if not settings.ADVISORIES_URL:
        return _early("libraries", label, State.OFF, _("They aren’t compared with known weaknesses."))
    if last is None:
        return _early("libraries", label, State.OFF, _("They haven’t been compared with known weaknesses yet."))
    if weak := lookout.weak_libraries():
        detail = _("With a known weakness: %(names)s.") % {"names": ", ".join(weak)}
        return _early("libraries", label, State.SOON, detail)
    return _early(
        "libraries", label, State.OK, _("None has a known weakness, as of %(day)s.") % {"day": day_year(last)}
    )
