"""Who agreed that their college tells how they did, the list that their college gets, and what a file of its says.

Reads only; `actions` writes. Names never leave: the list has a student number, which the college knows, and a code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from applications.endorse import own_students
from applications.models import Application, Cycle
from applications.models.application import ApplicationQuerySet
from applications.states import Status
from exchange.base.sealed import vault
from exchange.files.spreadsheets import Cell
from exchange.models import College
from travel.models import FollowUpConsent, FollowUpKey
from travel.outcomes.following import codes, files
from travel.outcomes.following.files import BadLine, Row

# with a result: those who travel or traveled, and those with whom they're compared
ASKED_IN = (Status.CONFIRMED, Status.NOT_SELECTED, Status.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A student of the list. `number`: as their application says it; empty if it doesn't."""

    application: Application
    number: str
    code: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A file beside those who agreed. matched: line -> (application's key, row). refused: lines about students of the
    college who haven't agreed or took it back. `is_elsewhere`: no code fits anybody of this college and cycle."""

    matched: Mapping[int, tuple[int, Row]] = field(default_factory=dict)
    unknown: Sequence[int] = ()
    refused: Sequence[int] = ()
    bad: Sequence[BadLine] = ()
    repeated: int = 0

    @property
    def is_elsewhere(self) -> bool:
        return bool(self.unknown) and not self.matched and not self.refused


def asked(cycle: Cycle, college: College) -> ApplicationQuerySet:
    """Whoever of the college can agree, whether they traveled or not."""
    return Application.objects.real().filter(cycle=cycle, college=college, status__in=ASKED_IN).order_by("code")


def agreed(cycle: Cycle, college: College) -> set[int]:
    rows = FollowUpConsent.objects.for_own_college()
    rows = rows.filter(application__cycle=cycle, college=college, application__in=asked(cycle, college))
    return set(rows.values_list("application", flat=True))


def key_of(cycle: Cycle, college: College) -> str:
    """Empty if no list was given out yet."""
    row = FollowUpKey.objects.filter(cycle=cycle, college=college).first()
    return vault().decrypt(row.sealed.encode()).decode() if row else ""


def listed(cycle: Cycle, college: College) -> list[Listed]:
    """Those who agreed, in the order of their codes, so that the order says nothing. Raises KeyError without a key."""
    key, wanted = key_of(cycle, college), agreed(cycle, college)
    if not key:
        raise KeyError(college.code)
    people = [each for each in asked(cycle, college) if each.pk in wanted]
    said = own_students.said_in(people, {own_students.NUMBER})
    found = [
        Listed(each, str(said[each.pk].get(own_students.NUMBER) or "").strip(), codes.code_of(key, each.code))
        for each in people
    ]
    return sorted(found, key=lambda each: each.code)


def list_rows(people: Iterable[Listed], year: int) -> Iterator[list[Cell]]:
    """The file for the college: each student who has a number, and empty columns to fill."""
    columns = files.COLUMNS[year]
    yield [files.NUMBER, files.CODE, *columns]
    for each in people:
        if each.number:
            yield [each.number, each.code, *([""] * len(columns))]


def compare(cycle: Cycle, college: College, content: files.Content) -> Preview:
    key, wanted = key_of(cycle, college), agreed(cycle, college)
    people = {codes.code_of(key, each.code): each.pk for each in asked(cycle, college)} if key else {}
    matched: dict[int, tuple[int, Row]] = {}
    unknown, refused = [], []
    for line, row in content.rows.items():
        person = people.get(row.code)
        if person is None:
            unknown.append(line)
        elif person not in wanted:
            refused.append(line)
        else:
            matched[line] = person, row
    return Preview(matched, unknown, refused, content.bad, content.repeated)
