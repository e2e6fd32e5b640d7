"""Every standing × act of docs/standing.md, tried: the page shows the act and the action does it, or neither.

The expected values are the tables of that document, which a person can read and check line by line.
"""

import datetime as dt

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as applying
from applications.apply.actions import draft
from applications.base.standings import standing_of
from applications.interview.actions import interview as interviews
from applications.models import Interview, InterviewSlot, Offer
from applications.release.actions import correcting
from applications.release.actions import offer as offers
from applications.standing import ALLOWED, Act, Standing, TripStage, may, standing, status_of
from applications.states import CORRECTIONS, MOVES, Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, DecisionFactory, OfferFactory, review_facts
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory
from tests.factories_travel import ChecklistItemFactory, PassportCaseFactory, PlacementFactory, travel_facts
from travel.base.trip_stage import trip_stage
from travel.models import ReflectionPrompt
from travel.passport.case import actions as passport
from travel.passport.way.route import Answer, Answers, Born, Paper, TravelOn
from travel.placement.actions import upgrade
from travel.placement.actions.record import Went, correct_record, recorded
from travel.prepare.checklist import actions as checklist
from travel.prepare.needs import actions as needs
from travel.reflection.actions import writing as reflecting

DOCUMENT = settings.BASE_DIR / "docs/standing.md"


def read_tables() -> dict[tuple[Standing, Act], bool]:
    """The cells of the document's two tables."""
    cells, acts = {}, []
    for line in DOCUMENT.read_text().splitlines():
        if not line.startswith("| ") or line.startswith("| ---"):
            continue
        first, *rest = [cell.strip() for cell in line.strip("|").split("|")]
        if first == "Standing":
            acts = [Act(each) for each in rest]
        else:
            assert set(rest) <= {"yes", "-"} and len(rest) == len(acts)
            cells |= {(Standing(first), act): cell == "yes" for act, cell in zip(acts, rest, strict=True)}
    return cells


EXPECTED = read_tables()


# --- The pure table ---------------------------------------------------------------------------------


def test_document_has_every_cell_as_the_module_decides_it():
    assert EXPECTED == {(where, act): may(where, act) for where in Standing for act in Act}


