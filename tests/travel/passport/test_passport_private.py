"""A student's passport answers stay between two people; the list of feasible cities states no reason."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from applications.models import Application
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import PlacementFactory, TripFactory, travel_facts
from tests.travel.asking import walk
from travel.models import FeasibleCities, PassportCase, TravelAnswers
from travel.passport.case import actions as passport
from travel.passport.way.route import Answer, Answers, Born, Paper, TravelOn
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Route = PassportCase.Route
FIRST = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,))
OTHER = Answers(TravelOn.OTHER_DOCUMENT)


@pytest.fixture(autouse=True)
def facts():
    travel_facts()


@pytest.fixture
def application():
    return ApplicationFactory(waitlisted=True)


@pytest.fixture
def advisor(application):
    return UserFactory(advisor=application.college)


def url(name, application):
    return reverse(f"travel:passport-{name}", args=[application.code])


def code_of(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        call(*args, **kwargs)
    return caught.value.code


# --- before the placement ----------------------------------------------------------------------------


def test_help_begins_with_the_result_and_not_before():
    for status in Status:
        application = ApplicationFactory(**({status.value: True} if status != Status.DRAFT else {}))
        if status in (Status.SELECTED, Status.WAITLISTED, Status.CONFIRMED):
            assert passport.open_case(application, by=None).application == application
        else:
            assert code_of(passport.open_case, application, by=None) == "not_helped"


def test_cases_open_by_themselves_and_once():
    told, unread = ApplicationFactory(selected=True), ApplicationFactory(submitted=True)
    assert (checklist.open_cases(), checklist.open_cases()) == (1, 0)
    assert PassportCase.objects.get().application == told
    assert not hasattr(Application.objects.get(pk=unread.pk), "passport_case")


def test_without_a_seat_the_dates_are_those_of_the_first_trip_among_the_ranked(application):
    cycle = application.cycle
    early, ranked_late, ranked_soon = (TripFactory(cycle=cycle, leaves_in=days) for days in (150, 240, 190))
    application.city_preferences.all().delete()
    for rank, trip in enumerate((ranked_late, ranked_soon), start=1):
        application.city_preferences.create(city=trip.city, rank=rank)
    case = passport.open_case(application, by=None)
    assert (case.trip, case.placement) == (ranked_soon, None)
    assert case.in_hand_by < ranked_soon.leaves_on
    passport.mark_cities(application, [ranked_late.city, early.city], by=UserFactory(advisor=application.college))
    case.refresh_from_db()
    assert case.trip == ranked_late


def test_without_any_trip_there_are_no_dates_and_nobody_is_late(application):
    case = passport.open_case(application, by=None)
    assert (case.trip, case.documents_by, case.last_safe_on) == (None, None, None)


def test_a_seat_takes_over_what_was_begun(application):
    passport.answer_route(application, FIRST, by=application.student)
    Application.objects.filter(pk=application.pk).update(status=Status.CONFIRMED)
    application.refresh_from_db()
    placement = PlacementFactory(application=application, trip=TripFactory(cycle=application.cycle))
    case = checklist.open_for(placement, by=placement.placed_by)
    assert (case.route, case.stage, case.trip) == (Route.DS11, PassportStage.GATHERING, placement.trip)
    assert PassportCase.objects.count() == 1


def test_a_student_on_the_waiting_list_begins_on_the_phone(client, application):
    client.force_login(application.student)
    assert "Find out how to get your passport" in client.get(reverse("travel:journey")).text
    assert "Find out how to get your passport" in client.get(url("detail", application)).text
    answers = {"travel_on": "us_need", "had_passport": "no", "born": "in_us", "papers": ["certified"]}
    walk(client, application, answers | {"born_on": "2005-03-09", "name": "same", "photo_id": "california"})
    assert PassportCase.objects.get().route == Route.DS11


# --- the sealed answers ------------------------------------------------------------------------------


def raw(column, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608 -- names of this test
        return cursor.fetchall()[0][0]


def test_the_database_holds_cipher_text_only(application):
    passport.answer_route(application, OTHER, by=application.student)
    stored = raw("answers", "travel_travelanswers")
    assert "other_document" not in stored and "travel_on" not in stored
    assert TravelAnswers.objects.get().answers["travel_on"] == "other_document"
    assert "other" not in json.dumps([event.changes for event in Event.objects.all()])


def test_a_key_that_was_changed_still_opens_them(application, settings):
    passport.answer_route(application, OTHER, by=application.student)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key " * 6
    assert TravelAnswers.objects.get().answers["travel_on"] == "other_document"


def test_they_cannot_be_searched():
    with pytest.raises(Exception, match="Unsupported lookup|not supported|Related Field|lookup"):
        TravelAnswers.objects.filter(answers__contains="other").exists()


def test_only_the_student_and_the_chosen_advisor_may_read(application, advisor):
    answers_of = TravelAnswers.objects.visible_to
    passport.answer_route(application, OTHER, by=application.student)
    everybody = [
        application.student,
        advisor,
        UserFactory(advisor=application.college),
        UserFactory(coordinator=True),
        UserFactory(director=True),
        UserFactory(),
    ]
    found = TravelAnswers.objects.get()
    assert [answers_of(user).exists() for user in everybody] == [True] + [False] * 5
    passport.choose_advisor(application, advisor, by=application.student)
    found.refresh_from_db()
    assert [answers_of(user).exists() for user in everybody] == [True, True] + [False] * 4
    advisor.roles.all().delete()
    assert not answers_of(type(advisor).objects.get(pk=advisor.pk)).exists()
    passport.choose_advisor(application, None, by=application.student)
    assert TravelAnswers.objects.get().advisor is None


def test_only_an_advisor_of_the_own_college_can_be_chosen(application):
    assert code_of(passport.choose_advisor, application, None, by=application.student) == "no_answers"
    passport.answer_route(application, OTHER, by=application.student)
    for stranger in (UserFactory(advisor=True), UserFactory(coordinator=True)):
        assert code_of(passport.choose_advisor, application, stranger, by=application.student) == "not_an_advisor"


def test_each_look_is_on_record_and_only_by_post(client, application, advisor):
    passport.answer_route(application, OTHER, by=application.student)
    passport.choose_advisor(application, advisor, by=application.student)
    client.force_login(advisor)
    assert "Read the student’s answers" in client.get(url("detail", application)).text
    assert client.get(url("answers", application)).status_code == 405
    assert "Another travel document" in client.post(url("answers", application)).text
    assert Event.objects.filter(action="passport.read_answers", by=advisor).count() == 1
    client.force_login(UserFactory(coordinator=True))
    assert client.post(url("answers", application)).status_code == 404
    assert "answers" not in client.get(url("detail", application)).text.split("<main")[1].split("<footer")[0]


# --- where a student can go --------------------------------------------------------------------------


def test_the_usual_way_opens_every_city_and_a_talk_leaves_the_list_open(application, advisor):
    passport.answer_route(application, FIRST, by=application.student)
    assert FeasibleCities.objects.get().is_everywhere
    passport.answer_route(application, OTHER, by=application.student)
    assert not FeasibleCities.objects.exists()
    city = PartnerCityFactory()
    passport.mark_cities(application, [city], by=advisor)
    passport.answer_route(application, FIRST, by=application.student)
    assert [*FeasibleCities.objects.get().cities.all()] == [city]


def test_an_advisor_marks_cities_and_has_no_room_for_a_reason(client, application, advisor):
    city = PartnerCityFactory()
    application.cycle.cities.add(city)
    passport.open_case(application, by=None)
    client.force_login(advisor)
    page = client.get(url("detail", application)).text
    assert "The list isn’t marked yet." in page and "<textarea" not in page
    both = client.post(url("cities", application), {"is_everywhere": "on", "cities": [city.code]})
    assert "only one of these" in both.text and not FeasibleCities.objects.exists()
    assert client.post(url("cities", application), {"cities": [city.code]}).status_code == 302
    client.post(url("cities", application), {"cities": [city.code]})
    assert [*FeasibleCities.objects.get().cities.all()] == [city]
    assert Event.objects.filter(action="passport.mark_cities").count() == 1


def test_the_office_sees_the_list_and_not_who_marked_it(client, application, advisor):
    advisor.full_name = "Adaeze Okafor"
    advisor.save()
    city = PartnerCityFactory(name_en="Durango")
    passport.open_case(application, by=None)
    passport.mark_cities(application, [city], by=advisor)
    client.force_login(UserFactory(coordinator=True))
    main = client.get(url("detail", application)).text.split("<main")[1].split("<footer")[0]
    assert "Durango" in main and "Adaeze" not in main and "Mark the cities" not in main
    assert client.post(url("cities", application), {"cities": [city.code]}).status_code == 403


def test_an_advisor_who_travels_does_not_mark_the_own_cities(client, application, advisor):
    own = ApplicationFactory(waitlisted=True, college=application.college, student=advisor)
    for each in (own, application):
        passport.open_case(each, by=None)
    client.force_login(advisor)
    assert client.post(url("cities", own), {"is_everywhere": "on"}).status_code == 403
    assert client.post(url("cities", application), {"is_everywhere": "on"}).status_code == 302
    assert FeasibleCities.objects.get().application == application


def test_an_empty_list_must_be_meant(client, application, advisor):
    passport.open_case(application, by=None)
    client.force_login(advisor)
    assert "Select all cities" in client.post(url("cities", application), {}).text
    assert not FeasibleCities.objects.exists()
    client.post(url("cities", application), {"is_nowhere": "on"})
    found = FeasibleCities.objects.get()
    assert (found.is_everywhere, found.cities.count()) == (False, 0)


def test_other_answers_are_for_nobody_until_the_student_chooses_again(application, advisor):
    passport.answer_route(application, FIRST, by=application.student)
    passport.choose_advisor(application, advisor, by=application.student)
    passport.answer_route(application, FIRST, by=application.student)
    assert TravelAnswers.objects.get().advisor == advisor
    passport.answer_route(application, OTHER, by=application.student)
    assert TravelAnswers.objects.get().advisor is None


def test_the_history_that_the_office_reads_does_not_tell_who_talked(client, application, advisor):
    passport.answer_route(application, OTHER, by=application.student)
    passport.choose_advisor(application, advisor, by=application.student)
    passport.read_answers(TravelAnswers.objects.get(), by=advisor)
    passport.mark_cities(application, [], by=advisor)
    client.force_login(UserFactory(coordinator=True))
    shown = client.get(reverse("applications:application-detail", args=[application.code])).context["history"]
    acts = {row["event"].action for row in shown}
    assert "passport.open" in acts
    assert not acts & audit.PRIVATE and len(audit.PRIVATE) == 7
