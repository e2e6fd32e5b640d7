"""Whom to call about a passport today. One list for every page that shows passports. Reads only.

Stage and dates, never a reason. Whoever was called today, by anybody, is not on it again until tomorrow.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange import facts
from exchange.models import College, User
from exchange.templatetags.ui import short_day
from travel.models import PassportCall, PassportCase
from travel.models.passport import PassportCaseQuerySet
from travel.planning import next_on
from travel.states import HAS_PASSPORT, WAITING, PassportStage

A_DAY, URGENT_DAYS = "calls.a_day", "board.urgent_days"
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
    link_href: str
    link_label: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """`made`: today's, with the application and the caller."""

    cards: list[Call]
    made: list[PassportCall]
    choices: list[tuple[str, Any]] = field(default_factory=lambda: list(PassportCall.Agreed.choices))


def to_call(cases: PassportCaseQuerySet, numbers: Numbers | None = None) -> list[int]:
    """Whom to call first, by key: what there is to find among many rows, for pages that keep it a while."""
    numbers = numbers or facts.numbers(A_DAY)
    return list(_due(cases, timezone.localdate()).values_list("pk", flat=True)[: int(numbers[A_DAY])])


def calls_of(keys: Collection[int], cases: PassportCaseQuerySet, *, by: User, numbers: Numbers | None = None) -> Calls:
    """The cards of `to_call` as each stands now, and today's calls among these cases, which `by` may see."""
    today = timezone.localdate()
    numbers = numbers or facts.numbers(URGENT_DAYS)
    found = PassportCase.objects.filter(last_safe_on__isnull=False).with_people().in_bulk(keys)
    made, last = _made(cases, found.values(), by=by, today=today)
    called = {call.application_id for call in made}
    due = [found[key] for key in keys if key in found and found[key].application_id not in called]
    advisors = _advisors({case.application.college_id for case in due})
    urgent = int(numbers[URGENT_DAYS])
    cards = [
        _card(case, advisors.get(case.application.college_id), last.get(case.application_id), today, urgent)
        for case in due
    ]
    return Calls(cards, made)


def _due(cases: PassportCaseQuerySet, today: date) -> PassportCaseQuerySet:
    """A letter to answer stops the government's clock until somebody acts, so it comes before the least slack.

    Who waits for the government is left in peace while it can still be in time.
    """
    letter_first = Case(When(stage=PassportStage.LETTER, then=0), default=1)
    called = PassportCall.objects.filter(application=OuterRef("application"), called_on=today)
    return (
        cases.filter(~Exists(called), last_safe_on__isnull=False)
        .exclude(stage__in=HAS_PASSPORT)
        .exclude(stage__in=WAITING, last_safe_on__gte=today)
        .order_by(letter_first, "last_safe_on", "pk")
    )


def _made(
    cases: PassportCaseQuerySet, due: Iterable[PassportCase], *, by: User, today: date
) -> tuple[list[PassportCall], dict[int, PassportCall]]:
    """Today's calls about these cases, and the newest earlier one of each that is due; in one query."""
    about = Q(called_on=today, application__in=cases.order_by().values("application"))
    earlier = Q(application__in=[case.application_id for case in due])
    found = PassportCall.objects.visible_to(by).filter(about | earlier)
    found = found.select_related("called_by", "application__student").order_by("called_at")
    last = {call.application_id: call for call in found if call.called_on != today}
    return [call for call in found if call.called_on == today], last


def _advisors(colleges: set[int]) -> dict[int, User]:
    """One advisor for each college: the one who has been there longest."""
    people = User.objects.filter(roles__college__in=colleges, is_active=True).order_by("-joined_at", "-pk")
    return {person.at_college: person for person in people.annotate(at_college=F("roles__college"))}


def _card(case: PassportCase, advisor: User | None, last: PassportCall | None, today: date, urgent: int) -> Call:
    application, last_safe_on = case.application, cast(date, case.last_safe_on)  # such cases only
    college, slack = cast(College, application.college), (last_safe_on - today).days
    due = next_on(case)
    text = _("%(city)s · %(stage)s") % {
        "city": case.trip.city.name if case.placement and case.trip else _("no city yet"),
        "stage": PassportStage(case.stage).label,
    }
    if due:
        text = _("%(text)s; next date %(day)s") % {"text": text, "day": short_day(due)}
    return Call(
        name=str(application.student),
        code=application.code,
        href=case.get_absolute_url(),
        tag=slack_tag(slack),
        # a letter is as pressing as the last days, however far the trip is
        tone="stop" if slack < urgent or case.stage == PassportStage.LETTER else "wait",
        text=text,
        link_href=f"mailto:{advisor.email}" if advisor and advisor.email else "",
        link_label=f"{advisor}, {college.short_name}" if advisor else college.name,
        last=_("Last call %(day)s: %(agreed)s")
        % {"day": short_day(last.called_on), "agreed": last.get_agreed_display()}
        if last
        else "",
    )


def slack_tag(slack: int) -> str:
    if slack < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -slack) % {"days": -slack}
    return ngettext("%(days)s day of slack", "%(days)s days of slack", slack) % {"days": slack}
