"""Placement on a desktop (run, compare, close a trip, run again, release), and what students see on a phone.

Each page is checked as it opens (phone.py).
"""

from decimal import Decimal

import pytest

from exchange.models import Message, PartnerCity
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import FeasibleCitiesFactory, TripFactory, checklist_steps, in_days
from tests.journeys.phone import Phone, Phones
from tests.journeys.scene import open_cycle
from travel.models import Placement, PlacementRun, Trip
from travel.placement.actions import placement

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}


@pytest.fixture
def cycle(transactional_db):
    cycle = open_cycle()
    checklist_steps(cycle)
    for code, seats, smallest in (("hanoi", 1, 1), ("durango", 2, 1), ("paris", 4, 3)):
        city = PartnerCity.objects.get(code=code)
        TripFactory(cycle=cycle, city=city, seats=seats, minimum_group=smallest)
    return cycle


def confirmed(cycle, name: str, score: int, *codes: str, language: str = "en"):
    by_code = {city.code: city for city in PartnerCity.objects.all()}
    application = ApplicationFactory(
        confirmed=True,
        cycle=cycle,
        student__full_name=name,
        student__language=language,
        cities=[by_code[code] for code in codes],
        reads_locked=3,
        score_mean=Decimal(score),
    )
    FeasibleCitiesFactory(application=application)
    return application


@pytest.fixture
def people(cycle):
    return [
        confirmed(cycle, "Ana Ruiz", 9, "hanoi", "durango"),
        confirmed(cycle, "Bea Long", 8, "hanoi", "paris", "durango", language="es"),
        confirmed(cycle, "Cora Muñoz", 7, "hanoi"),
    ]


@pytest.mark.parametrize(("language", "scheme"), [pytest.param("en", "light", marks=pytest.mark.core), ("es", "dark")])
def test_the_office_runs_closes_compares_and_releases(browser, live_server, cycle, people, language, scheme):
    coordinator = UserFactory(coordinator=True, full_name="Lucía Fuentes", language=language)
    with Phones(browser, live_server.url, language, scheme, DESK) as phones:
        office = phones.open(coordinator)
        office.go(f"/trips/?cycle={cycle.code}")
        office.page.reload()  # looking at it opened what opens over the list
        office.follow('^="/placements/cycle/"')
        office.send('form[action*="/placements/run/"]', priority="score")
        assert office.view == "travel:placement-run-detail"
        draft = PlacementRun.objects.get()
        assert f"--mark {draft.inputs_hash}" in office.page.locator(".ex-proof__shell").inner_text()
        close_and_run_again(office, draft)
        release(office)
    assert {seat.application: seat.trip.city.code for seat in Placement.objects.all()} == {
        people[0]: "hanoi",
        people[1]: "durango",
    }
    told = set(Message.objects.values_list("template", "recipient"))
    assert told == {
        ("travel/placed", people[0].student_id),
        ("travel/placed", people[1].student_id),
        ("travel/not_placed", people[2].student_id),
    }


def close_and_run_again(office: Phone, draft: PlacementRun) -> None:
    """Paris has one student and needs three; the form is in a collapsed part and is reached by keyboard."""
    paris = Trip.objects.get(city__code="paris")
    field = office.page.locator(f"#reason-{paris.code}")
    field.fill("One student is no group.")
    with office.page.expect_navigation():
        field.press("Enter")
    office.look()
    assert office.view == "travel:placement-run-detail"
    again = PlacementRun.objects.exclude(pk=draft.pk).get()
    assert again.code in office.page.url
    office.follow(f'*="/beside/{draft.code}"')
    assert office.view == "travel:placement-compare"
    assert "Bea Long" in office.text()
    assert "Ana Ruiz" not in office.text()
    office.go(again.get_absolute_url())


def release(office: Phone) -> None:
    office.follow('$="/preview/"')
    assert office.view == "travel:placement-preview"
    assert "Ana Ruiz" in office.text()
    office.send('form[action$="/release/"]')
    assert PlacementRun.objects.filter(finished_at__isnull=False).count() == 1


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("es", "light")])
def test_students_see_why_on_a_phone(browser, live_server, cycle, people, language, scheme):

    boss = UserFactory(coordinator=True)
    placement.release(placement.run(cycle, by=boss), by=boss)
    for application in people:
        application.student.language = language
        application.student.save()
    with Phones(browser, live_server.url, language, scheme) as phones:
        second = phones.open(people[1].student).go(people[1].placement.get_absolute_url())
        assert "Ana" not in second.page.locator("main").inner_text()
        letter = second.pdf(f'$="/family/{language}/"')
        assert letter.trailer["/Root"]["/Lang"] == language
        second.send('form[action$="/upgrade/"]', until=in_days(30).isoformat())
        people[1].placement.refresh_from_db()
        assert people[1].placement.upgrade_until == in_days(30)
        second.leave(second.page.locator('form[action$="/upgrade/"] button'))
        people[1].placement.refresh_from_db()
        assert people[1].placement.upgrade_until is None
        third = phones.open(people[2].student).go("/journey/")
        third.follow('^="/placements/none/"')
        assert third.view == "travel:placement-none"
        shown = third.page.locator("main").inner_text()
        assert not any(name in shown for name in ("Ana", "Bea", "9.0", "7.0"))
