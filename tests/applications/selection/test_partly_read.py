"""A candidate with a score from fewer readings than planned is never ranked, proposed or told without a mark."""

import csv
import html
import io

import pytest
from django.urls import reverse

from applications.export.application_list import Export
from applications.models import Application, Decision, Release
from applications.reading.actions.review import work_out_scores
from applications.release.actions import releasing
from applications.scores import comparing
from applications.selection import committee
from applications.selection.actions import proposal
from exchange.base.errors import RuleViolation
from exchange.reference import facts
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    review_facts,
)
from tests.readings import read_by

pytestmark = pytest.mark.django_db


def text_of(response):
    return html.unescape(" ".join(response.text.split()))


@pytest.fixture
def office():
    review_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle(office):
    return CycleFactory(ready=True, reads_each=3, seats=1)


@pytest.fixture
def readers():
    return [UserFactory(advisor=True) for _ in range(3)]


@pytest.fixture
def ahead(cycle, readers):
    """One of three readings, with full points: first by the mean."""
    application = ApplicationFactory(submitted=True, cycle=cycle)
    read_by(application, readers[0], [5] * cycle.criteria.count())
    work_out_scores(application)
    return application


@pytest.fixture
def behind(cycle, readers):
    application = ApplicationFactory(submitted=True, cycle=cycle)
    for reader in readers:
        read_by(application, reader, [4] * cycle.criteria.count())
    work_out_scores(application)
    return application


def ranked(client, cycle):
    return client.get(f"{reverse('applications:selection-list')}?cycle={cycle.code}")


def test_the_ranked_list_marks_the_one_and_counts_them(cycle, office, ahead, behind, sign_in):
    page = ranked(sign_in(office), cycle)
    rows = page.context["rows"]
    assert [(row.application, row.rank) for row in rows] == [(ahead, 1), (behind, 2)]
    assert text_of(page).count("1 of 3 read") == 1 and "3 of 3 read" not in text_of(page)
    assert "1 application has fewer than 3 scores" in text_of(page)


def test_a_list_with_all_readings_has_no_mark(cycle, office, behind, sign_in):
    page = text_of(ranked(sign_in(office), cycle))
    assert "fewer than 3 readings" not in page and "of 3 read" not in page


def test_the_mark_waits_until_the_own_reading_is_locked(cycle, office, ahead, sign_in):
    """It would tell somebody of the office who still reads that another reading is in."""
    AssignmentFactory(application=ahead, reader=office)
    assert "1 of 3 read" not in text_of(ranked(sign_in(office), cycle))


def test_the_export_says_it_in_words(cycle, office, ahead, behind):
    text = b"".join(Export(Application.objects.order_by("-score_mean"), "en", by=office).pieces("csv")).decode(
        "utf-8-sig"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Readings done"], row["Readings planned"], row["Not fully read"]) for row in rows] == [
        ("1", "3", "1 of 3 read"),
        ("3", "3", ""),
    ]


def asked_for(cycle):
    asked = committee.CommitteeRule(committee.Basis.RAW, {})
    room = committee.what_if(cycle, asked, comparing.compare(cycle, facts.numbers(*comparing.FACTS)))
    return asked, {"waitlist": 1, "fingerprint": room.fingerprint()}


def test_a_proposal_asks_first(cycle, office, ahead, behind):
    asked, said = asked_for(cycle)
    with pytest.raises(RuleViolation) as caught:
        proposal.draft(cycle, asked, **said, by=office)
    assert caught.value.code == "partly_read" and not Decision.objects.exists()
    assert proposal.draft(cycle, asked, **said, partly_read=True, by=office) == 2


def test_its_page_marks_them_and_has_the_box(cycle, office, ahead, behind, sign_in):
    client, address = sign_in(office), reverse("applications:selection-draft", args=[cycle.code])
    page = client.get(address, {"basis": "raw"})
    assert "Go ahead without the missing readings" in text_of(page) and "1 of 3 read" in text_of(page)
    said = {"basis": "raw", "waitlist": 1, "fingerprint": page.context["fingerprint"]}
    assert "Some candidates aren’t fully read yet" in text_of(client.post(address, said, follow=True))
    assert not Decision.objects.exists()
    client.post(address, {**said, "partly_read": "on"})
    assert Decision.objects.count() == 2


def test_a_release_says_how_many_and_asks_first(cycle, office, ahead, behind, sign_in):
    DecisionFactory(application=ahead, result="selected")
    DecisionFactory(application=behind, result="not_selected")
    dry_run, client = releasing.keep_dry_run(cycle, by=office), sign_in(office)
    page = text_of(client.get(reverse("applications:selection-preview", args=[cycle.code])))
    assert "1 of these candidates has fewer than 3 readings" in page and "1 of 3 read" in page
    assert "Release without the missing readings" in page
    address = reverse("applications:selection-release", args=[cycle.code])

    refused = text_of(client.post(address, {"dry_run": dry_run.code}, follow=True))

    assert "1 candidate has fewer than 3 readings. Wait for the rest" in refused
    assert not Release.objects.filter(started_at__isnull=False).exists()
    client.post(address, {"dry_run": dry_run.code, "partly_read": "on"})
    assert Release.objects.filter(started_at__isnull=False).exists()


def test_a_release_of_those_who_are_read_asks_nothing(cycle, office, behind, sign_in):
    DecisionFactory(application=behind, result="selected")
    dry_run = releasing.keep_dry_run(cycle, by=office)
    page = text_of(sign_in(office).get(reverse("applications:selection-preview", args=[cycle.code])))
    assert "missing readings" not in page
    assert releasing.start(dry_run, by=office).started_at
