"""An advisor compares a passport with the plane ticket on a phone: a typo, then nearly the same, then agreed."""

import pytest
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import PassportCaseFactory, PlacementFactory, in_days, travel_facts
from tests.journeys.phone import SIZE, Phones
from travel.base.names import FullName
from travel.models import PassportCase, TicketName
from travel.passport.ticket_names import actions as ticket_name
from travel.states import PassportStage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme", "script"), [("en", "light", True), ("es", "dark", False)])
def test_the_name_is_compared_before_anything_is_bought(
    browser, live_server, transactional_db, language, scheme, script
):
    application_facts()
    travel_facts()
    placement = PlacementFactory(application__student__full_name="Marisol Reyes Ortega")
    seen = {"stage": PassportStage.CHECKED, "checked_at": timezone.now(), "expires_on": in_days(3000)}
    PassportCaseFactory(placement=placement, checked_by=placement.placed_by, **seen)
    office = UserFactory(coordinator=True, language=language)
    advisor = UserFactory(advisor=placement.application.college, full_name="Adaeze Okafor", language=language)
    ticket_name.write(placement, FullName("REYES", "MARSIOL"), by=office)
    with Phones(browser, live_server.url, language, scheme, SIZE) as phones:
        phone = phones.open(advisor, script=script)
        phone.go(f"/trips/{placement.trip.code}/names/").follow(f'$="/placements/{placement.code}/name/"')
        typed = {"surnames": "Reyes Ortega", "given": "Marisol"}
        form = phone.page.locator("form", has=phone.page.locator('[name="surnames"]'))
        compare = form.locator('button[type="submit"]').first

        def send():
            for name, value in typed.items():
                form.locator(f'[name="{name}"]').fill(value)
            compare.click()
            phone.look()

        send()  # the ticket has a typo
        assert phone.view == "travel:placement-name" and "MARISOL" in phone.text()
        ticket_name.write(placement, FullName("REYES", "MARISOL"), by=office)
        send()  # the page showed another name
        phone.go(f"/placements/{placement.code}/name/")
        send()
        assert form.locator('[name="surnames"]').input_value() == "Reyes Ortega"
        form.locator('[name="agree"]').click()
        phone.look()
        assert "AO" in phone.text()
    assert TicketName.objects.get().matched_by == advisor
    assert PassportCase.objects.get().stage == PassportStage.NAME_MATCHED
