"""The list of messages to groups as a worklist: found, sorted, kept as a view, taken as a file."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from applications.models import GroupMessage, GroupRecipient
from exchange.models import Event, SavedView
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.signing import minutes_old

pytestmark = pytest.mark.django_db
LIST, FILE = reverse("travel:group-message-list"), reverse("travel:group-message-file")


@pytest.fixture
def renata():
    return UserFactory(coordinator=True, full_name="Renata Cruz", preferred_name="")


@pytest.fixture
def office(sign_in, renata):
    return sign_in(renata)


def written(author, body="Bring your card on Monday.", *, days=0, students=0, **fields) -> GroupMessage:
    """A draft, unless `fields` has its times."""
    at = timezone.now() - dt.timedelta(days=days)
    group = GroupMessage.objects.create(author=author, query="status=confirmed", body_en=body, created_at=at, **fields)
    cycle = CycleFactory(ready=True) if students else None
    for _each in range(students):
        application = ApplicationFactory(cycle=cycle, submitted=True)
        GroupRecipient.objects.create(group=group, application=application, language="en")
    return group


def times(*names, days=0) -> dict:
    at = timezone.now() - dt.timedelta(days=days)
    return dict.fromkeys(names, at)


def sent(author, body="Bring your card on Monday.", *, days=0, **fields) -> GroupMessage:
    names = ("send_at", "confirmed_at", "started_at", "finished_at")
    return written(author, body, days=days, **times(*names, days=days), **fields)


def found(office, **query) -> list[GroupMessage]:
    return [row.group for row in office.get(LIST, query).context["rows"]]


@pytest.mark.parametrize("typed", ["tarjeta", "TRAE sábado", "monday card", "renáta", "100%"])
def test_a_message_is_found_by_its_words_in_either_language_or_who_wrote_it(office, renata, typed):
    one = written(renata, "Bring your card on Monday, 100%.", body_es="Trae tu tarjeta el sabado.")
    written(UserFactory(coordinator=True, full_name="Omar Diaz"), "The bus leaves at nine.")

    assert found(office, q=typed) == [one]


def test_each_state_is_a_filter_that_agrees_with_the_tags(office, renata):
    groups = {
        "draft": written(renata, days=9),
        "scheduled": written(renata, days=8, **times("confirmed_at", "send_at")),
        "going": written(renata, days=7, **times("confirmed_at", "send_at", "started_at")),
        "sent": sent(renata, days=6),
        "canceled": written(renata, days=5, **times("confirmed_at", "send_at", "called_off_at"), called_off_by=renata),
    }
    written(renata, **times("called_off_at"), called_off_by=renata)  # a draft that was discarded

    for state, group in groups.items():
        assert found(office, state=state) == [group], state
    assert found(office, sort="state") == list(groups.values())
    assert found(office, state="nonsense") == list(groups.values())[::-1]
    tags = [row.state for row in office.get(LIST, {"sort": "state"}).context["rows"]]
    assert tags == ["draft", "scheduled", "going out", "sent", "canceled"]


def test_filters_and_heads_are_in_the_address_and_can_be_kept(office, renata):
    omar = UserFactory(coordinator=True, full_name="Omar Diaz")
    few, many = sent(renata, days=2, students=1), sent(omar, days=4, students=3)

    assert found(office) == found(office, sort="students") == found(office, sort="-when") == [few, many]
    assert (
        found(office, sort="-students") == found(office, sort="author") == found(office, sort="written") == [many, few]
    )
    draft = written(omar, days=6)
    assert found(office, sort="-when") == [few, many, draft] and found(office, sort="when") == [many, few, draft]
    draft.delete()
    assert found(office, author=omar.code) == [many]
    assert found(office, author="nobody") == [few, many]

    office.post(reverse("saved-view-save"), {"name": "Omar’s", "next": f"{LIST}?author={omar.code}"})
    assert SavedView.objects.of(renata, "travel:group-message-list").get().query == f"author={omar.code}"


def test_an_advisor_has_only_their_own_and_no_filter_by_author(sign_in, renata):
    advisor = UserFactory(advisor=True, full_name="Ana Solis")
    written(renata)
    mine = written(advisor)
    client = sign_in(advisor)

    assert found(client) == found(client, author=renata.code) == [mine]
    assert "author" not in client.get(LIST).context["list"].form.fields
    lines = client.post(FILE, {"format": "csv"}).getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 2


def test_a_row_begins_in_the_language_of_the_page(sign_in):
    office = UserFactory(coordinator=True, language="es")
    written(office, "Bring your card.", body_es="Trae tu tarjeta.")
    written(office, "Only in English.")
    rows = sign_in(office).get(LIST, headers={"accept-language": "es"}).context["rows"]

    assert {(row.opening, row.language) for row in rows} == {("Trae tu tarjeta.", "es"), ("Only in English.", "en")}


def test_the_list_says_whether_there_is_none_or_none_fits(office, renata):
    assert "No messages to groups yet" in office.get(LIST).text
    written(renata)
    page = office.get(LIST, {"q": "zebra"}).text
    assert "No message to a group fits these filters." in page
    assert "No messages to groups yet" not in page


def test_the_page_asks_ten_queries_however_many_there_are(office, django_assert_max_num_queries):
    for number in range(30):
        sent(UserFactory(coordinator=True), days=number, students=number % 3)
    office.get(LIST)  # what is read once per process

    with django_assert_max_num_queries(10):
        office.get(LIST)
    with django_assert_max_num_queries(10):
        office.get(LIST, {"q": "card", "sort": "-students", "state": "sent"})


def test_the_list_in_sight_is_a_file_with_all_that_was_said_and_taking_it_is_on_the_record(office, renata):
    sent(renata, "Bring your card.\nAnd a pen.", body_es="Trae tu tarjeta.", students=2)
    written(renata)

    given = {"format": "csv", "query": "state=sent"}
    text = office.post(FILE, given).getvalue().decode("utf-8-sig")

    head, *rest = text.splitlines()
    assert head == "In English,In Spanish,Students,From,Written,When,Status"
    assert "".join(rest).startswith('"Bring your card.And a pen.",Trae tu tarjeta.,2,Renata Cruz,')
    assert text.rstrip().endswith(",sent")
    sheet = load_workbook(io.BytesIO(office.post(FILE, given | {"format": "xlsx"}).getvalue())).active
    assert sheet.max_row == 2
    event = Event.objects.filter(action="group_message.download").first()
    assert (event.by, event.changes) == (renata, {"query": "state=sent", "rows": 1})
    assert office.post(FILE, {"format": "exe"}).url == LIST


def test_a_file_with_what_was_said_needs_a_fresh_proof(office, renata):
    written(renata)
    minutes_old(office, 16)

    answer = office.post(FILE, {"format": "csv", "query": ""})

    assert (answer.status_code, "reauthenticate" in answer.url) == (302, True)
    assert not Event.objects.filter(action="group_message.download").exists()
