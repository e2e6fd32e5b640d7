"""Follow-on projects: written by the student, read by the office and the student's own advisors."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.applications import upload_samples as samples
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import PlacementFactory
from tests.travel.stories import ALT, project_of
from travel.models import FollowOnProject, Photo

pytestmark = pytest.mark.django_db
WORDS = {"title": "Soup on Saturdays", "what": "Thirty bowls at the library.", "state": "planned"}


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def page(placement):
    return reverse("travel:project-detail", args=[placement.code])


def test_a_student_begins_changes_and_finishes_a_project(client, placement, page):
    client.force_login(placement.application.student)
    client.post(page, WORDS)
    project = FollowOnProject.objects.get()
    assert (project.title, project.state) == ("Soup on Saturdays", "planned")
    seen = client.get(page).context["form"]["seen"].value()
    client.post(page, {**WORDS, "state": "done", "people_reached": "85", "seen": seen})
    project.refresh_from_db()
    assert (project.state, project.people_reached) == ("done", 85)


def test_a_second_tap_makes_no_second_project(client, placement, page):
    client.force_login(placement.application.student)
    for _ in range(2):
        client.post(page, WORDS)
    assert FollowOnProject.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"state": "done"}, "About how many people did you reach?"),
        ({"starts_on": "2026-10-05", "ends_on": "2026-10-01"}, "The last day can’t be before the first."),
        ({"title": ""}, "Give your project a short name."),
        ({"people_reached": "-1"}, "0"),
    ],
)
def test_what_cant_be_is_said_and_nothing_is_lost(client, placement, page, said, words):
    client.force_login(placement.application.student)
    answer = client.post(page, {**WORDS, **said})
    assert answer.status_code == 200 and words in answer.text and "Thirty bowls" in answer.text
    assert not FollowOnProject.objects.exists()


def test_a_change_from_an_old_page_is_not_lost_silently(client, placement, page):
    project_of(placement)
    client.force_login(placement.application.student)
    seen = client.get(page).context["form"]["seen"].value()
    FollowOnProject.objects.update(what="Sixty bowls.")
    answer = client.post(page, {**WORDS, "what": "Ten bowls.", "seen": seen})
    assert answer.status_code == 200 and FollowOnProject.objects.get().what == "Sixty bowls."


def test_the_office_and_own_advisors_read_it_and_others_dont(client, placement, page):
    project_of(placement)
    for traits, status in (
        ({"coordinator": True}, 200),
        ({"advisor": placement.application.college}, 200),
        ({"advisor": CollegeFactory()}, 404),
        ({"director": True}, 404),
        ({}, 404),
    ):
        client.force_login(UserFactory(**traits))
        assert client.get(page).status_code == status
    client.force_login(UserFactory(coordinator=True))
    assert client.post(page, WORDS).status_code == 403
    listed = client.get(reverse("travel:project-list"), {"state": "under_way"}).text
    assert "Soup on Saturdays" in listed
    assert "Soup on Saturdays" not in client.get(reverse("travel:project-list"), {"state": "done"}).text


def test_photos_up_to_a_limit(client, placement, page, django_capture_on_commit_callbacks):
    application_facts()
    project = project_of(placement)
    client.force_login(placement.application.student)
    for number in range(6):
        picture = SimpleUploadedFile("a.jpg", samples.picture(size=(40 + number, 20)))
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("travel:project-photo", args=[placement.code]), {"photo": picture, "alt": ALT})
    assert "You’ve added 5 photos" in answer.text
    assert Photo.objects.filter(project=project, state="kept").count() == 5
