"""Every page of each role, narrow, with the text spacing of WCAG and at 200 %: nothing is lost.

WCAG 2.2: 1.4.10 (a window 320 px wide), 1.4.12 (text spacing), 1.4.4 (200 %). Not a journey: each page is opened once,
by its row of the table of addresses, and the window and the style sheets change around it. Tables are cards on a phone.
"""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from exchange.background import jobs, subprocesses
from tests.journeys.phone import TOO_WIDE, nothing_is_asked
from tests.services import wait_until
from tests.test_urls import QUERY, TABLE, arguments
from tests.urls import PUBLIC, ROLES, SIGNED_IN
from tests.world import one_of_everything
from travel.prepare.signing import actions as signing

pytestmark = pytest.mark.browser

NARROW, WIDE = {"width": 320, "height": 256}, {"width": 1280, "height": 1024}
ZOOMED = {"width": 640, "height": 512}  # the wide window at 200 %
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }"""
TWICE = ":root { font-size: 200% !important; }"
# as the style sheets of a person's own browser, which no CSP forbids
DRESS = """(rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}"""
UNFOLD = "() => { for (const part of document.querySelectorAll('details')) part.open = true; }"
# boxes that cut off a part of their text; not those for screen readers alone
CUT_OFF = """() => {
  const cuts = (value) => value === "hidden" || value === "clip";
  return [...document.body.querySelectorAll("*")].filter((box) => {
    const style = getComputedStyle(box);
    if (style.clipPath !== "none" || box.clientHeight < 2 || !box.innerText?.trim()) return false;
    return (cuts(style.overflowX) && box.scrollWidth > box.clientWidth + 1)
      || (cuts(style.overflowY) && box.scrollHeight > box.clientHeight + 1);
  }).slice(0, 3).map((box) => `${box.localName}.${box.className} cuts off “${box.innerText.trim().slice(0, 40)}”`);
}"""
# sizes of all text that is no picture
SIZES = """() => [...document.body.querySelectorAll("*:not(svg, svg *, script, style, option)")]
  .filter((box) => [...box.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((box) => [parseFloat(getComputedStyle(box).fontSize), `${box.localName}.${box.className}`])"""


@pytest.fixture
def world(transactional_db, monkeypatch):
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    monkeypatch.setattr(subprocesses, "ask", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(signing, "pdf_of", lambda html: b"%PDF-1.7")
    return one_of_everything()


def pages_of(role, world):
    """Paths of the pages that this role may open; rows that an address needs are made in passing."""
    client = Client()
    if person := world["people"][role]:
        client.force_login(person)
    for name, method, expected in TABLE:
        is_everyones = expected in (PUBLIC, SIGNED_IN) and role not in ("visitor", "owner")
        if method != "GET" or expected[ROLES.index(role)] != 200 or is_everyones:
            continue
        path = reverse(name, kwargs=arguments(name, world))
        response = client.get(path, QUERY.get(name, lambda world: {})(world))
        if response.status_code == 200 and b"</html>" in getattr(response, "content", b""):
            yield f"{path}?{response.request['QUERY_STRING']}".rstrip("?")
        response.close()
        cache.clear()


def faults(page):
    """What a person can't read or has to scroll sideways for, in each of the settings."""
    page.set_viewport_size(NARROW)
    page.evaluate(UNFOLD)
    yield "320 px wide", page.evaluate(TOO_WIDE) + page.evaluate(CUT_OFF)
    page.evaluate(DRESS, SPACED)
    yield "text spacing", page.evaluate(TOO_WIDE) + page.evaluate(CUT_OFF)
    page.evaluate(DRESS, "")
    page.set_viewport_size(ZOOMED)
    yield "200 %", page.evaluate(TOO_WIDE) + page.evaluate(CUT_OFF)
    page.set_viewport_size(WIDE)
    before = page.evaluate(SIZES)
    page.evaluate(DRESS, TWICE)
    after = page.evaluate(SIZES)
    fixed = {name for (small, name), (large, _name) in zip(before, after, strict=True) if large < 1.8 * small}
    yield "twice the size", [f"{name} keeps its size" for name in sorted(fixed)]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "stranger"])
def test_nothing_is_lost_when_text_grows_or_the_window_shrinks(browser, live_server, world, role):
    context = browser.new_context(viewport=NARROW, locale="es-US", reduced_motion="reduce")
    if person := world["people"][role]:
        client = Client()
        client.force_login(person)
        cookie = client.cookies["sessionid"]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    found, count = [], 0
    for path in pages_of(role, world):
        page.goto(live_server.url + path)
        found += [f"{path} {setting}: {', '.join(lost)}" for setting, lost in faults(page) if lost]
        count += 1
    context.close()
    wait_until(nothing_is_asked, "the server to be done with what the browser had asked for")
    assert count > 5
    assert not found, "\n".join(found)


def test_each_fault_is_found(browser):
    page = browser.new_page(viewport=NARROW)
    for style, setting in {
        "width: 330px": "320 px wide",
        "width: 9em; white-space: nowrap; overflow: hidden": "text spacing",
        "font-size: 18px": "twice the size",
        "width: 660px": "200 %",
    }.items():
        page.set_content(f'<body style="margin: 0"><p style="{style}">Where students go</p></body>')
        assert setting in {each for each, lost in faults(page) if lost}, style
    page.set_content('<body style="margin: 0"><p>Where students go</p></body>')
    assert not [lost for _setting, lost in faults(page) if lost]
    page.close()
