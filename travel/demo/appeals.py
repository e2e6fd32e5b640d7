"""Two students who asked for their decision to be looked at again: one is waiting, one was answered."""

from applications.models import Appeal, Cycle
from applications.release.actions import appeals
from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.demo.people import read

ASKED, ANSWERED = 1, (5, 2)  # days before the day of the demo


def write(book: Book, cycle: Cycle, waiting: User, answered: User, *, by: User) -> None:
    """`waiting` wasn't selected two days ago, `answered` was put on the waitlist six days ago."""
    _ask(book, cycle, waiting, "waiting", ASKED)
    appeal = _ask(book, cycle, answered, "answered", ANSWERED[0])
    with past(at(book.day(-ANSWERED[1]), 11, 5), book.draw):
        appeals.assign(appeal, by, by=by)
        appeals.uphold(appeal, read("scenes.toml")["appeal"][answered.language]["answer"], by=by)


def _ask(book: Book, cycle: Cycle, student: User, which: str, days_ago: int) -> Appeal:
    words = read("scenes.toml")["appeal"][student.language][which]
    with past(at(book.day(-days_ago), 19, 20), book.draw):
        return appeals.ask(cycle.applications.get(student=student), words, by=student)
