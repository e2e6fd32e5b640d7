"""Accounts of the demo: students, advisors, the office and the mayor's side, with confirmed addresses."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress

from applications.models import ReaderProfile
from exchange.models import College, Role, TextConsent, User
from travel.demo.book import Book
from travel.demo.people import Person, Staff

# numbers that are kept free for invented people: 213-555-0100 to 0199
FIRST_NUMBER, NUMBERS = 100, 100


def open_account(book: Book, *, email: str, full_name: str, preferred_name: str, language: str = "en") -> User:
    user = User(
        code=book.draw.code(),
        email=email,
        full_name=full_name,
        preferred_name=preferred_name,
        language=language,
        password=f"!{book.draw.token()}",  # no password, as `set_unusable_password` says it
    )
    book.add(user)
    book.add(EmailAddress(user=user, email=email, verified=True, primary=True))
    return user


def join(book: Book, user: User, when: datetime) -> None:
    """The day on which someone signed up, and confirmed a phone, and agreed to texts, if they gave one."""
    user.joined_at = when
    if user.phone:
        confirmed_at = user.phone_verified_at = when + timedelta(minutes=2)
        how = TextConsent.How.PAGE
        consent = book.add(TextConsent(phone=user.phone, user=user, agreed_at=confirmed_at, agreed_how=how))
        book.record("text_consent.agree", consent, by=user, when=confirmed_at, changes={"how": how.value})
    book.record("person.sign_up", user, by=user, when=when)


def open_students(book: Book, people: list[Person]) -> dict[str, User]:
    """Accounts by key of the person; each joins as they begin to write."""
    return {
        person.key: open_account(
            book,
            email=person.email,
            full_name=person.full_name,
            preferred_name=person.preferred_name,
            language=person.language,
        )
        for person in people
    }


def give_phones(book: Book, users: list[User], number: int, *, first: int = 0) -> None:
    """Some have a phone as well, so that texts reach them. `first`: how many of the numbers are taken."""
    for place, user in enumerate(book.draw.sample(users, min(number, NUMBERS - first)), start=first):
        user.phone = f"+1213555{FIRST_NUMBER + place:04}"


def open_staff(book: Book, staff: list[Staff], colleges: dict[str, College], when: datetime) -> dict[str, User]:
    """Accounts by email. Advisors have one role each, at their college, and say what they read."""
    accounts = {}
    for place, each in enumerate(staff):
        user = open_account(book, email=each.email, full_name=each.full_name, preferred_name=each.preferred_name)
        join(book, user, when + timedelta(hours=place))
        # a number for students to call; no consent to texts comes with it
        user.phone = f"+1213555{FIRST_NUMBER + NUMBERS - 1 - place:04}"
        user.phone_verified_at = user.joined_at
        book.add(Role(user=user, kind=each.kind, college=colleges.get(each.college)))
        accounts[each.email] = user
        if each.kind == Role.Kind.ADVISOR:
            _say_what_they_read(book, user, each, when + timedelta(days=1, hours=place))
    return accounts


def _say_what_they_read(book: Book, user: User, staff: Staff, when: datetime) -> None:
    profile = ReaderProfile(
        user=user, reads_spanish=staff.reads_spanish, reads_most=staff.reads_most, saved_at=when, saved_by=user
    )
    book.add(profile)
    said = {"reads_spanish": staff.reads_spanish, "reads_most": staff.reads_most}
    changes = {name: value for name, value in said.items() if value}
    book.record("review.save_reader", user, by=user, when=when, changes=changes)


def name_advisors(accounts: dict[str, User], staff: list[Staff], colleges: dict[str, College]) -> None:
    """The first advisor of each college signs the reminders to its students."""
    for each in reversed(staff):
        if each.college:
            colleges[each.college].named_advisor = accounts[each.email]
    College.objects.bulk_update(colleges.values(), ["named_advisor"])
