"""Lists of staff on a laptop: twenty rows, sorted by their heads, walked by arrow keys, and checked by axe."""

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import GroupMessage, Interest, InterestSource, Thread
from exchange.background import jobs
from exchange.models import IncomingText, Message, PartnerCity
from tests.exchange.messages.test_messages import waiting
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, ReviewFactory, application_facts
from tests.factories_travel import PlacementFactory, TripFactory, checklist_steps, travel_facts
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle
from tests.travel.placement.moves import seated

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1280, "height": 800}
LIST = reverse("applications:application-list")
GROUPS = reverse("travel:group-message-list")
# rows that are wholly above what stays at the lower edge
WHOLE_ROWS = """() => {
  const floor = document.querySelector(".ex-list-foot").getBoundingClientRect().top;
  const rows = [...document.querySelectorAll("tbody tr")];
  return rows.filter((row) => row.getBoundingClientRect().bottom <= floor + 1).length;
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
# of the heads that are shown, how far the last one goes beyond the table's frame
CUT_OFF = """() => {
  const heads = [...document.querySelectorAll("thead th")].filter((head) => head.offsetWidth);
  const frame = document.querySelector(".ex-table-wrap").getBoundingClientRect();
  return heads.at(-1).getBoundingClientRect().right - frame.right;
}"""
FOCUSED = "() => document.activeElement.textContent.trim()"
STOPS = "() => [...document.querySelectorAll('tbody a')].filter((link) => link.tabIndex === 0).length"


@pytest.fixture
def students(transactional_db, settings):
    settings.DEMO = False  # its bar takes a row
    cycle = open_cycle()
    return [
        ApplicationFactory(cycle=cycle, submitted=True, student__full_name=f"Student {chr(65 + number)}.")
        for number in range(24)
    ]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_twenty_rows_walked_by_arrow_keys(browser, live_server, students, settings, language, scheme):
    office = UserFactory(coordinator=True, language=language)
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(office)
        phone.go(f"{LIST}?sort=-name")
        page, keys = phone.page, phone.page.keyboard
        settings.DEMO = True
        page.reload()
        assert page.locator(".ex-demo-bar").is_visible()
        assert page.evaluate(WHOLE_ROWS) >= 20, "with the demo's bar"
        settings.DEMO = False
        page.reload()

        phone.leave(page.locator("th[aria-sort] a"))
        assert page.locator("tbody th").first.inner_text() == "Student A."
        assert page.evaluate(STOPS) == 1

        page.locator(".ex-list-bar__search input").focus()
        keys.press("ArrowDown")
        assert page.evaluate(FOCUSED) == "Student A."
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        keys.press("ArrowUp")
        assert page.evaluate(FOCUSED) == "Student B."
        keys.press("End")
        assert page.evaluate(FOCUSED) == "Student X."
        assert page.evaluate(STOPS) == 1
        with page.expect_navigation():
            keys.press("Enter")
        phone.look()
        assert phone.path == students[-1].get_absolute_url()

        phone.go(f"{LIST}?q=student+c&status=submitted")
        page.reload()  # a page that was looked at has its details open, over the rows
        page.locator("tbody tr td").nth(2).click()  # the whole row opens, beside the list
        page.locator("#peek h2").wait_for()
        assert page.locator("#peek h2").inner_text() == "Student C."
        assert phone.path == LIST
        page.locator("#peek [data-peek-close]").click()
        assert not page.locator("#peek").is_visible()
        page.locator("tbody tr td").nth(2).click()
        page.locator("#peek h2").wait_for()
        phone.look()
        page.set_viewport_size({"width": 360, "height": 740})
        phone.go(f"{LIST}?q=student+c&status=submitted")


@pytest.fixture
def travelers(transactional_db, settings):
    settings.DEMO = False
    cycle = open_cycle()
    checklist_steps(cycle)
    hanoi, paris = (
        TripFactory(cycle=cycle, seats=30, city=PartnerCity.objects.get(code=code)) for code in ("hanoi", "paris")
    )
    return [seated(hanoi, paris, f"Student {chr(65 + number)}.") for number in range(24)]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_twenty_passports_with_the_demos_bar_and_no_column_is_cut_beside_the_panel(
    browser, live_server, travelers, settings, language, scheme
):
    settings.DEMO = True
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True, language=language))
        page = phone.page
        phone.go(reverse("travel:checklist-list"))
        page.reload()
        assert page.locator(".ex-demo-bar").is_visible()
        assert page.evaluate(WHOLE_ROWS) >= 20
        assert page.evaluate(OVERFLOW) <= 0

        page.locator("tbody tr td").nth(2).click()
        page.locator("#peek h2").wait_for()
        assert page.evaluate(CUT_OFF) <= 0
        phone.look()


def test_without_script_every_row_is_a_stop(browser, live_server, students):
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True), script=False)
        phone.go(LIST)
        assert phone.page.evaluate(STOPS) == len(students)
        assert not phone.page.locator(".ex-list-foot__keys").is_visible()


def test_a_student_is_found_from_any_page_with_one_key(browser, live_server, students):
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        phone.go(reverse("account-detail"))
        keys = phone.page.keyboard
        keys.press("/")
        keys.type("student c.")
        with phone.page.expect_navigation():
            keys.press("Enter")
        phone.look()
        assert phone.path == students[2].get_absolute_url()

        keys.press("/")
        keys.type("student")
        with phone.page.expect_navigation():
            keys.press("Enter")
        phone.look()
        phone.page.locator("[data-single-keys]").uncheck()
        phone.page.locator("tbody a").first.focus()
        keys.press("/")
        assert phone.page.evaluate("() => document.activeElement.localName") == "a"
        phone.go(reverse("travel:find"))
        assert not phone.page.locator("[data-single-keys]").is_checked()


def test_the_way_back_to_a_list_keeps_its_filters(browser, live_server, students):
    with Phones(browser, live_server.url, "en", size=LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        phone.go(f"{LIST}?q=student+c.&sort=-name")
        phone.leave(phone.page.locator("tbody th a").first)
        phone.leave(phone.page.locator("a.ex-back-link").first)
        assert phone.page.url.endswith(f"{LIST}?q=student+c.&sort=-name")


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("es", "light")])
def test_the_ranked_list_has_twenty_rows_and_its_acts_where_rows_are_checked(
    browser, live_server, students, settings, monkeypatch, language, scheme
):
    students[0].cycle.reads_each = 3
    students[0].cycle.save()
    ReviewFactory(assignment__application=students[0], locked=True)
    for place, each in enumerate(students):
        type(each).objects.filter(pk=each.pk).update(
            score_mean=20 - place / 4, score_median=20 - place / 4, score_spread=1, reads_locked=1
        )
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True, language=language))
        page = phone.page
        settings.DEMO = True
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "publish", lambda job: None)  # no worker compares the scores, so they're waited for
            phone.go(reverse("applications:selection-list"))
            page.reload()
            assert page.locator(".ex-demo-bar").is_visible()
            assert page.locator(".ex-list__notices .ex-notice").count() == 2
            assert page.evaluate(WHOLE_ROWS) >= 20, "with both notices and the demo's bar"
        settings.DEMO = False
        page.reload()
        assert page.evaluate(OVERFLOW) <= 0
        page.locator("tbody a[tabindex='-1']").first.wait_for()
        page.keyboard.press("x")  # with the focus nowhere
        page.keyboard.press("p")
        page.locator("#peek h2", has_text="Student A.").wait_for()
        assert page.evaluate(CUT_OFF) <= 0
        phone.look()
        page.locator("#list-acts [name=reason]").fill("The committee agreed.")
        phone.leave(page.locator("#list-acts button").first)
        assert students[0].decisions.get().reason == "The committee agreed."
        phone.go(f"{reverse('applications:selection-list')}?q=student+b.")
        assert page.locator("tbody tr").count() == 1


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_failed_messages_have_twenty_rows_a_look_at_each_and_are_sent_again_from_their_row(
    browser, live_server, transactional_db, settings, language, scheme
):
    settings.DEMO = False
    open_cycle()
    now = timezone.now()
    for number in range(24):
        person = UserFactory(
            full_name=f"Student {chr(65 + number)}.", email=f"student{number}@a-long-domain.example.edu"
        )
        waiting(
            recipient=person,
            address=person.email,
            failed_at=now - timezone.timedelta(hours=number),
            reason=Message.Reason.NO_MAILBOX,
            error="550 5.1.1 The email account that you tried to reach does not exist.",
        )
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True, language=language))
        page, keys = phone.page, phone.page.keyboard
        phone.go(f"{reverse('message-failed')}?sort=to")
        page.reload()
        assert page.evaluate(WHOLE_ROWS) >= 20
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

        page.locator(".ex-list-bar__search input").focus()
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        keys.press("p")
        page.locator("#peek", has_text="student1@a-long-domain.example.edu").wait_for()
        phone.look()
        keys.press("Escape")
        phone.leave(page.locator("tbody tr").nth(1).locator("form button"))
        assert Message.objects.filter(failed_at=None).get().address == "student1@a-long-domain.example.edu"
        assert (phone.path, "sort=to" in page.url) == (reverse("message-failed"), True)

        page.locator("tbody tr").nth(0).locator("input[type=checkbox]").check()
        page.locator("tbody tr").nth(1).locator("input[type=checkbox]").check()
        phone.leave(page.locator("#list-acts button[name=act]"))
        assert Message.objects.filter(failed_at=None).count() == 3

        page.locator("tbody th a").first.focus()
        with page.expect_navigation():
            keys.press("Enter")
        phone.look()
        page.set_viewport_size({"width": 360, "height": 740})
        phone.go(reverse("message-failed"))


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_messages_to_groups_have_twenty_rows_walked_by_arrow_keys(
    browser, live_server, transactional_db, settings, language, scheme
):
    settings.DEMO = False
    office = UserFactory(coordinator=True, language=language)
    now = timezone.now()
    for number in range(24):
        GroupMessage.objects.create(
            author=office,
            query="status=confirmed",
            body_en=f"Message {chr(65 + number)}. Bring your card and a pen, and come a quarter of an hour early.",
            body_es=f"Mensaje {chr(65 + number)}. Trae tu credencial y una pluma, y llega un cuarto de hora antes.",
            created_at=now - timezone.timedelta(hours=number),
        )
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(office)
        page, keys = phone.page, phone.page.keyboard
        phone.go(GROUPS)
        page.reload()
        assert page.evaluate(WHOLE_ROWS) >= 20
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

        phone.leave(page.locator("th[aria-sort] a"))
        assert "X." in page.locator("tbody th").first.inner_text()
        page.locator(".ex-list-bar__search input").focus()
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        assert "W." in page.evaluate(FOCUSED)
        with page.expect_navigation():
            keys.press("Enter")
        phone.look()
        assert phone.path == GroupMessage.objects.get(body_en__startswith="Message W.").get_absolute_url()
        phone.leave(page.locator("a.ex-back-link").first)
        assert "sort=written" in page.url

        phone.go(f"{GROUPS}?q=zebra")
        assert page.locator("tbody").count() == 0
        page.set_viewport_size({"width": 360, "height": 740})
        phone.go(GROUPS)


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("es", "light")])
def test_a_text_from_an_unknown_number_is_read_beside_the_list_and_done_on_its_page(
    browser, live_server, transactional_db, settings, language, scheme
):
    settings.DEMO = False
    now = timezone.now()
    ApplicationFactory(cycle=open_cycle(), student__full_name="Ana Ruiz")
    for number in range(24):
        at = now - timezone.timedelta(hours=number)
        IncomingText.objects.create(
            message_id=f"text-{number}",
            went_to="office",
            number=f"+13105550{number:03}",
            body=f"Text {number}. {'Is the bus at nine? ' * 20}",
            sent_at=at,
            received_at=at,
        )
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True, language=language))
        page, keys = phone.page, phone.page.keyboard
        phone.go(f"{reverse('texts-unknown')}?sort=number")
        page.reload()
        assert page.evaluate(WHOLE_ROWS) >= 20
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.locator(".ex-list-bar__search input").focus()
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        keys.press("p")
        page.locator("#peek", has_text="Text 1.").wait_for()
        phone.look()
        keys.press("Escape")
        phone.leave(page.locator("tbody tr").nth(1).locator("a[href$='#done']"))
        phone.leave(page.locator("#done button"))
        assert IncomingText.objects.exclude(handled_at=None).get().number == "+13105550001"
        assert (phone.path, "sort=number" in page.url) == (reverse("texts-unknown"), True)
        page.locator("tbody th a").first.focus()
        with page.expect_navigation():
            keys.press("Enter")
        phone.look()
        phone.leave(page.locator("#done a"))
        page.locator("main [name=q]").fill("ana ru")
        phone.leave(page.locator("main form[role=search] button"))
        phone.look()
        phone.leave(page.locator("main button[name=application]"))
        assert phone.path == Thread.objects.get().get_absolute_url()
        phone.look()
        phone.leave(page.locator("main form[action$='/student/undo/'] button"))
        assert not Thread.objects.exists()
        page.set_viewport_size({"width": 360, "height": 740})
        phone.go(reverse("texts-unknown"))


def test_open_page_beside_a_list_leads_where_enter_leads(browser, live_server, transactional_db, settings):
    settings.DEMO = False
    open_cycle()
    travel_facts()
    placement = PlacementFactory(checklist=True)
    with Phones(browser, live_server.url, "en", "light", LAPTOP) as phones:
        phone = phones.open(UserFactory(coordinator=True))
        page, keys = phone.page, phone.page.keyboard
        phone.go(reverse("travel:checklist-list"))
        page.reload()  # a page that was looked at has its details open
        page.locator("tbody th a").first.focus()
        keys.press("p")
        opens = page.locator("#peek [data-peek-page]")
        opens.wait_for()
        phone.leave(opens)
        assert phone.path == reverse("travel:checklist-detail", args=[placement.code])
        phone.look()


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_the_interest_list_has_twenty_rows_a_look_at_each_and_deletes_one(
    browser, live_server, transactional_db, settings, language, scheme
):
    settings.DEMO = False
    application_facts()
    now, office = timezone.now(), UserFactory(coordinator=True, language=language)
    source = InterestSource.objects.create(name="A fair with a long name, in the fall", created_by=office)
    for number in range(24):
        Interest.objects.create(
            email=f"someone.with.a.long.name.{number:02}@a-long-domain.example.edu",
            language="es" if number % 2 else "en",
            source=source if number % 3 else None,
            asked_at=now - timezone.timedelta(hours=number),
            confirmed_at=now if number % 2 else None,
            expires_at=now + timezone.timedelta(days=9),
        )
    with Phones(browser, live_server.url, language, scheme, LAPTOP) as phones:
        phone = phones.open(office)
        page, keys = phone.page, phone.page.keyboard
        phone.go(reverse("applications:interest-list"))
        page.reload()
        assert page.evaluate(WHOLE_ROWS) >= 20
        assert page.evaluate(OVERFLOW) <= 0

        phone.leave(page.locator("thead a").first)
        page.locator(".ex-list-bar__search input").focus()
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        keys.press("p")
        page.locator("#peek h2", has_text="name.01@").wait_for()
        assert page.evaluate(CUT_OFF) <= 0
        phone.look()
        keys.press("Escape")
        with page.expect_navigation():
            keys.press("Enter")
        phone.look()
        phone.leave(page.locator("#delete button"))
        assert Interest.objects.count() == 23 and not Interest.objects.filter(email__contains="name.01@").exists()
        assert (phone.path, "sort=address" in page.url) == (reverse("applications:interest-list"), True)

        phone.go(reverse("applications:interest-codes"))
        page.set_viewport_size({"width": 360, "height": 740})
        phone.go(reverse("applications:interest-list"))
        phone.go(reverse("applications:interest-codes"))
