"""Reminders to students: what is due is computed before queueing, and checked again just before each is sent.

A text goes first, signed by the college's named advisor; the email follows some hours later, unless the reason has
gone or the student has edited the application since. Students who get no texts get the email at once.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import permissions
from applications.apply import reminders
from applications.apply.reminders import Due, ReminderRules, Situation
from applications.models import Application, Offer, Reminder
from applications.states import Status
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.messages import outbox
from exchange.models import ConsentText, Event, User
from exchange.reference import facts

CLOSING_DAYS = ("reminder.closing_days_first", "reminder.closing_days_second", "reminder.closing_days_last")
UNTOUCHED_DAYS, REFEREE_DAYS, FIX_DAYS = "reminder.untouched_days", "reminder.referee_days", "reminder.fix_days"
OFFER_DAYS = ("reminder.offer_days_first", "reminder.offer_days_last")
TIMES_MAX, EMAIL_HOURS = "reminder.times_max", "reminder.email_hours"
CHUNK = 500
# Under this name `exchange.base.due` calls `is_still_due`.
DUE_NAME = "applications.reminder"


def send_all() -> int:
    """Queue the reminders that are due now; returns how many students get one.

    The `Reminder` row is created before the message is queued, so two workers, or a second run, send none twice;
    nobody gets two reminders of any kind on one day.
    """
    rules, now, count = current_rules(), timezone.now(), 0
    for application in _candidates(now, rules).iterator(chunk_size=CHUNK):
        if _first_new(application, now, rules):
            count += _remind(application.pk, rules)
    return count


def coming(kind: reminders.Kind, rules: ReminderRules) -> Counter[tuple[int, str, date]]:
    """How many students have a reminder of this kind ahead of them, by cycle (its id), occasion and day.

    As things are now and with these rules, which may be ones that nobody has saved. Two queries.
    """
    now, zone = timezone.now(), home_zone()
    rows = _with_reasons().filter(_AHEAD[kind](now), student__is_active=True)
    sent: dict[int, set[str]] = {}
    done = Reminder.objects.filter(kind=kind, application__in=rows.order_by().values("pk"))
    for pk, occasion in done.values_list("application", "occasion"):
        sent.setdefault(pk, set()).add(occasion)
    found: Counter[tuple[int, str, date]] = Counter()
    for row in rows.iterator(chunk_size=CHUNK):
        days = reminders.coming(kind, _situation(row), now, rules, zone, sent.get(row.pk, ()))
        found.update((row.cycle_id, occasion, day) for occasion, day in days.items())
    return found


def _drafts(now: datetime) -> Q:
    is_open = Q(cycle__opens_at__lte=now) & (Q(cycle__closes_at__gt=now) | Q(reopened_until__gt=now))
    return Q(status=Status.DRAFT) & is_open


_AHEAD: dict[reminders.Kind, Callable[[datetime], Q]] = {
    reminders.Kind.CLOSING: _drafts,
    reminders.Kind.UNTOUCHED: _drafts,
    reminders.Kind.OFFER: lambda now: Q(status=Status.SELECTED, answer_by__gt=now),
    reminders.Kind.FIX: lambda now: Q(status=Status.RETURNED),
    reminders.Kind.REFEREE: lambda now: Q(
        status__in=[Status.SUBMITTED, Status.RETURNED],
        recommendation__requested_at__isnull=False,
        recommendation__received_at__isnull=True,
    ),
}


def current_rules() -> ReminderRules:
    values = facts.numbers(UNTOUCHED_DAYS, REFEREE_DAYS, FIX_DAYS, TIMES_MAX, *CLOSING_DAYS, *OFFER_DAYS)
    return ReminderRules(
        untouched_days=int(values[UNTOUCHED_DAYS]),
        closing_days=tuple(int(values[key]) for key in CLOSING_DAYS),
        referee_days=int(values[REFEREE_DAYS]),
        fix_days=int(values[FIX_DAYS]),
        times_max=int(values[TIMES_MAX]),
        offer_days=tuple(int(values[key]) for key in OFFER_DAYS),
    )


def is_still_due(key: str) -> bool:
    """Whether the reminder with this primary key is still due, and the student has not edited anything since."""
    reminder = Reminder.objects.filter(pk=key).first()
    if reminder is None:
        return False
    application = _with_reasons().filter(pk=reminder.application_id).first()
    if application is None or application.saved_at > reminder.sent_at:
        return False
    this = Due(reminders.Kind(reminder.kind), reminder.occasion)
    if this.kind == reminders.Kind.CONSENT:  # an advisor's request has an occasion of its own
        return bool(application.unsigned)  # type: ignore[attr-defined] # annotated
    return this in _due(application, timezone.now(), current_rules())


@transaction.atomic
def _remind(application_id: int, rules: ReminderRules) -> bool:
    application = _with_reasons().select_for_update(of=("self",)).get(pk=application_id)
    person = User.objects.select_for_update(of=("self",)).get(pk=application.person.pk)
    due = _first_new(application, timezone.now(), rules)
    if due is None or not person.is_active or outbox.was_reminded_today(person):
        return False
    return _queue(application, person, due, by=None)


def _queue(application: Application, person: User, due: Due, *, by: User | None) -> bool:
    """False if this reminder was sent before. `by`: the advisor who asks, and signs the message."""
    reminder, is_new = Reminder.objects.get_or_create(application=application, kind=due.kind, occasion=due.occasion)
    if not is_new:
        return False
    context = message_context(application)
    outbox.queue(
        f"applications/reminder_{due.kind}",
        to=person,
        context=context | {"signer": by} if by else context,
        still_due=f"{DUE_NAME}:{reminder.pk}",
        email_after=timedelta(hours=int(facts.number(EMAIL_HOURS))),
    )
    audit.record("application.remind", application, by=by, changes={"kind": due.kind, "occasion": due.occasion})
    return True


@transaction.atomic
def ask_for_consent(application: Application, *, by: User) -> None:
    """The advisor asks the student to sign the permission for college records; at most one reminder a day.

    RuleViolation: not_own, signed, asked_today.
    """
    if not permissions.can_endorse(by, application):
        raise RuleViolation("not_own", _("Only an advisor at the student’s college can ask them to sign."))
    person = User.objects.select_for_update(of=("self",)).get(pk=application.person.pk)
    asked = _with_reasons().filter(pk=application.pk).first()
    if asked is None or not asked.unsigned or not person.is_active:  # type: ignore[attr-defined] # annotated
        raise RuleViolation(
            "signed", _("There’s nothing to ask. The student already signed, or withdrew the permission.")
        )
    due = Due(reminders.Kind.CONSENT, f"asked {timezone.localdate()}")
    if outbox.was_reminded_today(person) or not _queue(asked, person, due, by=by):
        message = _("This student already got a reminder today. You can ask again tomorrow.")
        raise RuleViolation("asked_today", message)


def message_context(application: Application) -> dict[str, object]:
    """Context of every reminder. `signer`: the college's named advisor; None if the office signs."""
    advisor = application.college and application.college.named_advisor
    is_here = advisor and advisor.is_active and application.college_id in roles.advisor_college_ids(advisor)
    return {
        "application": application,
        "recommendation": getattr(application, "recommendation", None),
        "signer": advisor if is_here else None,
        "last_day": reminders.last_day(application.closes_at, home_zone()),
        "answer_by": getattr(application, "answer_by", None),
    }


