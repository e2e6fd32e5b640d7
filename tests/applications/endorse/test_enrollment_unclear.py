"""A value in the column "Enrolled" that is not a plain yes: a person decides what it means."""

import pytest

from applications.models import Endorsement
from tests.applications.endorse.test_enrollment_views import applicant, confirm, names, send, text_of
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, EndorsementFactory, review_facts

pytestmark = pytest.mark.django_db
ENROLLED = "SID,Email,Name,Units,Enrolled"


@pytest.fixture
def advisor():
    review_facts()
    return UserFactory(advisor=True)


@pytest.fixture
def college(advisor):
    return advisor.roles.get().college


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def test_a_word_that_is_no_plain_yes_is_never_ticked(sign_in, advisor, college, cycle):
    for name, number in (("Ana Ruiz", "88001"), ("Bea Long", "88002"), ("Cora Diaz", "88003")):
        applicant(college, cycle, name, number)
    lines = ("88001,,Ana Ruiz,12,yes", "88002,,Bea Long,12,Withdrew", "88003,,Cora Diaz,12,See notes")

    response = send(sign_in(advisor), cycle, college, *lines, head=ENROLLED)

    preview = response.context["preview"]
    assert (names(preview.matches), sorted(names(preview.in_doubt))) == (["Ana Ruiz"], ["Bea Long", "Cora Diaz"])
    assert response.context["form"].ticked == {preview.matches[0].application.code}
    page = text_of(response)
    assert "The list says: not enrolled." in page
    assert "The list doesn’t clearly say that the student is enrolled." in page
    assert "“See notes”" in page


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"decide": "endorsed"}, "Say whether the student is enrolled."),
        ({"decide": "endorsed", "enrolled": "no"}, "You can only endorse a student who’s enrolled."),
        ({"decide": "ask_the_office", "note": "Ask."}, "Say whether the student is enrolled."),
    ],
)
def test_the_college_says_itself_what_the_list_left_open(sign_in, advisor, college, cycle, sent, error):
    ana = applicant(college, cycle, "Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12,See notes", head=ENROLLED)
    sent = {"units": "12", "in_good_standing": "yes"} | sent

    page = text_of(confirm(client, cycle, response, **{f"{key}_{ana.code}": value for key, value in sent.items()}))

    assert error in page
    assert not Endorsement.objects.exists()


@pytest.mark.parametrize(("result", "enrolled"), [("endorsed", "yes"), ("ask_the_office", "no")])
def test_what_the_college_says_of_it_is_kept(sign_in, advisor, college, cycle, result, enrolled):
    ana = applicant(college, cycle, "Ana Ruiz", "88001")
    client = sign_in(advisor)
    response = send(client, cycle, college, "88001,,Ana Ruiz,12,See notes", head=ENROLLED)
    sent = {"decide": result, "units": "12", "enrolled": enrolled, "note": "I asked."}

    confirm(client, cycle, response, **{f"{key}_{ana.code}": value for key, value in sent.items()})

    assert (ana.endorsement.result, ana.endorsement.is_enrolled) == (result, enrolled == "yes")


def test_a_column_that_says_neither_differs_from_no_word(sign_in, advisor, college, cycle):
    ana = applicant(college, cycle, "Ana Ruiz", "88001")
    EndorsementFactory(application=ana, units=12)

    response = send(sign_in(advisor), cycle, college, "88001,,Ana Ruiz,12,See notes", head=ENROLLED)

    assert response.context["preview"].differs == []
