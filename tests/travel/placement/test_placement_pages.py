"""The office's pages of a placement, and what students read: queries, permissions, no names and no scores."""

import io
import zipfile
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from pypdf import PdfReader

from exchange.background import jobs
from exchange.background.subprocesses import TooMuchMemoryError
from exchange.files.documents import pdf_of
from exchange.models import Job
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import (
    ContactFactory,
    FeasibleCitiesFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from tests.travel.placement_jobs import after_the_job
from travel import tasks
from travel.models import Placement, PlacementRun, Trip
from travel.placement import documents, letters, placing
from travel.placement.actions import letters as letter_actions
from travel.placement.actions import placement as actions
from travel.placement.placing import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, boss):
    return sign_in(boss)


@pytest.fixture
def cycle():
    travel_facts()
    FactFactory(key="job.keep_days", value=7)
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    return cycle


@pytest.fixture
def hanoi(cycle):
    return TripFactory(
        cycle=cycle, seats=1, minimum_group=1, city=PartnerCityFactory(code="hanoi", name_en="Hanoi", name_es="Hanói")
    )


@pytest.fixture
def paris(cycle):
    return TripFactory(cycle=cycle, seats=3, minimum_group=3, city=PartnerCityFactory(code="paris", name_en="Paris"))


def confirmed(cycle, *trips, score=4, marked=True, **fields):
    application = ApplicationFactory(
        confirmed=True,
        cycle=cycle,
        cities=[trip.city for trip in trips],
        reads_locked=3,
        score_mean=Decimal(score),
        **fields,
    )
    if marked:
        FeasibleCitiesFactory(application=application)
    return application


def text(response):
    return " ".join(response.content.decode().split())


def url(name, row, **more):
    return reverse(f"travel:{name}", kwargs={"code": row.code, **more})


def form(*trips, **more):
    return {"priority": "score", "trips": [trip.code for trip in trips], **more}


# --- the office -------------------------------------------------------------------------------------


def test_before_a_run_the_page_says_what_is_owed_and_by_whom(office, cycle, hanoi):
    confirmed(cycle, hanoi)
    open_list = confirmed(cycle, hanoi, marked=False)
    nowhere = confirmed(cycle, hanoi, marked=False)
    FeasibleCitiesFactory(application=nowhere, is_everywhere=False)
    advisor = UserFactory(advisor=open_list.college, full_name="Omar Haddad")
    page = text(office.get(url("placement-run-list", cycle)))
    assert "waiting for an advisor to mark which cities work" in page and "with no city that works" in page

    waiting = reverse("travel:placement-waiting")
    page = text(office.get(waiting, {"cycle": cycle.code, "list": "open"}))
    assert str(open_list.student) in page and str(advisor) in page
    assert str(nowhere.student) not in page
    page = text(office.get(waiting, {"cycle": cycle.code, "list": "nowhere"}))
    assert str(nowhere.student) in page and str(open_list.student) not in page


def test_the_form_keeps_what_was_chosen_and_names_what_is_missing(office, cycle, hanoi, paris):
    confirmed(cycle, hanoi)
    college = f"college:{confirmed(cycle, paris).college.code}"
    address = url("placement-run", cycle)
    assert "Choose at least one trip." in text(office.post(address, {"priority": "score"}))
    broken = form(hanoi, group_1="college:nosuch", seats_2="3")
    page = text(office.post(address, broken))
    assert "Select a valid choice" in page and "Choose who the spots are reserved for." in page
    page = text(office.post(address, form(hanoi, group_1=college)))
    assert "Enter the number of spots." in page

    after_the_job(office, address, form(hanoi, priority="lottery", group_1=college, seats_1="1", on_1=hanoi.code))

    run = PlacementRun.objects.get()
    assert run.settings == {
        "priority": "lottery",
        "kept": [[college, 1, hanoi.code]],
        "left_out": [paris.code],
    }
    page = text(office.get(run.get_absolute_url()))
    assert "The lottery alone sets the priority." in page
    assert "Left out: Paris." in page
    kept = text(office.get(url("placement-run-list", cycle)))
    assert f'<option value="{college}" selected>' in kept


