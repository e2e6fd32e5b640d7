"""Alumni: a dated yes for each purpose, one list for the office, an answer from the phone, and an end with one tap."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, Message, User
from tests.alumni import agreed, text
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import AlumniAsk, AlumniConsent, OrientationSession
from travel.office.retention import erasing, purge
from travel.office.retention import outlived as retention
from travel.prepare.orientation import actions as sessions
from travel.reflection import alumni
from travel.reflection.actions import alumni as actions

pytestmark = pytest.mark.django_db
How = AlumniConsent.How


@pytest.fixture
def office():
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def ana(office):
    text()
    return PlacementFactory(returned=True, application__student__full_name="Ana Ruiz")


@pytest.fixture
def trip(office):
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70), cycle__published_at=timezone.now())


@pytest.fixture
def session(office, trip):
    values = {"starts_at": timezone.now() + dt.timedelta(days=20), "zone": "America/Los_Angeles", "minutes": 90}
    values |= {"place": "City Hall, room 1060", "address": "", "note_en": "", "note_es": ""}
    return sessions.plan(trip.cycle, values, trips=[], by=office)


def student(placement):
    return placement.application.student


def page(client, placement, **said):
    address = reverse("travel:alumni-own", args=[placement.code])
    client.force_login(student(placement))
    return client.post(address, said, follow=True) if said else client.get(address)


def about(subject):
    return next(each for each in alumni.subjects(UserFactory(coordinator=True)) if subject in (each.session, each.trip))


# --- Agreeing ---------------------------------------------------------------------------------------


def test_a_traveler_chooses_each_purpose_and_the_choice_is_dated(client, ana):
    assert "May we write to you" in page(client, ana).text
    page(client, ana, orientation="on")
    consent = AlumniConsent.objects.get()
    assert (consent.orientation, consent.mentoring, consent.text.version) == (True, False, 1)
    assert consent.expires_at - consent.given_at > dt.timedelta(days=1824)

    page(client, ana, orientation="on", mentoring="on")
    first, second = AlumniConsent.objects.order_by("pk")
    assert first.ended_how == How.CHANGED and second.is_in_force and second.mentoring


def test_the_same_choice_again_changes_nothing(client, ana):
    page(client, ana, orientation="on")
    page(client, ana, orientation="on")
    assert AlumniConsent.objects.count() == Event.objects.filter(action="alumni.agree").count() == 1


def test_nothing_chosen_is_no_consent_and_ends_one(client, ana):
    assert "we won’t write to you" in page(client, ana, save="1").text
    assert not AlumniConsent.objects.exists()
    agreed(ana)
    assert "off the list" in page(client, ana, save="1").text
    assert AlumniConsent.objects.get().ended_how == How.PAGE


def test_one_button_ends_it(client, ana):
    agreed(ana)
    page(client, ana, stop="1", orientation="on")
    assert AlumniConsent.objects.get().ended_how == How.PAGE and alumni.consent_of(student(ana)) is None


@pytest.mark.parametrize("traits", [{}, {"travelled": True}])
def test_nobody_is_asked_before_coming_home(client, office, traits):
    text()
    placement = PlacementFactory(**traits)
    assert "are home" in page(client, placement, orientation="on").text
    assert not AlumniConsent.objects.exists()


def test_without_words_there_is_nothing_to_agree_to(client, office):
    placement = PlacementFactory(returned=True)
    with pytest.raises(RuleViolation) as violation:
        actions.agree(placement, orientation=True, mentoring=False, by=student(placement))
    assert violation.value.code == "no_words" and "nothing to agree to yet" in page(client, placement).text


def test_not_now_leads_back_to_the_reflections(client, ana):
    href = reverse("travel:reflection-list")
    assert f'<a href="{href}">Not now</a>' in page(client, ana).text


def test_the_page_of_reflections_leads_there(client, ana):
    client.force_login(student(ana))
    assert reverse("travel:alumni-own", args=[ana.code]) in client.get(reverse("travel:reflection-list")).text


# --- Asking -----------------------------------------------------------------------------------------


def test_only_those_who_agreed_to_it_are_asked_and_once(ana, session, office):
    mentors = PlacementFactory(returned=True)
    people = [agreed(ana, mentoring=False), agreed(mentors, orientation=False)]
    assert actions.ask(about(session), people, by=office) == 1
    assert actions.ask(about(session), people, by=office) == 0
    message = Message.objects.get(template="travel/alumni_session")
    assert message.recipient == student(ana) and people[0].href in message.body and "stop hearing" in message.body
    with pytest.raises(RuleViolation) as violation:
        actions.ask(about(session), people[1:], by=office)
    assert violation.value.code == "no_people"


def test_each_is_asked_in_their_language(ana, trip, office):
    User.objects.filter(pk=student(ana).pk).update(language="es")
    actions.ask(about(trip), [agreed(ana)], by=office)
    assert "mentor" in Message.objects.get().body and "Hola" in Message.objects.get().body


def test_the_answer_comes_from_the_phone_without_signing_in_and_can_change(ana, session, office):
    consent = agreed(ana)
    actions.ask(about(session), [consent], by=office)
    ask, phone = AlumniAsk.objects.get(), Client()
    assert "City Hall" in phone.get(consent.href).text and not AlumniAsk.objects.get().answer
    for says in ("yes", "no", "yes"):
        phone.post(consent.href, {says: ask.code})
        assert AlumniAsk.objects.get().answer == says
    assert list(AlumniAsk.objects.coming(session)) == [ask]
    phone.force_login(office)
    assert str(student(ana)) in phone.get(session.get_absolute_url()).text


def test_the_link_answers_only_what_was_asked_of_its_owner(ana, trip, office):
    other = agreed(PlacementFactory(returned=True))
    actions.ask(about(trip), [other], by=office)
    response = Client().post(agreed(ana).href, {"yes": AlumniAsk.objects.get().code})
    assert response.status_code == 404 and not AlumniAsk.objects.get().answer
    assert Client().post(other.href, {"maybe": "x"}).status_code == 404
    assert Client().get(other.href[:-3] + "xx/").status_code == 404


def test_one_tap_behind_the_link_takes_them_off_the_list_at_once(client, ana, session, office):
    consent, phone = agreed(ana), Client()
    actions.ask(about(session), [consent], by=office)
    actions.answer(AlumniAsk.objects.get(), "yes", by=None)
    message = Message.objects.get(template="travel/alumni_session")
    assert "off the list" in phone.post(consent.href, {"stop": "1"}, follow=True).text
    client.force_login(office)
    assert "Ana Ruiz" not in client.get(reverse("travel:alumni-list")).text
    assert not AlumniAsk.objects.coming(session)
    outbox.deliver(message.pk)
    assert Message.objects.get(pk=message.pk).dropped_at
    phone.post(consent.href, {"yes": AlumniAsk.objects.get().code})
    assert not AlumniConsent.objects.in_force()


def test_what_was_asked_stays_asked_where_they_still_agree(ana, session, trip, office):
    first = agreed(ana)
    for each in (session, trip):
        actions.ask(about(each), [first], by=office)
    second = actions.agree(ana, orientation=False, mentoring=True, by=student(ana))
    assert [ask.trip for ask in alumni.open_asks(second)] == [trip]
    # the link of the first message still works, for what they agree to now
    assert AlumniConsent.find(first.link) == second


def test_an_ask_that_is_taken_back_is_gone_from_the_page_and_isnt_sent(client, ana, trip, office):
    consent = agreed(ana)
    actions.ask(about(trip), [consent], by=office)
    client.force_login(office)
    client.post(reverse("travel:alumni-take-back", args=[AlumniAsk.objects.get().code]))
    assert "Nothing to answer" in Client().get(consent.href).text
    with pytest.raises(RuleViolation) as violation:
        actions.answer(AlumniAsk.objects.get(), "yes", by=None)
    assert violation.value.code == "not_asked"
    outbox.deliver(Message.objects.get().pk)
    assert Message.objects.get().dropped_at
    assert actions.ask(about(trip), [consent], by=office) == 1


def test_what_has_begun_can_be_neither_asked_nor_answered(ana, session, office):
    subject, consent = about(session), agreed(ana)
    actions.ask(subject, [consent], by=office)
    OrientationSession.objects.update(starts_at=timezone.now() - dt.timedelta(minutes=1))
    subject.session.refresh_from_db()
    for act in (
        lambda: actions.answer(AlumniAsk.objects.get(), "yes", by=None),
        lambda: actions.ask(subject, [consent], by=office),
    ):
        with pytest.raises(RuleViolation) as violation:
            act()
        assert violation.value.code == "over"
    assert not alumni.open_asks(consent)


def test_alumni_are_told_when_a_session_is_canceled_and_back_unless_they_said_no(ana, session, office):
    no = agreed(PlacementFactory(returned=True))
    actions.ask(about(session), [agreed(ana), no], by=office)
    actions.answer(AlumniAsk.objects.get(consent=no), "no", by=None)
    sessions.call_off(session, by=office)
    told = Message.objects.filter(template="travel/alumni_session_changed")
    assert [message.recipient for message in told] == [student(ana)] and "canceled" in told.get().subject
    sessions.bring_back(session, by=office)
    assert told.all().count() == 2


# --- The office's list ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("college", "lacc", {"Ana Ruiz"}),
        ("city", "giza", {"Ben Bui"}),
        ("year", "", {"Ana Ruiz", "Ben Bui"}),
        ("willing", "mentoring", {"Ben Bui"}),
        ("willing", "orientation", {"Ana Ruiz"}),
    ],
)
def test_the_list_is_filtered(client, ana, office, field, value, found):
    type(ana.application).objects.filter(pk=ana.application_id).update(college=CollegeFactory(code="lacc"))
    ben = PlacementFactory(returned=True, application__student__full_name="Ben Bui", trip__city__code="giza")
    agreed(ana, mentoring=False), agreed(ben, orientation=False)
    client.force_login(office)
    page = client.get(reverse("travel:alumni-list"), {field: value}).text
    assert {name for name in ("Ana Ruiz", "Ben Bui") if name in page} == found


def test_the_office_asks_those_it_checked_after_seeing_who_they_are(client, ana, trip, office):
    consent = agreed(ana)
    client.force_login(office)
    address = reverse("travel:alumni-ask") + f"?person={consent.code}&person=NOBODY22"
    assert "Ana Ruiz" in client.get(address).text
    assert "Choose what to ask." in client.post(address).text
    page = client.post(address, {"about": f"trip:{trip.code}"}, follow=True).text
    assert "Asked 1 person." in page and "no answer yet" in page
    assert Event.objects.filter(action="alumni.ask", by=office).count() == 1
    page = client.post(address, {"about": f"trip:{trip.code}"}, follow=True).text
    assert "asked already" in page


def test_without_anybody_the_list_says_how_they_come_there(client, office):
    client.force_login(office)
    assert "No one yet" in client.get(reverse("travel:alumni-list")).text
    assert "Choose at least one person" in client.get(reverse("travel:alumni-ask"), follow=True).text


def test_the_list_takes_as_many_queries_for_many(client, ana, trip, office):
    client.force_login(office)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("travel:alumni-list"))
        return len(queries)

    actions.ask(about(trip), [agreed(ana)], by=office)
    few = count()
    others = [agreed(PlacementFactory(returned=True)) for _number in range(3)]
    actions.ask(about(trip), others, by=office)
    assert count() == few <= 10


# --- For how long -----------------------------------------------------------------------------------


def old_account(placement):
    User.objects.filter(pk=placement.application.student_id).update(last_login=timezone.now() - dt.timedelta(days=900))
    erasing.erase([placement.application_id])
    return student(placement)


def test_name_and_email_outlive_the_application_only_while_they_agree(client, ana, office):
    consent, person = agreed(ana), old_account(ana)
    assert person not in retention.accounts_due(730)
    client.force_login(office)
    assert "Ana Ruiz" in client.get(reverse("travel:alumni-list")).text
    actions.end(consent, how=How.LINK, by=None)
    assert person in retention.accounts_due(730)


def test_a_yes_ends_by_itself(ana, office):
    consent = agreed(ana, given_at=timezone.now() - dt.timedelta(days=2000))
    assert purge.PURGES["alumni"](days=1825, dry_run=True) == 1
    assert AlumniConsent.objects.get().is_in_force
    assert purge.PURGES["alumni"](days=1825, dry_run=False) == 1
    consent.refresh_from_db()
    assert consent.ended_how == How.EXPIRED


def test_deleting_the_account_ends_it(ana, office):
    agreed(ana)
    erasing.erase_people([student(ana).pk])
    assert AlumniConsent.objects.get().ended_how == How.ERASED


def test_the_student_finds_it_among_their_permissions(client, ana):
    agreed(ana)
    client.force_login(student(ana))
    assert "Ask me to mentor" in client.get(reverse("travel:sharing")).text


def test_the_database_refuses_what_makes_no_sense(ana, session, trip, office):
    consent = agreed(ana)
    more = {"consent": consent, "asked_by": office}
    refused("alumniconsent_one_in_force", lambda: agreed(ana))
    other = PlacementFactory(returned=True)
    refused("alumniconsent_for_a_purpose", lambda: agreed(other, orientation=False, mentoring=False))
    refused("alumniconsent_ended_says_how", lambda: agreed(other, ended_at=timezone.now()))
    ask = AlumniAsk.objects.create
    refused("alumniask_for_a_session_or_a_trip", lambda: ask(**more))
    refused("alumniask_for_a_session_or_a_trip", lambda: ask(**more, session=session, trip=trip))
    refused("alumniask_answer_and_time_together", lambda: ask(**more, trip=trip, answer="yes"))
    for name, row in (("session", {"session": session}), ("trip", {"trip": trip})):
        ask(**more, **row)
        refused(f"alumniask_once_per_{name}", lambda row=row: ask(**more, **row))
