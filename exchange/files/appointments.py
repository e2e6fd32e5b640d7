"""What a calendar shows of a booked appointment, and the response with a calendar file."""

from datetime import date, datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base.calendar import Entry


def entry_of(
    uid: str,
    *,
    sequence: int,
    summary: str,
    path: str,
    starts_at: datetime | None = None,
    day: date | None = None,
    minutes: int = 0,
    place: str = "",
    link: str = "",
    text: str = "",
) -> Entry:
    """In the active language. Neither `starts_at` nor `day`: canceled. `path`: its page. `text`: before its address."""
    host = settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    see = _("View or change it here: %(address)s") % {"address": f"{settings.SITE_URL}{path}"}
    return Entry(
        uid=f"{uid}@{host}",
        sequence=sequence,
        changed_at=timezone.now(),
        summary=summary,
        organizer=settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> "),
        starts_at=starts_at,
        minutes=minutes,
        place=place,
        link=link,
        text=f"{text}\n{see}" if text else see,
        day=day,
    )


def answer(content: bytes, name: str) -> HttpResponse:
    """The file as a download that is never cached."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response["Cache-Control"] = "no-store"
    return response
