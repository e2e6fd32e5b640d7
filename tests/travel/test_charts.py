import gzip
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from travel.charts import TOKENS, Bar, Place, bars, flight_map

LOS_ANGELES = Place("Los Angeles", 34.05, -118.24)
CITIES = [Place("Tokyo", 35.68, 139.69), Place("Giza", 30.01, 31.21), Place("Durango", 24.03, -104.67)]


@pytest.fixture(params=["bars", "narrow", "map"])
def picture(request):
    if request.param != "map":
        rows = [Bar("Started", 211, "211"), Bar("Sent", None, "–")]
        return bars(rows, title="A & B", description="From 211", narrow=request.param == "narrow")
    return flight_map(LOS_ANGELES, CITIES, title="A & B", description="Three cities")


def test_picture_is_well_formed_and_named(picture):
    root = ET.fromstring(picture)  # noqa: S314 -- drawn here
    assert root[0].text == "A & B"
    assert root.attrib["role"] == "img"


def test_picture_has_nothing_that_the_content_policy_forbids(picture):
    assert not re.search(r"<style|<script|style=|href=|onload", picture)


def test_page_colours_are_tokens_and_print_colours_are_not():
    row = [Bar("Started", 211, "211")]
    page = bars(row, title="t", description="d")
    paper = bars(row, title="t", description="d", for_print=True)
    assert "var(--link)" in page and "#0b5fa5" not in page.lower()
    assert "#0b5fa5" in paper.lower() and "var(" not in paper


def test_token_stand_ins_are_the_light_values_of_the_style_sheet():
    sheet = Path("exchange/static/exchange/css/tokens.css").read_text().split("@media")[0]
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheet))
    assert {light[token]: token for token in TOKENS.values()} == TOKENS


def test_hidden_value_has_its_text_and_no_bar():
    shown = bars([Bar("a", 5, "5"), Bar("b", 7, "7")], title="t", description="d")
    hidden = bars([Bar("a", 5, "5"), Bar("b", None, "not shown")], title="t", description="d")
    assert "not shown" in hidden
    assert shown.count("var(--link)") - hidden.count("var(--link)") == 1


def test_narrow_bars_fit_a_phone_at_full_size_and_say_the_same():
    rows = [Bar("First passports by college, all of them", 211, "211"), Bar("Sent", None, "not shown")]
    wide = bars(rows, title="t", description="d")
    narrow = bars(rows, title="t", description="d", narrow=True)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', narrow).group(1))
    assert width < 340 < float(re.search(r'viewBox="0 0 ([\d.]+)', wide).group(1))
    assert sorted(re.findall(r"<text[^>]*>([^<]+)<", narrow)) == sorted(re.findall(r"<text[^>]*>([^<]+)<", wide))


def test_map_weighs_under_30_kilobytes_compressed():
    assert len(gzip.compress(flight_map(LOS_ANGELES, CITIES, title="t", description="d").encode())) < 30_000


def test_map_names_every_city():
    drawn = flight_map(LOS_ANGELES, CITIES, title="t", description="d")
    assert all(f">{place.label}<" in drawn for place in (LOS_ANGELES, *CITIES))


def test_map_shows_the_other_partner_cities_without_name_or_path():
    alone = flight_map(LOS_ANGELES, CITIES[:1], title="t", description="d")
    drawn = flight_map(LOS_ANGELES, CITIES[:1], others=CITIES[1:], title="t", description="d")
    assert drawn.count("var(--link)") - alone.count("var(--link)") == 2
    assert drawn.count("var(--sunrise)") == alone.count("var(--sunrise)")
    assert not any(f">{place.label}<" in drawn for place in CITIES[1:])
    assert len(gzip.compress(drawn.encode())) < 30_000
