"""A student books an interview on a phone, in Spanish, and changes the time; a reader scores three sample files."""

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Interview, NormingFile, NormingReading
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_meeting import ANSWERS, InterviewFactory, InterviewSlotFactory
from tests.journeys.phone import Phones

pytestmark = pytest.mark.browser


def test_a_student_books_and_takes_another_time(browser, live_server, cycle):
    cycle.has_interviews = True
    cycle.save()
    student = UserFactory(language="es", full_name="Marisol Reyes Ortega")
    application = ApplicationFactory(submitted=True, cycle=cycle, student=student, answer_language="es")
    interview = InterviewFactory(application=application)
    first, second = (InterviewSlotFactory(cycle=cycle) for _ in range(2))
    with Phones(browser, live_server.url, "es", scheme="dark") as phones:
        phone = phones.open(student)
        phone.go(reverse("travel:journey")).follow(f'="{interview.get_absolute_url()}"')
        phone.follow(f'$="/book/{first.code}/"')
        phone.send()
        assert Interview.objects.get().slot == first
        calendar = reverse("applications:interview-calendar", kwargs={"code": interview.code})
        assert phone.page.locator(f'a[href="{calendar}"]').is_visible()
        phone.page.locator("#change summary").click()
        phone.page.locator("#change").evaluate("element => element.open = true")
        phone.follow(f'$="/book/{second.code}/"').send()

    assert Interview.objects.get().slot == second


def test_a_reader_scores_three_samples_by_the_keyboard(browser, live_server, cycle):
    cycle.norming_published_at = timezone.now()
    cycle.save()
    for order in (1, 2, 3):
        NormingFile.objects.create(cycle=cycle, order=order, answers=ANSWERS)
    reader = UserFactory(advisor=True)
    with Phones(browser, live_server.url, "en", size={"width": 1280, "height": 800}) as phones:
        phone = phones.open(reader)
        phone.go(reverse("applications:review-list"))
        for place, file in enumerate(cycle.norming_files.all()):
            phone.follow(f'="{file.get_absolute_url()}"')
            for key in ("4", "5", str(place + 1)):
                phone.page.keyboard.press(key)
            phone.fill(comment="It says what and why.")
            phone.leave(phone.page.locator('button[name="act"][value="lock"]'))
        phones.expect({"applications:norming-file": "It says what and why."})

    assert [sorted(each.points.values()) for each in NormingReading.objects.order_by("file__order")] == [
        [1, 4, 5],
        [2, 4, 5],
        [3, 4, 5],
    ]
    assert not NormingReading.objects.filter(locked_at__isnull=True).exists()
