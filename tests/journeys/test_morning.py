"""A coordinator's whole morning without a mouse: find, look, write, assign, return, keep a view, undo."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import BulkAct, Note, StaffNote
from exchange.models import SavedView
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle
from tests.journeys.test_keyboard import press_enter, tab_to

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1280, "height": 800}
LIST = reverse("applications:application-list")
WALKED = "tbody a[tabindex='-1']"  # once the script of lists is there
FOCUSED = "() => document.activeElement.textContent.trim()"


@pytest.fixture
def students(transactional_db, settings):
    settings.DEMO = False
    cycle = open_cycle()
    return [
        ApplicationFactory(cycle=cycle, submitted=True, student__full_name=f"Student {chr(65 + number)}.")
        for number in range(24)
    ]


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("es", "light")])
def test_a_whole_morning_by_keyboard(browser, live_server, students, language, scheme):
    office = UserFactory(coordinator=True, language=language)
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(office)
        page, keys = phone.page, phone.page.keyboard

        # whoever is on the phone is found from any page
        phone.go("/")
        keys.press("/")
        keys.type("student d.")
        press_enter(phone)
        assert phone.path == students[3].get_absolute_url()

        # one student beside the list, then the next, and a message to that one
        phone.go(f"{LIST}?sort=name&status=submitted")
        page.locator(WALKED).first.wait_for()
        keys.press("p")  # with the focus nowhere, the first row is meant
        page.locator("#peek h2", has_text="Student A.").wait_for()
        keys.press("j")
        page.locator("#peek h2", has_text="Student B.").wait_for()
        phone.look()
        keys.press("m")
        keys.type("Your appointment ")
        keys.press("Escape")
        assert not page.locator("#peek").is_visible()
        assert page.locator("tr[data-draft] th").inner_text() == "Student B."
        keys.press("k")
        keys.press("p")
        page.locator("#peek h2", has_text="Student A.").wait_for()
        assert page.locator("#peek-body").input_value() == ""
        keys.press("j")
        page.locator("#peek h2", has_text="Student B.").wait_for()
        page.locator("#peek [data-peek-close]").press("Enter")
        keys.press("p")
        page.locator("#peek h2", has_text="Student B.").wait_for()
        keys.press("m")
        keys.press("End")
        keys.type("is on Monday.")
        tab_to(phone, "Send" if language == "en" else "Enviar")
        keys.press("Enter")
        page.locator("#peek [role=status]:not(:empty)").wait_for()
        assert Note.objects.get().body == "Your appointment is on Monday."
        assert Note.objects.get().thread.student == students[1].student
        assert not page.locator("tr[data-draft]").count()
        keys.press("Escape")
        assert page.evaluate(FOCUSED) == "Student B."

        # three get a task
        for _ in range(3):
            keys.press("x")
            keys.press("ArrowDown")
        assert page.locator("[data-list-acts]").is_visible()
        tab_to(phone, "act=assign")
        press_enter(phone)
        tab_to(phone, "body=")
        keys.type("Check the transcript.")
        tab_to(phone, "due_on=")
        keys.type((timezone.localdate() + dt.timedelta(days=1)).strftime("%m%d%Y"))
        keys.press("Tab")  # the calendar in the field shows its own focus
        tab_to(phone, "Assign" if language == "en" else "Asignar")
        press_enter(phone)
        bulk = BulkAct.objects.get()
        assert bulk.done_at
        assert sorted(str(note.application.student) for note in StaffNote.objects.all()) == [
            "Student B.",
            "Student C.",
            "Student D.",
        ]

        # that was a mistake, noticed on the list
        phone.go(LIST)
        keys.press("z")
        page.wait_for_url("**/several/**")
        tab_to(phone, "Undo" if language == "en" else "Deshacer")
        press_enter(phone)
        assert not StaffNote.objects.exists()

        # the view is kept, and is a tab from now on
        phone.go(f"{LIST}?sort=name&status=submitted")
        tab_to(phone, "name=")  # a page that was looked at has its details open
        keys.type("Evenings")
        keys.press("Tab")
        press_enter(phone)
        assert SavedView.objects.get().query == "sort=name&status=submitted"
        assert page.locator(".ex-list-views [aria-current]").inner_text() == "Evenings"


def test_checking_a_range_a_page_and_everyone(browser, live_server, students):
    for number in range(40):
        ApplicationFactory(cycle=students[0].cycle, submitted=True, student__full_name=f"Zoe {number}")
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        page = phone.page
        phone.go(f"{LIST}?sort=name")
        acts, boxes = page.locator("[data-list-acts]"), page.locator("tbody input[name=row]")
        assert not acts.is_visible()
        boxes.nth(1).click()
        boxes.nth(4).click(modifiers=["Shift"])
        acts.locator("[data-words]", has_text="4 selected").wait_for()
        page.locator("thead input").check()
        acts.locator("[data-words]", has_text="50 selected").wait_for()

        # another page of the list, beside the acts
        assert page.locator(".ex-list-foot").bounding_box()["height"] <= 41
        phone.leave(page.locator(".ex-list-foot [rel=next]"))
        acts.locator("[data-words]", has_text="50 selected").wait_for()
        boxes.first.check()
        acts.locator("[data-words]", has_text="51 selected").wait_for()
        phone.leave(acts.locator("[value=assign]"))
        assert BulkAct.objects.get().rows.count() == 51
        page.go_back()
        acts.locator("[data-words]", has_text="51 selected").wait_for()
        acts.locator("[type=reset]").click()
        phone.leave(page.locator(".ex-list-foot [rel=prev]"))
        page.locator(WALKED).first.wait_for()
        assert not page.locator("tbody input:checked").count()

        page.locator("thead input").check()
        acts.locator("[name=all]").check()
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        phone.leave(page.locator(".ex-list-foot [rel=next]"))
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        phone.leave(acts.locator("[value=return]"))
        assert BulkAct.objects.latest("pk").rows.count() == 64
        page.go_back()
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        acts.locator("[type=reset]").click()
        acts.wait_for(state="hidden")
        assert not boxes.first.is_checked()

        # whoever comes to the list again begins anew
        boxes.first.check()
        phone.go("/")
        phone.go(f"{LIST}?sort=name")
        page.locator(WALKED).first.wait_for()
        assert not acts.is_visible()


def test_the_whole_ranked_list_is_written_to_and_a_result_stays_with_checked_rows(browser, live_server, students):
    for number in range(40):
        ApplicationFactory(cycle=students[0].cycle, submitted=True, student__full_name=f"Zoe {number}")
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        page = phone.page
        phone.go(f"{reverse('applications:selection-list')}?sort=student")
        acts, boxes = page.locator("[data-list-acts]"), page.locator("tbody input[name=applications]")
        save = acts.get_by_role("button", name="Save this result")
        boxes.first.check()
        assert save.is_enabled()
        acts.locator("[name=all]").check()
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        assert save.is_disabled() and acts.get_by_role("button", name="Compare").is_disabled()

        phone.leave(page.locator(".ex-list-foot [rel=next]"))
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        assert save.is_disabled()
        phone.look()
        phone.leave(acts.get_by_role("button", name="Assign"))
        assert BulkAct.objects.get().rows.count() == 64

        page.go_back()
        acts.locator("[data-words]", has_text="64 selected").wait_for()
        boxes.first.uncheck()
        assert save.is_enabled() and not acts.locator("[name=all]").is_checked()


def test_keys_reach_the_first_row_from_nowhere_and_are_taken_from_nothing_else(browser, live_server, students):
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        page, keys = phone.page, phone.page.keyboard
        phone.go(f"{LIST}?sort=name")
        page.reload()
        page.locator(WALKED).first.wait_for()
        keys.press("x")
        assert page.evaluate(FOCUSED) == "Student A."
        assert page.locator("tbody input:checked").count() == 1
        for key in ("ArrowDown", "j", "k", "ArrowUp"):
            page.reload()
            page.locator(WALKED).first.wait_for()
            keys.press(key)
            assert page.evaluate(FOCUSED) == "Student A."
        keys.press("j")
        page.evaluate("() => document.activeElement.blur()")
        keys.press("j")
        assert page.evaluate(FOCUSED) == "Student B.", "where one was"

        page.reload()
        page.locator(WALKED).first.wait_for()
        search = page.locator(".ex-list-bar__search input")
        search.focus()
        keys.type("xpjk")
        assert search.input_value() == "xpjk"
        assert not page.locator("#peek").is_visible()
        page.evaluate("() => document.activeElement.blur()")
        page.evaluate("() => localStorage.setItem('rubric-keys-off', 'yes')")
        keys.press("j")
        assert page.evaluate("() => document.activeElement === document.body")
