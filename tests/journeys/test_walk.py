"""The whole path, from a visitor to the mayor's outcome page, in Chromium at phone size, once in each language.

Each person has a browser of their own. Every page that opens is checked (phone.py): accessibility (WCAG 2.2 AA,
the Spanish walk in dark mode), language, one heading, no sideways scrolling, no error in the console. All problems
found on the way are reported together at the end.
"""

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from applications.models import Application
from applications.states import Status
from exchange.models import FigureRelease, Message, User
from exchange.templatetags.ui import day_year, full_day
from tests.factories_travel import PROMPTS
from tests.journeys.phone import Phone, Phones, link_in, message_to, words_of
from tests.journeys.scene import REFEREE, Scene, set_scene, what_marisol_writes
from travel.models import PassportCase, Placement, Reflection, ReflectionPrompt, Trip
from travel.passport.case import actions as passport_actions
from travel.reflection.actions import story as choosing

pytestmark = pytest.mark.browser

STUDENT = "marisol@example.edu"
AFTER = next(row["key"] for row in PROMPTS if row["moment"] == ReflectionPrompt.Moment.AFTER)
QUOTE = "I ordered soup in three words."
# words that a page of each address shows in English; the Spanish walk expects their translations in the catalog
WORDS = {
    "applications:cycle-detail": "What the city pays for",
    "applications:application-check": "Review your answers",
    "applications:recommendation-send": "Send the letter",
    "applications:offer-detail": "Confirm my spot",
    "applications:review-record": "Score",
    "travel:journey": "Your next step",
    "travel:work": "To do today",
    "travel:pipeline": "Your next two weeks",
    "travel:passport-route": "How to get your passport",
    "travel:reflection-list": "What students shared",
    "travel:outcomes": "Outcomes",
}


@dataclass
class Story:
    scene: Scene
    phones: Phones
    student: Phone

    @property
    def application(self) -> Application:
        return Application.objects.get(student__email=STUDENT)

    @property
    def placement(self) -> Placement:
        return Placement.objects.select_related("trip__city", "application__passport_case").get(
            application=self.application
        )


@pytest.mark.core
@pytest.mark.parametrize(("language", "scheme"), [pytest.param("en", "light", marks=pytest.mark.full), ("es", "dark")])
def test_whole_path(browser, live_server, transactional_db, settings, language, scheme):
    settings.SITE_URL = live_server.url  # so that links in messages lead here
    scene = set_scene(language)
    with Phones(browser, live_server.url, language, scheme) as phones:
        story = Story(scene, phones, phones.open())
        arrive(story)
        sign_up(story)
        fill_in(story)
        send(story)
        write_letter(story)
        endorse(story)
        assign_readers(story)
        read(story)
        select(story)
        confirm(story)
        place(story)
        see_city(story)
        get_passport(story)
        check_passport(story)
        travel(story)
        reflect(story)
        look_back(story)
        assert set(Message.objects.filter(address=STUDENT).values_list("language", flat=True)) == {language}
        phones.expect(words_in(language))


def words_in(language: str) -> dict[str, str]:
    with translation.override(language):
        words = {view: gettext(english) for view, english in WORDS.items()}
    assert language == "en" or not set(words.values()) & set(WORDS.values())
    return words


# --- The student applies ------------------------------------------------------------------------------


def arrive(story: Story) -> None:
    """A visitor whose browser asks for the other language finds the cycle and switches; the page stays the same."""
    other = story.phones.open(language="es" if story.scene.language == "en" else "en")
    other.go("/").follow('^="/cycles/"')
    address = other.page.url
    other.language = story.scene.language
    other.leave(other.page.locator('form[action="/language/"] button'))
    assert other.page.url == address
    assert getattr(story.scene.cycle, f"name_{story.scene.language}") in other.text()
    other.go("/")  # and the choice is kept

    story.student.go("/").follow('^="/cycles/"')
    assert story.student.view == "applications:cycle-detail"


