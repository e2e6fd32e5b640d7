"""What both cycles of the demo share: the people, their accounts, the readers, and one store of words."""

from dataclasses import dataclass

from exchange.models import College, User
from travel.demo.book import Book
from travel.demo.people import Cast
from travel.demo.remarks import Remarks

OFFICE = "ines.calderon@example.gov"
DIRECTOR = "ruth.adeyemi@example.gov"
NEW_READER = "daniel.park@example.edu"  # began to read a few days ago


@dataclass(frozen=True, slots=True)
class Scene:
    """`accounts`: students by key of the person; `readers`: advisors with the code of their college."""

    book: Book
    cast: Cast
    accounts: dict[str, User]
    office: User
    colleges: dict[str, College]
    readers: list[tuple[User, str]]
    remarks: Remarks

    @property
    def own(self) -> frozenset[str]:
        """Keys of those who wrote a story of their own; the others' are mixed."""
        return frozenset(person.key for person in self.cast.students)

    @property
    def seasoned_readers(self) -> list[tuple[User, str]]:
        return [reader for reader in self.readers if reader[0].email != NEW_READER]

    @property
    def readers_of_spanish(self) -> frozenset[str]:
        """Their addresses."""
        return frozenset(each.email for each in self.cast.staff if each.reads_spanish)

    @property
    def advisors(self) -> dict[str, list[User]]:
        """By code of the college."""
        found: dict[str, list[User]] = {}
        for user, college in self.readers:
            found.setdefault(college, []).append(user)
        return found
