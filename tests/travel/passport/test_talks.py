"""Students who travel on another document, or would rather talk: a named advisor, and no way to a US counter."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse

from exchange.models import Message
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts
from tests.factories_travel import (
    EntryRuleFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from tests.travel.asking import walk
from travel.models import ChecklistItem, PassportCase, TravelAnswers
from travel.office.home import advisor_work as work
from travel.passport.case import actions as passport
from travel.passport.case import talk
from travel.passport.way.route import Answer, Answers, Born, Name, Paper, TravelOn
from travel.prepare.checklist import actions as checklist

pytestmark = pytest.mark.django_db
TALKS = reverse("travel:passport-open-lists") + "?show=talks"
ELSEWHERE = [TravelOn.OTHER_COUNTRY, TravelOn.OTHER_DOCUMENT, TravelOn.RATHER_TALK]
COUNTER = (
    *("ds-11", "counter", "acceptance facility", "post office"),
    *("get your passport documents together", "apply for your passport"),
)
LATE = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.LATE,), name=Name.SAME)


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def application():
    return ApplicationFactory(waitlisted=True)


@pytest.fixture
def elena(application):
    return UserFactory(full_name="Elena Park", phone="+12135550199", advisor=application.college)


def url(name, application):
    return reverse(f"travel:passport-{name}", args=[application.code])


def body(response):
    return response.text.split("<main")[1].split("<footer")[0]


def duty(advisor):
    cache.clear()  # factories record no event, so the cached figures need clearing
    return next(each for each in work.work_of(advisor) if each.key == "talks")


def listed(client):
    return [str(each.student) for each in client.get(TALKS).context["page_obj"]]


def row_of(application):
    return TravelAnswers.objects.get(application=application)


# --- the student -------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", ELSEWHERE)
def test_one_answer_names_the_advisor_with_phone_email_and_writing(sign_in, application, elena, choice):
    mine = sign_in(application.student)
    walk(mine, application, {"travel_on": choice})
    page = body(mine.get(url("detail", application)))
    assert "Elena Park will get in touch with you" in page
    for link in ("tel:+12135550199", f"mailto:{elena.email}", reverse("applications:thread-new")):
        assert link in page
    assert row_of(application).talk_with == elena


@pytest.mark.parametrize("choice", ELSEWHERE)
def test_nothing_tells_them_to_go_to_a_counter(sign_in, elena, application, choice, mailoutbox):
    call_command("load_reference", verbosity=0)
    trip = TripFactory(cycle=application.cycle, leaves_in=120)
    EntryRuleFactory(city=trip.city)
    checklist_steps(trip.cycle)
    application.status = "confirmed"
    application.save()
    placement = PlacementFactory(application=application, trip=trip)
    checklist.open_for(placement, by=placement.placed_by)
    passport.answer_route(application, Answers(choice), by=application.student)
    ChecklistItem.objects.update(do_by=in_days(1))
    mine = sign_in(application.student)
    for address in (
        reverse("home"),
        url("detail", application),
        reverse("travel:checklist-detail", args=[placement.code]),
    ):
        page = body(mine.get(address, follow=True)).lower()
        assert "talk" in page
        assert not [word for word in COUNTER if word in page], address
    assert checklist.REMINDER.send_all() == 1
    reminder = Message.objects.get(template="travel/items_due")
    assert not [word for word in COUNTER if word in str(reminder.body).lower()]


def test_the_page_about_another_document_says_what_is_needed_and_keeps_nothing(sign_in, application, elena):
    call_command("load_reference", verbosity=0)
    mine = sign_in(application.student)
    walk(mine, application, {"travel_on": "other_country"})
    assert reverse("travel:passport-elsewhere") in mine.get(url("detail", application)).text
    page = body(mine.get(reverse("travel:passport-elsewhere")))
    assert "your own country’s passport and your card" in page
    assert "Visa rules depend on your passport" in page
    assert "Check the official page:" in page
    assert "Elena Park" in page
    assert "<form" not in page
    assert PassportCase.objects.get().route == "talk"  # the same for everybody who talks


def test_somebody_who_would_rather_talk_is_not_told_what_they_may_travel_on(sign_in, application, elena):
    call_command("load_reference", verbosity=0)
    mine = sign_in(application.student)
    walk(mine, application, {"travel_on": "rather_talk"})
    assert "green" not in body(mine.get(url("detail", application))).lower()


def test_a_case_for_a_person_shows_the_official_page_and_makes_a_task(sign_in, application, elena):
    call_command("load_reference", verbosity=0)
    passport.answer_route(application, LATE, by=application.student)
    page = body(sign_in(application.student).get(url("detail", application)))
    assert "A birth certificate filed late" in page
    assert "Check the official page:" in page and "https://travel.state.gov/" in page
    assert duty(elena).count == 1


def test_the_student_chooses_somebody_else_and_how_to_be_reached(sign_in, application, elena):
    other = UserFactory(full_name="Omar Diaz", advisor=application.college)
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    mine = sign_in(application.student)
    assert mine.post(url("talk", application), {"advisor": other.code, "how": "meet"}).status_code == 302
    assert "Omar Diaz will get in touch with you" in body(mine.get(url("detail", application)))
    assert (duty(elena).count, duty(other).count) == (0, 1)
    page = body(sign_in(other).get(url("detail", application), follow=True))
    assert "in person, at college" in page
    mine.post(url("talk", application), {"advisor": UserFactory(advisor=True).code, "how": "meet"})
    assert row_of(application).talk_with == other


def test_other_answers_take_the_talk_back(application, elena):
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    passport.answer_route(
        application,
        Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,), name=Name.SAME),
        by=application.student,
    )
    assert (row_of(application).talk_asked_at, row_of(application).talk_with) == (None, None)
    assert duty(elena).count == 0


# --- the advisor -------------------------------------------------------------------------------------


def test_the_advisor_is_told_without_a_name_and_sees_who_after_signing_in(sign_in, application, elena):
    passport.answer_route(application, Answers(TravelOn.OTHER_COUNTRY), by=application.student)
    passport.answer_route(application, Answers(TravelOn.OTHER_COUNTRY), by=application.student)
    found = Message.objects.get(template="travel/talk_asked")
    assert str(application.student) not in found.body
    assert "another" not in found.body.lower()
    client = sign_in(elena)
    assert duty(elena).href == TALKS
    assert listed(client) == [str(application.student)]
    page = body(client.get(url("detail", application), follow=True))
    assert "This student would like to talk with you" in page
    assert "Another country" not in page
    assert not TravelAnswers.objects.visible_to(elena).exists()  # the talk opens no answer


def test_after_the_talk_the_task_is_done_and_the_next_step_moves_on(sign_in, application, elena):
    TripFactory(cycle=application.cycle)
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    assert sign_in(elena).post(url("talked", application)).status_code == 302
    assert duty(elena).count == 0
    page = body(sign_in(application.student).get(url("detail", application)))
    assert "Do what you and your advisor agreed on" in page
    assert "Ask to talk again" in page


def test_marking_the_cities_is_the_talk(application, elena):
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    passport.mark_cities(application, [PartnerCityFactory()], by=UserFactory(advisor=application.college))
    assert duty(elena).count == 1  # a colleague who didn't talk
    passport.mark_cities(application, [], is_everywhere=True, by=elena)
    assert duty(elena).count == 0


def test_nobody_else_sees_or_ends_the_talk(sign_in, application, elena):
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    colleague, office = UserFactory(advisor=application.college), UserFactory(coordinator=True)
    assert listed(sign_in(colleague)) == []
    for person in (colleague, office):
        assert "would like to talk" not in body(sign_in(person).get(url("detail", application), follow=True))
    assert sign_in(office).post(url("talked", application)).status_code == 403
    sign_in(colleague).post(url("talked", application))
    assert row_of(application).talked_at is None


def test_the_talk_is_with_the_advisor_whom_the_office_named_for_the_college(application, elena):
    named = UserFactory(full_name="Zoe Last", advisor=application.college)
    application.college.named_advisor = named
    application.college.save()
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    assert row_of(application).talk_with == named


def test_a_talk_with_somebody_who_left_is_on_every_advisors_list(application, elena):
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    elena.roles.all().delete()
    assert duty(UserFactory(advisor=application.college)).count == 1


def test_a_college_without_an_advisor_asks_the_office_for_one_and_names_nobody(sign_in, application):
    office = UserFactory(coordinator=True)
    passport.answer_route(application, Answers(TravelOn.RATHER_TALK), by=application.student)
    found = Message.objects.get(template="travel/talk_without_advisor", recipient=office)
    assert application.college.name in found.body
    assert str(application.student) not in found.body
    assert application.code not in found.body
    assert "Your college has no advisor here yet" in body(sign_in(application.student).get(url("detail", application)))
    new = UserFactory(advisor=application.college)
    assert duty(new).count == 1
    assert duty(UserFactory(advisor=CollegeFactory())).count == 0
    talk.note(application, by=new)
    assert row_of(application).talked_at
