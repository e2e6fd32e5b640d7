"""Reminders to a student about an application, the most urgent first.

A text goes first, signed by the college's named advisor; the email follows some hours later, unless the reason has gone
or the student has edited the application since. Students who get no texts get the email at once.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import permissions
from applications.models import Application, Cycle, Offer, Reminder
from applications.states import Status
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.messages import reminders
from exchange.messages.reminders import Before, Every, Occasion, last_day
from exchange.models import ConsentText, Event, User
from exchange.templatetags.ui import day_year

Kind = Reminder.Kind
CLOSING_DAYS = ("reminder.closing_days_first", "reminder.closing_days_second", "reminder.closing_days_last")
OFFER_DAYS = ("reminder.offer_days_first", "reminder.offer_days_last")
TIMES_MAX = "reminder.times_max"


def kept(kind: Reminder.Kind, *, name: str = "", template: str = "", **declared: Any) -> reminders.Reminder[Any]:
    """A reminder whose sending is kept in the table `Reminder`, of applications or of rows that have one."""
    declared = {"about": lambda row: _application(row).cycle.name, **declared}
    return reminders.Reminder(
        name=name or f"applications.reminder_{kind}",
        template=template or f"applications/reminder_{kind}",
        action="application.remind",
        people=lambda row: [_application(row).person],
        was_sent=lambda row, occasion: _sent(row, kind, occasion.key) is not None,
        claim=lambda row, occasion: Reminder.objects.create(
            application=_application(row), kind=kind, occasion=occasion.key
        ),
        logged=_application,
        noted=lambda row: {"kind": kind},
        **declared,
    )


def _application(row: Any) -> Application:
    application: Application = row if isinstance(row, Application) else row.application
    return application


def _sent(row: Any, kind: str, key: str) -> Reminder | None:
    mine = _application(row).reminders.all()
    return next((each for each in mine if (each.kind, each.occasion) == (kind, key)), None)


def _reminder(
    kind: Reminder.Kind,
    reason: Callable[[], Q],
    *offsets: Before[Any] | Every[Any],
    columns: Callable[[], dict[str, Any]] = dict,
    **declared: Any,
) -> reminders.Reminder[Any]:
    """`reason`: of which applications. `columns`: what else is read of each."""

    def rows() -> QuerySet[Any]:
        running = {"cycle__published_at__isnull": False, "cycle__closed_out_at__isnull": True}
        found = Application.objects.real().annotate(**columns()).filter(reason(), **running)
        people = "student", "cycle", "college__named_advisor", "recommendation"
        return found.select_related(*people).prefetch_related("reminders").order_by("pk")

    def holds(row: Any, key: str) -> bool:
        """Not once the student has edited anything since; an advisor's request has a key of its own."""
        sent, now = _sent(row, kind, key), this.due(row)
        is_so = kind == Kind.CONSENT or (now is not None and now.key == key)
        return is_so and sent is not None and row.saved_at <= sent.sent_at

    this = kept(
        kind,
        offsets=offsets,
        rows=rows,
        context=_context,
        holds=holds,
        email_hours="reminder.email_hours",
        **declared,
    )
    return this


def _context(row: Any, _person: object) -> dict[str, Any]:
    """`signer`: the college's named advisor; None if the office signs."""
    advisor = row.college and row.college.named_advisor
    is_here = advisor and advisor.is_active and row.college_id in roles.advisor_college_ids(advisor)
    return {
        "application": row,
        "recommendation": getattr(row, "recommendation", None),
        "signer": advisor if is_here else None,
        "last_day": last_day(row.closes_at),
        "answer_by": getattr(row, "answer_by", None),
    }


def _dated(words: str, row: Any, moment: datetime) -> str:
    return words % {"cycle": row.cycle.name, "day": day_year(last_day(moment))}


def _drafts() -> Q:
    now = timezone.now()
    is_open = Q(cycle__opens_at__lte=now) & (Q(cycle__closes_at__gt=now) | Q(reopened_until__gt=now))
    return Q(status=Status.DRAFT) & is_open


def _offers() -> dict[str, Any]:
    offer = Offer.objects.unanswered().filter(application=OuterRef("pk"))
    return {"offered_at": Subquery(offer.values("made_at")[:1]), "answer_by": Subquery(offer.values("answer_by")[:1])}


