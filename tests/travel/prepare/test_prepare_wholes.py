"""What pages before departure are made of, whole: lists, previews, calendars, guides, files that are read."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from applications.models import Interview
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, application_facts, review_facts
from tests.factories_counters import PassportDayFactory, booked, counter_facts
from tests.factories_meeting import InterviewSlotFactory
from tests.factories_money import MoneyRuleFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    EntryRuleFactory,
    FormTextFactory,
    GuideTipFactory,
    PackingItemFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    standard_rows,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS, homebound, line, meeting, outbound, publish, stay
from tests.told_whole import steady
from tests.wholes import NAMES, is_as_written, whole
from travel.base import itinerary as base_itinerary
from travel.base.legs import Kind
from travel.models import (
    Attendance,
    ChecklistItem,
    EntryPermission,
    GuideTip,
    ItinerarySegment,
    OrientationSession,
    Placement,
    TicketName,
    VisaDay,
    VisaDayPerson,
)
from travel.passport.case import duties
from travel.prepare.calendar import entries as calendar_entries
from travel.prepare.checklist import bulk_acts, evidence, list_page, preview, staff_list, step_change, steps
from travel.prepare.guide import pages as guide
from travel.prepare.itinerary import actions as itinerary
from travel.prepare.itinerary import file as itinerary_file
from travel.prepare.orientation import sessions as orientation
from travel.prepare.packing import lists as packing
from travel.prepare.rooms import actions as rooms
from travel.prepare.rooms.rows import place_of, with_places
from travel.prepare.signing import required as signing
from travel.prepare.travelers import rows as travelers

pytestmark = pytest.mark.django_db
ZONE = "America/Los_Angeles"


@pytest.fixture(autouse=True)
def numbers(still, db):
    application_facts(), review_facts(), travel_facts(), counter_facts()


@pytest.fixture
def office(still):
    return UserFactory(coordinator=True, full_name="Dana Office")


def seat(trip, name, **more):
    return PlacementFactory(
        trip=trip, application__student__full_name=name, application__student__preferred_name="", **more
    )


@pytest.fixture
def trip(still):
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70), city__name_en="Hanoi", city__name_es="Hanói")


def at(days, clock="10:00"):
    return dt.datetime.combine(in_days(days), dt.time.fromisoformat(clock), ZoneInfo(ZONE)).astimezone(dt.UTC)


def same(name, found):
    return is_as_written(name, steady(whole(found)), changing=NAMES)


# --- The checklist -----------------------------------------------------------------------------------


def test_the_standard_list_of_somebody_who_does_not_exist(trip, office):
    standard_rows()
    steps.create_steps(trip.cycle, by=office)
    EntryRuleFactory(city=trip.city)
    MoneyRuleFactory(cycle=trip.cycle).trips.set([TripFactory(cycle=trip.cycle)])
    found = {}
    for name, on, leaves, is_minor in (
        ("of a trip", trip, 60, False),
        ("of no trip, later, under age", None, 200, True),
        ("tomorrow", trip, 1, False),
    ):
        shown = preview.preview(trip.cycle, on, in_days(leaves), is_minor=is_minor)
        lines = [
            [each.step.key, each.dates.do_by, each.dates.last_safe_on, each.is_past, *each.waits_for]
            for each in shown.lines
        ]
        found[name] = {"past": shown.past, "lines": [" ".join(map(str, each)) for each in lines]}
        found[name]["left out"] = [each.key for each in shown.left_out]
    found["how long"] = [_stay(trip.cycle, trip, length) for length in (10, 90)]
    assert same("preview", found)


def _stay(cycle, trip, length):
    """A visa hangs on how long the group stays."""
    trip.returns_on = trip.leaves_on + dt.timedelta(days=length)
    shown = preview.preview(cycle, trip, trip.leaves_on, is_minor=False)
    return " ".join(each.step.key for each in shown.lines)


def a_list(trip, placement):
    made = {"cycle": trip.cycle}
    rows = [
        ("late", -3, 9, {}, {}),
        ("past", -9, -2, {}, {}),
        ("today", 0, 7, {}, {}),
        ("week", 6, 13, {"owner": "family"}, {}),
        ("next", 7, 14, {"owner": "office", "order": 90}, {}),
        ("month", 25, 33, {"owner": "advisor"}, {}),
        ("year", 35, 40, {"waits_for": ["late", "week"]}, {}),
        ("last", 54, 59, {}, {}),
        ("before last", 53, 58, {}, {}),
        ("done", 3, 9, {}, {"done_at": at(-1), "done_by": placement.application.student}),
        ("seen", 3, 9, {"needs_verification": True}, {"done_at": at(-2), "done_by": placement.application.student}),
        ("closed", 3, 9, {}, {"closed_at": at(-1)}),
        ("sign", 20, 30, {"evidence": "signature", "evidence_key": "agreement"}, {}),
        ("ticket", 20, 31, {"evidence": "page", "evidence_key": "ticket"}, {}),
        ("come", 20, 32, {"evidence": "attendance", "evidence_key": "orientation"}, {}),
        ("page", 20, 33, {"evidence": "page", "evidence_key": "nowhere"}, {}),
        ("file", 21, 33, {"evidence": "file"}, {}),
        ("text", 21, 34, {"evidence": "text"}, {}),
    ]
    for number, (key, do_by, safe, step, item) in enumerate(rows):
        words = {"title_en": f"Step {key}", "title_es": f"Paso {key}", "order": number}
        key = key.replace(" ", "-")
        step = ChecklistStepFactory(**made, key=key, **words | step)
        ChecklistItemFactory(placement=placement, step=step, do_by=in_days(do_by), last_safe_on=in_days(safe), **item)


def test_a_students_checklist(trip):
    ana = seat(trip, "Ana Ruiz")
    case = PassportCaseFactory(placement=ana)
    FormTextFactory(cycle=trip.cycle, key="agreement")
    a_list(trip, ana)
    items = list(duties.shown_to(case, ana.checklist_items.select_related("step")))
    found = {}
    for who in ("", "you", "family", "office"):
        page = list_page.list_page(ana, items, in_days(0), who)
        if not who:
            found["all"] = page
        found[f"who={who}"] = [[each.title, *(row.item.step.key for row in each.rows)] for each in page.groups]
    found["places"] = [
        [
            item.step.key,
            evidence.href_of(item.step, ana),
            " ".join(evidence.office_link_of(item.step, ana)),
            evidence.label_of(item.step),
            evidence.label_of(item.step, is_done=True),
            str(evidence.is_by_hand(item.step)),
        ]
        for item in items
    ]
    found["registered"] = {" ".join(key): name for key, name in sorted(evidence.registered().items())}
    assert same("list_page", found)


def test_the_list_of_everybody(trip, office):
    east = CollegeFactory(short_name="East", name="East")
    paris = TripFactory(cycle=trip.cycle, leaves_on=in_days(90), returns_on=in_days(99), city__name_en="Paris")
    late = {"documents_by": in_days(-9), "apply_by": in_days(-5), "in_hand_by": in_days(5), "last_safe_on": in_days(-1)}
    soon = {"documents_by": in_days(2), "apply_by": in_days(5), "in_hand_by": in_days(40), "last_safe_on": in_days(6)}
    people = [
        (trip, "Ana Ruiz", late),
        (trip, "Ben Cruz", soon),
        (paris, "Cyn Diaz", {"stage": "received", "signed_at": at(-1)}),
        (paris, "Eva Park", {"stage": "checked", "signed_at": at(-1), "checked_at": at(0), "checked_by": office}),
        (trip, "Flo Kim", {**soon, "urgency": "not_feasible"}),
    ]
    for on, name, case in people:
        placement = seat(on, name, **({"application__college": east} if name < "C" else {}))
        PassportCaseFactory(placement=placement, **case)
        if name in ("Ana Ruiz", "Eva Park"):
            a_list(on, placement)
    waiting = ApplicationFactory(cycle=trip.cycle, selected=True, student__full_name="Gus Lee")
    PassportCaseFactory(application=waiting, trip=trip, **soon)
    found = {}

    def names(query, user=office):
        form = staff_list.form_for(QueryDict(query), user)
        index = staff_list.index_of(form, user)
        rows = staff_list.rows_of(index.keys, user, 7)
        return index, rows

    index, rows = names("")
    found["all"] = [{**row, "to_verify": [item.step.key for item in row["to_verify"]]} for row in rows]
    found["late"], found["overdue"] = index.late, index.overdue
    found["to call"] = [index.to_call.urgent_days, len(index.to_call.keys)]
    queries = [f"sort={each}" for each in ("slack", "college", "-slack")]
    queries += [
        "sort=name",
        "sort=-name",
        "sort=passport",
        "sort=next",
        "sort=safe",
        "sort=done",
        "sort=check",
        "sort=trip",
    ]
    queries += [f"college={east.code}", f"trip={paris.code}", f"cycle={trip.cycle.code}", "q=Ben", "stage=received"]
    queries += ["late=late", "late=1", "late=placed", "stage=has_one", "stage=not_started"]
    for query in dict.fromkeys(queries):
        found[query] = " | ".join(str(row["application"].student) for row in names(query)[1])
    advisor = UserFactory(advisor=east)
    found["an advisor"] = " | ".join(str(row["application"].student) for row in names("", advisor)[1])
    found["applications"] = len(staff_list.applications_on(QueryDict("q=Ben"), office))
    applications = list(staff_list.applications_on(QueryDict(""), office).order_by("student__full_name"))
    found["to see"] = [str(label) for _key, label in bulk_acts.SeenForm(applications, office).fields["step"].choices]
    refused = bulk_acts._nothing_to_see(applications, office)
    found["nothing to see"] = {str(each.student): str(refused.get(each.pk, "")) for each in applications}
    assert same("staff_list", found)

    TicketName.objects.create(
        placement=Placement.objects.get(application__student__full_name="Ana Ruiz"),
        surnames="RUIZ",
        given="ANA",
        written_by=office,
    )
    asks = {"rule": EntryRuleFactory(city=trip.city), "searched": ""}
    theirs = travelers.travelers_of(trip, office, shows_entry=True, **asks)
    shown = {"all": theirs, "labels": [[each.time_left, str(each.entry_label), each.entry_tone] for each in theirs]}
    shown["passports"] = [[str(each.passport_label), each.has_passport, each.is_late] for each in theirs]
    shown["names"] = [each.name_matches for each in theirs]
    without = travelers.travelers_of(paris, office, rule=None, shows_entry=False, searched="cyn")
    shown["found"] = [[str(each.student), each.entry, each.entry_label, each.entry_tone] for each in without]
    for sort in (*travelers.VALUES, *(f"-{key}" for key in travelers.VALUES)):
        shown[f"sort={sort}"] = " | ".join(str(each.student) for each in travelers.ordered(theirs, sort))
    for key, (_label, is_in) in travelers.PARTS.items():
        shown[f"show={key}"] = " | ".join(str(each.student) for each in theirs if is_in(each))
    shown["part"] = [travelers.TravelersForm(QueryDict(query)).part for query in ("show=name", "show=x", "")]
    assert same("travelers", shown)


def test_what_a_change_of_a_step_does(trip):
    people = [seat(trip, name) for name in ("Ana Ruiz", "Ben Cruz", "Cyn Diaz", "Eva Park")]
    pack = ChecklistStepFactory(cycle=trip.cycle, key="pack", title_en="Pack", days_before=20)
    after = {"timing": "after_step", "days_before": None, "after": "pack", "days_after": 3, "title_en": "Weigh"}
    weigh = ChecklistStepFactory(cycle=trip.cycle, key="weigh", **after)
    for each in people:
        PassportCaseFactory(placement=each)
    for each in people[:3]:
        ChecklistItemFactory(placement=each, step=pack, do_by=in_days(40))
        ChecklistItemFactory(placement=each, step=weigh, do_by=in_days(43))
    ChecklistItem.objects.filter(placement=people[1], step=pack).update(
        done_at=at(-3), done_by=people[1].application.student
    )
    ChecklistItem.objects.filter(placement=people[2], step=pack).update(closed_at=at(-3))
    other = TripFactory(cycle=trip.cycle)
    found = {
        "earlier": step_change.effect_of(pack, {"days_before": 30, "title_en": "Pack!"}, []),
        "past": step_change.effect_of(pack, {"days_before": 65}, [trip]),
        "for others": step_change.effect_of(pack, {}, [other]),
    }
    found |= {f"{name}: students": effect.students for name, effect in list(found.items())}
    found["needs"] = step_change.needs([pack, weigh])
    found["needing"] = [step_change.needing(each) for each in (pack, weigh)]
    assert same("step_change", found)


# --- The way -----------------------------------------------------------------------------------------


def lines_of(trip, office, ana):
    trip.leaves_on, trip.returns_on = in_days(LEAVES), in_days(RETURNS)
    trip.save()
    flights = [
        outbound(number="CX 881", to_code="HKG", to_name="Hong Kong"),
        line(
            Kind.FLIGHT,
            (LEAVES + 2, "09:00"),
            (LEAVES + 2, "10:30"),
            zones=("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
            **{
                "number": "VN 593",
                "from_code": "HKG",
                "to_code": "HAN",
                "from_name": "Hong Kong",
                "to_name": "Noi Bai",
            },
        ),
        homebound(placements=[ana]),
        meeting(),
        stay(),
    ]
    for each in flights:
        itinerary.add(trip, each, by=office)
    publish(trip, office)
    itinerary.add(trip, meeting(to_name="Not yet"), by=office)


def test_a_students_calendar(trip, office):
    ana, ben = seat(trip, "Ana Ruiz"), seat(trip, "Ben Cruz")
    PassportCaseFactory(placement=ana)
    lines_of(trip, office, ana)
    EntryPermission.objects.create(
        placement=ana, state="needed", appointment_at=at(9), appointment_place="Consulate", sequence=2, said_at=at(-1)
    )
    for number, (off, answer) in enumerate((({}, "coming"), ({}, "cannot"), ({"called_off_at": at(0)}, ""))):
        day = VisaDay.objects.create(
            trip=trip, starts_at=at(10 + number), minutes=60, place="Consulate", address="1 Main Street", **off
        )
        answered = {"answer": answer, "answered_at": at(0)} if answer else {}
        VisaDayPerson.objects.create(day=day, placement=ana, **answered)
    for number, (trips, place) in enumerate(
        (([], "Hall"), ([trip], "Library"), ([TripFactory(cycle=trip.cycle)], "Pier"))
    ):
        session = OrientationSession.objects.create(
            cycle=trip.cycle,
            starts_at=at(12 + number),
            minutes=90,
            place=place,
            zone=ZONE,
            planned_by=office,
            note_en="Pen",
        )
        session.trips.set(trips)
    Attendance.objects.create(session=OrientationSession.objects.get(place="Hall"), placement=ben, via="tap", by=office)
    booked(PassportDayFactory(on=in_days(15), slots=[2]).slots.get(), ana.application)
    a_list(trip, ana)
    slot = InterviewSlotFactory(cycle=trip.cycle, starts_at=at(3))
    Interview.objects.create(application=ana.application, slot=slot, booked_at=at(0), book_by=at(2), invited_by=office)
    found = {
        str(each.application.student): calendar_entries.entries_of(each.application.student) for each in (ana, ben)
    }
    days = [each.day or timezone.localdate(each.starts_at) for each in found["Ana Ruiz"]]
    assert days == sorted(days)
    found = {name: sorted(entries, key=lambda each: each.summary) for name, entries in found.items()}
    assert same("calendar", found)


def test_the_guide_of_the_first_flight(trip, office):
    ana = seat(trip, "Ana Ruiz")
    lines_of(trip, office, ana)
    for number, step in enumerate(GuideTip.Step.values):
        if step != "home":
            GuideTipFactory(step=step, order=19 - number, title_en=f"Tip {step}")
    GuideTipFactory(step="bag", trip=trip, order=0, title_en="Of this trip")
    GuideTipFactory(step="bag", order=20, title_en="Of all trips")
    GuideTipFactory(step="bag", trip=TripFactory(), order=0, title_en="Of another trip")
    tips = guide.tips_of(trip)
    ours = base_itinerary.legs_of(ana)
    direct = [each for each in ours if each.leg.number != "VN 593"]
    found = {"tips": [each.title for each in tips]}
    for name, legs in (("with a connection", ours), ("direct", direct), ("not booked", [])):
        found[name] = [
            {
                "key": each.key,
                "title": each.title,
                "tips": [tip.tip.title for tip in each.tips],
                "own": each.own,
                "place": [each.number, each.before.key if each.before else "-", each.after.key if each.after else "-"],
            }
            for each in guide.screens(tips, legs)
        ]
    assert same("guide", found)


FILE = """kind;carrier;number;from;to;starts;ends;starts by the clock;ends by the clock;address;\
travelers;phone;note in English;booking
meeting;;;;Terminal B;{leaves} 20:30;;home;;;;;;
flight;Airline;VN 99;LAX;HAN;{leaves}T23:40;{lands} 06:05;HOME;There;;;;Bring water;ABC123
flight;Airline;VN 98;HAN;LAX;{returns} 21:00;{returns} 18:30;there;home;;Ana Ruiz; ;;

