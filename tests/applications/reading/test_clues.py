"""Words that give a college away: the list that comes with the portal, and what the office makes of it."""

import tomllib

import pytest
from django.core.management import call_command
from django.urls import reverse

from applications.models import CollegeClue
from applications.reading import reader_stack
from applications.reading.actions import clues, masking
from applications.reading.clues import clues_of
from applications.reading.masking import Hidden, mask, plain
from applications.reading.masking_measure import measure
from exchange.base.errors import RuleViolation
from exchange.models import Event
from exchange.web.notices import BEFORE
from tests.applications.reading.test_review_views import text_of
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import AssignmentFactory, review_facts
from travel.demo import evasive
from travel.demo.people import read_cast
from travel.management.commands.measure_masking import GIVEAWAYS, measured_tries
from travel.office.reference.loading import FOLDER

CONTENT = tomllib.loads((FOLDER / "cities/los-angeles/college_clues.toml").read_text())
STORIES = ("story_why", "story_new", "story_back")
KINDS = CollegeClue.Kind


def listed():
    """The clues of the reference folder."""
    return clues_of(
        {
            (clues.LISTS[name.removesuffix(clues.WORDS)].value, text, name.endswith(clues.WORDS))
            for lists in CONTENT.values()
            if isinstance(lists, dict)
            for name, texts in lists.items()
            for text in texts
        }
    )


def names_of_colleges():
    colleges = tomllib.loads((FOLDER / "cities/los-angeles/colleges.toml").read_text())["college"]
    return tuple((each["name"], each["short_name"]) for each in colleges)


def demo_answers():
    rows = listed()
    return {
        person.key: (
            [getattr(person, story) for story in STORIES],
            Hidden(names=(person.full_name, person.preferred_name), colleges=names_of_colleges(), clues=rows),
        )
        for person in read_cast().students
    }


def test_no_known_giveaway_shows_in_the_demo_and_nothing_is_covered_for_nothing():
    """The list was made by reading; docs/masking.md says how, and what the lists found before they were completed."""
    found = measure(demo_answers(), tomllib.loads(GIVEAWAYS.read_text()))

    assert (found.applications, found.telling) == (77, 76)
    assert found.open_without > 60  # without the lists, most applications would tell
    assert found.left == []
    assert found.recall == 1
    assert found.precision > 0.98, found.needless


def test_of_a_thousand_texts_by_people_who_try_few_still_tell():
    """The figures that docs/masking.md tells. "New" texts are made of words that the lists weren't completed by."""
    found = measured_tries(Hidden(colleges=names_of_colleges(), clues=listed()))

    assert sum(each.applications for each in found.values()) == evasive.COUNT
    assert {kind: (each.applications, each.open) for kind, each in found.items()} == {
        (False, True): (480, 12),
        (True, True): (480, 32),
        (False, False): (20, 16),  # a description without a name is for a reader's eye, and one tap
        (True, False): (20, 17),
    }
    assert not [words for each in found.values() for words in each.needless]


def test_innocent_sentences_stay_as_they_are():
    hidden = Hidden(colleges=names_of_colleges(), clues=listed())

    assert [plain(mask(text, hidden)) for text in evasive.innocent()] == evasive.innocent()


def test_the_cities_that_students_choose_stay_readable():
    hidden = Hidden(colleges=names_of_colleges(), clues=listed())
    for city in tomllib.loads((FOLDER / "cities/los-angeles/cities.toml").read_text())["city"]:
        for text in (f"Why {city['name_en']}?", f"¿Por qué {city['name_es']}?"):
            assert plain(mask(text, hidden)) == text


def test_a_missing_clue_and_a_needless_one_are_measured():
    hidden = Hidden(clues=clues_of([("place", "Echo Park", False), ("place", "Commerce", False)]))
    texts = ["From Echo Park to Sylmar, in commerce."]

    found = measure({"a": (texts, hidden), "b": (["Nothing."], hidden)}, {"a": ["Echo Park", "Sylmar"]})

    assert (found.left, found.needless) == ([("a", "Sylmar")], [("a", "commerce")])
    assert (found.recall, found.precision) == (0.5, 0.5)
    assert (found.applications, found.telling, found.open_without) == (2, 1, 1)


def test_no_clue_is_an_everyday_word():
    """A clue of one lower-case word would be covered wherever it stands."""
    for clue in listed():
        if clue.kind not in ("line", "except") and not clue.is_also_word:
            assert clue.text[0].isupper() or " " in clue.text, clue.text


