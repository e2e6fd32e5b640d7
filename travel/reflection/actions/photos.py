"""A photo for an answer or a follow-on project: sent by the student, checked and re-encoded by a task, described."""

from django.db import transaction
from django.utils.translation import gettext as _

from applications.apply.actions.upload import ReceivedFile
from applications.base.file_kinds import PDF
from applications.models import Upload
from exchange.background import dispatch
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import checked_files
from travel.models import FollowOnProject, Photo, Reflection, ReflectionConsent
from travel.reflection.actions import consents

PHOTOS_MAX = 5  # of one project
State = Upload.State


def add(about: Reflection | FollowOnProject, received: ReceivedFile, *, alt: str, by: User) -> Photo:
    """Store a photo that `upload.look` accepted; a task checks it. An answer has one: a new one replaces it.

    The same photo twice is stored once. RuleViolation: not_a_picture, no_alt, too_many_files.
    """
    if received.content_type == PDF:
        raise RuleViolation("not_a_picture", _("Choose a photo. A PDF isn’t one."))
    photo = Photo(**checked_files.columns_of(received), alt=_checked(alt))
    return checked_files.store(photo, received, lambda row: _add(about, row, by=by), by=by)


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
    checked_files.delete_later(there)
    audit.record("photo.remove", there, by=by)
    there.delete()


def _checked(alt: str) -> str:
    alt = " ".join(alt.split())
    if not alt:
        raise RuleViolation("no_alt", _("Say in a few words what the photo shows. Some people can’t see it."))
    return alt


# --- The file's check -------------------------------------------------------------------------------


def check_file(photo_id: int) -> Photo | None:
    """As `checked_files.check`."""
    return checked_files.check(Photo.objects.filter(pk=photo_id), _settle)


def _settle(photo: Photo) -> None:
    if photo.state == State.REFUSED and photo.reflection:
        consents.withdraw(photo.reflection, ReflectionConsent.Kind.PICTURE, by=None)
    audit.record(f"photo.{photo.state}_file", photo, by=None)


def look_after_files(limit: int = 100) -> int:
    """Send again the photos that no task has checked."""
    return checked_files.send_again(Photo.objects.all(), _check_again, limit=limit)


def _check_again(pk: int) -> None:
    dispatch.send("travel.check_photo", photo_id=pk)
