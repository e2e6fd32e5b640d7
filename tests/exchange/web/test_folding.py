"""The constant parts of a template are rendered once per language; a part that could change stays a tag."""

import pytest
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, set_script_prefix
from django.utils.translation import override

from exchange.web.folding import Loader

LOAD = "{% load i18n static lucide %}"


@pytest.fixture
def read():
    """`read(text)` returns the template as the loader caches it; `name` decides whether it is a page."""

    def read(text: str, name: str = "page.html"):
        files = {name: LOAD + text}
        return Loader(Engine.get_default(), [("django.template.loaders.locmem.Loader", files)]).get_template(name)

    return read


def source(template) -> str:
    return template.source.removeprefix(LOAD)


@pytest.mark.parametrize(
    "text",
    [
        '{% translate "Sign out" %}',
        "{% translate 'Sign out' %}",
        "{% blocktranslate trimmed %}\n  Sign out\n{% endblocktranslate %}",
    ],
)
def test_words_are_written_out_in_the_language_of_the_moment(read, text):
    assert source(read(text)) == "Sign out"
    with override("es"):
        assert source(read(text)) == "Cerrar sesión"


@pytest.mark.parametrize(
    "text", ['{% static "exchange/css/app.css" %}', "{% url 'home' %}", '{% lucide "globe" size=24 %}']
)
def test_addresses_and_icons_are_written_out(read, text):
    plain = Engine.get_default().from_string(LOAD + text).render(Context())

    assert source(read(text)) == plain
    assert "{%" not in plain


@pytest.mark.parametrize(
    "text",
    [
        "{% translate word %}",
        '{% translate "Sign out" as label %}',
        '{% translate "Later" context "put off" %}',
        '{% url "applications:application-check" application.code %}',
        "{% lucide icon size=20 %}",
        "{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}",
        "{% blocktranslate count n=n %}one{% plural %}many{% endblocktranslate %}",
    ],
)
def test_what_depends_on_anything_stays_a_tag(read, text):
    assert source(read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        '{% language "es" %}{% translate "Sign out" %}{% endlanguage %}',
        '{% verbatim %}{% translate "Sign out" %}{% endverbatim %}',
    ],
)
def test_a_template_that_changes_the_language_or_shows_tags_is_left_alone(read, text):
    assert source(read(text)) == text


def test_a_message_is_left_alone(read):
    """Messages are rendered rarely, and their templates change the language and the escaping."""
    text = '{% translate "Sign out" %}'
    assert source(read(text, "letter.txt")) == text


def test_an_address_that_is_nowhere_is_told_only_where_somebody_goes(read):
    page = read("{% if here %}{% url 'no-such-page' %}{% endif %}")

    assert page.render(Context({"here": False})) == ""
    with pytest.raises(NoReverseMatch):
        page.render(Context({"here": True}))


def test_another_path_prefix_has_templates_of_its_own():
    files = {"page.html": "{% url 'home' %}"}
    loader = Loader(Engine.get_default(), [("django.template.loaders.locmem.Loader", files)])
    try:
        set_script_prefix("/portal/")
        below = loader.get_template("page.html").source
    finally:
        set_script_prefix("/")

    assert (below, loader.get_template("page.html").source) == ("/portal/", "/")


def test_one_process_shows_each_visitor_their_language():
    pages = {}
    for language in ("en", "es", "en"):
        with override(language):
            pages.setdefault(language, []).append(render_to_string("404.html"))

    assert "Need help?" in pages["en"][0] and pages["en"][0] == pages["en"][1]
    assert "¿Necesitas ayuda?" in pages["es"][0]
