"""The page checks of the journeys: each problem is found where it exists, and nowhere else."""

import pytest

from tests.journeys.phone import Phones

# a journey ends once no database connection is active
pytestmark = [pytest.mark.browser, pytest.mark.core, pytest.mark.django_db]

GOOD = '<html lang="en"><title>Trips</title><main><h1>Trips</h1><p>Two.</p></main></html>'


def look_at(browser, html: str) -> str:
    """The problems reported at the end about this page."""
    try:
        with Phones(browser, "http://localhost", "en") as phones:
            phone = phones.open()
            phone.page.set_content(html)
            phone.look()
    except pytest.fail.Exception as failed:
        return str(failed)
    return ""


def test_good_page_passes(browser):
    assert look_at(browser, GOOD) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('lang="en"', 'lang="es"', "html lang is es"),
        ("<p>", "<h1>More</h1><p>", "2 h1"),
        ("<p>", '<p style="width: 500px">', "scrolls sideways"),
        ("<p>", '<p style="color: #999">', "axe color-contrast"),
        ("<p>", "<p><input>", "axe label"),
        ("<title>Trips</title>", "", "axe document-title"),
        ("<p>", "<script>console.error('broken')</script><p>", "console: broken"),
        ("<p>", "<script>nothing()</script><p>", "script error"),
        ("<p>", "<details><summary>More</summary><input></details><p>", "axe label"),
    ],
)
def test_fault_is_told(browser, right, wrong, told):
    assert told in look_at(browser, GOOD.replace(right, wrong))
