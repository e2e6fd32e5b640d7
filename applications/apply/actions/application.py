"""Actions on an application: submit, return for a fix, go on without it, more time after the deadline, withdraw."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.apply import fixes
from applications.apply.actions import draft, recommendation, records_consent
from applications.base import answers, waitlist, withdrawals
from applications.base.answers import Part
from applications.base.consents import consent_of
from applications.base.standings import standing_of
from applications.models import Application, Cycle, Section, SentCopy, Statement
from applications.standing import Act, check
from applications.states import UNDONE, Status, check_undo
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User
from exchange.reference import facts

WITHDRAWN_FOR = "application.withdraw_for"


@transaction.atomic
def submit(application: Application, *, by: User, reason: str = "", signed_name: str = "") -> Application:
    """Submit it: sends a receipt by email and text, and asks the referee once. A second call changes nothing.

    A draft can still be submitted in the grace period after the deadline, because the button may have been pressed in
    a tunnel. After a fix, `submitted_at` keeps the first time, and the person who asked for the fix gets a message.
    `reason`: why a part that was returned needs no change; it reaches that person. `signed_name`: the signature under
    the consent for college records; without it the student signs later.
    Raises RuleViolation: closed, incomplete (says what is missing), not_looked_at, not_fixed, move_not_allowed, test.
    """
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("cycle", "student", "college", "form")
        .get(pk=application.pk)
    )
    if locked.status == Status.SUBMITTED:
        return locked
    if locked.is_test:
        raise RuleViolation("test", _("This is a test, so it’s never sent."))
    now = timezone.now()
    if locked.is_open_for_editing:
        parts = answers.parts_of(draft.lock_to_write(locked, late=True))
        _check_complete(locked, parts)
        is_unchanged = _check_fixed(locked, parts, reason)
        locked.fix_reason = reason.strip() if is_unchanged else ""
    is_fix = locked.is_returned
    locked.move_to(Status.SUBMITTED)
    locked.submitted_at = locked.submitted_at or now
    locked.fixed_at = now if is_fix else None
    _clear_return(locked)
    locked.draft_key = None  # from now on only the account has access
    locked.save(update_fields=["status", "submitted_at", "fixed_at", "fix_reason", *RETURN, "draft_key"])
    _keep_copy(locked)
    audit.record("application.submit", locked, by=by, reason=locked.fix_reason)
    _send_receipt(locked, signed_name, by=by)
    if is_fix:
        _tell_who_asked(locked)
    recommendation.ask(locked)
    return locked


def _send_receipt(application: Application, signed_name: str, *, by: User) -> None:
    """Sign the consent for college records, if there's a name and something to sign; the receipt asks otherwise."""
    consent = consent_of(application)
    if signed_name.strip() and consent.text:
        records_consent.sign(application, typed_name=signed_name, by=by)
        consent = consent_of(application)
    context = {"application": application, "needs_consent": bool(consent.text) and not consent.is_signed}
    outbox.queue("applications/application_received", to=application.person, context=context, is_answer=True)


def _keep_copy(application: Application) -> None:
    copy = {"language": (get_language() or "en")[:2], "parts": answers.as_sent(answers.parts_of(application))}
    SentCopy.objects.update_or_create(application=application, defaults=copy)


def _check_fixed(application: Application, parts: list[Part], reason: str) -> bool:
    """Whether a returned part is unchanged; without a reason for that, RuleViolation("not_fixed")."""
    same = fixes.untouched(application, parts)
    if same and not reason.strip():
        told = _(
            "Not submitted yet. You haven’t changed anything in “%(names)s”. "
            "Change it, or tell us why it’s right as it is."
        )
        raise RuleViolation("not_fixed", told % {"names": "”, “".join(str(part.section.title) for part in same)})
    return bool(same)


def _clear_return(application: Application) -> None:
    application.return_note, application.return_sections, application.return_marks = "", [], {}


