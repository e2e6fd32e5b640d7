"""Every cycle has a checklist and reflection prompts: created, copied, changed by the office, named where missing."""

import datetime as dt
import tomllib

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.cycle import cycle_dates, readiness
from applications.cycle.actions import setup
from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.factories_travel import PROMPTS, PlacementFactory, TripFactory, in_days, standard_rows, travel_facts
from travel.models import ChecklistItem, ChecklistStep, Reflection, ReflectionPrompt, StandardStep
from travel.office.reference import loading as reference
from travel.prepare.checklist import steps
from travel.reflection.actions import prompts

pytestmark = pytest.mark.django_db
STEPS = tomllib.loads((reference.FOLDER / "us/checklist.toml").read_text())["step"]
PREPARATION = "travel:cycle-preparation"


@pytest.fixture
def office():
    application_facts()
    review_facts()
    travel_facts()
    return UserFactory(coordinator=True)


def new_cycle(office):
    CollegeFactory()
    opens = timezone.now() + dt.timedelta(days=10)
    dates = cycle_dates.Dates(opens, opens + dt.timedelta(days=60), opens.date() + dt.timedelta(days=90), 7)
    values = {"name_en": "Fall", "name_es": "Otoño", "reads_each": 3}
    return setup.create_cycle(values, dates, departs_on=opens.date() + dt.timedelta(days=200), by=office)


def topics(cycle, stops=True):
    return {need.topic for need in readiness.needs_of(cycle) if need.stops == stops}


def texts(rows, *names):
    return list(rows.values_list(*names))


def test_a_new_cycle_has_the_standard_steps_and_prompts_each_recorded_as_an_event(office):
    standard_rows()

    cycle = new_cycle(office)

    names = ("key", "order", "timing", "days_before", "title_en", "title_es", "why_es", "how_en", "needs_verification")
    assert texts(cycle.checklist_steps, *names) == texts(StandardStep.objects, *names)
    assert [prompt.key for prompt in cycle.reflection_prompts.all()] == [row["key"] for row in PROMPTS]
    for action in ("checklist.create_steps", "reflection.create_prompts"):
        event = Event.objects.get(action=action)
        assert (event.target_id, event.by) == (cycle.pk, office)
    assert {"checklist", "reflection"}.isdisjoint(topics(cycle) | topics(cycle, stops=False))


def test_a_copy_has_last_years_steps_and_prompts_with_the_offices_changes(office):
    standard_rows()
    source = new_cycle(office)
    source.checklist_steps.filter(key="pack").update(title_es="Prepara tu mochila")
    source.checklist_steps.filter(key="clinic").delete()
    source.reflection_prompts.filter(key="after").update(days=30)

    cycle = setup.copy_cycle(source, by=office)

    assert cycle.checklist_steps.get(key="pack").title_es == "Prepara tu mochila"
    assert not cycle.checklist_steps.filter(key="clinic").exists()
    assert cycle.reflection_prompts.get(key="after").days == 30
    assert source.checklist_steps.count() == cycle.checklist_steps.count() == len(STEPS) - 1
    assert Event.objects.filter(action="checklist.copy_steps", target_id=cycle.pk, by=office).exists()


def test_the_copy_of_a_cycle_without_any_has_the_standard_ones(office):
    standard_rows()
    cycle = setup.copy_cycle(CycleFactory(ready=True), by=office)

    assert (cycle.checklist_steps.count(), cycle.reflection_prompts.count()) == (len(STEPS), len(PROMPTS))


