"""Letters of a placement as HTML for print (`exchange.background.pdfs`); one function for each."""

import io

import segno
from django.conf import settings
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from exchange.base.office import office
from exchange.files.documents import for_print
from exchange.people.colleges import named_advisor as colleges
from travel.base.ticket import letter_ticket
from travel.models import Placement


def placement_letter(placement: Placement) -> str:
    """The placement letter, in the student's language. Fetch the placement with people, trip and city."""
    application = placement.application
    with translation.override(application.person.language):
        context = {
            "placement": placement,
            "student": application.student,
            "college": application.college,
            "cycle": application.cycle,
            "trip": placement.trip,
            "covered": _lines(application.cycle.covered),
            "office": office(),
            "issued_on": timezone.localdate(),
            "ticket": letter_ticket(placement, qr_code(settings.SITE_URL + placement.get_absolute_url())),
        }
        return for_print("travel/placement/placement_letter.html", context)


def family_letter(placement: Placement, language: str) -> str:
    """What the family should know, in this language. Fetch the placement as for `placement_letter`."""
    application = placement.application
    with translation.override(language):
        context = {
            "placement": placement,
            "student": application.student,
            "college": application.college,
            "cycle": application.cycle,
            "trip": placement.trip,
            "leaders": placement.trip.leaders.all(),
            "advisor": colleges.advisor_of(application.college),
            "covered": _lines(application.cycle.covered),
            "student_pays": _lines(application.cycle.student_pays),
            "office": office(),
            "issued_on": timezone.localdate(),
        }
        return for_print("travel/placement/family_letter.html", context)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def qr_code(text: str, title: str = "") -> SafeString:
    """A QR code as inline SVG with a title, for the stub of a printed ticket and other paper."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(
        drawing,
        kind="svg",
        title=title or _("Code that opens this placement in the portal"),
        xmldecl=False,
        omitsize=True,
        border=2,
        svgclass=None,
        lineclass=None,
    )
    return mark_safe(drawing.getvalue().decode())  # noqa: S308 -- drawn by segno: the text is only its dots
