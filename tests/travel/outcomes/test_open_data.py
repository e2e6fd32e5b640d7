"""Open data: every published count and no other, in a schema that a machine checks; another city's beside ours."""

import copy
import csv
import io
import json
from collections import Counter

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import Event, ReleasedFigure
from tests.factories import CollegeFactory, UserFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from travel.models import OtherCity, OtherCityFigure
from travel.outcomes import actions, open_data
from travel.outcomes.measures import MEASURES

pytestmark = pytest.mark.django_db
CSV, JSON, SCHEMA = (reverse(f"travel:open-data-{each}") for each in ("csv", "json", "schema"))
DICTIONARY, CITIES, PAGE = (reverse(f"travel:{each}") for each in ("ask-number", "outcomes-cities", "impact"))


@pytest.fixture
def published():
    threshold(2)
    summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")])
    publish()


def of(client):
    return client.get(JSON).json()


def other(client, city="Long Beach", **changes):
    """Our file as another city's."""
    whole = of(client)
    whole["city"] = city
    whole["rows"] = [{**row, "city": city} for row in whole["rows"]]
    whole.update(changes)
    return whole


def content_of(whole):
    return json.dumps(whole).encode()


# --- The files --------------------------------------------------------------------------------------


def test_both_files_have_every_published_count_and_no_other(client, published):
    rows = list(csv.DictReader(io.StringIO(client.get(CSV).content.decode("utf-8-sig"))))
    told = [
        (each.subject, each.name, each.by, each.group, each.low, each.high) for each in ReleasedFigure.objects.all()
    ]
    asked = ("cycle", "measure", "group_by", "group", "low", "high")
    assert sorted(map(str, told)) == sorted(str(tuple(row[name] for name in asked)) for row in of(client)["rows"])
    assert [
        [str(row[name] if row[name] is not None else "") for name in open_data.COLUMNS] for row in of(client)["rows"]
    ] == [[row[name] for name in open_data.COLUMNS] for row in rows]
    assert {row["shown"] for row in rows} <= {"exact", "range", "not_shown"}
    assert all(row["definition"] and row["as_of"] and row["city"] == "Los Angeles" for row in rows)
    assert list(rows[0]) == list(open_data.COLUMNS)