def _tell_who_asked(application: Application) -> None:
    """Message the person who asked for the fix, or all coordinators if that person no longer is one."""
    office = roles.coordinators()
    last = last_return(application)
    asked = [each for each in office if last and each.pk == last.by_id]
    for each in asked or office:
        outbox.queue("applications/fix_sent", to=each, context={"application": application})


def _check_complete(application: Application, parts: list[Part]) -> None:
    if missing := answers.unfinished(parts):
        names = "; ".join(item.question.label for item in missing)
        raise RuleViolation("incomplete", _("Not submitted yet. Still to do: %(names)s.") % {"names": names})
    if carried := [part.section.title for part in parts if part.carried]:
        told = _("Not submitted yet. First check your earlier answers: %(names)s.")
        raise RuleViolation("not_looked_at", told % {"names": "; ".join(carried)})
    if application.college is None:
        raise RuleViolation("incomplete", _("Not submitted yet. Choose your college."))


@transaction.atomic
def return_for_fix(application: Application, *, note: str, by: User, sections: Iterable[str] = ()) -> Application:
    """Return it to the student with a note on what to fix, and message them. A second call changes nothing.

    `sections`: keys of the sections that can be edited; if none is given, all can. RuleViolation("no_such_part") if its
    form has none of them.
    """
    locked = _lock(application)
    if locked.status == Status.RETURNED:
        return locked
    locked.move_to(Status.RETURNED)
    locked.return_note = note
    asked = set(sections)
    locked.return_sections = sorted(asked & set(locked.form.sections.values_list("key", flat=True)))
    if asked and not locked.return_sections:
        raise RuleViolation("no_such_part", _("Their form doesn’t have these parts."))
    locked.return_marks = fixes.marks(answers.parts_of(locked))
    locked.fix_reason = ""
    locked.save(update_fields=["status", *RETURN, "fix_reason"])
    audit.record("application.return_for_fix", locked, by=by, reason=note, changes={"sections": locked.return_sections})
    outbox.queue(RETURNED, to=locked.person, context={"application": locked})
    return locked


def if_returned(rows: Sequence[Application], sections: Collection[str]) -> list[Application]:
    """Copies as the message (RETURNED) would have them, were they returned with these parts open. Two queries for
    many."""
    found = Section.objects.filter(form__in={row.form_id for row in rows}, key__in=sections)
    parts: defaultdict[int, list[Section]] = defaultdict(list)
    for part in found.order_by("form", "order", "pk"):
        parts[part.form_id].append(part)
    copies = [copy(row) for row in rows]
    for there in copies:
        there.status, there.parts_to_fix = Status.RETURNED, parts[there.form_id]
    return copies


RETURNED = "applications/application_returned"
# Columns that say what to fix; empty unless the application is returned
RETURN = ("return_note", "return_sections", "return_marks")

# Events of changes that a student can make while an application is returned for a fix
FIXING = (
    *("application.save_answers", "application.save_upload", "application.remove_upload"),
    *("application.attach", "recommendation.replace", "recommendation.correct"),
)


@transaction.atomic
def go_on(application: Application, *, reason: str, by: User) -> Application:
    """Continue without the fix: the application counts as it was submitted, and the student is messaged.

    A second call changes nothing. Raises RuleViolation: not_returned, begun (there are unsubmitted changes).
    """
    locked = _lock(application)
    if locked.status == Status.SUBMITTED:
        return locked
    if locked.status != Status.RETURNED:
        raise RuleViolation("not_returned", _("This application isn’t returned for a fix right now."))
    if _is_being_fixed(locked):
        raise RuleViolation(
            "begun",
            _(
                "The student has made changes but hasn’t submitted them, so readers wouldn’t see them. Ask the"
                " student to submit."
            ),
        )
    locked.move_to(Status.SUBMITTED)
    _clear_return(locked)
    locked.save(update_fields=["status", *RETURN])
    audit.record("application.go_on", locked, by=by, reason=reason)
    outbox.queue("applications/application_goes_on", to=locked.person, context={"application": locked})
    return locked


