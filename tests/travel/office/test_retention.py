"""What goes when its time is over, what a hold keeps, and that figures come out the same."""

import datetime as dt
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import ForeignKey, OneToOneField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Answer, Application, LegalHold, Recommendation, Review
from exchange.base import personal
from exchange.models import Event, Fact, Message, RetentionRule, User
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    ReviewFactory,
    UploadFactory,
    application_facts,
    review_facts,
)
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, travel_facts
from tests.travel.stories import photo_of, project_of, quoted
from travel.models import Photo, Placement, Reflection
from travel.office.retention import erasing, purge
from travel.office.retention import holds as hold

pytestmark = pytest.mark.django_db
DAYS = {"drafts": 100, "applications": 100, "accounts": 100, "messages": 100, "uploads": 100, "document_numbers": 30}
PAGE = reverse("travel:retention")


@pytest.fixture(autouse=True)
def rules():
    application_facts()
    review_facts()
    travel_facts()
    for order, (key, days) in enumerate(DAYS.items()):
        fact = f"retention.test_{key}"
        FactFactory(key=fact, value=days, unit=Fact.Unit.DAYS)
        RetentionRule.objects.create(
            key=key,
            order=order,
            fact_key=fact,
            what_en=key,
            what_es=key,
            starts_en="after the decisions",
            starts_es="después de las decisiones",
            reason_en="A law.",
            reason_es="Una ley.",
            as_of=dt.date(2026, 11, 20),
            review_on=dt.date(2100, 1, 1),
            source_name="The office",
        )


def old_cycle(**more):
    """Its decisions were longer ago than the rule says."""
    now = timezone.now()
    return CycleFactory(
        ready=True,
        opens_at=now - dt.timedelta(days=300),
        closes_at=now - dt.timedelta(days=200),
        decisions_on=timezone.localdate() - dt.timedelta(days=150),
        **more,
    )


@pytest.fixture
def old():
    application = ApplicationFactory(not_selected=True, cycle=old_cycle(), answered=True, endorsed=True)
    ReviewFactory(assignment=AssignmentFactory(application=application), comment="COMMENT", feedback="FEEDBACK")
    DecisionFactory(application=application, result="not_selected", reason="REASON", released=True)
    return application


def counts(*, dry_run=False):
    return {each.key: each.count for each in purge.run(dry_run=dry_run)}


# --- What goes --------------------------------------------------------------------------------------


def test_a_dry_run_counts_and_changes_nothing(old):
    out = StringIO()

    assert counts(dry_run=True)["applications"] == 1
    call_command("purge", dry_run=True, stdout=out)

    assert "applications: 1 would be removed" in out.getvalue()
    old.refresh_from_db()
    assert old.erased_at is None and Recommendation.objects.filter(application=old).exists()
    assert not Event.objects.filter(action__startswith="retention.").exists()


def test_texts_files_letters_and_names_go(old, django_capture_on_commit_callbacks):
    upload = UploadFactory(application=old)
    storage, name = upload.file.storage, upload.file.name

    with django_capture_on_commit_callbacks(execute=True):
        assert counts()["applications"] == 1

    assert not storage.exists(name)
    assert not Recommendation.objects.filter(application=old).exists()
    assert not Answer.objects.filter(application=old, question__kind__in=("long_text", "short_text", "date")).exists()
    assert set(Review.objects.values_list("comment", "feedback")) == {("", "")}
    assert old.decisions.get().reason == erasing.GONE
    assert Event.objects.filter(action="retention.erase", target_id=old.pk).exists()


def test_the_whole_run_is_logged_by_rule(old):
    counts()
    counts()

    (event,) = Event.objects.filter(action="retention.purge")
    assert event.changes == {"count": 1, "refused": 0}


def test_newer_ones_and_those_of_a_late_trip_stay():
    newer = ApplicationFactory(not_selected=True, answered=True)
    trip = TripFactory(cycle=old_cycle())
    Placement.objects.all()
    late = PlacementFactory(trip=trip, application=ApplicationFactory(confirmed=True, cycle=trip.cycle)).application

    assert counts()["applications"] == 0
    assert Application.objects.filter(pk__in=[newer.pk, late.pk], erased_at__isnull=True).count() == 2


