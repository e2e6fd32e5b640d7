"""What an act of the office leaves behind: the whole row, the event with who did it, who is told; and who may not."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import (
    Announcement,
    Application,
    GroupMessage,
    GroupRecipient,
    Interest,
    LegalHold,
    Note,
    Thread,
)
from exchange.base import home
from exchange.base.errors import RuleViolation
from exchange.models import (
    AccountMerge,
    College,
    DataRequest,
    HomeCity,
    IncomingText,
    Invitation,
    Job,
    Mailbox,
    Message,
    OfficeTask,
    TextConsent,
    User,
)
from tests.alumni import agreed
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import PlacementFactory, SigningLinkFactory, in_days, travel_facts
from tests.written import events, key_of, told
from travel.models import AlumniConsent, FamilyLink
from travel.office.announcements import actions as announcement
from travel.office.city import actions as home_city
from travel.office.colleges import actions as college
from travel.office.group_messages import actions as group_message
from travel.office.group_messages.audience import audience_of
from travel.office.home import coming_up
from travel.office.own_data import actions as export
from travel.office.own_data import requests as data_request
from travel.office.retention import erasing, purge
from travel.office.retention import holds as hold
from travel.office.retention import outlived as retention
from travel.office.retention.purge import PURGES, Purged
from travel.office.search import finding
from travel.passport.case.next_step import NextStep

pytestmark = pytest.mark.django_db
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
TEXTS = {"body_en": "Bring your card on Monday.", "body_es": "Trae tu tarjeta el lunes."}


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts(), review_facts(), travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Dana Office", language="es")


def code_of(act):
    with pytest.raises(RuleViolation) as refused:
        act()
    return refused.value.code


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


# --- Messages to a group -----------------------------------------------------------------------------


def student(cycle, name="Ana Bui", language="en", **more):
    person = UserFactory(full_name=name, preferred_name="", language=language)
    return ApplicationFactory(cycle=cycle, student=person, submitted=True, **more)


def drafted(cycle, by, **changes):
    values = {"query": f"cycle={cycle.code}", "send_at": None, **TEXTS, **changes}
    return group_message.draft(**values, by=by)


def confirmed(group, **more):
    return group_message.confirm(group, seen=group_message.mark_of(group), by=group.author, **more)


def recipients(group):
    return [(row.application, row.language, row.outcome) for row in group.recipients.order_by("application__student")]


def test_a_message_to_a_group_is_kept_whole_until_it_was_sent(office, monkeypatch):
    cycle, now = CycleFactory(ready=True), timezone.now()
    at(monkeypatch, now)
    ana, luz = student(cycle), student(cycle, "Luz Vega", "es")
    group = drafted(cycle, office)
    assert (group.query, group.body_en, group.body_es) == (f"cycle={cycle.code}", *TEXTS.values())
    assert (group.send_at, group.author, group.confirmed_at, group.missing) == (None, office, None, "")
    assert recipients(group) == [(ana, "en", ""), (luz, "es", "")]

    assert not confirmed(group) and not confirmed(group)
    group.refresh_from_db()
    later = now + group_message.HOLD
    assert (group.confirmed_at, group.send_at, group.missing) == (now, later, "")
    assert events("group_message.confirm", group) == [(office, {"count": 2, "send_at": later.isoformat()})]
    assert group_message.send_due() == 0 and group.recipients.filter(outcome="").count() == 2

    at(monkeypatch, later)
    assert group_message.send_due() == 2 and group_message.send_due() == 0
    group.refresh_from_db()
    assert (group.started_at, group.finished_at) == (later, later)
    assert recipients(group) == [(ana, "en", "sent"), (luz, "es", "sent")]
    threads = {row.application: row.thread for row in group.recipients.all()}
    assert {thread.student for thread in threads.values()} == {ana.student, luz.student}
    notes = Note.objects.order_by("pk").values_list("author", "body")
    assert list(notes) == [(office.pk, TEXTS["body_en"]), (office.pk, TEXTS["body_es"])]
    assert {row.batch for row in Message.objects.all()} == {key_of(group)}
    for act in (lambda: confirmed(group), lambda: group_message.call_off(group, by=office)):
        assert code_of(act) == "gone"


def test_changing_a_scheduled_message_makes_it_a_draft_again(office):
    cycle, other = CycleFactory(ready=True), CycleFactory(ready=True)
    student(cycle)
    luz = student(other, "Luz Vega", "es")
    group, when = drafted(cycle, office), timezone.now() + DAY
    changes = {"query": f"cycle={other.code}", "body_en": "New.", "body_es": "", "send_at": when}

    def change(seen):
        return group_message.change(group, **changes, seen=seen, by=office)

    assert code_of(lambda: change("other")) == "changed_meanwhile"
    seen = group_message.edit_lock.fingerprint(group, group_message.TEXTS)
    changed = change(seen)
    assert (changed.query, changed.body_en, changed.body_es, changed.send_at) == tuple(changes.values())
    assert recipients(changed) == [(luz, "es", "")] and events("group_message.change", group) == []
    assert group_message.lacks_text(changed) == ["es"]
    assert code_of(lambda: confirmed(changed)) == "no_language"
    confirmed(changed, missing="other")
    changed.refresh_from_db()
    assert (changed.missing, changed.send_at) == ("other", when)
    again = group_message.change(
        changed,
        **changes | {"body_es": "Nuevo."},
        seen=group_message.edit_lock.fingerprint(changed, group_message.TEXTS),
        by=office,
    )
    again.refresh_from_db()
    assert (again.confirmed_at, again.missing, again.body_es) == (None, "", "Nuevo.")
    assert events("group_message.change", group) == [(office, {})]
    confirmed(again, missing="other")
    again.refresh_from_db()
    assert again.missing == ""  # everyone has a text


@pytest.mark.parametrize(("missing", "outcome"), [("leave_out", "no_text"), ("other", "sent")])
def test_who_has_no_text_is_left_out_or_gets_the_other_one(office, missing, outcome):
    cycle = CycleFactory(ready=True)
    luz = student(cycle, "Luz Vega", "es")
    group = drafted(cycle, office, body_es="")
    confirmed(group, missing=missing)
    GroupMessage.objects.update(send_at=timezone.now())
    assert group_message.send_due() == (outcome == "sent")
    assert recipients(group) == [(luz, "es", outcome)]
    assert [note.body for note in Note.objects.all()] == [TEXTS["body_en"]] * (outcome == "sent")


def test_who_no_longer_fits_is_left_out_and_one_failure_holds_up_nobody(office, monkeypatch):
    cycle = CycleFactory(ready=True)
    ana, ben, eve = student(cycle), student(cycle, "Ben Ito"), student(cycle, "Eve Lu")
    group = drafted(cycle, office, query=f"cycle={cycle.code}&status=submitted")
    confirmed(group)
    Application.objects.filter(pk=ana.pk).update(status="draft", submitted_at=None)
    open_for = group_message.threads.open_for

    def broken(application, *args, **more):
        if application.pk == ben.pk:
            raise ValueError("nobody foresaw this")
        return open_for(application, *args, **more)

    monkeypatch.setattr(group_message.threads, "open_for", broken)
    GroupMessage.objects.update(send_at=timezone.now())
    assert group_message.send_due() == 1
    assert recipients(group) == [(ana, "en", "no_match"), (ben, "en", "failed"), (eve, "en", "sent")]
    assert [thread.student for thread in Thread.objects.all()] == [eve.student]


def test_the_list_that_differs_is_told_by_name_and_stored(office):
    cycle = CycleFactory(ready=True)
    ana, ben, eve = student(cycle), student(cycle, "Ben Ito"), student(cycle, "Eve Lu")
    group = drafted(cycle, office, query="status=submitted")
    Application.objects.filter(pk=ana.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    User.objects.filter(pk=ben.student_id).update(language="es")
    mia = student(cycle, "Mia Paz")
    newer = ApplicationFactory(cycle=CycleFactory(ready=True), student=eve.student, submitted=True)
    found = confirmed(group)
    assert (found.joined, found.left, found.out_of_sight) == ([mia], [ana], 0)
    assert (found.other_application, found.other_language) == ([newer], [ben])
    assert recipients(group) == [(ben, "es", ""), (newer, "en", ""), (mia, "en", "")]
    group.refresh_from_db()
    assert group.confirmed_at is None and events("group_message.confirm") == []
    assert not confirmed(group)


def test_canceling_a_message_is_written_down_once(office, monkeypatch):
    cycle, now = CycleFactory(ready=True), timezone.now()
    student(cycle)
    group = drafted(cycle, office)
    at(monkeypatch, now)
    called = group_message.call_off(group, by=office)
    group_message.call_off(called, by=UserFactory(coordinator=True))
    called.refresh_from_db()
    assert (called.called_off_at, called.called_off_by) == (now, office)
    assert events("group_message.call_off", group) == [(office, {})]


def test_a_list_of_nobody_or_of_too_many_is_refused(office, monkeypatch):
    cycle = CycleFactory(ready=True)
    assert code_of(lambda: drafted(cycle, office)) == "nobody"
    student(cycle), student(cycle, "Ben Ito")
    monkeypatch.setattr("travel.office.group_messages.audience.MOST", 2)
    assert drafted(cycle, office).recipients.count() == 2
    monkeypatch.setattr("travel.office.group_messages.audience.MOST", 1)
    assert code_of(lambda: drafted(cycle, office)) == "too_many"
    assert GroupMessage.objects.count() == 1 and GroupRecipient.objects.count() == 2


def test_an_audience_is_each_student_once_by_name_and_never_the_writer(office):
    cycle = CycleFactory(ready=True)
    zoe, ana = student(cycle, "Zoe Alt"), student(cycle)
    newer = ApplicationFactory(cycle=CycleFactory(ready=True), student=zoe.student, submitted=True)
    ApplicationFactory(cycle=cycle, student=office, submitted=True)
    inactive = student(cycle, "Ina Active")
    User.objects.filter(pk=inactive.student_id).update(is_active=False)
    Application.objects.filter(pk=student(cycle, "Era Sed").pk).update(erased_at=timezone.now())
    found = audience_of("status=submitted&nonsense=1", office)
    assert (found.rows, found.query, found.is_too_many, found.only) == ([ana, newer], "status=submitted", False, None)
    assert audience_of(f"q={ana.code}", office).only == ana
    assert audience_of("q=Ana", office).only is None
    assert audience_of("", office).rows == [] and audience_of("trip=NOSUCH12", office).rows == []
    advisor = UserFactory(advisor=ana.college)
    assert audience_of(f"cycle={cycle.code}", advisor).rows == [ana]


# --- Announcements, holds, colleges ------------------------------------------------------------------


def test_an_announcement_is_kept_whole_changed_with_what_it_said_and_ended_once(office, monkeypatch):
    said = {"audience": "students", "text_en": "Closed on Monday.", "text_es": "Cerrado el lunes."}
    made = announcement.announce(**said, until=in_days(0), by=office)
    made.refresh_from_db()
    assert (made.audience, made.text_en, made.text_es, made.until, made.author) == (*said.values(), in_days(0), office)
    assert events("announcement.announce", made) == [
        (office, {"audience": "students", "until": in_days(0).isoformat()}),
    ]
    assert announcement.announce(**said, until=in_days(0), by=office) == made
    for more in ({"until": in_days(1)}, {"text_es": "Cerramos."}, {"by": UserFactory(coordinator=True)}):
        assert announcement.announce(**{**said, "until": in_days(0), "by": office, **more}) != made
    assert code_of(lambda: announcement.announce(**said, until=in_days(-1), by=office)) == "in_the_past"
    assert Announcement.objects.count() == 4

    values = {"text_en": "Closed on Tuesday.", "until": in_days(2)}
    assert code_of(lambda: announcement.change(made, values, seen="x", by=office)) == "changed_meanwhile"
    changed = announcement.change(made, values, seen=announcement.rows.fingerprint(made, values), by=office)
    announcement.change(changed, values, seen="x", by=office)  # nothing differs
    made.refresh_from_db()
    assert (made.text_en, made.until, made.text_es) == ("Closed on Tuesday.", in_days(2), "Cerrado el lunes.")
    before = {"text_en": "Closed on Monday.", "until": str(in_days(0))}
    assert events("announcement.change", made) == [(office, {"before": before})]

    now = timezone.now()
    at(monkeypatch, now)
    announcement.end(made, by=office)
    ended = announcement.end(made, by=UserFactory(coordinator=True))
    ended.refresh_from_db()
    assert (ended.ended_at, ended.ended_by) == (now, office)
    assert events("announcement.end", made) == [(office, {})]
    assert code_of(lambda: announcement.change(made, values, seen="x", by=office)) == "ended"


def test_the_same_announcement_later_is_another(office, monkeypatch):
    said = {"audience": "students", "text_en": "Closed.", "text_es": "Cerrado.", "until": in_days(2), "by": office}
    made = announcement.announce(**said)
    at(monkeypatch, timezone.now() + announcement.SAME_TAP + MINUTE)
    assert announcement.announce(**said) != made


def test_an_announcement_of_yesterday_is_not_changed(office):
    said = {"audience": "students", "text_en": "Closed.", "text_es": "Cerrado.", "until": in_days(0), "by": office}
    made = announcement.announce(**said)
    Announcement.objects.update(until=in_days(-1), created_at=timezone.now() - 3 * DAY)
    assert code_of(lambda: announcement.change(made, {"text_en": "x"}, seen="x", by=office)) == "ended"


def test_a_hold_is_kept_with_its_reason_and_ends_once(office, monkeypatch):
    cycle, person, now = CycleFactory(), UserFactory(), timezone.now()
    for target in ({"cycle": cycle}, {"student": person}):
        row = hold.place(reason="A claim.", by=office, **target)
        assert hold.place(reason="Another.", by=UserFactory(coordinator=True), **target) == row
        row.refresh_from_db()
        assert (row.reason, row.placed_by, row.cycle, row.student) == (
            *("A claim.", office, target.get("cycle"), target.get("student")),
        )
        assert events("hold.place", row) == [(office, {})]
        assert LegalHold.objects.get(pk=row.pk).lifted_at is None
    at(monkeypatch, now)
    hold.lift(row, by=office), hold.lift(row, by=UserFactory(coordinator=True))
    row.refresh_from_db()
    assert (row.lifted_at, row.lifted_by) == (now, office) and events("hold.lift", row) == [(office, {})]
    assert code_of(lambda: hold.place(reason=" ", by=office, cycle=cycle)) == "no_reason"
    both = {"cycle": cycle, "student": person}
    assert code_of(lambda: hold.place(reason="x", by=office)) == "one_of_both"
    assert code_of(lambda: hold.place(reason="x", by=office, **both)) == "one_of_both"


def test_a_colleges_code_is_made_of_its_short_name_and_taken_once(office):
    values = {"name": "Pierce College in Woodland Hills", "short_name": "Pierce of Woodland Hills"}
    made = college.add(values, by=office)
    assert (made.code, made.name) == ("pierce-of-woodland-h", values["name"])
    assert college.add(values, by=office) == made
    assert code_of(lambda: college.add(values | {"name": "Other"}, by=office)) == "code_taken"
    assert len(college.add({"name": "Only signs", "short_name": "日本"}, by=office).code) == 8
    assert [by for by, _changes in events("college.add", made)] == [office]
    changed = college.change(made, {"name": "Pierce"}, seen=announcement.rows.fingerprint(made, ["name"]), by=office)
    assert (changed.pk, College.objects.get(pk=made.pk).name) == (made.pk, "Pierce")
    college.remove(changed, by=office)
    assert not College.objects.filter(pk=made.pk).exists()
    used = ApplicationFactory(submitted=True).college
    with pytest.raises(RuleViolation, match=f"{used.name} can’t be removed"):
        college.remove(used, by=office)


def test_the_citys_names_are_written_and_read_at_once(office, django_capture_on_commit_callbacks):
    names = [field.name for field in HomeCity._meta.fields if field.name != "id"]
    row = {name: value for name in names if (value := getattr(home.home(), name)) is not None}
    HomeCity.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        made = home_city.change(row, seen="", by=office)
    assert made.pk == HomeCity.ONLY
    values = {"city_en": "Lakeside", "city_es": "Lakeside"}
    with django_capture_on_commit_callbacks(execute=True):
        home_city.change(values, seen=announcement.rows.fingerprint(made, values), by=office)
    assert HomeCity.objects.get().city_en == "Lakeside" == home.home().city_en
    assert code_of(lambda: home_city.change({"city_en": "Other"}, seen="x", by=office)) == "changed_meanwhile"


# --- Requests about one's own data -------------------------------------------------------------------


def test_a_request_is_kept_whole_told_to_the_office_and_answered_to_the_student(office, monkeypatch):
    person, now = ApplicationFactory(not_selected=True, student__language="es").student, timezone.now()
    at(monkeypatch, now)
    asked = data_request.ask(person, kind="correction", text=" My birthday. ")
    assert data_request.ask(person, kind="correction", text="Again.") == asked
    asked.refresh_from_db()
    assert (asked.asked_by, asked.kind, asked.text, asked.due_on) == (person, "correction", "My birthday.", in_days(30))
    assert events("data_request.ask", asked) == [(person, {"kind": "correction"})]
    assert told("travel/data_request_asked")[office.email] == ("es", False, False, "")
    assert code_of(lambda: data_request.ask(person, kind="correction", text=" ")) == "no_text"
    assert code_of(lambda: data_request.ask(office, kind="deletion", text="")) == "staff"

    assert code_of(lambda: data_request.answer(asked, result="done", answer=" ", by=office)) == "no_answer"
    assert code_of(lambda: data_request.answer(asked, result="done", answer="x", by=person)) == "own"
    done = data_request.answer(asked, result="refused", answer=" It is right. ", by=office)
    data_request.answer(asked, result="done", answer="Again.", by=UserFactory(coordinator=True))
    done.refresh_from_db()
    assert (done.result, done.answer, done.answered_by, done.answered_at) == ("refused", "It is right.", office, now)
    assert events("data_request.answer", asked) == [(office, {"kind": "correction", "result": "refused"})]
    [message] = Message.objects.filter(template="travel/data_request_answered")
    assert (message.recipient, message.language, message.send_after) == (person, "es", None)
    assert data_request.ask(person, kind="correction", text="Another.") != asked


def test_only_who_asked_cancels_a_request_and_once(office, monkeypatch):
    person, now = ApplicationFactory(not_selected=True).student, timezone.now()
    asked = data_request.ask(person, kind="deletion", text="")
    assert code_of(lambda: data_request.drop(asked, by=office)) == "not_own"
    for moment in (now, now + MINUTE):
        at(monkeypatch, moment)
        data_request.drop(asked, by=person)
    assert DataRequest.objects.get().dropped_at == now
    assert events("data_request.drop", asked) == [(person, {})]


@pytest.mark.parametrize(("status", "code"), [("submitted", "needed"), ("confirmed", "needed"), ("held", "held")])
def test_who_takes_part_or_is_held_is_not_deleted(office, status, code):
    more = {"not_selected": True} if status == "held" else {status: True}
    person = ApplicationFactory(**more).student
    if status == "held":
        hold.place(reason="A claim.", by=office, student=person)
    asked = data_request.ask(person, kind="deletion", text="")
    assert code_of(lambda: data_request.answer(asked, result="done", answer="Done.", by=office)) == code
    person.refresh_from_db()
    assert person.is_active and DataRequest.objects.get().answered_at is None


def test_a_deletion_erases_every_application_and_the_account(office):
    first = ApplicationFactory(not_selected=True, answered=True)
    second = ApplicationFactory(withdrawn=True, student=first.student)
    stranger = ApplicationFactory(not_selected=True, answered=True)
    asked = data_request.ask(first.student, kind="deletion", text="")
    data_request.answer(asked, result="done", answer="Done.", by=office)
    assert set(Application.objects.filter(erased_at__isnull=False)) == {first, second}
    for each in (first, second):
        assert events("retention.erase", each) == [(office, {"rule": "request"})]
    assert events("retention.erase_account", first.student) == [(office, {})]
    people = User.objects.filter(pk__in=[first.student_id, stranger.student_id]).values_list("pk", "is_active")
    assert dict(people) == {first.student_id: False, stranger.student_id: True}


def test_ones_own_data_is_asked_for_once_at_a_time(office):
    person = UserFactory()
    job = export.start(person, back="/mine/")
    again = export.start(person, back="/mine/")
    assert (job.pk, job.kind) == (again.pk, export.JOB) and Job.objects.get().params["back"] == "/mine/"
    assert events("account.export", person) == [(person, {})]
    assert export.is_allowed(person) and not export.is_allowed(UserFactory(is_active=False))


# --- What goes in time -------------------------------------------------------------------------------


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("key", PURGES)
def test_each_rule_takes_its_days_and_finds_nothing_where_nothing_is(key, dry_run):
    assert PURGES[key](days=9, dry_run=dry_run) in (0, Purged(key, 0))


@pytest.mark.parametrize(
    ("key", "module", "act", "found", "count"),
    [
        ("visitor_drafts", "draft", "purge_abandoned", 4, 4),
        ("uploads", "upload_check", "remove_old", [1, 2], 2),
        ("document_numbers", "document_number", "purge", 5, 5),
    ],
)
def test_rules_that_know_their_own_days_only_count_in_a_dry_run(key, module, act, found, count, monkeypatch):
    given = []
    monkeypatch.setattr(getattr(purge, module), act, lambda **said: given.append(said) or found)
    for dry_run in (True, False):
        assert PURGES[key](days=9, dry_run=dry_run) == count
    assert given == [{"dry_run": True}, {"dry_run": False}]


def test_messages_and_texts_go_after_their_days_but_not_what_waits_or_is_held(office):
    long_ago, lately = timezone.now() - 11 * DAY, timezone.now() - 9 * DAY
    held, other = ApplicationFactory(submitted=True), UserFactory()
    hold.place(reason="A claim.", by=office, cycle=held.cycle)

    def message(person, queued_at):
        more = {
            "channel": "email",
            "address": "a@example.org",
            "language": "en",
            "template": "x",
            "subject": "x",
            "body": "x",
        }
        return Message.objects.create(recipient=person, queued_at=queued_at, **more)

    old, kept = message(other, long_ago), [message(other, lately), message(held.student, long_ago)]

    def text(letter, received_at, **more):
        row = {"message_id": letter * 64, "sent_at": received_at, "received_at": received_at}
        return IncomingText.objects.create(**row | more)

    waits = {"went_to": "office", "number": "+12135550134", "body": "Hi"}
    text("a", long_ago), text("b", long_ago, **waits, handled_at=timezone.now(), handled_by=office)
    texts = [text("c", lately), text("d", long_ago, **waits)]
    assert PURGES["messages"](days=10, dry_run=True) == 3
    assert Message.objects.count() == 3 and IncomingText.objects.count() == 4
    assert PURGES["messages"](days=10, dry_run=False) == 3
    assert set(Message.objects.all()) == set(kept) and not Message.objects.filter(pk=old.pk).exists()
    assert set(IncomingText.objects.all()) == set(texts)


def test_tasks_go_after_they_were_closed_and_open_or_held_ones_stay(office):
    long_ago, lately = timezone.now() - 11 * DAY, timezone.now() - 9 * DAY
    person = UserFactory()
    hold.place(reason="A claim.", by=office, student=person)
    rows = {
        "done": {"done_at": long_ago, "done_by": office},
        "dropped": {"dropped_at": long_ago},
        "lately": {"done_at": lately, "done_by": office},
        "open": {},
        "held": {"done_at": long_ago, "done_by": office, "person": person},
    }
    for key, more in rows.items():
        OfficeTask.objects.create(key=key, kind="x", due_on=in_days(-20), opened_at=long_ago, **more)
    assert PURGES["office_tasks"](days=10, dry_run=True) == 2
    assert OfficeTask.objects.count() == 5
    assert PURGES["office_tasks"](days=10, dry_run=False) == 2
    assert set(OfficeTask.objects.values_list("key", flat=True)) == {"lately", "open", "held"}


def test_links_of_guardians_and_family_go_after_the_return(office):
    def links(days):
        placement = PlacementFactory(trip__leaves_on=in_days(days - 10), trip__returns_on=in_days(days))
        more = {"label": "Mom", "language": "es", "parts": ["dates"], "expires_at": timezone.now()}
        return SigningLinkFactory(placement=placement), FamilyLink.objects.create(placement=placement, **more)

    old, fresh, held = links(-11), links(-10), links(-11)
    hold.place(reason="A claim.", by=office, student=held[0].placement.application.student)
    assert PURGES["guardians"](days=10, dry_run=True) == 2
    assert FamilyLink.objects.count() == 3
    assert PURGES["guardians"](days=10, dry_run=False) == 2
    assert set(FamilyLink.objects.all()) == {fresh[1], held[1]}
    assert not type(old[0]).objects.filter(pk=old[0].pk).exists()


def merged(kept, closed, office):
    now = timezone.now()
    row = {"asked_by": office, "expires_at": now, "confirmed_at": now, "confirmed_by": kept, "reason": "Two accounts."}
    return AccountMerge.objects.create(kept=kept, closed=closed, **row)


def test_only_accounts_that_nobody_uses_or_needs_are_due(office):
    long_ago, lately = timezone.now() - 101 * DAY, timezone.now() - 99 * DAY

    def account(**more):
        return UserFactory(**{"joined_at": long_ago, "last_login": None} | more)

    never, unused = account(), account(last_login=long_ago)
    account(last_login=lately), account(joined_at=lately), account(coordinator=True)
    account(is_staff=True), account(is_superuser=True), account(email="removed-x@example.invalid")
    ApplicationFactory(student=account(), not_selected=True)
    hold.place(reason="A claim.", by=office, student=account())
    traveler = account()
    agreed(PlacementFactory(returned=True, application__student=traveler))
    Application.objects.filter(student=traveler).update(erased_at=timezone.now())
    former = account()
    agreed(PlacementFactory(returned=True, application__student=former), ended_at=timezone.now(), ended_how="page")
    Application.objects.filter(student=former).update(erased_at=timezone.now())
    closed = account()
    merged(UserFactory(), closed, office)
    assert set(retention.accounts_due(100)) == {never, unused, former}


def test_applications_are_due_by_their_cycles_days_and_their_trip(office):
    over = {"closes_at": timezone.now() - 101 * DAY, "decisions_on": in_days(-101), "ready": True}
    over["opens_at"] = timezone.now() - 300 * DAY
    lately = over | {"closes_at": timezone.now() - 99 * DAY, "decisions_on": in_days(-100)}
    old, fresh = CycleFactory(**over), CycleFactory(**lately)
    draft, sent = ApplicationFactory(cycle=old), ApplicationFactory(cycle=old, not_selected=True)
    ApplicationFactory(cycle=fresh), ApplicationFactory(cycle=fresh, not_selected=True)
    Application.objects.filter(pk=ApplicationFactory(cycle=old).pk).update(reopened_until=timezone.now() + DAY)
    Application.objects.filter(pk=ApplicationFactory(cycle=old, not_selected=True).pk).update(erased_at=timezone.now())
    ApplicationFactory(cycle=old, is_test=True)
    held = ApplicationFactory(cycle=old, not_selected=True)
    hold.place(reason="A claim.", by=office, student=held.student)
    traveled = PlacementFactory(trip__cycle=old, application__cycle=old, trip__leaves_on=in_days(-101))
    PlacementFactory(trip__cycle=old, application__cycle=old, trip__leaves_on=in_days(-100))
    assert list(retention.applications_due("drafts", 100)) == [draft]
    assert list(retention.applications_due("applications", 100)) == [sent, traveled.application]


def test_an_erased_account_keeps_no_name_and_no_way_in(office):
    person = UserFactory(full_name="Marisol Reyes", preferred_name="Mari", email="mari@example.edu")
    User.objects.filter(pk=person.pk).update(phone="+12135550134", phone_verified_at=timezone.now())
    closed = UserFactory(full_name="Old Account")
    merge = merged(person, closed, office)
    other = UserFactory(full_name="Somebody Else", email="else@example.edu")
    placement = PlacementFactory(returned=True, application__student=person)
    consent = agreed(placement)
    for who, phone in ((person, "+12135550134"), (other, "+12135550135")):
        TextConsent.objects.create(phone=phone, user=who, agreed_at=timezone.now(), agreed_how="page")
        Thread.objects.create(student=who, addressee="office")
        OfficeTask.objects.create(key=who.code, kind="x", due_on=in_days(0), person=who)
        Mailbox.objects.create(address=who.email, bounced_at=timezone.now())
        IncomingText.objects.create(
            message_id=who.code.ljust(64), user=who, number=phone, body="Hi", sent_at=timezone.now(), went_to="office"
        )
        Interest.objects.create(email=who.email, expires_at=timezone.now())
        Interest.objects.create(phone=phone, expires_at=timezone.now())
    invitation = Invitation.objects.create(
        **{"email": "mari@work.example.edu", "name": "Mari", "invited_by": office, "accepted_by": person},
        **{"accepted_at": timezone.now(), "expires_at": timezone.now(), "kind": "coordinator"},
    )
    erasing.erase_people([person.pk])

    for who in (person, closed):
        who.refresh_from_db()
        assert (who.full_name, who.preferred_name, who.is_active) == (erasing.GONE, "", False)
        assert (who.email, who.phone, who.phone_verified_at) == (
            *(f"removed-{who.code.lower()}@example.invalid", None, None),
        )
    merge.refresh_from_db(), invitation.refresh_from_db(), consent.refresh_from_db()
    assert merge.reason == erasing.GONE
    assert (invitation.email, invitation.name) == (f"removed-{invitation.code.lower()}@example.invalid", "")
    assert consent.ended_at and consent.ended_how == AlumniConsent.How.ERASED
    for model in (TextConsent, IncomingText):
        assert list(model.objects.values_list("user", flat=True)) == [other.pk]
    assert [each.student for each in Thread.objects.all()] == [other]
    assert [each.person for each in OfficeTask.objects.all()] == [other]
    assert [each.address for each in Mailbox.objects.all()] == ["else@example.edu"]
    assert [(each.email, str(each.phone or "")) for each in Interest.objects.order_by("pk")] == [
        ("else@example.edu", ""),
        ("", "+12135550135"),
    ]
    other.refresh_from_db()
    assert (other.full_name, other.is_active) == ("Somebody Else", True)


# --- Finding -----------------------------------------------------------------------------------------


def test_a_search_cuts_each_list_and_says_that_there_is_more(office, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 2)
    cycle = CycleFactory(ready=True)
    rows = [student(cycle, f"Quill {letter}") for letter in "ABC"]
    people = [UserFactory(coordinator=True, full_name=f"Quill {letter} Office") for letter in "DE"]
    found = finding.find("quill", office)
    assert (found.students, found.has_more) == (rows[:2], True)
    assert (found.people, found.letters, found.invited, found.interested) == (people, [], [], [])
    assert not found.is_empty and found.only == ""
    rows[0].delete()
    assert not finding.find("quill", office).has_more
    [last] = [student(cycle, "Only One")]
    assert finding.find("only one", office).only == last.get_absolute_url()
    assert finding.find("no such words", office).is_empty and finding.find("", office).is_empty
    assert finding.find("quill", UserFactory()).is_empty


# --- Filters, dates ahead, the ZIP -------------------------------------------------------------------


def test_the_filters_of_an_audience_are_said_in_words_and_what_is_gone_finds_nobody(office):
    cycle = CycleFactory(ready=True)
    placement = PlacementFactory(trip__cycle=cycle, application__cycle=cycle, checklist=True)
    other = PlacementFactory(trip__cycle=cycle, application__cycle=cycle)
    step = placement.checklist_items.first().step
    placement.checklist_items.filter(step=step).update(do_by=in_days(-2), last_safe_on=in_days(-1))
    trip = placement.trip
    found = audience_of(f"cycle={cycle.code}&trip={trip.code}&q=x", office)
    words = [f"Trip: {trip}", f"Cycle: {cycle}", "Student: x"]
    assert sorted(found.form.in_words) == sorted(words) and found.form.gone == []
    assert audience_of(f"trip={trip.code}", office).rows == [placement.application]
    gone = audience_of(f"trip={trip.code}&late=nothing", office)
    assert (gone.rows, gone.form.gone) == ([], ["Late with"])
    assert "Late with: no longer available" in gone.form.in_words
    shown = [(key, str(word)) for key, word in gone.form["late"].field.widget.choices]
    assert shown[-1] == ("nothing", "no longer available")
    choices = [(key, str(word)) for key, word in audience_of("", office).form.fields["late"].choices]
    assert choices == [("", "—"), ("1", "Any step"), (step.key, str(step))]
    assert f"Late with: {step}" in audience_of(f"late={step.key}", office).form.in_words
    for value in ("1", step.key):
        rows = audience_of(f"late={value}", office).rows
        assert other.application not in rows
    trips = [str(label) for _key, label in audience_of("", office).form.fields["trip"].choices]
    type(trip).objects.filter(pk=trip.pk).update(closed_at=timezone.now(), closed_by=office, closed_reason="Storm")
    left = [str(label) for _key, label in audience_of("", office).form.fields["trip"].choices]
    assert len(trips) == len(left) + 1


def test_whoever_withdrew_is_in_an_audience_only_if_asked_for(office):
    cycle = CycleFactory(ready=True)
    student(cycle)
    gone = ApplicationFactory(cycle=cycle, withdrawn=True)
    assert gone not in audience_of(f"cycle={cycle.code}", office).rows
    assert audience_of(f"cycle={cycle.code}&status=withdrawn", office).rows == [gone]


def test_dates_ahead_are_the_three_soonest_without_the_step_itself():
    placement = PlacementFactory(checklist=True)
    today, trip = in_days(0), placement.trip
    items = list(placement.checklist_items.select_related("step").order_by("step__order"))
    for number, item in enumerate(items):
        item.do_by, item.last_safe_on, item.done_at = in_days(30 - number), None, None
    own = [item for item in items if item.step.is_students]
    found = coming_up.coming_up(placement, items, None, today)
    soonest = sorted(own, key=lambda item: item.do_by)[: coming_up.SHOWN]
    assert [(row.title, row.on, row.label) for row in found] == [
        (item.step.title, item.do_by, "Do it by") for item in soonest
    ]
    assert [row.href for row in found] == [
        reverse("travel:checklist-item", args=[placement.code, item.step.key]) for item in soonest
    ]
    step = NextStep(title="x", why="x", action_href=found[0].href)
    assert coming_up.coming_up(placement, items, step, today)[0].title == soonest[1].step.title
    soonest[0].last_safe_on, soonest[0].do_by = today, in_days(-3)
    shown = {row.title: (row.on, row.label) for row in coming_up.coming_up(placement, items, None, today)}
    assert shown[soonest[0].step.title] == (today, "Last safe day")
    assert coming_up.coming_up(placement, items, None, trip.leaves_on) == []
    assert coming_up.coming_up(placement, items, None, trip.leaves_on - DAY) != []
