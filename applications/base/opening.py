"""Says for the access log that a request shows one student's file."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from applications.models import Appeal, Application, StaffNote, Statement, Thread
from applications.models.application import ApplicationQuerySet
from exchange.base.access import Opening
from exchange.models import AccessRecord
from exchange.web.access import opens

What = AccessRecord.What
# what few applications have: a page reads it, with each person's own scope, only if it's there
HAS = {
    "has_threads": Exists(Thread.objects.order_by().filter(student=OuterRef("student"))),
    "has_notes": Exists(StaffNote.objects.order_by().filter(application=OuterRef("pk"))),
    "has_statements": Exists(Statement.objects.order_by().filter(application=OuterRef("pk"))),
    "has_appeals": Exists(Appeal.objects.order_by().filter(application=OuterRef("pk"))),
}
_downstream: list[str] = []


def register(*related: str) -> None:
    """Register what an app downstream shows on the staff's page of an application, by the names of its relations.
    `travel` calls it in AppConfig.ready, because this app cannot import `travel`."""
    _downstream.extend(each for each in related if each not in _downstream)


def with_downstream(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """The rows with what was registered, in their own query."""
    return rows.select_related(*_downstream)


def opened(
    request: HttpRequest,
    application: Application,
    what: str,
    *,
    is_helper: bool = False,
    is_leader: bool = False,
    is_other_leader: bool = False,
) -> Application:
    """The application. No effect for a visitor's draft, which belongs to nobody yet."""
    if application.student_id:
        opening = Opening(
            *(application.student_id, application.code, application.college_id, what),
            is_helper=is_helper,
            is_leader=is_leader,
            is_other_leader=is_other_leader,
        )
        opens(request, opening)
    return application
