"""All that the office's work with partner cities leaves behind: rows, events, tasks, messages and each refusal."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.utils import timezone
from PIL import Image

from exchange.models import HomeCity, PartnerCity
from exchange.people.roles.handing_on import Leaving
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts
from tests.factories_travel import (
    AgreementFactory,
    BudgetLineFactory,
    ContactFactory,
    EntryRuleFactory,
    HostInstitutionFactory,
    PlacementFactory,
    SponsorFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.told_whole import Story
from tests.wholes import NAMES, is_as_written
from travel.models import (
    Agreement,
    CityPicture,
    CityPictureWidth,
    CityStanding,
    Contact,
    Contribution,
    EntryRule,
    GoDecision,
    HostInstitution,
    HostLink,
    PracticalNeeds,
    Room,
    RoomPlan,
    RoomSeat,
    Trip,
    TripDay,
)
from travel.partners import arrivals, budget, entry_rules, leading, partners, programme
from travel.partners.actions import agreement, go_decision, host, partner, picture

pytestmark = pytest.mark.django_db
SIZE = re.compile(r"\bsize(: |=)\d+"), "size"  # of a picture: each machine packs it its own way
WORDS = {"alt_en": "Boats at a quay.", "alt_es": "Barcos en un muelle."}
KYOTO = {
    "name_en": "Kyoto",
    "name_es": "Kioto",
    "country_en": "Japan",
    "country_es": "Japón",
    "latitude": 35,
    "longitude": 136,
}


def same(name, text):
    return is_as_written(name, text, changing=(*NAMES, SIZE))


@pytest.fixture
def story(still, office):
    return Story(still)


@pytest.fixture
def office(still):
    application_facts(**{"upload.megapixels": 40})
    travel_facts()
    return UserFactory(coordinator=True, full_name="Dana Office", email="dana@example.gov")


def trip_to(name, **changes):
    host_there = HostInstitutionFactory(name=f"{name} University", city__name_en=name, city__name_es=name)
    given = {"city": host_there.city, "host": host_there, "seats": 2}
    return TripFactory(**{**given, **changes})


def lines(rows):
    return [f"{label}: {value}" for label, value in rows]


# --- A city, its agreements and its standing --------------------------------------------------------


def standing(kind, value, *, days=0):
    day = in_days(days)
    told = {"as_of": day, "review_on": day + dt.timedelta(days=90), "is_confirmed": True}
    return {"value": value, "source_name": "State", "source_url": "https://travel.state.gov/", **told}


def test_a_city_is_taken_in_and_its_agreement_ends(story, office):
    city = story.act("added", partner.add_city, {"code": "kyoto", **KYOTO}, by=office)
    story.act("the same again", partner.add_city, {"code": "kyoto", **KYOTO}, by=office)
    story.act("another with its name", partner.add_city, {"code": "kyoto", **KYOTO, "name_en": "Kioto"}, by=office)
    for _turn in range(2):
        story.act("no longer offered", partner.offer, city, is_offered=False, by=office)
    story.act("offered", partner.offer, city, is_offered=True, by=office)
    story.say("never looked up", partners.standings_of(city))
    story.act("advisory", partner.record_standing, city, "advisory", standing("advisory", "level_1"), by=office)
    story.act("the same", partner.record_standing, city, "advisory", standing("advisory", "level_1"), by=office)
    old = standing("advisory", "level_3", days=-2)
    story.act("an older one", partner.record_standing, city, "advisory", old, by=office)
    story.later(days=1)
    story.act("a newer one", partner.record_standing, city, "advisory", standing("advisory", "level_2"), by=office)
    PartnerCity.objects.filter(pk=city.pk).update(is_sister_city=True)
    city.refresh_from_db()
    story.act("a sister", partner.record_standing, city, "sister", standing("sister", "active"), by=office)
    story.say("looked up", [f"{each.kind}, {each.label}: {each.row.value}" for each in partners.standings_of(city)])

    there = story.act("a host", partner.add_host, city, {"name": "Kyoto Seika"}, by=office)
    person = {"name": "Emi Sato", "email": "emi@example.org", "language": "en"}
    story.act("its contact", partner.add_contact, "host", there, person, by=office)
    trip, leader = trip_to("Lima", leaves_in=60), UserFactory(full_name="Lee Der", email="lee@example.edu")
    led = {"name": "Lee Der", "user": leader, "email": leader.email, "language": "en"}
    first = story.act("a leader in question", partner.add_contact, "trip", trip, led, by=office)
    Contact.objects.filter(pk=first.pk).update(candidate_for=None, trip=trip)
    story.act("who leads already", partner.add_contact, "trip", trip, led | {"name": "Lee"}, by=office)
    story.act("an adviser elsewhere", partner.add_contact, "sponsor", SponsorFactory(), led, by=office)
    assert list(leading.leaders()) == [{"user": leader.pk}]
    staying, going = Leaving(leader, "coordinator", None, to=None), Leaving(leader, "coordinator", None, to=office)
    assert leading.trips(staying) == [trip.pk] and leading.trips(going) == []
    story.say("said of who leaves", [leading._words(staying, 1), leading._words(staying, 2)])

    terms = {"title": "Letter", "signed_on": in_days(-9), "ends_on": in_days(100)}
    signed = story.act("an agreement", agreement.add, city, terms, by=office)
    AgreementFactory(city=city, title="Without an end", ends_on=None)
    AgreementFactory(city=city, title="Later", ends_in=300)
    AgreementFactory(city=city, title="Over", ends_in=-40, is_over=True)
    AgreementFactory(city=trip.city, title="Just ended", ends_in=-1)
    AgreementFactory(city=trip.city, title="Ends today", ends_in=0)
    AgreementFactory(city=trip.city, title="Ends soon", ends_in=120)
    AgreementFactory(city=trip.city, title="Ends after that", ends_in=121)
    story.say(
        "how near their ends are", [[each.title, due] for each, due in partners.with_due(Agreement.objects.all())]
    )
    for name in ("Bern", "Aarau"):
        PartnerCityFactory(name_en=name)
    cities = partners.overview()
    story.say("all cities", [f"{row.city}: {row.agreement and row.agreement.title}, {row.due}" for row in cities])
    FactFactory(key="program.test", label_en="The test", review_on=in_days(-1))
    owed = partners.owed_now(trip.cycle, 120)
    story.say("owed", [f"{kind}: {rows if isinstance(rows, int) else rows.count()}" for kind, rows, *_ in owed])
    story.say("reminded", agreement.REMINDER.send_all())
    story.act("other last day", agreement.change, signed, {"ends_on": in_days(90)}, seen="", by=office)
    story.act("other title", agreement.change, signed, {"title": "A letter"}, seen="", by=office)
    story.say("reminded again", agreement.REMINDER.send_all())
    assert same("city", story.text(PartnerCity, CityStanding, HostInstitution, Contact, Agreement))


def test_what_a_city_asks_of_a_passport(story, office):
    trip, other, closed = (
        trip_to("Lima"),
        trip_to("Oslo"),
        trip_to("Rome", closed_at=timezone.now(), closed_by=office, closed_reason="Storm."),
    )
    Trip.objects.filter(pk__in=[other.pk, closed.pk]).update(cycle=trip.cycle)
    trip.cycle.cities.add(PartnerCityFactory(code="cairo", name_en="Cairo"))
    trip.cycle.cities.add(PartnerCityFactory(code="bern", name_en="Bern", is_offered=False))
    TripFactory(cycle=CycleFactory())
    missing = entry_rules.cities_without(trip.cycle)
    story.say("without rules", sorted(str(each) for each in missing))
    story.say("said of one", entry_rules.missing(trip.city))
    story.say("nothing to say", entry_rules.entry_lines(entry_rules.rule_of(trip)))
    rule = EntryRuleFactory(city=trip.city, fee=Decimal("25.50"), blank_pages=2)
    story.say("with rules", sorted(str(each) for each in missing.all()))
    for basis in EntryRule.Basis:
        rule.validity_basis = basis
        rule.save()
        story.say(f"asked, {basis}", lines(entry_rules.entry_lines(entry_rules.rule_of(trip))))
    bare = EntryRuleFactory(city=other.city, fee=None, currency="", lead_days=0, validity_months=0, requirement="none")
    story.say("asked of nearly nothing", lines(entry_rules.entry_lines(bare)))
    assert same("entry", story.text())


# --- Go or not --------------------------------------------------------------------------------------


def test_whether_a_trip_goes_is_asked_decided_and_asked_again(story, office):
    trip = trip_to("Lima", leaves_in=60)
    home = trip_to("Oslo", returned=True)
    city = trip.city

    def advisory(level, to=city):
        return partner.record_standing(to, "advisory", standing("advisory", f"level_{level}"), by=office)

    def latest():
        return GoDecision.objects.filter(trip=trip, replaced_at=None).get()

    advisory(4, home.city)
    story.act("careful", advisory, 2)
    story.later(days=1)
    story.act("reconsider", advisory, 3)
    story.later(days=1)
    story.act("looked up again, the same", advisory, 3)
    asked = latest()
    decide = go_decision.decide
    story.act("without a reason", decide, asked, result="go", reason=" ", by=office)
    story.act("wait until no day", decide, asked, result="wait", reason="Unrest.", by=office)
    story.act("wait until today", decide, asked, result="wait", reason="Unrest.", wait_until=in_days(0), by=office)
    waiting = {"result": "wait", "reason": " Unrest. ", "wait_until": in_days(5)}
    for _turn in range(2):
        story.act("wait", decide, asked, **waiting, by=office)
    story.later(hours=1)
    story.act("go", decide, asked, result="go", reason="Calm.", wait_until=in_days(9), by=office)
    story.act("by the page from before", decide, asked, result="no_go", reason="No.", by=office)
    story.later(days=1)
    story.act("do not travel", advisory, 4)
    story.act("stays", decide, latest(), result="no_go", reason="Level 4.", by=office)
    story.later(days=1)
    story.act("careful again", advisory, 2)
    story.later(days=1)
    story.act("reconsider again", advisory, 3)
    new = trip_to("Quito", city=city, host=trip.host)
    story.act("a new trip there", go_decision.ask_about, new, by=office)
    elsewhere = trip_to("Bonn")
    story.act("a new trip elsewhere", go_decision.ask_about, elsewhere, by=office)
    Trip.objects.filter(pk=new.pk).update(city=home.city)
    new = Trip.objects.get(pk=new.pk)
    story.act("which goes elsewhere now", go_decision.ask_about, new, by=office)
    story.say("those of each trip", [f"{each.trip.city}: {each.result}" for each in GoDecision.objects.order_by("pk")])
    assert same("go", story.text(GoDecision))


# --- The host's link --------------------------------------------------------------------------------


def test_the_host_writes_by_its_link_and_the_office_uses_it(story, office):
    trip = trip_to("Lima", leaves_on=in_days(60), returns_on=in_days(63))
    who = ContactFactory(host=trip.host, name="Lourdes Favela", email="lourdes@example.org", language="es")
    story.act("of another host", host.send, trip, ContactFactory(host=HostInstitutionFactory()), by=office)
    story.act("without an address", host.send, trip, ContactFactory(host=trip.host, email=""), by=office)
    link = story.act("sent", host.send, trip, who, by=office)
    story.later(minutes=59)
    story.act("sent again within the hour", host.send, trip, who, by=office)
    story.later(minutes=2)
    story.act("sent again after it", host.send, trip, who, by=office)
    link.refresh_from_db()

    story.act("nothing is there", host.take_over, trip, seen=None, by=office)
    story.act("written", host.propose, link, {1: "Llegada", 2: "Taller", 9: "De más", 3: ""}, seen={}, language="es")
    story.act("the same again", host.propose, link, {1: "Llegada"}, seen={1: "otra cosa"}, language="es")
    story.act("over another’s", host.propose, link, {1: "Aeropuerto"}, seen={1: ""}, language="es")
    story.later(minutes=1)
    read = timezone.now()
    story.act("changed", host.propose, link, {1: "Aeropuerto"}, seen={1: "Llegada"}, language="es")
    story.later(minutes=1)
    story.act("used by a page from before", host.take_over, trip, seen=read - dt.timedelta(minutes=1), by=office)
    story.act("used", host.take_over, trip, seen=read, by=office)
    texts = {2: ("Workshop", "Taller"), 4: ("", ""), 3: ("Home", ""), 0: ("None", "")}
    for _turn in range(2):
        story.act("written by the office", host.write_days, trip, texts, by=office)
    fresh = Trip.objects.get(pk=trip.pk)
    story.say("what students see", [[each.on, each.text, each.language_label] for each in programme.shown_days(fresh)])

    for beds, note in ((0, ""), (3, "Three rooms"), (3, "Three rooms"), (4, "")):
        story.act(f"{beds} beds", host.confirm_rooms, link, beds=beds, note=note)
    story.act("stopped", host.stop, link, by=office)
    story.act("stopped again", host.stop, link, by=office)
    story.act("written after its end", host.propose, link, {1: "Tarde"}, seen={}, language="es")
    story.act("sent by a page from before", host.send, trip, who, seen="other", by=office)
    story.act("sent anew", host.send, trip, who, by=office)
    Trip.objects.filter(pk=trip.pk).update(returned_at=timezone.now(), departed_at=timezone.now())
    Trip.objects.filter(pk=trip.pk).update(leaves_on=in_days(-90), returns_on=in_days(-80))
    story.later(hours=2)
    story.act("sent after the trip", host.send, trip, who, by=office)
    story.say("beds", [trip.beds, trip.beds_note])
    assert same("host", story.text(HostLink, TripDay))


# --- Who arrives, and what it costs -----------------------------------------------------------------


def seat_of(trip, name, language, **needs):
    seat = PlacementFactory(trip=trip, application__student__full_name=name, application__student__language=language)
    if needs:
        PracticalNeeds.objects.create(placement=seat, needs=needs)
    return seat


def allergy(what, severity, **more):
    return {"what": what, "severity": severity, **more}


def test_a_host_reads_who_arrives_and_the_office_what_it_costs(story, office):
    trip = trip_to("Lima", seats=3)
    story.say("before anybody has a seat", arrivals.arrivals_of(trip))
    story.say("money of nothing", budget.budget_of(trip))
    bees = allergy("insects", "severe", injector=True, happens="I swell.", helps="The pen.")
    shared = {"diet": ["vegan", "no_pork", "gone"], "access": ["rest"], "allergies": [allergy("milk", "mild"), bees]}
    by_name = ["diet", "access", "allergies"]
    ana = seat_of(trip, "Ana Ruiz", "es", by_name=by_name, **shared)
    ben = seat_of(
        trip,
        "Ben Ode",
        "en",
        by_name=["allergies", "diet", "access"],
        allergies=[allergy("other", "mild", words="Kiwi")],
    )
    seat_of(trip, "Cam Lo", "en", **shared)
    seat_of(trip, "Dee Om", "es")
    ContactFactory(host=None, trip=trip, name="Lee Der")
    plan = RoomPlan.objects.create(trip=trip)
    rooms = [Room.objects.create(trip=trip, number=number, beds=2) for number in (2, 1)]
    for seat in (ana, ben):
        RoomSeat.objects.create(room=rooms[0], placement=seat)
    story.say("who arrives", arrivals.arrivals_of(trip))
    RoomPlan.objects.filter(pk=plan.pk).update(published_at=timezone.now(), published_by=office)
    shown = arrivals.arrivals_of(trip)
    story.say("rooms", [f"{room.number}: {room.people}" for room in shown.rooms])
    story.say("people", [shown.people, shown.at_most])

    giver = SponsorFactory(name="Harbor Fund")
    for title, planned, actual, sponsor in (
        ("Flights", "3000.10", "2900.05", None),
        ("Beds", "1000", None, giver),
        ("Visas", "200", "250.50", giver),
        ("Gifts", "99.99", None, None),
    ):
        BudgetLineFactory(trip=trip, title=title, planned=planned, actual=actual, sponsor=sponsor)
    Contribution.objects.create(sponsor=giver, trip=trip, kind="money", amount=1500)
    Contribution.objects.create(sponsor=giver, trip=trip, kind="money", amount=70)
    Contribution.objects.create(sponsor=giver, trip=trip, kind="in_kind", what="Umbrellas", amount=9)
    found = budget.budget_of(Trip.objects.get(pk=trip.pk))
    story.say("money", found)
    story.say("each", [str(found.planned_each), str(found.actual_each)])
    story.say("over and under", [f"{each.label}: {each.difference}" for each in (*found.by_payer, found.total)])
    story.say("as a table", [", ".join(map(str, row)) for row in budget.csv_rows(found)])
    assert same("arrivals", story.text())


# --- Pictures ---------------------------------------------------------------------------------------


def drawn(color, kind="PNG", size=(640, 480)):
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, kind)
    return written.getvalue()


def shown(city):
    data = PartnerCity.objects.get(pk=city.pk).picture_data
    return data and {
        **data,
        "code": CityPicture.objects.filter(pk__lt=CityPicture.objects.get(code=data["code"]).pk).count(),
    }


def test_pictures_are_looked_at_shown_replaced_and_brought_back(story, office, city_of_tests):
    city, other = (
        PartnerCityFactory(code="kyoto", **KYOTO),
        PartnerCityFactory(code="bern"),
    )
    story.act("no picture", picture.look, "a.pdf", b"%PDF-1.4\n%%EOF")
    story.act("no logo", picture.look, "a.jpg", drawn("red", "JPEG"), "logo")
    story.act("nothing", picture.look, "a.jpg", b"")

    def add(color, seen="", **words):
        return picture.add(city, picture.look("a.png", drawn(color)), WORDS | words, by=office, seen=seen)

    def settle():
        for each in CityPicture.objects.filter(shown_at=None, ended_at=None):
            picture.check_file(each.pk)
            picture.check_file(each.pk)
        story.say("shown", shown(city))

    story.act("nothing to bring back", picture.bring_back, city, by=office)
    story.say("nothing to see", picture.seen_of(picture.described(city)))
    first = story.act("a first one", add, "red")
    story.act("the same, said otherwise", add, "red", alt_en="A quay.")
    story.act("another before it was looked at", add, "green")
    settle()
    story.later(hours=1)
    story.act("a second, by a page from before", add, "blue", seen="none")
    story.act("a second", add, "blue", seen=picture.seen_of(picture.described(city)))
    settle()
    story.act("said by a page from before", picture.describe, city, WORDS | {"alt_en": "X"}, by=office, seen="none")
    story.act("said otherwise", picture.describe, city, WORDS | {"alt_es": "Un muelle."}, by=office)
    story.say("shown, said otherwise", shown(city))
    for act in (picture.bring_back, picture.remove):
        story.act("by a page from before", act, city, by=office, seen="other")
    story.later(hours=1)
    story.act("brought back", picture.bring_back, city, by=office)
    story.say("shown", shown(city))
    story.later(hours=1)
    story.act("removed", picture.remove, city, by=office)
    story.act("removed again", picture.remove, city, by=office)
    story.say("shown", shown(city))
    story.act("of another city", picture.bring_back, other, by=office)
    clear = Image.new("RGBA", (640, 480))
    written = io.BytesIO()
    clear.save(written, "PNG")
    story.act(
        "one without a background", picture.add, other, picture.look("c.png", written.getvalue()), WORDS, by=office
    )
    settle()
    last = CityPictureWidth.objects.get(picture__city=other)
    with last.file.open() as file, Image.open(file) as seen:
        story.say("its corner", str(seen.convert("RGB").getpixel((0, 0))))
    names = {field.attname: getattr(city_of_tests, field.attname) for field in HomeCity._meta.fields}
    HomeCity.objects.create(**names | {"id": HomeCity.ONLY})
    logo = picture.look("logo.png", drawn("white", size=(300, 100)), "logo")
    story.act("a logo", picture.add_logo, logo, by=office)
    settle()
    own = picture.own_city()
    story.say("its widths", own.logo_data["widths"])
    story.act("waiting for its check", add, "black")
    picture.remove(None, kind="logo", by=office)
    story.say("no logo", str(picture.own_city().logo_data))
    story.later(days=1)
    story.say("sent again", picture.look_after_files())
    story.later(days=30)
    story.say("sent again after a month", picture.look_after_files())
    assert first.pk and not picture.last_ended(city)
    assert same("pictures", story.text(CityPicture, CityPictureWidth))
