"""The title of a page whose form came back with errors says so first; only base.html knows how."""

from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context, Engine, Template

from exchange.web.views.styleguide import SampleForm

TEMPLATES = settings.BASE_DIR / "templates"
PAGE = '{% extends "base.html" %}{% block title %}{{ block.super }}Your story{% endblock %}'
UNTOLD = '{% extends "base.html" %}{% block title %}Your story{% endblock %}'
ELSEWHERE = """{% extends "base.html" %}{% block title %}
  {% with has_errors=rows.total_error_count %}{{ block.super }}{% endwith %}
  Your story
{% endblock %}"""
SIGN_IN = '{% extends "allauth/layouts/entrance.html" %}{% block head_title %}Sign in{% endblock %}'
WRONG = SampleForm({"story": "Three little words", "email": "not an address"})


def title(text: str, **given: object) -> str:
    page = Template(text, engine=Engine.get_default()).render(Context(given))
    return " ".join(page.partition("<title>")[2].partition("</title>")[0].split())


@pytest.mark.parametrize(
    ("page", "given", "expected"),
    [
        (PAGE, {}, "Your story · Mayor’s Young Ambassadors"),
        (PAGE, {"form": SampleForm()}, "Your story · Mayor’s Young Ambassadors"),
        (PAGE, {"form": WRONG}, "Error: Your story · Mayor’s Young Ambassadors"),
        (UNTOLD, {"form": WRONG}, "Your story · Mayor’s Young Ambassadors"),
        (ELSEWHERE, {"rows": SimpleNamespace(total_error_count=0)}, "Your story · Mayor’s Young Ambassadors"),
        (ELSEWHERE, {"rows": SimpleNamespace(total_error_count=2)}, "Error: Your story · Mayor’s Young Ambassadors"),
        (ELSEWHERE, {"form": WRONG}, "Error: Your story · Mayor’s Young Ambassadors"),
        (SIGN_IN, {}, "Sign in · Mayor’s Young Ambassadors"),
        (SIGN_IN, {"form": WRONG}, "Error: Sign in · Mayor’s Young Ambassadors"),
    ],
)
def test_a_title_says_that_something_is_wrong(page, given, expected):
    assert title(page, **given) == expected


def test_no_page_writes_the_word_itself():
    found = [path for path in sorted(TEMPLATES.rglob("*.html")) if '"Error:"' in path.read_text()]
    assert found == [TEMPLATES / "base.html"]