def _is_being_fixed(application: Application) -> bool:
    returned = last_return(application)
    since = _events(application).filter(pk__gt=returned.pk) if returned else _events(application)
    return since.filter(action__in=FIXING).exists()


def last_return(application: Application) -> Event | None:
    """What the log says of the newest time that it was returned for a fix."""
    return _events(application).filter(action="application.return_for_fix").order_by("-pk").first()


def _events(application: Application) -> QuerySet[Event]:
    return Event.objects.filter(target_model=application._meta.label_lower, target_id=application.pk)


@transaction.atomic
def ask_for_more_time(application: Application, *, reason: str, by: User) -> Application:
    """After the deadline, ask the office to open the draft again; once only. A second call changes nothing.

    Raises RuleViolation: still_open, not_a_draft.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if locked.more_time_asked_at or locked.more_time_answer:
        return locked
    locked.more_time_asked_at = timezone.now()
    locked.more_time_reason = reason
    locked.save(update_fields=["more_time_asked_at", "more_time_reason"])
    audit.record("application.ask_for_more_time", locked, by=by, reason=reason)
    for coordinator in roles.coordinators():
        outbox.queue("applications/more_time_asked", to=coordinator, context={"application": locked})
    return locked


@transaction.atomic
def reopen(application: Application, *, until: datetime, reason: str, by: User) -> Application:
    """Give one draft more time, with a reason for the record; messages the student.

    Raises RuleViolation: still_open, not_a_draft, in_the_past.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if until <= timezone.now():
        raise RuleViolation("in_the_past", _("Choose a time in the future."))
    locked.reopened_until = until
    locked.more_time_asked_at, locked.more_time_reason, locked.more_time_answer = None, "", ""
    locked.save(update_fields=["reopened_until", "more_time_asked_at", "more_time_reason", "more_time_answer"])
    audit.record("application.reopen", locked, by=by, reason=reason, changes={"until": until.isoformat()})
    outbox.queue("applications/application_reopened", to=locked.person, context={"application": locked})
    return locked


