"""The sample files: the office writes and publishes them, readers score, lock and discuss them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import edit_lock
from applications.cycle.actions.form_versions import lock
from applications.models import Cycle, NormingFile, NormingReading, NormingRemark
from applications.reading import norming
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User
from exchange.reference import facts

FIELDS = ("language", "answers")
# The name under which `exchange.base.due` calls `is_still_due`.
DUE_NAME = "applications.norming"


# --- The office -------------------------------------------------------------------------------------


def sample_fingerprint(file: NormingFile) -> str:
    # in a fixed order, because a database may return a JSON object's keys in another
    return edit_lock.fingerprint(file, ["language"], *((each["question"], each["text"]) for each in file.answers))


@transaction.atomic
def add_sample(cycle: Cycle, values: Mapping[str, Any], *, is_copied: bool = False, by: User) -> NormingFile:
    """Add a sample, last in order. The application that it was copied from is not stored. RuleViolation: too_many."""
    cycle = lock(cycle)
    _check_room(cycle, 1)
    last = cycle.norming_files.last()
    file = NormingFile.objects.create(
        cycle=cycle, order=last.order + 1 if last else 1, **{name: values[name] for name in FIELDS}
    )
    audit.record("norming.add_sample", cycle, by=by, changes={"code": file.code, "copied": is_copied})
    return file


def _check_room(cycle: Cycle, more: int) -> None:
    most = int(facts.number("norming.files_max"))
    if cycle.norming_files.count() + more > most:
        raise RuleViolation(
            "too_many", _("You can have up to %(count)s samples. Remove one before you add another.") % {"count": most}
        )


@transaction.atomic
def save_sample(file: NormingFile, values: Mapping[str, Any], *, seen: str = "", by: User) -> NormingFile:
    """Change a sample that nobody has scored yet. RuleViolation: changed_meanwhile, scored."""
    lock(file.cycle)
    file = NormingFile.objects.get(pk=file.pk)
    edit_lock.check(seen, sample_fingerprint(file))
    _check_unscored(file)
    for name in FIELDS:
        setattr(file, name, values[name])
    file.save(update_fields=FIELDS)
    audit.record("norming.save_sample", file.cycle, by=by, changes={"code": file.code})
    return file


def _check_unscored(file: NormingFile) -> None:
    if file.readings.exists():
        raise RuleViolation("scored", _("Readers have started scoring this sample, so it can’t be changed."))


@transaction.atomic
def move_sample(file: NormingFile, *, up: bool, by: User) -> None:
    """Swap the sample with its neighbor; at the end of the list nothing changes."""
    cycle = lock(file.cycle)
    files = list(cycle.norming_files.all())
    place = files.index(file)
    other = place - 1 if up else place + 1
    if 0 <= other < len(files):
        files[place], files[other] = files[other], files[place]
        for order, each in enumerate(files, start=1):
            each.order = order
        NormingFile.objects.bulk_update(files, ["order"])
        audit.record("norming.move_sample", cycle, by=by, changes={"code": file.code})


@transaction.atomic
def remove_sample(file: NormingFile, *, by: User) -> None:
    """Delete a sample. RuleViolation: scored, too_few (the set is published and would be too small)."""
    cycle = lock(file.cycle)
    _check_unscored(file)
    if cycle.norming_published_at:
        _check_enough(cycle.norming_files.count() - 1)
    audit.record("norming.remove_sample", cycle, by=by, changes={"code": file.code})
    file.delete()


def _check_enough(count: int) -> None:
    least = int(facts.number("norming.files_min"))
    if count < least:
        raise RuleViolation(
            "too_few",
            _("Readers need at least %(least)s samples to learn from. There would be only %(count)s.")
            % {"least": least, "count": count},
        )


@transaction.atomic
def copy_set(cycle: Cycle, *, by: User) -> int:
    """Copy the newest earlier set, without scores. Returns how many samples there are now.

    A second call adds nothing. RuleViolation: nothing_to_copy, too_many.
    """
    cycle = lock(cycle)
    source = earlier_set(cycle)
    if source is None:
        raise RuleViolation("nothing_to_copy", _("No earlier cycle has samples to copy."))
    there = [each.answers for each in cycle.norming_files.all()]
    new = [each for each in source.norming_files.all() if each.answers not in there]
    _check_room(cycle, len(new))
    NormingFile.objects.bulk_create(
        NormingFile(cycle=cycle, order=order, language=each.language, answers=each.answers)
        for order, each in enumerate(new, start=len(there) + 1)
    )
    if new:
        audit.record("norming.copy_set", cycle, by=by, changes={"from": source.code, "count": len(new)})
    return len(there) + len(new)


def earlier_set(cycle: Cycle) -> Cycle | None:
    """The newest cycle before this one that has samples."""
    earlier = Cycle.objects.filter(norming_files__isnull=False, opens_at__lt=cycle.opens_at)
    return earlier.order_by("-opens_at").first()


@transaction.atomic
def publish(cycle: Cycle, *, by: User) -> Cycle:
    """Show the samples to readers. A second call changes nothing. RuleViolation: too_few, no_rubric."""
    cycle = lock(cycle)
    if cycle.norming_published_at:
        return cycle
    _check_enough(cycle.norming_files.count())
    if not cycle.criteria.exists():
        raise RuleViolation("no_rubric", _("This cycle doesn’t have a rubric yet, so no one can score. Add one first."))
    cycle.norming_published_at = timezone.now()
    cycle.save(update_fields=["norming_published_at"])
    audit.record("norming.publish", cycle, by=by)
    return cycle


@transaction.atomic
def remind(cycle: Cycle, *, by: User) -> int:
    """Send a message to every reader who has samples left, at most once a day, and return how many.

    RuleViolation: not_published, reminded_today.
    """
    cycle = lock(cycle)
    if not cycle.norming_published_at:
        raise RuleViolation("not_published", _("Publish the samples first so readers can open them."))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    events = Event.objects.filter(target_model="applications.cycle", target_id=cycle.pk, action="norming.remind")
    if events.filter(at__gte=midnight).exists():
        raise RuleViolation("reminded_today", _("We already wrote to them today. Once a day is enough."))
    late = [reader for reader in norming.progress_of(cycle) if reader.samples_done < reader.samples_asked]
    for reader in late:
        outbox.queue(
            "applications/norming_asked",
            to=reader,
            context={"cycle": cycle, "count": reader.samples_asked - reader.samples_done},
            still_due=f"{DUE_NAME}:{cycle.pk}/{reader.pk}",
        )
    audit.record("norming.remind", cycle, by=by, changes={"readers": len(late)})
    return len(late)


def is_still_due(key: str) -> bool:
    """Whether the reader has samples left. `key`: "cycle/reader", their primary keys."""
    cycle_id, _slash, reader_id = key.partition("/")
    cycle = Cycle.objects.filter(pk=cycle_id, norming_published_at__isnull=False, closed_out_at__isnull=True).first()
    if cycle is None:
        return False
    reader = norming.progress_of(cycle).filter(pk=reader_id).first()
    return reader is not None and reader.samples_done < reader.samples_asked


@transaction.atomic
def agree(file: NormingFile, *, points: Mapping[str, int], note: str, by: User) -> NormingFile:
    """Record the points that the readers agreed on in their discussion. RuleViolation: unknown_points."""
    _check_points(file, points)
    file.agreed_points, file.agreed_note = dict(points), note
    file.save(update_fields=["agreed_points", "agreed_note"])
    audit.record("norming.agree", file, by=by, changes={"points": dict(points)})
    return file


# --- Readers ----------------------------------------------------------------------------------------


@transaction.atomic
def save_reading(file: NormingFile, *, points: Mapping[str, int], comment: str, by: User) -> NormingReading:
    """Save a reading, complete or not. RuleViolation: locked, unknown_points."""
    reading = _open_reading(file, by)
    if reading.locked_at:
        raise RuleViolation("locked", _("You’ve locked this reading, so its scores can’t be changed."))
    return _fill(reading, points, comment)


@transaction.atomic
def lock_reading(file: NormingFile, *, points: Mapping[str, int], comment: str, by: User) -> NormingReading:
    """Lock the reader's own reading for good; from then on they see the others' scores. A second call changes nothing.

    RuleViolation: unknown_points, incomplete.
    """
    reading = _open_reading(file, by)
    if reading.locked_at:
        return reading
    missing = [each.title for each in file.cycle.criteria.all() if each.key not in points]
    if missing:
        names = ", ".join(missing)
        raise RuleViolation("incomplete", _("Not locked yet. Still to score: %(names)s.") % {"names": names})
    _fill(reading, points, comment)
    reading.locked_at = timezone.now()
    reading.save(update_fields=["locked_at"])
    audit.record("norming.lock", file, by=by)
    return reading


def _open_reading(file: NormingFile, by: User) -> NormingReading:
    if not file.cycle.norming_published_at:
        raise RuleViolation("not_published", _("These samples aren’t published yet."))
    NormingReading.objects.get_or_create(file=file, reader=by)
    return NormingReading.objects.select_for_update(of=("self",)).get(file=file, reader=by)


def _fill(reading: NormingReading, points: Mapping[str, int], comment: str) -> NormingReading:
    _check_points(reading.file, points)
    reading.points, reading.comment, reading.saved_at = dict(points), comment, timezone.now()
    reading.save(update_fields=["points", "comment", "saved_at"])
    audit.record("norming.save", reading.file, by=reading.reader, changes={"scored": len(points)})
    return reading


def _check_points(file: NormingFile, points: Mapping[str, int]) -> None:
    criteria = file.cycle.criteria.prefetch_related("levels")
    known = {each.key: {level.points for level in each.levels.all()} for each in criteria}
    for key, value in points.items():
        if value not in known.get(key, ()):
            raise RuleViolation(
                "unknown_points", _("The rubric doesn’t have those points. Choose one of the options shown.")
            )


@transaction.atomic
def say(file: NormingFile, *, text: str, by: User) -> NormingRemark:
    """Add a remark to the discussion; sending the same text again at once adds nothing. RuleViolation: not_locked."""
    if not norming.may_see_others(by, file):
        raise RuleViolation("not_locked", _("Lock your own scores first. Then you can comment."))
    last = file.remarks.last()
    if last and last.by_id == by.pk and last.text == text:
        return last
    remark = NormingRemark.objects.create(file=file, by=by, text=text)
    audit.record("norming.say", file, by=by)
    return remark


def reminded(count: int) -> str:
    """The sentence that the page shows after `remind`."""
    if not count:
        return _("Everyone has scored them, so we didn’t write to anyone.")
    return ngettext("We wrote to %(count)s reader.", "We wrote to %(count)s readers.", count) % {"count": count}
