"""The demo data: the same for everybody, consistent with the actions, and never seeded twice."""

import datetime as dt
import re
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply.views.application_office import HISTORY, TOO_MANY
from applications.base import answers
from applications.models import Answer, Application, Assignment, Cycle, Decision, Offer, Review, Thread
from applications.reading import norming, readers
from applications.reading.actions import assigning, review
from applications.release.actions import releasing
from applications.states import Status
from exchange.base import audit
from exchange.figures import releases
from exchange.models import Event, Message, ReleasedFigure, Role, User
from exchange.people.sign_in.demo_people import DEMO_PEOPLE
from exchange.reference import facts
from tests.releasing import release_now
from tests.travel.figures import numbers_of, said_by_pages
from travel.abroad import accounting, card
from travel.abroad.actions import check_in as check_in_actions
from travel.demo import bulk, seed
from travel.demo.people import read_cast
from travel.demo.scene import OFFICE
from travel.models import (
    Certificate,
    CheckIn,
    ChecklistItem,
    Contact,
    FamilyLink,
    FollowOnProject,
    FollowUpConsent,
    PassportCase,
    Photo,
    Placement,
    PlacementRun,
    Reflection,
    Story,
    TicketingDetails,
    TravelAnswers,
    Trip,
)
from travel.models.follow_up import YEARS
from travel.office.reference import loading as reference
from travel.outcomes.counting import counts_of, ready
from travel.outcomes.following.counting import CLOSES, closes_on
from travel.outcomes.population import Mark, Stage, stage_key
from travel.outcomes.published import report
from travel.outcomes.release_plan import attack
from travel.passport.plan import planning
from travel.passport.way.route import answers_from_json, contradictions, route
from travel.placement.actions import placement
from travel.prepare.checklist import actions as checklist
from travel.prepare.clearance.lacking import cleared_of
from travel.prepare.money import steps as money_steps
from travel.prepare.signing.required import forms_of
from travel.reflection import stories
from travel.reflection.actions import prompts as reflection
from travel.states import PassportStage

pytestmark = pytest.mark.closed_days


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Today's demo, written once for all tests in this file; each test rolls back its changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        reference.load()
        yield seed.seed(timezone.localdate())
        transaction.set_rollback(True)


@pytest.fixture
def current(demo, db):
    return Cycle.objects.running().first()


@pytest.fixture
def earlier(demo, db):
    return Cycle.objects.filter(closed_out_at__isnull=False).latest("opens_at")


def states(cycle):
    return Counter(cycle.applications.values_list("status", flat=True))


def person(email):
    return User.objects.get(email=f"{email}@example.edu")


def test_most_readers_have_scored_the_samples(current):
    files = list(current.norming_files.prefetch_related("readings"))
    locked = {sum(reading.locked_at is not None for reading in file.readings.all()) for file in files}
    readers = list(norming.progress_of(current))

    assert current.norming_published_at and len(files) == 3
    assert {file.language for file in files} == {"en", "es"}
    assert len(locked) == 1 and len(readers) / 2 < locked.pop() < len(readers)
    assert {reader.samples_done for reader in readers} == {0, 3}
    assert all(each.alpha > 0.4 for each in norming.agreement_of(current).values())


# --- numbers of rows ---------------------------------------------------------------------------------


def test_current_cycle_has_someone_in_every_state(current):
    assert states(current) == {
        Status.DRAFT: 22,
        Status.RETURNED: 3,
        Status.SUBMITTED: 60,
        Status.SELECTED: 8,
        Status.WAITLISTED: 8,
        Status.NOT_SELECTED: 10,
        Status.CONFIRMED: 31,
        Status.DECLINED: 4,
        Status.WITHDRAWN: 4,
    }


def test_current_cycle_owes_something_at_every_stage(current):
    now = timezone.now()
    readings = Assignment.objects.filter(application__in=current.applications.submitted())

    assert current.applications.quiet(7).count() == 8
    assert current.applications.not_endorsed().count() == 8
    assert current.applications.awaiting_consent().count() == 4  # three never signed, one took it back
    assert readings.count() == 180
    assert readings.filter(review__locked_at__isnull=False).count() == 120
    assert Counter(Decision.objects.unreleased().values_list("result", flat=True)) == {
        "selected": 14,
        "waitlisted": 6,
        "not_selected": 10,
    }
    unanswered = Offer.objects.unanswered().filter(application__status=Status.SELECTED)
    assert unanswered.count() == 8
    assert unanswered.filter(answer_by__gt=now, answer_by__lt=now + dt.timedelta(hours=48)).count() == 3
    assert Placement.objects.filter(trip__cycle=current).count() == 28


