"""A reflection is typed on a phone without a connection, kept there, and arrives later, in both languages."""

import pytest
from django.urls import reverse

from exchange.models import User
from tests.factories_travel import PROMPTS, PlacementFactory
from tests.journeys.patchy import Patchy
from tests.services import wait_until
from travel.models import Reflection, ReflectionPrompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "here"), [("en", "Saved on this phone"), ("es", "en este teléfono")])
def test_words_wait_on_the_phone_until_there_is_a_connection(browser, line, language, here):
    placement = PlacementFactory(returned=True)
    prompt = ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **PROMPTS[1])
    student = placement.application.student
    User.objects.filter(pk=student.pk).update(language=language)
    address = reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompt.key})
    with Patchy(browser, line.site, language) as phones:
        phone = phones.open(student)
        phone.go(address)
        page = phone.page
        page.locator("#id_text").fill("The market at five.")
        wait_until(lambda: Reflection.objects.filter(text="The market at five.").exists(), "the words to arrive")
        line.cut()
        page.locator("#id_so_what").fill("Nobody sits down.")
        wait_until(lambda: here in page.locator("[data-save-state]").inner_text(), "the phone to say it has them")
        assert not Reflection.objects.filter(so_what="Nobody sits down.").exists()
        line.mend()
        page.evaluate("() => dispatchEvent(new Event('online'))")
        wait_until(lambda: Reflection.objects.filter(so_what="Nobody sits down.").exists(), "the rest to arrive")
        page.locator('[name="privacy"][value="program"]').check()
        wait_until(lambda: Reflection.objects.filter(is_draft=False, privacy="program").exists(), "it to be shared")
