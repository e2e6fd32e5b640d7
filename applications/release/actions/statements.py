"""Staff record what a student told them: a withdrawal, the answer to an offer, the wish for another city, a change of
trip, an appeal.

Each records through the action that the student would have used, so that nothing else happens than if they had done it
themselves. The student is told what was recorded and how to object; the office can undo it within a day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import application as applications
from applications.apply.actions import thread as threads
from applications.base import edit_lock
from applications.base.standings import standing_of
from applications.models import Appeal, Application, Cycle, Offer, Statement, Thread
from applications.release.actions import appeals
from applications.release.actions import offer as offers
from applications.standing import Act, Standing, may
from applications.states import Status
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import day_year

What = Statement.What
TASK = "applications.objection"
ASKED = "asked"  # what only this act asks for, kept with the statement


def _before_it_began(application: Application, day: date) -> str:
    """Of an application that was sent, the day of sending it counts."""
    if application.submitted_at:
        began = timezone.localdate(application.submitted_at)
        text = _("The student sent this application on %(day)s. Enter that day or a later one.")
    else:
        began = timezone.localdate(application.created_at)
        text = _("The student started this application on %(day)s. Enter that day or a later one.")
    return text % {"day": day_year(began)} if day < began else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`possible`: whether it can be recorded at this stage. `do`, `undo`: in the caller's transaction; `more` of the
    form. A dictionary that `do` returns is kept with the statement.

    `too_early`: why the student can't have said it on a day, in a sentence; empty where they can.
    `stands`: whether what was recorded is still so; where it isn't, `undo` refuses, too.
    `obstacle`: why it can't be done all the same right now, in a sentence; empty where it can. `form`: of the page, as
    `StatementForm`. `warnings`: sentences to read before it's done. `told`: what the student's words about it name.
    """

    possible: Callable[[Application, Standing], bool]
    do: Callable[..., object]
    undo: Callable[[Statement, User], object]
    tells: bool = True  # the student; else the action does
    stands: Callable[[Statement], bool] = lambda _statement: True
    obstacle: Callable[[Application, User], str] = lambda _application, _by: ""
    form: Callable[..., Any] | None = None
    warnings: Callable[[Application, Mapping[str, Any], User], Sequence[str]] = lambda _application, _said, _by: ()
    told: Callable[[Statement], Mapping[str, Any]] = lambda _statement: {}
    too_early: Callable[[Application, date], str] = _before_it_began
    named: Callable[[Sequence[Statement]], Mapping[int, str]] = lambda _statements: {}


def _offer_of(application: Application) -> Offer:
    """The open offer, or the one that was answered last. RuleViolation("not_now") without one."""
    found = application.offers.order_by("-made_at", "-pk").first()
    if found is None:
        raise RuleViolation("not_now", _("This offer can’t be answered now. Nothing was changed."))
    return found


def _may(act: Act) -> Callable[[Application, Standing], bool]:
    return lambda _application, where: may(where, act)


_kinds: dict[str, Kind] = {
    What.WITHDRAW: Kind(
        _may(Act.WITHDRAW_FOR),
        lambda application, by, **told: applications.withdraw_for(application, by=by, **told),
        lambda statement, by: applications.undo_withdraw_for(statement.application, by=by),
        tells=False,
    ),
    What.CONFIRM: Kind(
        _may(Act.CONFIRM),
        lambda application, by, **_told: offers.confirm(_offer_of(application), by=by, is_told=False),
        lambda statement, by: offers.take_back(_offer_of(statement.application), by=by),
        stands=lambda statement: statement.application.status == Status.CONFIRMED,
    ),
    What.DECLINE: Kind(
        _may(Act.DECLINE),
        lambda application, by, **_told: offers.decline(_offer_of(application), by=by, is_told=False),
        lambda statement, by: offers.take_back(_offer_of(statement.application), by=by),
        stands=lambda statement: statement.application.status == Status.DECLINED,
    ),
    What.APPEAL: Kind(
        lambda application, _where: appeals.may_have_asked(application),
        lambda application, by, *, heard_on, reason, **_told: appeals.ask_for(
            application, reason, heard_on=heard_on, by=by
        ),
        lambda statement, by: statement.appeal and appeals.take_back(statement.appeal, by=by),
        too_early=appeals.day_problem,
    ),
}


def register(what: str, kind: Kind) -> None:
    """For an act of another app, which this one cannot import; called in AppConfig.ready."""
    _kinds[what] = kind


def possible(application: Application) -> list[str]:
    """What can be recorded for this student now, in the order of `Statement.What`."""
    where = standing_of(application)
    return [what for what in What.values if what in _kinds and _kinds[what].possible(application, where)]


def kind_of(what: str) -> Kind:
    return _kinds[what]


def day_problem(application: Application, what: str, day: date) -> tuple[str, str]:
    """Why the student can't have said it on that day: a code and a sentence, both empty if they can."""
    if day > timezone.localdate():
        return "heard_in_the_future", _("That day hasn’t come yet. Enter the day the student told you.")
    text = _kinds[what].too_early(application, day)
    return ("heard_too_early", text) if text else ("", "")


def mark_of_warnings(application: Application, lines: Sequence[str]) -> str:
    """A fingerprint of what was said beforehand."""
    return edit_lock.fingerprint(application, ("code",), *lines)


