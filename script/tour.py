"""Takes pictures and the text of the portal's pages, in the order in which people meet them.

An editor reads the text, a designer looks at the pictures: `script/screenshots --tour DIR` writes for each page and
language `NN-name.LANG.png`, phone width for people on a phone and 1280 pixels for staff, and one `pages.LANG.txt` with
the words of all pages and of the messages that the demo has sent. `--most-used` takes only the twenty pages that are
opened most.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

PHONE, DESKTOP = (360, 740), (1280, 800)
LANGUAGES = ("en", "es")
# What is written once on every page: an editor reads it on the first.
REPEATED = ("header", "footer")


@dataclass(frozen=True, slots=True)
class Stop:
    """One page: who opens it, where they start, and the links (patterns of the address) they follow from there."""

    name: str
    person: str  # a key of exchange/people/sign_in/demo_people.py, "" for a visitor
    path: str
    follow: tuple[str, ...] = ()
    is_most_used: bool = False


# pictures below the fold would come with scrolling
PICTURES_ARE_THERE = """Promise.all([...document.images].map(one => {
  one.loading = "eager";
  return one.complete || new Promise(go => { one.onload = one.onerror = go; });
}))"""
DRAFT = (r"^/applications/[A-Z0-9]",)  # leads on to the form
PASSPORT = r"^/passports/[A-Z0-9]+/$"
STOPS = (
    Stop("start", "", "/", is_most_used=True),
    Stop("cycle", "", "/", (r"^/cycles/[\w-]+/$",), is_most_used=True),
    Stop("can-i-apply", "", "/", (r"^/cycles/[\w-]+/$", r"/can-i-apply/$")),
    Stop("cities", "", "/cities/"),
    Stop("city", "", "/cities/", (r"^/cities/[\w-]+/$",)),
    Stop("sign-in", "", "/account/login/", is_most_used=True),
    Stop("photo-rules", "", "/passport-photo/"),
    Stop("contact", "", "/contact/"),
    Stop("draft-home", "student-draft", "/journey/"),
    Stop("draft-overview", "student-draft", "/journey/", DRAFT, is_most_used=True),
    *(
        Stop(f"draft-{part}", "student-draft", "/journey/", (*DRAFT, rf"/form/{part}/$"), is_most_used=part == "why")
        for part in ("about", "college", "why", "cities", "referee")
    ),
    Stop("draft-check", "student-draft", "/journey/", (*DRAFT, r"/check/$"), is_most_used=True),
    Stop("questions", "student-draft", "/questions/"),
    Stop("account", "student-draft", "/account/"),
    Stop("selected-home", "student-selected", "/journey/", is_most_used=True),
    Stop("offer", "student-selected", "/journey/", (r"^/offers/[\w-]+/$",), is_most_used=True),
    Stop("offer-confirm", "student-selected", "/journey/", (r"^/offers/[\w-]+/$", r"/confirm/$")),
    Stop("offer-decline", "student-selected", "/journey/", (r"^/offers/[\w-]+/$", r"/decline/$")),
    Stop("placed-home", "student-placed", "/journey/", is_most_used=True),
    Stop("placement", "student-placed", "/journey/", (r"^/placements/[\w-]+/$",)),
    Stop("passport", "student-placed", "/passport-places/", (PASSPORT,), is_most_used=True),
    Stop("passport-questions", "student-placed", "/passport-places/", (PASSPORT, r"/questions/$")),
    Stop("what-can-stop-a-passport", "student-placed", "/passports/what-can-stop/"),
    Stop("passport-places", "student-placed", "/passport-places/"),
    Stop("passport-days", "student-placed", "/passport-days/"),
    Stop("checklist", "student-placed", "/journey/", (r"^/checklists/[A-Z0-9]+/$",), is_most_used=True),
    Stop("checklist-item", "student-placed", "/journey/", (r"/items/[\w-]+/$",)),
    Stop("reflections", "student-placed", "/reflections/"),
    Stop("my-data", "student-placed", "/my-data/"),
    Stop("advisor-today", "advisor-lacc", "/", is_most_used=True),
    Stop("endorsements", "advisor-lacc", "/endorsements/"),
    Stop("endorsement", "advisor-lacc", "/endorsements/", (r"^/endorsements/[\w-]+/$",), is_most_used=True),
    Stop("advisor-passports", "advisor-lacc", "/passports/"),
    Stop("readings", "advisor-valley", "/reviews/", is_most_used=True),
    Stop("reading", "advisor-valley", "/reviews/", (r"^/reviews/[A-Z0-9]+/$",), is_most_used=True),
    Stop("samples", "advisor-valley", "/samples/"),
    Stop("office-today", "coordinator", "/", is_most_used=True),
    Stop("pipeline", "coordinator", "/pipeline/", is_most_used=True),
    Stop("applications", "coordinator", "/applications/", is_most_used=True),
    Stop("application", "coordinator", "/applications/", (r"^/applications/[A-Z0-9]+/$",)),
    Stop("selection", "coordinator", "/selection/", is_most_used=True),
    Stop("scores", "coordinator", "/selection/", (r"^/selection/scores/",)),
    Stop("reserves", "coordinator", "/selection/", (r"^/selection/reserves/[\w-]+/$",)),
    Stop("release-preview", "coordinator", "/selection/", (r"^/selection/preview/",)),
    Stop("offers", "coordinator", "/selection/", (r"^/selection/offers/",)),
    Stop("reading-progress", "coordinator", "/reviews/"),
    Stop("placement-runs", "coordinator", "/trips/", (r"^/placements/cycle/[\w-]+/$",)),
    Stop("trips", "coordinator", "/trips/"),
    Stop("trip", "coordinator", "/trips/", (r"^/trips/[\w-]+/$",)),
    Stop("partners", "coordinator", "/partners/"),
    Stop("office-passports", "coordinator", "/passports/"),
    Stop("calls", "coordinator", "/calls/"),
    Stop("setup", "coordinator", "/setup/"),
    Stop("setup-cycle", "coordinator", "/setup/", (r"^/setup/[\w-]+/$",)),
    Stop("outcomes", "director", "/outcomes/", is_most_used=True),
    Stop("fairness", "director", "/outcomes/", (r"^/outcomes/fairness/[\w-]+/$",)),
)


def arrive(page: Page, site: str, stop: Stop) -> bool:
    """Follow the stop's links; False where the demo has no such page for this person."""
    answer = page.goto(site + stop.path)
    for pattern in stop.follow:
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        if not (found := next((link for link in links if re.search(pattern, link.split("?")[0])), "")):
            return False
        answer = page.goto(site + found)
    return answer is not None and answer.ok


