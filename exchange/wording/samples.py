"""Made-up values for placeholders, for previews and samples of letters."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.base.home import home
from exchange.base.office import office
from exchange.templatetags import ui
from exchange.wording.own import PLACEHOLDER

DAYS_AHEAD, SATURDAY = 30, 5  # Spanish writes this weekday with an accent: the dearest text message
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


def moment() -> dt.datetime:
    """A Saturday about a month from now, in the evening."""
    day = timezone.localdate() + dt.timedelta(days=DAYS_AHEAD)
    day += dt.timedelta(days=(SATURDAY - day.weekday()) % 7)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59)))


def filled(text: str) -> str:
    """With made-up values in place of {name}, in the active language; a name without one is shown as dots."""
    return PLACEHOLDER.sub(lambda found: of(found[1]) or "…", text)


def of(name: str) -> str:
    values = {
        "count": str(COUNT),
        "day": ui.full_day(moment()),
        "deadline": ui.deadline(moment()),
        "from_city": home().city,
        "office": office().name,
        "phone": _phone(),
        "program": home().program,
        "site_host": settings.SITE_URL.partition("://")[2],
        "when": ui.deadline(moment()),
        "city": str(NAMED["city"]),
    }
    return values.get(name) or str(NAMED.get(name, ""))


def link() -> str:
    return "/" + _("example") + "/"


def around_a_text() -> str:
    """What most text messages say besides a sentence: who writes, and a link."""
    return f"{home().program}: {settings.SITE_URL}/applications/ABCD2345/"


def _phone() -> str:
    phone = office().phone
    return str(phone.as_international) if phone else "+1 213-555-0148"
