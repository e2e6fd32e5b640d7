"""The staff's pages about one student: each leads to the others that there are and that one may open."""

import re

import pytest
from django.template import RequestContext, Template
from django.urls import reverse

from applications.apply.actions import thread as threads
from applications.models import Application
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import PlacementFactory, travel_facts

pytestmark = pytest.mark.django_db
ROW = re.compile(r'<nav class="ex-tabs" aria-label="Pages about this student">.*?</nav>', re.DOTALL)
LINK = re.compile(r'href="([^"]+)"(?: (aria-current)="true")?>([^<]+)</a>')


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(checklist=True)


def links(client, href):
    """({label: address}, the label of the page one is on)"""
    found = ROW.search(client.get(href, follow=True).text)
    pages = LINK.findall(found[0]) if found else []
    here = [label for _, current, label in pages if current]
    return {label: address for address, _, label in pages}, here[0] if here else ""


def test_each_page_of_a_placed_student_leads_to_the_others(sign_in, placement):
    client, application = sign_in(UserFactory(coordinator=True)), placement.application
    thread = threads.begin(application, "Call us.", by=UserFactory(coordinator=True))
    pages = {
        "Application": application.get_absolute_url(),
        "Passport and checklist": reverse("travel:checklist-detail", args=[placement.code]),
        "Trip": placement.get_absolute_url(),
        "Questions": f"{reverse('applications:thread-list')}?q={application.code}&amp;show=all",
        "Activity": reverse("travel:activity", args=[application.code]),
    }
    addresses = {**pages, "Questions": thread.get_absolute_url()}
    for label, address in addresses.items():
        assert links(client, address) == (pages, label)
        status = client.get(pages[label].replace("&amp;", "&")).status_code
        assert status == 200, label
    assert links(client, reverse("travel:passport-detail", args=[application.code]))[1] == "Passport and checklist"
    assert links(client, reverse("travel:sharing-office", args=[application.code])) == (pages, "")


def test_an_applicant_has_no_trip_and_no_passport_page(sign_in):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), submitted=True)
    client = sign_in(UserFactory(coordinator=True))
    assert list(links(client, application.get_absolute_url())[0]) == ["Application", "Questions", "Activity"]


def test_an_advisor_has_the_pages_they_may_open(sign_in, placement):
    application = placement.application
    client = sign_in(UserFactory(advisor=application.college))
    pages, here = links(client, application.get_absolute_url())
    assert (list(pages), here) == (["Application", "Passport and checklist", "Trip", "Questions"], "Application")
    for label, address in pages.items():
        assert client.get(address.replace("&amp;", "&")).status_code == 200, label
    other = sign_in(UserFactory(advisor=CollegeFactory()))
    assert other.get(application.get_absolute_url()).status_code == 404


def test_the_student_sees_none_of_it(sign_in, placement):
    client, application = sign_in(placement.application.student), placement.application
    thread = threads.begin(application, "Call us.", by=UserFactory(coordinator=True))
    for address in (application, placement, thread):
        assert links(client, address.get_absolute_url()) == ({}, "")


def test_the_file_of_a_placed_student_says_where_they_go_and_the_time_left(sign_in, placement):
    client = sign_in(UserFactory(coordinator=True))
    text = " ".join(client.get(placement.application.get_absolute_url()).text.split())
    assert f"{placement.trip.city.name}, leaves" in text
    assert re.search(r"Passport: \d+ days", text)


@pytest.mark.parametrize(("here", "queries"), [("trip", 1), ("application", 2)])
def test_the_row_takes_few_queries(rf, placement, django_assert_num_queries, here, queries):
    request = rf.get("/")
    request.user = UserFactory(coordinator=True)
    row = Template("{% load student_pages %}{% student_pages application here %}")
    application = Application.objects.select_related("student").get(pk=placement.application.pk)
    context = RequestContext(request, {"application": application, "here": here})
    row.render(context)  # which also reads the person's roles, once
    with django_assert_num_queries(queries):
        assert "Activity" in row.render(context)
