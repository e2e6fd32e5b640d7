"""The list of failed messages as a worklist: found, sorted, kept as a view, taken as a file, sent again."""

import datetime as dt
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from exchange.messages import consent
from exchange.models import Event, Message, SavedView
from tests.exchange.messages.test_messages import text, waiting
from tests.exchange.people.test_searching import number_of
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.signing import minutes_old

pytestmark = pytest.mark.django_db
Reason = Message.Reason
LIST, AGAIN, FILE = reverse("message-failed"), reverse("message-send-all-again"), reverse("message-failed-file")
BODY = "Your private link: https://example.edu/l/secret"


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, coordinator):
    return sign_in(coordinator)


def failed(**fields) -> Message:
    base = {"failed_at": timezone.now(), "reason": Reason.NO_MAILBOX, "attempts": 1, "body": BODY, "html": BODY}
    return waiting(**(base | fields))


def found(office, **query) -> list[Message]:
    return list(office.get(LIST, query).context["page_obj"])


@pytest.fixture
def ana():
    return UserFactory(full_name="Ána Solís", email="ana.solis@example.edu", phone="+12135550142")


@pytest.mark.parametrize(
    "typed",
    ["ana sol", "ANA.SOLIS@", "5550142", "(213) 555-0142", "ana@exmaple", "S-4711", "%"],
    ids=["name", "email", "phone", "written phone", "typed wrong", "student number", "sign"],
)
def test_a_message_is_found_by_whom_it_was_for_or_where_it_went(office, ana, typed):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), student=ana, submitted=True)
    number_of(application, "S-4711")
    theirs = failed(recipient=ana, address="ana@exmaple.edu")
    failed(recipient=UserFactory(full_name="Omar Diaz"), address="omar@example.edu")
    guests = failed(recipient=None, address="referee@example.edu")

    assert found(office, q=typed) == ([] if typed == "%" else [theirs])
    assert found(office, q=application.candidate_label) == [theirs]
    assert found(office, q="referee@") == [guests]


def test_a_number_that_a_text_went_to_is_found_as_people_write_it(office):
    message = text(failed_at=timezone.now(), reason=Reason.BAD_NUMBER, address="+12135550199")

    assert found(office, q="(213) 555-0199") == found(office, q="0199") == [message]


def test_filters_and_heads_are_in_the_address_and_can_be_kept(office, coordinator):
    old = failed(failed_at=timezone.now() - dt.timedelta(days=2), reason=Reason.FULL, address="b@example.edu")
    new = failed(address="a@example.edu")
    number = text(failed_at=timezone.now() - dt.timedelta(days=1), reason=Reason.BAD_NUMBER)

    assert found(office) == [new, number, old]
    assert found(office, sort="failed") == [old, number, new]
    assert found(office, sort="address", channel="email") == [new, old]
    theirs = failed(recipient=UserFactory(), address="c@example.edu")  # the others are nobody's, and last either way
    assert found(office, sort="to")[0] == found(office, sort="-to")[0] == theirs
    theirs.delete()
    assert found(office, reason=Reason.FULL) == [old]
    assert found(office, reason="nonsense") == [new, number, old]
    assert found(office, channel="text") == [number]

    office.post(reverse("saved-view-save"), {"name": "Full mailboxes", "next": f"{LIST}?reason=full"})
    assert SavedView.objects.of(coordinator, "message-failed").get().query == "reason=full"
    assert "Full mailboxes" in office.get(LIST).text


def test_the_messages_of_one_release_stay_those_of_one_release_when_they_are_searched(office):
    mine = failed(batch="applications.release:A", address="ana@example.edu")
    failed(batch="applications.release:B", address="ana@example.edu")

    page = office.get(LIST, {"batch": "applications.release:A", "q": "ana"})

    assert list(page.context["page_obj"]) == [mine]
    assert page.context["clear_href"] == f"{LIST}?batch=applications.release%3AA"
    assert "Only messages that were sent together." in page.text


def test_the_page_asks_ten_queries_however_many_failed(office, django_assert_max_num_queries):
    for number in range(30):
        failed(recipient=UserFactory(), address=f"student{number}@example.edu")
    office.get(LIST)  # what is read once per process

    with django_assert_max_num_queries(10):
        office.get(LIST)
    with django_assert_max_num_queries(10):
        office.get(LIST, {"q": "student", "sort": "-to"})


# --- Files ----------------------------------------------------------------------------------------------


def test_the_list_in_sight_is_a_file_without_what_the_messages_say(office, coordinator, ana):
    failed(recipient=ana, address="ana@exmaple.edu", error="550 5.1.1 No such user")
    failed(reason=Reason.FULL)

    given = {"format": "csv", "query": "reason=no_mailbox"}
    lines = office.post(FILE, given).getvalue().decode("utf-8-sig").splitlines()

    assert lines[0] == "To,Address or number,What,Reason,What the server said,Failed"
    assert len(lines) == 2
    assert lines[1].startswith("Ána Solís,ana@exmaple.edu,Your spot,The mail server says this address doesn’t exist.")
    assert "550 5.1.1 No such user" in lines[1]
    sheet = load_workbook(io.BytesIO(office.post(FILE, given | {"format": "xlsx"}).getvalue())).active
    cells = [str(cell.value) for row in sheet for cell in row]
    assert "Ána Solís" in cells
    assert not any("private link" in part or "secret" in part for part in [*lines, *cells])
    event = Event.objects.filter(action="message.download").first()
    assert (event.by, event.changes) == (coordinator, {"query": "reason=no_mailbox", "rows": 1})
    assert office.post(FILE, {"format": "exe"}).url == LIST


