"""Notes of the office on a student, the activity feeds, and announcements on home pages."""

import datetime as dt
import html
import re

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import staff_note, thread
from applications.apply.actions.application import withdraw_for
from applications.models import Announcement, StaffNote, StaffNoteVersion
from applications.release.actions import statements
from applications.selection.actions import selection
from applications.states import Status
from exchange.base import audit, office_tasks
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask
from tests.constraints import refused
from tests.exchange.messages.test_messages import waiting
from tests.factories import CollegeFactory, RoleFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import ChecklistItemFactory, PlacementFactory, travel_facts
from tests.travel.outcomes_rows import threshold
from travel.office.activity import feed as activity
from travel.office.announcements import actions as announcement
from travel.office.own_data.export_tables import TABLES
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db
NEWS = reverse("travel:announcement-list")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def application():
    return ApplicationFactory(submitted=True, cycle=CycleFactory(ready=True), answered=True)


def today(days=0):
    return timezone.localdate() + dt.timedelta(days=days)


def words(response):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


# --- Notes ------------------------------------------------------------------------------------------


def test_a_note_with_a_day_is_a_task_of_its_owner_and_stays_on_the_file(application, office, sign_in):
    client = sign_in(office)
    address = reverse("applications:staff-note-add", args=[application.code])
    data = {"body": "Asked for a quiet room. Call the host.", "due_on": str(today(3)), "owner": office.pk}
    client.post(address, data)
    client.post(address, data)  # a double tap

    note = StaffNote.objects.get()
    assert (note.task.owner, note.task.due_on, note.task.person) == (office, today(3), application.student)
    assert "Asked for a quiet room." in words(client.get(application.get_absolute_url()))
    assert f"Follow up on {application.student}" in words(client.get(reverse("travel:office-task-list")))
    assert "Call the host." in words(client.get(reverse("travel:office-task", args=[note.task.code])))
    client.post(reverse("travel:office-task", args=[note.task.code]), {"note": "Done."})
    assert not OfficeTask.objects.open().exists()


def test_nobody_but_the_office_sees_a_note(application, office, sign_in):
    staff_note.write(application, "Asked for a quiet room.", by=office)
    people = [UserFactory(advisor=application.college), UserFactory(advisor=CollegeFactory())]
    for person in (*people, UserFactory(director=True), application.student):
        response = sign_in(person).get(application.get_absolute_url(), follow=True)
        assert "quiet room" not in response.text
        assert not StaffNote.objects.visible_to(person).exists()


def test_its_author_takes_it_back_and_its_task_and_words_go(application, office, sign_in):
    note = staff_note.write(application, "Call the host.", due_on=today(2), by=office)
    address = reverse("applications:staff-note-take-back", args=[note.code])
    assert sign_in(UserFactory(coordinator=True)).post(address).status_code == 403
    sign_in(office).post(address)
    assert not StaffNote.objects.exists() and not OfficeTask.objects.open().exists()
    assert "Call the host." not in str(OfficeTask.objects.get().params)


def test_a_note_is_edited_by_a_colleague_and_its_words_before_stay(application, office, sign_in):
    note = staff_note.write(application, "Call the host.", due_on=today(2), by=office)
    edit, colleague = reverse("applications:staff-note-edit", args=[note.code]), UserFactory(coordinator=True)
    client = sign_in(colleague)
    assert edit in client.get(application.get_absolute_url()).text
    client.post(edit, {"body": "Call the host’s office.", "seen": staff_note.fingerprint(note)})
    client.post(edit, {"body": "Call the host’s office.", "seen": staff_note.fingerprint(note)})  # a double tap

    note.refresh_from_db()
    assert (note.author, note.edited_by, note.body) == (office, colleague, "Call the host’s office.")
    assert [(each.body, each.by, each.written_at) for each in note.versions.all()] == [
        ("Call the host.", office, note.written_at)
    ]
    text = words(client.get(application.get_absolute_url()))
    assert f"Edited by {colleague}" in text and "Call the host." in text
    assert "Call the host’s office." in words(client.get(reverse("travel:office-task", args=[note.task.code])))
    assert Event.objects.filter(action="staff_note.edit", by=colleague).count() == 1
    first = note.edited_at
    staff_note.edit(note, "Done.", seen=staff_note.fingerprint(note), by=office)
    assert note.versions.first().by == colleague and note.versions.first().written_at == first


