"""Dates and times as people read them: in the portal's time zone, also when a row was read back in UTC."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import transaction
from django.forms import Select, SelectMultiple
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.template import Context, Template
from django.template.defaultfilters import floatformat
from django.templatetags import i18n, l10n, static, tz
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from applications.models import Application
from exchange.base import home
from exchange.messages import outbox
from exchange.models import HomeCity
from exchange.templatetags import ui
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts

# 11:47 pm on Thursday, December 3 in Los Angeles
LATE_EVENING = dt.datetime(2026, 12, 4, 7, 47, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("form", "english", "spanish"),
    [
        (ui.full_day, "Thursday, December 3", "jueves 3 de diciembre"),
        (ui.short_day, "Thu, Dec 3", "jue 3 de dic"),
        (ui.text_day, "Thu, Dec 3", "3 de diciembre"),
        (ui.day_year, "December 3, 2026", "3 de diciembre de 2026"),
        (ui.clock, "11:47 pm", "11:47 pm"),
    ],
)
def test_a_moment_is_shown_on_the_day_it_was_here(form, english, spanish):
    with translation.override("en"):
        assert form(LATE_EVENING) == english
    with translation.override("es"):
        assert form(LATE_EVENING) == spanish


def test_a_day_of_another_year_says_which():
    today = timezone.localdate()
    assert ui.told_day(today) == ui.full_day(today)
    assert ui.told_day(dt.date(2020, 12, 5)) == "Saturday, December 5, 2020"
    with translation.override("es"):
        assert ui.told_day(dt.date(2020, 12, 5)) == "sábado 5 de diciembre de 2020"


@pytest.mark.parametrize("form", [ui.told_day, ui.full_day, ui.short_day, ui.text_day, ui.day_year])
def test_a_plain_day_stays_that_day(form):
    assert form(dt.date(2026, 12, 3)) == form(LATE_EVENING)
    assert form(None) == ""


@pytest.mark.parametrize(
    ("first", "last", "english", "spanish"),
    [
        ((2027, 4, 4), (2027, 4, 14), "April 4–14, 2027", "del 4 al 14 de abril de 2027"),
        ((2027, 3, 28), (2027, 4, 7), "March 28 to April 7, 2027", "del 28 de marzo al 7 de abril de 2027"),
        (
            (2026, 12, 28),
            (2027, 1, 7),
            "December 28, 2026 to January 7, 2027",
            "del 28 de diciembre de 2026 al 7 de enero de 2027",
        ),
    ],
)
def test_two_days_are_one_range_without_the_month_or_year_twice(first, last, english, spanish):
    with translation.override("en"):
        assert ui.until(dt.date(*first), dt.date(*last)) == english
    with translation.override("es"):
        assert ui.until(dt.date(*first), dt.date(*last)) == spanish


def test_what_is_over_is_not_ahead():
    today, now, hour = timezone.localdate(), timezone.now(), dt.timedelta(hours=1)
    assert (ui.ahead(today), ui.ahead(now + hour)) == (today, now + hour)
    assert [ui.ahead(over) for over in (today - dt.timedelta(days=1), now - hour, None)] == [None] * 3


def test_a_deadline_names_its_zone():
    assert ui.deadline(LATE_EVENING) == "Thursday, December 3 at 11:47 pm, Los Angeles time"


def test_another_city_has_its_own_zone():
    home.keep(HomeCity(city_en="Mexico City", city_es="Ciudad de México", time_zone="America/Mexico_City"))
    assert ui.deadline(LATE_EVENING) == "Friday, December 4 at 1:47 am, Mexico City time"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "day"), [("en", "Thu, Dec 3"), ("es", "3 de diciembre")])
def test_a_message_about_a_row_that_was_read_back_names_the_right_day(language, day):
    application_facts()
    student = UserFactory(by_phone=True, texts=True, language=language)
    sent = ApplicationFactory(submitted=True, submitted_at=LATE_EVENING, student=student)
    application = Application.objects.get(pk=sent.pk)
    context = {"application": application}

    with transaction.atomic():
        (text,) = outbox.queue("applications/application_received", to=application.student, context=context)

    assert day in text.body


def test_a_language_is_named_in_the_language_of_the_page():
    shown = Template("{% load i18n %}{{ 'es'|language_here }} {{ 'en'|language_here }}{{ ''|language_here }}")
    for language, names in (("en", "Spanish English"), ("es", "español inglés")):
        with translation.override(language):
            assert shown.render(Context()) == names


def test_no_filter_of_ours_has_a_name_that_a_library_of_django_takes_back():
    theirs = {*i18n.register.filters, *l10n.register.filters, *tz.register.filters, *static.register.filters}
    assert not theirs & set(ui.register.filters)


# --- Cached snippets for many rows --------------------------------------------------------------------


def test_a_part_is_what_its_component_shows_and_text_stays_text():
    shown = Template('{% part "status_tag" label=label tone="good" %}')
    included = Template('{% include "components/status_tag.html" with label=label tone="good" only %}')
    for label in ("read", "<b>read</b>", mark_safe("<b>read</b>"), "<b>read</b>", gettext_lazy("read"), 3):
        context = Context({"label": label})
        assert shown.render(context) == included.render(context).strip()


def test_a_part_speaks_the_language_of_the_page():
    shown = Template('{% part "status_tag" label=label %}')
    for language, word in (("en", "Yes"), ("es", "Sí"), ("en", "Yes")):
        with translation.override(language):
            assert f">{word}<" in shown.render(Context({"label": gettext_lazy("Yes")}))


def test_one_place_rounds_as_the_language_writes():
    with translation.override("en"):
        assert [ui.one_place(each) for each in (None, 12, Decimal("3.25"), 7.04)] == ["", "12.0", "3.3", "7.0"]
    with translation.override("es"):
        assert ui.one_place(Decimal("3.25")) == floatformat(Decimal("3.25"), 1)


@pytest.mark.parametrize("chosen", ["", "b", "<c>", None])
def test_a_choice_is_written_as_django_writes_it(chosen):
    choices = [("", "—"), ("b", "B & co"), ("Group", [("<c>", "<i>C</i>"), (4, "four")])]
    for widget in (Select(choices=choices, attrs={"id": "x", "required": True}), SelectMultiple(choices=choices)):
        value = [chosen] if widget.allow_multiple_selected else chosen
        shown = [widget.render("kind", value, renderer=each) for each in (get_default_renderer(), DjangoTemplates())]
        ours, django = (re.sub(r"\s+", " ", each).strip() for each in shown)
        assert ours == django


@pytest.mark.parametrize(
    "attrs",
    [
        {},
        {"id": "id_words", "rows": 8, "maxlength": 4000, "required": True, "disabled": False, "title": None},
        {
            "data-a": '"><script>',
            "b<": "&",
            "c": mark_safe("&amp;"),
            "d": gettext_lazy("Sign out"),
            "e": Decimal("1.50"),
        },
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_attributes_of_a_widget_read_as_django_writes_them(attrs, language):
    with translation.override(language):
        own = DjangoTemplates().render("django/forms/widgets/attrs.html", {"widget": {"attrs": attrs}})
        assert get_default_renderer().render("django/forms/widgets/attrs.html", {"widget": {"attrs": attrs}}) == own


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+12135550142", "+1 213-555-0142"), ("+525555550142", "+52 55 5555 0142"), ("no number", "no number")],
)
def test_a_number_is_shown_with_its_country(number, shown):
    assert ui.phone(number) == shown


@pytest.mark.parametrize("hour", range(24))
def test_a_time_has_its_own_article_in_spanish(hour):
    at = dt.datetime(2027, 6, 16, hour, 5, tzinfo=timezone.get_default_timezone())
    text = ui.clock(at)
    with translation.override("es"):
        assert ui.the_time(text) == f"{'la' if hour in (1, 13) else 'las'} {text}"
        assert f" a {ui.the_time(text)}, hora de " in ui.deadline(at)
    assert ui.the_time(text) == text
    assert f" at {text}, " in ui.deadline(at)
