"""The committee on a desktop: list, comparison of two, a note, reserves and their cost, a proposal, the release.

Each page is checked as it opens (phone.py), and again at the width of a phone.
"""

import re
from decimal import Decimal

import pytest

from applications.models import CommitteeNote, Decision, Reserve
from applications.states import Status
from exchange.models import College
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, ReviewFactory
from tests.journeys.phone import SIZE, Phone, Phones, message_to
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PEOPLE = {"Ana Ruiz": (5, "no"), "Bea Long": (4, "no"), "Cora Muñoz": (3, "yes"), "Dee Park": (2, "no")}


@pytest.fixture
def cycle(transactional_db):
    cycle = open_cycle()
    cycle.seats = 2
    cycle.save()
    return cycle


@pytest.fixture
def people(cycle):
    """Four candidates from the highest score to the lowest; the third belongs to the group with reserved seats."""
    return [candidate(cycle, name, points, need) for name, (points, need) in PEOPLE.items()]


def candidate(cycle, name: str, points: int, need: str):
    application = ApplicationFactory(
        cycle=cycle,
        submitted=True,
        college=College.objects.get(code="lacc"),
        student__full_name=name,
        answered=True,
        answered__full_name=name,
        answered__fee_waiver=need,
        answered__first_abroad=False,
        answered__parents_education="bachelors",
    )
    ReviewFactory(assignment=AssignmentFactory(application=application), points=points, locked=True)
    return application


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), pytest.param("es", "dark", marks=pytest.mark.core)])
def test_from_the_list_to_the_release(browser, live_server, cycle, people, language, scheme):
    coordinator = UserFactory(coordinator=True, language=language)
    with Phones(browser, live_server.url, language, scheme, DESK) as phones:
        office = phones.open(coordinator)
        compare(office, cycle, people)
        keep_a_seat(office, cycle, people)
        draft_and_undo(office, cycle, people)
        release(office, cycle, people)
    message_to(people[2].student.email, "applications/decision_released")


def compare(office: Phone, cycle, people) -> None:
    """Two ticked rows, swapped with a key, and a note that appears on the page."""
    first, second = people[:2]
    office.go(f"/selection/?cycle={cycle.code}")
    narrow(office)
    office.fill(applications=[first.code, second.code])
    office.leave(office.page.locator('button[formaction*="/selection/compare/"]'))
    assert office.view == "applications:selection-compare"
    assert "csrf" not in office.page.url
    assert names_on(office) == ["Ana Ruiz", "Bea Long"]
    with office.page.expect_navigation():
        office.page.keyboard.press("x")
    assert names_on(office) == ["Bea Long", "Ana Ruiz"]
    office.page.locator("#keys_on").uncheck()
    office.page.keyboard.press("x")
    note = f'form[action="/selection/{first.code}/notes/"]'
    office.page.locator(f"{note} textarea").fill("Ask about the dates.")
    office.leave(office.page.locator(f"{note} button"))
    assert names_on(office) == ["Bea Long", "Ana Ruiz"]
    assert "Ask about the dates." in office.text()
    assert CommitteeNote.objects.get().application == first
    narrow(office)


def names_on(office: Phone) -> list[str]:
    return office.page.locator("main h2 a").all_inner_texts()


def keep_a_seat(office: Phone, cycle, people) -> None:
    """A trial shows who comes in and what it costs, and saves nothing; saving needs a reason."""
    office.follow('^="/selection/?cycle="').follow(f'="/selection/reserves/{cycle.code}/"')
    office.send('form[action$="/standard/"]')
    office.follow('$="/need/"').go(f"/selection/reserves/{cycle.code}/")
    office.fill(need=1)
    office.leave(office.page.locator("button[formmethod=get]"))
    assert "csrf" not in office.page.url
    said = office.page.locator("section:has(#change)").inner_text()
    assert [name for name in PEOPLE if name in said] == ["Bea Long", "Cora Muñoz"]
    price = office.page.locator("section:has(#change) .ex-figure-card__figure").inner_text()
    assert re.findall(r"\d+", price) == ["3"]
    assert not Reserve.objects.exists()
    narrow(office)
    keeps = "main form:has([name=reason])"
    office.send(keeps, "button:not([formmethod])")
    assert office.page.locator("[name=need]").input_value() == "1"
    assert not Reserve.objects.exists()
    office.send(keeps, "button:not([formmethod])", reason="Who has had the least chance.")
    assert Reserve.objects.get().seats == 1


def draft_and_undo(office: Phone, cycle, people) -> None:
    for is_last in (False, True):
        office.follow('^="/selection/draft/"')
        narrow(office)
        office.send(waitlist=1)
        assert office.view == "applications:selection-list"
        found = {each.application.student.full_name: each.result for each in Decision.objects.all()}
        assert found == {"Ana Ruiz": "selected", "Cora Muñoz": "selected", "Bea Long": "waitlisted"}
        if not is_last:
            office.go(f"/selection/reserves/{cycle.code}/").send('form[action$="/undo/"]')
            assert not Decision.objects.exists()


def release(office: Phone, cycle, people) -> None:
    """A dry run, a result changed after it, the difference shown, and a release of exactly what was on the screen."""
    preview = f"/selection/preview/{cycle.code}/"
    office.page.reload()  # looking at it opened what opens over the list
    office.follow(f'="{preview}"')
    office.send("main form:not([action])")
    office.go(f"/selection/{people[1].code}/decide/")
    narrow(office)
    office.send("form:has([name=result])", result="not_selected", waitlist_position="", reason="Cannot travel in June.")
    office.go(preview)
    assert "Bea Long" in office.page.locator("section:has(#differences)").inner_text()
    narrow(office)
    office.send("main form:not([action])")
    office.send('form[action^="/selection/release/"]')
    assert office.view == "applications:selection-release-detail"
    narrow(office)
    for each in people:
        each.refresh_from_db()
    told = [Status.SELECTED, Status.NOT_SELECTED, Status.SELECTED, Status.SUBMITTED]
    assert [each.status for each in people] == told
    assert people[0].score_mean == Decimal(15)


def narrow(office: Phone) -> None:
    """The same page at the width of a phone."""
    office.page.set_viewport_size(SIZE)
    office.look()
    office.page.set_viewport_size(DESK)