TRIPS = {
    TripStage.NONE: Standing.CONFIRMED,
    TripStage.AHEAD: Standing.PLACED,
    TripStage.DUE: Standing.DUE,
    TripStage.AWAY: Standing.AWAY,
    TripStage.STAYED: Standing.STAYED,
    TripStage.HOME: Standing.HOME,
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("trip", TripStage)
@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("is_open", [True, False])
def test_every_combination_has_one_standing_of_its_state(status, trip, is_before, is_open):
    where = standing(status, before_deadline=is_before, offer_open=is_open, trip=trip)
    assert status_of(where) == status
    by_clock = {
        Status.DRAFT: Standing.DRAFT if is_before else Standing.DRAFT_CLOSED,
        Status.SELECTED: Standing.OFFERED if is_open else Standing.OFFER_LAPSED,
        Status.CONFIRMED: TRIPS[trip],
    }
    if status in by_clock:
        assert where == by_clock[status]


MOVED_TO = {
    Act.SUBMIT: Status.SUBMITTED,
    Act.WITHDRAW: Status.WITHDRAWN,
    Act.WITHDRAW_FOR: Status.WITHDRAWN,
    Act.CONFIRM: Status.CONFIRMED,
    Act.DECLINE: Status.DECLINED,
    Act.RETURN: Status.RETURNED,
    Act.GO_ON: Status.SUBMITTED,
    Act.LAPSE: Status.DECLINED,
    Act.PROMOTE: Status.SELECTED,
}


def test_table_and_moves_do_not_contradict_each_other():
    """Each allowed act that changes the state is a move; each move but the committee's has an act that does it."""
    by_act = {(status_of(where), MOVED_TO[act]) for where, acts in ALLOWED.items() for act in acts if act in MOVED_TO}
    committee = {(Status.SUBMITTED, to) for to in (Status.SELECTED, Status.WAITLISTED, Status.NOT_SELECTED)}
    committee.add((Status.WAITLISTED, Status.NOT_SELECTED))
    assert by_act | committee == {(source, to) for source, targets in MOVES.items() for to in targets}
    assert {status_of(where) for where in Standing if may(where, Act.CORRECT)} == set(CORRECTIONS)


TODAY = dt.date(2027, 6, 9)


@pytest.mark.parametrize(
    ("leaves_in", "departed", "traveled", "returned", "expected"),
    [
        (1, False, False, False, TripStage.AHEAD),
        (0, False, False, False, TripStage.DUE),
        (-40, False, False, False, TripStage.DUE),  # nobody recorded anything: the student changes nothing
        (0, True, True, False, TripStage.AWAY),
        (-40, True, True, False, TripStage.AWAY),
        (-40, True, True, True, TripStage.HOME),
        (-5, True, True, True, TripStage.HOME),  # home before the group
        (-5, True, False, False, TripStage.STAYED),
        (-40, True, False, False, TripStage.STAYED),
    ],
)
def test_trip_stage_follows_the_record(leaves_in, departed, traveled, returned, expected):
    leaves_on = TODAY + dt.timedelta(days=leaves_in)
    stage = trip_stage(leaves_on=leaves_on, today=TODAY, departed=departed, traveled=traveled, returned=returned)
    assert stage == expected


# --- Students in each standing ----------------------------------------------------------------------


def a_draft(**more):
    return ApplicationFactory(answered=True, **more)


def lapsed():
    return OfferFactory(lapsed=True).application


def waitlisted():
    cycle = CycleFactory(seats=1)
    return DecisionFactory(released=True, result=Status.WAITLISTED, application__cycle=cycle).application


def not_selected():
    return DecisionFactory(released=True, result=Status.NOT_SELECTED).application


def answered(act):
    offer = OfferFactory()
    act(offer, by=offer.application.student)
    offer.application.refresh_from_db()
    return offer.application


def confirmed():
    return answered(offers.confirm)


def placed(**trip):
    application = confirmed()
    placement = PlacementFactory(
        application=application, trip__cycle=application.cycle, rank=2, **{f"trip__{key}": trip[key] for key in trip}
    )
    ReflectionPrompt.objects.create(
        cycle=application.cycle, key="lines", order=1, moment="before", days=365, text_en="Why?", text_es="¿Por qué?"
    )
    PassportCaseFactory(application=application, trip=placement.trip)
    ChecklistItemFactory(placement=placement)
    return placement.application


def went(*, returned=False, stayed=False):
    application = placed(**({"returned": True} if returned else {"departed": True}))
    placement = application.placement
    if not stayed:
        placement.travelled_at, placement.returned_at = placement.trip.departed_at, placement.trip.returned_at
        placement.save()
    return application


BUILD = {
    Standing.DRAFT: a_draft,
    Standing.DRAFT_CLOSED: lambda: a_draft(cycle=CycleFactory(closed=True)),
    Standing.IN_REVIEW: lambda: a_draft(submitted=True),
    Standing.TO_FIX: lambda: a_draft(returned=True),
    Standing.OFFERED: lambda: OfferFactory().application,
    Standing.OFFER_LAPSED: lapsed,
    Standing.WAITLISTED: waitlisted,
    Standing.NOT_SELECTED: not_selected,
    Standing.DECLINED: lambda: answered(offers.decline),
    Standing.CONFIRMED: confirmed,
    Standing.PLACED: placed,
    Standing.DUE: lambda: placed(leaves_in=-1),
    Standing.AWAY: went,
    Standing.STAYED: lambda: went(stayed=True),
    Standing.HOME: lambda: went(returned=True),
    Standing.WITHDRAWN: lambda: ApplicationFactory(withdrawn=True, answered=True),
}


def invited(application):
    """Invited to an interview, with a free time: in every standing, so that only the standing decides."""
    cycle = application.cycle
    type(cycle).objects.filter(pk=cycle.pk).update(has_interviews=True)
    InterviewSlotFactory(cycle=cycle)
    return InterviewFactory(application=application)


def offer_of(application):
    return Offer.objects.filter(application=application).first()


# --- What the pages show ----------------------------------------------------------------------------


def page(client, name, *args):
    """The page's text, "" where there is no such page here."""
    response = client.get(reverse(name, args=args), follow=True)
    return response.content.decode() if response.status_code == 200 else ""


def link(name, *args):
    return f'"{reverse(name, args=args)}"'


def shown_to_student(client, application, act):
    code, offer, placement = application.code, offer_of(application), getattr(application, "placement", None)
    if act == Act.EDIT:
        section = application.form.sections.first()
        answer = client.get(reverse("applications:application-section", args=[code, section.key])) if section else None
        return bool(answer) and answer.status_code == 200 and 'name="csrfmiddlewaretoken"' in answer.text
    if act == Act.SUBMIT:
        return link("applications:application-submit", code) in page(client, "applications:application-check", code)
    if act == Act.ASK_TIME:
        return link("applications:application-more-time", code) in page(
            client, "applications:application-overview", code
        )
    if act == Act.WITHDRAW:
        return link("applications:application-withdraw", code) in page(client, "applications:application-detail", code)
    if act == Act.INTERVIEW:
        slot = InterviewSlot.objects.get()
        return link("applications:interview-book", application.interview.code, slot.code) in page(
            client, "applications:interview-detail", application.interview.code
        )
    if act == Act.CHECKLIST:
        item = placement and placement.checklist_items.get()
        address = item and ("travel:checklist-item", placement.code, item.step.key)
        return bool(item) and link("travel:checklist-item-done", *address[1:]) in page(client, *address)
    if act in (Act.CONFIRM, Act.DECLINE):
        return offer is not None and link(f"applications:offer-{act}", offer.code) in page(
            client, "applications:offer-detail", offer.code
        )
    if act == Act.PASSPORT:
        return "csrfmiddlewaretoken" in page(client, "travel:passport-route", code)
    if act == Act.REFLECT:
        return placement is not None and link("travel:reflection-write", placement.code, "lines") in page(
            client, "travel:reflection-list"
        )
    name = {Act.UPGRADE: "travel:placement-upgrade", Act.NEEDS: "travel:placement-needs"}[act]
    return placement is not None and link(name, placement.code) in page(
        client, "travel:placement-detail", placement.code
    )


def shown_to_office(client, application, act):
    code, offer, placement = application.code, offer_of(application), getattr(application, "placement", None)
    on_detail = {
        Act.RETURN: "applications:application-return",
        Act.GO_ON: "applications:application-go-on",
        Act.GIVE_TIME: "applications:application-reopen",
        Act.WITHDRAW_FOR: "applications:application-withdraw-for",
    }
    if act in on_detail:
        return link(on_detail[act], code) in page(client, "applications:application-detail", code)
    if act == Act.CORRECT:
        return link("applications:decision-correct", code) in page(client, "applications:decision-record", code)
    if act == Act.RECORD:
        return placement is not None and link("travel:placement-record", placement.code) in page(
            client, "travel:placement-detail", placement.code
        )
    on_list = page(client, "applications:selection-offers", application.cycle.code)
    if act == Act.PROMOTE:
        return link("applications:decision-promote", code) in on_list
    return offer is not None and link(f"applications:offer-{act}", offer.code) in on_list


STUDENTS = [act for act in Act if list(Act).index(act) <= list(Act).index(Act.REFLECT)]


# --- What the actions do ----------------------------------------------------------------------------

FIRST = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,))


