"""Reflections: what a student writes, who may read it, and that nobody is invited twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import PROMPTS, PlacementFactory
from travel.models import Placement, Reflection, ReflectionPrompt
from travel.reflection.actions import prompts as actions
from travel.reflection.actions import writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def prompts(placement):
    return [ReflectionPrompt.objects.create(cycle=placement.trip.cycle, **row) for row in PROMPTS]


def write(placement, prompt, privacy="private", **more):
    return Reflection.objects.create(
        placement=placement, prompt=prompt, text="The rain in the market.", privacy=privacy, **more
    )


def address(placement, prompt):
    return reverse("travel:reflection-write", kwargs={"code": placement.code, "prompt": prompt.key})


def test_writing_again_replaces_and_each_time_is_on_record(placement, prompts):
    student = placement.application.student
    writing.write(placement, prompts[1], {"text": "One", "privacy": "program"}, by=student)
    writing.write(placement, prompts[1], {"text": "Two", "privacy": "private"}, by=student)
    assert [(row.text, row.privacy) for row in Reflection.objects.all()] == [("Two", "private")]
    assert Event.objects.filter(action="reflection.write", by=student).count() == 2


def test_the_same_lines_again_change_nothing(placement, prompts):
    student = placement.application.student
    first = writing.write(placement, prompts[1], {"text": "One", "privacy": "program"}, by=student)
    again = writing.write(placement, prompts[1], {"text": "One", "privacy": "program"}, by=student)
    assert again.written_at == first.written_at
    assert Event.objects.filter(action="reflection.write").count() == 1


def test_too_early_is_told_with_the_day_and_writes_nothing(prompts):
    early = PlacementFactory(trip__cycle=prompts[0].cycle)
    with pytest.raises(RuleViolation) as violation:
        writing.write(early, prompts[1], {"text": "x", "privacy": "private"}, by=early.application.student)
    assert violation.value.code == "too_early" and not Reflection.objects.exists()


def test_invitation_goes_out_once_when_the_prompt_opens(placement, prompts, django_capture_on_commit_callbacks):
    opened = sum(prompt.opens_on(placement.trip) <= timezone.localdate() for prompt in prompts)
    assert opened == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.invite_all() == 2
        assert actions.invite_all() == 0
    sent = Message.objects.filter(template="travel/reflection_opens", recipient=placement.application.student)
    assert sent.count() == 2 and all(message.sent_at for message in sent)


def test_nobody_is_invited_before_the_prompt_opens_or_after_writing(placement, prompts):
    PlacementFactory(trip__cycle=prompts[0].cycle)  # leaves in 200 days
    for prompt in prompts:
        write(placement, prompt)
    assert actions.invite_all() == 0


def test_private_lines_reach_nobody_but_their_writer(placement, prompts, client):
    write(placement, prompts[1], "private")
    for traits in ({"coordinator": True}, {"advisor": placement.application.college}):
        client.force_login(UserFactory(**traits))
        assert "The rain in the market." not in client.get(reverse("travel:reflection-list")).content.decode()
    client.force_login(placement.application.student)
    assert "The rain in the market." in client.get(reverse("travel:reflection-list")).content.decode()


def test_lines_for_anyone_have_no_name_even_for_the_staff(placement, prompts, client):
    reflection = write(placement, prompts[1], "public")
    client.force_login(UserFactory(coordinator=True))
    page = client.get(reverse("travel:reflection-list")).content.decode()
    assert reflection.text in page and placement.application.student.full_name not in page
    Reflection.objects.update(privacy="program")
    assert placement.application.student.full_name in client.get(reverse("travel:reflection-list")).content.decode()


def test_director_has_no_list_of_reflections(client):
    client.force_login(UserFactory(director=True))
    assert client.get(reverse("travel:reflection-list")).status_code == 403


def test_page_saves_and_keeps_what_was_typed_on_an_error(client, placement, prompts):
    client.force_login(placement.application.student)
    page = client.post(address(placement, prompts[1]), {"text": "The rain"})
    assert page.status_code == 200
    assert "The rain" in page.content.decode() and "Choose who can read it." in page.content.decode()
    assert client.post(address(placement, prompts[1]), {"text": "The rain", "privacy": "program"}).status_code == 302
    assert Reflection.objects.get().privacy == "program"


def test_too_early_page_keeps_the_text_in_its_box(client, prompts):
    early = PlacementFactory(trip__cycle=prompts[0].cycle)
    client.force_login(early.application.student)
    page = client.post(address(early, prompts[1]), {"text": "My early words", "privacy": "private"})
    assert page.status_code == 200 and "My early words" in page.content.decode()


def test_only_the_student_writes(client, placement, prompts):
    client.force_login(UserFactory(coordinator=True))
    assert client.get(address(placement, prompts[1])).status_code == 403
    client.force_login(UserFactory())
    assert client.get(address(placement, prompts[1])).status_code == 404


def test_list_takes_the_same_queries_for_3_and_30(client, placement, prompts):
    coordinator = UserFactory(coordinator=True)
    client.force_login(coordinator)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("travel:reflection-list"))
        return len(queries)

    for _number in range(3):
        write(PlacementFactory(returned=True), prompts[1], "program")
    few = count()
    for _number in range(27):
        write(PlacementFactory(returned=True), prompts[1], "program")
    assert count() == few


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("reflection_has_words", {"text": ""}),
        ("reflection_draft_is_private", {"text": "a", "is_draft": True, "privacy": "program"}),
        ("reflection_quote_only_when_public", {"text": "a", "quote": "a", "privacy": "program"}),
    ],
)
def test_constraint_keeps_a_bad_row_out(placement, prompts, name, fields):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Reflection.objects.create(placement=placement, prompt=prompts[1], **fields)


def test_prompt_opens_before_departure_and_after_return(placement, prompts):
    trip = Placement.objects.get().trip
    assert prompts[0].opens_on(trip) == trip.leaves_on - dt.timedelta(days=7)
    assert prompts[1].opens_on(trip) == trip.returns_on + dt.timedelta(days=14)
    assert timezone.localdate() > prompts[1].opens_on(trip)
