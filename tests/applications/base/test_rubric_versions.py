"""A rubric reworded while readers score by it: the former wording is kept, and locked reviews do not change."""

import pytest
from django.urls import reverse

from applications.base import rubrics
from applications.cycle.actions import criteria, setup
from applications.models import RubricVersion
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.applications.reading.test_review_views import text_of
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    review_facts()
    return ReviewFactory(locked=True).assignment.application.cycle


def reword(cycle, office, key="purpose", *, title="Purpose", first="Says it in other words", reason="Too vague."):
    criterion = cycle.criteria.get(key=key)
    levels = list(criterion.levels.values_list("text_en", "text_es"))
    samples = list(criterion.levels.values_list("sample_en", "sample_es"))
    values = {name: getattr(criterion, name) for name in criteria.CRITERION_FIELDS} | {"title_en": title}
    levels[0] = (first, "Lo dice con otras palabras")
    return criteria.save_criterion(
        cycle, values, levels=levels, samples=samples, key=key, reason=reason, seen="", by=office
    )


def test_standard_rubric_has_a_sample_for_each_point_in_both_languages():
    for criterion in CycleFactory(ready=True).criteria.prefetch_related("levels"):
        samples = [(level.sample_en, level.sample_es) for level in criterion.levels.all()]
        assert len(samples) == 5
        assert all(english and spanish and english != spanish for english, spanish in samples)


def test_words_may_change_with_a_reason_and_the_former_ones_are_kept(cycle, office):
    reword(cycle, office)

    cycle.refresh_from_db()
    version = RubricVersion.objects.get()
    assert (cycle.rubric_version, version.number, version.changed_by) == (2, 1, office)
    assert version.reason == "Too vague."
    assert rubrics.words_by(version)["purpose"][1] == "Says that travel would be nice"
    assert cycle.criteria.get(key="purpose").levels.get(points=1).text_en == "Says it in other words"
    assert Event.objects.filter(action="setup.save_criterion", reason="Too vague.").exists()


def test_changed_again_counts_on(cycle, office):
    reword(cycle, office)
    reword(cycle, office, first="A third wording", reason="Still vague.")

    cycle.refresh_from_db()
    assert cycle.rubric_version == 3
    first, second = cycle.rubric_versions.all()
    assert rubrics.words_by(first)["purpose"][1] == "Says that travel would be nice"
    assert rubrics.words_by(second)["purpose"][1] == "Says it in other words"
    assert [
        (each.criterion, each.points, each.after) for each in rubrics.changes_between(first.criteria, second.criteria)
    ] == [("Purpose", 1, "Says it in other words")]


def test_a_change_needs_a_reason_once_readers_score(cycle, office):
    with pytest.raises(RuleViolation) as caught:
        reword(cycle, office, reason="  ")

    assert caught.value.code == "no_reason"
    assert not RubricVersion.objects.exists()
    assert cycle.criteria.get(key="purpose").levels.get(points=1).text_en == "Says that travel would be nice"


def test_nothing_changed_makes_no_version(cycle, office):
    criterion = cycle.criteria.get(key="purpose")
    criteria.save_criterion(
        cycle,
        {name: getattr(criterion, name) for name in criteria.CRITERION_FIELDS},
        levels=list(criterion.levels.values_list("text_en", "text_es")),
        samples=list(criterion.levels.values_list("sample_en", "sample_es")),
        key="purpose",
        by=office,
    )

    cycle.refresh_from_db()
    assert cycle.rubric_version == 1
    assert not RubricVersion.objects.exists()


def test_before_anyone_scores_words_change_without_a_version(office):
    cycle = CycleFactory(ready=True)
    reword(cycle, office, reason="")

    cycle.refresh_from_db()
    assert cycle.rubric_version == 1
    assert not RubricVersion.objects.exists()


