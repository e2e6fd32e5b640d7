"""A line a day, written on a bus without a signal, that reaches the portal later and waits beside the reflection."""

import pytest
from django.urls import reverse

from exchange.models import User
from tests.factories_travel import PROMPTS, PlacementFactory, in_days, travel_facts
from tests.journeys.patchy import Patchy
from tests.services import wait_until
from travel.abroad.actions import link as links
from travel.models import ReflectionPrompt, TripLine

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "async (path) => Boolean(await (await caches.open('card-pages')).match(path))"


@pytest.mark.core
@pytest.mark.parametrize(("language", "here"), [("en", "Saved on this phone"), ("es", "guardado en este teléfono")])
def test_line_waits_on_the_phone_until_there_is_a_signal(browser, line, language, here):
    travel_facts()
    placement = PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))
    for row in PROMPTS:
        ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **row)
    student = placement.application.student
    User.objects.filter(pk=student.pk).update(language=language)
    address = reverse("travel:abroad-card", args=[links.make(placement, by=student).link])
    with Patchy(browser, line.site, language) as phones:
        traveler = phones.open(None)
        traveler.go(address)
        page = traveler.page
        wait_until(lambda: page.evaluate(KEPT, address), "the phone to keep the card")
        line.cut()
        page.goto(line.site + address)
        page.locator("#line-text").fill("Soup on a plastic stool.")
        wait_until(lambda: here in page.locator("[data-line-state]").inner_text(), "the phone to say it has it")
        assert not TripLine.objects.exists()
        page.goto(line.site + address)
        assert page.locator("#line-text").input_value() == "Soup on a plastic stool."
        line.mend()
        page.evaluate("() => dispatchEvent(new Event('online'))")
        wait_until(lambda: TripLine.objects.exists(), "the line to arrive")
        page.locator("#line-text").fill("Soup on a plastic stool, in the rain.")
        wait_until(lambda: "in the rain" in TripLine.objects.get().text, "the longer line to arrive")

        prompt = ReflectionPrompt.objects.filter(moment="before").first()
        home = phones.open(student)
        home.go(reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompt.key}))
        home.leave(home.page.locator('button[name="copy"]'))
        assert home.page.locator("textarea").first.input_value() == "Soup on a plastic stool, in the rain."
