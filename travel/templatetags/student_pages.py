"""The staff's pages about one student, as one row of links on each of them."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from applications import permissions
from applications.models import Application
from applications.states import Status
from exchange.base.roles import Person
from travel import permissions as travel
from travel.models import PassportCase, Placement
from travel.office.activity.peek import RELATED, slack_of

register = template.Library()


@register.inclusion_tag("travel/office/_student_pages.html", takes_context=True)
def student_pages(context: Context, application: Application, here: str) -> dict[str, Any]:
    """Links to the pages that this student has and this person may open; `here`: the key of the page it is on.

    Nothing for the student, or for someone who doesn't help them. One query, none if the
    application came with what `travel.office.activity.peek.RELATED` names. On the application's page also the status,
    where they go and the time left for the passport, which is one more. Use it in a page, as `contact`.
    """
    user = context["request"].user
    if not permissions.can_contact(user, application):
        return {}
    found: Application | None = application
    if not Application._meta.get_field("placement").is_cached(application):  # with RELATED, the view has both
        seen = Application.objects.visible_to(user).select_related(*RELATED)
        found = seen.filter(pk=application.pk).first()
    seat: Placement | None = getattr(found, "placement", None)
    case: PassportCase | None = getattr(found, "passport_case", None)
    is_file = here == "application"
    is_going = is_file and application.status == Status.CONFIRMED
    pages = [
        ("application", _("Application"), application.get_absolute_url()),
        ("passport", *_passport(user, application, seat, case)),
        ("trip", _("Trip"), seat.get_absolute_url() if seat and travel.can_view_placement(user, seat) else ""),
        (
            "questions",
            _("Questions"),
            f"{reverse('applications:thread-list')}?{urlencode({'q': application.code, 'show': 'all'})}",
        ),
        ("activity", _("Activity"), _activity(user, application)),
    ]
    return {
        "label": _("Pages about this student"),
        "items": [{"label": label, "href": href, "current": key == here} for key, label, href in pages if href],
        "application": application if is_file else None,
        "seat": seat if is_going else None,
        "slack": slack_of(case) if is_going else None,
    }


def _passport(
    user: Person, application: Application, seat: Placement | None, case: PassportCase | None
) -> tuple[str, str]:
    """Both are on one page; without a seat there is no checklist."""
    if case is None or not travel.can_check_passport(user, application):
        return "", ""
    if seat is None:
        return _("Passport"), reverse("travel:passport-detail", args=[application.code])
    return _("Passport and checklist"), reverse("travel:checklist-detail", args=[seat.code])


def _activity(user: Person, application: Application) -> str:
    return reverse("travel:activity", args=[application.code]) if permissions.can_open_history(user) else ""