def test_trips_leave_when_they_should(current):
    today = timezone.localdate()
    days = {trip.city.code: ((trip.leaves_on - today).days, trip.seats) for trip in current.trips.all()}

    assert days == {"hanoi": (107, 20), "paris": (121, 20), "durango": (128, 24)}
    assert current.is_open and current.days_left == 9


def test_one_trip_is_abroad_with_one_silent_traveler_and_one_leaves_in_two_weeks(demo, db):
    today = timezone.localdate()
    abroad, ahead = Trip.objects.filter(cycle__closes_at__lt=timezone.now(), returned_at=None).order_by("leaves_on")
    check_in = CheckIn.objects.open().get()
    states = Counter(check_in.people.values_list("state", flat=True))

    assert abroad.departed_at and (today - abroad.leaves_on).days == 5 and (ahead.leaves_on - today).days == 14
    assert abroad.placements.count() == 12 and ahead.placements.count() == 10
    assert states == {"safe": 13, "asked": 1}
    assert set(check_in.people.exclude(leader=None).values_list("leader", flat=True)) == set(
        abroad.leaders.values_list("pk", flat=True)
    )
    assert all(
        accounting.fold(accounting.Said(step.kind) for step in person.steps.filter(kind__in=list(accounting.Said)))
        == person.state
        for person in check_in.people.all()
    )
    assert check_in_actions.escalate_all() == 0  # all that the clock does has been done
    assert card.lacks(abroad) == [] and not abroad.segments.filter(published__isnull=True).exists()
    assert FamilyLink.objects.get().placement.trip == abroad
    assert all(each.is_complete for each in cleared_of(Contact.objects.filter(trip__in=[abroad, ahead])))
    assert ChecklistItem.objects.filter(placement__trip=abroad, done_at=None).count() == 0
    leaving = next(each.email for each in DEMO_PEOPLE if each.key == "student-leaving")
    visitor = Placement.objects.get(application__student__email=leaving)
    assert visitor.trip == ahead and visitor.checklist_items.filter(done_at=None).exists()


def test_earlier_cycle_is_closed_out(earlier):
    trips = Counter(Placement.objects.filter(trip__cycle=earlier).values_list("trip__city__code", flat=True))

    assert states(earlier) == {
        Status.CONFIRMED: 44,
        Status.NOT_SELECTED: 20,
        Status.WAITLISTED: 4,
        Status.DECLINED: 3,
        Status.WITHDRAWN: 3,
    }
    assert trips == {"tokyo": 24, "giza": 20}
    assert not Trip.objects.filter(cycle=earlier, returned_at__isnull=True).exists()
    assert not ChecklistItem.objects.filter(placement__trip__cycle=earlier, done_at__isnull=True).exists()
    assert not PassportCase.objects.filter(application__cycle=earlier).exclude(stage="checked").exists()
    assert Reflection.objects.filter(placement__trip__cycle=earlier).count() == 34
    assert (
        Reflection.objects.published().filter(placement__trip__cycle=earlier).exclude(quote="").count() == 9
    )  # and one withdrawn


def test_three_summers_are_finished_each_of_its_own_size_with_figures_and_stories(demo, db):
    summers = list(Cycle.objects.filter(closed_out_at__isnull=False).order_by("opens_at"))
    told = releases.told()
    applied, traveled, never, flew = [], [], [], []
    for cycle in summers:
        counts = counts_of(cycle)
        applied.append(cycle.applications.count())
        traveled.append(sum(counts.travelers.values()))
        never.append(sum(counts.marks[Mark.ABROAD].values()))
        flew.append(sum(counts.marks[Mark.FLIGHT].values()))
        assert told[stage_key(cycle.code, Stage.TRAVELED)].low == traveled[-1]
        shown = Story.objects.published().filter(reflection__placement__trip__cycle=cycle)
        assert shown.count() == (5 if cycle == summers[-1] else 6)
        trips = cycle.trips.annotate(number=Count("placements")).values_list("number", flat=True)
        assert all(20 <= number <= 24 for number in trips)

    assert (applied, traveled) == ([58, 69, 74], [40, 42, 44])
    assert (never, flew) == ([27, 26, 28], [9, 12, 11])  # near the 64 % and 25 % of the first summers, and different


