"""The plane ticket's name is compared with the passport's before anything is bought; the passport's is never kept."""

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.test_attacks import at_once, post
from travel.base.names import Finding, FullName
from travel.models import PassportCase, TicketName
from travel.passport.case import actions as passport
from travel.passport.ticket_names import actions as ticket_name
from travel.passport.ticket_names.words import WORDS
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Stage = PassportStage
TICKET = FullName("REYES ORTEGA", "MARISOL")
PRINTED = FullName("Reyes Ortega", "Marisol")


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Inés Calderón")


@pytest.fixture
def placement():
    placement = PlacementFactory(application__student__full_name="Marisol Reyes Ortega")
    PassportCaseFactory(
        placement=placement,
        stage=Stage.CHECKED,
        checked_at=timezone.now(),
        checked_by=placement.placed_by,
        expires_on=in_days(3000),
    )
    return placement


@pytest.fixture
def advisor(placement):
    return UserFactory(advisor=placement.application.college, full_name="Adaeze Okafor")


def stage_of(placement):
    return PassportCase.objects.get(application=placement.application).stage


def code_of(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        call(*args, **kwargs)
    return caught.value.code


# --- The actions ------------------------------------------------------------------------------------


def test_the_same_name_matches_and_moves_the_passport(placement, office, advisor):
    ticket_name.write(placement, TICKET, by=office)
    for _twice in range(2):
        ticket_name.compare(placement, FullName("Reyes Órtega", "Marisol"), shown=TICKET, by=advisor)
    ticket = TicketName.objects.get()
    assert (stage_of(placement), ticket.how, ticket.matched_by) == (Stage.NAME_MATCHED, "same", advisor)
    assert Event.objects.filter(action="ticket.match").count() == 1


def test_nearly_the_same_asks_a_person_once_for_each_finding(placement, office, advisor):
    ticket_name.write(placement, FullName("REYES", "MARISOL"), by=office)
    with pytest.raises(ticket_name.NeedsAgreement) as ask:
        ticket_name.compare(placement, PRINTED, shown=FullName("REYES", "MARISOL"), by=advisor)
    assert ask.value.findings == (Finding.SURNAME_MISSING,)
    assert "leaves out a surname" in ask.value.message
    # agreeing to another finding does not count
    other = {"shown": FullName("REYES", "MARISOL"), "agreed": ["suffix"], "by": advisor}
    assert code_of(ticket_name.compare, placement, PRINTED, **other) == "ask"
    ticket_name.compare(placement, PRINTED, **other | {"agreed": ["surname_missing"]})
    assert (stage_of(placement), TicketName.objects.get().how) == (Stage.NAME_MATCHED, "asked")


def test_another_name_is_refused_with_what_to_mend(placement, office, advisor):
    shown = FullName("REYES ORTEGA", "MARSIOL")
    ticket_name.write(placement, shown, by=office)
    with pytest.raises(RuleViolation) as caught:
        ticket_name.compare(placement, PRINTED, shown=shown, agreed=list(Finding), by=advisor)
    assert caught.value.code == "different"
    assert "surnames REYES ORTEGA, given names MARISOL" in caught.value.message
    assert stage_of(placement) == Stage.CHECKED and not TicketName.objects.matched().exists()


def test_letter_by_letter_is_another_way_but_for_a_name_that_the_line_does_not_hold(placement, office, advisor):
    long = FullName("NILAVADHANANANDA ARNPOL", "CHAYAPA DEJTHAMRONG")
    ticket_name.write(placement, long, by=office)
    assert code_of(ticket_name.confirm_letters, placement, shown=long, by=advisor) == "too_long"
    ticket_name.write(placement, TICKET, by=office)
    ticket_name.confirm_letters(placement, shown=TICKET, by=advisor)
    assert TicketName.objects.get().how == "letters"


def test_what_was_not_seen_or_written_or_has_changed_is_not_compared(placement, office, advisor):
    assert code_of(ticket_name.confirm_letters, placement, shown=TICKET, by=advisor) == "no_name"
    ticket_name.write(placement, FullName("REYES", "MARISOL"), by=office)
    assert code_of(ticket_name.confirm_letters, placement, shown=TICKET, by=advisor) == "ticket_changed"
    PassportCase.objects.update(stage=Stage.IN_HAND, checked_at=None, checked_by=None)
    assert code_of(ticket_name.compare, placement, PRINTED, shown=TICKET, by=advisor) == "not_seen"


@pytest.mark.parametrize("name", [FullName("", ""), FullName("王", "小明")])
def test_a_name_that_no_ticket_can_hold_is_not_written(placement, office, advisor, name):
    assert code_of(ticket_name.write, placement, name, by=office) == "unreadable"
    ticket_name.write(placement, TICKET, by=office)
    assert code_of(ticket_name.compare, placement, FullName("王", "小明"), shown=TICKET, by=advisor) == "unreadable"


def matched(placement, office, advisor):
    ticket_name.write(placement, TICKET, by=office)
    ticket_name.compare(placement, PRINTED, shown=TICKET, by=advisor)
    return PassportCase.objects.get(application=placement.application)


def test_another_ticket_name_takes_the_match_back(placement, office, advisor):
    matched(placement, office, advisor)
    ticket_name.write(placement, TICKET, by=office)
    assert stage_of(placement) == Stage.NAME_MATCHED
    ticket_name.write(placement, FullName("REYES", "MARISOL"), by=office)
    assert stage_of(placement) == Stage.CHECKED and not TicketName.objects.matched().exists()


def test_another_passport_takes_the_match_back_and_the_same_one_does_not(placement, office, advisor):
    case = matched(placement, office, advisor)
    passport.check(case, expires_on=case.expires_on, by=advisor)
    assert stage_of(placement) == Stage.NAME_MATCHED
    passport.check(case, expires_on=in_days(3500), by=advisor)
    assert stage_of(placement) == Stage.CHECKED and not TicketName.objects.matched().exists()


def test_a_passport_that_is_not_seen_any_more_is_not_matched_either(placement, office, advisor):
    case = matched(placement, office, advisor)
    passport.move_stage(case, Stage.IN_HAND, by=advisor)
    assert not TicketName.objects.matched().exists()


def test_the_match_is_taken_back(placement, office, advisor):
    matched(placement, office, advisor)
    for _twice in range(2):
        ticket_name.take_back(placement, by=advisor)
    assert stage_of(placement) == Stage.CHECKED
    assert Event.objects.filter(action="ticket.take_back").count() == 1


def test_undo_of_a_match_after_the_ticket_was_compared_anew_leaves_it(placement, office, advisor, sign_in):
    matched(placement, office, advisor)
    client = sign_in(advisor)
    seen = client.get(reverse("travel:placement-name", args=[placement.code])).context["seen"]
    ticket_name.write(placement, FullName("REYES", "MARISOL"), by=office)
    ticket_name.confirm_letters(placement, shown=FullName("REYES", "MARISOL"), by=advisor)

    undo = reverse("travel:placement-name-undo", args=[placement.code])
    assert "so nothing was changed" in client.post(undo, {"seen": seen}, follow=True).text
    assert stage_of(placement) == Stage.NAME_MATCHED
    now = client.get(reverse("travel:placement-name", args=[placement.code])).context["seen"]
    client.post(undo, {"seen": now})
    assert stage_of(placement) == Stage.CHECKED


def test_names_of_a_trip_are_written_all_or_none(placement, office):
    other = PlacementFactory(trip=placement.trip)
    PassportCaseFactory(placement=other)
    names = {placement: TICKET, other: FullName("…", "")}
    assert code_of(ticket_name.write_list, placement.trip, names, by=office) == "unreadable"
    assert not TicketName.objects.exists()
    names[other] = FullName("CHEN", "LI")
    assert [ticket_name.write_list(placement.trip, names, by=office) for _twice in range(2)] == [2, 0]
    stray = PlacementFactory()
    assert code_of(ticket_name.write_list, placement.trip, {stray: TICKET}, by=office) == "other_trip"


def test_every_finding_has_words():
    assert set(WORDS) == set(Finding)


# --- The pages --------------------------------------------------------------------------------------


def page_of(placement):
    return reverse("travel:placement-name", args=[placement.code])


def typed(surnames="Reyes Ortega", given="Marisol", shown=TICKET, **more):
    return {"surnames": surnames, "given": given, "shown_surnames": shown.surnames, "shown_given": shown.given, **more}


def test_the_office_writes_the_list_and_the_trip_says_do_not_buy(sign_in, placement, office):
    here = sign_in(office)
    other = PlacementFactory(trip=placement.trip, application__student__full_name="Li Chen")
    PassportCaseFactory(placement=other)
    trip = placement.trip
    assert "2 of 2 names haven’t been checked" in here.get(reverse("travel:trip-travelers", args=[trip.code])).text
    page = reverse("travel:trip-names", args=[trip.code])
    names = {f"surnames_{placement.code}": "REYES ORTEGA", f"given_{placement.code}": "MARISOL"}
    assert here.post(page, names | {f"surnames_{other.code}": "", f"given_{other.code}": ""}).status_code == 302
    assert TicketName.objects.get().name == TICKET
    here.post(page, {f"surnames_{placement.code}": "", f"given_{placement.code}": ""})  # empty fields change nothing
    assert TicketName.objects.get().name == TICKET
    refused = here.post(page, {f"surnames_{other.code}": "王", f"given_{other.code}": ""})
    assert "any letters from A to Z" in refused.text and "王" in refused.text  # the typed text is still there


def test_an_advisor_sees_the_own_students_and_writes_no_name(sign_in, placement, advisor):
    PassportCaseFactory(placement=PlacementFactory(trip=placement.trip, application__student__full_name="Someone Else"))
    here = sign_in(advisor)
    page = reverse("travel:trip-names", args=[placement.trip.code])
    assert "Someone Else" not in here.get(page).text and "1 of 1 name" in here.get(page).text
    assert here.post(page, {f"surnames_{placement.code}": "X"}).status_code == 403


def test_an_advisor_types_the_name_agrees_and_the_initials_stand_there(sign_in, placement, office, advisor):
    short = FullName("REYES", "MARISOL")
    ticket_name.write(placement, short, by=office)
    here = sign_in(advisor)
    asked = here.post(page_of(placement), typed(shown=short))
    assert "The ticket leaves out a surname" in asked.text and 'value="Reyes Ortega"' in asked.text
    agreed = asked.context["agreed"]
    again = here.post(page_of(placement), typed(shown=short, agreed=agreed))  # "Compare again" is not an agreement
    assert again.status_code == 200
    assert here.post(page_of(placement), typed(shown=short, agreed=agreed, agree="1")).status_code == 302
    assert "by AO" in here.get(page_of(placement)).text
    record = here.get(reverse("travel:checklist-detail", args=[placement.code])).text
    assert "it matches:" in record and "AO" in record
    trip = here.get(reverse("travel:trip-travelers", args=[placement.trip.code])).text
    assert "All the names have been compared" in trip


def test_a_wrong_name_is_told_on_the_page_alone(sign_in, placement, office, advisor):
    ticket_name.write(placement, FullName("REYES ORTEGA", "MARSIOL"), by=office)
    here = sign_in(advisor)
    page = here.post(page_of(placement), typed(shown=FullName("REYES ORTEGA", "MARSIOL")))
    assert page.status_code == 200 and "Don’t buy the ticket." in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert not here.get(page_of(placement)).context["messages"]
    empty = here.post(page_of(placement), typed("", "", shown=FullName("REYES ORTEGA", "MARSIOL")))
    assert "Type the name as it’s printed in the passport." in empty.text


def test_the_passports_name_is_kept_nowhere(sign_in, placement, office, advisor):
    ticket_name.write(placement, TICKET, by=office)
    here = sign_in(advisor)
    for given in ("Guadalupe Zzyzx", "Zzyzx"):
        here.post(page_of(placement), typed("Zzyzx Quetzal", given))
    here.post(page_of(placement), typed())
    kept = []
    for model in apps.get_models():
        for row in model._default_manager.all():
            kept.append(str({field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}))
    kept += [str(session.get_decoded()) for session in Session.objects.all()]
    assert Event.objects.exists() and not Message.objects.filter(body__icontains="zzyzx").exists()
    assert not [row for row in kept if "zzyzx" in row.lower() or "quetzal" in row.lower()]
    assert not any("zzyzx" in str(cookie).lower() for cookie in here.cookies.values())


def test_nobody_compares_the_own_name_and_strangers_find_no_page(sign_in, placement):
    assert sign_in(placement.application.student).get(page_of(placement)).status_code == 403
    assert sign_in(UserFactory(advisor=True)).get(page_of(placement)).status_code == 404


def test_thirty_names_cost_no_more_queries_than_three(sign_in, office, django_assert_max_num_queries):
    here, trip, costs = sign_in(office), TripFactory(cycle=CycleFactory()), []
    for number in (3, 27):
        for _each in range(number):
            placement = PlacementFactory(trip=trip, application__college=CollegeFactory())
            PassportCaseFactory(placement=placement)
            ticket_name.write(placement, TICKET, by=office)
        with django_assert_max_num_queries(10) as found:
            here.get(reverse("travel:trip-names", args=[trip.code]))
        costs.append(len(found))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_a_name_changed_while_it_is_compared_is_never_matched(sign_in, placement, office, advisor):
    ticket_name.write(placement, TICKET, by=office)
    new = {f"surnames_{placement.code}": "REYES", f"given_{placement.code}": "MARISOL"}
    at_once(
        post(sign_in(advisor), page_of(placement), typed()),
        post(sign_in(office), reverse("travel:trip-names", args=[placement.trip.code]), new),
    )
    ticket = TicketName.objects.get()
    assert (ticket.surnames, ticket.matched_at, stage_of(placement)) == ("REYES", None, Stage.CHECKED)
