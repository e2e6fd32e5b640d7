"""Who is compared: travelers, and applicants who stayed, of whom the college told the first year under their consent.

Reads only. Scores decide who was just below the line; nothing of a person but that, their cycle and what the college
said comes in here (docs/adr/0028).
"""

from collections.abc import Collection, Mapping

from applications.models import Application, Cycle
from applications.states import Status
from travel.outcomes.comparing import Person, Sample, sample
from travel.outcomes.population import COMPARED, Item, Told

BELOW_LINE = "comparison.below_line"
STAYED = (Status.NOT_SELECTED, Status.WAITLISTED)


def compared_of(
    cycle: Cycle, travelers: Collection[int], said: Mapping[int, Mapping[Item, Told | None]], below: int
) -> Sample | None:
    """said: by application, what colleges told of the first year."""
    known = {key: each[COMPARED] is Told.YES for key, each in said.items() if each[COMPARED] is not None}
    stayed = Application.objects.real().filter(cycle=cycle, status__in=STAYED, score_mean__isnull=False)
    groups = {
        True: Application.objects.filter(pk__in=travelers),
        False: stayed.order_by("-score_mean", "code")[:below],
    }
    return sample(
        Person(code, is_traveler, known[key])
        for is_traveler, rows in groups.items()
        for key, code in rows.values_list("pk", "code")
        if key in known
    )
