"""An incident on two phones: a leader reports it where it happened, a coordinator who handles incidents closes it."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_travel import travel_facts
from tests.journeys.patchy import Patchy, come_back
from tests.journeys.phone import Phones
from tests.services import wait_until
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from travel.models import Incident, IncidentHandler

pytestmark = pytest.mark.browser


def add(phone, action, **values):
    """Fills in the form with this address and sends it."""
    form = phone.page.locator(f"form[action{action}]")
    for name, value in values.items():
        field = form.locator(f'[name="{name}"]')
        if name == "owner":
            field.select_option(value)
        else:
            field.fill(value)
    phone.leave(form.locator("button"))


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_a_report_written_without_a_signal_waits_on_the_phone(browser, line):
    """Twice: on the report's own page, and sent from the roll call once there is a signal."""
    travel_facts()
    trip = trip_away()
    traveler(trip, 1)
    there = timezone.now().astimezone(trip.city.zone) - dt.timedelta(hours=1)
    with Patchy(browser, line.site, "en") as phones:
        phone = phones.open(leader_of(trip)).go(f"/incidents/new/?trip={trip.code}")
        page = phone.page
        for number in (1, 2):
            line.cut()
            page.get_by_label("Minor").check()
            page.fill("[name=text]", f"A stolen bag, number {number}.")
            page.fill("[name=where]", "Dong Xuan market")
            page.fill("[name=on]", f"{there:%Y-%m-%d}")
            page.fill("[name=time]", f"{there:%H:%M}")
            page.get_by_role("button", name="Report it").click()
            sign = page.locator("[data-kept-reports]")
            wait_until(lambda: "saved on this phone: 1" in sign.inner_text(), "the phone to say that it keeps it")  # noqa: B023
            assert page.locator("[name=text]").input_value() == ""
            if number == 1:
                come_back(phone, line)
                wait_until(lambda: Incident.objects.count() == 1, "the report to be sent")
                wait_until(lambda: "Reported" in sign.inner_text(), "the page to say so")  # noqa: B023
        line.mend()
        phone.go(f"/roster/{trip.code}/")
        wait_until(lambda: Incident.objects.count() == 2, "the roster to send what waited")
        kept = "() => localStorage.getItem('kept-reports')"
        wait_until(lambda: page.evaluate(kept) == "[]", "the phone to forget it")
        # another's on this phone, whose link ended long ago
        page.evaluate("localStorage.setItem('kept-reports', JSON.stringify([{leader: 'x', body: 'text=x', at: 1}]))")
        page.reload()
        wait_until(lambda: page.evaluate(kept) == "[]", "the phone to forget what nobody can send anymore")
    texts = {incident.entries.get().text for incident in Incident.objects.all()}
    assert texts == {"A stolen bag, number 1.", "A stolen bag, number 2."}


@pytest.mark.parametrize(("language", "scheme", "script"), [("es", "light", True), ("en", "dark", False)])
def test_a_leader_reports_it_and_the_office_follows_up(
    transactional_db, browser, live_server, settings, language, scheme, script
):
    settings.SITE_URL = live_server.url
    travel_facts()
    trip = trip_away()
    ana = traveler(trip, 1)
    leader = leader_of(trip, language=language)
    handler = UserFactory(coordinator=True, language=language)
    IncidentHandler.objects.create(user=handler, named_by=UserFactory(coordinator=True))
    there = timezone.now().astimezone(trip.city.zone) - dt.timedelta(hours=1)
    with Phones(browser, live_server.url, language, scheme) as phones:
        phone = phones.open(leader, script=script).go("/incidents/")
        phone.follow('$="/incidents/new/"')
        phone.send(severity="severe", where="Dong Xuan market")  # what happened is missing
        assert phone.page.locator(".ex-error-summary").is_visible()
        assert phone.page.locator('[name="where"]').input_value() == "Dong Xuan market"
        phone.send(text="A motorbike hit her.", on=f"{there:%Y-%m-%d}", time=f"{there:%H:%M}", placements=[ana.code])
        assert phone.view == "travel:incident-list"
        incident = Incident.objects.get()
        phone.go(incident.get_absolute_url())
        assert "A motorbike hit her." in phone.text()

        desk = phones.open(handler, script=script).go(incident.get_absolute_url())
        add(desk, "$='/todo/'", text="Call her mother.", owner=handler.code, due=f"{there:%Y-%m-%d}")
        assert "Call her mother." in desk.text()
        add(desk, "*='/done-'", text="She knows.")
        add(desk, "$='/close/'", text="She is well.")
        incident.refresh_from_db()
        assert incident.closed_at
        add(desk, "$='/reopen/'", text="Fever again.")
        incident.refresh_from_db()
    assert incident.closed_at is None
    assert incident.entries.count() == 5
