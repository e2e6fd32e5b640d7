"""Strangers open the impact page and its card in Chromium: accessible, in both languages and schemes, by keyboard."""

import pytest
from django.urls import reverse

from tests.factories import CollegeFactory
from tests.factories_travel import PlacementFactory
from tests.journeys.phone import Phones
from tests.travel.outcomes_rows import publish, summer, threshold
from tests.travel.stories import photo_of, quoted, told

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE, CARD = reverse("travel:impact"), reverse("travel:impact-card")


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("en", "light", (360, 740)), ("es", "dark", (360, 740)), ("en", "dark", (1280, 800))],
)
def test_a_stranger_reads_the_page_and_finds_how_to_apply(browser, line, language, scheme, size):
    threshold(2)
    summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")])
    publish()
    with_picture = quoted(PlacementFactory(returned=True), kinds=("quote", "picture", "name"))
    photo_of(with_picture)
    told(with_picture)
    spanish = told(quoted(PlacementFactory(returned=True), "Le mandé una foto.", language="es"), order=2, language="es")
    told(spanish.reflection, quote="I sent her a picture.")
    with Phones(browser, line.site, language, scheme, {"width": size[0], "height": size[1]}) as phones:
        stranger = phones.open()
        stranger.go(PAGE)
        page = stranger.page
        summary = page.locator(".ex-impact__use summary")
        summary.focus()
        for is_open in (False, True):  # every part is unfolded as the page opens
            page.keyboard.press("Enter")
            assert page.locator(".ex-impact__code").is_visible() == is_open
        stranger.go(f"{CARD}?lang={language}")
        stranger.go(reverse("travel:ask-number"))
        page.goto(line.site + PAGE)
        assert page.locator(".ex-impact__stub .ex-button").first.get_attribute("href")
