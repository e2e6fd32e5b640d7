"""Checks that everything is there and fits together: files, links between rows, sealed rows, figures, backups.

An app registers its own in `AppConfig.ready`: `verification.register("lotteries", check)`. A check writes nothing,
and yields a `Finding` for each kind of fault, with what to do about it in plain words.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from exchange.keeping import archive, databases, destination, log_closings, sealed_rows, stored_files, taking, version
from exchange.keeping.age import DamagedError
from exchange.models import Backup, LogClosing

EXAMPLES = 10
BEING_WRITTEN = timedelta(hours=1)  # a file is stored a moment before its row
type Check = Callable[[], Iterable["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """`examples`: names or primary keys, never a person's; the first few of `count`."""

    what: str
    count: int
    examples: tuple[str, ...]
    remedy: str

    @classmethod
    def of(cls, what: str, found: Iterable[object], remedy: str) -> "Iterator[Finding]":
        """One finding, or none if nothing was found."""
        every = [str(each) for each in found]
        if every:
            yield cls(what, len(every), tuple(every[:EXAMPLES]), remedy)


_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    _checks[name] = check


def run() -> Iterator[tuple[str, list[Finding]]]:
    """Each check's name with what it found, as soon as it's done."""
    for name, check in (OURS | _checks).items():
        yield name, list(check())


# --- Ours -------------------------------------------------------------------------------------------


def migrations() -> Iterator[Finding]:
    known, applied = version.known_migrations(), version.applied_migrations()
    missing = [f"{app}.{name}" for app in known for name in known[app] if name not in applied.get(app, [])]
    yield from Finding.of("of this version's migrations missing in the database", missing, "Run manage.py migrate.")


def files() -> Iterator[Finding]:
    """Compares one listing of the storage with one pass over the rows."""
    named = set(stored_files.names(databases.rows_now))
    stored = set(_all_in(""))
    yield from Finding.of(
        "files that a row names and the storage doesn't have",
        sorted(named - stored),
        "Take each from a backup: `for pack in files*.age; do age --decrypt --identity data.key $pack | "
        "tar --extract NAME; done`, and put it back under the same name. If no backup has it, ask the student or the "
        "office to send the file again.",
    )
    limit = timezone.now() - BEING_WRITTEN
    orphans = (name for name in sorted(stored - named) if default_storage.get_modified_time(name) < limit)
    yield from Finding.of(
        "files that no row names",
        orphans,
        "A process was killed between storing a file and its row, or deleting a row and its file. Nobody can open "
        "them. Look at their date, and delete them from the storage.",
    )
    yield from _sizes(stored)


def _all_in(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in names if name)
    for each in folders:
        yield from _all_in(prefix + each)


def _sizes(stored: set[str]) -> Iterator[Finding]:
    differ = []
    for model, field, _column, is_list in stored_files.columns():
        if is_list or "size" not in {each.name for each in model._meta.local_concrete_fields}:
            continue
        rows = model._base_manager.exclude(**{field: ""}).values_list(field, "size")
        differ += [name for name, size in rows.iterator() if name in stored and default_storage.size(name) != size]
    yield from Finding.of(
        "files with another size than their row says",
        sorted(differ),
        "The disk was full or the file was changed outside the portal. Take it from a backup, as above.",
    )


def foreign_keys() -> Iterator[Finding]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey):
                yield from _dangling(model, field)


def _dangling(model: type[models.Model], field: "models.ForeignKey[models.Model, models.Model]") -> Iterator[Finding]:
    target: type[models.Model] = field.related_model
    there = target._base_manager.filter(**{field.target_field.attname: OuterRef(field.attname)})
    lost = model._base_manager.filter(~Exists(there), **{f"{field.attname}__isnull": False})
    yield from Finding.of(
        f"rows of {model._meta.label_lower} whose {field.name} is gone",
        lost.order_by("pk").values_list("pk", flat=True),
        f"Something wrote past the database's own rules. Restore {target._meta.label_lower} from a backup, or set the "
        "field by hand with someone who knows what it should be.",
    )


def sealed() -> Iterator[Finding]:
    for counted in sealed_rows.look():
        yield from Finding.of(
            f"rows of {counted.column.label} that no key opens",
            counted.lost,
            "Find the key that sealed them in a file keys-….age beside your backups, add it to SEALING_KEY_FALLBACKS, "
            "and run manage.py rotate_keys. If no such file has it, what was in them is lost: ask for it again.",
        )
        yield from Finding.of(
            f"rows of {counted.column.label} that only a former key opens",
            counted.left,
            "Run manage.py rotate_keys before you remove the former key.",
        )


def audit_log() -> Iterator[Finding]:
    """The chain over the events, closing by closing, and whether the newest backup knew a longer one."""
    found = log_closings.look()
    yield from Finding.of(
        "days of the audit log whose events were changed, removed or added to",
        (f"{each.day} (events {each.after_id + 1:,} to {each.last_id:,})" for each in found.days),
        "Somebody wrote past the portal, with rights on the database. Restore the last backup that still has the day "
        "whole into a database of its own, compare exchange_event between these ids, and keep both (SECURITY.md). Once "
        "you know what happened, run manage.py close_log --accept DAY --reason WORDS.",
    )
    yield from Finding.of(
        "closings of the audit log that were changed, or whose one before is gone",
        found.closings,
        "Somebody wrote to exchange_logclosing past the portal. Take its rows from the last backup that has them "
        "whole, and compare the events of these days with it.",
    )
    yield from Finding.of(
        "closings of the audit log that no known key signed",
        found.unsigned,
        "Find the key in a file keys-….age beside your backups, add it to SEALING_KEY_FALLBACKS, and run manage.py "
        "rotate_keys. If no such file has it, somebody else wrote them.",
    )
    if found.kept:
        remedy = "A purge was interrupted: run manage.py purge --logs. If they come back, somebody adds them."
        yield Finding("events lie before the first day of the log", found.kept, (), remedy)
    if late := log_closings.late(timezone.now()):
        remedy = "Run manage.py close_log, and look why the worker didn't (its journal, or /status/)."
        yield Finding("events have waited for more than two days to be closed", late, (), remedy)
    yield from _cut_off()


def _cut_off() -> Iterator[Finding]:
    """The database alone can't tell that its last closings and their events are gone; the newest backup can."""
    taken_here = set(Backup.objects.good().values_list("name", flat=True)) if destination.is_set_up() else set()
    known = [path for path in archive.finished_in(Path(settings.BACKUP_DIR)) if path.name in taken_here]
    with suppress(DamagedError, archive.NotABackupError):  # verify_backup tells about those
        head = archive.read(known[-1]).log if known else ""
        if head and not LogClosing.objects.filter(hash=head).exists():
            yield from Finding.of(
                "closings that the newest backup names aren't there",
                [f"{head[:16]} in {known[-1].name}"],
                "The end of the audit log was cut off. Compare exchange_event and exchange_logclosing with the backup.",
            )


def backups() -> Iterator[Finding]:
    since = taking.late_since(timezone.now()) if destination.is_set_up() else None
    if since:
        yield Finding(
            f"no good backup since {since:%Y-%m-%d %H:%M}", 1, (), "Run manage.py backup, and fix what it reports."
        )


OURS: dict[str, Check] = {
    "migrations": migrations,
    "files": files,
    "foreign keys": foreign_keys,
    "sealed rows": sealed,
    "audit log": audit_log,
    "backups": backups,
}
