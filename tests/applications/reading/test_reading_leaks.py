"""Before locking, no page, file or message tells a reader who wrote an application or how others scored it.

The test opens, or posts to, each address in the table of test_urls.py, with every argument that the reader could
know or guess. It reads files by their kind: the text of a PDF, the cells of a workbook.
"""

import html
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from applications.models import Cycle, Review
from applications.states import Status
from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import AssignmentFactory, DecisionFactory, ReviewFactory
from tests.factories_meeting import InterviewSlotFactory, booked
from tests.test_urls import DATA, QUERY, TABLE, arguments

# who wrote it; the office may know
NAMES = ("Ximena", "Talamantes", "Palomita", "Harborview", "secret.address")
# what others wrote, and their scores: totals of 7, 10 and 11
WORDS = ("Others think so", "Theirs alone")
FIGURES = ("9.333", "9.3", "10.000", ": 7 of 15", ": 10 of 15", ": 11 of 15", "3 of 4")
OTHERS = (*WORDS, *FIGURES, "Quentin Otherreader")  # the office assigns readers, so it may know them
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


@pytest.fixture
def read(world):
    """The world's application, with identifying text, three locked reviews by others, and a private decision."""
    sent = world["sent"]
    Cycle.objects.filter(pk=sent.cycle_id).update(reads_each=4, has_interviews=True)
    person = sent.student
    person.full_name, person.preferred_name = "Ximena Talamantes Roa", "Palomita"
    person.email = "secret.address@example.edu"
    person.save()
    sent.college.name, sent.college.short_name = "Harborview College", "Harborview"
    sent.college.save()
    telling = "I am Ximena, or Palomita, of Harborview. secret.address@example.edu. I learned to wait."
    sent.answers.filter(question__key="story_why").update(value=telling)
    for points in ((2, 2, 3), (4, 4, 2), (5, 4, 2)):
        other = UserFactory(advisor=CollegeFactory(), full_name="Quentin Otherreader")
        ReviewFactory(
            assignment=AssignmentFactory(application=sent, reader=other),
            points=dict(zip(FULL, points, strict=True)),
            locked=True,
            comment="Others think so.",
            feedback="Theirs alone.",
        )
    DecisionFactory(application=sent, result=Status.NOT_SELECTED, reason="The seats were few.")
    sent.refresh_from_db()
    return sent


def said_in(response) -> str:
    """The text that a person reads in it, whatever kind of file it is."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF"):  # not the stub of an upload
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    elif content.startswith(b"PK"):
        rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active.iter_rows(values_only=True)
        text = " ".join(str(cell) for row in rows for cell in row if cell is not None)
    else:
        text = re.sub(r"<svg.*?</svg>", "", html.unescape(content.decode(errors="replace")), flags=re.DOTALL)
        # times for the page's script, such as 10:52:09.312, are no scores
        text = re.sub(r"data-now=\"[\d.]+\"|\d{4}-\d\d-\d\dT\d\d:\d\d(:[\d.]+)?", "", text)
    return " ".join(text.split())


def addresses(name, world, own):
    """The address with the table's arguments, and with each code of this application that could fit it."""
    kwargs = arguments(name, world)
    app, _colon, short = name.partition(":")
    codes = []
    if app == "applications" and set(kwargs) == {"code"}:
        of_a_reading = short.startswith(("review-", "interview-"))
        codes = [own.code] if of_a_reading else [world["sent"].code, world["sent"].cycle.code]
    return {reverse(name, kwargs=each) for each in (kwargs, *({"code": code} for code in codes))}


def pages(client, world, own):
    """(name, text) of every address that this person may read."""
    for name in [name for name, way, _ in TABLE if way == "GET"]:
        query = {"cycle": world["sent"].cycle.code} | QUERY.get(name, lambda _world: {})(world)
        for address in addresses(name, world, own):
            response = client.get(address, query, follow=True)
            if response.status_code == 200:
                yield name, said_in(response)


