"""From the seat to the return: a run of the matching, checklists with their passports, trips, reflections."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from exchange.models import ConsentText, User
from travel.demo.applying import Candidate
from travel.demo.book import Book, at
from travel.demo.cycle import SetUp
from travel.demo.passports import Story
from travel.models import (
    ChecklistItem,
    ChecklistStep,
    FeasibleCities,
    PassportCase,
    Placement,
    PlacementRun,
    Reflection,
    ReflectionConsent,
    ReflectionInvitation,
    StoryText,
    TravelAnswers,
    Trip,
)
from travel.models.story import Story as ToldStory
from travel.passport.case import duties
from travel.passport.case.replan import PLAN_FIELDS
from travel.passport.plan import planning
from travel.passport.way.route import answers_to_json
from travel.placement import placing
from travel.reflection.actions import consents
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, PassportStage

Timing = ChecklistStep.Timing
REMINDED_DAYS = 3

EMPTY_PAGES = 14  # of a book that has hardly been used


@dataclass(slots=True)
class Seat:
    """A placed student, with what was opened for them."""

    candidate: Candidate
    placement: Placement
    case: PassportCase | None = None
    items: list[ChecklistItem] = field(default_factory=list)

    @property
    def trip(self) -> Trip:
        return self.placement.trip


CHOSEN = 6  # stories of a cycle


def _quoting() -> ConsentText:
    return ConsentText.objects.get(key=consents.TEXTS[consents.Kind.QUOTE], is_current=True)


@dataclass(slots=True)
class Journeys:
    """Acts on the confirmed students of one cycle. `advisors`: by code of the college."""

    book: Book
    to: SetUp
    advisors: dict[str, list[User]]
    office: User
    rules: planning.PlanRules
    tells: bool
    quoting: ConsentText = field(default_factory=_quoting)
    told: int = 0

    # --- seats ---------------------------------------------------------------------------------------

    def place(self, candidates: Iterable[Candidate], run_at: datetime, released_at: datetime) -> list[Seat]:
        """Run the real matching over everybody's choices and give out the seats."""
        by_code = {each.application.code: each for each in candidates}
        inputs = placing.Inputs(
            ranked={code: each.person.cities for code, each in by_code.items()},
            trip_of_city={city: trip.code for city, trip in self.to.trips.items()},
            seats={trip.code: trip.seats for trip in self.to.trips.values()},
            priority={code: each.application.score_mean or Decimal(0) for code, each in by_code.items()},
        )
        seed = self.book.draw.randrange(2**31)
        run = PlacementRun(
            code=self.book.draw.code(),
            cycle=self.to.cycle,
            seed=seed,
            inputs_hash=inputs.hash(seed),
            settings=placing.Settings().to_json(),
            results=placing.results(inputs, seed),
            aside={"open": [], "nowhere": []},
            run_at=run_at,
            run_by=self.office,
            released_at=released_at,
            released_by=self.office,
            finished_at=released_at,
        )
        self.book.add(run)
        placed = sum(row["trip"] is not None for row in run.results)
        counts = {"placed": placed, "unplaced": len(run.results) - placed}
        self.book.record("placement.run", run, by=self.office, when=run_at, changes=counts)
        seats = [self._seat(by_code[row["application"]], run, row) for row in run.results if row["trip"]]
        changes = {"placed": len(seats)}
        self.book.record("placement.release", run, by=self.office, when=released_at, changes=changes)
        return seats

    def _seat(self, candidate: Candidate, run: PlacementRun, row: dict) -> Seat:
        trips = {trip.code: trip for trip in self.to.trips.values()}
        placement = Placement(
            code=self.book.draw.code(),
            application=candidate.application,
            trip=trips[row["trip"]],
            run=run,
            rank=row["rank"],
            explanation=[{key: why[key] for key in ("city", "rank", "reason")} for why in row["why"]],
            placed_at=run.released_at,
            placed_by=self.office,
        )
        self.book.add(placement)
        when = placement.placed_at
        self.book.record("checklist.open", placement, by=self.office, when=when)
        self.book.record("placement.place", placement, by=self.office, when=when)
        if self.tells:
            self.book.mail("travel/placed", candidate.student, when, placement=placement, trip=placement.trip)
        return Seat(candidate, placement)

    # --- passports and duties ------------------------------------------------------------------------

    def open_checklist(self, seat: Seat, story: Story, today: date) -> None:
        """The passport as the story left it, every duty of the cycle, and their dates as planned on that day."""
        seat.case = self._case(seat, story)
        plan = planning.plan_case(seat.case, seat.trip, self.rules, today)
        planned = {name: getattr(plan, name, None) for name in PLAN_FIELDS}
        planned |= {"service": str(plan.service or ""), "urgency": str(plan.level)}
        for name, value in planned.items():
            setattr(seat.case, name, value)
        is_promised = seat.trip.returns_on >= self.book.today  # money of past cycles isn't told
        steps = [s for s in self.to.steps if planning.applies(s, seat.trip, self.rules, has_stipend=is_promised)]
        dates = planning.list_dates(steps, seat.trip, plan, self.rules)
        for step in steps:
            item = ChecklistItem(placement=seat.placement, step=step, **dates[step.key]._asdict())
            seat.items.append(self.book.add(item))
        self._follow_stage(seat)
        done_on = {item.step.key: localdate(item.done_at) for item in seat.items if item.done_at}
        dates = planning.list_dates(steps, seat.trip, plan, self.rules, done_on)
        for item in seat.items:
            if item.is_open:
                item.do_by, item.last_safe_on = dates[item.step.key]

    def _case(self, seat: Seat, story: Story) -> PassportCase:
        case = PassportCase(
            application=seat.candidate.application,
            trip=seat.trip,
            route=story.route,
            stage=story.stage,
            is_first_passport=story.is_first,
            needs_certificate=story.needs_certificate,
            service=story.service,
            appointment_on=story.appointment_on,
            expires_on=story.expires_on,
            form_until=story.form_until,
        )
        student, before = seat.candidate.student, PassportStage.NOT_STARTED
        for place, (stage, when) in enumerate(story.moves):
            actor = self.advisor(seat) if stage == PassportStage.CHECKED else student
            if place == 0:
                self.book.record("checklist.answer_route", seat.placement, by=actor, when=when)
            elif stage == PassportStage.CHECKED:
                self.book.record("checklist.check_passport", seat.placement, by=actor, when=when)
                case.checked_at, case.checked_by, case.blank_pages = when, actor, EMPTY_PAGES
            else:
                changes = {"stage": [str(before), str(stage)]}
                self.book.record("checklist.move_stage", seat.placement, by=actor, when=when, changes=changes)
            if stage != before:
                case.stage_changed_at = when
            if stage in HAS_PASSPORT:
                case.signed_at = case.signed_at or when
            before = stage
        if story.answers:
            self._seal(seat, story)
        return self.book.add(case)

    def _seal(self, seat: Seat, story: Story) -> None:
        """As `passport.answer_route`: locked away, and every city feasible where the way is a US passport."""
        application, when = seat.candidate.application, story.moves[0][1]
        sealed = answers_to_json(story.answers) if story.answers else {}
        row = self.book.add(TravelAnswers(application=application, answers=sealed, answered_at=when))
        if story.route == PassportCase.Route.TALK:
            row.talk_asked_at, row.talk_with = when, self.advisor(seat)
        else:
            self.book.add(FeasibleCities(application=application, is_everywhere=True, marked_at=when))

    def _follow_stage(self, seat: Seat) -> None:
        """As `replan.follow_stage`: what is one with the passport is done when the passport says so."""
        case = seat.case
        if case is None or case.stage_changed_at is None:
            return
        applied = case.stage not in BEFORE_APPLYING
        done = {Timing.DOCUMENTS: applied, Timing.APPLY: applied, Timing.IN_HAND: case.stage in HAS_PASSPORT}
        for item in seat.items:
            if done.get(item.step.timing):
                item.done_at, item.done_by = case.stage_changed_at, seat.candidate.student
                if item.step.timing == Timing.IN_HAND and case.checked_at:
                    item.verified_at, item.verified_by = case.checked_at, case.checked_by

    def do(self, seat: Seat, key: str, when: datetime, verified_at: datetime | None = None) -> None:
        """One duty is done by its owner, or by what its page stored; an advisor may have seen it."""
        for item in seat.items:
            if item.step.key == key and item.done_at is None:
                item.done_at, item.done_by = when, self._owner(seat, item.step)
                action = "checklist.mark_done"
                if not item.step.is_by_hand:
                    item.done_via, action = ChecklistItem.Via.EVIDENCE, "checklist.fulfil"
                self.book.record(action, item, by=item.done_by, when=when)
                if verified_at:
                    item.verified_at, item.verified_by = verified_at, self.advisor(seat)
                    self.book.record("checklist.verify_item", item, by=item.verified_by, when=verified_at)

    def _owner(self, seat: Seat, step: ChecklistStep) -> User:
        if step.is_students:
            return seat.candidate.student
        return self.advisor(seat) if step.owner == step.Owner.ADVISOR else self.office

    def remind(self, seat: Seat, when: datetime) -> None:
        """One message about everything that is due within days, as the daily reminder sends it."""
        until = when.date() + timedelta(days=REMINDED_DAYS)
        waiting = duties.waits(seat.items)
        mine = [item for item in seat.items if item.is_open and item.step.is_students and item.step.key not in waiting]
        due = [item for item in mine if item.do_by <= until]
        if not due:
            return
        for item in due:
            item.reminded_at = when
        keys = {"items": [item.step.key for item in due]}
        self.book.record("checklist.remind", seat.placement, by=None, when=when, changes=keys)
        student = seat.candidate.student
        self.book.mail("travel/items_due", student, when, placement=seat.placement, items=due, count=len(due))

    def advisor(self, seat: Seat) -> User:
        return self.advisors[seat.candidate.person.college][0]

    # --- there and back ------------------------------------------------------------------------------

    def travel(self, trip: Trip, seats: Iterable[Seat]) -> None:
        """What the office recorded of the group by now: that it left, and that it's back."""
        left, back = at(trip.leaves_on, 16, 35), at(trip.returns_on, 19, 45)
        trip.departed_at = left if trip.leaves_on < self.book.today else None
        trip.returned_at = back if trip.returns_on < self.book.today else None
        trip.save(update_fields=["departed_at", "returned_at"])
        travelers = [seat for seat in seats if seat.trip is trip]
        for seat in travelers:
            seat.placement.travelled_at, seat.placement.returned_at = trip.departed_at, trip.returned_at
        changes = {"travelers": len(travelers)}
        for action, when in (("placement.depart", trip.departed_at), ("placement.return", trip.returned_at)):
            if when:
                self.book.record(action, trip, by=self.office, when=when, changes=changes)

    def reflect(self, seat: Seat) -> None:
        """What someone wrote before and after the trip, each kept as private as the student wanted it."""
        person, privacy = seat.candidate.person, Reflection.Privacy
        if person.reflection_before:
            before_private = person.reflection_privacy == privacy.PRIVATE
            day = seat.trip.leaves_on - timedelta(days=self.book.draw.randint(2, 7))
            self._write(
                seat,
                "before",
                person.reflection_before,
                privacy.PRIVATE if before_private else privacy.PROGRAM,
                self.book.moment(day, day),
            )
        written = {"before": person.reflection_before, "after": person.reflection_after}
        for key, prompt in self.to.prompts.items():
            opened = prompt.opens_on(seat.trip)
            if opened <= self.book.today and not written.get(key):
                invited_at = at(opened, 10)
                self.book.add(ReflectionInvitation(placement=seat.placement, prompt=prompt, invited_at=invited_at))
        if not person.reflection_after:
            return
        after = self.to.prompts["after"].days
        day = seat.trip.returns_on + timedelta(days=after + self.book.draw.randint(0, 20))
        when = self.book.moment(day, day)
        self._write(seat, "after", person.reflection_after, person.reflection_privacy, when, person.quote)

    def _write(self, seat: Seat, key: str, text: str, privacy: str, when: datetime, quote: str = "") -> None:
        reflection = Reflection(
            placement=seat.placement,
            prompt=self.to.prompts[key],
            text=text,
            quote=quote if privacy == Reflection.Privacy.PUBLIC else "",
            privacy=privacy,
            language=seat.candidate.student.language,
            written_at=when,
        )
        self.book.add(reflection)
        if reflection.quote:
            kind = ReflectionConsent.Kind.QUOTE
            language = seat.candidate.student.language
            self.book.add(
                ReflectionConsent(reflection=reflection, kind=kind, text=self.quoting, language=language, given_at=when)
            )
            told = {"kind": str(kind), "version": self.quoting.version, "language": language}
            self.book.record("reflection.agree", reflection, by=seat.candidate.student, when=when, changes=told)
            self._tell(seat, reflection, when)
        changes = {"privacy": str(privacy), "first": True}
        self.book.record("reflection.write", reflection, by=seat.candidate.student, when=when, changes=changes)

    def _tell(self, seat: Seat, reflection: Reflection, when: datetime) -> None:
        """The office shortlists each quoted answer, and chooses some, in words that their students approved."""
        self.told += 1
        is_chosen = self.told <= CHOSEN
        state = ToldStory.State.CHOSEN if is_chosen else ToldStory.State.SHORTLISTED
        code, order = self.book.draw.code(), self.told if is_chosen else 0
        shown = ToldStory(
            code=code, reflection=reflection, state=state, order=order, added_at=when, added_by=self.office
        )
        self.book.add(shown)
        self.book.record("story.shortlist", shown, by=self.office, when=when)
        if is_chosen:
            self.book.add(
                StoryText(
                    story=shown,
                    language=seat.candidate.student.language,
                    quote=reflection.quote,
                    proposed_at=when,
                    proposed_by=self.office,
                    approved_at=when,
                )
            )
