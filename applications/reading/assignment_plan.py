"""The assignment plan that the office looks at before readings are given out: loads, links between colleges, and who
reads what."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from applications.models import Cycle
from applications.reading import reader_links, readers
from applications.reading.assignment import Apart
from applications.reading.readers import PoolMember
from applications.states import Status
from exchange.models import College, Event, User


@dataclass(frozen=True, slots=True)
class Load:
    member: PoolMember
    before: int  # given out already
    drafted: int

    @property
    def total(self) -> int:
        return self.before + self.drafted


@dataclass(frozen=True, slots=True)
class Look:
    """The figures of the plan's page.

    groups: readers linked by shared files; within a group, scores can be compared. apart: why there is more than one
    group, if known. colleges: short names, in order. links: for each of them, how many files its readers share with
    each other college's.
    """

    drafted: int
    applications: int
    seed: int | None
    loads: list[Load]
    groups: list[list[User]]
    apart: Apart | None
    colleges: list[str]
    links: list[tuple[str, list[int]]]


def look_at(cycle: Cycle) -> Look:
    rows = readers.given(cycle).filter(application__status=Status.SUBMITTED).order_by()
    by_file: dict[int, list[int]] = defaultdict(list)
    drafted, before, files = Counter[int](), Counter[int](), set()
    for application, reader, released_at in rows.values_list("application", "reader", "released_at"):
        by_file[application].append(reader)
        (before if released_at else drafted)[reader] += 1
        if released_at is None:
            files.add(application)
    members = _members({*drafted, *before})
    seed, apart = _drawn(cycle)
    groups = reader_links.groups_by_code([[members[pk].person.code for pk in people] for people in by_file.values()])
    colleges, links = _links(list(by_file.values()), members)
    loads = [Load(member, before[pk], drafted[pk]) for pk, member in members.items()]
    people = {member.person.code: member.person for member in members.values()}
    return Look(
        drafted=drafted.total(),
        applications=len(files),
        seed=seed,
        loads=sorted(loads, key=lambda load: (-load.total, str(load.member.person), load.member.person.code)),
        groups=[[people[code] for code in group] for group in groups],
        apart=apart if len(groups) > 1 else None,
        colleges=colleges,
        links=links,
    )


def _members(drawn: set[int]) -> dict[int, PoolMember]:
    """All who read or could, by primary key. Readers who have left are included, and take nothing new."""
    reading = {user.pk: user for user in readers.people_who_read()}
    former = readers.known_readers().filter(pk__in=drawn - reading.keys())
    return {member.person.pk: member for member in readers.members_of(reading.values(), former=former).values()}


def _drawn(cycle: Cycle) -> tuple[int | None, Apart | None]:
    last = Event.objects.filter(
        action="review.assign_readers", target_model=cycle._meta.label_lower, target_id=cycle.pk
    ).order_by("-pk")
    event = last.first()
    if event is None:
        return None, None
    apart = event.changes.get("apart")
    return event.changes.get("seed"), Apart(apart) if apart else None


def _links(files: list[list[int]], members: dict[int, PoolMember]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    names = dict(College.objects.values_list("code", "short_name"))
    pairs = reader_links.shared(
        [[members[pk].colleges[0] for pk in people if members[pk].colleges] for people in files]
    )
    codes = sorted({code for pair in pairs for code in pair}, key=lambda code: names[code])
    table = [(names[one], [pairs[(one, other) if one <= other else (other, one)] for other in codes]) for one in codes]
    return [names[code] for code in codes], table