def acts(client, world, own):
    """(name, answer) of every address that takes a POST; each is rolled back before the next."""
    for name in [name for name, way, _ in TABLE if way == "POST" and name.startswith("applications:")]:
        forms = [DATA.get(name, {})]
        if name == EXPORT:
            forms = [{"format": form, "query": ""} for form in ("csv", "xlsx", "json")]
        for address in addresses(name, world, own):
            for form in forms:
                with transaction.atomic():
                    response = client.post(address, form, follow=True)
                    if response.status_code == 200:
                        yield name, said_in(response)
                    transaction.set_rollback(True)


EXPORT = "applications:application-export"


def found(pairs, secrets) -> set[tuple[str, str]]:
    """A number isn't the end of another one: 9.3 isn't in the regulation 99.30."""
    looked_for = {secret: re.compile(r"(?<!\d)" + re.escape(secret)) for secret in secrets}
    return {(name, secret) for name, said in pairs for secret, seen in looked_for.items() if seen.search(said)}


@pytest.mark.once  # hundreds of requests, whose answers are the same on every database
def test_a_reader_s_pages_files_and_messages(sign_in, world, read):
    reader = world["people"]["reader"]
    client = sign_in(reader)
    said = [(name, text) for name, text in pages(client, world, world["assignment"]) if not is_open_to_all(name)]
    assert len(said) > 20
    assert found([*said, *acts(client, world, world["assignment"])], (*NAMES, *OTHERS)) == set()
    told = " ".join(f"{each.subject} {each.body}" for each in Message.objects.filter(recipient=reader))
    assert not [secret for secret in (*NAMES, *OTHERS) if secret in told]


def is_open_to_all(name):
    """Pages without sign-in, or with a private link that a reader never has, are the same for everyone."""
    (expected,) = [expected for each, _way, expected in TABLE if each == name]
    return expected[0] == 200


def test_the_desk_and_what_it_saves(sign_in, world, read):
    client, assignment = sign_in(world["people"]["reader"]), world["assignment"]
    answers = [
        client.get(assignment.get_absolute_url()),
        client.post(assignment.get_absolute_url(), {"act": "save", "points_purpose": "4"}, follow=True),
        client.post(
            reverse("applications:review-save", args=[assignment.code]),
            '{"changes": [{"key": "comment", "number": 1, "fields": {"value": "Mine.", "known": []}}]}',
            content_type="application/json",
        ),
        client.get(reverse("applications:review-list")),
    ]
    said = " ".join(html.unescape(answer.content.decode()) for answer in answers)
    assert "I learned to wait." in said
    assert not [secret for secret in (*NAMES, *OTHERS) if secret in said]


@pytest.fixture(params=["reads", "interviews"])
def own(request, world, read):
    """An assignment that an office member has not locked yet."""
    office = world["people"]["coordinator"]
    if request.param == "reads":
        return AssignmentFactory(application=read, reader=office)
    booked(InterviewSlotFactory(cycle=read.cycle, interviewers=[office]), application=read)
    return read.assignments.get(reader=office, is_interview=True)


@pytest.mark.full
@pytest.mark.once
def test_somebody_of_the_office_learns_no_score_before_the_own_scores_are_final(sign_in, world, read, own):
    office = world["people"]["coordinator"]
    client = sign_in(office)

    before = [*pages(client, world, own), *acts(client, world, own)]
    assert sorted(found(before, WORDS + FIGURES)) == []

    # while the lock can be undone, what others gave could still change it
    given = ReviewFactory(assignment=own, locked=True, undo_until=timezone.now() + timedelta(hours=1))
    meanwhile = [*pages(client, world, own), *acts(client, world, own)]
    assert sorted(found(meanwhile, WORDS + FIGURES)) == []

    Review.objects.filter(pk=given.pk).update(undo_until=timezone.now() - timedelta(minutes=1))
    shown = {
        "selection-list": client.get(reverse("applications:selection-list"), {"cycle": read.cycle.code}),
        "selection-interviews-invite": client.get(
            reverse("applications:selection-interviews-invite", args=[read.cycle.code])
        ),
        "decision-record": client.get(reverse("applications:decision-record", args=[read.code])),
        "decision-letter": client.get(reverse("applications:decision-letter", args=[read.code])),
        "application-export": client.post(reverse(EXPORT), {"format": "json"}),
    }
    opened = found(((name, said_in(response)) for name, response in shown.items()), (*WORDS, "9.", "10.", "4 of 4"))
    assert {name for name, _secret in opened} == shown.keys()