@pytest.mark.django_db
def test_what_the_office_removed_is_not_loaded_again():
    for code in CONTENT:
        if isinstance(CONTENT[code], dict) and code != clues.EVERYWHERE:
            CollegeFactory(code=code)
    assert clues.load(CONTENT) > 500
    assert clues.load(CONTENT) == 0

    office, clue = UserFactory(coordinator=True), CollegeClue.objects.get(text="Sylmar")
    clues.remove(clue, by=office)
    clues.remove(clue, by=office)
    assert clues.load(CONTENT) == 0
    assert not CollegeClue.objects.current().filter(text="Sylmar").exists()
    assert Event.objects.filter(action="masking.remove_clue").count() == 1

    again = clues.add(college=clue.college, kind=clue.kind, text=" Sylmar ", is_also_word=False, by=office)
    assert again == clue
    assert CollegeClue.objects.current().filter(text="Sylmar").count() == 1


@pytest.fixture
def assignment(db):
    review_facts()
    story = "I grew up in Boyle Heights and study nights. My number is 88-1234567, my uncle is Beto."
    return AssignmentFactory(application__answered__story_why=story, application__answered=True)


def test_the_office_adds_and_removes_a_word(sign_in, assignment):
    client, page = sign_in(UserFactory(coordinator=True)), reverse("applications:masking-clues")
    reader = sign_in(assignment.reader)
    assert "Boyle Heights" in text_of(reader.get(assignment.get_absolute_url()))

    assert "at least three letters" in text_of(client.post(page, {"text": "LA", "kind": "place"}))
    said = text_of(client.post(page, {"text": "Boyle Heights", "kind": "place"}, follow=True))
    assert "“Boyle Heights” is now covered in every application." in said
    assert "Boyle Heights" not in text_of(reader.get(assignment.get_absolute_url()))

    clue = CollegeClue.objects.get()
    assert clue.text in text_of(client.get(page, {"kind": "place"}))
    assert clue.text not in text_of(client.get(page, {"kind": "street"}))
    client.post(reverse("applications:masking-clue-remove", args=[clue.code]))
    assert "Boyle Heights" in text_of(reader.get(assignment.get_absolute_url()))


def test_the_student_number_is_hidden_as_typed_and_otherwise(assignment):
    application = assignment.application
    question = application.form.sections.get(questions__key="student_number").questions.get(key="student_number")
    application.answers.create(question=question, value="A 12 34")

    assert reader_stack.hidden_in(application).numbers == ("A 12 34",)


def test_a_reader_undoes_what_they_covered(sign_in, assignment):
    other = AssignmentFactory(application=assignment.application)
    report = masking.report_slip(assignment, words="Beto", by=assignment.reader)
    client, undo = sign_in(assignment.reader), reverse("applications:review-uncover", args=[report.code])
    assert undo in client.get(assignment.get_absolute_url()).text
    assert "Beto" not in text_of(sign_in(other.reader).get(other.get_absolute_url()))
    assert sign_in(other.reader).post(undo).status_code == 404

    assert "“Beto” shows again." in text_of(client.post(undo, follow=True))
    assert str(BEFORE) in text_of(client.post(undo, follow=True))

    assert "Beto" in text_of(sign_in(other.reader).get(other.get_absolute_url()))
    assert Event.objects.filter(action="review.take_back_slip", by=assignment.reader).count() == 1
    with pytest.raises(RuleViolation, match="Only the reader"):
        masking.take_back_slip(report, by=other.reader)


def test_what_the_office_settled_is_not_undone(sign_in, assignment):
    report = masking.report_slip(assignment, words="Beto", by=assignment.reader)
    masking.settle(report, stays_covered=True, by=UserFactory(coordinator=True))

    page = sign_in(assignment.reader).post(reverse("applications:review-uncover", args=[report.code]), follow=True)

    assert "already checked" in text_of(page)
    assert "Beto" not in text_of(sign_in(assignment.reader).get(assignment.get_absolute_url()))


@pytest.mark.django_db
def test_the_command_measures_what_is_in_the_portal(capsys):
    call_command("measure_masking")
    assert "0 applications" in capsys.readouterr().out

    for code in CONTENT:
        if isinstance(CONTENT[code], dict) and code != clues.EVERYWHERE:
            CollegeFactory(code=code)
    clues.load(CONTENT)
    call_command("measure_masking", "--tries", "--list")
    shown = capsys.readouterr().out
    assert "New texts that name something: 480, of which " in shown
    assert "shows: the cubs" in shown
