"""The fairness page, its PDF and its CSV: counted from rows, the same figures in each, none too early."""

import csv
import datetime as dt
import io
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.models import Answer, Decision, Lever, Offer, Question, Section
from applications.release import after
from applications.states import Status
from exchange.background import jobs
from exchange.models import Job
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    EndorsementFactory,
    FormVersionFactory,
    OfferFactory,
    review_facts,
)
from tests.factories_travel import TripFactory, travel_facts
from tests.travel.outcomes_rows import threshold
from travel.base import charts
from travel.models import Trip
from travel.outcomes import fairness_figures, fairness_report
from travel.outcomes.fairness import Step
from travel.outcomes.fairness_figures import Moment, counted_of, moment_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def mayor(client):
    client.force_login(UserFactory(director=True))
    return client


@pytest.fixture
def cycle():
    """A closed cycle, with a form that asks for one lever."""
    cycle = CycleFactory(closed=True)
    form = FormVersionFactory(cycle=cycle)
    section = Section.objects.create(form=form, key="about", order=1, title_en="About", title_es="Sobre ti")
    Question.objects.create(
        section=section, key="first_abroad", order=1, kind="yes_no", label_en="First?", label_es="¿Primera?"
    )
    Lever.objects.create(
        cycle=cycle,
        kind="first_trip",
        question_key="first_abroad",
        values=[True],
        definition_en="Has never left the country.",
        definition_es="Nunca ha salido del país.",
    )
    return cycle


def people(cycle, number, *, first=None, college=None, endorsed=False, reads=0, **traits):
    form = cycle.form_versions.get()
    question = Question.objects.get(section__form=form)
    if reads:
        traits |= {"score_mean": 4, "score_median": 4, "score_spread": 1}
    made = ApplicationFactory.create_batch(
        number, cycle=cycle, form=form, college=college or CollegeFactory(), reads_locked=reads, **traits
    )
    for each in made:
        if first is not None:
            Answer.objects.create(application=each, question=question, value=first)
        if endorsed:
            EndorsementFactory(application=each)
    return made


def a_cohort(cycle):
    """4 of 14 first-timers are selected, and 9 of 15 others."""
    one, other = CollegeFactory(short_name="East"), CollegeFactory(short_name="West")
    people(cycle, 5, first=True, college=one)
    people(cycle, 10, first=True, college=one, submitted=True, status=Status.NOT_SELECTED, endorsed=True)
    people(cycle, 4, first=True, college=other, confirmed=True, endorsed=True)
    people(cycle, 6, first=False, college=other, submitted=True, status=Status.NOT_SELECTED, endorsed=True)
    people(cycle, 9, first=False, college=one, confirmed=True, endorsed=True)


def address(cycle, kind=""):
    return reverse(f"travel:outcomes-fairness{kind}", kwargs={"code": cycle.code})


def page_of(client, cycle):
    response = client.get(address(cycle))
    assert response.status_code == 200
    return response


def lines_of(client, cycle):
    rows = list(csv.reader(io.StringIO(client.get(address(cycle, "-csv")).content.decode("utf-8-sig"))))
    return rows[0], rows[1:]


# --- Counting ---------------------------------------------------------------------------------------


def test_everybody_counts_once_in_each_way_of_grouping(cycle):
    threshold(1)
    college = CollegeFactory()
    people(cycle, 2, first=True, college=college)
    people(cycle, 1, first=False, college=None, submitted=True)
    people(cycle, 3, college=college, submitted=True, endorsed=True)
    people(cycle, 2, first=True, college=college, submitted=True, endorsed=True, reads=cycle.reads_each)
    people(cycle, 1, first=True, college=college, submitted=True, reads=cycle.reads_each)  # read, not endorsed
    people(cycle, 2, first=True, college=college, selected=True)
    people(cycle, 1, first=True, college=college, confirmed=True)
    people(cycle, 1, first=True, college=college, withdrawn=True)
    ApplicationFactory(cycle=cycle, form=cycle.form_versions.get(), is_test=True)
    ApplicationFactory(cycle=cycle, form=cycle.form_versions.get(), student=None, draft_key="x" * 64)
    found = fairness_figures.count(cycle, list(cycle.levers.all()))
    assert {by: sum(sum(group.values()) for group in groups.values()) for by, groups in found.items()} == {
        "college": 13,
        "language": 13,
        "first_trip": 13,
    }
    counts = found["first_trip"]
    assert list(counts["yes"].values()) == [2, 2, 0, 2, 2, 1]
    assert list(counts["no"].values()) == [0, 1, 0, 0, 0, 0]
    assert list(counts["unknown"].values()) == [0, 0, 3, 0, 0, 0]


