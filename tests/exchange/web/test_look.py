"""The look, as far as a program can judge it: contrast, weight, no unknown class."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files import File
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory
from rjsmin import jsmin

from exchange.web import static_files
from exchange.web.views import errors, styleguide

ROOT = settings.BASE_DIR
STATIC = ROOT / "exchange" / "static"
CSS = STATIC / "exchange" / "css"
TEMPLATES = ROOT / "templates"
COMPONENTS = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))
PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if "emails" not in path.parts]
KB = 1024

TOKENS = (CSS / "tokens.css").read_text()
LIGHT_PART, DARK_PART = TOKENS.split("@media (prefers-color-scheme: dark)")
COLOR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
LIGHT = dict(COLOR.findall(LIGHT_PART))
SCHEMES = {"light": LIGHT, "dark": LIGHT | dict(COLOR.findall(DARK_PART))}
PAIR = re.compile(r"([\w-]+)/([\w-]+)")
TEXT_PAIRS, SHAPE_PAIRS = (PAIR.findall(part) for part in DARK_PART.split("/* Text pairs")[1].split("Shape pairs"))


def sheet() -> str:
    return static_files.one_sheet(lambda name: (STATIC / name).read_text())


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(scheme, text, ground):
    colors = SCHEMES[scheme]
    assert contrast(colors[text], colors[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shape_can_be_seen_on_its_ground(scheme, shape, ground):
    colors = SCHEMES[scheme]
    assert contrast(colors[shape], colors[ground]) >= 3


def test_each_text_colour_of_a_sheet_is_in_a_measured_pair():
    used = set(re.findall(r"(?<![\w-])color: var\(--([\w-]+)\)", sheet()))
    measured = {text for pair in (*TEXT_PAIRS, *SHAPE_PAIRS) for text in pair}
    fills_of_bars = {"wait-bar"}  # decoration: the number stands beside the bar
    assert used - measured - fills_of_bars == set()


def test_colours_are_written_in_the_tokens_only():
    """Except print, where everything is black on white, and the colours of charts in SVG."""
    for path in sorted(CSS.rglob("*.css")):
        if path.name in {"tokens.css", "print.css", "document.css"}:
            continue
        text = re.sub(r"\[[^\]]*\]|#0{3,4}\b", "", static_files.COMMENT.sub("", path.read_text()))
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", text) == [], path.name


def test_style_sheet_is_one_file_of_at_most_12_kb():
    text = sheet()
    assert "@import" not in text
    assert len(brotli.compress(text.encode())) <= 12 * KB


def script_weight(*names: str) -> int:
    """Bytes on the wire, as the scripts are served."""
    texts = [(STATIC / "exchange" / "js" / name).read_text() for name in names]
    lean = [text if "vendor" in name else jsmin(text) for name, text in zip(names, texts, strict=True)]
    return sum(len(brotli.compress(text.encode())) for text in lean)


def test_script_of_every_page_is_under_4_kb():
    assert script_weight("first.js", "app.js") < 4 * KB


HEADERS = 300  # bytes, of a file


def scripts_of_the_form() -> int:
    """Bytes as a phone gets them: the form's in one file, with the headers of both files."""
    form = static_files.one_script(
        static_files.JOINED["exchange/js/application.js"], lambda name: (STATIC / name).read_text()
    )
    return script_weight("first.js", "app.js") + len(brotli.compress(form.encode())) + 2 * HEADERS


def test_all_scripts_of_the_application_are_under_10_kb():
    assert scripts_of_the_form() <= 10_000
    assert script_weight("sw.js") <= 2 * KB  # fetched by the browser itself, after the page


def test_what_a_page_of_the_form_names_leaves_6_kb_for_the_page():
    """40 KB on the first visit. The heaviest page is measured in applications/apply/test_upload_pages.py."""
    font = (STATIC / "exchange/fonts/bricolage-grotesque-700.woff2").stat().st_size
    assert font + len(brotli.compress(sheet().encode())) + 2 * HEADERS + scripts_of_the_form() <= 34_000


def test_a_travelers_card_is_under_40_kb_on_the_first_visit():
    """All that the page names, compressed; the page itself is measured with a whole trip on it."""
    font = (STATIC / "exchange/fonts/bricolage-grotesque-700.woff2").stat().st_size
    sheets = sum(len(brotli.compress(text.encode())) for text in (sheet(), (CSS / "card.css").read_text()))
    assert font + sheets + script_weight("first.js", "app.js", "card.js", "card-line.js") <= 32 * KB
    # the guide and the packing list have scripts of their own in place of the line's
    assert font + sheets + script_weight("first.js", "app.js", "card.js", "packing.js") <= 32 * KB
    assert script_weight("card-worker.js") <= 1 * KB


