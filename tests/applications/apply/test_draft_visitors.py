"""Starting before sign-in, continuing on another phone, the deadline and extensions, and a submitted draft."""

import datetime as dt
import io
import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.apply.actions import application as submitting
from applications.apply.actions import recommendation
from applications.apply.actions.recommendation import Referee
from applications.base import answers
from applications.models import Application
from applications.states import Status
from exchange.models import Message
from tests.applications.saving import at, page_fields, save, sent, stored
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


# --- Before signing in ------------------------------------------------------------------------------


@pytest.fixture
def visitor():
    """A browser that started without an account, and its application."""
    application_facts()
    client = Client()
    cycle = CycleFactory(ready=True)
    client.post(reverse("applications:application-start", args=[cycle.code]))
    client.application = Application.objects.get()
    return client


def test_a_visitor_starts_at_once_and_is_saved(visitor):
    application = visitor.application
    assert visitor.get(at("overview", application)).status_code == 200
    save(visitor, application, sent("story_why", "By the river."))
    visitor.post(at("section", application, section="about"), {"full_name": "Ana Ruiz", "answer_language": "en"})

    assert (stored(application, "story_why"), stored(application, "full_name")) == ("By the river.", "Ana Ruiz")
    check = visitor.get(at("check", application)).content.decode()
    assert "By the river." in check and at("submit", application) not in check
    assert "no-store" in visitor.get(at("section", application, section="why")).headers["Cache-Control"]


def test_a_student_number_is_copied_for_searches_and_emptied_with_its_answer(visitor):
    def number():
        return Application.objects.get().student_number

    save(visitor, visitor.application, sent("student_number", " 88-1234567 "))
    assert number() == "881234567"
    student = UserFactory()
    visitor.force_login(student)
    visitor.get(reverse("home"), follow=True)
    assert number() == "881234567"
    save(visitor, visitor.application, sent("student_number", "", 2))
    assert number() == ""


@pytest.mark.parametrize("name", ["submit", "withdraw", "receipt", "more-time", "copy"])
def test_a_visitor_cannot_send_or_take_back(visitor, name):
    address = at(name, visitor.application)
    response = visitor.post(address) if name == "submit" else visitor.get(address)
    assert response.status_code == 403


def test_only_the_host_itself_can_plant_a_draft_and_an_older_key_still_opens_its_own(visitor, settings):
    application, settings.SESSION_COOKIE_SECURE = visitor.application, True
    older = visitor.cookies[f"draft-{application.code}"].value
    assert visitor.get(at("overview", application)).status_code == 200
    browser = Client()
    browser.post(reverse("applications:application-start", args=[application.cycle.code]))
    mine = Application.objects.exclude(pk=application.pk).get()
    cookie = browser.cookies[f"__Host-draft-{mine.code}"]
    assert (bool(cookie["secure"]), cookie["path"], cookie["domain"], cookie["httponly"]) == (True, "/", "", True)
    assert f"draft-{mine.code}" not in browser.cookies

    browser.cookies[f"draft-{mine.code}"] = older  # planted by a host beside ours
    assert browser.get(at("overview", mine)).status_code == 200
    browser.force_login(UserFactory())
    browser.get(reverse("home"), follow=True)
    assert {name: browser.cookies[name].value for name in browser.cookies if "draft" in name} == {
        f"__Host-draft-{mine.code}": "",
        f"draft-{mine.code}": "",
    }


def test_another_browser_sees_nothing_of_it(visitor):
    assert Client().get(at("overview", visitor.application)).url.startswith(reverse("account_login"))
    other = Client()
    other.cookies[f"draft-{visitor.application.code}"] = "guessed"
    assert other.get(at("overview", visitor.application)).url.startswith(reverse("account_login"))
    assert save(other, visitor.application, sent("major", "Law")).status_code == 401


