"""Two dozen people, each from the first question to the correct route, papers and dates.

The city asks for an electronic visa of 14 days and a passport that is valid for six months after arrival; the trip
leaves in 300 days. With a buffer of 14 days the passport is in hand 28 days before departure. Routine service takes 70
days: apply 98 days before. A counter has a wait of 21 days: papers together 119 days before. A certificate takes 28
days: ordered 147 days before. The last safe days are those of the fastest service, 37 days: 33 days later each.
"""

import re
from dataclasses import dataclass, field

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.factories import UserFactory
from tests.factories_travel import (
    EntryRuleFactory,
    PlacementFactory,
    TripFactory,
    born_on,
    checklist_steps,
    in_days,
    travel_facts,
)
from tests.travel.asking import walk
from travel.models import FeasibleCities, PassportCase, TravelAnswers
from travel.passport.case import guidance
from travel.passport.way.answers import add_months
from travel.passport.way.route import answers_from_json
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Route = PassportCase.Route

COUNTER = ("copies", "form-ds11", "photo-print")
IN_US = {"born": "in_us", "papers": ["certified"]}
LICENSE = {"photo_id": "california"}
BOOK = {"where": "here", "kind": "full", "name": "same", "printed_wrong": "no"}
TEEN, ADULT, OLDER = 17, 21, 30


@dataclass(frozen=True)
class Person:
    """`days`: (do by, last safe day) of the next step, in days before departure. `years`: the age."""

    answers: dict
    route: str
    papers: tuple[str, ...] = ()
    days: tuple[int, int] = (119, 86)
    next: str = "Book your passport appointment"
    years: int = ADULT
    more: dict = field(default_factory=dict)


