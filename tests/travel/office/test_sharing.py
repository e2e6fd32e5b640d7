"""What a student agreed to, and who got what: for the student, and for the office without what stays private."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.apply.actions import records_consent
from applications.export import actions as exporting
from applications.models import Application, Disclosure
from exchange.messages import consent
from exchange.models import TextConsent
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts
from tests.factories_help import HelpSessionFactory
from travel.models import TravelAnswers
from travel.office.own_data.sharing import agreements_of, given_of

pytestmark = pytest.mark.django_db
SHARING = reverse("travel:sharing")


@pytest.fixture
def application():
    application_facts()
    review_facts()
    return ApplicationFactory(submitted=True, answered=True, endorsed=True)


def export(by):
    return b"".join(exporting.export(Application.objects.all(), "csv", query="", back="/", by=by))


def test_the_consents_of_every_kind_stand_in_one_place(application):
    student = application.student
    consent.agree("+12135550123", how=TextConsent.How.PAGE, by=student, user=student)
    helper = UserFactory(advisor=True, full_name="Hana Helper")
    HelpSessionFactory(application=application, helper=helper, granted=True)

    found = agreements_of(student)

    assert {each.recipient for each in found} >= {"Hana Helper", "The exchange team."}
    (records,) = [each for each in found if each.version]
    assert (records.version, records.language, records.until) == ("1", "English", None)
    assert records.purpose == f"To decide on your application for {application.cycle.name}."


def test_a_withdrawal_ends_it_and_keeps_the_line(application):
    records_consent.withdraw(application, by=application.student)

    (records,) = [each for each in agreements_of(application.student) if each.version]
    assert records.until is not None


def test_what_the_college_said_and_each_export_were_given(application):
    office = UserFactory(coordinator=True)
    export(office)
    export(office)

    found = given_of(application.student)

    assert Disclosure.objects.count() == 1  # one a day
    assert {each.why for each in found} == {"You signed for it", "To run the program"}


def test_the_office_reads_it_without_the_chosen_advisor(application, sign_in):
    advisor = UserFactory(advisor=application.college, full_name="Chosen Advisorson")
    TravelAnswers.objects.create(application=application, answers={}, advisor=advisor)
    address = reverse("travel:sharing-office", args=[application.code])

    own = sign_in(application.student).get(SHARING).text
    office = sign_in(UserFactory(coordinator=True)).get(address).text

    assert "Chosen Advisorson" in own and "Chosen Advisorson" not in office
    assert "Let your college tell us" in own and "Let your college tell us" in office


def test_a_stranger_sees_only_their_own(application, sign_in):
    export(UserFactory(coordinator=True))

    assert "Nothing has left this portal." in sign_in(UserFactory()).get(SHARING).text


def test_as_many_queries_for_many_as_for_one(application, sign_in):
    client = sign_in(application.student)
    client.get(SHARING)
    with CaptureQueriesContext(connection) as few:
        client.get(SHARING)
    for _ in range(3):
        ApplicationFactory(submitted=True, endorsed=True, student=application.student)
        export(UserFactory(coordinator=True))
    with CaptureQueriesContext(connection) as many:
        client.get(SHARING)

    assert len(many) == len(few)
