"""Airports by IATA code: name, city, time zone, place. Pure: reads the CSV file of the package `airportsdata`.

Source: airportsdata (MIT), whose version is the day of its data. Its own loader keeps 28,000 airports in memory; a
portal needs a few dozen, so the file is read line by line and the airports that were asked for are cached.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LENGTH = 3


@dataclass(frozen=True, slots=True)
class Airport:
    """`zone`: IANA name of its time zone. Degrees north and east."""

    code: str
    name: str
    city: str
    zone: str
    latitude: float
    longitude: float


@lru_cache(maxsize=256)
def airport(code: str) -> Airport | None:
    """The airport with this IATA code, in either case; None if there is none or its time zone isn't known."""
    code = code.strip().upper()
    if len(code) != LENGTH or not code.isalnum():
        return None
    mark = f'"{code}"'
    with (files("airportsdata") / "airports.csv").open(encoding="utf-8") as lines:
        names = next(csv.reader([next(lines)]))
        for line in lines:
            if mark in line:
                row = dict(zip(names, next(csv.reader([line])), strict=True))
                if row["iata"] == code and row["tz"]:
                    place = float(row["lat"]), float(row["lon"])
                    return Airport(code, row["name"], row["city"], row["tz"], *place)
    return None
