"""The office chooses stories; a student approves the words; and a consent that is taken back is gone everywhere."""

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import Message
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import PlacementFactory
from tests.travel.outcomes_rows import cycle_home, publish, threshold, traveler, trip_home
from tests.travel.stories import ALT, QUOTE, photo_of, quoted, told
from travel.models import Story, StoryText, StoryUse
from travel.outcomes import documents
from travel.outcomes.published import report
from travel.outcomes.report import page_of
from travel.reflection import stories
from travel.reflection.actions import consents
from travel.reflection.actions import story as actions
from travel.reflection.stories import Audience

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def placement():
    return PlacementFactory(returned=True)


@pytest.fixture
def reflection(placement):
    return quoted(placement)


def shown(language="en", audience=Audience.PUBLIC, **more):
    return [each.quote for each in stories.stories(audience, language, **more)]


# --- Choosing ---------------------------------------------------------------------------------------


def test_nothing_is_shown_that_isnt_chosen_consented_and_approved(reflection, office):
    student = reflection.placement.application.student
    story = actions.shortlist(reflection, by=office)
    actions.propose(story, "en", quote=QUOTE, text="", by=office)
    assert shown() == []
    actions.approve(story, "en", quote=QUOTE, text="", by=student)
    assert shown() == []
    actions.choose(story, by=office)
    assert shown() == [QUOTE]
    consents.withdraw(reflection, "quote", by=student)
    assert shown() == []


def test_the_office_sees_what_waits_and_the_public_doesnt(reflection, office):
    told(reflection, approved=False)
    assert shown() == [] and shown(audience=Audience.OFFICE) == [QUOTE]
    assert not stories.stories(Audience.OFFICE, "en")[0].is_published


def test_order_is_the_offices_and_the_readers_language_comes_first(office):
    first = told(quoted(PlacementFactory(returned=True), "One."), order=1)
    second = told(quoted(PlacementFactory(returned=True), "Dos.", language="es"), order=2, language="es")
    assert shown() == ["One.", "Dos."] and shown("es") == ["Dos.", "One."]
    told(first.reflection, language="es", quote="Uno.")
    assert shown("es") == ["Uno.", "Dos."]
    actions.move(second, up=True, by=office)
    assert shown("es") == ["Dos.", "Uno."]
    actions.move(second, up=True, by=office)
    actions.put_back(second, by=office)
    assert shown("es") == ["Uno."]


def test_a_translation_is_shown_only_once_the_student_approved_it(reflection, office):
    student = reflection.placement.application.student
    story = told(reflection)
    actions.propose(story, "es", quote="Allá nadie se sienta a comer.", text="", by=office)
    assert shown("es") == [QUOTE]
    actions.approve(story, "es", quote="Allá nadie come sentado.", text="", by=student)
    (found,) = stories.stories(Audience.PUBLIC, "es")
    assert (found.quote, found.language, found.is_translation) == ("Allá nadie come sentado.", "es", True)
    actions.propose(story, "es", quote="Otra cosa.", text="", by=office)
    assert shown("es") == [QUOTE]
    actions.refuse(story, "es", by=student)
    assert shown("es") == [QUOTE]


def test_name_and_picture_only_with_consent_for_each(placement):
    reflection = quoted(placement, kinds=("quote",))
    photo_of(reflection)
    told(reflection)
    assert (stories.stories(Audience.PUBLIC, "en")[0].name, stories.stories(Audience.PUBLIC, "en")[0].photo) == (
        "",
        None,
    )
    student = placement.application.student
    consents.agree(reflection, {"quote", "picture", "name"}, quote=QUOTE, by=student)
    (found,) = stories.stories(Audience.PUBLIC, "en")
    assert found.name == (student.preferred_name or student.full_name.split()[0]) and found.photo.alt == ALT
    consents.agree(reflection, {"quote"}, quote=QUOTE, by=student)
    (found,) = stories.stories(Audience.PUBLIC, "en")
    assert (found.name, found.photo) == ("", None)


def test_words_with_the_students_name_need_consent_for_it(placement, office):
    student = placement.application.student
    name = student.full_name.split()[0]
    reflection = quoted(placement, f"They called me {name}-san.")
    story = told(reflection)
    assert shown() == []
    with pytest.raises(RuleViolation) as violation:
        actions.propose(story, "en", quote=f"{name} was here.", text="", by=office)
    assert violation.value.code == "says_name"


def test_without_consent_nothing_is_shortlisted(placement, office):
    with pytest.raises(RuleViolation) as violation:
        actions.shortlist(quoted(placement, kinds=()), by=office)
    assert violation.value.code == "not_agreed" and not Story.objects.exists()


def test_many_stories_take_as_many_queries_as_one(django_assert_max_num_queries):
    for _ in range(6):
        told(quoted(PlacementFactory(returned=True)))
    with django_assert_max_num_queries(4):
        assert len(stories.stories(Audience.PUBLIC, "en")) == 6


# --- The pages --------------------------------------------------------------------------------------


