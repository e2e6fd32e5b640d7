"""The calendar file of what somebody has booked with us, and how a browser gets it."""

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
    """In the language of the moment. `starts_at` None: called off. `path`: the page where it can be changed."""
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
            text=_("See it or change it here: %(address)s") % {"address": f"{settings.SITE_URL}{path}"},
        )
    )


def answer(content: bytes, name: str) -> HttpResponse:
    """The file as a download that no cache keeps."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response["Cache-Control"] = "no-store"
    return response
