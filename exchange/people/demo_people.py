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
        _(
            "Continue a half-finished application: answer questions, rank the cities, ask a teacher for a letter,"
            " submit."
        ),
    ),
    DemoPerson(
        "student-selected",
        "amara.johnson@example.edu",
        _("student, selected"),
        _("Read the offer, then confirm or decline the spot."),
    ),
    DemoPerson(
        "student-placed",
        "marisol.reyes@example.edu",
        _("student with a city"),
        _("See which passport documents you need and when, and check them off."),
    ),
    DemoPerson(
        "advisor-lacc",
        "adaeze.okafor@example.edu",
        _("advisor, Los Angeles City College"),
        _("Endorse your own students, and see who’s behind on a passport."),
    ),
    DemoPerson(
        "advisor-valley",
        "daniel.park@example.edu",
        _("advisor, Los Angeles Valley College"),
        _("Read applicants from other colleges and score them, with the rubric beside each answer."),
    ),
    DemoPerson(
        "coordinator",
        "ines.calderon@example.gov",
        _("coordinator, the city’s exchange team"),
        _("See where everyone stands, choose students, preview who hears what, release decisions and place students."),
    ),
    DemoPerson(
        "director",
        "ruth.adeyemi@example.gov",
        _("director, the mayor’s office"),
        _("See the results, open the definition behind a number, take the one-page PDF with you."),
    ),
)
