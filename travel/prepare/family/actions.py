"""Actions on the links with which a student shows their trip to family: made, changed, replaced, ended."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.models import User
from exchange.models.private_link import end_of
from travel.models import FamilyLink, Placement
from travel.models.family import last_day
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.signing.actions import lock

LINKS_MAX = 8
PAGE = "family"  # key of the step of a checklist that asks for a link


@transaction.atomic
def make(
    placement: Placement,
    *,
    label: str,
    language: str,
    parts: Collection[str],
    ends_on: date | None,
    email: str = "",
    phone: str = "",
    by: User,
) -> FamilyLink:
    """A new link; the same form again gives the same one. `email`, `phone` (E.164): where we tell them of a change.

    RuleViolation: not_own, over, no_parts, bad_day, own_address, too_many.
    """
    placement, last = _open(placement, by)
    given = _given(label, language, parts, ends_on, last) | _address(email, phone, by)
    there = [link for link in placement.family_links.select_for_update() if link.stopped_at is None]
    if same := next((link for link in there if all(getattr(link, key) == given[key] for key in given)), None):
        return same
    if len(there) >= LINKS_MAX:
        raise RuleViolation("too_many", _("You already have %(count)s links. End one first.") % {"count": LINKS_MAX})
    link = FamilyLink(placement=placement, **given)
    links.issue(link, "family.make_link", link, by=by, changes={"parts": link.parts})
    checklist.fulfil(placement, evidence=Evidence.PAGE, key=PAGE, by=by)
    return link


@transaction.atomic
def change(
    link: FamilyLink,
    *,
    label: str,
    language: str,
    parts: Collection[str],
    ends_on: date | None,
    email: str = "",
    phone: str = "",
    by: User,
) -> FamilyLink:
    """Change what the link shows and where we write; the link stays.

    RuleViolation: not_own, over, no_parts, bad_day, own_address, ended.
    """
    _placement, last = _open(link.placement, by)
    link = _lock(link)
    given = _given(label, language, parts, ends_on, last) | _address(email, phone, by)
    if changed := [key for key in given if getattr(link, key) != given[key]]:
        for key in changed:
            setattr(link, key, given[key])
        link.expires_at = end_of(min(link.ends_on or last, last))
        link.save(update_fields=[*changed, "expires_at"])
        audit.record("family.change_link", link, by=by, changes={"parts": link.parts})
    return link


@transaction.atomic
def replace(link: FamilyLink, *, by: User) -> FamilyLink:
    """A new address for the same person; the old one stops working. RuleViolation: not_own, over, ended."""
    placement, _last = _open(link.placement, by)
    link = _lock(link)
    link.placement = placement
    links.issue(link, "family.replace_link", link, by=by)
    return link


def end(link: FamilyLink, *, by: User) -> None:
    links.stop(link, "family.end_link", link, by=by)


def _open(placement: Placement, by: User) -> tuple[Placement, date]:
    placement = lock(placement)
    if placement.application.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can do this."))
    last = last_day(placement.trip)
    if last < timezone.localdate() or placement.trip.closed_at or placement.application.withdrawn_at:
        raise RuleViolation("over", _("This trip is over, so there’s no link to make."))
    return placement, last


def _lock(link: FamilyLink) -> FamilyLink:
    locked = FamilyLink.objects.select_for_update(of=("self",)).filter(pk=link.pk, stopped_at=None).first()
    if locked is None:
        raise RuleViolation("ended", _("You ended this link. Make a new one."))
    return locked


def _given(label: str, language: str, parts: Collection[str], ends_on: date | None, last: date) -> dict[str, Any]:
    shown = [part.value for part in FamilyLink.Part if part in parts]
    if not shown:
        raise RuleViolation("no_parts", _("Choose at least one thing to show."))
    if ends_on and not timezone.localdate() <= ends_on <= last:
        raise RuleViolation("bad_day", _("Choose a day from today until the link’s last possible day."))
    return {"label": " ".join(label.split()), "language": language, "parts": shown, "ends_on": ends_on}


def _address(email: str, phone: str, by: User) -> dict[str, str]:
    own = {(by.email or "").lower(), str(by.phone.as_e164) if by.phone else ""} - {""}
    if own & {email.lower(), phone}:
        raise RuleViolation("own_address", _("That’s your own email or phone. Enter theirs, or leave it empty."))
    return {"email": email, "phone": phone}


def has_shared(placement: Placement) -> bool:
    """Whether the student ever made a link."""
    return FamilyLink.objects.filter(placement=placement).exists()


def href_of(email: str) -> str | None:
    """The page of the newest link that this student gave to family, for the demo's visitors."""
    link = FamilyLink.objects.filter(placement__application__student__email=email, stopped_at=None).last()
    return link.href if link else None
