"""The exported list: the same rows as on the screen, all answers, nothing that should not be in it."""

import csv
import io
import json
import re

import openpyxl
import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from applications.apply.forms.application_office import on_the_list
from applications.export import actions, application_list
from applications.models import Answer, Application, Question
from exchange.background import jobs
from exchange.models import Event, Fact, Job
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    RecommendationFactory,
    UploadFactory,
    application_facts,
)

pytestmark = pytest.mark.django_db
URL = reverse("applications:application-export")
LIST = reverse("applications:application-list")


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(coordinator, sign_in):
    return sign_in(coordinator)


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def sent(cycle, name="Ana Muñoz", **more):
    return ApplicationFactory(
        submitted=True,
        answered=True,
        cycle=cycle,
        student=UserFactory(full_name=name),
        form=cycle.form_versions.get(),
        **more,
    )


def answer_to(application, key, value):
    question = Question.objects.get(section__form=application.form, key=key)
    Answer.objects.update_or_create(application=application, question=question, defaults={"value": value})


def file_of(client, form="csv", query=""):
    answer = client.post(URL, {"format": form, "query": query})
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content)


def table(client, query=""):
    """Rows of the CSV as {label: cell}."""
    text = file_of(client, query=query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_answer_is_there_in_words(office, cycle):
    application = sent(cycle, endorsed=True)
    answer_to(application, "story_why", "Porque sí: ¡quiero aprender!\nY más.")
    [row] = table(office)

    assert row["Code"] == application.code
    assert row["Name"] == "Ana Muñoz"
    assert row["Status"] == application.get_status_display()
    assert row["College"] == application.college.name
    assert row["College’s decision"] == "endorsed"
    assert row["Cities, in order of choice"] == "; ".join(line.city.name for line in application.city_preferences.all())
    questions = Question.objects.filter(section__form=application.form).exclude(kind__in=application_list.ELSEWHERE)
    assert {question.label_en for question in questions} <= row.keys()
    essay = questions.get(key="story_why").label_en
    assert row[essay] == "Porque sí: ¡quiero aprender!\nY más."


def test_the_columns_in_sight_are_a_file_of_their_own_without_any_answer(office, coordinator, cycle):
    application = sent(cycle, endorsed=True)
    answer_to(application, "story_why", "Porque sí")
    text = file_of(office, "columns.csv").decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text, newline=""))

    assert list(row)[:6] == ["Name", "Code", "College", "Cycle", "Status", "College’s decision"]
    assert len(row) == len(application_list.IN_SIGHT)
    assert (row["Name"], row["College’s decision"]) == ("Ana Muñoz", "endorsed")
    assert "Porque" not in text
    book = openpyxl.load_workbook(io.BytesIO(file_of(office, "columns.xlsx")))
    assert [cell.value for cell in book.active[2]][:2] == ["Ana Muñoz", application.code]
    assert Event.objects.filter(action="application.export", by=coordinator).count() == 2
    assert application_list.filename("columns.xlsx").endswith(".xlsx")
    assert "columns" not in application_list.filename("columns.xlsx")


def test_the_csv_opens_with_accents_in_excel(office, cycle):
    sent(cycle)
    content = file_of(office)

    assert content.startswith(b"\xef\xbb\xbf")
    assert "Muñoz".encode() in content


def test_the_head_is_in_the_language_of_the_person(coordinator, cycle):
    sent(cycle)
    with translation.override("es"):
        head, _row = list(application_list.Export(Application.objects.all(), "es", by=coordinator)._table())
        why = Question.objects.get(section__form=cycle.form_versions.get(), key="story_why").label_es
    assert why in head


def test_nothing_in_a_cell_is_a_formula(office, cycle):
    application = sent(cycle, name="=cmd|' /C calc'!A0")
    answer_to(application, "story_why", "@SUM(1+1)")
    answer_to(application, "units", -3)
    [row] = table(office)
    units, why = (
        Question.objects.get(section__form=application.form, key=key).label_en for key in ("units", "story_why")
    )

    assert row["Name"] == "'=cmd|' /C calc'!A0"
    assert row[why] == "'@SUM(1+1)"
    assert row[units] == "-3"

    book = openpyxl.load_workbook(io.BytesIO(file_of(office, "xlsx")))
    head, cells = book.active.iter_rows()
    by_label = {label.value: cell for label, cell in zip(head, cells, strict=True)}
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert by_label["Name"].value == "=cmd|' /C calc'!A0"
    assert by_label[units].value == -3
    assert by_label[units].data_type == "n"


def test_json_holds_what_is_stored_under_its_keys(office, cycle):
    application = sent(cycle)
    answer_to(application, "units", 12)
    read = json.loads(file_of(office, "json"))
    [row] = read["applications"]

    assert row["code"] == application.code
    assert row["status"] == "submitted"
    assert row["answers"]["units"] == 12
    assert row["cities"] == [line.city.name for line in application.city_preferences.all()]
    assert {
        "key": "units",
        "label": Question.objects.get(section__form=application.form, key="units").label_en,
    } in read["columns"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_letter_is_in_no_file(office, cycle, form):
    application = sent(cycle)
    application.recommendation.delete()
    RecommendationFactory(application=application, received=True, letter="She stays late.")
    content = file_of(office, form)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        content = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row).encode()

    assert b"She stays late" not in content
    assert b"received" in content


def test_names_of_files_are_there_and_what_is_not_asked_is_not(office, cycle):
    application = sent(cycle)
    upload = UploadFactory(application=application)
    conditional = Question.objects.get(section__form=application.form, key="story_why")
    conditional.show_if_key, conditional.show_if_value = "units", 99
    conditional.save()
    [row] = table(office)

    assert upload.original_name in row[upload.question.label_en]
    assert row[conditional.label_en] == ""


