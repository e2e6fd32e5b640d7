"""Setting up trips: what is refused and why, and who is replanned when dates move."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Job, Message
from exchange.templatetags.ui import full_day
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.factories_travel import (
    BudgetLineFactory,
    ContactFactory,
    EntryRuleFactory,
    HostInstitutionFactory,
    HostLinkFactory,
    PlacementFactory,
    SponsorFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from travel.base import actions as rows
from travel.models import PassportCase, Trip
from travel.partners.budget import budget_of
from travel.placement.actions import trip as actions
from travel.placement.forms.trip import TripForm
from travel.prepare.checklist import actions as checklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    travel_facts()
    return UserFactory(coordinator=True)


def values_of(trip, **changes):
    return {name: getattr(trip, name) for name in actions.FIELDS} | changes


def change(trip, by, **changes):
    values = values_of(trip, **changes)
    return actions.change(trip, values, seen=rows.fingerprint(trip, values), by=by)


def refused(trip, by, **changes):
    before = values_of(Trip.objects.get(pk=trip.pk))
    with pytest.raises(RuleViolation) as found:
        change(trip, by, **changes)
    assert values_of(Trip.objects.get(pk=trip.pk)) == before
    return found.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"returns_on": in_days(200)}, "dates_inverted"),  # the day of departure
        ({"returns_on": in_days(100)}, "dates_inverted"),
        ({"leaves_on": in_days(-1)}, "leaves_in_the_past"),
        ({"seats": 0, "minimum_group": 0}, "no_seats"),
        ({"seats": 5, "minimum_group": 6}, "group_too_large"),
        ({"minimum_group": 0}, "group_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_trip_that_cannot_be_is_refused_in_words(coordinator, changes, code):
    assert refused(TripFactory(leaves_on=in_days(200)), coordinator, **changes) == code


def test_trip_may_leave_today(coordinator):
    trip, _job = change(TripFactory(), coordinator, leaves_on=in_days(0))
    assert trip.leaves_on == timezone.localdate()


def test_seats_cover_everyone_who_has_one(coordinator):
    trip = TripFactory(seats=3)
    PlacementFactory(trip=trip)
    PlacementFactory(trip=trip)

    assert refused(trip, coordinator, seats=1) == "fewer_seats_than_students"
    assert change(trip, coordinator, seats=2)[0].seats == 2


def test_seat_of_somebody_who_withdrew_can_go(coordinator):
    trip = TripFactory(seats=3)
    withdrawn = PlacementFactory(trip=trip)
    withdrawn.application.status = "withdrawn"
    withdrawn.application.withdrawn_at = timezone.now()
    withdrawn.application.save()

    assert change(trip, coordinator, seats=1)[0].seats == 1


def test_host_is_of_the_same_city(coordinator):
    assert refused(TripFactory(), coordinator, host=HostInstitutionFactory()) == "host_elsewhere"


@pytest.mark.parametrize("changes", [{"leaves_on": in_days(5)}, {"seats": 30}, {"minimum_group": 2}])
def test_group_that_has_left_keeps_dates_and_seats(coordinator, changes):
    trip = TripFactory(departed=True)
    assert refused(trip, coordinator, **changes) == "has_left"


def test_group_that_is_away_may_come_home_later(coordinator):
    trip = TripFactory(departed=True)
    later = trip.returns_on + dt.timedelta(days=2)
    assert change(trip, coordinator, returns_on=later)[0].returns_on == later
    assert refused(TripFactory(returned=True), coordinator, returns_on=later) == "is_home"


def test_texts_of_a_trip_whose_day_has_gone_by_can_be_mended(coordinator):
    trip = TripFactory(leaves_on=in_days(-3), returns_on=in_days(7))
    assert change(trip, coordinator, program_en="Rain plan.")[0].program_en == "Rain plan."


def test_two_coordinators_notice_each_other(coordinator):
    trip = TripFactory()
    values = values_of(trip, seats=25)
    seen = rows.fingerprint(trip, values)
    change(Trip.objects.get(pk=trip.pk), coordinator, seats=22)

    with pytest.raises(RuleViolation) as found:
        actions.change(trip, values, seen=seen, by=coordinator)
    assert found.value.code == "changed_meanwhile"
    assert Trip.objects.get().seats == 22


def test_trip_is_made_once_however_often_it_is_sent(coordinator):
    cycle, host = CycleFactory(), HostInstitutionFactory()
    EntryRuleFactory(city=host.city)
    values = values_of(TripFactory.build(cycle=cycle, city=host.city, host=host))

    first = actions.create(cycle, host.city, values, by=coordinator)
    again = actions.create(cycle, host.city, values, by=coordinator)

    assert first == again
    assert Event.objects.filter(action="trip.add").count() == 1
    with pytest.raises(RuleViolation) as found:
        actions.create(cycle, host.city, values | {"seats": 3}, by=coordinator)
    assert found.value.code == "trip_exists"


def test_a_published_cycle_has_no_trip_to_a_city_without_entry_rules(coordinator):
    host = HostInstitutionFactory()
    values = values_of(TripFactory.build(city=host.city, host=host))
    cycle = CycleFactory()
    with pytest.raises(RuleViolation, match=f"{host.city.name} has no entry rules yet.*Then add the trip"):
        actions.create(cycle, host.city, values, by=coordinator)
    rule = EntryRuleFactory(city=host.city)
    assert actions.create(cycle, host.city, values, by=coordinator).city == host.city
    rule.delete()
    assert actions.create(CycleFactory(published_at=None), host.city, values, by=coordinator).city == host.city


def test_a_city_without_entry_rules_is_said_wherever_the_office_meets_it(sign_in, coordinator):
    application_facts()
    review_facts()
    trip = TripFactory()
    trip.cycle.cities.set([trip.city])
    said = f"{trip.city.name} has no entry rules yet"
    client, student = sign_in(coordinator), sign_in(UserFactory())
    home, city = reverse("travel:pipeline"), reverse("travel:city-detail", args=[trip.city.code])
    setup = reverse("applications:cycle-setup-detail", args=[trip.cycle.code])
    for page in (city, trip.get_absolute_url(), setup):
        assert said in client.get(page).text
    assert "1 city of this cycle has no entry rules" in client.get(home).text
    assert said not in student.get(city).text
    trip.cycle.cities.clear()  # also where the cycle offers another city now, and only the trip goes there
    assert said in client.get(setup).text
    EntryRuleFactory(city=trip.city)
    assert not any("no entry rules" in client.get(page).text for page in (city, trip.get_absolute_url(), setup))


def test_no_trip_to_a_city_that_is_not_offered(coordinator):
    host = HostInstitutionFactory(city=PartnerCityFactory(is_offered=False))
    values = values_of(TripFactory.build(city=host.city, host=host))
    with pytest.raises(RuleViolation) as found:
        actions.create(CycleFactory(), host.city, values, by=coordinator)
    assert found.value.code == "city_not_offered"


# --- Dates that move ---------------------------------------------------------------------------------


def test_only_those_whose_plan_changed_are_told(coordinator, django_capture_on_commit_callbacks):
    moved, other = TripFactory(leaves_on=in_days(200)), TripFactory(leaves_on=in_days(200))
    seats = [PlacementFactory(trip=moved), PlacementFactory(trip=other)]
    for seat in seats:
        checklist.open_for(seat, by=coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        _trip, job = change(moved, coordinator, leaves_on=in_days(230), returns_on=in_days(240))

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    told = Message.objects.values_list("template", "recipient")
    assert list(told) == [("travel/departure_moved", seats[0].application.student_id)]  # one message, with the reason


def test_travelers_are_told_the_new_days_whatever_they_have_done(coordinator, django_capture_on_commit_callbacks):
    """Also students with nothing left to do, but none who withdrew. A moved return date is named as such."""
    trip = TripFactory(leaves_on=in_days(200))
    ready = PlacementFactory(trip=trip)
    checklist.open_for(ready, by=coordinator)
    PassportCase.objects.update(stage="name_matched", checked_at=timezone.now(), checked_by=coordinator)
    PlacementFactory(trip=trip, application__status="withdrawn", application__withdrawn_at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        change(trip, coordinator, leaves_on=in_days(230), returns_on=in_days(240))
    (message,) = Message.objects.all()
    assert message.recipient == ready.application.student
    assert message.subject == "Your departure date has changed"
    assert f"You now leave on {full_day(in_days(230))} and come home on {full_day(in_days(240))}" in message.body

    trip.refresh_from_db()
    change(trip, coordinator, returns_on=in_days(242))
    assert sorted(Message.objects.values_list("subject", flat=True)) == [
        "Your departure date has changed",
        "Your return date has changed",
    ]


def test_travelers_are_not_told_twice_while_another_job_plans_everyone(coordinator, monkeypatch):
    """The worker is busy: a changed fact replans everyone first, and the trip's own job still waits."""
    monkeypatch.setattr("exchange.tasks.run_job.apply_async", lambda *args, **options: None)
    trip = TripFactory(leaves_on=in_days(200))
    checklist.open_for(PlacementFactory(trip=trip), by=coordinator)
    change(trip, coordinator, leaves_on=in_days(230), returns_on=in_days(240))
    assert checklist.recompute_all().changed == 1
    assert Message.objects.get().template == "travel/departure_moved"


