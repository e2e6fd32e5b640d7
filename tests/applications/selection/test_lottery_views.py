"""The office's pages of a lottery, and what an outsider can see at each stage."""

import html
import re

import pytest
from django.urls import reverse

from applications.base import lottery as rule
from applications.models import Application, Decision, Lottery
from applications.selection.actions import lottery as actions
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory, CycleFactory, ReviewFactory, review_facts
from tests.factories_lottery import PUBLIC_DRAW, REASON, RESULT, lottery_of, on_its_day, scored, tie, tomorrow
from tests.test_attacks import at_once, post

pytestmark = pytest.mark.django_db
ANNOUNCED, COMMITTED, DRAWN, PUBLISHED, CALLED_OFF = Lottery.Stage
ZONE = {"kind": "mean", "score_from": "11.333", "score_to": "11.333", "seats": "2", "reason": REASON}


def commit(**typed):
    return {"act": "commit", "public_draw": PUBLIC_DRAW, "public_draw_on": tomorrow().isoformat()} | typed


def on_draw_day():
    return on_its_day(lottery_of(stage=COMMITTED))


@pytest.fixture
def office(sign_in):
    review_facts()
    return sign_in(UserFactory(coordinator=True))


def cycle_page(cycle):
    return reverse("applications:selection-lottery", args=[cycle.code])


def public_page(lottery):
    return reverse("applications:lottery-public", args=[lottery.code])


def file_of(lottery):
    return reverse("applications:lottery-file", args=[lottery.code])


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def codes_in(response, lottery):
    page = response.content.decode()
    return [code for code in lottery.entries.split() if code in page]


# --- The office -------------------------------------------------------------------------------------


def test_a_whole_lottery_by_its_pages(office):
    cycle = tie()
    announced = office.post(cycle_page(cycle), ZONE, follow=True)
    lottery = Lottery.objects.get()
    assert announced.redirect_chain[-1][0] == lottery.get_absolute_url()
    assert len(codes_in(announced, lottery)) == 6

    fixed = office.post(lottery.get_absolute_url(), commit(), follow=True)
    lottery.refresh_from_db()
    assert lottery.entries_hash in text_of(fixed) and PUBLIC_DRAW in text_of(fixed)
    assert public_page(lottery) in text_of(fixed)

    lottery = on_its_day(lottery)
    drawn = office.post(lottery.get_absolute_url(), {"act": "draw", "result": RESULT}, follow=True)
    lottery.refresh_from_db()
    assert lottery.result == "7-14-25-36-41-3"
    assert [row["code"] for row in drawn.context["rows"]] == lottery.order.split()
    assert [row["has_seat"] for row in drawn.context["rows"]] == [True, True, False, False, False, False]
    assert "6 candidates don’t have a result yet." in text_of(drawn)
    assert not Decision.objects.exists()

    Application.objects.update(status="not_selected")
    published = office.post(lottery.get_absolute_url(), {"act": "publish"}, follow=True)
    assert "Published. Anyone can check the draw now." in text_of(published)


def test_the_form_begins_with_the_tie_at_the_cut(office):
    cycle = tie(6)  # four seats
    initial = office.get(cycle_page(cycle)).context["form"].initial
    assert (str(initial["score_from"]), initial["seats"]) == ("11.333", 4)


def test_the_form_of_an_announced_one_changes_its_zone(office):
    lottery = lottery_of()
    scored(lottery.cycle, 10)
    page = office.get(cycle_page(lottery.cycle))
    assert page.context["form"].initial["reason"] == REASON
    assert "Change the tie" in text_of(page)

    office.post(cycle_page(lottery.cycle), ZONE | {"score_from": "10"})

    lottery.refresh_from_db()
    assert len(lottery.entries.split()) == 7


def test_the_zone_of_a_public_one_has_no_form_and_cannot_be_changed(office):
    lottery = lottery_of(stage=COMMITTED)
    assert office.get(cycle_page(lottery.cycle)).context["form"] is None

    response = office.post(cycle_page(lottery.cycle), ZONE | {"seats": "3"})

    assert "The tie can no longer be changed." in text_of(response)
    lottery.refresh_from_db()
    assert lottery.seats == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"seats": "0"}, "seats"),
        ({"score_to": "9"}, "score_to"),
        ({"score_from": "a"}, "score_from"),
        ({"score_from": ""}, "score_from"),
        ({"kind": ""}, "kind"),
    ],
)
def test_a_zone_that_is_none_asks_again(office, typed, field):
    response = office.post(cycle_page(tie()), ZONE | typed)
    assert response.context["form"].has_error(field)
    assert not Lottery.objects.exists()


def test_a_rule_that_forbids_is_told(office):
    response = office.post(cycle_page(tie(1)), ZONE)
    assert "there’s nothing to draw." in text_of(response)