def names_of(statements: Sequence[Statement]) -> dict[int, str]:
    """What the office's list says of them besides the name of the act, by primary key; of some. One query an act."""
    found: dict[int, str] = {}
    for what in {row.what for row in statements} & _kinds.keys():
        found |= _kinds[what].named([row for row in statements if row.what == what])
    return found


def words_of(statement: Statement) -> dict[str, Any]:
    """What emails/applications/_said_words.txt needs."""
    return {**_kinds[statement.what].told(statement), "statement": statement}


def just_recorded(application: Application, what: str, *, said: Mapping[str, Any], by: User) -> Statement | None:
    """By this person, a moment ago: a second tap records nothing more. `said`: what the form was given."""
    lately = Statement.objects.in_force().filter(application=application, what=what, recorded_by=by)
    last = lately.filter(recorded_at__gt=timezone.now() - threads.SAME_TAP).first()
    asked = last.kept.get(ASKED, {}) if last else {}
    return last if all(said.get(name) == value for name, value in asked.items()) else None


@transaction.atomic
def record(
    application: Application,
    what: str,
    *,
    heard: str,
    heard_on: date,
    heard_by: User | None,
    reason: str,
    by: User,
    **more: Any,
) -> Statement:
    """Do it for the student and tell them. A second call changes nothing. `more`: what only this act asks for.

    RuleViolation: heard_in_the_future, heard_too_early, not_now, and those of the act.
    """
    _lock(application)
    if same := just_recorded(application, what, said=more, by=by):
        return same
    code, text = day_problem(application, what, heard_on)
    if code:
        raise RuleViolation(code, text)
    told: dict[str, Any] = {"heard": heard, "heard_on": heard_on, "heard_by": heard_by, "reason": reason}
    if what != What.WITHDRAW and what not in possible(application):  # why not is said by the withdrawal itself
        raise RuleViolation("not_now", _("This can’t be done at this stage. Nothing was changed."))
    done = _kinds[what].do(application, by, **told, **more)
    statement = Statement.objects.create(
        application=application,
        what=what,
        recorded_by=by,
        appeal=done if isinstance(done, Appeal) else None,
        kept={**done, ASKED: more} if isinstance(done, dict) else {},
        **told,
    )
    audit.record("statement.record", application, by=by, changes={"what": what, "heard": heard})
    if _kinds[what].tells:
        outbox.queue("applications/said", to=application.person, context=words_of(statement))
    return statement


def _lock(application: Application) -> Application:
    """The cycle first, as everything does that fills or frees seats."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=application.cycle_id)
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def undoable(statements: Sequence[Statement]) -> set[int]:
    """Primary keys of those that can be undone: while what they recorded is still so; an appeal until someone has
    answered it. At most one query, if they come with `appeal` and `application`."""
    done = [row for row in statements if row.undone_at is None and not (row.appeal and row.appeal.answered_at)]
    if not done:
        return set()
    since = _in_time_since()
    return {row.pk for row in done if row.recorded_at > since and _kinds[row.what].stands(row)}


def _in_time_since() -> datetime:
    return timezone.now() - timedelta(hours=applications.undo_hours())


@transaction.atomic
def undo(statement: Statement, *, by: User) -> Statement:
    """Take back what was recorded, and tell the student. A second call changes nothing.

    RuleViolation: too_late, and those of the act, such as seat_taken or answered.
    """
    application = _lock(statement.application)
    locked = Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if locked.undone_at:
        return locked
    if locked.recorded_at <= _in_time_since():
        raise RuleViolation("too_late", _("The time to undo this has passed. Nothing was changed."))
    locked.application = application
    _kinds[locked.what].undo(locked, by)
    locked.refresh_from_db()
    if locked.undone_at is None:  # a withdrawal's own undo notes it
        locked.undone_at, locked.undone_by = timezone.now(), by
        locked.save(update_fields=["undone_at", "undone_by"])
    audit.record("statement.undo", application, by=by, changes={"what": locked.what})
    office_tasks.drop(key_of(locked), by=by)
    if _kinds[locked.what].tells:
        outbox.queue("applications/said_undone", to=application.person, context={"statement": locked})
    return locked


@transaction.atomic
def object_to(statement: Statement, body: str, *, by: User) -> Thread:
    """The student says that it's wrong: a question to the office, and a task for today. Once; then they write there.

    RuleViolation: too_many_open.
    """
    locked = (
        Statement.objects.select_for_update(of=("self",)).select_related("thread", "application").get(pk=statement.pk)
    )
    if locked.thread:
        return locked.thread
    thread = threads.ask(body, addressee=Thread.Addressee.OFFICE, by=by, application=locked.application)
    locked.objected_at = locked.objected_at or timezone.now()
    if not Statement.objects.filter(thread=thread).exists():  # the same words twice are one question
        locked.thread = thread
    locked.save(update_fields=["objected_at", "thread"])
    audit.record("statement.object", locked.application, by=by, changes={"what": locked.what})
    recorder = locked.recorded_by
    office_tasks.open(
        f"{key_of(locked)}:objection",
        TASK,
        due_on=timezone.localdate(),
        path=thread.get_absolute_url(),
        person=by,
        source=key_of(locked),
        owner=recorder if recorder.is_active and roles.is_coordinator(recorder) else None,
        by=by,
    )
    return thread
