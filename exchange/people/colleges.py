"""The advisor whom the office names for a home college."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import College, User


@transaction.atomic
def name_advisor(college: College, advisor: User | None, *, by: User) -> College:
    """Set who signs the reminders to the college's students; None: the office. Repeating it changes nothing.

    RuleViolation("not_an_advisor") if the person does not advise there.
    """
    locked = College.objects.select_for_update(of=("self",)).get(pk=college.pk)
    if locked.named_advisor == advisor:
        return locked
    if advisor and locked.pk not in roles.advisor_college_ids(advisor):
        raise RuleViolation("not_an_advisor", _("Only an advisor at that college can sign for it."))
    before, locked.named_advisor = locked.named_advisor_id, advisor
    locked.save(update_fields=["named_advisor"])
    changes = {"named_advisor": [before, advisor.pk if advisor else None]}
    audit.record("college.name_advisor", locked, by=by, changes=changes)
    return locked


@transaction.atomic
def name_advisors(named: Mapping[College, User | None], *, seen: str = "", by: User) -> None:
    """`name_advisor` for each of these colleges, all or none. RuleViolation: not_an_advisor, changed_meanwhile."""
    locked = College.objects.select_for_update(of=("self",)).filter(pk__in=[college.pk for college in named])
    there = {college.pk: college for college in locked.select_related("named_advisor").order_by("pk")}
    changed = [college for college, advisor in named.items() if there[college.pk].named_advisor != advisor]
    if changed and seen and seen != seen_of(there.values()):
        text = _("Someone else changed this while you were writing. Nothing was saved. Open it again and compare.")
        raise RuleViolation("changed_meanwhile", text)
    for college in changed:
        name_advisor(college, named[college], by=by)


def seen_of(colleges: Iterable[College]) -> str:
    """Who is named at each, to compare when the form comes back."""
    pairs = [(college.code, college.named_advisor.code if college.named_advisor else "") for college in colleges]
    return ",".join("=".join(pair) for pair in sorted(pairs))


def advisor_of(college: College | None) -> User | None:
    """The advisor whom the office named for the college, else the one who joined first; None if there is none."""
    if college is None:
        return None
    named = college.named_advisor
    if named and named.is_active:
        return named
    return User.objects.filter(roles__college=college, is_active=True).order_by("joined_at", "pk").first()
