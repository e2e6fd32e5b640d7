"""The list of applications for the office and the home college: who sees whom, and what each filter selects."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import staff_note
from applications.apply.views import application_office
from applications.base.sections import forget_sections
from applications.models import Application, Decision, Offer, Statement
from exchange.base import audit
from exchange.web.shortcuts import page_of
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    EndorsementFactory,
    application_facts,
)
from tests.factories_help import ThreadFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, in_days, travel_facts
from tests.releasing import words

pytestmark = pytest.mark.django_db
LIST = reverse("applications:application-list") + "?cycle="  # of all cycles


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def listed(client, **filters):
    response = client.get(LIST, filters)
    assert response.status_code == 200
    return [application.code for application in response.context["page_obj"]]


@pytest.mark.parametrize(("role", "status"), [("coordinator", 200), ("advisor", 200), ("director", 403), (None, 403)])
def test_list_is_for_the_office_and_advisors(sign_in, role, status):
    user = UserFactory(**({role: True} if role else {}))
    assert sign_in(user).get(LIST).status_code == status


def test_a_cycle_that_is_not_published_is_a_filter_of_the_office_alone(sign_in):
    CycleFactory(name_en="Spring in Lagos", published_at=None)
    for role, is_named in (("coordinator", True), ("advisor", False)):
        page = sign_in(UserFactory(**{role: True})).get(LIST)
        assert ("Spring in Lagos" in page.text) is is_named


def test_list_needs_a_sign_in(client):
    assert reverse("account_login") in client.get(LIST).url


def test_list_shows_an_advisor_the_own_college_without_drafts(sign_in):
    college = CollegeFactory()
    mine = ApplicationFactory(college=college, submitted=True)
    ApplicationFactory(college=college)
    ApplicationFactory(submitted=True)
    assert listed(sign_in(UserFactory(advisor=college))) == [mine.code]


def test_titles_of_a_file_speak_of_the_student_to_staff_and_to_the_student_as_you(office, sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    page = reverse("applications:application-detail", args=[application.code])
    text = office.get(page).text
    assert "<h2>About the student</h2>" in text and "About you" not in text
    own = sign_in(application.student).get(page, follow=True).text
    assert "<h2>About you</h2>" in own and "About the student" not in own
    form = office.get(reverse("applications:application-return", args=[application.code])).text
    assert "About the student" in form and "About you" not in form
    application.form.sections.update(staff_title_en="", title_en="Who you are")  # the office's own, for both
    forget_sections()
    assert "<h2>Who you are</h2>" in office.get(page).text


def test_questions_that_speak_to_the_student_are_quoted_to_staff(office, sign_in):
    application = ApplicationFactory(answered=True, submitted=True)
    page = reverse("applications:application-detail", args=[application.code])
    record = reverse("applications:endorsement-record", args=[application.code])
    for text in (words(office.get(page)), words(sign_in(UserFactory(advisor=application.college)).get(record))):
        assert "“What should we call you?”" in text
        assert "Full name" in text and "“Full name”" not in text
    assert "“Why this trip, and why now?”" in words(office.get(page))
    assert "“What should we call you?”" not in words(sign_in(application.student).get(page, follow=True))


def test_list_filters_by_cycle_status_and_college(office):
    cycle, college = CycleFactory(), CollegeFactory()
    wanted = ApplicationFactory(cycle=cycle, college=college, submitted=True)
    ApplicationFactory(cycle=cycle, college=college)
    ApplicationFactory(cycle=cycle, submitted=True)
    ApplicationFactory(college=college, submitted=True)
    assert listed(office, cycle=cycle.code, status="submitted", college=college.code) == [wanted.code]


@pytest.mark.parametrize("q", ["reyes", "MARISOL", "K7-MFQ2", "k7mfq2xx"])
@pytest.mark.both
def test_list_finds_by_name_or_code(office, q):
    student = UserFactory(full_name="Marisol Reyes Ortega")
    wanted = ApplicationFactory(code="K7MFQ2XX", student=student, submitted=True)
    ApplicationFactory(submitted=True)
    assert listed(office, q=q) == [wanted.code]


def test_list_shows_what_is_owed(office):
    application_facts()
    not_endorsed = ApplicationFactory(submitted=True, reads_locked=3, score_mean=3)
    unread = ApplicationFactory(submitted=True)
    EndorsementFactory(application=unread)
    quiet = ApplicationFactory(saved_at=timezone.now() - dt.timedelta(days=8))
    silent = ApplicationFactory(selected=True)
    offer(silent, made_at=timezone.now() - dt.timedelta(hours=49))
    just_told = ApplicationFactory(selected=True)
    offer(just_told)
    answered = ApplicationFactory(confirmed=True)
    offer(answered, reply="confirmed", answered_at=timezone.now())
    assert listed(office, owed="not_endorsed") == [not_endorsed.code]
    assert listed(office, owed="unread") == [unread.code]
    assert listed(office, owed="quiet") == [quiet.code]
    assert listed(office, owed="silent") == [silent.code]
    assert set(listed(office, owed="unanswered")) == {silent.code, just_told.code}


def offer(application, **reply):
    by = UserFactory(coordinator=True)
    decision = Decision.objects.create(
        application=application,
        result="selected",
        reason="Strong.",
        decided_by=by,
        released_by=by,
        released_at=timezone.now(),
    )
    Offer.objects.create(
        application=application,
        decision=decision,
        answer_by=timezone.now() + dt.timedelta(days=7),
        **reply,
    )


@pytest.mark.parametrize(
    "bad",
    [{"status": "hired"}, {"cycle": "atlantis"}, {"owed": "money"}, {"sort": "shoe-size"}, {"page": "-9"}],
)
def test_list_takes_no_offence_at_a_filter_it_does_not_know(office, bad):
    application = ApplicationFactory(submitted=True)
    assert listed(office, **bad) == [application.code]


def test_list_sorts(office):
    first = ApplicationFactory(submitted=True, student=UserFactory(full_name="Zoe"))
    second = ApplicationFactory(submitted=True, student=UserFactory(full_name="Ana"))
    assert listed(office) == [second.code, first.code]
    assert listed(office, sort="received") == [first.code, second.code]
    assert listed(office, sort="name") == [second.code, first.code]


def test_sorted_by_college_drafts_without_one_come_last(office):
    cycle, (north, south) = CycleFactory(), (CollegeFactory(name=f"{name} College") for name in ("North", "South"))
    old, of_north, new = (
        ApplicationFactory(submitted=True, cycle=cycle, college=college) for college in (south, north, south)
    )
    draft = ApplicationFactory(cycle=cycle, college=None)
    assert listed(office, sort="college") == [of_north.code, new.code, old.code, draft.code]
    assert listed(office, sort="-college") == [old.code, new.code, of_north.code, draft.code]


@pytest.mark.both
def test_every_head_of_the_list_sorts(office):
    early, late = (CycleFactory(opens_at=timezone.now() - dt.timedelta(days=days)) for days in (90, 30))
    sent, told, draft = (
        ApplicationFactory(submitted=True, cycle=early),
        ApplicationFactory(submitted=True, cycle=late),
        ApplicationFactory(cycle=late),
    )
    Application.objects.filter(pk=told.pk).update(status="selected", reads_locked=2, score_mean=9, score_median=9)
    EndorsementFactory(application=sent, result="not_endorsed", note="Not enrolled.")
    EndorsementFactory(application=told, result="endorsed")

    assert listed(office, sort="status") == [draft.code, sent.code, told.code]
    assert listed(office, sort="-status") == [told.code, sent.code, draft.code]
    assert listed(office, sort="endorsement") == [told.code, sent.code, draft.code]
    assert listed(office, sort="-endorsement") == [sent.code, told.code, draft.code]
    assert listed(office, sort="-reads_locked")[0] == told.code
    assert listed(office, sort="cycle")[0] == sent.code and listed(office, sort="-cycle")[-1] == sent.code
    assert listed(office, sort="status", q=draft.student.email) == [draft.code]
    heads = office.get(LIST).context["list"].heads
    assert all(head.href for head in heads.values())


def test_it_opens_on_the_cycle_at_hand_and_all_of_them_are_a_choice(office):
    old, now = CycleFactory(closed_out_at=timezone.now()), CycleFactory()
    for cycle in (old, now):
        ApplicationFactory(cycle=cycle, submitted=True)
    bare = reverse("applications:application-list")

    page = office.get(bare, follow=True)

    assert page.redirect_chain == [(f"{bare}?cycle={now.code}", 302)]
    assert [each.cycle for each in page.context["page_obj"]] == [now]
    assert len(office.get(f"{bare}?cycle=").context["page_obj"]) == 2
    assert len(office.get(f"{bare}?owed=not_endorsed").context["page_obj"]) == 2, "as what leads there counts"


@pytest.mark.both
def test_drafts_come_after_what_was_received_from_either_end(office, monkeypatch):
    first, draft, second = ApplicationFactory(submitted=True), ApplicationFactory(), ApplicationFactory(submitted=True)
    Application.objects.filter(pk=first.pk).update(submitted_at=timezone.now() - dt.timedelta(days=3))
    newest = [second.code, first.code, draft.code]
    assert listed(office) == listed(office, sort="-received") == newest
    assert listed(office, sort="received") == [first.code, second.code, draft.code]
    assert listed(office, sort="received", q=draft.student.email) == [draft.code]
    monkeypatch.setattr(application_office, "page_of", lambda rows, request: page_of(rows, request, 2))
    assert listed(office) + listed(office, page=2) == newest


def test_a_sorted_list_shows_at_once_what_changed(office, sign_in):
    first, second = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    assert listed(office, sort="status") == [second.code, first.code]
    with transaction.atomic():
        Application.objects.filter(pk=second.pk).update(status="selected")
        audit.record("selection.release", second, by=UserFactory(coordinator=True))
    assert listed(office, sort="status") == [first.code, second.code]


def test_list_counts_all_and_shows_fifty(office):
    ApplicationFactory.create_batch(51, submitted=True)
    response = office.get(LIST, {"status": "submitted"})
    assert "51 applications" in response.text
    assert len(response.context["page_obj"]) == 50
    assert "status=submitted&amp;page=2" in response.text
    assert len(listed(office, status="submitted", page=2)) == 1


def test_list_says_when_nothing_fits_and_when_nothing_is_there(office):
    assert "They appear here once students submit them." in office.get(LIST).text
    assert "Nothing on this list fits these filters." in office.get(LIST, {"q": "zz"}).text


def test_list_takes_the_same_queries_for_3_and_for_30(office):
    def queries():
        cache.clear()  # factories record no event, so the cached figures need clearing
        with CaptureQueriesContext(connection) as captured:
            office.get(LIST)
        return len(captured)

    for _ in range(3):
        EndorsementFactory()
    few = queries()
    for _ in range(27):
        EndorsementFactory()
    assert queries() == few


def test_detail_takes_the_same_queries_however_much_is_answered(office):
    def queries(application):
        with CaptureQueriesContext(connection) as captured:
            office.get(application.get_absolute_url())
        return len(captured)

    cycle = CycleFactory(ready=True)
    full = ApplicationFactory(cycle=cycle, answered=True, submitted=True)
    short = ApplicationFactory(cycle=cycle, submitted=True)
    queries(short)  # the form is read once
    assert queries(full) == queries(short) <= 25


def test_detail_takes_the_same_queries_however_much_was_said_and_noted(office):
    """With the most that a file has: placed, with a passport case, conversations, notes with a task, and history."""
    travel_facts()
    application = PlacementFactory(application__submitted=True).application
    PassportCaseFactory(application=application)
    colleague = UserFactory(coordinator=True)

    def happens(number):
        ThreadFactory(student=application.student, college=application.college, answered=True)
        note = staff_note.write(application, f"Call {number}", owner=colleague, due_on=in_days(3), by=colleague)
        staff_note.edit(note, f"Call {number}: back on Friday.", seen=staff_note.fingerprint(note), by=colleague)
        audit.record("application.return", application, by=colleague)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "Call 0: back on Friday." in office.get(application.get_absolute_url()).text
        return len(captured)

    happens(0)
    queries()  # the form is read once
    few = queries()
    for number in range(1, 4):
        happens(number)
    assert queries() == few <= 30


def test_a_file_asks_ten_queries_and_more_only_for_what_is_beside_the_answers(sign_in):
    application_facts()
    person = UserFactory(coordinator=True)
    application, client = ApplicationFactory(submitted=True), sign_in(person)
    told = {"heard": "phone", "heard_on": timezone.localdate(), "heard_by": person, "reason": "It rained."}

    def asked():
        client.get(application.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            shown = words(client.get(application.get_absolute_url()))
        return len(queries), [shown.count(each) for each in ("Call back", "It rained.", "A question")]

    alone, nothing = asked()
    assert alone <= 10 and nothing == [0, 0, 0]
    counts = []
    for number, more in ((1, 1), (3, 2)):
        for each in range(more):
            staff_note.write(application, f"Call back {number}.{each}.", by=person)
            Statement.objects.create(application=application, what="confirm", recorded_by=person, **told)
            ThreadFactory(student=application.student, office=True, college=None, body="A question")
        queries, shown = asked()
        assert shown == [number, number, number]
        counts.append(queries)
    assert counts[0] == counts[1] <= 15
