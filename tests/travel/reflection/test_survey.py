"""The survey after the trip: answered rating by rating, until a date, by travelers who are back and nobody else."""

import datetime as dt
import json
import time

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.models import Message
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import SURVEY, PlacementFactory, at_noon, standard_rows
from travel.models import StandardSurveyItem, SurveyAnswer, SurveyItem, SurveyResponse
from travel.reflection import survey as days
from travel.reflection.actions import survey, survey_items

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def survey_facts():
    for key, value in zip(days.FACTS, (7, 21, 60), strict=True):
        FactFactory(key=key, value=value, unit="days")


def home_since(number, **fields):
    """A traveler whose group came home so many days ago."""
    back, left = at_noon(-number), at_noon(-number - 10)
    dates = {"leaves_on": left.date(), "returns_on": back.date(), "departed_at": left, "returned_at": back}
    return PlacementFactory(
        returned=True,
        **{f"trip__{name}": value for name, value in dates.items()},
        travelled_at=left,
        returned_at=back,
        **fields,
    )


@pytest.fixture
def placement():
    placement = home_since(10)
    asked(placement)
    return placement


def asked(placement):
    for row in SURVEY[:3]:
        SurveyItem.objects.get_or_create(cycle=placement.trip.cycle, **row)


@pytest.fixture
def client(client, placement):
    client.force_login(placement.application.student)
    return client


def address(placement, name="survey"):
    return reverse(f"travel:{name}", kwargs={"code": placement.code})


def save(client, placement, *, device="phone", number=1, seen=None, **fields):
    now = int(time.time() * 1000)
    common = {"device": device, "number": number, "seen": seen or {}, "typed_at": now}
    changes = [{"key": key, "fields": {key: value}, **common} for key, value in fields.items()]
    body = json.dumps({"now": now, "changes": changes})
    return client.post(address(placement, "survey-save"), body, content_type="application/json")


def ratings(placement):
    rows = SurveyAnswer.objects.filter(response__placement=placement).select_related("item")
    return {row.item.key: (row.before, row.now) for row in rows}


def test_each_rating_is_saved_by_itself_and_any_item_can_be_skipped(client, placement):
    answer = save(client, placement, new_places_before="2", conversation_now="5").json()
    assert [each["ok"] for each in answer["results"]] == [True, True] and "Saved online" in answer["saved"]
    save(client, placement, number=2, new_places_now="4")
    assert ratings(placement) == {"new_places": (2, 4), "conversation": (None, 5)}
    page = client.get(address(placement)).text
    assert page.count("checked") == 3 and "data-draft" in page


def test_the_page_works_without_its_script(client, placement):
    page = client.get(address(placement)).text
    base = page.split('name="base" value="')[1].split('"')[0].replace("&quot;", '"')
    client.post(address(placement), {"base": base, "new_places_before": "3", "new_places_now": "3"})
    assert ratings(placement) == {"new_places": (3, 3)}


def test_an_answer_can_be_changed_and_is_recorded(client, placement):
    save(client, placement, new_places_before="2")
    save(client, placement, number=2, seen={"phone": 1}, new_places_before="3")
    assert ratings(placement) == {"new_places": (3, None)}


@pytest.mark.parametrize("sent", [{"new_places_before": "6"}, {"no_such_item_now": "3"}])
def test_what_cannot_be_read_is_refused_and_the_rest_is_kept(client, placement, sent):
    results = save(client, placement, conversation_before="1", **sent).json()["results"]
    assert sorted(each["ok"] for each in results) == [False, True]
    assert ratings(placement) == {"conversation": (1, None)}


@pytest.mark.parametrize(("number", "code"), [(3, "too_early"), (61, "closed")])
def test_the_survey_has_a_first_and_a_last_day(number, code):
    placement = home_since(number)
    asked(placement)
    with pytest.raises(RuleViolation) as refused:
        survey.save_changes(placement, [], by=placement.application.student)
    assert refused.value.code == code


def test_a_student_who_did_not_travel_is_not_asked():
    stayed = PlacementFactory()
    asked(stayed)
    with pytest.raises(RuleViolation) as refused:
        survey.save_changes(stayed, [], by=stayed.application.student)
    assert refused.value.code == "not_on_the_trip"


def test_nobody_else_sees_or_writes_answers(client, placement, sign_in):
    save(client, placement, new_places_before="2")
    for person in (UserFactory(), UserFactory(coordinator=True), UserFactory(director=True)):
        assert not SurveyResponse.objects.visible_to(person).exists()
        assert sign_in(person).get(address(placement)).status_code in (403, 404)


