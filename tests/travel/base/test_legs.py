"""Legs of an itinerary: local times over the date line and daylight saving, worked examples and properties."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.base.airports import airport
from travel.base import legs
from travel.base.legs import Kind, Leg, NoSuchTime

HOME, HANOI, AUCKLAND, BERLIN = "America/Los_Angeles", "Asia/Ho_Chi_Minh", "Pacific/Auckland", "Europe/Berlin"
ZONES = [HOME, HANOI, AUCKLAND, BERLIN, "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Kiritimati"]


def at(text, zone):
    return legs.instant(dt.datetime.fromisoformat(text), zone)


def flight(start, start_zone, end, end_zone, code="F", **more):
    return Leg(code, Kind.FLIGHT, at(start, start_zone), start_zone, at(end, end_zone), end_zone, **more)


# --- Worked examples --------------------------------------------------------------------------------


def test_a_flight_west_over_the_date_line_lands_two_days_later():
    leg = flight("2027-04-03 23:40", HOME, "2027-04-05 06:05", HANOI)

    assert leg.duration == dt.timedelta(hours=16, minutes=25)
    assert leg.days_later == 2


def test_a_flight_east_over_the_date_line_lands_before_it_left_by_the_calendar():
    leg = flight("2027-04-14 19:30", AUCKLAND, "2027-04-14 12:05", HOME)

    assert leg.duration == dt.timedelta(hours=11, minutes=35)
    assert leg.days_later == 0
    assert leg.local_end < leg.local_start.replace(tzinfo=ZoneInfo(HOME))
    assert flight("2027-04-14 00:30", AUCKLAND, "2027-04-13 17:05", HOME).days_later == -1


@pytest.mark.parametrize(
    ("text", "zone"), [("2027-03-14 02:30", HOME), ("2027-03-28 02:00", BERLIN), ("2027-09-26 02:59", AUCKLAND)]
)
def test_a_time_that_clocks_skip_is_refused(text, zone):
    with pytest.raises(NoSuchTime):
        at(text, zone)


def test_a_time_that_comes_twice_is_the_first_unless_only_the_second_fits():
    local = dt.datetime.fromisoformat("2027-11-07 01:30")
    first = legs.instant(local, HOME)

    assert first == dt.datetime(2027, 11, 7, 8, 30, tzinfo=dt.UTC)
    assert legs.instant(local, HOME, after=first) == first + dt.timedelta(hours=1)
    assert legs.instant(local, HOME, after=first - dt.timedelta(minutes=1)) == first


def test_a_flight_during_the_night_of_the_clock_change_has_its_true_length():
    spring = flight("2027-03-13 23:00", HOME, "2027-03-14 07:00", HOME)
    autumn = flight("2027-11-06 23:00", HOME, "2027-11-07 07:00", HOME)

    assert (spring.duration, autumn.duration) == (dt.timedelta(hours=7), dt.timedelta(hours=9))


def test_overlaps_are_of_flights_and_rides_not_of_stays():
    one = flight("2027-04-03 10:00", HOME, "2027-04-03 14:00", HOME, "A")
    next_one = flight("2027-04-03 13:00", HOME, "2027-04-03 15:00", HOME, "B")
    connects = flight("2027-04-03 15:00", HOME, "2027-04-03 16:00", HOME, "C")
    stay = Leg("D", Kind.STAY, one.starts_at, HOME, connects.ends_at, HOME)

    found = [(first.code, second.code) for first, second in legs.overlaps([connects, stay, next_one, one])]

    assert found == [("A", "B")]


# to Hanoi by Narita, and home
OUT_1 = flight("2027-04-03 11:00", HOME, "2027-04-04 14:30", "Asia/Tokyo", "O1", to_code="NRT")
OUT_2 = flight("2027-04-04 18:00", "Asia/Tokyo", "2027-04-04 22:10", HANOI, "O2", to_code="HAN")
STAY = Leg("S", Kind.STAY, at("2027-04-04 23:30", HANOI), HANOI, at("2027-04-14 12:00", HANOI), HANOI)
MEET = Leg("M", Kind.MEETING, at("2027-04-03 08:00", HOME), HOME)
BACK_1 = flight("2027-04-14 23:55", HANOI, "2027-04-15 07:00", "Asia/Tokyo", "B1", from_code="HAN")
BACK_2 = flight("2027-04-15 17:00", "Asia/Tokyo", "2027-04-15 11:00", HOME, "B2")
TRIP = [BACK_2, STAY, OUT_2, MEET, BACK_1, OUT_1]


def test_the_way_there_and_the_way_home_are_told_apart():
    assert [[leg.code for leg in way] for way in legs.journeys(TRIP)] == [["O1", "O2"], ["B1", "B2"]]
    assert legs.arrival(TRIP) == OUT_2
    assert legs.departure(TRIP) == BACK_1
    assert legs.departure([OUT_1, OUT_2]) is None
    assert legs.arrival([STAY]) is None


@pytest.mark.parametrize(
    ("moment", "zone", "upcoming", "codes"),
    [
        (at("2027-04-02 12:00", HOME), HOME, "M", []),
        (at("2027-04-03 07:00", HOME), HOME, "M", ["M", "O1"]),
        (at("2027-04-03 12:00", HOME), "Asia/Tokyo", "O2", ["O1", "O2", "S"]),  # in the air: it's April 4 in Tokyo
        (at("2027-04-08 09:00", HANOI), HANOI, "B1", ["S"]),
        (at("2027-04-14 20:00", HANOI), HANOI, "B1", ["S", "B1"]),
        (at("2027-04-15 18:00", HOME), HOME, None, ["B1", "B2"]),
    ],
)
def test_todays_plan_follows_the_calendar_of_the_place(moment, zone, upcoming, codes):
    assert legs.zone_at(TRIP, moment, HOME) == zone
    found = legs.next_leg(TRIP, moment)
    assert (found.code if found else None) == upcoming
    assert [leg.code for leg in legs.today(TRIP, moment, HOME)] == codes


def test_days_are_those_of_the_place_where_a_leg_begins():
    assert [(str(day), [leg.code for leg in those]) for day, those in legs.by_day(TRIP)] == [
        ("2027-04-03", ["M", "O1"]),
        ("2027-04-04", ["O2", "S"]),
        ("2027-04-14", ["B1"]),
        ("2027-04-15", ["B2"]),
    ]


def test_a_corrected_phone_number_is_no_news_and_a_moved_minute_is():
    later = Leg.of_json({**OUT_1.as_json(), "ends_at": (OUT_1.ends_at + dt.timedelta(minutes=1)).isoformat()})

    assert not OUT_1.is_news(Leg.of_json({**OUT_1.as_json(), "phone": "+84 24 0000", "note_en": "Bring water"}))
    assert OUT_1.is_news(later)


# --- Properties -------------------------------------------------------------------------------------

ZONE = st.sampled_from(ZONES)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MOMENT = st.integers(0, 4 * 365 * 24 * 3600).map(lambda seconds: START + dt.timedelta(seconds=seconds))


@given(MOMENT, ZONE)
def test_a_local_time_leads_back_to_its_instant(moment, zone):
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    found = legs.instant(local, zone)

    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
    assert found <= moment <= found + dt.timedelta(hours=1)  # in the hour that comes twice it's the first


@given(MOMENT, ZONE, ZONE, st.timedeltas(dt.timedelta(minutes=20), dt.timedelta(hours=19)))
def test_a_flight_lasts_as_long_as_it_does_whatever_the_clocks_show(moment, start_zone, end_zone, length):
    length -= dt.timedelta(microseconds=length.microseconds)
    leg = Leg("F", Kind.FLIGHT, moment, start_zone, moment + length, end_zone)

    assert leg.duration == length
    assert leg.local_end - leg.local_start == length
    assert -1 <= leg.days_later <= 2


@st.composite
def itineraries(draw):
    moment, zone, found = draw(MOMENT), draw(ZONE), []
    for number in range(draw(st.integers(0, 6))):
        start = moment + draw(st.timedeltas(dt.timedelta(0), dt.timedelta(days=4)))
        moment = start + draw(st.timedeltas(dt.timedelta(minutes=30), dt.timedelta(hours=18)))
        there = draw(ZONE)
        found.append(Leg(f"F{number}", Kind.FLIGHT, start, zone, moment, there))
        zone = there
    return found


@given(itineraries(), MOMENT)
def test_a_chain_never_overlaps_and_what_is_next_lies_ahead(chain, moment):
    upcoming = legs.next_leg(chain, moment)

    assert list(legs.overlaps(chain)) == []
    assert upcoming is None or upcoming.starts_at > moment
    assert all(leg.starts_at <= moment for leg in chain if upcoming is None or leg.starts_at < upcoming.starts_at)
    assert [leg for way in legs.journeys(chain) for leg in way] == chain
    assert sum(len(those) for _day, those in legs.by_day(chain)) == len(chain)


@given(itineraries())
def test_a_leg_survives_json(chain):
    assert [Leg.of_json(leg.as_json()) for leg in chain] == chain


@given(itineraries(), st.integers(0, 5), st.timedeltas(dt.timedelta(minutes=-29), dt.timedelta(minutes=-1)))
def test_a_flight_that_leaves_before_the_last_one_landed_is_found(chain, at_index, early):
    if len(chain) <= at_index:
        return
    last = chain[at_index]
    other = Leg("X", Kind.FLIGHT, last.ends_at + early, last.end_zone, last.ends_at + dt.timedelta(days=9), HOME)

    assert (last, other) in list(legs.overlaps([last, other]))


# --- Airports ---------------------------------------------------------------------------------------


def test_airports_are_found_by_their_letters():
    found = airport(" han ")

    assert (found.code, found.zone) == ("HAN", HANOI)
    assert found.name == "Nội Bài International Airport"


@pytest.mark.parametrize("code", ["", "QQQ", "HA", "HANO", "H,N", 'H"N', "icao"])
def test_unknown_airports_are_none(code):
    assert airport(code) is None