def test_a_leaders_list_is_under_40_kb_on_the_first_visit():
    font = (STATIC / "exchange/fonts/bricolage-grotesque-700.woff2").stat().st_size
    sheets = sum(len(brotli.compress(text.encode())) for text in (sheet(), (CSS / "roster.css").read_text()))
    assert font + sheets <= 28 * KB
    assert script_weight("first.js", "app.js", "roster.js") <= 8 * KB
    assert script_weight("roster-worker.js") <= 1 * KB


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nosuch/"])
def test_the_policy_lets_one_script_run_that_is_in_the_page_and_no_other(client, db, path):
    page = client.get(path)
    inside = re.findall(r"<script(?![^>]*(?:\ssrc=|/json))[^>]*>(.*?)</script>", page.content.decode(), re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in inside]
    assert len(inside) == 1
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"].split() == ["'self'", *hashes]


def test_each_page_with_a_script_begins_with_the_first():
    for template in TEMPLATES.glob("**/*.html"):
        text = template.read_text()
        if "<html" in text and "<script" in text:
            assert 0 < text.find("{% first %}") < text.index("<script"), template.name


def test_joined_scripts_keep_apart():
    parts = {"exchange/js/one.js": "// One\n  go()", "exchange/js/vendor/two.js": "// kept\nstop()"}
    assert static_files.one_script(parts, parts.__getitem__) == "go()\n// kept\nstop()\n"


def test_browser_tests_run_the_scripts_as_they_are_served():
    served, written = (
        Path(finders.find("exchange/js/form.js")).read_text(),
        (STATIC / "exchange/js/form.js").read_text(),
    )
    assert served == jsmin(written) != written


def test_pages_name_the_joined_script_where_it_is_collected(monkeypatch):
    name = "exchange/js/application.js"
    assert static_files.served(name) == [f"/static/{part}" for part in static_files.JOINED[name]]
    monkeypatch.setattr(static_files.staticfiles_storage, "joins_scripts", True, raising=False)
    assert static_files.served(name) == [f"/static/{name}"]


def test_heading_font_is_small():
    assert (STATIC / "exchange" / "fonts" / "bricolage-grotesque-700.woff2").stat().st_size <= 14 * KB


def test_each_part_is_imported_once_and_exists():
    parts = [name for name, _, _ in static_files.IMPORT.findall((CSS / "app.css").read_text())]
    own_page = {
        "agenda.css",
        "annual-report.css",
        "app.css",
        "board.css",
        "card.css",
        "desk.css",
        "document.css",
        "door.css",
        "duties-paper.css",
        "impact.css",
        "list.css",
        "operations.css",
        "outbox.css",
        "panels.css",
        "photo.css",
        "rating.css",
        "roster.css",
        "setup.css",
        "today.css",
        "trip.css",
        "wording.css",
    }  # each is linked by some pages only
    files = {str(path.relative_to(CSS)) for path in CSS.rglob("*.css")} - own_page
    assert sorted(parts) == sorted(files)


def test_one_sheet_refuses_an_import_that_it_would_lose():
    with pytest.raises(ValueError, match="an import"):
        static_files.one_sheet(lambda name: '@import "tokens.css";')


def test_one_sheet_refuses_an_address_that_would_break():
    files = {
        "exchange/css/app.css": '@import url("components/x.css") layer(components);',
        "exchange/css/components/x.css": "a { background: url(y.svg) }",
    }
    with pytest.raises(ValueError, match=r"components/x\.css"):
        static_files.one_sheet(files.__getitem__)


def test_collected_sheet_is_joined_hashed_and_compressed(tmp_path):
    storage = static_files.OneSheetStaticFilesStorage(location=tmp_path, base_url="/static/")
    source = StaticFilesStorage(location=STATIC, base_url="/static/")
    paths = {}
    scripts = (STATIC / "exchange" / "js").rglob("*.js")
    for path in (*CSS.rglob("*.css"), *(STATIC / "exchange" / "fonts").iterdir(), *scripts):
        name = str(path.relative_to(STATIC))
        with path.open("rb") as file:
            storage._save(name, File(file))
        paths[name] = (source, name)

    failures = [error for _, _, error in storage.post_process(paths) if isinstance(error, Exception)]

    assert failures == []
    served = tmp_path / Path(storage.url(static_files.SHEET)).relative_to("/static")
    assert re.fullmatch(r"app\.[0-9a-f]{12}\.css", served.name)
    assert "@import" not in served.read_text()
    assert re.search(r"bricolage-grotesque-700\.[0-9a-f]{12}\.woff2", served.read_text())
    assert served.with_name(served.name + ".gz").exists()
    script = tmp_path / Path(storage.url("exchange/js/application.js")).relative_to("/static")
    assert "\n//" not in script.read_text()
    assert script.read_text() == static_files.one_script(
        static_files.JOINED["exchange/js/application.js"], lambda name: (STATIC / name).read_text()
    )
    assert script.with_name(script.name + ".br").exists()


