"""The input of `applications.reading.assignment`: a cycle's readers with their limits and languages, and the
applications that each must not read. Read-only.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import (
    Count,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

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
from exchange.messages.phone_numbers import to_e164
from exchange.models import Language, Role, User
from exchange.reference import facts

ROLES = Prefetch("roles", Role.objects.select_related("college").order_by("college__code"))
WRITTEN = (Question.Kind.SHORT_TEXT, Question.Kind.LONG_TEXT, Question.Kind.EMAIL)


class Tie(StrEnum):
    """Why this person must not read this application."""

    OWN_COLLEGE = "own_college"
    OWN = "own"
    DECLARED = "declared"
    HELPED = "helped"
    WROTE = "wrote"
    ENDORSED = "endorsed"
    REFEREE = "referee"
    NAMED = "named"
    MEETS = "meets"
    READ = "read"


TIES = {
    Tie.OWN_COLLEGE: gettext_lazy("They advise at the applicant’s college."),
    Tie.OWN: gettext_lazy("It’s their own application."),
    Tie.DECLARED: gettext_lazy("They said they know the student."),
    Tie.HELPED: gettext_lazy("They helped the student write it."),
    Tie.WROTE: gettext_lazy("They answered one of the student’s questions."),
    Tie.ENDORSED: gettext_lazy("They gave the college’s decision."),
    Tie.REFEREE: gettext_lazy("They were asked for a recommendation letter."),
    Tie.NAMED: gettext_lazy("The student names them in an answer."),
    Tie.MEETS: gettext_lazy("They’re interviewing the student."),
    Tie.READ: gettext_lazy("They’re one of the application’s readers."),
}


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One reader in the pool. `most`: their cap in a cycle. `is_reading`: takes new files."""

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
    """The input of a draw. `ties`: which pairs are forbidden, and why. `kept`: the existing assignments. Both by
    (application code, reader code)."""

    applications: Mapping[str, Application]
    members: Mapping[str, PoolMember]
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
            drawing.Reader(code, (member.colleges or ("",))[0], self.room_of(code), member.languages)
            for code, member in self.members.items()
        ]

    def room_of(self, code: str) -> int:
        """How many of these applications the reader may have, including those they have already."""
        member = self.members[code]
        return max(0, member.most - self.done_elsewhere.get(code, 0)) if member.is_reading else 0

    @property
    def lawful(self) -> set[drawing.Pair]:
        """The existing assignments without a tie."""
        return {pair for pair in self.kept if pair not in self.ties}

    @property
    def loads(self) -> Counter[str]:
        return Counter(reader for _application, reader in self.kept)


def college_of(application: Application) -> str:
    """The home college's code. Submitted applications always have one, by a constraint."""
    return application.college.code if application.college else ""


def language_of(application: Application) -> str:
    """The language that a reader must know: Spanish, or "" for English, which all read."""
    return application.answer_language if application.answer_language == Language.SPANISH else ""


# --- People -----------------------------------------------------------------------------------------


def _asked_to_read() -> QuerySet[Any, Any]:
    """Primary keys of advisors, and of others who were asked to read. A UNION: with OR, everyone's roles are read."""
    advise = Role.objects.order_by().filter(kind=Role.Kind.ADVISOR).values("user")
    return advise.union(ReaderProfile.objects.order_by().values("user"))


def _reads() -> Q:
    """Whether a person reads. Office staff decide, so they don't read."""
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    return Q(is_active=True, pk__in=_asked_to_read()) & ~Q(pk__in=office)


def people_who_read() -> QuerySet[User]:
    """Advisors, and others who were asked to read; not the office's staff."""
    return _with_roles(User.objects.filter(_reads()))


def known_readers() -> QuerySet[User]:
    """All who read or have ever read, including those who have left."""
    had = Q(pk__in=Assignment.objects.filter(is_interview=False).order_by().values("reader"))
    return _with_roles(User.objects.filter(had | Q(pk__in=people_who_read().values("pk"))))


LISTED = ("pk", "code", "full_name", "preferred_name", "email", "phone", "is_active")


