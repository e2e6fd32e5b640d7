"""Steps that nobody ticks: the ticket by a published flight, the itinerary by its traveler, money by being paid."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_money import MoneyPromiseFactory, MoneyRuleFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    EntryRuleFactory,
    FormTextFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    born_on,
    in_days,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS, homebound, outbound, publish, stay
from travel.models import AgeAnswer, EntryRule, SignedForm
from travel.passport.case import replan
from travel.prepare.checklist import actions as checklist
from travel.prepare.entry import actions as entry
from travel.prepare.entry.actions import Said
from travel.prepare.itinerary import actions as itinerary
from travel.prepare.itinerary import steps as itinerary_steps
from travel.prepare.money import actions as money
from travel.prepare.money import payments
from travel.prepare.money import steps as money_steps
from travel.prepare.signing import actions as signing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def by():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    return TripFactory(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))


@pytest.fixture
def ana(trip):
    placement = PlacementFactory(trip=trip)
    PassportCaseFactory(placement=placement)
    return placement


def asked_of(placement, key, **step):
    step = ChecklistStepFactory(cycle=placement.trip.cycle, evidence="page", evidence_key=key, **step)
    return ChecklistItemFactory(placement=placement, step=step)


def is_open(item):
    item.refresh_from_db()
    return item.is_open


def page(name, *parts):
    return reverse(f"travel:{name}", args=parts)


def text(answer):
    return " ".join(answer.content.decode().split())


# --- The itinerary ----------------------------------------------------------------------------------


def test_the_ticket_is_done_once_a_flight_is_published_and_open_again_without_one(trip, ana, by):
    item, other = asked_of(ana, "ticket", owner="office"), PlacementFactory(trip=trip)
    theirs = ChecklistItemFactory(placement=other, step=item.step)
    itinerary.add(trip, stay(), by=by)
    publish(trip, by)
    assert is_open(item)
    flight = itinerary.add(trip, outbound(placements=[ana]), by=by)
    assert is_open(item)  # travelers don't see it yet
    publish(trip, by)
    assert not is_open(item) and item.done_by == by and is_open(theirs)
    itinerary.remove(flight, by=by)
    publish(trip, by)
    assert is_open(item)


def test_a_ticket_step_that_comes_later_is_done_at_once(trip, ana, by):
    itinerary.add(trip, outbound(), by=by)
    publish(trip, by)
    item = asked_of(ana, "ticket", owner="office")
    checklist.settle(ana, by=None)
    assert not is_open(item)


def test_the_office_is_led_to_the_page_where_the_ticket_is_stored(trip, ana, by, sign_in):
    asked_of(ana, "ticket", owner="office")
    shown = text(sign_in(by).get(page("checklist-steps")))
    assert page("itinerary-office", trip.code) in shown and "Mark as done" not in shown
    assert "Publish the flight" in shown


@pytest.mark.parametrize(
    ("owner", "who"), [("office", "The exchange office does this"), ("advisor", "Your advisor does")]
)
def test_a_student_reads_who_does_a_step_that_is_not_theirs(ana, sign_in, owner, who):
    item = ChecklistItemFactory(placement=ana, step=ChecklistStepFactory(cycle=ana.trip.cycle, owner=owner))
    shown = text(sign_in(ana.application.student).get(item.get_absolute_url()))
    assert who in shown and "We plan to do it by" in shown and "it may be too late" not in shown


def test_the_traveler_says_that_the_itinerary_is_right_and_is_asked_again_when_it_changes(trip, ana, by, sign_in):
    item = asked_of(ana, "itinerary")
    client = sign_in(ana.application.student)
    assert "Is everything right?" not in text(client.get(page("itinerary", ana.code)))
    segment = itinerary.add(trip, outbound(), by=by)
    publish(trip, by)
    assert "Look at your itinerary" in text(client.get(item.get_absolute_url()))
    shown = client.get(page("itinerary", ana.code))
    assert "Is everything right?" in text(shown) and is_open(item)
    for _twice in range(2):
        client.post(page("itinerary-confirm", ana.code), {"seen": shown.context["seen"]})
    assert not is_open(item) and item.done_by == ana.application.student
    assert Event.objects.filter(action="itinerary.confirm").count() == 1
    assert "Is everything right?" not in text(client.get(page("itinerary", ana.code)))

    itinerary.change(segment, outbound(number="VN 2"), seen="", by=by)
    publish(trip, by)
    assert is_open(item) and item.asked_again_at
    answer = client.post(page("itinerary-confirm", ana.code), {"seen": shown.context["seen"]}, follow=True)
    assert "Something has changed since" in text(answer) and is_open(item)


def test_a_change_for_others_asks_nobody_else_again(trip, ana, by):
    item, luis = asked_of(ana, "itinerary"), PlacementFactory(trip=trip)
    itinerary.add(trip, outbound(), by=by)
    segment = itinerary.add(trip, homebound(placements=[luis]), by=by)
    publish(trip, by)
    checklist.fulfil_items([item], by=ana.application.student)
    itinerary.change(segment, homebound(number="VN 3", placements=[luis]), seen="", by=by)
    publish(trip, by)
    assert not is_open(item)


def test_nothing_can_be_right_before_it_is_there(ana):
    with pytest.raises(RuleViolation) as refused:
        itinerary_steps.confirm(ana, seen="", by=ana.application.student)
    assert refused.value.code == "nothing_there"


# --- Money ------------------------------------------------------------------------------------------


def stipend_of(placement, **more):
    when = {"rule__kind": "stipend", "rule__timing": "before_departure", "rule__days": 9}
    return MoneyPromiseFactory(placement=placement, **when, **more)


def pay(promises, by):
    made = payments.make([each.code for each in promises], by=by)
    return payments.mark_paid(made, paid_on=timezone.localdate(), reference="1", by=by)


def test_meal_money_is_done_once_all_of_it_is_paid_and_open_again_with_undo(ana, by):
    item = asked_of(ana, "stipend", owner="office")
    first, second = stipend_of(ana), stipend_of(ana)
    paid = pay([first], by)
    assert is_open(item)
    money.cancel(second, reason="The host feeds you.", by=by)
    assert not is_open(item)
    payments.undo_paid(paid, by=by)
    assert is_open(item)


def test_a_new_promise_opens_the_step_again_and_refunds_do_not_count(ana, by):
    item = asked_of(ana, "stipend", owner="office")
    MoneyPromiseFactory(placement=ana, rule__kind="refund")
    pay([stipend_of(ana)], by)
    assert not is_open(item)
    rule = stipend_of(PlacementFactory(trip=ana.trip), rule__is_for_everyone=False).rule
    money.give(ana, rule, by=by)
    assert is_open(item)


def of_the_list(placement):
    return list(placement.checklist_items.filter(closed_at=None).values_list("step__key", flat=True))


def test_only_who_is_promised_money_before_departure_has_the_step(ana, by):
    of_all = ChecklistStepFactory(cycle=ana.trip.cycle, key="pack")
    ChecklistStepFactory(cycle=ana.trip.cycle, key="meals", audience="stipend", owner="office")
    replan.open_for(ana, by=by)
    assert of_the_list(ana) == [of_all.key]
    for later in ({"rule__timing": "after_return"}, {"rule__kind": "refund"}):
        rule = MoneyPromiseFactory(placement=PlacementFactory(trip=ana.trip), **{"rule__kind": "stipend", **later}).rule
        assert money.give(ana, rule, by=by)
    assert of_the_list(ana) == [of_all.key]
    published = MoneyRuleFactory(cycle=ana.trip.cycle, kind="stipend", timing="before_departure", draft=True)
    assert money.publish_rule(published, by=by)
    assert sorted(of_the_list(ana)) == ["meals", "pack"]
    promise = ana.promises.get(rule=published)
    money.cancel(promise, reason="The host feeds you.", by=by)
    assert of_the_list(ana) == [of_all.key]
    money.restore(promise, by=by)
    assert sorted(of_the_list(ana)) == ["meals", "pack"]


def test_a_promise_does_not_open_a_list_before_its_time(ana, by):
    ChecklistStepFactory(cycle=ana.trip.cycle, key="meals", audience="stipend", owner="office")
    money.publish_rule(MoneyRuleFactory(cycle=ana.trip.cycle, draft=True), by=by)
    assert of_the_list(ana) == []
    replan.open_for(ana, by=by)
    assert of_the_list(ana) == ["meals"]


def test_without_a_promise_nothing_is_paid(ana):
    assert not money_steps.is_paid(ana)


# --- What somebody is or said -----------------------------------------------------------------------


def test_a_traveler_who_needs_what_a_us_passport_does_not_gets_the_step(ana, by):
    EntryRuleFactory(city=ana.trip.city, requirement=EntryRule.Requirement.NONE, lead_days=0)
    ChecklistStepFactory(cycle=ana.trip.cycle, key="entry", timing="entry", evidence="page", evidence_key="entry")
    replan.open_for(ana, by=by)
    mine = ana.checklist_items.filter(step__key="entry")
    assert not mine.exists()
    entry.say(ana, Said("needed"), by=ana.application.student)
    assert mine.get().is_open
    # nobody knows how long it takes with another document, so the last safe day isn't the departure
    assert mine.get().last_safe_on < ana.trip.leaves_on
    entry.say(ana, Said("not_needed"), by=ana.application.student)
    assert mine.get().closed_at
    entry.say(ana, Said("applied", in_days(-1)), by=ana.application.student)
    assert mine.get().is_open
    assert not PlacementFactory(trip=ana.trip).checklist_items.filter(step__key="entry").exists()


def test_the_age_that_counts_is_the_one_of_the_forms(ana, by):
    ChecklistStepFactory(cycle=ana.trip.cycle, key="guardian", audience="under_18")
    replan.open_for(ana, by=by)
    mine = ana.checklist_items.filter(step__key="guardian")
    assert not mine.exists()  # unknown counts as of age
    signing.say_age(ana, is_of_age=False, by=ana.application.student)
    assert mine.get().is_open
    signing.say_age(ana, is_of_age=True, by=ana.application.student)
    assert mine.get().closed_at
    AgeAnswer.objects.all().delete()
    born_on(ana.application, in_days(-17 * 365).isoformat())
    replan.follow_person(ana, by=by)
    assert mine.get().is_open


# --- Signatures -------------------------------------------------------------------------------------


def test_what_was_signed_is_under_done_with_its_pdf(ana, sign_in):
    words = FormTextFactory(cycle=ana.trip.cycle, key="agreement")
    step = ChecklistStepFactory(cycle=ana.trip.cycle, evidence="signature", evidence_key="agreement")
    item = ChecklistItemFactory(placement=ana, step=step)
    checklist.fulfil_items([item], by=ana.application.student)
    signed = SignedForm.objects.create(
        placement=ana, text=words, signed_as="student", language="en", typed_name="Ana", text_hash="0" * 64
    )
    client = sign_in(ana.application.student)
    address = page("signed-file", signed.code)
    assert address not in text(client.get(page("checklist-detail", ana.code)))  # the PDF isn't made yet
    signed.file.save("signed.pdf", ContentFile(b"%PDF-1.7"), save=False)
    signed.file_hash, signed.filed_at = "0" * 64, timezone.now()
    signed.save()
    assert address in text(client.get(page("checklist-detail", ana.code)))
    assert "See what you signed" in text(client.get(item.get_absolute_url()))
