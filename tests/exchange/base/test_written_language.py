"""The language of what people wrote, by the portal's own sentences in both languages."""

import gettext

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from exchange.base.written_language import written_language

CATALOG = settings.BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.mo"
LONG = 60  # characters
SPANISH = "Cuando llegué a la ciudad no conocía a nadie, pero mi tía me ayudó con los papeles."
ENGLISH = "When I got there I didn't know anyone, but my aunt helped me with the papers."


def sentences():
    with CATALOG.open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    for message, translated in catalog.items():
        if isinstance(message, str) and len(message) >= LONG:
            yield "en", message
            yield "es", translated


def test_it_is_never_wrong_about_the_portals_own_sentences_and_seldom_unsure():
    found = [(code, written_language(text), text) for code, text in sentences()]

    assert len(found) > 3000
    assert [each for each in found if each[1] not in ("", each[0])] == []
    assert sum(not said for _code, said, _text in found) < len(found) / 10


@pytest.mark.parametrize(
    "text",
    ["", "Sí.", "No", "Osaka 2026", "日本に行きたいです。", "El Camino Real", "Je ne sais pas ce que je veux faire."],
)
def test_it_says_nothing_where_it_cannot_know(text):
    assert written_language(text) == ""


def test_both_languages_in_one_text_are_neither():
    assert written_language(f"{SPANISH} {ENGLISH}") == ""


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("en", SPANISH, '<p lang="es">'),
        ("es", ENGLISH, '<p lang="en">'),
        ("en", ENGLISH, "<p>"),
        ("es", SPANISH, "<p>"),
        ("en", None, "<p>"),
        ("en", [[(SPANISH, ""), ("", "name covered")]], '<p lang="es">'),
    ],
)
def test_a_text_is_marked_where_its_page_has_another_language(page, text, expected):
    with translation.override(page):
        assert Template("{% load ui %}<p{{ text|written }}>").render(Context({"text": text})) == expected
