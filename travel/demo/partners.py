"""The partners of the demo: contacts, sponsors, agreements, costs, and a host who has begun to plan the days."""

import tomllib
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from applications.models import Cycle
from exchange.messages import outbox
from exchange.models import PartnerCity, User
from travel.demo.book import Book, at
from travel.demo.people import FOLDER
from travel.models import (
    Agreement,
    BudgetLine,
    CityStanding,
    Contact,
    Contribution,
    HostInstitution,
    HostLink,
    Sponsor,
    Trip,
    TripDay,
)

FILE = FOLDER / "partners.toml"
LINK_DAYS = 90
# nobody has looked up what the demo says of a city; a row has one name for its source, in both languages
MADE_UP = "demo ({})"
# looked up by the office: how many days ago, and in how many again; negative: that day has gone by
LOOKED_UP = {"hanoi": (12, 60), "paris": (12, 60), "durango": (12, 60), "tokyo": (190, -10)}


def write(book: Book, cycle: Cycle, *, office: User) -> None:
    """Beside the trips of a cycle; rows that exist by then are changed, the rest is new."""
    Partners(book, cycle, office).write()


class Partners:
    def __init__(self, book: Book, cycle: Cycle, office: User) -> None:
        self.book, self.cycle, self.office = book, cycle, office
        self.texts: dict[str, Any] = tomllib.loads(FILE.read_text())
        self.cities = {city.code: city for city in PartnerCity.objects.all()}
        self.hosts = {host.city.code: host for host in HostInstitution.objects.select_related("city")}
        self.trips = {trip.city.code: trip for trip in Trip.objects.filter(cycle=cycle).select_related("city", "host")}
        self.sponsors: dict[str, Sponsor] = {}

    def write(self) -> None:
        self._standings()
        self._contacts()
        self._sponsors()
        self._agreements()
        self._trips()
        self._programme()

    def _keep(self, row: Any, *, days: int = -60) -> Any:
        if hasattr(row, "code"):
            row.code = self.book.draw.code()
        row.save()
        name = f"{row._meta.model_name}.add"
        self.book.record(name, row, by=self.office, when=at(self.book.day(days), 10))
        return row

    def _standings(self) -> None:
        rows = CityStanding.objects.filter(kind="advisory", superseded_by=None, city__code__in=LOOKED_UP)
        for row in rows.select_related("city"):
            ago, again = LOOKED_UP[row.city.code]
            # always after the files were, as when an office looks something up again
            as_of = max(self.book.day(-ago), row.as_of + timedelta(days=1))
            review_on = max(self.book.day(again), as_of + timedelta(days=1))
            CityStanding.objects.filter(pk=row.pk).update(
                as_of=as_of, review_on=review_on, is_confirmed=True, source_name=MADE_UP.format(row.source_name)
            )

    def _contacts(self) -> None:
        for row in self.texts["contact"]:
            given = dict(row)
            host, consulate = given.pop("host", None), given.pop("consulate", None)
            owner = {"host": self.hosts[host]} if host else {"consulate": self.cities[consulate]}
            self._keep(Contact(**owner, **given))
        for row in self.texts["leader"]:
            given = dict(row)
            trip, has_account = self.trips[given.pop("city")], given.pop("account", None)
            account = {"user": self.office, "email": self.office.email} if has_account else {}
            self._keep(Contact(trip=trip, **account, **given))

    def _sponsors(self) -> None:
        for row in self.texts["sponsor"]:
            sponsor = self._keep(Sponsor(name=row["name"], website=row["website"], note=row["note"]))
            self._keep(Contact(sponsor=sponsor, name=row["contact_name"], email=row["contact_email"]))
            self.sponsors[row["key"]] = sponsor
        for row in self.texts["gift"]:
            trip = self.trips[row["trip"]] if "trip" in row else None
            gift = Contribution(
                sponsor=self.sponsors[row["sponsor"]],
                kind=row["kind"],
                amount=Decimal(row["amount"]),
                what=row["what"],
                trip=trip,
                cycle=None if trip else self.cycle,
                received_on=self.book.day(row["received"]) if "received" in row else None,
            )
            self._keep(gift, days=-40)

    def _agreements(self) -> None:
        for row in self.texts["agreement"]:
            given = dict(row)
            city = given.pop("city")
            signed, ends = given.pop("signed"), given.pop("ends", None)
            host = self.hosts[city] if given.pop("with_host", False) else None
            agreement = Agreement(
                city=self.cities[city],
                host=host,
                signed_on=self.book.day(signed),
                ends_on=None if ends is None else self.book.day(ends),
                **given,
            )
            self._keep(agreement)

    def _trips(self) -> None:
        for row in self.texts["cost"]:
            paid = Decimal(row["actual"]) if "actual" in row else None
            line = BudgetLine(
                trip=self.trips[row["city"]],
                title=row["title"],
                planned=Decimal(row["planned"]),
                actual=paid,
                sponsor=self.sponsors.get(row.get("sponsor", "")),
            )
            self._keep(line, days=-35)
        for city, texts in self.texts["trip"].items():
            Trip.objects.filter(pk=self.trips[city].pk).update(**{name: text.strip() for name, text in texts.items()})

    def _programme(self) -> None:
        """The link went out ten days ago; the host wrote two days later, and the office took over the first days."""
        plan = self.texts["programme"]
        trip, contact = self.trips[plan["city"]], Contact.objects.get(email=plan["contact"])
        sent, wrote, taken = at(self.book.day(-10), 9, 30), at(self.book.day(-8), 16), at(self.book.day(-7), 11)
        ends = datetime.combine(min(self.book.day(LINK_DAYS - 10), trip.returns_on), time(23, 59))
        link = HostLink(
            code=self.book.draw.code(),
            token=self.book.draw.token(),
            trip=trip,
            contact=contact,
            sent_at=sent,
            expires_at=timezone.make_aware(ends),
            written_at=wrote + timedelta(days=5),
        )
        link.save()
        guest = outbox.Guest(email=contact.email, language=contact.language)
        self.book.mail("travel/host_asked", guest, sent, link=link, trip=trip, contact=contact)
        self.book.record("host.send_link", link, by=self.office, when=sent)
        for number, text in enumerate(plan["days"], start=1):
            is_taken = number <= plan["taken"]
            when = wrote if is_taken else wrote + timedelta(days=5)
            TripDay.objects.create(
                trip=trip,
                number=number,
                proposed=text,
                proposed_in="es",
                proposed_at=when,
                text_es=text if is_taken else "",
                taken_at=taken if is_taken else None,
            )
            self.book.record("host.propose", trip, by=None, when=when, changes={"days": [number], "link": link.code})
        days = list(range(1, plan["taken"] + 1))
        self.book.record("host.take_over", trip, by=self.office, when=taken, changes={"days": days})
        Trip.objects.filter(pk=trip.pk).update(
            beds=26, beds_note="Trece cuartos de dos, en casas de familias.", beds_confirmed_at=wrote
        )
