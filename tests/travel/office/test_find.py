"""The search in the header: from any page to a student in one step, and to nobody whom one may not see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Interest, Recommendation
from exchange.models import Invitation
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, RecommendationFactory, ReviewFactory

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


def test_the_office_finds_an_application_by_what_its_reader_calls_it(sign_in, marisol):
    label = AssignmentFactory(application=marisol).candidate_label
    answer = sign_in(UserFactory(coordinator=True)).get(FIND, {"q": label})
    assert (answer.status_code, answer.url) == (302, marisol.get_absolute_url())
    assert found(sign_in(UserFactory(advisor=marisol.college)), label) == set()


def test_who_still_scores_it_does_not_find_the_student_by_its_label(sign_in, marisol):
    office = UserFactory(coordinator=True)
    own = AssignmentFactory(application=marisol, reader=office)
    assert found(sign_in(office), own.candidate_label) == set()
    ReviewFactory(assignment=own, locked=True)
    assert sign_in(office).get(FIND, {"q": own.candidate_label}).url == marisol.get_absolute_url()


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


@pytest.mark.parametrize("role", ["advisor", "coordinator"])
def test_staff_who_apply_themselves_find_no_application_of_their_own_and_no_letter_for_it(sign_in, college, role):
    person = UserFactory(full_name="Marisol Both", **{role: college if role == "advisor" else True})
    own = ApplicationFactory(student=person, college=college, submitted=True)
    RecommendationFactory(application=own, referee_name="Marisol Teacher", asked=True)
    result = sign_in(person).get(FIND, {"q": "marisol"})
    shown = result.context["found"] if result.status_code == 200 else None
    assert shown is None or (shown.students, shown.letters) == ([], [])
    assert own.get_absolute_url() not in (result.url if shown is None else result.text)


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("marisol ortga", "marisol ortega"),
        ("Reyez", "reyes"),
        ("apeals", "appeals"),
        ("zzzz", ""),
        ("213 555 0199", ""),
        ("marisol zzzz", ""),
    ],
)
def test_a_mistyped_name_or_page_is_asked_back(sign_in, marisol, typed, meant):
    client = sign_in(UserFactory(coordinator=True))
    page = client.get(FIND, {"q": typed})
    assert page.context["found"].meant == meant
    assert ("Did you mean" in page.text) is bool(meant)
    if meant:
        assert client.get(FIND, {"q": meant}).status_code == 302, "the only one"


def test_nobody_is_suggested_whom_one_may_not_see(sign_in, college, marisol):
    ApplicationFactory(college=college, student__full_name="Own Draft")
    elsewhere, own = UserFactory(advisor=CollegeFactory()), UserFactory(advisor=college)
    assert sign_in(own).get(FIND, {"q": "marisoll"}).context["found"].meant == "marisol"
    assert sign_in(elsewhere).get(FIND, {"q": "marisoll"}).context["found"].meant == ""


def test_each_student_once_by_name_and_more_than_fit_are_said(sign_in, college, monkeypatch):
    monkeypatch.setattr("travel.office.search.finding.MOST", 2)
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

    def one_of_each(number):
        letter(ApplicationFactory(submitted=True, college=college))
        UserFactory(advisor=CollegeFactory())
        Interest.objects.create(email=f"e{number}@example.com", language="en", expires_at=timezone.now())

    one_of_each(0)
    few = queries()
    for number in range(20):
        one_of_each(number + 1)
    assert queries() == few <= 10


# --- Recommenders, and who waits on the interest list ---------------------------------------------------


def letter(application, **named):
    named = {"referee_name": "Dra. Inés Köhler", "referee_email": "Ines.Kohler@Example.edu", **named}
    return Recommendation.objects.create(application=application, requested_at=timezone.now(), **named)


@pytest.mark.parametrize("typed", ["kohler", "INÉS köh", "ines.kohler@example.edu", "kohler@example"])
def test_a_recommender_leads_to_the_students_application(sign_in, marisol, typed):
    letter(marisol)
    ApplicationFactory(submitted=True, college=marisol.college)
    for person in (UserFactory(coordinator=True), UserFactory(advisor=marisol.college)):
        client = sign_in(person)
        answer = client.get(FIND, {"q": typed})
        assert (answer.status_code, answer.url) == (302, f"{marisol.get_absolute_url()}#letter")
        assert 'id="letter"' in client.get(answer.url).text


def test_a_recommender_of_two_is_there_for_each_student_with_where_the_letter_stands(sign_in, marisol, college):
    letter(marisol)
    second = ApplicationFactory(submitted=True, college=college, student__full_name="Tigran Bui")
    letter(second, letter="A fine student.", received_at=timezone.now())

    page = sign_in(UserFactory(coordinator=True)).get(FIND, {"q": "kohler"})

    shown = page.context["found"].letters
    assert [str(each.application.student) for each in shown] == ["Marisol Reyes Ortega", "Tigran Bui"]
    assert [str(each.state.label) for each in shown] == ["asked", "received"]
    assert "Recommenders" in page.text
    assert f'href="{second.get_absolute_url()}#letter"' in page.text


def test_no_one_finds_recommenders_of_applications_that_they_do_not_see(sign_in, marisol):
    letter(marisol)
    letter(ApplicationFactory(college=marisol.college), referee_name="Köhler of a draft")
    own = ApplicationFactory(submitted=True)
    letter(own, referee_name="Köhler of one’s own")
    own.student.roles.create(kind="coordinator")
    assert sign_in(own.student).get(FIND, {"q": "kohler"}).url.startswith(marisol.get_absolute_url())
    for person in (UserFactory(advisor=CollegeFactory()), UserFactory(is_staff=True)):
        assert sign_in(person).get(FIND, {"q": "kohler"}).context["found"].is_empty


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("dalia", "dalia.haddad@example.com"),
        ("Dalia.Haddad@example.com", "dalia.haddad@example.com"),
        ("(213) 555-0134", "+12135550134"),
        ("0134", "+12135550134"),
    ],
)
def test_who_waits_is_found_by_the_office_and_leads_to_the_list_with_them_alone(sign_in, college, typed, address):
    later = {"language": "en", "expires_at": timezone.now()}
    for contact in ({"email": "dalia.haddad@example.com"}, {"phone": "+12135550134"}, {"email": "rene@example.com"}):
        Interest.objects.create(**contact, **later)
    office = sign_in(UserFactory(coordinator=True))

    page = office.get(office.get(FIND, {"q": typed}).url)

    assert [each.address for each in page.context["page_obj"]] == [address]
    assert [(chip.label, chip.value) for chip in page.context["list"].chips] == [("Search", address)]
    assert reverse("applications:interest-person", args=[page.context["page_obj"][0].code]) in page.text
    both = office.get(FIND, {"q": "example.com"})
    assert [each.address for each in both.context["found"].interested] == [
        "dalia.haddad@example.com",
        "rene@example.com",
    ]
    assert "Interest list" in both.text
    for person in (UserFactory(advisor=college), UserFactory(is_staff=True)):
        assert sign_in(person).get(FIND, {"q": typed}).context["found"].is_empty


def test_a_search_of_the_interest_list_that_finds_nobody_says_so(sign_in):
    Interest.objects.create(email="rene@example.com", language="en", expires_at=timezone.now())
    page = sign_in(UserFactory(coordinator=True)).get(reverse("applications:interest-list"), {"q": "%"})
    assert "No one found" in page.text
    assert 'value="%"' in page.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no index of parts of a text")
def test_who_waits_is_not_looked_for_along_the_index_of_addresses(sign_in):
    """In its order, the database walked past half of all addresses to show the twenty that fit."""
    with CaptureQueriesContext(connection) as captured:
        found(sign_in(UserFactory(coordinator=True)), "levon")
    (asked,) = [each["sql"] for each in captured if 'FROM "applications_interest"' in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + asked.replace("%", "%%"), ())
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "interest_searched" in plan and "interest_by_address" not in plan
