"""Who is who. Each function answers one question about a person, from the roles read once per request.

student      anyone with an account; sees and changes what is their own
advisor      staff of one home college; endorses own students, reads candidates of other colleges
coordinator  the city's exchange team; runs the cycle from form to return
director     the mayor's office; sees figures, never a person
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from exchange.models import Role, User

type Person = User | AnonymousUser  # each function answers for a stranger too


def has_role(user: Person, kind: str) -> bool:
    return user.is_authenticated and user.has_role(kind)


def is_coordinator(user: Person) -> bool:
    return has_role(user, Role.Kind.COORDINATOR)


def is_director(user: Person) -> bool:
    return has_role(user, Role.Kind.DIRECTOR)


def is_advisor(user: Person) -> bool:
    return has_role(user, Role.Kind.ADVISOR)


def is_staff_role(user: Person) -> bool:
    """Anyone who works here: must have a second factor, and cannot apply."""
    return user.is_authenticated and (bool(user.role_rows) or user.is_staff)


def is_student(user: Person) -> bool:
    return user.is_authenticated and not is_staff_role(user)


def can_read(user: Person) -> bool:
    """Advisors, the office, and whoever was asked to read without a role; nobody whose role was taken away."""
    return is_advisor(user) or is_coordinator(user) or (user.is_authenticated and hasattr(user, "reader_profile"))


def advisor_college_ids(user: Person) -> set[int]:
    """Primary keys of the colleges that the person advises for; empty for everyone else."""
    if not user.is_authenticated:
        return set()
    return {role.college_id for role in user.role_rows if role.kind == Role.Kind.ADVISOR and role.college_id}


def visible_by_application[Rows: QuerySet](rows: Rows, user: Person) -> Rows:
    """Of rows with an `application`: own and own colleges'; for a coordinator all. Names no app: only that field."""
    if is_coordinator(user):
        return rows
    if not user.is_authenticated:
        return rows.none()
    return rows.filter(Q(application__student=user) | Q(application__college__in=advisor_college_ids(user)))


def coordinators() -> QuerySet[User]:
    """Everybody at the city's office, to be told what waits there."""
    return User.objects.filter(roles__kind=Role.Kind.COORDINATOR, is_active=True).distinct()


def advisors_at(college_id: int | None) -> QuerySet[User]:
    """The advisors of one home college, by name."""
    at_home = User.objects.filter(is_active=True, roles__kind=Role.Kind.ADVISOR, roles__college=college_id)
    return at_home.distinct().order_by("full_name", "pk")


def colleges_with_an_advisor() -> QuerySet[Role, int | None]:
    """Primary keys of the colleges where somebody can be asked."""
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True, college__isnull=False)
    return advisors.values_list("college", flat=True)


def navigation(user: Person) -> list[tuple[str, str]]:
    """(URL name, label) of the pages in the person's head bar, in order; names only, no app is imported."""
    if is_coordinator(user):
        return [
            ("travel:pipeline", _("Pipeline")),
            ("applications:application-list", _("Applications")),
            ("applications:selection-list", _("Selection")),
            ("travel:trip-list", _("Trips")),
            ("travel:checklist-list", _("Passports")),
            ("travel:reflection-list", _("Reflections")),
            ("travel:outcomes", _("Outcomes")),
            ("applications:cycle-setup-list", pgettext("section", "Set up")),
            ("applications:thread-list", _("Questions")),
        ]
    if is_advisor(user):
        return [
            ("travel:work", _("Today")),
            ("applications:endorsement-list", _("My students")),
            ("applications:review-list", _("Reading")),
            ("travel:checklist-list", _("Passports")),
            ("applications:thread-list", _("Questions")),
            ("applications:help-begin", _("Help a student")),
        ]
    if is_director(user):
        return [("travel:outcomes", _("Outcomes"))]
    return []