def test_a_trip_that_misses_its_smallest_group_is_closed_and_run_again_in_one_act(office, cycle, hanoi, paris):
    confirmed(cycle, hanoi, paris, score=5)
    confirmed(cycle, hanoi, paris, score=4)
    after_the_job(office, url("placement-run", cycle), form(hanoi, paris))
    draft = PlacementRun.objects.get()
    assert "2 more needed for the minimum group" in text(office.get(draft.get_absolute_url()))
    address = url("placement-run-close", draft)
    assert "Say why the trip is canceled." in text(office.post(address, {"trip": paris.code}))
    assert Trip.objects.filter(closed_at__isnull=True).count() == 2

    page = text(after_the_job(office, address, {"trip": paris.code, "reason": "One is no group."}))

    assert "This is a draft. No one has been told." in page
    again = PlacementRun.objects.exclude(pk=draft.pk).get()
    assert [row["trip"] for row in again.results] == [hanoi.code, None]
    page = text(office.get(url("placement-compare", draft, other=again.code)))
    assert "1 student would go somewhere else" in page
    assert "Paris, second choice" in page and "no spot" in page
    assert "canceled" in text(office.get(reverse("travel:trip-list")))
    page = text(office.post(url("trip-reopen", paris), follow=True))
    assert "The trip is open again." in page
    other = PlacementFactory(trip__cycle__closed=True).trip
    assert office.post(address, {"trip": other.code, "reason": "x"}).status_code == 404


def test_a_run_is_made_by_a_worker_and_everyone_who_places_sees_it(office, sign_in, cycle, hanoi, monkeypatch):
    confirmed(cycle, hanoi)
    job_page = office.post(url("placement-run", cycle), form(hanoi))["Location"]
    assert not PlacementRun.objects.exists()
    colleague = sign_in(UserFactory(coordinator=True))
    listed = text(colleague.get(url("placement-run-list", cycle)))
    assert "is being calculated" in listed and "data-waiting" in listed and job_page in listed
    # the same settings are the same job, others another
    assert colleague.post(url("placement-run", cycle), form(hanoi))["Location"] == job_page
    assert colleague.post(url("placement-run", cycle), form(hanoi, priority="lottery"))["Location"] != job_page
    assert colleague.get(job_page).status_code == 200
    assert sign_in(UserFactory(advisor=True)).get(job_page).status_code == 404
    jobs.run(Job.objects.earliest("pk").pk)
    assert colleague.get(job_page)["Location"] == PlacementRun.objects.get().get_absolute_url()


def test_a_run_that_needs_too_much_memory_says_so(office, cycle, hanoi, monkeypatch):
    def grow(*_given):
        raise TooMuchMemoryError

    confirmed(cycle, hanoi)
    monkeypatch.setattr(placing, "results", grow)
    page = text(after_the_job(office, url("placement-run", cycle), form(hanoi)))
    assert "This needs more memory than we have" in page and "data-waiting" not in page


def test_runs_of_two_cycles_are_not_laid_side_by_side(office, cycle, hanoi, boss):
    confirmed(cycle, hanoi)
    mine = actions.run(cycle, by=boss)
    other = TripFactory(cycle__closed=True)
    confirmed(other.cycle, other)
    theirs = actions.run(other.cycle, by=boss)
    assert office.get(url("placement-compare", mine, other=theirs.code)).status_code == 404


def test_a_long_release_shows_how_far_it_is(office, cycle, hanoi, boss, monkeypatch):
    confirmed(cycle, hanoi)
    run = actions.start_release(actions.run(cycle, by=boss), by=boss)
    assert "released this run. You can leave this page" in text(office.get(run.get_absolute_url()))
    jobs.run(Job.objects.get().pk)
    assert "Every student can see their spot now." in text(office.get(run.get_absolute_url()))


