"""The people as whom a visitor of the demo can sign in, by email address; `seed_demo` creates them."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DemoPerson(NamedTuple):
    key: str
    email: str
    role: Promise
    try_this: Promise


DEMO_PEOPLE = (
    DemoPerson(
        "student-draft",
        "diego.fuentes@example.edu",
        _("student, writing an application"),
        _("Go on with a half-written application: answer, rank the cities, ask a teacher for a letter, send it."),
    ),
    DemoPerson(
        "student-selected",
        "amara.johnson@example.edu",
        _("student, selected"),
        _("Read the news and say yes to a place, or no."),
    ),
    DemoPerson(
        "student-placed",
        "marisol.reyes@example.edu",
        _("student with a place abroad"),
        _("Find out which passport papers you need and by which day, and tick them off."),
    ),
    DemoPerson(
        "advisor-lacc",
        "adaeze.okafor@example.edu",
        _("advisor, Los Angeles City College"),
        _("Endorse your own students, and see who is late with a passport."),
    ),
    DemoPerson(
        "advisor-valley",
        "daniel.park@example.edu",
        _("advisor, Los Angeles Valley College"),
        _("Read candidates of other colleges and score them with the rubric beside the answer."),
    ),
    DemoPerson(
        "coordinator",
        "ines.calderon@example.gov",
        _("coordinator, the city’s exchange team"),
        _("See where everyone stands, decide, look at who gets what, release, place."),
    ),
    DemoPerson(
        "director",
        "ruth.adeyemi@example.gov",
        _("director, the mayor’s office"),
        _("See what came of it, open the definition behind a number, take the one-page PDF along."),
    ),
)