def test_signing_in_on_the_same_browser_keeps_every_word(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    student = UserFactory()
    visitor.force_login(student)

    page = visitor.get(reverse("home"), follow=True)

    assert Application.objects.get().student == student
    assert "before you signed in" in page.content.decode()
    assert visitor.cookies[f"draft-{visitor.application.code}"].value == ""
    # saves that the phone still had to send go to the same address
    save(visitor, visitor.application, sent("major", "Law", 2))
    assert stored(visitor.application, "major") == "Law"


def test_changes_that_come_after_signing_in_elsewhere_are_taken_and_nothing_is_shown(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    elsewhere = Client()
    student = UserFactory()
    elsewhere.force_login(student)
    link = visitor.get(at("elsewhere", visitor.application)).context["link"].removeprefix("http://testserver")
    assert Application.objects.get().student is None
    elsewhere.get(link)
    assert Application.objects.get().student is None  # opening a link claims nothing

    elsewhere.post(link)
    late = save(visitor, visitor.application, sent("story_why", "By the river, I think.", 2))

    assert late.json()["results"][0]["ok"]
    assert "rival_html" not in str(late.content) or late.json()["results"][0]["rival_html"] == ""
    assert Application.objects.get().student == student
    assert stored(visitor.application, "story_why") == "By the river, I think."
    assert visitor.get(at("section", visitor.application, section="why")).url.startswith(reverse("account_login"))


def test_a_draft_joins_the_application_that_the_account_has_and_late_changes_follow(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    mine = ApplicationFactory(cycle=visitor.application.cycle, form=visitor.application.form)
    visitor.force_login(mine.student)
    visitor.get(reverse("home"))

    save(visitor, visitor.application, sent("story_why", "By the river, I think.", 2))

    assert stored(mine, "story_why") == "By the river, I think."
    assert visitor.get(at("section", visitor.application, section="why")).url == at("overview", mine)


def test_on_a_borrowed_phone_a_visitor_leaves_nothing_behind(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    assert visitor.get(at("discard", visitor.application)).status_code == 200
    assert Application.objects.count() == 1

    response = visitor.post(at("discard", visitor.application))

    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert (Application.objects.count(), visitor.cookies[f"draft-{visitor.application.code}"].value) == (0, "")


def test_what_has_an_account_is_not_discarded(visitor):
    visitor.force_login(UserFactory())
    visitor.get(reverse("home"))

    assert visitor.post(at("discard", visitor.application)).status_code == 403
    assert Application.objects.count() == 1


def test_staff_who_sign_in_take_no_draft_along(visitor):
    visitor.force_login(UserFactory(advisor=True))
    visitor.get(reverse("applications:cycle-list"))

    assert Application.objects.get().student is None


@pytest.mark.parametrize("token", ["x", "eyJ:abc:def"])
def test_a_link_that_is_none_says_what_to_do(token):
    response = Client().get(reverse("applications:application-claim", args=[token]))

    assert response.status_code == 404
    assert "Make a new link" in response.content.decode()


def test_a_link_dies_when_the_application_is_sent(visitor):
    link = visitor.get(at("elsewhere", visitor.application)).context["link"].removeprefix("http://testserver")
    Application.objects.update(student=UserFactory(), draft_key=None)

    assert Client().get(link).status_code == 404


def test_many_starts_from_one_place_are_slowed_down():
    application_facts()
    cycle = CycleFactory(ready=True)
    codes = [
        Client().post(reverse("applications:application-start", args=[cycle.code])).status_code for _n in range(61)
    ]

    assert (codes[0], codes[-1]) == (302, 429)


# --- The deadline -----------------------------------------------------------------------------------


@pytest.fixture
def late(begun):
    begun.cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    begun.cycle.save()
    return begun


def test_after_the_deadline_the_work_is_readable_and_more_time_can_be_asked(late, sign_in):
    client = sign_in(late.student)
    office = UserFactory(coordinator=True)
    page = client.get(at("check", late)).content.decode()
    assert "After the clinic job starts" in page and at("more-time", late) in page
    assert "can still reach us" not in page  # past the grace period, too

    assert client.post(at("more-time", late), {"reason": ""}).status_code == 200
    for _tap in range(2):
        client.post(at("more-time", late), {"reason": "My phone was stolen."})

    assert [m.recipient for m in Message.objects.filter(template="applications/more_time_asked")] == [office]
    detail = sign_in(office).get(late.get_absolute_url()).content.decode()
    assert "My phone was stolen." in detail and at("reopen", late) in detail


def test_what_comes_too_late_stays_on_the_page_which_claims_nothing(late, sign_in):
    client = sign_in(late.student)
    late.cycle.closes_at = timezone.now() + dt.timedelta(hours=1)
    late.cycle.save()
    page = page_fields(client, late, "why")
    late.cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    late.cycle.save()

    text = client.post(at("section", late, section="why"), page | {"story_why": "Too late."}).content.decode()

    assert "Too late." in text and at("more-time", late) in text
    assert "Saved online" not in text
    assert "Closed " in text and "That’s today" not in text
    assert stored(late, "story_why") != "Too late."


def test_a_visitor_who_comes_too_late_makes_an_account_and_asks(visitor):
    save(visitor, visitor.application, sent("story_why", "By the river."))
    visitor.application.cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    visitor.application.cycle.save()
    ask = at("more-time", visitor.application)
    assert f"{reverse('account_signup')}?next={ask}" in visitor.get(at("check", visitor.application)).text

    visitor.force_login(UserFactory())
    visitor.post(ask, {"reason": "My phone was stolen."})

    assert Application.objects.get().more_time_reason == "My phone was stolen."


def test_the_office_opens_one_draft_again_and_the_student_sends_it(late, sign_in):
    office = sign_in(UserFactory(coordinator=True))
    assert office.post(at("reopen", late), {"until": "2020-01-01", "reason": "x"}).status_code == 200
    until = timezone.localdate() + dt.timedelta(days=2)
    assert office.post(at("reopen", late), {"until": until, "reason": ""}).status_code == 200

    office.post(at("reopen", late), {"until": until, "reason": "Stolen phone."})

    late.refresh_from_db()
    assert late.accepts_changes
    assert Message.objects.filter(template="applications/application_reopened", recipient=late.student).exists()
    sign_in(late.student).post(at("submit", late))
    late.refresh_from_db()
    assert late.status == Status.SUBMITTED


def test_the_office_says_no_in_words_that_the_student_reads(late, sign_in):
    coordinator = UserFactory(coordinator=True)
    office, client = sign_in(coordinator), sign_in(late.student)
    assert office.get(at("refuse-time", late)).url == late.get_absolute_url()  # nobody requested it
    client.post(at("more-time", late), {"reason": "I forgot."})
    assert at("refuse-time", late) in office.get(late.get_absolute_url()).text
    assert office.post(at("refuse-time", late), {"answer": ""}).status_code == 200

    for _tap in range(2):
        office.post(at("refuse-time", late), {"answer": "The readers have begun."})

    told = Message.objects.filter(template="applications/more_time_refused", recipient=late.student)
    assert sorted(told.values_list("channel", flat=True)) in (["email"], ["email", "text"])
    assert not any("The readers have begun." in message.body for message in told)
    page = client.get(at("check", late)).text
    assert "The readers have begun." in page and at("more-time", late) not in page
    client.post(at("more-time", late), {"reason": "Please."})  # a browser tab opened before
    assert Message.objects.filter(template="applications/more_time_asked").count() == 1

    until = timezone.localdate() + dt.timedelta(days=2)
    office.post(at("reopen", late), {"until": until, "reason": "The director agreed."})
    late.refresh_from_db()
    assert (late.accepts_changes, late.more_time_answer) == (True, "")


def test_the_office_finds_who_asked_for_more_time(late, sign_in):
    ApplicationFactory(cycle=late.cycle, form=late.form)
    office = sign_in(UserFactory(coordinator=True))
    sign_in(late.student).post(at("more-time", late), {"reason": "My phone was stolen."})

    rows = office.get(reverse("applications:application-list"), {"owed": "more_time"}).context["page_obj"].object_list
    assert list(rows) == [late]


def test_what_is_open_is_not_opened_again(begun, sign_in):
    assert sign_in(UserFactory(coordinator=True)).get(at("reopen", begun)).url == begun.get_absolute_url()
    assert sign_in(begun.student).get(at("more-time", begun)).url == at("overview", begun)


def test_a_page_that_was_open_at_the_deadline_still_arrives(begun, sign_in):
    client = sign_in(begun.student)
    page = page_fields(client, begun, "college")
    begun.cycle.closes_at = timezone.now() - dt.timedelta(minutes=2)
    begun.cycle.save()

    client.post(at("section", begun, section="college"), page | {"major": "Law"})
    assert stored(begun, "major") == "Law"
    client.post(at("submit", begun))
    begun.refresh_from_db()
    assert begun.status == Status.SUBMITTED


# --- Sent -------------------------------------------------------------------------------------------


def test_the_copy_holds_exactly_what_was_sent(begun, sign_in):
    client = sign_in(begun.student)
    assert client.get(at("copy", begun)).status_code == 404
    client.post(at("submit", begun))

    response = client.get(at("copy", begun))

    assert response["Content-Type"] == "application/pdf"
    text = text_of(response)
    for item in answers.by_key(answers.parts_of(begun)).values():
        assert " ".join(str(item.question.label).split()) in text
        assert " ".join(item.text.split())[:60] in text


def test_the_copy_stays_as_it_was_sent_until_it_is_sent_again(begun, sign_in):
    client = sign_in(begun.student)
    client.post(at("submit", begun))
    before = text_of(client.get(at("copy", begun)))
    referee = begun.recommendation.referee_name
    begun.recommendation.refresh_from_db()
    recommendation.replace(begun, Referee("Ms. Another", "another@example.edu", "", "my teacher"), by=begun.student)
    client.post(reverse("set-language"), {"language": "es", "next": "/"})

    assert referee in before
    assert text_of(client.get(at("copy", begun))) == before

    begun.refresh_from_db()
    submitting.return_for_fix(begun, note="Units", by=UserFactory(coordinator=True))
    client.post(at("submit", begun), {"reason": "They are right."})
    assert "Ms. Another" in text_of(client.get(at("copy", begun)))


def text_of(response):
    body = b"".join(response)
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())


def test_returned_for_a_fix_opens_the_named_parts_alone(begun, sign_in):
    client, office = sign_in(begun.student), sign_in(UserFactory(coordinator=True))
    client.post(at("submit", begun))
    assert office.post(at("return", begun), {"note": "Units", "sections": []}).status_code == 200
    office.post(at("return", begun), {"note": "Your units, please.", "sections": ["college"]})

    overview = client.get(at("overview", begun)).content.decode()
    assert at("section", begun, section="college") in overview
    assert at("section", begun, section="why") not in overview
    assert client.get(at("section", begun, section="why")).status_code == 404
    client.post(at("section", begun, section="college"), page_fields(client, begun, "college") | {"units": "15"})
    client.post(at("submit", begun))
    begun.refresh_from_db()
    assert (begun.status, begun.return_sections, stored(begun, "units")) == (Status.SUBMITTED, [], 15)


def test_nothing_says_sent_before_it_is(begun, sign_in):
    client = sign_in(begun.student)
    for name, more in (("overview", {}), ("check", {}), ("section", {"section": "why"})):
        page = client.get(at(name, begun, **more)).content.decode().casefold()
        assert "submitted" not in page and "we have your application" not in page


def test_the_time_of_a_save_is_the_portals_own(begun, sign_in):
    before = time.time()
    save(sign_in(begun.student), begun, sent("major", "Law", seen={"stored": 1}))
    begun.refresh_from_db()

    assert begun.saved_at.timestamp() >= before


# --- Coming back without an account -----------------------------------------------------------------


def test_the_start_page_leads_back_to_what_was_begun_here(visitor):
    response = visitor.get(reverse("home"))
    page = response.content.decode()

    assert at("overview", visitor.application) in page and "Finish your application" in page
    assert "Learn more and apply" not in page and "no-store" in response.headers["Cache-Control"]
    assert at("overview", visitor.application) not in Client().get(reverse("home")).content.decode()


def test_starting_again_goes_on_with_the_draft(visitor):
    cycle = visitor.application.cycle
    again = visitor.post(reverse("applications:application-start", args=[cycle.code]))

    assert again.url == at("overview", visitor.application) and Application.objects.count() == 1
    assert at("overview", visitor.application) in visitor.get(cycle.get_absolute_url()).content.decode()


def test_a_draft_that_came_too_late_is_named_as_that(visitor):
    cycle = visitor.application.cycle
    cycle.closes_at = timezone.now() - dt.timedelta(hours=1)
    cycle.save()
    page = visitor.get(reverse("home")).content.decode()
    assert "Read what you wrote" in page and "wasn’t submitted" in page and "No cycle is open right now" not in page


def test_somebody_elses_key_or_a_guessed_one_shows_nothing():
    other = Client()
    other.cookies["draft-ABCDEFGH"] = "guessed"
    page = other.get(reverse("home"))
    assert page.status_code == 200 and page.context["drafts"] == []
