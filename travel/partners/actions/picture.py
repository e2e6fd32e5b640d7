"""Actions for the pictures of cities: sent, checked and drawn in a few widths by a task, replaced, removed, undone.
The same ones are for the logo of the city whose portal this is.

What pages show is kept beside the city's own row (`exchange.base.pictures`), so that a page asks nothing more.
"""

import functools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import upload
from applications.apply.actions.upload import ReceivedFile
from applications.base import edit_lock
from applications.base.file_kinds import HEIC, JPEG, PNG, WEBP
from applications.models import Upload
from exchange.background import dispatch
from exchange.base import audit, home
from exchange.base.errors import RuleViolation
from exchange.files.storage import no_orphans
from exchange.models import HomeCity, PartnerCity, User
from travel.base import checked_files
from travel.models import CityPicture, CityPictureWidth

State, Kind = Upload.State, CityPicture.Kind
TAKEN = {Kind.PICTURE: {JPEG, PNG, HEIC, WEBP}, Kind.LOGO: {PNG}}
CAN_BRING_BACK = timedelta(days=30)  # after this, a picture that was replaced or refused is deleted


def look(name: str, content: bytes, kind: str = Kind.PICTURE) -> ReceivedFile:
    """As `upload.look`, for pictures only, and for PNG only if it's a logo. RuleViolation: also not_a_picture."""
    not_a_picture = {
        Kind.PICTURE: _("Choose a JPEG, PNG, HEIC or WebP picture. This file is something else."),
        Kind.LOGO: _("Choose a PNG. This file is something else."),
    }[Kind(kind)]
    try:
        received = upload.look(name, content)
    except RuleViolation as violation:
        if violation.code == "wrong_type":
            raise RuleViolation("not_a_picture", not_a_picture) from violation
        raise
    if received.content_type not in TAKEN[Kind(kind)]:
        raise RuleViolation("not_a_picture", not_a_picture)
    return received


def described(city: PartnerCity | None, kind: str = Kind.PICTURE) -> CityPicture | None:
    """The picture that the office's form is about: the one that is being checked, else the one that pages show."""
    there = CityPicture.objects.of(city, kind).filter(ended_at=None)
    return there.filter(shown_at=None).last() or there.current().first()


def seen_of(picture: CityPicture | None) -> str:
    """Fingerprint of what the form shows of it (edit lock)."""
    return edit_lock.fingerprint(picture, ("id", "alt_en", "alt_es")) if picture else "none"


def add(
    city: PartnerCity | None, received: ReceivedFile, alt: Mapping[str, str], *, by: User, seen: str = ""
) -> CityPicture:
    """Store a picture that `look` accepted; pages go on with the one before until a task has checked and drawn this
    one. The same picture twice is stored once. RuleViolation: changed_meanwhile.
    """
    return _store(CityPicture(city=city, uploaded_by=by, **alt), received, seen, by=by)


def add_logo(received: ReceivedFile, *, by: User) -> CityPicture:
    """As `add`, for the logo of the city whose portal this is."""
    return _store(CityPicture(kind=Kind.LOGO, uploaded_by=by), received, by=by)


def _store(picture: CityPicture, received: ReceivedFile, seen: str = "", *, by: User) -> CityPicture:
    for column, value in checked_files.columns_of(received).items():
        setattr(picture, column, value)
    return checked_files.store(picture, received, functools.partial(_add, seen=seen), by=by)


@transaction.atomic
def _add(picture: CityPicture, *, seen: str) -> CityPicture:
    by = picture.uploaded_by
    _lock(picture.city)
    there = CityPicture.objects.of(picture.city, picture.kind).filter(ended_at=None)
    if same := there.filter(digest=picture.digest).exclude(state=State.REFUSED).first():
        return _describe(same, {"alt_en": picture.alt_en, "alt_es": picture.alt_es}, by=by)
    edit_lock.check(seen, seen_of(described(picture.city)))
    # one that is still being checked, or was refused, makes room
    for old in there.filter(shown_at=None):
        _delete(old)
    picture.save()
    audit.record(f"city_{picture.kind}.add", picture, by=by, changes={"size": picture.size})
    dispatch.send_after_commit("travel.check_city_picture", picture_id=picture.pk)
    return picture