def test_what_is_scored_and_by_how_many_points_stays(cycle, office):
    criterion = cycle.criteria.get(key="purpose")
    values = {name: getattr(criterion, name) for name in criteria.CRITERION_FIELDS}
    levels = list(criterion.levels.values_list("text_en", "text_es"))
    for act in (
        lambda: criteria.save_criterion(cycle, values, levels=levels[:4], key="purpose", reason="Fewer.", by=office),
        lambda: criteria.save_criterion(
            cycle, values | {"title_en": "New"}, levels=levels, reason="One more.", by=office
        ),
        lambda: criteria.remove_criterion(cycle, "purpose", by=office),
        lambda: criteria.move_criterion(cycle, "purpose", up=False, by=office),
    ):
        with pytest.raises(RuleViolation) as caught:
            act()
        assert caught.value.code == "scoring_began"
        assert "reword" in caught.value.message
    assert cycle.criteria.get(key="purpose").levels.count() == 5


def test_a_copied_cycle_takes_the_samples_along_and_begins_at_one(cycle, office):
    reword(cycle, office)
    copied = setup.copy_cycle(cycle, by=office)

    assert copied.rubric_version == 1
    assert not copied.rubric_versions.exists()
    for criterion in copied.criteria.all():
        assert all(criterion.levels.values_list("sample_en", flat=True))


# --- The set-up pages -------------------------------------------------------------------------------


def page_of(cycle, key="purpose"):
    return reverse("applications:cycle-setup-criterion", kwargs={"code": cycle.code, "key": key})


def posted(cycle, **changes):
    criterion = cycle.criteria.get(key="purpose")
    data = {"title_en": criterion.title_en, "title_es": criterion.title_es, "question_key": criterion.question_key}
    for level in criterion.levels.all():
        for name in ("text", "sample"):
            for language in ("en", "es"):
                field = f"{'level' if name == 'text' else 'sample'}_{level.points}_{language}"
                data[field] = getattr(level, f"{name}_{language}")
    return data | changes


def test_coordinator_writes_samples(sign_in, office):
    cycle = CycleFactory(ready=True)
    client = sign_in(office)
    assert "I love to travel" in text_of(client.get(page_of(cycle)))

    client.post(page_of(cycle), posted(cycle, sample_2_en="A new one.", sample_2_es="Uno nuevo."))

    assert cycle.criteria.get(key="purpose").levels.get(points=2).sample == "A new one."
    assert "A new one." in text_of(client.get(reverse("applications:cycle-setup-rubric", args=[cycle.code])))


def test_a_sample_is_in_both_languages_and_of_a_point_that_exists(sign_in, office):
    cycle = CycleFactory(ready=True)
    client = sign_in(office)

    one = text_of(client.post(page_of(cycle), posted(cycle, sample_2_es="")))
    gone = text_of(client.post(page_of(cycle), posted(cycle, level_5_en="", level_5_es="")))

    assert "Enter this in Spanish too." in one
    assert "Say what these points mean, or remove the sample." in gone


def test_the_page_of_a_used_rubric_asks_why_and_shows_the_former_words(sign_in, cycle, office):
    client = sign_in(office)
    page = text_of(client.get(page_of(cycle)))
    assert "Why are the words changing?" in page

    refused = text_of(client.post(page_of(cycle), posted(cycle, level_1_en="New words")))
    assert 'id="id_reason_error"' in refused
    assert "New words" in refused
    client.post(page_of(cycle), posted(cycle, level_1_en="New words", reason="Clearer."))

    listed = text_of(client.get(reverse("applications:cycle-setup-rubric", args=[cycle.code])))
    assert "New words" in listed
    assert "Version 1, until" in listed
    assert "Clearer." in listed


def test_adding_to_a_used_rubric_says_what_can_be_done_instead(sign_in, cycle, office):
    address = reverse("applications:cycle-setup-criterion-add", args=[cycle.code])

    page = text_of(sign_in(office).get(address, follow=True))

    assert "You can still reword the points and samples" in page
