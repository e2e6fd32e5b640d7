"""Lines of an itinerary as the office types them, and as rows."""

import datetime as dt
from zoneinfo import ZoneInfo

from tests.factories_travel import in_days
from travel.base.legs import Kind
from travel.prepare.itinerary import actions
from travel.prepare.itinerary import news as itinerary_news

HOME, THERE = "America/Los_Angeles", "Asia/Ho_Chi_Minh"
LEAVES, RETURNS = 130, 140  # days from now


def typed(start=(LEAVES, "23:40"), end=(LEAVES + 2, "06:05"), **more):
    """What the form of a flight sends: west over the date line."""
    said = {"carrier": "Airline", "number": "VN 99", "from_code": "LAX", "to_code": "HAN", "who": "everyone"}
    said |= {"starts_on": f"{in_days(start[0])}", "starts_time": start[1]}
    return said | {"ends_on": f"{in_days(end[0])}", "ends_time": end[1], **more}


def moment(days, clock, zone):
    return dt.datetime.combine(in_days(days), dt.time.fromisoformat(clock), ZoneInfo(zone)).astimezone(dt.UTC)


def line(kind, start, end=None, *, zones=(HOME, THERE), placements=(), leaders=(), **more):
    """`start`, `end`: (days from now, local time)."""
    values = {"kind": kind, "starts_at": moment(*start, zones[0]), "start_zone": zones[0], "ends_at": None}
    values |= {"end_zone": ""} if end is None else {"ends_at": moment(*end, zones[1]), "end_zone": zones[1]}
    texts = dict.fromkeys(
        ("carrier", "number", "from_code", "from_name", "to_code", "to_name", "address", "address_local", "phone"), ""
    )
    blank = dict.fromkeys(("note_en", "note_es", "confirmation"), "")
    return actions.Line({**values, **texts, **blank, **more}, placements, leaders)


def outbound(**more):
    said = {"number": "VN 99", "from_code": "LAX", "to_code": "HAN", "to_name": "Noi Bai International Airport"}
    return line(Kind.FLIGHT, (LEAVES, "23:40"), (LEAVES + 2, "06:05"), **{**said, **more})


def homebound(**more):
    said = {"number": "VN 98", "from_code": "HAN", "to_code": "LAX", "from_name": "Noi Bai International Airport"}
    return line(Kind.FLIGHT, (RETURNS, "21:00"), (RETURNS, "18:30"), zones=(THERE, HOME), **{**said, **more})


def meeting(**more):
    return line(Kind.MEETING, (LEAVES, "20:30"), zones=(HOME, ""), **{"to_name": "Terminal B, door 3", **more})


def stay(**more):
    said = {"to_name": "Hotel Mai", "address": "12 Hang Bac", "address_local": "12 Hàng Bạc", **more}
    return line(Kind.STAY, (LEAVES + 2, "14:00"), (RETURNS, "12:00"), zones=(THERE, THERE), **said)


def publish(trip, by):
    return itinerary_news.publish(trip, seen="", by=by)
