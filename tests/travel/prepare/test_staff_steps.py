"""Steps of advisors and the office: on their work lists when their day has come, done there, seen by the student."""

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from tests.factories_travel import ChecklistItemFactory, ChecklistStepFactory, PlacementFactory, in_days, travel_facts
from travel.prepare.checklist import staff_steps

pytestmark = pytest.mark.django_db
PAGE = reverse("travel:checklist-steps")


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(checklist=True)


@pytest.fixture
def advisor(placement):
    return UserFactory(advisor=placement.application.college)


def add(placement, title, days, **step):
    row = ChecklistStepFactory(cycle=placement.trip.cycle, title_en=title, **step)
    return ChecklistItemFactory(placement=placement, step=row, do_by=in_days(days), last_safe_on=in_days(days + 9))


def test_each_sees_their_own_steps_and_what_is_due_counts(placement, advisor, sign_in):
    talk = add(placement, "Talk with you", 0, owner="advisor")
    add(placement, "Call the family", 3, owner="advisor")
    ticket = add(placement, "Book the ticket", -1, owner="office")
    add(placement, "Pack", 0)
    office = UserFactory(coordinator=True)
    assert [row.item for row in sign_in(advisor).get(PAGE, {"due": 1}).context["rows"]] == [talk]
    everything = [row.item.step.title for row in sign_in(office).get(PAGE).context["rows"]]
    assert everything == ["Book the ticket", "Talk with you", "Call the family"]
    assert list(staff_steps.due_for(advisor, "advisor")) == [talk]
    assert list(staff_steps.due_for(office, "office")) == [ticket]
    elsewhere = UserFactory(advisor=PlacementFactory().application.college)
    assert list(sign_in(elsewhere).get(PAGE).context["rows"]) == []
    assert sign_in(placement.application.student).get(PAGE).status_code == 403


def test_a_step_is_done_from_the_list_and_what_waits_has_no_button(placement, advisor, sign_in):
    first = add(placement, "Sign the agreement", 5)
    talk = add(placement, "Talk with you", 0, owner="advisor")
    later = add(placement, "Hand over the letter", 1, owner="advisor", waits_for=[first.step.key])
    client = sign_in(advisor)
    page = client.get(PAGE)
    assert "Waits for: Sign the agreement" in page.text
    done = reverse("travel:checklist-item-done", kwargs={"code": placement.code, "key": talk.step.key})
    assert page.text.count("/done/") == 1
    assert client.post(done, {"steps": "due=1"}).url == f"{PAGE}?due=1"
    talk.refresh_from_db()
    later.refresh_from_db()
    assert (talk.done_by, later.done_at) == (advisor, None)


def test_the_list_takes_the_same_queries_for_one_and_for_ten(
    placement, advisor, sign_in, django_assert_max_num_queries
):
    client = sign_in(advisor)
    for number in range(10):
        add(placement, f"Step {number}", number, owner="advisor", waits_for=["passport-apply"])
    client.get(PAGE)
    with django_assert_max_num_queries(9):
        client.get(PAGE)
