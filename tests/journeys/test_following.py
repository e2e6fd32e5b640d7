"""A student signs on a phone, the college sends its file, the mayor's office reads what came of it beside those who
stayed: every page accessible, in both languages and schemes, and the office's by keyboard."""

import pytest
from django.urls import reverse

from exchange.models import Fact
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.journeys.phone import Phones
from tests.travel.outcomes_rows import agreed, cycle_home, follow_up_facts, publish, threshold, traveler, trip_home
from travel.models import FollowUpConsent, FollowUpImport
from travel.outcomes.following import actions, matching

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = 5


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_from_the_signature_to_the_comparison(browser, line, language, scheme):
    follow_up_facts()
    threshold(1)
    Fact.objects.filter(key="comparison.least").update(value=NUMBER)
    college = CollegeFactory(short_name="East", name="East College")
    trip = trip_home(cycle_home(2024), PartnerCityFactory(name_en="Hanoi"))
    went = [traveler(trip, college).application for _number in range(NUMBER)]
    form = trip.cycle.form_versions.get()
    stayed = ApplicationFactory.create_batch(
        NUMBER, cycle=trip.cycle, form=form, college=college, not_selected=True, reads_locked=2, score_mean=4
    )
    for each in (*went[1:], *stayed):
        agreed(each)
    advisor, director = UserFactory(advisor=college), UserFactory(director=True)
    with Phones(browser, line.site, language, scheme) as phones:
        own, staff, mayor = phones.open(went[0].student), phones.open(advisor), phones.open(director)
        own.go(reverse("travel:follow-up-own", args=[went[0].code]))
        own.send(typed_name="Ana Osei")
        assert FollowUpConsent.objects.in_force().count() == 2 * NUMBER

        actions.make_key(trip.cycle, college, by=advisor)
        said = ["yes,12,A,no,yes", "no,,,yes,no"]
        codes = [each.code for each in matching.listed(trip.cycle, college)]
        rows = [f"{code},{said[place % 2]}" for place, code in enumerate(codes)]
        content = "\n".join(["code,reenrolled,units,gpa_band,award,transferred", *rows]).encode()
        staff.go(reverse("travel:follow-up"))
        staff.page.locator('input[type="file"]').set_input_files(
            {"name": "east.csv", "mimeType": "text/csv", "buffer": content}
        )
        button = staff.page.locator('form:has(input[type="file"]) button[type="submit"]')
        button.focus()
        with staff.page.expect_navigation():
            staff.page.keyboard.press("Enter")
        staff.leave(staff.page.locator('form:has([name="rows"]) button[type="submit"]'))
        assert FollowUpImport.objects.get().rows == 2 * NUMBER

        publish()
        mayor.go(reverse("travel:outcomes"))
        assert "5" in mayor.page.locator("#followup-1-summer-2024").inner_text()
        words = {"en": "just below the line", "es": "justo debajo de la línea"}[language]
        assert words in mayor.page.locator("main").inner_text()
