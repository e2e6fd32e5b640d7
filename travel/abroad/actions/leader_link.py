"""Actions on a leader's link: made and ended by the office; opened with a code that goes to the leader's phone."""

import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from applications.base import edit_lock
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox, text_limits
from exchange.messages.phone_numbers import to_e164
from exchange.models import User
from exchange.people.sign_in import delays
from exchange.reference import facts
from travel.base.actions import fingerprint
from travel.models import Contact, LeaderLink

SENT, CODE = "travel/leader_link", "travel/leader_code"
DIGITS = 6
# texts: the first two at once, then after a minute, two, four, ... and never later than the last code works, so that
# nobody who holds the link can leave the leader without one
FREE, FIRST, LONGEST = 2, 60.0, 60.0 * settings.CODE_MINUTES
LATELY = timedelta(days=1)
SHARE = 2  # of a number's texts a day: the rest is for what else its owner gets, and for a new link
GUESSES = 30  # for one code, by everybody together; the view counts those of each network (`leader_code_guess`)


@transaction.atomic
def make(contact: Contact, *, by: User, seen: str = "") -> LeaderLink:
    """A new link for this leader, sent to their email address if there is one; a former link stops working.

    RuleViolation: no_phone, trip_is_over; changed_meanwhile, if somebody else has made or ended one.
    """
    contact = Contact.objects.select_for_update(of=("self",)).select_related("trip__city").get(pk=contact.pk)
    trip = contact.trip
    if trip is None:
        raise RuleViolation("not_a_leader", _("This person doesn’t lead a trip."))
    if not contact.phone or not to_e164(contact.phone):
        raise RuleViolation("no_phone", _("Add this leader’s phone number first. The code for the link goes there."))
    link = LeaderLink.objects.filter(contact=contact).first()
    edit_lock.check_button(seen, mark_of(link))
    link = link or LeaderLink(contact=contact)
    link.contact, link.trip, link.name, link.made_by = contact, trip, contact.name, by
    links.issue(link, "roster.make_link", link, by=by)
    if contact.email:
        to = outbox.Guest(email=contact.email, language=contact.language, name=contact.name)
        outbox.queue(SENT, to=to, context={"link": link, "trip": trip})
    return link


def mark_of(link: LeaderLink | None) -> str:
    """What the office's page shows of a leader's link, if there is one."""
    return fingerprint(link, ("token", "stopped_at")) if link else "none"


def end(link: LeaderLink, *, by: User) -> None:
    """At once; copies on a phone go when it next has a signal. Safe to repeat."""
    links.stop(link, "roster.end_link", link, by=by)


@transaction.atomic
def send_code(link: LeaderLink) -> None:
    """Text a new code to the leader; the former one stops working. RuleViolation: wait, no_phone, last_one."""
    link = _locked(link)
    now = timezone.now()
    lately = _sent_lately(link)
    if _is_last(link):
        text = _("We’ve texted you as many codes as we can today. The last one still works, or call our office.")
        raise RuleViolation("last_one", text)
    since = (now - link.code_sent_at).total_seconds() if link.code_sent_at else LONGEST
    if left := delays.wait(lately, since, free=FREE, first=FIRST, longest=LONGEST):
        text = _("You’ve asked for several codes. Use the last one, or ask again in %(minutes)s min.")
        raise RuleViolation("wait", text % {"minutes": int(left // 60) + 1})
    phone = to_e164(link.contact.phone) if link.contact else ""
    if not link.contact or not phone:
        raise RuleViolation("no_phone", _("We don’t have a phone number for you. Call our office."))
    code = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    link.code_mark, link.code_sent_at, link.codes_sent, link.wrong_codes = _mark(link, code), now, lately + 1, 0
    link.save(update_fields=["code_mark", "code_sent_at", "codes_sent", "wrong_codes"])
    to = outbox.Guest(phone=phone, language=link.contact.language, name=link.name)
    context = {"code": code, "site_host": urlsplit(settings.SITE_URL).hostname, "code_minutes": settings.CODE_MINUTES}
    outbox.queue(CODE, to=to, context=context, is_secret=True, address=phone)


@transaction.atomic
def try_code(link: LeaderLink, typed: str) -> bool:
    """Whether it's the code that works now; a right one works once. After GUESSES wrong ones, none does."""
    link = _locked(link)
    works_for = LATELY if _is_last(link) else timedelta(minutes=settings.CODE_MINUTES)
    is_new = link.code_sent_at is not None and link.code_sent_at > timezone.now() - works_for
    is_open = link.code_mark and is_new and link.wrong_codes < GUESSES
    digits = "".join(each for each in typed if each.isdigit())
    is_right = bool(is_open) and hmac.compare_digest(link.code_mark, _mark(link, digits))
    if is_right:
        link.code_mark, link.codes_sent, link.wrong_codes = "", 0, 0
        audit.record("roster.enter_code", link, by=None)
    else:
        link.wrong_codes += 1
    link.save(update_fields=["code_mark", "codes_sent", "wrong_codes"])
    return is_right


def _sent_lately(link: LeaderLink) -> int:
    return link.codes_sent if link.code_sent_at and link.code_sent_at > timezone.now() - LATELY else 0


def _is_last(link: LeaderLink) -> bool:
    """Whether no further code is texted before a day is over. All went to the leader's phone, whoever asked for them,
    so the last one works until then: who only holds the link can't leave the leader without one.
    """
    return _sent_lately(link) >= max(1, int(facts.number(text_limits.NUMBER_DAY)) // SHARE)


def _mark(link: LeaderLink, code: str) -> str:
    return salted_hmac("travel.leader_code", f"{link.token}:{code}", algorithm="sha256").hexdigest()


def _locked(link: LeaderLink) -> LeaderLink:
    return LeaderLink.objects.select_for_update(of=("self",)).select_related("contact").get(pk=link.pk)
