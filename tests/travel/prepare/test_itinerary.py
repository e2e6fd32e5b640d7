"""The itinerary of a trip: what the office writes, what is refused beside its field, what travelers and hosts see."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Job
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_travel import HostLinkFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.itineraries import LEAVES, RETURNS, THERE, homebound, line, meeting, outbound, publish, stay, typed
from travel.base.legs import Kind
from travel.models import ItinerarySegment
from travel.prepare.itinerary import actions
from travel.prepare.itinerary import file as itinerary_file
from travel.prepare.itinerary.file import COLUMNS

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))


@pytest.fixture
def student(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Reyes")


def office(name, trip, **more):
    return reverse(f"travel:{name}", kwargs={"code": trip.code, **more})


def own(placement):
    return reverse("travel:itinerary", args=[placement.code])


# --- Typed ------------------------------------------------------------------------------------------


def test_a_flight_is_typed_in_local_times_over_the_date_line(trip, coordinator, sign_in):
    client = sign_in(coordinator)

    response = client.post(office("itinerary-add", trip, kind="flight"), typed(from_code="lax"))

    assert response.status_code == 302
    leg = trip.segments.get().leg
    assert (leg.from_code, leg.start_zone, leg.end_zone) == ("LAX", "America/Los_Angeles", THERE)
    assert leg.to_name == "Nội Bài International Airport"
    assert (leg.local_start.hour, leg.local_end.hour, leg.days_later) == (23, 6, 2)
    page = client.get(response.url).text
    assert "Flight VN 99, LAX to HAN" in page
    assert "new, not published yet" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"end": (LEAVES, "12:00")}, "ends_on", "It arrives before it leaves."),
        ({"to_code": "QQQ"}, "to_code", "We don’t know an airport “QQQ”."),
        ({"to_code": "LAX"}, "to_code", "A flight can’t land where it took off."),
        ({"who": "some"}, "people", "Choose at least one person"),
        ({"note_en": "Bring water"}, "note_es", "Enter this in Spanish too."),
        ({"number": ""}, "number", ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_stands_beside_its_field_and_nothing_is_lost(changes, field, words, trip, coordinator, sign_in):
    page = sign_in(coordinator).post(office("itinerary-add", trip, kind="flight"), typed(**changes))

    assert page.status_code == 200
    assert words in " ".join(page.context["form"].errors[field])
    assert list(page.context["form"].errors) == [field]
    assert 'value="VN 99"' in page.text or field == "number"
    assert not trip.segments.exists()


def test_a_local_time_that_clocks_skip_is_refused(trip, coordinator, sign_in):
    said = {"to_name": "Door 3", "starts_on": "2027-03-14", "starts_time": "02:30", "who": "everyone"}

    page = sign_in(coordinator).post(
        office("itinerary-add", trip, kind="meeting"), said | {"start_zone": "America/Los_Angeles"}
    )

    assert "the clocks go forward that night" in page.context["form"].errors["starts_time"][0]


def test_nobody_is_on_two_flights_at_once(trip, student, coordinator, sign_in):
    other = PlacementFactory(trip=trip)
    actions.add(trip, outbound(placements=[student]), by=coordinator)
    client, address = sign_in(coordinator), office("itinerary-add", trip, kind="flight")
    second = typed(number="UA 1", who="some")

    page = client.post(address, second | {"people": [f"student-{student.code}"]})
    apart = client.post(address, second | {"people": [f"student-{other.code}"]})

    assert (
        "The same people are on another line at that time. Flight VN 99"
        in page.context["form"].errors["starts_time"][0]
    )
    assert apart.status_code == 302
    with pytest.raises(RuleViolation, match="Flight VN 99"):
        actions.add(trip, outbound(number="UA 2"), by=coordinator)


def test_two_people_at_one_line_notice_each_other(trip, coordinator, sign_in):
    segment = actions.add(trip, meeting(), by=coordinator)
    client, address = sign_in(coordinator), reverse("travel:itinerary-segment", args=[segment.code])
    said = {key: value for key, value in client.get(address).context["form"].initial.items() if value is not None}
    actions.change(segment, meeting(to_name="Door 5"), seen="", by=coordinator)

    page = client.post(address, said | {"to_name": "Door 4"})

    assert "Someone else saved this while you were writing" in page.text
    assert 'value="Door 4"' in page.text
    segment.refresh_from_db()
    assert segment.to_name == "Door 5"


def test_the_same_line_twice_is_once_and_every_act_is_on_record(trip, coordinator):
    segment = actions.add(trip, stay(), by=coordinator)
    assert actions.add(trip, stay(), by=coordinator) == segment
    actions.change(segment, stay(phone="+84 1"), seen=actions.fingerprint(segment), by=coordinator)
    actions.change(segment, stay(phone="+84 1"), seen="stale", by=coordinator)  # nothing to change
    actions.remove(segment, by=coordinator)
    actions.remove(segment, by=coordinator)

    assert not trip.segments.exists()
    assert list(Event.objects.order_by("pk").values_list("action", flat=True)) == [
        f"itinerarysegment.{act}" for act in ("add", "change", "remove")
    ]


def test_the_office_alone_writes_an_itinerary(trip, student, sign_in):
    assert sign_in(student.application.student).get(office("itinerary-office", trip)).status_code == 403
    assert not ItinerarySegment.objects.visible_to(student.application.student).exists()


def test_flights_that_disagree_with_the_trips_dates_are_pointed_out(trip, coordinator, sign_in):
    actions.add(trip, outbound(), by=coordinator)
    actions.add(trip, homebound(), by=coordinator)
    client, address = sign_in(coordinator), office("itinerary-office", trip)
    assert client.get(address).context["differs"] == []

    trip.leaves_on, trip.returns_on = in_days(LEAVES - 1), in_days(RETURNS + 1)
    trip.save()

    assert len(client.get(address).context["differs"]) == 2


# --- Travelers and hosts ----------------------------------------------------------------------------


def test_travelers_see_nothing_until_it_is_published_then_hour_by_hour(trip, student, coordinator, sign_in):
    for each in (outbound(confirmation="K4Z9QP"), homebound(), meeting(), stay(phone="+84 24 0000")):
        actions.add(trip, each, by=coordinator)
    client = sign_in(student.application.student)
    assert "Nothing is booked yet" in client.get(own(student)).text
    assert "hour by hour" not in client.get(student.get_absolute_url()).text

    publish(trip, coordinator)

    there = (f"6:05 am, {trip.city.name} time", f"2:00 pm, {trip.city.name} time")
    page = client.get(own(student)).text
    for text in ("Meet at Terminal B, door 3", "11:40 pm, Los Angeles time", "12 Hàng Bạc", *there):
        assert text in page
    assert "15 h 25 min on the way" in page or "16 h 25 min on the way" in page  # by daylight saving
    assert "Noi Bai International Airport (HAN)" in page
    assert page.index("Meet at") < page.index("Flight VN 99") < page.index("Hotel Mai") < page.index("Flight VN 98")
    assert "K4Z9QP" not in page
    assert own(student) in client.get(student.get_absolute_url()).text


def test_a_stop_on_the_way_is_by_the_clock_of_its_place_in_every_language(trip, student, coordinator, sign_in):
    """Zones are named by cities in English alone."""
    stop = {"zones": ("America/Los_Angeles", "Europe/Paris"), "number": "AF 65", "from_code": "LAX", "to_code": "CDG"}
    actions.add(trip, line(Kind.FLIGHT, (LEAVES, "15:00"), (LEAVES + 1, "11:05"), **stop), by=coordinator)
    publish(trip, coordinator)
    client = sign_in(student.application.student)
    assert "11:05 am, local time" in client.get(own(student)).text
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = client.get(own(student)).text
    assert "hora local" in page and "hora de Los Ángeles" in page and "Paris" not in page


def test_each_group_sees_its_own_flight_and_a_leader_theirs(trip, student, coordinator, sign_in):
    other = PlacementFactory(trip=trip)
    actions.add(trip, outbound(number="VN 1", placements=[student]), by=coordinator)
    actions.add(trip, outbound(number="UA 2", placements=[other]), by=coordinator)
    publish(trip, coordinator)

    pages = [sign_in(each.application.student).get(own(each)).text for each in (student, other)]

    assert ["VN 1" in page for page in pages] == [True, False]
    assert ["UA 2" in page for page in pages] == [False, True]
    assert sign_in(other.application.student).get(own(student)).status_code == 404


def test_a_student_placed_later_sees_what_is_for_everyone_and_a_withdrawn_one_nothing(
    trip, student, coordinator, sign_in
):
    actions.add(trip, outbound(), by=coordinator)
    publish(trip, coordinator)
    later = PlacementFactory(trip=trip)
    student.application.status, student.application.withdrawn_at = Status.WITHDRAWN, timezone.now()
    student.application.save()

    assert "VN 99" in sign_in(later.application.student).get(own(later)).text
    assert "VN 99" not in sign_in(student.application.student).get(own(student)).text


def test_the_host_reads_when_groups_land_and_leave_and_the_typed_text_until_then(trip, coordinator, client):
    trip.flight_in = "AM 641, 17:40"
    trip.save()
    link = HostLinkFactory(trip=trip, contact__language="en")
    address = reverse("travel:host-arrivals", args=[link.link])
    assert "AM 641, 17:40" in client.get(address).text
    connection = line(
        *(Kind.FLIGHT, (LEAVES, "10:00"), (LEAVES, "11:30")),
        zones=("America/Los_Angeles",) * 2,
        number="UA 5",
        from_code="SAN",
        to_code="LAX",
    )
    for each in (connection, outbound(), homebound()):
        actions.add(trip, each, by=coordinator)
    publish(trip, coordinator)

    page = client.get(address).text

    assert "VN 99 lands at Noi Bai International Airport (HAN)" in page
    assert f"6:05 am, {trip.city.name} time" in page
    assert "VN 98 leaves Noi Bai International Airport (HAN)" in page
    assert "UA 5" not in page
    assert "AM 641" not in page


def test_the_day_of_arrival_follows_from_the_flights_and_replans(trip, student, coordinator, sign_in):
    actions.add(trip, outbound(), by=coordinator)
    actions.add(trip, homebound(), by=coordinator)
    client = sign_in(coordinator)
    before = client.get(office("trip-edit", trip)).context["form"]
    assert {"arrives_on", "flight_in", "flight_out"} <= set(before.fields)

    publish(trip, coordinator)

    trip.refresh_from_db()
    assert trip.arrives_on == in_days(LEAVES + 2)
    assert Job.objects.count() == 1
    form = client.get(office("trip-edit", trip)).context["form"]
    assert not {"arrives_on", "flight_in", "flight_out"} & set(form.fields)
    said = {key: value for key, value in form.initial.items() if value is not None} | {"seats": 18}
    assert client.post(office("trip-edit", trip), said).status_code == 302
    trip.refresh_from_db()
    assert (trip.seats, trip.arrives_on) == (18, in_days(LEAVES + 2))


def test_an_itinerary_that_contradicts_the_trip_is_not_published(trip, student, coordinator):
    trip.returns_on = in_days(LEAVES + 1)
    trip.save()
    actions.add(trip, outbound(), by=coordinator)

    with pytest.raises(RuleViolation, match="can’t arrive"):
        publish(trip, coordinator)

    assert trip.segments.get().published is None


def test_pages_take_as_many_queries_for_twenty_lines_as_for_two(
    trip, student, coordinator, sign_in, django_assert_num_queries, django_assert_max_num_queries
):
    def add(number):
        for at in range(number):
            there = line(Kind.MEETING, (LEAVES, "08:00"), zones=(THERE, ""), to_name=f"Door {trip.segments.count()}")
            actions.add(trip, there, by=coordinator) if at % 2 else actions.add(
                trip, actions.Line(there.values, [student]), by=coordinator
            )
        publish(trip, coordinator)

    add(2)
    clients = {own(student): sign_in(student.application.student)}
    clients |= dict.fromkeys(
        (office("itinerary-office", trip), office("itinerary-publish", trip)), sign_in(coordinator)
    )
    counts = {}
    for address, client in clients.items():
        client.get(address)
        with django_assert_max_num_queries(20) as few:
            client.get(address)
        counts[address] = len(few)
    add(18)
    for address, client in clients.items():
        with django_assert_num_queries(counts[address]):
            client.get(address)


# --- From a file ------------------------------------------------------------------------------------


def csv_of(*lines):
    text = "\n".join([",".join(COLUMNS), *lines])
    return SimpleUploadedFile("plan.csv", text.encode("utf-8-sig"))


def flight_line(**more):
    return (
        f"flight,Vietnam,VN 99,{more.get('from_', 'LAX')},HAN,{in_days(LEAVES)} 23:40,"
        f"{in_days(LEAVES + 2)} {more.get('end', '06:05')},,,,,,,,,{more.get('who', '')}"
    )


def test_a_file_is_previewed_and_stored_once_confirmed(trip, student, coordinator, sign_in):
    client, address = sign_in(coordinator), office("itinerary-import", trip)
    times = f"{in_days(LEAVES + 2)} 14:00,{in_days(RETURNS)} 12:00"
    hotel = f"stay,,,,Hotel Mai,{times},there,,,12 Hàng Bạc,'+84 24 3850 5000,,,,ana reyes"

    page = client.post(address, {"file": csv_of(flight_line(), hotel)})

    assert (page.context["new"], page.context["bad"]) == (2, 0)
    assert "Flight VN 99, LAX to HAN: leaves" in page.text
    assert not trip.segments.exists()

    done = client.post(address, {"text": page.context["text"], "confirm": "yes"})

    assert done.status_code == 302
    flight, lodging = trip.segments.all()
    assert (flight.for_everyone, lodging.for_everyone) == (True, False)
    assert (list(lodging.placements.all()), lodging.phone, lodging.start_zone) == ([student], "+842438505000", THERE)

    again = client.post(address, {"file": csv_of(flight_line(), hotel)})
    assert again.context["new"] == 0
    assert "there already" in again.text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_may_separate_cells_as_it_likes(separator, trip, student):
    cells = [name for name in COLUMNS if name != "travelers"]
    flight = flight_line().split(",")[: len(cells)]
    note = "Two bags" if separator == "\t" else '"Bags: two, each of 23 kg; no more"'
    for language in ("English", "Spanish"):
        flight[cells.index(f"note in {language}")] = note
    text = "\n".join(separator.join(line) for line in (cells, flight, [" "] * len(cells)))
    (line,) = itinerary_file.read(text, trip, placements=[student], leaders=[], there=[])
    assert (line.number, list(line.errors), line.is_there) == (2, [], False)
    assert (line.line.leg.number, line.line.leg.carrier) == ("VN 99", "Vietnam")
    there = [(line.line.leg, line.line.people)]
    (again,) = itinerary_file.read(text, trip, placements=[student], leaders=[], there=there)
    assert again.is_there


def test_a_file_is_read_up_to_its_limits(trip):
    def read(*lines):
        return list(itinerary_file.read("\n".join(lines), trip, placements=[], leaders=[], there=[]))

    head = ",".join(COLUMNS)
    assert len(read(head, *["boat"] * itinerary_file.LINES_MAX)) == itinerary_file.LINES_MAX
    for lines, words in (
        ((head, *["boat"] * (itinerary_file.LINES_MAX + 1)), "more than 200 lines"),
        (("kind,starts", "boat,1"), "no column “to”"),
        ((head, 'boat,"open'), "Line 2 opens a quotation mark"),
    ):
        with pytest.raises(itinerary_file.UnreadableFile, match=words):
            read(*lines)
    assert itinerary_file.decoded("\ufeffÀ".encode()) == "À"
    with pytest.raises(itinerary_file.UnreadableFile, match="can’t read the letters"):
        itinerary_file.decoded("À".encode("latin-1"))
    itinerary_file.decoded(b"x" * itinerary_file.BYTES_MAX)
    with pytest.raises(itinerary_file.UnreadableFile, match="too large"):
        itinerary_file.decoded(b"x" * (itinerary_file.BYTES_MAX + 1))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("boat,,,,,,,,,,,,,,,", "“kind” is “boat”"),
        (flight_line(from_="QQQ"), "From airport: We don’t know an airport “QQQ”"),
        (flight_line(end="99:99"), "Arrives at:"),
        (flight_line(who="Bo Nobody"), "No one on this trip is called “Bo Nobody”"),
        (flight_line(), "The same people are on another line at that time"),
    ],
    ids=["kind", "airport", "time", "person", "overlap"],
)
def test_a_bad_line_of_a_file_is_named_and_nothing_is_stored(bad, words, trip, coordinator, sign_in):
    client, address = sign_in(coordinator), office("itinerary-import", trip)
    bad = bad.replace("VN 99", "VN 98") if "same people" in words else bad

    page = client.post(address, {"file": csv_of(flight_line(who=""), bad)})

    assert [bool(each["line"].errors) for each in page.context["lines"]] == [False, True]
    assert words in page.text
    confirmed = client.post(address, {"text": page.context["text"], "confirm": "yes"})
    assert confirmed.status_code == 200
    assert not trip.segments.exists()


def test_two_people_of_one_name_are_not_guessed(trip, student, coordinator, sign_in):
    PlacementFactory(trip=trip, application__student__full_name="Ana Reyes")

    page = sign_in(coordinator).post(office("itinerary-import", trip), {"file": csv_of(flight_line(who="Ana Reyes"))})

    assert "Several people on this trip are called “Ana Reyes”" in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,place\nA,B\n", "The first line has no column “kind”, “to”, “starts”"),
        (b'kind,to,starts\n"flight,x\n', "opens a quotation mark"),
        ("kind,to,starts\nmeeting,Tür,".encode("latin-1"), "We can’t read the letters in this file"),
        (b"kind,to,starts\n" + b"meeting,x,y\n" * 201, "more than 200 lines"),
        (b"x" * (512 * 1024 + 1), "too large"),
    ],
    ids=["columns", "quotes", "letters", "lines", "size"],
)
def test_a_file_that_is_no_itinerary_says_why(content, words, trip, coordinator, sign_in):
    address = office("itinerary-import", trip)

    page = sign_in(coordinator).post(address, {"file": SimpleUploadedFile("plan.csv", content)})

    assert words in page.text
    assert "lines" not in page.context or not page.context["lines"]


def test_the_template_can_be_sent_back(trip, coordinator, sign_in):
    client = sign_in(coordinator)
    template = client.get(office("itinerary-template", trip))

    page = client.post(office("itinerary-import", trip), {"file": SimpleUploadedFile("plan.csv", template.content)})

    assert (page.context["bad"], page.context["new"]) == (0, 4)


def test_no_file_asks_for_one(trip, coordinator, sign_in):
    assert "Choose a file first." in sign_in(coordinator).post(office("itinerary-import", trip)).text


# --- What the database refuses ----------------------------------------------------------------------


def row(trip, **more):
    now = timezone.now()
    said = {"kind": "ride", "starts_at": now, "start_zone": THERE, "ends_at": now + dt.timedelta(hours=1)}
    return ItinerarySegment.objects.create(trip=trip, **{**said, "end_zone": THERE, **more})


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("itinerarysegment_ends_after_it_starts", {"ends_at": timezone.now() - dt.timedelta(days=1)}),
        ("itinerarysegment_only_a_meeting_has_no_end", {"ends_at": None}),
        ("itinerarysegment_only_a_meeting_has_no_end", {"kind": "meeting"}),
        ("itinerarysegment_flight_between_two_airports", {"kind": "flight", "from_code": "LAX"}),
        ("itinerarysegment_removed_after_it_was_published", {"removed_at": timezone.now()}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_that_cannot_be_are_refused(rule, values, trip):
    refused(rule, lambda: row(trip, **values))
    assert row(trip).leg.kind == Kind.RIDE
