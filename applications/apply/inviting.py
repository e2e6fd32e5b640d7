"""What inviting a student to work here would mean (`exchange.people.roles.comparing`). Their results aren't told."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from applications.states import Status
from exchange.models import GrantKind, User

WAITING = (Status.SUBMITTED, Status.RETURNED, Status.WAITLISTED, Status.SELECTED)


def of_student(person: User, kind: str) -> str:
    """Any role closes a student's pages; a reader without one keeps them, but shouldn't read whom they compete with."""
    theirs = Application.objects.real().filter(student=person)
    if kind == GrantKind.READER:
        can_be_sent = Q(status=Status.DRAFT, cycle__closes_at__gt=timezone.now())
        theirs = theirs.filter(Q(status__in=WAITING) | can_be_sent)
        text = _(
            "%(name)s is a student with an application for %(cycle)s that isn’t settled yet, and would read students "
            "they compete with. Wait until theirs is decided, or give them no files from that cycle."
        )
    else:
        text = _(
            "%(name)s is a student with an application for %(cycle)s. With this role, their pages as a student close "
            "(home, checklist, passport), and they can’t apply again. If they’re staff now, invite their work address: "
            "it makes a second account, and this one stays as it is."
        )
    newest = theirs.select_related("cycle").order_by("-cycle__closes_at", "-pk").first()
    return text % {"name": person, "cycle": newest.cycle.name} if newest else ""
