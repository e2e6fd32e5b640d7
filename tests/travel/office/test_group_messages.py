"""A message to everyone a filter finds: who is on the list, what each gets, when it goes, and what the record says."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import thread as threads
from applications.models import Application, GroupMessage, GroupRecipient, Note, Thread
from exchange.base.errors import RuleViolation
from exchange.models import Fact, Message, Role, User
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import PlacementFactory, TripFactory, travel_facts
from travel.office.group_messages import actions, audience
from travel.office.group_messages.audience import audience_of
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("travel:group-message-list"), reverse("travel:group-message-new")
TEXTS = {"body_en": "Bring your card on Monday.", "body_es": "Trae tu tarjeta el lunes."}


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def cycle():
    return CycleFactory(ready=True)


def student(cycle, name, language="en", **fields):
    person = UserFactory(full_name=name, preferred_name="", language=language)
    return ApplicationFactory(cycle=cycle, student=person, submitted=True, **fields)


def drafted(cycle, by, **changes):
    values = {"query": f"cycle={cycle.code}", "send_at": None, **TEXTS, **changes}
    return actions.draft(**values, by=by)


def confirm(group, **more):
    return actions.confirm(group, seen=actions.mark_of(group), by=group.author, **more)


def test_a_time_that_has_passed_meanwhile_is_said_and_nothing_is_sent(office, cycle):
    student(cycle, "Ana Bui")
    group = drafted(cycle, office, send_at=timezone.now() + dt.timedelta(hours=1))
    GroupMessage.objects.filter(pk=group.pk).update(send_at=timezone.now() - dt.timedelta(minutes=1))
    group.refresh_from_db()
    with pytest.raises(RuleViolation) as caught:
        confirm(group)
    assert caught.value.code == "in_the_past"
    group.refresh_from_db()
    assert group.confirmed_at is None


def after_the_hold():
    """What the worker sends once the minutes for an undo are over."""
    now = timezone.now()
    GroupMessage.objects.filter(send_at__gt=now, send_at__lte=now + actions.HOLD).update(send_at=now)
    return actions.send_due()


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def page_of(group, verb="detail"):
    return reverse(f"travel:group-message-{verb}", args=[group.code])


# --- One student ------------------------------------------------------------------------------------

TO_ONE = "Write in both languages, or schedule it"


def pages_about(application):
    return [
        application.get_absolute_url(),
        reverse("applications:thread-begin", args=[application.code]),
        reverse("travel:peek", args=[application.code]),
    ]


@pytest.mark.parametrize("role", ["office", "advisor"])
def test_from_a_students_file_one_is_written_to_in_both_languages_and_at_a_time(role, office, cycle, sign_in):
    lucia = student(cycle, "Lucía Vega", "es")
    student(cycle, "Someone Else", college=lucia.college)
    author = office if role == "office" else UserFactory(advisor=lucia.college)
    client = sign_in(author)
    link = f"{NEW}?q={lucia.code}"
    for page in pages_about(lucia):
        assert f'href="{link}"' in client.get(page).text, page

    tomorrow = timezone.localtime() + dt.timedelta(days=1)
    given = {**TEXTS, "send_on": tomorrow.date().isoformat(), "send_time": "10:00"}
    client.post(link, given)

    group = GroupMessage.objects.get()
    assert [row.application for row in group.recipients.all()] == [lucia]
    assert "Trae tu tarjeta el lunes." in words(client.get(page_of(group)))
    confirm(group)
    assert after_the_hold() == 0
    GroupMessage.objects.update(send_at=timezone.now())
    assert after_the_hold() == 1
    assert Note.objects.get().body == TEXTS["body_es"]


def test_the_pages_of_a_message_to_one_are_about_that_one_and_no_group(office, cycle, sign_in):
    lucia = student(cycle, "Lucía Vega", "es")
    student(cycle, "Someone Else")
    client, link = sign_in(office), f"{NEW}?q={lucia.code}"

    page = client.get(link)

    text = words(page)
    assert "Write to Lucía Vega" in text and "See what Lucía Vega gets" in text
    assert "Lucía Vega reads Spanish here, and gets the Spanish text if there is one." in text
    assert f'href="{lucia.get_absolute_url()}"' in page.text and f'href="{NEW}"' in page.text
    assert "ex-filters" not in page.text and 'role="search"' not in page.text.partition("<main")[2]

    refused = client.post(link, {"filters": "", "q": lucia.code, "body_en": "", "body_es": ""})
    assert "Write to Lucía Vega" in words(refused), "it stays about them with an error"
    client.post(link, {"filters": "", "q": lucia.code, **TEXTS})
    group = GroupMessage.objects.get()
    text = words(client.get(page_of(group)))
    assert "Message to Lucía Vega" in text and "Send to Lucía Vega" in text and "reads Spanish" in text
    assert "1 student" not in text and "Who gets it" not in text and lucia.code not in text
    assert "Change the message to Lucía Vega" in words(client.get(page_of(group, "edit") + f"?{group.query}"))


def test_one_whose_language_has_no_text_gets_the_other_and_the_page_says_so(office, cycle, sign_in):
    lucia = student(cycle, "Lucía Vega", "es")
    group = drafted(cycle, office, query=f"q={lucia.code}", body_es="")
    client = sign_in(office)

    page = client.get(page_of(group))

    assert "Lucía Vega reads Spanish. There’s no Spanish text, so they’ll get the English one." in words(page)
    assert "Leave them out" not in words(page) and "not decided yet" not in words(page)
    form = page.context["form"]
    client.post(page_of(group, "confirm"), {"seen": form["seen"].value(), "missing": form["missing"].value()})
    assert after_the_hold() == 1
    assert Note.objects.get().body == TEXTS["body_en"]


def test_one_student_whom_a_filter_finds_is_still_a_group(office, cycle, sign_in):
    student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    text = words(sign_in(office).get(page_of(group)))
    assert "Message to 1 student" in text and "Who gets it" in text


def test_a_withdrawn_student_is_found_from_their_file_too(office, cycle, sign_in):
    gone = ApplicationFactory(cycle=cycle, withdrawn=True)
    link = f"{NEW}?q={gone.code}&status=withdrawn"
    assert link.replace("&", "&amp;") in sign_in(office).get(gone.get_absolute_url()).text
    assert audience_of(link.partition("?")[2], office).rows == [gone]


def test_the_link_is_only_for_those_who_may_write_to_that_student(office, cycle, sign_in):
    lucia = student(cycle, "Lucía Vega")
    own = sign_in(lucia.student).get(lucia.get_absolute_url()).text
    elsewhere = sign_in(UserFactory(advisor=CollegeFactory())).get(lucia.get_absolute_url())
    assert TO_ONE not in own and elsewhere.status_code == 404
    lucia.student.is_active = False
    lucia.student.save()
    assert TO_ONE not in sign_in(office).get(lucia.get_absolute_url()).text


# --- Who is on the list -----------------------------------------------------------------------------


def test_no_filter_finds_nobody(office, cycle):
    student(cycle, "Lucía Vega")
    assert audience_of("", office).rows == []
    assert audience_of("q=&status=nonsense", office).rows == []


def test_a_filter_leaves_out_the_withdrawn_unless_they_are_asked_for(office, cycle):
    here = student(cycle, "Lucía Vega")
    gone = ApplicationFactory(cycle=cycle, withdrawn=True)
    assert audience_of(f"cycle={cycle.code}", office).rows == [here]
    assert audience_of(f"cycle={cycle.code}&status=withdrawn", office).rows == [gone]


def test_a_student_with_two_applications_is_written_to_once_about_the_newer(office):
    person = UserFactory()
    ApplicationFactory(student=person, submitted=True)
    newer = ApplicationFactory(student=person, submitted=True)
    assert audience_of("status=submitted", office).rows == [newer]


def test_more_than_one_message_takes_is_said_even_if_one_of_them_applied_twice(office, monkeypatch):
    person = UserFactory(full_name="Ana Lindo")
    for name in ("Ana Lindo", "Bea Lindo"):
        ApplicationFactory(student=person if name == "Ana Lindo" else UserFactory(full_name=name), submitted=True)
    ApplicationFactory(student=person, submitted=True)
    monkeypatch.setattr(audience, "MOST", 3)
    assert not audience_of("status=submitted", office).is_too_many
    ApplicationFactory(student=UserFactory(full_name="Cai Lindo"), submitted=True)
    assert audience_of("status=submitted", office).is_too_many
    with pytest.raises(RuleViolation, match="more than 2,000"):
        actions.draft(query="status=submitted", send_at=None, **TEXTS, by=office)


def test_an_advisor_finds_only_submitted_ones_of_their_own_college(cycle):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    mine = student(cycle, "Lucía Vega", college=college)
    student(cycle, "Omar Haddad")
    ApplicationFactory(cycle=cycle, college=college)  # a draft
    ApplicationFactory(cycle=cycle, student=advisor, submitted=True)  # their own, from before they were one
    assert audience_of(f"cycle={cycle.code}", advisor).rows == [mine]


def test_a_cycle_that_is_not_published_is_a_filter_of_the_office_alone(office, sign_in):
    CycleFactory(name_en="Spring in Lagos", published_at=None)
    assert "Spring in Lagos" in sign_in(office).get(NEW).text
    assert "Spring in Lagos" not in sign_in(UserFactory(advisor=True)).get(NEW).text


def test_late_with_anything_and_late_with_one_step(office, cycle):
    trip = TripFactory(cycle=cycle)
    late, other, on_time = (PlacementFactory(trip=trip, checklist=True) for _each in range(3))
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    items = [placement.checklist_items.of_students().order_by("step__order") for placement in (late, other)]
    first, second = items[0][0], items[1][1]
    for item in (first, second):
        item.do_by = item.last_safe_on = yesterday
        item.save()

    def found(what):
        return {row.pk for row in audience_of(f"late={what}", office).rows}

    assert found("1") == {late.application_id, other.application_id}
    assert found(first.step.key) == {late.application_id}
    assert on_time.application_id not in found(second.step.key)


def test_a_trip_is_who_goes_on_it(office, cycle):
    going, elsewhere = PlacementFactory(trip__cycle=cycle), PlacementFactory(trip__cycle=cycle)
    found = audience_of(f"trip={going.trip.code}", office).rows
    assert found == [going.application] and elsewhere.application not in found


# --- Writing, looking, sending ----------------------------------------------------------------------


def test_each_student_gets_their_language_in_a_thread_of_their_own(office, cycle):
    one, two = student(cycle, "Lucía Vega", "es"), student(cycle, "Omar Haddad")
    group = drafted(cycle, office)
    assert not Thread.objects.exists() and after_the_hold() == 0  # nobody has confirmed it

    assert not confirm(group)
    assert after_the_hold() == 2
    assert after_the_hold() == 0  # a second worker finds nothing left

    notes = {note.thread.student: note.body for note in Note.objects.select_related("thread__student")}
    assert notes == {one.student: TEXTS["body_es"], two.student: TEXTS["body_en"]}
    told = Message.objects.filter(template="applications/thread_begun")
    assert {each.recipient for each in told} == {one.student, two.student}
    assert {each.batch for each in told} == {f"applications.groupmessage:{group.code}"}


def test_what_goes_wrong_with_one_student_holds_up_nobody_else(office, cycle, monkeypatch, sign_in):
    ana, bea = student(cycle, "Ana Lindo"), student(cycle, "Bea Lindo")
    group = drafted(cycle, office)
    open_for = actions.threads.open_for

    def fails(application, *args, **more):
        if application == ana:
            raise LookupError
        return open_for(application, *args, **more)

    monkeypatch.setattr(actions.threads, "open_for", fails)
    confirm(group)
    after_the_hold()

    group.refresh_from_db()
    assert group.finished_at
    assert {row.application: row.outcome for row in group.recipients.all()} == {ana: "failed", bea: "sent"}
    assert "something went wrong on our side" in words(sign_in(office).get(page_of(group)))


def test_an_answer_arrives_in_the_students_thread_where_the_office_looks(office, cycle):
    one = student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    confirm(group)
    after_the_hold()
    thread = one.student.threads.get()
    threads.write(thread, "I will.", by=one.student)
    assert list(Thread.objects.visible_to(office).addressed_to(office).waiting()) == [thread]
    assert group.recipients.get().thread == thread


def test_an_advisors_answers_come_back_to_the_advisors(cycle):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    student(cycle, "Lucía Vega", college=college)
    group = drafted(cycle, advisor)
    confirm(group)
    after_the_hold()
    thread = Thread.objects.get()
    assert (thread.addressee, thread.college) == ("advisor", college)


def test_a_language_that_is_missing_is_decided_before_it_goes(office, cycle, sign_in):
    student(cycle, "Lucía Vega", "es"), student(cycle, "Omar Haddad")
    group = drafted(cycle, office, body_es="")
    page = words(sign_in(office).get(page_of(group)))
    assert "1 student reads Spanish, and there’s no Spanish text." in page
    assert "Students whose language has no text" in page
    with pytest.raises(RuleViolation, match="no text"):
        confirm(group)

    confirm(group, missing="leave_out")
    after_the_hold()
    assert dict(group.recipients.values_list("application__student__full_name", "outcome")) == {
        "Lucía Vega": "no_text",
        "Omar Haddad": "sent",
    }
    assert Note.objects.get().thread.student.full_name == "Omar Haddad"


def test_the_other_language_can_be_sent_instead(office, cycle):
    student(cycle, "Lucía Vega", "es")
    group = drafted(cycle, office, body_es="")
    confirm(group, missing="other")
    after_the_hold()
    assert Note.objects.get().body == TEXTS["body_en"]


def test_a_list_that_changed_since_the_preview_is_shown_again_with_the_names(office, cycle, sign_in):
    gone, stays = student(cycle, "Lucía Vega"), student(cycle, "Omar Haddad")
    group = drafted(cycle, office)
    client = sign_in(office)
    seen = client.get(page_of(group)).context["form"].initial["seen"]
    Application.objects.filter(pk=gone.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    student(cycle, "Tomás Prado")
    stays.student.language = "es"
    stays.student.save()

    response = client.post(page_of(group, "confirm"), {"seen": seen})

    said = words(response)
    assert "The list has changed since you looked, so nothing was sent." in said
    assert "Now also on the list: Tomás Prado. No longer on the list: Lucía Vega." in said
    assert "They chose another language: Omar Haddad." in said
    assert after_the_hold() == 0
    again = client.post(page_of(group, "confirm"), {"seen": response.context["form"].initial["seen"]}, follow=True)
    assert "Until then, you can change it or cancel it." in words(again)
    assert after_the_hold() == 2


def test_a_student_who_has_another_application_since_has_neither_joined_nor_left(office, cycle, sign_in):
    before = student(cycle, "Lucía Vega")
    group = drafted(cycle, office, query="status=submitted")
    client = sign_in(office)
    seen = client.get(page_of(group)).context["form"].initial["seen"]
    newer = ApplicationFactory(student=before.student, cycle=CycleFactory(ready=True), submitted=True)

    response = client.post(page_of(group, "confirm"), {"seen": seen})

    said = words(response)
    assert "Still on the list, now with a different application: Lucía Vega." in said
    assert "Now also on the list" not in said and "No longer on the list" not in said
    client.post(page_of(group, "confirm"), {"seen": response.context["form"].initial["seen"]})
    assert after_the_hold() == 1
    assert Thread.objects.get().application == newer


def test_a_second_window_that_saw_an_older_text_sends_nothing(office, cycle):
    student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    seen = actions.mark_of(group)
    current = actions.mark_of(group)[:0]  # a form from before forms carried one
    actions.change(group, query=group.query, **(TEXTS | {"body_en": "Tuesday."}), send_at=None, seen=current, by=office)
    with pytest.raises(RuleViolation, match="Someone else changed this"):
        actions.confirm(group, seen=seen, by=office)


def test_whoever_has_done_the_step_meanwhile_is_not_told_that_they_are_late(office, cycle):
    placement = PlacementFactory(trip__cycle=cycle, checklist=True)
    item = placement.checklist_items.of_students().order_by("step__order")[0]
    item.do_by = item.last_safe_on = timezone.localdate() - dt.timedelta(days=1)
    item.save()
    group = drafted(cycle, office, query=f"late={item.step.key}")
    confirm(group)
    item.done_at, item.done_by = timezone.now(), placement.application.student
    item.save()

    assert after_the_hold() == 0
    assert group.recipients.get().outcome == "no_match"
    assert not Thread.objects.exists()


def done_meanwhile(placement, item):
    item.done_at, item.done_by = timezone.now(), placement.application.student
    item.save()


def canceled_meanwhile(placement, _item):
    closed = {"closed_at": timezone.now(), "closed_by": UserFactory(), "closed_reason": "A storm."}
    type(placement.trip).objects.filter(pk=placement.trip_id).update(**closed)


@pytest.mark.parametrize(
    ("which", "meanwhile"), [("late", done_meanwhile), ("trip", canceled_meanwhile)], ids=["late", "trip"]
)
def test_a_filter_that_ends_sends_nothing_whatever_the_others_find(which, meanwhile, office, cycle, sign_in):
    placement = PlacementFactory(trip__cycle=cycle, application__cycle=cycle, checklist=True)
    student(cycle, "Somebody Else")
    item = placement.checklist_items.of_students().order_by("step__order")[0]
    item.do_by = item.last_safe_on = timezone.localdate() - dt.timedelta(days=1)
    item.save()
    query = f"cycle={cycle.code}&{which}={item.step.key if which == 'late' else placement.trip.code}"
    waits, confirmed = drafted(cycle, office, query=query), drafted(cycle, office, query=query)
    assert [row.application for row in confirmed.recipients.all()] == [placement.application]
    confirm(confirmed)

    meanwhile(placement, item)

    assert after_the_hold() == 0
    assert confirmed.recipients.get().outcome == "no_match"
    assert not Thread.objects.exists()
    with pytest.raises(RuleViolation, match="This list is empty"):
        confirm(waits)
    label = {"late": "Late with", "trip": "Trip"}[which]
    client = sign_in(office)
    page = client.get(f"{NEW}?{query}")
    assert f"What was chosen under “{label}” is no longer available, so no one is on the list." in words(page)
    assert page.context["count"] == 0 and "0 students" not in words(page)
    assert re.search(r"<option[^>]* selected>no longer available</option>", page.text), "it isn't sent without it"
    assert f"{label}: no longer available" in words(client.get(page_of(confirmed)))


def test_it_isnt_sent_to_anybody_of_a_college_that_its_author_has_left(cycle):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    student(cycle, "Lucía Vega", college=college)
    group = drafted(cycle, advisor)
    confirm(group)
    advisor.roles.all().delete()
    assert after_the_hold() == 0
    assert not Thread.objects.exists()


def of_two_colleges(cycle):
    """An advisor of both, and the students: two of the college that the advisor leaves, one of the other."""
    left, kept = CollegeFactory(), CollegeFactory()
    advisor = UserFactory(advisor=left)
    advisor.roles.create(kind=Role.Kind.ADVISOR, college=kept)
    places = {"Lucía Vega": left, "Omar Haddad": left, "Tomás Prado": kept}
    return advisor, left, [student(cycle, name, college=college) for name, college in places.items()]


@pytest.mark.parametrize("is_sent", [False, True])
def test_students_of_a_college_that_its_author_has_left_are_counted_and_not_named(is_sent, cycle, sign_in):
    advisor, left, rows = of_two_colleges(cycle)
    group = drafted(cycle, advisor)
    if is_sent:
        confirm(group)
        after_the_hold()
    advisor.roles.filter(college=left).delete()

    page = sign_in(User.objects.get(pk=advisor.pk)).get(page_of(group))

    assert [line.application for line in page.context["page_obj"]] == rows[2:]
    assert "Tomás Prado" in page.text and "Lucía" not in page.text and "Omar" not in page.text
    assert "Message to 3 students" in page.text and "3 read English" in page.text
    assert "2 students aren’t named here, because you may no longer see their files." in words(page)


def test_those_of_a_college_left_meanwhile_are_counted_as_the_list_changes(cycle, sign_in):
    advisor, left, _rows = of_two_colleges(cycle)
    group = drafted(cycle, advisor)
    client = sign_in(advisor)
    seen = client.get(page_of(group)).context["form"].initial["seen"]
    advisor.roles.filter(college=left).delete()

    page = sign_in(User.objects.get(pk=advisor.pk)).post(page_of(group, "confirm"), {"seen": seen})

    said = words(page)
    assert "No longer on the list: 2 students whose files you may no longer see." in said
    assert "Lucía" not in said and "Omar" not in said and "aren’t named" not in said
    assert after_the_hold() == 0


def test_a_message_to_one_does_not_name_them_once_its_author_has_left_their_college(cycle, sign_in):
    advisor, left, rows = of_two_colleges(cycle)
    group = drafted(cycle, advisor, query=f"q={rows[0].code}")
    advisor.roles.filter(college=left).delete()

    page = sign_in(User.objects.get(pk=advisor.pk)).get(page_of(group))

    assert page.context["student"] is None and not page.context["page_obj"]
    assert "Lucía" not in page.text and "1 student isn’t named here" in words(page)


# --- Later ------------------------------------------------------------------------------------------


def scheduled(cycle, office, **delta):
    group = drafted(cycle, office, send_at=timezone.now() + dt.timedelta(**delta))
    confirm(group)
    group.refresh_from_db()
    return group


def test_a_scheduled_one_waits_for_its_time(office, cycle):
    student(cycle, "Lucía Vega")
    group = scheduled(cycle, office, hours=3)
    assert after_the_hold() == 0
    GroupMessage.objects.filter(pk=group.pk).update(send_at=timezone.now())
    assert after_the_hold() == 1


def test_it_reaches_a_student_who_has_applied_again_meanwhile(office, cycle, monkeypatch):
    one = student(cycle, "Lucía Vega")
    group = drafted(cycle, office, query=f"college={one.college.code}")
    confirm(group)
    ApplicationFactory(cycle=CycleFactory(ready=True), student=one.student, college=one.college)
    student(cycle, "Ana Lindo", college=one.college)
    monkeypatch.setattr(audience, "MOST", 1)  # the list has grown, and its first places are others'
    assert after_the_hold() == 1
    assert group.recipients.get().outcome == "sent"
    assert Thread.objects.get().student == one.student


def test_until_it_goes_it_can_be_changed_and_then_asks_for_confirmation_again(office, cycle, sign_in):
    student(cycle, "Lucía Vega")
    group = scheduled(cycle, office, hours=3)
    client = sign_in(office)
    seen = client.get(page_of(group, "edit")).context["form"].initial["seen"]
    response = client.post(
        page_of(group, "edit") + f"?{group.query}", {**TEXTS, "body_en": "Tuesday, not Monday.", "seen": seen}
    )
    assert response.status_code == 302
    group.refresh_from_db()
    assert (group.body_en, group.is_draft, group.send_at) == ("Tuesday, not Monday.", True, None)
    assert after_the_hold() == 0


def test_a_scheduled_one_is_called_off_by_anyone_of_the_office(office, cycle, sign_in):
    student(cycle, "Lucía Vega")
    group = scheduled(cycle, office, hours=3)
    colleague = UserFactory(coordinator=True, full_name="Dana Ruiz")
    client = sign_in(colleague)
    assert client.post(page_of(group, "confirm"), {"seen": "x"}).status_code == 403  # only its author sends it
    assert "No one gets it." in words(client.post(page_of(group, "call-off"), follow=True))
    GroupMessage.objects.filter(pk=group.pk).update(send_at=timezone.now())
    assert after_the_hold() == 0
    assert "Dana Ruiz canceled it" in words(client.get(page_of(group)))


def test_what_has_gone_out_cannot_be_changed_or_called_off(office, cycle):
    student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    confirm(group)
    after_the_hold()
    with pytest.raises(RuleViolation, match="already gone out"):
        actions.call_off(group, by=office)
    with pytest.raises(RuleViolation, match="already gone out"):
        actions.change(group, query="", **TEXTS, send_at=None, seen="", by=office)


# --- The pages --------------------------------------------------------------------------------------


def test_from_the_late_list_to_sent_in_three_clicks_after_the_lists_own(office, cycle, sign_in):
    placement = PlacementFactory(trip__cycle=cycle, checklist=True)
    item = placement.checklist_items.of_students().order_by("step__order")[0]
    item.do_by = item.last_safe_on = timezone.localdate() - dt.timedelta(days=1)
    item.save()
    client = sign_in(office)

    lists = client.get(reverse("travel:checklist-list"))  # 1: from the head of the home page
    assert "Write to the 1 student who’s late" in words(lists)
    form = client.get(f"{NEW}?late=1")  # 2
    assert form.context["count"] == 1
    preview = client.post(f"{NEW}?late=1", TEXTS, follow=True)  # 3
    assert "Send to 1 student" in words(preview)
    group = GroupMessage.objects.get()
    client.post(page_of(group, "confirm"), {"seen": preview.context["form"].initial["seen"]})  # 4
    after_the_hold()
    assert Thread.objects.get().student == placement.application.student


def test_the_record_says_what_was_sent_to_whom_and_how_far_it_came(office, cycle, sign_in):
    one = student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    confirm(group)
    after_the_hold()
    Message.objects.update(sent_at=timezone.now())
    threads.write(one.student.threads.get(), "I will.", by=one.student)
    said = words(sign_in(office).get(page_of(group)))
    assert "Lucía Vega" in said and "email sent" in said and "answered: read it" in said


def test_a_message_needs_a_text_a_list_and_a_time_that_is_still_to_come(office, cycle, sign_in):
    client = sign_in(office)
    student(cycle, "Lucía Vega")
    here = f"{NEW}?cycle={cycle.code}"
    assert "Write the message, in English, in Spanish or in both." in client.post(here, {"body_en": ""}).text
    nobody = client.post(NEW, TEXTS)
    assert "This list is empty, so nothing was sent." in nobody.text and TEXTS["body_en"] in nobody.text
    past = client.post(here, {**TEXTS, "send_on": "2020-01-01"})
    assert "That time has passed." in past.text
    assert "Choose the day, too." in client.post(here, {**TEXTS, "send_time": "10:00"}).text
    assert not GroupMessage.objects.exists()


def test_texts_that_wait_for_the_morning_are_said_before_sending(office, cycle, sign_in):
    person = UserFactory(by_phone=True, phone="+12135550134", texts=True, full_name="Lucía Vega")
    ApplicationFactory(cycle=cycle, student=person, submitted=True)
    for key, hour in (("message.quiet_from", 21), ("message.quiet_to", 8)):
        Fact.objects.filter(key=key).update(value=hour)
    night = timezone.localtime().replace(hour=23, minute=0) + dt.timedelta(days=1)
    group = drafted(cycle, office, send_at=night)
    assert "Texts wait until quiet hours end" in words(sign_in(office).get(page_of(group)))


def test_the_page_takes_as_many_queries_for_many_as_for_few(office, cycle, sign_in, django_assert_max_num_queries):
    for number in range(12):
        student(cycle, f"Lucía Vega {number}")
    group = drafted(cycle, office)
    confirm(group)
    after_the_hold()
    client = sign_in(office)
    client.get(page_of(group))
    for address in (page_of(group), f"{NEW}?cycle={cycle.code}", LIST):
        with django_assert_max_num_queries(10):
            client.get(address)


def test_an_advisor_does_not_see_what_others_wrote(office, cycle, sign_in):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    student(cycle, "Lucía Vega", college=college)
    group = drafted(cycle, office)
    client = sign_in(advisor)
    assert client.get(page_of(group)).status_code == 404
    assert "No messages to groups yet" in words(client.get(LIST))


def test_erasing_a_student_takes_them_off_and_a_text_that_was_only_theirs(office, cycle):
    one, two = student(cycle, "Lucía Vega"), student(cycle, "Omar Haddad")
    both, alone = drafted(cycle, office), drafted(cycle, office, query=f"q={one.code}")
    erasing.erase([one.pk])
    assert list(GroupMessage.objects.all()) == [both]
    assert [row.application for row in GroupRecipient.objects.all()] == [two]
    assert alone.pk


# --- The tables -------------------------------------------------------------------------------------


def test_constraints(office, cycle):
    student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    now = timezone.now()

    def changed(**values):
        return lambda: GroupMessage.objects.filter(pk=group.pk).update(**values)

    refused("groupmessage_says_something", changed(body_en="", body_es=""))
    refused("groupmessage_confirmed_has_a_time", changed(confirmed_at=now))
    refused("groupmessage_sent_only_when_confirmed", changed(started_at=now))
    off = {"called_off_at": now, "called_off_by": office}
    refused("groupmessage_called_off_by_someone_before_it_went", changed(called_off_at=now))
    gone = {"confirmed_at": now, "send_at": now, "started_at": now}
    refused("groupmessage_called_off_by_someone_before_it_went", changed(**gone, **off))
    row = group.recipients.get()
    refused("grouprecipient_once", lambda: GroupRecipient.objects.create(group=group, application=row.application))
    thread = Thread.objects.create(student=row.application.student, addressee="office")
    refused(
        "grouprecipient_thread_only_if_sent", lambda: GroupRecipient.objects.filter(pk=row.pk).update(thread=thread)
    )


# --- Mistakes ---------------------------------------------------------------------------------------


def test_minutes_are_left_to_call_it_off(office, cycle, sign_in):
    student(cycle, "Lucía Vega")
    group = drafted(cycle, office)
    client = sign_in(office)
    seen = client.get(page_of(group)).context["form"].initial["seen"]
    client.post(page_of(group, "confirm"), {"seen": seen})
    assert actions.send_due() == 0

    client.post(page_of(group, "call-off"))
    assert after_the_hold() == 0
    assert not Note.objects.exists()


def test_other_filters_keep_what_has_been_written(office, cycle, sign_in):
    east = student(cycle, "Lucía Vega")
    student(cycle, "Omar Haddad")
    written = {**TEXTS, "send_on": "2027-03-01", "send_time": "10:00", "cycle": cycle.code}
    client = sign_in(office)

    page = client.post(NEW, {**written, "college": east.college.code, "filters": "choose"})
    shown = page.context["form"]
    assert {field: shown[field].value() for field in (*TEXTS, "send_on", "send_time")} == {
        field: written[field] for field in (*TEXTS, "send_on", "send_time")
    }
    assert page.context["count"] == 1
    assert not GroupMessage.objects.exists()

    client.post(NEW, {**TEXTS, "cycle": cycle.code, "college": east.college.code, "filters": ""})
    assert [row.application for row in GroupMessage.objects.get().recipients.all()] == [east]


@pytest.mark.parametrize("blank", ["{name}", "{{ first_name }}"])
def test_a_blank_that_nobody_fills_in_is_refused_with_the_words_kept(blank, office, cycle, sign_in):
    student(cycle, "Lucía Vega")
    page = sign_in(office).post(f"{NEW}?cycle={cycle.code}", {**TEXTS, "body_en": f"Hello {blank}, come on Monday."})
    assert "Everyone gets exactly these words" in words(page)
    assert f"Hello {blank}" in html.unescape(page.text)
    assert not GroupMessage.objects.exists()
