"""The search in the header: from any page to a student in one step, and to nobody whom one may not see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.models import Invitation
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory

pytestmark = pytest.mark.django_db
FIND = reverse("travel:find")


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def marisol(college):
    student = UserFactory(full_name="Marisol Reyes Ortega", phone="+12135550148", email="marisol@example.edu")
    return ApplicationFactory(student=student, college=college, submitted=True)


def found(client, q):
    answer = client.get(FIND, {"q": q})
    assert answer.status_code == 200
    result = answer.context["found"]
    return {str(each.student) for each in result.students} | {str(each) for each in result.people + result.invited}


@pytest.mark.parametrize(
    "typed", ["reyes", "MARISOL ortega", "marisol@example", "213 555 0148", "(213) 555-0148", None]
)
def test_one_student_is_opened_at_once(sign_in, marisol, typed):
    ApplicationFactory(submitted=True, student__full_name="Tigran Bui")
    for person in (UserFactory(coordinator=True), UserFactory(advisor=marisol.college)):
        answer = sign_in(person).get(FIND, {"q": typed or marisol.candidate_label})
        assert (answer.status_code, answer.url) == (302, marisol.get_absolute_url())


def test_an_advisor_finds_their_own_students_and_no_draft_and_no_account(sign_in, college, marisol):
    ApplicationFactory(submitted=True, student__full_name="Marisol Elsewhere")
    ApplicationFactory(college=college, student__full_name="Marisol Draft")
    UserFactory(advisor=college, full_name="Marisol Colleague")
    ApplicationFactory(college=college, submitted=True, student__full_name="Marisol Second")
    assert found(sign_in(UserFactory(advisor=college)), "marisol") == {"Marisol Reyes Ortega", "Marisol Second"}


def test_the_office_finds_students_people_with_a_role_and_whoever_is_invited(sign_in, college, marisol):
    UserFactory(advisor=college, full_name="Marisol Colleague")
    office = UserFactory(coordinator=True, full_name="Marisol Office")
    ApplicationFactory(student=marisol.student, submitted=True)
    now, rest = timezone.now(), {"kind": "director", "expires_at": timezone.now()}
    Invitation.objects.create(name="Marisol Invited", email="marisol.i@example.gov", **rest)
    Invitation.objects.create(name="Marisol Ended", email="e@example.gov", ended_at=now, ended_by=office, **rest)
    names = {"Marisol Reyes Ortega", "Marisol Colleague", "Marisol Office", "Marisol Invited"}
    assert found(sign_in(office), "marisol") == names
    assert sign_in(office).get(FIND, {"q": "marisol.i@example.gov"}).url.startswith("/people/invitations/")
    assert sign_in(office).get(FIND, {"q": "colleague"}).url.startswith("/people/")


def test_an_owner_without_a_role_finds_people_and_no_student(sign_in, college, marisol):
    UserFactory(advisor=college, full_name="Marisol Colleague")
    UserFactory(advisor=college, full_name="Marisol Other")
    owner = sign_in(UserFactory(is_staff=True))
    assert found(owner, "marisol") == {"Marisol Colleague", "Marisol Other"}


@pytest.mark.parametrize("typed", ["", "  ", "%", "__", "nobody at all", "'; --"])
def test_nothing_is_found_and_the_page_says_what_to_type(sign_in, marisol, typed):
    client = sign_in(UserFactory(coordinator=True))
    assert found(client, typed) == set()
    assert "Type part of a name" in client.get(FIND, {"q": typed}).text


def test_each_student_once_by_name_and_more_than_fit_are_said(sign_in, college, monkeypatch):
    monkeypatch.setattr("travel.office.finding.MOST", 2)
    names = ["Marisol Bui", "Marisol Aguilar", "Marisol Cruz"]
    bui, *_others = (ApplicationFactory(student__full_name=name, college=college, submitted=True) for name in names)
    newer = ApplicationFactory(student=bui.student, college=college, submitted=True)
    office = sign_in(UserFactory(coordinator=True))

    page = office.get(FIND, {"q": "marisol"})
    whole = office.get(FIND, {"q": "marisol b"})

    assert [str(each.student) for each in page.context["found"].students] == ["Marisol Aguilar", "Marisol Bui"]
    assert page.context["found"].students[1] == newer
    assert "There are more than these 2." in page.text
    assert whole.url == newer.get_absolute_url()


def test_the_search_is_in_the_header_of_staff_only(sign_in, client):
    office = sign_in(UserFactory(coordinator=True)).get(reverse("account-detail")).text
    assert f'action="{FIND}"' in office
    for person in (UserFactory(), UserFactory(director=True)):
        assert FIND not in sign_in(person).get(reverse("account-detail")).text
    assert FIND not in client.get(reverse("privacy")).text


def test_queries_do_not_grow(sign_in, college, marisol, django_assert_max_num_queries):
    client = sign_in(UserFactory(coordinator=True))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(FIND, {"q": "e"})
        return len(captured)

    ApplicationFactory(submitted=True, college=college)
    UserFactory(advisor=college)
    few = queries()
    for _number in range(20):
        ApplicationFactory(submitted=True, college=college)
        UserFactory(advisor=CollegeFactory())
    assert queries() == few <= 10
