"""A letter with made-up people and days, in the office's saved words, as a real one would be printed."""

import datetime as dt
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange.base.office import office
from exchange.files.documents import for_print
from exchange.wording import samples
from exchange.wording.texts import Unit

FOLDER = "documents/"


def can_be_printed(unit: Unit) -> bool:
    """The letterhead alone is none."""
    return unit.is_letter and unit.event != "letterhead"


def cases(unit: Unit) -> dict[str, str]:
    """What the letter can be about, and its heading then; the first is usual. Empty for a letter that is always one."""
    if unit.event != "result":
        return {}
    return {
        "selected": _("You’re selected"),
        "waitlisted": _("You’re on the waitlist"),
        "not_selected": _("Not this time"),
    }


def sample(unit: Unit, language: str, case: str = "") -> str:
    """As HTML for print. `case`: one of `cases`, "" for the usual one."""
    if unit.place is None:
        raise LookupError(f"{unit.name} is no letter")
    with translation.override(language):
        about = cases(unit)
        result = case or next(iter(about), "selected")
        context = made_up() | {"result": result, "heading": about.get(result, "")}
        return for_print(unit.place.templates[0].removeprefix(FOLDER), context)


def made_up() -> dict[str, Any]:
    """Values for every letter. Plain ones: no row is read, and none could be taken for a real one."""
    said = {name: str(value) for name, value in samples.NAMED.items()}
    today = timezone.localdate()
    leaves, returns = today + dt.timedelta(days=90), today + dt.timedelta(days=100)
    student = {"full_name": said["name"], "called": said["name"].partition(" ")[0]}
    city = {"name": said["city"], "country": said["country"]}
    host = {"name": said["host"], "address": said["address"]}
    trip = {"city": city, "host": host, "leaves_on": leaves, "returns_on": returns, "home_on": returns, "program": ""}
    lines = [said["title"], said["parts"]]
    ticket = {"name": student["full_name"], "program": said["cycle"], "facts": [], "stamps": [], "qr": ""}
    return {
        "is_sample": True,
        "student": student,
        "certificate": {"name": student["full_name"], "issued_at": timezone.now()},
        "placement": {"tense": "before"},
        "trip": trip,
        "cycle": {"name": said["cycle"]},
        "college": {"name": said["college"]},
        "advisor": {"full_name": said["who"], "email": said["email"]},
        "leaders": [],
        "covered": lines,
        "student_pays": lines,
        "office": office(),
        "issued_on": today,
        "written_on": today,
        "answer_by": samples.moment(),
        "strongest": said["title"],
        "feedback": [said["reason"]],
        "ticket": ticket,
        "link": samples.link(),
    }