def test_a_seat_given_back_counts_as_far_as_it_came(cycle):
    (withdrawn,) = people(cycle, 1, first=True, withdrawn=True)
    OfferFactory(
        decision=DecisionFactory(application=withdrawn, result=Status.SELECTED, released=True),
        application=withdrawn,
        reply=Offer.Reply.CONFIRMED,
        answered_at=timezone.now(),
    )
    assert fairness_figures.count(cycle, [])["language"]["en"][Step.CONFIRMED] == 1


def test_districts_are_groups_by_their_number_and_all_else_is_one(cycle):
    question = Question.objects.get(section__form__cycle=cycle)
    lever = Lever.objects.create(
        cycle=cycle,
        kind="district",
        question_key=question.key,
        values=["7", "15"],
        definition_en="x",
        definition_es="x",
    )
    for value in ("7", "7", "15", "outside", None):
        people(cycle, 1, first=value)
    found = fairness_figures.count(cycle, [lever])["district"]
    assert {group: steps[Step.STARTED] for group, steps in found.items()} == {"7": 2, "15": 1, "unknown": 2}


# --- When -------------------------------------------------------------------------------------------


def test_nothing_is_said_before_its_time(mayor, cycle):
    threshold(1)
    cycle.closes_at = timezone.now() + dt.timedelta(days=1)
    cycle.save()
    drafts = people(cycle, 2, first=True)
    sent = people(cycle, 3, first=True, submitted=True)
    assert moment_of(cycle) is Moment.OPEN
    assert "Still open" in page_of(mayor, cycle).text
    assert mayor.get(address(cycle, "-csv")).status_code == mayor.get(address(cycle, "-pdf")).status_code == 302

    cycle.closes_at = timezone.now() - dt.timedelta(days=1)
    cycle.save()
    Decision.objects.create(application=sent[0], result=Status.SELECTED, reason="x", decided_by=UserFactory())
    assert moment_of(cycle) is Moment.CLOSED  # decided, but not released
    head, _rows = lines_of(mayor, cycle)
    assert head[2:] == ["Started", "Submitted"]

    offer = OfferFactory(decision=DecisionFactory(application=people(cycle, 1, selected=True)[0], released=True))
    assert moment_of(cycle) is Moment.SETTLED
    assert "Confirmed" not in lines_of(mayor, cycle)[0]
    assert "Selected" in lines_of(mayor, cycle)[0]

    Offer.objects.filter(pk=offer.pk).update(reply="confirmed", answered_at=timezone.now())
    offer.application.status = Status.CONFIRMED
    offer.application.save()
    assert moment_of(cycle) is Moment.ANSWERED
    assert "Confirmed" in lines_of(mayor, cycle)[0]
    assert drafts


def test_who_moves_up_cannot_be_told_from_two_days_pages(mayor, cycle):
    threshold(1)
    a_cohort(cycle)
    waiting = people(cycle, 2, first=True, submitted=True, endorsed=True, status=Status.WAITLISTED)
    before, lines = page_of(mayor, cycle), lines_of(mayor, cycle)
    assert "Who was selected appears once no one is waiting" in before.text
    assert before.text.count("too few students dropped out") == 0
    assert lines[0][2:] == ["Started", "Submitted"]

    waiting[0].status = Status.SELECTED
    waiting[0].save()
    OfferFactory(decision=DecisionFactory(application=waiting[0], released=True))
    assert lines_of(mayor, cycle) == lines

    TripFactory(cycle=cycle, leaves_on=timezone.localdate() + dt.timedelta(days=1))
    assert moment_of(cycle) is Moment.RELEASED
    Trip.objects.update(leaves_on=timezone.localdate() - dt.timedelta(days=1))
    assert moment_of(cycle) is Moment.SETTLED  # no more promotions; one offer is open
    Trip.objects.all().delete()
    waiting[1].status = Status.NOT_SELECTED
    waiting[1].save()
    assert moment_of(cycle) is Moment.SETTLED
    assert "Selected" in lines_of(mayor, cycle)[0]


# --- What is shown ----------------------------------------------------------------------------------


def test_the_page_flags_and_says_how_many_more_would_lift_it(mayor, cycle):
    threshold(3)
    a_cohort(cycle)
    page = page_of(mayor, cycle)
    card = next(card for card in page.context["page"].groups if card.id == "by-first-trip")
    yes, no, everybody = card.table["rows"]
    assert yes[:1] + yes[-5:] == [
        "Yes", "29%", "12% to 55%", "0.48", yes[-2], "flag: selecting 3 more would clear it; could be due to chance"
    ]  # fmt: skip
    assert no[-5:] == ["60%", "36% to 80%", "", "", "highest share"]
    assert everybody[0] == "All"
    assert "A reason to look closer, not a finding. Yes: 0.48 of the highest share" in page.text
    assert "Has never left the country." in page.text
    assert page.text.count("<svg") >= 4