@transaction.atomic
def refuse_more_time(application: Application, *, answer: str, by: User) -> Application:
    """Refuse a student's request for more time, with an answer for them to read. A second call changes nothing.

    Messages the student. Raises RuleViolation: still_open, not_a_draft.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if not locked.more_time_asked_at:
        return locked
    locked.more_time_asked_at, locked.more_time_answer = None, answer
    locked.save(update_fields=["more_time_asked_at", "more_time_answer"])
    audit.record("application.refuse_more_time", locked, by=by, reason=answer)
    outbox.queue("applications/more_time_refused", to=locked.person, context={"application": locked})
    return locked


def _check_late_draft(application: Application) -> None:
    if application.status != Status.DRAFT:
        raise RuleViolation("not_a_draft", _("Only a draft that wasn’t submitted can get more time."))
    if application.accepts_changes:
        raise RuleViolation("still_open", _("This application is open. Nothing was changed."))


@transaction.atomic
def withdraw(application: Application, *, by: User, reason: str = "") -> Application:
    """The student withdraws it, finally. A second call changes nothing. RuleViolation: trip_begun, not_now."""
    locked = _lock(application)
    if locked.status == Status.WITHDRAWN:
        return locked
    check(standing_of(locked), Act.WITHDRAW)
    _withdraw(locked, "application.withdraw", by=by, reason=reason)
    context = {"application": locked, "becomes": withdrawals.becomes(locked)}
    outbox.queue("applications/application_withdrawn", to=locked.person, context=context, is_answer=True)
    return locked


@transaction.atomic
def withdraw_for(
    application: Application,
    *,
    by: User,
    reason: str,
    why: str = "",
    heard: str = "",
    heard_on: date | None = None,
    heard_by: User | None = None,
) -> Application:
    """The office withdraws it for the student, who is told what was recorded and how to object. A second call changes
    nothing.

    `why`, `heard`: of `applications.base.withdrawals`; `heard_by`: whom the student told.
    RuleViolation: trip_begun, not_now, heard_in_the_future.
    """
    locked = _lock(application)
    if locked.status == Status.WITHDRAWN:
        return locked
    check(standing_of(locked), Act.WITHDRAW_FOR)
    if heard_on and heard_on > timezone.localdate():
        raise RuleViolation("heard_in_the_future", _("That day hasn’t come yet. Enter the day the student told you."))
    day, person = heard_on.isoformat() if heard_on else "", heard_by.pk if heard_by else None
    told = {"why": why, "heard": heard, "heard_on": day, "heard_by": person}
    kept = {name: value for name, value in told.items() if value}
    _withdraw(locked, WITHDRAWN_FOR, by=by, reason=reason, told=kept)
    context = {"application": locked, "heard": heard, "heard_on": heard_on, "becomes": withdrawals.becomes(locked)}
    outbox.queue("applications/application_withdrawn_for", to=locked.person, context=context)
    return locked


def undo_hours() -> int:
    return int(facts.number("withdrawal.undo_hours"))


def can_undo(application: Application) -> bool:
    """Whether the office may still undo what it recorded for the student. A seat may be gone all the same."""
    return _before_withdrawal(application) is not None


def _before_withdrawal(application: Application) -> Status | None:
    """The state that an undo gives back, None if it's too late or the student withdrew it themselves."""
    if application.status != Status.WITHDRAWN:
        return None
    event = audit.last(WITHDRAWN_FOR, application)
    if event is None or application.withdrawn_at is None or event.at < application.withdrawn_at - timedelta(minutes=1):
        return None
    before = event.changes.get("from", "")
    if before not in UNDONE[Status.WITHDRAWN] or timezone.now() >= event.at + timedelta(hours=undo_hours()):
        return None
    return Status(before)


@transaction.atomic
def undo_withdraw_for(application: Application, *, by: User) -> Application:
    """Give a student back the application, and the spot, that the office had withdrawn, and tell them. A second call
    changes nothing.

    RuleViolation: too_late, seat_taken.
    """
    Cycle.objects.select_for_update(of=("self",)).get(pk=application.cycle_id)  # an offer of the seat locks it, too
    locked = _lock(application)
    if locked.status != Status.WITHDRAWN:
        return locked
    before = _before_withdrawal(locked)
    if before is None:
        raise RuleViolation("too_late", _("The time to undo this has passed. Nothing was changed."))
    if before in waitlist.TAKEN and waitlist.over_with(locked):
        raise RuleViolation("seat_taken", _("The spot has been offered to someone else. Nothing was changed."))
    if why_not := withdrawals.obstacle(locked):
        raise RuleViolation("seat_taken", why_not)
    check_undo(locked.status, before)
    locked.status, locked.withdrawn_at = before, None
    locked.save(update_fields=["status", "withdrawn_at"])
    recorded = locked.statements.in_force().filter(what=Statement.What.WITHDRAW)
    recorded.update(undone_at=timezone.now(), undone_by=by)
    audit.record("application.undo_withdraw_for", locked, by=by)
    withdrawals.undone(locked, by)
    context = {"application": locked, "has_spot": before == Status.CONFIRMED}
    outbox.queue("applications/withdrawal_undone", to=locked.person, context=context)
    return locked


def _withdraw(
    application: Application, event: str, *, by: User, reason: str, told: Mapping[str, object] | None = None
) -> None:
    before = application.status
    application.move_to(Status.WITHDRAWN)
    application.withdrawn_at = timezone.now()
    application.save(update_fields=["status", "withdrawn_at"])
    audit.record(event, application, by=by, reason=reason, changes={"from": before, **(told or {})})
    recommendation.stop(application)
    withdrawals.after(application, by)


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "student", "form")
    return rows.get(pk=application.pk)
