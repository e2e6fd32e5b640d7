"""Who is compared: travelers, and applicants who stayed, of whom the college told the first year under their consent.

Reads only. Scores decide who was just below the line; nothing of a person but that, their cycle and what the college
said comes in here (docs/adr/0092).
"""

from collections.abc import Collection, Mapping

from applications.models import Application, Cycle, Lottery
from applications.states import Status
from travel.outcomes.comparing import Kind, Person, Sample, sample
from travel.outcomes.population import COMPARED, Item, Told

BELOW_LINE = "comparison.below_line"
STAYED = (Status.NOT_SELECTED, Status.WAITLISTED)


def compared_of(
    cycle: Cycle, travelers: Collection[int], said: Mapping[int, Mapping[Item, Told | None]], below: int
) -> dict[Kind, Sample]:
    """said: by application, what colleges told of the first year. Those drawn by lot are in that comparison alone, so
    that nobody is in two."""
    whole = {key: each for key, each in said.items() if all(each[item] is not None for item in COMPARED)}
    drawn: set[str] = set()
    for entries in Lottery.objects.drawn().filter(cycle=cycle).values_list("entries", flat=True):
        drawn |= set(entries.split())
    stayed = Application.objects.real().filter(cycle=cycle, status__in=STAYED)
    ranked = stayed.filter(score_mean__isnull=False).exclude(code__in=drawn).order_by("-score_mean", "code")
    others = {Kind.BELOW: ranked[:below], Kind.LOTTERY: stayed.filter(code__in=drawn)}
    went = Application.objects.filter(pk__in=travelers)
    theirs = {Kind.BELOW: went.exclude(code__in=drawn), Kind.LOTTERY: went.filter(code__in=drawn)}
    found: dict[Kind, Sample] = {}
    for kind in Kind:
        people = [
            Person(cycle.code, code, is_traveler, {item: whole[key][item] is Told.YES for item in COMPARED})
            for is_traveler, rows in ((True, theirs[kind]), (False, others[kind]))
            for key, code in rows.values_list("pk", "code")
            if key in whole
        ]
        if cycle.code in (samples := sample(people, COMPARED)):
            found[kind] = samples[cycle.code]
    return found
