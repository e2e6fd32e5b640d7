"""The passport questions on a phone: to answers that contradict each other, and to a personal list of papers."""

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.templatetags.ui import short_day
from tests.factories_travel import EntryRuleFactory, PlacementFactory, born_on, checklist_steps, in_days
from tests.journeys.phone import Phones
from travel.models import PassportCase, TravelAnswers
from travel.prepare.checklist import actions as checklist

pytestmark = pytest.mark.browser


@pytest.fixture
def application(transactional_db):
    call_command("load_reference", verbosity=0)
    placement = PlacementFactory(trip__leaves_in=300)
    EntryRuleFactory(city=placement.trip.city)
    checklist_steps(placement.trip.cycle)
    checklist.open_for(placement, by=placement.placed_by)
    born_on(placement.application, "2005-03-09")
    return placement.application


@pytest.mark.parametrize(
    ("language", "script"),
    [("en", True), pytest.param("es", True, marks=pytest.mark.core), ("en", False), ("es", False)],
    ids=["en", "es", "en, no script", "es, no script"],
)
def test_from_the_questions_to_the_papers_on_a_phone(browser, live_server, application, language, script):
    with Phones(browser, live_server.url, language) as phones, translation.override(language):
        student = phones.open(application.student, script=script)
        page = f"/passports/{application.code}/"
        student.go(f"{page}questions/").send(travel_on="us_have").send(where="here").send(kind="card")
        for answer in (
            {"name": "same"},
            {"printed_wrong": "no"},
            {"issued_on": in_days(-200).isoformat()},
            {"issued_as_adult": "no"},
        ):
            student.send(**answer)

        # the answers and the date of birth are shown side by side, and none is chosen
        assert _("These answers can’t all be right") in student.text()
        assert PassportCase.objects.get().route == PassportCase.Route.UNKNOWN
        student.leave(student.page.locator('button[value="change:issued_as_adult"]'))
        student.send(issued_as_adult="yes")
        assert PassportCase.objects.get().route == PassportCase.Route.DS82

        student.go(f"{page}questions/").leave(student.page.locator('button[value="change:travel_on"]'))
        student.send(travel_on="us_lost").send(born="in_us").send(papers=["informational", "souvenir"])
        student.send(photo_id="student_only")

        assert student.path == page
        assert PassportCase.objects.get().route == PassportCase.Route.LOST
        case = PassportCase.objects.get()
        text = student.text()
        assert _("Report your lost passport and order your birth certificate") in text
        assert short_day(case.order_certificate_by) in text
        assert short_day(case.last_safe_on) in text
        shown = student.page.locator(".ex-paper__picture")
        drawings = [picture.get_attribute("src").split("/")[-1].split(".")[0] for picture in shown.all()]
        assert drawings[:3] == ["certificate-certified", "certificate-informational", "certificate-souvenir"]
        assert all(picture.get_attribute("alt") for picture in shown.all())
        student.go("/passports/what-can-stop/")
    assert TravelAnswers.objects.count() == 1