def _first_new(application: Application, now: datetime, rules: ReminderRules) -> Due | None:
    """The most urgent reminder that is due and not sent yet."""
    due = _due(application, now, rules)
    if not due:
        return None
    sent = set(application.reminders.values_list("kind", "occasion"))
    return next((each for each in due if (each.kind.value, each.occasion) not in sent), None)


def _due(application: Application, now: datetime, rules: ReminderRules) -> list[Due]:
    return reminders.due(_situation(application), now, rules, home_zone())


def _situation(application: Application) -> Situation:
    letter = getattr(application, "recommendation", None)
    is_open = letter is not None and letter.received_at is None
    return Situation(
        status=application.status,
        begun_at=application.created_at,
        saved_at=application.saved_at,
        closes_at=application.closes_at,
        returned_at=application.returned_at or application.submitted_at,  # type: ignore[attr-defined] # annotated
        referee_open_since=(letter.refused_at or letter.requested_at) if letter and is_open else None,
        offered_at=application.offered_at,  # type: ignore[attr-defined] # annotated
        answer_by=application.answer_by,  # type: ignore[attr-defined] # annotated
        unsigned=application.unsigned,  # type: ignore[attr-defined] # annotated
        submitted_at=application.submitted_at,
    )


def _with_reasons() -> QuerySet[Application]:
    returns = Event.objects.filter(
        target_model="applications.application", target_id=OuterRef("pk"), action="application.return_for_fix"
    )
    people = "student", "cycle", "college__named_advisor", "recommendation"
    real = Application.objects.real().filter(cycle__published_at__isnull=False, cycle__closed_out_at__isnull=True)
    offer = Offer.objects.unanswered().filter(application=OuterRef("pk"))
    words = ConsentText.objects.filter(key=ConsentText.COLLEGE_RECORDS, is_current=True)
    to_ask = Application.objects.order_by().to_ask_for_consent().filter(pk=OuterRef("pk"))
    text = TextField()
    version = Cast(Subquery(words.values("version")[:1]), text)
    unsigned = to_ask.values(
        words=Concat(version, Value("/", output_field=text), Cast("college", text), output_field=text)
    )
    return real.select_related(*people).annotate(
        returned_at=Subquery(returns.order_by("-at").values("at")[:1]),
        offered_at=Subquery(offer.values("made_at")[:1]),
        answer_by=Subquery(offer.values("answer_by")[:1]),
        unsigned=Coalesce(Subquery(unsigned[:1]), Value("", output_field=text)),
    )


def _candidates(now: datetime, rules: ReminderRules) -> QuerySet[Application]:
    """Applications that may be due, narrowed down by the database; `reminders.due` decides."""
    soon = now + timedelta(days=max(rules.closing_days) + 1)
    is_near = Q(cycle__closes_at__lte=soon) | Q(saved_at__lte=now - timedelta(days=rules.untouched_days - 1))
    draft = _drafts(now) & is_near
    no_letter = Q(recommendation__requested_at__isnull=False, recommendation__received_at__isnull=True)
    sent = Q(status__in=[Status.SUBMITTED, Status.RETURNED]) & no_letter
    last_days = now + timedelta(days=max(rules.offer_days, default=0) + 1)
    offered = Q(status=Status.SELECTED, answer_by__gt=now, answer_by__lte=last_days)
    asked = Reminder.objects.filter(
        application=OuterRef("pk"), kind=reminders.Kind.CONSENT, occasion=OuterRef("unsigned")
    )
    to_ask = Application.objects.order_by().to_ask_for_consent()
    unsigned = Q(pk__in=to_ask.values("pk")) & ~Exists(asked)
    return _with_reasons().filter(draft | Q(status=Status.RETURNED) | sent | unsigned | offered).order_by("pk")
