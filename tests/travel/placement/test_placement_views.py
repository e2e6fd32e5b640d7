import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from applications.apply.actions.application import withdraw
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    FeasibleCitiesFactory,
    PassportCaseFactory,
    PlacementFactory,
    PlacementRunFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from tests.signing import minutes_old
from tests.travel.placement_jobs import after_the_job
from travel.models import Placement, PlacementRun
from travel.placement.actions import placement as actions
from travel.placement.actions import trip_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def trip():
    travel_facts()
    trip = TripFactory(cycle=CycleFactory(closed=True), seats=2, city__name_en="Hanoi", minimum_group=2)
    checklist_steps(trip.cycle)
    return trip


def confirmed(trip, score=4, **fields):
    application = ApplicationFactory(
        confirmed=True, cycle=trip.cycle, cities=[trip.city], reads_locked=3, score_mean=Decimal(score), **fields
    )
    FeasibleCitiesFactory(application=application)
    return application


def text(response):
    return " ".join(response.content.decode().split())


def settings_of(trip, **more):
    """What the form of a run posts if nothing was changed."""
    return {"priority": "score", "trips": [trip.code], **more}


def url(name, row, **more):
    return reverse(f"travel:{name}", kwargs={"code": row.code, **more})


# --- trips ------------------------------------------------------------------------------------------


def test_trip_list_counts_seats_and_offers_the_run_to_the_office_only(office, sign_in, trip):
    PlacementFactory(trip=trip)
    confirmed(trip)
    page = text(office.get(reverse("travel:trip-list")))
    assert "1 confirmed student doesn’t have a spot on a trip yet." in page
    assert f"{reverse('travel:placement-waiting')}?cycle={trip.cycle.code}" in page
    assert "1 of 2" in page
    assert "One more needed for the minimum group" in page
    assert url("placement-run-list", trip.cycle) in page
    page = text(sign_in(UserFactory(advisor=True)).get(reverse("travel:trip-list")))
    assert "Hanoi" in page
    assert url("placement-run-list", trip.cycle) not in page
    assert sign_in(UserFactory(director=True)).get(reverse("travel:trip-list")).status_code == 403


def test_trip_list_counts_again_once_somebody_did_something(office, trip):
    leaves, _stays = PlacementFactory(trip=trip), PlacementFactory(trip=trip)
    assert "2 of 2" in text(office.get(reverse("travel:trip-list")))
    withdraw(leaves.application, by=leaves.application.student)
    confirmed(trip)
    page = text(office.get(reverse("travel:trip-list")))
    assert "1 of 2" in page
    assert "1 confirmed student doesn’t have a spot on a trip yet." in page


def test_trip_list_of_another_cycle_by_its_address(office, trip):
    other = TripFactory(cycle__closed=True, cycle__code="fall-2025", city__name_en="Lima")
    page = text(office.get(reverse("travel:trip-list"), {"cycle": "fall-2025"}))
    assert other.get_absolute_url() in page
    assert trip.get_absolute_url() not in page


