"""Keyboard only: the form and the reading page without mouse or touch."""

import pytest

from applications.apply.actions import draft
from applications.models import Review
from applications.states import Status
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory
from tests.journeys.phone import Phone, Phones
from tests.journeys.scene import open_cycle, what_marisol_writes

pytestmark = pytest.mark.browser

STOPS = 40  # more than any page here has tab stops
# what has the focus, and whether the focus can be seen: an outline around it, its label or its visible stand-in
FOCUS = """() => {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const marked = (each) => each && getComputedStyle(each).outlineStyle !== "none" && getComputedStyle(each).opacity > 0;
  const seen = [element, element.closest("label"), element.nextElementSibling].some(marked);
  return {
    name: element.name ? `${element.name}=${element.value}` : element.textContent.trim(),
    seen: seen && box.bottom > 0 && box.top < innerHeight,
    html: element.outerHTML.replace(/\\s+/g, " ").slice(0, 120),
  };
}"""


def tab_to(phone: Phone, name: str) -> None:
    """Presses Tab until something of that name has the focus. The focus must be visible at each stop."""
    for _press in range(STOPS):
        phone.page.keyboard.press("Tab")
        focus = phone.page.evaluate(FOCUS)
        if not focus["seen"]:
            phone.note(f"no visible focus on {focus['html']}")
        if focus["name"].startswith(name):
            return
    pytest.fail(f"Tab never reached {name}")


def press_enter(phone: Phone) -> None:
    with phone.page.expect_navigation():
        phone.page.keyboard.press("Enter")
    phone.look()


NAMES = """() => [...new Set([...document.querySelectorAll("main form [name]")].map((field) => field.name))]"""


def type_in(phone: Phone, name: str, value) -> None:
    """Tabs to a field and types into it."""
    keyboard = phone.page.keyboard
    fields = phone.page.locator(f'main [name="{name}"]')
    if isinstance(value, dict):
        tab_to(phone, "Choose a file")  # the file dialog belongs to the browser
        phone.fill(**{name: value})
    elif isinstance(value, list):
        for each in value:
            tab_to(phone, f"{name}={each}")
            keyboard.press("Space")
    elif fields.first.get_attribute("type") == "radio":
        tab_to(phone, f"{name}=")
        keyboard.press("Space")
        for _step in range([field.get_attribute("value") for field in fields.all()].index(value)):
            keyboard.press("ArrowDown")
    else:
        tab_to(phone, f"{name}=")
        is_list = fields.evaluate("(field) => field.localName === 'select'")
        keyboard.type(fields.locator(f'option[value="{value}"]').inner_text() if is_list else value)


@pytest.mark.core
def test_whole_form(browser, live_server, transactional_db):
    application = draft.start(open_cycle(), by=UserFactory(full_name=""))
    with Phones(browser, live_server.url, "en") as phones:
        student = phones.open(application.student)
        student.go(f"/applications/{application.code}/form/about/")
        for section, answers in what_marisol_writes("en").items():
            assert student.path.endswith(f"/form/{section}/")
            student.page.locator("main").focus()
            for name in student.page.evaluate(NAMES):
                if name in answers:
                    type_in(student, name, answers[name])
            tab_to(student, "Save and continue")
            press_enter(student)
        student.page.locator("main").focus()
        tab_to(student, "Submit application")
        press_enter(student)
        assert student.view == "applications:application-receipt"
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert [preference.city.code for preference in application.city_preferences.all()] == ["hanoi", "durango", "paris"]


def test_part_of_the_form(browser, live_server, transactional_db):
    application = draft.start(open_cycle(), by=UserFactory(full_name=""))
    with Phones(browser, live_server.url, "en") as phones:
        student = phones.open(application.student)
        keyboard = student.go(f"/applications/{application.code}/form/about/").page.keyboard
        keyboard.press("Tab")
        assert student.page.evaluate("() => document.activeElement.hash") == "#main"
        keyboard.press("Enter")  # the skip link: past the header, into the page

        tab_to(student, "full_name=")
        keyboard.type("Marisol Reyes Ortega")
        tab_to(student, "date_of_birth_month=")
        keyboard.type("Mar")
        tab_to(student, "date_of_birth_day=")
        keyboard.type("9")
        tab_to(student, "date_of_birth_year=")
        keyboard.type("2005")
        tab_to(student, "answer_language=")
        keyboard.press("ArrowDown")
        tab_to(student, "Save and continue")
        press_enter(student)

        assert student.path.endswith("/form/college/")
    answers = dict(application.answers.values_list("question__key", "value"))
    assert answers["full_name"] == "Marisol Reyes Ortega"
    assert answers["date_of_birth"] == "2005-03-09"
    assert answers["answer_language"] == "es"


@pytest.fixture
def assignment(transactional_db):
    return AssignmentFactory(application__cycle=open_cycle(), application__cycle__ready=False)


def test_readers_desk(browser, live_server, assignment):
    with Phones(browser, live_server.url, "en", size={"width": 1280, "height": 800}) as phones:
        reader = phones.open(assignment.reader)
        keyboard = reader.go(assignment.get_absolute_url()).page.keyboard
        tab_to(reader, "points_purpose=")
        keyboard.press("4")
        press_enter(reader)  # Enter saves a draft and never locks
        assert not Review.objects.get().locked_at

        tab_to(reader, "points_adapting=")
        keyboard.press("5")
        keyboard.press("3")  # the next criterion has the focus already
        tab_to(reader, "feedback=")
        keyboard.type("You found 2 ways in.")
        tab_to(reader, "comment=")
        keyboard.type("1 of the best.")
        tab_to(reader, "act=lock")
        press_enter(reader)

        assert reader.view == "applications:review-list"
    review = Review.objects.get()
    assert review.locked_at
    assert dict(review.ratings.values_list("criterion__key", "points")) == {
        "purpose": 4,
        "adapting": 5,
        "giving_back": 3,
    }
    assert (review.feedback, review.comment) == ("You found 2 ways in.", "1 of the best.")
