"""Ask a number: a question finds the published figure that answers it, and each one has an address that stays."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from exchange.figures.counts import Key
from exchange.models import PartnerCity, ReleasedFigure
from tests.factories import CollegeFactory, UserFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from travel.outcomes.ask_number import Published

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:ask-number")


@pytest.fixture
def published():
    threshold(2)
    colleges = [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]
    summer(colleges, year=2025, numbers=(5, 4, 3))
    summer(colleges)
    publish()


def words(client, language="en", **query):
    text = client.get(PAGE, query, headers={"accept-language": language}).text
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How many first passports in 2026?", Key("summer-2026", "first_passport")),
        ("How many first passports in 2025?", Key("summer-2025", "first_passport")),
        ("first passport", Key("summer-2026", "first_passport")),
        ("¿Cuántos primeros pasaportes en 2025?", Key("summer-2025", "first_passport")),
        ("who flew for the first time 2026", Key("summer-2026", "first_flight")),
        ("frist pasports 2026", Key("summer-2026", "first_passport")),
        ("how many traveled in 2025", Key("summer-2025", "traveled")),
        ("submitted 2026", Key("summer-2026", "submitted")),
        ("traveled to Hanoi 2026", Key("summer-2026", "travelers", "city", "hanoi")),
    ],
)
def test_a_question_finds_the_figure_that_answers_it(published, question, first):
    with translation.override("es" if question.startswith("¿") else "en"):
        found = Published().find(question)
    code = PartnerCity.objects.filter(trips__cycle__code="summer-2026", name_en="Hanoi").values_list("code", flat=True)
    key = first._replace(group=code.get()) if first.group else first
    assert found.rows[0].key == key, [str(row.key) for row in found.rows[:5]]
    assert found.is_whole


def test_a_figure_says_what_it_counts_of_whom_and_of_how_many(client, published):
    said = words(client, q="first passports 2026")
    assert "First passport Travelers who got their first passport for this trip." in said
    assert "Summer 2026 9 / 18 50%" in said
    city = ReleasedFigure.objects.filter(subject="summer-2026", name="travelers").first()
    assert f"{city.low} / 18" in words(client, figure=f"summer-2026/travelers/city/{city.group}")


def test_every_published_figure_has_an_address_of_its_own(client, published):
    rows = Published().rows.values()
    assert len(rows) == ReleasedFigure.objects.count() > 50
    assert len({row.href for row in rows}) == len(rows)
    for row in list(rows)[::9]:
        response = client.get(row.href, headers={"accept-language": "en"})
        assert [each.row.key for each in response.context["answers"]] == [row.key] and response.context["one"] == row
        assert "It stays as it was published" in response.text


def test_what_isnt_shown_says_so_and_comes_last(client, published):
    hidden = ReleasedFigure.objects.filter(low=None).first()
    assert "not shown" in words(client, figure=str(Key(hidden.subject, hidden.name, hidden.by, hidden.group)))
    found = [row.range is None for row in Published().find("first passport East").rows if row.key.by]
    assert found == sorted(found)


def test_words_that_fit_nothing_are_said_and_the_closest_come(client, published):
    assert "No number fits all of your words." in words(client, q="first passports of penguins in 2026")
    assert "We haven’t published a number like that" in words(client, q="xyzzy")
    assert "We haven’t published a number like that" in words(client, figure="summer-2026/xyzzy")
    assert "We haven’t published a number like that" in words(client, measure="xyzzy")
    assert "We haven’t published a number like that" in words(client, q="how many")


def test_all_years_and_groups_of_a_measure(client, published):
    keys = [row.key for row in Published().of_measure("first_passport")]
    assert keys[:2] == [Key("summer-2026", "first_passport"), Key("summer-2025", "first_passport")]
    assert all(key.by for key in keys[2:]) and "Summer 2025" in words(client, measure="first_passport")


def test_before_anything_is_published_the_page_says_what_there_will_be(client):
    threshold(2)
    said = words(client)
    assert "First passport" in said and "None yet" in said
    assert "We haven’t published a number like that" in words(client, q="first passports")


@pytest.mark.parametrize("query", [{}, {"q": "first passports 2026"}, {"measure": "first_passport"}])
def test_many_figures_take_as_many_queries(client, published, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        client.get(PAGE, query)


def test_the_directors_page_asks_and_a_long_question_is_cut(client, published):
    client.force_login(UserFactory(director=True))
    assert f'action="{PAGE}"' in client.get(reverse("travel:outcomes")).text
    assert client.get(PAGE, {"q": "passport " * 500, "page": "99"}).status_code == 200
