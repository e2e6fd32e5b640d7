"""Hidden scores: office staff who also read or interview learn nothing from any list, order, filter or file first."""

import csv
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from applications.models import Application, Assignment
from exchange.background import jobs
from exchange.models import Fact, Job
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from tests.factories_lottery import scored
from tests.factories_meeting import InterviewFactory
from travel.office.home import office_work

pytestmark = pytest.mark.django_db
EXPORT = reverse("applications:application-export")
LIST = reverse("applications:application-list") + "?cycle="  # of all cycles
SELECTION = reverse("applications:selection-list")
FIGURES = ("reads_locked", "score_mean", "score_median", "score_spread")
LABELS = ("Readings done", "Mean score", "Median score", "Score spread")


@pytest.fixture
def office():
    application_facts()
    review_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True, closed=True, reads_each=3, has_interviews=True)


@pytest.fixture(params=[False, True], ids=["reading", "interview"])
def own(request, office, cycle):
    """The cycle's best application, read by enough others, which this person must still read."""
    return AssignmentFactory(application=scored(cycle, Decimal("14.5")), reader=office, is_interview=request.param)


@pytest.fixture
def others(cycle):
    return [scored(cycle, Decimal(mean)) for mean in ("13.25", "9.75")]


def lock(assignment):
    """Locks the person's review without changing the application's figures."""
    figures = Application.objects.filter(pk=assignment.application_id).values(*FIGURES).get()
    ReviewFactory(assignment=assignment, locked=True)
    Application.objects.filter(pk=assignment.application_id).update(**figures)


def rows_of(content: bytes, form: str) -> dict[str, list]:
    """The figures of each application in a file, by its code."""
    if form == "json":
        return {row["code"]: [row[key] for key in FIGURES] for row in json.loads(content)["applications"]}
    if form == "csv":
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    else:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        table = [list(row) for row in book.active.iter_rows(values_only=True)]
    at = [table[0].index(label) for label in LABELS]
    return {row[0]: [row[place] for place in at] for row in table[1:]}


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("by_a_job", [False, True], ids=["streamed", "job"])
def test_an_export_has_no_figures_of_what_one_still_reads(sign_in, office, own, others, form, by_a_job):
    client = sign_in(office)
    if by_a_job:
        Fact.objects.filter(key="export.rows_at_once").update(value=1)

    def exported():
        response = client.post(EXPORT, {"format": form, "query": ""})
        if not by_a_job:
            return rows_of(b"".join(response.streaming_content), form)
        job = Job.objects.latest("pk")
        jobs.run(job.pk)
        job.refresh_from_db()
        with job.file.open("rb") as file:
            return rows_of(file.read(), form)

    before = exported()
    assert all(figure in (None, "") for figure in before[own.application.code])
    assert all(figure not in (None, "") for figure in before[others[0].code])

    lock(own)
    Job.objects.all().delete()
    assert [str(figure)[:4] for figure in exported()[own.application.code]][:3] == ["3", "14.5", "14.5"]


def test_the_list_of_applications_says_no_count(sign_in, office, own, others):
    client = sign_in(office)
    rows = table_of(client.get(LIST))
    assert rows.count("3 of 3") == len(others)
    assert rows.count("after you lock your own") == 1

    lock(own)
    assert table_of(client.get(LIST)).count("3 of 3") == len(others) + 1


def table_of(page):
    return page.text.partition("<tbody>")[2].partition("</tbody>")[0]


def codes_on(client, address, **query):
    page = client.get(address, query).context["page_obj"]
    return [getattr(each, "application", each).code for each in page]


def test_no_filter_tells_whether_enough_others_have_read(sign_in, office, cycle, own, others):
    """Read by all others or by none, a person's own file is in "still to read" until they lock it, and nowhere else."""
    client, code = sign_in(office), own.application.code
    seen = []
    for reads in (3, 0):
        Application.objects.filter(pk=own.application_id).update(
            reads_locked=reads, score_mean=Decimal("14.5") if reads else None
        )
        seen.append(
            (
                code in codes_on(client, LIST, owed="unread"),
                code in codes_on(client, SELECTION, cycle=cycle.code, read="owed"),
                code in codes_on(client, SELECTION, cycle=cycle.code, read="all"),
                Application.objects.unread().filter(code=code).exists(),
                own.application in office_work._to_decide(cycle),
            )
        )
    assert seen == [(True, True, False, True, False)] * 2
    Application.objects.filter(pk=own.application_id).update(reads_locked=3, score_mean=Decimal("14.5"))
    lock(own)
    assert code in codes_on(client, SELECTION, cycle=cycle.code, read="all")
    assert own.application in office_work._to_decide(cycle)


def test_an_interview_that_nobody_scored_is_still_to_read(office, cycle):
    application = scored(cycle, Decimal("12"))
    InterviewFactory(application=application)
    owed = AssignmentFactory(application=application, is_interview=True)
    assert application in Application.objects.unread()
    assert application not in office_work._to_decide(cycle)

    lock(owed)
    assert application not in Application.objects.unread()
    assert application in office_work._to_decide(cycle)


def test_the_own_application_is_in_no_answer_about_readings(sign_in, office, cycle):
    scored(cycle, Decimal("12"), student=office)
    client = sign_in(office)
    assert [codes_on(client, SELECTION, cycle=cycle.code, read=answer) for answer in ("all", "owed")] == [[], []]


def test_the_page_of_invitations_puts_them_last_whatever_their_score(sign_in, office, cycle, own, others):
    unread = ApplicationFactory(submitted=True, cycle=cycle)
    address = reverse("applications:selection-interviews-invite", args=[cycle.code])
    client = sign_in(office)
    last = sorted([own.application.code, unread.code])
    for mean in ("14.5", "11.5", "3.5"):
        Application.objects.filter(pk=own.application_id).update(score_mean=Decimal(mean))
        assert codes_on(client, address) == [others[0].code, others[1].code, *last]
        assert f">{mean}<" not in "".join(client.get(address).text.split())

    Application.objects.filter(pk=own.application_id).update(score_mean=Decimal("14.5"))
    lock(own)
    assert codes_on(client, address)[0] == own.application.code


def test_who_has_nothing_to_read_sees_all_of_it(sign_in, office, own, others):
    client = sign_in(UserFactory(coordinator=True))
    address = reverse("applications:selection-interviews-invite", args=[own.application.cycle.code])
    assert codes_on(client, address)[0] == own.application.code
    assert Assignment.objects.filter(reader=office).exists()