ride;Bus;;Airport;Hotel;{lands} 07:00;{lands} 08:00;;;;Ana Ruiz; Rosa Lim;'+84 24 1234;
stay;;;;Hotel Mai;{lands} 14:00;{returns} 12:00;there;;12 Hang Bac;Nobody Here;;;
stay;;;;Hotel;{lands} 14:00;{returns} 12:00;;;;Ben Cruz;;;
boat;;;;Pier;{lands} 14:00;;;;;;;;
ride;Bus;;Here;There;{lands} 07:30;{lands} 08:30;Mars/Base;;;;;;
flight;;;;HAN;;;;;;;;;
flight;Airline;VN 1;LAX;HAN;{leaves} 23:50;{lands} 06:00;home;there;;;;;
"""


def test_an_itinerary_is_read_from_a_file(trip, office):
    trip.leaves_on, trip.returns_on = in_days(LEAVES), in_days(RETURNS)
    trip.save()
    placements = [seat(trip, "Ana Ruiz"), seat(trip, "Ben Cruz"), seat(trip, "ben cruz")]
    rosa = ContactFactory(host=None, trip=trip, name="Rosa Lim", language="en")
    itinerary.add(trip, meeting(to_name="Terminal B"), by=office)
    there = [(row.leg, row.people) for row in ItinerarySegment.objects.all()]
    days = {"leaves": in_days(LEAVES), "lands": in_days(LEAVES + 2), "returns": in_days(RETURNS)}

    def read(text):
        try:
            lines = itinerary_file.read(text, trip, placements=placements, leaders=[rosa], there=there)
        except itinerary_file.UnreadableFile as problem:
            return str(problem)
        return [
            {
                "number": each.number,
                "errors": list(each.errors),
                "is there": each.is_there,
                "values": each.line and {key: str(value) for key, value in each.line.values.items() if value},
                "students": each.line and [str(row.application.student) for row in each.line.placements],
                "leaders": each.line and [row.name for row in each.line.leaders],
            }
            for each in lines
        ]

    text = FILE.format(**days)
    found = {
        "all": read(text),
        "empty": read(""),
        "no columns": read("a,b\n1,2\n"),
        "no rows": read("kind,to,starts\n"),
    }
    found["with commas"] = read(f"kind,to,starts\nmeeting,Door,{days['leaves']} 19:00\n")
    found["tabs"] = read(f"kind\tto\tstarts\nmeeting\tDoor\t{days['leaves']} 19:00\n")
    found["quotes"] = read('kind,to,starts\nmeeting,"Door,x\n')
    found["long"] = read("kind,to,starts\n" + "\n" * 201)
    found["template"] = [list(row) for row in itinerary_file.template_rows()]
    for name, content in (
        ("letters", b"\xff\xfe\x00"),
        ("large", b"x" * (512 * 1024 + 1)),
        ("fits", b"x" * 512 * 1024),
    ):
        try:
            found[name] = len(itinerary_file.decoded(content))
        except itinerary_file.UnreadableFile as problem:
            found[name] = str(problem)
    assert same("itinerary_file", found)


def test_orientation_as_everybody_sees_it(trip, office):
    paris = TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70), city__name_en="Paris")
    east = CollegeFactory(short_name="East", name="East")
    ana, ben, cyn = seat(trip, "Ana Ruiz", application__college=east), seat(trip, "Ben Cruz"), seat(paris, "Cyn Diaz")
    made = {"cycle": trip.cycle, "minutes": 90, "planned_by": office, "zone": ZONE}
    past = OrientationSession.objects.create(starts_at=at(-9), place="Past", **made)
    ours = OrientationSession.objects.create(starts_at=at(-2), place="Ours", **made)
    ours.trips.set([trip])
    OrientationSession.objects.create(starts_at=at(-1), place="Off", called_off_at=at(-3), **made)
    Attendance.objects.create(session=past, placement=ana, via="code", by=ana.application.student)
    advisor = UserFactory(advisor=east)
    found = {}

    def say(name):
        found[name] = {
            "office": orientation.overview(office),
            "advisor": orientation.overview(advisor),
            "missed": [str(each.application.student) for each in orientation.missed(trip.cycle).order_by("pk")],
            "trips": sorted(str(each) for each in orientation.trips_of_missed(trip.cycle)),
            "another": orientation.proposal(trip.cycle),
            "own": {str(each.application.student): orientation.own_sessions(each) for each in (ana, ben, cyn)},
            "been": [orientation.has_been(each) for each in (ana, ben, cyn)],
            "here": {
                each.place: [[str(row.application.student), row.is_here, bool(row.entry)] for row in people]
                for each in OrientationSession.objects.held()
                for people in [orientation.people_of(each, office)]
            },
            "expected": dict(
                OrientationSession.objects.order_by("pk")
                .annotate(number=orientation.how_many_expected())
                .values_list("place", "number")
            ),
            "invited": {
                each.place: [str(row.application.student) for row in orientation.invited(each).order_by("pk")]
                for each in OrientationSession.objects.order_by("pk")
            },
        }

    say("two are over")
    Attendance.objects.all().delete()
    past.delete()
    say("one is over")
    OrientationSession.objects.create(starts_at=at(5), place="Ahead", **made | {"zone": "Asia/Ho_Chi_Minh"})
    say("one is ahead")
    found["colleges"] = [sorted(map(str, orientation.colleges_for(each))) for each in (office, advisor)]
    found["door"] = [str(each) for each in orientation.door_times(ours)]
    found["seconds"] = orientation.code_seconds()
    assert same("orientation_pages", found)


def test_packing_lists(trip):
    for number, (group, weather) in enumerate((("things", ""), ("things", "cold"), ("papers", ""), ("clothes", "hot"))):
        words = {"key": f"k{number}", "text_en": f"{group} {weather}", "order": number}
        PackingItemFactory(cycle=trip.cycle, group=group, weather=weather, **words)
    PackingItemFactory(cycle=trip.cycle, key="x", text_en="Of another trip").trips.set([TripFactory(cycle=trip.cycle)])
    PackingItemFactory(cycle=trip.cycle, key="y", text_en="Left out").left_out.set([trip])
    items = packing.items_of(trip)
    marks = {items[0].code: packing.Mark(True, at(0)), items[1].code: packing.Mark(False, at(0))}
    found = {
        "items": [each.text for each in items],
        "parts": packing.parts(items, marks),
        "by weather": packing.parts(items, marks, names_weather=True),
    }
    assert same("packing_parts", found)


def test_forms_of_a_trip(trip, office):
    ana, ben = seat(trip, "Ana Ruiz"), seat(trip, "Ben Cruz")
    for key, more in (
        ("agreement", {"needs_guardian": True}),
        ("photos", {"is_optional": True}),
        ("old", {"draft": True}),
    ):
        FormTextFactory(cycle=trip.cycle, key=key, title_en=key.title(), **more)
    ana.signed_forms.create(
        text=trip.cycle.form_texts.get(key="photos"),
        signed_as="student", answer="no", language="en", typed_name="Ana", text_hash="x",
    )  # fmt: skip
    found = {}
    for forms in signing.forms_of_many(trip, [ana, ben]):
        name = str(forms.placement.application.student)
        found[name] = [
            {
                "key": each.text.key,
                "is": [each.is_signed, each.is_done, each.allows, each.needs_guardian, each.was_signed],
            }
            for each in forms.states
        ]
        after = forms.next()
        found[f"{name} in all"] = [
            *(forms.is_of_age, forms.done, forms.signed, forms.is_done, forms.asks_age, len(forms.for_guardian)),
            after.text.key if after else "-",
            forms.of("nothing"),
        ]
    assert same("forms", found)


def test_where_somebody_sleeps(trip, office):
    ana = seat(trip, "Ana Ruiz")
    seat(trip, "Ben Cruz")
    rooms.add_rooms(trip, count=1, beds=2, is_quiet=False, is_accessible=False, by=office)
    found = {}

    def say(name):
        rows = with_places(type(ana).objects.filter(trip=trip)).order_by("pk")
        found[name] = [place_of(each) or "nowhere" for each in rows]

    say("before")
    rooms.propose(trip, by=office), rooms.propose_groups(trip, size=1, by=office)
    say("proposed")
    rooms.publish(trip, by=office)
    say("published")
    assert same("places", found)