def test_people_of_the_front_door_are_where_it_says(current):
    assert User.objects.filter(email__in=[each.email for each in DEMO_PEOPLE]).count() == len(DEMO_PEOPLE)
    diego, amara = (current.applications.get(student=person(name)) for name in ("diego.fuentes", "amara.johnson"))
    done = [bool(part.is_done) for part in answers.parts_of(diego)]

    assert diego.status == Status.DRAFT
    assert 3 <= sum(done) <= 5 and len(done) == 8
    assert amara.status == Status.SELECTED and amara.offers.get().answered_at is None
    marisol = PassportCase.objects.get(application__student=person("marisol.reyes"))
    assert (marisol.stage, marisol.placement.trip.city.code) == (PassportStage.GATHERING, "hanoi")
    assert (marisol.last_safe_on - timezone.localdate()).days == 4


def test_someone_is_late_and_someone_has_a_letter(current):
    today = timezone.localdate()
    jasmine, tigran = (
        PassportCase.objects.get(application__student=person(name))
        for name in ("jasmine.whitfield", "tigran.petrosyan")
    )

    assert jasmine.stage == PassportStage.NOT_STARTED
    assert jasmine.placement.checklist_items.late(today).exists()
    assert tigran.stage == PassportStage.LETTER
    assert jasmine in PassportCase.objects.late(today)


def test_what_students_answered_about_passports_can_be_true_and_leads_where_they_are(demo, db):
    """Nobody of 21 renews a ten-year passport, in the demo neither."""
    found = TravelAnswers.objects.select_related("application__passport_case__trip__city")
    for row in found:
        case, said = row.application.passport_case, answers_from_json(row.answers)
        known = planning.judged_by(row.application, case.trip, case)
        assert contradictions(said, known["terms"]) == (), (row.application.student, said)
        assert route(said, **known).route == case.route, (row.application.student, said)
    assert {row.application.passport_case.route for row in found} >= {"ds11", "ds82", "valid", "lost", "talk"}


def test_readers_have_fair_loads_and_the_new_one_a_small_stack(current):
    new = person("daniel.park")
    loads = Counter(Assignment.objects.filter(application__cycle=current).values_list("reader__email", flat=True))

    assert new.assignments.count() == 12
    assert new.assignments.filter(review__locked_at__isnull=False).count() == 7
    assert loads.pop(new.email) == 12
    assert len(loads) == 13 and max(loads.values()) - min(loads.values()) <= 2
    assert Role.objects.filter(kind=Role.Kind.ADVISOR).values("college").distinct().count() == 9


# --- consistent with the actions ------------------------------------------------------------------------


def test_what_was_sent_in_is_complete_and_drafts_are_not(current):
    sent = current.applications.exclude(status__in=[Status.DRAFT, Status.WITHDRAWN, Status.RETURNED])

    assert [each.code for each in sent if answers.unfinished(answers.parts_of(each))] == []
    drafts = current.applications.filter(status=Status.DRAFT)
    assert all(answers.unfinished(answers.parts_of(each)) for each in drafts)


def test_scores_are_those_of_the_locked_readings(current):
    for application in Application.objects.filter(reads_locked__gt=0).order_by("pk")[::9]:
        before = (application.reads_locked, application.score_mean, application.score_median, application.score_spread)
        review.work_out_scores(application)
        application.refresh_from_db()
        assert before == (
            application.reads_locked,
            application.score_mean,
            application.score_median,
            application.score_spread,
        )


def test_each_reads_what_the_rules_of_the_draw_allow(current):
    pool = readers.pool_of(current)
    in_spanish = [each for each in pool.kept.values() if each.application.answer_language == "es"]

    assert len(in_spanish) > 20
    assert all(pool.members[each.reader.code].reads_spanish for each in in_spanish)
    assert sum(member.reads_spanish for member in pool.members.values()) == 6
    assert set(pool.kept) == pool.lawful
    assert all(pool.loads[code] <= pool.room_of(code) for code in pool.members)


def test_another_draw_of_readers_adds_nobody(current):
    office = User.objects.get(email=OFFICE)

    assert assigning.draw_readers(current, by=office, seed=1).added == ()