PEOPLE = {
    "first adult": Person(
        {"travel_on": "us_need", "had_passport": "no", **IN_US, "name": "same", **LICENSE},
        Route.DS11,
        ("birth-certificate", "photo-id", *COUNTER),
        more={"is_first_passport": True, "needs_certificate": False},
    ),
    "16 to 17": Person(
        {
            "travel_on": "us_need",
            "had_passport": "no",
            **IN_US,
            "name": "same",
            "photo_id": "student_only",
        },
        Route.DS11,
        ("birth-certificate", "photo-id-missing", "parent-knows", *COUNTER),
        years=TEEN,
        more={"is_first_passport": True},
    ),
    "child passport grown old": Person(
        {
            "travel_on": "us_have",
            **BOOK,
            "expires_on": "ended",
            "issued_on": ("ended", 5),
            **LICENSE,
        },
        Route.DS11,
        ("old-passport-as-proof", "photo-id", *COUNTER),
        more={"is_first_passport": False, "needs_certificate": False},
    ),
    "child passport grown old, no license": Person(
        {
            "travel_on": "us_have",
            **BOOK,
            "expires_on": "ended",
            "issued_on": ("ended", 5),
            "photo_id": "student_only",
        },
        Route.DS11,
        ("old-passport-as-proof", "old-passport-as-id", *COUNTER),
    ),
    "lost birth certificate": Person(
        {
            "travel_on": "us_need",
            "had_passport": "no",
            "born": "in_us",
            "papers": ["souvenir"],
            "name": "same",
            **LICENSE,
        },
        Route.DS11,
        ("order-birth-certificate", "hospital-souvenir", "photo-id", *COUNTER),
        days=(147, 114),
        next="Order your birth certificate",
        more={"needs_certificate": True},
    ),
    "naturalized": Person(
        {
            "travel_on": "us_need",
            "had_passport": "no",
            "born": "naturalized",
            "papers": ["naturalization"],
            "name": "same",
            **LICENSE,
        },
        Route.DS11,
        ("naturalization-certificate", "photo-id", *COUNTER),
        more={"is_first_passport": True, "needs_certificate": False},
    ),
    "naturalized, no license": Person(
        {
            "travel_on": "us_need",
            "had_passport": "no",
            "born": "naturalized",
            "papers": ["naturalization"],
            "name": "same",
            "photo_id": "none",
        },
        Route.DS11,
        ("naturalization-certificate", "naturalization-as-id", *COUNTER),
    ),
    "name changed": Person(
        {
            "travel_on": "us_have",
            "where": "here",
            "kind": "full",
            "expires_on": "new",
            "name": "changed_with_paper",
            "printed_wrong": "no",
            "ticket_name": "new_name",
            "issued_on": ("new", 10),
        },
        Route.DS5504,
        ("old-passport", "name-change", "form-by-mail", "photo-print"),
        days=(98, 65),
        next="Mail your passport form",
    ),
    "lost passport": Person(
        {
            "travel_on": "us_need",
            "had_passport": "yes",
            "where": "lost",
            **IN_US,
            "name": "same",
            **LICENSE,
        },
        Route.LOST,
        ("report-lost", "birth-certificate", "photo-id", *COUNTER),
        next="Report your lost passport, then book an appointment",
    ),
    "says at once that it was stolen": Person(
        {"travel_on": "us_lost", **IN_US, "name": "same", **LICENSE},
        Route.LOST,
        ("report-lost", "birth-certificate", "photo-id", *COUNTER),
        next="Report your lost passport, then book an appointment",
        more={"is_first_passport": False},
    ),
    "reported lost, then found": Person(
        {"travel_on": "us_have", "where": "found", **IN_US, "name": "same", **LICENSE},
        Route.DS11,
        ("found-passport", "birth-certificate", "photo-id", *COUNTER),
    ),
    "born in Puerto Rico, old certificate": Person(
        {
            "travel_on": "us_need",
            "had_passport": "no",
            "born": "in_us",
            "papers": ["puerto_rico_old"],
            "name": "same",
            **LICENSE,
        },
        Route.DS11,
        ("order-birth-certificate", "puerto-rico-certificate", "photo-id", *COUNTER),
        days=(147, 114),
        next="Order your birth certificate",
        more={"needs_certificate": True},
    ),
    "certificate filed late": Person(
        {"travel_on": "us_need", "had_passport": "no", "born": "in_us", "papers": ["late"]},
        Route.TALK,
        ("talk-late-certificate",),
        next="Talk with your advisor",
    ),
    "gender marker": Person(
        {"travel_on": "us_have", **BOOK, "printed_wrong": "talk", "expires_on": "long"},
        Route.TALK,
        ("talk-gender-marker",),
        next="Talk with your advisor",
    ),
    "passport card only": Person(
        {
            "travel_on": "us_have",
            **BOOK,
            "kind": "card",
            "issued_on": 700,
            "issued_as_adult": "yes",
        },
        Route.DS82,
        ("passport-card", "form-by-mail", "photo-print"),
        days=(98, 65),
        next="Mail your passport form",
    ),
    "limited book, ended": Person(
        {
            "travel_on": "us_have",
            **BOOK,
            "kind": "limited",
            "expires_on": "lately",
            "earlier_book": "no",
            **IN_US,
            **LICENSE,
        },
        Route.DS11,
        ("old-passport-too", "birth-certificate", "photo-id", *COUNTER),
    ),
    "married, without the certificate": Person(
        {"travel_on": "us_have", **BOOK, "name": "changed_without_paper", "expires_on": "long"}
        | {"ticket_name": "new_name", **LICENSE},
        Route.DS11,
        ("old-passport-as-proof", "order-name-change", "photo-id", *COUNTER),
    ),
    "permanent resident": Person(
        {"travel_on": "other_country"}, Route.TALK, ("other-passport",), next="Talk with your advisor"
    ),
    "refugee travel document": Person(
        {"travel_on": "other_document"}, Route.TALK, ("other-document",), next="Talk with your advisor"
    ),
    "would rather talk": Person({"travel_on": "rather_talk"}, Route.TALK, next="Talk with your advisor"),
    "renewal": Person(
        {
            "travel_on": "us_have",
            **BOOK,
            "expires_on": "soon",
            "issued_on": ("soon", 10),
        },
        Route.ONLINE,
        ("renew-online", "photo-file"),
        days=(98, 65),
        next="Renew your passport on the official site",
        years=OLDER,
        more={"needs_certificate": False},
    ),
    "already valid": Person(
        {"travel_on": "us_have", **BOOK, "expires_on": "long", "signed": "yes"},
        Route.VALID,
        days=(28, 14),
        next="Show your passport to your advisor",
    ),
    "already valid, not signed": Person(
        {"travel_on": "us_have", **BOOK, "expires_on": "long", "signed": "no"},
        Route.VALID,
        days=(28, 14),
        next="Sign your passport",
    ),
    **{
        f"valid with an old name, {name}": Person(
            {"travel_on": "us_have", **BOOK, "name": name, "expires_on": "long"}
            | {"ticket_name": "old_name", "signed": "yes"},
            Route.VALID,
            ("ticket-in-old-name",),
            days=(28, 14),
            next="Show your passport to your advisor",
        )
        for name in ("changed_with_paper", "changed_without_paper")
    },
}
# needed until six months after arrival. "ended": a child's book, made six years ago; "new": made last month
DAYS = {"soon": 330, "long": 365 * 8, "ended": -400, "lately": -60, "new": 365 * 10 - 30}


