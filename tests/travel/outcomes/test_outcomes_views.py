"""The mayor's outcome page and its PDF: figures in words, never a name, small groups hidden."""

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
from exchange.models import User
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.travel.outcomes.test_disclosure import attack, wanted_values, with_totals
from tests.travel.outcomes_rows import cycle_home, summer, threshold, traveler, trip_home, wrote
from travel.outcomes.disclosure import Rate, Shown
from travel.outcomes.figures import Mark
from travel.outcomes.outcomes import report
from travel.outcomes.report import percent

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
        if tag == "h2" or tag in ("td", "th"):
            self.cell = ""
        if tag == "tr":
            self.cards.setdefault(self.title, []).append([])

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag == "h2":
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
    assert "No outcomes yet" in text_of(mayor.get(PAGE)) and "at least 11 students" in text_of(mayor.get(PAGE))
    assert mayor.get(PAGE, {"cycle": "all"}).status_code == 200
    assert mayor.get(PDF).headers["Location"] == PAGE


def test_a_running_cycle_has_no_figures_and_links_to_those_that_have(mayor, colleges):
    threshold(2)
    home, running = summer(colleges), CycleFactory(name_en="Spring 2027")
    page = mayor.get(PAGE, {"cycle": running.code})
    assert "No one is back yet" in text_of(page) and "Spring 2027" in text_of(page)
    assert f"{PAGE}?cycle={home.code}" in page.content.decode()
    assert mayor.get(PDF, {"cycle": running.code}).headers["Location"] == f"{PAGE}?cycle={running.code}"


def test_a_cycle_with_few_travelers_has_no_figures(mayor, colleges):
    threshold(11)
    few = summer(colleges, numbers=(3, 2))
    assert "No outcomes yet" in text_of(mayor.get(PAGE))
    page = text_of(mayor.get(PAGE, {"cycle": few.code}))
    assert "Too few to show" in page and "10" not in page.replace("2010", "")


# --- The page ---------------------------------------------------------------------------------------


def test_headline_figures_charts_and_date(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    ApplicationFactory.create_batch(3, cycle=cycle, college=colleges[0])
    page = mayor.get(PAGE)
    text = text_of(page)
    assert "18 students, two cities, one summer" in text
    assert "groups of fewer than 2 aren’t shown" in text
    figures = [(card.figure, card.sentence) for card in page.context["page"].figures]
    assert figures[:3] == [
        ("50%", "had never left the country (9 of 18)"),
        ("22%", "flew for the first time (4 of 18)"),
        ("9", "first passports, all in time for the trip (9 of 18)"),
    ]
    shown = Tables(page.content.decode()).cards
    assert shown["From application to return"][1:] == [
        ["Started", "21"],
        *[[name, "18"] for name in ("Submitted", "Endorsed", "Selected", "Confirmed")],
        *[[name, "18"] for name in ("Passport in hand", "Traveled", "Returned")],
    ]
    assert shown["First passports by college"][1:] == [["East", "4"], ["City", "3"], ["Pierce", "2"]]
    assert {row[0] for row in shown["Where they went"][1:]} == {"Hanoi", "Paris"}
    assert page.content.decode().count("<svg") >= 6


def test_every_figure_and_chart_has_its_definition_and_table(mayor, colleges):
    threshold(2)
    summer(colleges)
    page = mayor.get(PAGE)
    cards = page.context["page"]
    charts = [cards.stages, cards.map, *cards.breakdowns, cards.how_we_count]
    assert all(card.definition and card.table["rows"] for card in charts)
    assert page.content.decode().count("<details>") == len(charts)
    assert page.content.decode().count('href="#definitions"') == len(cards.figures)
    explained = {row[0] for row in Tables(page.content.decode()).cards["How we count"][1:]}
    assert {card.name for card in cards.figures} <= explained


def test_both_languages(mayor, colleges):
    threshold(2)
    summer(colleges)
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
    assert said in text_of(mayor.get(PAGE))


def test_one_city_and_a_cycle_over_two_seasons(mayor, colleges):
    threshold(2)
    cycle = summer(colleges, cities=("Hanoi",))
    assert "18 students, one city, one summer" in text_of(mayor.get(PAGE))
    traveler(trip_home(cycle, PartnerCityFactory(), month=9), colleges[0])
    assert "19 students, two cities, Summer 2026" in text_of(mayor.get(PAGE))


def test_all_years_add_up_and_can_be_reached(mayor, colleges):
    threshold(2)
    summer(colleges, 2025)
    summer(colleges, 2026)
    page = mayor.get(PAGE, {"cycle": "all"})
    assert "36 students, four cities, two years" in text_of(page)
    tabs = {tab.label: tab for tab in page.context["page"].tabs}
    assert list(tabs) == ["Summer 2026", "Summer 2025", "All years"]
    assert [label for label, tab in tabs.items() if tab.current] == ["All years"]
    assert mayor.get(tabs["Summer 2025"].href).context["page"].tabs[1].current


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (Rate(Shown.EXACT, 64), "64%"),
        (Rate(Shown.AT_LEAST, 95), "95% or more"),
        (Rate(Shown.AT_MOST, 5), "5% or less"),
        (Rate(Shown.HIDDEN, None), ""),
    ],
)
def test_a_share_in_words(share, said):
    assert percent(share) == said


