"""Applications of one cycle in rounds: sent, endorsed, read, decided and told together, as `paths.toml` says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from applications.models import Decision, Endorsement
from applications.states import Status
from exchange.models import User
from travel.demo.applying import Applying, Candidate
from travel.demo.book import at
from travel.demo.committee import Committee
from travel.demo.cycle import SetUp
from travel.demo.people import Person
from travel.demo.scene import Scene

type Bounds = tuple[float, float]
BEGUN_BEFORE = 9  # days before they sent it at the earliest
# by result: the total that a middling reader would give, and the totals that a single one gave
QUALITY: Mapping[str, Bounds] = {
    Status.SELECTED: (11.0, 13.8),
    Status.WAITLISTED: (9.6, 10.6),
    Status.NOT_SELECTED: (5.5, 9.0),
    Status.SUBMITTED: (6.5, 13.5),
}
TOTALS: Mapping[str, Bounds] = {Status.SELECTED: (9, 15), Status.WAITLISTED: (8, 12), Status.NOT_SELECTED: (3, 10)}


@dataclass(frozen=True, slots=True)
class Round:
    """A table of `paths.toml`. Its days count from `first`."""

    first: date
    row: Mapping[str, Any]

    def day(self, name: str) -> date:
        return self.first + timedelta(days=self.row[name])

    def days(self, name: str) -> tuple[date, date]:
        first, last = self.row[name]
        return self.first + timedelta(days=first), self.first + timedelta(days=last)

    @property
    def paths(self) -> Mapping[str, list[str]]:
        """By group: the committee's result, then the student's reply if there is one."""
        return {group: path.split() for group, path in self.row["paths"].items()}


class Rounds:
    """`tells`: whether the messages of those weeks are kept, too."""

    def __init__(self, scene: Scene, to: SetUp, readers: list[tuple[User, str]], *, tells: bool) -> None:
        self.scene, self.to, self.book, self.office = scene, to, scene.book, scene.office
        self.applying = Applying(scene.book, to, scene.colleges, tells=tells)
        self.committee = Committee(
            scene.book, to, readers, scene.office, scene.remarks, tells=tells, spanish=scene.readers_of_spanish
        )
        self.positions = 0

    def send(self, people: Iterable[Person], days: tuple[date, date], *, signs: bool = True) -> list[Candidate]:
        """Begun days before it was sent, in an evening between these days."""
        candidates, opened = [], at(self.to.cycle.opens_at.date(), 9, 30)
        for person in people:
            sent = self.book.moment(*days, (17, 23))
            earliest, latest = (sent.date() - timedelta(days=number) for number in (BEGUN_BEFORE, 1))
            begun = max(self.book.moment(max(earliest, opened.date()), latest, (10, 16)), opened)
            candidate = self.applying.begin(person, self.scene.accounts[person.key], begun)
            self.applying.submit(candidate, sent, signs=signs)
            candidates.append(candidate)
        return candidates

    def endorse(self, candidate: Candidate, result: str = Endorsement.Result.ENDORSED) -> None:
        sent = candidate.application.submitted_at.date()
        first, last = (min(sent + timedelta(days=days), self.book.day(-1)) for days in (1, 3))
        self.committee.endorse(candidate, self.book.moment(first, last, (9, 17)), result)

    def read(self, plan: Round, groups: Mapping[str, list[Candidate]]) -> None:
        """Endorsed, then read to the end by readers who were drawn for all groups together."""
        everyone = [candidate for candidates in groups.values() for candidate in candidates]
        for candidate in everyone:
            self.endorse(candidate)
        self.committee.draw_readers(everyone, at(plan.day("drawn"), 9, 5), seed=plan.day("drawn").toordinal())
        for group, candidates in groups.items():
            for candidate in candidates:
                quality, bounds = self.scores_of(candidate, plan.paths[group][0])
                self.lock(candidate, self.book.draw.uniform(*quality), plan.days("read"), bounds)

    def scores_of(self, _candidate: Candidate, result: str) -> tuple[Bounds, Bounds]:
        return QUALITY[result], TOTALS[result]

    def lock(self, candidate: Candidate, quality: float, days: tuple[date, date], bounds: Bounds = (3, 15)) -> None:
        for reading in self.committee.readings_of(candidate):
            self.committee.lock(reading, quality, self.book.moment(*days, (9, 21)), bounds)

    def tell(self, plan: Round, groups: Mapping[str, list[Candidate]]) -> None:
        """Decide all of a round, best first, then release them in one batch; students reply."""
        decisions, replies = [], []
        for group, candidates in groups.items():
            result, *reply = plan.paths[group]
            for candidate in sorted(candidates, key=best_first):
                decisions.append(self.decide(candidate, result, plan.days("decided")))
                replies += [(candidate, reply[0])] if reply else []
        offers = self.committee.release(decisions, at(plan.day("told"), 15, 30))
        for candidate, answer in replies:
            self.committee.answer(offers[candidate.application.code], answer, self.book.moment(*plan.days("answered")))

    def decide(self, candidate: Candidate, result: str, days: tuple[date, date]) -> Decision:
        self.positions += result == Status.WAITLISTED
        position = self.positions if result == Status.WAITLISTED else None
        return self.committee.decide(candidate, result, self.book.moment(*days, (13, 17)), position)


def best_first(candidate: Candidate) -> tuple[Any, Any, str]:
    application = candidate.application
    return -(application.score_mean or 0), -(application.score_median or 0), application.code
