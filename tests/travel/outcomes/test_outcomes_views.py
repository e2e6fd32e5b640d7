"""The mayor's outcome page and its PDF: figures in words, never a name, small groups hidden."""

import datetime as dt
import io
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.figures.counts import Range
from exchange.models import Fact, User
from tests.factories import CollegeFactory, FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.travel.outcomes_rows import cycle_home, publish, summer, threshold, traveler, trip_home, wrote
from tests.travel.stories import ALT, photo_of, quoted, told
from travel.models import ReflectionConsent
from travel.office.retention.erasing import erase
from travel.outcomes import open_data
from travel.outcomes.words import count_text, share_words
from travel.reflection.actions import consents

pytestmark = pytest.mark.django_db
PAGE, PDF = reverse("travel:outcomes"), reverse("travel:outcomes-pdf")


@pytest.fixture
def mayor(client):
    client.force_login(UserFactory(director=True, full_name="Dolores Whitaker"))
    return client


@pytest.fixture
def colleges():
    return [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


class Tables(HTMLParser):
    """Title of a card -> rows of its table, as a reader sees them."""

    def __init__(self, page):
        super().__init__()
        self.cards, self.title, self.cell = {}, "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag in ("h2", "h3", "td", "th"):
            self.cell = ""
        if tag == "tr":
            self.cards.setdefault(self.title, []).append([])

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("h2", "h3"):
            self.title = self.cell.strip()
        elif tag in ("td", "th"):
            self.cards[self.title][-1].append(self.cell.strip())
        else:
            return
        self.cell = None


def tables(client, cycle=""):
    return Tables(client.get(PAGE, {"cycle": cycle}).content.decode()).cards


# --- Who may see it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PAGE, PDF])
@pytest.mark.parametrize(
    ("role", "status"),
    [({}, 403), ({"advisor": True}, 403), ({"coordinator": True}, 200), ({"director": True}, 200)],
)
def test_the_mayors_office_and_the_exchange_team_see_it(client, colleges, address, role, status):
    threshold(2)
    summer(colleges)
    publish()
    client.force_login(UserFactory(**role))
    assert client.get(address).status_code == status


@pytest.mark.parametrize("address", [PAGE, PDF])
def test_a_stranger_signs_in_first_and_nobody_writes(client, mayor, address):
    assert mayor.post(address).status_code == 405
    client.logout()
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [PAGE, PDF])
def test_an_unknown_cycle_is_not_found(mayor, address):
    threshold(2)
    assert mayor.get(address, {"cycle": "nothing"}).status_code == 404
    hidden = CycleFactory(published_at=None)
    assert mayor.get(address, {"cycle": hidden.code}).status_code == 404


# --- Nothing to show --------------------------------------------------------------------------------


def test_before_anyone_is_home_the_page_says_what_will_appear(mayor):
    threshold(11)
    CycleFactory()
    assert "No outcomes yet" in text_of(mayor.get(PAGE))
    assert mayor.get(PAGE, {"cycle": "all"}).status_code == 200
    assert mayor.get(PDF).headers["Location"] == PAGE


def test_a_running_cycle_has_no_figures_and_links_to_those_that_have(mayor, colleges):
    threshold(2)
    home, running = summer(colleges), CycleFactory(name_en="Spring 2027")
    publish()
    page = mayor.get(PAGE, {"cycle": running.code})
    assert "Nothing published yet" in text_of(page) and "Spring 2027" in text_of(page)
    assert f"{PAGE}?cycle={home.code}" in page.content.decode()
    assert mayor.get(PDF, {"cycle": running.code}).headers["Location"] == f"{PAGE}?cycle={running.code}"


def test_a_cycle_that_is_home_shows_nothing_before_the_office_publishes_it(mayor, colleges):
    threshold(2)
    home = summer(colleges)
    assert "No outcomes yet" in text_of(mayor.get(PAGE))
    assert "Nothing published yet" in text_of(mayor.get(PAGE, {"cycle": home.code}))
    publish()
    assert "18 students" in text_of(mayor.get(PAGE))


