"""What the browser keeps for times without a connection, as far as the server decides it."""

import gzip
import json
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from exchange import static_files
from exchange.views import offline
from tests.factories_applications import ApplicationFactory, CycleFactory

KB = 1024


def constant(script: str, name: str):
    """What the script's head gives this name."""
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


@pytest.mark.parametrize(("language", "words"), [("en", "You have no connection"), ("es", "")])
def test_its_offline_page_is_of_nobody_and_in_the_language_of_the_browser(db, sign_in, language, words):
    application = ApplicationFactory(student__full_name="Marisol Reyes Ortega")
    client: Client = sign_in(application.student)
    page = constant(client.get("/sw.js", headers={"Accept-Language": language}).text, "OFFLINE")
    assert f'<html lang="{language}">' in page
    assert words in page
    assert 'href="#way"' in page  # where the worker puts the person's own application
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
        source = static_files.lean_script(source.decode()).encode()
    elif path == static_files.SHEET:
        source = static_files.one_sheet(read).encode()
    return len(source) if path.endswith(".woff2") else len(brotli.compress(source))


def test_each_page_of_the_form_is_light(db, sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    client = sign_in(application.student)
    for section in application.form.sections.all():
        page = client.get(f"/applications/{application.code}/form/{section.key}/").content
        names = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page.decode()))
        scripts = re.search(r'<meta name="scripts" content="([^"]+)">', page.decode())[1].split()
        assert scripts == static_files.served(offline.SCRIPTS)
        names |= {offline.SCRIPTS}
        assert len(names) == 4, section.key  # the sheet, the font, two scripts: each costs a round trip
        own = len(gzip.compress(page, 6))
        assert own <= 8 * KB, section.key
        assert own + sum(map(weight, names)) <= 40 * KB, section.key
