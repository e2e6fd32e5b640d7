"""What shows that a step is done: a form, a session or a page marks its items, nobody ticks them by hand."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    EntryRuleFactory,
    FormTextFactory,
    PlacementFactory,
    TripFactory,
    born_on,
    in_days,
    travel_facts,
)
from travel.abroad.actions import reachability
from travel.models.checklist import StepFields
from travel.passport.case import duties
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import evidence
from travel.prepare.family import actions as family

pytestmark = pytest.mark.django_db
Evidence = StepFields.Evidence


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(checklist=True)


@pytest.fixture
def student(placement):
    return placement.application.student


@pytest.fixture
def pages(monkeypatch):
    """An empty registry, put back afterwards."""
    monkeypatch.setattr(evidence, "_places", {})


def item_of(placement, *, key="", **step):
    step = {"evidence_key": key, **step}
    return ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=placement.trip.cycle, **step))


def page_of(placement, item):
    return reverse("travel:checklist-item", kwargs={"code": placement.code, "key": item.step.key})


@pytest.mark.parametrize("signed_by_a_guest", [True, False])
def test_evidence_closes_the_items_that_ask_for_it_and_no_others(placement, student, signed_by_a_guest):
    asked = item_of(placement, evidence=Evidence.SIGNATURE, key="photo")
    page = item_of(placement, evidence=Evidence.PAGE, key="photo")
    other = item_of(placement, evidence=Evidence.SIGNATURE, key="release")
    elsewhere = ChecklistItemFactory(step=asked.step, placement=PlacementFactory(trip=placement.trip))
    by = None if signed_by_a_guest else student
    assert checklist.fulfil(placement, evidence=Evidence.SIGNATURE, key="photo", by=by) == [asked]
    asked.refresh_from_db()
    assert (asked.done_at is not None, asked.done_by, asked.done_via) == (True, by, "evidence")
    for item in (page, other, elsewhere):
        item.refresh_from_db()
        assert item.is_open
    assert Event.objects.get(action="checklist.fulfil").by == by
    assert checklist.fulfil(placement, evidence=Evidence.SIGNATURE, key="photo", by=by) == []
    assert Event.objects.filter(action="checklist.fulfil").count() == 1


def test_what_was_given_before_the_step_was_listed_closes_it_then(placement, student, pages):
    evidence.register("given", "travel:placement-needs", is_there=lambda seat: seat == placement)
    evidence.register("missing", "travel:placement-needs", is_there=lambda _seat: False)
    evidence.register("unasked", "travel:placement-needs")
    another = PlacementFactory(trip=placement.trip)
    items = {key: item_of(placement, evidence=Evidence.PAGE, key=key) for key in ("given", "missing", "unasked", "x")}
    elsewhere = ChecklistItemFactory(step=items["given"].step, placement=another)
    checklist.settle(placement, by=student)
    checklist.settle(another, by=student)
    for item in (*items.values(), elsewhere):
        item.refresh_from_db()
    assert [key for key, item in items.items() if item.done_at] == ["given"]
    assert items["given"].done_by == student and elsewhere.is_open


def test_a_new_version_asks_again_and_is_reminded_of_again(placement, student):
    item = item_of(placement, evidence=Evidence.SIGNATURE, key="release", needs_verification=True)
    checklist.fulfil(placement, evidence=Evidence.SIGNATURE, key="release", by=student)
    checklist.verify_item(item, by=UserFactory(coordinator=True))
    item.refresh_from_db()
    item.reminded_at = timezone.now()
    item.save()
    assert checklist.unfulfil(placement, evidence=Evidence.SIGNATURE, key="release", by=None) == [item]
    item.refresh_from_db()
    assert item.is_open
    assert (item.verified_at, item.verified_by, item.reminded_at) == (None, None, None)
    assert item.asked_again_at is not None
    assert checklist.unfulfil(placement, evidence=Evidence.SIGNATURE, key="release", by=None) == []


@pytest.mark.parametrize("kind", [Evidence.SIGNATURE, Evidence.ATTENDANCE, Evidence.PAGE])
def test_a_student_cannot_tick_what_a_page_must_show(placement, student, sign_in, pages, kind):
    evidence.register("some", "travel:placement-needs", evidence=kind)
    item = item_of(placement, evidence=kind, key="some")
    with pytest.raises(RuleViolation) as caught:
        checklist.mark_done(item, by=student)
    assert caught.value.code == "needs_evidence"
    page = sign_in(student).get(page_of(placement, item)).content.decode()
    assert "I’ve done this" not in page
    checklist.fulfil(placement, evidence=kind, key="some", by=student)
    with pytest.raises(RuleViolation) as caught:
        checklist.undo_done(item, by=student)
    assert caught.value.code == "needs_evidence"


def test_the_item_leads_to_the_registered_page(placement, student, sign_in, pages):
    item = item_of(placement, evidence=Evidence.PAGE, key="needs")
    signed = item_of(placement, evidence=Evidence.SIGNATURE, key="release")
    FormTextFactory(cycle=placement.trip.cycle, key="release")
    client = sign_in(student)
    assert (
        "I’ve done this" in client.get(page_of(placement, item)).content.decode()
    )  # it's by hand until there's a page
    evidence.register("needs", "travel:placement-needs")
    evidence.register("release", "travel:checklist-item", evidence=Evidence.SIGNATURE, takes_key=True)
    page = client.get(page_of(placement, item)).content.decode()
    assert f'href="{reverse("travel:placement-needs", kwargs={"code": placement.code})}"' in page
    assert "Fill it in" in page
    assert evidence.href_of(signed.step, placement).endswith("/items/release/")
    assert "Read and sign" in client.get(page_of(placement, signed)).content.decode()


def test_every_registered_page_has_an_address(placement):
    for (kind, key), _name in evidence.registered().items():
        step = StepFields.KEYED and ChecklistStepFactory(evidence=kind, evidence_key=key)
        FormTextFactory(cycle=step.cycle, key=key)
        assert evidence.href_of(step, placement).startswith("/")


# --- what waits, and whose it is --------------------------------------------------------------------


def test_a_step_waits_for_another_one(placement, student):
    first = item_of(placement, title_en="Get your visa")
    then = item_of(placement, waits_for=[first.step.key, "long-gone"])
    with pytest.raises(RuleViolation) as caught:
        checklist.mark_done(then, by=student)
    assert (caught.value.code, "Get your visa" in str(caught.value)) == ("waits", True)
    checklist.mark_done(first, by=student)
    assert checklist.mark_done(then, by=student).done_at is not None


def test_only_what_can_be_done_is_reminded_of(placement, student):
    placement.checklist_items.all().delete()
    first = item_of(placement, owner="office", title_en="Book the tickets")
    item_of(placement, waits_for=[first.step.key], title_en="Check in")
    mine = item_of(placement, title_en="Pack your bag")
    item_of(placement, owner="family", title_en="Confirm the phone number")
    placement.checklist_items.update(do_by=in_days(1), last_safe_on=in_days(5))
    assert checklist.REMINDER.send_all() == 1
    body = Message.objects.filter(template="travel/items_due").first().body
    assert "Pack your bag" in body
    assert "Confirm the phone number" in body
    assert "Book the tickets" not in body
    assert mine.step.title in body
    assert placement.checklist_items.filter(reminded_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    ("owner", "who"),
    [("student", {"student"}), ("family", {"student"}), ("office", {"office"}), ("advisor", {"office", "advisor"})],
)
def test_each_step_is_ticked_by_its_owner(placement, student, sign_in, owner, who):
    item = item_of(placement, owner=owner)
    people = {
        "student": student,
        "office": UserFactory(coordinator=True),
        "advisor": UserFactory(advisor=placement.application.college),
    }
    address = reverse("travel:checklist-item-done", kwargs={"code": placement.code, "key": item.step.key})
    for name, person in people.items():
        response = sign_in(person).post(address)
        item.refresh_from_db()
        assert (response.status_code, item.done_at is not None) == ((302, True) if name in who else (403, False))
        type(item).objects.filter(pk=item.pk).update(done_at=None, done_by=None)


def test_a_closed_item_is_not_asked_for(placement, student):
    item = item_of(placement)
    type(item).objects.filter(pk=item.pk).update(closed_at=timezone.now(), last_safe_on=in_days(-3), do_by=in_days(-4))
    item.refresh_from_db()
    with pytest.raises(RuleViolation) as caught:
        checklist.mark_done(item, by=student)
    assert caught.value.code == "closed"
    assert item not in duties.shown_to(None, placement.checklist_items.select_related("step"))
    assert not placement.checklist_items.late(timezone.localdate()).filter(pk=item.pk).exists()


# --- dates that follow another step, and whom a step is for -----------------------------------------


def dated(placement, **days_after):
    """The list of this placement, planned again, with steps that follow "sign"."""
    cycle = placement.trip.cycle
    sign = ChecklistStepFactory(cycle=cycle, key="sign", days_before=60)
    for key, days in days_after.items():
        follows = {"timing": "after_step", "days_before": None, "after": "sign", "days_after": days}
        ChecklistStepFactory(cycle=cycle, key=key, **follows)
    checklist.open_for(placement, by=placement.placed_by)
    return placement.checklist_items.get(step=sign)


def due(placement, key):
    return placement.checklist_items.get(step__key=key).do_by


def test_a_step_that_follows_another_moves_when_that_one_is_done(
    placement, student, django_capture_on_commit_callbacks
):
    sign = dated(placement, pay=10)
    assert due(placement, "pay") == sign.do_by + dt.timedelta(days=10)
    with django_capture_on_commit_callbacks(execute=True):
        checklist.mark_done(sign, by=student)
    assert due(placement, "pay") == in_days(10)
    with django_capture_on_commit_callbacks(execute=True):
        checklist.undo_done(sign, by=student)
    assert due(placement, "pay") == sign.do_by + dt.timedelta(days=10)


def test_a_step_for_some_trips_or_for_minors_is_on_no_other_list(placement):
    cycle, elsewhere = placement.trip.cycle, TripFactory(cycle=placement.trip.cycle)
    ChecklistStepFactory(cycle=cycle, key="elsewhere").trips.set([elsewhere])
    ChecklistStepFactory(cycle=cycle, key="here").trips.set([placement.trip])
    ChecklistStepFactory(cycle=cycle, key="guardian", audience="under_18")
    ChecklistStepFactory(cycle=cycle, key="permission", audience="entry_permission")
    EntryRuleFactory(city=placement.trip.city, requirement="none", lead_days=0)
    checklist.open_for(placement, by=placement.placed_by)
    keys = set(placement.checklist_items.values_list("step__key", flat=True))
    assert keys & {"elsewhere", "here", "guardian", "permission"} == {"here"}
    born_on(
        placement.application, placement.trip.leaves_on.replace(year=placement.trip.leaves_on.year - 17).isoformat()
    )
    checklist.open_for(placement, by=placement.placed_by)
    assert placement.checklist_items.filter(step__key="guardian").exists()


def test_a_link_for_family_and_how_to_reach_somebody_close_their_steps(placement, student):
    steps = {key: step_of(placement, key) for key in (family.PAGE, reachability.PAGE)}
    family.make(placement, label="Mom", language="en", parts=["dates"], ends_on=None, by=student)
    assert [done(item) for item in steps.values()] == [True, False]
    reachability.say(placement, way="data", phone="", by=student)
    assert [done(item) for item in steps.values()] == [True, True]

    later = [ChecklistItemFactory(placement=placement, step=_another(item.step)) for item in steps.values()]
    checklist.settle(placement, by=student)

    assert all(done(item) for item in later)


def step_of(placement, key):
    step = ChecklistStepFactory(cycle=placement.trip.cycle, evidence=Evidence.PAGE, evidence_key=key)
    return ChecklistItemFactory(placement=placement, step=step)


def _another(step):
    return ChecklistStepFactory(cycle=step.cycle, evidence=step.evidence, evidence_key=step.evidence_key)


def done(item):
    item.refresh_from_db()
    return item.done_at is not None