@pytest.mark.parametrize("typed", [{"public_draw": " "}, {"public_draw_on": ""}, {"public_draw_on": "2020-02-02"}])
def test_a_public_draw_that_is_none_or_not_ahead_asks_again(office, typed):
    lottery = lottery_of()
    response = office.post(lottery.get_absolute_url(), commit(**typed))
    assert response.context["forms"]["commit"].has_error(*typed)
    lottery.refresh_from_db()
    assert lottery.stage == ANNOUNCED


@pytest.mark.parametrize("result", ["", "123", "no numbers"])
def test_a_result_that_is_none_asks_again(office, result):
    lottery = on_draw_day()
    response = office.post(lottery.get_absolute_url(), {"act": "draw", "result": result})
    assert response.context["forms"]["draw"].has_error("result")
    lottery.refresh_from_db()
    assert lottery.stage == COMMITTED


def test_the_result_is_asked_for_on_the_day_of_the_draw_and_canceling_isnt_offered_any_more(office):
    lottery = lottery_of(stage=COMMITTED)
    before = office.get(lottery.get_absolute_url()).text
    assert 'value="draw"' not in before and 'value="call_off"' in before
    on_its_day(lottery)
    after = office.get(lottery.get_absolute_url()).text
    assert 'value="draw"' in after and 'value="call_off"' not in after


def test_a_correction_is_made_on_the_page_and_shown_to_everybody(office, client):
    lottery = lottery_of(stage=DRAWN)
    typed = {"act": "correct", "result": "1 2 3 4 5, Mega 6", "reason": ""}
    assert office.post(lottery.get_absolute_url(), typed).context["forms"]["correct"].has_error("reason")

    office.post(lottery.get_absolute_url(), typed | {"reason": "It was last week’s."})

    lottery.refresh_from_db()
    assert lottery.result == "1-2-3-4-5-6"
    facts = {each["label"]: each["value"] for each in client.get(public_page(lottery)).context["facts"]}
    assert (facts["Result"], facts["Typed before a correction"]) == ("1-2-3-4-5-6", "7-14-25-36-41-3")


def test_call_off_needs_a_reason_and_shows_it(office):
    lottery = lottery_of(stage=COMMITTED)
    assert office.post(lottery.get_absolute_url(), {"act": "call_off"}).context["forms"]["call_off"].has_error("reason")

    page = office.post(lottery.get_absolute_url(), {"act": "call_off", "reason": "Wrong seats."}, follow=True)

    assert "Wrong seats." in text_of(page)
    assert office.get(cycle_page(lottery.cycle)).context["form"] is not None


def test_an_act_that_is_none_changes_nothing(office):
    lottery = lottery_of()
    assert office.post(lottery.get_absolute_url(), {"act": "win"}).status_code == 302
    lottery.refresh_from_db()
    assert lottery.stage == ANNOUNCED


def test_who_gave_up_keeps_the_place_and_takes_no_seat(office):
    lottery = lottery_of(stage=DRAWN)
    Application.objects.filter(code=lottery.order.split()[0]).update(status="declined")
    rows = office.get(lottery.get_absolute_url()).context["rows"]
    assert [row["has_seat"] for row in rows] == [False, True, True, False, False, False]


def test_whoever_is_in_it_does_not_see_it_as_the_office_does(sign_in):
    lottery = lottery_of(stage=DRAWN)
    own = Application.objects.get(code=lottery.order.split()[0]).student
    own.roles.create(kind="coordinator")
    client = sign_in(own)
    assert client.get(lottery.get_absolute_url()).status_code == 403
    assert client.get(file_of(lottery)).status_code == 403


def test_whoever_still_reads_gets_no_zone_and_no_entries(sign_in):
    review_facts()
    lottery = lottery_of()
    office = UserFactory(coordinator=True)
    inside = Application.objects.get(code=lottery.entries.split()[0])
    client, own = sign_in(office), AssignmentFactory(application=inside, reader=office)

    page = text_of(client.get(cycle_page(lottery.cycle)))
    assert f"You still have to lock your own readings: {own.candidate_label}." in page
    assert "11.333" not in page
    assert client.get(lottery.get_absolute_url()).status_code == 403
    assert client.get(file_of(lottery)).status_code == 403

    ReviewFactory(assignment=own, locked=True)
    assert client.get(lottery.get_absolute_url()).status_code == 200
    assert client.get(cycle_page(lottery.cycle)).context["form"]


def test_empty_cycle_page_says_what_will_be_there(office):
    assert "No lotteries yet" in text_of(office.get(cycle_page(CycleFactory())))


# --- On the ranked list -----------------------------------------------------------------------------


def test_the_ranked_list_shows_the_place(office):
    lottery = lottery_of(stage=DRAWN)
    page = text_of(office.get(reverse("applications:selection-list"), {"cycle": lottery.cycle.code}))
    for place in range(1, 7):
        assert f"lottery: {place} of 6" in page