def test_a_note_that_was_edited_meanwhile_is_not_removed_by_an_older_page(application, office, sign_in):
    note, colleague = staff_note.write(application, "Call the host.", by=office), UserFactory(coordinator=True)
    old = staff_note.fingerprint(note)
    client, address = sign_in(office), reverse("applications:staff-note-take-back", args=[note.code])
    assert old in client.get(application.get_absolute_url()).text
    staff_note.edit(note, "They called back.", seen=old, by=colleague)
    assert "so it wasn’t removed" in words(client.post(address, {"seen": old}, follow=True))
    note.refresh_from_db()
    client.post(address, {"seen": staff_note.fingerprint(note)})
    assert not StaffNote.objects.exists() and not StaffNoteVersion.objects.exists()


def test_a_note_that_is_gone_cannot_be_edited_and_says_so(application, office):
    note = staff_note.write(application, "Call the host.", by=office)
    staff_note.take_back(note, by=office)
    with pytest.raises(RuleViolation, match="was removed while you were writing"):
        staff_note.edit(note, "Call.", seen="", by=office)


def test_a_note_is_for_today_or_later_and_for_someone_of_the_office(application, office):
    with pytest.raises(RuleViolation, match="has passed"):
        staff_note.write(application, "Call.", due_on=today(-1), by=office)
    with pytest.raises(RuleViolation, match="someone from the office"):
        staff_note.write(application, "Call.", due_on=today(), owner=application.student, by=office)


def test_the_students_copy_of_their_data_has_the_note_and_erasing_removes_it(application, office):
    note = staff_note.write(application, "Asked for a quiet room.", by=office)
    table = TABLES["applications.StaffNote"]
    assert list(table.rows(application.student)) == [note] and "author" not in table.names
    staff_note.edit(note, "Asked for a room by the stairs.", seen="", by=office)
    table = TABLES["applications.StaffNoteVersion"]
    assert [each.body for each in table.rows(application.student)] == ["Asked for a quiet room."]
    assert "by" not in table.names
    erasing.erase([application.pk])
    assert not StaffNote.objects.exists()


def test_erasing_closes_a_notes_task_and_removes_its_words_also_of_one_that_is_done(application, office):
    other = ApplicationFactory(submitted=True, student=application.student)
    waiting_one = staff_note.write(application, "Asked for a quiet room.", due_on=today(), by=office).task
    done = staff_note.write(application, "Has moved in with an aunt.", due_on=today(), by=office).task
    office_tasks.finish(done, by=office)
    kept = staff_note.write(other, "Call the host.", due_on=today(), by=office).task

    erasing.erase([application.pk])
    erasing.erase([application.pk])  # it may be repeated

    for task in (waiting_one, done, kept):
        task.refresh_from_db()
    assert list(OfficeTask.objects.open()) == [kept] and kept.params == {"body": "Call the host."}
    assert waiting_one.dropped_at and not done.dropped_at
    assert waiting_one.params == done.params == {"body": erasing.GONE}


def test_constraints_of_a_note(application, office):
    staff_note.write(application, "Call.", by=office)
    refused("staffnote_edited_at_and_by_together", lambda: StaffNote.objects.update(edited_by=office))
    refused(
        "staffnote_says_something",
        lambda: StaffNote.objects.create(application=application, author=office, body=""),
    )


# --- Activity ---------------------------------------------------------------------------------------


def test_the_feed_of_a_student_and_of_a_cycle(application, office, sign_in):
    thread.begin(application, "Bring your card.", by=office)
    withdraw_for(application, by=office, reason="New job.")
    ApplicationFactory(submitted=True)
    client = sign_in(office)
    mine = words(client.get(reverse("travel:activity", args=[application.code])))
    assert "got a message from us" in mine and "withdrawn by the office for the student" in mine and "New job." in mine
    ours = words(client.get(reverse("travel:cycle-activity", args=[application.cycle.code])))
    assert "withdrawn by the office for the student" in ours and str(application.student) in ours


def test_the_feed_of_a_cycle_has_its_placements_trips_conversations_and_steps_of_setting_it_up(office, sign_in):
    placement = PlacementFactory()
    trip, cycle = placement.trip, placement.trip.cycle
    other = PlacementFactory()
    for made, of in ((placement, trip), (other, other.trip)):
        with transaction.atomic():
            audit.record("placement.place", made, by=office)
            audit.record("placement.depart", of, by=office)
            audit.record("selection.release", of.cycle, by=office)
    thread.begin(placement.application, "Bring your card.", by=office)

    page = sign_in(office).get(reverse("travel:cycle-activity", args=[cycle.code]))
    lines = [(str(line.label), line.about, line.href) for line in page.context["lines"]]
    student = (str(placement.application.student), placement.application.get_absolute_url())
    assert lines == [
        ("got a message from us", *student),
        ("results released", "", ""),
        ("group left", str(trip), trip.get_absolute_url()),
        ("placed in a city", *student),
    ]


