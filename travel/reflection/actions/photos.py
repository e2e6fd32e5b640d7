"""A photo for an answer or a follow-on project: sent by the student, checked and re-encoded by a task, described."""

import functools
import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.upload import ReceivedFile
from applications.base.file_kinds import PDF
from applications.models import Upload
from exchange.background import dispatch
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.files.storage import no_orphans
from exchange.models import User
from travel.models import FollowOnProject, Photo, Reflection, ReflectionConsent
from travel.reflection.actions import consents

if TYPE_CHECKING:
    from applications.apply.actions.upload_check import CheckResult

PHOTOS_MAX = 5  # of one project
LOST_AFTER = timedelta(minutes=5)
State = Upload.State


def add(about: Reflection | FollowOnProject, received: ReceivedFile, *, alt: str, by: User) -> Photo:
    """Store a photo that `upload.look` accepted; a task checks it. An answer has one: a new one replaces it.

    The same photo twice is stored once. RuleViolation: not_a_picture, no_alt, too_many_files.
    """
    if received.content_type == PDF:
        raise RuleViolation("not_a_picture", _("Choose a photo. A PDF isn’t one."))
    photo = Photo(
        code=secrets.token_hex(16),
        alt=_checked(alt),
        content_type=received.content_type,
        size=len(received.content),
        digest=hashlib.sha256(received.content).hexdigest(),
    )
    with no_orphans() as note:
        photo.file.save("file", ContentFile(received.content), save=False)
        note(photo.file.storage, photo.file.name)
        kept = _add(about, photo, by=by)
    if kept.pk != photo.pk:
        photo.file.storage.delete(str(photo.file.name))
    return kept


@transaction.atomic
def _add(about: Reflection | FollowOnProject, photo: Photo, *, by: User) -> Photo:
    about = type(about)._default_manager.select_for_update(of=("self",)).get(pk=about.pk)
    is_answer = isinstance(about, Reflection)
    there = Photo.objects.filter(**{"reflection" if is_answer else "project": about})
    if same := there.filter(digest=photo.digest).exclude(state=State.REFUSED).first():
        return describe(same, photo.alt, by=by)
    for old in there.filter(state=State.REFUSED) if not is_answer else there:
        remove(old, by=by)
    if not is_answer and there.count() >= PHOTOS_MAX:
        raise RuleViolation(
            "too_many_files", _("You’ve added %(count)s photos. Remove one first.") % {"count": PHOTOS_MAX}
        )
    photo.reflection, photo.project = (about, None) if is_answer else (None, about)  # type: ignore[assignment]
    photo.save()
    audit.record("photo.add", photo, by=by, changes={"size": photo.size})
    dispatch.send_after_commit("travel.check_photo", photo_id=photo.pk)
    return photo


@transaction.atomic
def describe(photo: Photo, alt: str, *, by: User) -> Photo:
    """Change the alternative text. RuleViolation: no_alt."""
    photo = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    alt = _checked(alt)
    if photo.alt != alt:
        photo.alt = alt
        photo.save(update_fields=["alt"])
        audit.record("photo.describe", photo, by=by)
    return photo


@transaction.atomic
def remove(photo: Photo, *, by: User) -> None:
    """Delete a photo, its file, and the consent to show it. Safe to repeat."""
    there = Photo.objects.select_for_update(of=("self",)).select_related("reflection").filter(pk=photo.pk).first()
    if there is None:
        return
    if there.reflection:
        consents.withdraw(there.reflection, ReflectionConsent.Kind.PICTURE, by=by)
    if name := str(there.file.name or ""):
        transaction.on_commit(functools.partial(there.file.storage.delete, name))
    audit.record("photo.remove", there, by=by)
    there.delete()


def _checked(alt: str) -> str:
    alt = " ".join(alt.split())
    if not alt:
        raise RuleViolation("no_alt", _("Say in a few words what the photo shows. Some people can’t see it."))
    return alt


# --- The file's check -------------------------------------------------------------------------------


def check_file(photo_id: int) -> Photo | None:
    """Scan and clean one photo, then keep or refuse it; None if there was nothing to do. May run twice.

    `upload_check.CANNOT_SCAN`: the scanner can't be reached; the photo waits.
    """
    photo = Photo.objects.filter(pk=photo_id, state=State.RECEIVED).exclude(file="").first()
    if photo is None:
        return None
    from applications.apply.actions.upload_check import examine  # noqa: PLC0415 -- heavy: only the worker opens files

    raw = str(photo.file.name)
    with photo.file.open("rb") as file:
        found = examine(file.read(), photo.content_type)
    with no_orphans() as note:
        kept = ""
        if not found.refused:
            photo.content_type = found.kind
            photo.file.save("file", ContentFile(found.content), save=False)
            kept = str(photo.file.name)
            note(photo.file.storage, kept)
        there = _record_check(photo, found, kept)
    if there is None:  # another worker was faster, or the student removed it
        if kept:
            photo.file.storage.delete(kept)
    elif kept != raw:
        transaction.on_commit(functools.partial(photo.file.storage.delete, raw))
    return there


@transaction.atomic
def _record_check(photo: Photo, found: "CheckResult", kept: str) -> Photo | None:
    waiting = Photo.objects.select_for_update(of=("self",)).filter(pk=photo.pk, state=State.RECEIVED)
    there = waiting.exclude(file="").first()
    if there is None:
        return None
    there.file.name, there.checked_at, there.scanned_at = kept, timezone.now(), found.scanned_at
    there.state, there.refused_because = State.REFUSED if found.refused else State.KEPT, found.refused
    if kept:
        there.content_type, there.size = found.kind, len(found.content)
    elif there.reflection:
        consents.withdraw(there.reflection, ReflectionConsent.Kind.PICTURE, by=None)
    there.save()
    audit.record(f"photo.{there.state}_file", there, by=None)
    return there


def look_after_files(limit: int = 100) -> int:
    """Send again the photos that no task has checked."""
    lost = Photo.objects.filter(state=State.RECEIVED, uploaded_at__lt=timezone.now() - LOST_AFTER).exclude(file="")
    ids = list(lost.values_list("pk", flat=True)[:limit])
    for pk in ids:
        dispatch.send("travel.check_photo", photo_id=pk)
    return len(ids)
