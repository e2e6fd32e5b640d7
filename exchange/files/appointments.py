"""Makes the calendar file of a booked appointment, and the response with it."""

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base.calendar import Entry, calendar_file


def calendar_of(
    uid: str,
    *,
    sequence: int,
    summary: str,
    path: str,
    starts_at: datetime | None,
    minutes: int = 0,
    place: str = "",
    link: str = "",
) -> bytes:
    """The .ics file, in the active language. `starts_at` None: canceled. `path`: the page to change the appointment."""
    host = settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    return calendar_file(
        Entry(
            uid=f"{uid}@{host}",
            sequence=sequence,
            changed_at=timezone.now(),
            summary=summary,
            organizer=settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> "),
            starts_at=starts_at,
            minutes=minutes,
            place=place,
            link=link,
            text=_("View or change it here: %(address)s") % {"address": f"{settings.SITE_URL}{path}"},
        )
    )


def answer(content: bytes, name: str) -> HttpResponse:
    """The file as a download that is never cached."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response["Cache-Control"] = "no-store"
    return response