def test_a_long_chart_shows_the_largest_and_all_others_together(mayor):
    threshold(2)
    summer([CollegeFactory(short_name=f"College {n}") for n in range(7)], numbers=(2, 3, 4, 5, 6, 7, 8))
    page = mayor.get(PAGE).context["page"]
    card = next(card for card in page.breakdowns if card.id == "first-passport-college")
    assert len(card.table["rows"]) == 7
    described = re.search(r"<desc>(.*?)</desc>", card.svg).group(1)
    assert described == "College 6: 8; College 5: 7; College 4: 6; College 3: 5; All others: 9"


# --- No names ---------------------------------------------------------------------------------------


def test_no_page_of_the_director_holds_a_students_name(mayor, colleges):
    threshold(2)
    cycle = summer(colleges)
    writer = traveler(trip_home(cycle, PartnerCityFactory()), colleges[0], full_name="Marisol Reyes Ortega")
    wrote(writer, "The sea from the other side.")
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


# --- Small groups: the pages attacked ---------------------------------------------------------------


def figure(cell):
    return None if cell == "not shown" else int(cell)


def grid_of(client, title, cycles, labels):
    """What a reader learns from the pages of the cycles and of all years: counts by label, and the total."""
    grid = []
    for code in (*cycles, "all"):
        cards = tables(client, code)
        rows = dict(row[:2] for row in cards.get(title, [])[1:])  # no card where every group is hidden
        total = next(row[2] for row in cards["How we count"][1:] if row[0] == "First passport")
        grid.append([*(figure(rows.get(label, "not shown")) for label in labels), figure(total)])
    return grid


@pytest.mark.parametrize("least", [3, 4])
def test_subtracting_pages_from_all_years_tells_no_hidden_count(mayor, colleges, least):
    threshold(least)
    numbers = {2024: (5, 4, 1), 2025: (6, 2, 3), 2026: (4, 3, 2)}
    codes = [summer(colleges, year, each).code for year, each in numbers.items()]
    labels = [college.short_name for college in colleges]
    shown = grid_of(mayor, "First passports by college", codes, labels)
    true = with_totals([list(each) for each in numbers.values()])
    possible = attack(shown, highest=12)
    hidden = 0
    for i, row in enumerate(true):
        for j, count in enumerate(row):
            assert shown[i][j] in (None, count)
            if 0 < count < least:
                hidden += 1
                assert shown[i][j] is None
                assert wanted_values(true, (i, j), least) <= possible[i, j] and len(possible[i, j]) > 1
    assert hidden


def test_the_real_threshold_hides_small_counts_on_page_and_paper(mayor, colleges):
    threshold(11)
    cycle = summer(colleges, numbers=(14, 8, 7))
    shown = dict(row[:2] for row in tables(mayor, cycle.code)["First passports by college"][1:])
    assert (shown["City"], shown["Pierce"]) == ("not shown", "not shown")
    assert shown["East"] == "14" and shown["Total of those not shown"] == "15"
    paper = " ".join(PdfReader(io.BytesIO(mayor.get(PDF).content)).pages[0].extract_text().split())
    assert "East" in paper and "Pierce" not in paper


def test_hidden_figures_say_so(mayor, colleges):
    threshold(11)
    cycle = cycle_home()
    trip = trip_home(cycle, PartnerCityFactory())
    for number in range(30):
        traveler(trip, colleges[0], abroad=number < 3, passport=number < 4)
    page = mayor.get(PAGE)
    hidden = [card.name for card in page.context["page"].figures if card.hidden]
    assert hidden == ["First passport"]
    assert "35% or less" in text_of(page)  # never abroad: any number up to ten of thirty
    assert "Not shown" in text_of(page) and "The group is too small" in text_of(page)
    numbers = [cell for rows in Tables(page.content.decode()).cards.values() for row in rows for cell in row]
    assert not {"3", "4", "26", "27"} & set(numbers)


# --- The cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PAGE, PDF])
def test_thirty_travelers_cost_no_more_queries_than_three(mayor, colleges, address, monkeypatch):
    monkeypatch.setattr(jobs, "publish", lambda job: None)  # a worker has queries of its own
    threshold(2)
    cycle = summer(colleges, numbers=(2, 2))
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as made:
            assert mayor.get(address).status_code == 200
        costs.append(len(made))
        for number in range(26):
            traveler(cycle.trips.first(), CollegeFactory(), abroad=True, passport=bool(number % 2))
    assert costs[0] == costs[1] <= 18


def test_the_page_says_of_which_day_it_is(mayor, colleges):
    threshold(2)
    summer(colleges)
    today = timezone.localdate()
    assert f"as of {today:%B} {today.day}, {today.year}" in text_of(mayor.get(PAGE))


def test_a_mark_left_out_of_all_years_is_named(mayor, colleges):
    threshold(3)
    summer(colleges, 2025)
    trip = trip_home(cycle_home(2026), PartnerCityFactory())
    for number in range(8):
        traveler(trip, colleges[0], passport=number < 2, abroad=number < 4)
    assert report("all").outcomes.left_out[Mark.PASSPORT]
    assert "First passport: not counting Summer 2026." in text_of(mayor.get(PAGE, {"cycle": "all"}))
