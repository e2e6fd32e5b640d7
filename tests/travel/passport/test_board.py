"""The risk board and the day's passport calls: who is in which column, and nobody is called twice."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.test_attacks import at_once, post
from travel.models import PassportCall, PassportCase
from travel.passport.calls import actions as staff_call
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
BOARD, LIST = reverse("travel:passport-board"), reverse("travel:checklist-list")
Stage = PassportStage


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def case(name, slack, stage=Stage.GATHERING, **fields):
    placement = PlacementFactory(application__student__full_name=name, **fields)
    seen = {"checked_at": timezone.now(), "checked_by": placement.placed_by} if stage == Stage.CHECKED else {}
    last = None if slack is None else in_days(slack)
    return PassportCaseFactory(placement=placement, stage=stage, last_safe_on=last, **seen)


def columns(response):
    return {column.key: [card.name for card in column.cards] for column in response.context["columns"]}


def called(client, row, agreed="books", **more):
    address = reverse("travel:passport-call", args=[row.application.code])
    return client.post(address, {"agreed": agreed, **more})


# --- Columns ----------------------------------------------------------------------------------------


@pytest.mark.both
def test_everybody_stands_in_the_column_of_their_slack(office):
    for slack in (-1, 0, 6, 7, 20, 21):
        case(f"Slack {slack}", slack)
    case("A letter", 3, Stage.LETTER)
    case("Applied", 5, Stage.APPLIED)
    case("Applied too late", -3, Stage.APPLIED)
    case("Has it", -9, Stage.IN_HAND)
    case("Seen", 40, Stage.CHECKED)
    case("No trip", None)
    assert columns(office.get(BOARD)) == {
        "past": ["Applied too late", "Slack -1"],
        "urgent": ["A letter", "Slack 0", "Slack 6"],  # the letter comes first: it stops the processing
        "soon": ["Slack 7", "Slack 20"],
        "later": ["Slack 21"],
        "waiting": ["Applied"],
        "done": ["Has it", "Seen"],
        "undated": ["No trip"],
    }


@pytest.mark.parametrize(
    ("last_safe", "stage", "urgency", "tone"),
    [
        (6, Stage.GATHERING, "on_time", "stop"),
        (7, Stage.GATHERING, "on_time", "good"),
        (60, Stage.GATHERING, "late", "wait"),  # a faster service is in time
        (6, Stage.APPLIED, "late", "wait"),  # only waiting is left
        (100, Stage.LETTER, "on_time", "good"),
    ],
)
def test_red_is_where_time_is_short_and_somebody_can_do_something(office, last_safe, stage, urgency, tone):
    row = case("Marisol Reyes", last_safe, stage)
    PassportCase.objects.filter(pk=row.pk).update(urgency=urgency)
    assert [each["tone"] for each in office.get(LIST).context["rows"]] == [tone]
    page = office.get(row.get_absolute_url(), follow=True)
    assert page.context["slack_tone"] == tone


def test_thresholds_are_facts(office):
    case("Eight days", 8)
    assert columns(office.get(BOARD))["soon"] == ["Eight days"]
    Fact.objects.filter(key="board.urgent_days").update(value=9)
    page = office.get(BOARD)
    assert columns(page)["urgent"] == ["Eight days"]
    assert "0 to 8 days" in page.text and "9 to 20 days" in page.text


def test_a_card_says_stage_city_next_date_last_safe_day_and_slack(office):
    row = case("Marisol Reyes", 4, Stage.BOOKED, trip__city__name_en="Hanoi")
    card = office.get(BOARD).context["columns"][1].cards[0]
    assert (card.stage, card.city, card.slack) == ("appointment booked", "Hanoi", "4 days left")
    assert (card.next_on, card.last_safe_on, card.href) == (row.apply_by, row.last_safe_on, row.get_absolute_url())


def test_the_board_never_tells_a_reason(office):
    row = case("Marisol Reyes", 3)
    PassportCase.objects.filter(pk=row.pk).update(route="talk", needs_certificate=True, is_first_passport=True)
    main = office.get(BOARD).text.split("<main")[1].split("<footer")[0]
    for private in ("talk", "certificate", "DS-11", "first passport"):
        assert not re.search(rf"\b{private}\b", main, re.IGNORECASE)


def test_an_advisor_sees_the_own_college(sign_in, college):
    case("Mine", 3, application__college=college)
    case("Elsewhere", 3)
    advisor = sign_in(UserFactory(advisor=college))
    assert columns(advisor.get(BOARD))["urgent"] == ["Mine"]
    assert "college" not in advisor.get(BOARD).context["form"].fields


def test_filters_live_in_the_address(office, college):
    here = case("Here", 3, application__college=college)
    case("There", 3, Stage.BOOKED)
    waiting = ApplicationFactory(waitlisted=True, student__full_name="On the list")
    PassportCaseFactory(application=waiting, trip=TripFactory(cycle=waiting.cycle), last_safe_on=in_days(3))
    for query, expected in {
        "": ["Here", "There"],
        f"college={college.code}": ["Here"],
        f"trip={here.trip.code}": ["Here"],
        "stage=booked": ["There"],
        "who=waitlisted": ["On the list"],
        "who=all": ["Here", "On the list", "There"],
        "who=nonsense": ["Here", "There"],
    }.items():
        assert sorted(columns(office.get(f"{BOARD}?{query}"))["urgent"]) == expected, query


def test_those_home_or_withdrawn_are_gone_and_an_empty_board_says_so(office):
    case("Home", 3, trip=TripFactory(returned=True))
    case("Gone", 3, application__status="withdrawn", application__withdrawn_at=timezone.now())
    assert "No one here" in office.get(BOARD).text


def test_a_long_column_shows_its_first_and_leads_to_all_of_them(office):
    trip = TripFactory()
    for number in range(23):
        case(f"Person {number:02}", 30 + number, trip=trip)
    page = office.get(BOARD)
    assert len(columns(page)["later"]) == 20 and "3 more" in page.text
    whole = office.get(BOARD, {"column": "later", "page": "1"})
    assert len(columns(whole)["later"]) == 23
    assert columns(office.get(BOARD, {"column": "later", "page": "7"})) == {"later": []}
    assert office.get(BOARD, {"column": "later", "page": "x"}).status_code == 200


@pytest.mark.parametrize("query", ["", "who=all", "column=later", "college={college}&trip={trip}&stage=gathering"])
def test_thirty_rows_cost_no_more_than_three_and_never_more_than_ten_queries(office, college, query):
    trip, costs = TripFactory(), []
    UserFactory(advisor=college)
    address = f"{BOARD}?{query.format(college=college.code, trip=trip.code)}"
    for number in (3, 27):
        for each in range(number):
            row = case(f"P {each}", each - 3, trip=trip, application__college=college)
            if each % 3 == 0:
                PassportCall.objects.create(application=row.application, agreed="books", called_by=UserFactory())
        with CaptureQueriesContext(connection) as made:
            assert office.get(address).status_code == 200
        costs.append(len(made))
    assert costs[0] == costs[1] <= 10


# --- Calls ------------------------------------------------------------------------------------------


def names(client):
    return [card.name for card in client.get(BOARD).context["calls"].cards]


def test_whoever_was_called_today_is_not_proposed_again_today(office):
    rows = [case(f"Number {number}", number) for number in range(5)]
    assert names(office) == ["Number 0", "Number 1", "Number 2"]
    called(office, rows[1])
    assert names(office) == ["Number 0", "Number 2", "Number 3"]
    page = office.get(BOARD)
    assert [call.application.student.full_name for call in page.context["calls"].made] == ["Number 1"]
    assert "will book an appointment this week" in page.text
    PassportCall.objects.update(called_on=in_days(-1))
    cache.clear()  # the next day, without an event
    assert names(office) == ["Number 0", "Number 1", "Number 2"]
    assert "Last call" in office.get(BOARD).text


def test_the_list_leads_to_those_to_call_while_there_are_any(office):
    first = case("Number 0", 0)
    assert "Call 1 student today" in office.get(LIST).text
    called(office, first)
    assert "Call 1 student today" not in office.get(LIST).text


def test_a_call_is_taken_back(office):
    row = case("Marisol", 2)
    called(office, row)
    undo = reverse("travel:passport-call-undo", args=[row.application.code])
    assert [office.post(undo).status_code for _tap in range(2)] == [302, 302]
    assert names(office) == ["Marisol"] and not PassportCall.objects.exists()
    assert Event.objects.filter(action="passport.undo_call").count() == 1


def test_who_waits_for_the_government_is_called_only_once_too_late(office):
    case("In peace", 3, Stage.APPLIED)
    case("Too late", -1, Stage.APPLIED)
    assert names(office) == ["Too late"]


def test_the_button_leads_back_to_its_page_and_nowhere_else(office):
    row = case("Marisol", 2)
    assert called(office, row, next=f"{LIST}?late=1").url == f"{LIST}?late=1"
    assert called(office, row, next="https://elsewhere.example/").url == BOARD


def test_the_same_words_twice_are_one_call_and_other_words_mend_it(office):
    row = case("Marisol", 2)
    called(office, row)
    called(office, row)
    called(office, row, "left_word")
    called(office, row, "a free reason")
    assert PassportCall.objects.get().agreed == "left_word"
    assert Event.objects.filter(action="passport.call").count() == 2


def test_a_colleague_who_called_first_is_named():
    row = case("Marisol", 2)
    first = UserFactory(coordinator=True, full_name="Inés Calderón")
    staff_call.record_call(row.application, "books", by=first)
    with pytest.raises(RuleViolation) as caught:
        staff_call.record_call(row.application, "comes", by=UserFactory(coordinator=True))
    assert caught.value.code == "called_today" and "Inés Calderón" in caught.value.message


def test_a_withdrawn_student_is_not_called():
    row = case("Gone", 2, application__status="withdrawn", application__withdrawn_at=timezone.now())
    with pytest.raises(RuleViolation) as caught:
        staff_call.record_call(row.application, "books", by=UserFactory(coordinator=True))
    assert caught.value.code == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_call_at_once_make_one_call(sign_in):
    row = case("Marisol", 2)
    page = reverse("travel:passport-call", args=[row.application.code])
    people = [UserFactory(coordinator=True) for _each in range(3)]
    at_once(*(post(sign_in(person), page, {"agreed": "books"}) for person in people))
    assert (PassportCall.objects.count(), Event.objects.filter(action="passport.call").count()) == (1, 1)
