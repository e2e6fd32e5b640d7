"""From the college's word to the student's answer: endorsements, readings, decisions, releases, replies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from applications.models import Assignment, Decision, Endorsement, Offer, Rating, Review
from applications.reading import assignment as drawing
from applications.reading.readers import language_of
from applications.scores import scoring
from applications.states import Status
from exchange.models import Language, User
from travel.demo.applying import Candidate
from travel.demo.book import Book, at
from travel.demo.cycle import SetUp
from travel.demo.remarks import CRITERIA, Remarks

LOWEST, HIGHEST = 3, 15
READERS_DIFFER = 1.0  # points of a total, standard deviation
SEVERITY = 0.6


@dataclass(slots=True)
class Reading:
    """One assignment and what its reader will make of it."""

    candidate: Candidate
    reader: User
    assignment: Assignment
    is_locked: bool = False


@dataclass(slots=True)
class Committee:
    """Acts on the candidates of one cycle. `readers`: user and the college they advise for. `spanish`: by email."""

    book: Book
    to: SetUp
    readers: list[tuple[User, str]]
    office: User
    remarks: Remarks
    tells: bool
    spanish: frozenset[str]
    capacity: dict[str, int] = field(default_factory=dict)  # by email; 40 otherwise
    readings: list[Reading] = field(default_factory=list)
    _severity: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self._severity = {user.code: self.book.draw.gauss(0, SEVERITY) for user, _college in self.readers}

    # --- the college's word --------------------------------------------------------------------------

    def endorse(self, candidate: Candidate, when: datetime, result: str = Endorsement.Result.ENDORSED) -> None:
        choices = [user for user, college in self.readers if college == candidate.person.college]
        advisor = self.book.draw.choice(choices)
        is_plain = result == Endorsement.Result.ENDORSED and self.book.draw.random() < 0.8
        enrolled = result != Endorsement.Result.NOT_ENDORSED
        units = candidate.person.units if enrolled else 0
        self.book.add(
            Endorsement(
                application=candidate.application,
                result=result,
                is_enrolled=enrolled,
                units=units,
                note="" if is_plain else self.remarks.one_of("endorsement", str(result)),
                endorsed_by=advisor,
                endorsed_at=when,
            )
        )
        changes = {"before": "", "result": str(result), "units": units}
        self.book.record("review.endorse", candidate.application, by=advisor, when=when, changes=changes)

    # --- readings ------------------------------------------------------------------------------------

    def draw_readers(self, candidates: Iterable[Candidate], when: datetime, seed: int) -> None:
        """Three readers of other colleges for each, who read its language, loads as even as their limits allow."""
        people = {user.code: user for user, _college in self.readers}
        new = {each.application.code: each for each in candidates}
        known = {reading.candidate.application.code: reading.candidate for reading in self.readings}
        plan = drawing.assign(
            [
                drawing.Candidate(code, each.person.college, language_of(each.application))
                for code, each in (known | new).items()
            ],
            [self._desk(user, college) for user, college in self.readers],
            self.to.cycle.reads_each,
            existing=[(each.candidate.application.code, each.reader.code) for each in self.readings],
            seed=seed,
        )
        for code, reader in plan.added:
            assignment = Assignment(
                code=self.book.draw.code(),
                application=new[code].application,
                reader=people[reader],
                assigned_at=when,
                assigned_by=self.office,
                released_at=when,
            )
            self.readings.append(Reading(new[code], people[reader], self.book.add(assignment)))
        loads = {people[code]: sum(reader == code for _application, reader in plan.added) for code in people}
        changes = {"seed": seed, "added": len(plan.added), "loads": dict(plan.loads)}
        self.book.record("review.assign_readers", self.to.cycle, by=self.office, when=when, changes=changes)
        for reader, count in loads.items():
            if self.tells and count:
                template = "applications/readings_assigned"
                self.book.mail(template, reader, when, cycle=self.to.cycle, count=count)

    def _desk(self, user: User, college: str) -> drawing.Reader:
        email = str(user.email)
        languages = {Language.ENGLISH, *([Language.SPANISH] if email in self.spanish else [])}
        return drawing.Reader(user.code, college, self.capacity.get(email, 40), languages)

    def readings_of(self, candidate: Candidate) -> list[Reading]:
        return [reading for reading in self.readings if reading.candidate is candidate]

    def lock(self, reading: Reading, quality: float, when: datetime, bounds: tuple[float, float]) -> None:
        """A reader scores and locks; `quality` is the total that a middling reader would give."""
        points = self._points(reading, quality, bounds)
        review = self._open(reading, when - timedelta(minutes=self.book.draw.randint(6, 18)), points)
        review.locked_at = review.saved_at = when
        reading.is_locked = True
        self.book.record("review.lock", reading.assignment, by=reading.reader, when=when)

    def begin(self, reading: Reading, when: datetime) -> None:
        """A reading that was put down half-way: one criterion scored, nothing written."""
        points = dict.fromkeys(CRITERIA[:1], 4)
        review = self._open(reading, when, points, says=False)
        review.saved_at = when + timedelta(minutes=4)
        changes = {"scored": len(points)}
        self.book.record("review.save", reading.assignment, by=reading.reader, when=review.saved_at, changes=changes)

    def _open(self, reading: Reading, when: datetime, points: Mapping[str, int], *, says: bool = True) -> Review:
        review = Review(assignment=reading.assignment, started_at=when, saved_at=when)
        if says:
            review.comment = self.remarks.comment(reading.candidate.person, points)
            review.feedback = self.remarks.feedback(reading.candidate.person, points)
        self.book.add(review)
        criteria = {criterion.key: criterion for criterion in self.to.criteria}
        for key, number in points.items():
            self.book.add(Rating(review=review, criterion=criteria[key], points=number))
        return review

    def _points(self, reading: Reading, quality: float, bounds: tuple[float, float]) -> dict[str, int]:
        draw = self.book.draw
        total = round(quality + self._severity[reading.reader.code] + draw.gauss(0, READERS_DIFFER))
        total = min(max(total, int(bounds[0])), int(bounds[1]))
        points = [total // 3 + (place < total % 3) for place in range(3)]
        draw.shuffle(points)
        if draw.random() < 0.5:  # strong in one thing, weak in another
            up, down = draw.sample(range(3), 2)
            if points[up] < 5 and points[down] > 1:
                points[up], points[down] = points[up] + 1, points[down] - 1
        return dict(zip(CRITERIA, points, strict=True))

    def work_out_scores(self) -> None:
        """What `review.work_out_scores` keeps beside each application."""
        ratings = [rating for rating in self.book.rows(Rating) if rating.review.locked_at]
        scores = [
            scoring.Score(
                rating.review.assignment.application.code,
                rating.review.assignment.reader.code,
                rating.criterion.key,
                rating.points,
            )
            for rating in ratings
        ]
        by_code = {reading.candidate.application.code: reading.candidate.application for reading in self.readings}
        mine = [score for score in scores if score.application in by_code]
        for summary in scoring.summarise(mine, dict.fromkeys(CRITERIA, 1), by_code):
            application = by_code[summary.application]
            application.reads_locked = summary.reads
            application.score_mean = _stored(summary.mean)
            application.score_median = _stored(summary.median)
            application.score_spread = _stored(summary.spread)

    # --- decisions -----------------------------------------------------------------------------------

    def decide(self, candidate: Candidate, result: str, when: datetime, position: int | None = None) -> Decision:
        """A private result."""
        reason = self.remarks.one_of("decision", str(result))
        decision = Decision(
            application=candidate.application,
            result=result,
            waitlist_position=position,
            reason=reason,
            decided_by=self.office,
            decided_at=when,
        )
        changes = {"before": "", "result": str(result), "position": position}
        self.book.record(
            "selection.decide", candidate.application, by=self.office, when=when, reason=reason, changes=changes
        )
        return self.book.add(decision)

    def release(self, decisions: Iterable[Decision], when: datetime) -> dict[str, Offer]:
        """Make them known; returns the offers by code of the application."""
        last_day = when.date() + timedelta(days=self.to.cycle.answer_days)
        answer_by = at(last_day, 23, 59) + timedelta(seconds=59)
        offers = {}
        for decision in decisions:
            application = decision.application
            application.status = decision.result
            decision.released_at, decision.released_by = when, self.office
            if decision.result == Status.SELECTED:
                offers[application.code] = self.book.add(
                    Offer(
                        code=self.book.draw.code(),
                        application=application,
                        decision=decision,
                        made_at=when,
                        answer_by=answer_by,
                    )
                )
            changes = {"result": str(decision.result)}
            self.book.record("selection.release", application, by=self.office, when=when, changes=changes)
            if self.tells:
                template, student = "applications/decision_released", application.student
                context = {"application": application, "cycle": self.to.cycle, "answer_by": answer_by}
                self.book.mail(template, student, when, **context)
        self.book.record("selection.release", self.to.cycle, by=self.office, when=when)
        return offers

    def answer(self, offer: Offer, reply: str, when: datetime) -> None:
        application = offer.application
        offer.reply, offer.answered_at = reply, when
        application.status = {Offer.Reply.CONFIRMED: Status.CONFIRMED, Offer.Reply.DECLINED: Status.DECLINED}[reply]
        verb = "confirm" if reply == Offer.Reply.CONFIRMED else "decline"
        self.book.record(f"selection.{verb}", application, by=application.student, when=when)
        if self.tells:
            self.book.mail(f"applications/offer_{reply}", application.student, when, application=application)

    def withdraw(self, candidate: Candidate, when: datetime) -> None:
        application, before = candidate.application, candidate.application.status
        application.status, application.withdrawn_at = Status.WITHDRAWN, when
        reason = self.remarks.one_of("withdrawal", "reasons")
        self.book.record(
            "application.withdraw",
            application,
            by=candidate.student,
            when=when,
            reason=reason,
            changes={"from": str(before)},
        )
        if self.tells:
            self.book.mail("applications/application_withdrawn", candidate.student, when, application=application)


def _stored(figure: float | None) -> Decimal | None:
    return None if figure is None else round(Decimal(str(figure)), 3)