def test_same_dates_start_no_job(coordinator):
    trip = TripFactory()
    trip, job = change(trip, coordinator, seats=21)
    assert job is None
    assert change(trip, coordinator)[1] is None
    assert not Job.objects.exists()


def test_host_hears_of_new_dates_and_confirms_beds_again(coordinator):
    trip = TripFactory(beds=20, beds_confirmed_at=timezone.now())
    link = HostLinkFactory(trip=trip)
    stopped = HostLinkFactory(trip=trip, stopped_at=timezone.now(), stopped_by=coordinator)

    change(trip, coordinator, leaves_on=in_days(201))

    trip.refresh_from_db()
    assert trip.beds is None
    to = set(Message.objects.filter(template="travel/host_dates_moved").values_list("address", flat=True))
    assert to == {link.contact.email}
    assert stopped.contact.email not in to


# --- Pages ------------------------------------------------------------------------------------------


def form_of(trip, **changes):
    data = TripForm.initial_of(trip) | {"host": trip.host.code}
    return {name: "" if value is None else value for name, value in data.items()} | changes


def test_page_says_what_is_wrong_and_keeps_what_was_typed(client, coordinator):
    trip = TripFactory(leaves_on=in_days(200))
    client.force_login(coordinator)
    address = reverse("travel:trip-edit", kwargs={"code": trip.code})

    page = client.post(address, form_of(trip, leaves_on=in_days(-1), flight_in="AM 641"))

    assert page.status_code == 200
    assert "has passed" in page.content.decode()
    assert 'value="AM 641"' in page.content.decode()