def test_committee_can_release_what_it_decided(current):
    office = User.objects.get(email=OFFICE)
    plan = releasing.plan_release(current)

    release_now(current, office)

    assert (len(plan.decisions), plan.left_out) == (30, ())
    assert states(current)[Status.SELECTED] == 22


def test_two_of_three_who_confirmed_can_be_placed_and_the_list_of_one_is_open(current):
    office = User.objects.get(email=OFFICE)
    run = placement.run(current, by=office)
    assert (len(placement.release(run, by=office)), len(run.aside["open"])) == (2, 1)


def test_past_placements_are_those_of_a_fair_run(earlier):
    run = PlacementRun.objects.get(cycle=earlier)
    ranks = Counter(run.placements.values_list("rank", flat=True))
    filled = [
        why for each in run.placements.all() for why in each.explanation if why["reason"] == "filled_by_higher_priority"
    ]

    assert sum(ranks.values()) == 44 and ranks[1] > 30
    assert len(filled) == 3 and {why["city"] for why in filled} == {"giza"}


def test_plans_reminders_and_invitations_find_nothing_to_do(current):
    assert checklist.recompute_all(dry_run=True).changed == 0
    assert checklist.REMINDER.send_all() == 0
    assert reflection.invite_all() == 0


@pytest.mark.parametrize(("who", "least"), [("ines.calderon@example.gov", 30), ("adaeze.okafor@example.edu", 5)])
def test_a_number_that_leads_to_a_list_is_the_number_of_its_rows(demo, db, who, least):
    found = list(numbers_of(User.objects.get(email=who)))
    assert not [each for each in found if each]
    assert len(found) >= least


def test_pages_that_say_one_figure_say_one_value(demo, db):
    emails = ["ines.calderon@example.gov", "adaeze.okafor@example.edu"]
    students = User.objects.filter(applications__placement__trip__closed_at=None, applications__status="confirmed")
    people = [*User.objects.filter(email__in=emails), *students.order_by("pk")[:8]]

    found = said_by_pages(people)

    assert {figure: dict(values) for figure, values in found.items() if len(values) > 1} == {}
    several = Counter(figure.rsplit(" ", 1)[0] for figure, values in found.items() if len(*values.values()) > 1)
    assert several["placed"] >= 3 and several["steps"] >= 5, several


def test_the_list_counts_a_checklist_as_its_student_reads_it(demo, db):
    office = Client()
    office.force_login(User.objects.get(email="ines.calderon@example.gov"))
    rows = [row for row in office.get(reverse("travel:checklist-list")).context["rows"] if row["placement"]]

    for row in rows:
        student = Client()
        student.force_login(row["application"].student)
        page = student.get(reverse("travel:checklist-detail", kwargs={"code": row["placement"].code})).context["page"]
        assert (row["done"], row["total"]) == (page.done, page.total), row["application"].student
    assert len({(row["done"], row["total"]) for row in rows}) > 5


def test_every_act_is_on_record_and_nothing_is_of_tomorrow(demo, db):
    now = timezone.now()
    submitted = Application.objects.filter(submitted_at__isnull=False)

    assert Event.objects.filter(action="application.submit").count() == submitted.count()
    assert Event.objects.filter(action="review.lock").count() == Review.objects.exclude(locked_at=None).count()
    assert Event.objects.filter(action="placement.place").count() == Placement.objects.count()
    assert not Event.objects.filter(at__gt=now).exists()
    assert not Message.objects.filter(queued_at__gt=now).exists()


def test_history_of_an_application_has_words_for_every_act(demo, db):
    acts = set(Event.objects.filter(target_model="applications.application").values_list("action", flat=True))
    assert acts <= HISTORY.keys() | set(TOO_MANY) | audit.PRIVATE


def test_outbox_is_mostly_sent(current):
    sent = Message.objects.filter(sent_at__isnull=False).count()

    assert sent > 700
    assert Message.objects.filter(failed_at__isnull=False).count() == 1
    assert 1 <= Message.objects.waiting().count() <= 6
    assert Message.objects.filter(channel="text").exists()
    assert Message.objects.filter(language="es").exists()
    assert not Message.objects.filter(body__contains="{{").exists()


# --- realistic people ------------------------------------------------------------------------------------


