"""Alumni: they agree to hear from the office, for as long as they like; the office asks them; they answer."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.standing import Standing
from exchange.base import audit
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from travel.base.trip_stage import placed_standing
from travel.models import AlumniAsk, AlumniConsent, OrientationSession, Placement
from travel.models.alumni import AlumniAskQuerySet
from travel.prepare.orientation import actions as sessions
from travel.reflection.alumni import KEEP_DAYS, Subject, words

How = AlumniConsent.How
# The name under which `exchange.base.due` asks `is_still_due`.
DUE_NAME = "travel.alumni"


# --- Agreeing ---------------------------------------------------------------------------------------


@transaction.atomic
def agree(placement: Placement, *, orientation: bool, mentoring: bool, by: User) -> AlumniConsent | None:
    """Exactly these purposes from now on; neither: none any longer. The same choices again change nothing.

    RuleViolation: not_home, no_words.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    there = AlumniConsent.objects.select_for_update(of=("self",)).filter(person=person, ended_at__isnull=True).first()
    if not orientation and not mentoring:
        if there:
            _end(there, How.PAGE, by=by)
        return None
    if there and there.is_in_force and (there.orientation, there.mentoring) == (orientation, mentoring):
        return there
    if placed_standing(placement) != Standing.HOME:
        raise RuleViolation("not_home", _("We ask this of students who went on the trip and are home."))
    if there:
        _end(there, How.CHANGED, by=by)
    consent = _give(placement, person, orientation, mentoring)
    if there:
        _carry(there, consent)
    audit.record("alumni.agree", consent, by=by, changes={"orientation": orientation, "mentoring": mentoring})
    return consent


def _give(placement: Placement, person: User, orientation: bool, mentoring: bool) -> AlumniConsent:
    text = words()
    if text is None:
        raise RuleViolation("no_words", _("There’s nothing to agree to yet. We’ll ask you later."))
    return AlumniConsent.objects.create(
        person=person,
        placement=placement,
        orientation=orientation,
        mentoring=mentoring,
        text=text,
        language=(get_language() or "en")[:2],
        expires_at=timezone.now() + timedelta(days=int(facts.number(KEEP_DAYS))),
    )


def _carry(old: AlumniConsent, new: AlumniConsent) -> None:
    """What was asked for a purpose that they still agree to stays asked."""
    still = Q(session__isnull=False) if new.orientation else Q(pk__in=())
    if new.mentoring:
        still |= Q(trip__isnull=False)
    AlumniAsk.objects.filter(still, consent=old, taken_back_at__isnull=True).update(consent=new)


@transaction.atomic
def end(consent: AlumniConsent, *, how: How, by: User | None) -> None:
    """Off the list at once; what was asked and not answered yet isn't sent any longer. Safe to repeat."""
    locked = AlumniConsent.objects.select_for_update(of=("self",)).get(pk=consent.pk)
    if locked.ended_at is None:
        _end(locked, how, by=by)


def _end(consent: AlumniConsent, how: How, *, by: User | None) -> None:
    consent.ended_at, consent.ended_how = timezone.now(), how
    consent.save(update_fields=["ended_at", "ended_how"])
    audit.record("alumni.end", consent, by=by, changes={"how": str(how)})


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """End what was agreed to longer ago than this: nobody agrees for good. Returns how many."""
    before = timezone.now() - timedelta(days=days)
    due = AlumniConsent.objects.filter(ended_at__isnull=True, given_at__lt=before).order_by("pk")
    if dry_run:
        return due.count()
    rows = list(due.select_for_update(of=("self",)))
    for consent in rows:
        _end(consent, How.EXPIRED, by=None)
    return len(rows)


# --- Asking -----------------------------------------------------------------------------------------


@transaction.atomic
def ask(subject: Subject, people: Collection[AlumniConsent], *, by: User) -> int:
    """Ask each of them who agreed to be asked this, once; a second press asks nobody again. Returns how many.

    RuleViolation: no_people, over.
    """
    if (subject.session and subject.session.has_begun) or (subject.trip and subject.trip.departed_at):
        raise RuleViolation("over", _("That’s over. Choose something that’s still to come."))
    about = {"session": subject.session} if subject.session else {"trip": subject.trip}
    keys = [each.pk for each in people]
    rows = AlumniConsent.objects.in_force().select_for_update(of=("self",)).filter(pk__in=keys)
    chosen = [each for each in rows.select_related("person").order_by("pk") if subject.takes(each)]
    if not chosen:
        raise RuleViolation("no_people", _("None of them agreed to be asked this. Choose others."))
    asked = AlumniAsk.objects.filter(consent__in=chosen, taken_back_at__isnull=True, **about)
    there = set(asked.values_list("consent", flat=True))
    new = [AlumniAsk(consent=each, asked_by=by, **about) for each in chosen if each.pk not in there]
    for each in new:
        each.save()
        audit.record("alumni.ask", each, by=by)
        _send("travel/alumni_session" if subject.session else "travel/alumni_mentor", each)
    return len(new)


def _send(template: str, row: AlumniAsk, **more: Any) -> None:
    context = {"ask": row, "orientation": row.session, "trip": row.trip, "href": row.consent.href, **more}
    if row.session:
        context["when"] = sessions.LazyWhen(row.session)
    about: Any = row.session or row.trip
    outbox.queue(
        template, to=row.consent.person, context=context, still_due=f"{DUE_NAME}:{row.pk}", batch=key_of(about)
    )


def is_still_due(key: str) -> bool:
    """Whether it's still asked, and they still agree to hear from us."""
    return AlumniAsk.objects.standing().filter(pk=key).exists()


@transaction.atomic
def take_back(row: AlumniAsk, *, by: User) -> None:
    """It isn't asked any longer: a message that waits isn't sent, and the page behind its link no longer asks. Safe to
    repeat."""
    if AlumniAsk.objects.filter(pk=row.pk, taken_back_at__isnull=True).update(taken_back_at=timezone.now()):
        audit.record("alumni.take_back", row, by=by)


@transaction.atomic
def answer(row: AlumniAsk, says: str, *, by: User | None) -> AlumniAsk:
    """Yes or no, changed as often as they like until it's over. RuleViolation: over, not_asked."""
    locked = (
        AlumniAsk.objects.select_for_update(of=("self",)).select_related("consent", "session", "trip").get(pk=row.pk)
    )
    if locked.taken_back_at or not locked.consent.is_in_force:
        raise RuleViolation("not_asked", _("We’re no longer asking this. You don’t need to do anything."))
    if locked.is_over:
        raise RuleViolation("over", _("This is over. You don’t need to answer any longer."))
    if locked.answer != says:
        locked.answer, locked.answered_at = says, timezone.now()
        locked.save(update_fields=["answer", "answered_at"])
        audit.record("alumni.answer", locked, by=by, changes={"answer": says})
    return locked


# --- When a session changes -------------------------------------------------------------------------


def session_changed(session: OrientationSession) -> int:
    """Tell the alumni who haven't said no that it's at another time or place, canceled, or back on. How many."""
    rows: AlumniAskQuerySet = AlumniAsk.objects.standing().filter(session=session)
    asked = list(rows.exclude(answer=AlumniAsk.Answer.NO).select_related("consent__person", "session"))
    for row in asked:
        _send("travel/alumni_session_changed", row, is_off=session.called_off_at is not None)
    return len(asked)