def test_a_cycle_without_checklist_or_prompts_is_not_published_until_they_are_added(sign_in, office):
    cycle = new_cycle(office)  # nothing was loaded
    assert {"checklist", "reflection"} <= topics(cycle)
    with pytest.raises(RuleViolation) as refused:
        setup.publish_cycle(cycle, by=office)
    assert refused.value.code == "not_ready"
    client = sign_in(office)
    detail = client.get(reverse("applications:cycle-setup-detail", args=[cycle.code])).text
    page = reverse(PREPARATION, args=[cycle.code])
    assert "Add a checklist of what students do before departure." in detail and page in detail

    standard_rows()
    assert "Add the standard list" in client.get(page).text
    for _ in range(2):  # a double tap
        client.post(reverse("travel:cycle-preparation-fill", args=[cycle.code]))

    assert {"checklist", "reflection"}.isdisjoint(topics(cycle))
    assert (cycle.checklist_steps.count(), cycle.reflection_prompts.count()) == (len(STEPS), len(PROMPTS))
    assert "Add the standard list" not in client.get(page).text


def test_cities_without_a_trip_are_worth_a_look_and_a_trip_before_the_results_stops(office):
    cycle = CycleFactory(ready=True)
    first, *others = cycle.cities.all()
    trip = TripFactory(cycle=cycle, city=first, leaves_on=cycle.decisions_on, returns_on=in_days(300))

    needs = {need.stops: need.text for need in readiness.needs_of(cycle) if need.topic == "trips"}

    assert (
        needs[False] == f"These cities don’t have a trip with dates and seats yet: {', '.join(c.name for c in others)}."
    )
    assert needs[True].startswith(f"The trip to {first.name} leaves on ")
    type(trip).objects.update(leaves_on=cycle.decisions_on + dt.timedelta(days=60))
    assert "trips" not in topics(cycle)


@pytest.mark.parametrize("timing", steps.NEEDED)
def test_a_checklist_without_a_passport_step_is_worth_a_look(office, timing):
    standard_rows()
    cycle = new_cycle(office)
    cycle.checklist_steps.filter(timing=timing).delete()

    (need,) = [need for need in readiness.needs_of(cycle) if need.topic == "checklist"]

    assert (need.text, need.stops) == (f"The checklist is missing a step: {timing.label}.", False)


# --- What the office changes ------------------------------------------------------------------------


@pytest.fixture
def cycle(office):
    standard_rows()
    return new_cycle(office)


def posted(client, page, **changes):
    """What the form on this page sends."""
    form = client.get(page).context["form"]
    given = {field.name: field.value() for field in form}
    return client.post(page, {name: "" if value is None else value for name, value in (given | changes).items()})


def test_the_office_changes_a_step_in_both_languages(sign_in, office, cycle):
    client = sign_in(office)
    page = reverse("travel:checklist-step-edit", args=[cycle.code, "pack"])

    posted(client, page, title_en="Pack light", title_es="Empaca ligero", days_before=5, needs_verification="")

    step = cycle.checklist_steps.get(key="pack")
    assert (step.title_en, step.title_es, step.days_before) == ("Pack light", "Empaca ligero", 5)
    assert Event.objects.get(action="checkliststep.change").by == office
    assert StandardStep.objects.get(key="pack").title_en == "Pack and weigh your bag"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_es": ""}, "title_es"),
        ({"how_en": "Like this."}, "how_es"),
        ({"days_before": ""}, "days_before"),
        ({"days_before": "-3"}, "days_before"),
    ],
)
def test_a_step_that_is_not_complete_is_not_saved(sign_in, office, cycle, changes, field):
    page = reverse("travel:checklist-step-edit", args=[cycle.code, "pack"])

    answer = posted(sign_in(office), page, needs_verification="", **changes)

    assert answer.status_code == 200 and field in answer.context["form"].errors
    assert "<title>Error: " in answer.text
    assert not Event.objects.filter(action="checkliststep.change").exists()


def test_two_people_at_one_step_notice_each_other(sign_in, office, cycle):
    client, page = sign_in(office), reverse("travel:checklist-step-edit", args=[cycle.code, "pack"])
    seen = client.get(page).context["form"]["seen"].value()
    posted(client, page, title_en="Pack light", needs_verification="")

    answer = posted(client, page, title_en="Pack heavy", needs_verification="", seen=seen)

    assert answer.status_code == 200
    assert cycle.checklist_steps.get(key="pack").title_en == "Pack light"


