import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.interview.actions import interview as interview_actions
from applications.models import InterviewSlot
from exchange.templatetags.ui import deadline
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    OfferFactory,
    ReviewFactory,
    application_facts,
)
from tests.factories_meeting import InterviewSlotFactory, booked, interview_cycle
from tests.factories_travel import (
    ContactFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.abroad.actions import check_in
from travel.models import CheckIn, PassportCase

pytestmark = pytest.mark.django_db


def test_visitor_sees_the_open_cycle_and_the_cities(client):
    cycle, city = CycleFactory(), PartnerCityFactory()
    page = client.get(reverse("home")).content.decode()
    assert cycle.get_absolute_url() in page and city.name in page


def test_only_the_open_cycles_own_promises_and_cities_are_named(client):
    cycle = CycleFactory(covered_en="The flight\nA raincoat")
    cycle.cities.set([PartnerCityFactory(name_en="Quito")])
    PartnerCityFactory(name_en="Elsewhere")

    page = client.get(reverse("home")).text
    assert "<li>The flight</li>" in page and "<li>A raincoat</li>" in page
    assert ("Quito" in page, "Elsewhere" in page) == (True, False)

    cycle.delete()
    page = client.get(reverse("home")).text
    assert "Elsewhere" in page and "The city pays for" not in page and "We pay" not in page


def test_visitor_is_told_when_no_cycle_is_open(client):
    cycle = CycleFactory(closed=True)
    page = client.get(reverse("home")).content.decode()
    assert cycle.get_absolute_url() not in page and "No cycle is open right now" in page


@pytest.mark.parametrize("has_open", [True, False])
def test_visitor_sees_when_the_next_cycle_opens_and_what_to_do_until_then(client, has_open):
    upcoming = CycleFactory(upcoming=True, ready=True)
    if has_open:
        CycleFactory()
    page = client.get(reverse("home")).text
    assert upcoming.get_absolute_url() in page
    assert deadline(upcoming.opens_at) in page and "Los Angeles time" in deadline(upcoming.opens_at)
    assert reverse("applications:cycle-eligibility", args=[upcoming.code]) in page
    assert "You can’t apply yet" in page and "No cycle is open right now" not in page
    # no button that would start an application before its day
    assert (
        reverse("applications:application-start", args=[upcoming.code])
        not in client.get(upcoming.get_absolute_url()).text
    )


def test_visitor_sees_nothing_of_a_cycle_that_is_not_published(client):
    cycle = CycleFactory(upcoming=True, published_at=None)
    page = client.get(reverse("home")).text
    assert str(cycle.name) not in page and "No cycle is open right now" in page


@pytest.mark.parametrize(
    ("traits", "page"),
    [
        ({}, "journey"),
        ({"coordinator": True}, "pipeline"),
        ({"director": True}, "outcomes"),
        ({"advisor": True}, "work"),
    ],
)
def test_home_leads_each_role_to_its_own_page(client, traits, page):
    if "advisor" in traits:
        traits = {"advisor": CollegeFactory()}
    client.force_login(UserFactory(**traits))
    assert client.get(reverse("home")).headers["Location"] == reverse(f"travel:{page}")


@pytest.fixture
def advisor():
    application_facts()
    travel_facts()
    return UserFactory(advisor=CollegeFactory())


def duties(client, advisor):
    client.force_login(advisor)
    return {duty.key: duty for duty in client.get(reverse("travel:work")).context["work"]}


def test_nothing_owed_is_said_in_words(client, advisor):
    assert {duty.count for duty in duties(client, advisor).values()} == {0}
    page = client.get(reverse("travel:work"))
    assert page.context["step"] is None and "Nothing is waiting for you" in page.text


def test_the_most_urgent_duty_is_the_one_step_and_the_others_follow(client, advisor):
    AssignmentFactory(reader=advisor)
    ApplicationFactory(submitted=True, college=advisor.role_rows[0].college)
    client.force_login(advisor)
    page = client.get(reverse("travel:work"))
    assert (page.context["step"]["title"], page.context["step"]["action_label"]) == (
        "1 student to endorse",
        "Endorse them",
    )
    assert [duty.key for duty in page.context["others"]] == ["read"]
    assert "0 " not in page.text.split("<main", 1)[1].split("</main", 1)[0]  # a duty with count 0 is not listed


def test_a_leader_abroad_finds_travelers_and_the_trip_before_anything_else(client, advisor):
    """Calls to students come first on other days; they can wait while somebody of the group is missing."""
    trip = TripFactory(departed=True)
    ContactFactory(host=None, trip=trip, user=advisor, name="Ruth", phone="+1 213 555 0199")
    placement = PlacementFactory(trip=trip, travelled_at=trip.departed_at)
    kind = CheckIn.Kind.ROLL_CALL
    check_in.start([placement], kind=kind, why_en="Good morning", why_es="Buen día", by=advisor)
    AssignmentFactory(reader=advisor)
    client.force_login(advisor)

    page = client.get(reverse("travel:work"))

    assert page.context["step"]["action_href"] == reverse("travel:check-in-list")
    main = page.text.split("<main", 1)[1]
    assert main.index(reverse("travel:roster", args=[trip.code])) < main.index("application to read")


def test_every_kind_of_duty_has_a_button_that_says_what_it_opens(client, advisor):
    assert all(duty.act for duty in duties(client, advisor).values())


def test_advisor_finds_whom_to_call_among_the_own_students(client, advisor):
    college = advisor.role_rows[0].college
    for name, slack, where in (("Mine", 2, college), ("Has time", 40, college), ("Elsewhere", 1, CollegeFactory())):
        placement = PlacementFactory(application__college=where, application__student__full_name=name)
        PassportCaseFactory(placement=placement, last_safe_on=in_days(slack))
    client.force_login(advisor)
    page = client.get(reverse("travel:work"))
    assert [call.name for call in page.context["calls"].cards] == ["Mine"]
    code = PassportCase.objects.get(application__student__full_name="Mine").application.code
    client.post(reverse("travel:passport-call", args=[code]), {"agreed": "books", "next": reverse("travel:work")})
    page = client.get(reverse("travel:work"))
    assert page.context["calls"].cards == [] and "Everyone has been called today" in page.text


def test_each_duty_counts_exactly_the_rows_behind_its_link(client, advisor):
    college = advisor.role_rows[0].college
    ApplicationFactory.create_batch(2, submitted=True, college=college)
    ApplicationFactory(submitted=True, college=college, endorsed=True)
    ApplicationFactory(submitted=True)  # another college's
    AssignmentFactory(reader=advisor)
    offer = OfferFactory(silent=True, decision__application__college=college)
    OfferFactory(decision__application__college=college)  # just made
    OfferFactory(silent=True)  # another college's
    found = duties(client, advisor)
    assert {key: duty.count for key, duty in found.items()} == {
        "check_ins": 0,
        "roll_calls": 0,
        "call": 0,
        "silent": 1,
        "late": 0,
        "results": 0,
        "talks": 0,
        "no_city": 0,
        "open_lists": 0,
        "questions": 0,
        "own_scores": 0,
        "endorse": 2,
        "meet": 0,
        "read": 1,
        "steps": 0,
        "counters": 0,
    }
    silent = client.get(found["silent"].href)
    assert [row.pk for row in silent.context["page_obj"].object_list] == [offer.application.pk]


def test_an_interview_is_owed_to_the_interviewer_until_it_is_scored_or_nobody_came(client, advisor):
    interviews = [
        booked(
            InterviewSlotFactory(cycle=cycle, interviewers=[advisor, UserFactory(coordinator=True)]), application=row
        )
        for cycle in [interview_cycle()]
        for row in ApplicationFactory.create_batch(2, submitted=True, cycle=cycle)
    ]
    assert duties(client, advisor)["own_scores"].count == 0  # still in the future
    InterviewSlot.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1))
    cache.clear()

    duty = duties(client, advisor)["own_scores"]
    assert (duty.count, duty.title) == (2, "2 interviews for you to score")
    assert [row.application for row in client.get(duty.href).context["owed"]] == [row.application for row in interviews]

    ReviewFactory(assignment=interviews[0].application.assignments.get(reader=advisor), locked=True)
    cache.clear()
    assert duties(client, advisor)["own_scores"].count == 1
    interview_actions.settle(interviews[1], "missed", by=advisor)
    assert duties(client, advisor)["own_scores"].count == 0


def test_work_asks_at_most_nine_queries_for_1_and_3_students_to_call(client, advisor, django_assert_max_num_queries):
    college, counts = advisor.roles.get().college, []
    client.force_login(advisor)
    for number in (1, 2):
        for _each in range(number):
            PassportCaseFactory(placement__application__college=college, last_safe_on=in_days(3))
        cache.clear()  # factories write no event
        client.get(reverse("travel:work"))
        with django_assert_max_num_queries(9) as found:
            page = client.get(reverse("travel:work"))
        counts.append(len(found))
    assert len(page.context["calls"].cards) == 3
    assert counts[0] == counts[1]
