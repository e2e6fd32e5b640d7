"""Interviews have questions and a rubric of their own, and their score stands beside the readings."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.cycle import readiness
from applications.cycle.actions import criteria as actions
from applications.cycle.actions import setup
from applications.models import Application, InterviewSlot, Rating, RubricCriterion
from applications.reading.actions import review
from exchange.base.errors import RuleViolation
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, application_facts
from tests.factories_meeting import InterviewSlotFactory, booked, interview_cycle

pytestmark = pytest.mark.django_db
INTERVIEW = RubricCriterion.Kind.INTERVIEW
LEVELS = [("Little", "Poco"), ("Some", "Algo"), ("A lot", "Mucho")]
WORDS = {
    "title_en": "Curiosity",
    "title_es": "Curiosidad",
    "ask_en": "What would you ask a mayor there?",
    "ask_es": "¿Qué le preguntarías a una alcaldesa de allá?",
}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    application_facts()
    return interview_cycle()


def add(cycle, office, **changes):
    return actions.save_criterion(cycle, WORDS | changes, levels=LEVELS, kind=INTERVIEW, by=office)


def page(name, *args):
    return reverse(f"applications:{name}", args=args)


def held(cycle, *people, application=None):
    """A booked interview that has begun, and who scores it."""
    slot = InterviewSlotFactory(cycle=cycle, interviewers=people)
    interview = booked(slot, application=application or ApplicationFactory(submitted=True, answered=True, cycle=cycle))
    InterviewSlot.objects.filter(pk=slot.pk).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    return interview, list(interview.application.assignments.filter(is_interview=True).order_by("pk"))


def score(assignment, **points):
    return review.lock_review(assignment, points=points, comment="Clear.", feedback="", by=assignment.reader)


# --- Setting it up ----------------------------------------------------------------------------------


def form_data(**changes):
    data = {f"level_{points}_{language}": "" for points in range(1, 6) for language in ("en", "es")}
    data |= {f"sample_{points}_{language}": "" for points in range(1, 6) for language in ("en", "es")}
    for points, (english, spanish) in enumerate(LEVELS, start=1):
        data |= {f"level_{points}_en": english, f"level_{points}_es": spanish}
    return data | WORDS | changes


def test_the_office_writes_what_interviewers_ask_and_score(sign_in, office, cycle):
    client, before = sign_in(office), list(cycle.criteria.values_list("key", flat=True))
    shown = client.get(page("cycle-setup-rubric", cycle.code)).text
    assert "Until there are, interviewers score by the readers’ criteria above." in shown
    add_page = page("cycle-setup-criterion-add", cycle.code) + "?kind=interview"
    assert add_page in shown

    lacking = client.post(add_page, form_data(ask_es="")).text
    assert "What would you ask a mayor there?" in lacking and not cycle.interview_criteria.exists()
    client.post(add_page, form_data())
    client.post(add_page, form_data())  # a double tap

    (criterion,) = cycle.interview_criteria
    assert (criterion.ask_es, criterion.question_key, criterion.levels.count()) == (WORDS["ask_es"], "", 3)
    assert list(cycle.criteria.values_list("key", flat=True)) == before
    client.post(page("cycle-setup-criterion", cycle.code, criterion.key), form_data(ask_en="What would you ask first?"))
    shown = client.get(page("cycle-setup-rubric", cycle.code)).text
    assert "What would you ask first?" in shown and "Until there are" not in shown
    client.post(page("cycle-setup-criterion-remove", cycle.code, criterion.key))
    assert not cycle.interview_criteria.exists() and cycle.criteria.count() == len(before)


def test_a_cycle_without_interviews_isnt_asked_for_their_questions(sign_in, office, cycle):
    lacks = "Say what interviewers ask and score."
    assert any(lacks in need.text and not need.stops for need in readiness.needs_of(cycle))
    add(cycle, office)
    assert not any(lacks in need.text for need in readiness.needs_of(cycle))
    cycle.interview_criteria.all().delete()
    cycle.has_interviews = False
    cycle.save()

    assert not any(lacks in need.text for need in readiness.needs_of(cycle))
    assert "What interviewers ask" not in sign_in(office).get(page("cycle-setup-rubric", cycle.code)).text


def test_readers_dont_see_interview_questions_and_next_years_cycle_has_them(sign_in, office, cycle):
    add(cycle, office)
    reading = AssignmentFactory(application=ApplicationFactory(submitted=True, answered=True, cycle=cycle))

    assert "Curiosity" not in sign_in(reading.reader).get(reading.get_absolute_url()).text
    copy = setup.copy_cycle(cycle, by=office)
    assert [each.ask_en for each in copy.interview_criteria] == [WORDS["ask_en"]]
    assert copy.criteria.count() == cycle.criteria.count()


@pytest.mark.parametrize("rubric", ["own", "the readers'"])
def test_once_an_interview_is_scored_there_are_no_other_questions(office, cycle, rubric):
    """Also where it was scored by the readers' criteria: two rubrics would give scores that can't be compared."""
    criterion = add(cycle, office) if rubric == "own" else None
    _interview, (assignment,) = held(cycle, office)
    score(assignment, **({"curiosity": 3} if criterion else {each.key: 4 for each in cycle.criteria}))

    with pytest.raises(RuleViolation) as caught:
        add(cycle, office, title_en="Another")

    assert caught.value.code == "scoring_began" and "An interview has been scored" in caught.value.message
    if criterion:
        for act, more in ((actions.move_criterion, {"up": True}), (actions.remove_criterion, {})):
            with pytest.raises(RuleViolation):
                act(cycle, criterion.key, by=office, **more)
        words = {"levels": LEVELS, "key": criterion.key, "by": office}
        with pytest.raises(RuleViolation):
            actions.save_criterion(cycle, WORDS | {"ask_en": "New?"}, **words)
        actions.save_criterion(cycle, WORDS | {"ask_en": "New?"}, reason="It was unclear.", **words)
        kept = {each["key"]: each for each in cycle.rubric_versions.get().criteria}
        assert kept["curiosity"]["ask_en"] == WORDS["ask_en"]


# --- Scoring ----------------------------------------------------------------------------------------


def test_interviewers_ask_these_questions_and_score_by_these_criteria(sign_in, office, cycle):
    add(cycle, office)
    interview, (assignment,) = held(cycle, office)
    address, client = page("interview-score", interview.code), sign_in(office)

    shown = client.get(address).text
    assert WORDS["ask_en"] in shown and "points_curiosity" in shown and "points_purpose" not in shown
    assert "no interview questions of its own" not in shown
    client.post(address, {"act": "lock", "points_curiosity": 2, "comment": "Clear.", "feedback": ""})

    assert {each.criterion.key: each.points for each in Rating.objects.filter(review__assignment=assignment)} == {
        "curiosity": 2
    }
    application = Application.objects.get(pk=interview.application_id)
    assert (float(application.interview_mean), application.score_mean, application.reads_locked) == (2.0, None, 0)


def test_without_questions_interviewers_score_by_the_readers_criteria_and_read_so(sign_in, office, cycle):
    interview, _assignments = held(cycle, office)

    shown = sign_in(office).get(page("interview-score", interview.code)).text

    assert "This cycle has no interview questions of its own" in shown and "points_purpose" in shown


def test_reworded_interview_questions_hold_up_no_reader(office, cycle):
    """Both have the same versions, but a reader's own words are as they were."""
    criterion = add(cycle, office)
    (interviewer,) = held(cycle, office)[1]
    score(interviewer, **{criterion.key: 2})
    reading = AssignmentFactory(application__cycle=cycle, application__submitted=True, application__answered=True)
    points = dict.fromkeys(cycle.criteria.values_list("key", flat=True), 2)
    said = {"points": points, "comment": "Clear.", "feedback": "", "by": reading.reader}
    review.save_review(reading, **said)
    changed = [("Hardly any", "Casi nada"), *LEVELS[1:]]
    actions.save_criterion(cycle, WORDS, levels=changed, key=criterion.key, kind=INTERVIEW, reason="Vague.", by=office)
    cycle.refresh_from_db()
    assert cycle.rubric_version == 2

    assert review.lock_review(reading, **said, rubric_version=1).locked_at
    # an interviewer's own words are others now
    (other,) = held(cycle, office)[1]
    with pytest.raises(RuleViolation) as caught:
        own = {"points": {criterion.key: 2}, "comment": "Clear.", "feedback": "", "by": office}
        review.lock_review(other, **own, rubric_version=1)
    assert caught.value.code == "rubric_changed"


