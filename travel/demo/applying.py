"""Applications of the demo: what each person wrote, as far as they got, with the letters that came."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from applications.apply.actions.recommendation import link_ends
from applications.models import Answer, Application, CityPreference, Recommendation, RecordsConsent
from applications.states import Status
from exchange.messages.outbox import Guest
from exchange.models import College, ConsentText, PartnerCity, User
from travel.demo.accounts import join
from travel.demo.book import Book
from travel.demo.cycle import SetUp
from travel.demo.people import Person

STORIES = ("story_why", "story_new", "story_back")
# in the order of the form; a draft stops somewhere
KEYS = (
    *("full_name", "preferred_name", "date_of_birth", "phone", "answer_language", "college", "student_number", "units"),
    *("good_standing", "major", "free_for_trip", "work_hours", "parents_education", "first_abroad", "first_flight"),
    *("fee_waiver", "council_district", "languages", *STORIES),
)
LETTER_DAYS = (1, 6)


@dataclass(slots=True)
class Candidate:
    """One person with their application on its way through the cycle."""

    person: Person
    student: User
    application: Application
    college: College
    totals: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.person.key


class Applying:
    """Writes applications of one cycle. `tells`: whether the messages of those weeks are kept too."""

    def __init__(self, book: Book, to: SetUp, colleges: dict[str, College], *, tells: bool) -> None:
        self.book, self.to, self.colleges, self.tells = book, to, colleges, tells
        self.cities = {city.code: city for city in PartnerCity.objects.all()}
        self.consent_text = ConsentText.objects.get(key=ConsentText.COLLEGE_RECORDS, is_current=True)

    def begin(self, person: Person, student: User, when: datetime) -> Candidate:
        """A new account, unless the student applied before, and an empty draft."""
        joined = when - timedelta(minutes=self.book.draw.randint(3, 9))
        if not any(row.student is student for row in self.book.rows(Application)):
            join(self.book, student, joined)
        application = Application(
            code=self.book.draw.code(),
            cycle=self.to.cycle,
            student=student,
            form=self.to.form,
            answer_language=person.answer_language,
            created_at=when,
            saved_at=when,
        )
        self.book.add(application)
        self.book.record("application.start", application, by=student, when=when, changes={"form": 1})
        if self.tells:
            self.book.mail("applications/application_started", student, when, application=application)
        return Candidate(person, student, application, self.colleges[person.college])

    def write(self, candidate: Candidate, until: datetime, *, keys: tuple[str, ...] = KEYS) -> list[str]:
        """Answers to these questions, saved one after the other until the given moment; says which."""
        application, values = candidate.application, self._values(candidate, keys)
        step = (until - application.created_at) / max(1, len(values))
        for place, (key, value) in enumerate(values.items(), start=1):
            saved_at = application.created_at + step * place
            question = self.to.questions[key]
            self.book.add(Answer(application=application, question=question, value=value, saved_at=saved_at))
        if "college" in values:
            application.college = candidate.college
        application.student_number = values.get("student_number", application.student_number)
        application.saved_at = until
        student = candidate.student
        self.book.record(
            "application.save_answers", application, by=student, when=until, changes={"keys": sorted(values)}
        )
        return list(values)

    def break_off(self, candidate: Candidate, key: str, text: str) -> None:
        """The beginning of a story, saved last."""
        application = candidate.application
        question = self.to.questions[key]
        self.book.add(Answer(application=application, question=question, value=text, saved_at=application.saved_at))

    def rewrite(self, candidate: Candidate, key: str, value: Any) -> None:
        """Another answer in place of the one that was written."""
        for answer in self.book.rows(Answer):
            if answer.application is candidate.application and answer.question.key == key:
                answer.value = value

    def rank_cities(self, candidate: Candidate, number: int | None = None) -> None:
        for rank, code in enumerate(candidate.person.cities[:number], start=1):
            self.book.add(CityPreference(application=candidate.application, city=self.cities[code], rank=rank))

    def name_referee(self, candidate: Candidate) -> Recommendation:
        referee = candidate.person.referee
        return self.book.add(
            Recommendation(
                application=candidate.application,
                referee_name=referee["name"],
                referee_email=referee["email"],
                relation=referee["relation"],
                token=self.book.draw.token(),
            )
        )

    def leave_referee_open(self, candidate: Candidate) -> None:
        self.book.add(Recommendation(application=candidate.application, token=self.book.draw.token()))

    def submit(self, candidate: Candidate, when: datetime, *, signs: bool = True) -> None:
        """A complete application, sent in; the referee is asked, and mostly writes within days.

        `signs`: the student signs with it that the college may tell about their enrollment.
        """
        self.write(candidate, when - timedelta(minutes=self.book.draw.randint(4, 40)))
        self.rank_cities(candidate)
        application, student = candidate.application, candidate.student
        application.status, application.submitted_at = Status.SUBMITTED, when
        self.book.record("application.submit", application, by=student, when=when)
        if signs:
            self.sign_records(candidate, when)
        letter = self.name_referee(candidate)
        letter.requested_at, letter.expires_at = when, link_ends(application, when)
        self.book.record("recommendation.ask", application, by=student, when=when)
        if self.tells:
            self.book.mail("applications/application_received", student, when, application=application)
            asked = Guest(email=letter.referee_email, language=application.answer_language)
            self.book.mail(
                "applications/recommendation_asked", asked, when, application=application, recommendation=letter
            )
        self._receive(candidate, letter, when + timedelta(days=self.book.draw.randint(*LETTER_DAYS), hours=2))

    def sign_records(self, candidate: Candidate, when: datetime) -> RecordsConsent:
        consent = self.book.add(
            RecordsConsent(
                application=candidate.application,
                college=candidate.college,
                text=self.consent_text,
                language=candidate.person.language,
                typed_name=candidate.person.full_name,
                signed_at=when,
            )
        )
        changes = {
            "version": self.consent_text.version,
            "language": consent.language,
            "college": candidate.college.code,
        }
        self.book.record(
            "records_consent.sign", candidate.application, by=candidate.student, when=when, changes=changes
        )
        return consent

    def _receive(self, candidate: Candidate, letter: Recommendation, when: datetime) -> None:
        if not candidate.person.letter or when.date() >= self.book.today:
            return
        letter.letter, letter.received_at = candidate.person.letter, when
        self.book.record("application.write_recommendation", candidate.application, by=None, when=when)
        if self.tells:
            self.book.mail(
                "applications/recommendation_received",
                candidate.student,
                when,
                application=candidate.application,
                recommendation=letter,
            )

    def _values(self, candidate: Candidate, keys: tuple[str, ...]) -> dict[str, Any]:
        person = candidate.person
        answers: dict[str, Any] = {
            "date_of_birth": self._born_on(person).isoformat(),
            "phone": str(candidate.student.phone or ""),
            "student_number": f"88{self.book.draw.randint(1_000_000, 9_999_999)}",
            "languages": ["en", "es"] if "es" in (person.language, person.answer_language) else ["en"],
        }
        answers = {key: answers[key] if key in answers else getattr(person, key) for key in keys}
        return {key: value for key, value in answers.items() if value != ""}

    def _born_on(self, person: Person) -> date:
        """A birthday that makes the person as old as the files say, on the day of seeding."""
        days = person.age * 365.25 + self.book.draw.randint(3, 360)
        return self.book.today - timedelta(days=int(days))


def first_words(text: str, share: float) -> str:
    """The beginning of a text, broken off where a phone was put away."""
    words = text.split()
    return " ".join(words[: max(6, int(len(words) * share))])