def classes_used() -> tuple[set[str], set[str]]:
    """Complete class names in templates and scripts, and the prefixes of those that end in a variable."""
    text = "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    attributes = " ".join(re.findall(r'class="([^"]*)"', text))
    read = ("first.js", "app.js", "card.js", "list.js", "photo.js")
    script = "".join((STATIC / "exchange" / "js" / name).read_text() for name in read)
    names = re.findall(r"(?<![\w-])((?:ex|doc)-[\w-]+)(\{[{%])?", attributes + " " + script)
    return {name for name, variable in names if not variable}, {name for name, variable in names if variable}


def classes_styled() -> set[str]:
    text = "".join(static_files.COMMENT.sub("", path.read_text()) for path in CSS.rglob("*.css"))
    return set(re.findall(r"\.((?:ex|doc)-[\w-]+)", text))


def test_each_class_of_a_template_has_a_style():
    whole, _ = classes_used()
    # BEM blocks without a style of their own
    names_only = {"ex-progress", "ex-answer", "ex-stage-card__stage"}
    assert whole - classes_styled() - names_only == set()


def test_each_styled_class_is_used():
    whole, beginnings = classes_used()
    # available for pages: plain boxes, and parts of documents
    offered = {"ex-card", "ex-soft", "ex-prose", "ex-stack", "ex-grid", "ex-split", "ex-actions", "ex-cards"}
    offered |= {"doc-columns", "doc-figures", "doc-figure", "doc-figure__value", "doc-note"}
    unused = {
        name
        for name in classes_styled() - whole - offered
        if not any(name.startswith(beginning) for beginning in beginnings)
    }
    assert unused == set()


def test_pages_of_staff_keep_the_head_of_every_page():
    """Their way back is in the page: in the head it would take the place of half the links."""
    texts = {path.name: path.read_text() for path in PAGES}
    staff = {name for name, text in texts.items() if "{% block body_class %}staff{% endblock %}" in text}
    assert len(staff) > 100
    assert [name for name in sorted(staff) if "{% block back %}" in texts[name]] == []


def test_each_form_that_posts_has_its_token():
    form = re.compile(r"<form\b.*?</form>", re.DOTALL)
    without = [
        path.name
        for path in PAGES
        for text in form.findall(path.read_text())
        if 'method="post"' in text and "csrf" not in text
    ]
    assert without == ["offline.html"]  # the service worker copies a form's fields into it, including the token


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_says_what_it_takes(name):
    text = (TEMPLATES / "components" / f"{name}.html").read_text()
    assert text.startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_is_in_the_style_guide(name):
    if name == "paper_ticket":  # printed only
        return
    pages = "".join((TEMPLATES / path).read_text() for path in ("exchange/web/styleguide.html", "base.html"))
    parts = "".join(path.read_text() for path in (TEMPLATES / "components").glob("*.html"))
    assert f'"components/{name}.html"' in pages + parts or f"{{% {name} " in pages  # a tag is named as its template


@pytest.mark.parametrize("frame", [*styleguide.FRAMES, "nonsense"])
def test_style_guide_opens_in_each_frame(client, frame):
    page = client.get("/styleguide/", {"as": frame})
    assert page.status_code == 200
    expected = frame if frame in styleguide.FRAMES else "student"
    assert f"ex-body--{expected}" in page.text


def test_style_guide_does_not_exist_in_production(settings):
    settings.DEMO = False
    with pytest.raises(Http404):
        styleguide.styleguide(RequestFactory().get("/styleguide/"))


def test_missing_page_keeps_the_frame(client):
    page = client.get("/styleguide/no-such-page/")
    assert page.status_code in {302, 404}
    text = render_to_string("404.html", {}, request=page.wsgi_request)
    assert 'href="#main"' in text
    assert 'action="/language/"' in text
    assert '<html lang="en"' in text


def test_broken_page_needs_nothing_that_may_be_broken():
    text = (TEMPLATES / "500.html").read_text()
    assert "{%" not in text
    assert "{{" not in text
    assert "Something broke on our side" in text
    assert set(errors.TOLD) == set(re.findall(r"<!-- told .. -->", text))
    assert text.count('href="/contact/"') == 2  # in both languages
    assert 'lang="es"' in text


def test_rubric_marks_the_chosen_points_and_folds():
    context = {"criterion": "Purpose", "levels": styleguide.LEVELS, "name": "purpose"}
    empty = render_to_string("components/rubric.html", context)
    scored = render_to_string("components/rubric.html", {**context, "value": 4})
    assert " open>" in empty
    assert "checked" not in empty
    assert " open>" not in scored
    assert re.findall(r'value="(\d)" checked', scored) == ["4"]


def test_field_keeps_what_was_typed_and_says_what_is_wrong():
    form = styleguide.SampleForm({"story": "Three little words", "email": "not an address"})
    story = render_to_string("components/field.html", {"field": form["story"], "words_max": 250})
    email = render_to_string("components/field.html", {"field": form["email"]})
    summary = render_to_string("components/error_summary.html", {"form": form})
    assert "Three little words" in story
    assert "<span data-words>3</span> of 250 words" in story
    assert 'value="not an address"' in email
    assert 'for="id_email"' in email
    assert 'aria-describedby="id_email_error"' in email
    assert 'id="id_email_error"' in email
    assert 'href="#id_email"' in summary
    assert 'href="#id_passport_0"' in summary
