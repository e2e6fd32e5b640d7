"""Actions on a recommendation: request it, save a draft, send it, decline, ask someone else, revoke, remind.

The referee has no account: whoever has the link acts. Each of their acts checks the token again under the lock, so
that a page that was open when the link was replaced can do nothing.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from applications.models import Application, Recommendation
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.messages.reminders import Every, Occasion, Reminder
from exchange.models import Event, User
from exchange.reference import facts

LINK_DAYS = "referee.link_days"
ASKED_MAX = "referee.asked_max"
REMIND_DAYS = "referee.remind_days"
REMINDERS_MAX = "referee.reminders_max"
AGAIN_AFTER = timedelta(hours=1)
DUE_NAME = "applications.recommendation"


@dataclass(frozen=True, slots=True)
class Referee:
    """The referee that the student names; the fields are those of the model."""

    referee_name: str
    referee_email: str
    referee_phone: str
    relation: str


# --- Asking -----------------------------------------------------------------------------------------


@transaction.atomic
def ask(application: Application) -> None:
    """Send the referee the link, once. `application.submit` calls it under its lock.

    If the student named another address while the application was returned for a fix, the earlier link ends now and
    its referee is told: not before, because only now the address is complete.
    Asks nobody if nobody is named, if the office revoked the link, or if as many people have been asked as the fact
    allows; the student's pages then say that someone else is needed.
    """
    recommendation = _locked(application.pk)
    if not recommendation.received_at:
        _settle(recommendation)
    if recommendation.requested_at or recommendation.was_revoked or not recommendation.referee_email:
        return
    if times_asked(application) < int(facts.number(ASKED_MAX)):
        _ask(recommendation, by=application.student)


def _settle(recommendation: Recommendation) -> None:
    """Apply what the student typed about the referee: another address ends the link, else it corrects the details."""
    if recommendation.names_another:
        if recommendation.takes_letter:
            _tell_referee("recommendation_no_longer_needed", recommendation)
        recommendation.begin_anew()
    if recommendation.former:
        recommendation.former = {}
        recommendation.save()


def times_asked(application: Application) -> int:
    """How many people have had a link for this application; sending one again does not count."""
    asked = Event.objects.filter(target_model=application._meta.label_lower, target_id=application.pk)
    return asked.filter(action="recommendation.ask").count()


def _ask(recommendation: Recommendation, *, by: User | None) -> None:
    now = timezone.now()
    recommendation.requested_at, recommendation.expires_at = now, link_ends(recommendation.application, now)
    recommendation.save()
    _tell_referee("recommendation_asked", recommendation, still_due=_due_key(recommendation))
    audit.record("recommendation.ask", recommendation.application, by=by)


def link_ends(application: Application, now: datetime) -> datetime:
    """When a link sent now expires: at the end of a day, by the fact's days, but before decisions are due."""
    today = timezone.localdate(now)
    day, eve = today + timedelta(days=int(facts.number(LINK_DAYS))), application.cycle.decisions_on - timedelta(days=1)
    if today < eve < day:
        day = eve
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def _due_key(recommendation: Recommendation) -> str:
    return f"{DUE_NAME}:{recommendation.pk}/{recommendation.token[:12]}"


def is_still_due(key: str) -> bool:
    """For `exchange.base.due`: a text that waited for the morning must not have a link that has ended meanwhile."""
    pk, _slash, token = key.partition("/")
    return Recommendation.objects.waiting().filter(pk=pk, token__startswith=token).exists()


def _tell_referee(event: str, recommendation: Recommendation, still_due: str = "") -> None:
    context = {"application": recommendation.application, "recommendation": recommendation}
    outbox.queue(f"applications/{event}", to=_guest(recommendation), context=context, still_due=still_due)


def _guest(recommendation: Recommendation) -> outbox.Guest:
    """The person with the link. While the student names another, name and phone may be the next person's."""
    is_named = not recommendation.names_another
    # the messages are in both languages, because the referee's language is unknown
    return outbox.Guest(
        email=recommendation.asked_email,
        phone=_number(recommendation.referee_phone) if is_named else "",
        language=recommendation.application.answer_language,
        name=recommendation.referee_name if is_named else "",
    )


def _number(typed: str) -> str:
    """The number in E.164 format; "" if it is not valid."""
    try:
        number = PhoneNumber.from_string(typed, region=settings.HOME_REGION)
    except phonenumbers.NumberParseException:
        return ""
    return number.as_e164 if number.is_valid() else ""


# --- By the referee ---------------------------------------------------------------------------------


@transaction.atomic
def save_draft(recommendation: Recommendation, *, draft: str, seen: str) -> Recommendation:
    """Save the unfinished letter, which only the link shows again. Idempotent.

    `seen`: `Recommendation.seen` as the page showed it. Raises RuleViolation: changed_elsewhere, and those of
    `send_letter`.
    """
    locked = _locked_for_referee(recommendation)
    _check_open(locked)
    if locked.draft == draft:
        return locked
    if seen != locked.seen:
        raise RuleViolation(
            "changed_elsewhere", _("This letter was also saved from another page. Compare the two before you continue.")
        )
    now = timezone.now()
    locked.draft, locked.draft_saved_at = draft, now
    locked.opened_at = locked.opened_at or now
    locked.save(update_fields=["draft", "draft_saved_at", "opened_at"])
    audit.record("recommendation.save_draft", locked.application, by=None)
    return locked


