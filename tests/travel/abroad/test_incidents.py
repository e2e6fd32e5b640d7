"""Incidents: reported, read by those named alone, written on but never rewritten, followed up, closed, exported."""

import datetime as dt
import io
import uuid
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import LeaderLinkFactory, in_days, travel_facts
from tests.travel.abroad.check_ins import CONFIRMED, leader_of, traveler, trip_away
from tests.travel.abroad.test_roster import entered
from travel.abroad import timeline
from travel.abroad.actions import incidents as actions
from travel.abroad.actions import leader_link
from travel.demo import incidents as demo
from travel.demo.book import Draw
from travel.models import Incident, IncidentEntry, IncidentExport, IncidentHandler
from travel.office.retention import erasing

HANOI, HOME = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("America/Los_Angeles")
WORDS = "A motorbike hit her at the market."


@pytest.fixture
def trip(db):
    application_facts()
    travel_facts()
    return trip_away()


@pytest.fixture
def ana(trip):
    return traveler(trip, 1)


@pytest.fixture
def leader(trip):
    return leader_of(trip)


@pytest.fixture
def office(db):
    return UserFactory(coordinator=True, full_name="Not Named")


@pytest.fixture
def handler(office):
    phone = {"phone": "+12135550188", "phone_verified_at": CONFIRMED, "texts": True}
    person = UserFactory(coordinator=True, full_name="Iris Handler", **phone)
    IncidentHandler.objects.create(user=person, named_by=office)
    return person


def report(trip, by, *, severity="serious", text=WORDS, **more):
    moment = timezone.now().replace(second=0, microsecond=0) - dt.timedelta(hours=3)
    row = {"happened_at": moment, "where": "Dong Xuan market", **more}
    return actions.report(trip, severity=severity, text=text, by=by, **row)


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def reads(client, incident):
    response = client.get(incident.get_absolute_url())
    return response.status_code == 200 and WORDS in response.text


# --- Reported ---------------------------------------------------------------------------------------


def test_leader_reports_from_the_page_and_the_office_has_a_task(sign_in, trip, ana, leader):
    client = sign_in(leader)
    there = timezone.now().astimezone(HANOI) - dt.timedelta(hours=1)
    form = client.get(page("incident-report"))
    assert ana.application.person.full_name in form.text  # the only trip needs no choice
    contact = trip.leaders.get()
    sent = client.post(
        page("incident-report"),
        {
            "severity": "serious",
            "text": WORDS,
            "where": "Dong Xuan market",
            "on": f"{there:%Y-%m-%d}",
            "time": f"{there:%H:%M}",
            "placements": [ana.code],
            "leaders": [contact.code],
            "who": "A driver",
        },
    )
    assert sent.status_code == 302
    incident = Incident.objects.get()
    assert incident.happened_at == there.replace(second=0, microsecond=0)
    assert (incident.zone, list(incident.placements.all()), list(incident.leaders.all())) == (
        HANOI.key,
        [ana],
        [contact],
    )
    entry = incident.entries.get()
    assert (entry.text, entry.where, entry.who, entry.severity) == (WORDS, "Dong Xuan market", "A driver", "serious")
    task = OfficeTask.objects.get(kind=actions.TO_READ)
    assert task.path == incident.get_absolute_url() and WORDS not in str(task.params)
    assert not Message.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM travel_incidententry")
        assert "motorbike" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"on": in_days(2)}, "still to come"), ({"text": " "}, "required"), ({"where": ""}, "required")],
)
def test_a_report_that_cannot_be_is_refused_in_words(changes, words, sign_in, trip, leader):
    sent = {"severity": "minor", "text": WORDS, "where": "There", "on": in_days(-1), "time": "10:00", **changes}
    answer = sign_in(leader).post(page("incident-report"), sent)
    assert answer.status_code == 200
    assert words in answer.text
    assert not Incident.objects.exists()


def test_two_taps_report_once(trip, leader):
    moment = timezone.now() - dt.timedelta(hours=1)
    first, again = (report(trip, leader, happened_at=moment) for _ in range(2))
    assert first == again
    assert IncidentEntry.objects.count() == 1


