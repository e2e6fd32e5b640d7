"""The public impact page and its card: without sign-in, only what was published, and stories as their owners agreed."""

import datetime as dt
import gzip
import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from exchange.base import home as kept
from exchange.figures.counts import Range
from exchange.models import HomeCity
from exchange.templatetags.ui import full_day
from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import PlacementFactory, SponsorFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from tests.travel.stories import ALT, photo_of, quoted, told
from travel.base import world_map
from travel.base.charts import Place
from travel.base.maps import home
from travel.models import BudgetLine
from travel.outcomes import impact, now
from travel.outcomes.population import Mark
from travel.outcomes.published import ALL, Share, report
from travel.reflection.actions import consents

pytestmark = pytest.mark.django_db
PAGE, CARD = reverse("travel:impact"), reverse("travel:impact-card")


@pytest.fixture
def colleges():
    return [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def in_days(days):
    return timezone.now() + dt.timedelta(days=days)


# --- Figures ----------------------------------------------------------------------------------------


def test_anybody_reads_what_a_trip_cost_and_who_paid(client, colleges):
    threshold(2)
    FactFactory(key="board.urgent_days", value=7)
    trip = summer(colleges).trips.first()
    publish()
    assert "for each student" not in text_of(client.get(PAGE))  # no budget
    line = {"trip": trip, "sponsor": SponsorFactory(name="Airline"), "title": "Flights", "planned": 9000}
    flights = BudgetLine.objects.create(**line)
    BudgetLine.objects.create(trip=trip, title="Hotel", planned=900, actual=900)
    now.refresh()
    # nine of the eighteen: the other trip has no budget
    assert "$1,100 planned for each student who traveled $9,900 in all. Who paid: Airline, The program" in text_of(
        client.get(PAGE)
    )
    flights.actual = 8100
    flights.save()
    now.refresh()
    text = text_of(client.get(PAGE))
    assert "$1,000 for each student who traveled $9,000 in all" in text and "$1,000" not in text_of(client.get(CARD))


def test_anybody_reads_what_was_published(client, colleges):
    threshold(2)
    summer(colleges)
    publish()
    text = text_of(client.get(PAGE))
    assert "18 college students went abroad with the city." in text
    assert "50% had never left the country 9 of 18" in text
    assert "2 cities, 2026" in text and "Hanoi" in text and "Paris" in text
    assert "fewer than 2 people" in text


@pytest.mark.parametrize(("low", "is_said"), [(9, False), (10, True)])
def test_most_is_said_only_where_the_published_range_says_so(colleges, low, is_said):
    threshold(2)
    summer(colleges)
    publish()
    outcomes = report(ALL).outcomes
    shares = {**outcomes.shares, Mark.ABROAD: Share(Range(low, 18), 18)}
    assert ("most of them" in impact.title_of(replace(outcomes, shares=shares))) == is_said
    shown = impact.figures_of(replace(outcomes, shares=shares))
    assert shown[0].aside == f"{low} to 18 of 18"
    hidden = {**shares, Mark.ABROAD: Share(None, 18)}
    assert "most of them" not in impact.title_of(replace(outcomes, shares=hidden))


def test_nothing_that_isnt_published_is_told(client, colleges):
    threshold(2)
    summer(colleges)
    for address in (PAGE, CARD):
        text = text_of(client.get(address))
        assert "18" not in text and "9 of" not in text and "Hanoi" not in text
    assert "No figures yet" in text_of(client.get(PAGE))


def test_without_any_cycle_it_says_what_will_appear(client):
    threshold(11)
    text = text_of(client.get(PAGE))
    assert "No figures yet" in text and "No cycle is open right now" in text
    assert client.get(CARD).status_code == 200


def test_a_hidden_figure_gives_way_to_the_next(colleges):
    threshold(2)
    summer(colleges)
    publish()
    outcomes = report(ALL).outcomes
    before = [each.sentence for each in impact.figures_of(outcomes)]
    after = impact.figures_of(replace(outcomes, shares={**outcomes.shares, Mark.ABROAD: Share(None, 18)}))
    assert len(before) == 5 and before[0] not in [each.sentence for each in after]
    assert before[1] == after[0].sentence and all("None" not in each.aside for each in after)


def test_the_address_of_the_outcomes_leads_visitors_here(client):
    threshold(11)
    answer = client.get(reverse("travel:outcomes"))
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert reverse("account_login") in client.get(PAGE).text
    client.force_login(UserFactory(director=True))
    assert client.get(reverse("travel:outcomes")).status_code == 200


def test_queries_stay_under_ten_however_many_years_and_stories(client, colleges, django_assert_max_num_queries):
    threshold(2)
    for year in (2024, 2025, 2026):
        summer(colleges, year)
    publish()
    for order in range(4):
        told(quoted(PlacementFactory(returned=True), f"Words {order}."), order=order)
    client.get(PAGE)
    with django_assert_max_num_queries(11):
        client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get(CARD)


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_language_is_whole(client, colleges, language):
    threshold(2)
    summer(colleges)
    publish()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    text = text_of(client.get(PAGE))
    assert ("college students went abroad" in text) == (language == "en")


# --- Stories ----------------------------------------------------------------------------------------


def test_a_story_in_spanish_stays_spanish_with_the_approved_english_below(client):
    threshold(11)
    story = told(quoted(PlacementFactory(returned=True), "Le mandé una foto.", language="es"), language="es")
    told(story.reflection, quote="I sent her a picture.")
    page = client.get(PAGE).text
    assert '<blockquote class="ex-impact-story__quote" lang="es">' in page
    assert page.index("Le mandé una foto.") < page.index("I sent her a picture.")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = client.get(PAGE).text
    assert "Le mandé una foto." in page and "I sent her a picture." not in page


def test_an_english_that_isnt_approved_isnt_shown(client):
    threshold(11)
    story = told(quoted(PlacementFactory(returned=True), "Le mandé una foto.", language="es"), language="es")
    told(story.reflection, quote="I sent her a picture.", approved=False)
    page = client.get(PAGE).text
    assert "Le mandé una foto." in page and "I sent her a picture." not in page


def test_name_and_picture_or_a_postmark(client):
    threshold(11)
    reflection = quoted(PlacementFactory(returned=True), kinds=("quote",))
    photo_of(reflection)
    told(reflection)
    student = reflection.placement.application.student
    page = client.get(PAGE).text
    assert "A student" in page and "ex-postmark" in page and ALT not in page
    consents.agree(reflection, {"quote", "picture", "name"}, quote=reflection.quote, by=student)
    page = client.get(PAGE).text
    assert (
        ALT in page and "ex-postmark" not in page and (student.preferred_name or student.full_name.split()[0]) in page
    )


def test_markup_in_a_story_is_text(client):
    threshold(11)
    told(quoted(PlacementFactory(returned=True), "<script>alert(1)</script>"))
    page = client.get(PAGE).text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_consent_taken_back_is_gone_at_the_next_request(client):
    threshold(11)
    reflection = quoted(PlacementFactory(returned=True))
    told(reflection)
    answer = client.get(PAGE)
    assert reflection.quote in answer.text
    seconds = int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1])
    assert seconds <= 300 and "private" in answer.headers["Cache-Control"]
    consents.withdraw(reflection, "quote", by=reflection.placement.application.student)
    assert reflection.quote not in client.get(PAGE).text