def test_the_json_file_fits_its_schema_and_a_broken_one_doesnt(client, published):
    schema = client.get(SCHEMA).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(of(client), schema)
    assert of(client)["schema"].endswith(SCHEMA) and of(client)["schema_version"] == open_data.VERSION
    broken = of(client)
    broken["rows"][0]["shown"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_anybody_reads_them_in_english_whatever_the_page_speaks(client, published):
    before = client.get(CSV).content
    client.cookies["language"] = client.cookies["django_language"] = "es"
    assert client.get(CSV, headers={"accept-language": "es"}).content == before
    assert client.get(CSV).headers["Access-Control-Allow-Origin"] == "*"
    assert client.post(CSV).status_code == 405


def test_before_anything_is_published_the_files_are_empty(client):
    threshold(2)
    summer([CollegeFactory(short_name="East")], numbers=(4,))
    assert of(client)["rows"] == [] and len(client.get(CSV).content.decode().splitlines()) == 1


def test_the_dictionary_has_each_column_and_each_measure(client, published):
    page = client.get(DICTIONARY, headers={"accept-language": "en"}).text
    assert all(f">{name}</strong>" in page for name in open_data.COLUMNS)
    assert all(f">{name}</strong>" in page for name in MEASURES)
    assert {row["measure"] for row in of(client)["rows"]} <= set(MEASURES)


def test_the_files_take_few_queries(client, published, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(JSON)


# --- Another city's ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_file_comes_back_as_it_was_published(client, published, tmp_path, kind):
    whole = other(client)
    path = tmp_path / f"theirs.{kind}"
    if kind == "json":
        path.write_bytes(content_of(whole))
    else:
        path.write_bytes(client.get(CSV).content.replace(b",Los Angeles,", b",Long Beach,"))
    call_command("load_open_data", path, source="https://example.org/data", verbosity=0)
    fields = ("cycle", "measure", "group_by", "group", "low", "high", "as_of", "definition")
    loaded = [dict(zip(fields, row, strict=True)) for row in OtherCityFigure.objects.values_list(*fields)]
    assert [{**row, "as_of": str(row["as_of"])} for row in loaded] == [
        {name: row[name] for name in fields} for row in whole["rows"]
    ]
    city = OtherCity.objects.get()
    assert (city.city, city.source, city.schema_version) == ("Long Beach", "https://example.org/data", "1.0")
    assert str(city.as_of) == max(row["as_of"] for row in whole["rows"])
    assert Event.objects.filter(action="open_data.load").count() == 1
    call_command("load_open_data", path, verbosity=0)
    assert OtherCity.objects.count() == 1 and OtherCityFigure.objects.count() == len(loaded)


def change(place, **values):
    def act(whole):
        whole["rows"][place].update(values)

    return act


WRONG = [
    (lambda whole: whole.update(schema_version="2.0"), "wrong_version", "schema version “2.0.”"),
    (lambda whole: whole.pop("schema_version"), "wrong_version", "reads version 1.0"),
    (lambda whole: whole.update(rows="none"), "broken_file", "no list named"),
    (lambda whole: whole.update(rows=[]), "broken_file", "no rows"),
    (change(1, city="Elsewhere"), "broken_file", "same city"),
    (lambda whole: [row.update(city=" ") for row in whole["rows"]], "broken_file", "same city"),
    (lambda whole: [row.update(city="x" * 61) for row in whole["rows"]], "broken_file", "same city"),
    (change(0, low=9, high=3), "broken_file", "row 1: low and high"),
    (change(0, low=None), "broken_file", "row 1: low and high"),
    (change(0, low=True, high=True), "broken_file", "“low” isn’t a whole number"),
    (change(0, low=-1), "broken_file", "“low” isn’t a whole number"),
    (change(0, shown="exactly"), "broken_file", "“shown” must be"),
    (change(0, as_of="yesterday"), "broken_file", "“as_of” isn’t a date"),
    (change(0, as_of="9999-12-31"), "broken_file", "“as_of” is a day in the future"),
    (change(0, cycle=""), "broken_file", "needs a cycle"),
    (change(0, measure=["a"]), "broken_file", "“measure” isn’t a short text"),
    (change(0, measure="x" * 41), "broken_file", "“measure” isn’t a short text"),
    (change(1, schema_version="1.7"), "broken_file", "another schema version"),
    (lambda whole: whole["rows"].append(whole["rows"][0]), "broken_file", "is there twice"),
    (lambda whole: [row.update(city="Los Angeles") for row in whole["rows"]], "own_city", "our own city"),
]


def test_a_wrong_file_changes_nothing_and_says_what_is_wrong(client, published):
    good = other(client)
    actions.load_city(content_of(good), source="a", by=None)
    before = list(OtherCityFigure.objects.values_list())
    for act, code, words in WRONG:
        whole = copy.deepcopy(good)
        act(whole)
        with pytest.raises(RuleViolation) as violation:
            actions.load_city(content_of(whole), source="b", by=None)
        assert violation.value.code == code and words in str(violation.value.message), words
        assert list(OtherCityFigure.objects.values_list()) == before, words


def test_a_part_is_not_larger_than_its_whole(client, published):
    """Each count of a group that everyone is counted beside, and of a measure that's a part of another."""
    whole, tried = other(client), Counter()
    high = {
        (row["cycle"], row["measure"], row["group"]): row["high"] for row in whole["rows"] if row["high"] is not None
    }
    for row in whole["rows"]:
        within = MEASURES[row["measure"]].within
        tops = {"everyone": high.get((row["cycle"], row["measure"], "")) if row["group"] else None}
        tops["measure"] = high.get((row["cycle"], within, ""))
        for kind, top in tops.items():
            if top is None or row["low"] is None:
                continue
            broken = copy.deepcopy(whole)
            broken["rows"][whole["rows"].index(row)].update(low=top + 1, high=9999, shown="range")
            with pytest.raises(RuleViolation) as violation:
                open_data.read(content_of(broken))
            assert f"{row['measure']} is at least {top + 1}, and" in violation.value.message
            tried[kind] += 1
    assert tried["everyone"] >= 3 and tried["measure"] >= 10, tried
    assert len(open_data.read(content_of(whole)).rows) == len(whole["rows"])


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[]", b"a,b\n1,2\n", b'{"rows": [1]}', b"{" * 100_000])
def test_what_isnt_such_a_file_is_refused(content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("load_open_data", path)
    with pytest.raises(CommandError):
        call_command("load_open_data", tmp_path / "missing")


def test_an_older_file_doesnt_replace_a_newer_one(client, published):
    actions.load_city(content_of(other(client)), source="a", by=None)
    whole = other(client)
    for row in whole["rows"]:
        row["as_of"] = "2020-01-01"
    with pytest.raises(RuleViolation) as violation:
        actions.load_city(content_of(whole), source="b", by=None)
    assert violation.value.code == "older_file"


def test_the_director_sees_both_and_the_public_only_what_the_office_shows(
    client, published, django_assert_max_num_queries
):
    whole = other(client)
    for row in whole["rows"]:
        if (row["measure"], row["group_by"]) == ("first_abroad", ""):
            row.update(low=None, high=None, shown="not_shown")
    city = actions.load_city(content_of(whole), source="their file", by=None)
    assert "Long Beach" not in client.get(PAGE).text
    client.force_login(UserFactory(director=True))
    page = client.get(CITIES).text
    assert "Long Beach" in page and "their file" in page and "9 of 18" in page and "not shown" in page
    show = reverse("travel:outcomes-city-show", args=[city.code])
    assert client.post(show, {"show": "yes"}).status_code == 403
    client.force_login(UserFactory(coordinator=True))
    client.post(show, {"show": "yes"})
    client.logout()
    assert "Long Beach" in client.get(PAGE).text
    with django_assert_max_num_queries(10):
        client.get(PAGE)
    client.force_login(UserFactory(coordinator=True))
    client.post(show, {"show": "no"})
    client.logout()
    assert "Long Beach" not in client.get(PAGE).text


def test_without_another_city_the_page_says_who_can_add_one(client, published):
    client.force_login(UserFactory(director=True))
    assert "To add one, ask the technical owner" in client.get(CITIES).text
