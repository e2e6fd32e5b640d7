"""Actions on the link through which a parent or guardian signs: made by the student, sent, replaced, ended.

The link opens on another phone than the student's: by text, by email, or scanned from the student's screen.
"""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.codes import new_token
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from travel.models import Placement, SigningLink
from travel.prepare.actions.signing import lock
from travel.prepare.signing import forms_of

LINK_DAYS, REMIND_DAYS = "signing.link_days", "signing.remind_days"
AGAIN_AFTER = timedelta(hours=1)


@transaction.atomic
def name_guardian(placement: Placement, *, name: str, email: str, phone: str, language: str, by: User) -> SigningLink:
    """Make the link and send it, if there is an address. A link to someone else, or to another address, ends.

    `phone`: E.164. RuleViolation: not_own, not_asked, no_name, own_address, over.
    """
    placement = lock(placement)
    _require_own(placement, by)
    student = placement.application.person
    if not forms_of(placement).for_guardian:
        raise RuleViolation("not_asked", _("No parent or guardian has to sign for you."))
    name = " ".join(name.split())
    if not name:
        raise RuleViolation("no_name", _("Enter your parent’s or guardian’s name."))
    own = {(student.email or "").lower(), str(student.phone.as_e164) if student.phone else ""} - {""}
    if own & {email.lower(), phone}:
        raise RuleViolation(
            "own_address", _("That’s your own email or phone. Your parent or guardian signs on their phone.")
        )
    now = timezone.now()
    ends = _ends(placement, now)
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement).first()
    given = {"name": name, "email": email, "phone": phone, "language": language}
    if link is None:
        link = SigningLink(placement=placement)
    elif link.is_open and all(getattr(link, key) == value for key, value in given.items()):
        return link
    for key, value in given.items():
        setattr(link, key, value)
    link.token, link.made_at, link.expires_at = new_token(), now, ends
    link.stopped_at = link.stopped_by = link.sent_at = link.reminded_at = None
    link.save()
    audit.record("guardian.name", link, by=by)
    _send(link, placement, now)
    return link


@transaction.atomic
def send_again(placement: Placement, *, by: User) -> bool:
    """Send the link again with its full time. Within an hour of the last time nothing is sent: returns False.

    RuleViolation: not_own, ended, no_address, over.
    """
    placement = lock(placement)
    _require_own(placement, by)
    link = _of(placement)
    if not (link.email or link.phone):
        raise RuleViolation("no_address", _("We have no email or phone for this person. Show them the code instead."))
    now = timezone.now()
    if link.sent_at and link.sent_at > now - AGAIN_AFTER:
        return False
    link.expires_at = _ends(placement, now)
    _send(link, placement, now)
    audit.record("guardian.send_again", link, by=by)
    return True


@transaction.atomic
def end(placement: Placement, *, by: User) -> None:
    """End the link at once. What was signed stays. Safe to repeat."""
    placement = lock(placement)
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement, stopped_at=None).first()
    if link:
        link.stopped_at, link.stopped_by = timezone.now(), by
        link.save(update_fields=["stopped_at", "stopped_by"])
        audit.record("guardian.end", link, by=by)


def remind() -> int:
    """Called daily: send links that wait for some days once more, one time. Returns how many."""
    day = timezone.localdate() - timedelta(days=int(facts.number(REMIND_DAYS)) - 1)
    waiting = to_remind().filter(sent_at__lt=timezone.make_aware(datetime.combine(day, time.min)))
    return sum(_remind(pk) for pk in list(waiting.order_by("pk").values_list("pk", flat=True)))


def to_remind() -> QuerySet[SigningLink]:
    """Sent links of guardians who haven't been reminded yet. `_remind` looks whether a form still waits for them."""
    open_ones = SigningLink.objects.filter(placement__isnull=False, stopped_at=None, expires_at__gt=timezone.now())
    return open_ones.filter(reminded_at=None, sent_at__isnull=False)


@transaction.atomic
def _remind(pk: int) -> bool:
    found = SigningLink.objects.select_for_update(of=("self",)).filter(pk=pk, reminded_at=None)
    link = found.select_related("placement__application__student", "placement__trip__city").first()
    if link is None or link.placement is None or not link.is_open:
        return False
    if all(each.guardian for each in forms_of(link.placement).for_guardian):
        return False
    link.reminded_at = timezone.now()
    _send(link, link.placement, link.reminded_at)
    audit.record("guardian.remind", link, by=None)
    return True


def _send(link: SigningLink, placement: Placement, now: datetime) -> None:
    if link.email or link.phone:
        to = outbox.Guest(email=link.email, phone=str(link.phone), language=link.language, name=link.name)
        outbox.queue("travel/guardian_asked", to=to, context={"link": link, "placement": placement})
        link.sent_at = now
    link.save()


def _ends(placement: Placement, now: datetime) -> datetime:
    """The end of the day so many days from now, but not after the departure. RuleViolation: over."""
    day = min(timezone.localdate(now) + timedelta(days=int(facts.number(LINK_DAYS))), placement.trip.leaves_on)
    ends = timezone.make_aware(datetime.combine(day, time(23, 59)))
    if ends <= now:
        raise RuleViolation("over", _("The trip has started, so there’s no link to make."))
    return ends


def _of(placement: Placement) -> SigningLink:
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement, stopped_at=None).first()
    if link is None:
        raise RuleViolation("ended", _("There’s no link. Make a new one."))
    link.placement = placement
    return link


def _require_own(placement: Placement, by: User) -> None:
    if placement.application.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can do this."))