def test_small_counts_are_hidden_in_the_same_places_on_page_paper_and_in_the_file(mayor, cycle):
    threshold(5)
    a_cohort(cycle)  # four confirmed first-timers are too few, and the nine others would reveal them
    context = page_of(mayor, cycle).context["page"]
    rows = [[card.title, *row] for card in context.groups for row in card.table["rows"]]
    _head, lines = lines_of(mayor, cycle)
    assert lines == rows
    first = {row[1]: row for row in lines if row[0] == "First time abroad"}
    assert "4" not in first["Yes"][2:8]
    assert "9" not in first["No, or not sure"][2:8]
    assert "not shown" in first["Yes"]
    assert first["Yes"][-5:] == ["not shown", "", "", "", ""]
    pdf = mayor.get(address(cycle, "-pdf"))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    for row in lines:
        assert row[1].split()[0] in text
    assert "48" not in text  # no share is calculated from a hidden count


def test_a_step_that_the_outcomes_hide_stays_hidden(mayor, cycle, monkeypatch):
    threshold(1)
    a_cohort(cycle)

    stages = dict.fromkeys(fairness_figures.STEPS) | {fairness_figures.OutcomeStage.STARTED: 34}
    published = SimpleNamespace(outcomes=SimpleNamespace(stages=stages, travelers=10, shares={}, breakdowns={}))
    monkeypatch.setattr(fairness_figures, "SAID_OF_TRAVELERS", {})
    monkeypatch.setattr(fairness_figures, "report", lambda code: published)
    found = counted_of(cycle, by=UserFactory(coordinator=True)).fairness
    assert set(found.total) <= {Step.STARTED, Step.READ}


def test_a_college_that_begins_like_a_formula_is_text_in_the_file(mayor, cycle):
    threshold(1)
    people(cycle, 3, first=True, college=CollegeFactory(short_name="=1+1"), submitted=True)
    _head, lines = lines_of(mayor, cycle)
    assert ["By college", "'=1+1", "3", "3"] in lines


def test_too_few_show_nothing(mayor, cycle):
    threshold(11)
    people(cycle, 3, first=True, submitted=True)
    assert "Too few to show" in page_of(mayor, cycle).text


def test_definitions_are_in_the_readers_language(mayor, cycle):
    threshold(3)
    a_cohort(cycle)
    page = mayor.get(address(cycle), headers={"accept-language": "es"})
    assert "Nunca ha salido del país." in page.text


def test_more_people_cost_no_more_queries(mayor, cycle, django_assert_max_num_queries):
    threshold(3)
    a_cohort(cycle)
    page_of(mayor, cycle)
    for _ in range(2):
        with django_assert_max_num_queries(30):
            page_of(mayor, cycle)
        a_cohort(cycle)


def test_it_is_reached_from_the_outcomes_and_from_the_committee(mayor, cycle, sign_in):
    threshold(3)
    review_facts()
    office = sign_in(UserFactory(coordinator=True))
    assert address(cycle) in office.get(reverse("applications:selection-list"), {"cycle": cycle.code}).text
    assert address(cycle) in mayor.get(reverse("travel:outcomes"), {"cycle": cycle.code}).text


def test_what_is_not_shown_is_said_once_and_a_table_without_a_chart_stands_open(mayor, cycle, monkeypatch):
    monkeypatch.setattr(fairness_report, "_has_results", lambda counted: False)
    threshold(5)
    a_cohort(cycle)
    page = page_of(mayor, cycle)
    groups = page.context["page"].groups
    assert page.text.count("We don’t show how many were selected") == 1
    assert {card.is_without_chart for card in groups if not card.svg} == {True}
    assert page.text.count("<details open") == sum(card.is_without_chart for card in groups)


# --- Drawn ahead ------------------------------------------------------------------------------------


def test_after_a_release_its_charts_are_drawn_before_anyone_opens_the_page(mayor, cycle, monkeypatch):
    threshold(2)
    a_cohort(cycle)
    after.tell(cycle)
    drawn = list(Job.objects.filter(kind=charts.KIND))
    assert {job.language for job in drawn} == {"en", "es"} and all(job.state == "done" for job in drawn)

    monkeypatch.setattr(jobs, "publish", lambda job: pytest.fail("the page had something drawn"))
    assert 'class="ex-chart"' in page_of(mayor, cycle).text
    assert Job.objects.filter(kind=charts.KIND).count() == 2
