"""Days and times as people read them: in the portal's own zone, also from a row that was read back in UTC."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import translation

from exchange import messages
from exchange.models import Event
from exchange.templatetags import ui
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts

# 11:47 in the evening of Thursday, December 3 in Los Angeles
LATE_EVENING = dt.datetime(2026, 12, 4, 7, 47, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("form", "english", "spanish"),
    [
        (ui.full_day, "Thursday, December 3", "jueves 3 de diciembre"),
        (ui.short_day, "Thu, Dec 3", "jue 3 de dic"),
        (ui.text_day, "December 3", "3 de diciembre"),
        (ui.day_year, "December 3, 2026", "3 de diciembre de 2026"),
        (ui.clock, "11:47 pm", "11:47 pm"),
    ],
)
def test_a_moment_is_shown_on_the_day_it_was_here(form, english, spanish):
    with translation.override("en"):
        assert form(LATE_EVENING) == english
    with translation.override("es"):
        assert form(LATE_EVENING) == spanish


@pytest.mark.parametrize("form", [ui.full_day, ui.short_day, ui.text_day, ui.day_year])
def test_a_plain_day_stays_that_day(form):
    assert form(dt.date(2026, 12, 3)) == form(LATE_EVENING)
    assert form(None) == ""


def test_a_deadline_names_its_zone():
    assert ui.deadline(LATE_EVENING) == "Thursday, December 3 at 11:47 pm, Los Angeles time"


def test_another_city_sets_its_zone(settings):
    settings.TIME_ZONE = "America/Mexico_City"
    assert ui.deadline(LATE_EVENING) == "Friday, December 4 at 1:47 am, Mexico City time"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "day"), [("en", "December 3"), ("es", "3 de diciembre")])
def test_a_message_about_a_row_that_was_read_back_names_the_right_day(language, day):
    application_facts()
    application = ApplicationFactory(submitted=True, student=UserFactory(by_phone=True, texts=True, language=language))
    event = Event.objects.create(action="t", target_model="t", target_id=1, at=LATE_EVENING)
    context = {"application": application, "received_at": Event.objects.get(pk=event.pk).at}

    with transaction.atomic():
        (text,) = messages.queue("applications/application_received", to=application.student, context=context)

    assert day in text.body