def test_names_and_texts_are_of_people(demo, db):
    names = list(User.objects.values_list("full_name", flat=True))
    told = Answer.objects.filter(question__kind="long_text").values_list("application__student", "value")
    # someone who applies again tells the same story, and nobody else does
    stories = [str(value) for _student, value in set(told)]
    written = stories + list(Reflection.objects.values_list("text", flat=True))

    assert len(set(names)) == len(names)
    assert not [name for name in names if re.search(r"\d", name)]
    assert not [text for text in written if "lorem" in text.lower()]
    assert len(set(written)) == len(written)


def test_readers_do_not_repeat_themselves(demo, db):
    comments = list(Review.objects.exclude(comment="").values_list("comment", flat=True))

    assert len(comments) > 500 and len(set(comments)) > len(comments) * 0.98
    assert not [text for text in comments if "{" in text]


def test_spanish_writers_read_their_feedback_in_spanish(current):
    feedback = Review.objects.filter(assignment__application__answer_language="es").exclude(feedback="")
    english = Review.objects.filter(assignment__application__answer_language="en").exclude(feedback="")

    assert not set(feedback.values_list("feedback", flat=True)) & set(english.values_list("feedback", flat=True))


def test_stories_of_the_current_cycle_fit_a_trip_in_any_season():
    season = re.compile(r"\b(this summer|next summer|este verano)\b", re.IGNORECASE)
    stories = [text for each in read_cast().current for text in (each.story_why, each.story_back)]

    assert not [text for text in stories if season.search(text)]


def test_emails_are_confirmed_and_unique(demo, db):
    assert User.objects.filter(emailaddress__verified=True, emailaddress__primary=True).count() == User.objects.count()


# --- once ----------------------------------------------------------------------------


def test_seeding_again_changes_nothing_and_says_so(current, capsys):
    before = Event.objects.count(), Message.objects.count()

    call_command("seed_demo")
    call_command("seed_demo", today=dt.date(2031, 5, 1))

    assert "Nothing was changed" in capsys.readouterr().out
    assert (Event.objects.count(), Message.objects.count()) == before


# --- the benchmark's cycle -----------------------------------------------------------------------------------


def test_benchmark_stands_beside_the_demo(current, capsys):
    before = states(current)

    call_command("seed_demo", applications=400)

    bench = Cycle.objects.get(code="bench-400")
    assert "Wrote bench-400" in capsys.readouterr().out
    assert states(bench) == {
        Status.DRAFT: 56,
        Status.RETURNED: 4,
        Status.SELECTED: 4,
        Status.WAITLISTED: 32,
        Status.NOT_SELECTED: 48,
        Status.CONFIRMED: 8,
        Status.DECLINED: 2,
        Status.WITHDRAWN: 6,
        Status.SUBMITTED: 240,
    }
    assert states(current) == before
    assert Cycle.objects.running().first() == current  # the cycle that pages show without ?cycle=
    assert bench.is_open
    connection.check_constraints()


def test_benchmark_rows_are_as_the_actions_leave_them(current):
    bulk.write(200, timezone.localdate(), by=User.objects.get(email=OFFICE))

    bench = Cycle.objects.get(code="bench-200")
    for application in bench.applications.filter(reads_locked__gt=0)[:40]:
        before = (application.reads_locked, application.score_mean, application.score_median, application.score_spread)
        review.work_out_scores(application)
        after = (application.reads_locked, application.score_mean, application.score_median, application.score_spread)
        assert before == after
    assert not Assignment.objects.filter(
        application__cycle=bench, reader__roles__college=F("application__college")
    ).exists()
    assert all(not answers.unfinished(answers.parts_of(each)) for each in bench.applications.submitted()[:20])
    assert Placement.objects.filter(trip__cycle=bench).count() == 4
    assert checklist.recompute_all(dry_run=True).changed == 0


def test_benchmark_is_written_once_and_keys_go_on(current):
    office = User.objects.get(email=OFFICE)
    bulk.write(50, timezone.localdate(), by=office)

    again = bulk.write(50, timezone.localdate(), by=office)
    bulk.write(60, timezone.localdate(), by=office)

    assert again.counts == {}
    new = User.objects.create(email="someone.else@example.edu")  # a key that the bulk rows did not use
    assert new.pk > User.objects.filter(email__endswith="bench-60.example.edu").order_by("-pk").first().pk


@pytest.mark.parametrize("number", [0, -5, 400_001])
def test_benchmark_of_nobody_is_refused(current, number):
    with pytest.raises(CommandError, match="from 1"):
        call_command("seed_demo", applications=number)


# --- questions -------------------------------------------------------------------------------------------