@pytest.fixture
def reference():
    """The papers as they ship with the portal; the facts above are the tests' own, with the same values."""
    call_command("load_reference", verbosity=0)


@pytest.fixture
def placement():
    travel_facts()
    trip = TripFactory(leaves_in=300, city__country_code="IS")  # a country for which no rule ships
    EntryRuleFactory(city=trip.city)
    checklist_steps(trip.cycle)
    placement = PlacementFactory(trip=trip)
    checklist.open_for(placement, by=placement.placed_by)
    return placement


def told(person):
    """The person's answers, with days turned into dates; a day of issue is (when it ends, for how many years)."""
    said = dict(person.answers)
    if "expires_on" in said:
        said["expires_on"] = in_days(DAYS[said["expires_on"]]).isoformat()
    if isinstance(said.get("issued_on"), tuple):
        ends, years = said["issued_on"]
        said["issued_on"] = add_months(in_days(DAYS[ends] + 1), -12 * years).isoformat()
    elif "issued_on" in said:
        said["issued_on"] = in_days(-said["issued_on"]).isoformat()
    return said


@pytest.mark.parametrize("who", PEOPLE)
def test_each_person_comes_to_the_right_way_papers_and_dates_which_the_office_cannot_tell(
    who, placement, sign_in, reference
):
    person, application = PEOPLE[who], placement.application
    client = sign_in(application.student)
    born_on(application, in_days(-round(365.25 * (person.years + 0.5))).isoformat())
    page = reverse("travel:passport-detail", kwargs={"code": application.code})

    response = walk(client, application, told(person))

    assert response["Location"] == page
    case = PassportCase.objects.get(application=application)
    assert case.route == person.route
    for name, value in person.more.items():
        assert getattr(case, name) == value, name
    answers = TravelAnswers.objects.get(application=application)
    assert guidance.paper_keys(case, answers_from_json(answers.answers)) == person.papers
    assert FeasibleCities.objects.filter(application=application).exists() == (person.route != Route.TALK)

    shown = client.get(page)
    step = shown.context["step"]
    assert step.title == person.next
    assert [row.key for row in shown.context["advice"]["paper"]] == list(person.papers)
    if person.route != Route.TALK:
        leaves_on = placement.trip.leaves_on
        assert ((leaves_on - step.do_by).days, (leaves_on - step.last_safe_on).days) == person.days
    the_office_reads_nothing_of_it(placement, sign_in(UserFactory(coordinator=True)))


def the_office_reads_nothing_of_it(placement, office):
    """Stage, dates and slack: nothing on the office's page distinguishes one route from another."""
    page = office.get(reverse("travel:checklist-detail", kwargs={"code": placement.code})).text
    body = page.split("<main")[1].split("<footer")[0].replace(placement.code, "")  # a code can hold any word
    body = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", body).lower()
    for stage in PassportStage:  # the stage itself is no secret
        body = body.replace(str(stage.label), "")
    for word in ("ds-", "naturali", "abroad", "certificate", "document", "talk", "lost", "renew", "why"):
        assert word not in body, word
