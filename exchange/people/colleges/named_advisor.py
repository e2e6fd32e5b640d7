"""The advisor whom the office names for a home college."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import College, Role, User


@transaction.atomic
def name_advisor(college: College, advisor: User | None, *, by: User) -> College:
    """Set who signs the reminders to the college's students; None: the office. Repeating it changes nothing.

    RuleViolation("not_an_advisor") if the person does not advise there.
    """
    locked = College.objects.select_for_update(of=("self",)).get(pk=college.pk)
    if locked.named_advisor == advisor:
        return locked
    check_advises(advisor, locked)
    before, locked.named_advisor = locked.named_advisor_id, advisor
    locked.save(update_fields=["named_advisor"])
    changes = {"named_advisor": [before, advisor.pk if advisor else None]}
    audit.record("college.name_advisor", locked, by=by, changes=changes)
    return locked


def advisors_at(college: College) -> QuerySet[User]:
    """Whom the office can choose from."""
    return User.objects.filter(roles__kind=Role.Kind.ADVISOR, roles__college=college, is_active=True).order_by(
        "full_name"
    )


def check_advises(advisor: User | None, college: College) -> None:
    """RuleViolation("not_an_advisor") if the person doesn't advise there."""
    if advisor and college.pk not in roles.advisor_college_ids(advisor):
        raise RuleViolation("not_an_advisor", _("Only an advisor at that college can sign for it."))


def advisor_of(college: College | None) -> User | None:
    """The advisor whom the office named for the college, else the one who joined first; None if there is none."""
    if college is None:
        return None
    named = college.named_advisor
    if named and named.is_active:
        return named
    return User.objects.filter(roles__college=college, is_active=True).order_by("joined_at", "pk").first()