def test_trips_are_searched_in_both_languages_filtered_sorted_and_taken_along(office):
    cycle = CycleFactory(code="spring-2026")
    london = TripFactory(cycle=cycle, city__name_en="London", city__name_es="Londres", host__name="Ángel House")
    lima = TripFactory(cycle=cycle, city__name_en="Lima", city__name_es="Lima")
    trip_course.close(lima, reason="Too few.", by=UserFactory(coordinator=True))
    PlacementFactory(trip=london)

    def found(**query):
        page = office.get(reverse("travel:trip-list"), {"cycle": cycle.code, **query})
        return [row["trip"] for row in page.context["rows"]]

    assert found(q="londres") == found(q="angel") == found(state="ahead") == [london]
    assert found(state="canceled") == [lima] and found(q="%") == []
    assert found(sort="city") == [lima, london] and found(sort="-placed") == [london, lima]
    assert found(sort="state") == [london, lima] and found(sort="-state") == [lima, london]
    file = office.post(reverse("travel:trip-file"), {"format": "csv", "query": f"cycle={cycle.code}&q=londres"})
    rows = list(csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["City", "London"]
    assert rows[1][rows[0].index("Placed")] == "1"


def test_trips_are_sorted_by_the_day_they_come_home(office):
    cycle = CycleFactory(code="spring-2026")
    delayed = TripFactory(cycle=cycle, departed=True, leaves_in=-9, delayed_to=in_days(7))
    planned = TripFactory(cycle=cycle, leaves_in=-6)

    def found(sort):
        page = office.get(reverse("travel:trip-list"), {"cycle": cycle.code, "sort": sort})
        return [row["trip"] for row in page.context["rows"]]

    assert (found("returns"), found("-returns")) == ([planned, delayed], [delayed, planned])


def test_trip_list_without_any_cycle_says_what_will_appear(office):
    assert "No trips yet" in text(office.get(reverse("travel:trip-list")))


def test_students_have_no_trip_pages(sign_in, trip):
    student = PlacementFactory(trip=trip).application.student
    assert sign_in(student).get(reverse("travel:trip-list")).status_code == 403
    client = sign_in(student)
    for name in ("trip-detail", "trip-travelers"):
        assert client.get(reverse(f"travel:{name}", args=[trip.code])).status_code == 403


def test_trip_detail_of_an_unknown_code_is_404(office):
    assert office.get(reverse("travel:trip-detail", kwargs={"code": "NOPE"})).status_code == 404


# --- runs -------------------------------------------------------------------------------------------


def test_run_shows_who_goes_where_and_release_tells_them(office, trip):
    first, second, third = confirmed(trip, 5), confirmed(trip, 4), confirmed(trip, 3)
    page = after_the_job(office, url("placement-run", trip.cycle), settings_of(trip))
    assert "This is a draft. No one has been told." in text(page)
    for student in (first, second, third):
        assert str(student.student) in text(page)
    assert "full, by score" in text(page)
    assert (page.context["summary"].placed, page.context["summary"].unplaced) == (2, 1)

    run = PlacementRun.objects.get()
    page = office.post(url("placement-run-release", run), follow=True)

    assert "Released. We’re telling each student now." in text(page)
    assert {placement.application for placement in Placement.objects.all()} == {first, second}
    assert Message.objects.filter(template="travel/placed").count() == 2


def test_a_run_that_is_out_of_date_asks_to_run_again(office, trip):
    confirmed(trip)
    run = actions.run(trip.cycle, by=UserFactory(coordinator=True))
    confirmed(trip)
    assert "Run it again." in text(office.get(run.get_absolute_url()))
    assert "Run it again." in text(office.post(url("placement-run-release", run), follow=True))
    assert not Placement.objects.exists()


def test_an_older_session_proves_it_before_placements_are_released(office, trip):
    confirmed(trip)
    run = actions.run(trip.cycle, by=UserFactory(coordinator=True))

    answer = minutes_old(office, 16).post(url("placement-run-release", run))

    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not Placement.objects.exists()


def test_release_pressed_twice_acts_once(office, trip):
    confirmed(trip)
    run = actions.run(trip.cycle, by=UserFactory(coordinator=True))
    for _ in range(2):
        assert office.post(url("placement-run-release", run)).status_code == 302
    assert Message.objects.filter(template="travel/placed").count() == 1


def test_nobody_to_place_says_so(office, trip):
    page = after_the_job(office, url("placement-run", trip.cycle), settings_of(trip))
    assert "There’s no one to place" in text(page)


def test_only_the_office_runs_and_releases(sign_in, trip):
    run = PlacementRunFactory(cycle=trip.cycle)
    for user in (UserFactory(advisor=True), UserFactory(director=True), UserFactory()):
        client = sign_in(user)
        assert client.post(url("placement-run", trip.cycle)).status_code == 403
        assert client.get(run.get_absolute_url()).status_code == 403
        assert client.post(url("placement-run-release", run)).status_code == 403


# --- the seat ---------------------------------------------------------------------------------------


def test_a_student_sees_the_city_the_letter_and_why_without_names(sign_in, trip):
    ahead, behind = confirmed(trip, 5), confirmed(trip, 4)
    trip.seats, trip.minimum_group = 1, 1
    trip.save()
    second = TripFactory(cycle=trip.cycle, city__name_en="Paris", seats=1)
    behind.city_preferences.create(city=second.city, rank=2)
    coordinator = UserFactory(coordinator=True)
    actions.release(actions.run(trip.cycle, by=coordinator), by=coordinator)
    placement = behind.placement

    page = text(sign_in(behind.student).get(placement.get_absolute_url()))

    assert "You’re going to Paris" in page
    assert "Paris was your second choice." in page
    assert 'Hanoi, your first choice </dt> <dd class="ex-summary-list__value"> Its spots went to students with' in page
    assert ahead.student.full_name not in page
    assert url("placement-letter", placement) in page


def test_a_seat_is_404_for_everybody_else(sign_in, trip):
    placement = PlacementFactory(trip=trip)
    for user in (UserFactory(), UserFactory(director=True), UserFactory(advisor=True)):
        assert sign_in(user).get(placement.get_absolute_url()).status_code == 404
        assert sign_in(user).get(url("placement-letter", placement)).status_code == 404


def test_staff_see_the_seat_on_a_page_of_their_own(office, trip):
    placement = PlacementFactory(trip=trip)
    response = office.get(placement.get_absolute_url())
    assert "travel/placement/placement_staff.html" in [template.name for template in response.templates]


def test_the_letter_is_a_pdf_in_the_students_language(sign_in, trip):
    placement = PlacementFactory(trip=trip, application__student__language="es")
    response = sign_in(placement.application.student).get(url("placement-letter", placement))
    assert response["Content-Type"] == "application/pdf"
    assert f'filename="placement-{placement.code}.pdf"' in response["Content-Disposition"]
    reader = PdfReader(io.BytesIO(response.getvalue()))
    assert reader.trailer["/Root"]["/Lang"] == "es"


# --- queries ----------------------------------------------------------------------------------------


def queries(client, address, captured):
    client.get(address)  # fills the caches of content types and of the session
    with captured() as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_trip_list_needs_the_same_queries_for_3_and_30_trips(office, django_assert_max_num_queries):
    cycle = CycleFactory(closed=True)

    def captured():
        return django_assert_max_num_queries(10)

    counts = []
    for more in (3, 27):
        for _ in range(more):
            PlacementFactory(trip__cycle=cycle)
        counts.append(queries(office, reverse("travel:trip-list"), captured))
    assert counts[0] == counts[1]


def test_trip_detail_needs_the_same_queries_for_3_and_30_students(office, trip, django_assert_max_num_queries):
    counts = []
    for more in (3, 27):
        for _ in range(more):
            PassportCaseFactory(placement=PlacementFactory(trip=trip))
        counts.append(queries(office, trip.get_absolute_url(), lambda: django_assert_max_num_queries(10)))
    assert counts[0] == counts[1]


def test_a_run_needs_the_same_queries_for_3_and_30_students(office, trip, django_assert_max_num_queries):
    counts = []
    for more in (3, 27):
        for _ in range(more):
            confirmed(trip)
        run = actions.run(trip.cycle, by=UserFactory(coordinator=True))
        counts.append(queries(office, run.get_absolute_url(), lambda: django_assert_max_num_queries(10)))
    assert counts[0] == counts[1]