def test_a_severe_one_is_told_to_those_named_without_the_details(trip, ana, leader, handler):
    report(trip, leader, severity="severe", placements=[ana])
    told = Message.objects.filter(template=actions.ALERT)
    assert {each.recipient for each in told} == {handler}
    assert {each.channel for each in told} == {"email", "text"}
    for each in told:
        assert each.is_urgent
        for private in (WORDS, "market", ana.application.student.full_name):
            assert private not in each.subject + each.body


def test_with_nobody_named_every_coordinator_hears_and_is_asked_to_name_someone(trip, leader, office):
    report(trip, leader, severity="severe")
    (message,) = Message.objects.filter(template=actions.ALERT)
    assert message.recipient == office and page("incident-handlers") in message.body


def test_raised_to_severe_is_told_as_well(trip, leader, handler):
    incident = report(trip, leader, severity="minor")
    actions.set_severity(incident, "severe", "She passed out.", by=handler)
    incident.refresh_from_db()
    assert incident.severity == "severe"
    assert Message.objects.filter(template=actions.ALERT, recipient=handler).exists()
    with pytest.raises(RuleViolation) as violation:
        actions.set_severity(incident, "severe", "Again.", by=handler)
    assert violation.value.code == "same"


# --- Who reads --------------------------------------------------------------------------------------


def test_who_reads_an_incident_by_role(sign_in, trip, ana, leader, handler, office):
    """Those named, and of leaders the one who wrote it; nobody else, whatever else they may see."""
    incident = report(trip, leader, placements=[ana])
    college = ana.application.college
    people = {
        "handler": handler,
        "the leader who wrote it": leader,
        "another leader of the trip": leader_of(trip, "Other Leader"),
        "a leader of another trip": leader_of(trip_away(city=trip.city, host=trip.host), "Far Leader"),
        "coordinator": office,
        "advisor": UserFactory(advisor=college),
        "director": UserFactory(director=True),
        "the student": ana.application.student,
        "another student": UserFactory(),
    }
    may = {name for name, person in people.items() if reads(sign_in(person), incident)}
    assert may == {"handler", "the leader who wrote it"}
    listed = {
        name
        for name, person in people.items()
        if incident.get_absolute_url() in sign_in(person).get(page("incident-list")).text
    }
    assert listed == may
    for name in people.keys() - may:
        for address in (page("incident-write", incident.code, "note"), page("incident-export", incident.code)):
            assert sign_in(people[name]).post(address, {"text": "x"}).status_code == 404, name
    assert Client().get(incident.get_absolute_url()).status_code == 302


def test_leader_reads_and_reports_only_while_they_lead(sign_in, trip, leader):
    incident = report(trip, leader)
    client = sign_in(leader)
    assert reads(client, incident)
    trip.leaves_on, trip.returns_on = in_days(-20), in_days(-10)
    trip.save()
    assert client.get(incident.get_absolute_url()).status_code == 404
    assert client.get(page("incident-report")).status_code == 403
    trip.returns_on = in_days(1)
    trip.save()
    trip.leaders.all().delete()
    assert client.get(incident.get_absolute_url()).status_code == 404


def test_leaders_see_what_was_shared_and_not_the_rest(sign_in, trip, leader, handler):
    incident = report(trip, leader)
    actions.note(incident, "The family asked for a lawyer.", by=handler)
    actions.note(incident, "Keep the group at the hotel.", for_leaders=True, by=handler)
    other = sign_in(leader_of(trip, "Other Leader")).get(incident.get_absolute_url()).text
    own = sign_in(leader).get(incident.get_absolute_url()).text
    for text in (other, own):
        assert "Keep the group at the hotel." in text
        assert "lawyer" not in text
    assert WORDS in own and WORDS not in other


def test_a_leader_can_only_add_notes_and_correct_their_own(sign_in, trip, leader, handler):
    incident = report(trip, leader)
    shared = actions.note(incident, "Keep the group at the hotel.", for_leaders=True, by=handler)
    client, own = sign_in(leader), incident.entries.get(kind="report")
    for act in ("close", "severity", "todo", f"correct-{shared.pk}", f"done-{own.pk}", "reopen"):
        assert client.post(page("incident-write", incident.code, act), {"text": "x"}).status_code == 404, act
    there = timezone.now().astimezone(HANOI)
    sent = {"text": "She is awake.", "on": f"{there:%Y-%m-%d}", "time": "00:01", "for_leaders": "on"}
    assert client.post(page("incident-write", incident.code, "note"), sent).status_code == 302
    assert not incident.entries.get(kind="note", by=leader).for_leaders
    assert (
        client.post(page("incident-write", incident.code, f"correct-{own.pk}"), {"text": "A car."}).status_code == 302
    )
    assert incident.entries.get(kind="correction").corrects == own