@dataclass(frozen=True, slots=True)
class Listed:
    """A reader as the office's list shows them. `searched`: names and email. `colleges`: short names. `most`: their own
    limit. `has_left`: has readings, but no longer reads."""

    pk: int
    code: str
    name: str
    searched: str
    colleges: str
    reads_spanish: bool
    most: int | None
    is_reading: bool
    has_left: bool


def listed(had: Collection[int], only: Collection[int] | None = None) -> list[Listed]:
    """All who read, and people with one of these primary keys, who had readings. By the rule of `people_who_read`,
    from three queries that read little, because it may be hundreds. `only`: of these, whatever the rest."""
    some = Q() if only is None else Q(user__in=only)
    colleges: defaultdict[int, list[str]] = defaultdict(list)
    office = set()
    staff = Role.objects.filter(some, kind__in=(Role.Kind.ADVISOR, Role.Kind.COORDINATOR)).order_by("pk")
    for person, kind, college in staff.values_list("user", "kind", "college__short_name"):
        if kind == Role.Kind.COORDINATOR:
            office.add(person)
        else:
            colleges[person].append(college)
    set_up = ("user", "reads_spanish", "reads_most", "is_reading")
    profiles = {row[0]: row[1:] for row in ReaderProfile.objects.filter(some).order_by().values_list(*set_up)}
    asked = colleges.keys() | profiles.keys()
    rows, found = User.objects.filter(pk__in=asked | set(had) if only is None else only), []
    for pk, code, full, preferred, email, phone, is_active in rows.values_list(*LISTED):
        reads = is_active and pk in asked and pk not in office
        if reads or pk in had:
            spanish, most, is_reading = profiles.get(pk, (False, None, True))
            name = full or preferred or email or str(phone)  # as `User.__str__`
            found.append(
                Listed(
                    pk=pk,
                    code=code,
                    name=name,
                    searched=f"{name} {full} {email or ''}",
                    colleges=" ".join(colleges[pk]),
                    reads_spanish=spanish,
                    most=most,
                    is_reading=is_reading and reads,
                    has_left=not reads,
                )
            )
    return found


def _with_roles(people: QuerySet[User]) -> QuerySet[User]:
    """With what `members_of` reads of each."""
    return people.select_related("reader_profile").prefetch_related(ROLES)


def members_of(
    people: Iterable[User], *, former: Iterable[User] = (), most: int | None = None
) -> dict[str, PoolMember]:
    """Pool members by code, in the order of codes. `former`: people who have readings and take no more.

    `most`: the fact `review.reads_max`, if the caller has read it.
    """
    most = int(facts.number("review.reads_max")) if most is None else most
    gone = {user.code: user for user in former}
    everybody = sorted([*people, *gone.values()], key=lambda user: user.code)
    prefetch_related_objects(everybody, ROLES, "reader_profile")  # no query for what came with them
    return {user.code: _member(user, most, is_gone=user.code in gone) for user in everybody}


def _member(user: User, most: int, *, is_gone: bool) -> PoolMember:
    advises = [role.college for role in user.roles.all() if role.kind == Role.Kind.ADVISOR and role.college]
    profile: ReaderProfile | None = getattr(user, "reader_profile", None)
    own_limit = profile.reads_most if profile else None
    return PoolMember(
        person=user,
        colleges=tuple(sorted(college.code for college in advises)),
        most=most if own_limit is None else own_limit,
        reads_spanish=bool(profile and profile.reads_spanish),
        is_reading=not is_gone and (profile is None or profile.is_reading),
    )


# --- The draw ---------------------------------------------------------------------------------------


def given(cycle: Cycle) -> AssignmentQuerySet:
    """The cycle's assignments, drafts included. Without interviews: an interviewer is not one of the file's readers."""
    return Assignment.objects.filter(application__cycle=cycle, is_interview=False)


def lacking_readers(cycle: Cycle) -> QuerySet[Application]:
    """Submitted applications of the cycle with fewer readers than it requires. Draft assignments count."""
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
    former |= {code: reading.pop(code) for code in applies & reading.keys()}  # applicants must not score their rivals
    members = members_of(reading.values(), former=former.values())
    return Pool(applications, members, ties_of(submitted, applications, members), kept, elsewhere)