def test_the_feed_of_a_student_names_the_steps_of_the_checklist(office, sign_in):
    item = ChecklistItemFactory()
    with transaction.atomic():
        audit.record("checklist.mark_done", item, by=office)
    address = reverse("travel:activity", args=[item.placement.application.code])
    assert f"checklist step marked as done: {item.step.title}" in words(sign_in(office).get(address))


def test_the_feed_of_a_student_leads_to_what_was_said(application, office, sign_in, django_assert_max_num_queries):
    begun = thread.begin(application, "Bring your card.", by=office)
    told = {"heard": "phone", "heard_on": today(), "heard_by": office, "reason": "Got a job in Fresno."}
    statements.record(application, "withdraw", by=office, **told)
    client, file = sign_in(office), application.get_absolute_url()
    page = client.get(reverse("travel:activity", args=[application.code]))
    assert f'<a href="{begun.get_absolute_url()}">got a message from us</a>' in page.text
    assert f'<a href="{file}#said">recorded what the student told us</a>' in page.text
    assert f'<a href="{file}#said">withdrawn by the office for the student</a>' in page.text
    shown = client.get(file).text
    assert "Got a job in Fresno." in shown[shown.index('id="said"') :], "the words are on the file, too"

    def asked():
        with django_assert_max_num_queries(10) as found:
            client.get(reverse("travel:peek", args=[application.code]))
        return len(found)

    once = asked()
    for number in range(3):
        thread.begin(application, f"Bring your card {number}.", by=office)
    assert asked() <= once


def test_the_activity_of_a_student_has_what_the_portal_sent_and_whether_it_arrived(application, office, sign_in):
    student, now = application.student, timezone.now()
    told = {"recipient": student, "template": "applications/waitlisted", "queued_at": now}
    waiting(**told, subject="Your place on the waitlist", sent_at=now)
    text = {"channel": Message.Channel.TEXT, "address": "+12135550142", "subject": "", "html": ""}
    waiting(**told, **text, sent_at=now, delivered_at=now)
    failed = waiting(recipient=student, subject="Your result", failed_at=now, reason=Message.Reason.NO_MAILBOX)
    waiting(recipient=student, subject="Your code is 123456", body="123456", is_secret=True)
    waiting(recipient=UserFactory(), subject="Of someone else")
    page = sign_in(office).get(reverse("travel:activity", args=[application.code]))
    shown = words(page)
    assert shown.count("Your place on the waitlist") == 2, "the text is named by the email beside it"
    for each in ("email, ana@example.edu", "text, +12135550142", "delivered", "The mail server says this address"):
        assert each in shown
    assert f'<a href="{reverse("message-detail", args=[failed.code])}">Your result</a>' in page.text
    for secret in ("123456", "Of someone else", "Look in the portal."):
        assert secret not in shown


def test_the_activity_asks_as_much_for_many_messages(application, office, sign_in, django_assert_max_num_queries):
    client, counts = sign_in(office), []
    for number in (1, 25):
        for _each in range(number):
            waiting(recipient=application.student)
        thread.begin(application, f"Bring {number}.", by=office)
        client.get(reverse("travel:activity", args=[application.code]))
        with django_assert_max_num_queries(10) as found:
            client.get(reverse("travel:activity", args=[application.code]))
        counts.append(len(found))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_the_feed_of_a_cycle_goes_on_to_the_beginning_of_the_log(
    application, office, sign_in, monkeypatch, at_once, django_assert_num_queries
):
    for number in range(7):
        other = ApplicationFactory(submitted=True) if number % 2 else application
        staff_note.write(other, f"Call {number}.", by=office)
        staff_note.write(ApplicationFactory(submitted=True), "Call.", by=office)
    monkeypatch.setattr(activity, "AT_ONCE", at_once)
    monkeypatch.setattr(activity, "LINES", 2)
    mine = list(activity.of_student(application.student).order_by("-pk"))
    assert len(mine) == 4

    found, before, pages = [], None, 0
    while pages == 0 or before:
        with django_assert_num_queries(2):
            part = activity.of_cycle(application.cycle, office, before)
        found, before, pages = found + part.events, part.older, pages + 1
    assert found == mine

    client, address = sign_in(office), reverse("travel:cycle-activity", args=[application.cycle.code])
    while address:
        page = client.get(address)
        more = re.search(r'href="(\?before=\d+)"', page.text)
        pages, address = pages - 1, more and address.partition("?")[0] + more[1]
    assert pages == 0 and "Newest" in page.text and "The log goes back to" in page.text