def test_drafts_go_after_their_own_rule():
    draft = ApplicationFactory(cycle=old_cycle(), answered=True)
    open_draft = ApplicationFactory(answered=True)

    assert counts()["drafts"] == 1
    assert Application.objects.get(pk=draft.pk).erased_at and not Application.objects.get(pk=open_draft.pk).erased_at


def test_an_account_goes_once_nothing_of_it_is_kept(old):
    student = old.student
    User.objects.filter(pk=student.pk).update(joined_at=timezone.now() - dt.timedelta(days=400))
    staff = UserFactory(coordinator=True, joined_at=timezone.now() - dt.timedelta(days=400))

    assert counts()["accounts"] == 1

    student.refresh_from_db()
    staff.refresh_from_db()
    assert (student.full_name, student.is_active) == (erasing.GONE, False)
    assert student.email.endswith("@example.invalid")
    assert staff.is_active
    assert counts()["accounts"] == 0


def test_an_account_in_use_stays(old):
    User.objects.filter(pk=old.student_id).update(last_login=timezone.now())

    assert counts()["accounts"] == 0


def test_old_messages_go():
    for days in (10, 200):
        Message.objects.create(
            channel="email",
            address="a@example.edu",
            language="en",
            template="t",
            subject="s",
            body="b",
            queued_at=timezone.now() - dt.timedelta(days=days),
        )

    assert counts()["messages"] == 1
    assert Message.objects.count() == 1


def test_a_rule_without_its_fact_removes_nothing(old):
    Fact.objects.filter(key="retention.test_applications").delete()

    assert "applications" not in counts()
    assert not Application.objects.get(pk=old.pk).erased_at


# --- Figures ----------------------------------------------------------------------------------------


def test_the_figures_of_a_finished_cycle_come_out_the_same():
    cycle = old_cycle()
    day = timezone.localdate()
    trip = TripFactory(cycle=cycle, leaves_on=day - dt.timedelta(days=140), returns_on=day - dt.timedelta(days=130))
    for _ in range(3):
        application = ApplicationFactory(confirmed=True, cycle=cycle, answered=True, endorsed=True)
        PassportCaseFactory(application=application)
        PlacementFactory(
            trip=trip,
            application=application,
            travelled_at=timezone.now() - dt.timedelta(days=140),
            returned_at=timezone.now() - dt.timedelta(days=130),
        )
    ApplicationFactory(not_selected=True, cycle=cycle, answered=True, endorsed=True)
    ApplicationFactory(cycle=cycle, answered=True)
    before = purge._figures(cycle.pk)

    done = counts()

    assert (done["applications"], done["drafts"]) == (4, 1)
    assert purge._figures(cycle.pk) == before
    assert before[1] and sum(before[0].values()) == 5


def test_if_figures_would_change_nothing_of_the_cycle_goes(old, monkeypatch):
    counted = iter(range(10))
    monkeypatch.setattr(purge, "_figures", lambda cycle: (next(counted),))

    (purged,) = [each for each in purge.run() if each.key == "applications"]

    assert (purged.count, purged.refused) == (0, 1)
    assert Recommendation.objects.filter(application=old).exists()
    assert not Application.objects.get(pk=old.pk).erased_at


def test_a_published_sentence_stays_without_the_rest():
    cycle = old_cycle()
    trip = TripFactory(cycle=cycle, leaves_on=timezone.localdate() - dt.timedelta(days=140))
    placement = PlacementFactory(trip=trip, application=ApplicationFactory(confirmed=True, cycle=cycle))
    prompt = placement.application.cycle.reflection_prompts.create(
        key="after", order=1, moment="after", days=1, text_en="x", text_es="x"
    )
    kept = quoted(placement, "Quote.", prompt=prompt, text="T", so_what="S", kinds=("quote", "picture", "name"))
    photo_of(kept)
    project = project_of(placement, people_reached=30)

    counts()

    kept.refresh_from_db()
    assert (kept.quote, kept.text, kept.so_what) == ("Quote.", erasing.GONE, "")
    assert kept.agreed == {"quote"} and not Photo.objects.exists()
    project.refresh_from_db()
    assert (project.title, project.what, project.people_reached) == (erasing.GONE, erasing.GONE, 30)


