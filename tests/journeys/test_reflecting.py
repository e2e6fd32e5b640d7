"""A reflection is typed on a phone without a connection and arrives later; then it becomes a story, with a certificate.

In both languages and schemes, on phones of the student and the office, by keyboard where a list is put in order.
"""

import pytest
from django.urls import reverse

from exchange.models import User
from tests.factories import UserFactory
from tests.factories_travel import PROMPTS, PlacementFactory
from tests.journeys.patchy import Patchy
from tests.journeys.phone import Phones
from tests.services import wait_until
from tests.travel.stories import photo_of, project_of, quoted, told
from travel.models import Certificate, FollowOnProject, Reflection, ReflectionPrompt, Story, StoryText

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


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("es", "light")])
def test_a_story_is_chosen_approved_and_withdrawn_and_a_project_and_certificate_follow(browser, line, language, scheme):
    placement = PlacementFactory(returned=True)
    student = placement.application.student
    story = told(quoted(placement, kinds=("quote", "picture", "name"), language=language), language=language)
    photo_of(story.reflection)
    other = told(quoted(PlacementFactory(returned=True), "The sea."), order=2)
    StoryText.objects.filter(story=story).update(approved_at=None)
    photo_of(project_of(placement))
    key = {"code": placement.code, "prompt": story.reflection.prompt.key}
    with Phones(browser, line.site, language, scheme) as phones:
        office, phone = phones.open(UserFactory(coordinator=True)), phones.open(student)
        office.go(reverse("travel:story-list"))
        up = office.page.locator('#chosen button[value="up"]')
        up.focus()
        with office.page.expect_navigation():
            office.page.keyboard.press("Enter")
        assert Story.objects.get(pk=other.pk).order == 1
        office.go(reverse("travel:story-words", args=[story.code]))
        office.go(reverse("travel:project-list"))

        phone.go(reverse("travel:story-approve", args=[story.code])).send()
        assert Story.objects.published().filter(pk=story.pk).exists()
        phone.go(reverse("travel:reflection-share", kwargs=key)).send(form="#given form")
        assert not Story.objects.published().filter(pk=story.pk).exists()
        phone.go(reverse("travel:project-detail", args=[placement.code])).send(state="done", people_reached="30")
        assert FollowOnProject.objects.get().people_reached == 30
        phone.go(reverse("travel:certificate", args=[placement.code])).send()
        office.go(Certificate.objects.get().get_absolute_url())
