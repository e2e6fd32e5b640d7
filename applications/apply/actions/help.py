"""An advisor writes along in a student's application: by consent, for some hours, on the record.

The consent is a code that only the student's own page shows. It is worked out from the session's row and the
portal's secret each time, so it is stored nowhere; the row keeps an HMAC to find it by.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from applications.apply import help_record
from applications.models import Application, Assignment, HelpSession
from applications.states import OPEN_FOR_EDITING
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User
from exchange.reference import facts

DIGITS = 6
# A guess hits one of a million, and then only while a student shows a code. Five in a quarter of an hour is plenty
# for a mistyped one and nothing for a guesser; each wrong one is on the record under the guesser's name.
TRIES = 5
TRIES_WINDOW = timedelta(minutes=15)
WRONG = "help.wrong_code"


def digits_of(session: HelpSession) -> str:
    """The code that the student reads out. Never stored, never logged."""
    mac = salted_hmac("applications.help.digits", session.code, algorithm="sha256").digest()
    return f"{int.from_bytes(mac[:8]) % 10**DIGITS:0{DIGITS}}"


def _hash(digits: str) -> str:
    return salted_hmac("applications.help.code", digits, algorithm="sha256").hexdigest()


@transaction.atomic
def offer(application: Application, *, by: User) -> HelpSession:
    """Begin to let someone help: a code for some minutes. Asked again meanwhile, the same one.

    RuleViolation: not_open_for_help, someone_helps.
    """
    application = _lock(application)
    if not application.accepts_changes or application.is_test:
        raise RuleViolation(
            "not_open_for_help", _("This application can’t be changed now, so no one can help with it.")
        )
    if running := application.help_sessions.running().select_related("helper").first():
        raise RuleViolation(
            "someone_helps", _("%(name)s is helping you now. Stop that help first.") % {"name": running.helper}
        )
    if offered := application.help_sessions.offered().first():
        return offered
    session = HelpSession(application=application)
    while HelpSession.objects.offered().filter(code_hash=_hash(digits_of(session))).exists():
        session = HelpSession(application=application)  # another student shows the same six digits right now
    session.code_hash = _hash(digits_of(session))
    session.code_expires_at = session.asked_at + timedelta(minutes=int(facts.number("help.code_minutes")))
    session.save()
    audit.record("help.offer", application, by=by)
    return session


def begin(digits: str, *, by: User) -> HelpSession:
    """The helper typed what the student read out: they may write for some hours. Tells the student.

    The same code again, by the same person, is the same session. A wrong one is recorded and counted.
    RuleViolation: too_many_tries, unknown_code, own_application, not_open_for_help.
    """
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # tries at once would be counted as one
        _check_tries(by)
        if session := _session_for(digits, by):
            return _grant(session, by)
        audit.record(WRONG, by, by=by)
    raise RuleViolation(
        "unknown_code", _("That code didn’t work. A code works once, for a few minutes. Ask the student for a new one.")
    )


def _check_tries(by: User) -> None:
    wrong = Event.objects.filter(
        target_model=by._meta.label_lower, target_id=by.pk, action=WRONG, at__gt=timezone.now() - TRIES_WINDOW
    )
    if wrong.count() >= TRIES:
        raise RuleViolation("too_many_tries", _("Too many wrong codes. Wait 15 minutes, then ask for a new one."))


def _session_for(digits: str, by: User) -> HelpSession | None:
    """The one offer with these digits, or what they opened for this person a moment ago; None for two of a kind."""
    same = HelpSession.objects.filter(code_hash=_hash(digits)).select_related("application__student")
    if mine := same.running().filter(helper=by).first():
        return mine
    offered = list(same.offered()[:2])
    return offered[0] if len(offered) == 1 else None


def _grant(session: HelpSession, by: User) -> HelpSession:
    application = _lock(session.application)
    # read again under the lock: the student may have taken the code back, or someone else was quicker
    session = HelpSession.objects.select_for_update(of=("self",)).get(pk=session.pk)
    session.application = application
    if session.is_running and session.helper_id == by.pk:
        return session
    if application.student_id == by.pk:
        raise RuleViolation("own_application", _("This is your own application. Someone else can help you."))
    if not application.accepts_changes or session.granted_at or session.ended_at:
        raise RuleViolation(
            "not_open_for_help", _("This application can’t be changed now, so no one can help with it.")
        )
    session.helper, session.granted_at = by, timezone.now()
    session.ends_at = session.granted_at + timedelta(hours=int(facts.number("help.hours")))
    session.save(update_fields=["helper", "granted_at", "ends_at"])
    _read_no_more(application, by)
    audit.record("help.begin", application, by=by, changes={"until": session.ends_at.isoformat()})
    # at once, also at night: whoever did not give the code must be able to stop it
    outbox.queue("applications/help_began", to=application.person, context={"session": session}, is_answer=True)
    return session


def _read_no_more(application: Application, helper: User) -> None:
    """Who helps is no reader: of an application that came back for a fix, an unfinished reading goes to another."""
    unread = Assignment.objects.filter(application=application, reader=helper)
    for assignment in unread.filter(Q(review__isnull=True) | Q(review__locked_at__isnull=True)):
        audit.record("review.unassign", application, by=None, reason="help", changes={"reader": helper.code})
        assignment.delete()


@transaction.atomic
def stop(application: Application, *, by: User) -> int:
    """The student ends all help and takes back a code; a helper ends their own. Returns how many ended.

    At once: whatever the helper's page sends from now on is refused.
    """
    application = _lock(application)
    sessions = application.help_sessions.filter(ended_at__isnull=True)
    if by.pk != application.student_id:
        sessions = sessions.filter(helper=by)
    still = [
        each for each in sessions.select_related("helper") if each.granted_at or each.code_expires_at > timezone.now()
    ]
    for session in still:
        session.application = application
        now = timezone.now()
        _end(session, by=by, at=min(now, session.ends_at or now))
    return len(still)


def _end(session: HelpSession, *, by: User | None, at: datetime) -> None:
    session.ended_at, session.ended_by = at, by
    session.save(update_fields=["ended_at", "ended_by"])
    count = help_record.count_of(session) if session.granted_at else 0
    audit.record("help.end", session.application, by=by, changes={"changes": count})
    if session.granted_at:
        context = {"session": session, "count": count}
        student = session.application.person
        outbox.queue("applications/help_ended", to=student, context=context, is_answer=by == student)


def end_lapsed() -> int:
    """End what ran out of time, and help with what was sent in or taken back. Tells each student. May run twice."""
    now = timezone.now()
    over = HelpSession.objects.granted().filter(ended_at__isnull=True)
    over = over.filter(Q(ends_at__lte=now) | ~Q(application__status__in=OPEN_FOR_EDITING))
    ended = 0
    for pk, application in over.values_list("pk", "application"):
        with transaction.atomic():
            locked = (
                Application.objects.select_for_update(of=("self",))
                .select_related("cycle", "student")
                .get(pk=application)
            )
            session = HelpSession.objects.select_related("helper").get(pk=pk)
            if session.ended_at is None and session.ends_at:
                session.application = locked
                _end(session, by=None, at=min(now, session.ends_at))
                ended += 1
    return ended


def require_running(application: Application, *, by: User | None) -> None:
    """For whoever saves, with the application's row locked: a helper writes only while the help runs.

    RuleViolation: help_over.
    """
    if application.is_test or not help_record.is_helper(application, by):
        return
    if not application.help_sessions.running().filter(helper=by).exists():
        raise RuleViolation("help_over", _("Your time helping with this application has ended. Nothing was saved."))


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "student", "college")
    return rows.get(pk=application.pk)