def test_an_application_without_anything_is_a_row_too(office):
    application_facts()
    ApplicationFactory(college=None)
    [row] = table(office)

    assert row["College"] == row["Cities, in order of choice"] == row["Mean score"] == ""


QUERIES = [
    "",
    "sort=name",
    "sort=received",
    "status=submitted&sort=college",
    "q=Ana",
    "owed=not_endorsed",
    "status=nonsense",
]


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_on_screen_is_what_is_exported(office, coordinator, cycle, query):
    for name in ("Ana Muñoz", "Zoe Park", "Anahí Ruiz", "Bo Li"):
        sent(cycle, name=name)
    ApplicationFactory(cycle=cycle, student=UserFactory(full_name="Ana Draft"))
    ApplicationFactory(submitted=True, student=coordinator)  # their own is not listed
    page = office.get(f"{LIST}?{query or 'cycle='}")

    shown = [application.code for application in page.context["page_obj"]]
    assert [row["Code"] for row in table(office, query)] == shown
    assert f'name="query" value="{query.replace("&", "&amp;")}"' in page.text


def test_drafts_of_visitors_and_tries_of_the_form_are_left_out(office, cycle):
    ApplicationFactory(cycle=cycle, is_test=True)
    kept = sent(cycle)

    assert [row["Code"] for row in table(office)] == [kept.code]


def test_the_same_question_of_two_cycles_is_one_column(office, cycle):
    first, second = sent(cycle), sent(CycleFactory(ready=True))
    answer_to(first, "story_why", "one")
    answer_to(second, "story_why", "two")
    why = Question.objects.get(section__form=first.form, key="story_why").label_en

    assert sorted(row[why] for row in table(office)) == ["one", "two"]


def test_every_export_is_on_record(office, coordinator, cycle):
    sent(cycle)
    file_of(office, "xlsx", "q=Ana")
    event = Event.objects.get(action="application.export")

    assert event.by == coordinator
    assert event.changes == {"form": "xlsx", "query": "q=*", "rows": 1}


def test_queries_do_not_grow_with_the_rows_of_a_chunk(coordinator, cycle):
    counts = []
    for more in (1, 4):
        for _ in range(more):
            sent(cycle)
        with CaptureQueriesContext(connection) as captured:
            list(application_list.Export(Application.objects.all(), "en", by=coordinator).pieces("csv"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_only_the_office_exports(sign_in, cycle):
    advisor = UserFactory(advisor=CollegeFactory())
    client = sign_in(advisor)

    assert client.post(URL, {"format": "csv"}).status_code == 403
    assert "/applications/export/" not in client.get(LIST, follow=True).text


def test_the_buttons_of_the_list_carry_their_token(coordinator, cycle):
    sent(cycle)
    client = Client(enforce_csrf_checks=True)
    client.force_login(coordinator)
    form = client.get(LIST, follow=True).text.partition(f'action="{URL}"')[2].partition("</form>")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]

    assert client.post(URL, {"format": "csv", "csrfmiddlewaretoken": token}).status_code == 200


def test_an_unknown_format_leads_back_to_the_list(office):
    assert office.post(URL, {"format": "exe", "query": "q=Ana"})["Location"] == f"{LIST}?q=Ana"


# --- By a job ---------------------------------------------------------------------------------------


@pytest.fixture
def long_list(cycle):
    applications = [sent(cycle, name=f"Student {n}") for n in range(4)]
    Fact.objects.filter(key="export.rows_at_once").update(value=3)
    return applications


def started(coordinator, query):
    _form, applications = on_the_list(QueryDict(query), coordinator)
    return actions.export(applications, "csv", query=query, back="/", by=coordinator)


def test_a_long_list_is_made_by_a_job_with_a_link(office, coordinator, long_list, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(URL, {"format": "csv", "query": "sort=name"})
    job = Job.objects.get()

    assert answer["Location"] == job.get_absolute_url()
    page = office.get(job.get_absolute_url()).text
    assert "It’s ready." in page
    result = b"".join(office.get(reverse("job-result", kwargs={"code": job.code})).streaming_content)
    rows = list(csv.DictReader(io.StringIO(result.decode("utf-8-sig"), newline="")))
    assert [row["Name"] for row in rows] == [f"Student {n}" for n in range(4)]
    assert Event.objects.get(action="application.export").changes["job"] == job.code


def test_a_long_list_is_started_once(office, long_list):
    links = {office.post(URL, {"format": "csv"})["Location"] for _ in range(3)}

    assert len(links) == Job.objects.count() == 1
    assert Event.objects.filter(action="application.export").count() == 1
    assert office.post(URL, {"format": "json"})["Location"] not in links


def test_a_job_killed_in_the_middle_goes_on_and_is_whole(coordinator, long_list, monkeypatch):
    monkeypatch.setattr(application_list, "CHUNK", 1)
    job = started(coordinator, "sort=name")
    progress, calls = jobs.Work.progress, []

    def dies(work, done, total):
        calls.append(done)
        if calls == [1, 2]:
            raise KeyboardInterrupt
        progress(work, done, total)

    monkeypatch.setattr(jobs.Work, "progress", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run(job.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    with job.file.open("rb") as file:
        assert file.read().count(b"\r\n") == 5
    assert (job.state, job.done, job.total, job.attempts) == ("done", 4, 4, 2)


def test_who_left_the_office_meanwhile_gets_nothing(coordinator, long_list):
    job = started(coordinator, "")
    coordinator.roles.all().delete()

    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.file.name) == ("failed", "")