def test_a_sentence_that_was_taken_back_goes_like_everything_else():
    cycle = old_cycle()
    trip = TripFactory(cycle=cycle, leaves_on=timezone.localdate() - dt.timedelta(days=140))
    placement = PlacementFactory(trip=trip, application=ApplicationFactory(confirmed=True, cycle=cycle))
    quoted(placement, kinds=())

    counts()

    assert not Reflection.objects.exists()


# --- Holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["student", "cycle"])
def test_a_hold_keeps_everything_until_it_is_lifted(old, of):
    office = UserFactory(coordinator=True)
    target = {"student": old.student} if of == "student" else {"cycle": old.cycle}
    UploadFactory(application=old)
    held = hold.place(reason="A lawsuit.", by=office, **target)

    assert not any(counts().values())

    hold.lift(held, by=office)
    assert counts()["applications"] == 1


def test_the_office_places_and_lifts_a_hold_on_the_page(old, sign_in):
    client = sign_in(UserFactory(coordinator=True))

    client.post(PAGE, {"student": old.candidate_label, "reason": "A lawsuit."})
    shown = client.get(PAGE).text

    placed = LegalHold.objects.get()
    assert placed.student == old.student and "A lawsuit." in shown
    client.post(reverse("travel:hold-lift", args=[placed.code]))
    assert not LegalHold.objects.active().exists()


def test_a_hold_needs_one_of_both_and_a_reason(old, sign_in):
    client = sign_in(UserFactory(coordinator=True))
    for data in ({"reason": "x"}, {"student": old.code}, {"student": "NOSUCHCO", "reason": "x"}):
        assert "ex-error" in client.post(PAGE, data).text
    assert not LegalHold.objects.exists()


def test_the_page_shows_what_would_go_tonight_and_what_went(old, sign_in):
    client = sign_in(UserFactory(coordinator=True))
    assert "Goes tonight" in client.get(PAGE).text

    counts()

    assert f"1 on {timezone.localdate():%b}" in client.get(PAGE).text.replace("\n", "")


def test_the_page_takes_as_many_queries_for_many(old, sign_in):
    client = sign_in(UserFactory(coordinator=True))
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for _ in range(3):
        ApplicationFactory(not_selected=True, cycle=old.cycle, answered=True)
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)

    assert len(many) == len(few)


def test_days_that_nobody_confirmed_are_said_to_be_so(sign_in):
    client = sign_in(UserFactory(coordinator=True))
    assert "to confirm" not in client.get(PAGE).text
    Fact.objects.filter(key="retention.test_drafts").update(is_confirmed=False)
    assert "to confirm" in client.get(PAGE).text


# --- Complete ---------------------------------------------------------------------------------------


def test_every_table_that_hangs_on_an_application_is_deleted_blanked_or_has_a_reason():
    """And is told from the others by its columns: no key leads to an application but by a way that erasing knows."""
    treated = {model._meta.label for model, _path in (*erasing.DELETED, *erasing.BLANKED)}
    treated |= {model._meta.label for model, each in personal.tables() if isinstance(each.erased, str) and each.erased}
    hangs = {"applications.Application"}
    while True:
        more = {
            model._meta.label
            for model in apps.get_models()
            for field in model._meta.get_fields()
            if isinstance(field, (ForeignKey, OneToOneField)) and field.related_model._meta.label in hangs
        }
        if more <= hangs:
            break
        hangs |= more
    holds = {label for label in hangs if getattr(apps.get_model(label), "PERSONAL_FIELDS", None)}

    assert holds - treated == {"applications.Application"}
