"""How the demo's students did after its finished summers: who agreed, what their colleges sent, what they say."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random

from applications.models import Application, Cycle
from exchange.base.sealed import vault
from exchange.models import College, ConsentText, Event, Role, User
from exchange.reference import facts
from travel.demo.book import at
from travel.models import FollowUpConsent, FollowUpImport, FollowUpKey, FollowUpRecord, SelfReport
from travel.models.follow_up import YEARS
from travel.outcomes.following import codes
from travel.outcomes.following.counting import CLOSES, closes_on
from travel.outcomes.following.matching import ASKED_IN

AGREED, AGREED_WITHOUT_A_SPOT, FOUND, SAYS = 0.88, 0.5, 0.96, 0.6
SENT_BEFORE = 20  # days before a year is counted
ENROLLED, FULL_TIME, AWARD, TRANSFERRED = 0.87, 0.6, (0.22, 0.5, 0.62), (0.3, 0.52, 0.66)


class Afterward:
    """One finished summer. Each student has dice of their own, so it doesn't matter how many summers there are."""

    def __init__(self, seed: str, cycle: Cycle, today: date) -> None:
        self.seed, self.cycle, self.today = seed, cycle, today
        self.days = int(facts.number(CLOSES))
        self.text = ConsentText.objects.get(key=FollowUpConsent.TEXT, is_current=True)
        asked = Application.objects.real().filter(cycle=cycle, status__in=ASKED_IN, college__isnull=False)
        self.people = list(asked.select_related("student", "college", "placement").order_by("code"))
        self.home = max(trip.home_on for trip in cycle.trips.all())

    def write(self) -> None:
        agreed = [each for each in self.people if self._agrees(each)]
        FollowUpConsent.objects.bulk_create(self._consent(each) for each in agreed)
        Event.objects.bulk_create(self._event(each) for each in agreed)
        by_college: dict[College, list[Application]] = defaultdict(list)
        for each in agreed:
            if each.college:
                by_college[each.college].append(each)
        for college in sorted(by_college, key=lambda each: each.code):
            sealed = vault().encrypt(codes.new_key().encode()).decode()
            FollowUpKey.objects.create(cycle=self.cycle, college=college, sealed=sealed, made_at=at(self.home, 9))
            self._files(college, by_college[college])
        SelfReport.objects.bulk_create(self._reports())

    def _dice(self, application: Application, what: str) -> Random:
        return Random(f"{self.seed} {application.code} {what}")  # noqa: S311 -- made-up people

    def _traveled(self, application: Application) -> bool:
        placement = getattr(application, "placement", None)
        return placement is not None and placement.returned_at is not None

    def _agrees(self, application: Application) -> bool:
        likely = AGREED if self._traveled(application) else AGREED_WITHOUT_A_SPOT
        return self._signed_at(application).date() < self.today and self._dice(application, "agrees").random() < likely

    def _signed_at(self, application: Application) -> datetime:
        dice = self._dice(application, "signs")
        return at(self.home + timedelta(days=dice.randint(3, 60)), dice.randint(9, 21), dice.randrange(60))

    def _consent(self, application: Application) -> FollowUpConsent:
        return FollowUpConsent(
            application=application,
            college_id=application.college_id,
            text=self.text,
            language=application.answer_language,
            typed_name=application.person.full_name,
            signed_at=self._signed_at(application),
        )

    def _event(self, application: Application) -> Event:
        return Event(
            at=self._signed_at(application),
            by=application.student,
            action="follow_up.sign",
            target_model=application._meta.label_lower,
            target_id=application.pk,
        )

    # --- The college's files --------------------------------------------------------------------------

    def _files(self, college: College, people: list[Application]) -> None:
        """One for each year whose day has come."""
        role = Role.objects.filter(kind=Role.Kind.ADVISOR, college=college, user__is_active=True).order_by("pk").first()
        for year in YEARS:
            counted = closes_on(self.cycle, year, self.days)
            if role is None or counted is None or counted > self.today:
                continue
            found = [each for each in people if self._dice(each, f"found {year}").random() < FOUND]
            if found:
                self._file(college, year, counted - timedelta(days=SENT_BEFORE), found, by=role.user)

    def _file(self, college: College, year: int, day: date, people: list[Application], *, by: User) -> None:
        made = FollowUpImport.objects.create(
            code=self._code(college, year),
            cycle=self.cycle,
            college=college,
            year=year,
            digest=f"{year:064}",
            rows=len(people),
            imported_at=at(day, 10, 40),
            imported_by=by,
        )
        FollowUpRecord.objects.bulk_create(self._record(made, each) for each in people)

    def _code(self, college: College, year: int) -> str:
        dice = Random(f"{self.seed} {self.cycle.code} {college.code} {year}")  # noqa: S311 -- an address of the demo
        return "".join(dice.choice(codes.ALPHABET) for _sign in range(8))

    def _record(self, made: FollowUpImport, application: Application) -> FollowUpRecord:
        dice = self._dice(application, "studies")
        enrolled, full, gpa = (
            dice.random() < ENROLLED,
            dice.random() < FULL_TIME,
            dice.choices("ABCD", (38, 36, 21, 5))[0],
        )
        award, transfer = dice.random(), dice.random()
        record = FollowUpRecord(
            imported=made,
            application=application,
            award=award < AWARD[made.year - 1],
            transferred=transfer < TRANSFERRED[made.year - 1],
        )
        if made.year == YEARS[0]:
            record.reenrolled = enrolled
            if enrolled:
                record.units, record.gpa = dice.randint(12, 16) if full else dice.randint(3, 11), gpa
        return record

    def _reports(self) -> Iterable[SelfReport]:
        for application in self.people:
            dice = self._dice(application, "says")
            day = self.home + timedelta(days=dice.randint(180, 300))
            if self._traveled(application) and day < self.today and dice.random() < SAYS:
                transferred = dice.random() < TRANSFERRED[0]
                yield SelfReport(
                    application=application,
                    enrolled=transferred or dice.random() < ENROLLED,
                    award=dice.choice((True, False, False, None)),
                    transferred=transferred,
                    said_at=at(day, dice.randint(10, 21), dice.randrange(60)),
                )


def write(seed: str, cycles: Iterable[Cycle], today: date) -> None:
    """Once the travelers are saved."""
    for cycle in cycles:
        Afterward(seed, cycle, today).write()
