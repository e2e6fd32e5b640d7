"""Whether a reading plan lets scores be adjusted: how much of a true difference between colleges would survive, and
which extra readings would be enough. Read-only; a worker calculates it once for each plan.

A plan is all of a cycle's assignments, drafts included, so that the office is warned while it can still change them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Cycle
from applications.reading import readers
from applications.reading.readers import Pool
from applications.scores import calculating, calculations
from applications.scores.calculations import Missing
from exchange.models import College
from exchange.reference import facts

LEAST = "scoring.kept_percent"

type Row = tuple[str, str, str]  # application, reader, college of the application: codes


@dataclass(frozen=True, slots=True)
class Outlook:
    """kept: the percent of a true difference between colleges that would survive adjusting, compared with readers who
    are all equally strict; None until it's calculated. least: what is required.

    missing: the readings that would be enough, as sentences; empty if none are needed or none were found. reads:
    (application, reader) of those that readers of the cycle can take. needs_people: the others need new readers.
    lacks: what isn't calculated yet, or couldn't be.
    """

    kept: int | None
    least: int
    missing: tuple[str, ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    needs_people: bool = False
    lacks: Missing | None = None

    @property
    def is_enough(self) -> bool:
        return self.kept is not None and self.kept >= self.least

    @property
    def is_too_little(self) -> bool:
        return self.kept is not None and self.kept < self.least

    @property
    def is_waited_for(self) -> bool:
        return self.lacks is not None and self.lacks.is_waited_for

    @property
    def lost(self) -> int | None:
        return None if self.kept is None else 100 - self.kept

    @property
    def summary(self) -> str:
        """Without the figure: where so much is lost, what is lost in fact depends on the scores, too."""
        return _(
            "Because of how readings are assigned, adjusting could lose more than %(most)s%% of a real difference"
            " between colleges. With these readers, scores won’t be adjusted, and the raw averages count."
        ) % {"most": 100 - self.least}


def plan_of(cycle: Cycle) -> list[Row]:
    given = readers.given(cycle).filter(application__in=cycle.applications.in_the_cycle())
    return sorted(given.values_list("application__code", "reader__code", "application__college__code"))


def is_comparable(plan: list[Row]) -> bool:
    """False where there is nothing to compare: a plan with one reader or one college."""
    return len({reader for _file, reader, _college in plan}) > 1 and len({college for *_pair, college in plan}) > 1


def key_of(cycle: Cycle) -> str:
    """A key of the cycle's plan, for `holds`; empty where there is nothing to compare."""
    plan = plan_of(cycle)
    return calculations.key_of(calculating.kept_percent, plan) if is_comparable(plan) else ""


def holds(key: str, least: int | Decimal) -> bool:
    """Whether the plan with this key is known to keep enough. `least`: the fact LEAST. No query."""
    kept = calculations.known(key)
    return kept is not None and kept >= least


def is_known(key: str) -> bool:
    """Whether it's calculated how much the plan with this key keeps. No query."""
    return calculations.known(key) is not None


def outlook(cycle: Cycle, *, pool: Pool | None = None) -> Outlook | None:
    """The outlook of the cycle's plan, as far as it's calculated; None where there is nothing to compare."""
    plan = plan_of(cycle)
    if not is_comparable(plan):
        return None
    kept, least = calculations.ask(calculating.kept_percent, plan), int(facts.number(LEAST))
    if isinstance(kept, Missing):
        return Outlook(None, least, lacks=kept)
    if kept >= least:
        return Outlook(kept, least)
    rows = list(_rows(plan, pool or readers.pool_of(cycle)))
    found = calculations.ask(calculating.remedy, rows, kept_min=least)
    if isinstance(found, Missing):
        return Outlook(kept, least, lacks=found)
    extras, reads, needs_people = found
    names = dict(College.objects.values_list("code", "name"))
    missing = tuple(_sentence(count, names.get(college, college), names.get(by, "")) for college, by, count in extras)
    return Outlook(kept, least, missing, tuple((one, other) for one, other in reads), needs_people)


def _sentence(count: int, college: str, by: str) -> str:
    if by:
        text = ngettext(
            "%(count)s more reading of applications from %(college)s, by readers who advise at %(by)s",
            "%(count)s more readings of applications from %(college)s, by readers who advise at %(by)s",
            count,
        )
    else:
        text = ngettext(
            "%(count)s more reading of applications from %(college)s, by readers who don’t advise at any college",
            "%(count)s more readings of applications from %(college)s, by readers who don’t advise at any college",
            count,
        )
    return text % {"count": count, "college": college, "by": by}


def _rows(plan: list[Row], pool: Pool) -> Iterator[tuple[str, str, str | int]]:
    """The rows of `calculating.remedy`."""
    for application, reader, college in plan:
        yield "college", application, college
        yield "read", application, reader
    for code, member in pool.members.items():
        yield "reader", code, (member.colleges or ("",))[0]
        yield "room", code, max(0, pool.room_of(code) - pool.loads[code])
    for left in {reader for _file, reader, _college in plan} - pool.members.keys():
        yield "reader", left, ""
        yield "room", left, 0
    yield from (("barred", application, reader) for application, reader in sorted(pool.ties))
    for code, file in pool.applications.items():
        language = readers.language_of(file)
        for reader, member in pool.members.items() if language else ():
            if language not in member.languages:
                yield "barred", code, reader
