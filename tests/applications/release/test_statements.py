"""Staff record what a student said by phone; the student reads it and can object; the office can undo it for a day."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as applications
from applications.models import Offer, Statement
from applications.release.actions import statements as actions
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Fact, Message, OfficeTask
from exchange.templatetags.ui import day_year, told_day
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    DecisionFactory,
    OfferFactory,
    application_facts,
    review_facts,
)
from tests.factories_help import ThreadFactory
from tests.factories_travel import PlacementFactory, travel_facts
from travel.models import Placement
from travel.placement.actions import upgrade

pytestmark = pytest.mark.django_db
What = Statement.What


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def offered():
    application = ApplicationFactory(selected=True)
    OfferFactory(decision=DecisionFactory(application=application, released=True))
    return application


def heard(office, **changes):
    return {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": office, "reason": "New job.", **changes}


def record(application, what, office, **changes):
    return actions.record(application, what, by=office, **heard(office, **changes))


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def page_of(application, what):
    return reverse("applications:statement-record", args=[application.code, what])


def posted(office, **changes):
    return {"heard": "phone", "heard_on": str(timezone.localdate()), "heard_by": office.pk, "reason": "", **changes}


@pytest.mark.parametrize(("what", "status"), [("confirm", Status.CONFIRMED), ("decline", Status.DECLINED)])
def test_an_answer_by_phone_is_recorded_in_two_clicks_and_undone(offered, office, sign_in, what, status):
    client = sign_in(office)
    assert page_of(offered, what) in client.get(offered.get_absolute_url()).text  # 1
    assert "You can undo it for 24 hours." in words(client.get(page_of(offered, what)))
    client.post(page_of(offered, what), posted(office))  # 2

    offered.refresh_from_db()
    statement = Statement.objects.get()
    assert (offered.status, statement.heard_by, statement.recorded_by) == (status, office, office)
    assert [each.template for each in Message.objects.filter(recipient=offered.student)] == ["applications/said"]
    assert statement.get_absolute_url() in Message.objects.get().body

    client.post(reverse("applications:statement-undo", args=[statement.code]))
    offered.refresh_from_db()
    assert offered.status == Status.SELECTED and Offer.objects.get().is_open
    assert Message.objects.filter(recipient=offered.student, template="applications/said_undone").count() == 1
    client.post(reverse("applications:statement-undo", args=[statement.code]))
    assert Message.objects.filter(template="applications/said_undone").count() == 1


def test_a_second_tap_records_it_once(offered, office):
    assert record(offered, What.CONFIRM, office) == record(offered, What.CONFIRM, office)
    assert Statement.objects.count() == Message.objects.count() == 1


def test_what_cannot_be_done_is_not_offered_and_refused(office, sign_in):
    application = ApplicationFactory(submitted=True)
    assert actions.possible(application) == ["withdraw"]
    with pytest.raises(RuleViolation, match="at this stage"):
        record(application, What.CONFIRM, office)
    answer = sign_in(office).post(page_of(application, "confirm"), posted(office), follow=True)
    assert "This can’t be done at this stage." in words(answer)
    assert not Statement.objects.exists()


def test_a_day_in_the_future_is_refused(offered, office):
    with pytest.raises(RuleViolation, match="hasn’t come yet"):
        record(offered, What.DECLINE, office, heard_on=timezone.localdate() + dt.timedelta(days=1))


def test_a_day_before_the_application_is_refused_at_the_field(office, sign_in):
    sent = timezone.now() - dt.timedelta(days=40)
    application = ApplicationFactory(selected=True)
    type(application).objects.filter(pk=application.pk).update(submitted_at=sent, created_at=sent)
    application.refresh_from_db()
    OfferFactory(decision=DecisionFactory(application=application, released=True))
    why = f"The student sent this application on {day_year(sent)}. Enter that day or a later one."
    client = sign_in(office)
    withdraw = reverse("applications:application-withdraw-for", args=[application.code])
    for address, more in ((page_of(application, "decline"), {}), (withdraw, {"why": "work", "reason": "New job."})):
        page = client.post(address, posted(office, heard_on="2019-05-04", **more))
        assert page.context["form"].errors == {"heard_on": [why]}
    with pytest.raises(RuleViolation, match="sent this application"):
        record(application, What.DECLINE, office, heard_on=timezone.localdate(sent) - dt.timedelta(days=1))
    assert record(application, What.DECLINE, office, heard_on=timezone.localdate(sent)).what == What.DECLINE


def test_of_a_draft_the_day_it_was_begun_counts(office):
    application = ApplicationFactory()
    with pytest.raises(RuleViolation, match="started this application"):
        record(application, What.WITHDRAW, office, heard_on=timezone.localdate() - dt.timedelta(days=400))


def test_a_day_of_another_year_is_told_with_its_year(offered, office):
    day = timezone.localdate().replace(year=timezone.localdate().year - 1, day=1)
    long_ago = timezone.now() - dt.timedelta(days=900)
    type(offered).objects.filter(pk=offered.pk).update(submitted_at=long_ago, created_at=long_ago)
    offered.refresh_from_db()
    record(offered, What.DECLINE, office, heard_on=day)
    assert f"You told us by phone on {told_day(day)}." in Message.objects.get(template="applications/said").body
    assert str(day.year) in told_day(day)


def test_a_withdrawal_by_phone_takes_two_clicks_from_the_file_and_is_undone_whatever_the_state(office, sign_in):
    application = ApplicationFactory(waitlisted=True)
    client = sign_in(office)
    link = reverse("applications:application-withdraw-for", args=[application.code])
    assert link in client.get(application.get_absolute_url()).text  # 1
    assert client.get(page_of(application, "withdraw")).url == link
    assert client.get(link).context["form"]["heard"].value() == "phone"
    client.post(link, posted(office, why="work", reason="New job."))  # 2

    application.refresh_from_db()
    statement = Statement.objects.get()
    assert (application.status, statement.what, statement.reason) == (Status.WITHDRAWN, "withdraw", "New job.")

    client.post(reverse("applications:application-withdraw-undo", args=[application.code]))
    application.refresh_from_db()
    statement.refresh_from_db()
    assert (application.status, statement.undone_by) == (Status.WAITLISTED, office)
    undone = Message.objects.get(template="applications/withdrawal_undone")
    assert "counts again" in undone.body and "spot" not in undone.body


def test_a_students_own_withdrawal_after_an_undo_stays(office):
    application = ApplicationFactory(submitted=True)
    record(application, What.WITHDRAW, office)
    applications.undo_withdraw_for(application, by=office)
    applications.withdraw(application, by=application.student)
    later = timezone.now() + dt.timedelta(hours=1)
    type(application).objects.filter(pk=application.pk).update(withdrawn_at=later)
    application.refresh_from_db()
    assert not applications.can_undo(application)


def test_after_a_day_it_stays(offered, office):
    statement = record(offered, What.DECLINE, office)
    Fact.objects.filter(key="withdrawal.undo_hours").update(value=0)
    with pytest.raises(RuleViolation, match="has passed"):
        actions.undo(statement, by=office)


def test_a_confirmation_is_not_undone_once_the_student_has_a_city(offered, office):
    statement = record(offered, What.CONFIRM, office)
    offered.refresh_from_db()
    PlacementFactory(application=offered, trip__cycle=offered.cycle)
    with pytest.raises(RuleViolation, match="already has a city"):
        actions.undo(statement, by=office)
    statement.refresh_from_db()
    assert statement.undone_at is None


def test_an_answer_is_not_undone_once_the_student_has_withdrawn(offered, office, sign_in):
    statement = record(offered, What.CONFIRM, office)
    undo, client = reverse("applications:statement-undo", args=[statement.code]), sign_in(office)
    assert undo in client.get(offered.get_absolute_url()).text
    offered.refresh_from_db()
    applications.withdraw(offered, by=offered.student)

    assert undo not in client.get(offered.get_absolute_url()).text
    assert "This application has since been withdrawn" in words(client.post(undo, follow=True))
    offered.refresh_from_db()
    statement.refresh_from_db()
    assert (offered.status, statement.undone_at) == (Status.WITHDRAWN, None)
    assert not Message.objects.filter(template="applications/said_undone").exists()


def test_a_spot_that_went_to_someone_else_is_not_given_back(offered, office):
    statement = record(offered, What.DECLINE, office)
    ApplicationFactory(selected=True, cycle=offered.cycle)
    type(offered.cycle).objects.filter(pk=offered.cycle_id).update(seats=1)
    with pytest.raises(RuleViolation, match="someone else"):
        actions.undo(statement, by=office)


def test_the_wish_for_another_city_is_recorded_and_taken_back(office):
    seat = PlacementFactory(rank=2)
    assert "higher" in actions.possible(seat.application)
    statement = record(seat.application, What.HIGHER, office)
    seat.refresh_from_db()
    assert seat.upgrade_until and "higher" not in actions.possible(seat.application)
    actions.undo(statement, by=office)
    seat.refresh_from_db()
    assert seat.upgrade_until is None


def moved_by_a_run(seat):
    Placement.objects.filter(pk=seat.pk).update(placed_at=timezone.now(), rank=1, upgrade_until=None)


def moved_and_asked_again(seat):
    Placement.objects.filter(pk=seat.pk).update(placed_at=timezone.now())


def dropped_by_the_student(seat):
    upgrade.drop_upgrade(seat, by=seat.application.student)


def renewed_by_the_student(seat):
    dropped_by_the_student(seat)
    upgrade.ask_upgrade(seat, until=timezone.localdate(), by=seat.application.student)


def changed_by_the_student(seat):
    upgrade.ask_upgrade(seat, until=timezone.localdate(), by=seat.application.student)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (moved_by_a_run, "since been moved to another trip"),
        (moved_and_asked_again, "since been moved to another trip"),
        (dropped_by_the_student, "since been changed or dropped"),
        (renewed_by_the_student, "since been changed or dropped"),
        (changed_by_the_student, "since been changed or dropped"),
    ],
)
def test_a_wish_that_came_true_or_is_the_students_own_by_now_is_not_undone(meanwhile, why, office, sign_in):
    seat = PlacementFactory(rank=2)
    statement = record(seat.application, What.HIGHER, office)
    undo, client = reverse("applications:statement-undo", args=[statement.code]), sign_in(office)
    assert undo in client.get(seat.application.get_absolute_url()).text
    meanwhile(seat)
    seat.refresh_from_db()
    wish = seat.upgrade_until

    assert undo not in client.get(seat.application.get_absolute_url()).text
    assert why in words(client.post(undo, follow=True))
    seat.refresh_from_db()
    statement.refresh_from_db()
    assert (seat.upgrade_until, statement.undone_at) == (wish, None)
    assert not Message.objects.filter(template="applications/said_undone").exists()


def test_the_student_reads_it_and_objects_once_where_the_office_answers(offered, office, sign_in):
    statement = record(offered, What.DECLINE, office)
    client = sign_in(offered.student)
    assert statement.get_absolute_url() in client.get(offered.get_absolute_url()).text
    page = words(client.get(statement.get_absolute_url()))
    assert "You told us by phone" in page and "You told Renata Cruz." in page and "New job." in page

    client.post(statement.get_absolute_url(), {"body": "I never said that."})

    statement.refresh_from_db()
    thread = statement.thread
    assert thread.college == offered.college
    assert statement.objected_at and thread.addressee == "office" and thread.is_waiting
    task = OfficeTask.objects.open().get(kind=actions.TASK)
    assert (task.owner, task.path, task.due_on) == (office, thread.get_absolute_url(), timezone.localdate())
    assert "The student says this is wrong" in words(sign_in(office).get(offered.get_absolute_url()))
    again = actions.object_to(statement, "Really, I never did.", by=offered.student)
    assert again == thread and thread.notes.count() == 1

    actions.undo(statement, by=office)
    assert not OfficeTask.objects.open().exists()
    assert "We undid this" in words(sign_in(offered.student).get(statement.get_absolute_url()))


def test_an_advisor_sees_nothing_of_it(office, sign_in):
    college = CollegeFactory()
    application = ApplicationFactory(selected=True, college=college)
    OfferFactory(decision=DecisionFactory(application=application, released=True))
    statement = record(application, What.DECLINE, office)
    client = sign_in(UserFactory(advisor=college))
    assert client.get(statement.get_absolute_url()).status_code == 404
    assert "<h2>Said by phone" not in client.get(application.get_absolute_url()).text


def test_what_can_be_undone_costs_one_query_for_some_and_none_for_what_is_undone(office, django_assert_num_queries):
    undone, open_one, late = (record(ApplicationFactory(submitted=True), What.WITHDRAW, office) for _number in range(3))
    actions.undo(undone, by=office)
    undone.refresh_from_db()
    late.recorded_at = timezone.now() - dt.timedelta(days=9)
    with django_assert_num_queries(0):
        assert actions.undoable([undone]) == set()
    with django_assert_num_queries(1):
        assert actions.undoable([undone, open_one, late]) == {open_one.pk}


def test_constraints(offered, office):
    statement = record(offered, What.DECLINE, office)
    rows = Statement.objects.filter(pk=statement.pk)
    refused(
        "statement_heard_by_someone_unless_the_office_decided",
        lambda: rows.update(heard_by=None),
    )
    refused("statement_undone_at_and_by_together", lambda: rows.update(undone_at=timezone.now()))
    thread = ThreadFactory(student=offered.student)
    refused("statement_thread_only_after_an_objection", lambda: rows.update(thread=thread))


def test_the_file_begins_with_the_withdrawal_and_its_undo_and_with_what_can_be_done(office, sign_in):
    application = ApplicationFactory(submitted=True)
    client, file = sign_in(office), application.get_absolute_url()
    before = client.get(file).text
    acts = [before.index(each) for each in ('id="said"', 'id="notes"', "Return for a fix", "<h2>Home college</h2>")]
    assert acts == sorted(acts)
    assert "Recorded by mistake?" not in before

    record(application, What.WITHDRAW, office)
    text = client.get(file).text
    application.refresh_from_db()
    assert f"Withdrawn {day_year(application.withdrawn_at)}, said by phone." in words(client.get(file))
    assert text.index("Undo the withdrawal") < text.index("Received ") < text.index('id="said"')
    assert "Recorded by Renata Cruz." in words(client.get(file))
    advisor = sign_in(UserFactory(advisor=application.college)).get(file).text
    assert "said by phone" not in advisor and "Undo the withdrawal" not in advisor

    Fact.objects.filter(key="withdrawal.undo_hours").update(value="0")
    late = client.get(file).text
    assert "said by phone." in late and "Undo the withdrawal" not in late


def test_a_students_own_withdrawal_is_no_notice(office, sign_in):
    application = ApplicationFactory(submitted=True)
    applications.withdraw(application, by=application.student)
    assert "Withdrawn " not in words(sign_in(office).get(application.get_absolute_url()))


@pytest.mark.parametrize(("language", "name"), [("en", "English"), ("es", "Spanish")])
def test_where_the_student_reads_it_the_page_says_in_which_language_to_write(office, sign_in, language, name):
    applicant = ApplicationFactory(submitted=True, answered=True, student__language=language)
    chosen = ApplicationFactory(selected=True, student__language=language)
    OfferFactory(decision=DecisionFactory(application=chosen, released=True))
    client = sign_in(office)
    pages = [
        reverse("applications:application-withdraw-for", args=[applicant.code]),
        reverse("applications:application-return", args=[applicant.code]),
        page_of(chosen, "decline"),
    ]
    for page in pages:
        text = client.get(page).text
        assert f"Write in {name}: the student reads the portal in {name}." in words(client.get(page)), page
        assert re.search(rf'<textarea[^>]* lang="{language}"', text), page


@pytest.mark.parametrize("what", [What.WITHDRAW, What.DECLINE])
def test_after_it_ended_by_phone_the_students_home_page_leads_to_the_objection(offered, office, sign_in, what):
    client = sign_in(offered.student)
    statement = record(offered, what, office)
    link = f'href="{statement.get_absolute_url()}"'
    assert link in client.get(reverse("home"), follow=True).text
    assert "Isn’t this right?" in client.get(statement.get_absolute_url()).text
    actions.undo(statement, by=office)
    assert link not in client.get(reverse("home"), follow=True).text
