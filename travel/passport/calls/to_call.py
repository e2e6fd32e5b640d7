"""Which students to call about their passport today, and why. One list for every page that shows passports. Reads only.

The reason is a date or a stage, never anything private. Students with plenty of time aren't listed, and a student who
was called today isn't listed again until tomorrow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db.models import Case, Exists, OuterRef, Q, Subquery, When, Window
from django.db.models.functions import Rank, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.base import phones
from exchange.models import College, User
from exchange.reference import facts
from exchange.templatetags.ui import short_day
from travel.models import PassportCall, PassportCase
from travel.models.passport import PassportCaseQuerySet
from travel.passport.plan.planning import URGENT_DAYS, next_on
from travel.states import HAS_PASSPORT, WAITING, PassportStage, Urgency

A_DAY, SOON_DAYS = "calls.a_day", "board.soon_days"
FACTS = A_DAY, URGENT_DAYS, SOON_DAYS
LETTER_FIRST = Case(When(stage=PassportStage.LETTER, then=0), default=1)
ORDER = (LETTER_FIRST, "last_safe_on", "pk")
# one advisor of each student's college: the one who has been there longest
ADVISOR = User.objects.filter(roles__college=OuterRef("application__college"), is_active=True).order_by(
    "joined_at", "pk"
)
# put together once, which takes as long as the database does to answer
CARDS = (
    PassportCase.objects.filter(last_safe_on__isnull=False)
    .with_people()
    .annotate(
        advisor_name=Subquery(ADVISOR.values("full_name")[:1]), advisor_email=Subquery(ADVISOR.values("email")[:1])
    )
)
A_PAGE = 12  # cards; the page links to the rest
NO_MAIL = frozenset({Urgency.URGENT_COUNTER, Urgency.NOT_FEASIBLE})
type Numbers = Mapping[str, int | Decimal]


@dataclass(frozen=True, slots=True)
class Call:
    """What components/call_card.html shows."""

    name: str
    code: str
    href: str
    tag: str
    tone: str
    text: str
    why: str
    phone_href: str
    phone: str
    link_href: str
    link_label: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """`cards`: the first A_PAGE of `count`. `made`: today's calls, with the application and the caller."""

    cards: list[Call]
    count: int
    made: list[PassportCall]
    choices: list[tuple[str, Any]] = field(default_factory=lambda: list(PassportCall.Agreed.choices))


@dataclass(frozen=True, slots=True)
class ToCall:
    """Keys of the cases to call, most urgent first, and the days under which one is urgent. A page may cache this."""

    keys: list[int]
    urgent_days: int


def to_call(cases: PassportCaseQuerySet, numbers: Numbers | None = None) -> ToCall:
    """The list to call. Pass `numbers` if the facts were read already."""
    numbers = numbers or facts.numbers(*FACTS)
    due = _due(cases, timezone.localdate(), int(numbers[SOON_DAYS]))
    keys = _most_urgent(due, int(numbers[A_DAY])).values_list("pk", flat=True)
    return ToCall(list(keys), int(numbers[URGENT_DAYS]))


def _most_urgent(due: PassportCaseQuerySet, number: int) -> PassportCaseQuerySet:
    """The first `number` cases, and every other one that has no more days than the `number`-th fewest."""
    return due.annotate(
        place=Window(RowNumber(), order_by=list(ORDER)),
        by_days=Window(Rank(), order_by="last_safe_on"),
    ).filter(Q(place__lte=number) | Q(by_days__lte=number))


def calls_of(found: ToCall, cases: PassportCaseQuerySet, *, by: User) -> Calls:
    """The cards as they are now, and today's calls about these cases, which `by` may see. Two queries."""
    today = timezone.localdate()
    rows: dict[int, Any] = CARDS.in_bulk(found.keys[:A_PAGE])  # Any: the rows have annotations
    made, last = _made(cases, rows.values(), by=by, today=today)
    called = {call.application_id for call in made}
    due = [rows[key] for key in found.keys if key in rows and rows[key].application_id not in called]
    cards = [_card(case, last.get(case.application_id), today, found.urgent_days) for case in due]
    return Calls(cards, len(cards) + len(found.keys[A_PAGE:]), made)