@pytest.mark.parametrize("page", ["list", "run", "compare", "waiting"])
def test_placement_pages_need_ten_queries_at_any_size(
    page, office, cycle, hanoi, paris, boss, django_assert_max_num_queries
):
    counts = []
    for more in (2, 30):
        for number in range(more):
            confirmed(cycle, hanoi, paris, score=number % 5)
            confirmed(cycle, hanoi, marked=False)
        runs = [
            actions.run(cycle, by=boss, settings=Settings(left_out=frozenset(each))) for each in ((), (hanoi.code,))
        ]
        address = {
            "list": url("placement-run-list", cycle),
            "run": url("placement-run-detail", runs[0]),
            "compare": url("placement-compare", runs[0], other=runs[1].code),
            "waiting": f"{reverse('travel:placement-waiting')}?cycle={cycle.code}",
        }[page]
        office.get(address)  # fills the cached figures
        with django_assert_max_num_queries(10) as captured:
            assert office.get(address).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- the student ------------------------------------------------------------------------------------


@pytest.fixture
def told(cycle, hanoi, paris, boss):
    """Ana has her first choice, Ben his second, Carla no seat."""
    people = [
        confirmed(cycle, hanoi, paris, score=5),
        confirmed(cycle, hanoi, paris, score=4),
        confirmed(cycle, hanoi, score=3),
    ]
    people[2].city_preferences.create(city=None, rank=2)
    people[2].city_preferences.create(city=paris.city, rank=3)
    actions.release(actions.run(cycle, by=boss), by=boss)
    return people


def test_who_has_no_seat_reads_why_and_what_happens_next(sign_in, told):
    ana, ben, carla = told
    client = sign_in(carla.student)
    assert "We don’t have a spot in a city for you yet" in text(client.get(reverse("travel:journey")))
    page = text(client.get(url("placement-none", carla)))
    assert "Its spots went to students with a higher priority." in page
    assert "You said you’d rather stay home" in page
    assert "What happens next" in page
    for other in (ana, ben):
        assert other.student.full_name not in page
    assert "5.00" not in page and "3.00" not in page
    assert sign_in(ana.student).get(url("placement-none", carla)).status_code == 404
    assert sign_in(UserFactory(coordinator=True)).get(url("placement-none", carla)).status_code == 403


def test_who_has_no_seat_waits_for_nothing_once_the_trips_have_left(sign_in, told):
    carla = told[2]
    Trip.objects.filter(cycle=carla.cycle).update(leaves_on=in_days(-1))
    client = sign_in(carla.student)
    assert "We didn’t have a spot in a city for you this time" in text(client.get(reverse("travel:journey")))
    page = text(client.get(url("placement-none", carla)))
    assert "all of this cycle’s trips have left" in page
    assert "Keep the dates open" not in page and "still in the program" not in page


def test_a_student_asks_for_a_higher_choice_and_takes_it_back(sign_in, told):
    ana, ben, _carla = told
    seat = ben.placement
    client = sign_in(ben.student)
    assert "If a spot opens in a city you ranked higher" in text(client.get(seat.get_absolute_url()))
    address = url("placement-upgrade", seat)
    assert "Choose the last day you’d still switch." in text(client.post(address, {"until": ""}))
    assert "Choose a day from today" in text(client.post(address, {"until": "2001-01-01"}, follow=True))
    page = text(client.post(address, {"until": in_days(20).isoformat()}, follow=True))
    assert "You asked for this." in page
    seat.refresh_from_db()
    assert seat.upgrade_until == in_days(20)
    assert "You’ll keep the spot you have." in text(client.post(address, {"drop": "yes"}, follow=True))
    seat.refresh_from_db()
    assert seat.upgrade_until is None
    first = text(sign_in(ana.student).get(ana.placement.get_absolute_url()))
    assert "If a spot opens in a city you ranked higher" not in first
    assert sign_in(ana.student).post(address, {"drop": "yes"}).status_code == 404
    assert sign_in(UserFactory(coordinator=True)).post(address, {"drop": "yes"}).status_code == 403


def test_free_seats_are_shown_to_the_office_with_who_would_move(office, sign_in, told, cycle):
    ana, ben, _carla = told
    actions.ask_upgrade(ben.placement, until=in_days(20), by=ben.student)
    ana.__class__.objects.filter(pk=ana.pk).update(status="withdrawn", withdrawn_at=ana.submitted_at)
    application_facts()
    review_facts()
    first_page = text(office.get(reverse("travel:pipeline")))
    assert "1 student asked for a higher choice that has a free spot" in first_page
    assert f'href="{url("placement-run-list", cycle)}"' in first_page
    assert "There are unfilled spots." in text(office.get(url("placement-run-list", cycle)))
    page = text(after_the_job(office, url("placement-run", cycle), form(*cycle.trips.all())))
    assert "from Paris" in page
    assert "moved up their list" in page