def words(page: Page, *, is_first: bool) -> str:
    """What the page says, labels of hidden help included, without what every page repeats."""
    if not is_first:
        for selector in REPEATED:
            page.eval_on_selector_all(selector, "found => found.forEach(one => one.remove())")
    page.eval_on_selector_all("details", "found => found.forEach(one => { one.open = true })")
    return page.inner_text("body").strip()


def take(browser: Browser, site: str, folder: Path, *, only_most_used: bool = False) -> None:
    """Write pictures and words of every stop to `folder`."""
    stops = [stop for stop in STOPS if stop.is_most_used or not only_most_used]
    for language in LANGUAGES:
        said, contexts = [], {}
        for number, stop in enumerate(stops, 1):
            if stop.person not in contexts:
                contexts[stop.person] = signed_in(browser, site, stop.person, language)
            page = contexts[stop.person]
            if not arrive(page, site, stop):
                print(f"{stop.name}: the demo has no such page")
                continue
            page.evaluate("document.fonts.ready")
            page.evaluate(PICTURES_ARE_THERE)
            page.screenshot(path=folder / f"{number:02}-{stop.name}.{language}.png", full_page=True)
            said.append(f"=== {number:02} {stop.name} · {page.title()}\n\n{words(page, is_first=number == 1)}")
        (folder / f"pages.{language}.txt").write_text("\n\n\n".join(said) + "\n")


def signed_in(browser: Browser, site: str, person: str, language: str) -> Page:
    is_on_a_phone = person == "" or person.startswith("student")
    width, height = PHONE if is_on_a_phone else DESKTOP
    page = browser.new_context(
        viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce"
    ).new_page()
    if person:
        page.goto(f"{site}/demo/")
        with page.expect_navigation():
            page.locator(f'form[action="/demo/sign-in/{person}/"] button').click()
    page.goto(site)
    chosen = page.locator(f'form.ex-head__language button[value="{language}"]')
    if chosen.count():
        with page.expect_navigation():
            chosen.first.click()
    return page
