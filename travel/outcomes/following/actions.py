"""A student agrees, or takes it back; says how it went; a college's file is taken in, or undone (docs/adr/0028)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.sealed import vault
from exchange.models import College, ConsentText, User
from travel.models import FollowUpConsent, FollowUpImport, FollowUpKey, FollowUpRecord, Placement, SelfReport
from travel.outcomes.following import codes, matching
from travel.outcomes.following.files import Content, Row
from travel.outcomes.following.matching import ASKED_IN

SAYS = ("enrolled", "award", "transferred")


# --- The student ------------------------------------------------------------------------------------


@transaction.atomic
def sign(application: Application, *, typed_name: str, by: User) -> FollowUpConsent:
    """Agree, for the college that the application names. A second call changes nothing.

    RuleViolation: not_own, not_now, no_name, no_words.
    """
    locked = _lock(application, by)
    if locked.status not in ASKED_IN or locked.college_id is None:
        raise RuleViolation("not_now", _("There’s nothing to sign for this application."))
    name = typed_name.strip()
    if not name:
        raise RuleViolation("no_name", _("Type your full name to sign."))
    text = ConsentText.objects.filter(key=FollowUpConsent.TEXT, is_current=True).first()
    if text is None:
        raise RuleViolation("no_words", _("There’s nothing to sign yet. We’ll ask you later."))
    if before := locked.follow_up_consents.in_force().first():
        return before
    language = (get_language() or "en")[:2]
    consent = FollowUpConsent.objects.create(
        application=locked, college_id=locked.college_id, text=text, language=language, typed_name=name
    )
    changes = {"version": text.version, "language": language, "college": consent.college.code}
    audit.record("follow_up.sign", locked, by=by, changes=changes)
    return consent


@transaction.atomic
def withdraw(application: Application, *, by: User) -> bool:
    """Take it back: what the college sent is deleted at once, and nothing new is taken in. False if there was none.

    RuleViolation: not_own.
    """
    locked = _lock(application, by)
    if not locked.follow_up_consents.in_force().update(withdrawn_at=timezone.now()):
        return False
    FollowUpRecord.objects.filter(application=locked).delete()
    audit.record("follow_up.withdraw", locked, by=by)
    return True


@transaction.atomic
def say(placement: Placement, *, enrolled: bool | None, award: bool | None, transferred: bool | None, by: User) -> None:
    """What the traveler says of the time after the trip; said again, the newer word counts, and nothing removes it.

    RuleViolation: not_own, not_back.
    """
    locked = _lock(placement.application, by)
    if placement.returned_at is None:
        raise RuleViolation("not_back", _("We’ll ask you this once you’re back from the trip."))
    said = dict(zip(SAYS, (enrolled, award, transferred), strict=True))
    there = SelfReport.objects.filter(application=locked).first()
    if all(value is None for value in said.values()):
        if there:
            audit.record("self_report.remove", there, by=by)
            there.delete()
        return
    if there and said == {name: getattr(there, name) for name in SAYS}:
        return
    values = said | {"said_at": timezone.now()}
    row, _new = SelfReport.objects.update_or_create(application=locked, defaults=values)
    audit.record("self_report.say", row, by=by)


def _lock(application: Application, by: User) -> Application:
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can sign or withdraw this permission."))
    return locked


# --- The college ------------------------------------------------------------------------------------


@transaction.atomic
def make_key(cycle: Cycle, college: College, *, by: User | None) -> None:
    """The key of this college and cycle, made once, when its first list is asked for."""
    College.objects.select_for_update(of=("self",)).get(pk=college.pk)
    if not FollowUpKey.objects.filter(cycle=cycle, college=college).exists():
        sealed = vault().encrypt(codes.new_key().encode()).decode()
        row = FollowUpKey.objects.create(cycle=cycle, college=college, sealed=sealed)
        audit.record("follow_up.make_key", row, by=by)


@transaction.atomic
def record_list(cycle: Cycle, college: College, *, people: int, by: User) -> None:
    """That somebody downloaded the list of so many students."""
    audit.record("follow_up.list", college, by=by, changes={"cycle": cycle.code, "people": people})


@transaction.atomic
def take(cycle: Cycle, college: College, year: int, content: Content, *, by: User) -> FollowUpImport:
    """Store what the file says of students who agree at this moment; nothing of anybody else.

    RuleViolation: same_file, nothing.
    """
    College.objects.select_for_update(of=("self",)).get(pk=college.pk)
    # a student who takes it back at the same moment waits, or is gone from `compare` already
    list(matching.asked(cycle, college).select_for_update(of=("self",)).values_list("pk"))
    found = matching.compare(cycle, college, content)
    if not found.matched:
        raise RuleViolation("nothing", _("No row in this file can be taken. Nothing was saved."))
    about: dict[str, Any] = {
        "cycle": cycle,
        "college": college,
        "year": year,
        "digest": digest_of(row for _person, row in found.matched.values()),
    }
    try:
        with transaction.atomic():
            made = FollowUpImport.objects.create(
                **about,
                rows=len(found.matched),
                unknown=len(found.unknown),
                refused=len(found.refused),
                imported_by=by,
            )
    except IntegrityError as twice:
        raise RuleViolation("same_file", _("This file was imported before. Nothing was changed.")) from twice
    FollowUpRecord.objects.bulk_create(_record(made, *each) for each in found.matched.values())
    audit.record("follow_up.import", made, by=by, changes={"rows": made.rows, "year": year, "college": college.code})
    return made


def _record(made: FollowUpImport, person: int, row: Row) -> FollowUpRecord:
    return FollowUpRecord(
        imported=made,
        application_id=person,
        reenrolled=row.reenrolled,
        units=row.units,
        gpa=row.gpa,
        award=row.award,
        transferred=row.transferred,
    )


@transaction.atomic
def undo(made: FollowUpImport, *, by: User) -> bool:
    """Delete what a file brought; what older files said counts again. False if that was done already."""
    locked = FollowUpImport.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if locked.undone_at:
        return False
    locked.undone_at, locked.undone_by = timezone.now(), by
    locked.save(update_fields=["undone_at", "undone_by"])
    locked.records.all().delete()
    audit.record("follow_up.undo", locked, by=by, changes={"rows": locked.rows})
    return True


def digest_of(rows: Iterable[Row]) -> str:
    """Of what is taken in: another order of lines, or other line ends, are the same file. A file is new again once
    another of its students has agreed."""
    values = sorted([str(value) for value in astuple(row)] for row in rows)
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
