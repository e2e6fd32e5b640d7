"""A student's city ranking has a line below which they would rather stay home."""

import pytest
from django.urls import reverse

from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db


def section(application, key):
    return reverse("applications:application-section", kwargs={"code": application.code, "section": key})


def test_a_student_draws_the_line_below_which_they_would_rather_stay_home(sign_in):
    cycle = CycleFactory(ready=True)
    application = ApplicationFactory(cycle=cycle, answered=True)
    first, second, third = cycle.cities.order_by("code")
    client, page = sign_in(application.student), section(application, "cities")
    assert "won’t help you" in client.get(page).content.decode()

    client.post(
        page,
        {"cities_1": second.code, "cities_2": first.code, "cities_3": third.code, "cities_line": "2"},
    )

    assert [line.city for line in application.city_preferences.all()] == [second, first, None, third]
    shown = client.get(page).content.decode()
    assert '<option value="2" selected>Yes, I wouldn’t go to any city after choice 2' in shown
    check = client.get(reverse("applications:application-check", kwargs={"code": application.code})).content.decode()
    assert "— I’d rather stay home" in check

    client.post(page, {"cities_1": second.code, "cities_2": first.code, "cities_line": ""})
    assert [line.city for line in application.city_preferences.all()] == [second, first]


def test_a_line_above_everything_is_no_answer(sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    application.city_preferences.all().delete()
    sign_in(application.student).post(section(application, "cities"), {"cities_1": "", "cities_line": "1"})
    assert not application.city_preferences.exists()