def test_a_new_step_reaches_students_who_have_a_seat(sign_in, office, cycle):
    placement = PlacementFactory(trip=TripFactory(cycle=cycle), checklist=False)
    client, page = sign_in(office), reverse("travel:checklist-step-add", args=[cycle.code])
    words = {"title_en": "Buy a plug", "title_es": "Compra un enchufe", "why_en": "Theirs differ.", "why_es": "Otros."}

    for _ in range(2):  # a double tap
        client.post(
            page,
            {
                **words,
                "timing": "before_departure",
                "days_before": 20,
                "owner": "student",
                "proof": "checkbox",
                "audience": "everyone",
            },
        )

    step = cycle.checklist_steps.get(key="buy_a_plug")
    assert ChecklistItem.objects.filter(placement=placement, step=step).count() == 1
    assert ChecklistStep.objects.filter(cycle=cycle).count() == len(STEPS) + 1


def test_a_prompt_that_students_answered_is_not_removed(sign_in, office, cycle):
    placement = PlacementFactory(trip=TripFactory(cycle=cycle), checklist=False)
    prompt = cycle.reflection_prompts.get(key="before")
    Reflection.objects.create(placement=placement, prompt=prompt, text="A word", privacy="me")
    client = sign_in(office)

    page = client.post(reverse("travel:reflection-prompt-remove", args=[cycle.code, "before"]), follow=True)
    assert "so it stays" in page.text
    client.post(reverse("travel:reflection-prompt-remove", args=[cycle.code, "after"]))

    left = {row.key for row in ReflectionPrompt.objects.filter(cycle=cycle)}
    assert "before" in left and "after" not in left


def test_the_office_adds_and_changes_a_prompt(sign_in, office, cycle):
    client = sign_in(office)
    words = {"text_en": "After a year", "text_es": "Un año después", "moment": "after", "days": 365, "order": 9}
    words["answer_days"] = 30
    client.post(reverse("travel:reflection-prompt-add", args=[cycle.code]), words)
    page = reverse("travel:reflection-prompt-edit", args=[cycle.code, "after_a_year"])

    trip = TripFactory(cycle=cycle)
    other = TripFactory(cycle=cycle)

    posted(client, page, days=360, trips=[trip.code])

    prompt = cycle.reflection_prompts.get(key="after_a_year")
    assert (prompt.days, prompt.text_es, prompt.order) == (360, "Un año después", 9)
    shown = {
        each: client.get(reverse("travel:reflection-prompt-preview", args=[cycle.code]), {"trip": each.code}).text
        for each in (trip, other)
    }
    assert "After a year" in shown[trip] and "After a year" not in shown[other]
    assert "So what? Why does it matter to you?" in shown[other]


def test_the_three_questions_come_in_both_languages(sign_in, office, cycle):
    client = sign_in(office)
    page = reverse("travel:reflection-prompt-edit", args=[cycle.code, "after"])
    answer = posted(client, page, so_what_es="")
    assert answer.status_code == 200 and cycle.reflection_prompts.get(key="after").so_what_es


def test_prompts_of_single_trips_are_not_carried(office, cycle):
    prompt = cycle.reflection_prompts.get(key="after")
    prompt.trips.add(TripFactory(cycle=cycle))
    next_cycle = CycleFactory()
    prompts.copy_prompts(cycle, next_cycle, office)
    copied = {row.key: row for row in next_cycle.reflection_prompts.all()}
    assert "after" not in copied and copied["before"].text_es == cycle.reflection_prompts.get(key="before").text_es


def test_a_cycle_with_its_rows_can_be_deleted(office, cycle):
    setup.delete_cycle(cycle, by=office)

    assert not Cycle.objects.filter(pk=cycle.pk).exists()
