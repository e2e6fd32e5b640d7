"""The pages of a check-in: started with a preview, watched, worked by office and leaders, answered by the traveler."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.models import Message
from exchange.web import proofs
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import LeaderLinkFactory, travel_facts
from tests.travel.abroad.check_ins import leader_of, number_of, text_in, traveler, trip_away
from tests.travel.abroad.test_roster import entered
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.models import CheckIn, CheckInPerson, Reachability
from travel.office.home.office_work import addressed_to

pytestmark = pytest.mark.django_db
WHY = {"why_en": "There was an earthquake nearby.", "why_es": "Hubo un temblor cerca."}


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


def started(placements, kind="real", by=None):
    return actions.start(placements, kind=kind, by=by or UserFactory(coordinator=True), **WHY)


def board(client, check_in):
    return client.get(check_in.get_absolute_url())


def press(client, placement, said):
    person = CheckInPerson.objects.get(placement=placement)
    return client.post(reverse("travel:check-in-note", args=[person.code]), {"said": said})


def state_of(placement):
    return CheckInPerson.objects.get(placement=placement).state


def test_office_sees_the_texts_in_both_languages_and_how_many_can_be_reached_and_starts(trip, sign_in):
    people = [traveler(trip, 1), traveler(trip, 2, way="data"), traveler(trip, 3, stopped=True)]
    office, page = sign_in(UserFactory(coordinator=True)), reverse("travel:check-in-start")
    form = {"kind": "real", "travelers": [each.code for each in people], **WHY}

    preview = office.post(page, form | {"preview": "1"}).text
    for text in ("There was an earthquake nearby.", "Hubo un temblor cerca.", "Responde 1", "Reply 1"):
        assert text in preview
    assert "Of 3 people, 1 get a text first and 1 an email. 1 can only be called" in " ".join(preview.split())
    assert not CheckIn.objects.exists()

    answer = office.post(page, form | {"start": "1"})
    assert answer.status_code == 302
    assert CheckIn.objects.get().people.count() == 3


def test_starting_asks_for_a_fresh_proof(trip, sign_in):
    traveler(trip)
    office = sign_in(UserFactory(coordinator=True))
    session = office.session
    session[proofs.SIGNED_IN_AT] = 0
    session["account_authentication_methods"] = []
    session.save()
    answer = office.get(reverse("travel:check-in-start"))
    assert answer.status_code == 302
    assert "reauthenticate" in answer.url


def test_a_leader_asks_their_own_travelers_only(trip, sign_in):
    mine, other = traveler(trip, 1), traveler(trip_away(), 2)
    leader = sign_in(leader_of(trip))
    page = reverse("travel:check-in-start")
    assert str(other.application.student) not in leader.get(page).text

    assert leader.post(page, {"kind": "real", "travelers": [other.code], "start": "1", **WHY}).status_code == 200
    assert not CheckIn.objects.exists()
    leader.post(page, {"kind": "real", "travelers": [mine.code], "start": "1", **WHY})
    assert CheckIn.objects.get().people.get().placement == mine


def test_a_leader_of_one_trip_sees_and_works_only_its_travelers(trip, sign_in):
    mine, other = traveler(trip, 1), traveler(trip_away(), 2)
    check_in = started([mine, other])
    account = leader_of(trip)
    leader = sign_in(account)

    page = board(leader, check_in).text
    assert "Traveler 001" in page
    assert "Traveler 002" not in page
    assert press(leader, mine, "seen").status_code == 302
    assert press(leader, other, "seen").status_code == 404
    assert (state_of(mine), state_of(other)) == ("seen", "asked")
    assert "All 1 travelers" not in board(leader, check_in).text


@pytest.mark.parametrize("by_link", [False, True])
def test_words_are_read_with_one_tap_on_the_board_and_the_student_reads_who_has(trip, sign_in, by_link):
    one = traveler(trip, language="es")
    check_in = started([one])
    row = CheckInPerson.objects.get()
    leader_of(trip)
    if by_link:
        trip.leaders.update(user=None, language="en")
        link = LeaderLinkFactory(trip=trip, contact=trip.leaders.get())
        leader, page = entered(link), reverse("travel:roster-check-in", args=[link.link, check_in.code])
        note = reverse("travel:roster-check-in-note", args=[link.link, row.code])
    else:
        leader, page = sign_in(trip.leaders.get().user), check_in.get_absolute_url()
        note = reverse("travel:check-in-note", args=[row.code])
    text_in(number_of(one), "¿y Maria?")
    student, mine = Client(), reverse("travel:check-in-answer", args=[row.link])
    student.post(mine, {"said": "safe"})

    assert "Nos dijiste que estás bien" in student.get(mine).text
    assert 'value="safe"' not in student.get(mine).text
    board = leader.get(page).text
    assert "Told us on their page that they’re safe" in board and "They wrote: “¿y Maria?”" in board
    (words,) = re.findall(r'name="words" value="(\d+)"', board)
    leader.post(note, {"said": "read", "words": words})

    assert state_of(one) == "safe"
    assert 'value="read"' not in leader.get(page).text
    assert "Ruth Abebe leyó lo que nos escribiste. Gracias." in student.get(mine).text


@pytest.mark.parametrize("who", ["student", "advisor", "director", "former"])
def test_nobody_else_sees_or_works_it(trip, sign_in, who):
    one = traveler(trip)
    check_in = started([one])
    if who == "former":
        user = leader_of(trip)
        trip.leaders.update(user=None)
    else:
        user = {
            "student": one.application.student,
            "advisor": UserFactory(advisor=one.application.college),
            "director": UserFactory(director=True),
        }[who]
    client = sign_in(user)
    assert board(client, check_in).status_code == 404
    assert press(client, one, "seen").status_code == 404
    assert client.post(reverse("travel:check-in-close", args=[check_in.code])).status_code == 404
    assert client.get(reverse("travel:check-in-list")).status_code == 403
    assert client.get(reverse("travel:check-in-start")).status_code == 403
    assert state_of(one) == "asked"


def test_the_heading_is_the_answer_and_who_needs_somebody_comes_first(trip, sign_in):
    people = [traveler(trip, each) for each in range(1, 4)]
    check_in = started(people)
    ruth = sign_in(leader_of(trip))
    assert "3 of 3 aren’t accounted for yet" in board(ruth, check_in).text

    text_in(number_of(people[0]), "1")
    press(ruth, people[1], "taken")
    assert "2 of 3 aren’t accounted for. Calling now: Ruth Abebe" in board(ruth, check_in).text

    text_in(number_of(people[2]), "2")
    page = board(ruth, check_in).text
    assert "1 person needs help" in page
    assert page.index("Traveler 003") < page.index("Traveler 002") < page.index("Traveler 001")

    press(ruth, people[1], "called_safe"), press(ruth, people[2], "seen")
    page = board(ruth, check_in).text
    assert "All 3 people are accounted for" in page
    assert "Traveler 001: told us by text that they’re safe" in page
    assert "Traveler 003: Ruth Abebe saw them" in page


def test_the_list_says_how_many_are_accounted_for(trip, sign_in):
    people = [traveler(trip, 1), traveler(trip, 2)]
    started(people)
    text_in(number_of(people[0]), "1")
    page = sign_in(leader_of(trip)).get(reverse("travel:check-in-list")).text
    assert "1 of 2" in " ".join(page.split())
    assert reverse("travel:check-in-start") in page


def test_a_note_is_taken_back_with_its_button(trip, sign_in):
    one = traveler(trip)
    started([one])
    office = sign_in(UserFactory(coordinator=True))
    press(office, one, "seen"), press(office, one, "undo")
    assert state_of(one) == "asked"
    press(office, one, "nonsense")
    assert state_of(one) == "asked"


def test_undo_leaves_what_a_colleague_noted_after_the_page_was_opened(trip, sign_in):
    one = traveler(trip)
    check_in = started([one])
    office = sign_in(UserFactory(coordinator=True))
    press(office, one, "seen")
    noted = re.search(r'name="note" value="([0-9]+)"', board(office, check_in).text)[1]
    person = CheckInPerson.objects.get(placement=one)
    actions.note(person, Said.CALLED_HELP, by=leader_of(trip))
    note = reverse("travel:check-in-note", args=[person.code])

    assert "so nothing was changed" in office.post(note, {"said": "undo", "note": noted}, follow=True).text
    assert state_of(one) == "help"
    last = re.search(r'name="note" value="([0-9]+)"', board(office, check_in).text)[1]
    office.post(note, {"said": "undo", "note": last})
    assert state_of(one) == "seen"


def test_undo_after_the_check_in_was_closed_says_so(trip, sign_in):
    one = traveler(trip)
    check_in = started([one])
    office = sign_in(UserFactory(coordinator=True))
    press(office, one, "seen")
    actions.close(check_in, by=UserFactory(coordinator=True))

    person = CheckInPerson.objects.get(placement=one)
    answer = office.post(reverse("travel:check-in-note", args=[person.code]), {"said": "undo"}, follow=True)
    assert "This check-in is closed, so nothing was changed." in answer.text and state_of(one) == "seen"


def test_times_on_the_board_are_those_of_the_city(trip, sign_in):
    check_in = started([traveler(trip)])
    moment = dt.datetime(2026, 11, 28, 7, 30, tzinfo=dt.UTC)
    CheckIn.objects.filter(pk=check_in.pk).update(started_at=moment)
    assert "2:30 pm" in board(sign_in(UserFactory(coordinator=True)), check_in).text


def test_what_somebody_wrote_is_on_the_board(trip, sign_in):
    one = traveler(trip)
    check_in = started([one])
    text_in(number_of(one), "my leg hurts")
    assert "They wrote: “my leg hurts”" in board(sign_in(UserFactory(coordinator=True)), check_in).text


def test_the_board_takes_the_same_queries_for_any_number(trip, sign_in, django_assert_max_num_queries):
    people = [traveler(trip, each) for each in range(1, 9)]
    check_in = started(people)
    office = sign_in(UserFactory(coordinator=True))
    board(office, check_in)
    with django_assert_max_num_queries(10):
        board(office, check_in)


def test_it_is_closed_on_the_page_once_everyone_is_found(trip, sign_in):
    one = traveler(trip)
    check_in = started([one])
    office = sign_in(UserFactory(coordinator=True))
    close = reverse("travel:check-in-close", args=[check_in.code])
    office.post(close)
    assert CheckIn.objects.open().exists()
    press(office, one, "seen"), office.post(close)
    assert not CheckIn.objects.open().exists()


# --- The traveler's page -----------------------------------------------------------------------------


def answer_page(placement):
    return reverse("travel:check-in-answer", args=[CheckInPerson.objects.get(placement=placement).link])


def test_one_tap_without_signing_in_says_safe_and_a_second_changes_nothing(trip):
    one = traveler(trip)
    started([one])
    client, page = Client(), answer_page(one)
    assert "There was an earthquake nearby." in client.get(page).text
    for _tap in range(2):
        assert client.post(page, {"said": "safe"}).status_code == 302

    assert "You’re marked safe" in client.get(page).text
    person = CheckInPerson.objects.get()
    assert (person.state, person.steps.filter(kind="safe").count()) == ("safe", 1)
    assert person.steps.get(kind="safe").by_link


def test_help_is_first_on_the_page_and_told_at_once(trip):
    one = traveler(trip)
    started([one])
    client, page = Client(), answer_page(one)
    shown = client.get(page).text
    assert shown.index("I need help") < shown.index("I’m safe")
    client.post(page, {"said": "help"})
    assert "We know you need help" in client.get(page).text
    assert Message.objects.filter(template=actions.ALERTS).exists()


def test_the_page_is_in_the_travelers_language(trip):
    one = traveler(trip, language="es")
    started([one])
    assert "Necesito ayuda" in Client().get(answer_page(one)).text


def test_opening_it_changes_nothing_and_a_wrong_link_opens_nothing(trip):
    one = traveler(trip)
    started([one])
    person = CheckInPerson.objects.get()
    Client().get(answer_page(one))
    assert (state_of(one), person.steps.count()) == ("asked", 1)
    assert Client().get(reverse("travel:check-in-answer", args=[person.token])).status_code == 404


def test_after_the_end_only_help_is_left(trip):
    one = traveler(trip)
    check_in = started([one], kind="drill")
    actions.close(check_in, by=check_in.started_by)
    client, page = Client(), answer_page(one)
    assert "I’m safe" not in client.get(page).text
    client.post(page, {"said": "safe"})
    assert state_of(one) == "asked"
    client.post(page, {"said": "help"})
    assert state_of(one) == "help"


# --- How to reach somebody there ---------------------------------------------------------------------


def test_a_traveler_says_how_to_reach_them(trip, sign_in):
    one = traveler(trip)
    student, page = sign_in(one.application.student), reverse("travel:reachability", args=[one.code])
    assert page in student.get(one.get_absolute_url()).text
    assert student.post(page, {"way": "local", "phone": ""}).status_code == 200
    assert student.post(page, {"way": "local", "phone": "+84 91 234 56 78"}).status_code == 302
    assert student.post(page, {"way": "local", "phone": "+84 91 234 56 78"}).status_code == 302
    said = Reachability.objects.get()
    assert (said.way, said.phone.as_e164) == ("local", "+84912345678")
    student.post(page, {"way": "data", "phone": "+84 91 234 56 78"})
    assert list(Reachability.objects.values_list("way", "phone")) == [("data", "")]


def test_without_a_confirmed_number_ones_own_number_is_no_choice(trip, sign_in):
    one = traveler(trip, phone=False)
    answer = sign_in(one.application.student).post(reverse("travel:reachability", args=[one.code]), {"way": "same"})
    assert "You haven’t confirmed a phone number yet." in answer.text
    assert not Reachability.objects.exists()


def test_the_offices_list_counts_who_is_missing(trip, sign_in):
    people = [traveler(trip, 1), traveler(trip, 2)]
    started(people)
    text_in(number_of(people[0]), "1")
    assert CheckInPerson.objects.missing().count() == 1
    assert addressed_to(UserFactory(coordinator=True))["check_ins"] == 1


def test_a_leader_reads_first_who_is_not_accounted_for(client, trip):
    leader, other = leader_of(trip, advisor=True), UserFactory(advisor=True)
    started([traveler(trip), traveler(trip, 2)])

    client.force_login(leader)
    step = client.get(reverse("travel:work")).context["step"]
    client.force_login(other)
    theirs = client.get(reverse("travel:work"))

    assert "2 people in a check-in aren’t accounted for" in str(step) and "accounted for" not in theirs.text


def test_a_leader_finds_the_trip_on_the_first_page_until_it_is_over(client, trip):
    client.force_login(leader_of(trip, advisor=True))
    roster = reverse("travel:roster", args=[trip.code])
    assert roster in client.get(reverse("travel:work")).text

    trip.returned_at = timezone.now()
    trip.save()

    assert roster not in client.get(reverse("travel:work")).text