@transaction.atomic
def describe(city: PartnerCity | None, alt: Mapping[str, str], *, by: User, seen: str = "") -> None:
    """Change what the picture is said to show. RuleViolation: changed_meanwhile."""
    _lock(city)
    if (there := described(city)) and (there.alt_en, there.alt_es) != (alt["alt_en"], alt["alt_es"]):
        edit_lock.check(seen, seen_of(there))
    for picture in CityPicture.objects.of(city).filter(ended_at=None):
        _describe(picture, alt, by=by)


def _describe(picture: CityPicture, alt: Mapping[str, str], *, by: User) -> CityPicture:
    if (picture.alt_en, picture.alt_es) != (alt["alt_en"], alt["alt_es"]):
        picture.alt_en, picture.alt_es = alt["alt_en"], alt["alt_es"]
        picture.save(update_fields=["alt_en", "alt_es"])
        audit.record(f"city_{picture.kind}.describe", picture, by=by)
        _show(picture.city, picture.kind)
    return picture


@transaction.atomic
def remove(city: PartnerCity | None, *, by: User, kind: str = Kind.PICTURE, seen: str = "") -> None:
    """Pages show none from now on. Safe to repeat; `bring_back` undoes it. RuleViolation: changed_meanwhile."""
    _lock(city)
    _check_seen(city, kind, seen)
    for picture in CityPicture.objects.of(city, kind).filter(ended_at=None):
        if picture.shown_at is None:
            _delete(picture)
            continue
        picture.ended_at = timezone.now()
        picture.save(update_fields=["ended_at"])
        audit.record(f"city_{picture.kind}.remove", picture, by=by)
    _show(city, kind)


@transaction.atomic
def bring_back(city: PartnerCity | None, *, by: User, kind: str = Kind.PICTURE, seen: str = "") -> None:
    """Show the last picture that was replaced or removed again, in place of the one that is there.

    RuleViolation: nothing_before, changed_meanwhile.
    """
    _lock(city)
    _check_seen(city, kind, seen)
    before = last_ended(city, kind)
    if before is None:
        raise RuleViolation("nothing_before", _("The picture from before was deleted. Choose it again."))
    CityPicture.objects.of(city, kind).current().update(ended_at=timezone.now())
    before.ended_at = None
    before.save(update_fields=["ended_at"])
    audit.record(f"city_{before.kind}.bring_back", before, by=by)
    _show(city, kind)


def _check_seen(city: PartnerCity | None, kind: str, seen: str) -> None:
    """`seen`: what the page showed. Without it an undo would bring back what somebody has just replaced."""
    if seen and seen != seen_of(described(city, kind)):
        text = _("Someone else changed this since you opened the page. Nothing was done. This is what’s there now.")
        raise RuleViolation("changed_meanwhile", text)


def own_city() -> HomeCity | None:
    """The row of the city whose portal this is, which must be there before its picture."""
    return HomeCity.objects.filter(pk=HomeCity.ONLY).first()


def shown_width(code: str, width: int) -> CityPictureWidth | None:
    """A file of the picture that some city shows: anyone may see it."""
    shown = CityPicture.objects.current()
    return CityPictureWidth.objects.filter(picture__in=shown, picture__code=code, width=width).first()


def last_ended(city: PartnerCity | None, kind: str = Kind.PICTURE) -> CityPicture | None:
    ended = CityPicture.objects.of(city, kind).filter(ended_at__isnull=False, shown_at__isnull=False)
    return ended.order_by("-ended_at", "-pk").first()


# --- The file's check -------------------------------------------------------------------------------


def check_file(picture_id: int) -> CityPicture | None:
    """As `checked_files.check`; then draw the widths of a picture that was kept. May run twice."""
    row = CityPicture.objects.filter(pk=picture_id)
    checked_files.check(row, _settle)
    picture = row.filter(state=State.KEPT, shown_at=None, ended_at=None).select_related("city").first()
    return _draw(picture) if picture else row.first()


