"""Who can do what, for the page of people: those with a role, those invited, roles that ended, and private links."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from exchange.base import audit
from exchange.models import GrantKind, Invitation, PastRole, User
from exchange.models.people import Role
from exchange.people.roles.granting import words_of
from exchange.people.searching import people_called
from exchange.web.worklist import Column, Columns


@dataclass(frozen=True, slots=True)
class Holders:
    """What people do without a role's row, such as reading or leading a trip. `people`: primary keys of users."""

    kind: str
    label: str | Promise
    people: Callable[[], QuerySet[Any, Any]]


_holders: list[Holders] = []


def register(holders: Holders) -> None:
    if holders.kind not in {each.kind for each in _holders}:
        _holders.append(holders)


def kinds() -> list[tuple[str, str]]:
    """For the filter."""
    known = [(kind.value, str(kind.label)) for kind in GrantKind]
    return known + [(each.kind, str(each.label)) for each in _holders if each.kind not in GrantKind.values]


ACTIVE, INVITED, ENDED, LINKS = "active", "invited", "ended", "links"
COLUMNS = {
    ACTIVE: Columns(
        Column("name", gettext_lazy("Name"), ("full_name",), cell=lambda row: str(row.person)),
        Column("does", gettext_lazy("What they can do"), cell=lambda row: "; ".join(row.does)),
        Column("email", gettext_lazy("Email"), ("email",), cell=lambda row: row.person.email),
        Column(
            "here",
            gettext_lazy("Last visit"),
            ("last_login",),
            falls=True,
            computed={},
            cell=lambda row: row.person.last_login and localdate(row.person.last_login),
        ),
        default="name",
    ),
    INVITED: Columns(
        Column("name", gettext_lazy("Name"), ("name", "email"), cell=str),
        Column("as", gettext_lazy("Invited as"), cell=lambda row: words_of(row.kind, row.college)),
        Column("email", gettext_lazy("Email"), ("email",), cell=lambda row: row.email),
        Column(
            "invited",
            gettext_lazy("Invited on"),
            ("invited_at",),
            falls=True,
            cell=lambda row: localdate(row.invited_at),
        ),
        Column("until", gettext_lazy("Works until"), ("expires_at",), cell=lambda row: localdate(row.expires_at)),
        default="-invited",
    ),
    ENDED: Columns(
        Column("name", gettext_lazy("Name"), ("user__full_name",), cell=lambda row: str(row.user)),
        Column("did", gettext_lazy("What they could do"), cell=str),
        Column("ended", gettext_lazy("Ended on"), ("ended_at",), falls=True, cell=lambda row: localdate(row.ended_at)),
        Column("by", gettext_lazy("By"), cell=lambda row: str(row.ended_by)),
        default="-ended",
    ),
    LINKS: Columns(
        Column("who", gettext_lazy("Who has it"), cell=lambda row: row.holder),
        Column("opens", gettext_lazy("What it opens"), cell=lambda row: str(row.PURPOSE.opens)),
        Column("until", gettext_lazy("Works until"), cell=lambda row: row.ends_at and localdate(row.ends_at)),
        Column("end", gettext_lazy("Where it’s ended")),
    ),
}


@dataclass(frozen=True, slots=True)
class Filters:
    q: str = ""
    kind: str = ""
    college: str = ""  # its code


@dataclass(frozen=True, slots=True)
class Row:
    person: User
    does: list[str] = field(default_factory=list)


def active(filters: Filters) -> QuerySet[User]:
    """People who may do something."""
    # few of many: found by what each has, and not by asking everyone
    ways: list[Any] = [
        Role.objects.order_by().values("user"),
        User.objects.filter(is_staff=True).order_by().values("pk"),
    ]
    ways += [each.people().order_by().values("user") for each in _holders]
    people = User.objects.filter(pk__in=ways[0].union(*ways[1:], all=True), is_active=True)
    if filters.kind:
        people = people.filter(_of_kind(filters.kind))
    if filters.college:
        people = people.filter(roles__college__code=filters.college)
    if filters.q:
        people = people_called(filters.q, among=people)
    return people.distinct()


def _of_kind(kind: str) -> Q:
    if kind == GrantKind.OWNER:
        return Q(is_staff=True)
    if kind in Role.Kind.values:
        return Q(roles__kind=kind)
    held = [Q(pk__in=each.people()) for each in _holders if each.kind == kind]
    return held[0] if held else Q(pk__in=[])


def with_duties(people: QuerySet[User]) -> QuerySet[User]:
    """With what `rows` says of each; one query more for the whole list."""
    held = {f"holds_{each.kind}": Exists(each.people().filter(user=OuterRef("pk"))) for each in _holders}
    their_roles = Role.objects.select_related("college").order_by("kind", "college__short_name")
    return people.annotate(**held).prefetch_related(Prefetch("roles", their_roles))


def rows(people: list[User]) -> list[Row]:
    """What each of these does, in words. They come from `with_duties`."""
    return [Row(person, _does(person)) for person in people]


def row_of(person: User) -> Row:
    """What this one does, in words."""
    return rows(list(with_duties(User.objects.filter(pk=person.pk))))[0]


def _does(person: User) -> list[str]:
    said = [words_of(role.kind, role.college) for role in person.roles.all()]
    if person.is_staff:
        said.append(words_of(GrantKind.OWNER))
    return said + [str(each.label) for each in _holders if getattr(person, f"holds_{each.kind}")]


def invited(user: User, filters: Filters) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted or ended; also those that have expired."""
    rows = Invitation.objects.visible_to(user).open().select_related("college", "invited_by")
    return rows.filter(_given(filters), Q(name__icontains=filters.q) | Q(email__icontains=filters.q))


def ended(user: User, filters: Filters) -> QuerySet[PastRole]:
    past = PastRole.objects.visible_to(user).filter(_given(filters), undone_at=None)
    if filters.q:
        past = past.filter(user__in=people_called(filters.q).values("pk"))
    return past.select_related("user", "college", "became__college", "ended_by")


def _given(filters: Filters) -> Q:
    found = Q()
    if filters.kind:
        found &= Q(kind=filters.kind)
    if filters.college:
        found &= Q(college__code=filters.college)
    return found


def record_download(state: str, rows: int, *, by: User) -> None:
    """A file with names and addresses leaves the portal: who took it, and how much it has."""
    with transaction.atomic():
        audit.record("people.download", by, by=by, changes={"list": state, "rows": rows})
