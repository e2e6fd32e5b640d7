"""Which steps of students' checklists are a staff member's own. Reads only."""

from django.utils import timezone

from exchange.base import roles
from exchange.base.roles import Person
from travel.models import ChecklistItem
from travel.models.checklist import ChecklistItemQuerySet, StepFields

Owner = StepFields.Owner


def owners_of(user: Person) -> tuple[str, ...]:
    """The office sees the advisors' steps too, because it helps out where a college has none."""
    return (Owner.OFFICE, Owner.ADVISOR) if roles.is_coordinator(user) else (Owner.ADVISOR,)


def due_for(user: Person, owner: str) -> ChecklistItemQuerySet:
    """Open steps of this owner whose day has come, among the students this person sees."""
    return ChecklistItem.objects.visible_to(user).of_staff((owner,)).filter(do_by__lte=timezone.localdate())