# --- What to apply for ------------------------------------------------------------------------------


def test_the_open_deadline_comes_first_then_the_next_opening(client):
    threshold(11)
    late = CycleFactory(opens_at=in_days(-9), closes_at=in_days(30))
    soon = CycleFactory(opens_at=in_days(-9), closes_at=in_days(5))
    coming = CycleFactory(opens_at=in_days(60), closes_at=in_days(90))
    CycleFactory(opens_at=in_days(1), closes_at=in_days(2), published_at=None)
    text = text_of(client.get(PAGE))
    assert f"Apply by {full_day(soon.closes_at)}" in text and f"The next one opens {full_day(coming.opens_at)}" in text
    assert f'href="{soon.get_absolute_url()}"' in client.get(PAGE).text
    for each in (late, soon):
        each.closed_out_at = timezone.now()
        each.save()
    text = text_of(client.get(PAGE))
    assert f"Opens {full_day(coming.opens_at)}" in text and "Apply by" not in text


# --- The card ---------------------------------------------------------------------------------------


def test_the_card_alone_may_stand_in_others_pages(client, colleges):
    threshold(2)
    summer(colleges)
    publish()
    card, page = client.get(CARD, {"lang": "es"}), client.get(PAGE)
    assert "frame-ancestors *" in card.headers["Content-Security-Policy"] and "X-Frame-Options" not in card.headers
    assert "script-src" not in card.headers["Content-Security-Policy"] and "<script" not in card.text
    assert "default-src 'none'" in card.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert not card.cookies and "<form" not in card.text
    assert card.headers["Content-Language"] == "es" and 'lang="es"' in card.text
    assert "public" in card.headers["Cache-Control"] and "9 de 18" in text_of(card)
    assert client.get(CARD, {"lang": "xx"}).status_code == 200