# --- letters ----------------------------------------------------------------------------------------


def words_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("is going to Hanoi", "No one from the program will ever ask you for money", "Who to call")),
        ("es", ("viaja a Hanói", "Nadie del programa le pedirá dinero", "A quién llamar")),
    ],
)
def test_the_family_letter_says_what_it_is_in_the_language_of_the_family(sign_in, hanoi, language, words, settings):
    settings.OFFICE_PHONE = "213-555-0188"
    seat = PlacementFactory(trip=hanoi, application__student__language="en")
    UserFactory(advisor=seat.application.college, full_name="Omar Haddad")
    ContactFactory(host=None, trip=hanoi, name="Pilar Arriaga", phone="+1 213 555 0171")
    response = sign_in(seat.application.student).get(url("placement-family", seat, language=language))
    pdf = response.getvalue()
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == language
    found = words_of(pdf)
    for each in (
        *words,
        "Omar Haddad",
        "Pilar Arriaga",
        "+1 213-555-0171",
        "+1 213-555-0188",
        seat.application.student.full_name,
    ):
        assert each in found
    assert sign_in(seat.application.student).get(url("placement-family", seat, language="fr")).status_code == 404


def test_a_family_whose_group_has_no_leader_yet_is_told_so(hanoi):
    seat = PlacementFactory(trip=hanoi)
    assert "We don’t know yet who will travel" in words_of(pdf_of(documents.family_letter(seat, "en")))


def test_all_letters_come_in_one_file_each_in_its_language(office, sign_in, hanoi, cycle, monkeypatch, boss):
    monkeypatch.setattr(letters, "PART", 2)
    seats = [PlacementFactory(trip=hanoi, application__student__language=code) for code in ("en", "es", "en")]
    response = office.post(url("placement-letters", cycle))
    job = Job.objects.get()
    assert response["Location"] == job.get_absolute_url()
    assert jobs.run(job.pk).state == Job.State.DONE
    job.refresh_from_db()
    with job.file.open("rb") as file, zipfile.ZipFile(file) as whole:
        names = whole.namelist()
        assert {name.rsplit("-", 1)[1] for name in names} == {f"{seat.code}.pdf" for seat in seats}
        languages = [PdfReader(io.BytesIO(whole.read(name))).trailer["/Root"]["/Lang"] for name in names]
    assert sorted(languages) == ["en", "en", "es"]
    assert (
        not default_storage.exists("letters") or not default_storage.listdir(f"letters/{job.code[:2]}/{job.code}-1")[1]
    )


def test_the_job_makes_every_part_alone_where_no_other_worker_helps(hanoi, cycle, monkeypatch, boss):
    made = []
    monkeypatch.setattr(letters, "PART", 1)
    monkeypatch.setattr(tasks.make_letters, "apply_async", lambda *args, **options: None)
    monkeypatch.setattr(documents, "placement_letter", lambda seat: made.append(seat.pk))
    monkeypatch.setattr(letters, "pdf_of", lambda html: b"%PDF")
    for _seat in range(3):
        PlacementFactory(trip=hanoi)
    job = letter_actions.start(cycle, by=boss)
    assert jobs.run(job.pk).state == Job.State.DONE
    assert sorted(made) == sorted(Placement.objects.values_list("pk", flat=True))


def test_a_worker_that_comes_too_late_leaves_nothing_behind(hanoi, cycle, monkeypatch, boss):
    monkeypatch.setattr(letters, "pdf_of", lambda html: b"%PDF")
    PlacementFactory(trip=hanoi)
    job = letter_actions.start(cycle, by=boss)
    jobs.run(job.pk)
    letters.help_with(job.pk, 1, 0)
    assert not default_storage.exists(f"letters/{job.code[:2]}/{job.code}-1/00000.zip")


def test_without_a_seat_there_is_no_letter(office, cycle):
    assert "there are no letters to print" in text(office.post(url("placement-letters", cycle), follow=True))