@pytest.mark.parametrize("changed", [{"ask_en": "What would you ask first?"}, {"question_key": "hopes"}])
def test_another_question_is_another_wording(office, cycle, changed):
    criterion = add(cycle, office)
    (assignment,) = held(cycle, office)[1]
    score(assignment, **{criterion.key: 2})
    (other,) = held(cycle, UserFactory(coordinator=True))[1]
    said = {"points": {criterion.key: 2}, "comment": "Clear.", "feedback": "", "by": other.reader}
    review.save_review(other, **said)
    words = WORDS | changed
    actions.save_criterion(cycle, words, levels=LEVELS, key=criterion.key, kind=INTERVIEW, reason="Vague.", by=office)
    cycle.refresh_from_db()

    with pytest.raises(RuleViolation) as caught:
        review.lock_review(other, **said, rubric_version=1)
    assert caught.value.code == "rubric_changed"


def test_points_of_the_other_rubric_are_refused(office, cycle):
    add(cycle, office)
    _interview, (assignment,) = held(cycle, office)

    with pytest.raises(RuleViolation) as caught:
        score(assignment, purpose=4)

    assert caught.value.code == "unknown_points"


# --- What the committee sees ------------------------------------------------------------------------


def test_the_score_stands_in_a_column_of_its_own_and_moves_nobody(sign_in, office, cycle):
    add(cycle, office)
    met, other = (ApplicationFactory(submitted=True, answered=True, cycle=cycle) for _ in range(2))
    for application, points in ((met, 2), (other, 4)):
        assignment = AssignmentFactory(application=application)
        review.lock_review(
            assignment,
            points={each.key: points for each in cycle.criteria},
            comment="",
            feedback="",
            by=assignment.reader,
        )
    interviewer = UserFactory(coordinator=True)
    _interview, (assignment,) = held(cycle, interviewer, application=met)
    score(assignment, curiosity=3)
    client = sign_in(office)

    rows = client.get(reverse("applications:selection-list"), {"cycle": cycle.code}).context["rows"]
    assert [row.application for row in rows] == [other, met]
    assert [float(row.application.score_mean) for row in rows] == [12.0, 6.0]
    shown = " ".join(client.get(reverse("applications:selection-list"), {"cycle": cycle.code}).text.split())
    assert 'data-label="Interview"> 3.0' in shown and "An interview’s score is out of 3." in shown
    record = " ".join(client.get(page("decision-record", met.code)).text.split())
    readers, interviewers = record.split("What interviewers say")
    assert f"{interviewer}: 3 of 3" in interviewers and str(interviewer) not in readers
    assert "Interview: 3.0 of 3." in interviewers
    pair = client.get(page("selection-compare", cycle.code), {"a": met.code, "b": other.code}).text
    assert f"{interviewer}: 3 of 3" in " ".join(pair.split("What interviewers say")[1].split())


def test_whoever_still_reads_sees_no_score_of_the_interview(sign_in, office, cycle):
    add(cycle, office)
    interview, (assignment,) = held(cycle, UserFactory(coordinator=True))
    score(assignment, curiosity=3)
    AssignmentFactory(application=interview.application, reader=office)
    client = sign_in(office)

    listed = client.get(reverse("applications:selection-list"), {"cycle": cycle.code}).text
    assert (
        'data-label="Interview"' in listed and "3.0" not in listed.split('data-label="Interview"')[1].split("</td>")[0]
    )
    assert "What interviewers say" not in client.get(page("decision-record", interview.application.code)).text
