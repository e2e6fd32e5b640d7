"""The four roles. Each function answers one question about a person, from the roles that are read once per request.

student      anyone with an account and no role; sees and changes only what is their own
advisor      staff of one home college; endorses its students, reads applicants of other colleges
coordinator  the city's exchange team; runs a cycle from setup to return
director     the mayor's office; sees figures, never a person

Beside them stands the technical owner (`is_staff`), who looks after the portal itself.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from exchange.models import GrantKind, Role, User
from exchange.models.invitation import OF_COORDINATORS

type Person = User | AnonymousUser  # every function also takes a visitor who is not signed in


def has_role(user: Person, kind: str) -> bool:
    return user.is_authenticated and user.has_role(kind)


def is_coordinator(user: Person) -> bool:
    return has_role(user, Role.Kind.COORDINATOR)


def is_director(user: Person) -> bool:
    return has_role(user, Role.Kind.DIRECTOR)


def is_advisor(user: Person) -> bool:
    return has_role(user, Role.Kind.ADVISOR)


def is_staff_role(user: Person) -> bool:
    """Anyone with a role or access to the admin: needs a second factor and cannot apply."""
    return user.is_authenticated and (bool(user.role_rows) or user.is_staff)


def handles_records(user: Person) -> bool:
    """Staff, and readers without a role: whoever opens students' files needs a second factor. May cost a query."""
    return is_staff_role(user) or is_guest_reader(user)


def is_guest_reader(user: Person) -> bool:
    """Somebody without a role whom the office asked to read, such as a former traveler."""
    return user.is_authenticated and not user.role_rows and hasattr(user, "reader_profile")


def is_student(user: Person) -> bool:
    return user.is_authenticated and not is_staff_role(user)


def is_owner(user: Person) -> bool:
    """The technical owner: opens the raw admin, and gives the roles of the office. Reads no student's file for that."""
    return user.is_authenticated and user.is_staff


def looks_after_accounts(user: Person) -> bool:
    """Whether the person sees what happened in people's accounts: the office, and the technical owner."""
    return is_coordinator(user) or is_owner(user)


def finds_people(user: Person) -> bool:
    """Whether the person has the search of the header: the office, advisors, and the technical owner."""
    return is_advisor(user) or looks_after_accounts(user)


def grantable_by(user: Person) -> list[GrantKind]:
    """What the person may give to others and end, in order (docs/adr/0006).

    A coordinator can't make another: a reset of an account takes two, and one alone could then be both.
    """
    if is_owner(user):
        return list(GrantKind)
    return [kind for kind in GrantKind if kind in OF_COORDINATORS] if is_coordinator(user) else []


def can_read(user: Person) -> bool:
    """Whether the person may read applications: advisors, the office, and readers without a role who have a profile."""
    return is_advisor(user) or is_coordinator(user) or (user.is_authenticated and hasattr(user, "reader_profile"))


def advisor_college_ids(user: Person) -> set[int]:
    """Primary keys of the colleges that the person advises for; empty for everyone else."""
    if not user.is_authenticated:
        return set()
    return {role.college_id for role in user.role_rows if role.kind == Role.Kind.ADVISOR and role.college_id}


def visible_by_application[Rows: QuerySet[Any]](rows: Rows, user: Person) -> Rows:
    """For a model with an `application` field: a person's own rows, an advisor's colleges', all for a coordinator."""
    if is_coordinator(user):
        return rows
    if not user.is_authenticated:
        return rows.none()
    return rows.filter(Q(application__student=user) | Q(application__college__in=advisor_college_ids(user)))


def coordinators() -> QuerySet[User]:
    """Everyone at the city's office, as receivers of notices."""
    return User.objects.filter(roles__kind=Role.Kind.COORDINATOR, is_active=True).distinct()


def coordinators_and_owners() -> QuerySet[User]:
    """Everyone who is a coordinator or the technical owner: told of whoever becomes one."""
    one_of_them = Q(roles__kind=Role.Kind.COORDINATOR) | Q(is_staff=True)
    return User.objects.filter(one_of_them, is_active=True).distinct()


def coordinators_owners_and_directors() -> QuerySet[User]:
    """Everyone who hears of what takes two people, and can object (`exchange.people.second.second`)."""
    one_of_them = Q(roles__kind__in=(Role.Kind.COORDINATOR, Role.Kind.DIRECTOR)) | Q(is_staff=True)
    return User.objects.filter(one_of_them, is_active=True).distinct()


def advisors_at(college_id: int | None) -> QuerySet[User]:
    """The advisors of one home college, by name."""
    at_home = User.objects.filter(is_active=True, roles__kind=Role.Kind.ADVISOR, roles__college=college_id)
    return at_home.distinct().order_by("full_name", "pk")


def staff_for(college_id: int | None) -> QuerySet[User]:
    """Whom a student of this college may have talked with: the office, and the college's advisors; by name."""
    of_office, of_college = Q(roles__kind=Role.Kind.COORDINATOR), Q(roles__kind=Role.Kind.ADVISOR)
    people = User.objects.filter(of_office | (of_college & Q(roles__college=college_id)), is_active=True)
    return people.distinct().order_by("full_name", "pk")


def colleges_with_an_advisor() -> QuerySet[Role, int | None]:
    """Primary keys of the colleges that have an active advisor."""
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True, college__isnull=False)
    return advisors.values_list("college", flat=True)
