"""Before and after an application: "Can I apply?" without an account, and next year with last year's answers."""

import datetime as dt
import time
import zipfile

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from applications.base import answers
from applications.models import Application, Recommendation
from exchange.models import College
from exchange.web import proofs
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle
from tests.signing import code_for

pytestmark = pytest.mark.browser
FINE = {
    "college": "lacc",
    "date_of_birth_month": "3",
    "date_of_birth_day": "9",
    "date_of_birth_year": "2000",
    "units": "12",
    "good_standing": "yes",
    "free_for_trip": "yes",
}


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_a_visitor_asks_whether_to_apply_and_begins(browser, live_server, transactional_db, language, scheme):
    cycle = open_cycle()
    ruth = UserFactory(full_name="Ruth Delgado", email="ruth@example.edu")
    College.objects.filter(code="lacc").update(named_advisor=ruth)
    with Phones(browser, live_server.url, language, scheme) as phones:
        visitor = phones.open()
        visitor.go("/").follow('$="/can-i-apply/"')
        visitor.send('form[action$="/can-i-apply/"]', **{**FINE, "units": "3"})
        with_units = cycle.rules.get(key="units")
        assert getattr(with_units, f"change_{language}") in visitor.text()
        assert "Ruth Delgado" in visitor.text()
        assert visitor.page.locator('a[href*="/questions/new/?cycle="]').count() == 1
        visitor.send('form[action$="/can-i-apply/"]', units="12")
        assert not visitor.page.locator('a[href*="/questions/new/"]').count()
        visitor.leave(visitor.page.locator('form[action$="/start/"] button'))
        assert visitor.view == "applications:application-overview"
    assert not Application.objects.get().answers.exists()  # no answer given there was stored


def last_year(student):
    cycle = CycleFactory(ready=True, opens_at=timezone.now() - dt.timedelta(days=400), closed=False)
    cycle.closes_at = timezone.now() - dt.timedelta(days=350)
    cycle.save()
    application = ApplicationFactory(
        cycle=cycle,
        student=student,
        not_selected=True,
        answered=True,
        college=College.objects.get(code="lacc"),
        answered__phone="213 555 0134",
    )
    return application


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_next_year_begins_with_last_years_answers(browser, live_server, transactional_db, script):
    cycle = open_cycle()
    student = UserFactory(full_name="", preferred_name="", email="marisol@example.edu")
    earlier = last_year(student)
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(student, script=script)
        phone.go("/journey/")
        phone.leave(phone.page.locator('form[action$="/carry/"] button'))
        assert phone.view == "applications:application-overview"
        application = Application.objects.get(cycle=cycle)
        assert application.carried_from == earlier

        phone.go(f"/applications/{application.code}/form/college/")
        assert phone.page.get_by_text("from an earlier application", exact=True).count() == 4
        phone.send(units="9")  # one answer changes; continuing confirms the others
        phone.go(f"/applications/{application.code}/form/college/")
        assert phone.page.get_by_text("from an earlier application", exact=True).count() == 0
        assert phone.page.locator("[name=units]").input_value() == "9"

        phone.go(f"/applications/{application.code}/form/cities/").send(cities_1="hanoi")
        phone.go(f"/applications/{application.code}/check/")
        assert not phone.page.locator('form[action$="/submit/"]').count()
        while (still_true := phone.page.locator('form[action$="/still-true/"] button')).count():
            phone.leave(still_true)
        phone.send('form[action$="/submit/"]')
        assert phone.view == "applications:application-receipt"
    application.refresh_from_db()
    found = answers.by_key(answers.parts_of(application))
    assert found["major"].value == "Nursing"
    assert found["units"].value == 9
    letter = Recommendation.objects.get(application=application)
    assert (letter.letter, letter.referee_name) == ("", "Dr. Lena Whitcomb")


def test_a_student_takes_everything_along(browser, live_server, transactional_db, tmp_path):
    open_cycle()
    student = UserFactory(full_name="Marisol Reyes")
    last_year(student)
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(student)
        key = next(each["value"] for each in phone.page.context.cookies() if each["name"] == "sessionid")
        session = SessionStore(key)
        session[proofs.SIGNED_IN_AT] = time.time() - 16 * 60
        session.save()
        phone.go("/account/").follow('$="/my-data/"')
        phone.leave(phone.page.locator("main form button", has_text="Download"))
        assert phone.view == "account_reauthenticate"  # the sign-in was too long ago
        phone.leave(phone.page.locator('main button[value="email"]'))
        phone.send(code=code_for(student.email))
        with phone.page.expect_download() as download:
            phone.page.locator("main a", has_text=".zip").click()
        with zipfile.ZipFile(download.value.path()) as bundle:
            bundle.extractall(tmp_path)
        phone.page.goto((tmp_path / "index.html").as_uri())
        phone.look()
        assert "Nursing" in phone.text()