def sign_up(story: Story) -> None:
    student = story.student
    student.leave(student.page.locator('form[action$="/start/"] button'))
    assert student.view == "applications:application-overview"
    student.follow('^="/account/signup/"')  # the visitor's draft is merged into the account
    student.send(contact=STUDENT, preferred_name="Marisol", language=story.scene.language)
    student.send(code=code_in_outbox(story))
    assert student.view == "applications:application-overview"


def code_in_outbox(story: Story) -> str:
    """The code on the message's page; only the newest message can be it."""
    message = message_to(STUDENT, "exchange/confirm_code")
    reader = story.phones.open()
    reader.go("/demo/outbox/").follow(f'="/demo/outbox/{message.code}/"')
    found = re.search(r"\b\d{6}\b", reader.page.locator("main details").inner_text())
    assert found, reader.text()
    return found[0]


def fill_in(story: Story) -> None:
    student = story.student
    student.follow('$="/form/about/"')
    scene = story.scene
    wrote = what_marisol_writes(scene.language, "major", scene.college, scene.ranks)
    for key, answers in wrote.items():
        assert student.path.endswith(f"/form/{key}/")
        student.send(**answers)
    assert student.view == "applications:application-check"


def send(story: Story) -> None:
    """Missing answers are listed, each with a link; then the application is submitted, and a receipt comes."""
    student = story.student
    assert not student.page.locator('form[action$="/submit/"]').count()
    missing = student.page.locator("main .ex-task-list a")
    assert [link.get_attribute("href").split("#")[1] for link in missing.all()] == ["id_major"]
    student.leave(missing)
    student.send(major="Nursing")
    assert student.view == "applications:application-check"
    student.send('form[action$="/submit/"]', typed_name="Marisol Reyes")
    assert student.view == "applications:application-receipt"
    assert story.application.candidate_label in student.text()
    student.follow(f'="/applications/{story.application.code}/"')
    assert "classes.pdf" in student.text()
    student.go("/")
    assert student.view == "travel:journey"
    message_to(STUDENT, "applications/application_received")


# --- Others read --------------------------------------------------------------------------------------


def write_letter(story: Story) -> None:
    referee = story.phones.open()
    referee.go(link_in(message_to(REFEREE, "applications/recommendation_asked"), story.phones.site))
    assert referee.view == "applications:recommendation-write"
    referee.send(letter="She stayed late on Thursdays, unasked, for five weeks.")
    assert referee.view == "applications:recommendation-send"
    referee.send()
    assert not referee.page.locator("textarea").count()
    message_to(STUDENT, "applications/recommendation_received")


def endorse(story: Story) -> None:
    advisor = story.phones.open(story.scene.advisor)
    advisor.go("/")
    assert advisor.view == "travel:work"
    advisor.follow('^="/endorsements/?"').follow(f'="/endorsements/{story.application.code}/"')
    advisor.send(
        'form[method="post"]:has([name=result])', result="endorsed", is_enrolled="yes", units=12, in_good_standing="yes"
    )
    assert advisor.view == "applications:endorsement-list"
    assert story.application.endorsement.endorsed_by == story.scene.advisor
    advisor.go(f"/applications/{story.application.code}/")


def assign_readers(story: Story) -> None:
    office = story.phones.open(story.scene.coordinator)
    office.go("/")
    assert office.view == "travel:pipeline"
    office.follow('="/selection/"').follow('="/reviews/"')
    office.page.reload()  # looking at it opened what opens over the list
    office.send('form[action^="/reviews/assign/"]')
    assert office.view == "applications:assignment-draft"
    office.look()
    office.send('form[action$="/release/"]')
    assert office.view == "applications:review-list"
    assert {each.reader for each in story.application.assignments.all()} == set(story.scene.readers)


def read(story: Story) -> None:
    """The first reader scores with the keys 1 to 5, the second by tapping. Neither learns who wrote it."""
    by_key, by_tap = (open_desk(story, reader) for reader in story.scene.readers)
    for key in "453":
        by_key.page.keyboard.press(key)
    for name, points in [("purpose", 4), ("adapting", 4), ("giving_back", 5)]:
        by_tap.page.locator(f'label:has([name="points_{name}"][value="{points}"])').click()
    for reader in (by_key, by_tap):
        reader.look()
        assert reader.page.locator("[data-rubric]:not([open])").count() == 3
        reader.send("form:has([name=act])", "[value=lock]:visible", feedback="Clear.", comment="Strong.")
        assert reader.view == "applications:review-list"
    assert (story.application.reads_locked, story.application.score_mean) == (2, 12.5)