def _settle(picture: CityPicture) -> None:
    audit.record(f"city_{picture.kind}.{picture.state}_file", picture, by=None)


def _draw(picture: CityPicture) -> CityPicture:
    from travel.partners.picture_sizes import logo_sizes, sizes  # noqa: PLC0415 -- heavy: only the worker opens pictures

    with picture.file.open("rb") as file:
        drawn = (logo_sizes if picture.kind == Kind.LOGO else sizes)(file.read())
    with no_orphans() as note:
        rows = []
        for size in drawn:
            row = CityPictureWidth(picture=picture, width=size.width, height=size.height)
            row.file.save("file", ContentFile(size.content), save=False)
            note(row.file.storage, row.file.name)
            rows.append(row)
        with transaction.atomic():
            _lock(picture.city)
            there = CityPicture.objects.filter(pk=picture.pk, shown_at=None, ended_at=None).first()
            if there is None:
                raise RuleViolation("drawn_already", "another worker was faster, or the picture was removed")
            CityPictureWidth.objects.bulk_create(rows)
            CityPicture.objects.of(there.city, there.kind).current().update(ended_at=timezone.now())
            there.shown_at = timezone.now()
            there.save(update_fields=["shown_at"])
            audit.record(f"city_{there.kind}.show", there, by=None)
            _show(there.city, there.kind)
    return there


def look_after_files(limit: int = 100) -> int:
    """Send again the pictures that no task has checked, and delete those whose time to be brought back is over."""
    _delete_old()
    lost = timezone.now() - checked_files.LOST_AFTER
    undrawn = CityPicture.objects.filter(state=State.KEPT, shown_at=None, ended_at=None, checked_at__lt=lost)
    for pk in undrawn.values_list("pk", flat=True)[:limit]:
        _check_again(pk)
    return checked_files.send_again(CityPicture.objects.all(), _check_again, limit=limit)


def _check_again(pk: int) -> None:
    dispatch.send("travel.check_city_picture", picture_id=pk)


@transaction.atomic
def _delete_old() -> None:
    before = timezone.now() - CAN_BRING_BACK
    for picture in CityPicture.objects.filter(ended_at__lt=before):
        _delete(picture)
    for picture in CityPicture.objects.filter(state=State.REFUSED, checked_at__lt=before):
        _delete(picture)


def _delete(picture: CityPicture) -> None:
    for row in (picture, *picture.widths.all()):
        checked_files.delete_later(row)  # type: ignore[arg-type]  # a width has a file, too
    picture.delete()


# --- What pages show --------------------------------------------------------------------------------


def _lock(city: PartnerCity | None) -> None:
    """Two acts on one city's picture take turns."""
    rows: Any = HomeCity.objects.filter(pk=HomeCity.ONLY) if city is None else PartnerCity.objects.filter(pk=city.pk)
    rows.select_for_update().first()


def _show(city: PartnerCity | None, kind: str) -> None:
    picture = CityPicture.objects.of(city, kind).current().prefetch_related("widths").first()
    data = picture and _data_of(picture)
    if city is not None:
        PartnerCity.objects.filter(pk=city.pk).update(picture_data=data)
        return
    column = "logo_data" if kind == Kind.LOGO else "picture_data"
    HomeCity.objects.filter(pk=HomeCity.ONLY).update(**{column: data})
    transaction.on_commit(home.forget)


def _data_of(picture: CityPicture) -> dict[str, Any]:
    """As `exchange.base.pictures` reads it."""
    rows = list(picture.widths.all())
    data: dict[str, Any] = {"code": picture.code, "widths": [[each.width, each.height] for each in rows]}
    if picture.kind == Kind.LOGO:
        return data | {"files": [str(each.file.name) for each in rows]}
    return data | {"alt_en": picture.alt_en, "alt_es": picture.alt_es}