def test_reading_asks_for_a_fresh_proof_and_each_opening_is_listed(sign_in, trip, leader, handler, settings):
    incident = report(trip, leader)
    client = sign_in(handler)
    assert reads(client, incident)
    assert reads(client, incident)
    looks = Event.objects.filter(action=actions.OPENED, target_id=incident.pk)
    assert [each.by for each in looks] == [handler]
    assert "Who opened this page" in client.get(incident.get_absolute_url()).text
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    answer = client.get(incident.get_absolute_url())
    assert answer.status_code == 302 and "reauthenticate" in answer.url


# --- Written on -------------------------------------------------------------------------------------


def test_an_entry_is_never_changed_and_a_correction_stands_beside_it(trip, leader, handler):
    incident = report(trip, leader)
    entry = incident.entries.get()
    actions.correct(entry, "It was a bicycle.", by=handler)
    entry.said = {"text": "Other"}
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        IncidentEntry.objects.filter(pk=entry.pk).update(kind="note")
    assert [(each.kind, each.text) for each in incident.entries.order_by("pk")] == [
        ("report", WORDS),
        ("correction", "It was a bicycle."),
    ]


def test_a_follow_up_has_an_owner_and_a_day_and_its_task_says_only_the_city(sign_in, trip, leader, handler, office):
    incident = report(trip, leader)
    client = sign_in(handler)
    sent = {"text": "Call her mother.", "owner": handler.code, "due": in_days(1).isoformat()}
    assert client.post(page("incident-write", incident.code, "todo"), sent).status_code == 302
    client.post(page("incident-write", incident.code, "todo"), sent)
    task = OfficeTask.objects.get(kind=actions.FOLLOW_UP)
    assert (task.owner, task.due_on) == (handler, in_days(1))
    listed = client.get(page("office-task-list")).text
    assert "Follow up on the incident" in listed and "Call her mother" not in listed
    with pytest.raises(RuleViolation) as violation:
        actions.follow_up(incident, "Tell the press.", owner=office, due=in_days(1), by=handler)
    assert violation.value.code == "cannot_read"

    early = client.post(page("incident-write", incident.code, "close"), {"text": "She is fine."})
    assert early.status_code == 400 and "still open" in early.text
    entry = incident.entries.get(kind="follow_up")
    client.post(page("incident-write", incident.code, f"done-{entry.pk}"), {"text": "She knows."})
    task.refresh_from_db()
    assert task.done_by == handler
    assert client.post(page("incident-write", incident.code, "close"), {"text": "She is fine."}).status_code == 302
    incident.refresh_from_db()
    assert incident.closed_by == handler


def test_closed_takes_corrections_alone_until_it_is_opened_again(sign_in, trip, leader, handler):
    incident = report(trip, leader)
    actions.close(incident, "She is fine.", by=handler)
    with pytest.raises(RuleViolation) as violation:
        actions.note(incident, "One more thing.", by=handler)
    assert violation.value.code == "closed"
    actions.correct(incident.entries.get(kind="closed"), "She is well.", by=handler)
    client = sign_in(handler)
    assert client.post(page("incident-write", incident.code, "reopen"), {"text": "Fever again."}).status_code == 302
    incident.refresh_from_db()
    assert incident.closed_at is None
    actions.note(incident, "One more thing.", by=handler)
    assert [each.kind for each in incident.entries.order_by("pk")] == [
        *("report", "closed", "correction", "reopened", "note")
    ]
    with pytest.raises(RuleViolation):
        actions.reopen(incident, "Twice.", by=handler)


