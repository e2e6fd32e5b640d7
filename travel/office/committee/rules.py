"""What readers and the committee of each cycle under way work by: every rule, its value, where it's set, since when.

Reads only, in a constant number of queries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.cycle.views.setup import address
from applications.models import Assignment, Cycle, Decision, Interview, Lottery, Rating, RubricCriterion
from exchange.base.roles import Person
from exchange.models import Event, Fact
from exchange.templatetags.ui import day_year
from travel.office.reference.kinds import COMMITTEE, FACT, fact_value, group_of

DATES, BASICS = "setup.save_dates", "setup.save_basics"
RESERVES, LEVER = "committee.save_reserves", "committee.change_lever"
RUBRIC = ("setup.save_criterion", "setup.remove_criterion", "setup.move_criterion")


@dataclass(frozen=True, slots=True)
class CommitteeRule:
    """`since` None: as the cycle was set up. `fixed`: why it can't change now, "" if it can."""

    label: str
    value: str
    href: str
    source: str
    since: date | None = None
    fixed: str = ""


def for_every_cycle() -> list[CommitteeRule]:
    """The numbers that are facts. One query."""
    facts = [fact for fact in Fact.objects.current().order_by("key") if group_of(FACT, fact) is COMMITTEE]
    return [
        CommitteeRule(str(fact.label), fact_value(fact, fact.value), FACT.href(fact), fact.source_name, fact.as_of)
        for fact in facts
    ]


def of_each_cycle(user: Person) -> list[tuple[Cycle, list[CommitteeRule]]]:
    """The cycle's own settings. Six queries."""
    booked = Interview.objects.filter(application__cycle=OuterRef("pk"), slot__starts_at__gt=timezone.now())
    cycles = list(
        Cycle.objects.visible_to(user)
        .running()
        .annotate(
            criteria_count=Count("all_criteria", filter=Q(all_criteria__kind=RubricCriterion.Kind.READING)),
            is_scored=Exists(Rating.objects.filter(criterion__cycle=OuterRef("pk"))),
            has_results=Exists(Decision.objects.filter(application__cycle=OuterRef("pk"))),
            has_booked=Exists(booked),
            is_read=Exists(Assignment.objects.filter(application__cycle=OuterRef("pk"), released_at__isnull=False)),
        )
        .prefetch_related("reserves__lever", "reserves__college", "levers", "lotteries")
    )
    changed = _changed(cycles)
    return [(cycle, [*_reading(cycle, changed), *_choosing(cycle, changed)]) for cycle in cycles]


type Changed = dict[tuple[int | None, str], date]


def _changed(cycles: Iterable[Cycle]) -> Changed:
    """The last day on which each was changed, by cycle and by column, lever or action."""
    acts = (DATES, BASICS, RESERVES, LEVER, *RUBRIC)
    ids = [cycle.pk for cycle in cycles]
    events = Event.objects.filter(target_model="applications.cycle", target_id__in=ids, action__in=acts)
    found: Changed = {}
    for cycle, act, at, changes in events.order_by("pk").values_list("target_id", "action", "at", "changes"):
        for name in _names(act, changes or {}):
            found[cycle, name] = timezone.localdate(at)
    return found


def _names(act: str, changes: dict[str, Any]) -> Iterable[str]:
    if act == BASICS:
        return list(changes.get("fields", ()))
    if act == DATES:
        return list(changes)
    return [str(changes.get("lever", ""))] if act == LEVER else ["rubric" if act in RUBRIC else act]


# --- One cycle ----------------------------------------------------------------------------------------


def _reading(cycle: Any, changed: Changed) -> Iterable[CommitteeRule]:
    own, basics, dates = _("this cycle’s own"), address("basics", cycle), address("dates", cycle)

    def rule(label: str, value: object, href: str, name: str, fixed: str = "") -> CommitteeRule:
        return CommitteeRule(label, str(value), href, own, changed.get((cycle.pk, name)), fixed)

    criteria = ngettext("%(count)s criterion", "%(count)s criteria", cycle.criteria_count)
    scored = _("Readers have started scoring, so only the wording can change.") if cycle.is_scored else ""
    booked = _("Students have booked interviews. Cancel those before you turn interviews off.")
    yield rule(_("Readers per application"), cycle.reads_each, basics, "reads_each")
    yield rule(
        _("What readers score"), criteria % {"count": cycle.criteria_count}, address("rubric", cycle), "rubric", scored
    )
    yield rule(_("Readers talk after locking"), _("yes") if cycle.readers_talk else _("no"), basics, "readers_talk")
    yield rule(_("Scores are due"), day_year(cycle.readings_due_on) or "–", dates, "readings_due_on")
    yield rule(
        _("Interviews"),
        _("yes") if cycle.has_interviews else _("no"),
        basics,
        "has_interviews",
        booked if cycle.has_interviews and cycle.has_booked else "",
    )


def _choosing(cycle: Any, changed: Changed) -> Iterable[CommitteeRule]:
    own, dates = _("this cycle’s own"), address("dates", cycle)
    reserves = reverse("applications:selection-reserves", args=[cycle.code])

    def rule(label: str, value: object, href: str, name: str, fixed: str = "") -> CommitteeRule:
        return CommitteeRule(label, str(value), href, own, changed.get((cycle.pk, name)), fixed)

    kept = {row.lever_id for row in cycle.reserves.all()}
    yield rule(_("Spots"), cycle.seats or _("not set yet"), address("basics", cycle), "seats")
    yield rule(_("Which scores to use"), cycle.get_scores_by_display(), reserves, RESERVES)
    held = [f"{row.value or row.college or row.lever}: {row.seats}" for row in cycle.reserves.all()]
    yield rule(_("Spots reserved for groups"), ", ".join(held) or _("none"), reserves, RESERVES)
    for lever in cycle.levers.all():
        fixed = _("Spots are reserved for this group based on this definition. Remove them first.")
        if cycle.has_results:
            fixed = _("This cycle already has results. You can only change what counts before the first one.")
        href = reverse("applications:selection-lever", args=[cycle.code, lever.kind])
        is_fixed = cycle.has_results or lever.pk in kept
        yield rule(str(lever).capitalize(), lever.definition, href, lever.kind, fixed if is_fixed else "")
    yield _ties(cycle)
    yield rule(_("All decisions by"), day_year(cycle.decisions_on), dates, "decisions_on")
    yield rule(_("Days to answer"), cycle.answer_days, dates, "answer_days")


def _ties(cycle: Cycle) -> CommitteeRule:
    href = reverse("applications:selection-lottery", args=[cycle.code])
    running = next((draw for draw in cycle.lotteries.all() if not draw.called_off_at), None)
    if running is None:
        return CommitteeRule(
            _("Ties"), _("the committee decides, or announces a lottery"), href, _("the portal’s rule")
        )
    value = f"{_('lottery')}: {Lottery.Kind(running.kind).label}"
    fixed = _("It’s announced, so who is in it can’t change. It can be canceled, with a reason, until it’s drawn.")
    since = timezone.localdate(running.announced_at)
    return CommitteeRule(_("Ties"), value, href, _("this cycle’s own"), since, fixed)