def open_desk(story: Story, person: User) -> Phone:
    desk = story.application.assignments.get(reader=person).get_absolute_url()
    reader = story.phones.open(person)
    reader.go("/").follow('="/reviews/"').follow(f'="{desk}"')
    assert reader.view == "applications:review-record"
    assert "Marisol" not in reader.page.locator("main").inner_text()
    return reader


# --- The office selects, the student confirms ---------------------------------------------------------


def select(story: Story) -> None:
    code, office = story.application.code, story.phones.open(story.scene.coordinator)
    office.go(f"/applications/{code}/").go("/selection/").follow(f'="/selection/{code}/decide/"')
    office.send("form:has([name=reason])", result="selected", reason="Strong purpose, agreed by both readers.")
    assert office.view == "applications:selection-list"
    assert story.application.status == Status.SUBMITTED
    story.student.go("/journey/")
    assert not story.student.page.locator('a[href^="/offers/"]').count()  # still private
    office.page.reload()  # as above
    office.follow('^="/selection/preview/"')
    assert "Marisol Reyes Ortega" in office.text()
    office.send("main form:not([action])")  # the dry run is kept
    assert story.application.status == Status.SUBMITTED
    office.send('form[action^="/selection/release/"]')
    assert office.view == "applications:selection-release-detail"
    assert story.application.status == Status.SELECTED
    message_to(STUDENT, "applications/decision_released")


def confirm(story: Story) -> None:
    student = story.student
    student.go("/").follow('^="/offers/"').follow('$="/confirm/"')
    assert story.application.status == Status.SELECTED  # asks for confirmation first
    student.send()
    assert student.view == "travel:journey"  # where the passport leads
    assert story.application.status == Status.CONFIRMED


def place(story: Story) -> None:
    office = story.phones.open(story.scene.coordinator)
    office.go("/").follow('^="/placements/waiting/"')
    assert "Marisol Reyes Ortega" in office.text()
    # nobody is placed before the home college marks their feasible cities
    passport_actions.mark_cities(story.application, [], is_everywhere=True, by=story.scene.advisor)
    office.follow('^="/trips/"')
    office.page.reload()
    office.follow('^="/placements/cycle/"')
    office.send('form[action^="/placements/run/"]')
    assert office.view == "travel:placement-run-detail"
    assert not Placement.objects.filter(application=story.application).exists()
    office.follow('$="/preview/"')
    office.send('form[action$="/release/"]')
    assert (story.placement.trip, story.placement.rank) == (story.scene.trips[0], 1)
    message_to(STUDENT, "travel/placed")


# --- The student gets ready ---------------------------------------------------------------------------


def see_city(story: Story) -> None:
    student, trip = story.student, story.placement.trip
    student.go("/")
    assert "HAN" in student.text()
    student.follow(f'="{story.placement.get_absolute_url()}"')
    with translation.override(story.scene.language):
        assert full_day(trip.leaves_on) in student.text()
        letter = student.pdf('$="/letter/"')
        assert day_year(trip.leaves_on) in words_of(letter)
    assert letter.trailer["/Root"]["/Lang"] == story.scene.language
    assert "Marisol Reyes Ortega" in words_of(letter)
    assert trip.city.airport_code in words_of(letter)


