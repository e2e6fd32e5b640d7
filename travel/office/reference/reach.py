"""What a change of a dated row touches, as far as the portal can know: how many students, which pages and messages.

Said before somebody saves. Reads only, a query or two for a row.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import costs
from applications.models import Application, Cycle
from applications.states import Status
from exchange.messages import reminders
from exchange.models import ConsentText, Fact, NoticeSection, RetentionRule
from travel.models import EntryRule, Guidance, HealthRule, MoneyRule, PassportCase, Placement
from travel.office.reference.kinds import (
    COMMITTEE,
    COUNTERS,
    FACT,
    FEES,
    FIGURES,
    KEEPING,
    MESSAGES,
    PASSPORT,
    PROGRAM,
    REMINDERS,
    TIMES,
    group_of,
)
from travel.passport.plan import planning
from travel.prepare.money import promise as money
from travel.states import SEEN

WRITING = (Status.DRAFT, Status.RETURNED)


def reach(row: Any) -> list[str]:
    """Sentences, the most important first."""
    if isinstance(row, Fact):
        return _of_fact(row)
    return OF[type(row)](row) if type(row) in OF else []


# --- Whom ---------------------------------------------------------------------------------------------


def _on_the_way() -> QuerySet[PassportCase]:
    """Students who are helped to a passport and don't have it yet."""
    return PassportCase.objects.still_helped().exclude(stage__in=SEEN)


def _travelers(city: Any = None) -> QuerySet[Placement]:
    """Placed students whose group hasn't left, on trips to this city or to any."""
    ahead = Placement.objects.active().filter(trip__departed_at__isnull=True, trip__closed_at__isnull=True)
    return ahead.filter(trip__city=city) if city else ahead


def _see(count: int) -> str:
    return ngettext(
        "%(count)s student sees it with their passport steps.",
        "%(count)s students see it with their passport steps.",
        count,
    ) % {"count": count}


def _planned(count: int) -> str:
    return ngettext(
        "The passport dates of %(count)s student are worked out again. We write to them if their dates move.",
        "The passport dates of %(count)s students are worked out again. We write to those whose dates move.",
        count,
    ) % {"count": count}


def _going(count: int, city: Any) -> str:
    text = ngettext(
        "%(count)s student who is going to %(city)s sees it.",
        "%(count)s students who are going to %(city)s see it.",
        count,
    )
    return text % {"count": count, "city": city}


# --- Facts --------------------------------------------------------------------------------------------


def _of_fact(fact: Fact) -> list[str]:
    if fact.key in planning.KEYS:
        return [_planned(_on_the_way().count()), _at_once()]
    group = group_of(FACT, fact)
    if fact.key in reminders.keys():  # the page shows which reminders go when, and to how many
        return [_at_once()]
    said = OF_GROUPS[group.key]() if group.key in OF_GROUPS else ""
    return [text for text in (said, *_promised(fact), _at_once()) if text]


def _promised(fact: Fact) -> Iterator[str]:
    """What a changed passport fee does to what was promised of it. One query."""
    if not fact.key.startswith(costs.FEE):
        return
    name = fact.key.removeprefix(costs.FEE)
    rules = MoneyRule.objects.in_use().promised().filter(fee=name, cycle__closed_out_at__isnull=True)
    for rule in rules.select_related("cycle"):
        text = _(
            "%(cycle)s still pays back %(amount)s of it, as promised. To promise another amount, add a new row there."
        )
        if rule.is_voucher:
            text = _(
                "%(cycle)s still pays %(amount)s of it with a voucher, as promised: students pay what the fee is above"
                " that. To promise another amount, add a new row there."
            )
        yield text % {"cycle": rule.cycle.name, "amount": costs.dollars(money.decimal(rule.cents or 0))}


def _at_once() -> str:
    return _("Pages and messages show the new value as soon as you save.")


def _writers() -> str:
    count = Application.objects.real().filter(status__in=WRITING, cycle__in=Cycle.objects.open()).count()
    return ngettext(
        "%(count)s student is writing an application now.", "%(count)s students are writing an application now.", count
    ) % {"count": count}


def _read() -> str:
    count = Application.objects.real().filter(status=Status.SUBMITTED, cycle__closed_out_at__isnull=True).count()
    return ngettext(
        "%(count)s submitted application is waiting for a decision. Locked scores and decisions don’t change.",
        "%(count)s submitted applications are waiting for a decision. Locked scores and decisions don’t change.",
        count,
    ) % {"count": count}


def _kept() -> str:
    return _("Whatever is older than the new number is deleted the next night, and that can’t be undone.")


def _published() -> str:
    return _("Figures that were released stay as they are. The next release uses the new number.")


def _texts() -> str:
    return _("It holds for every text from the next one on. Texts that are already sent aren’t changed.")


OF_GROUPS: dict[str, Callable[[], str]] = {
    **dict.fromkeys((FEES.key, PASSPORT.key, COUNTERS.key, TIMES.key), lambda: _see(_on_the_way().count())),
    **dict.fromkeys((PROGRAM.key, REMINDERS.key), _writers),
    COMMITTEE.key: _read,
    KEEPING.key: _kept,
    FIGURES.key: _published,
    MESSAGES.key: _texts,
}


# --- Rules and words ----------------------------------------------------------------------------------


def _of_entry(rule: EntryRule) -> list[str]:
    plan = _("If the requirement, its days or the passport’s validity change, their dates are worked out again.")
    return [_going(_travelers(rule.city).count(), rule.city), plan, _("The public page of the city shows it, too.")]


def _of_health(rule: HealthRule) -> list[str]:
    if rule.city:
        return [_going(_travelers(rule.city).count(), rule.city)]
    count = _travelers().count()
    return [
        ngettext("%(count)s student who has a city sees it.", "%(count)s students who have a city see it.", count)
        % {"count": count}
    ]


def _of_guidance(row: Guidance) -> list[str]:
    if row.topic == Guidance.Topic.PAPER or row.routes:  # a number would tell about few students' answers
        return [_("Students whose answers lead to it see it. Who they are, or how many, the office can’t see.")]
    return [_see(_on_the_way().count())]


def _of_retention(row: RetentionRule) -> list[str]:
    return [_("Everyone can read it in the privacy notice. The number of days is a fact of its own.")]


def _of_notice(row: NoticeSection) -> list[str]:
    return [_("Everyone can read it, from the moment you save.")]


def _of_consent(row: ConsentText) -> list[str]:
    return [_("What students sign isn’t changed here, so what they signed stays true. Only its source and days are.")]


OF: dict[type, Callable[[Any], list[str]]] = {
    EntryRule: _of_entry,
    HealthRule: _of_health,
    Guidance: _of_guidance,
    RetentionRule: _of_retention,
    NoticeSection: _of_notice,
    ConsentText: _of_consent,
}