def _returns() -> dict[str, Any]:
    returns = Event.objects.filter(
        target_model="applications.application", target_id=OuterRef("pk"), action="application.return_for_fix"
    )
    return {"returned_at": Subquery(returns.order_by("-at").values("at")[:1])}


def _unsigned() -> dict[str, Any]:
    """The words and the college for which a signature is missing."""
    words = ConsentText.objects.filter(key=ConsentText.COLLEGE_RECORDS, is_current=True)
    text = TextField()
    version = Cast(Subquery(words.values("version")[:1]), text)
    return {"unsigned": Concat(version, Value("/", output_field=text), Cast("college", text), output_field=text)}


OFFER = _reminder(
    Kind.OFFER,
    lambda: Q(status=Status.SELECTED, answer_by__gt=timezone.now()),
    Before(OFFER_DAYS, of=lambda row: row.answer_by, told=lambda row: row.offered_at),
    columns=_offers,
    about=lambda row: _dated(_("%(cycle)s: offers to answer by %(day)s"), row, row.answer_by),
)
CLOSING: reminders.Reminder[Any] = _reminder(
    Kind.CLOSING,
    _drafts,
    Before(CLOSING_DAYS, of=lambda row: row.closes_at, told=lambda row: row.created_at),
    about=lambda row: _dated(_("%(cycle)s: drafts, due %(day)s"), row, row.closes_at),
    # also of cycles in which nobody has begun
    ahead=lambda: [*CLOSING.each(), *(Application(cycle=cycle) for cycle in Cycle.objects.running())],
    count=lambda row: int(row.pk is not None and row.person.is_active),
    tells_of_nobody=True,
)
FIX = _reminder(
    Kind.FIX,
    lambda: Q(status=Status.RETURNED),
    Every("reminder.fix_days", since=lambda row: row.returned_at or row.submitted_at, times=TIMES_MAX),
    columns=_returns,
)
# once for these words and this college, from the day after submission: the receipt has asked already
CONSENT = _reminder(
    Kind.CONSENT,
    lambda: Q(pk__in=Application.objects.order_by().to_ask_for_consent().values("pk")),
    Every(1, since=lambda row: row.submitted_at, times=1, tag=lambda row: row.unsigned),
    columns=_unsigned,
)
# to the student whose recommender hasn't written; the recommender's own is in `recommendation`
LETTER = _reminder(
    Kind.LETTER,
    lambda: Q(
        status__in=[Status.SUBMITTED, Status.RETURNED],
        recommendation__requested_at__isnull=False,
        recommendation__received_at__isnull=True,
    ),
    Every(
        "reminder.referee_days",
        since=lambda row: row.recommendation.refused_at or row.recommendation.requested_at,
        times=TIMES_MAX,
    ),
)
UNTOUCHED = _reminder(
    Kind.UNTOUCHED,
    _drafts,
    Every("reminder.untouched_days", since=lambda row: row.saved_at, times=TIMES_MAX, until=lambda row: row.closes_at),
)
REMINDERS = (OFFER, CLOSING, FIX, CONSENT, LETTER, UNTOUCHED)  # the most urgent first


def send_all() -> int:
    """Queue the reminders that are due now; returns how many students get one. Nobody gets two on one day."""
    return sum(reminder.send_all() for reminder in REMINDERS)


@transaction.atomic
def ask_for_consent(application: Application, *, by: User) -> None:
    """The advisor asks the student to sign the permission for college records; at most one reminder a day.

    RuleViolation: not_own, signed, asked_today.
    """
    if not permissions.can_endorse(by, application):
        raise RuleViolation("not_own", _("Only an advisor at the student’s college can ask them to sign."))
    asked = CONSENT.find(str(application.pk), is_locked=True)
    if asked is None or not asked.person.is_active:
        raise RuleViolation(
            "signed", _("There’s nothing to ask. The student already signed, or withdrew the permission.")
        )
    today = timezone.localdate()
    occasion = Occasion(f"asked {today}", today, today, 1)
    if CONSENT.is_sent(asked, occasion) or not CONSENT.queue(asked, occasion, by=by, signer=by):
        message = _("This student already got a reminder today. You can ask again tomorrow.")
        raise RuleViolation("asked_today", message)