def get_passport(story: Story) -> None:
    student, home = story.student, f"/checklists/{story.placement.code}/"
    passport = f"/passports/{story.placement.application.code}/"
    student.go("/").follow('$="/questions/"')
    answers = {"travel_on": "us_need", "had_passport": "no", "born": "in_us", "papers": ["certified"]}
    for question, answer in (answers | {"name": "same", "photo_id": "california"}).items():
        student.send(**{question: answer})
    assert student.path == passport
    case = story.placement.passport_case
    assert (case.route, case.is_first_passport) == (PassportCase.Route.DS11, True)
    student.go("/passports/what-can-stop/").go(f"{passport}certificate/").go(home)
    student.follow(f'="{home}items/emergency/"')
    student.send('form[action$="/done/"]')
    assert story.placement.checklist_items.get(step__key="emergency").done_at
    appointment = timezone.localdate() + dt.timedelta(days=9)
    student.go(passport)
    for stage in ({"stage": "booked", "appointment_on": appointment}, {"stage": "applied"}, {"stage": "in_hand"}):
        student.send('form[action$="/stage/"]', **stage)
        assert story.placement.passport_case.stage == stage["stage"]
    student.go(f"{home}items/passport-in-hand/").go("/")


def check_passport(story: Story) -> None:
    advisor, home = story.phones.open(story.scene.advisor), f"/checklists/{story.placement.code}/"
    advisor.go("/checklists/")
    advisor.send(f'form[action="{home}items/emergency/verify/"]')
    assert advisor.view == "travel:checklist-list"
    assert story.placement.checklist_items.get(step__key="emergency").verified_by == story.scene.advisor
    advisor.follow(f'="{story.placement.passport_case.get_absolute_url()}"').follow(f'="{home}items/emergency/"').go(
        home
    )
    expires_on = story.placement.trip.returns_on + dt.timedelta(days=9 * 365)
    advisor.send('form[action$="/stage/"]', expires_on=expires_on, blank_pages=12)
    assert story.placement.passport_case.stage == "checked"
    story.student.go("/")


# --- The trip and its outcomes ------------------------------------------------------------------------


def travel(story: Story) -> None:
    """Both groups leave and return: the trips' dates are moved back."""
    away = timezone.localdate() - dt.timedelta(days=30)
    Trip.objects.update(leaves_on=away, returns_on=away + dt.timedelta(days=10))
    office = story.phones.open(story.scene.coordinator)
    office.go("/trips/")
    for trip in story.scene.trips:
        office.go("/trips/").follow(f'="{trip.get_absolute_url()}"')
        office.follow('$="/on-the-trip/"').follow('$="/departure/"').send()
        Trip.objects.filter(pk=trip.pk).update(departed_at=timezone.now() - dt.timedelta(days=30))
        office.go(reverse("travel:trip-abroad", args=[trip.code])).follow('$="/return/"')
        office.send(on=away + dt.timedelta(days=10))
        trip.refresh_from_db()
        assert trip.returned_at
        office.go(reverse("travel:trip-travelers", args=[trip.code]))
    office.follow('^="/placements/"')
    assert story.placement.returned_at


def reflect(story: Story) -> None:
    student = story.student
    student.go("/").follow(f'$="/{AFTER}/"')
    text = f"On the second day I went to the market alone. {QUOTE} My sister wants to go too."
    student.send(text=text, privacy="public")
    assert student.view == "travel:reflection-share"
    student.send('form:has([name="may_quote"])', quote=QUOTE, may_quote=True)
    reflection, office = Reflection.objects.published().get(), story.scene.coordinator
    assert reflection.quote == QUOTE
    told = choosing.shortlist(reflection, by=office)
    choosing.propose(told, story.scene.language, quote=QUOTE, text="", by=office)
    choosing.approve(told, story.scene.language, quote=QUOTE, text="", by=reflection.placement.application.student)
    choosing.choose(told, by=office)
    student.go("/").go("/account/")


def look_back(story: Story) -> None:
    office = story.phones.open(story.scene.coordinator)
    office.go("/reflections/")
    assert QUOTE in office.text()
    office.go("/applications/").go("/checklists/").go("/outcomes/")
    office.follow('^="/outcomes/releases/"').follow('$="/next/"').send()
    assert FigureRelease.objects.count() == 1
    office.go("/outcomes/releases/")

    director = story.phones.open(story.scene.director)
    director.go("/")
    assert director.view == "travel:outcomes"
    assert QUOTE in director.text()
    assert "Marisol" not in director.text()
    sheet = director.pdf('^="/outcomes/pdf/"')
    assert sheet.trailer["/Root"]["/Lang"] == story.scene.language
    assert len(sheet.pages) == 1
