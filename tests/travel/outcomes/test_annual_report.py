"""The annual report: a tagged PDF in each language with the release's figures; stories as agreed, and listed later."""

import io
import re

import pytest
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Job
from tests.factories import CollegeFactory, UserFactory
from tests.factories_travel import PlacementFactory, SponsorFactory
from tests.travel.outcomes_rows import publish, summer, threshold
from tests.travel.stories import ALT, photo_of, quoted, told
from travel.models import BudgetLine, Placement, Trip
from travel.outcomes import annual, now
from travel.outcomes.impact import figures_of
from travel.outcomes.published import ALL, report
from travel.outcomes.spent import spent
from travel.reflection import stories
from travel.reflection.actions import consents

pytestmark = pytest.mark.django_db
PAGE, START = reverse("travel:outcomes-reports"), reverse("travel:outcomes-annual")


@pytest.fixture
def director():
    return UserFactory(director=True)


@pytest.fixture
def published():
    threshold(2)
    colleges = [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]
    for year in (2025, 2026):
        summer(colleges, year)
    publish()


def made(language, by):
    job = annual.start(language, by=by)
    done = jobs.run(job.pk)
    assert done is not None and done.state == Job.State.DONE, done and done.error
    with done.file.open("rb") as file:
        reader = PdfReader(io.BytesIO(file.read()))
    return done, reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_report_is_whole_in_each_language(published, director, language):
    reflection = quoted(Placement.objects.first(), kinds=("quote", "picture", "name"))
    photo_of(reflection)
    told(reflection)
    BudgetLine.objects.create(trip=Trip.objects.first(), title="Flights", planned=9000, actual=7200)
    done, reader, text = made(language, director)
    assert done.filename.endswith(f"{language}.pdf") and (done.done, done.total) == (annual.PARTS, annual.PARTS)
    assert len(reader.pages) == 8 and not re.search(r"[a-z]_[a-z]", text)  # no machine names
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == language and catalog["/MarkInfo"]["/Marked"]
    assert "pdfuaid" in catalog["/Metadata"].get_object().get_data().decode()
    assert any("/Image" in str(image.get("/Subtype")) for page in reader.pages for image in _objects(page))
    with translation.override(language):
        for each in figures_of(report(ALL).outcomes):
            assert each.figure in text and each.of.rpartition(" ")[0] in text
        assert "9" in text and "Hanoi" in text and reflection.quote in text
    assert "$7,200" in text and "$800" in text  # for each of the nine on that trip


def test_with_nothing_to_tell_pages_join(director):
    threshold(11)
    summer([CollegeFactory(short_name="East")], numbers=(10,))
    publish()
    _done, reader, text = made("en", director)
    assert len(reader.pages) == 4 and "20 students left with a group" in text and "not shown" not in text


def _objects(page):
    return [each.get_object() for each in page["/Resources"].get("/XObject", {}).values()]


def test_its_money_is_what_the_directors_page_adds_up(published, director):
    trip, other = Trip.objects.order_by("pk")[:2]
    for title, payer, planned, actual in (("Flights", "Airline", 9000, 7200), ("Hotel", "City", 3600, 3600)):
        line = {"title": title, "planned": planned, "actual": actual}
        BudgetLine.objects.create(trip=trip, sponsor=SponsorFactory(name=payer), **line)
    BudgetLine.objects.create(trip=other, title="Bus", planned=100, actual=90)
    found = spent(report(ALL), now.money())
    assert [(cost.payer, cost.planned, cost.actual) for cost in found.by_payer] == [
        ("Airline", 9000, 7200),
        ("City", 3600, 3600),
        ("The program", 100, 90),
    ]
    assert (found.total.actual, found.each) == (10_890, 605)  # for each of the 18 on these two trips


def test_it_has_no_more_figures_than_the_release(director):
    threshold(11)
    summer([CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")], numbers=(4, 3, 2))
    publish()
    _done, _reader, text = made("en", director)
    assert "9 of 18 students" not in text and "18 college students" in text


def test_a_story_taken_back_later_is_listed_with_the_reports_name(published, director):
    reflection = quoted(PlacementFactory(returned=True))
    told(reflection)
    done, _reader, text = made("en", director)
    assert reflection.quote in text and stories.used_though_taken_back() == []
    consents.withdraw(reflection, "quote", by=reflection.placement.application.student)
    (use,) = stories.used_though_taken_back()
    assert use.where == done.filename and use.by == director
    _done, _reader, text = made("en", director)
    assert reflection.quote not in text


def test_an_unreadable_picture_is_left_out(published, director):
    reflection = quoted(PlacementFactory(returned=True), kinds=("quote", "picture"))
    photo_of(reflection, content=b"not a picture")
    told(reflection)
    _done, _reader, text = made("en", director)
    assert reflection.quote in text and ALT not in text


def test_markup_in_a_story_is_text(published, director):
    told(quoted(PlacementFactory(returned=True), "<b>Loud</b> & <img src='http://example.org/a.png'>"))
    _done, _reader, text = made("en", director)
    assert "<b>Loud</b> &" in text


def test_office_and_director_press_one_button(client, published, director):
    client.force_login(director)
    assert "Make it in" in client.get(PAGE).text
    answer = client.post(START, {"language": "es"})
    job = Job.objects.get(kind=annual.JOB)
    assert answer.headers["Location"] == job.get_absolute_url() and job.params["language"] == "es"
    client.post(START, {"language": "es"})
    client.force_login(UserFactory(coordinator=True))
    client.post(START, {"language": "es"})
    assert Job.objects.filter(kind=annual.JOB).count() == 1 and client.get(job.get_absolute_url()).status_code == 200
    client.force_login(UserFactory(advisor=True))
    assert client.post(START, {"language": "es"}).status_code == 403


def test_with_nothing_published_there_is_nothing_to_report(client, director):
    threshold(2)
    with pytest.raises(RuleViolation) as violation:
        annual.start("en", by=director)
    assert violation.value.code == "nothing_published"
    client.force_login(director)
    assert "Nothing to report yet" in client.get(PAGE).text
    client.post(START, {"language": "en"})
    assert not Job.objects.filter(kind=annual.JOB).exists()