def test_a_file_with_addresses_needs_a_fresh_proof(sign_in, coordinator):
    failed()
    office = sign_in(coordinator)
    minutes_old(office, 16)

    answer = office.post(FILE, {"format": "csv", "query": "reason=full"})

    assert (answer.status_code, "reauthenticate" in answer.url) == (302, True)
    assert not Event.objects.filter(action="message.download").exists()


# --- One message ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["message-detail", "message-peek"])
def test_one_message_says_why_and_what_to_do_but_not_what_it_said(office, ana, name):
    message = failed(recipient=ana, address="ana@exmaple.edu", error="550 5.1.1 No such user")

    page = office.get(reverse(name, args=[message.code]), {"reason": "no_mailbox"}).text

    for part in ("Ána Solís", "ana@exmaple.edu", "Your spot", "550 5.1.1 No such user", "tel:+12135550142"):
        assert part in page
    assert f"{reverse('message-address', args=[message.code])}?reason=no_mailbox" in page
    assert "private link" not in page


@pytest.mark.parametrize("name", ["message-detail", "message-peek"])
def test_a_code_to_sign_in_has_no_page(office, name):
    assert office.get(reverse(name, args=[failed(is_secret=True).code])).status_code == 404


# --- Sent again from the list -------------------------------------------------------------------------------


def test_one_is_sent_again_from_its_row_and_the_list_keeps_its_filters(
    office, mailoutbox, django_capture_on_commit_callbacks
):
    message = failed()
    again = reverse("message-send-again", args=[message.code])
    assert f'action="{again}"' in office.get(LIST).text

    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(again, {"query": "reason=no_mailbox&sort=to"})

    assert (answer.url, len(mailoutbox)) == (f"{LIST}?reason=no_mailbox&sort=to", 1)


def test_all_that_the_filters_find_are_sent_again_and_no_others(office, mailoutbox, django_capture_on_commit_callbacks):
    failed(address="a@example.edu"), failed(address="b@example.edu")
    other = failed(reason=Reason.FULL)
    assert "Send these 2 messages again" in " ".join(office.get(LIST, {"reason": "no_mailbox"}).text.split())

    with django_capture_on_commit_callbacks(execute=True):
        office.post(AGAIN, {"query": "reason=no_mailbox"})

    assert sorted(mail.to[0] for mail in mailoutbox) == ["a@example.edu", "b@example.edu"]
    other.refresh_from_db()
    assert other.failed_at is not None


def test_those_that_are_checked_are_sent_again_and_no_others(office, mailoutbox, django_capture_on_commit_callbacks):
    rows = [failed(address=f"{name}@example.edu") for name in "abc"]
    checked = {"place": "message-failed", "act": "again", "query": "sort=to"}

    answer = office.post(AGAIN, checked, follow=True)
    assert "Check at least one message." in answer.text and not mailoutbox
    with django_capture_on_commit_callbacks(execute=True):
        office.post(AGAIN, checked | {"row": [rows[0].code, rows[2].code]})
    assert sorted(mail.to[0] for mail in mailoutbox) == ["a@example.edu", "c@example.edu"]
    with django_capture_on_commit_callbacks(execute=True):
        office.post(AGAIN, checked | {"all": "yes"})
    assert len(mailoutbox) == 3


def test_a_number_that_said_stop_stays_on_the_list_with_the_reason(office):
    application_facts()
    message = text(failed_at=timezone.now())
    consent.stop(message.address, how=consent.How.TEXT, by=None)

    page = office.post(reverse("message-send-again", args=[message.code]), follow=True)

    assert "This number said stop, so we can’t text it." in page.text
    assert list(page.context["page_obj"]) == [message]


def test_the_right_address_is_typed_from_the_row_and_leads_back_to_the_list_with_its_filters(office):
    message = failed(batch="applications.release:A")
    address = f"{reverse('message-address', args=[message.code])}?reason=no_mailbox"
    assert address in office.get(LIST, {"reason": "no_mailbox"}).text

    answer = office.post(address, {"address": "right@example.edu", "reason": "Called."})

    assert answer.url == f"{LIST}?reason=no_mailbox"


def test_the_buttons_work_where_requests_need_a_token(coordinator, sign_in):
    failed(), failed()
    office: Client = sign_in(coordinator)
    office.handler.enforce_csrf_checks = True
    page = office.get(LIST)
    forms = page.text.count('method="post"')
    assert forms == page.text.count('name="csrfmiddlewaretoken"')
