"""Questions of the cycle under way: some have an answer, some wait for those whom a visitor of the demo can be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from applications.models import Application, Note, Thread
from applications.states import Status
from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.people import Person
from travel.demo.scene import Scene

NOT_DECIDED = (Status.DRAFT, Status.SUBMITTED)
ADVISOR, OFFICE = Thread.Addressee.ADVISOR, Thread.Addressee.OFFICE


@dataclass(frozen=True, slots=True)
class Asked:
    """`who`: key of a person, or the code of a college for one of its students who write or wait."""

    who: str
    to: str
    days_ago: int
    hour: int
    body: str
    answer: str = ""


ASKED = (
    Asked(
        "diego-fuentes-alvarado",
        ADVISOR,
        8,
        20,
        "I’m taking nine units and might drop a class next month. Can I still go if I’m selected?",
        "Yes, with six units you’re fine. Come by before you drop it: some classes count twice for your transfer.",
    ),
    Asked(
        "marisol-reyes-ortega",
        OFFICE,
        15,
        21,
        "My student ID has one last name, but my birth certificate has two. Which one goes on the ticket?",
        "The name in your passport, letter for letter. Get the passport in the name on your birth certificate, "
        "and we’ll book exactly that.",
    ),
    Asked("lacc", ADVISOR, 2, 22, "I work every Saturday. Is there an orientation on another day?"),
    Asked(
        "lacc",
        ADVISOR,
        1,
        13,
        "My manager wants the dates in writing before I ask for ten days off. Who can send me that?",
    ),
    Asked("valley", OFFICE, 3, 19, "How much money should I bring for the ten days? My mom is asking."),
)


def write(scene: Scene, people: list[Person]) -> None:
    """`people`: all of the cycle under way; what they sent or began must be in the book already."""
    book, taken = scene.book, set()
    applications = {row.student.code: row for row in book.rows(Application)}

    def of(person: Person) -> Application:
        return applications[scene.accounts[person.key].code]

    for asked in ASKED:
        person = next((each for each in people if each.key not in taken and _fits(asked, each, of(each), book)), None)
        if person is None:
            continue  # nobody of that college is at that point on this day
        taken.add(person.key)
        _write(scene, asked, person, of(person))


def _fits(asked: Asked, person: Person, application: Application, book: Book) -> bool:
    if asked.who == person.key:
        return True
    has_begun = application.created_at < at(book.day(-asked.days_ago - 1), 0)
    return asked.who == person.college and application.status in NOT_DECIDED and has_begun


def _write(scene: Scene, asked: Asked, person: Person, application: Application) -> None:
    book, student = scene.book, scene.accounts[person.key]
    when = at(book.day(-asked.days_ago), asked.hour, 12)
    thread = book.add(
        Thread(
            code=book.draw.code(),
            student=student,
            application=application,
            college=scene.colleges[person.college],
            addressee=asked.to,
            opened_at=when,
            waiting_since=None if asked.answer else when,
        )
    )
    book.add(Note(thread=thread, author=student, body=asked.body, written_at=when))
    book.record("thread.ask", thread, by=student, when=when, changes={"to": asked.to})
    answering = list(_who_answers(scene, asked, person))
    for each in answering:
        book.mail("applications/thread_asked", each, when, thread=thread)
    book.record("thread.tell", thread, by=None, when=when, changes={"to": asked.to})
    if asked.answer:
        _answer(book, thread, asked.answer, answering[0], when + timedelta(hours=14))


def _who_answers(scene: Scene, asked: Asked, person: Person) -> Iterator[User]:
    if asked.to == OFFICE:
        yield scene.office
    else:
        yield from scene.advisors[person.college]


def _answer(book: Book, thread: Thread, body: str, by: User, when: datetime) -> None:
    book.add(Note(thread=thread, author=by, body=body, written_at=when))
    book.record("thread.answer", thread, by=by, when=when)
    book.mail("applications/thread_answered", thread.student, when, thread=thread)
