"""Who could read what: the readers of a cycle with their limits and languages, and whom nobody may give them.

What `applications.reading.assignment` is handed. Reads only; nothing here writes.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from allauth.account.models import EmailAddress
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from applications.models import (
    Answer,
    Application,
    Assignment,
    ConflictOfInterest,
    Cycle,
    Endorsement,
    HelpSession,
    Note,
    Question,
    ReaderProfile,
    Recommendation,
)
from applications.models.review import AssignmentQuerySet
from applications.reading import assignment as drawing
from exchange.models import Language, Role, User
from exchange.people.forms import to_e164
from exchange.reference import facts

WRITTEN = (Question.Kind.SHORT_TEXT, Question.Kind.LONG_TEXT, Question.Kind.EMAIL)


class Tie(StrEnum):
    """Why this person never reads this application."""

    OWN_COLLEGE = "own_college"
    OWN = "own"
    DECLARED = "declared"
    HELPED = "helped"
    WROTE = "wrote"
    ENDORSED = "endorsed"
    REFEREE = "referee"
    NAMED = "named"
    MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Desk:
    """One reader as the office sees them. `most`: their cap in a cycle. `is_reading`: takes something new."""

    person: User
    colleges: tuple[str, ...]  # codes
    most: int
    reads_spanish: bool
    is_reading: bool

    @property
    def languages(self) -> frozenset[str]:
        both = frozenset({Language.ENGLISH, Language.SPANISH})
        return both if self.reads_spanish else frozenset({Language.ENGLISH})


@dataclass(frozen=True, slots=True)
class Pool:
    """What a draw needs. `ties`: who never reads what, and why. `kept`: the readings there are, by code."""

    applications: Mapping[str, Application]
    desks: Mapping[str, Desk]
    ties: Mapping[drawing.Pair, Tie]
    kept: Mapping[drawing.Pair, Assignment]
    done_elsewhere: Mapping[str, int]  # files that count for the cap and are not among the applications

    @property
    def candidates(self) -> list[drawing.Candidate]:
        return [
            drawing.Candidate(code, college_of(each), language_of(each)) for code, each in self.applications.items()
        ]

    @property
    def readers(self) -> list[drawing.Reader]:
        return [
            drawing.Reader(code, (desk.colleges or ("",))[0], self.room_of(code), desk.languages)
            for code, desk in self.desks.items()
        ]

    def room_of(self, code: str) -> int:
        """How many of these applications the person may have, those they have included."""
        desk = self.desks[code]
        return max(0, desk.most - self.done_elsewhere.get(code, 0)) if desk.is_reading else 0

    @property
    def lawful(self) -> set[drawing.Pair]:
        """The readings there are that may stay."""
        return {pair for pair in self.kept if pair not in self.ties}

    @property
    def loads(self) -> Counter[str]:
        return Counter(reader for _application, reader in self.kept)


def college_of(application: Application) -> str:
    """Its code; a submitted application always names one: a constraint says so."""
    return application.college.code if application.college else ""


def language_of(application: Application) -> str:
    """What a reader has to read: Spanish is for those who say so, English for everybody."""
    return application.answer_language if application.answer_language == Language.SPANISH else ""


# --- People -----------------------------------------------------------------------------------------


def people_who_read() -> QuerySet[User]:
    """Advisors, and whoever was asked to read without being one. The office decides, so it does not read."""
    advises = Q(roles__kind=Role.Kind.ADVISOR)
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    people = User.objects.filter(advises | Q(reader_profile__isnull=False), is_active=True)
    return people.exclude(pk__in=office).distinct().prefetch_related("roles__college")


def known_readers() -> QuerySet[User]:
    """Whoever reads or has read anything: also those who have left."""
    had = Q(pk__in=Assignment.objects.filter(is_interview=False).order_by().values("reader"))
    people = User.objects.filter(had | Q(pk__in=people_who_read().values("pk")))
    return people.prefetch_related("roles__college")


def desks_of(people: Iterable[User], *, former: Iterable[User] = ()) -> dict[str, Desk]:
    """By code, in the order of codes. `former`: they have readings and take no more."""
    most = int(facts.number("review.reads_max"))
    gone = {user.code: user for user in former}
    everybody = sorted([*people, *gone.values()], key=lambda user: user.code)
    profiles = {each.user_id: each for each in ReaderProfile.objects.filter(user__in=everybody)}
    colleges: dict[int, list[str]] = defaultdict(list)
    roles = Role.objects.filter(kind=Role.Kind.ADVISOR, user__in=everybody).order_by("college__code")
    for user, college in roles.values_list("user", "college__code"):
        colleges[user].append(str(college))
    return {
        user.code: _desk(user, colleges[user.pk], profiles.get(user.pk), most, is_gone=user.code in gone)
        for user in everybody
    }


def _desk(user: User, colleges: list[str], profile: ReaderProfile | None, most: int, *, is_gone: bool) -> Desk:
    own_limit = profile.reads_most if profile else None
    return Desk(
        person=user,
        colleges=tuple(colleges),
        most=most if own_limit is None else own_limit,
        reads_spanish=bool(profile and profile.reads_spanish),
        is_reading=not is_gone and (profile is None or profile.is_reading),
    )


# --- The draw ---------------------------------------------------------------------------------------


def given(cycle: Cycle) -> AssignmentQuerySet:
    """The readings of the cycle, drafts included. Who meets a student in an interview is no reader of the file."""
    return Assignment.objects.filter(application__cycle=cycle, is_interview=False)


def lacking_readers(cycle: Cycle) -> QuerySet[Application]:
    """Submitted applications of the cycle that have fewer readers than they should, drafts counted."""
    own = Assignment.objects.filter(application=OuterRef("pk"), is_interview=False).order_by()
    count = Subquery(own.values("application").annotate(count=Count("pk")).values("count"), IntegerField())
    return (
        cycle.applications.submitted()
        .annotate(readers=Coalesce(count, 0))
        .filter(readers__lt=cycle.reads_each)
        .order_by("pk")
    )


def pool_of(cycle: Cycle) -> Pool:
    submitted = cycle.applications.submitted()
    applications = {each.code: each for each in submitted.select_related("college", "student")}
    kept, elsewhere = {}, Counter[str]()
    for each in given(cycle).select_related("reader", "application", "review"):
        if each.application.code in applications:
            kept[each.application.code, each.reader.code] = each
        elif each.is_locked:
            elsewhere[each.reader.code] += 1
    reading = {user.code: user for user in people_who_read()}
    applies = set(cycle.applications.in_the_cycle().values_list("student__code", flat=True))
    former = {each.reader.code: each.reader for each in kept.values() if each.reader.code not in reading}
    former |= {code: reading.pop(code) for code in applies & reading.keys()}  # nobody scores a rival
    desks = desks_of(reading.values(), former=former.values())
    return Pool(applications, desks, ties_of(submitted, applications, desks), kept, elsewhere)


# --- Who never reads what ---------------------------------------------------------------------------


def ties_of(
    within: QuerySet[Application], applications: Mapping[str, Application], desks: Mapping[str, Desk]
) -> dict[drawing.Pair, Tie]:
    """Pairs of application and reader that must not be. `within`: a query for these applications.

    own college: any of the colleges they advise for. own: a former student's own application. declared: somebody
    said that they know each other. helped: they wrote along in it. wrote: they answered a question of the student.
    endorsed: they gave the word of the college. referee: the letter was asked of them, by address, number or name.
    named: the answers hold their name or address. meets: they hold the interview.
    """
    ties: dict[drawing.Pair, Tie] = {}
    people = {desk.person.pk: code for code, desk in desks.items()}
    for tie, pairs in (
        (Tie.MEETS, _pairs(Assignment.objects.filter(application__in=within, is_interview=True), "reader")),
        (Tie.NAMED, _named(within, desks)),
        (Tie.REFEREE, _referees(within, desks)),
        (Tie.ENDORSED, _pairs(Endorsement.objects.filter(application__in=within), "endorsed_by")),
        (Tie.WROTE, _wrote(within, people)),
        (Tie.HELPED, _pairs(HelpSession.objects.granted().filter(application__in=within), "helper")),
        (Tie.DECLARED, _pairs(ConflictOfInterest.objects.filter(application__in=within), "reader")),
    ):
        ties |= {pair: tie for pair in pairs if pair[0] in applications and pair[1] in desks}
    by_college: dict[str, list[str]] = defaultdict(list)
    for reader, desk in desks.items():
        for college in desk.colleges:
            by_college[college].append(reader)
    for code, application in applications.items():
        if application.person.code in desks:
            ties[code, application.person.code] = Tie.OWN
        ties |= {(code, reader): Tie.OWN_COLLEGE for reader in by_college.get(college_of(application), ())}
    return ties


def _pairs(rows: QuerySet, reader: str) -> Iterable[drawing.Pair]:
    return rows.values_list("application__code", f"{reader}__code")


def _wrote(within: QuerySet[Application], people: Mapping[int, str]) -> list[drawing.Pair]:
    notes = Note.objects.filter(author__in=people, thread__student__applications__in=within)
    rows = notes.values_list("thread__student__applications__code", "author").distinct()
    return [(application, people[author]) for application, author in rows]


def _addresses(desks: Mapping[str, Desk]) -> dict[str, str]:
    """Email addresses and numbers of the readers, with whose they are."""
    people = {desk.person.pk: code for code, desk in desks.items()}
    confirmed = EmailAddress.objects.filter(user__in=people, verified=True).values_list("user", "email")
    found = {email.lower(): people[user] for user, email in confirmed}
    for code, desk in desks.items():
        if desk.person.email:
            found[desk.person.email] = code
        if desk.person.phone:
            found[desk.person.phone.as_e164] = code
    return found


def _referees(within: QuerySet[Application], desks: Mapping[str, Desk]) -> list[drawing.Pair]:
    addresses, names = _addresses(desks), _Names(desks)
    rows = Recommendation.objects.filter(application__in=within).exclude(referee_email="", referee_name="")
    pairs = []
    for code, email, phone, name in rows.values_list(
        "application__code", "referee_email", "referee_phone", "referee_name"
    ):
        found = {addresses.get(email.lower()), addresses.get(to_e164(phone)) if phone else None} - {None}
        pairs += [(code, str(reader)) for reader in found | names.within(name)]
    return pairs


def _named(within: QuerySet[Application], desks: Mapping[str, Desk]) -> list[drawing.Pair]:
    addresses = {address: code for address, code in _addresses(desks).items() if "@" in address}
    names = _Names(desks)
    answers = Answer.objects.filter(application__in=within, question__kind__in=WRITTEN)
    pairs = []
    for code, value in answers.values_list("application__code", "value").iterator():
        if isinstance(value, str):
            found = names.within(value)
            if "@" in value:
                found |= {addresses[word] for word in _words_with_at(value) if word in addresses}
            pairs += [(code, reader) for reader in found]
    return pairs


def _words_with_at(text: str) -> set[str]:
    return {word.strip(".,;:()<>\"'").lower() for word in text.split() if "@" in word}


class _Names:
    """Finds full names in a text, whatever the accents and capitals. A name of one word could be anybody's."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        self.by_first: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for code, desk in desks.items():
            words = _folded(desk.person.full_name)
            if len(words) > 1:
                self.by_first[words[0]].append((words, code))

    def within(self, text: str) -> set[str]:
        words = _folded(text)
        return {
            code
            for place, word in enumerate(words)
            for name, code in self.by_first.get(word, ())
            if words[place : place + len(name)] == name
        }


def _folded(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(mark for mark in plain if not unicodedata.combining(mark)))
