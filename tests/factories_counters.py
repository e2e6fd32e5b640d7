"""Rows for tests of acceptance facilities, passport days and fee vouchers."""

import datetime as dt
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import PassportCaseFactory, TripFactory, in_days, travel_facts
from travel.models import AcceptanceFacility, PassportBooking, PassportDay, PassportSlot
from travel.passport.days import actions as passport_day
from travel.passport.vouchers import actions as voucher


def counter_facts():
    application_facts()
    review_facts()
    travel_facts()


class FacilityFactory(DjangoModelFactory):
    """A facility with a wait of ten days, asked today. `colleges=[...]`: near these."""

    class Meta:
        model = AcceptanceFacility
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Post Office {n}")
    address = "15701 Sherman Way"
    phone = "+1 818 555 0100"
    hours_en = "Monday to Friday, 9 to 3"
    hours_es = "De lunes a viernes, de 9 a 3"
    payment_en = "Check or money order"
    payment_es = "Cheque o giro postal"
    wait_days = 10
    wait_as_of = factory.LazyFunction(timezone.localdate)

    @factory.post_generation
    def colleges(self, create, extracted, **kwargs):
        if create and extracted:
            self.colleges.set(extracted)


class PassportDayFactory(DjangoModelFactory):
    """A passport day in ten days. `colleges=[...]`: for their students; `slots=[2, 1]`: slots with so many places."""

    class Meta:
        model = PassportDay
        skip_postgeneration_save = True

    on = factory.LazyFunction(lambda: in_days(10))
    place = factory.Sequence(lambda n: f"Student Union {n}")
    address = "6201 Winnetka Avenue"
    agents = "Two agents of the Van Nuys Post Office"

    @factory.post_generation
    def colleges(self, create, extracted, **kwargs):
        if create and extracted:
            self.colleges.set(extracted)

    @factory.post_generation
    def slots(self, create, extracted, **kwargs):
        for place, capacity in enumerate((extracted or []) if create else []):
            SlotFactory(day=self, hour=9 + place, capacity=capacity)


class SlotFactory(DjangoModelFactory):
    class Meta:
        model = PassportSlot

    class Params:
        hour = 9

    day = factory.SubFactory(PassportDayFactory)
    starts_at = factory.LazyAttribute(
        lambda slot: timezone.make_aware(dt.datetime.combine(slot.day.on, dt.time(slot.hour)))
    )
    minutes = 30
    capacity = 2


def traveler(college=None, **case):
    """A placed application with its passport case: in person, gathering documents."""
    cycle = case.pop("cycle", None) or CycleFactory()
    more = {"college": college} if college else {}
    if "student" in case:
        more["student"] = case.pop("student")
    application = ApplicationFactory(confirmed=True, cycle=cycle, **more)
    trip = cycle.trips.first() or TripFactory(cycle=cycle)
    PassportCaseFactory(application=application, trip=trip, **{"route": "ds11", "stage": "gathering"} | case)
    return application


def booked(slot, application=None) -> PassportBooking:
    application = application or traveler()
    return passport_day.book(slot, application, by=application.student)


def waiting(day, application=None) -> PassportBooking:
    application = application or traveler()
    return passport_day.wait(day, application, by=application.student)


def begun(day: PassportDay, on=None) -> PassportDay:
    """Moves the day to today, and with it its time slots and the times of its bookings."""
    on = on or timezone.localdate()
    moved = day.on - on
    for slot in day.slots.all():
        PassportSlot.objects.filter(pk=slot.pk).update(starts_at=slot.starts_at - moved)
    PassportDay.objects.filter(pk=day.pk).update(on=on)
    day.refresh_from_db()
    return day


def issued(number="MO-1001", *, amount="130.00", fee="application", fund="Mayor’s Fund", by=None, **more):
    kind = {"amount": Decimal(amount), "fee": fee, "fund": fund, "method": more.pop("method", "money_order")}
    return voucher.issue(numbers=[number], by=by or UserFactory(coordinator=True), **kind)[0]
