"""The title of a page that shows an error says so first. No page has to do anything for it: base.html does."""

import pytest
from django.conf import settings
from django.template import Context, Engine, Template
from django.utils import translation

from exchange.web.views.styleguide import SampleForm

TEMPLATES = settings.BASE_DIR / "templates"
PAGE = """{% extends "base.html" %}{% block title %}Your story{% endblock %}{% block main %}
{% include "components/error_summary.html" with form=telling errors=errors only %}
{% include "components/field.html" with field=form.email only %}
<p class="ex-field__error" data-refused role="status" hidden></p>
{% endblock %}"""
SIGN_IN = """{% extends "allauth/layouts/entrance.html" %}{% block head_title %}Sign in{% endblock %}
{% block content %}{% include "components/error_summary.html" with form=telling only %}{% endblock %}"""
SITE = "Mayor’s Young Ambassadors"
WRONG = SampleForm({"story": "Three little words", "email": "not an address"})


def title(text: str, **given: object) -> str:
    page = Template(text, engine=Engine.get_default()).render(Context(given))
    return " ".join(page.partition("<title>")[2].partition("</title>")[0].split())


@pytest.mark.parametrize(
    ("page", "given", "expected"),
    [
        (PAGE, {"form": SampleForm()}, f"Your story · {SITE}"),
        (PAGE, {"form": SampleForm(), "telling": SampleForm()}, f"Your story · {SITE}"),
        (PAGE, {"form": SampleForm(), "telling": WRONG}, f"Error: Your story · {SITE}"),
        (PAGE, {"form": SampleForm(), "errors": [("id", "Enter a date.")]}, f"Error: Your story · {SITE}"),
        (PAGE, {"form": WRONG}, f"Error: Your story · {SITE}"),  # beside the field only
        (SIGN_IN, {}, f"Sign in · {SITE}"),
        (SIGN_IN, {"telling": WRONG}, f"Error: Sign in · {SITE}"),
    ],
)
def test_a_title_says_that_something_is_wrong(page, given, expected):
    assert title(page, **given) == expected


def test_it_says_so_in_the_readers_language():
    with translation.override("es"):
        assert title(PAGE, form=WRONG).startswith("Error: Your story")


def test_typed_text_cannot_change_the_title():
    typed = SampleForm({"story": "a", "email": '<p class="ex-error-summary"><title>'})
    typed.full_clean()
    typed.errors.clear()

    assert title(PAGE, form=typed) == f"Your story · {SITE}"


def test_every_page_with_an_error_summary_is_inside_the_frame_that_marks_titles():
    """Whichever template shows a summary extends base.html, or is part of a page that does."""
    extended = {path for path in TEMPLATES.rglob("*.html") if "{% extends" in path.read_text()}
    pages = [path for path in extended if "components/error_summary.html" in path.read_text()]

    assert len(pages) > 60
    for path in pages:
        text = path.read_text()
        while "{% extends" in text:
            parent = text.partition('{% extends "')[2].partition('"')[0]
            text = (TEMPLATES / parent).read_text()
        assert "{% with_error_title %}" in text, path