@transaction.atomic
def send_letter(recommendation: Recommendation, *, letter: str) -> Recommendation:
    """Receive the letter, once: a received one cannot be changed. Messages the student.

    Raises RuleViolation: replaced, withdrawn, too_late, refused, expired.
    """
    locked = _locked_for_referee(recommendation)
    if locked.received_at and locked.token == recommendation.token:
        return locked
    _check_open(locked)
    now = timezone.now()
    locked.letter, locked.received_at, locked.draft = letter, now, ""
    locked.opened_at = locked.opened_at or now
    locked.is_from_former()
    locked.save()
    audit.record("application.write_recommendation", locked.application, by=None)
    _tell_student("recommendation_received", locked)
    return locked


@transaction.atomic
def refuse(recommendation: Recommendation, *, refused: str, note: str = "") -> Recommendation:
    """The referee declines, or is the wrong person. Ends the link and messages the student. The first answer counts.

    `note` is for the student to read. Raises RuleViolation: has_written, and those of `send_letter`.
    """
    locked = _locked_for_referee(recommendation)
    if locked.refused and locked.token == recommendation.token:
        return locked
    if locked.received_at:
        raise RuleViolation("has_written", _("We already have your letter. Thank you."))
    _check_open(locked)
    now = timezone.now()
    locked.refused, locked.refused_at, locked.answer_note = refused, now, note
    locked.opened_at, locked.draft = locked.opened_at or now, ""
    locked.save(update_fields=["refused", "refused_at", "answer_note", "opened_at", "draft"])
    audit.record("recommendation.refuse", locked.application, by=None, changes={"refused": refused})
    _tell_student("recommendation_refused", locked)
    return locked


def _check_open(locked: Recommendation) -> None:
    if locked.application.status == Status.WITHDRAWN:
        raise RuleViolation("withdrawn", _("The student withdrew this application, so we no longer need a letter."))
    if not locked.is_in_reading:
        raise RuleViolation("too_late", _("We’ve finished reading this application. Thank you for your time."))
    if locked.received_at or locked.refused:
        raise RuleViolation("refused", _("You’ve already answered. Thank you."))
    if not locked.takes_letter:
        raise RuleViolation("expired", _("This link no longer works. Nothing was changed."))


def _tell_student(event: str, recommendation: Recommendation) -> None:
    application = recommendation.application
    context = {"application": application, "recommendation": recommendation}
    outbox.queue(f"applications/{event}", to=application.person, context=context)


# --- By the student ---------------------------------------------------------------------------------


@transaction.atomic
def replace(application: Application, referee: Referee, *, by: User) -> Recommendation:
    """Ask someone else after the application was submitted. The earlier link ends, and its referee is told.

    Naming the same address while its link works only corrects name, phone and relation. Idempotent.
    Raises RuleViolation: not_in_reading, has_written, own_address, same_referee, too_many_referees.
    """
    locked = _locked(application.pk)
    _check_replaceable(locked, referee)
    if referee.referee_email.lower() == locked.asked_email.lower() and locked.takes_letter:
        _correct(locked, referee, by)
        return locked
    limit = int(facts.number(ASKED_MAX))
    if times_asked(locked.application) >= limit:
        message = _("You’ve asked %(limit)s people, and we can’t write to any others. Talk with your advisor.")
        raise RuleViolation("too_many_referees", message % {"limit": limit})
    if locked.takes_letter:
        _tell_referee("recommendation_no_longer_needed", locked)
    locked.begin_anew()
    for name, value in asdict(referee).items():
        setattr(locked, name, value)
    locked.former = {}
    audit.record("recommendation.replace", locked.application, by=by)
    _ask(locked, by=by)
    return locked


def _check_replaceable(locked: Recommendation, referee: Referee) -> None:
    if locked.received_at:
        raise RuleViolation(
            "has_written", _("The person who recommends you has already written. You don’t need to do anything.")
        )
    if not locked.is_in_reading:
        raise RuleViolation("not_in_reading", _("You can ask someone else only while we’re reading your application."))
    email = referee.referee_email.lower()
    if email == (locked.application.person.email or ""):
        raise RuleViolation(
            "own_address", _("That’s your own address. Enter the address of the person who recommends you.")
        )
    if email == locked.asked_email.lower() and locked.requested_at and not locked.takes_letter:
        raise RuleViolation("same_referee", _("We already wrote to this address. Name someone else."))


def _correct(locked: Recommendation, referee: Referee, by: User) -> None:
    changed = [name for name, value in asdict(referee).items() if getattr(locked, name) != value]
    for name in changed:
        setattr(locked, name, getattr(referee, name))
    if changed:
        locked.former = {}
        locked.save(update_fields=[*changed, "former"])
        audit.record("recommendation.correct", locked.application, by=by, changes={"keys": changed})


