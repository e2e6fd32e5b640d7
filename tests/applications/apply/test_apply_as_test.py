"""A coordinator's test application leaves no trace, expires by itself and never replaces a real application."""

import datetime as dt

import pytest
from django.utils import timezone

from applications import tasks
from applications.cycle.actions import form_versions, setup
from applications.models import Answer, Application, Cycle, Question, Recommendation
from applications.selection import ranking
from exchange.base.errors import RuleViolation
from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, review_facts
from tests.factories_travel import travel_facts
from travel.office.home import pipeline
from travel.outcomes import counting

pytestmark = pytest.mark.django_db


def at(text):
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def source():
    CollegeFactory()
    return CycleFactory(
        ready=True,
        code="spring-2026",
        name_en="Spring 2026",
        name_es="Primavera 2026",
        opens_at=at("2025-12-01T09:00"),
        closes_at=at("2026-02-13T23:59"),
        decisions_on=dt.date(2026, 4, 10),
    )


def refused(act) -> str:
    with pytest.raises(RuleViolation) as violation:
        act()
    return violation.value.code


def counts(office) -> dict:
    cycle = Cycle.objects.get(code="spring-2026")
    return {
        "pipeline": (figures := pipeline.figures_of(cycle)).by_status,
        "by college": figures.by_college,
        "outcomes": counting.counts_of(cycle).furthest,
        "ranking": ranking.counts_of(cycle).submitted,
        "office's list": Application.objects.visible_to(office).count(),
        "submitted": Application.objects.in_the_cycle().count(),
        "answered for": Application.objects.answered_for_by(office).count(),
        "quiet": Application.objects.quiet(0).count(),
        "outdated": form_versions.outdated(cycle).count(),
        "messages": Message.objects.count(),
        "applications": Application.objects.count(),
        "answers": Answer.objects.count(),
        "recommendations": Recommendation.objects.count(),
    }


def test_a_test_leaves_no_trace(source, office):
    travel_facts()
    review_facts()
    before = counts(office)
    test = setup.start_test(source, by=office)
    during = counts(office)
    question = Question.objects.get(section__form=test.form, key="class_schedule")
    upload = UploadFactory(application=test, question=question)
    Answer.objects.create(
        application=test, question=Question.objects.get(section__form=test.form, key="major"), value="x"
    )
    name, storage = upload.file.name, upload.file.storage
    assert storage.exists(name)
    assert setup.end_test(source, by=office) is True
    assert setup.end_test(source, by=office) is False
    assert counts(office) == before
    in_tables = {"applications", "recommendations"}
    assert {key for key in before if during[key] != before[key]} == in_tables


def test_a_test_that_nobody_ended_goes_the_day_after_without_a_trace(
    source, office, django_capture_on_commit_callbacks
):
    travel_facts()
    review_facts()
    before = counts(office)
    tests = [setup.start_test(source, by=by) for by in (office, UserFactory(coordinator=True))]
    upload = UploadFactory(
        application=tests[0], question=Question.objects.get(section__form=tests[0].form, key="class_schedule")
    )
    with django_capture_on_commit_callbacks(execute=True):
        tasks.purge_abandoned_drafts()
    assert set(Application.objects.filter(is_test=True)) == set(tests)  # they expire after a day

    Application.objects.filter(is_test=True).update(reopened_until=timezone.now() - dt.timedelta(minutes=1))
    assert form_versions.purge_tests(dry_run=True) == 2
    real = ApplicationFactory(cycle=source, reopened_until=timezone.now() - dt.timedelta(days=1))  # an ended extension
    with django_capture_on_commit_callbacks(execute=True):
        tasks.purge_abandoned_drafts()
    assert list(Application.objects.filter(cycle=source)) == [real]
    assert not upload.file.storage.exists(upload.file.name)
    real.delete()
    assert counts(office) == before


def test_a_test_works_on_a_closed_cycle_and_by_the_newest_version(source, office):
    form_versions.start_version(source, by=office)
    test = setup.start_test(source, by=office)
    assert (test.form.number, test.accepts_changes, test.is_test, test.status) == (2, True, True, "draft")


def test_a_test_is_begun_anew_and_never_replaces_a_real_application(source, office):
    first = setup.start_test(source, by=office)
    second = setup.start_test(source, by=office)
    assert not Application.objects.filter(pk=first.pk).exists()
    Application.objects.filter(pk=second.pk).update(is_test=False)
    assert refused(lambda: setup.start_test(source, by=office)) == "not_a_test"