def do(application, act, student, office):  # noqa: C901, PLR0911, PLR0912 -- one line for each act
    offer, placement = offer_of(application), getattr(application, "placement", None)
    tomorrow = timezone.localdate() + dt.timedelta(days=30)
    match act:
        case Act.EDIT:
            return draft.lock_to_write(application)
        case Act.SUBMIT:
            return applying.submit(application, by=student)
        case Act.ASK_TIME:
            return applying.ask_for_more_time(application, reason="My bus broke down.", by=student)
        case Act.WITHDRAW:
            return applying.withdraw(application, by=student)
        case Act.INTERVIEW:
            return interviews.book(Interview.objects.get(), InterviewSlot.objects.get(), by=student)
        case Act.CHECKLIST:
            return placement and checklist.mark_done(placement.checklist_items.get(), by=student)
        case Act.CONFIRM:
            return offer and offers.confirm(offer, by=student)
        case Act.DECLINE:
            return offer and offers.decline(offer, by=student)
        case Act.PASSPORT:
            return passport.answer_route(application, FIRST, by=student)
        case Act.UPGRADE:
            return placement and upgrade.ask_upgrade(placement, until=tomorrow, by=student)
        case Act.NEEDS:
            return placement and needs.say(placement, "food", diet=["vegan"], access=[], by=student)
        case Act.REFLECT:
            prompt = ReflectionPrompt.objects.first()
            return placement and reflecting.write(
                placement, prompt, {"text": "Rain.", "privacy": "private"}, by=student
            )
        case Act.RETURN:
            return applying.return_for_fix(application, note="Add your units.", by=office)
        case Act.GO_ON:
            return applying.go_on(application, reason="It is clear enough.", by=office)
        case Act.GIVE_TIME:
            until = timezone.now() + dt.timedelta(days=2)
            return applying.reopen(application, until=until, reason="Storm", by=office)
        case Act.CORRECT:
            result = Status.WAITLISTED if application.status != Status.WAITLISTED else Status.NOT_SELECTED
            return correcting.correct(application, result=result, reason="Wrong row.", by=office)
        case Act.EXTEND:
            return offer and offers.extend(offer, until=tomorrow, reason="Ill", by=office)
        case Act.LAPSE:
            return offer and offers.let_lapse(offer, by=office)
        case Act.PROMOTE:
            return correcting.promote(application, by=office)
        case Act.WITHDRAW_FOR:
            return applying.withdraw_for(application, reason="Asked by phone.", by=office)
        case Act.RECORD:
            other = Went.STAYED if placement and recorded(placement) != Went.STAYED else Went.WITH_GROUP
            return placement and correct_record(placement, went=other, reason="Wasn't on the plane.", by=office)


