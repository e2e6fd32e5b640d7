"""The form's page accepts a typed month in a date. How dates are parsed: test_application_forms.py."""

import pytest
from django.urls import reverse

from tests.applications.saving import page_fields
from tests.factories_applications import ApplicationFactory

pytestmark = pytest.mark.django_db


def at(name, application, **more):
    return reverse(f"applications:application-{name}", kwargs={"code": application.code, **more})


def section(application, key):
    return at("section", application, section=key)


@pytest.mark.parametrize(
    ("typed", "kept", "shown"), [("mar", "2005-03-09", "March"), ("ma", "ma/9/2005", "ma"), ("", "/9/2005", "")]
)
def test_month_is_typed_and_what_cannot_be_read_stays_as_typed(sign_in, typed, kept, shown):
    application = ApplicationFactory(answered=True)
    client, page = sign_in(application.student), section(application, "about")
    day = {"date_of_birth_month": typed, "date_of_birth_day": "9", "date_of_birth_year": "2005"}
    client.post(page, page_fields(client, application, "about") | day)
    assert application.answers.get(question__key="date_of_birth").value == kept
    form = client.get(page).context["form"]
    assert (form["date_of_birth_month"].value(), form["date_of_birth_day"].value()) == (shown, "9")
    assert ("the month" in client.get(at("check", application)).text) == (shown != "March")
