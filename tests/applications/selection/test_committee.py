"""The committee's page: reserves tried and saved, a proposal and its undo, comparison of two applications, notes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Answer, CommitteeNote, Decision, Lottery, Reserve
from applications.selection import committee as room
from applications.selection import levers
from applications.selection.actions import committee, proposal, selection
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    review_facts,
)
from tests.factories_lottery import lottery_of, tie
from tests.factories_meeting import InterviewFactory

pytestmark = pytest.mark.django_db
RESERVES, DRAFT = "applications:selection-reserves", "applications:selection-draft"
NO_LEVER = {
    "parents_education": "bachelors",
    "fee_waiver": "no",
    "first_abroad": False,
    "council_district": "outside",
}


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, coordinator):
    return sign_in(coordinator)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True, seats=2)


def candidate(cycle, mean, *, state="submitted", **answers):
    said = {f"answered__{key}": value for key, value in (NO_LEVER | answers).items()}
    figures = {"score_mean": mean, "score_median": mean, "score_spread": 1, "reads_locked": 3}
    return ApplicationFactory(cycle=cycle, answered=True, **{state: True}, **figures, **said)


def at(name, cycle, **query):
    return reverse(name, kwargs={"code": cycle.code}, query=query or None)


def group(cycle, key):
    return next(each for each in room.Names(cycle).groups if each.key == key)


def keep(cycle, by, **seats):
    kept = [(group(cycle, key.replace("__", ":")), number) for key, number in seats.items()]
    return committee.save_reserves(cycle, kept, reason="Who has had the least chance.", by=by)


# --- Reserves ---------------------------------------------------------------------------------------


def test_a_try_says_who_comes_in_who_goes_out_and_the_price_and_keeps_nothing(office, cycle):
    first, out, need = candidate(cycle, 14), candidate(cycle, 13), candidate(cycle, 11.5, fee_waiver="yes")
    events = Event.objects.count()

    page = office.get(at(RESERVES, cycle, need=1))

    assert [line["application"] for line in page.context["enters"]] == [need]
    assert page.context["enters"][0]["groups"] == ["Financial need"]
    assert [line["application"] for line in page.context["leaves"]] == [out]
    assert page.context["outcome"].price == 1.5
    assert first.code in page.context["outcome"].chosen
    assert "The total drops by 1.5 points." in " ".join(page.content.decode().split())
    assert (Reserve.objects.count(), Event.objects.count()) == (0, events)


def test_reserves_are_saved_with_a_reason_and_replaced(office, cycle):
    candidate(cycle, 14)
    college = CollegeFactory()

    missing = office.post(at(RESERVES, cycle), {"need": 1})
    office.post(at(RESERVES, cycle), {"need": 1, f"college:{college.code}": 1, "reason": "Fewer have gone."})
    saved = room.saved_floors(cycle)
    office.post(at(RESERVES, cycle), {"district:7": 2, "reason": "None from there yet."})

    assert missing.context["form"].errors["reason"]
    assert saved == {"need": 1, f"college:{college.code}": 1}
    assert room.saved_floors(cycle) == {"district:7": 2}
    kept = Event.objects.filter(action="committee.save_reserves").latest("pk")
    assert (kept.reason, kept.changes["before"]) == ("None from there yet.", saved)


def test_what_does_not_add_up_is_said_and_what_was_typed_stays(office, cycle):
    page = office.post(at(RESERVES, cycle), {"need": 9, "minimum": "x", "reason": "Because."})

    assert set(page.context["form"].errors) == {"need", "minimum"}
    assert 'value="9"' in page.content.decode()
    assert not Reserve.objects.exists()


def test_more_than_the_seats_or_by_a_candidate_is_refused(coordinator, cycle):
    with pytest.raises(RuleViolation) as many:
        keep(cycle, coordinator, need=3)
    ApplicationFactory(cycle=cycle, submitted=True, student=coordinator)
    with pytest.raises(RuleViolation) as own:
        keep(cycle, coordinator, need=1)

    assert (many.value.code, own.value.code) == ("more_than_seats", "own_application")


def test_the_same_reserves_again_change_nothing(coordinator, cycle):
    first = keep(cycle, coordinator, need=1)

    assert keep(cycle, coordinator, need=1) == first
    assert Event.objects.filter(action="committee.save_reserves").count() == 1


def test_standard_definitions_can_be_taken_where_there_are_none(office, cycle):
    cycle.levers.all().delete()
    assert "Use the standard definitions" in office.get(at(RESERVES, cycle)).content.decode()

    office.post(at("applications:selection-levers", cycle))

    assert cycle.levers.count() == 4


SAID = {"values": ["yes", "not_sure"], "definition_en": "Gets help to pay.", "definition_es": "Recibe ayuda."}


def test_a_definition_is_changed_before_the_first_result_and_the_counts_go_by_it(office, cycle):
    candidate(cycle, 14, fee_waiver="not_sure")
    address = reverse("applications:selection-lever", kwargs={"code": cycle.code, "kind": "need"})
    assert group(cycle, "need").count == 0

    page = office.get(address)
    nothing = office.post(address, {**SAID, "values": [], "reason": "Most do not know."})
    office.post(address, {**SAID, "reason": "Most do not know."})

    assert [name for name, _words in page.context["form"].fields["values"].choices] == ["yes", "no", "not_sure"]
    assert "Do you get financial aid for college?" in page.content.decode()
    assert nothing.context["form"].errors.keys() == {"values"}
    assert (group(cycle, "need").count, group(cycle, "need").definition) == (1, "Gets help to pay.")
    kept = Event.objects.get(action="committee.change_lever")
    assert (kept.reason, kept.changes["before"]["values"]) == ("Most do not know.", ["yes"])


def test_yes_stays_yes_when_only_the_words_change(office, cycle):
    traveler = candidate(cycle, 14, first_abroad=True)
    address = reverse("applications:selection-lever", kwargs={"code": cycle.code, "kind": "first_trip"})

    office.post(address, {"values": ["True"], "definition_en": "A", "definition_es": "B", "reason": "Shorter."})

    lever = cycle.levers.get(kind="first_trip")
    assert (lever.values, lever.definition_en) == ([True], "A")
    assert list(levers.members(lever)) == [traveler]


def test_a_definition_stays_once_there_is_a_result_or_a_seat_is_kept_by_it(coordinator, cycle):
    lever = cycle.levers.get(kind="need")
    keep(cycle, coordinator, need=1)
    with pytest.raises(RuleViolation) as seats:
        committee.change_lever(lever, **SAID, reason="Later.", by=coordinator)
    keep(cycle, coordinator)
    DecisionFactory(application=candidate(cycle, 12))
    with pytest.raises(RuleViolation) as decided:
        committee.change_lever(lever, **SAID, reason="Later.", by=coordinator)
    as_it_is = {name: getattr(lever, name) for name in SAID}

    assert (seats.value.code, decided.value.code) == ("seats_are_kept", "already_decided")
    assert committee.change_lever(lever, **as_it_is, reason="The same.", by=coordinator) == lever
    assert not Event.objects.filter(action="committee.change_lever").exists()


def test_a_reader_who_has_not_locked_sees_no_what_if_and_makes_no_draft(office, coordinator, cycle):
    application = candidate(cycle, 14)
    AssignmentFactory(application=application, reader=coordinator)

    page = office.get(at(RESERVES, cycle, need=1))

    assert "outcome" not in page.context
    assert "Lock your own readings" in page.content.decode()
    with pytest.raises(RuleViolation) as refused:
        proposal.draft(cycle, room.CommitteeRule(room.Basis.RAW, {}), waitlist=0, fingerprint="", by=coordinator)
    assert refused.value.code == "reading_open"


def test_whoever_was_drawn_counts_alike_in_the_drawn_order(cycle):
    lottery = lottery_of(cycle=tie(cycle=cycle), stage=Lottery.Stage.DRAWN)
    drawn = lottery.order.split()
    cycle.applications.filter(code=drawn[-1]).update(score_mean=12)

    found = room.what_if(cycle, room.CommitteeRule(room.Basis.RAW, {}), _nothing_adjusted())

    places = [code for code in (*found.outcome.chosen, *found.outcome.waiting) if code in drawn]
    assert places == drawn


def _nothing_adjusted():
    class Nothing:
        def of(self, key):
            return None

    return Nothing()


def test_the_room_asks_the_same_for_few_and_many(office, cycle, django_assert_max_num_queries):
    for mean in (14, 13, 12):
        candidate(cycle, mean, fee_waiver="no" if mean > 12 else "yes")
    office.get(at(RESERVES, cycle, need=1))
    with django_assert_max_num_queries(24):
        office.get(at(RESERVES, cycle, need=1))
    for mean in (9, 10, 11, 12):
        candidate(cycle, mean, fee_waiver="yes")
    office.get(at(RESERVES, cycle, need=1))  # from here on the comparison of scores is cached
    with django_assert_max_num_queries(24):
        office.get(at(RESERVES, cycle, need=1))


# --- A proposal -------------------------------------------------------------------------------------


def test_a_draft_keeps_a_private_result_with_the_rule_and_comes_back_in_one_step(office, coordinator, cycle):
    first, out, need = candidate(cycle, 14), candidate(cycle, 13), candidate(cycle, 11.5, fee_waiver="yes")
    keep(cycle, coordinator, need=1)
    page = office.get(at(DRAFT, cycle, basis="raw"))
    assert [line["application"] for line in page.context["chosen"]] == [first, need]
    assert not Decision.objects.exists()

    office.post(at(DRAFT, cycle), {"basis": "raw", "waitlist": 1, "fingerprint": page.context["fingerprint"]})

    results = {each.application: each for each in Decision.objects.all()}
    assert {row: each.result for row, each in results.items()} == {
        first: Status.SELECTED,
        need: Status.SELECTED,
        out: Status.WAITLISTED,
    }
    assert "Financial need 1" in results[first].reason and "Among the highest scores" in results[first].reason
    assert "Reserved spot for: Financial need" in results[need].reason
    assert (results[out].waitlist_position, results[out].released_at) == (1, None)

    office.post(at("applications:selection-draft-undo", cycle))
    assert not Decision.objects.exists()
    assert proposal.newest_of(cycle) is None


def test_an_undo_leaves_what_a_person_changed(coordinator, cycle):
    kept, _other = candidate(cycle, 14), candidate(cycle, 13)
    asked = room.CommitteeRule(room.Basis.RAW, {})
    seen = room.what_if(cycle, asked, _nothing_adjusted()).fingerprint()
    assert proposal.draft(cycle, asked, waitlist=0, fingerprint=seen, by=coordinator) == 2
    selection.decide(kept, result=Status.NOT_SELECTED, reason="Cannot travel.", by=coordinator)

    assert proposal.undo_draft(cycle, by=coordinator) == 1
    assert [each.application for each in Decision.objects.all()] == [kept]
    with pytest.raises(RuleViolation) as nothing:
        proposal.undo_draft(cycle, by=coordinator)
    assert nothing.value.code == "no_draft"


def test_a_draft_is_what_was_on_the_screen_or_nothing(office, cycle):
    candidate(cycle, 14)
    page = office.get(at(DRAFT, cycle))
    candidate(cycle, 15)

    office.post(at(DRAFT, cycle), {"basis": "raw", "fingerprint": page.context["fingerprint"]})

    assert not Decision.objects.exists()


def test_seats_that_are_taken_count_in_the_reserves(cycle):
    candidate(cycle, 10, state="confirmed", fee_waiver="yes")
    best, _need = candidate(cycle, 14), candidate(cycle, 12, fee_waiver="yes")

    found = room.what_if(cycle, room.CommitteeRule(room.Basis.RAW, {"need": 1}), _nothing_adjusted())

    assert (found.taken, found.outcome.chosen, found.outcome.enters) == (1, (best.code,), ())


@pytest.mark.parametrize(("minimum", "said"), [("10", "10"), ("7.50", "7.5")])
def test_the_least_score_is_said_as_people_write_it(cycle, minimum, said):
    asked = room.CommitteeRule(room.Basis.RAW, {}, minimum=Decimal(minimum))
    assert proposal.rule_in_words(cycle, asked).endswith(f"by average scores, at least {said} points.")


def test_a_result_by_hand_stays_outside_of_the_draft(cycle):
    DecisionFactory(application=candidate(cycle, 14), result=Status.NOT_SELECTED)
    other = candidate(cycle, 13)

    found = room.what_if(cycle, room.CommitteeRule(room.Basis.RAW, {}), _nothing_adjusted())

    assert found.outcome.chosen == (other.code,)


# --- Side by side, notes ----------------------------------------------------------------------------


def test_two_side_by_side_with_their_readings_and_notes_and_no_answer_for_the_office(office, coordinator):
    cycle = CycleFactory(ready=True)
    sides = [ApplicationFactory(cycle=cycle, submitted=True, answered=True) for _ in range(2)]
    for application, points in zip(sides, (2, 5), strict=True):
        ReviewFactory(assignment=AssignmentFactory(application=application), points=points, locked=True)
    Answer.objects.filter(question__key="parents_education").update(value="bachelors")
    committee.add_note(sides[0], text="Asked about dates.", by=coordinator)

    page = office.get(at("applications:selection-compare", cycle, applications=[each.code for each in sides]))
    text = page.content.decode()

    assert [side["application"] for side in page.context["sides"]] == sides
    assert [side["readings"][0]["total"] for side in page.context["sides"]] == [6, 15]
    assert "Asked about dates." in text
    assert {item.question.audience for side in page.context["sides"] for item in side["answers"]} == {"readers"}
    assert "four-year degree" not in text
    swapped = office.get(at("applications:selection-compare", cycle, a=sides[1].code, b=sides[0].code))
    assert [side["application"] for side in swapped.context["sides"]] == sides[::-1]


def test_the_record_and_side_by_side_say_where_the_interview_stands_and_by_which_rubric(office):
    cycle = CycleFactory(ready=True, has_interviews=True)
    sides = [ApplicationFactory(cycle=cycle, submitted=True, answered=True) for _ in range(2)]
    InterviewFactory(application=sides[0])
    ReviewFactory(assignment=AssignmentFactory(application=sides[0], is_interview=True), points=4, locked=True)
    cycle.rubric_version = 2
    cycle.save()

    pair = office.get(at("applications:selection-compare", cycle, a=sides[0].code, b=sides[1].code)).content.decode()
    record = office.get(reverse("applications:decision-record", kwargs={"code": sides[0].code})).content.decode()

    for text in (pair, record):
        assert text.count("invited, hasn’t booked") == 1
        assert "Scored with version 1 of 2 of the rubric." in " ".join(text.split())
        assert "What interviewers say" in text and "What readers say" in text


def test_side_by_side_covers_what_the_person_still_has_to_read(office, coordinator, cycle):
    sides = [candidate(cycle, mean) for mean in (12, 13)]
    AssignmentFactory(application=sides[0], reader=coordinator)

    page = office.get(at("applications:selection-compare", cycle, a=sides[0].code, b=sides[1].code))

    assert (page.context["sides"][0]["compared"], page.context["sides"][0]["readings"]) == (None, [])
    assert "Mean 12" not in " ".join(page.content.decode().split())


def test_a_note_is_kept_once_and_can_be_taken_back_for_a_short_time(office, coordinator, cycle):
    application = candidate(cycle, 12)
    address = reverse("applications:decision-note", kwargs={"code": application.code})
    for _ in range(2):
        office.post(address, {"text": "Ask about the dates."})
    note = CommitteeNote.objects.get()
    record = office.get(reverse("applications:decision-record", kwargs={"code": application.code}))
    assert "Ask about the dates." in record.content.decode()

    CommitteeNote.objects.update(written_at=timezone.now() - dt.timedelta(minutes=11))
    office.post(address, {"act": "undo"})
    assert CommitteeNote.objects.get() == note
    CommitteeNote.objects.update(written_at=timezone.now())
    office.post(address, {"act": "undo"})
    assert not CommitteeNote.objects.exists()


def test_an_empty_note_is_asked_for_again_and_leads_nowhere_else(office, cycle):
    application = candidate(cycle, 12)
    address = reverse("applications:decision-note", kwargs={"code": application.code})

    assert office.post(address, {"text": " "}).context["form"].errors["text"]
    sent = office.post(address, {"text": "Fine.", "next": "https://elsewhere.example/"})
    assert sent.headers["Location"] == reverse("applications:decision-record", kwargs={"code": application.code})


def test_nobody_writes_about_the_own_application(coordinator, cycle):
    own = ApplicationFactory(cycle=cycle, submitted=True, student=coordinator)

    with pytest.raises(RuleViolation):
        committee.add_note(own, text="I am great.", by=coordinator)
    assert levers.groups_of([own])
