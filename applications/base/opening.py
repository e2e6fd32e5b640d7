"""Says for the access log that a request shows one student's file."""

from django.http import HttpRequest

from applications.models import Application
from exchange.base.access import Opening
from exchange.models import AccessRecord
from exchange.web.access import opens

What = AccessRecord.What


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