def test_the_journey_asks_until_something_is_answered(client, placement):
    assert address(placement) in client.get(reverse("travel:journey")).text
    save(client, placement, new_places_before="2", new_places_now="2")
    assert address(placement) not in client.get(reverse("travel:journey")).text


# --- Messages ---------------------------------------------------------------------------------------


def sent():
    return Message.objects.filter(template="travel/survey_opens").count()


def test_one_invitation_and_one_reminder(placement):
    assert survey.invite_all() == 1 and survey.invite_all() == 0
    assert sent() == 1


def test_the_reminder_goes_once_to_those_who_have_not_answered():
    silent, answered = home_since(22), home_since(22)
    for each in (silent, answered):
        asked(each)
        SurveyResponse.objects.create(placement=each, invited_at=timezone.now() - dt.timedelta(days=14))
    item = answered.trip.cycle.survey_items.first()
    SurveyAnswer.objects.create(response=answered.survey, item=item, before=1, now=2)
    assert survey.invite_all() == 1 and survey.invite_all() == 0
    silent.survey.refresh_from_db()
    assert silent.survey.reminded_at and sent() == 1
    message = Message.objects.get(template="travel/survey_opens")
    assert due.holds(message.still_due)
    SurveyAnswer.objects.create(response=silent.survey, item=silent.trip.cycle.survey_items.first(), before=1, now=2)
    assert not due.holds(message.still_due)


def test_nobody_is_asked_before_the_first_day_or_after_the_last():
    for number in (2, 70):
        asked(home_since(number))
    assert survey.invite_all() == 0


# --- Set up -----------------------------------------------------------------------------------------


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def test_a_new_cycle_gets_the_standard_items_and_the_next_one_a_copy(office):
    standard_rows()
    first, second = CycleFactory(), CycleFactory()
    survey_items.create_items(first, office)
    changed = first.survey_items.get(key="degree")
    words = {"text_en": "I’ll finish college.", "text_es": "Voy a terminar."}
    SurveyItem.objects.filter(pk=changed.pk).update(version=2, **words)
    survey_items.copy_items(first, second, office)
    copied = second.survey_items.get(key="degree")
    assert (copied.version, copied.text_es, second.survey_items.count()) == (2, "Voy a terminar.", len(SURVEY))
    assert StandardSurveyItem.objects.get(key="degree").version == 1


def posted(client, page, **changes):
    form = client.get(page).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return client.post(page, {**{name: value for name, value in values.items() if value is not None}, **changes})


def test_other_words_are_another_version_and_old_words_have_their_old_one(sign_in, office, placement):
    cycle = placement.trip.cycle
    page = reverse("travel:survey-item-edit", args=[cycle.code, "new_places"])
    client = sign_in(office)
    old = cycle.survey_items.get(key="new_places")
    other = SurveyItem.objects.create(cycle=CycleFactory(), **SURVEY[0])
    assert posted(client, page, text_en="I find my way.").status_code == 302
    new = cycle.survey_items.get(key="new_places")
    assert (new.version, new.text_en, new.name) == (2, "I find my way.", "new_places.2")
    posted(client, page, text_en=old.text_en)
    assert cycle.survey_items.get(key="new_places").version == other.version == 1
    posted(client, page, order=9)
    assert cycle.survey_items.get(key="new_places").version == 1


def test_words_that_students_answered_stay_and_the_list_too(sign_in, office, placement):
    cycle = placement.trip.cycle
    response = SurveyResponse.objects.create(placement=placement)
    SurveyAnswer.objects.create(response=response, item=cycle.survey_items.get(key="new_places"), before=1, now=2)
    client = sign_in(office)
    page = reverse("travel:survey-item-edit", args=[cycle.code, "new_places"])
    assert "so its words stay" in posted(client, page, text_en="Other words.").text
    removal = client.post(reverse("travel:survey-item-remove", args=[cycle.code, "new_places"]), follow=True)
    assert "so it stays" in removal.text and cycle.survey_items.filter(key="new_places", version=1).exists()
    words = {"text_en": "I can.", "text_es": "Puedo.", "source_name": "us", "order": 9}
    assert "no item can be added" in client.post(reverse("travel:survey-item-add", args=[cycle.code]), words).text


def test_the_office_adds_an_item_once_however_often_it_is_sent(sign_in, office):
    cycle, client = CycleFactory(), sign_in(office)
    words = {"text_en": "I can cook.", "text_es": "Sé cocinar.", "source_name": "us", "order": 1}
    for _ in range(2):
        client.post(reverse("travel:survey-item-add", args=[cycle.code]), words)
    assert [item.name for item in cycle.survey_items.all()] == ["i_can_cook.1"]
    assert "I can cook." in client.get(reverse("travel:cycle-preparation", args=[cycle.code])).text