def test_a_page_takes_the_same_queries_for_any_number_of_entries(sign_in, trip, leader, handler):
    incident = report(trip, leader)
    client = sign_in(handler)

    def count():
        client.get(incident.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(incident.get_absolute_url()).status_code == 200
        return len(queries)

    few = count()
    for number in range(10):
        actions.note(incident, f"Note {number}", by=handler)
    assert count() == few


# --- Who handles them -------------------------------------------------------------------------------


def test_a_colleague_is_named_and_nobody_names_themselves(sign_in, office, handler):
    new = UserFactory(coordinator=True)
    client = sign_in(office)
    assert office.code not in client.get(page("incident-handlers")).text
    client.post(page("incident-handlers"), {"person": new.code})
    assert set(IncidentHandler.objects.active().values_list("user", flat=True)) == {handler.pk, new.pk}
    assert {each.recipient for each in Message.objects.filter(template=actions.NAMED)} == {handler, new}
    for person, code in ((office, "yourself"), (UserFactory(), "not_staff")):
        with pytest.raises(RuleViolation) as violation:
            actions.name_handler(person, by=office)
        assert violation.value.code == code
    row = IncidentHandler.objects.get(user=new)
    client.post(page("incident-handler-end", row.code))
    assert list(IncidentHandler.objects.active().values_list("user", flat=True)) == [handler.pk]


def test_the_mayors_office_names_the_only_coordinator(sign_in, trip, leader, office):
    alone = sign_in(office)
    assert "only one left to name" in alone.get(page("incident-handlers")).text
    incident = report(trip, leader)
    mayor = sign_in(UserFactory(director=True))
    mayor.post(page("incident-handlers"), {"person": office.code})
    assert reads(alone, incident)
    assert not reads(mayor, incident)


def test_who_is_no_coordinator_any_longer_reads_nothing(sign_in, trip, leader, handler):
    incident = report(trip, leader)
    handler.roles.all().delete()
    assert sign_in(handler).get(incident.get_absolute_url()).status_code == 404


# --- The timeline -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Incident timeline", "Home time", "Correction of entry 1", "Follow-up", "Exported by")),
        ("es", ("Cronología del incidente", "Hora de casa", "Corrección", "Seguimiento", "Exportado por")),
    ],
)
def test_the_timeline_is_a_tagged_pdf_with_both_times(language, words, sign_in, trip, ana, leader, handler):
    moment = dt.datetime(2026, 11, 1, 3, 15, tzinfo=HANOI)
    incident = report(trip, leader, happened_at=moment, placements=[ana])
    actions.correct(incident.entries.get(), "It was a bicycle.", by=handler)
    actions.follow_up(incident, "Call her mother.", owner=handler, due=in_days(1), by=handler)
    client = sign_in(handler)
    made = client.post(page("incident-export", incident.code), {"language": language})
    actions.note(incident, "Written after the export.", by=handler)
    response = client.get(made.url)
    assert response.headers["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.content))
    text = " ".join(" ".join(each.extract_text() for each in reader.pages).split()).replace("\xa0", " ")
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == language and catalog["/MarkInfo"]["/Marked"]
    for each in (*words, WORDS, "It was a bicycle.", "Call her mother.", "Iris Handler", HANOI.key, HOME.key):
        assert each in text, each
    assert text.index(WORDS) < text.index("It was a bicycle.") < text.index("Call her mother.")
    # 3:15 there is 1:15 pm of the day before at home, on the day before clocks change
    assert "3:15" in text and "1:15" in text
    assert "Written after" not in text
    assert client.get(made.url).content == response.content
    assert Event.objects.filter(action="incident.export", by=handler).count() == 1
    assert "Iris Handler" in client.get(incident.get_absolute_url()).text


def test_each_exports_under_their_own_name_with_a_fresh_proof(sign_in, trip, leader, handler, office, settings):
    incident = report(trip, leader)
    made = actions.export(incident, "en", by=handler)
    other = UserFactory(coordinator=True)
    IncidentHandler.objects.create(user=other, named_by=office)
    address = page("incident-timeline", made.code)
    for person in (other, office, leader):
        assert sign_in(person).get(address).status_code == 404
    assert sign_in(leader).post(page("incident-export", incident.code), {"language": "en"}).status_code == 403
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    client = sign_in(handler)
    assert client.get(address).status_code == 302
    client.post(page("incident-export", incident.code), {"language": "en"})
    assert IncidentExport.objects.count() == 1


@given(st.lists(st.tuples(st.integers(0, 5000), st.booleans()), min_size=1, max_size=12))
def test_lines_are_in_order_and_a_correction_names_an_earlier_number(rows):
    base = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    entries = []
    for number, (minutes, is_correction) in enumerate(rows, start=1):
        at = base + dt.timedelta(minutes=minutes)
        before = [each for each in entries if each.at <= at]
        corrects = before[0].pk if is_correction and before else None
        entries.append(IncidentEntry(pk=number, at=at, written_at=at, corrects_id=corrects, said={"text": ""}))
    lines = timeline.in_order(entries, HANOI, HOME)
    assert [line.number for line in lines] == list(range(1, len(rows) + 1))
    assert [line.there for line in lines] == sorted(line.there for line in lines)
    assert all(line.there.timestamp() == line.home.timestamp() for line in lines)
    assert all(line.corrects < line.number for line in lines if line.corrects)
    assert sum(line.corrects is not None for line in lines) == sum(each.corrects_id is not None for each in entries)


def test_a_line_is_late_a_minute_after_it_happened_and_done_only_as_it_was_then(trip, leader, handler, monkeypatch):
    incident, now = report(trip, leader), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    actions.note(incident, "At once.", at=now - dt.timedelta(seconds=59), by=handler)
    actions.note(incident, "A minute later.", at=now - dt.timedelta(seconds=60), by=handler)
    task = actions.follow_up(incident, "Call her mother.", owner=handler, due=in_days(1), by=handler)
    lines = timeline.lines_of(incident, incident.entries.all())
    said = [(line.number, line.entry.text, line.late is not None, line.is_done) for line in lines]
    assert said[1:] == [
        (2, "A minute later.", True, False),
        (3, "At once.", False, False),
        (4, "Call her mother.", False, False),
    ]
    assert (lines[1].late, lines[1].late.tzinfo, lines[1].key) == (now, HANOI, lines[1].entry.pk)
    assert [line.task for line in lines] == [None, None, None, task.task]

    monkeypatch.setattr(timezone, "now", lambda: now + dt.timedelta(minutes=5))
    actions.finish(task, "She knows.", by=handler)

    def done(until=None):
        return [line.is_done for line in timeline.lines_of(incident, incident.entries.all(), until)]

    assert done() == [False, False, False, True, False]
    assert not any(done(now + dt.timedelta(minutes=4))) and done(now + dt.timedelta(minutes=5))[3]


# --- In the end -------------------------------------------------------------------------------------


def test_closed_incidents_go_in_time_and_open_ones_stay(trip, ana, leader, handler):
    open_one, closed = report(trip, leader, placements=[ana]), report(trip, leader, text="A lost phone.")
    actions.close(closed, "Found.", by=handler)
    assert actions.forget(days=5) == 0
    Incident.objects.filter(pk=closed.pk).update(closed_at=timezone.now() - dt.timedelta(days=6))
    assert actions.forget(days=5, dry_run=True) == 1
    assert actions.forget(days=5) == 1
    assert list(Incident.objects.all()) == [open_one]
    assert set(IncidentEntry.objects.values_list("incident", flat=True)) == {open_one.pk}
    erasing.erase([ana.application_id])
    assert not open_one.placements.exists()


BAD_ROWS = {
    "incident_closed_at_and_by_together": lambda row, by: Incident.objects.filter(pk=row.pk).update(
        closed_at=timezone.now()
    ),
    "incident_happened_before_it_was_reported": lambda row, by: Incident.objects.filter(pk=row.pk).update(
        happened_at=timezone.now() + dt.timedelta(days=1)
    ),
    "incidententry_correction_names_what": lambda row, by: IncidentEntry.objects.create(
        incident=row, kind="correction", at=row.happened_at, by=by, said={"text": "x"}
    ),
    "incidententry_severity_where_it_is_set": lambda row, by: IncidentEntry.objects.create(
        incident=row, kind="note", at=row.happened_at, by=by, said={"text": "x"}, severity="minor"
    ),
    "incidenthandler_once_at_a_time": lambda row, by: IncidentHandler.objects.create(user=by, named_by=row.reported_by),
    "incidenthandler_named_by_another": lambda row, by: IncidentHandler.objects.create(
        user=row.reported_by, named_by=row.reported_by
    ),
    "incidenthandler_ended_at_and_by_together": lambda row, by: IncidentHandler.objects.update(ended_at=timezone.now()),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_the_database_refuses(name, trip, leader, handler):
    row = report(trip, leader)
    refused(name, lambda: BAD_ROWS[name](row, handler))


def test_the_demos_incident_is_written_by_the_same_actions(sign_in, trip, ana, leader, office):
    mayor = UserFactory(director=True)
    incident = demo.write(Draw("a"), trip, handler=office, named_by=mayor, now=timezone.now())
    assert [each.kind for each in incident.entries.all()] == ["report", "note", "follow_up"]
    assert list(incident.placements.all()) == [ana]
    assert demo.REPORT in sign_in(office).get(incident.get_absolute_url()).text
    assert OfficeTask.objects.filter(kind=actions.FOLLOW_UP, owner=office).exists()
    trip.leaders.update(user=None)
    assert demo.write(Draw("a"), trip, handler=office, named_by=mayor, now=timezone.now()) is None


# --- Leaders without an account -----------------------------------------------------------------------


@pytest.fixture
def link(trip):
    return LeaderLinkFactory(trip=trip)


def said_of(trip, **more):
    now = timezone.now().astimezone(trip.city.zone) - dt.timedelta(hours=1)
    words = {"severity": "severe", "text": "A bicycle hit Ana.", "where": "Hang Bac", "who": ""}
    return words | {"on": f"{now:%Y-%m-%d}", "time": f"{now:%H:%M}", "key": str(uuid.uuid4())} | more


def test_a_leader_without_an_account_reports_once_under_their_name_and_reads_nothing(trip, link):
    coordinator = UserFactory(coordinator=True)
    ana = traveler(trip, 1)
    client, address = entered(link), reverse("travel:roster-incident", args=[link.link])
    assert address in client.get(reverse("travel:roster", args=[link.link])).text
    report = said_of(trip, placements=[ana.code])
    for _sent_again in range(2):
        answer = client.post(address, report, follow=True)
    assert "The office knows" in answer.text and "bicycle" not in answer.text

    incident = Incident.objects.get()
    assert (incident.reporter, incident.reported_by, list(incident.placements.all())) == ("Rosa Lim", None, [ana])
    assert [(entry.kind, entry.writer) for entry in incident.entries.all()] == [("report", "Rosa Lim")]
    assert Message.objects.filter(template=actions.ALERT, recipient=coordinator).exists()
    assert Event.objects.get(action="incident.report").changes["leader"] == "Rosa Lim"
    for name in ("incident-list", "incident-report"):
        assert client.get(reverse(f"travel:{name}")).status_code == 302  # to sign in
    assert client.get(incident.get_absolute_url()).status_code == 302


def test_the_office_reads_who_reported_it(trip, link, sign_in):
    entered(link).post(reverse("travel:roster-incident", args=[link.link]), said_of(trip))
    handler = UserFactory(coordinator=True)
    IncidentHandler.objects.create(user=handler, named_by=UserFactory(coordinator=True))
    assert "Rosa Lim" in sign_in(handler).get(Incident.objects.get().get_absolute_url()).text


def test_no_report_without_the_code_nor_after_the_link_ended(trip, link):
    address = reverse("travel:roster-incident", args=[link.link])
    assert Client().post(address, said_of(trip)).url == reverse("travel:roster-code", args=[link.link])
    client = entered(link)
    leader_link.end(link, by=UserFactory(coordinator=True))
    assert client.post(address, said_of(trip)).status_code == 410
    assert not Incident.objects.exists()


def test_a_traveler_of_another_trip_can_not_be_named(trip, ana, link):
    other = traveler(trip_away(), 2)
    answer = entered(link).post(
        reverse("travel:roster-incident", args=[link.link]), said_of(trip, placements=[other.code])
    )
    assert answer.status_code == 200 and not Incident.objects.exists()


def test_without_an_account_only_a_report_can_be_written(trip, link):
    entered(link).post(reverse("travel:roster-incident", args=[link.link]), said_of(trip))
    incident = Incident.objects.get()
    row = {"incident": incident, "at": timezone.now(), "said": {"text": "x"}}
    note = {**row, "kind": "note", "by_name": "Rosa Lim"}
    refused("incidententry_names_who_wrote_it", lambda: IncidentEntry.objects.create(**note))
    twice = {name: getattr(incident, name) for name in ("trip", "severity", "happened_at", "zone", "key")}
    again = {**twice, "reported_by_name": "Rosa Lim"}
    refused("incident_key_once_per_trip", lambda: Incident.objects.create(**again))
    nameless = {**twice, "key": ""}
    refused("incident_names_who_reported_it", lambda: Incident.objects.create(**nameless))