@pytest.mark.django_db
@pytest.mark.parametrize("where", Standing)
def test_page_shows_an_act_and_the_action_does_it_or_neither(where, sign_in):
    review_facts()
    travel_facts()
    application = BUILD[where]()
    student, office = application.student, UserFactory(coordinator=True)
    invited(application)
    application = type(application).objects.get(pk=application.pk)
    assert standing_of(application) == where
    clients = {True: sign_in(student), False: sign_in(office)}
    shown, done = {}, {}
    for act in Act:
        show = shown_to_student if act in STUDENTS else shown_to_office
        shown[act] = show(clients[act in STUDENTS], type(application).objects.get(pk=application.pk), act)
        with transaction.atomic():
            done[act] = tried(type(application).objects.get(pk=application.pk), act, student, office)
            transaction.set_rollback(True)
    expected = {act: EXPECTED[where, act] for act in Act}
    assert shown == expected
    assert done == expected


def tried(application, act, student, office):
    """Whether the action did something: without a refusal, and with an event (a lock for editing leaves none)."""
    before = Event.objects.count()
    try:
        result = do(application, act, student, office)
    except RuleViolation:
        assert Event.objects.count() == before, "a refusal changes nothing"
        return False
    return bool(result) and (act == Act.EDIT or Event.objects.count() > before)