@transaction.atomic
def stop(application: Application) -> None:
    """After a withdrawal: tell the referee who still has a working link, and delete a letter that was started."""
    recommendation = Recommendation.objects.filter(application=application).select_for_update(of=("self",)).first()
    if recommendation is None or recommendation.requested_at is None:
        return
    if not (recommendation.received_at or recommendation.refused or recommendation.is_expired):
        _tell_referee("recommendation_no_longer_needed", recommendation)
    if recommendation.draft:  # nobody will ever read it
        recommendation.draft = ""
        recommendation.save(update_fields=["draft"])


# --- By the office and the advisor ------------------------------------------------------------------


@transaction.atomic
def send_again(application: Application, *, by: User) -> Recommendation:
    """Send the same link again, with a new expiry. Raises RuleViolation: not_waiting, naming_another, sent_just_now."""
    locked = _locked(application.pk)
    if locked.names_another:
        raise RuleViolation(
            "naming_another",
            _(
                "The student has entered another address. We’ll ask that person once the application is"
                " submitted. Nothing was sent."
            ),
        )
    if not locked.can_be_replaced or locked.refused or not locked.referee_email:
        raise RuleViolation(
            "not_waiting", _("We’re not asking this recommender for a letter right now. Nothing was sent.")
        )
    now = timezone.now()
    last = locked.reminded_at or locked.requested_at
    if last and last > now - AGAIN_AFTER:
        raise RuleViolation(
            "sent_just_now", _("You asked for this less than an hour ago, so we didn’t send the link again.")
        )
    locked.requested_at = locked.requested_at or now
    locked.reminded_at, locked.expires_at = now, link_ends(locked.application, now)
    locked.save(update_fields=["requested_at", "reminded_at", "expires_at"])
    _tell_referee("recommendation_asked", locked, still_due=_due_key(locked))
    audit.record("recommendation.send_again", locked.application, by=by)
    return locked


@transaction.atomic
def revoke(application: Application, *, by: User, reason: str) -> Recommendation:
    """End the link at once, as when it went to the wrong address, and delete the referee's draft. Idempotent.

    The referee is not told, because the address may be a stranger's; the student is, and needs someone else.
    Raises RuleViolation: has_written, not_waiting.
    """
    locked = _locked(application.pk)
    if locked.was_revoked:
        return locked
    if locked.received_at:
        raise RuleViolation(
            "has_written", _("We already have the letter, so its link no longer works. Nothing was changed.")
        )
    if locked.requested_at is None or locked.refused:
        raise RuleViolation("not_waiting", _("No link is open right now. Nothing was changed."))
    locked.begin_anew()
    locked.expires_at = timezone.now()
    locked.save()
    audit.record("recommendation.revoke", locked.application, by=by, reason=reason)
    _tell_student("recommendation_refused", locked)
    return locked


# --- Reminders --------------------------------------------------------------------------------------


def _to_remind() -> QuerySet[Recommendation]:
    waiting = Recommendation.objects.waiting().annotate(most=facts.within(REMINDERS_MAX))
    return waiting.select_related("application__student", "application__cycle").order_by("pk")


def _claim(row: Recommendation, _occasion: object) -> None:
    row.reminded_at, row.reminders = timezone.now(), row.reminders + 1
    row.save(update_fields=["reminded_at", "reminders"])


def _reminded_since(row: Any, occasion: Occasion) -> bool:
    """Since that day, or as often as the fact allows."""
    is_done = row.reminded_at is not None and timezone.localdate(row.reminded_at) >= occasion.on
    return is_done or row.reminders >= row.most


REMINDER = Reminder[Recommendation](
    name="applications.referee",
    template="applications/recommendation_reminder",
    action="recommendation.remind",
    # each is counted from the one before
    offsets=(
        Every(
            REMIND_DAYS,
            since=lambda row: row.reminded_at or row.requested_at,
            times=1,
            until=lambda row: row.expires_at,
        ),
    ),
    rows=_to_remind,
    people=lambda row: [] if row.names_another else [_guest(row)],
    context=lambda row, _person: {"application": row.application, "recommendation": row},
    about=lambda row: row.application.cycle.name,
    who=ngettext_lazy("%(count)s recommender", "%(count)s recommenders", "count"),
    was_sent=_reminded_since,
    claim=_claim,
    key_of=lambda row, occasion: row.token[:12],
    holds=lambda row, key: row.token.startswith(key),
    logged=lambda row: row.application,
)


def _locked(application_id: int) -> Recommendation:
    """Locks the application before the recommendation, in the order in which submitting and withdrawing do."""
    Application.objects.select_for_update(of=("self",)).get(pk=application_id)
    rows = Recommendation.objects.select_for_update(of=("self",))
    return rows.select_related("application__student", "application__cycle").get(application=application_id)


def _locked_for_referee(recommendation: Recommendation) -> Recommendation:
    locked = _locked(recommendation.application_id)
    if locked.token != recommendation.token:
        raise RuleViolation("replaced", _("This link is no longer in use. Nothing was changed."))
    return locked