def test_the_reason_of_a_decision_begins_with_the_place_and_no_result_is_chosen(office):
    lottery = lottery_of(stage=DRAWN)
    address = reverse("applications:decision-record", args=[lottery.order.split()[2]])

    initial = office.get(address).context["form"].initial

    assert re.fullmatch(r"Lottery on \w+ \d+, \d+, position 3 of 6\. ", initial["reason"])
    assert "result" not in initial
    office.post(address, {"result": "selected", "reason": initial["reason"]})
    assert Decision.objects.get().reason == initial["reason"].strip()


def test_a_candidate_of_no_draw_has_no_words_in_the_reason(office):
    lottery = lottery_of(stage=COMMITTED)
    address = reverse("applications:decision-record", args=[lottery.entries.split()[0]])
    assert office.get(address).context["form"].initial == {}


# --- The public -------------------------------------------------------------------------------------


def test_nobody_outside_finds_an_announced_one(client):
    lottery = lottery_of()
    assert client.get(public_page(lottery)).status_code == 404
    assert client.get(file_of(lottery)).status_code == 404


@pytest.mark.parametrize("stage", [COMMITTED, DRAWN])
def test_before_it_is_published_outsiders_see_the_hash_and_no_code(client, stage):
    lottery = lottery_of(stage=stage)

    page = client.get(public_page(lottery))

    assert lottery.entries_hash in text_of(page)
    assert PUBLIC_DRAW in text_of(page)
    assert REASON in text_of(page)
    assert codes_in(page, lottery) == []
    assert client.get(file_of(lottery)).status_code == 403


def test_a_published_one_can_be_checked_by_anybody(client):
    lottery = lottery_of(stage=PUBLISHED)

    page, file = client.get(public_page(lottery)), client.get(file_of(lottery))

    assert page.context["order"] == lottery.order.split()
    assert "attachment" in file["Content-Disposition"]
    assert rule.sha256(file.content.decode()) == lottery.entries_hash
    for application in actions.entries_of(lottery):
        for answer in (page, file):
            assert application.student.full_name not in answer.content.decode()
            assert str(application.college) not in answer.content.decode()


def test_the_file_before_and_after_the_draw_is_the_same(office):
    lottery = on_draw_day()
    before = office.get(file_of(lottery)).content
    actions.draw(lottery, result=RESULT, by=UserFactory(coordinator=True))
    assert office.get(file_of(lottery)).content == before


def test_a_called_off_one_that_was_public_says_why(client):
    lottery = actions.call_off(lottery_of(stage=COMMITTED), reason="The seats were wrong.", by=UserFactory())
    assert "The seats were wrong." in text_of(client.get(public_page(lottery)))


def test_the_public_page_lists_all_of_the_cycle_that_were_public(client):
    first = lottery_of(stage=COMMITTED)
    actions.call_off(first, reason="Wrong seats.", by=UserFactory())
    second = lottery_of(first.cycle, stage=DRAWN)
    never = actions.call_off(lottery_of(tie(3, mean="11.333", cycle=CycleFactory())), reason="No.", by=UserFactory())

    page = client.get(public_page(second))

    assert [other["row"] for other in page.context["others"]] == [first]
    assert public_page(first) in text_of(page)
    assert client.get(public_page(never)).status_code == 404


def test_the_public_page_asks_few_queries(client, django_assert_max_num_queries):
    lottery = lottery_of(stage=PUBLISHED)
    client.get(public_page(lottery))
    with django_assert_max_num_queries(3):
        client.get(public_page(lottery))


def test_the_office_s_page_asks_the_same_for_6_and_30(office, django_assert_max_num_queries):
    lottery = lottery_of(tie(30), stage=DRAWN)
    office.get(lottery.get_absolute_url())
    with django_assert_max_num_queries(15):
        office.get(lottery.get_absolute_url())


# --- Concurrency ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_at_once_announce_commit_and_draw_once(sign_in):
    review_facts()
    cycle = tie()
    clients = [sign_in(UserFactory(coordinator=True)) for _coordinator in range(2)]

    at_once(*(post(client, cycle_page(cycle), ZONE) for client in clients))
    address = Lottery.objects.get().get_absolute_url()
    named = (PUBLIC_DRAW, "Another lottery")
    at_once(*(post(client, address, commit(public_draw=name)) for client, name in zip(clients, named, strict=True)))
    lottery = on_its_day(Lottery.objects.get())
    at_once(
        *(
            post(client, address, {"act": "draw", "result": result})
            for client, result in zip(clients, ("1111", "6666"), strict=True)
        )
    )

    lottery.refresh_from_db()
    assert lottery.public_draw in named and lottery.result in ("1111", "6666")
    assert rule.faults_of(lottery.draw, lottery.entries_hash) == []
    events = Event.objects.filter(target_model="applications.lottery").order_by("pk")
    assert [each.action for each in events] == ["lottery.announce", "lottery.commit", "lottery.draw"]