def test_page_leads_to_the_job_that_plans_everyone(client, coordinator, django_capture_on_commit_callbacks):
    trip = TripFactory(leaves_on=in_days(200))
    client.force_login(coordinator)
    address = reverse("travel:trip-edit", kwargs={"code": trip.code})

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(address, form_of(trip, leaves_on=in_days(205)))

    assert page.headers["Location"] == Job.objects.get().get_absolute_url()


def test_new_trip_offers_hosts_of_free_cities_alone(client, coordinator):
    cycle = CycleFactory()
    TripFactory(cycle=cycle, host__name="Has a trip")
    HostInstitutionFactory(name="Not offered", city=PartnerCityFactory(is_offered=False))
    HostInstitutionFactory(name="Free one")
    client.force_login(coordinator)

    page = client.get(reverse("travel:trip-add", kwargs={"code": cycle.code})).content.decode()

    assert "Free one" in page
    assert "Has a trip" not in page and "Not offered" not in page


# --- Budget ------------------------------------------------------------------------------------------


@pytest.fixture
def costs(coordinator):
    trip, sponsor = TripFactory(), SponsorFactory(name="=Airline")
    PlacementFactory(trip=trip)
    PlacementFactory(trip=trip)
    BudgetLineFactory(trip=trip, title="Flights", planned=900, actual=Decimal("1000.50"), sponsor=sponsor)
    BudgetLineFactory(trip=trip, title="Meals", planned=300, actual=200)
    BudgetLineFactory(trip=trip, title="Bus", planned=100)
    return trip


def test_budget_adds_up_by_payer_and_student(costs):
    budget = budget_of(costs)

    assert (budget.total.planned, budget.total.actual, budget.total.open) == (1300, Decimal("1200.50"), 100)
    assert budget.total.difference == Decimal("0.50")
    assert {each.label: (each.planned, each.actual) for each in budget.by_payer} == {
        "=Airline": (900, Decimal("1000.50")),
        "the program": (400, 200),
    }
    assert (budget.planned_each, budget.actual_each) == (650, Decimal("600.25"))


def test_budget_of_nobody_has_no_cost_for_each(coordinator):
    line = BudgetLineFactory()
    budget = budget_of(line.trip)
    assert (budget.planned_each, budget.actual_each, budget.total.actual) == (None, None, None)


def test_budget_as_csv_has_no_formulas(client, coordinator, costs):
    client.force_login(coordinator)
    text = client.get(reverse("travel:budget-csv", kwargs={"code": costs.code})).content.decode("utf-8-sig")
    assert "Flights,'=Airline,900.00,1000.50" in text
    assert "Per student,2,650.00,600.25" in text


def test_budget_asks_the_same_number_of_questions_for_more_lines(
    client, coordinator, costs, django_assert_max_num_queries
):
    client.force_login(coordinator)
    for _each in range(5):
        BudgetLineFactory(trip=costs, sponsor=SponsorFactory())
    with django_assert_max_num_queries(10):
        client.get(reverse("travel:budget", kwargs={"code": costs.code}))


def test_leader_with_an_account_is_found_by_the_address(client, coordinator):
    trip, advisor, student = TripFactory(), UserFactory(advisor=True), UserFactory()
    client.force_login(coordinator)
    address = reverse("travel:contact-add", kwargs={"owner": "trip", "code": trip.code})
    for person in (advisor, student):
        client.post(address, {"name": person.full_name, "email": person.email.upper(), "language": "en"})

    found = {leader.name: leader.user for leader in trip.leader_candidates.all()}
    assert found == {advisor.full_name: advisor, student.full_name: None}


def test_leader_is_removed_with_a_press(client, coordinator):
    leader = ContactFactory(host=None, trip=TripFactory())
    client.force_login(coordinator)
    address = reverse("travel:contact-remove", kwargs={"code": leader.code})
    assert client.get(address).status_code == 405
    client.post(address)
    assert client.post(address).status_code == 404