# --- Who never reads what ---------------------------------------------------------------------------


def ties_of(
    within: QuerySet[Application], applications: Mapping[str, Application], members: Mapping[str, PoolMember]
) -> dict[drawing.Pair, Tie]:
    """Forbidden pairs of application and reader, with the reason. `within`: a query for these applications.

    own_college: a college that the reader advises for. own: the reader's own application. declared: somebody said
    that they know each other. helped: the reader helped to write it. wrote: the reader answered a question from the
    student. endorsed: the reader endorsed it. referee: the reader is the referee, by email, phone number or name.
    named: the answers contain the reader's name or email. meets: the reader holds the interview.
    """
    ties: dict[drawing.Pair, Tie] = {}
    people = {member.person.pk: code for code, member in members.items()}
    for tie, pairs in (
        (Tie.MEETS, _pairs(Assignment.objects.filter(application__in=within, is_interview=True), "reader")),
        (Tie.NAMED, _named(within, members)),
        (Tie.REFEREE, _referees(within, members)),
        (Tie.ENDORSED, _pairs(Endorsement.objects.filter(application__in=within), "endorsed_by")),
        (Tie.WROTE, _wrote(within, people)),
        (Tie.HELPED, _pairs(HelpSession.objects.granted().filter(application__in=within), "helper")),
        (Tie.DECLARED, _pairs(ConflictOfInterest.objects.filter(application__in=within), "reader")),
    ):
        ties |= {pair: tie for pair in pairs if pair[0] in applications and pair[1] in members}
    by_college: dict[str, list[str]] = defaultdict(list)
    for reader, member in members.items():
        for college in member.colleges:
            by_college[college].append(reader)
    for code, application in applications.items():
        if application.person.code in members:
            ties[code, application.person.code] = Tie.OWN
        ties |= {(code, reader): Tie.OWN_COLLEGE for reader in by_college.get(college_of(application), ())}
    return ties


def _pairs(rows: QuerySet[Any], reader: str) -> Iterable[drawing.Pair]:
    return rows.values_list("application__code", f"{reader}__code")


def _wrote(within: QuerySet[Application], people: Mapping[int, str]) -> list[drawing.Pair]:
    notes = Note.objects.filter(author__in=people, thread__student__applications__in=within)
    rows = notes.values_list("thread__student__applications__code", "author").distinct()
    return [(application, people[author]) for application, author in rows]


def _addresses(members: Mapping[str, PoolMember]) -> dict[str, str]:
    """The readers' codes by their email addresses and phone numbers."""
    people = {member.person.pk: code for code, member in members.items()}
    confirmed = EmailAddress.objects.filter(user__in=people, verified=True).values_list("user", "email")
    found = {email.lower(): people[user] for user, email in confirmed}
    for code, member in members.items():
        if member.person.email:
            found[member.person.email] = code
        if member.person.phone:
            found[member.person.phone.as_e164] = code
    return found


def _referees(within: QuerySet[Application], members: Mapping[str, PoolMember]) -> list[drawing.Pair]:
    addresses, names = _addresses(members), _Names(members)
    rows = Recommendation.objects.filter(application__in=within).exclude(referee_email="", referee_name="")
    pairs = []
    for code, email, phone, name in rows.values_list(
        "application__code", "referee_email", "referee_phone", "referee_name"
    ):
        found = {addresses.get(email.lower()), addresses.get(to_e164(phone)) if phone else None} - {None}
        pairs += [(code, str(reader)) for reader in found | names.within(name)]
    return pairs


def _named(within: QuerySet[Application], members: Mapping[str, PoolMember]) -> list[drawing.Pair]:
    addresses = {address: code for address, code in _addresses(members).items() if "@" in address}
    names = _Names(members)
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
    """Finds readers' full names in a text, ignoring accents and case. Names of one word are left out, because they
    could be anybody's."""

    def __init__(self, members: Mapping[str, PoolMember]) -> None:
        self.by_first: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for code, member in members.items():
            words = _folded(member.person.full_name)
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