def test_the_page_says_how_to_embed_the_card(client):
    threshold(11)
    assert f"&lt;iframe src=&quot;{settings.SITE_URL}{CARD}?lang=en&quot;" in client.get(PAGE).text.replace(
        '"', "&quot;"
    )


# --- The map ----------------------------------------------------------------------------------------

HOME = Place("Los Angeles", 33.94, -118.41)
CITIES = [
    Place("Hanoi", 21.0, 105.8),
    Place("Tokyo", 35.7, 139.7),
    Place("Cairo", 30.0, 31.2),
    Place("Auckland", -36.8, 174.8),
]


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.label)
def test_a_flight_is_a_great_circle_that_never_crosses_the_edge(city):
    way = world_map.great_circle(HOME, city)
    assert way[0] == pytest.approx((0, HOME.latitude), abs=1e-6)
    assert way[-1][1] == pytest.approx(city.latitude, abs=1e-6)
    assert all(abs(one[0] - two[0]) < 90 for one, two in zip(way, way[1:], strict=False))
    vectors = [world_map._vector(*each) for each in way]
    normal = [vectors[0][a] * vectors[-1][b] - vectors[0][b] * vectors[-1][a] for a, b in ((1, 2), (2, 0), (0, 1))]
    assert all(abs(sum(x * y for x, y in zip(normal, each, strict=True))) < 1e-9 for each in vectors)


def test_the_way_to_the_same_place_or_the_other_side_is_drawn_too():
    for city in (HOME, Place("Opposite", -HOME.latitude, HOME.longitude + 180)):
        assert len(world_map.great_circle(HOME, city)) == 2


def test_every_mark_has_a_label_that_covers_no_other_and_stays_inside():
    marks = [
        (city.label, world_map.on_map(world_map._turned(city.longitude + 118.41), city.latitude)) for city in CITIES
    ]
    marks.append((HOME.label, world_map.on_map(0, HOME.latitude)))
    boxes = [label.box for label in world_map.labels(marks)]
    whole = world_map.Box(0, 0, world_map.WIDTH, world_map.HEIGHT)
    for place, box in enumerate(boxes):
        assert box.overlap(whole) == pytest.approx((box.right - box.left) * (box.bottom - box.top))
        assert all(box.overlap(other) == 0 for other in boxes[place + 1 :])
    svg = world_map.draw(HOME, CITIES, title="Where", description="Lines <from> home")
    assert all(f">{city.label}</text>" in svg for city in (HOME, *CITIES))
    assert svg.count("<polyline") == len(CITIES) and "Lines &lt;from&gt; home" in svg
    assert "style" not in svg and "<script" not in svg


def test_the_whole_page_is_light(client, colleges):
    threshold(2)
    summer(colleges)
    publish()
    assert len(gzip.compress(client.get(PAGE).content)) < 16_000


def test_home_is_the_portal_s_city():
    kept.keep(HomeCity(city_en="Long Beach", city_es="Long Beach", latitude="33.77", longitude="-118.19"))
    assert home() == Place("Long Beach", 33.77, -118.19)
