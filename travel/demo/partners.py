"""The partners of the demo: contacts, sponsors, agreements, costs, and a host who has begun to plan the days."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from applications.models import Cycle
from exchange.models import PartnerCity, User
from travel.base import actions as rows
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.demo.people import read
from travel.models import (
    Agreement,
    BudgetLine,
    CityStanding,
    Contact,
    Contribution,
    HelpNumber,
    HostInstitution,
    Sponsor,
    Trip,
)
from travel.partners.actions import host

# looked up by the office: how many days ago, and in how many again; negative: that day has gone by
LOOKED_UP = {"hanoi": (12, 60), "paris": (12, 60), "durango": (12, 60), "tokyo": (190, -10)}


def look_up(book: Book, row: CityStanding | HelpNumber, ago: int, again: int) -> None:
    """As if the office had looked it up; nobody has, so the source, which has one name in both languages, says so."""
    # always after the files were, as when an office looks something up again
    as_of = max(book.day(-ago), row.as_of + timedelta(days=1))
    review_on = max(book.day(again), as_of + timedelta(days=1))
    looked = {"as_of": as_of, "review_on": review_on, "is_confirmed": True, "source_name": f"demo ({row.source_name})"}
    type(row)._default_manager.filter(pk=row.pk).update(**looked)


def write(book: Book, cycle: Cycle, *, office: User) -> None:
    """Beside the trips of a cycle; rows that exist by then are changed, the rest is new."""
    for row in CityStanding.objects.filter(kind="advisory", superseded_by=None, city__code__in=LOOKED_UP):
        look_up(book, row, *LOOKED_UP[row.city.code])
    partners = Partners(book, cycle, office)
    with past(at(book.day(-60), 10), book.draw):
        partners.write_contacts()
        partners.write_sponsors()
        partners.write_agreements()
    with past(at(book.day(-35), 10), book.draw):
        partners.write_trips()
    partners.plan_days()


class Partners:
    def __init__(self, book: Book, cycle: Cycle, office: User) -> None:
        self.book, self.cycle, self.office, self.texts = book, cycle, office, read("partners.toml")
        self.cities = {city.code: city for city in PartnerCity.objects.all()}
        self.hosts = {each.city.code: each for each in HostInstitution.objects.select_related("city")}
        self.trips = {trip.city.code: trip for trip in Trip.objects.filter(cycle=cycle).select_related("city", "host")}
        self.sponsors: dict[str, Sponsor] = {}

    def _add(self, model: Any, row: Mapping[str, Any], **values: Any) -> Any:
        """`values` stand for what the row says in the demo's own way, which its file has under other names."""
        names = {field.name for field in model._meta.fields}
        said = {name: value for name, value in row.items() if name in names} | values
        return rows.add(model, said, under=None, by=self.office)

    def write_contacts(self) -> None:
        for row in self.texts["contact"]:
            at_host = "host" in row
            owner = {"host": self.hosts[row["host"]]} if at_host else {"consulate": self.cities[row["consulate"]]}
            self._add(Contact, row, **owner)
        for row in self.texts["leader"]:
            account = {"user": self.office, "email": self.office.email} if row.get("account") else {}
            self._add(Contact, row, trip=self.trips[row["city"]], **account)

    def write_sponsors(self) -> None:
        for row in self.texts["sponsor"]:
            sponsor = self.sponsors[row["key"]] = self._add(Sponsor, row)
            self._add(Contact, {}, sponsor=sponsor, name=row["contact_name"], email=row["contact_email"])
        for row in self.texts["gift"]:
            trip = self.trips[row["trip"]] if "trip" in row else None
            values = {"sponsor": self.sponsors[row["sponsor"]], "trip": trip, "cycle": None if trip else self.cycle}
            received = self.book.day(row["received"]) if "received" in row else None
            self._add(Contribution, row, **values, amount=Decimal(row["amount"]), received_on=received)

    def write_agreements(self) -> None:
        for row in self.texts["agreement"]:
            at_host = self.hosts[row["city"]] if row.get("with_host") else None
            ends = self.book.day(row["ends"]) if "ends" in row else None
            dates = {"signed_on": self.book.day(row["signed"]), "ends_on": ends}
            self._add(Agreement, row, city=self.cities[row["city"]], host=at_host, **dates)

    def write_trips(self) -> None:
        for row in self.texts["cost"]:
            values = {"trip": self.trips[row["city"]], "sponsor": self.sponsors.get(row.get("sponsor", ""))}
            paid = Decimal(row["actual"]) if "actual" in row else None
            self._add(BudgetLine, row, **values, planned=Decimal(row["planned"]), actual=paid)
        for city, texts in self.texts["trip"].items():
            Trip.objects.filter(pk=self.trips[city].pk).update(**{name: text.strip() for name, text in texts.items()})

    def plan_days(self) -> None:
        """The link went out ten days ago; the host wrote two days later, and the office took over the first days."""
        book, plan, by = self.book, self.texts["programme"], self.office
        trip, contact = self.trips[plan["city"]], Contact.objects.get(email=plan["contact"])
        days, wrote = dict(enumerate(plan["days"], start=1)), at(book.day(-8), 16)
        first = {number: text for number, text in days.items() if number <= plan["taken"]}
        with past(at(book.day(-10), 9, 30), book.draw):
            link = host.send(trip, contact, by=by)
        with past(wrote, book.draw):
            host.propose(link, first, seen={}, language="es")
            host.confirm_rooms(link, beds=plan["beds"], note=plan["beds_note"])
        with past(at(book.day(-7), 11), book.draw):
            host.take_over(trip, seen=wrote, by=by)
        with past(wrote + timedelta(days=5), book.draw):
            host.propose(link, days, seen={}, language="es")