def _due(cases: PassportCaseQuerySet, today: date, soon: int) -> PassportCaseQuerySet:
    """Cases to call, in order. Letters come first, because one stops the government's clock until it is answered.

    Then come students with little time left, or with no way by mail. Students who wait for the government aren't
    called while they can still be in time, and neither are those with plenty of time.
    """
    presses = Q(stage=PassportStage.LETTER) | Q(urgency__in=NO_MAIL) | Q(last_safe_on__lt=today + timedelta(days=soon))
    called = PassportCall.objects.filter(application=OuterRef("application"), called_on=today)
    return (
        cases.filter(presses, ~Exists(called), last_safe_on__isnull=False)
        .exclude(stage__in=HAS_PASSPORT)
        .exclude(stage__in=WAITING, last_safe_on__gte=today)
        .order_by(*ORDER)
    )


def _made(
    cases: PassportCaseQuerySet, due: Iterable[PassportCase], *, by: User, today: date
) -> tuple[list[PassportCall], dict[int, PassportCall]]:
    """Today's calls about these cases, and the newest earlier call of each case that is due; in one query."""
    about = Q(called_on=today, application__in=cases.order_by().values("application"))
    earlier = Q(application__in=[case.application_id for case in due])
    found = PassportCall.objects.visible_to(by).filter(about | earlier)
    found = found.select_related("called_by", "application__student").order_by("called_at")
    last = {call.application_id: call for call in found if call.called_on != today}
    return [call for call in found if call.called_on == today], last


def _card(case: Any, last: PassportCall | None, today: date, urgent: int) -> Call:
    application, last_safe_on = case.application, cast(date, case.last_safe_on)  # such cases only
    college, slack = cast(College, application.college), (last_safe_on - today).days
    due, advisor, phone = next_on(case), case.advisor_name or case.advisor_email, application.student.phone
    text = _("%(city)s · %(stage)s") % {
        "city": case.trip.city.name if case.placement and case.trip else _("no city yet"),
        "stage": PassportStage(case.stage).label,
    }
    if due:
        text = _("%(text)s · next step due %(day)s") % {"text": text, "day": short_day(due)}
    return Call(
        name=str(application.student),
        code=application.code,
        href=case.get_absolute_url(),
        tag=slack_tag(slack),
        tone="stop" if slack < urgent else "wait",
        text=text,
        why=_why(case, slack),
        phone_href=phones.href(phone) if phone else "",
        phone=phones.readable(phone),
        link_href=f"mailto:{case.advisor_email}" if case.advisor_email else "",
        link_label=f"{advisor}, {college.short_name}" if advisor else college.name,
        last=_("Last call %(day)s: %(agreed)s")
        % {"day": short_day(last.called_on), "agreed": last.get_agreed_display()}
        if last
        else "",
    )


def _why(case: PassportCase, slack: int) -> str:
    """The first reason that applies: something stops, a date was missed, the plan has changed, a date is near."""
    day = short_day(cast(date, case.last_safe_on))
    if case.stage == PassportStage.LETTER:
        return _(
            "The State Department sent this student a letter. The passport application is on hold until the"
            " student answers."
        )
    if case.urgency == Urgency.NOT_FEASIBLE:
        return _("The dates no longer work. Decide together what can still be done.")
    if slack < 0:
        return _("The last safe day was %(day)s.") % {"day": day}
    if case.urgency == Urgency.URGENT_COUNTER:
        return _("Only an urgent appointment is fast enough now. The last day is %(day)s.") % {"day": day}
    if case.urgency == Urgency.LATE:
        return _("Only expedited service will get the passport here in time now. The last safe day is %(day)s.") % {
            "day": day
        }
    return _("The last safe day for the next step is %(day)s.") % {"day": day}


def slack_tag(slack: int) -> str:
    if slack < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -slack) % {"days": -slack}
    return ngettext("%(days)s day left", "%(days)s days left", slack) % {"days": slack}