def test_what_was_published_stays_whatever_is_corrected_later(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    publish()
    before = tables(mayor)
    traveler(cycle.trips.first(), colleges[0], abroad=True, passport=True)
    ApplicationFactory.create_batch(3, cycle=cycle, college=colleges[0])
    assert tables(mayor) == before


def test_a_student_who_withdraws_or_is_erased_after_publishing_changes_no_figure_and_is_not_told_apart(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    publish()
    before, told = tables(mayor), list(open_data.records())
    gone = cycle.applications.first()
    cycle.applications.filter(pk=gone.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    assert tables(mayor) == before and list(open_data.records()) == told
    erase([gone.pk])
    assert tables(mayor) == before and list(open_data.records()) == told
    with pytest.raises(RuleViolation) as caught:  # nothing new: the difference would be about this one student
        publish()
    assert caught.value.code == "nothing_new"


# --- The page ---------------------------------------------------------------------------------------


def test_each_way_of_grouping_has_its_sentence_and_is_one_tap_away(mayor, colleges):
    threshold(1)
    summer(colleges)
    publish()
    ways = mayor.get(PAGE).context["page"].ways
    assert [way.name for way in ways] == ["By college", "By language of the answers"]
    for way in ways:
        address, _hash, place = way.href.partition("#")
        assert f'id="{place}"' in mayor.get(address).content.decode()
        assert way.finding in text_of(mayor.get(PAGE))


def test_headline_figures_charts_and_date(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    ApplicationFactory.create_batch(3, cycle=cycle, college=colleges[0])
    publish()
    page = mayor.get(PAGE)
    text = text_of(page)
    assert "18 students, two cities, one summer" in text
    assert "groups of fewer than 2 aren’t shown" in text
    figures = [(card.figure, card.sentence, card.aside) for card in page.context["page"].figures]
    assert figures == [
        ("0 to 6%", "have no parent with a four-year degree", "0 to 1 of 18"),
        ("50%", "had never left the country", "9 of 18"),
        ("22%", "flew for the first time", "4 of 18"),
        ("50%", "got their first passport, all in time for the trip", "9 of 18"),
    ]
    shown = Tables(page.content.decode()).cards
    stages = dict(row[:2] for row in shown["The ranges don’t tell where most students are lost"][1:])
    assert list(stages) == [
        *("Started", "Submitted", "Endorsed", "Read", "Selected", "Confirmed", "Passport in hand", "Traveled"),
    ]
    assert (stages["Started"], stages["Traveled"]) == ("21", "18")
    assert ["East", "4"] in shown["First passports by college"]
    assert {tuple(row[::2]) for row in shown["18 students, Hanoi and Paris"][1:]} == {("Hanoi", "9"), ("Paris", "9")}
    assert page.content.decode().count("<svg") >= 6


def test_every_figure_and_chart_has_its_definition_and_table(mayor, colleges):
    threshold(2)
    summer(colleges)
    publish()
    page = mayor.get(PAGE)
    cards = page.context["page"]
    charts = [cards.stages, cards.map, cards.waits, *cards.breakdowns, cards.how_we_count]
    assert all(card.definition and (card.table or card.note) for card in charts)
    assert page.content.decode().count("<details>") == len(charts)
    assert page.content.decode().count('href="#definitions"') == 1
    explained = {row[0] for row in Tables(page.content.decode()).cards["How we count"][1:]}
    assert {card.name for card in cards.figures} <= explained


def test_both_languages(mayor, colleges):
    threshold(2)
    summer(colleges)
    publish()
    mayor.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = mayor.get(PAGE)
    assert '<html lang="es"' in page.content.decode()
    assert "Hanoi es" in text_of(page)


@pytest.mark.parametrize(
    ("months", "said"), [((6,), "one summer"), ((3,), "one spring"), ((10,), "one fall"), ((1,), "one winter")]
)
def test_the_headline_names_the_season(mayor, colleges, months, said):
    threshold(2)
    summer(colleges, month=months[0])
    publish()
    assert said in text_of(mayor.get(PAGE))


def test_one_city_and_a_cycle_over_two_seasons(mayor, colleges):
    threshold(2)
    summer(colleges, 2025, cities=("Hanoi",))
    traveler(trip_home(summer(colleges), PartnerCityFactory(), month=9), colleges[0])
    publish()
    assert "18 students, one city, one summer" in text_of(mayor.get(PAGE, {"cycle": "summer-2025"}))
    assert "19 students, three cities, Summer 2026" in text_of(mayor.get(PAGE))


def test_all_years_add_up_and_can_be_reached(mayor, colleges):
    threshold(2)
    summer(colleges, 2025)
    summer(colleges, 2026)
    publish()
    page = mayor.get(PAGE, {"cycle": "all"})
    assert "36 students, four cities, two years" in text_of(page)
    tabs = {tab.label: tab for tab in page.context["page"].tabs}
    assert list(tabs) == ["Summer 2026", "Summer 2025", "All years"]
    assert [label for label, tab in tabs.items() if tab.current] == ["All years"]
    assert mayor.get(tabs["Summer 2025"].href).context["page"].tabs[1].current


@pytest.mark.parametrize(
    ("range_", "of", "said"),
    [
        (Range(28, 28), 44, "64%"),
        (Range(34, 44), 44, "77 to 100%"),
        (Range(0, 10), 44, "0 to 23%"),
        (Range(19, 25), 44, "About half, 43 to 57%"),
        (Range(490, 500), 500, "98 to 100%"),
        (Range(497, 500), 500, "99 to 100%"),
    ],
)
def test_a_share_in_words_says_no_more_than_the_range(range_, of, said):
    words = share_words(range_, of)
    assert words.in_full == said


def test_counts_in_words():
    said = [count_text(each) for each in (None, Range(7, 7), Range(0, 10), Range(44, 10**6))]
    assert said == ["not shown", "7", "0 to 10", "44 or more"]


# --- No names ---------------------------------------------------------------------------------------


def test_no_page_of_the_director_holds_a_students_name(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    writer = traveler(trip_home(cycle, PartnerCityFactory()), colleges[0], full_name="Marisol Reyes Ortega")
    wrote(writer, "The sea from the other side.")
    publish()
    students = User.objects.filter(applications__isnull=False)
    for number, student in enumerate(students):
        student.full_name = f"{student.full_name} Xq{number}q"
        student.preferred_name = f"Zz{number}z"
        student.save()
    pages = [mayor.get(PAGE, {"cycle": code}) for code in ("", cycle.code, "all")]
    sheets = [PdfReader(io.BytesIO(mayor.get(PDF).content)).pages[0].extract_text()]
    for text in [page.content.decode() for page in pages] + sheets:
        for student in students:
            for private in (student.full_name, student.preferred_name, student.email, *student.full_name.split()[2:]):
                assert private not in text
    assert "The sea from the other side." in text_of(pages[0]) and "Marisol" not in text_of(pages[0])


# --- Small groups -----------------------------------------------------------------------------------


def test_small_counts_show_neither_on_the_page_nor_on_paper(mayor, colleges):
    threshold(11)
    trip = trip_home(cycle_home(), PartnerCityFactory(name_en="Hanoi"))
    for number in range(33):
        traveler(trip, colleges[number % 3], abroad=number < 3, flight=number < 15, passport=number < 31)
    publish()
    page = mayor.get(PAGE)
    figures = {card.name: f"{card.figure} {card.sentence} ({card.aside})" for card in page.context["page"].figures}
    assert figures["Never abroad"].startswith("0 to 30% had never left the country (0 to 10 of 33)")
    assert figures["First flight"].startswith("45% flew")
    assert figures["First passport"].startswith("70 to 100% ")
    numbers = [cell for rows in Tables(page.content.decode()).cards.values() for row in rows for cell in row]
    paper = " ".join(PdfReader(io.BytesIO(mayor.get(PDF).content)).pages[0].extract_text().split())
    assert not {"3", "31", "30"} & {*numbers, *paper.split()}
    assert "Groups too small to show" in text_of(page)


def test_a_group_that_is_all_hidden_is_one_sentence(mayor, colleges):
    threshold(11)
    summer(colleges, numbers=(6, 5, 4))
    publish()
    page = mayor.get(PAGE).context["page"]
    (card,) = page.breakdowns
    assert card.title == "Groups too small to show" and not card.table
    assert "first passports by college" in card.note and "first flights by city" in card.note


def test_years_that_are_hidden_count_from_nobody_to_everybody(mayor, colleges):
    threshold(11)
    trips = [trip_home(cycle_home(year), PartnerCityFactory()) for year in (2025, 2026)]
    for number in range(33):
        traveler(trips[0], colleges[0], abroad=number < 15)
    for number in range(8):
        traveler(trips[1], colleges[0], abroad=number < 4)
    publish()
    page = mayor.get(PAGE, {"cycle": "all"}).context["page"]
    card = next(card for card in page.figures if card.name == "Never abroad")
    assert (card.figure, card.sentence, card.aside) == (
        "37 to 56%",
        "had never left the country",
        "15 to 23 of 41",
    )


def test_a_share_has_its_years_beside_it_and_says_where_there_is_no_earlier_figure(mayor, colleges):
    threshold(2)
    FactFactory(key="yardstick.first_abroad", value=40, unit=Fact.Unit.PERCENT, as_of=dt.date(2019, 7, 1))
    summer(colleges, 2025)
    summer(colleges, 2026)
    publish()
    page = mayor.get(PAGE)
    cards = {card.name: card for card in page.context["page"].figures}
    assert [(year.name, year.text) for year in cards["Never abroad"].years] == [("2025", "50%"), ("2026", "50%")]
    assert [(year.bar.low, year.bar.high) for year in cards["First generation"].years] == [(0, 6), (0, 6)]
    assert (cards["Never abroad"].yardstick, cards["First flight"].yardstick) == ("2019: 40%", "No 2019 figure")
    assert {"2025", "0–6%", "2019: 40%", "No 2019 figure"} <= set(re.findall(r"(?<=>)[^<>]+(?=<)", page.text))


def test_a_quote_that_is_taken_back_is_gone_at_once(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    wrote(traveler(cycle.trips.first(), colleges[0]), "The sea.")
    publish()
    assert "The sea." in text_of(mayor.get(PAGE))
    ReflectionConsent.objects.update(withdrawn_at=timezone.now())
    assert "The sea." not in text_of(mayor.get(PAGE))


def test_a_quote_has_the_name_and_the_picture_only_with_consent(mayor, colleges, settings, tmp_path):
    threshold(2)
    cycle = summer(colleges)
    seat = traveler(cycle.trips.first(), colleges[0])
    story = told(quoted(seat, "The sea."))
    student = seat.application.student
    photo_of(story.reflection)
    publish()
    plain = mayor.get(PAGE)
    assert f"Student, {seat.trip.city.name}" in text_of(plain) and "ex-quote__photo" not in plain.text

    consents.agree(story.reflection, {"quote", "name", "picture"}, quote="The sea.", by=student)
    shown = mayor.get(PAGE)
    assert f"{student.preferred_name}, {seat.trip.city.name}" in text_of(shown)
    assert ALT in shown.text and reverse("travel:story-picture", args=[story.code]) in shown.text

    consents.withdraw(story.reflection, "picture", by=student)
    assert "ex-quote__photo" not in mayor.get(PAGE).text


# --- The cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PAGE, PDF])
def test_more_years_cost_no_more_queries(mayor, colleges, address, monkeypatch):
    threshold(2)
    costs = []
    for year in (2023, 2024, 2025):
        summer(colleges, year)
        publish()
        with monkeypatch.context() as patch, CaptureQueriesContext(connection) as made:
            patch.setattr(jobs, "publish", lambda job: None)  # a worker has queries of its own
            assert mayor.get(address, {"cycle": "all"}).status_code == 200
        costs.append(len(made))
    assert costs[1] == costs[2] <= 22


def test_the_page_says_of_which_day_it_is(mayor, colleges):
    threshold(2)
    summer(colleges)
    publish()
    today = timezone.localdate()
    assert f"as of {today:%B} {today.day}, {today.year}" in text_of(mayor.get(PAGE))
