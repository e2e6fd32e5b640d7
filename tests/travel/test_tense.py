"""Pages, letters and messages speak of a trip in the tense of its dates: before, during, after. The clock is frozen."""

import datetime as dt
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from exchange.files.documents import pdf_of
from exchange.messages import outbox
from tests.factories_travel import PlacementFactory, travel_facts
from travel.base.trip_stage import Tense, tense
from travel.models import Placement
from travel.office.home.journey import journey_of
from travel.placement.documents import family_letter, placement_letter

LEAVES, RETURNS = dt.date(2027, 6, 9), dt.date(2027, 6, 19)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (dt.date(2027, 6, 8), Tense.BEFORE),
        (dt.date(2027, 6, 9), Tense.DURING),
        (dt.date(2027, 6, 19), Tense.DURING),
        (dt.date(2027, 6, 20), Tense.AFTER),
    ],
)
def test_tense_changes_on_the_days_of_the_trip(today, expected):
    assert tense(LEAVES, RETURNS, today) == expected


@pytest.fixture
def freeze(monkeypatch):
    def at(day):
        noon = dt.datetime.combine(day, dt.time(12), tzinfo=timezone.get_current_timezone())
        monkeypatch.setattr("django.utils.timezone.now", lambda: noon)

    return at


BEFORE, DURING, AFTER = dt.date(2027, 6, 1), dt.date(2027, 6, 12), dt.date(2027, 7, 1)
# What speaks of a trip that is still to come, in either language
TO_COME = re.compile(
    r"going to|you’ll travel|you leave|days left|have a good trip|is going|goes to|leaves Los Angeles"
    r"|vas a |\bviaja a|sale de Los|días para|buen viaje|te vas",
    re.IGNORECASE,
)


def seat(*, recorded):
    """A placement on a trip with fixed dates; `recorded`: the office marked departure and return."""
    travel_facts()
    placement = PlacementFactory(
        trip__leaves_on=LEAVES,
        trip__returns_on=RETURNS,
        trip__city__name_en="Hanoi",
        trip__city__name_es="Hanói",
        trip__program_en="Mornings at the university.",
        trip__program_es="Mañanas en la universidad.",
        checklist=True,
    )
    if recorded:
        left, home = (dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC) for day in (LEAVES, RETURNS))
        placement.trip.departed_at, placement.trip.returned_at = left, home
        placement.trip.save()
        placement.travelled_at, placement.returned_at = left, home
        placement.save()
    return placement


def pages(client, placement):
    """Main content of every page that the student has about the trip."""
    code = placement.code
    addresses = [
        reverse("travel:journey"),
        placement.get_absolute_url(),
        reverse("travel:checklist-detail", args=[code]),
        reverse("travel:reflection-list"),
        placement.application.get_absolute_url(),
        reverse("travel:passport-detail", args=[placement.application.code]),
    ]
    found = {}
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        found[address] = " ".join(re.sub(r"<[^>]+>", " ", main).split())
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("recorded", [True, False])
def test_no_page_speaks_of_a_trip_to_come_once_it_is_over(sign_in, freeze, language, recorded):
    freeze(AFTER)
    placement = seat(recorded=recorded)
    client = sign_in(placement.application.student)
    client.cookies["language"] = language
    for address, text in pages(client, placement).items():
        assert TO_COME.findall(text) == [], address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "title", "step"),
    [
        (BEFORE, "You’re going to Hanoi", None),
        (DURING, "Your trip to Hanoi", "Have a good trip"),
        (AFTER, "Your trip to Hanoi", "Your trip is over"),
    ],
)
def test_title_and_next_step_follow_the_dates_where_nothing_is_recorded(sign_in, freeze, day, title, step):
    freeze(day)
    placement = seat(recorded=False)
    client = sign_in(placement.application.student)
    assert client.get(placement.get_absolute_url()).context["title"] == title
    shown = journey_of(placement.application.student).step.title  # during the trip the card is the first page
    assert step in (None, shown)


@pytest.mark.django_db
def test_title_while_the_record_says_the_student_is_there(sign_in, freeze):
    freeze(DURING)
    placement = seat(recorded=True)
    placement.trip.returned_at = placement.returned_at = None
    placement.trip.save()
    placement.save()
    client = sign_in(placement.application.student)
    assert client.get(placement.get_absolute_url()).context["title"] == "You’re in Hanoi"


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "recorded", "words"),
    [
        (BEFORE, False, "has a confirmed spot"),
        (DURING, False, "has a confirmed spot"),
        (AFTER, True, "took part in"),
        (AFTER, False, "had a confirmed spot"),
    ],
)
def test_placement_letter_in_the_tense_of_the_trip(freeze, day, recorded, words):
    freeze(day)
    placement = Placement.objects.with_people().get(pk=seat(recorded=recorded).pk)
    text = text_of(pdf_of(placement_letter(placement)))
    assert words in text
    assert (TO_COME.search(text) is None) == (day == AFTER)


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "words"), [(BEFORE, "is going to Hanoi"), (DURING, "’s trip to Hanoi")])
def test_family_letter_in_the_tense_of_the_trip(freeze, day, words):
    freeze(day)
    placement = Placement.objects.with_people().get(pk=seat(recorded=False).pk)
    assert words in text_of(pdf_of(family_letter(placement, "en")))


@pytest.mark.django_db
def test_letters_that_would_not_be_true_are_not_made(sign_in, freeze):
    freeze(AFTER)
    placement = seat(recorded=True)
    client = sign_in(placement.application.student)
    family = reverse("travel:placement-family", args=[placement.code, "en"])
    letter = reverse("travel:placement-letter", args=[placement.code])
    page = client.get(placement.get_absolute_url()).text
    assert f'"{letter}"' in page and f'"{family}"' not in page
    assert client.get(family).url == placement.get_absolute_url()
    Placement.objects.update(travelled_at=None, returned_at=None)  # the group left without the student
    page = client.get(placement.get_absolute_url()).text
    assert f'"{letter}"' not in page and f'"{family}"' not in page
    assert client.get(letter).url == placement.get_absolute_url()
    assert "Your record says you didn’t go" in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_message_after_the_trip_speaks_of_it_as_to_come(freeze, language):
    """Only one is sent to travelers once they are home, apart from a correction of the record."""
    freeze(AFTER)
    placement = seat(recorded=True)
    student = placement.application.student
    student.language = language
    student.save()
    for went in ("with_group", "home_early", "stayed"):
        context = {"placement": placement, "went": went}
        for draft in outbox.drafts("travel/record_corrected", student, context):
            assert TO_COME.findall(draft.body + draft.subject) == []
