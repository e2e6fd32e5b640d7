"""Made-up values for the placeholders of messages, for previews and tests that the office sends itself."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.base.home import home
from exchange.base.office import office
from exchange.templatetags import ui

DAYS_AHEAD, SATURDAY = 30, 5  # Spanish writes this weekday with an accent: the dearest text message
DATES = ("day_year", "full_day", "told_day", "short_day", "text_day", "clock", "deadline")
COUNT = 3

NAMED: dict[str, Any] = {
    "address": gettext_lazy("1 Main Street"),
    "after": gettext_lazy("Harbor College"),
    "amount": "$25.00",
    "before": gettext_lazy("Hill College"),
    "city": gettext_lazy("Sister City"),
    "code": "ABCD2345",
    "code_minutes": "10",
    "college": gettext_lazy("Harbor College"),
    "country": gettext_lazy("Portugal"),
    "cycle": gettext_lazy("Spring exchange"),
    "days": "10",
    "email": "ines.vega@example.org",
    "error": gettext_lazy("The disk is full."),
    "host": gettext_lazy("Harbor Institute"),
    "label": "ABCD2345",
    "limit": "100",
    "line": gettext_lazy("Saturday, 9:30 AM: flight XX 7"),
    "name": "Marisol Reyes",
    "note": gettext_lazy("Bring something to write with."),
    "part": gettext_lazy("Your classes"),
    "parts": gettext_lazy("Your classes"),
    "place": gettext_lazy("Student Union, room 12"),
    "question": gettext_lazy("Your classes"),
    "reader": "Omar Haddad",
    "reason": gettext_lazy("The host asked for it."),
    "reference": "PR-2027",
    "role": gettext_lazy("advisor"),
    "sent": "80",
    "student": "Marisol Reyes",
    "threshold": "11",
    "total": "6",
    "typed": gettext_lazy("twelve"),
    "title": gettext_lazy("Passport photo"),
    "was": gettext_lazy("another city"),
    "what": gettext_lazy("A passkey was added."),
    "who": "Ines Vega",
    "why": gettext_lazy("There was an earthquake."),
}
# outside passages, by the last word of the expression
AROUND: dict[str, Any] = {
    "full_name": "Ines Vega",
    "introduced": "Marisol Reyes",
    "answer": gettext_lazy("We corrected your college."),
    "get_refused_because_display": gettext_lazy("The file can’t be opened."),
    "returned_because": gettext_lazy("The date isn’t readable."),
    "quote": gettext_lazy("No one sits down to eat there, so I stood."),
    "label": gettext_lazy("Photo ID"),
}
LINKS = frozenset({"get_absolute_url", "href", "path", "link"})


def moment() -> dt.datetime:
    """A Saturday about a month from now, in the evening."""
    day = timezone.localdate() + dt.timedelta(days=DAYS_AHEAD)
    day += dt.timedelta(days=(SATURDAY - day.weekday()) % 7)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59)))


def of(name: str, expression: str) -> str:
    """A value for a placeholder, in the active language."""
    filters = expression.split("|")[1:]
    for each in filters:
        if each in DATES:
            show: Callable[[Any], str] = getattr(ui, each)
            return str(show(moment()))
    if expression.endswith(("as_national", "as_international")):
        return _phone(expression.rpartition(".")[2])
    values = {
        "count": str(COUNT),
        "day": ui.full_day(moment()),
        "deadline": ui.deadline(moment()),
        "from_city": home().city,
        "office": office().name,
        "phone": _phone("as_national"),
        "program": home().program,
        "site_host": settings.SITE_URL.partition("://")[2],
        "when": ui.deadline(moment()),
        "city": str(NAMED["city"]),
    }
    return values.get(name) or str(NAMED.get(name, ""))


def around(expression: str) -> str:
    """What the portal fills in outside a passage: links as addresses, names of the office as they are."""
    last = expression.partition("|")[0].rpartition(".")[2]
    if last == "site_url":
        return settings.SITE_URL
    if last in LINKS:
        return link() if last != "link" else settings.SITE_URL + link()
    if expression == "office.name":
        return office().name
    return of(last, expression) or str(AROUND.get(last, ""))


def outside(expression: str) -> str:
    """What a page shows outside its passages: the name of a thing, a day, and dots for all else."""
    path = expression.partition("|")[0].split(".")
    if set(expression.split("|")[1:]) & {*DATES, "until"}:
        return of("", f"{path[-1]}|day_year")
    if path[-1] == "name" and len(path) > 1 and path[-2] in NAMED:
        return str(NAMED[path[-2]])
    return str(NAMED[path[-1]]) if path[-1] in ("city", "college", "host") else "…"


def link() -> str:
    return "/" + _("example") + "/"


def _phone(form: str) -> str:
    phone = office().phone
    return str(getattr(phone, form)) if phone else "(213) 555-0148"
