"""The `table` tag: a column names itself once, in the head and, for phones, in each of its cells."""

import re

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.translation import override

TRIP = {"city": "Nagoya", "seats": 12}


def shown(text: str, **given: object) -> str:
    html = " ".join(Template(text).render(Context(given)).split())
    return re.sub(r"\s*(</?(?:div|table|caption|thead|tbody|tr|th|td)\b[^>]*>)\s*", r"\1", html).strip()


def test_a_column_names_itself_in_the_head_and_in_each_cell():
    text = """
    {% table trip in trips label="Trips" %}
      {% column "City" heading %}<a href="/t/">{{ trip.city }}</a>{% endcolumn %}
      {% column "Seats" number short %}{{ trip.seats }}{% endcolumn %}
    {% endtable %}"""
    assert shown(text, trips=[TRIP, {"city": "<Berlin>", "seats": 3}]) == (
        '<div class="ex-table-wrap" tabindex="0" role="region" aria-label="Trips"><table class="ex-table">'
        '<thead><tr><th scope="col">City</th><th scope="col" class="ex-table__number">Seats</th></tr></thead><tbody>'
        '<tr><th scope="row"><a href="/t/">Nagoya</a></th>'
        '<td class="ex-table__number ex-table__short" data-label="Seats">12</td></tr>'
        '<tr><th scope="row"><a href="/t/">&lt;Berlin&gt;</a></th>'
        '<td class="ex-table__number ex-table__short" data-label="Seats">3</td></tr>'
        "</tbody></table></div>"
    )


def test_rows_come_as_in_for():
    text = """
    {% table city, seats in trips %}
      {% with word=seats|add:1 %}
        {% column "City" %}{{ forloop.counter }}. {{ city }}{% endcolumn %}
        {% column "Seats" lang="en" %}{{ word }}{% endcolumn %}
      {% endwith %}
    {% endtable %}"""
    rows = shown(text, trips=[("Nagoya", 12), ("Berlin", 3)]).partition("<tbody>")[2]
    assert rows == (
        '<tr><td data-label="City">1. Nagoya</td><td lang="en" data-label="Seats">13</td></tr>'
        '<tr><td data-label="City">2. Berlin</td><td lang="en" data-label="Seats">4</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(("may_tick", "cells"), [(True, 2), (False, 1)])
def test_a_column_is_left_out_of_the_whole_table(may_tick, cells):
    text = """
    {% table trip in trips %}
      {% column "Tick" tick when=may_tick %}<input type="checkbox">{% endcolumn %}
      {% column "City" heading %}{{ trip.city }}{% endcolumn %}
    {% endtable %}"""
    html = shown(text, trips=[TRIP], may_tick=may_tick)
    assert html.count('scope="col"') == cells
    assert html.count('class="ex-table__tick"') == (2 if may_tick else 0)
    assert html.count("checkbox") == (1 if may_tick else 0)


def test_the_frame_says_what_it_is_given():
    text = """{% table trip in trips labelledby="on" whole=True id="take" figures=True caption="All" %}
      {% column name %}{{ trip.city }}{% endcolumn %}
    {% endtable %}"""
    html = shown(text, trips=[TRIP], name='5" & more')
    assert html.startswith(
        '<div class="ex-table-wrap ex-table-wrap--whole" tabindex="0" role="region" aria-labelledby="on" id="take">'
        '<table class="ex-table ex-table--figures"><caption class="ex-visually-hidden">All</caption>'
        '<thead><tr><th scope="col">5&quot; &amp; more</th></tr></thead>'
    )
    assert '<td data-label="5&quot; &amp; more">Nagoya</td>' in html


def test_a_heading_is_in_the_language_of_the_page():
    page = Template('{% table each in rows %}{% column _("Student") %}{{ each }}{% endcolumn %}{% endtable %}')
    for language, word in (("en", "Student"), ("es", "Estudiante"), ("en", "Student")):
        with override(language):
            html = page.render(Context({"rows": ["Ana"]}))
        assert f'<th scope="col">{word}</th>' in html
        assert f'<td data-label="{word}">' in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{% table %}{% endtable %}", "table row in rows"),
        ("{% table row in %}{% endtable %}", "table row in rows"),
        ("{% table row in rows wide %}{% endtable %}", "wide"),
        ('{% table row in rows %}{% column "A" wide %}{% endcolumn %}{% endtable %}', "wide"),
    ],
)
def test_a_slip_is_told_as_the_template_is_read(text, problem):
    with pytest.raises(TemplateSyntaxError, match=problem):
        Template(text)


def test_a_column_inside_an_if_would_shift_the_others_under_the_wrong_head():
    with pytest.raises(TemplateSyntaxError, match="when="):
        Template(
            "{% load tables %}{% table row in rows label='x' %}"
            "{% if row %}{% column 'A' %}1{% endcolumn %}{% endif %}{% endtable %}"
        )