def test_someone_of_the_office_who_applied_finds_nothing_of_their_own_application(application, office, sign_in):
    """Neither in the feed of the cycle nor in a task that quotes a note."""
    colleague = application.student
    RoleFactory(user=colleague)
    note = staff_note.write(application, "Call the host.", due_on=today(1), by=office)
    selection.decide(application, result=Status.NOT_SELECTED, reason="Essays say little.", by=office)
    feed = reverse("travel:cycle-activity", args=[application.cycle.code])
    assert "Essays say little." in words(sign_in(office).get(feed))
    client = sign_in(colleague)
    assert "Essays say little." not in words(client.get(feed))
    assert client.get(reverse("travel:office-task", args=[note.task.code])).status_code == 404
    assert "Follow up on" not in words(client.get(reverse("travel:office-task-list"), {"list": "all"}))


@pytest.mark.parametrize("before", ["x", "-1", "0", "9" * 30, "²"])
def test_an_address_that_makes_no_sense_shows_the_newest(application, office, sign_in, before):
    staff_note.write(application, "Call.", by=office)
    page = sign_in(office).get(reverse("travel:cycle-activity", args=[application.cycle.code]), {"before": before})
    assert page.status_code == 200 and "note added for the office" in page.text


# --- Announcements ----------------------------------------------------------------------------------


def announced(office, audience="students", **changes):
    values = {"text_en": "We’re closed on Monday.", "text_es": "Cerramos el lunes.", "until": today(5), **changes}
    return announcement.announce(audience=audience, by=office, **values)


@pytest.mark.parametrize(
    ("audience", "sees"),
    [
        ("students", {"student"}),
        ("advisors", {"advisor"}),
        ("office", {"office"}),
        ("director", {"director"}),
        ("everyone", {"student", "advisor", "office", "director", "visitor"}),
    ],
)
def test_it_is_on_the_home_pages_of_its_readers(application, office, client, sign_in, audience, sees):
    threshold(1)
    announced(office, audience)
    people = {"student": application.student, "advisor": UserFactory(advisor=True), "office": office}
    people["director"] = UserFactory(director=True)
    home = reverse("home")
    found = {
        name for name, person in people.items() if "closed on Monday" in sign_in(person).get(home, follow=True).text
    }
    if "closed on Monday" in client.get(home).text:
        found.add("visitor")
    assert found == sees


def test_each_reads_it_in_their_language_until_its_day_or_until_it_is_ended(office, sign_in):
    reader = UserFactory(language="es")
    made = announced(office)
    home = reverse("travel:journey")
    assert "Cerramos el lunes." in sign_in(reader).get(home, headers={"accept-language": "es"}).text
    Announcement.objects.update(until=today(-1))
    assert "Cerramos el lunes." not in sign_in(reader).get(home, headers={"accept-language": "es"}).text
    Announcement.objects.update(until=today())
    assert "Cerramos el lunes." in sign_in(reader).get(home, headers={"accept-language": "es"}).text
    sign_in(office).post(reverse("travel:announcement-end", args=[made.code]))
    assert "Cerramos el lunes." not in sign_in(reader).get(home, headers={"accept-language": "es"}).text


def test_the_office_writes_it_in_both_languages_for_a_day_to_come(office, sign_in):
    client = sign_in(office)
    data = {"audience": "students", "text_en": "We’re closed.", "text_es": "", "until": str(today(1))}
    assert "Write it in both languages." in client.post(NEWS, data).text
    past = client.post(NEWS, data | {"text_es": "Cerramos.", "until": str(today(-1))})
    assert "That day has passed." in past.text
    client.post(NEWS, data | {"text_es": "Cerramos."})
    client.post(NEWS, data | {"text_es": "Cerramos."})
    assert Announcement.objects.count() == 1


def test_it_is_edited_while_it_is_shown_and_the_log_keeps_what_it_said(office, sign_in):
    made, client = announced(office), sign_in(UserFactory(coordinator=True))
    page = reverse("travel:announcement-edit", args=[made.code])
    assert page in client.get(NEWS).text
    form = client.get(page).context["form"]
    data = {name: form[name].value() for name in ("audience", "text_en", "text_es", "seen")} | {"until": str(today(5))}
    client.post(page, data | {"text_en": "We’re closed on Tuesday."})
    made.refresh_from_db()
    assert (made.text_en, made.text_es, made.author) == ("We’re closed on Tuesday.", "Cerramos el lunes.", office)
    event = Event.objects.get(action="announcement.change")
    assert event.changes == {"before": {"text_en": "We’re closed on Monday."}}

    announcement.end(made, by=office)
    assert "This announcement has ended" in client.post(page, data | {"text_en": "Open."}).text
    made.refresh_from_db()
    assert made.text_en == "We’re closed on Tuesday."


def test_constraints_of_announcements(office):
    announced(office)
    rows = Announcement.objects.all()
    refused("announcement_in_both_languages", lambda: rows.update(text_es=""))
    refused("announcement_ended_at_and_by_together", lambda: rows.update(ended_at=timezone.now()))
