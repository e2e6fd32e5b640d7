"""What the browser caches for use without a connection, as far as the server decides it."""

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from rjsmin import jsmin

from applications.apply.actions.application import submit
from applications.models import Recommendation
from exchange.web import static_files
from exchange.web.views import offline
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts

KB = 1024


def constant(script: str, name: str):
    """The value that the script's first lines give this constant."""
    return json.loads(re.search(rf"^const {name} = (.*);$", script, re.MULTILINE)[1])


@pytest.fixture
def worker(client):
    return client.get("/sw.js")


def test_anyone_gets_the_service_worker_and_it_is_asked_for_each_time(worker):
    assert worker.status_code == 200
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert "no-cache" in worker.headers["Cache-Control"]
    assert "worker-src 'self'" in worker.headers["Content-Security-Policy"]


def test_it_names_files_that_exist(worker):
    names = constant(worker.text, "FILES")
    assert len(names) == len(offline.FILES) + len(static_files.JOINED[offline.SCRIPTS])
    assert all(finders.find(name.removeprefix(settings.STATIC_URL)) for name in names)


@pytest.mark.parametrize(("language", "words"), [("en", "You’re offline"), ("es", "")])
def test_its_offline_page_is_of_nobody_and_in_the_language_of_the_browser(db, sign_in, language, words):
    application = ApplicationFactory(student__full_name="Marisol Reyes Ortega")
    client: Client = sign_in(application.student)
    page = constant(client.get("/sw.js", headers={"Accept-Language": language}).text, "OFFLINE")
    assert f'<html lang="{language}">' in page
    assert words in page
    assert 'href="#way"' in page  # where the worker inserts the link to the person's own application
    assert "Marisol" not in page
    assert "csrf" not in page


def test_another_language_makes_another_worker_with_the_same_files(client):
    english, spanish = (client.get("/sw.js", headers={"Accept-Language": each}).text for each in ("en", "es"))
    assert english != spanish
    assert constant(english, "VERSION") == constant(spanish, "VERSION")


# --- What the pages of the form weigh ------------------------------------------------------------------


def read(name: str) -> str:
    return Path(finders.find(name)).read_text()


def weight(path: str) -> int:
    """Compressed bytes of a static file, as it is served."""
    if path in static_files.JOINED:
        return len(brotli.compress(static_files.one_script(static_files.JOINED[path], read).encode()))
    source = Path(finders.find(path)).read_bytes()
    if static_files.SCRIPT.fullmatch(path):
        source = jsmin(source.decode()).encode()
    elif path == static_files.SHEET:
        source = static_files.one_sheet(read).encode()
    return len(source) if path.endswith(".woff2") else len(brotli.compress(source))


def first_visit(page: str) -> tuple[int, int]:
    """The weight of the page itself, and together with everything it links."""
    names = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page))
    later = set(" ".join(re.findall(r'<meta name="scripts" content="([^"]+)">', page)).split())
    parts = set(static_files.served(offline.SCRIPTS))
    names |= {address.removeprefix("/static/") for address in later - parts}
    if later & parts:
        names |= {offline.SCRIPTS}
    own = len(gzip.compress(page.encode(), 6))
    return own, own + sum(map(weight, names))


def test_each_page_around_the_form_is_light(db, client, sign_in, django_capture_on_commit_callbacks):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    student, cycle = sign_in(application.student), application.cycle
    pages = {
        "cycle": client.get(cycle.get_absolute_url()),
        "can I apply": client.get(reverse("applications:cycle-eligibility", args=[cycle.code])),
    }
    for name in ("overview", "check", "elsewhere", "withdraw"):
        pages[name] = student.get(reverse(f"applications:application-{name}", args=[application.code]))
    with django_capture_on_commit_callbacks(execute=True):
        submit(application, by=application.student)
    for name in ("receipt", "detail"):
        pages[name] = student.get(reverse(f"applications:application-{name}", args=[application.code]))
    link = Recommendation.objects.get(application=application).link
    pages["letter"] = client.get(reverse("applications:recommendation-write", args=[link]))

    for name, page in pages.items():
        assert page.status_code == 200, name
        own, all_of_it = first_visit(page.text)
        assert own <= 8 * KB, name
        assert all_of_it <= 40 * KB, name


def test_each_page_of_the_form_is_light(db, sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    client = sign_in(application.student)
    for section in application.form.sections.all():
        page = client.get(f"/applications/{application.code}/form/{section.key}/").content
        names = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page.decode()))
        later = " ".join(re.findall(r'<meta name="scripts" content="([^"]+)">', page.decode())).split()
        assert later == ["/static/exchange/js/app.js", *static_files.served(offline.SCRIPTS)]
        names |= {"exchange/js/app.js", offline.SCRIPTS}
        assert len(names) == 4, section.key  # the style sheet, the font, two scripts: each costs a round trip
        own, all_of_it = first_visit(page.decode())
        assert own <= 8 * KB, section.key
        assert all_of_it <= 40 * KB, section.key
