"""The people as whom a visitor of the demo can sign in, by email address; `seed_demo` creates them.

Family has no account and opens a link instead; the app whose links they are says where it leads.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DemoPerson(NamedTuple):
    key: str
    email: str
    role: Promise
    try_this: Promise


class DemoGuest(NamedTuple):
    """Someone who opens a link that a student gave them. `student`: that student's address."""

    student: str
    name: Promise
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
        "student-leaving",
        "shanice.dupree@example.edu",
        _("student, leaving in two weeks"),
        _(
            "Get ready for a first flight: see what’s left to do, when and where to meet, what to pack, and give"
            " family a link."
        ),
    ),
    DemoPerson(
        "student-abroad",
        "ulises.padron@example.edu",
        _("student, abroad today"),
        _(
            "First flight ever, and five days in: see what’s next, whom to call, words for a driver. It works without"
            " a signal."
        ),
    ),
    DemoPerson(
        "leader",
        "leilani.fonoti@example.edu",
        _("leader of the group that’s abroad"),
        _("Find out whether everyone is safe: one traveler hasn’t answered this morning’s roll call."),
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
FAMILY = DemoGuest(
    "consuelo.aguirre@example.edu",
    _("Consuelo’s mother"),
    _("family, at home"),
    _("See where the group is today and whom to call, in Spanish and without an account."),
)
_links: list[Callable[[str], str | None]] = []


def register_family_link(href: Callable[[str], str | None]) -> None:
    """`href`: takes the student's address, returns that of a page for family, None while there is none."""
    _links[:] = [href]


def family_link() -> str | None:
    return next((href for link in _links if (href := link(FAMILY.student))), None)
