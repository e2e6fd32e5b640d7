"""A letter with made-up people and days, in the office's saved words, as a real one would be printed."""

import datetime as dt
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from exchange.base.office import office
from exchange.files.documents import for_print
from exchange.wording import samples
from exchange.wording.pages import Page

FOLDER = "documents/"


def can_be_printed(page: Page) -> bool:
    """The letterhead alone is none."""
    return page.app == "letters" and page.event != "letterhead"


def sample(page: Page, language: str) -> str:
    """As HTML for print."""
    with translation.override(language):
        return for_print(page.place.templates[0].removeprefix(FOLDER), made_up())


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
        "result": "selected",
        "heading": _("You’re selected"),
        "ticket": ticket,
        "link": samples.link(),
    }