def test_questions_wait_for_those_whom_a_visitor_can_be(current):
    adaeze = User.objects.get(email="adaeze.okafor@example.edu")
    office = User.objects.get(email=OFFICE)

    assert Thread.objects.addressed_to(adaeze).waiting().count() == 2
    assert Thread.objects.addressed_to(office).waiting().count() == 1
    answered = Thread.objects.filter(student__email="diego.fuentes@example.edu").get()
    assert not answered.is_waiting and answered.notes.count() == 2
    asked = Message.objects.filter(template="applications/thread_asked", recipient=adaeze)
    assert asked.count() >= 2 and not Thread.objects.filter(opened_at__lt=F("student__joined_at")).exists()


# --- stories and what came of them --------------------------------------------------------------------


def test_each_summer_has_stories_with_a_name_and_a_picture_and_one_was_withdrawn_after_it_was_printed(demo, db):
    told = stories.stories(stories.Audience.PUBLIC, "en")
    by_year = {year: [each for each in told if each.year == year] for year in {each.year for each in told}}

    assert len(by_year) == 3
    for of_year in by_year.values():
        assert sum(bool(each.name) for each in of_year) == 2 and sum(bool(each.photo) for each in of_year) == 2
        assert all(each.photo.alt for each in of_year if each.photo)
    [use] = stories.used_though_taken_back()
    assert use.story.code not in {each.code for each in told}


def test_travelers_have_projects_with_people_reached_and_certificates_that_verify(demo, db, client):
    projects = FollowOnProject.objects.all()
    assert {project.state for project in projects} >= {"done"} and projects.filter(people_reached__gt=0).exists()
    assert Photo.objects.kept().filter(project__in=projects).exists()
    for certificate in Certificate.objects.all():
        assert certificate.name in client.get(certificate.get_absolute_url()).text
    assert Certificate.objects.count() == 6


# --- what is published ---------------------------------------------------------------------------------


def test_older_summers_have_studies_afterward_with_how_many_are_known(demo, db):
    days, today = int(facts.number(CLOSES)), timezone.localdate()
    over = {(each.code, str(year)) for each in ready() for year in YEARS if closes_on(each, year, days) <= today}
    figures = ReleasedFigure.objects.filter(name="followup_known")
    said = {(row.subject, row.group): row.low for row in figures}
    assert set(said) == over and len(over) > 1
    assert all(low is not None for low in said.values())
    shown = ReleasedFigure.objects.filter(name="followup_yes", low__isnull=False)
    assert shown.filter(group="enrolled.1").count() == len({code for code, _year in over})
    assert ReleasedFigure.objects.filter(name="selfreport_known", low__isnull=False).exists()
    assert FollowUpConsent.objects.filter(application__status="not_selected").exists()


def test_nobody_can_work_out_a_hidden_figure_of_the_demo(earlier):
    told = releases.told()
    summers = [counts_of(cycle) for cycle in ready()]
    assert attack(summers, told, releases.rules()) == []
    for summer in summers:
        heads = [range_ for key, range_ in told.items() if not key.by and key.subject == summer.cycle]
        assert sum(range_ is not None for range_ in heads) >= 0.7 * len(heads) > 7
    page = report(earlier.code).outcomes
    assert page.travelers and page.shares[Mark.ABROAD].count.is_exact


def test_whose_step_about_the_ticket_is_done_has_given_the_details(demo, db):
    asked = ChecklistItem.objects.filter(step__key="ticketing", placement__trip__city__code="tokyo")
    done = {item.placement_id for item in asked.filter(done_at__isnull=False, placement__trip__departed_at=None)}
    given = set(TicketingDetails.objects.without_words().values_list("placement", flat=True))
    assert given and given == done


def test_who_is_abroad_has_signed_every_form_and_been_paid_what_was_promised(demo):
    away = Placement.objects.filter(trip__departed_at__isnull=False, returned_at=None).with_people()
    assert away
    for seat in away:
        assert forms_of(seat).is_done
        assert money_steps.is_paid(seat)


def test_only_who_is_promised_money_has_the_step_and_it_is_done_once_paid(demo):
    items = ChecklistItem.objects.kept().filter(step__audience="stipend").select_related("placement")
    assert {money_steps.is_paid(item.placement) for item in items} == {True, False}
    for item in items:
        assert item.placement.promises.stipends().exists()
        assert item.is_open is not money_steps.is_paid(item.placement)