def test_office_and_student_take_a_story_from_shortlist_to_shown(client, reflection, office):
    student = reflection.placement.application.student
    client.force_login(office)
    page = client.get(reverse("travel:story-list")).text
    assert QUOTE in page
    client.post(reverse("travel:story-add", args=[reflection.placement.code, reflection.prompt.key]))
    story = Story.objects.get()
    words = reverse("travel:story-words", args=[story.code])
    assert QUOTE in client.get(words).text
    client.post(words, {"language": "en", "quote": QUOTE, "text": "<b>The market</b> at five."})
    client.post(reverse("travel:story-act", args=[story.code]), {"act": "choose"})
    assert Message.objects.filter(template="travel/story_text", recipient=student).count() == 1
    assert "waiting for the student" in client.get(reverse("travel:story-list")).text

    client.force_login(student)
    assert "Your words are ready to approve" in client.get(reverse("travel:reflection-list")).text
    approve = reverse("travel:story-approve", args=[story.code])
    assert "&lt;b&gt;The market" in client.get(approve).text
    client.post(approve, {"language": "en", "quote": f"{QUOTE} Truly.", "text": ""})
    assert shown() == [f"{QUOTE} Truly."]
    client.post(approve, {"language": "en", "act": "refuse"})
    assert shown() == []


def test_too_long_words_are_kept_on_the_page(client, reflection, office):
    story = told(reflection)
    client.force_login(office)
    answer = client.post(reverse("travel:story-words", args=[story.code]), {"language": "en", "quote": "x" * 241})
    assert "Keep it under 240 characters." in answer.text and "x" * 241 in answer.text


def test_of_two_who_word_a_story_the_second_sees_what_the_first_proposed(client, reflection, office):
    story = told(reflection)
    page = reverse("travel:story-words", args=[story.code])
    client.force_login(office)
    (seen,) = {each["form"]["seen"].value() for each in client.get(page).context["forms"] if each["is_own"]}
    said = {"language": "en", "text": "", "seen": seen}
    client.post(page, said | {"quote": "The first wording."})
    answer = client.post(page, said | {"quote": "The second wording."})
    assert (
        "What’s saved now" in answer.text
        and "The first wording." in answer.text
        and "The second wording." in answer.text
    )
    assert story.texts.get(language="en").quote == "The first wording."
    (form,) = [each["form"] for each in answer.context["forms"] if each["is_own"]]
    client.post(page, said | {"quote": "The second wording.", "seen": form["seen"].value()})
    assert story.texts.get(language="en").quote == "The second wording."


def test_others_dont_open_them(client, reflection):
    story = told(reflection)
    for traits in ({"director": True}, {"advisor": CollegeFactory()}, {}):
        client.force_login(UserFactory(**traits))
        assert client.get(reverse("travel:story-list")).status_code == 403
        assert client.get(reverse("travel:story-approve", args=[story.code])).status_code == 404


# --- Taken back -------------------------------------------------------------------------------------


@pytest.fixture
def everywhere():
    """A story with name and picture, in a cycle whose outcomes are shown."""
    threshold(1)
    trip = trip_home(cycle_home(2026), PartnerCityFactory())
    writer = traveler(trip, CollegeFactory())
    reflection = quoted(writer, "Nobody there sits down to eat.", kinds=("quote", "picture", "name"), language="en")
    photo_of(reflection)
    publish()
    return told(reflection)


def surfaces(client, story):
    """What each surface shows now, by its name: the text of pages, of files made now, and of what code reads."""
    director, office = UserFactory(director=True), UserFactory(coordinator=True)
    client.force_login(director)
    found = {"outcomes page": client.get(reverse("travel:outcomes")).text}
    found["outcomes pdf"] = documents.outcomes(page_of(report(), for_print=True))
    found["stories"] = " ".join(each.quote for each in stories.stories(Audience.PUBLIC, "en"))
    found["stories in Spanish"] = " ".join(each.quote for each in stories.stories(Audience.PUBLIC, "es"))
    client.force_login(office)
    client.get(reverse("travel:story-list"))
    client.logout()
    found["impact page"] = client.get(reverse("travel:impact")).text
    picture = client.get(reverse("travel:story-picture", args=[story.code]))
    found["picture"] = "Nobody there sits down to eat." if picture.status_code == 200 else ""
    return found


def test_a_consent_taken_back_is_gone_from_every_surface(client, everywhere):
    before = surfaces(client, everywhere)
    assert all("Nobody there sits down to eat." in text for text in before.values()), before
    told_now = stories.stories(Audience.PUBLIC, "en")
    stories.record_uses(told_now, "outcomes-all.pdf", by=None)
    stories.record_uses(told_now, "outcomes-all.pdf", by=None)
    assert stories.used_though_taken_back() == []

    student = everywhere.reflection.placement.application.student
    client.force_login(student)
    address = {"code": everywhere.reflection.placement.code, "prompt": everywhere.reflection.prompt.key}
    client.post(reverse("travel:reflection-take-back", kwargs=address), {"kind": "quote"})

    after = surfaces(client, everywhere)
    assert not any("Nobody there sits down to eat." in text for text in after.values()), after
    (use,) = stories.used_though_taken_back()
    assert (use.where, StoryUse.objects.count()) == ("outcomes-all.pdf", 1)
    client.force_login(UserFactory(coordinator=True))
    page = client.get(reverse("travel:story-list")).text
    assert "Printed, and withdrawn since" in page and "outcomes-all.pdf" in page


def test_agreeing_again_shows_nothing_before_the_words_are_approved_again(reflection):
    student = reflection.placement.application.student
    told(reflection)
    consents.withdraw(reflection, "quote", by=student)
    consents.agree(reflection, {"quote"}, quote=QUOTE, by=student)
    assert shown() == [] and not StoryText.objects.get().approved_at


def test_the_picture_alone_is_gone_when_only_it_is_taken_back(client, everywhere):
    address = reverse("travel:story-picture", args=[everywhere.code])
    answer = client.get(address)
    assert answer.content and "no-store" in answer["Cache-Control"]
    consents.withdraw(everywhere.reflection, "picture", by=None)
    assert client.get(address).status_code == 404
    assert shown() == ["Nobody there sits down to eat."]
