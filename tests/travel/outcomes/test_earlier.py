"""Years from before the portal: read with a preview, refused where they can't be true, released like a cycle."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Key, Range, Rules, Why
from exchange.models import Event
from tests.constraints import refused
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from travel.models import EarlierCount, EarlierImport, EarlierTraveler
from travel.models.earlier import code_of
from travel.office.retention import purge
from travel.outcomes import actions, earlier, earlier_actions, open_data
from travel.outcomes.population import EarlierCounts, Mark, Stage, earlier_population, mark_key, stage_key
from travel.outcomes.release_plan import attack, plan_release

PAGE = reverse("travel:outcomes-earlier")
YEAR = 2019
CODE = code_of(YEAR)
COUNTS_HEAD = "year,measure,city,number,published,source,source_url,as_of"
PEOPLE_HEAD = "year,name,college,city,first_abroad,first_flight"


def line(measure, number, *, city="", published="no", year=YEAR, source="Annual report 2019", as_of="2019-12-01"):
    return f"{year},{measure},{city},{number},{published},{source},https://example.gov/2019,{as_of}"


def counts(*lines):
    return "\n".join((COUNTS_HEAD, *lines))


def people(*lines):
    return "\n".join((PEOPLE_HEAD, *lines))


FULL = (line("submitted", 140), line("selected", 30), line("traveled", 24), line("first_abroad", 15))


@pytest.fixture
def office(db):
    PartnerCityFactory(code="giza", name_en="Giza", name_es="Guiza")
    PartnerCityFactory(code="tokyo", name_en="Tokyo", name_es="Tokio")
    CollegeFactory(code="lacc", name="Los Angeles City College", short_name="LACC")
    return UserFactory(coordinator=True)


@pytest.fixture
def staff(client, office):
    client.force_login(office)
    return client


def problems(read):
    return [(each.line, each.text) for each in read.problems if each.stops]


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def choose(staff, text, kind="counts"):
    return staff.post(PAGE, {"kind": kind, "file": SimpleUploadedFile("years.csv", text.encode())})


# --- Reading counts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((line("traveled", 24, year="2319"),), "isn’t a year"),
        ((line("happy", 24),), "isn’t one of"),
        ((line("traveled", "many"),), "whole number"),
        ((line("traveled", -3),), "whole number"),
        ((line("traveled", 24, city="Giza"),), "only with it"),
        ((line("travelers", 24, city="Atlantis"),), "No partner city"),
        ((line("traveled", 24, as_of="2999-01-01"),), "not in the future"),
        ((line("traveled", 24, source=""),), "where the number comes from"),
        ((line("traveled", 24, published="perhaps"),), "yes or no"),
        ((line("traveled", 24), line("traveled", 25)), "twice"),
    ],
    ids=str,
)
def test_a_line_that_is_wrong_is_named(office, lines, said):
    found = problems(earlier.read_counts(counts(*lines)))
    assert any(number in (2, 3) and said in text for number, text in found), found


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((line("submitted", 20), line("traveled", 24)), "more people traveled than submitted"),
        ((line("selected", 30), line("confirmed", 31), line("traveled", 24)), "more people confirmed than selected"),
        ((line("traveled", 24), line("first_abroad", 25)), "more people than traveled"),
        ((line("traveled", 24), line("travelers", 20, city="Giza")), "don’t add up"),
        ((line("submitted", 140),), "how many traveled is missing"),
    ],
    ids=str,
)
def test_what_cannot_all_be_true_is_refused(office, lines, said):
    read = earlier.read_counts(counts(*lines))
    assert any(said in text for _line, text in problems(read)) and not read.can_be_saved
    with pytest.raises(RuleViolation) as violation:
        earlier_actions.import_file(counts(*lines), "counts", by=office)
    assert violation.value.code == "wrong" and not EarlierImport.objects.exists()


@pytest.mark.parametrize("text", ["", "year;measure\n1;2", '"', "year,measure,number,source,as_of\n" + "\x00"])
def test_a_broken_file_is_told(office, text):
    assert not earlier.read_counts(text).can_be_saved


def test_a_file_that_is_no_text_or_too_large_is_refused(staff):
    for content, said in ((b"\xff\xfe\x00", "UTF-8"), (b"x" * 200_001, "too large")):
        page = staff.post(PAGE, {"kind": "counts", "file": SimpleUploadedFile("years.csv", content)})
        assert said in page.text
    assert "Choose a file." in staff.post(PAGE, {"kind": "counts"}).text


def test_a_file_is_read_up_to_its_limits():
    assert len(earlier.text_of(b"x" * earlier.FILE_MAX)) == earlier.FILE_MAX
    with pytest.raises(RuleViolation, match="too large"):
        earlier.text_of(b"x" * (earlier.FILE_MAX + 1))
    assert earlier.text_of("\ufeffÀ\0".encode()) == "À"


# --- Importing and undoing --------------------------------------------------------------------------


def test_the_office_sees_the_file_then_imports_it_and_undoes_it(staff):
    page = choose(staff, counts(*FULL))
    assert "Nothing is saved yet" in page.text and "140" in page.text and not EarlierCount.objects.exists()
    page = staff.post(PAGE, {"kind": "counts", "text": counts(*FULL)}, follow=True)
    assert "Imported 4 rows." in page.text and "not published yet" in page.text
    again = staff.post(PAGE, {"kind": "counts", "text": counts(*FULL)}, follow=True)
    assert "is there from another file" in again.text and EarlierCount.objects.count() == 4
    file = EarlierImport.objects.get()
    undo = reverse("travel:outcomes-earlier-undo", args=[file.code])
    assert "Undone." in staff.post(undo, follow=True).text
    assert not EarlierCount.objects.exists() and staff.post(undo).status_code == 404
    assert {*Event.objects.filter(action__startswith="earlier.").values_list("action", flat=True)} == {
        "earlier.import",
        "earlier.undo",
    }


def test_a_file_with_a_problem_has_no_button_to_import(staff):
    page = choose(staff, counts(line("traveled", 24), line("first_abroad", 30)))
    assert "Fix this in the file" in page.text and "What would be imported" in page.text
    assert 'name="text"' not in page.text


def test_without_anything_the_page_says_what_to_do(staff):
    assert "No earlier years yet" in staff.get(PAGE).text


# --- People -----------------------------------------------------------------------------------------

TRAVELERS = [f"{YEAR},Traveler {number},LACC,Giza,{'yes' if number < 15 else 'no'}," for number in range(24)]


def test_a_list_of_people_says_what_is_wrong_line_by_line(staff):
    text = people(
        f"{YEAR},Ana Ruiz,Hogwarts,Giza,yes,no",
        f"{YEAR},ana ruiz,LACC,Tokio,,",
        f"{YEAR},Ben Bui,lacc,Atlantis,maybe,",
        f"{YEAR},,LACC,Giza,,",
    )
    page = text_of(choose(staff, text, "people"))
    for said in (
        "Line 2: No college is called “Hogwarts.” It’s left empty.",
        "Line 3: ana ruiz is already on line 2 for this year.",
        "Line 4: No partner city is called “Atlantis.”",
        "Line 4: “first_abroad” must be yes, no or empty.",
        "Line 5: Enter the person’s name.",
    ):
        assert said in page, said
    assert not EarlierTraveler.objects.exists()


def test_emails_and_whatever_else_is_in_the_file_are_not_kept(staff):
    head = PEOPLE_HEAD + ",email,birth_date"
    text = "\n".join((head, f"{YEAR},Ana Ruiz,LACC,Giza,yes,no,ana@example.edu,2000-01-01"))
    assert "These columns aren’t kept: email, birth_date." in text_of(choose(staff, text, "people"))
    staff.post(PAGE, {"kind": "people", "text": text})
    row = EarlierTraveler.objects.get()
    assert (row.name, row.college.code, row.city.code, row.first_abroad) == ("Ana Ruiz", "lacc", "giza", True)
    assert "ana@example.edu" not in staff.get(PAGE).text


def test_nobody_is_imported_twice(office):
    earlier_actions.import_file(people(*TRAVELERS), "people", by=office)
    read = earlier.read_people(people(TRAVELERS[0]))
    assert "is there already" in read.problems[0].text and not read.can_be_saved


def test_a_list_must_fit_the_counts_of_its_year(office):
    earlier_actions.import_file(counts(line("traveled", 20)), "counts", by=office)
    read = earlier.read_people(people(*TRAVELERS))
    assert "isn’t the number of people on the list" in read.problems[-1].text and not read.can_be_saved


def test_counts_come_from_people_where_there_are_any(office):
    earlier_actions.import_file(people(*TRAVELERS), "people", by=office)
    read = earlier.read_counts(counts(line("first_abroad", 3)))
    assert "isn’t what the list of people says" in read.problems[-1].text
    earlier_actions.import_file(counts(line("submitted", 140)), "counts", by=office)
    [found] = earlier.all_counts()
    assert found.reached == {Stage.SUBMITTED: 140, Stage.TRAVELED: 24}
    assert found.cities == {"giza": 24} and found.marks == {Mark.ABROAD: 15}


def test_names_go_after_their_time_and_the_people_stay_counted(office):
    earlier_actions.import_file(people(*TRAVELERS), "people", by=office)
    EarlierTraveler.objects.update(added_at=timezone.now() - dt.timedelta(days=800))
    before = earlier.all_counts()
    assert purge.PURGES["earlier_travelers"](days=730, dry_run=True) == 24
    purge.PURGES["earlier_travelers"](days=730, dry_run=False)
    assert not EarlierTraveler.objects.exclude(name="").exists() and earlier.all_counts() == before


def test_only_the_office_sees_them(client, office):
    earlier_actions.import_file(people(*TRAVELERS[:1]), "people", by=office)
    for other in (UserFactory(director=True), UserFactory()):
        assert not EarlierTraveler.objects.visible_to(other) and not EarlierCount.objects.visible_to(other)
        client.force_login(other)
        assert client.get(PAGE).status_code == 403


# --- What may be told -------------------------------------------------------------------------------


def year_of(**more):
    reached = {Stage.SUBMITTED: 140, Stage.SELECTED: 30, Stage.TRAVELED: 24}
    marks = {Mark.ABROAD: 15, Mark.FLIGHT: 4}
    return EarlierCounts(**{"cycle": CODE, "reached": reached, "marks": marks, "cities": {"giza": 24}, **more})


def test_small_numbers_of_an_earlier_year_are_hidden_and_the_attacker_finds_nothing():
    year = year_of()
    figures = plan_release([], {}, Rules(), [year]).figures
    told = {key: figure and figure.range for key, figure in figures.items()}
    assert told[stage_key(CODE, Stage.TRAVELED)] == Range(24, 24)
    assert told[stage_key(CODE, Stage.SUBMITTED)] == Range(140, 140)
    flight, selected = told[mark_key(CODE, Mark.FLIGHT)], told[stage_key(CODE, Stage.SELECTED)]
    assert flight is None or not flight.is_exact
    assert selected is None or not selected.is_exact  # six who were chosen didn't travel
    assert attack([], told, Rules(), [year]) == []
    careless = {**told, stage_key(CODE, Stage.SELECTED): Range(30, 30)}
    assert attack([], careless, Rules(), [year])


def test_what_was_published_elsewhere_is_known_and_told_as_it_is():
    key = mark_key(CODE, Mark.FLIGHT)
    year = year_of(published=frozenset({key}))
    plan = plan_release([], {}, Rules(), [year])
    assert plan.figures[key].range == Range(4, 4) and plan.figures[key].why is Why.KNOWN
    told = {key: figure and figure.range for key, figure in plan.figures.items()}
    assert attack([], told, Rules(), [year]) == []


@pytest.mark.parametrize("selected", [24, 30, 34, 35, 129, 130, 140])
def test_what_is_told_never_hangs_on_the_number_itself(selected):
    """Somebody who tries every number that fits finds each of them in the range that was told."""
    year = year_of(reached={Stage.SUBMITTED: 140, Stage.SELECTED: selected, Stage.TRAVELED: 24})
    figures = plan_release([], {}, Rules(), [year]).figures
    key = stage_key(CODE, Stage.SELECTED)
    figure = figures[key]
    if figure is None or figure.is_exact:
        return
    for other in (figure.range.low, figure.range.high):
        again = year_of(reached={Stage.SUBMITTED: 140, Stage.SELECTED: other, Stage.TRAVELED: 24})
        assert plan_release([], {}, Rules(), [again]).figures[key].range == figure.range


def test_an_earlier_year_is_decided_once():
    figures = plan_release([], {}, Rules(), [year_of()]).figures
    told = {key: figure and figure.range for key, figure in figures.items()}
    assert plan_release([], told, Rules(), [year_of(marks={Mark.ABROAD: 20})]).figures == {}


def test_every_class_of_the_population_has_people():
    population, people = earlier_population(year_of())
    assert set(population.classes) == set(people) and min(people.values()) >= 0


# --- Published --------------------------------------------------------------------------------------


@pytest.fixture
def told(office):
    threshold(11)
    more = (line("first_flight", 4, published="yes"), line("first_passport", 3), line("travelers", 24, city="Giza"))
    earlier_actions.import_file(counts(*FULL, *more), "counts", by=office)
    summer([CollegeFactory() for _number in range(3)])
    publish()
    return releases.told()


def test_a_release_has_the_year_on_every_surface(client, office, told):
    assert told[Key(CODE, "traveled")] == Range(24, 24) and told[Key(CODE, "first_flight")] == Range(4, 4)
    page = text_of(client.get(reverse("travel:impact")))
    assert "From before this portal" in page and "2019" in page and "Annual report 2019" in page
    assert "First flight: 16 % or more" not in page and "4 of 24" in page
    rows = [row for row in open_data.records() if row["cycle"] == CODE]
    assert any("Annual report 2019, as of 2019-12-01" in row["definition"] for row in rows)
    assert open_data.read(client.get(reverse("travel:open-data-csv")).content).rows
    client.force_login(office)
    page = text_of(client.get(reverse("travel:outcomes")))
    assert "2019, from before the portal" in page
    assert "2019, from before the portal" in client.get(reverse("travel:outcomes-release", args=[1])).text


def test_no_surface_shows_a_hidden_number(client, office, told):
    hidden = told[Key(CODE, "first_passport")]
    assert hidden is None or not hidden.is_exact
    row = next(row for row in open_data.records() if (row["cycle"], row["measure"]) == (CODE, "first_passport"))
    assert row["shown"] != "exact"
    assert "3 of 24" not in text_of(client.get(reverse("travel:impact")))


def test_what_is_published_is_neither_undone_nor_added_to(staff, office, told):
    file = EarlierImport.objects.get()
    page = staff.post(reverse("travel:outcomes-earlier-undo", args=[file.code]), follow=True)
    assert "stay as they are" in page.text and EarlierCount.objects.exists()
    with pytest.raises(RuleViolation) as violation:
        earlier_actions.import_file(counts(line("confirmed", 26)), "counts", by=office)
    assert violation.value.code == "published"


def test_what_was_undone_after_counting_is_not_published(office):
    threshold(11)
    file = earlier_actions.import_file(counts(*FULL), "counts", by=office)
    job = actions.ask("1")
    assert actions.of_job(job).plan.figures
    earlier_actions.undo(file, by=office)
    with pytest.raises(RuleViolation) as violation:
        actions.publish(job, by=office)
    assert violation.value.code == "stale"


def test_an_earlier_year_alone_is_on_the_public_page(client, office):
    threshold(11)
    earlier_actions.import_file(counts(*FULL), "counts", by=office)
    publish()
    page = text_of(client.get(reverse("travel:impact")))
    assert "No figures yet" in page and "From before this portal" in page


def test_the_database_refuses_what_makes_no_sense(office):
    file = EarlierImport.objects.create(kind="counts", imported_by=office)
    row = {"file": file, "year": YEAR, "number": 1, "was_published": False, "as_of": dt.date(2019, 1, 1)}
    make = EarlierCount.objects.create
    city = PartnerCityFactory()
    refused("earliercount_has_a_source", lambda: make(**row, measure="traveled", source=""))
    for name, more in (("earliercount_once", {}), ("earliercount_once_per_city", {"city": city})):
        make(**row, measure="travelers", source="x", **more)
        refused(name, lambda more=more: make(**row, measure="travelers", source="x", **more))
